Feature: Passing

  Scenario: all is well
    Given a phone registered with the call server
    Then the phone answers OPTIONS from the call server
