//! Which scenarios there are: feature files read, outlines expanded, filtered by path, name and tags.

use cucumber::feature::Ext as _;
use cucumber::tag::Ext as _;
use gherkin::tagexpr::TagOperation;
use gherkin::{Feature, GherkinEnv, ParseFileError};
use std::path::{Path, PathBuf};

/// What to run.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Feature files or folders; the default folder when empty.
    pub paths: Vec<PathBuf>,
    /// Tag expression, as in `@req:doc/domains/silence and not @slow`.
    pub tags: Option<TagOperation>,
    /// A part of the scenario's name.
    pub name: Option<String>,
}

/// One scenario as the features have it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlannedScenario {
    /// Feature file.
    pub file: PathBuf,
    /// Feature.
    pub feature: String,
    /// Rule, the requirement in words.
    pub rule: Option<String>,
    /// Name, placeholders filled in.
    pub name: String,
    /// Line in the file.
    pub line: u32,
    /// All tags, without `@`.
    pub tags: Vec<String>,
}

impl PlannedScenario {
    /// The requirement that its rule is about (`@req:` tag).
    pub fn requirement(&self) -> Option<&str> {
        self.tag("req:")
    }

    /// The rest of the tag that starts so.
    pub fn tag(&self, prefix: &str) -> Option<&str> {
        self.tags.iter().find_map(|t| t.strip_prefix(prefix))
    }

    /// The scenario of a running feature.
    pub fn of(feature: &Feature, rule: Option<&gherkin::Rule>, scenario: &gherkin::Scenario) -> Self {
        let tags = feature.tags.iter().chain(rule.into_iter().flat_map(|r| &r.tags)).chain(&scenario.tags);
        PlannedScenario {
            file: feature.path.clone().unwrap_or_default(),
            feature: feature.name.clone(),
            rule: rule.map(|r| r.name.clone()),
            name: scenario.name.clone(),
            line: u32::try_from(scenario.position.line).unwrap_or(u32::MAX),
            tags: tags.map(|t| t.trim_start_matches('@').to_owned()).collect(),
        }
    }
}

/// A feature file that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Which file.
    pub file: PathBuf,
    /// Where, when known.
    pub line: Option<u32>,
    /// Why.
    pub message: String,
}

/// The features of a selection, with nothing in them but the selected scenarios.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Features with scenarios to run.
    pub features: Vec<Feature>,
    /// Files that cannot be read; any of them fails the run.
    pub unreadable: Vec<Unreadable>,
}

impl Plan {
    /// Reads the files of a selection.
    pub fn read(selection: &Selection) -> Plan {
        let mut plan = Plan::default();
        for path in &selection.paths {
            match feature_files(path) {
                Ok(files) if files.is_empty() => plan.fault(path, None, "there is no feature file in it"),
                Ok(files) => files.iter().for_each(|f| plan.take(f, selection)),
                Err(e) => plan.fault(path, None, &e.to_string()),
            }
        }
        plan
    }

    /// All scenarios, in the order of the files.
    pub fn scenarios(&self) -> Vec<PlannedScenario> {
        let mut all = Vec::new();
        for feature in &self.features {
            all.extend(feature.scenarios.iter().map(|s| PlannedScenario::of(feature, None, s)));
            for rule in &feature.rules {
                all.extend(rule.scenarios.iter().map(|s| PlannedScenario::of(feature, Some(rule), s)));
            }
        }
        all
    }

    /// The scenarios of this plan that carry a tag, and nothing else.
    pub fn tagged(&self, tag: &str) -> Plan {
        let mut plan = self.clone();
        for feature in &mut plan.features {
            let whole = feature.clone();
            let carries = |rule: Option<&gherkin::Rule>, s: &gherkin::Scenario| {
                PlannedScenario::of(&whole, rule, s).tags.iter().any(|t| t == tag)
            };
            feature.scenarios.retain(|s| carries(None, s));
            for rule in &mut feature.rules {
                let title = rule.clone();
                rule.scenarios.retain(|s| carries(Some(&title), s));
            }
            feature.rules.retain(|r| !r.scenarios.is_empty());
        }
        plan.features.retain(|f| !f.scenarios.is_empty() || !f.rules.is_empty());
        plan
    }

