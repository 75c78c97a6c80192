@profile:typing_pause_ms=60000
Feature: Configure LDAP over TLS
  Document: Cisco IP Phone Security, "Configure LDAP over TLS".

  With ldaps:// before its name or address the directory is asked inside TLS, whatever the authentication method. What the phone asks, and
  what it may not say to the wrong server, is read from the capture, decrypted with the keys of the server; whom a lookup found is
  told by the number that the phone dials.

  Background:
    Given a phone registered with the call server

  @req:doc/ldaps/procedure @detects:ldap.clear-for-ldaps @detects:ldap.ldaps-default-port @detects:ldap.binds-before-handshake
  Rule: a server that is set with ldaps:// is asked inside TLS

    Scenario: the procedure, step by step
      Given a directory server over TLS with a certificate that is "right"
      And the phone trusts the bench's authority
      And the phone has the settings "LDAP_Dir_Enable=Yes; LDAP_Search_Base=ou=people,dc=bench,dc=example"
      When the administrator selects Voice > Phone
      And enters "ldaps://ldap.bench.example" in the "Server" field of the "LDAP" section
      And clicks "Submit All Changes"
      Then the page shows "ldaps://ldap.bench.example" in the "Server" field of the "LDAP" section
      When the person looks up "baker" by last name
      Then the lookup runs inside TLS from its first octet on, at port 636
      And the person presses Call and the phone dials "+13035550055"

    Scenario Outline: the form <server>
      Given a directory server over TLS with a certificate that is "right"
      And the phone trusts the bench's authority
      And the phone looks people up at "<server>"
      When the person looks up "smith" by last name
      Then the lookup runs inside TLS from its first octet on, at port <port>
      And the person presses Call and the phone dials "+13035550031"

      Examples:
        | server                          | port |
        | ldaps://ldap.bench.example      | 636  |
        | ldaps://ldap.bench.example:636  | 636  |
        | ldaps://ldap.bench.example:1636 | 1636 |
        | ldaps://192.0.2.22              | 636  |
        | ldaps://192.0.2.22:1636         | 1636 |

    Scenario Outline: the form <server>, to a phone with an IPv6 address
      Given a directory server over TLS with a certificate that is "right"
      And the phone has a static IPv6 address
      And the phone trusts the bench's authority
      And the phone looks people up at "<server>"
      When the person looks up "smith" by last name
      Then the lookup runs inside TLS from its first octet on, at port <port>
      And the person presses Call and the phone dials "+13035550031"

      Examples:
        | server                         | port |
        | ldaps://[2001:db8:78::16]      | 636  |
        | ldaps://[2001:db8:78::16]:1636 | 1636 |

  @req:doc/ldaps/scheme-alone @detects:ldap.tls-for-ldap @detects:ldap.tls-by-method
  Rule: the scheme of the server alone decides about TLS; no authentication method does

    Scenario: the list of methods has no TLS, and None is chosen from the factory
      When the administrator selects Voice > Phone
      Then the "Auth Method" list of the "LDAP" section offers "None, Simple, DIGEST-MD5" and nothing else
      And the page shows "None" in the "Auth Method" field of the "LDAP" section

    Scenario Outline: in clear with <method>, at <server>
      Given a directory server over TLS with a certificate that is "right"
      And the phone trusts the bench's authority
      And the phone looks people up at "<server>"
      And the phone authenticates at the directory by <method>
      When the person looks up "smith" by last name
      Then the lookup runs in clear at port <port>
      And the person presses Call and the phone dials "+13035550031"

      Examples:
        | method     | server                         | port |
        | None       | ldap://ldap.bench.example      | 389  |
        | Simple     | ldap://ldap.bench.example      | 389  |
        | DIGEST-MD5 | ldap://ldap.bench.example      | 389  |
        | None       | ldap://ldap.bench.example:1389 | 1389 |
        | Simple     | ldap.bench.example             | 389  |

    Scenario Outline: inside TLS with <method>
      Given a directory server over TLS with a certificate that is "right"
      And the directory server wants to know who asks
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      And the phone authenticates at the directory by <method>
      When the person looks up "smith" by last name
      Then the lookup runs inside TLS from its first octet on, at port 636
      And the person presses Call and the phone dials "+13035550031"

      Examples:
        | method     |
        | Simple     |
        | DIGEST-MD5 |

  @req:doc/ldaps/secret @detects:ldap.clear-for-ldaps @detects:ldap.tls-for-ldap
  Rule: with ldaps:// nobody on the way reads the password and the answers; with ldap:// everybody does

    Scenario: nothing is readable with ldaps
      Given a directory server over TLS with a certificate that is "right"
      And the directory server wants to know who asks
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      And the phone authenticates at the directory by Simple
      When the person looks up "baker" by last name
      Then neither the password nor an answer of the directory can be read on the wire
      And nothing of LDAP was said in clear

    Scenario: everything is readable with ldap
      Given a directory server in clear
      And the directory server wants to know who asks
      And the phone looks people up at "ldap://ldap.bench.example"
      And the phone authenticates at the directory by Simple
      When the person looks up "baker" by last name
      Then the password and the answers of the directory can be read on the wire

  @req:rfc4513/3.1.3/identity @release:11.3.2 @detects:ldap.accepts-any-certificate @detects:ldap.downgrades @detects:ldap.password-to-refused
  Rule: a directory server with a wrong certificate hears no word, in TLS or in clear

    Scenario Outline: a certificate that is <certificate>
      Given a directory server over TLS with a certificate that is "<certificate>"
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      And the phone authenticates at the directory by Simple
      When the person looks up "baker" by last name
      Then the phone says no word of LDAP and ends the connection
      And there is nobody to call
      When the directory server shows a certificate that is "right"
      And the person looks up "smith" by last name
      Then the person presses Call and the phone dials "+13035550031"
      And nothing of LDAP was said in clear

      Examples:
        | certificate                                        |
        | expired                                            |
        | not yet valid                                      |
        | for another name                                   |
        | for the right name in its subject and another beside |
        | for a SIP URI                                      |
        | for an IP address                                  |
        | signed by itself                                   |
        | of an unknown authority                            |
        | below a missing intermediate authority             |
        | signed by a server certificate                     |
        | below an intermediate that is no authority         |
        | below too many authorities                         |
        | outside the names of its authority                 |
        | for clients alone                                  |
        | for SIP domains alone                              |
        | with a short RSA key                               |
        | signed with SHA-1                                  |
        | signed with MD5                                    |

    Scenario Outline: the server is set by its address, and its certificate is <certificate>
      Given a directory server over TLS with a certificate that is "<certificate>"
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://192.0.2.22"
      When the person looks up "baker" by last name
      Then the phone says no word of LDAP and ends the connection
      And nothing of LDAP was said in clear

      Examples:
        | certificate                    |
        | for another name               |
        | for a name in its subject alone |
        | for a wildcard                 |

    Scenario: nobody is trusted yet
      Given a directory server over TLS with a certificate that is "right"
      And the phone looks people up at "ldaps://ldap.bench.example"
      When the person looks up "baker" by last name
      Then there is nobody to call
      And nothing of LDAP was said in clear

    Scenario Outline: a certificate that is <certificate>, for <server>, will do
      Given a directory server over TLS with a certificate that is "<certificate>"
      And the phone trusts the bench's authority
      And the phone looks people up at "<server>"
      When the person looks up "baker" by last name
      Then the lookup runs inside TLS from its first octet on, at port 636
      And the person presses Call and the phone dials "+13035550055"

      Examples:
        | certificate                                         | server                     |
        | right, with an RSA key                              | ldaps://ldap.bench.example |
        | right, below an intermediate authority              | ldaps://ldap.bench.example |
        | right, with a stapled status                        | ldaps://ldap.bench.example |
        | for a wildcard                                      | ldaps://ldap.bench.example |
        | for the SIP URI of another domain and the right host | ldaps://ldap.bench.example |
        | for an IP address                                   | ldaps://192.0.2.22         |

  @req:rfc4513/5.1/simple-bind @detects:ldap.empty-password
  Rule: None binds as nobody, Simple with name and password, and a name never goes without a password

    Scenario: None
      Given a directory server over TLS with a certificate that is "right"
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      And the phone authenticates at the directory by None
      When the person looks up "baker" by last name
      Then the phone binds as nobody

    Scenario: Simple
      Given a directory server over TLS with a certificate that is "right"
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      And the phone authenticates at the directory by Simple
      When the person looks up "baker" by last name
      Then the phone binds with its name and password

    Scenario: Simple without a password
      Given a directory server in clear
      And the phone looks people up at "ldap://ldap.bench.example"
      And the phone has the settings "LDAP_Auth_Method=Simple; LDAP_Client_DN=cn=phone,ou=services,dc=bench,dc=example"
      When the person looks up "baker" by last name
      Then the phone binds as nobody
      And the phone never binds with a name and no password

  @req:rfc2831/2.1/digest-md5 @detects:ldap.initial-response @detects:ldap.repeats-cnonce @detects:ldap.utf8-unasked
  Rule: DIGEST-MD5 answers the server's challenge as the RFC has it

    Scenario: two lookups
      Given a directory server over TLS with a certificate that is "right"
      And the directory server wants to know who asks
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      And the phone authenticates at the directory by DIGEST-MD5
      When the person looks up "baker" by last name
      Then the phone binds by DIGEST-MD5, in two rounds
      And the person presses Call and the phone dials "+13035550055"
      When the person looks up "smith" by last name
      Then the phone binds by DIGEST-MD5, in two rounds
      And each response of the phone has a cnonce of its own

    Scenario: the server does not offer UTF-8
      Given a directory server over TLS with a certificate that is "right"
      And the directory server does not offer UTF-8
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      And the phone authenticates at the directory by DIGEST-MD5
      When the person looks up "baker" by last name
      Then the phone binds by DIGEST-MD5, in two rounds

    Scenario: the server is set by its address, which DIGEST-MD5 cannot name
      Given a directory server over TLS with a certificate that is "right"
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://192.0.2.22"
      And the phone authenticates at the directory by DIGEST-MD5
      When the person looks up "baker" by last name
      Then the phone does not connect to the directory server
      And there is nobody to call

  @req:rfc2831/2.1.3/proof @detects:ldap.takes-forged-proof
  Rule: a server that does not prove that it knows the password is not asked

    Scenario Outline: a directory server that <wrong>
      Given a directory server over TLS with a certificate that is "right"
      And it is a directory server that <wrong>
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      And the phone authenticates at the directory by DIGEST-MD5
      When the person looks up "baker" by last name
      Then the phone does not search after the bind
      And the phone's connection to the directory server ends
      And there is nobody to call
      When the directory server behaves
      And the person looks up "smith" by last name
      Then the person presses Call and the phone dials "+13035550031"

      Examples:
        | wrong                            |
        | forges its proof of the password |
        | gives no proof of the password   |

  @req:rfc4515/3/escaping @detects:ldap.unescaped-filter
  Rule: what is typed is looked for, and is never part of the filter

    Scenario Outline: <typed> as last name
      Given a directory server over TLS with a certificate that is "right"
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      When the person looks up "<typed>" by last name
      Then the phone searches for "<filter>"
      And the phone's connection to the directory server ends
      And there is nobody to call

      Examples:
        | typed     | filter                       |
        | a*)(uid=* | (sn=a\\2a\\29\\28uid=\\2a*)  |
        | *         | (sn=\\2a*)                   |
        | a\\2a     | (sn=a\\5c2a*)                |

    Scenario: a name that has such characters is found by them
      Given a directory server over TLS with a certificate that is "right"
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      When the person looks up "star*" by first name
      Then the person presses Call and the phone dials "+13035550241"

  @req:rfc4511/4.5.1/search @detects:ldap.asks-for-more
  Rule: a search is well formed and asks for 20 entries at most

    Scenario: everybody
      Given a directory server over TLS with a certificate that is "right"
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      When the person looks up everybody
      Then the search asks for at most 20 entries
      And the search is well formed
      When the person goes down to the end of the list
      Then the person presses Call and the phone dials "+13035550020"

  @req:rfc4511/4.5.1.4/size-limit @detects:ldap.drops-at-limit
  Rule: what came before a limit of the server is shown

    Scenario: the server gives three entries of six
      Given a directory server over TLS with a certificate that is "right"
      And the directory server gives at most 3 entries
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      When the person looks up "baker" by last name
      And the person goes down to the end of the list
      Then the person presses Call and the phone dials "+13035550057"

  @req:rfc4511/4.5.2/results @detects:ldap.stops-at-reference
  Rule: results count up to their end, in whatever pieces and with whatever else they come

    Scenario Outline: a directory server that <odd>
      Given a directory server over TLS with a certificate that is "right"
      And it is a directory server that <odd>
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      When the person looks up "baker" by last name
      And the directory server has answered the search
      And the person goes down to the end of the list
      Then the person presses Call and the phone dials "+13035550060"

      Examples:
        | odd                                   |
        | writes long lengths                   |
        | refers to elsewhere among its results |
        | adds an unknown control               |

      # Nothing is malformed in it, but tshark gives up at the first of the records.
      @sends-malformed
      Examples:
        | odd                    |
        | answers octet by octet |

    Scenario: a directory server that never ends its results
      Given a directory server over TLS with a certificate that is "right"
      And it is a directory server that never ends its results
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      When the person looks up "baker" by last name
      Then the phone's connection to the directory server ends
      And the person presses Call and the phone dials "+13035550055"

  @req:rfc4511/4.1.10/referral @detects:ldap.follows-referral
  Rule: a referral to a server in clear is not followed

    Scenario: with a password
      Given a directory server over TLS with a certificate that is "right"
      And it is a directory server that refers to a server in clear
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      And the phone authenticates at the directory by Simple
      When the person looks up "baker" by last name
      Then the phone's connection to the directory server ends
      And there is nobody to call
      When the directory server behaves
      And the person looks up "smith" by last name
      Then the person presses Call and the phone dials "+13035550031"
      And nothing of LDAP was said in clear

  @req:rfc4511/4.2.1/bind-first @detects:ldap.searches-unbound
  Rule: nothing is asked while a bind is not answered

    Scenario: a directory server that is silent
      Given a directory server over TLS with a certificate that is "right"
      And it is a directory server that is silent
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      When the person looks up "baker" by last name
      Then the phone asks for nothing more while its bind is not answered
      When the person cancels the search
      Then the phone's connection to the directory server ends

  @req:rfc4511/4.1.1.1/message-id @detects:ldap.message-id-zero @detects:ldap.takes-any-id
  Rule: each request has a number of its own, and an answer counts for the request that has its number

    Scenario: the numbers of a lookup
      Given a directory server over TLS with a certificate that is "right"
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      When the person looks up "baker" by last name
      Then each request has a number of its own

    Scenario: answers under another number
      Given a directory server over TLS with a certificate that is "right"
      And it is a directory server that answers under another number
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      When the person looks up "baker" by last name
      And the directory server has answered the search
      Then there is nobody to call
      When the person cancels the search
      Then the phone's connection to the directory server ends
      When the directory server behaves
      And the person looks up "smith" by last name
      Then the person presses Call and the phone dials "+13035550031"

  @req:rfc4511/4.3/unbind @detects:ldap.never-unbinds
  Rule: the phone unbinds, and then closes the connection

    Scenario Outline: at <server>
      Given a directory server over TLS with a certificate that is "right"
      And the phone trusts the bench's authority
      And the phone looks people up at "<server>"
      When the person looks up "baker" by last name
      Then the phone unbinds and closes the connection

      Examples:
        | server                     |
        | ldaps://ldap.bench.example |
        | ldap://ldap.bench.example  |

  @req:rfc4511/4.4.1/notice @detects:ldap.ignores-notice
  Rule: a notice of disconnection ends the session, and the next lookup has another

    Scenario Outline: a directory server that <notice>
      Given a directory server over TLS with a certificate that is "right"
      And it is a directory server that <notice>
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      When the person looks up "baker" by last name
      Then the phone's connection to the directory server ends
      And there is nobody to call
      When the directory server behaves
      And the person looks up "smith" by last name
      Then the person presses Call and the phone dials "+13035550031"

      Examples:
        | notice                                                   |
        | gives notice of disconnection                            |
        | gives notice of disconnection and leaves the connection open |

  @req:rfc4511/5.1/hostile @sends-malformed @detects:ldap.waits-for-ever
  Rule: whatever a directory server says instead of an answer, the phone keeps its service

    Scenario Outline: a directory server that <wrong>
      Given a directory server over TLS with a certificate that is "right"
      And it is a directory server that <wrong>
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      When the person looks up "baker" by last name
      Then the phone's connection to the directory server ends
      And there is nobody to call
      When the directory server behaves
      And the person looks up "smith" by last name
      Then the person presses Call and the phone dials "+13035550031"

      Examples:
        | wrong                               |
        | sends a length that cannot be       |
        | sends an indefinite length          |
        | announces four gigabytes            |
        | nests ten thousand values           |
        | answers in another protocol         |
        | answers with an unknown result code |
        | is busy                             |
        | hangs up when asked to bind         |

    Scenario Outline: a directory server that <mute>, until the person gives up
      Given a directory server over TLS with a certificate that is "right"
      And it is a directory server that <mute>
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      When the person looks up "baker" by last name
      Then there is nobody to call
      When the person cancels the search
      Then the phone's connection to the directory server ends
      When the directory server behaves
      And the person looks up "smith" by last name
      Then the person presses Call and the phone dials "+13035550031"

      Examples:
        | mute                        |
        | is silent                   |
        | is silent to searches       |

    @profile:ldap_answer_wait_ms=700
    Scenario: a directory server that is silent, until the phone gives up
      Given a directory server in clear
      And it is a directory server that is silent
      And the phone looks people up at "ldap://ldap.bench.example"
      When the person looks up "baker" by last name
      Then the phone's connection to the directory server ends
      And there is nobody to call

    Scenario: a directory server that hangs up in the middle of an entry, and five came before
      Given a directory server over TLS with a certificate that is "right"
      And it is a directory server that hangs up in the middle of an entry
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      When the person looks up "baker" by last name
      And the person goes down to the end of the list
      Then the person presses Call and the phone dials "+13035550059"

  @req:rfc4511/4.14/start-tls @release:11.3.2 @detects:ldap.starttls-falls-back
  Rule: with StartTLS the phone binds inside TLS or not at all

    Scenario: the server agrees
      Given a directory server over TLS with a certificate that is "right"
      And the phone trusts the bench's authority
      And the phone looks people up at "ldap://ldap.bench.example"
      And the phone authenticates at the directory by Simple
      And the phone has the settings "LDAP_StartTLS_Enable=Yes"
      When the person looks up "baker" by last name
      Then the lookup runs inside TLS that StartTLS began
      And the person presses Call and the phone dials "+13035550055"
      And the phone neither binds nor searches in clear

    Scenario Outline: a directory server that <wrong>
      Given a directory server over TLS with a certificate that is "right"
      And it is a directory server that <wrong>
      And the phone trusts the bench's authority
      And the phone looks people up at "ldap://ldap.bench.example"
      And the phone authenticates at the directory by Simple
      And the phone has the settings "LDAP_StartTLS_Enable=Yes"
      When the person looks up "baker" by last name
      Then the phone's connection to the directory server ends
      And there is nobody to call
      And the phone neither binds nor searches in clear

      Examples:
        | wrong                        |
        | refuses to start TLS         |
        | injects an answer before TLS |

    Scenario: the certificate is of an unknown authority
      Given a directory server over TLS with a certificate that is "of an unknown authority"
      And the phone trusts the bench's authority
      And the phone looks people up at "ldap://ldap.bench.example"
      And the phone authenticates at the directory by Simple
      And the phone has the settings "LDAP_StartTLS_Enable=Yes"
      When the person looks up "baker" by last name
      Then the phone's connection to the directory server ends
      And there is nobody to call
      And the phone neither binds nor searches in clear

    Scenario: ldaps needs no StartTLS
      Given a directory server over TLS with a certificate that is "right"
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      And the phone has the settings "LDAP_StartTLS_Enable=Yes"
      When the person looks up "baker" by last name
      Then the lookup runs inside TLS from its first octet on, at port 636
      And the phone unbinds and closes the connection
      And nothing of LDAP was said in clear

  @req:doc/control/directory @release:11.3.1 @detects:control.first-key-only
  Rule: the directory is opened, typed in and looked up by the control WebSocket as by keys

    Scenario Outline: by <control>
      Given a control server over TLS with a certificate that is "right"
      And a directory server over TLS with a certificate that is "right"
      And the phone trusts the bench's authority
      And the phone looks people up at "ldaps://ldap.bench.example"
      And the phone is connected to the control server at "<control>"
      When the control server looks up "baker" by last name
      Then the lookup runs inside TLS from its first octet on, at port 636
      And the phone searches for "(sn=baker*)"
      And the control server presses Call and the phone dials "+13035550055"

      Examples:
        | control                      |
        | ws://control.bench.example/  |
        | wss://control.bench.example/ |

    Scenario: the server is set by the control WebSocket too
      Given a control server in clear
      And a directory server in clear
      And the phone is connected to the control server at "ws://control.bench.example/"
      When the control server sets LDAP_Dir_Enable to "Yes"
      And the control server sets LDAP_Search_Base to "ou=people,dc=bench,dc=example"
      And the control server sets LDAP_Server to "ldap.bench.example"
      And the control server looks up "smith" by last name
      Then the lookup runs in clear at port 389
      And the control server is told of the soft key "Call"
      And the control server presses Call and the phone dials "+13035550031"
