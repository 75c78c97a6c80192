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