    fn take(&mut self, file: &Path, selection: &Selection) {
        let parsed = Feature::parse_path(file, GherkinEnv::default());
        let feature = match parsed {
            Ok(feature) => feature,
            Err(e) => {
                let (line, message) = explained(file, &e);
                return self.fault(file, line, &message);
            }
        };
        let mut feature = match feature.expand_examples() {
            Ok(feature) => feature,
            Err(e) => return self.fault(file, None, &e.to_string()),
        };
        let whole = feature.clone();
        let wanted = |rule: Option<&gherkin::Rule>, s: &gherkin::Scenario| {
            let planned = PlannedScenario::of(&whole, rule, s);
            selection.tags.as_ref().is_none_or(|t| t.eval(planned.tags.iter()))
                && selection.name.as_ref().is_none_or(|n| planned.name.contains(n.as_str()))
        };
        feature.scenarios.retain(|s| wanted(None, s));
        for rule in &mut feature.rules {
            let title = rule.clone();
            rule.scenarios.retain(|s| wanted(Some(&title), s));
        }
        feature.rules.retain(|r| !r.scenarios.is_empty());
        if !feature.scenarios.is_empty() || !feature.rules.is_empty() {
            self.features.push(feature);
        }
    }

    fn fault(&mut self, file: &Path, line: Option<u32>, message: &str) {
        self.unreadable.push(Unreadable { file: file.to_owned(), line, message: message.trim().to_owned() });
    }
}

fn feature_files(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        std::fs::metadata(path)?;
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?.path();
        if entry.is_dir() {
            files.extend(feature_files(&entry)?);
        } else if entry.extension().is_some_and(|e| e == "feature") {
            files.push(entry);
        }
    }
    files.sort();
    Ok(files)
}

/// Where a file does not parse, and the line that the parser stumbles over.
fn explained(file: &Path, error: &ParseFileError) -> (Option<u32>, String) {
    let (source, known) = match error {
        ParseFileError::Reading { source, .. } => return (None, source.to_string()),
        ParseFileError::Parsing { source, error, .. } => (source, error.as_ref()),
    };
    let Some(line) = line_of(&source.to_string()) else { return (None, source.to_string()) };
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let reached = text.lines().zip(1..=line).filter(|(text, _)| !text.trim().is_empty()).last();
    let (stumbled, line) = match reached {
        Some((text, at)) if at == line => (format!("`{}` cannot stand here", text.trim()), line),
        Some((text, at)) => (format!("`{}` cannot stand here, or something is missing after it", text.trim()), at),
        None => ("it is empty".into(), line),
    };
    // What the parser says of keywords is about its own inner ones; that a row of a table is too short, say, is worth telling.
    let known = known.map(ToString::to_string).filter(|known| !known.starts_with("Unknown keyword"));
    (Some(line), known.map_or(stumbled.clone(), |known| format!("{stumbled}: {known}")))
}

/// The parser says `Error at 3:5: …`, and tells the place in no other way.
fn line_of(message: &str) -> Option<u32> {
    let place = message.split("at ").nth(1)?;
    place.split(':').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;

    fn unreadable(text: &str) -> (Option<u32>, String) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.feature");
        std::fs::write(&file, text).unwrap();
        let plan = Plan::read(&Selection { paths: vec![file.clone()], ..Selection::default() });
        let [fault] = plan.unreadable.as_slice() else { panic!("{:?}", plan.unreadable) };
        assert_eq!(fault.file, file);
        (fault.line, fault.message.clone())
    }

    #[test]
    fn a_line_that_is_no_gherkin_is_named_with_its_number() {
        let (line, message) = unreadable("Feature: a\n\n  Scenario: b\n    Given c\n    Whenever d\n");
        insta::assert_snapshot!(format!("{line:?} {message}"), @"Some(5) `Whenever d` cannot stand here, or something is missing after it");
    }

    #[test]
    fn a_file_that_is_no_feature_is_told() {
        let (line, message) = unreadable("Hello\n");
        insta::assert_snapshot!(format!("{line:?} {message}"), @"Some(1) `Hello` cannot stand here, or something is missing after it");
    }

    #[test]
    fn a_file_that_is_not_there_is_told() {
        let plan = Plan::read(&Selection { paths: vec!["no-such.feature".into()], ..Selection::default() });
        assert_eq!(plan.unreadable[0].message, "No such file or directory (os error 2)");
    }
}
