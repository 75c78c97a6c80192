Feature: Configure the Internet Connection Type
  Document: Cisco IP Phone Security, "Domain and Internet Setting", "Configure the Internet Connection Type".

  The phone has its addresses from DHCP, or they are static. The document's "Static IP Settings" stand in the sections IPv4 Settings and
  IPv6 Settings of the page. What a phone with static addresses does not send is claimed of all packets since its restart; what it does
  with IPv6 rests on RFC 4861, RFC 4862 and RFC 8415.

  @req:doc/connection/static @detects:dhcp.asks-in-static-mode
  Rule: the administrator chooses Static IP in IPv4 Settings and the phone works from that address without DHCP

    Background:
      Given a phone registered with the call server

    Scenario: the document's procedure, step by step
      When the administrator selects Voice > System
      And chooses "Static IP" from the "Connection Type" list of the "IPv4 Settings" section
      And enters "192.0.2.50" in the "Static IP" field of the "IPv4 Settings" section
      And enters "255.255.255.0" in the "NetMask" field of the "IPv4 Settings" section
      And enters "192.0.2.1" in the "Gateway" field of the "IPv4 Settings" section
      And enters "192.0.2.2" in the "Primary DNS" field of the "IPv4 Settings" section
      And clicks "Submit All Changes"
      Then the phone comes up at 192.0.2.50
      And the phone registers from 192.0.2.50
      And the last reboot reason is "Provisioning"
      And the page shows "Static IP" in the "Connection Type" field of the "IPv4 Settings" section
      And the page shows "192.0.2.50" in the "Static IP" field of the "IPv4 Settings" section
      And the page shows "255.255.255.0" in the "NetMask" field of the "IPv4 Settings" section
      And the page shows "192.0.2.1" in the "Gateway" field of the "IPv4 Settings" section
      And the status page shows "Connection Type" as "Static IP" in "IPv4 Information"
      And the status page shows "Current IP" as "192.0.2.50" in "IPv4 Information"
      And the status page shows "Current Netmask" as "255.255.255.0" in "IPv4 Information"
      And the status page shows "Current Gateway" as "192.0.2.1" in "IPv4 Information"
      And the status page shows "Primary DNS" as "192.0.2.2" in "IPv4 Information"
      And the phone answers OPTIONS from the call server
      And the phone has sent not one DHCP message since

    Scenario: what is beyond the netmask is sent to the gateway
      When the administrator selects Voice > System
      And chooses "Static IP" from the "Connection Type" list of the "IPv4 Settings" section
      And enters "192.0.2.50" in the "Static IP" field of the "IPv4 Settings" section
      And enters "255.255.255.0" in the "NetMask" field of the "IPv4 Settings" section
      And enters "192.0.2.8" in the "Gateway" field of the "IPv4 Settings" section
      And enters "198.51.100.10" in the "Primary DNS" field of the "IPv4 Settings" section
      And clicks "Submit All Changes"
      Then the phone comes up at 192.0.2.50
      And the phone asks by ARP for 192.0.2.8
      And the phone has sent not one DHCP message since

    Scenario: the same by XML profile
      When the phone takes a profile with a static IPv4 address
      Then the page shows "Static IP" in the "Connection Type" field of the "IPv4 Settings" section
      And the phone registers from 192.0.2.50
      And the last reboot reason is "Provisioning"
      And the phone has sent not one DHCP message since

    Scenario: chosen and undone
      When the administrator selects Voice > System
      And chooses "Static IP" from the "Connection Type" list of the "IPv4 Settings" section
      And enters "192.0.2.50" in the "Static IP" field of the "IPv4 Settings" section
      And clicks "Undo All Changes"
      Then the page shows "DHCP" in the "Connection Type" field of the "IPv4 Settings" section
      And the page shows "" in the "Static IP" field of the "IPv4 Settings" section
      And the status page shows "Connection Type" as "DHCP" in "IPv4 Information"

  @req:doc/connection/kept @detects:static.forgets
  Rule: a static address survives power loss

    Scenario: power is taken from a phone with a static address
      Given a phone registered with the call server
      And the phone has a static IPv4 address
      When the phone loses power and its page comes back at 192.0.2.50
      Then the page shows "Static IP" in the "Connection Type" field of the "IPv4 Settings" section
      And the phone registers from 192.0.2.50
      And the phone has sent not one DHCP message since

  @req:doc/connection/dhcp @detects:static.stays
  Rule: with Connection Type DHCP the phone has its address from the DHCP server

    Scenario: back to DHCP
      Given a phone registered with the call server
      And the phone has a static IPv4 address
      When the administrator selects Voice > System
      And chooses "DHCP" from the "Connection Type" list of the "IPv4 Settings" section
      And clicks "Submit All Changes"
      Then the phone takes a lease and comes up with it
      And the status page shows "Connection Type" as "DHCP" in "IPv4 Information"
      And the last reboot reason is "Provisioning"
      And the phone answers OPTIONS from the call server within 5 seconds

    Scenario: a phone from the factory uses DHCP
      Given a phone that is switched on
      When the administrator selects Voice > System
      Then the page shows "DHCP" in the "Connection Type" field of the "IPv4 Settings" section
      And the page shows "DHCP" in the "Connection Type" field of the "IPv6 Settings" section
      And the status page shows "Connection Type" as "DHCP" in "IPv4 Information"

  @req:doc/connection/refused @detects:static.takes-any-mask @detects:static.takes-far-gateway @detects:static.takes-any-address @detects:static.takes-nothing
  Rule: a static IPv4 address with which the phone could not be reached is refused at its field

    Scenario Outline: "<value>" as <field> is refused
      Given a phone that is switched on
      When the administrator submits a static IPv4 address with "<value>" as "<field>"
      Then the page refuses the static IPv4 address at "<at>"
      And nothing of the static IPv4 address is applied and the phone stays reachable

      Examples:
        | value           | field     | at        |
        |                 | Static IP | Static IP |
        | 224.0.0.1       | Static IP | Static IP |
        | 127.0.0.1       | Static IP | Static IP |
        | 255.255.255.255 | Static IP | Static IP |
        | 192.0.2.255     | Static IP | Static IP |
        | 192.0.2.0       | Static IP | Static IP |
        | 0.0.0.0         | Static IP | Static IP |
        | 192.0.2.256     | Static IP | Static IP |
        | 198.51.100.50   | Static IP | Gateway   |
        |                 | NetMask   | NetMask   |
        | 255.0.255.0     | NetMask   | NetMask   |
        | 0.255.255.255   | NetMask   | NetMask   |
        |                 | Gateway   | Gateway   |
        | 198.51.100.1    | Gateway   | Gateway   |
        | 192.0.2.50      | Gateway   | Gateway   |
        | 224.0.0.2       | Gateway   | Gateway   |

  @req:rfc5227/2.1/probe @detects:static.probes-nothing
  Rule: a static address is looked for on the segment before it is used

    Scenario: nobody has the address
      Given a phone that is switched on
      When the phone has a static IPv4 address
      Then the phone asked whether somebody has 192.0.2.50 before it used it

  # The time for answers must pass, so that a phone that does not mind them shows itself.
  @profile:arp_announce_wait_ms=300 @req:rfc5227/2.1.1/conflict @detects:static.uses-taken @detects:static.probes-nothing
  Rule: a static address that another host has is not used

    Scenario: another host has the address
      Given an IPv6 router that tells of address formation
      And another host has 192.0.2.50
      And a phone that is switched on
      And the phone takes a profile with SIP_IP_Preference "IPv6"
      When the administrator submits a static IPv4 address with "192.0.2.2" as "Primary DNS"
      Then the phone comes up at its formed address
      And the phone never used 192.0.2.50
      And the status page shows "IP Status" as "No address" in "IPv4 Information"

  @req:doc/connection/static-ipv6 @detects:ipv6.dhcp-in-static
  Rule: the administrator chooses Static IP in IPv6 Settings and the phone works from that address without DHCPv6

    Background:
      Given a phone that is switched on

    Scenario: the document's procedure in IPv6, step by step
      When the administrator selects Voice > System
      And chooses "Static IP" from the "Connection Type" list of the "IPv6 Settings" section
      And enters "2001:db8:78::50" in the "Static IP" field of the "IPv6 Settings" section
      And enters "64" in the "Prefix Length" field of the "IPv6 Settings" section
      And enters "fe80::1" in the "Gateway" field of the "IPv6 Settings" section
      And enters "2001:db8:78::2" in the "Primary DNS" field of the "IPv6 Settings" section
      And clicks "Submit All Changes"
      Then the phone comes up at 2001:db8:78::50
      And the last reboot reason is "Provisioning"
      And the page shows "Static IP" in the "Connection Type" field of the "IPv6 Settings" section
      And the page shows "2001:db8:78::50" in the "Static IP" field of the "IPv6 Settings" section
      And the status page shows "Connection Type" as "Static IP" in "IPv6 Information"
      And the status page shows "Current IP" as "2001:db8:78::50" in "IPv6 Information"
      And the status page shows "Prefix Length" as "64" in "IPv6 Information"
      And the status page shows "Current Gateway" as "fe80::1" in "IPv6 Information"
      And the status page shows "Primary DNS" as "2001:db8:78::2" in "IPv6 Information"
      And the phone has sent not one DHCPv6 message since

    Scenario: it survives power loss
      Given the phone has a static IPv6 address
      When the phone loses power and its page comes back at 2001:db8:78::50
      Then the page shows "Static IP" in the "Connection Type" field of the "IPv6 Settings" section
      And the phone has sent not one DHCPv6 message since

    Scenario: the same by XML profile
      When the phone takes a profile with a static IPv6 address
      Then the phone tells 2001:db8:78::50 as its IPv6 address
      And the phone has sent not one DHCPv6 message since

  @req:doc/connection/refused-ipv6 @detects:ipv6.accepts-wrong-prefix @detects:ipv6.accepts-wrong-static
  Rule: a static IPv6 address with which the phone could not be reached is refused at its field

    Scenario Outline: "<value>" as <field> is refused in IPv6
      Given a phone that is switched on
      When the administrator submits a static IPv6 address with "<value>" as "<field>"
      Then the page refuses the static IPv6 address at "<field>"
      And nothing of the static IPv6 address is applied and the phone stays reachable

      Examples:
        | value            | field         |
        |                  | Static IP     |
        | ff02::1          | Static IP     |
        | ::               | Static IP     |
        | ::1              | Static IP     |
        | fe80::50         | Static IP     |
        | ::ffff:192.0.2.5 | Static IP     |
        | 2001:db8::g      | Static IP     |
        | 0                | Prefix Length |
        | 129              | Prefix Length |
        | sixty-four       | Prefix Length |
        |                  | Gateway       |
        | ff02::2          | Gateway       |
        | 2001:db8:79::1   | Gateway       |
        | 2001:db8:78::50  | Gateway       |

  @req:doc/ip-mode/ipv4-only @detects:ipv6.speaks-in-ipv4-only
  Rule: with IP Mode IPv4 Only the phone speaks no IPv6

    Scenario: not one IPv6 packet
      Given an IPv6 router that tells of address formation
      And a phone registered with the call server
      When the administrator selects Voice > System
      And chooses "IPv4 Only" from the "IP Mode" list of the "Network Settings" section
      And clicks "Submit All Changes"
      Then the phone takes a lease and comes up with it
      When the phone loses power and is switched on again
      Then the phone registers with the call server again
      And the status page shows "IP Status" as "No address" in "IPv6 Information"
      And the phone has sent not one IPv6 packet since it was switched on

  @req:doc/ip-mode/ipv6-only @detects:ipv6.speaks-v4-in-ipv6-only
  Rule: with IP Mode IPv6 Only the phone speaks no IPv4, registers and answers

    Scenario: not one IPv4 packet
      Given an IPv6 router that tells of address formation
      And name server and call server have IPv6 addresses too
      And a phone registered with the call server
      When the administrator selects Voice > System
      And chooses "IPv6 Only" from the "IP Mode" list of the "Network Settings" section
      And clicks "Submit All Changes"
      Then the phone comes up at its formed address
      And the phone registers from its formed address
      When the phone loses power and its page comes back at its formed address
      Then the phone registers from its formed address
      And the phone answers OPTIONS over IPv6
      And the status page shows "IP Status" as "No address" in "IPv4 Information"
      And the phone has sent not one IPv4 packet since it was switched on

  @req:doc/ip-mode/preference @detects:ipv6.ignores-preference
  Rule: in Dual Mode the phone has both, and registers over the version that SIP IP Preference names

    Scenario: both addresses, SIP over IPv4
      Given an IPv6 router that tells of address formation
      And name server and call server have IPv6 addresses too
      And a phone registered with the call server
      Then the phone's page answers at its formed address
      And the phone answers OPTIONS from the call server

    Scenario: SIP over IPv6
      Given an IPv6 router that tells of address formation
      And name server and call server have IPv6 addresses too
      And a phone registered with the call server
      And the phone takes a profile with SIP_IP_Preference "IPv6"
      When the phone loses power and its page comes back at its formed address
      Then the phone registers from its formed address

  @req:rfc4862/5.4/detection @detects:ipv6.no-dad
  Rule: every IPv6 address is looked for on the segment before it is used

    Scenario: an address that the phone formed
      Given an IPv6 router that tells of address formation
      When a phone that is switched on
      Then the phone's page answers at its formed address
      And the phone asked whether somebody has its formed address before it used it
      And the phone has solicited routers
      And the phone tells its formed address as its IPv6 address
      And the status page shows "Current Gateway" as "fe80::1" in "IPv6 Information"
      And the status page shows "Primary DNS" as "2001:db8:78::2" in "IPv6 Information"

    Scenario: a static address
      Given a phone that is switched on
      When the phone has a static IPv6 address
      Then the phone asked whether somebody has 2001:db8:78::50 before it used it

  # The time for answers must pass, so that a phone that does not mind them shows itself.
  @profile:ipv6_probe_wait_ms=300 @req:rfc4862/5.4.5/duplicate @detects:ipv6.uses-duplicate
  Rule: an IPv6 address that another host has is not used

    Scenario: another host has the address that the phone forms
      Given an IPv6 router that tells of address formation
      And another host has its formed address
      When a phone that is switched on
      Then the phone never used its formed address
      And the status page shows "IP Status" as "No address" in "IPv6 Information"

  @req:rfc4861/6.1.2/advertisement @detects:ipv6.accepts-any-hop-limit
  Rule: router advertisements that may be forged or make no sense are not believed

    @sends-malformed
    Scenario: wrong advertisements, and a right one after them
      Given an IPv6 router that tells of address formation
      And a phone that is switched on
      Then the phone's page answers at its formed address
      When the router advertises 2001:db8:a1::/64 wrongly: from afar
      And the router advertises 2001:db8:a2::/64 wrongly: not from a link-local address
      And the router advertises 2001:db8:a3::/64 wrongly: with 56 bits
      And the router advertises 2001:db8:a4::/64 wrongly: preferred for longer than valid
      And the router advertises 2001:db8:a5::/64 wrongly: with a wrong checksum
      And the router advertises 2001:db8:a6::/64
      Then the phone forms an address of 2001:db8:a6::/64
      And the phone formed no address of 2001:db8:a1::/64
      And the phone formed no address of 2001:db8:a2::/64
      And the phone formed no address of 2001:db8:a3::/64
      And the phone formed no address of 2001:db8:a4::/64
      And the phone formed no address of 2001:db8:a5::/64

  @req:rfc4862/5.5.4/expiry @detects:ipv6.keeps-expired
  Rule: a formed address ends with the valid lifetime of its prefix

    # Two seconds must pass: the lifetime is what is tested.
    Scenario: a prefix that is valid for two seconds
      Given an IPv6 router whose prefix is valid for 2 seconds
      And a phone that is switched on
      Then the phone's page answers at its formed address
      And the status page shows "IP Status" as "No address" in "IPv6 Information"

  @req:rfc4861/4.2/flags @detects:ipv6.ignores-managed
  Rule: a router says whether addresses, or only the rest, come by DHCPv6

    Scenario: managed addresses
      Given an IPv6 router that tells of managed addresses
      And a DHCPv6 server
      When a phone that is switched on
      Then the phone's page answers at its leased address
      And the phone tells its leased address as its IPv6 address
      And the phone asked whether somebody has its leased address before it used it
      And the phone sends the DHCPv6 messages SOLICIT, REQUEST
      And the status page shows "Current Gateway" as "fe80::1" in "IPv6 Information"
      And the status page shows "Primary DNS" as "2001:db8:78::2" in "IPv6 Information"

    Scenario: other configuration
      Given an IPv6 router that tells of other configuration
      And a DHCPv6 server without addresses
      When a phone that is switched on
      Then the phone's page answers at its formed address
      And the phone sends the DHCPv6 messages INFORMATION-REQUEST
      And the status page shows "Primary DNS" as "2001:db8:78::c" in "IPv6 Information"

    Scenario: neither
      Given an IPv6 router that tells of address formation
      And a DHCPv6 server
      When a phone that is switched on
      Then the phone's page answers at its formed address
      And the phone has sent not one DHCPv6 message since

  @req:rfc8415/16/messages @detects:dhcp6.no-ntp
  Rule: DHCPv6 messages are made as RFC 8415 wants them, and ask for the options that the document lists

    Scenario: an address is asked for
      Given an IPv6 router that tells of managed addresses
      And a DHCPv6 server
      When a phone that is switched on
      Then the phone's page answers at its leased address
      And the phone's DHCPv6 messages are well made

    Scenario: the rest is asked for
      Given an IPv6 router that tells of other configuration
      And a DHCPv6 server without addresses
      When a phone that is switched on
      Then the status page shows "Primary DNS" as "2001:db8:78::c" in "IPv6 Information"
      And the phone's DHCPv6 messages are well made

  @req:rfc8415/11/duid @detects:dhcp6.new-duid
  Rule: the phone calls itself by one DUID for ever

    Scenario: power is taken and comes back
      Given an IPv6 router that tells of managed addresses
      And a DHCPv6 server
      And a phone that is switched on
      Then the phone's page answers at its leased address
      When the phone loses power and is switched on again
      Then the phone has called itself by one DUID

  @req:rfc8415/16/foreign @detects:dhcp6.accepts-wrong-xid @detects:dhcp6.accepts-other-client
  Rule: DHCPv6 answers of other exchanges and to other clients are not believed

    Scenario: forged replies of foreign exchanges
      Given an IPv6 router that tells of managed addresses
      And a DHCPv6 server behind a hundred forged replies
      When a phone that is switched on
      Then the phone's page answers at its leased address
      And the phone tells its leased address as its IPv6 address

    Scenario: an answer to another client
      Given an IPv6 router that tells of managed addresses
      And a DHCPv6 server that answers to another client at first
      When a phone that is switched on
      Then the phone solicits again before it requests
      And the phone's page answers at its leased address

  @req:rfc8415/18.2.8/decline @detects:dhcp6.never-declines
  Rule: a leased address that another host has is declined, and another one taken

    Scenario: another host has the first address of the pool
      Given an IPv6 router that tells of managed addresses
      And a DHCPv6 server
      And another host has 2001:db8:78::1000
      When a phone that is switched on
      Then the phone declines 2001:db8:78::1000
      And the phone never used 2001:db8:78::1000
      And the phone's page answers at 2001:db8:78::1001

  @req:rfc8415/18.2.4/renewal @detects:dhcp6.renews-elsewhere
  Rule: a lease is renewed with its server, and with any server when that is mute

    # Two seconds must pass: T1 and T2 are what is tested.
    Scenario: T1 and T2
      Given an IPv6 router that tells of managed addresses
      And a DHCPv6 server with leases of 20 seconds
      And the DHCPv6 server is silent at renewal
      When a phone that is switched on
      Then the phone renews with its server and rebinds with any

  @req:rfc8415/18.2.5/expiry @detects:dhcp6.keeps-expired
  Rule: a leased IPv6 address ends with its valid lifetime

    # Three seconds must pass: the lifetime is what is tested.
    Scenario: nobody renews the lease
      Given an IPv6 router that tells of managed addresses
      And a DHCPv6 server with leases of 3 seconds
      And a phone that is switched on
      Then the phone's page answers at its leased address
      When the DHCPv6 server falls silent
      Then the status page shows "IP Status" as "No address" in "IPv6 Information"

  @req:rfc8415/18.2.11/reconfigure @detects:dhcp6.obeys-reconfigure
  Rule: a RECONFIGURE that nobody has authenticated is not obeyed

    Scenario: told to renew
      Given an IPv6 router that tells of managed addresses
      And a DHCPv6 server
      And a phone that is switched on
      Then the phone's page answers at its leased address
      When the DHCPv6 server sends RECONFIGURE without authentication
      Then the phone does not obey it

  @req:doc/connection/static-ipv6-service @detects:ipv6.ignores-preference
  Rule: a phone with a static IPv6 address registers and answers from it

    Scenario Outline: IP Mode <mode>
      Given name server and call server have IPv6 addresses too
      And a phone registered with the call server
      And the phone has the settings "SIP_IP_Preference=IPv6"
      When the administrator selects Voice > System
      And chooses "<mode>" from the "IP Mode" list of the "Network Settings" section
      And chooses "Static IP" from the "Connection Type" list of the "IPv6 Settings" section
      And enters "2001:db8:78::50" in the "Static IP" field of the "IPv6 Settings" section
      And enters "64" in the "Prefix Length" field of the "IPv6 Settings" section
      And enters "fe80::1" in the "Gateway" field of the "IPv6 Settings" section
      And enters "2001:db8:78::2" in the "Primary DNS" field of the "IPv6 Settings" section
      And clicks "Submit All Changes"
      Then the phone comes up at 2001:db8:78::50
      And the phone registers from 2001:db8:78::50
      And the phone answers OPTIONS over IPv6
      And the phone has sent not one DHCPv6 message since

      Examples:
        | mode      |
        | Dual Mode |
        | IPv6 Only |

  @req:doc/connection/refused-over-ipv6 @detects:ipv6.accepts-wrong-prefix @detects:ipv6.accepts-wrong-static
  Rule: an administrator who works by the phone's IPv6 address is refused as well, and the phone stays there

    Scenario Outline: "<value>" as <field> is refused by way of IPv6
      Given an IPv6 router that tells of address formation
      And a phone that is switched on
      When the administrator goes to the phone's page at its formed address
      And the administrator submits a static IPv6 address with "<value>" as "<field>"
      Then the page refuses the static IPv6 address at "<field>"
      And nothing of the static IPv6 address is applied and the phone stays reachable
      And the phone's page answers at its formed address

      Examples:
        | value          | field         |
        | ff02::1        | Static IP     |
        | 129            | Prefix Length |
        | 2001:db8:79::1 | Gateway       |

  @req:rfc4861/6.3.7/late-router @detects:ipv6.keeps-guess
  Rule: a router that comes after the phone began to look for an address by DHCPv6 is heard

    Scenario: it tells of other configuration
      Given a phone that is switched on
      Then the phone sends the DHCPv6 messages SOLICIT
      Given a DHCPv6 server without addresses
      When an IPv6 router comes that tells of other configuration
      Then the phone's page answers at its formed address
      And the phone sends the DHCPv6 messages SOLICIT, INFORMATION-REQUEST
      And the status page shows "Primary DNS" as "2001:db8:78::c" in "IPv6 Information"

    Scenario: it tells of managed addresses, and a server has come with it
      Given a phone that is switched on
      Then the phone sends the DHCPv6 messages SOLICIT
      Given a DHCPv6 server
      When an IPv6 router comes that tells of managed addresses
      Then the phone's page answers at its leased address
      And the status page shows "Current Gateway" as "fe80::1" in "IPv6 Information"
