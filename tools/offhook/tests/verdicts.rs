//! Whose fault it is. Each test plays a small feature of `verdicts/` with the built program, breaks something on purpose, and looks at the
//! verdict, its cause and the exit status.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod played;

use played::{Played, play};
use std::sync::LazyLock;

/// All kinds of sabotage at once, for the sake of time.
static SABOTAGE: LazyLock<Option<Played>> = LazyLock::new(|| play("sabotage", &["--unit", "7841"]));
/// A phone that dies of a negative Content-Length.
static CRASH: LazyLock<Option<Played>> = LazyLock::new(|| {
    play("crash", &["--unit", "7841", "--defect", "sip.crashes-on-torture", "--tags", "not @oversize"])
});
/// Steps that run over their time.
static LIMITS: LazyLock<Option<Played>> = LazyLock::new(|| play("limits", &["--unit", "7841", "--step-limit", "6"]));

#[test]
fn power_that_is_taken_from_outside_is_inconclusive() {
    let Some(played) = &*SABOTAGE else { return };
    for scenario in
        ["power is taken before a message", "power is taken before a look at the page", "power is taken and given back"]
    {
        played.inconclusive(scenario, "power", "somebody killed the phone (SIGKILL)");
    }
    played.inconclusive("the phone is switched off", "power", "somebody switched the phone off (SIGTERM)");
}

