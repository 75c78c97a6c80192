//! Results to test with: one small run of one feature.

use std::path::PathBuf;

use crate::event::{Event, RunFinished, RunStarted, Scenario, ScenarioResult, StepRecord, StepStatus, Unit};
use crate::verdict::{Failure, Party, Verdict};

pub(crate) const SECOND: u64 = 1_000_000_000;
/// 12 November 2026, 10:11:12 UTC.
pub(crate) const BEGIN: u64 = 1_794_478_272 * SECOND;

pub(crate) fn scenario(unit: &str, line: u32) -> Scenario {
    let (name, requirement, rule) = match line {
        0..20 => ("a listed server is answered", "doc/domains/answer-listed", "listed servers are answered"),
        20..30 => ("the page is read back", "doc/domains/saved", "the setting is kept"),
        _ => ("an INVITE from an unlisted server", "doc/domains/silence-unlisted", "unlisted servers get silence"),
    };
    Scenario {
        unit: unit.into(),
        feature: "Restrict access to domains".into(),
        file: "features/sip/restrict-access-domains.feature".into(),
        line,
        name: name.into(),
        rule: Some(rule.into()),
        requirement: Some(requirement.into()),
        tags: vec![format!("req:{requirement}")],
        round: 1,
        attempt: 1,
    }
}

pub(crate) fn result(unit: &str, line: u32, verdict: Verdict) -> ScenarioResult {
    let last = match verdict {
        Verdict::Passed | Verdict::Flaky { .. } => StepStatus::Passed,
        Verdict::Undefined { .. } => StepStatus::Undefined,
        _ => StepStatus::Failed,
    };
    ScenarioResult {
        scenario: scenario(unit, line),
        verdict,
        retried: false,
        started: BEGIN + u64::from(line) * SECOND / 10,
        ended: BEGIN + u64::from(line) * SECOND / 10 + SECOND / 4,
        steps: vec![
            step("Given", "a phone registered with \"voiceip.com\"", StepStatus::Passed),
            step("Then", "nothing of it is answered", last),
        ],
        warnings: vec![],
        folder: PathBuf::from(format!("{unit}/restrict-access-domains/{line:03}-scenario")),
    }
}

fn step(keyword: &str, text: &str, status: StepStatus) -> StepRecord {
    StepRecord { keyword: keyword.into(), text: text.into(), line: 41, status, duration: SECOND / 8 }
}

pub(crate) fn failure() -> Failure {
    Failure {
        requirement: Some("doc/domains/silence-unlisted".into()),
        step: "Then nothing of it is answered".into(),
        expected: "no packet from the phone to 192.0.2.20".into(),
        seen: "SIP/2.0 180 Ringing after 34 ms\nSIP/2.0 200 OK after 2.1 s".into(),
        packets: vec![14, 17],
        ladder: vec![
            "14  192.0.2.20 → 192.0.2.100  INVITE sip:1001@192.0.2.100".into(),
            "17  192.0.2.100 → 192.0.2.20  180 Ringing".into(),
        ],
        capture: "capture.pcapng".into(),
        serial_tail: vec!["sip: INVITE from 192.0.2.20".into(), "ui: ringing <line 1>".into()],
    }
}

pub(crate) fn passed(unit: &str, line: u32) -> ScenarioResult {
    result(unit, line, Verdict::Passed)
}

pub(crate) fn failed(unit: &str, line: u32) -> ScenarioResult {
    result(unit, line, Verdict::Failed(failure()))
}

pub(crate) fn flaky(unit: &str, line: u32) -> ScenarioResult {
    result(unit, line, Verdict::Flaky { first: failure(), folder: format!("{unit}/first-attempt").into() })
}

pub(crate) fn undefined(unit: &str, line: u32) -> ScenarioResult {
    result(unit, line, Verdict::Undefined { step: "When the phone sings".into() })
}

pub(crate) fn inconclusive(unit: &str, line: u32) -> ScenarioResult {
    result(
        unit,
        line,
        Verdict::Inconclusive {
            cause: "the tap dropped 3 packets".into(),
            who: Party::Capture,
            remedy: "run with fewer --jobs".into(),
        },
    )
}

pub(crate) fn not_applicable(unit: &str, line: u32) -> ScenarioResult {
    result(unit, line, Verdict::NotApplicable { capability: "a second line".into() })
}

pub(crate) fn finished(result: ScenarioResult) -> Event {
    Event::ScenarioFinished(Box::new(result))
}

/// A run in which everything happens once.
pub(crate) fn run() -> Vec<Event> {
    let unit = |name: &str| Unit { name: name.into(), model: name.into(), release: "11.2.3".into(), physical: false };
    let mut warned = passed("7841", 10);
    warned.warnings.push("the lease ended while the scenario ran".into());
    vec![
        Event::RunStarted(RunStarted {
            folder: PathBuf::from("runs/20261112T101112Z-1"),
            units: vec![unit("7811"), unit("7841")],
            planned: 7,
            versions: [("offhook".to_owned(), "0.1.0".to_owned())].into(),
            arguments: vec!["run".into()],
            at: BEGIN,
        }),
        finished(passed("7811", 10)),
        finished(not_applicable("7811", 20)),
        finished(failed("7811", 30)),
        finished(warned),
        finished(flaky("7841", 20)),
        finished(inconclusive("7841", 30)),
        finished(undefined("7841", 40)),
        Event::RunFinished(RunFinished { at: BEGIN + 5 * SECOND, cut_short: None }),
    ]
}
