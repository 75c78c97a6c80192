Feature: Transport Layer Security
  Document: Cisco IP Phone Security, "Transport Layer Security".

  The document describes two layers: a record protocol that makes a connection private, and a handshake protocol that authenticates the ends and
  negotiates algorithms and keys before the application protocol transmits or receives data. What the phone says in its handshakes is held against
  RFC 5246, RFC 8446 and RFC 9325.

  Background:
    Given the call server speaks SIP over TLS with a certificate that is "right, with an RSA key"
    And a phone that is switched on
    And the phone trusts the bench's authority

  @req:doc/tls/two-layers @detects:tls.registers-in-clear @detects:tls.accepts-unknown-authority
  Rule: records of SIP follow the handshake, and the server is authenticated before the first of them

    Scenario: a server that proves who it is
      When extension 1 is to use TLS with "voiceip.com"
      Then extension 1 registers inside TLS with the call server
      And no octet of SIP to the call server comes before its certificate and the end of the handshake
      And no SIP of extension 1 is in clear since its first ClientHello

    Scenario: a server that does not
      When the call server shows a certificate that is "of an unknown authority"
      And extension 1 is to use TLS with "voiceip.com"
      Then the phone refuses the call server without a word of SIP

    @profile:tls_1_3=true
    Scenario: a phone with TLS 1.3
      Given the call server speaks TLS 1.3 only
      When extension 1 is to use TLS with "voiceip.com"
      Then extension 1 registers inside TLS with the call server
      And no octet of SIP to the call server comes before its certificate and the end of the handshake
      And no SIP of extension 1 is in clear since its first ClientHello

  @req:rfc9325/3.1.1/versions @detects:tls.offers-tls-1.0 @detects:tls.offers-tls-1.1
  Rule: TLS 1.2 is offered, and nothing older

    Scenario: hello
      When extension 1 is to use TLS with "voiceip.com"
      Then extension 1 registers inside TLS with the call server
      And each hello to the call server offers "TLS 1.2" and nothing older

    @profile:tls_1_3=true
    Scenario: hello of a phone with TLS 1.3
      When extension 1 is to use TLS with "voiceip.com"
      Then extension 1 registers inside TLS with the call server
      And each hello to the call server offers "TLS 1.2" and nothing older

    Scenario: a failure makes it offer nothing older
      Given the call server is a TLS server that "fails in place of its hello"
      When extension 1 is to use TLS with "voiceip.com"
      Then extension 1 tries the call server 2 times by TLS and by nothing else
      And each hello to the call server offers "TLS 1.2" and nothing older
      And each hello to the call server has "no fallback"

  @req:rfc9325/4/suites @detects:tls.offers-null
  Rule: each suite that is offered encrypts, and keeps its secret for later

    Scenario: suites
      When extension 1 is to use TLS with "voiceip.com"
      Then extension 1 registers inside TLS with the call server
      And each hello to the call server offers only suites that keep a secret
      And each hello to the call server prefers authenticated encryption

  @req:rfc6066/3/server-name @detects:tls.no-sni @detects:tls.address-in-sni
  Rule: the hello names the server by its name, and an address is none

    Scenario: a proxy with a name
      When extension 1 is to use TLS with "voiceip.com"
      Then extension 1 registers inside TLS with the call server
      And each hello to the call server asks for the name "voiceip.com"

    Scenario: a proxy with an address
      When extension 1 is to use TLS with "192.0.2.10"
      Then extension 1 registers inside TLS with the call server
      And no hello to the call server asks for a name

  @req:rfc9325/3/hello @detects:tls.offers-tls-1.0
  Rule: the hello guards against what TLS suffered from

    Scenario Outline: <what>
      When extension 1 is to use TLS with "voiceip.com"
      Then extension 1 registers inside TLS with the call server
      And each hello to the call server has "<what>"

      Examples:
        | what                   |
        | renegotiation_info     |
        | extended_master_secret |
        | no weak signature      |

  @req:rfc8446/8/no-shortcuts @detects:tls.offers-compression @detects:tls.offers-early-data
  Rule: nothing is compressed, and nothing is sent ahead of the handshake

    Scenario Outline: <what>
      When extension 1 is to use TLS with "voiceip.com"
      Then extension 1 registers inside TLS with the call server
      When the call server closes the connection of extension 1
      Then extension 1 registers inside TLS with the call server
      And each hello to the call server has "<what>"
      And no SIP of extension 1 is in clear since its first ClientHello

      Examples:
        | what           |
        | no compression |
        | no early data  |

  @req:rfc8446/4.6.1/resumption @detects:tls.resumes-elsewhere
  Rule: a session is offered to nobody but the server of the name that it was made with

    Scenario: the proxy changes
      Given the second server speaks SIP over TLS with a certificate that is "right, with an RSA key"
      When extension 1 is to use TLS with "voiceip.com"
      Then extension 1 registers inside TLS with the call server
      When extension 1 is to use TLS with "voiceip1.com"
      Then extension 1 registers inside TLS with the second server
      And the phone resumes with the second server no session of another name

  @req:rfc5246/7.4.6/own-certificate @detects:tls.shows-no-certificate
  Rule: a server that asks for a certificate is shown the phone's own

    Scenario: asked
      Given the call server is a TLS server that "asks for a client certificate"
      When extension 1 is to use TLS with "voiceip.com"
      Then extension 1 registers inside TLS with the call server
      And the phone shows the call server its own certificate

  @req:doc/tls/cipher-list @release:11.3.1 @detects:tls.ignores-cipher-list
  Rule: TLS Cipher List says which suites are offered, from release 11.3(1) on

    Scenario: one suite
      When the phone restarts with the settings "TLS_Cipher_List=ECDHE-RSA-AES128-GCM-SHA256"
      And extension 1 is to use TLS with "voiceip.com"
      Then extension 1 registers inside TLS with the call server
      And each hello to the call server offers the suites "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" of TLS 1.2 and no other

    Scenario: two, in that order
      When the phone restarts with the settings "TLS_Cipher_List=ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES256-GCM-SHA384"
      And extension 1 is to use TLS with "voiceip.com"
      Then extension 1 registers inside TLS with the call server
      And each hello to the call server offers the suites "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384" of TLS 1.2 and no other

  @req:doc/tls/page @detects:tls.page-in-clear
  Rule: the page is served inside TLS where Enable Protocol is Https

    # What is said in clear to a port of TLS is no TLS for tshark.
    @sends-malformed
    Scenario: port 443
      When the phone restarts with Enable Protocol Https and Web Server Port 443
      Then the page answers a ClientHello at port 443 with its certificate
      And the page is not served in clear at port 443
