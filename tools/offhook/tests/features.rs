//! The features as they stand in the project: they parse, agree with the catalogue, and claim defects that exist.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::path::{Path, PathBuf};

use cucumber::gherkin::{Feature, GherkinEnv};
use phone_model::defects::Defect;
use report::catalogue::Catalogue;
use report::standards::{Cover, Standards};
use report::trace;

const FEATURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../features");

#[test]
fn every_rule_has_its_requirement_and_every_tested_requirement_its_rule() {
    let catalogue = Catalogue::read(&Path::new(FEATURES).join("requirements.toml")).unwrap();
    let rules: Vec<_> = features().iter().flat_map(|(file, feature)| trace::rules(file, feature)).collect();
    assert!(!rules.is_empty());
    let wrong: Vec<String> = trace::check(&catalogue, &rules).iter().map(report::text::parse_error).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_test_that_covers_a_row_of_the_standards_exists() {
    let standards = Standards::read(&Path::new(FEATURES).join("standards.toml")).unwrap();
    let mut sources = String::new();
    for folder in ["phone-model", "fixtures", "tools", "steps"] {
        sources_below(&Path::new(FEATURES).join("..").join(folder), &mut sources);
    }
    let missing = standards.iter().flat_map(|row| &row.tests).filter(|test| !sources.contains(&format!("fn {test}(")));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn every_row_of_the_standards_is_covered_or_says_why_not() {
    let standards = Standards::read(&Path::new(FEATURES).join("standards.toml")).unwrap();
    let catalogue = Catalogue::read(&Path::new(FEATURES).join("requirements.toml")).unwrap();
    let rules: Vec<_> = features().iter().flat_map(|(file, feature)| trace::rules(file, feature)).collect();
    let covers = standards.covers(&catalogue, &rules);
    let missing = covers.iter().filter(|(_, cover)| *cover == Cover::Missing).map(|(row, _)| row.id.as_str());
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&str>::new());
    let idle = covers.iter().filter(|(row, cover)| !row.reason.is_empty() && !matches!(cover, Cover::Nothing(_)));
    let idle = idle.map(|(row, _)| row.id.as_str()).collect::<Vec<_>>();
    assert_eq!(idle, Vec::<&str>::new(), "these are covered, and still say why not");
}

#[test]
fn every_defect_that_is_claimed_exists() {
    let mut wrong = Vec::new();
    for (file, feature) in features() {
        for tag in tags(&feature) {
            if let Some(name) = tag.strip_prefix("detects:")
                && !Defect::ALL.iter().any(|defect| defect.name() == name)
            {
                wrong.push(format!("{file}: @{tag}"));
            }
        }
    }
    assert!(wrong.is_empty(), "no such defect: {wrong:#?}");
}

#[test]
fn every_tag_is_one_that_means_something() {
    let known = ["req:", "detects:", "release:", "level:", "profile:"];
    let words = ["sends-malformed", "serial"];
    let mut wrong = Vec::new();
    for (file, feature) in features() {
        for tag in tags(&feature) {
            if !known.iter().any(|prefix| tag.starts_with(prefix)) && !words.contains(&tag.as_str()) {
                wrong.push(format!("{file}: @{tag}"));
            }
        }
    }
    assert!(wrong.is_empty(), "unknown tags, see CONTRIBUTING.md: {wrong:#?}");
}

#[test]
fn no_scenario_of_the_suite_breaks_something_on_purpose() {
    for (file, feature) in features() {
        let rules = feature.rules.iter().flat_map(|rule| &rule.scenarios);
        for step in feature.scenarios.iter().chain(rules).flat_map(|scenario| &scenario.steps) {
            let sabotage = steps::phrases::sabotage::PHRASES.iter().any(|phrase| phrase.expression == step.value);
            assert!(!sabotage, "{file}: {}", step.value);
        }
    }
}

/// Every feature file below the folder, with its name from there.
fn features() -> Vec<(String, Feature)> {
    let mut files = Vec::new();
    collect(Path::new(FEATURES), &mut files);
    files.sort();
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(FEATURES).unwrap().display().to_string();
        let feature = Feature::parse_path(path, GherkinEnv::default());
        (name, feature.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    };
    files.iter().map(read).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "feature") {
            files.push(path);
        }
    }
}

/// All Rust text below a folder.
fn sources_below(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            sources_below(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

fn tags(feature: &Feature) -> Vec<String> {
    let of_rules = feature.rules.iter().flat_map(|rule| {
        rule.tags.iter().chain(rule.scenarios.iter().flat_map(|scenario| {
            scenario.tags.iter().chain(scenario.examples.iter().flat_map(|examples| &examples.tags))
        }))
    });
    let of_scenarios = feature.scenarios.iter().flat_map(|scenario| &scenario.tags);
    feature.tags.iter().chain(of_scenarios).chain(of_rules).cloned().collect()
}
