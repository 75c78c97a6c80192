//! The arrows between our crates, from `cargo metadata`. Phone, servers and oracle are three independent readers of the
//! same bytes only as long as none of them leans on another, so dev-dependencies count.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Which of our crates each of our crates may name. Nothing else is allowed.
const ARROWS: &[(&str, &[&str])] = &[
    ("bench", &[]),
    ("evidence", &[]),
    ("lab", &[]),
    ("phone-model", &[]),
    ("pki", &[]),
    ("report", &["evidence"]),
    ("servers", &["bench", "pki"]),
    ("steps", &["bench", "evidence", "lab", "pki", "servers"]),
    ("offhook", &["bench", "evidence", "lab", "phone-model", "pki", "report", "servers", "steps"]),
];

/// What the oracle must not read packets with: the codecs of the phone and of the servers. A wrong codec would agree with
/// itself.
const NOT_FOR_THE_ORACLE: &[&str] = &["rsip", "dhcproto", "hickory-proto", "hyper", "axum", "ldap3", "lber", "rustls"];

#[test]
fn only_the_drawn_arrows_exist() {
    let found = dependencies();
    let ours: BTreeSet<&str> = found.keys().map(String::as_str).collect();
    let drawn: BTreeSet<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    assert_eq!(ours, drawn, "the crates of the workspace and the crates of the drawing");
    for (name, allowed) in ARROWS {
        let named: BTreeSet<&str> = found[*name].iter().map(String::as_str).filter(|one| ours.contains(one)).collect();
        let wrong: Vec<&&str> = named.iter().filter(|one| !allowed.contains(one)).collect();
        assert!(
            wrong.is_empty(),
            "{name} must not depend on {wrong:?}; it may on {allowed:?} (dev-dependencies count)"
        );
    }
}

#[test]
fn the_drawing_has_no_circle() {
    let mut left: BTreeMap<&str, BTreeSet<&str>> =
        ARROWS.iter().map(|(name, allowed)| (*name, allowed.iter().copied().collect())).collect();
    while let Some(free) = left.iter().find(|(_, to)| to.is_empty()).map(|(name, _)| *name) {
        left.remove(free);
        left.values_mut().for_each(|to| {
            to.remove(free);
        });
    }
    assert!(left.is_empty(), "a circle runs through {:?}", left.keys());
}

#[test]
fn the_oracle_reads_packets_with_code_of_its_own() {
    let found = dependencies();
    let shared: Vec<&String> =
        found["evidence"].iter().filter(|name| NOT_FOR_THE_ORACLE.contains(&name.as_str())).collect();
    assert!(shared.is_empty(), "evidence shares {shared:?} with those it judges");
}

/// Name of each of our crates, and everything that its manifest names: normal, dev and build dependencies.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var_os("CARGO").expect("cargo sets CARGO for its tests");
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path", manifest])
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let name = |value: &serde_json::Value| value["name"].as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .map(|package| (name(package), package["dependencies"].as_array().unwrap().iter().map(name).collect()))
        .collect()
}
