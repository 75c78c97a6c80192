Feature: Limits
  Run with a --step-limit of a few seconds.

  Background:
    Given a phone registered with the call server

  Scenario: a step of ours never ends
    When a step of ours never ends

  Scenario: a phone that hangs holds a step up
    When the phone is stopped dead
    Then the page shows "No" in the "Auth INVITE" field of the "SIP Settings" section of extension 1