#[test]
fn a_cable_that_is_down_is_inconclusive() {
    let Some(played) = &*SABOTAGE else { return };
    played.inconclusive("the cable is down", "cable", "port1 was taken down, and not by the scenario");
    insta::assert_snapshot!(played.paragraph("the cable is down"), @r"
    inconclusive  7841  Sabotage: the cable is down (sabotage.feature:26)
      cause       cable: the phone's cable: port1 was taken down, and not by the scenario; plug it in and run again
      evidence    REPORT/run/7841/sabotage/026-the-cable-is-down
    ");
}

#[test]
fn a_server_of_ours_that_died_is_inconclusive() {
    let Some(played) = &*SABOTAGE else { return };
    played.inconclusive("the call server dies", "server", "our SIP server voiceip.com at 192.0.2.10:5060 died");
    // Every step of it held, and still it proves nothing.
    played.inconclusive("the name server dies and nobody notices", "server", "our DNS server at 192.0.2.2:53 died");
    assert!(played.steps("the name server dies and nobody notices").iter().all(|step| step["status"] == "passed"));
}

#[test]
fn a_step_of_ours_that_panics_is_inconclusive() {
    let Some(played) = &*SABOTAGE else { return };
    played.inconclusive("a step of ours panics", "harness", "a step of offhook panicked: as it was told to");
}

#[test]
fn a_phone_that_hangs_has_failed_and_is_said_not_to_answer() {
    let Some(played) = &*SABOTAGE else { return };
    let failure = played.failed("the phone hangs");
    failure.says("expected", "200 to OPTIONS from the call server");
    failure.says("seen", "no answer to OPTIONS; the phone does not answer");
    failure.last_serial_line("registered");
    insta::assert_snapshot!(played.paragraph("the phone hangs"), @r"
    failed  7841  Sabotage: the phone hangs (sabotage.feature:38)
      requirement (none: the rule has no @req: tag)
      step        Then the phone answers OPTIONS from the call server
      expected    200 to OPTIONS from the call server
      seen        no answer to OPTIONS; the phone does not answer: it is on, and its page is dumb for 2 s too
      evidence    REPORT/run/7841/sabotage/038-the-phone-hangs/capture.pcapng
      packets     voiceip.com → 192.0.2.100: OPTIONS sip:5550001@192.0.2.100:5060
      serial      …
    ");
}

#[test]
fn a_phone_that_restarts_by_itself_has_failed_although_every_step_held() {
    let Some(played) = &*SABOTAGE else { return };
    let scenario = "the phone restarts by itself and nobody notices";
    let failure = played.failed(scenario);
    failure.says("expected", "the phone keeps running");
    failure.says("seen", "it restarted by itself: it came up 2 times, 1 were due");
    assert!(failure.serial().iter().any(|line| line.contains("restarting")), "{:?}", failure.serial());
    assert!(played.steps(scenario).iter().all(|step| step["status"] == "passed"));
}

#[test]
fn a_phone_that_only_does_something_else_is_not_said_to_hang() {
    let Some(played) = &*SABOTAGE else { return };
    let failure = played.failed("the phone only fails a claim");
    assert_eq!(failure.text("seen"), "it shows `No`");
    assert!(!failure.serial().is_empty());
}

#[test]
fn a_phone_that_refuses_a_connection_is_not_a_fault_of_the_server() {
    let Some(played) = &*SABOTAGE else { return };
    let failure = played.failed("the phone refuses a connection");
    assert_eq!(failure.text("expected"), "the phone takes a TCP connection from the call server");
    failure.says("seen", "could not send to TCP 192.0.2.100:5060: Connection refused");
}

#[test]
fn what_is_broken_in_one_scenario_touches_no_other_and_a_failure_decides_the_exit_status() {
    let Some(played) = &*SABOTAGE else { return };
    assert_eq!(played.outcome("all is well"), "passed");
    assert_eq!(played.status, 1);
}

#[test]
fn a_phone_that_crashes_has_failed_with_its_last_words() {
    let Some(played) = &*CRASH else { return };
    for scenario in
        ["a crash before a message", "a crash before a look at the page", "a crash that a power cycle would hide"]
    {
        let failure = played.failed(scenario);
        failure.says("expected", "the phone keeps running");
        failure.says("seen", "it crashed: signal: 6 (SIGABRT)");
        let serial = failure.serial();
        assert!(serial.iter().any(|line| line.contains("body length is negative")), "{scenario}: {serial:?}");
    }
}

#[test]
fn a_phone_that_crashes_over_long_credentials_has_failed_with_its_last_words() {
    let arguments = ["--unit", "7841", "--defect", "challenge.crashes-on-oversize", "--tags", "@oversize"];
    let Some(played) = play("crash", &arguments) else { return };
    let failure = played.failed("a crash on credentials that are too long");
    failure.says("seen", "it crashed: signal: 6 (SIGABRT)");
    // It died without a word; these are the last ones that it had said.
    failure.last_serial_line("settings applied");
    assert_eq!(played.status, 1);
}

#[test]
fn a_step_over_its_limit_ends_and_is_ours_while_the_phone_answers() {
    let Some(played) = &*LIMITS else { return };
    played.inconclusive(
        "a step of ours never ends",
        "harness",
        "the step did not end within 6 s although the phone answers",
    );
}

#[test]
fn a_step_over_its_limit_is_the_phones_fault_when_the_phone_does_not_answer() {
    let Some(played) = &*LIMITS else { return };
    let failure = played.failed("a phone that hangs holds a step up");
    failure.says("expected", "the step to end within 6 s");
    failure.says("seen", "it did not; the phone does not answer");
    assert_eq!(failure.text("seen").matches("does not answer").count(), 1);
    failure.last_serial_line("registered");
}

#[test]
fn a_scenario_over_its_limit_ends() {
    let Some(played) = play("limits", &["--unit", "7841", "--scenario-limit", "4", "--name", "never ends"]) else {
        return;
    };
    played.inconclusive("a step of ours never ends", "harness", "although the phone answers");
    assert_eq!(played.status, 3);
}

#[test]
fn a_tap_that_drops_packets_is_inconclusive() {
    let Some(played) = play("flood", &["--unit", "7841", "--tap-room", "16"]) else { return };
    played.inconclusive("the tap is flooded", "capture", "the tap dropped ");
    assert_eq!(played.status, 3);
}

#[test]
fn an_undefined_step_fails_the_run_by_name() {
    let Some(played) = play("undefined", &["--unit", "7841"]) else { return };
    assert_eq!(played.outcome("a step that nobody knows"), "undefined");
    let step = "When the phone sings (the nearest is `the phone rings`)";
    assert_eq!(played.verdict("a step that nobody knows")["step"], step);
    assert_eq!(played.outcome("all is well"), "passed");
    assert!(played.shown.contains(step), "{}", played.shown);
    assert_eq!(played.status, 1);
}

#[test]
fn a_feature_that_does_not_parse_fails_the_run_by_name_and_the_others_are_played() {
    let files = [played::feature("unreadable"), played::feature("passing")];
    let Some(played) = play(&files[0], &[&files[1], "--unit", "7841"]) else { return };
    let line = played.shown.lines().find(|line| line.starts_with("does not parse")).expect(&played.shown);
    assert!(line.ends_with("unreadable.feature:5: `Whenever the phone sings` cannot stand here"), "{line}");
    assert_eq!(played.outcome("all is well"), "passed");
    assert_eq!(played.status, 1);
}

#[test]
fn not_applicable_is_neither_passed_nor_failed() {
    let Some(played) = play("not-applicable", &["--unit", "7811"]) else { return };
    assert_eq!(played.outcome("a second extension"), "not-applicable");
    assert_eq!(played.verdict("a second extension")["capability"], "an extension 2: a 7811 has 1");
    let header = played.shown.lines().find(|line| line.starts_with("unit ")).expect(&played.shown);
    let row = played.shown.lines().find(|line| line.starts_with("total ")).expect(&played.shown);
    assert!(header.contains("passed  failed  undefined  inconclusive  not applicable"), "{header}");
    let counts: Vec<&str> = row.split_whitespace().skip(1).take(5).collect();
    assert_eq!(counts, ["1", "0", "0", "0", "1"]);
    assert_eq!(played.status, 0);
}

#[test]
fn the_exit_status_is_0_when_all_passed_3_when_something_of_ours_broke_and_2_for_wrong_use() {
    let Some(played) = play("passing", &["--unit", "7841"]) else { return };
    assert_eq!(played.status, 0);
    let Some(played) = play("sabotage", &["--unit", "7841", "--name", "name server dies"]) else { return };
    assert_eq!(played.status, 3);
    let wrong: [&[&str]; 4] = [
        &["--unit", "7800"],
        &["--unit", "7841", "--name", "no scenario has this name"],
        &["--unit", "7841", "--tags", "@a and"],
        &["--unit", "7841", "--defect", "sip.no-such-defect"],
    ];
    for arguments in wrong {
        assert_eq!(played::status("passing", arguments), 2, "{arguments:?}");
    }
}
