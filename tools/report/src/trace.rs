//! Rules of the features against the catalogue: every rule names a requirement that exists, and every requirement
//! that is called tested has a rule. Traceability that is not checked turns into decoration.

use std::collections::BTreeMap;

use gherkin::{Feature, Scenario};

use crate::catalogue::{Catalogue, Status};
use crate::event::ParseError;

/// A rule of a feature, with the requirement it claims to test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedRule {
    /// Feature file, as it was named.
    pub file: String,
    /// Line of the rule.
    pub line: u32,
    /// Title of the feature.
    pub feature: String,
    /// Title of the rule.
    pub name: String,
    /// Requirement ids of its `@req:` tags. One, when all is well.
    pub requirements: Vec<String>,
    /// Scenarios under it; each row of an outline counts.
    pub scenarios: usize,
}

/// The rules of a feature. Scenarios that stand under no rule come as one rule without requirement.
pub fn rules(file: &str, feature: &Feature) -> Vec<TracedRule> {
    let mut rules = Vec::new();
    if let Some(first) = feature.scenarios.first() {
        rules.push(TracedRule {
            file: file.to_owned(),
            line: number(first.position.line),
            feature: feature.name.clone(),
            name: String::new(),
            requirements: Vec::new(),
            scenarios: feature.scenarios.iter().map(rows).sum(),
        });
    }
    rules.extend(feature.rules.iter().map(|rule| TracedRule {
        file: file.to_owned(),
        line: number(rule.position.line),
        feature: feature.name.clone(),
        name: rule.name.clone(),
        requirements: rule.tags.iter().filter_map(|tag| requirement(tag)).map(str::to_owned).collect(),
        scenarios: rule.scenarios.iter().map(rows).sum(),
    }));
    rules
}

/// The requirement id in a tag `req:<id>`, with or without its `@`.
pub fn requirement(tag: &str) -> Option<&str> {
    tag.trim_start_matches('@').strip_prefix("req:")
}

/// Everything in which rules and catalogue disagree.
pub fn check(catalogue: &Catalogue, rules: &[TracedRule]) -> Vec<ParseError> {
    let mut errors = Vec::new();
    let mut seen: BTreeMap<&str, &TracedRule> = BTreeMap::new();
    for rule in rules {
        let mut wrong = |message: String| {
            errors.push(ParseError { file: rule.file.clone(), line: Some(rule.line), message });
        };
        match rule.requirements.as_slice() {
            [] if rule.name.is_empty() => wrong("scenarios stand outside a Rule, so they test no requirement".into()),
            [] => wrong(format!("rule \"{}\" has no @req: tag", rule.name)),
            [_] => {}
            [_, ..] => wrong(format!("rule \"{}\" has more than one @req: tag", rule.name)),
        }
        if rule.scenarios == 0 {
            wrong(format!("rule \"{}\" has no scenario", rule.name));
        }
        for id in &rule.requirements {
            match catalogue.get(id).map(|found| found.status) {
                None => wrong(format!("@req:{id} is not in {}", catalogue.file)),
                Some(Status::Open) => wrong(format!("@req:{id} is still called open in {}", catalogue.file)),
                Some(Status::Tested) => {}
            }
            if let Some(first) = seen.insert(id, rule) {
                wrong(format!("@req:{id} already stands at {}:{}", first.file, first.line));
            }
        }
    }
    for requirement in catalogue.iter().filter(|requirement| requirement.status == Status::Tested) {
        if !seen.contains_key(requirement.id.as_str()) {
            let message = format!("{} is called tested, but no Rule carries @req:{0}", requirement.id);
            errors.push(ParseError { file: catalogue.file.clone(), line: Some(requirement.line), message });
        }
    }
    errors
}

/// How many scenarios run for one: each row of an outline's examples, else itself.
fn rows(scenario: &Scenario) -> usize {
    if scenario.examples.is_empty() {
        return 1;
    }
    let tables = scenario.examples.iter().filter_map(|examples| examples.table.as_ref());
    tables.map(|table| table.rows.len().saturating_sub(1)).sum()
}

fn number(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    pub(crate) const FEATURE: &str = r#"
Feature: Restrict access to domains

  @req:doc/domains/silence-unlisted
  Rule: unlisted servers get silence
    Scenario Outline: <method>
      When an unlisted server sends <method>
      Examples:
        | method |
        | INVITE |
        | BYE    |
    Scenario: a forged reply
      When an unlisted server sends a reply

  @req:doc/domains/saved
  Rule: the setting is kept
    Scenario: power loss
      When power is lost
"#;
    pub(crate) const CATALOGUE: &str = r#"
[[requirement]]
id = "doc/domains/silence-unlisted"
section = "Restrict Access to Domains"
statement = "An unlisted server gets no answer."
level = "document"
status = "tested"
covers = ["SIP-07"]

[[requirement]]
id = "doc/domains/saved"
section = "Restrict Access to Domains"
statement = "The setting is kept."
level = "document"
status = "tested"

[[requirement]]
id = "rfc3261/22.1/challenge"
section = "RFC 3261, 22.1"
statement = "A challenge is a 401."
level = "must"
status = "open"
covers = ["DIG-01", "SIP-07"]
"#;

    pub(crate) fn traced(text: &str) -> Vec<TracedRule> {
        rules("domains.feature", &Feature::parse(text, gherkin::GherkinEnv::default()).unwrap())
    }

    fn problems(catalogue: &str, feature: &str) -> String {
        let errors = check(&Catalogue::parse("requirements.toml", catalogue).unwrap(), &traced(feature));
        let line = |error: &ParseError| format!("{}:{}: {}", error.file, error.line.unwrap_or(0), error.message);
        errors.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn features_and_catalogue_that_agree_pass() {
        assert_eq!(problems(CATALOGUE, FEATURE), "");
        assert_eq!(traced(FEATURE).iter().map(|rule| rule.scenarios).collect::<Vec<_>>(), [3, 1]);
    }

    #[test]
    fn each_disagreement_is_named_where_it_stands() {
        let feature = FEATURE
            .replace("@req:doc/domains/saved", "@req:rfc3261/22.1/challenge @req:doc/domains/unheard-of")
            .replace("Rule: unlisted", "Rule: and once more\n\n  @req:doc/domains/silence-unlisted\n  Rule: unlisted");
        insta::assert_snapshot!(problems(CATALOGUE, &feature), @r#"
        domains.feature:5: rule "and once more" has no scenario
        domains.feature:8: @req:doc/domains/silence-unlisted already stands at domains.feature:5
        domains.feature:19: rule "the setting is kept" has more than one @req: tag
        domains.feature:19: @req:rfc3261/22.1/challenge is still called open in requirements.toml
        domains.feature:19: @req:doc/domains/unheard-of is not in requirements.toml
        requirements.toml:11: doc/domains/saved is called tested, but no Rule carries @req:doc/domains/saved
        "#);
    }

    #[test]
    fn a_scenario_outside_a_rule_is_named() {
        let feature = "Feature: a\n  Scenario: b\n    When c\n";
        assert!(problems(CATALOGUE, feature).contains("domains.feature:2: scenarios stand outside a Rule"));
    }
}
