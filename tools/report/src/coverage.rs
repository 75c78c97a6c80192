//! Requirements against scenarios and rows of the standards table, as text.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::{Catalogue, Status};
use crate::text;
use crate::trace::TracedRule;

/// A table of requirements with their scenarios and rows, then the sums.
pub fn render(catalogue: &Catalogue, rules: &[TracedRule]) -> String {
    let mut scenarios: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in rules {
        for id in &rule.requirements {
            *scenarios.entry(id).or_default() += rule.scenarios;
        }
    }
    let mut rows = vec![["requirement", "level", "status", "rows", "scenarios"].map(str::to_owned).to_vec()];
    let mut covered: BTreeSet<&str> = BTreeSet::new();
    let mut open: BTreeSet<&str> = BTreeSet::new();
    let mut tested = 0_usize;
    for requirement in catalogue.iter() {
        let count = scenarios.get(requirement.id.as_str()).copied().unwrap_or(0);
        let names = requirement.covers.iter().map(String::as_str);
        if count > 0 {
            tested += 1;
            covered.extend(names);
        } else {
            open.extend(names);
        }
        rows.push(vec![
            requirement.id.clone(),
            requirement.level.to_string(),
            match requirement.status {
                Status::Tested => "tested".to_owned(),
                Status::Open => "open".to_owned(),
            },
            requirement.covers.join(" "),
            count.to_string(),
        ]);
    }
    let total: usize = scenarios.values().sum();
    let open = open.difference(&covered).count();
    format!(
        "{}\n{tested} of {} requirements tested by {}; {} of the standards covered, {open} named and open\n",
        text::table(&rows, 4),
        rows.len() - 1,
        text::count(total, "scenario"),
        text::count(covered.len(), "row"),
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::trace::tests::{CATALOGUE, FEATURE, traced};

    #[test]
    fn the_table_shows_each_requirement_with_its_scenarios_and_rows() {
        let catalogue = Catalogue::parse("requirements.toml", CATALOGUE).unwrap();
        insta::assert_snapshot!(render(&catalogue, &traced(FEATURE)), @r"
        requirement                   level     status  rows           scenarios
        doc/domains/saved             document  tested                         1
        doc/domains/silence-unlisted  document  tested  SIP-07                 3
        rfc3261/22.1/challenge        must      open    DIG-01 SIP-07          0

        2 of 3 requirements tested by 4 scenarios; 1 row of the standards covered, 1 named and open
        ");
    }
}
