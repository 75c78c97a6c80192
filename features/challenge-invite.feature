Feature: Configure the Challenge for the SIP INVITE Messages
  Document: Cisco IP Phone Security, "Configure the Challenge for the SIP INVITE Messages".

  With Auth INVITE set to Yes the phone challenges the initial INVITE of a session before it rings. The document names neither
  scheme nor status; RFC 3261 §22 does for every user agent server.

  Background:
    Given a phone registered with the call server

  @req:doc/challenge/procedure @detects:challenge.never
  Rule: the administrator chooses Yes on the page of the extension and the phone challenges

    Scenario: the document's procedure, step by step
      When the administrator selects Voice > Ext 1
      And chooses "Yes" from the "Auth INVITE" list of the "SIP Settings" section
      And clicks "Submit All Changes"
      Then the page shows "Yes" in the "Auth INVITE" field of the "SIP Settings" section of extension 1
      And the phone challenges an INVITE from the call server

    Scenario: the same by XML profile
      When the phone takes a profile with Auth_INVITE_1_ "Yes"
      Then the page shows "Yes" in the "Auth INVITE" field of the "SIP Settings" section of extension 1
      And the phone challenges an INVITE from the call server

    Scenario: chosen and undone
      When the administrator selects Voice > Ext 1
      And chooses "Yes" from the "Auth INVITE" list of the "SIP Settings" section
      And clicks "Undo All Changes"
      Then the call server calls the phone and it rings

  @req:doc/challenge/default @detects:challenge.always
  Rule: Auth INVITE is off by default

    Scenario: a phone from the factory rings without a challenge
      When the administrator selects Voice > Ext 1
      Then the page shows "No" in the "Auth INVITE" field of the "SIP Settings" section of extension 1
      And the call server calls the phone and it rings

    Scenario: on and off again
      Given Auth INVITE of extension 1 is "Yes"
      When Auth INVITE of extension 1 becomes "No"
      Then the call server calls the phone and it rings

  @req:doc/challenge/kept @detects:challenge.forgets
  Rule: the setting survives power loss

    Scenario: power is taken from a phone that challenges
      Given Auth INVITE of extension 1 is "Yes"
      When the phone loses power and is switched on again
      Then the phone registers with the call server again
      And the phone challenges an INVITE from the call server

  @req:doc/challenge/before-ringing @detects:challenge.rings-first
  Rule: an INVITE without credentials is refused with a challenge before anything rings

    Background:
      Given Auth INVITE of extension 1 is "Yes"

    Scenario: 401 and no 18x
      When the call server sends INVITE to the phone
      Then the phone answers it with 401
      And the phone never rang for it
      And the call history is empty

    Scenario: the same over TCP
      Given SIP Transport of extension 1 is "TCP"
      When the call server sends INVITE to the phone over TCP
      Then the phone answers it with 401
      And the phone never rang for it

    Scenario: the second server is challenged as the first
      When the second server sends INVITE to the phone
      Then the phone answers it with 401
      And the phone never rang for it

  @req:rfc3261/22/challenge-form @detects:challenge.as-proxy
  Rule: the challenge is a digest challenge of a user agent server

    Background:
      Given Auth INVITE of extension 1 is "Yes"

    Scenario: 401 with WWW-Authenticate, realm, nonce and qop
      When the call server sends INVITE to the phone
      Then the phone answers it with 401
      And the challenge is a digest challenge in WWW-Authenticate with realm, nonce and qop

  @req:doc/challenge/right-credentials @detects:challenge.refuses-right
  Rule: right credentials ring the phone and connect the call

    Background:
      Given Auth INVITE of extension 1 is "Yes"

    Scenario: an authenticated call is answered and voice flows
      When the call server calls the phone with credentials of the account
      Then the phone rings
      When the person lifts the handset
      Then the call is up and voice flows both ways

    Scenario: the same over TCP
      Given SIP Transport of extension 1 is "TCP"
      When the call server calls the phone over TCP with credentials of the account
      Then the phone rings
      When the person lifts the handset
      Then the call is up and voice flows both ways

    Scenario: one call after the other, each with a challenge of its own
      When the call server calls the phone with credentials of the account
      Then the phone rings
      When the caller hangs up
      And the call server calls the phone with credentials of the account
      Then the phone rings

  @req:doc/challenge/wrong-credentials @detects:challenge.accepts-any-password @detects:challenge.accepts-empty-password @detects:challenge.accepts-any-user @detects:challenge.accepts-any-realm @detects:challenge.accepts-any-uri @detects:challenge.accepts-any-method @detects:challenge.accepts-any-nonce @detects:challenge.accepts-any-qop @detects:challenge.ignores-opaque
  Rule: wrong credentials do not ring the phone

    Background:
      Given Auth INVITE of extension 1 is "Yes"

    Scenario Outline: wrong <part>
      When the call server calls the phone with wrong <part>
      Then the phone refuses it and never rang for it

      Examples:
        | part                 |
        | password             |
        | empty password       |
        | user                 |
        | realm                |
        | uri                  |
        | method               |
        | nonce                |
        | qop                  |
        | missing qop          |
        | nc                   |
        | zero nc              |
        | missing cnonce       |
        | opaque               |
        | response length      |
        | algorithm            |

  @req:rfc3261/22/no-oracle @detects:challenge.tells-users
  Rule: all refusals look alike from outside

    Background:
      Given Auth INVITE of extension 1 is "Yes"

    Scenario Outline: wrong <part> looks like a wrong password
      When the call server calls the phone with wrong password
      And the call server calls the phone with wrong <part>
      Then both refusals look alike

      Examples:
        | part     |
        | user     |
        | realm    |
        | response length |

  @req:rfc7616/5.5/replay @detects:challenge.ignores-nc
  Rule: credentials that were used once do not open another call

    Background:
      Given Auth INVITE of extension 1 is "Yes"

    Scenario: the credentials of an earlier call in a new call
      When the call server calls the phone with credentials of the account
      Then the phone rings
      When the caller hangs up
      And the call server calls the phone with the credentials of the earlier call
      Then the phone refuses it and never rang for it

    Scenario: a stranger replays what it overheard
      When the call server calls the phone with credentials of the account
      Then the phone rings
      When the caller hangs up
      And the stranger calls the phone with the credentials of the earlier call
      Then the phone refuses it and never rang for it

  @req:rfc7616/3.3/stale @detects:challenge.never-stale @detects:challenge.hides-stale @detects:challenge.stale-for-wrong
  Rule: a right answer to an expired nonce is told stale; a wrong one is not

    Background:
      Given Auth INVITE of extension 1 is "Yes"

    Scenario: a nonce past its lifetime
      When the call server sends INVITE to the phone
      Then the phone answers it with 401
      When the lifetime of the nonce has passed
      And the call server answers that challenge
      Then the phone refuses it and never rang for it
      And the new challenge says stale

    Scenario: a wrong password is not stale
      When the call server calls the phone with wrong password
      Then the phone refuses it and never rang for it
      And the new challenge does not say stale

  @req:rfc3261/17.2.3/retransmission @detects:challenge.fresh-for-copy
  Rule: a retransmitted INVITE gets the identical challenge

    Background:
      Given Auth INVITE of extension 1 is "Yes"

    Scenario: three copies, one answer to the octet
      When the call server sends the same INVITE 3 times
      Then every answer to it is the same to the octet

  @req:rfc3261/22.1/cancel @detects:challenge.cancel
  Rule: CANCEL is never challenged

    Background:
      Given Auth INVITE of extension 1 is "Yes"

    Scenario: a ringing call is cancelled
      When the call server calls the phone with credentials of the account
      Then the phone rings
      When the call server cancels the call
      Then the phone answers CANCEL with 200 and INVITE with 487

    Scenario: a CANCEL that matches nothing
      When the call server sends CANCEL to the phone
      Then the phone answers it with 481

  @req:rfc3261/22.1/ack @detects:challenge.ack
  Rule: ACK is never challenged

    Background:
      Given Auth INVITE of extension 1 is "Yes"

    Scenario: the ACK of a refused INVITE
      When the call server sends INVITE to the phone
      Then the phone answers it with 401
      And the phone sends nothing after the ACK

    Scenario: an ACK that belongs to nothing
      When the call server sends ACK to the phone
      Then the phone is silent to it

  @req:doc/challenge/initial-only @detects:challenge.reinvite @detects:challenge.bye
  Rule: only the initial INVITE of a session is challenged

    Background:
      Given Auth INVITE of extension 1 is "Yes"
      And an authenticated call between the call server and the phone is up

    Scenario: a re-INVITE
      When the call server sends a re-INVITE
      Then the phone answers it with 200
      And the call is up and voice flows both ways

    Scenario: a BYE
      When the call server hangs up
      Then the phone answers it with 200

  @req:doc/challenge/per-extension @detects:challenge.ext1-for-all
  Rule: each extension has its own setting

    Scenario: Ext 1 challenges, Ext 2 rings
      Given extension 2 has an account at the call server
      And Auth INVITE of extension 1 is "Yes"
      Then the call server calls extension 2 and it rings

    Scenario: Ext 2 challenges, Ext 1 rings
      Given extension 2 has an account at the call server
      And Auth INVITE of extension 2 is "Yes"
      Then the phone challenges an INVITE from the call server to extension 2
      And the call server calls the phone and it rings

  @req:rfc7616/3.3/nonce @detects:challenge.same-nonce @detects:challenge.counting-nonce @detects:challenge.clock-nonce
  Rule: a nonce is never used twice and cannot be guessed

    Background:
      Given Auth INVITE of extension 1 is "Yes"

    Scenario: 200 challenges
      When the call server collects 200 challenges
      Then no nonce repeats
      And the nonces show no counter and no clock

  @req:rfc3261/20.7/malformed @detects:challenge.rings-on-malformed @detects:challenge.crashes-on-oversize
  Rule: an Authorization that cannot be read is refused like a wrong one

    Background:
      Given Auth INVITE of extension 1 is "Yes"

    @sends-malformed
    Scenario Outline: <what>
      When the call server sends INVITE to the phone with an Authorization of <what>
      Then the phone refuses it and never rang for it
      And the phone answers OPTIONS from the call server

      Examples:
        | what                        |
        | nothing                     |
        | the word Digest alone       |
        | an unknown scheme           |
        | Basic credentials           |
        | an unclosed quote           |
        | only commas                 |
        | 8000 octets of realm        |
        | 500 parameters              |
        | octets that are no text     |

  @req:rfc3261/22/guesses @detects:challenge.locks-out
  Rule: guessing gains nothing and costs the account nothing

    Background:
      Given Auth INVITE of extension 1 is "Yes"

    Scenario: 100 wrong guesses, then the right password
      When the call server guesses 100 wrong passwords
      Then every guess is refused
      When the call server calls the phone with credentials of the account
      Then the phone rings

  @req:rfc3261/20.7/several @detects:challenge.first-header-only
  Rule: the credentials for the phone's realm are found among several

    Background:
      Given Auth INVITE of extension 1 is "Yes"

    Scenario: another realm's credentials come first
      When the call server calls the phone with another realm's credentials before those of the account
      Then the phone rings

    Scenario: two wrong ones do not make a right one
      When the call server calls the phone with two wrong credentials
      Then the phone refuses it and never rang for it

  @req:rfc8760/2.3/sha-256 @release:12.0.2 @detects:challenge.md5-only
  Rule: SHA-256 is offered first where the option is on

    Background:
      Given Auth Support RFC8760 of extension 1 is "Yes"
      And Auth INVITE of extension 1 is "Yes"

    Scenario: the challenge offers SHA-256 before MD5
      When the call server sends INVITE to the phone
      Then the phone answers it with 401
      And the challenges are SHA-256 and then MD5

    Scenario: SHA-256 credentials ring the phone
      When the call server calls the phone with SHA-256 credentials of the account
      Then the phone rings

    Scenario: a wrong password with SHA-256
      When the call server calls the phone with wrong password
      Then the phone refuses it and never rang for it
