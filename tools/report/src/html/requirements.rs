//! Requirements against units.

use std::collections::{BTreeMap, BTreeSet};

use super::worst;
use crate::catalogue::Catalogue;
use crate::event::ScenarioResult;
use crate::tally::Counts;

pub(super) struct RequirementRow {
    pub(super) id: String,
    pub(super) statement: String,
    pub(super) note: String,
    pub(super) level: String,
    pub(super) cells: Vec<Cell>,
}

pub(super) struct Cell {
    pub(super) text: String,
    pub(super) class: &'static str,
    pub(super) title: String,
}

pub(super) fn matrix(
    results: &[&ScenarioResult],
    units: &BTreeSet<&str>,
    catalogue: Option<&Catalogue>,
) -> Vec<RequirementRow> {
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
            note: known.map(|requirement| requirement.note.clone()).unwrap_or_default(),
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
