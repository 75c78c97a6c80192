Feature: Sabotage
  Whatever happens on a bench, the verdict blames the right one. These scenarios are for tests/verdicts.rs only.

  Background:
    Given a phone registered with the call server

  Scenario: power is taken before a message
    When somebody kills the phone
    Then the phone answers OPTIONS from the call server

  Scenario: power is taken before a look at the page
    When somebody kills the phone
    Then the page shows "No" in the "Auth INVITE" field of the "SIP Settings" section of extension 1

  Scenario: power is taken and given back
    When somebody kills the phone
    And the phone has died
    And the phone loses power and is switched on again
    Then the phone registers with the call server again

  Scenario: the phone is switched off
    When somebody switches the phone off
    And the phone has died
    Then the phone answers OPTIONS from the call server

  Scenario: the cable is down
    When somebody pulls the phone's cable
    Then the phone answers OPTIONS from the call server

  Scenario: the call server dies
    When our call server dies
    Then the phone answers OPTIONS from the call server

  Scenario: the name server dies and nobody notices
    When our name server dies
    Then the phone answers OPTIONS from the call server

  Scenario: the phone hangs
    When the phone is stopped dead
    Then the phone answers OPTIONS from the call server

  Scenario: the phone restarts by itself and nobody notices
    When somebody restarts the phone
    Then the phone registers with the call server again

  Scenario: the phone only fails a claim
    Then the phone answers OPTIONS from the call server
    And the page shows "Yes" in the "Auth INVITE" field of the "SIP Settings" section of extension 1

  Scenario: the phone refuses a connection
    When the call server sends OPTIONS to the phone over TCP

  Scenario: a step of ours panics
    When a step of ours panics

  Scenario: all is well
    Then the phone answers OPTIONS from the call server
