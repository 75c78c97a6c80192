//! The fuzz targets of `ci/fuzz`, which no build of the workspace sees: each stands in its manifest and has seeds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ci/fuzz")
}

/// The names of what is in a folder, without extension.
fn names(folder: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(fuzz().join(folder)).unwrap();
    entries.map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned()).collect()
}

#[test]
fn every_target_stands_in_the_manifest_and_has_seeds() {
    let manifest: toml::Table = std::fs::read_to_string(fuzz().join("Cargo.toml")).unwrap().parse().unwrap();
    let bins = manifest["bin"].as_array().unwrap().iter();
    let listed: BTreeSet<String> = bins
        .map(|bin| {
            let name = bin["name"].as_str().unwrap().to_owned();
            assert_eq!(bin["path"].as_str(), Some(format!("targets/{name}.rs").as_str()));
            name
        })
        .collect();
    assert_eq!(listed, names("targets"), "the manifest and the folder of targets");
    assert_eq!(listed, names("seeds"), "targets and their seeds");
    for target in &listed {
        let seeds = std::fs::read_dir(fuzz().join("seeds").join(target)).unwrap();
        assert!(seeds.count() > 0, "{target} has no seed");
    }
}

/// A target that nobody calls would be a function that nobody fuzzes.
#[test]
fn every_function_of_the_fuzz_crate_is_a_target() {
    let called: BTreeSet<String> = names("targets")
        .iter()
        .map(|target| std::fs::read_to_string(fuzz().join(format!("targets/{target}.rs"))).unwrap())
        .map(|text| text.split("fuzz::").nth(1).unwrap().split('(').next().unwrap().to_owned())
        .collect();
    let mut offered = BTreeSet::new();
    // A module may have a folder of further files, whose functions it offers as its own.
    let mut files: Vec<(String, String)> = Vec::new();
    for module in names("src") {
        if fuzz().join("src").join(&module).is_dir() {
            let inner = names(&format!("src/{module}"));
            files.extend(inner.into_iter().map(|file| (format!("{module}/{file}"), module.clone())));
        }
        files.push((module.clone(), module));
    }
    for (file, module) in files {
        let text = std::fs::read_to_string(fuzz().join(format!("src/{file}.rs"))).unwrap();
        let functions = text.lines().filter_map(|line| line.strip_prefix("pub fn ")?.split_once("(input: &[u8])"));
        offered.extend(functions.map(|(name, _)| format!("{module}::{name}")));
    }
    assert_eq!(offered, called);
}
