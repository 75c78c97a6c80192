//! Results folded into the last word on each scenario, counts and the exit status.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::event::{Event, ParseError, RunFinished, RunStarted, Scenario, ScenarioResult};
use crate::verdict::{Failure, Verdict};

/// Everything that is known about a run so far.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    run: Option<RunStarted>,
    results: BTreeMap<Identity, ScenarioResult>,
    parse_errors: Vec<ParseError>,
    finished: Option<RunFinished>,
}

/// What the process answers, design "Evidence and verdicts".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// 0: all applicable scenarios passed.
    Passed,
    /// 1: a phone failed, a step is undefined or an input does not parse.
    Failed,
    /// 2: no scenario was selected.
    WrongUse,
    /// 3: nothing failed, but the bench could not do all of its work.
    Inconclusive,
}

impl ExitStatus {
    /// The number for the shell.
    pub fn code(self) -> u8 {
        match self {
            ExitStatus::Passed => 0,
            ExitStatus::Failed => 1,
            ExitStatus::WrongUse => 2,
            ExitStatus::Inconclusive => 3,
        }
    }
}

/// How many scenarios ended in each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Every claim held.
    pub passed: usize,
    /// The phone did something else.
    pub failed: usize,
    /// A step has no phrase.
    pub undefined: usize,
    /// Something of ours broke.
    pub inconclusive: usize,
    /// The unit lacks a capability.
    pub not_applicable: usize,
    /// Failed, then passed.
    pub flaky: usize,
    /// From the first begin to the last end, in wall-clock time.
    pub time: Duration,
}

impl Counts {
    /// All of them.
    pub fn total(&self) -> usize {
        self.passed + self.failed + self.undefined + self.inconclusive + self.not_applicable + self.flaky
    }

    /// Counts over some results.
    pub fn of<'a>(results: impl IntoIterator<Item = &'a ScenarioResult>) -> Self {
        let mut counts = Counts::default();
        let mut span: Option<(u64, u64)> = None;
        for result in results {
            let slot = match result.verdict {
                Verdict::Passed => &mut counts.passed,
                Verdict::Failed(_) => &mut counts.failed,
                Verdict::Undefined { .. } => &mut counts.undefined,
                Verdict::Inconclusive { .. } => &mut counts.inconclusive,
                Verdict::NotApplicable { .. } => &mut counts.not_applicable,
                Verdict::Flaky { .. } => &mut counts.flaky,
            };
            *slot += 1;
            span =
                Some(span.map_or((result.started, result.ended), |(from, to)| {
                    (from.min(result.started), to.max(result.ended))
                }));
        }
        counts.time = span.map_or(Duration::ZERO, |(from, to)| Duration::from_nanos(to.saturating_sub(from)));
        counts
    }
}

/// A scenario without regard to its attempts: by unit, then in the order of the feature files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Identity {
    unit: String,
    file: String,
    line: u32,
    name: String,
    round: u32,
}

impl From<&Scenario> for Identity {
    fn from(scenario: &Scenario) -> Self {
        Identity {
            unit: scenario.unit.clone(),
            file: scenario.file.clone(),
            line: scenario.line,
            name: scenario.name.clone(),
            round: scenario.round,
        }
    }
}

impl Tally {
    /// Takes note of an event.
    pub fn add(&mut self, event: &Event) {
        match event {
            Event::RunStarted(run) => self.run = Some(run.clone()),
            Event::ScenarioFinished(result) => self.settle(result),
            Event::ParseError(error) => self.parse_errors.push(error.clone()),
            Event::RunFinished(finished) => self.finished = Some(finished.clone()),
            Event::ScenarioStarted { .. } | Event::StepFinished { .. } => {}
        }
    }

    /// The last word on each scenario: by unit, then in the order of the feature files.
    pub fn results(&self) -> impl Iterator<Item = &ScenarioResult> {
        self.results.values()
    }

    /// How the run began.
    pub fn run(&self) -> Option<&RunStarted> {
        self.run.as_ref()
    }

    /// How the run ended; `None` while it goes on or when it was killed.
    pub fn finished(&self) -> Option<&RunFinished> {
        self.finished.as_ref()
    }

    /// Inputs that could not be understood.
    pub fn parse_errors(&self) -> &[ParseError] {
        &self.parse_errors
    }

    /// Counts over all units.
    pub fn counts(&self) -> Counts {
        Counts::of(self.results())
    }

    /// Counts of each unit, in the order of their names.
    pub fn by_unit(&self) -> BTreeMap<&str, Counts> {
        let mut units: BTreeMap<&str, Vec<&ScenarioResult>> = BTreeMap::new();
        for result in self.results() {
            units.entry(&result.scenario.unit).or_default().push(result);
        }
        units.into_iter().map(|(unit, results)| (unit, Counts::of(results))).collect()
    }

    /// Planned scenarios without a last word.
    pub fn not_run(&self) -> usize {
        let settled = self.results().filter(|result| !result.retried).count();
        self.run.as_ref().map_or(0, |run| run.planned.saturating_sub(settled))
    }

    /// What the process should answer. A scenario that was planned and never ended is the bench's fault, unless
    /// something failed anyway.
    pub fn exit_status(&self) -> ExitStatus {
        let counts = self.counts();
        if counts.failed + counts.undefined + self.parse_errors.len() > 0 {
            ExitStatus::Failed
        } else if counts.inconclusive + self.not_run() > 0 {
            ExitStatus::Inconclusive
        } else if counts.total() == 0 {
            ExitStatus::WrongUse
        } else {
            ExitStatus::Passed
        }
    }

