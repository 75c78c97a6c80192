//! Results that somebody must look at, and warnings.

use super::{anchor, class, link, place};
use crate::event::ScenarioResult;
use crate::text;
use crate::verdict::{Failure, Verdict};

/// Results of one kind that somebody must look at.
pub(super) struct Section {
    pub(super) id: &'static str,
    pub(super) heading: &'static str,
    pub(super) problems: Vec<Problem>,
}

/// A result that somebody must look at.
pub(super) struct Problem {
    pub(super) anchor: String,
    pub(super) unit: String,
    pub(super) title: String,
    pub(super) place: String,
    pub(super) word: &'static str,
    pub(super) class: &'static str,
    pub(super) lines: Vec<(&'static str, String)>,
    pub(super) ladder: String,
    pub(super) serial: String,
    pub(super) folder: String,
    pub(super) capture: String,
    pub(super) packets: String,
}

pub(super) fn sections(results: &[&ScenarioResult]) -> Vec<Section> {
    let mut failures = Section { id: "failures", heading: "Failures", problems: Vec::new() };
    let heading = "Inconclusive: the bench, not the phone";
    let mut inconclusive = Section { id: "inconclusive", heading, problems: Vec::new() };
    let mut flaky = Section { id: "flaky", heading: "Flaky: failed, then passed", problems: Vec::new() };
    for result in results {
        match result.verdict {
            Verdict::Failed(_) | Verdict::Undefined { .. } => failures.problems.push(problem(result)),
            Verdict::Inconclusive { .. } => inconclusive.problems.push(problem(result)),
            Verdict::Flaky { .. } => flaky.problems.push(problem(result)),
            Verdict::Passed | Verdict::NotApplicable { .. } => {}
        }
    }
    [failures, inconclusive, flaky].into_iter().filter(|section| !section.problems.is_empty()).collect()
}

fn problem(result: &ScenarioResult) -> Problem {
    let scenario = &result.scenario;
    let mut problem = Problem {
        anchor: anchor(result),
        unit: scenario.unit.clone(),
        title: format!("{}: {}", scenario.feature, scenario.name),
        place: place(result),
        word: result.verdict.word(),
        class: class(&result.verdict),
        lines: Vec::new(),
        ladder: String::new(),
        serial: String::new(),
        folder: link(&result.folder),
        capture: String::new(),
        packets: String::new(),
    };
    match &result.verdict {
        Verdict::Failed(failure) => add_failure(&mut problem, result, failure),
        Verdict::Flaky { first, folder } => {
            problem.folder = link(folder);
            add_failure(&mut problem, result, first);
        }
        Verdict::Inconclusive { cause, who, remedy } => {
            problem.lines.push(("at fault", who.to_string()));
            problem.lines.push(("cause", cause.clone()));
            if !remedy.is_empty() {
                problem.lines.push(("remedy", remedy.clone()));
            }
        }
        Verdict::Undefined { step } => {
            problem.lines.push(("step", step.clone()));
            problem.lines.push(("expected", "a phrase that matches this step (offhook steps lists them)".to_owned()));
            problem.lines.push(("seen", "none".to_owned()));
        }
        Verdict::Passed | Verdict::NotApplicable { .. } => {}
    }
    problem
}

fn add_failure(problem: &mut Problem, result: &ScenarioResult, failure: &Failure) {
    let requirement = failure.requirement.as_ref().or(result.scenario.requirement.as_ref());
    let requirement = requirement.map_or("none: the rule has no @req: tag", String::as_str).to_owned();
    problem.lines.push(("requirement", requirement));
    problem.lines.push(("step", failure.step.clone()));
    problem.lines.push(("expected", failure.expected.clone()));
    problem.lines.push(("seen", failure.seen.clone()));
    problem.ladder = failure.ladder.join("\n");
    problem.serial = text::printable_lines(&failure.serial_tail);
    if !failure.capture.is_empty() {
        problem.capture = format!("{}/{}", problem.folder, failure.capture);
        problem.packets = text::packets(&failure.packets);
    }
}

pub(super) fn warnings(results: &[&ScenarioResult]) -> Vec<(String, String)> {
    let of_one = |result: &&ScenarioResult| {
        let title = format!("{} {} ({})", result.scenario.unit, result.scenario.name, place(result));
        result.warnings.iter().map(move |warning| (title.clone(), warning.clone())).collect::<Vec<_>>()
    };
    results.iter().flat_map(of_one).collect()
}
