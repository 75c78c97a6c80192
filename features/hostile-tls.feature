Feature: A hostile TLS server
  Document: Cisco IP Phone Security, "Transport Layer Security".

  In the place of the honest TLS server stands one that is made of raw octets and breaks the rules of RFC 5246 and RFC 8446 in one way, with the right
  certificate and the right registrar behind it. What the rules allow, the phone must bear; what they do not, it must end without a
  word of SIP. Whatever happened, it is in service again once an honest server is there. Reg Retry Intvl is 1 s.

  Background:
    Given the call server speaks SIP over TLS with a certificate that is "right, with an RSA key"
    And a phone that is switched on
    And the phone trusts the bench's authority

  @req:rfc5246/6.2/borne @detects:tls.registers-in-clear
  Rule: what is odd and legal is borne

    Scenario Outline: a server that <misbehaviour>
      Given the call server is a TLS server that "<misbehaviour>"
      When extension 1 is to use TLS with "voiceip.com"
      Then the phone treats the call server as the standards say
      And no SIP of extension 1 is in clear since its first ClientHello
      When the call server is honest again
      Then extension 1 is in service inside TLS with the call server

      Examples:
        | misbehaviour                       |
        | sends its handshake octet by octet |
        | sends empty data records           |
        | asks for a client certificate      |
        | asks for a new handshake           |

    @profile:tls_1_3=true
    Scenario Outline: a server of TLS 1.3 that <misbehaviour>
      Given the call server is a TLS server that "<misbehaviour>"
      When extension 1 is to use TLS with "voiceip.com"
      Then the phone treats the call server as the standards say
      And no SIP of extension 1 is in clear since its first ClientHello
      When the call server is honest again
      Then extension 1 is in service inside TLS with the call server

      Examples:
        | misbehaviour                |
        | asks for another hello once |
        | pads its records            |
        | asks for new keys           |

  @req:rfc5246/7.2.2/ended @detects:tls.falls-back-to-udp @detects:tls.falls-back-to-tcp
  Rule: what is against the rules ends the connection before a word of SIP, and nothing takes its place

    Scenario Outline: a server that <misbehaviour>
      Given the call server is a TLS server that "<misbehaviour>"
      When extension 1 is to use TLS with "voiceip.com"
      Then the phone treats the call server as the standards say
      And no SIP of extension 1 is in clear since its first ClientHello
      When the call server is honest again
      Then extension 1 is in service inside TLS with the call server

      Examples:
        | misbehaviour                             |
        | speaks SSL 3 only                        |
        | speaks TLS 1.0 only                      |
        | speaks TLS 1.1 only                      |
        | chooses a group that was not offered     |
        | chooses compression                      |
        | sends an extension that was not offered  |
        | sends garbage in place of its hello      |
        | shows no certificate                     |
        | signs the handshake wrongly              |
        | signs the handshake with SHA-1           |
        | sends a wrong Finished                   |
        | spoils its first protected record        |

      @sends-malformed
      Examples:
        | misbehaviour                             |
        | chooses a suite that was not offered     |
        | answers in clear text                    |
        | sends an empty handshake record          |
        | sends a record that is too long          |
        | changes the cipher before there are keys |

    @profile:tls_1_3=true
    Scenario Outline: a server of TLS 1.3 that <misbehaviour>
      Given the call server is a TLS server that "<misbehaviour>"
      When extension 1 is to use TLS with "voiceip.com"
      Then the phone treats the call server as the standards say
      And no SIP of extension 1 is in clear since its first ClientHello
      When the call server is honest again
      Then extension 1 is in service inside TLS with the call server

      Examples:
        | misbehaviour                           |
        | chooses a version that was not offered |
        | was downgraded to TLS 1.2              |
        | asks for another hello twice           |
        | sends a record of zeros                |

  @req:rfc8446/6/server-ends @detects:tls.falls-back-to-udp @detects:tls.falls-back-to-tcp
  Rule: a server that ends the connection is come back to, and nothing takes its place

    Scenario Outline: a server that <misbehaviour>
      Given the call server is a TLS server that "<misbehaviour>"
      When extension 1 is to use TLS with "voiceip.com"
      Then the phone treats the call server as the standards say
      And no SIP of extension 1 is in clear since its first ClientHello
      When the call server is honest again
      Then extension 1 is in service inside TLS with the call server

      Examples:
        | misbehaviour                          |
        | warns in place of its hello           |
        | warns in place of its certificate     |
        | warns in place of its Finished        |
        | warns in place of its first answer    |
        | fails in place of its hello           |
        | fails in place of its certificate     |
        | fails in place of its Finished        |
        | fails in place of its first answer    |
        | hangs up in place of its hello        |
        | hangs up in place of its certificate  |
        | hangs up in place of its Finished     |
        | hangs up in place of its first answer |
        | spoils its first answer               |
        | ends the connection without notice    |

  @req:rfc5626/4.5/silent @detects:tls.falls-back-to-udp @detects:tls.falls-back-to-tcp
  Rule: a server that falls silent is not waited for without end

    Scenario Outline: a server that <misbehaviour>
      Given the call server is a TLS server that "<misbehaviour>"
      And the phone has the settings "SIP_Timer_F=1"
      When extension 1 is to use TLS with "voiceip.com"
      Then the phone treats the call server as the standards say
      And no SIP of extension 1 is in clear since its first ClientHello
      When the call server is honest again
      Then extension 1 is in service inside TLS with the call server

      Examples:
        | misbehaviour                              |
        | falls silent in place of its hello        |
        | falls silent in place of its certificate  |
        | falls silent in place of its Finished     |
        | falls silent in place of its first answer |
