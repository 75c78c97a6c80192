//! The run as one page: `report.html` in the run folder.
//!
//! It holds everything it shows (style included, no script) and links to the evidence beside it, so the folder can be
//! zipped, mailed and opened from disk.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use askama::Template;
use time::OffsetDateTime;
use time::macros::format_description;

use self::problems::{Section, sections, warnings};
use self::requirements::{RequirementRow, matrix};
use self::scenarios::{FeatureBlock, features};
use crate::catalogue::Catalogue;
use crate::event::ScenarioResult;
use crate::tally::{Counts, ExitStatus, Tally};
use crate::text;
use crate::verdict::Verdict;

mod problems;
mod requirements;
mod scenarios;

/// The page. With a catalogue, requirements are shown with their statements, and those without scenarios too.
///
/// # Errors
/// When the template cannot be filled.
pub fn render(tally: &Tally, catalogue: Option<&Catalogue>) -> io::Result<String> {
    page(tally, catalogue).render().map_err(io::Error::other)
}

/// Writes the page.
///
/// # Errors
/// When the template cannot be filled or the file cannot be written.
pub fn write(tally: &Tally, catalogue: Option<&Catalogue>, path: &Path) -> io::Result<()> {
    std::fs::write(path, render(tally, catalogue)?)
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    name: String,
    began: String,
    took: String,
    result: &'static str,
    result_class: &'static str,
    figures: Vec<Figure>,
    not_run: String,
    units: Vec<UnitRow>,
    versions: Vec<(String, String)>,
    arguments: String,
    parse_errors: Vec<String>,
    sections: Vec<Section>,
    warnings: Vec<(String, String)>,
    matrix: Vec<RequirementRow>,
    features: Vec<FeatureBlock>,
}

struct Figure {
    number: usize,
    word: &'static str,
    class: &'static str,
}

struct UnitRow {
    name: String,
    release: String,
    counts: Counts,
    took: String,
}

fn page(tally: &Tally, catalogue: Option<&Catalogue>) -> Page {
    let run = tally.run().cloned().unwrap_or_default();
    let results: Vec<&ScenarioResult> = tally.results().collect();
    let end = tally.finished().map_or_else(|| results.iter().map(|r| r.ended).max().unwrap_or(run.at), |end| end.at);
    let (result, result_class) = match tally.exit_status() {
        ExitStatus::Passed => ("passed", "passed"),
        ExitStatus::Failed => ("failed", "failed"),
        ExitStatus::WrongUse => ("nothing was selected", "inconclusive"),
        ExitStatus::Inconclusive => ("inconclusive", "inconclusive"),
    };
    let by_unit = tally.by_unit();
    let names: BTreeSet<&str> =
        run.units.iter().map(|unit| unit.name.as_str()).chain(by_unit.keys().copied()).collect();
    Page {
        name: run.folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        began: moment(run.at),
        took: text::duration(std::time::Duration::from_nanos(end.saturating_sub(run.at))),
        result,
        result_class,
        figures: figures(&tally.counts()),
        not_run: not_run(tally),
        units: names.iter().map(|name| unit_row(name, tally, &by_unit)).collect(),
        versions: run.versions.clone().into_iter().collect(),
        arguments: run.arguments.join(" "),
        parse_errors: tally.parse_errors().iter().map(text::parse_error).collect(),
        sections: sections(&results),
        warnings: warnings(&results),
        matrix: matrix(&results, &names, catalogue),
        features: features(&results),
    }
}

fn figures(counts: &Counts) -> Vec<Figure> {
    let figures = [
        (counts.passed, "passed", "passed"),
        (counts.failed, "failed", "failed"),
        (counts.undefined, "undefined", "failed"),
        (counts.inconclusive, "inconclusive", "inconclusive"),
        (counts.flaky, "flaky", "flaky"),
        (counts.not_applicable, "not applicable", "skipped"),
    ];
    let figure = |(number, word, class)| Figure { number, word, class: if number == 0 { "none" } else { class } };
    figures.into_iter().map(figure).collect()
}

