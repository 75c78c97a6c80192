Feature: Undefined

  Scenario: a step that nobody knows
    Given a phone registered with the call server
    When the phone sings
    Then the phone answers OPTIONS from the call server

  Scenario: all is well
    Given a phone registered with the call server
    Then the phone answers OPTIONS from the call server
