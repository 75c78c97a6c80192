@release:11.3.1
Feature: Control a phone by WebSocket
  Source: the "Remote SDK" of release 11.3(1) and later, which is not part of the document "Cisco IP Phone Security".

  With Control Server URL set the phone dials out to a server of its operator and stays connected; over that connection its settings are
  read and changed, keys pressed, calls made and answered. Whoever is this server owns the phone, so what the phone makes of it is as
  much a matter of its security as any page of the document. Which connections there were is read from the capture, and so is what the phone
  did; what it answered, as a page, by whoever asked.

  Background:
    Given a phone registered with the call server

  @req:doc/control/dials-out @detects:control.clear-for-wss @detects:control.stays
  Rule: the phone dials out to the server that is set, in clear or inside TLS as the scheme says

    Scenario Outline: <url>
      Given a control server in clear
      When the phone is told of a control server at "<url>"
      Then the phone connects to the control server in clear, at port <port>

      Examples:
        | url                                   | port |
        | ws://control.bench.example            | 80   |
        | ws://control.bench.example:8088/sdk?a | 8088 |
        | ws://192.0.2.9/                       | 80   |

    Scenario Outline: <url>
      Given a control server over TLS with a certificate that is "right"
      And the phone trusts the bench's authority
      When the phone is told of a control server at "<url>"
      Then the phone connects to the control server inside TLS, at port <port>
      And the control server is told that Control_Server_URL is "<url>"

      Examples:
        | url                             | port |
        | wss://control.bench.example     | 443  |
        | wss://192.0.2.9:8443/sdk        | 8443 |

    Scenario: another server is set, and then none
      Given a control server in clear
      And the phone is connected to the control server at "ws://control.bench.example/"
      When the phone is told of a control server at "ws://control.bench.example:8088/"
      Then the phone connects to the control server in clear, at port 8088
      When the phone is told of a control server at ""
      Then the phone leaves the control server

  @req:rfc6455/4.1/wss @detects:control.accepts-any-certificate @detects:control.asks-refused @detects:control.downgrades
  Rule: a control server with a wrong certificate gets no request, in TLS or in clear

    @profile:control_retry_ms=100
    Scenario Outline: a certificate that is <certificate>
      Given a control server over TLS with a certificate that is "<certificate>"
      And the phone trusts the bench's authority
      When the phone is told of a control server at "wss://control.bench.example/"
      Then the phone refuses the control server without a word
      When the control server shows a certificate that is "right"
      Then the phone comes back to the control server

      Examples:
        | certificate                                            |
        | expired                                                |
        | for another name                                       |
        | for a name in its subject alone                        |
        | of an unknown authority                                |
        | signed by itself                                       |
        | for clients alone                                      |

    Scenario: nobody is trusted yet
      Given a control server over TLS with a certificate that is "right"
      When the phone is told of a control server at "wss://control.bench.example/"
      Then the phone leaves the control server

  @req:rfc6455/7.2.3/comes-back @detects:control.never-returns @detects:control.returns-without-rest
  Rule: a phone that has lost its control server comes back, after longer and longer pauses where that fails

    @profile:control_retry_ms=100
    Scenario Outline: the control server <ends>
      Given a control server in clear
      And the phone is connected to the control server at "ws://control.bench.example/"
      When the control server <ends>
      Then the phone comes back to the control server
      And the control server is told of the soft key "Directory"

      Examples:
        | ends                 |
        | loses its connection |
        | says goodbye         |

    @profile:control_retry_ms=150
    Scenario: the control server refuses
      Given a control server in clear
      And it is a control server that refuses the upgrade
      When the phone is told of a control server at "ws://control.bench.example/"
      Then the phone comes back again and again, each time later
      When the control server behaves
      Then the phone comes back to the control server

  @req:rfc6455/5/hostile @sends-malformed @detects:control.takes-masked @detects:control.takes-reserved-bits @detects:control.takes-no-utf8 @detects:control.takes-any-length @detects:control.waits-for-ever
  Rule: whatever a control server does wrong, the phone ends the connection or refuses what was asked, and comes back

    @profile:control_retry_ms=100 @profile:control_retry_longest_ms=400 @profile:control_answer_wait_ms=1000
    Scenario Outline: a control server that <wrong>
      Given a control server in clear
      And it is a control server that <wrong>
      When the phone is told of a control server at "ws://control.bench.example/"
      Then the phone treats the control server as the standards say
      When the control server behaves
      Then the control server is told of the soft key "Directory"

      Examples:
        | wrong                                |
        | does not answer the upgrade          |
        | agrees to another upgrade            |
        | closes at once                       |
        | hangs up at once                     |
        | sends a request that is no JSON      |
        | sends a request that is too long     |
        | announces a message that has no end  |
        | masks its frames                     |
        | sends text that is no UTF-8          |
        | sets a reserved bit                  |

    @profile:control_retry_ms=100 @profile:control_silence_ms=1000
    Scenario: a control server that is silent
      Given a control server in clear
      And it is a control server that is silent
      When the phone is told of a control server at "ws://control.bench.example/"
      Then the phone treats the control server as the standards say
      When the control server behaves
      Then the phone comes back to the control server

  @req:doc/control/allowed-apis @detects:control.ignores-allowed-apis
  Rule: what Allowed APIs does not allow is refused and not carried out

    Scenario: keys are allowed, calls are not
      Given a control server in clear
      And the phone has the settings "Allowed_APIs=/api/Ui/.*"
      And the phone is connected to the control server at "ws://control.bench.example/"
      When the control server asks the phone to dial "5550100"
      Then the control server is refused
      And the phone calls nobody
      And the control server is told of the soft key "Directory"

    Scenario: everything is allowed from the factory
      Given a control server in clear
      And the phone is connected to the control server at "ws://control.bench.example/"
      When the control server asks the phone to dial "5550100"
      Then the phone calls "5550100"

  @req:doc/control/one-at-a-time @detects:control.two-at-once
  Rule: while a request is carried out another one is refused, and the first still gets its answer

    Scenario: a picture and a call
      Given a control server in clear
      And the phone is connected to the control server at "ws://control.bench.example/"
      And it is a control server that asks two things at once
      When the control server asks for a picture of the screen and at once to dial "5550100"
      Then the control server gets the first and is refused the second
      And the phone calls nobody

  @req:doc/control/settings @detects:control.forgets-settings @detects:control.tells-passwords
  Rule: settings are read and changed by their names, and passwords are not told

    Scenario: a setting that is changed is in force
      Given a control server in clear
      And the phone is connected to the control server at "ws://control.bench.example/"
      When the control server sets LDAP_Server to "ldaps://ldap.bench.example"
      Then the phone's configuration has "ldaps://ldap.bench.example" in LDAP_Server
      And the control server is told that LDAP_Server is "ldaps://ldap.bench.example"
      And the control server is told who extension 1 is and not its password
      And the control server is told the status of the phone

  @req:doc/control/screen @detects:control.sends-no-picture
  Rule: the picture of the screen that the phone uploads is the one that its page gives

    Scenario: of the directory's menu
      Given a control server in clear
      And the phone has the settings "LDAP_Dir_Enable=Yes; LDAP_Server=ldap://ldap.bench.example"
      And the phone is connected to the control server at "ws://control.bench.example/"
      When the control server presses "Key:Directories"
      And the control server asks for a picture of the screen
      Then it is the picture that the page gives

  @req:doc/control/calls @detects:control.tells-nothing
  Rule: calls are told unasked, answered and ended

    Scenario: a call to the phone
      Given a control server in clear
      And the phone is connected to the control server at "ws://control.bench.example/"
      When the call server calls the phone
      Then the control server hears that the call is "Ringing"
      When the control server answers the call
      Then the call is up and voice flows both ways
      And the control server hears that the call is "Connected"
      When the control server ends the call
      Then the control server hears that the call is "Idle"
