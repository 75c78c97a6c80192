Feature: Not applicable

  Scenario: a second extension
    Given a phone registered with the call server
    And extension 2 has an account at the call server
    Then the phone answers OPTIONS from the call server

  Scenario: all is well
    Given a phone registered with the call server
    Then the phone answers OPTIONS from the call server
