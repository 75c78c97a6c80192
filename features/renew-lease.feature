Feature: Renew the Lease
  Document: Cisco IP Phone Security, "Configure the Internet Connection Type", the choice DHCP.

  The DHCP server lends the phone its address and prolongs the loan periodically. What the document leaves to the protocol is RFC
  2131 with the conflict detection of RFC 5227. With "DHCP Timeout on Renewal" a mute call server makes the phone ask for
  its address anew: the same one back and all is well, anything else and the phone resets.

  @req:rfc2131/4.4.1/first-exchange @detects:dhcp.names-no-server
  Rule: an address is taken by DISCOVER, OFFER, REQUEST and ACK

    Scenario: the first address
      Given a phone that is switched on
      Then the phone has taken its address by DISCOVER and REQUEST

  @req:doc/lease/renewed @detects:dhcp.never-renews @detects:dhcp.renews-by-broadcast
  Rule: the lease is renewed periodically with the server that gave it

    Scenario: a lease is renewed at half of its time, and service goes on
      Given the DHCP server gives leases of 3 seconds
      And a phone registered with the call server
      Then the phone renews its lease with its own server
      And the phone keeps its address
      And the phone answers OPTIONS from the call server

  @req:rfc2132/9.14/same-identity @detects:dhcp.changes-client-id @detects:dhcp.renews-for-less
  Rule: the phone says the same of itself in every message to the server

    Scenario: from DISCOVER to renewal
      Given the DHCP server gives leases of 60 seconds to be renewed after 1 and rebound after 50
      And a phone that is switched on
      Then the phone renews its lease with its own server
      And the phone says the same of itself in all its DHCP messages

  @req:rfc2131/4.4.5/times @detects:dhcp.ignores-timers
  Rule: the server's own times of renewal and rebinding count

    Scenario: renewal long before half of the lease
      Given the DHCP server gives leases of 60 seconds to be renewed after 1 and rebound after 50
      And a phone that is switched on
      Then the phone renews its lease with its own server

  @req:rfc2131/4.4.5/rebinding @detects:dhcp.never-rebinds
  Rule: when its server is mute, the phone asks every server

    Scenario: the server hears broadcasts only, and service goes on
      Given the DHCP server gives leases of 60 seconds to be renewed after 1 and rebound after 2
      And a phone registered with the call server
      When the DHCP server does wrong: it answers nobody who asks it alone
      Then the phone asks every server to go on with its lease
      And the phone keeps its address
      And the phone answers OPTIONS from the call server

  @req:rfc2131/4.4.5/expiry @detects:dhcp.uses-after-expiry @detects:dhcp.restarts-after-loss
  Rule: nothing goes out from an address whose lease is over

    Scenario: the server is gone until the lease is over, and comes back
      Given the DHCP server gives leases of 2 seconds
      And a phone registered with the call server
      When the DHCP server does wrong: it answers nothing
      Then the phone stops using its address when its lease is over
      And the phone registers with the call server again

  @req:rfc2131/3.1/refused @detects:dhcp.keeps-after-nak @detects:dhcp.restarts-after-loss
  Rule: an address that the server refuses is dropped at once

    Scenario: refused at renewal
      Given the DHCP server gives leases of 60 seconds to be renewed after 1 and rebound after 50
      And a phone registered with the call server
      When the DHCP server does wrong: it refuses renewals
      Then the phone drops its address and asks for a new one
      And the phone registers with the call server again

    Scenario: refused after power loss
      Given a phone that is switched on
      When the DHCP server does wrong: it refuses the former address
      And the phone loses power and is switched on again
      Then the phone drops its address and asks for a new one

  @req:rfc2131/4.3.2/former-address @detects:dhcp.forgets-address
  Rule: after power loss the phone asks for the address that it had

    Scenario: the same address again
      Given a phone that is switched on
      When the phone loses power and is switched on again
      Then the phone has asked for the address that it had

  @req:rfc2131/3.3/for-ever @detects:dhcp.renews-infinite
  Rule: a lease for ever is not renewed

    Scenario: nothing is asked
      Given the DHCP server gives leases for ever
      And a phone that is switched on
      Then the phone asks nothing of the DHCP server for 2300 milliseconds

  @profile:arp_announce_wait_ms=300 @req:rfc2131/3.1/declined @detects:dhcp.probes-nothing @detects:dhcp.declines-nothing
  Rule: an address that another host has is declined and not used

    Scenario: another host answers the probe
      Given another host has 192.0.2.100
      When the phone is switched on
      Then the phone declines the address and takes another

  @req:rfc5227/2.4/defended @detects:dhcp.defends-nothing
  Rule: an address in use is defended once, and then given up

    Scenario: another host says once, and once more, that it has the address
      Given a phone that is switched on
      When another host announces the phone's address
      Then the phone defends its address
      And the phone keeps its address
      When another host announces the phone's address
      Then the phone gives its address up and takes another

  @req:doc/lease/timeout-same @detects:dhcp.ignores-sip-silence @detects:dhcp.resets-on-same @profile:dhcp_timeout_on_renewal_ms=400 @profile:dhcp_timeout_on_renewal_rest_ms=1
  Rule: without a SIP response the phone asks for renewal, and goes on when its address is confirmed

    Scenario: the call server is mute and the DHCP server confirms the address
      Given a phone registered with the call server
      When a call of the phone gets no answer of any kind from the call server
      Then the phone asks its own server for renewal off schedule
      And the phone keeps its address
      And the phone answers OPTIONS from the call server

  @req:doc/lease/timeout-answered @detects:dhcp.asks-though-answered @profile:dhcp_timeout_on_renewal_ms=900
  Rule: as long as the call server answers, no renewal is asked for

    Scenario: the registration is refreshed twice in a second
      Given the call server grants registrations of 1 second
      And a phone registered with the call server
      Then the phone asks for no renewal while all its requests are answered for 1000 milliseconds
      And the phone keeps its address
      And the phone answers OPTIONS from the call server

  @req:doc/lease/timeout-static @detects:static.resets-on-silence @detects:dhcp.asks-in-static-mode @profile:dhcp_timeout_on_renewal_ms=400
  Rule: there is nothing to renew about a static address, and the phone goes on with it

    Scenario: the call server is mute
      Given a phone registered with the call server
      And the phone has a static IPv4 address
      And the phone registers from 192.0.2.50
      When a call of the phone gets no answer of any kind from the call server for 450 milliseconds
      And the call server speaks again
      Then the phone answers OPTIONS from the call server
      And the phone goes on at its address without a restart
      And the phone has sent not one DHCP message since

  @req:doc/lease/timeout-reset @detects:dhcp.never-resets @profile:dhcp_timeout_on_renewal_ms=400 @profile:dhcp_timeout_on_renewal_rest_ms=1
  Rule: when its address is not confirmed, the phone resets

    Scenario Outline: <wrong>
      Given a phone registered with the call server
      When the DHCP server does wrong: <wrong>
      And a call of the phone gets no answer of any kind from the call server
      Then the phone resets and is up again
      And the last reboot reason is "IP Changed"

      Examples:
        | wrong                      |
        | another address at renewal |
        | it refuses renewals        |
