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

use crate::catalogue::Catalogue;
use crate::event::{ScenarioResult, StepRecord, StepStatus};
use crate::tally::{Counts, ExitStatus, Tally};
use crate::text;
use crate::verdict::{Failure, Verdict};

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

/// Results of one kind that somebody must look at.
struct Section {
    id: &'static str,
    heading: &'static str,
    problems: Vec<Problem>,
}

struct UnitRow {
    name: String,
    release: String,
    counts: Counts,
    took: String,
}

/// A result that somebody must look at.
struct Problem {
    anchor: String,
    unit: String,
    title: String,
    place: String,
    word: &'static str,
    class: &'static str,
    lines: Vec<(&'static str, String)>,
    ladder: String,
    serial: String,
    folder: String,
    capture: String,
    packets: String,
}

struct RequirementRow {
    id: String,
    statement: String,
    level: String,
    cells: Vec<Cell>,
}

struct Cell {
    text: String,
    class: &'static str,
    title: String,
}

struct FeatureBlock {
    name: String,
    file: String,
    summary: String,
    class: &'static str,
    rules: Vec<RuleBlock>,
}

struct RuleBlock {
    name: String,
    requirement: String,
    scenarios: Vec<ScenarioBlock>,
}

struct ScenarioBlock {
    name: String,
    line: u32,
    runs: Vec<RunBlock>,
}

struct RunBlock {
    label: String,
    word: &'static str,
    class: &'static str,
    anchor: String,
    took: String,
    folder: String,
    note: String,
    steps: Vec<StepRow>,
}

struct StepRow {
    keyword: String,
    text: String,
    class: &'static str,
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

fn sections(results: &[&ScenarioResult]) -> Vec<Section> {
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

fn warnings(results: &[&ScenarioResult]) -> Vec<(String, String)> {
    let of_one = |result: &&ScenarioResult| {
        let title = format!("{} {} ({})", result.scenario.unit, result.scenario.name, place(result));
        result.warnings.iter().map(move |warning| (title.clone(), warning.clone())).collect::<Vec<_>>()
    };
    results.iter().flat_map(of_one).collect()
}

fn matrix(results: &[&ScenarioResult], units: &BTreeSet<&str>, catalogue: Option<&Catalogue>) -> Vec<RequirementRow> {
    let mut of: BTreeMap<&str, BTreeMap<&str, Vec<&ScenarioResult>>> = BTreeMap::new();
    for requirement in catalogue.into_iter().flat_map(Catalogue::iter) {
        of.entry(&requirement.id).or_default();
    }
    for result in results {
        let id = result.scenario.requirement.as_deref().unwrap_or("(no requirement)");
        of.entry(id).or_default().entry(&result.scenario.unit).or_default().push(result);
    }
    let row = |(id, cells): (&str, BTreeMap<&str, Vec<&ScenarioResult>>)| {
        let known = catalogue.and_then(|catalogue| catalogue.get(id));
        RequirementRow {
            id: id.to_owned(),
            statement: known.map(|requirement| requirement.statement.clone()).unwrap_or_default(),
            level: known.map(|requirement| requirement.level.to_string()).unwrap_or_default(),
            cells: units.iter().map(|unit| cell(cells.get(unit).map_or(&[][..], Vec::as_slice))).collect(),
        }
    };
    of.into_iter().map(row).collect()
}

/// `passed / applicable`, in the colour of the worst verdict.
fn cell(results: &[&ScenarioResult]) -> Cell {
    let counts = Counts::of(results.iter().copied());
    let applicable = counts.total() - counts.not_applicable;
    let class = worst(results.iter().map(|result| &result.verdict));
    let text = match (results.is_empty(), applicable) {
        (true, _) => "–".to_owned(),
        (false, 0) => "n/a".to_owned(),
        (false, _) => format!("{}/{applicable}", counts.passed + counts.flaky),
    };
    let names = [
        (counts.failed, "failed"),
        (counts.undefined, "undefined"),
        (counts.inconclusive, "inconclusive"),
        (counts.flaky, "flaky"),
        (counts.not_applicable, "not applicable"),
        (counts.passed, "passed"),
    ];
    let parts = names.iter().filter(|(number, _)| *number > 0).map(|(number, name)| format!("{number} {name}"));
    Cell { text, class, title: parts.collect::<Vec<_>>().join(", ") }
}

fn features(results: &[&ScenarioResult]) -> Vec<FeatureBlock> {
    let mut files: BTreeMap<(&str, &str), Vec<&ScenarioResult>> = BTreeMap::new();
    for result in results {
        files.entry((&result.scenario.file, &result.scenario.feature)).or_default().push(result);
    }
    let block = |((file, name), mut results): ((&str, &str), Vec<&ScenarioResult>)| {
        results.sort_by_key(|result| (result.scenario.line, result.scenario.unit.clone(), result.scenario.round));
        let counts = Counts::of(results.iter().copied());
        FeatureBlock {
            name: name.to_owned(),
            file: file.to_owned(),
            summary: format!("{} of {} passed", counts.passed + counts.flaky, counts.total() - counts.not_applicable),
            class: worst(results.iter().map(|result| &result.verdict)),
            rules: rules(&results),
        }
    };
    files.into_iter().map(block).collect()
}

/// Results in the order of the file, grouped by rule and scenario.
fn rules(results: &[&ScenarioResult]) -> Vec<RuleBlock> {
    let mut rules: Vec<RuleBlock> = Vec::new();
    for result in results {
        let scenario = &result.scenario;
        let name = scenario.rule.clone().unwrap_or_default();
        if rules.last().is_none_or(|rule| rule.name != name) {
            let requirement = scenario.requirement.clone().unwrap_or_default();
            rules.push(RuleBlock { name, requirement, scenarios: Vec::new() });
        }
        let Some(rule) = rules.last_mut() else { continue };
        if rule.scenarios.last().is_none_or(|last| last.line != scenario.line || last.name != scenario.name) {
            rule.scenarios.push(ScenarioBlock { name: scenario.name.clone(), line: scenario.line, runs: Vec::new() });
        }
        if let Some(block) = rule.scenarios.last_mut() {
            block.runs.push(run_block(result));
        }
    }
    rules
}

fn run_block(result: &ScenarioResult) -> RunBlock {
    let scenario = &result.scenario;
    let round = if scenario.round > 1 { format!(" #{}", scenario.round) } else { String::new() };
    let note = match &result.verdict {
        Verdict::NotApplicable { capability } => format!("the unit lacks {capability}"),
        _ => String::new(),
    };
    let looked_at =
        result.verdict.is_failure() || matches!(result.verdict, Verdict::Flaky { .. } | Verdict::Inconclusive { .. });
    // A page with the steps of every repetition would be too large to open; they stand in verdict.json.
    let with_steps = scenario.round == 1 || looked_at;
    RunBlock {
        label: format!("{}{round}", scenario.unit),
        word: result.verdict.word(),
        class: class(&result.verdict),
        anchor: if looked_at { anchor(result) } else { String::new() },
        took: text::duration(result.duration()),
        folder: link(&result.folder),
        note,
        steps: if with_steps { result.steps.iter().map(step_row).collect() } else { Vec::new() },
    }
}

fn step_row(step: &StepRecord) -> StepRow {
    StepRow {
        keyword: step.keyword.clone(),
        text: step.text.clone(),
        class: match step.status {
            StepStatus::Passed => "passed",
            StepStatus::Failed | StepStatus::Undefined => "failed",
            StepStatus::Skipped => "skipped",
        },
        took: text::duration(std::time::Duration::from_nanos(step.duration)),
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
