Feature: Crash
  Run with --defect sip.crashes-on-torture, or with --defect challenge.crashes-on-oversize and --tags @oversize.

  Background:
    Given a phone registered with the call server

  Scenario: a crash before a message
    When the call server sends a message with a negative Content-Length to the phone
    Then the phone answers OPTIONS from the call server

  Scenario: a crash before a look at the page
    When the call server sends a message with a negative Content-Length to the phone
    Then the page shows "No" in the "Auth INVITE" field of the "SIP Settings" section of extension 1

  Scenario: a crash that a power cycle would hide
    When the call server sends a message with a negative Content-Length to the phone
    And the phone has died
    And the phone loses power and is switched on again
    Then the phone registers with the call server again

  @oversize
  Scenario: a crash on credentials that are too long
    Given Auth INVITE of extension 1 is "Yes"
    When the call server sends INVITE to the phone with an Authorization of 8000 octets of realm
    Then the phone answers OPTIONS from the call server
