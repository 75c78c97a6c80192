Feature: Flood
  Run with a --tap-room that is far too small.

  Scenario: the tap is flooded
    Given a phone registered with the call server
    When the stranger sends 1000 INVITEs to the phone
    Then the phone answers OPTIONS from the call server