fn not_run(tally: &Tally) -> String {
    if tally.not_run() == 0 {
        return String::new();
    }
    let why = tally.finished().and_then(|end| end.cut_short.as_deref()).unwrap_or("the run ended early");
    format!("{} not run: {why}", text::count(tally.not_run(), "scenario"))
}

fn unit_row(name: &str, tally: &Tally, by_unit: &BTreeMap<&str, Counts>) -> UnitRow {
    let known = tally.run().and_then(|run| run.units.iter().find(|unit| unit.name == name));
    let counts = by_unit.get(name).copied().unwrap_or_default();
    UnitRow {
        name: name.to_owned(),
        release: known.map(|unit| unit.release.clone()).unwrap_or_default(),
        took: text::duration(counts.time),
        counts,
    }
}

fn class(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Failed(_) | Verdict::Undefined { .. } => "failed",
        Verdict::Inconclusive { .. } => "inconclusive",
        Verdict::NotApplicable { .. } => "skipped",
        Verdict::Flaky { .. } => "flaky",
    }
}

fn worst<'a>(verdicts: impl Iterator<Item = &'a Verdict>) -> &'static str {
    let classes: BTreeSet<&str> = verdicts.map(class).collect();
    ["failed", "inconclusive", "flaky", "passed", "skipped"]
        .into_iter()
        .find(|class| classes.contains(class))
        .unwrap_or("empty")
}

fn place(result: &ScenarioResult) -> String {
    format!("{}:{}", result.scenario.file, result.scenario.line)
}

fn anchor(result: &ScenarioResult) -> String {
    crate::slug::safe(&result.folder.display().to_string())
}

/// A link that stays inside the run folder.
fn link(folder: &Path) -> String {
    format!("./{}", folder.display())
}

fn moment(at: u64) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC");
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at)).ok();
    moment.and_then(|moment| moment.format(&format).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::examples;

    fn tally() -> Tally {
        let mut tally = Tally::default();
        examples::run().iter().for_each(|event| tally.add(event));
        tally
    }

    #[test]
    fn the_page_holds_all_it_needs() {
        let html = render(&tally(), None).unwrap();
        assert!(!html.contains("<script") && !html.contains("http://") && !html.contains("https://"));
        assert!(html.contains("no packet from the phone to 192.0.2.20"));
        assert!(html.contains("href=\"./7811/restrict-access-domains/030-scenario/capture.pcapng\""));
        assert!(html.contains("the lease ended while the scenario ran"));
    }

    #[test]
    fn failures_come_before_everything_that_passed() {
        let html = render(&tally(), None).unwrap();
        assert!(html.find("id=\"failures\"").unwrap() < html.find("id=\"requirements\"").unwrap());
    }

    #[test]
    fn what_a_phone_sends_is_shown_and_not_run() {
        let mut result = examples::failed("7811", 30);
        if let Verdict::Failed(failure) = &mut result.verdict {
            failure.seen = "<script>alert(1)</script>".into();
        }
        let mut tally = Tally::default();
        tally.add(&examples::finished(result));
        assert!(!render(&tally, None).unwrap().contains("<script"));
    }

    #[test]
    fn a_requirement_without_scenarios_is_shown_when_the_catalogue_knows_it() {
        let catalogue = Catalogue::parse("requirements.toml", crate::trace::tests::CATALOGUE).unwrap();
        let html = render(&tally(), Some(&catalogue)).unwrap();
        assert!(html.contains("rfc3261/22.1/challenge") && html.contains("A challenge is a 401."));
    }

    #[test]
    fn every_link_to_a_problem_has_its_target() {
        let html = render(&tally(), None).unwrap();
        for part in html.split("href=\"#").skip(1) {
            let target = part.split('"').next().unwrap();
            assert!(html.contains(&format!("id=\"{target}\"")), "{target}");
        }
    }
}
