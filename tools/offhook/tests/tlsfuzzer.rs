//! The list of `ci/tlsfuzzer`: what of tlsfuzzer runs against our TLS, what does not, and why. The scripts themselves are not part of the
//! project; that the list names every one of a checkout is looked at by `ci/tlsfuzzer/run`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::BTreeSet;
use std::path::Path;

const TARGETS: [&str; 5] = ["peer-rsa", "peer-ec", "peer-asking", "phone-1.2", "phone-1.3"];

/// A row: what is done with a script, or with one conversation of it.
#[derive(Debug)]
struct Row {
    kind: String,
    script: String,
    targets: BTreeSet<&'static str>,
    what: String,
    seen: String,
    why: String,
}

fn rows() -> Vec<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ci/tlsfuzzer/scripts.tsv");
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().filter(|line| !line.starts_with('#')).map(row).collect()
}

fn row(line: &str) -> Row {
    let columns: Vec<&str> = line.split('\t').collect();
    let [kind, script, targets, what, seen, why] = columns[..] else { panic!("not six columns: {line}") };
    // The shell runs tabs together, so no column may be empty.
    assert!(columns.iter().all(|column| !column.is_empty() && column.trim() == *column), "{line}");
    let [kind, script, what, seen, why] = [kind, script, what, seen, why].map(str::to_owned);
    Row { kind, script, targets: named(targets), what, seen, why }
}

fn named(targets: &str) -> BTreeSet<&'static str> {
    let found = targets.split(',').flat_map(|one| {
        let these: Vec<_> = TARGETS.into_iter().filter(|target| is_named(one, target)).collect();
        assert!(!these.is_empty(), "no target is {one}");
        these
    });
    found.collect()
}

fn is_named(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((before, after)) => name.starts_with(before) && name.ends_with(after),
        None => pattern == name || pattern == "all",
    }
}

#[test]
fn every_row_says_what_and_why() {
    for row in rows() {
        assert!(row.script.starts_with("test-") && row.script.ends_with(".py"), "{row:?}");
        let blank = |text: &str| text == "-";
        match row.kind.as_str() {
            "run" => assert!(blank(&row.seen) && blank(&row.why), "{row:?}"),
            "differs" => assert!(!blank(&row.what) && !blank(&row.seen) && !blank(&row.why), "{row:?}"),
            "leaves" => assert!(!blank(&row.what) && blank(&row.seen) && !blank(&row.why), "{row:?}"),
            "not" => assert!(blank(&row.what) && blank(&row.seen) && !blank(&row.why), "{row:?}"),
            _ => panic!("no such kind: {row:?}"),
        }
    }
}

/// A script that neither runs against one of the two nor is said not to would have been forgotten.
#[test]
fn every_script_is_run_against_peer_and_phone_or_is_said_not_to_be() {
    let rows = rows();
    let scripts: BTreeSet<&str> = rows.iter().map(|row| row.script.as_str()).collect();
    for script in scripts {
        let of = |kind: &str| -> BTreeSet<&str> {
            let mine = rows.iter().filter(|row| row.kind == kind && row.script == script);
            mine.flat_map(|row| row.targets.iter().copied()).collect()
        };
        let (run, not) = (of("run"), of("not"));
        assert!(run.is_disjoint(&not), "{script} is run against {run:?} and not run against {not:?}");
        for side in ["peer-", "phone-"] {
            let is_named = run.iter().chain(&not).any(|target| target.starts_with(side));
            assert!(is_named, "{script} is neither run against a {side}* nor said not to be");
        }
    }
}

#[test]
fn conversations_are_excused_only_in_scripts_that_are_run() {
    let rows = rows();
    for row in rows.iter().filter(|row| ["differs", "leaves"].contains(&row.kind.as_str())) {
        let runs = rows.iter().filter(|other| other.kind == "run" && other.script == row.script);
        let run: BTreeSet<&str> = runs.flat_map(|other| other.targets.iter().copied()).collect();
        let idle: Vec<_> = row.targets.difference(&run).collect();
        assert!(idle.is_empty(), "{} is not run against {idle:?}: {}", row.script, row.what);
    }
}
