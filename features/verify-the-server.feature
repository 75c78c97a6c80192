Feature: The phone verifies the server before it says a word
  Document: Cisco IP Phone Security, "Transport Layer Security": the handshake authenticates the server before the application protocol
  transmits or receives data. How is told by RFC 5280 (chains), RFC 5922 (names of SIP domains) and RFC 9325 (keys and signatures).

  A refusal is seen in what is not there: no octet of SIP in the decrypted stream, and a connection that the phone has ended. Which alert it
  sends is a claim of its own, for TLS libraries differ there. The phone's proxy is sip.voiceip.com; the certificates are made for it.

  @req:rfc5280/6/chain @detects:tls.accepts-expired @detects:tls.accepts-not-yet-valid @detects:tls.accepts-unknown-authority @detects:tls.accepts-self-signed @detects:tls.accepts-leaf-as-authority @detects:tls.accepts-client-only
  Rule: a server whose chain does not lead to a trusted authority, is out of its time or for another purpose hears no SIP

    Scenario Outline: a certificate that is <certificate>
      Given the call server speaks SIP over TLS with a certificate that is "<certificate>"
      And a phone that is switched on
      And the phone trusts the bench's authority
      And the phone has the settings "Syslog_Server=192.0.2.3"
      When extension 1 is to use TLS with "sip.voiceip.com"
      Then the phone refuses the call server without a word of SIP
      And its log says that there is no TLS with "sip.voiceip.com": "<reason>"
      And no SIP of extension 1 is in clear since its first ClientHello

      Examples:
        | certificate                                | reason                    |
        | expired                                    | has expired               |
        | not yet valid                              | is not valid yet          |
        | of an unknown authority                    | of an unknown authority   |
        | below a missing intermediate authority     | of an unknown authority   |
        | signed by itself                           | certificate of the server |
        | signed by a server certificate             | certificate of the server |
        | below an intermediate that is no authority | certificate of the server |
        | below too many authorities                 | certificate of the server |
        | outside the names of its authority         | certificate of the server |
        | for clients alone                          | not meant for servers     |

  @req:rfc9325/4.5/weak-keys @detects:tls.accepts-old-hashes
  Rule: short keys and old hashes prove nothing

    Scenario Outline: a certificate that is <certificate>
      Given the call server speaks SIP over TLS with a certificate that is "<certificate>"
      And a phone that is switched on
      And the phone trusts the bench's authority
      And the phone has the settings "Syslog_Server=192.0.2.3"
      When extension 1 is to use TLS with "sip.voiceip.com"
      Then the phone refuses the call server without a word of SIP
      And its log says that there is no TLS with "sip.voiceip.com": ""
      And no SIP of extension 1 is in clear since its first ClientHello

      Examples:
        | certificate          |
        | with a short RSA key |
        | signed with SHA-1    |
        | signed with MD5      |

  @req:rfc5922/7/names @release:11.3.1 @detects:tls.accepts-another-name @detects:tls.accepts-wildcard-for-sip @detects:tls.prefers-common-name @detects:tls.ignores-sip-uri
  Rule: a server whose certificate does not name the phone's SIP domain hears no SIP

    Scenario Outline: a certificate that is <certificate>
      Given the call server speaks SIP over TLS with a certificate that is "<certificate>"
      And a phone that is switched on
      And the phone trusts the bench's authority
      And the phone has the settings "Syslog_Server=192.0.2.3"
      When extension 1 is to use TLS with "sip.voiceip.com"
      Then the phone refuses the call server without a word of SIP
      And its log says that there is no TLS with "sip.voiceip.com": "for another name"
      And no SIP of extension 1 is in clear since its first ClientHello

      Examples:
        | certificate                                          |
        | for another name                                     |
        | for the right name in its subject and another beside |
        | for the SIP URI of a user                            |
        | for the SIP URI of another domain and the right host |
        | for a wildcard                                       |
        | for an IP address                                    |

    Scenario: a proxy set by its address is proven by that address, not by another
      Given the call server speaks SIP over TLS with a certificate that is "for another name"
      And a phone that is switched on
      And the phone trusts the bench's authority
      When extension 1 is to use TLS with "192.0.2.10"
      Then the phone refuses the call server without a word of SIP
      And no SIP of extension 1 is in clear since its first ClientHello

  @req:rfc5922/7/right @release:11.3.1 @detects:tls.knows-no-sip-uri
  Rule: a server that proves the phone's SIP domain is spoken to

    Scenario Outline: a certificate that is <certificate>
      Given the call server speaks SIP over TLS with a certificate that is "<certificate>"
      And a phone that is switched on
      And the phone trusts the bench's authority
      When extension 1 is to use TLS with "sip.voiceip.com"
      Then extension 1 registers inside TLS with the call server
      And extension 1 answers OPTIONS from the call server inside TLS
      And no SIP of extension 1 is in clear since its first ClientHello

      Examples:
        | certificate                            |
        | right                                  |
        | right, with an RSA key                 |
        | right, below an intermediate authority |
        | right, with a stapled status           |
        | for a SIP URI                          |

  @req:rfc5280/6.3/revoked @detects:tls.accepts-revoked
  Rule: a certificate on the list of its authority is refused by a phone that has the list

    Scenario: the list is in the file of the Custom CA
      Given the call server speaks SIP over TLS with a certificate that is "revoked"
      And a phone that is switched on
      And the phone trusts the bench's authority and has its list of revoked certificates
      And the phone has the settings "Syslog_Server=192.0.2.3"
      When extension 1 is to use TLS with "sip.voiceip.com"
      Then the phone refuses the call server without a word of SIP
      And its log says that there is no TLS with "sip.voiceip.com": "has been revoked"
      And no SIP of extension 1 is in clear since its first ClientHello

  @req:rfc8446/6.2/alert @release:11.3.1 @detects:tls.accepts-expired @detects:tls.accepts-unknown-authority @detects:tls.accepts-another-name
  Rule: the server is told by an alert why it is refused

    Scenario Outline: a certificate that is <certificate>
      Given the call server speaks SIP over TLS with a certificate that is "<certificate>"
      And a phone that is switched on
      And the phone trusts the bench's authority
      When extension 1 is to use TLS with "sip.voiceip.com"
      Then the phone refuses the call server without a word of SIP
      And it says in an alert that the certificate of the call server is not good

      Examples:
        | certificate             |
        | expired                 |
        | not yet valid           |
        | of an unknown authority |
        | signed by itself        |
        | for another name        |
        | for clients alone       |

  @req:doc/tls/names-by-release @detects:tls.accepts-expired @detects:tls.ignores-name-validate
  Rule: whether names are checked depends on release and setting, whether chains are does not

    Scenario: before 11.3(1) no source tells of a check of names
      Given the call server speaks SIP over TLS with a certificate that is "for another name"
      And a phone that is switched on
      And the phone trusts the bench's authority
      When extension 1 is to use TLS with "sip.voiceip.com"
      Then extension 1 registers inside TLS with the call server, or refuses it without a word of SIP
      And no SIP of extension 1 is in clear since its first ClientHello

    @release:11.3.1
    Scenario: TLS Name Validate is No
      Given the call server speaks SIP over TLS with a certificate that is "for another name"
      And a phone that is switched on
      And the phone trusts the bench's authority
      And the phone has the settings "TLS_Name_Validate_1_=No"
      When extension 1 is to use TLS with "sip.voiceip.com"
      Then extension 1 registers inside TLS with the call server
      And no SIP of extension 1 is in clear since its first ClientHello

    @release:11.3.1
    Scenario: TLS Name Validate is No, and the certificate has expired
      Given the call server speaks SIP over TLS with a certificate that is "expired"
      And a phone that is switched on
      And the phone trusts the bench's authority
      And the phone has the settings "TLS_Name_Validate_1_=No"
      When extension 1 is to use TLS with "sip.voiceip.com"
      Then the phone refuses the call server without a word of SIP

  @req:rfc5922/7.1/disputed @release:11.3.1 @detects:tls.registers-in-clear
  Rule: what the standards dispute is served inside TLS or not at all

    Scenario Outline: a certificate that is <certificate>
      Given the call server speaks SIP over TLS with a certificate that is "<certificate>"
      And a phone that is switched on
      And the phone trusts the bench's authority
      When extension 1 is to use TLS with "sip.voiceip.com"
      Then extension 1 registers inside TLS with the call server, or refuses it without a word of SIP
      And no SIP of extension 1 is in clear since its first ClientHello

      Examples:
        | certificate                     |
        | for a name in its subject alone |
        | for SIP domains alone           |