    fn settle(&mut self, result: &ScenarioResult) {
        let identity = Identity::from(&result.scenario);
        let settled = match self.results.remove(&identity) {
            Some(earlier) => last_word(earlier, result.clone()),
            None => result.clone(),
        };
        self.results.insert(identity, settled);
    }
}

/// What two attempts at one scenario say together. A bench that broke neither hides a failure nor makes one.
fn last_word(earlier: ScenarioResult, later: ScenarioResult) -> ScenarioResult {
    let started = earlier.started.min(later.started);
    let retried = later.retried;
    let first = match &earlier.verdict {
        Verdict::Failed(failure) => Some((failure.clone(), earlier.folder.clone())),
        Verdict::Flaky { first, folder } => Some((first.clone(), folder.clone())),
        Verdict::Undefined { step } => {
            Some((Failure { step: step.clone(), ..Failure::default() }, earlier.folder.clone()))
        }
        Verdict::Passed | Verdict::Inconclusive { .. } | Verdict::NotApplicable { .. } => None,
    };
    match (first, &later.verdict) {
        (Some((first, folder)), Verdict::Passed) => {
            ScenarioResult { verdict: Verdict::Flaky { first, folder }, started, ..later }
        }
        (Some(_), Verdict::Inconclusive { .. } | Verdict::NotApplicable { .. }) => {
            ScenarioResult { retried, ended: later.ended, ..earlier }
        }
        _ => ScenarioResult { started, ..later },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{failed, finished, inconclusive, not_applicable, passed};

    fn tally(results: Vec<ScenarioResult>) -> Tally {
        let mut tally = Tally::default();
        results.into_iter().for_each(|result| tally.add(&finished(result)));
        tally
    }

    fn attempt(number: u32, mut result: ScenarioResult, retried: bool) -> ScenarioResult {
        result.scenario.attempt = number;
        result.retried = retried;
        result
    }

    #[test]
    fn a_failure_outweighs_a_broken_bench() {
        let tally = tally(vec![passed("7811", 10), inconclusive("7811", 20), failed("7811", 30)]);
        assert_eq!(tally.exit_status(), ExitStatus::Failed);
        assert_eq!(tally.exit_status().code(), 1);
    }

    #[test]
    fn a_broken_bench_is_not_a_pass() {
        assert_eq!(tally(vec![passed("7811", 10), inconclusive("7811", 20)]).exit_status().code(), 3);
    }

    #[test]
    fn nothing_selected_is_wrong_use() {
        assert_eq!(tally(vec![]).exit_status().code(), 2);
    }

    #[test]
    fn an_input_that_does_not_parse_fails_the_run() {
        let mut tally = tally(vec![passed("7811", 10)]);
        tally.add(&Event::ParseError(ParseError { file: "a.feature".into(), line: Some(3), message: "what?".into() }));
        assert_eq!(tally.exit_status().code(), 1);
    }

    #[test]
    fn what_is_not_applicable_neither_passes_nor_fails() {
        let tally = tally(vec![passed("7811", 10), not_applicable("7811", 20)]);
        assert_eq!((tally.counts().passed, tally.counts().not_applicable), (1, 1));
        assert_eq!(tally.exit_status().code(), 0);
    }

    #[test]
    fn a_planned_scenario_that_never_ended_is_inconclusive() {
        let mut tally = tally(vec![passed("7811", 10)]);
        tally.add(&Event::RunStarted(RunStarted { planned: 2, ..RunStarted::default() }));
        assert_eq!(tally.not_run(), 1);
        assert_eq!(tally.exit_status().code(), 3);
    }

    #[test]
    fn failed_then_passed_is_flaky_and_keeps_the_first_failure() {
        let mut first = attempt(1, failed("7811", 10), true);
        first.folder = "first".into();
        let tally = tally(vec![first, attempt(2, passed("7811", 10), false)]);
        assert_eq!(tally.counts().flaky, 1);
        assert_eq!(tally.counts().total(), 1);
        assert!(
            tally.results().all(|result| matches!(&result.verdict, Verdict::Flaky { first, folder } if !first.seen.is_empty() && folder.ends_with("first")))
        );
    }

    #[test]
    fn a_bench_that_breaks_on_the_second_attempt_does_not_hide_the_failure() {
        let tally = tally(vec![attempt(1, failed("7811", 10), true), attempt(2, inconclusive("7811", 10), false)]);
        assert_eq!((tally.counts().failed, tally.counts().total()), (1, 1));
        assert_eq!(tally.not_run(), 0);
    }

    #[test]
    fn a_bench_that_breaks_on_the_first_attempt_does_not_make_a_pass_flaky() {
        let tally = tally(vec![attempt(1, inconclusive("7811", 10), true), attempt(2, passed("7811", 10), false)]);
        assert_eq!((tally.counts().passed, tally.counts().total()), (1, 1));
    }

    #[test]
    fn counts_are_kept_by_unit() {
        let tally = tally(vec![passed("7811", 10), passed("7841", 10), failed("7841", 20)]);
        let units: Vec<_> =
            tally.by_unit().into_iter().map(|(unit, counts)| (unit, counts.passed, counts.failed)).collect();
        assert_eq!(units, vec![("7811", 1, 0), ("7841", 1, 1)]);
    }
}
