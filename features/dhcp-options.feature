Feature: DHCP Option Support
  Document: Cisco IP Phone Security, "Domain and Internet Setting", "DHCP Option Support".

  The document lists fifteen options. Each is proven by what the phone does with it: whom it asks, through whom, and what is in force
  afterwards. Where the table names a code wrongly, what is true is tested, and that the wrong code does no harm.

  @req:doc/options/asked @detects:dhcp.omits-160
  Rule: the phone asks for what the table says it supports

    Scenario: option 55 of DISCOVER and REQUEST
      Given a phone that is switched on
      Then the phone asks for the options "1, 2, 3, 6, 15, 42, 43, 66, 125, 150, 159, 160" when it discovers and when it requests

  @req:doc/options/subnet-mask @detects:dhcp.ignores-mask
  Rule: option 1 says which hosts are on the segment

    Scenario: a host that the mask covers is reached directly
      Given the distant host has the phone's profile by TFTP
      And DHCP option 150 is "the distant host"
      When the phone is switched on
      Then the phone reaches the distant host directly

    Scenario: the same host under a narrower mask is reached through the gateway
      Given the distant host has the phone's profile by TFTP
      And DHCP option 150 is "the distant host"
      And DHCP gives an address and the mask of a segment with 16 addresses
      When the phone is switched on
      Then the phone reaches the distant host through the gateway

  @req:doc/options/router @detects:dhcp.ignores-router
  Rule: option 3 names the routers in their order

    Scenario Outline: <routers>
      Given the far server has the phone's profile by TFTP
      And DHCP option 150 is "the far server"
      And DHCP option 3 is "<routers>"
      When the phone is switched on
      Then the phone reaches the far server through <first>

      Examples:
        | routers                         | first              |
        | the gateway                     | the gateway        |
        | the second gateway, the gateway | the second gateway |

  @req:rfc3442/1/classless-routes @detects:dhcp.prefers-router
  Rule: a route of option 121 takes the place of option 3

    Scenario: both name a router
      Given the far server has the phone's profile by TFTP
      And DHCP option 150 is "the far server"
      And DHCP option 3 is "the gateway"
      And DHCP option 121 leads everywhere through the second gateway
      When the phone is switched on
      Then the phone reaches the far server through the second gateway

  @req:doc/options/name-servers @detects:dhcp.ignores-name-servers
  Rule: option 6 names the servers that the phone looks names up at

    Scenario: the name of a TFTP server
      Given the provisioning server has the phone's profile by TFTP
      And DHCP option 6 is "the name server"
      And DHCP option 66 is "provisioning.bench.example"
      And a phone that is switched on
      Then the phone asks the name server for the name "provisioning.bench.example"
      And the phone takes its profile from the provisioning server by TFTP
      And the status page shows "Primary DNS" as "192.0.2.2" in "IPv4 Information"

    Scenario: another name server
      Given DHCP option 6 is "the second name server, the name server"
      And DHCP option 66 is "provisioning.bench.example"
      And a phone that is switched on
      Then the phone asks the second name server for the name "provisioning.bench.example"

  @req:doc/options/domain-name @detects:dhcp.ignores-domain
  Rule: option 15 completes a short name

    Scenario Outline: in <domain>
      Given <host> has the phone's profile by TFTP
      And DHCP option 15 is "<domain>"
      And DHCP option 66 is "provisioning"
      And a phone that is switched on
      Then the phone asks the name server for the name "provisioning.<domain>"
      And the phone takes its profile from <host> by TFTP
      And the status page shows "Domain" as "<domain>" in "System Information"

      Examples:
        | domain         | host                           |
        | bench.example  | the provisioning server        |
        | branch.example | the second provisioning server |

  @req:doc/options/time-offset @detects:dhcp.applies-ignored-offset @detects:dhcp.ignores-offset
  Rule: option 2 shifts the local time when Ignore DHCP Time Offset is No, and not otherwise

    Background:
      Given the time server says that it is "2026-03-01T12:00:00Z"
      And DHCP option 42 is "the time server"

    Scenario: ignored by default
      Given DHCP option 2 is "-18000"
      And a phone that is switched on
      Then the phone shows the local time "03/01/26 04:00"

    Scenario Outline: <offset> seconds
      Given DHCP option 2 is "<offset>"
      And a phone that is switched on
      And the phone has the settings "Ignore_DHCP_Time_Offset=No"
      Then the phone shows the local time "<local>"

      Examples:
        | offset | local          |
        | -18000 | 03/01/26 07:00 |
        | 0      | 03/01/26 12:00 |
        | 20700  | 03/01/26 17:45 |

  @req:doc/options/ntp @detects:dhcp.ignores-time-servers @detects:ntp.never-asks
  Rule: option 42 names the servers that tell the phone the time

    Scenario: the clock is what the server says
      Given the time server says that it is "2026-03-01T12:00:00Z"
      And DHCP option 42 is "the time server"
      And a phone that is switched on
      Then the phone asks nobody but the time server for the time
      And the phone shows the local time "03/01/26 04:00"

  @req:rfc4330/5/second-server @detects:ntp.first-only @detects:ntp.takes-any-reply @detects:ntp.takes-unsynchronised
  Rule: a time server that tells no time that can be believed is passed over for the next

    Scenario Outline: the first <does>
      Given the time server says that it is "2030-01-01T12:00:00Z"
      And the clock of the time server "<does>"
      And the second time server says that it is "2026-03-01T12:00:00Z"
      And DHCP option 42 is "the time server, the second time server"
      And a phone that is switched on
      Then the phone asks the second time server for the time
      And the phone shows the local time "03/01/26 04:00"

      Examples:
        | does                    |
        | answers nothing         |
        | answers another question|
        | does not know the time  |

  @req:rfc5905/7.4/kiss @detects:ntp.ignores-kiss
  Rule: a time server that forbids further questions gets none

    Scenario: the first forbids, the second is mute
      Given the time server says that it is "2026-03-01T12:00:00Z"
      And the clock of the time server "forbids further questions"
      And the second time server says that it is "2026-03-01T12:00:00Z"
      And the clock of the second time server "answers nothing"
      And DHCP option 42 is "the time server, the second time server"
      And a phone that is switched on
      Then the phone asks the second time server again and the time server no more

  @req:doc/options/lease-time @detects:dhcp.reads-41
  Rule: the lease time is option 51, and option 41 is no lease time

    Scenario: 51 gives two seconds, 41 an address of another kind of server
      Given the DHCP server gives leases of 2 seconds
      And DHCP option 41 comes unasked as "10.77.0.41"
      And a phone that is switched on
      Then the phone renews its lease with its own server
      And the phone never asks for option 41

    Scenario: 41 alone is no lease time, and an answer without one gives no address
      Given DHCP option 41 comes unasked as "10.77.0.41"
      And the DHCP server does wrong: no lease time
      When the phone is switched on
      And the DHCP server does right again and answers anew
      Then the phone takes the right answer and none before it

  @req:rfc2132/9.3/overload @detects:dhcp.ignores-overload
  Rule: options that stand in the fields file and sname count as any other

    Scenario Outline: the name server in <one>, a name that leads to it in <other>
      Given DHCP option 6 is "the second name server"
      And DHCP option 66 is "provisioning.bench.example"
      And DHCP option 6 stands in the field <one>
      And DHCP option 66 stands in the field <other>
      And a phone that is switched on
      Then the phone asks the second name server for the name "provisioning.bench.example"

      Examples:
        | one   | other |
        | file  | file  |
        | sname | sname |
        | sname | file  |

  @req:rfc3396/7/long-options @detects:dhcp.reads-first-part
  Rule: an option of more than 255 octets comes in parts and is read as a whole

    Scenario: a URL of 300 characters in option 160
      Given the second provisioning server has a profile over HTTP whose path has 283 characters, and DHCP option 160 names it
      And a phone that is switched on
      Then the phone takes its profile from the second provisioning server over HTTP

    Scenario: the URL of the ACS stands where the parts of option 43 meet
      Given the ACS manages phones
      And DHCP option 43 names the ACS behind 240 octets of something else
      And a phone that is switched on
      And the phone restarts with the settings "Enable_TR-069=Yes"
      Then the phone sends its Inform to the ACS

  @req:doc/options/ntp-ipv6 @detects:dhcp6.no-ntp
  Rule: option 56 of DHCPv6 names the time server, and the phone asks it over IPv6

    Scenario: the clock is what that server says
      Given the network gives IPv6 addresses by DHCPv6
      And the time server says over IPv6 that it is "2026-03-01T12:00:00Z"
      And DHCPv6 option 56 is "the time server"
      And a phone that is switched on
      Then the phone asks the time server for the time over IPv6
      And the phone shows the local time "03/01/26 04:00"
      And the phone asks for the DHCPv6 options "17, 23, 24, 56, 159, 160"

  @req:rfc2132/9.9/message @detects:dhcp.reads-56
  Rule: option 56 of DHCP for IPv4 is a message and names no time server

    Scenario: 56 looks like an address, 42 names a mute time server
      Given the time server says that it is "2026-03-01T12:00:00Z"
      And the clock of the time server "answers nothing"
      And the second time server says that it is "2030-01-01T12:00:00Z"
      And DHCP option 56 comes unasked as "the second time server"
      And DHCP option 42 is "the time server"
      And a phone that is switched on
      Then the phone asks the time server again and the second time server never
      And the phone never asks for option 56

  @req:doc/options/vendor-class @detects:dhcp.nameless
  Rule: option 60 is what the phone says of itself

    Scenario: it names the model
      Given a phone that is switched on
      Then option 60 of the phone contains "CP-<model>-3PCC"

    Scenario: it asks for an ACS when TR-069 is on
      Given a phone that is switched on
      And the phone restarts with the settings "Enable_TR-069=Yes"
      Then option 60 of the phone contains "dslforum.org"

  @req:rfc2132/9.14/client-identifier @detects:dhcp.changes-client-id
  Rule: the phone calls itself the same in all its messages

    Scenario: from DISCOVER to renewal
      Given the DHCP server gives leases of 2 seconds
      And a phone that is switched on
      Then the phone renews its lease with its own server
      And the phone calls itself the same in each message

  @req:doc/options/vendor-specific @detects:tr069.ignores-43 @detects:tr069.no-inform @detects:tr069.keeps-nul
  Rule: option 43 tells the phone its ACS

    Scenario: sub-option 1 is its URL
      Given the ACS manages phones
      And DHCP option 43 names the ACS
      And a phone that is switched on
      And the phone restarts with the settings "Enable_TR-069=Yes"
      Then the phone sends its Inform to the ACS
      And the status page shows "Last Transaction Status" as "Success" in "TR-069 Status"

    Scenario: a NUL behind the URL is not part of it
      Given the ACS manages phones
      And DHCP option 43 names the ACS with a NUL behind its URL
      And a phone that is switched on
      And the phone restarts with the settings "Enable_TR-069=Yes"
      Then the phone sends its Inform to the ACS

  @req:doc/options/vendor-identifying @detects:tr069.ignores-125
  Rule: option 125 tells the phone its ACS

    Scenario: sub-option 11 of enterprise 3561, behind another enterprise
      Given the ACS manages phones
      And DHCP option 125 names the ACS
      And a phone that is switched on
      And the phone restarts with the settings "Enable_TR-069=Yes"
      Then the phone sends its Inform to the ACS

  @req:doc/options/configured-acs @detects:tr069.prefers-discovered
  Rule: an ACS that the administrator configured wins over one that DHCP names

    Scenario: both are there
      Given the ACS manages phones
      And the second ACS manages phones
      And DHCP option 43 names the ACS
      And a phone that is switched on
      And the phone restarts with the settings "ACS_URL=http://<the second ACS>:7547/cwmp; Enable_TR-069=Yes"
      Then the phone sends its Inform to the second ACS
      And the phone never calls the ACS

  @req:doc/options/tftp-server-name @detects:provisioning.ignores-66
  Rule: option 66 names the TFTP server of the profile

    Scenario Outline: <value>
      Given the provisioning server has the phone's profile by TFTP
      And DHCP option 66 is "<value>"
      And a phone that is switched on
      Then the phone takes its profile from the provisioning server by TFTP
      And the status page shows "Provisioning Server" as "DHCP option 66" in "Provisioning Status"

      Examples:
        | value                      |
        | provisioning.bench.example |
        | 192.0.2.4                  |

    Scenario: a server that has no such file
      Given the provisioning server has no profile by TFTP
      And DHCP option 66 is "provisioning.bench.example"
      And a phone that is switched on
      Then the phone asks the provisioning server for its profile by TFTP
      And the phone tells that its resync failed: "File not found"

  @req:doc/options/tftp-server @detects:provisioning.ignores-150 @detects:provisioning.first-150-only
  Rule: option 150 lists TFTP servers in their order

    Scenario: the first has the profile
      Given the provisioning server has the phone's profile by TFTP
      And DHCP option 150 is "the provisioning server, the second provisioning server"
      And a phone that is switched on
      Then the phone takes its profile from the provisioning server by TFTP
      And the status page shows "Provisioning Server" as "DHCP option 150" in "Provisioning Status"

    Scenario: the first is mute
      Given the provisioning server is mute to TFTP
      And the second provisioning server has the phone's profile by TFTP
      And DHCP option 150 is "the provisioning server, the second provisioning server"
      And a phone that is switched on
      Then the phone takes its profile from the second provisioning server by TFTP
      And the phone asks the provisioning server before the second provisioning server

    Scenario: the list is no list of addresses
      Given the provisioning server has the phone's profile by TFTP
      And DHCP option 150 is the octets "c0 00 02 04 c0"
      And DHCP option 66 is "provisioning.bench.example"
      And a phone that is switched on
      And the phone takes its profile from the provisioning server by TFTP
      Then the status page shows "Provisioning Server" as "DHCP option 66" in "Provisioning Status"

  @req:doc/options/provisioning-server @detects:provisioning.ignores-159
  Rule: option 159 names the provisioning server

    Scenario: as an address
      Given the provisioning server has the phone's profile by TFTP
      And DHCP option 159 is "192.0.2.4"
      And a phone that is switched on
      Then the phone takes its profile from the provisioning server by TFTP
      And the status page shows "Provisioning Server" as "DHCP option 159" in "Provisioning Status"

    Scenario: as a URL
      Given the provisioning server has the phone's profile over HTTP
      And DHCP option 159 is "http://provisioning.bench.example"
      And a phone that is switched on
      Then the phone takes its profile from the provisioning server over HTTP

  @req:rfc7618/9/port-parameters @detects:provisioning.reads-159-as-address
  Rule: four binary octets in option 159 are another protocol's and no address

    Scenario: the phone passes them over for the next option
      Given the provisioning server has the phone's profile by TFTP
      And DHCP option 159 is the octets "06 08 00 d0"
      And DHCP option 150 is "the provisioning server"
      And a phone that is switched on
      Then the phone takes its profile from the provisioning server by TFTP
      And the status page shows "Provisioning Server" as "DHCP option 150" in "Provisioning Status"

  @req:doc/options/provisioning-url @detects:provisioning.ignores-160
  Rule: option 160 is the URL of the profile

    Scenario: a folder over HTTP
      Given the provisioning server has the phone's profile over HTTP
      And DHCP option 160 is "http://provisioning.bench.example/"
      And a phone that is switched on
      Then the phone takes its profile from the provisioning server over HTTP
      And the status page shows "Provisioning Server" as "DHCP option 160" in "Provisioning Status"

    Scenario: a file over HTTP
      Given the second provisioning server has a profile over HTTP at "/phones/all.xml"
      And DHCP option 160 is "http://192.0.2.13/phones/all.xml"
      And a phone that is switched on
      Then the phone takes its profile from the second provisioning server over HTTP

  @req:rfc8910/b/captive-portal @detects:provisioning.takes-html
  Rule: the URL of a captive portal in option 160 configures nothing

    Scenario: a page that asks people to log in
      Given the provisioning server has a captive portal at "/login"
      And DHCP option 160 is "http://provisioning.bench.example/login"
      And a phone that is switched on
      Then the phone tells that its resync failed: ""
      And the phone has taken no profile

  @req:doc/options/order @detects:provisioning.prefers-66 @detects:provisioning.ignores-order
  Rule: DHCP Option To Use says which option counts first

    Background:
      Given the provisioning server has the phone's profile by TFTP
      And the second provisioning server has the phone's profile by TFTP
      And the distant host has the phone's profile by TFTP
      And the provisioning server has the phone's profile over HTTP
      And DHCP option 66 is "192.0.2.4"
      And DHCP option 150 is "the second provisioning server"
      And DHCP option 159 is "192.0.2.21"
      And DHCP option 160 is "http://192.0.2.4/"
      And a phone that is switched on
      And the phone takes its profile from the provisioning server by TFTP

    Scenario: by default 66 is first
      Then the status page shows "Provisioning Server" as "DHCP option 66" in "Provisioning Status"

    Scenario Outline: <order>
      When the administrator sets "DHCP Option To Use" on the Provisioning tab to "<order>" and the phone restarts
      Then the phone takes its profile from <host> <way>
      And the status page shows "Provisioning Server" as "DHCP option <first>" in "Provisioning Status"

      Examples:
        | order          | first | host                           | way       |
        | 150,66,160,159 | 150   | the second provisioning server | by TFTP   |
        | 159,66,160     | 159   | the distant host               | by TFTP   |
        | 160,66         | 160   | the provisioning server        | over HTTP |

  @req:rfc1350/4/transfer-identifier @detects:tftp.accepts-wrong-tid
  Rule: what comes from another port than the TFTP server's has no part in a transfer

    Scenario: somebody talks into it
      Given the provisioning server has the phone's profile by TFTP
      And somebody talks into the transfers of the provisioning server
      And DHCP option 66 is "192.0.2.4"
      And a phone that is switched on
      Then the phone takes its profile from the provisioning server by TFTP

  @req:rfc1350/2/retransmission @detects:tftp.never-retransmits
  Rule: a lost packet does not end a transfer

    Scenario: the first block is lost
      Given the provisioning server has the phone's profile by TFTP
      And the first block that the provisioning server sends is lost
      And DHCP option 66 is "192.0.2.4"
      And a phone that is switched on
      Then the phone takes its profile from the provisioning server by TFTP

  @req:doc/options/retry @detects:provisioning.never-retries
  Rule: a resync that failed is tried again after Resync Error Retry Delay

    Scenario: the file comes later
      Given the provisioning server has no profile by TFTP
      And DHCP option 66 is "192.0.2.4"
      And a phone that is switched on
      And the phone tells that its resync failed: "File not found"
      And the phone has the settings "Resync_Error_Retry_Delay=1"
      When the administrator makes the phone resync
      Then the phone tells that its resync failed: "File not found"
      When the provisioning server gets the phone's profile
      Then the phone takes its profile from the provisioning server by TFTP

  @req:doc/options/http-missing @detects:provisioning.takes-any-status @detects:provisioning.knows-no-404
  Rule: a file that the HTTP server does not have fails the resync if Resync Fails On FNF is Yes, and any other error always

    Scenario: there is no such file
      Given a phone that is switched on
      When the administrator makes the phone resync with "http://provisioning.bench.example/none.xml"
      Then the phone tells that its resync failed: "not found"
      And the phone has taken no profile

    Scenario: Resync Fails On FNF is No
      Given a phone that is switched on
      And the phone has the settings "Resync_Fails_On_FNF=No"
      When the administrator makes the phone resync with "http://provisioning.bench.example/none.xml"
      Then the phone tells that its resync with "/none.xml" succeeded
      And the phone has taken no profile

    Scenario Outline: a profile that comes with status <status>
      Given the provisioning server answers "/none.xml" with status <status> and a profile
      And a phone that is switched on
      And the phone has the settings "Resync_Fails_On_FNF=<on-FNF>"
      When the administrator makes the phone resync with "http://provisioning.bench.example/none.xml"
      Then the phone tells that its resync failed: ""
      And the phone has taken no profile

      Examples:
        | status | on-FNF |
        | 404    | Yes    |
        | 403    | No     |
        | 500    | No     |
        | 503    | No     |

  @req:doc/options/http-credentials @detects:provisioning.answers-no-challenge @detects:provisioning.answers-on
  Rule: a server that asks for credentials gets those that the phone has, twice at most

    Background:
      Given the provisioning server has a profile over HTTP at "/closed.xml"

    Scenario Outline: the right ones, by <scheme>
      Given the provisioning server gives "/closed.xml" to "phone" with the password "secret" by <scheme>, and to nobody else
      And a phone that is switched on
      When the administrator makes the phone resync with "http://phone:secret@provisioning.bench.example/closed.xml"
      Then the phone takes its profile from the provisioning server over HTTP
      And the phone has sent the provisioning server credentials 1 to 2 times, after it was asked for them

      Examples:
        | scheme |
        | Basic  |
        | Digest |

    Scenario Outline: wrong ones, by <scheme>
      Given the provisioning server gives "/closed.xml" to "phone" with the password "secret" by <scheme>, and to nobody else
      And a phone that is switched on
      When the administrator makes the phone resync with "http://phone:guess@provisioning.bench.example/closed.xml"
      Then the phone tells that its resync failed: ""
      And the phone has taken no profile
      And the phone has sent the provisioning server credentials 1 to 2 times, after it was asked for them

      Examples:
        | scheme |
        | Basic  |
        | Digest |

    Scenario: none at all
      Given the provisioning server gives "/closed.xml" to "phone" with the password "secret" by Digest, and to nobody else
      And a phone that is switched on
      When the administrator makes the phone resync with "http://provisioning.bench.example/closed.xml"
      Then the phone tells that its resync failed: ""
      And the phone has taken no profile
      And the phone has sent the provisioning server credentials 0 to 0 times, after it was asked for them

  @req:doc/options/whole-profile @detects:provisioning.applies-half
  Rule: a profile that breaks off changes nothing

    Scenario: half a profile
      Given the provisioning server has half a profile over HTTP at "/half.xml"
      And a phone that is switched on
      When the administrator makes the phone resync with "http://provisioning.bench.example/half.xml"
      Then the phone tells that its resync failed: ""
      And the phone has taken no profile

  @req:doc/options/told @detects:provisioning.logs-one-line
  Rule: each resync is told to the syslog server twice, when it begins and when it is done

    Scenario: a resync by TFTP
      Given the provisioning server has the phone's profile by TFTP
      And DHCP option 66 is "192.0.2.4"
      And a phone that is switched on
      And the phone takes its profile from the provisioning server by TFTP
      And the phone has the settings "Syslog_Server=192.0.2.3"
      When the administrator makes the phone resync
      Then the phone takes its profile from the provisioning server by TFTP
      And the phone writes two syslog lines about it, the request and the success

  @req:rfc9110/11.6/unasked @detects:provisioning.credentials-unasked
  Rule: credentials are for a server that asks for them

    Scenario: the URL has credentials and the server wants none
      Given the provisioning server has a profile over HTTP at "/open.xml"
      And a phone that is switched on
      When the administrator makes the phone resync with "http://phone:secret@provisioning.bench.example/open.xml"
      Then the phone takes its profile from the provisioning server over HTTP
      And the phone sends the provisioning server no credentials that it did not ask for

  @req:doc/options/https @detects:provisioning.accepts-unknown-authority @detects:provisioning.accepts-another-name @detects:provisioning.follows-http-from-https
  Rule: over HTTPS the phone takes a profile from nobody but the server that it was told of

    Scenario: a right certificate
      Given the second provisioning server has the phone's profile over HTTPS with a certificate that is "right"
      And DHCP option 160 is "https://192.0.2.13/"
      And a phone that is switched on
      And the phone tells that its resync failed: ""
      And the phone trusts the bench's authority
      When the administrator makes the phone resync
      Then the phone takes its profile from the second provisioning server over HTTPS

    Scenario Outline: a certificate that is <kind>
      Given the second provisioning server has the phone's profile over HTTPS with a certificate that is "<kind>"
      And a phone that is switched on
      And the phone trusts the bench's authority
      And DHCP option 160 is "https://192.0.2.13/"
      When the phone loses power and is switched on again
      Then the phone tells that its resync failed: ""
      And the phone asks the second provisioning server for nothing over HTTPS
      And the phone has taken no profile

      Examples:
        | kind                    |
        | of an unknown authority |
        | for another name        |
        | expired                 |
        | signed by itself        |

    Scenario: HTTPS leads to HTTP
      Given the second provisioning server has the phone's profile over HTTPS with a certificate that is "right"
      And the second provisioning server has a profile over HTTP at "/moved.xml"
      And the second provisioning server redirects "/moved.xml" from HTTPS to HTTP
      And a phone that is switched on
      And the phone trusts the bench's authority
      When the administrator makes the phone resync with "https://192.0.2.13/moved.xml"
      Then the phone tells that its resync failed: ""
      And the phone has taken no profile

  # DHCPv6. A phone in dual mode is in service by IPv4 long before its DHCPv6 server has answered; nothing of IPv4 names a server here.

  @req:doc/options/dhcpv6-vendor @detects:provisioning.ignores-17 @detects:provisioning.first-17-only
  Rule: option 17 of DHCPv6 names the provisioning server in the sub-option of the phone's vendor

    Background:
      Given the network gives IPv6 addresses by DHCPv6

    Scenario: as an address
      Given the provisioning server has the phone's profile by TFTP over IPv6
      And DHCPv6 option 17 is "the provisioning server"
      And a phone that is switched on
      Then the phone takes its profile from the provisioning server by TFTP over IPv6
      And the status page shows "Provisioning Server" as "DHCPv6 option 17" in "Provisioning Status"

    Scenario: as a URL, behind the option of another vendor
      Given the provisioning server has the phone's profile by HTTP over IPv6
      And DHCPv6 option 17 is "http://[2001:db8:78::4]/"
      And DHCPv6 option 17 of another vendor comes first
      And a phone that is switched on
      Then the phone takes its profile from the provisioning server by HTTP over IPv6
      And the status page shows "Provisioning Server" as "DHCPv6 option 17" in "Provisioning Status"

  @req:doc/options/dhcpv6-server @detects:provisioning.ignores-dhcpv6-159
  Rule: option 159 of DHCPv6 names the provisioning server as text, and octets that are no text name none

    Background:
      Given the network gives IPv6 addresses by DHCPv6
      And the provisioning server has the phone's profile by TFTP over IPv6
      And DHCPv6 option 159 is "[2001:db8:78::4]"

    Scenario: an address in brackets
      Given a phone that is switched on
      Then the phone takes its profile from the provisioning server by TFTP over IPv6
      And the status page shows "Provisioning Server" as "DHCPv6 option 159" in "Provisioning Status"

    Scenario: behind octets of another protocol in 160
      Given DHCPv6 option 160 is the octets "06 08 00 d0"
      And a phone that is switched on
      Then the phone takes its profile from the provisioning server by TFTP over IPv6
      And the status page shows "Provisioning Server" as "DHCPv6 option 159" in "Provisioning Status"

  @req:doc/options/dhcpv6-url @detects:provisioning.ignores-dhcpv6-160
  Rule: option 160 of DHCPv6 is the URL of the profile

    Background:
      Given the network gives IPv6 addresses by DHCPv6

    Scenario: a folder of a server that is named by its address
      Given the provisioning server has the phone's profile by HTTP over IPv6
      And DHCPv6 option 160 is "http://[2001:db8:78::4]/"
      And a phone that is switched on
      Then the phone takes its profile from the provisioning server by HTTP over IPv6
      And the status page shows "Provisioning Server" as "DHCPv6 option 160" in "Provisioning Status"

    Scenario: a folder of a server that is named by its name, which has an IPv4 address
      Given the provisioning server has the phone's profile over HTTP
      And DHCPv6 option 160 is "http://provisioning.bench.example/"
      And a phone that is switched on
      Then the phone takes its profile from the provisioning server over HTTP

  @req:doc/options/dhcpv6-order @detects:provisioning.ignores-dhcpv6-order @detects:provisioning.ignores-59
  Rule: DHCPv6 Option To Use says which DHCPv6 option counts first, and that 59 counts at all

    Background:
      Given the network gives IPv6 addresses by DHCPv6
      And the provisioning server has the phone's profile by TFTP over IPv6
      And the provisioning server has the phone's profile by HTTP over IPv6
      And the second provisioning server has the phone's profile by HTTP over IPv6
      And the distant host has the phone's profile by TFTP over IPv6
      And DHCPv6 option 17 is "the provisioning server"
      And DHCPv6 option 59 is "http://[2001:db8:78::4]/"
      And DHCPv6 option 159 is "[2001:db8:78::15]"
      And DHCPv6 option 160 is "http://[2001:db8:78::d]/"
      And a phone that is switched on
      And the phone takes its profile from the provisioning server by TFTP over IPv6

    Scenario: by default 17 is first
      Then the status page shows "Provisioning Server" as "DHCPv6 option 17" in "Provisioning Status"

    Scenario Outline: <order>
      When the administrator sets "DHCPv6 Option To Use" on the Provisioning tab to "<order>" and the phone restarts
      Then the phone takes its profile from <host> <way> over IPv6
      And the status page shows "Provisioning Server" as "DHCPv6 option <first>" in "Provisioning Status"

      Examples:
        | order     | first | host                           | way     |
        | 160,17    | 160   | the second provisioning server | by HTTP |
        | 159,160   | 159   | the distant host               | by TFTP |
        | 59,160,17 | 59    | the provisioning server        | by HTTP |
