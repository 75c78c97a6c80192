//! Features and catalogue, read and held against each other before anything runs.

use crate::cli::Selected;
use report::ParseError;
use report::catalogue::Catalogue;
use report::trace;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use steps::{Plan, Selection};

/// What was selected, and everything that is wrong with it.
pub(crate) struct Features {
    pub(crate) plan: Plan,
    pub(crate) catalogue: Option<Catalogue>,
    pub(crate) errors: Vec<ParseError>,
}

impl Features {
    /// Reads the selected features and the catalogue beside them.
    ///
    /// # Errors
    /// The exit code of wrong use, when the tag expression is none.
    pub(crate) fn read(selected: &Selected) -> Result<Features, ExitCode> {
        let tags = match selected.tags.as_deref().map(str::parse).transpose() {
            Ok(tags) => tags,
            Err(e) => return Err(crate::wrong_use(&format!("--tags is no tag expression: {e}"))),
        };
        let selection = Selection { paths: selected.features.clone(), tags, name: selected.name.clone() };
        let plan = Plan::read(&selection);
        let mut errors: Vec<ParseError> = plan
            .unreadable
            .iter()
            .map(|u| ParseError { file: u.file.display().to_string(), line: u.line, message: u.message.clone() })
            .collect();
        let catalogue = match catalogue_of(&selected.features).map(|path| Catalogue::read(&path)) {
            None => None,
            Some(Ok(catalogue)) => Some(catalogue),
            Some(Err(wrong)) => {
                errors.extend(wrong);
                None
            }
        };
        if let Some(catalogue) = &catalogue {
            let whole =
                selected.tags.is_none() && selected.name.is_none() && selected.features.iter().all(|p| p.is_dir());
            let rules: Vec<_> = plan.features.iter().flat_map(|f| trace::rules(&path_of(f), f)).collect();
            // A part of the features cannot be held against the whole catalogue; only what it names must be there.
            let checked = trace::check(catalogue, &rules);
            errors.extend(
                checked
                    .into_iter()
                    .filter(|e| whole || (e.file != catalogue.file && !e.message.ends_with("has no scenario"))),
            );
        }
        Ok(Features { plan, catalogue, errors })
    }
}

/// The file of a feature as it was named.
pub(crate) fn path_of(feature: &cucumber::gherkin::Feature) -> String {
    feature.path.as_deref().unwrap_or(Path::new("")).display().to_string()
}

fn catalogue_of(paths: &[PathBuf]) -> Option<PathBuf> {
    paths
        .iter()
        .map(|p| if p.is_dir() { p.join("requirements.toml") } else { p.with_file_name("requirements.toml") })
        .find(|p| p.exists())
}
