//! Every scenario, by feature and rule, with its steps.

use std::collections::BTreeMap;

use super::{anchor, class, link, worst};
use crate::event::{ScenarioResult, StepRecord, StepStatus};
use crate::tally::Counts;
use crate::text;
use crate::verdict::Verdict;

pub(super) struct FeatureBlock {
    pub(super) name: String,
    pub(super) file: String,
    pub(super) summary: String,
    pub(super) class: &'static str,
    pub(super) rules: Vec<RuleBlock>,
}

pub(super) struct RuleBlock {
    pub(super) name: String,
    pub(super) requirement: String,
    pub(super) scenarios: Vec<ScenarioBlock>,
}

pub(super) struct ScenarioBlock {
    pub(super) name: String,
    pub(super) line: u32,
    pub(super) runs: Vec<RunBlock>,
}

pub(super) struct RunBlock {
    pub(super) label: String,
    pub(super) word: &'static str,
    pub(super) class: &'static str,
    pub(super) anchor: String,
    pub(super) took: String,
    pub(super) folder: String,
    pub(super) note: String,
    pub(super) steps: Vec<StepRow>,
}

pub(super) struct StepRow {
    pub(super) keyword: String,
    pub(super) text: String,
    pub(super) class: &'static str,
    pub(super) took: String,
}

pub(super) fn features(results: &[&ScenarioResult]) -> Vec<FeatureBlock> {
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
