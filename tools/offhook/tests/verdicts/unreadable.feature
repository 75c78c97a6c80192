Feature: Unreadable

  Scenario: a line that is no step
    Given a phone registered with the call server
    Whenever the phone sings
