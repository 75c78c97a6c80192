//! The run as JUnit XML: one suite for each feature on each unit.
//!
//! Failed and undefined are failures, inconclusive is an error, not applicable is skipped, flaky passes and carries
//! its first failure as `flakyFailure`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestRerun, TestSuite};

use crate::event::ScenarioResult;
use crate::tally::Tally;
use crate::text;
use crate::verdict::Verdict;

/// The report as XML.
///
/// # Errors
/// When the XML cannot be built.
pub fn render(tally: &Tally) -> io::Result<String> {
    let mut report = Report::new("offhook");
    let mut suites: BTreeMap<(&str, &str, &str), Vec<&ScenarioResult>> = BTreeMap::new();
    for result in tally.results() {
        let scenario = &result.scenario;
        suites.entry((&scenario.unit, &scenario.file, &scenario.feature)).or_default().push(result);
    }
    for ((unit, file, feature), results) in suites {
        let mut suite = TestSuite::new(format!("{unit}: {feature}"));
        suite.set_time(crate::Counts::of(results.iter().copied()).time);
        suite.add_property(("unit", unit));
        suite.add_property(("feature", file));
        suite.add_test_cases(results.into_iter().map(|result| case(unit, feature, result)));
        report.add_test_suite(suite);
    }
    if !tally.parse_errors().is_empty() {
        report.add_test_suite(parse_errors(tally));
    }
    report.set_time(tally.counts().time);
    report.to_string().map_err(io::Error::other)
}

/// Writes the report.
///
/// # Errors
/// When the XML cannot be built, or the file cannot be written.
pub fn write(tally: &Tally, path: &Path) -> io::Result<()> {
    std::fs::File::create(path)?.write_all(render(tally)?.as_bytes())
}

fn case(unit: &str, feature: &str, result: &ScenarioResult) -> TestCase {
    let scenario = &result.scenario;
    let mut name = scenario.name.clone();
    if scenario.round > 1 {
        name.push_str(&format!(" (round {})", scenario.round));
    }
    let mut case = TestCase::new(format!("{name} ({}:{})", scenario.file, scenario.line), status(result));
    case.set_classname(format!("{unit}.{feature}"));
    case.set_time(result.duration());
    if let Some(requirement) = &scenario.requirement {
        case.add_property(("requirement", requirement.as_str()));
    }
    case.add_property(("evidence", result.folder.display().to_string().as_str()));
    case
}

fn status(result: &ScenarioResult) -> TestCaseStatus {
    let explained = text::explain(result, Path::new(""));
    let mut status;
    match &result.verdict {
        Verdict::Passed => status = TestCaseStatus::success(),
        Verdict::Failed(failure) => {
            status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type("failed");
            status.set_message(format!("expected {}; seen {}", failure.expected, failure.seen));
        }
        Verdict::Undefined { step } => {
            status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type("undefined");
            status.set_message(format!("no phrase matches: {step}"));
        }
        Verdict::Inconclusive { cause, who, .. } => {
            status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type("inconclusive");
            status.set_message(format!("{who}: {cause}"));
        }
        Verdict::NotApplicable { capability } => {
            status = TestCaseStatus::skipped();
            status.set_type("not applicable");
            status.set_message(format!("the unit lacks {capability}"));
        }
        Verdict::Flaky { first, .. } => {
            status = TestCaseStatus::success();
            let mut rerun = TestRerun::new(NonSuccessKind::Failure);
            rerun.set_type("failed");
            rerun.set_message(format!("expected {}; seen {}", first.expected, first.seen));
            rerun.set_description(explained.as_str());
            status.add_rerun(rerun);
        }
    }
    if !explained.is_empty() {
        status.set_description(explained);
    }
    status
}

fn parse_errors(tally: &Tally) -> TestSuite {
    let mut suite = TestSuite::new("inputs that do not parse");
    for error in tally.parse_errors() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_type("does not parse");
        let line = error.line.map(|line| format!("line {line}: ")).unwrap_or_default();
        status.set_message(format!("{line}{}", error.message));
        suite.add_test_case(TestCase::new(error.file.as_str(), status));
    }
    suite
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::examples;
    use crate::{Event, ParseError};

    #[test]
    fn every_verdict_has_its_place_in_junit() {
        let mut tally = Tally::default();
        examples::run().iter().for_each(|event| tally.add(event));
        let error = ParseError { file: "features/x.feature".into(), line: Some(3), message: "no such keyword".into() };
        tally.add(&Event::ParseError(error));
        insta::assert_snapshot!(render(&tally).unwrap());
    }

    #[test]
    fn what_xml_cannot_hold_is_left_out() {
        let mut result = examples::failed("7811", 30);
        if let Verdict::Failed(failure) = &mut result.verdict {
            failure.seen = "\u{0}\u{1b}<&>]]>".into();
        }
        let mut tally = Tally::default();
        tally.add(&examples::finished(result));
        let xml = render(&tally).unwrap();
        assert!(!xml.contains('\u{0}') && !xml.contains('\u{1b}'));
        assert!(xml.contains("&lt;&amp;"), "{xml}");
    }
}
