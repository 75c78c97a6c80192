Feature: Configure Restricted Access Domains
  Document: Cisco IP Phone Security, "Domain and Internet Setting", "Configure Restricted Access Domains".

  With domains entered, the phone responds to SIP messages from the identified servers only. Everyone else gets no response at
  all: silence is proven by an answer to a later message on the same path, never by waiting.

  Background:
    Given a phone registered with the call server

  @req:doc/domains/procedure @detects:domains.answers-unlisted @detects:sip.ignores-options
  Rule: the administrator enters the names on the page and the phone keeps them

    Scenario: the document's own example, step by step
      When the administrator selects Voice > System
      And enters "voiceip.com, voiceip1.com" in the "Restricted Access Domains" field of the "System Configuration" section
      And clicks "Submit All Changes"
      Then the page shows "voiceip.com, voiceip1.com" in the "Restricted Access Domains" field of the "System Configuration" section
      And the phone answers OPTIONS from the call server
      And the phone is silent to OPTIONS from the stranger

    Scenario: the field is empty from the factory and everybody is answered
      When the administrator selects Voice > System
      Then the page shows "" in the "Restricted Access Domains" field of the "System Configuration" section
      And the phone answers OPTIONS from the stranger

    Scenario: changes that were undone are not applied
      When the administrator selects Voice > System
      And enters "voiceip.com" in the "Restricted Access Domains" field of the "System Configuration" section
      And clicks "Undo All Changes"
      Then the page shows "" in the "Restricted Access Domains" field of the "System Configuration" section
      And the phone answers OPTIONS from the stranger

  @req:doc/domains/kept @detects:domains.forgets
  Rule: the list survives power loss

    Scenario: power is taken from a phone with a list
      Given Restricted Access Domains is "voiceip.com, voiceip1.com"
      When the phone loses power and is switched on again
      Then the page shows "voiceip.com, voiceip1.com" in the "Restricted Access Domains" field of the "System Configuration" section
      And the phone registers with the call server again
      And the phone is silent to OPTIONS from the stranger

  @req:doc/domains/by-profile @detects:domains.ignores-profile
  Rule: an XML profile sets the list as the page does

    Scenario: the list comes by profile
      When the phone takes a profile with Restricted_Access_Domains "voiceip.com, voiceip1.com"
      Then the page shows "voiceip.com, voiceip1.com" in the "Restricted Access Domains" field of the "System Configuration" section
      And the phone answers OPTIONS from the call server
      And the phone is silent to OPTIONS from the stranger

    Scenario: a profile empties the list
      Given Restricted Access Domains is "voiceip.com"
      When the phone takes a profile with Restricted_Access_Domains ""
      Then the phone answers OPTIONS from the stranger

  @req:doc/domains/silence @detects:domains.filters-invite-only @detects:domains.answers-forbidden
  Rule: a server that is not listed gets no response to any request

    Scenario Outline: silence for <method> over UDP
      Given Restricted Access Domains is "voiceip.com, voiceip1.com"
      When the stranger sends <method> to the phone
      Then the phone is silent to it

      Examples:
        | method    |
        | INVITE    |
        | ACK       |
        | BYE       |
        | CANCEL    |
        | OPTIONS   |
        | NOTIFY    |
        | SUBSCRIBE |
        | REFER     |
        | MESSAGE   |
        | INFO      |
        | UPDATE    |
        | PRACK     |
        | PUBLISH   |

    @sends-malformed
    Scenario Outline: silence for a malformed message: <what>
      Given Restricted Access Domains is "voiceip.com, voiceip1.com"
      When the stranger sends a message with <what> to the phone
      Then the phone is silent to it

      Examples:
        | what                      |
        | no Via                    |
        | an unknown method         |
        | SIP version 7.0           |
        | a negative Content-Length |
        | no Call-ID                |

    Scenario: silence for the right credentials too
      Given Auth INVITE of extension 1 is "Yes"
      And Restricted Access Domains is "voiceip.com"
      When the stranger sends INVITE to the phone with credentials of the account
      Then the phone is silent to it

  @req:doc/domains/served @detects:sip.crashes-on-torture @detects:domains.drops-listed @detects:domains.first-name-only @detects:register.wrong-digest
  Rule: a listed server is answered

    Scenario Outline: <method> from the first listed server
      Given Restricted Access Domains is "voiceip.com, voiceip1.com"
      When the call server sends <method> to the phone
      Then the phone answers it with <answer>

      Examples:
        | method    | answer                  |
        | OPTIONS   | 200                     |
        | INVITE    | 180                     |
        | BYE       | 481                     |
        | CANCEL    | 481                     |
        | NOTIFY    | any final status        |
        | SUBSCRIBE | any final status        |
        | REFER     | any final status        |
        | MESSAGE   | any final status        |
        | INFO      | any final status        |
        | UPDATE    | any final status        |
        | PRACK     | any final status        |
        | PUBLISH   | any final status        |

    Scenario: an ACK from a listed server gets no answer, because none is due
      Given Restricted Access Domains is "voiceip.com, voiceip1.com"
      When the call server sends ACK to the phone
      Then the phone is silent to it

    Scenario: the second listed server calls and talks
      Given Restricted Access Domains is "voiceip.com, voiceip1.com"
      When the second server calls the phone
      And the person lifts the handset
      Then the call is up and voice flows both ways

    Scenario: the phone calls out through its listed server
      Given Restricted Access Domains is "voiceip.com, voiceip1.com"
      When the person dials "5550100"
      Then the call is up and voice flows both ways

    @sends-malformed
    Scenario: a malformed message from a listed server does no harm
      Given Restricted Access Domains is "voiceip.com, voiceip1.com"
      When the call server sends a message with a negative Content-Length to the phone
      Then the phone answers OPTIONS from the call server

    Scenario: registration goes on with a list
      Given Restricted Access Domains is "voiceip.com, voiceip1.com"
      When the phone loses power and is switched on again
      Then the phone registers with the call server again

  @req:doc/domains/every-transport @detects:domains.ignores-tcp
  Rule: the list holds on UDP and on TCP

    Background:
      Given SIP Transport of extension 1 is "TCP"

    Scenario Outline: silence for <method> over TCP
      Given Restricted Access Domains is "voiceip.com, voiceip1.com"
      When the stranger sends <method> to the phone over TCP
      Then the phone is silent to it

      Examples:
        | method    |
        | INVITE    |
        | OPTIONS   |
        | NOTIFY    |
        | MESSAGE   |

    Scenario Outline: <server> is answered over TCP
      Given Restricted Access Domains is "voiceip.com, voiceip1.com"
      Then the phone answers OPTIONS from <server> over TCP

      Examples:
        | server            |
        | the call server   |
        | the second server |

  @req:doc/domains/list-form @detects:domains.case-sensitive @detects:domains.keeps-spaces
  Rule: names are separated by commas; spaces and letter case do not matter

    Scenario Outline: the list "<list>"
      Given Restricted Access Domains is "<list>"
      Then the phone answers OPTIONS from the call server
      And the phone answers OPTIONS from the second server
      And the phone is silent to OPTIONS from the stranger

      Examples:
        | list                                         |
        | voiceip.com,voiceip1.com                     |
        | voiceip.com , voiceip1.com                   |
        | VoiceIP.COM, VOICEIP1.com                    |
        | voiceip1.com, voiceip.com                    |
        | nowhere.example, voiceip.com, voiceip1.com   |

    Scenario: a single name
      Given Restricted Access Domains is "voiceip.com"
      Then the phone answers OPTIONS from the call server
      And the phone is silent to OPTIONS from the second server

  @req:doc/domains/source-decides @detects:domains.trusts-from @detects:domains.trusts-via @detects:domains.trusts-contact @detects:domains.trusts-request-uri
  Rule: what a stranger writes into a message does not make it a listed server

    Scenario Outline: a listed name in <place>
      Given Restricted Access Domains is "voiceip.com, voiceip1.com"
      When the stranger sends <method> to the phone with "voiceip.com" in <place>
      Then the phone is silent to it

      Examples:
        | method  | place       |
        | INVITE  | From        |
        | INVITE  | Via         |
        | INVITE  | Contact     |
        | INVITE  | Request-URI |
        | OPTIONS | From        |
        | OPTIONS | Via         |

    Scenario: a stranger's name does not hurt a listed server
      Given Restricted Access Domains is "voiceip.com, voiceip1.com"
      When the call server sends OPTIONS to the phone with "stranger.example" in From
      Then the phone answers it with 200

  @req:doc/domains/dialog @detects:domains.trusts-dialog
  Rule: a stranger cannot touch a call of a listed server

    Scenario: a stranger's BYE leaves the call up
      Given Restricted Access Domains is "voiceip.com, voiceip1.com"
      And a call between the call server and the phone is up
      When the stranger sends BYE for that call
      Then the phone is silent to it
      And the call is up and voice flows both ways

    Scenario: a stranger's CANCEL leaves the phone ringing
      Given Restricted Access Domains is "voiceip.com, voiceip1.com"
      When the call server calls the phone
      And the stranger sends CANCEL for that call
      Then the phone is silent to it
      And the phone rings on

  @req:doc/domains/replies @detects:domains.trusts-replies
  Rule: replies from a stranger are not believed

    Scenario: a stranger answers the phone's call first
      Given Restricted Access Domains is "voiceip.com, voiceip1.com"
      And the call server does not answer calls
      When the person dials "5550100"
      And the stranger forges a 200 to that INVITE
      Then the phone sends no ACK for it
      And the phone does not show the call as connected

  @req:doc/domains/follows-dns @detects:domains.never-refreshes @detects:domains.opens-on-unresolved
  Rule: a name stands for the addresses that DNS gives it now

    Scenario: the name moves to another address
      Given the name "voiceip1.com" lives for 1 second in DNS
      And Restricted Access Domains is "voiceip.com, voiceip1.com"
      And the phone answers OPTIONS from the second server
      When the name "voiceip1.com" moves to the moved server
      Then the phone answers OPTIONS from the moved server within 10 seconds
      And the phone is silent to OPTIONS from the second server

    Scenario: a name that does not resolve matches nobody
      Given the name "voiceip1.com" does not resolve
      And Restricted Access Domains is "voiceip.com, voiceip1.com"
      Then the phone answers OPTIONS from the call server
      And the phone is silent to OPTIONS from the second server
      And the phone is silent to OPTIONS from the stranger

    Scenario: a list of which no name resolves lets nobody in
      Given the name "voiceip1.com" does not resolve
      And Restricted Access Domains is "nowhere.example, voiceip1.com"
      Then the phone is dumb to OPTIONS from the stranger while its page answers

  @req:doc/domains/emptied @detects:domains.stays-closed
  Rule: an emptied list opens the phone again

    Scenario: the administrator empties the field
      Given Restricted Access Domains is "voiceip.com"
      And the phone is silent to OPTIONS from the stranger
      When Restricted Access Domains becomes ""
      Then the phone answers OPTIONS from the stranger
      And the phone answers OPTIONS from the call server

  @req:doc/domains/no-trace @detects:domains.logs-silenced
  Rule: a silenced call leaves no trace

    Scenario: no ring, no call history, nothing on the screen
      Given Restricted Access Domains is "voiceip.com, voiceip1.com"
      And the phone's screen is remembered
      When the stranger sends INVITE to the phone
      Then the phone is silent to it
      And the phone does not ring
      And the call history is empty
      And the screen is as remembered

  @req:doc/domains/flood @detects:domains.starves
  Rule: a flood from a stranger does not cost the listed servers their phone

    Scenario: 1,000 INVITEs from the stranger
      Given Restricted Access Domains is "voiceip.com, voiceip1.com"
      When the stranger sends 1000 INVITEs to the phone
      Then the phone answers OPTIONS from the call server
      And none of them is answered
      And the call server calls the phone and it rings

  @req:doc/domains/values @detects:domains.accepts-any-value
  Rule: a value that is no list of names is refused at the field

    Scenario Outline: <value>
      Given Restricted Access Domains is "voiceip.com"
      When the administrator submits "<value>" as Restricted Access Domains
      Then the page refuses it at the field "Restricted Access Domains"
      And the page shows "voiceip.com" in the "Restricted Access Domains" field of the "System Configuration" section
      And the phone is silent to OPTIONS from the stranger

      Examples:
        | value                      |
        | voiceip.com,,voiceip1.com  |
        | sip:voiceip.com            |
        | voiceip.com voiceip1.com   |
        | voice_ip!.com              |
        | -voiceip.com               |

    Scenario: a refused value takes nothing else with it
      Given Restricted Access Domains is "voiceip.com"
      When the administrator submits "a,,b" as Restricted Access Domains together with "Yes" as Auth INVITE of extension 1
      Then the page refuses it at the field "Restricted Access Domains"
      And the page shows "No" in the "Auth INVITE" field of the "SIP Settings" section of extension 1
