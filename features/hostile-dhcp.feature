Feature: Survive a Hostile DHCP Server
  Document: Cisco IP Phone Security, "Configure the Internet Connection Type", the choice DHCP.

  Whoever stands on the segment can answer for the DHCP server. What is not an answer to the phone's own question is dropped, what
  cannot be read does no harm, and the phone has service as soon as the right server answers.

  @req:rfc2131/4.4.1/not-for-it @sends-malformed @detects:dhcp.takes-any-hardware @detects:dhcp.takes-any-client-id
  Rule: an answer to somebody else is dropped

    Scenario Outline: <wrong>
      Given the DHCP server does wrong: <wrong>
      When the phone is switched on
      And the DHCP server does right again and answers anew
      Then the phone takes the right answer and none before it

      Examples:
        | wrong                                     |
        | another transaction id                    |
        | another hardware address                  |
        | another client identifier                 |
        | an answer that says that it is a question |

  @req:rfc2131/4.3.1/incomplete @sends-malformed @detects:dhcp.needs-no-lease-time @detects:dhcp.reads-past-end
  Rule: an answer that lacks what it must have is dropped

    Scenario Outline: <wrong>
      Given the DHCP server does wrong: <wrong>
      When the phone is switched on
      And the DHCP server does right again and answers anew
      Then the phone takes the right answer and none before it

      Examples:
        | wrong                              |
        | no magic cookie                    |
        | no server identifier               |
        | no lease time                      |
        | no address                         |
        | an option that runs past the end   |

  @req:rfc2131/4.4.1/one-server @detects:dhcp.takes-any-server @detects:dhcp.names-no-server
  Rule: the answers of two servers are not mixed

    Scenario Outline: the ACK has <wrong>
      Given the DHCP server does wrong: <wrong>
      When the phone is switched on
      And the DHCP server does right again and answers anew
      Then the phone takes the right answer and none before it

      Examples:
        | wrong                               |
        | another server identifier in the ACK |
        | another address than offered        |

    Scenario: another server is quicker
      Given another DHCP server is quicker
      And a phone registered with the call server
      Then the phone takes the offer of one server whole
      And the phone answers OPTIONS from the call server

  @req:rfc2132/2/odd-options @sends-malformed @detects:dhcp.crashes-on-ragged-list
  Rule: options that are odd do no harm to what is right beside them

    Scenario Outline: <wrong>
      Given the DHCP server does wrong: <wrong>
      And a phone that is switched on
      When the DHCP server does right again
      And the administrator restarts the phone
      And extension 1 has an account at the call server
      Then the phone keeps its address
      And the phone answers OPTIONS from the call server

      Examples:
        | wrong                      |
        | empty address lists        |
        | ragged address lists       |
        | a mask with holes          |
        | a router off the link      |
        | the mask behind the router |
        | renewal after rebinding    |
        | rebinding after the lease  |

    Scenario Outline: <wrong>, and calls come in
      Given the DHCP server does wrong: <wrong>
      And a phone registered with the call server
      Then the phone answers OPTIONS from the call server

      Examples:
        | wrong                     |
        | no end                    |
        | unknown options           |
        | relay agent information   |
        | each option in two parts  |

  @req:rfc2131/4.4.1/flood @detects:dhcp.takes-any-xid
  Rule: a flood of forged answers neither moves nor stops the phone

    Scenario Outline: at power-on, <wrong>
      Given the DHCP server does wrong: <wrong>
      And a phone registered with the call server
      Then the phone keeps its address
      And the phone answers OPTIONS from the call server

      Examples:
        | wrong                   |
        | a flood of forged OFFER |
        | a flood of forged ACK   |
        | a flood of forged NAK   |

    Scenario Outline: before the answer to its renewal, <wrong>
      Given the DHCP server gives leases of 60 seconds to be renewed after 1 and rebound after 50
      And a phone registered with the call server
      When the DHCP server does wrong: <wrong>
      Then the phone renews its lease with its own server
      And the phone keeps its address
      And the phone answers OPTIONS from the call server

      Examples:
        | wrong                   |
        | a flood of forged OFFER |
        | a flood of forged ACK   |
        | a flood of forged NAK   |

    Scenario Outline: 100 of kind <kind> to a phone in service, which renews all the same
      Given the DHCP server gives leases of 60 seconds to be renewed after 1 and rebound after 50
      And a phone registered with the call server
      When somebody forges 100 DHCP messages of kind <kind>
      Then the phone renews its lease with its own server
      And the phone keeps its address
      And the phone answers OPTIONS from the call server

      Examples:
        | kind  |
        | OFFER |
        | ACK   |
        | NAK   |

  @req:rfc2131/4.4.5/forged-refusal @detects:dhcp.takes-any-refusal
  Rule: only the server that gave the lease can refuse its renewal

    Scenario: another server refuses, and every server is asked
      Given the DHCP server gives leases of 60 seconds to be renewed after 1 and rebound after 2
      And a phone registered with the call server
      When the DHCP server does wrong: it answers nobody who asks it alone
      And another server refuses the renewal that the phone asks for
      Then the phone asks every server to go on with its lease
      And the phone keeps its address
      And the phone answers OPTIONS from the call server

  @req:rfc3203/6/forced @detects:dhcp.obeys-force-renew
  Rule: nobody forces a renewal without authentication

    Scenario: forced long before the renewal time
      Given the DHCP server gives leases of 60 seconds to be renewed after 2 and rebound after 50
      And a phone that is switched on
      When somebody forces the phone to renew
      Then the phone renews its lease with its own server

  # DHCPv6. Each wrong answer comes right before the right one and gives another address: whoever believes it asks for that one, or looks on
  # the segment whether somebody has it.

  @req:rfc8415/16.10/not-for-it @sends-malformed @detects:dhcp6.needs-no-server @detects:dhcp6.accepts-other-client @detects:dhcp6.accepts-wrong-xid
  Rule: a DHCPv6 answer that does not say who answers whom to what is dropped

    Scenario Outline: <wrong>
      Given an IPv6 router that tells of managed addresses
      And a DHCPv6 server that sends a wrong answer before each right one: <wrong>
      When a phone that is switched on
      Then the phone drops the wrong answers and takes 2001:db8:78::1000
      And the phone's page answers at 2001:db8:78::1000

      Examples:
        | wrong                       |
        | another transaction id      |
        | another client's identifier |
        | no client identifier        |
        | no server identifier        |

  @req:rfc8415/21/no-sense @sends-malformed @detects:dhcp6.takes-any-association @detects:dhcp6.reads-past-end @detects:dhcp6.ignores-lifetimes @detects:dhcp6.ignores-order-of-times
  Rule: a DHCPv6 answer that cannot be read, or that contradicts itself, gives no address

    Scenario Outline: <wrong>
      Given an IPv6 router that tells of managed addresses
      And a DHCPv6 server that sends a wrong answer before each right one: <wrong>
      When a phone that is switched on
      Then the phone drops the wrong answers and takes 2001:db8:78::1000
      And the phone's page answers at 2001:db8:78::1000

      Examples:
        | wrong                             |
        | an option that runs past the end  |
        | an address that is cut short      |
        | another association               |
        | preferred for longer than valid   |
        | renewal after rebinding           |
        | lifetimes of zero                 |

  @req:rfc8415/18.2.10/one-server @detects:dhcp6.takes-any-server @detects:dhcp6.commits-unasked
  Rule: the phone takes its IPv6 address from the server that it asked, and not before it asked

    Scenario Outline: <wrong>
      Given an IPv6 router that tells of managed addresses
      And a DHCPv6 server that sends a wrong answer before each right one: <wrong>
      When a phone that is switched on
      Then the phone drops the wrong answers and takes 2001:db8:78::1000
      And the phone's page answers at 2001:db8:78::1000

      Examples:
        | wrong                                          |
        | the identifier of another server in the REPLY  |
        | a REPLY to the SOLICIT                         |

  @req:rfc8415/18.2.9/preference @detects:dhcp6.takes-first
  Rule: of a hundred DHCPv6 servers the phone takes the one that is preferred

    Scenario: it answers last
      Given an IPv6 router that tells of managed addresses
      And a DHCPv6 server behind a hundred others
      And a phone registered with the call server
      Then the phone drops the wrong answers and takes 2001:db8:78::1000
      And the phone's page answers at 2001:db8:78::1000
      And the phone answers OPTIONS from the call server

  @req:rfc8415/18.2.10/refused @detects:dhcp6.gives-up
  Rule: a phone that a DHCPv6 server refuses says so, stays in service, and asks again

    # A second must pass: nobody who is refused asks again at once.
    Scenario Outline: <refusal>
      Given an IPv6 router that tells of managed addresses
      And a DHCPv6 server that refuses: <refusal>
      And a phone registered with the call server
      Then the phone's serial line tells "<told>"
      And the phone answers OPTIONS from the call server
      When the DHCPv6 server does right again
      Then the phone's page answers at 2001:db8:78::1000

      Examples:
        | refusal                                        | told                                                                             |
        | no address                                     | DHCPv6 server refuses: it has no address (status 2)                              |
        | no address when asked for one that it offered  | DHCPv6 server refuses: it has no address (status 2)                              |
        | of another link                                | DHCPv6 server refuses: the address does not belong to this link (status 4)       |

    Scenario: a failure without a reason, and the right answer after it
      Given an IPv6 router that tells of managed addresses
      And a DHCPv6 server that sends a wrong answer before each right one: a failure without a reason
      And a phone that is switched on
      Then the phone's serial line tells "DHCPv6 server refuses: for no reason that it tells (status 1)"
      And the phone's page answers at 2001:db8:78::1000

  # Router advertisements. The right one at the end comes by the same way as the wrong ones before it.

  @req:rfc4861/6.1.2/odd-options @sends-malformed @detects:ipv6.reads-odd-options
  Rule: a router advertisement with a broken option is dropped whole

    Scenario: broken ones, and a right one after them
      Given an IPv6 router that tells of address formation
      And a phone that is switched on
      Then the phone's page answers at its formed address
      When the router advertises 2001:db8:a1::/64 wrongly: with an option of length zero
      And the router advertises 2001:db8:a2::/64 wrongly: with an option that runs past its end
      And the router advertises 2001:db8:a3::/64 wrongly: with another code
      And the router advertises 2001:db8:a6::/64
      Then the phone forms an address of 2001:db8:a6::/64
      And the phone formed no address of 2001:db8:a1::/64
      And the phone formed no address of 2001:db8:a2::/64
      And the phone formed no address of 2001:db8:a3::/64
      And the phone's page answers at its formed address

  @req:rfc4861/6.3.4/router-lifetime @detects:ipv6.keeps-router
  Rule: a router that says that it is no default router is none until it says otherwise

    Scenario: a router lifetime of zero
      Given an IPv6 router that tells of address formation
      And a phone registered with the call server
      Then the status page shows "Current Gateway" as "fe80::1" in "IPv6 Information"
      When the router advertises 2001:db8:78::/64 and says that it is no default router
      Then the status page shows no "Current Gateway" in "IPv6 Information"
      And the phone's page answers at its formed address
      And the phone answers OPTIONS from the call server
      When the router advertises 2001:db8:78::/64
      Then the status page shows "Current Gateway" as "fe80::1" in "IPv6 Information"

  @req:rfc4862/5.5.3/two-hours @detects:ipv6.drops-withdrawn
  Rule: an advertisement that nobody has signed takes no address away

    Scenario: the prefix of an address in use is said to be over
      Given an IPv6 router that tells of address formation
      And a phone that is switched on
      Then the phone's page answers at its formed address
      When the router advertises 2001:db8:78::/64 wrongly: as over at once
      And the router advertises 2001:db8:a6::/64
      Then the phone forms an address of 2001:db8:a6::/64
      And the phone's page answers at its formed address

  @req:rfc4861/11/flood @detects:ipv6.forms-without-bound
  Rule: a flood of router advertisements neither moves nor stops the phone

    Scenario: a hundred routers with a prefix each
      Given an IPv6 router that tells of address formation
      And a phone registered with the call server
      Then the phone's page answers at its formed address
      When a hundred routers advertise a prefix each
      And the router takes its name server back
      Then the status page shows no "Primary DNS" in "IPv6 Information"
      And the phone forms addresses of some of their prefixes, and of no more than 16
      And the phone's page answers at its formed address
      And the status page shows "Current Gateway" as "fe80::1" in "IPv6 Information"
      And the phone answers OPTIONS from the call server
