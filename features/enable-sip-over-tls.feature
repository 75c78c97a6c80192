Feature: Configure SIP Over TLS Signaling Encryption
  Document: Cisco IP Phone Security, "Configure SIP Over TLS Signaling Encryption" and "Transport Layer Security".

  SIP Transport of an extension is UDP unless the administrator chooses TLS. From then on REGISTER and calls of that extension run inside one
  TLS connection that the phone opens to port 5061 of its proxy, and nothing of its signaling is in clear. The voice of a call is: TLS
  does not touch it. All that is claimed here was read out of TLS with the keys of our server.

  Background:
    Given the call server speaks SIP over TLS with a certificate that is "right"
    And a phone registered with the call server
    And the phone trusts the bench's authority

  @req:doc/tls/procedure @detects:tls.registers-in-clear @detects:tls.waits-for-restart
  Rule: the administrator chooses TLS on the page of the extension, and it registers inside TLS

    Scenario: the document's procedure, step by step
      When the administrator selects Voice > Ext 1
      And chooses "TLS" from the "SIP Transport" list of the "SIP Settings" section
      And clicks "Submit All Changes"
      Then the page shows "TLS" in the "SIP Transport" field of the "SIP Settings" section of extension 1
      And extension 1 registers inside TLS with the call server
      And no SIP of extension 1 is in clear since its first ClientHello

    Scenario: the same by XML profile
      When the phone takes a profile with SIP_Transport_1_ "TLS"
      Then the page shows "TLS" in the "SIP Transport" field of the "SIP Settings" section of extension 1
      And extension 1 registers inside TLS with the call server
      And no SIP of extension 1 is in clear since its first ClientHello

    Scenario: chosen and undone
      When the administrator selects Voice > Ext 1
      And chooses "TLS" from the "SIP Transport" list of the "SIP Settings" section
      And clicks "Undo All Changes"
      Then the phone answers OPTIONS from the call server
      And the phone has asked the call server for no TLS

    Scenario: the setting survives a restart
      Given extension 1 is registered inside TLS
      When the administrator restarts the phone
      Then extension 1 registers inside TLS with the call server
      And no SIP of extension 1 is in clear since its first ClientHello

  @req:doc/tls/default @detects:tls.although-udp
  Rule: UDP is the default

    Scenario: a phone from the factory says no hello to its proxy
      When the administrator selects Voice > Ext 1
      Then the page shows "UDP" in the "SIP Transport" field of the "SIP Settings" section of extension 1
      And the phone answers OPTIONS from the call server
      And the phone has asked the call server for no TLS

  @req:doc/tls/signaling-not-media @detects:tls.registers-in-clear @detects:tls.offers-keys
  Rule: the signaling is encrypted, and the media is not

    Background:
      Given extension 1 is registered inside TLS

    Scenario: a call to the phone
      When the call server calls extension 1 inside TLS
      And the person lifts the handset
      Then the call is up and voice flows both ways
      And the voice of the call is in clear
      And no SIP of extension 1 is in clear since its first ClientHello

    Scenario: a call from the phone
      When the person dials "5550100"
      Then the call is up and voice flows both ways
      And the voice of the call is in clear
      And no SIP of extension 1 is in clear since its first ClientHello

    Scenario: a question of the proxy
      Then extension 1 answers OPTIONS from the call server inside TLS
      And no SIP of extension 1 is in clear since its first ClientHello

  @req:doc/tls/others-stay @detects:tls.others-follow
  Rule: the other extensions stay as they were

    Scenario: extension 2 goes on over UDP, and does so after a restart
      Given extension 2 has an account at the call server
      And extension 1 is registered inside TLS
      When the administrator restarts the phone
      Then extension 1 registers inside TLS with the call server
      And extension 2 registers over UDP with the call server
      And the page shows "UDP" in the "SIP Transport" field of the "SIP Settings" section of extension 2
      And the call server calls extension 2 and it rings
      And no SIP of extension 1 is in clear since its first ClientHello

  @req:rfc5923/5/one-connection @detects:tls.second-connection
  Rule: the connection of the registration carries the calls in both directions

    Background:
      Given extension 1 is registered inside TLS

    Scenario: a call each way
      When the call server calls extension 1 inside TLS
      And the caller hangs up
      And the person dials "5550100"
      Then the call is up and voice flows both ways
      And extension 1 answers OPTIONS from the call server inside TLS
      And all of it went by one connection to the call server

  @req:rfc5626/4.5/back-off @detects:tls.never-reconnects @detects:tls.reconnects-without-rest
  Rule: a connection that is lost is made anew, and with a rest when that one does not last either

    Background:
      Given extension 1 is registered inside TLS

    Scenario: the server closes it
      When the call server closes the connection of extension 1
      Then extension 1 registers inside TLS with the call server
      And extension 1 answers OPTIONS from the call server inside TLS
      And no SIP of extension 1 is in clear since its first ClientHello

    Scenario: it is reset
      When the call server resets the connection of extension 1
      Then extension 1 registers inside TLS with the call server
      And extension 1 answers OPTIONS from the call server inside TLS
      And no SIP of extension 1 is in clear since its first ClientHello

    Scenario: it is reset again and again
      When the call server resets the connection of extension 1
      Then extension 1 registers inside TLS with the call server
      When the call server resets the connection of extension 1
      Then the phone has rested at least 900 ms before it came back to the call server
      And no SIP of extension 1 is in clear since its first ClientHello

  @req:doc/tls/no-fallback @detects:tls.falls-back-to-udp @detects:tls.falls-back-to-tcp
  Rule: where TLS fails neither UDP nor TCP takes its place

    Scenario Outline: the server's certificate is <certificate>
      When the call server shows a certificate that is "<certificate>"
      And extension 1 is to use TLS with "voiceip.com"
      Then extension 1 tries the call server 2 times by TLS and by nothing else

      Examples:
        | certificate             |
        | expired                 |
        | of an unknown authority |

    Scenario: nobody listens for TLS
      When extension 1 is to use TLS with "voiceip1.com"
      Then extension 1 tries the second server 2 times by TLS and by nothing else

  @req:doc/tls/back-to-udp @detects:tls.stays
  Rule: UDP chosen again, the extension goes back to UDP

    Scenario: there and back by the page
      Given extension 1 is registered inside TLS
      When SIP Transport of extension 1 becomes "UDP"
      Then extension 1 registers over UDP with the call server
      And the phone answers OPTIONS from the call server
      And the call server calls the phone and it rings

  @req:rfc8446/6.1/close-notify @detects:tls.no-close-notify
  Rule: the phone says that it closes before it does

    Scenario: the extension leaves TLS
      Given extension 1 is registered inside TLS
      When SIP Transport of extension 1 becomes "UDP"
      Then extension 1 registers over UDP with the call server
      And the phone ends its connection to the call server with close_notify
