//! `offhook list`, `offhook steps`, `offhook coverage`.

use crate::cli::Selected;
use crate::features::{Features, path_of};
use report::standards::Standards;
use report::trace;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use steps::Keyword;

/// Lists scenarios with file, line and requirement.
pub(crate) fn list(selected: &Selected) -> ExitCode {
    let features = match Features::read(selected) {
        Ok(features) => features,
        Err(code) => return code,
    };
    let mut text = String::new();
    for scenario in features.plan.scenarios() {
        let _ = writeln!(
            text,
            "{}:{}  {}  [{}]",
            scenario.file.display(),
            scenario.line,
            scenario.name,
            scenario.requirement().unwrap_or("no requirement")
        );
    }
    let _ = writeln!(text, "{} scenarios", features.plan.scenarios().len());
    crate::say(&text);
    faults(&features)
}

/// Lists phrases.
pub(crate) fn steps() -> ExitCode {
    let mut text = String::new();
    for phrase in steps::phrases::all() {
        let keyword = match phrase.keyword {
            Keyword::Given => "Given",
            Keyword::When => "When",
            Keyword::Then => "Then",
        };
        let _ = writeln!(text, "{keyword:5} {}", phrase.expression);
        for line in phrase.doc.lines() {
            let _ = writeln!(text, "        {}", line.trim());
        }
    }
    crate::say(&text);
    ExitCode::SUCCESS
}

/// Shows the requirement matrix.
pub(crate) fn coverage() -> ExitCode {
    let selected = Selected { features: vec!["features".into()], tags: None, name: None };
    let features = match Features::read(&selected) {
        Ok(features) => features,
        Err(code) => return code,
    };
    let rules: Vec<_> = features.plan.features.iter().flat_map(|f| trace::rules(&path_of(f), f)).collect();
    if let Some(catalogue) = &features.catalogue {
        crate::say(&report::coverage::render(catalogue, &rules));
        let file = Path::new(&catalogue.file).with_file_name("standards.toml");
        match Standards::read(&file) {
            Ok(standards) => crate::say(&format!("\n{}", standards.render(catalogue, &rules))),
            Err(wrong) => {
                wrong.iter().for_each(|error| crate::say_wrong(&report::text::parse_error(error)));
                return ExitCode::FAILURE;
            }
        }
    }
    faults(&features)
}

/// Tells what is wrong with the features; anything wrong fails the command.
fn faults(features: &Features) -> ExitCode {
    for error in &features.errors {
        let line = error.line.map(|l| format!(":{l}")).unwrap_or_default();
        crate::say_wrong(&format!("{}{line}: {}", error.file, error.message));
    }
    if features.errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
