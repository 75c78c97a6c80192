//! The oracle held against a second opinion: what TShark reads in each shared capture.
//!
//! Where the two differ, the table of differences says who is right and why. An entry that no longer differs fails the test.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod asked;
#[path = "../corpus/mod.rs"]
mod corpus;
mod differences;
mod lines;
mod ours;
mod secured;
#[path = "../wire/mod.rs"]
mod wire;

use std::collections::BTreeSet;

use evidence::Capture;
use serde_json::Value;

/// What is compared, and the two readings of it.
struct Section {
    name: &'static str,
    ours: Vec<String>,
    theirs: Vec<String>,
}

#[test]
fn every_capture_reads_as_tshark_reads_it_or_the_table_says_why_not() {
    let Some(folder) = corpus::folder() else {
        return corpus::skip("every_capture_reads_as_tshark_reads_it_or_the_table_says_why_not");
    };
    let expected: Value = serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let mut unexplained = Vec::new();
    let mut seen = BTreeSet::new();
    let mut compared = 0;
    for entry in expected["captures"].as_array().unwrap() {
        let file = entry["file"].as_str().unwrap();
        let keys = entry["keys"].as_str().map(|keys| std::fs::read_to_string(folder.join(keys)).unwrap());
        let read = Capture::read_with_keys(folder.join(file), keys.as_deref().unwrap_or_default());
        let capture = read.unwrap_or_else(|error| {
            assert!(file.ends_with(".gz"), "{file}: {error}");
            seen.insert((file.to_owned(), "file".to_owned()));
            Capture::new()
        });
        if file.ends_with(".gz") {
            continue;
        }
        for section in sections(entry, &capture) {
            compared += 1;
            compare(file, &section, differences::DIFFERENCES, &mut seen, &mut unexplained);
        }
    }
    settle(compared, differences::DIFFERENCES, &seen, &unexplained);
}

#[test]
fn tshark_asked_anew_reads_types_and_options_as_we_do_or_the_table_says_why_not() {
    const TEST: &str = "tshark_asked_anew_reads_types_and_options_as_we_do_or_the_table_says_why_not";
    let Some(folder) = corpus::folder() else { return corpus::skip(TEST) };
    if !asked::installed() {
        println!("skipped: {TEST}: tshark is not installed");
        return;
    }
    let expected: Value = serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let mut captures = Vec::new();
    for entry in expected["captures"].as_array().unwrap().iter().filter(|entry| link_read(entry)) {
        let file = entry["file"].as_str().unwrap();
        let Ok(capture) = Capture::read(folder.join(file)) else { continue };
        if asked::concerns(entry, &capture) {
            captures.push((file.to_owned(), capture));
        }
    }
    let (mut unexplained, mut seen, mut compared) = (Vec::new(), BTreeSet::new(), 0);
    for (file, section) in asked::sections(&captures) {
        compared += 1;
        compare(file, &section, differences::ASKED, &mut seen, &mut unexplained);
    }
    settle(compared, differences::ASKED, &seen, &unexplained);
}

#[test]
fn tshark_reads_packets_of_our_own_as_we_do() {
    if !asked::installed() {
        println!("skipped: tshark_reads_packets_of_our_own_as_we_do: tshark is not installed");
        return;
    }
    let capture = ours::capture();
    let frames = capture.frames().len();
    let (mut unexplained, mut lines) = (Vec::new(), 0);
    for (_, section) in asked::sections(&[("ours".to_owned(), capture)]) {
        lines += section.ours.len();
        assert!(!section.ours.is_empty(), "nothing of {} to compare", section.name);
        compare("our own packets", &section, &[], &mut BTreeSet::new(), &mut unexplained);
    }
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    assert_eq!(lines, frames, "every packet is compared");
}

type Differences = [(&'static str, &'static str, &'static str)];

fn compare(
    file: &str,
    section: &Section,
    known: &Differences,
    seen: &mut BTreeSet<(String, String)>,
    unexplained: &mut Vec<String>,
) {
    if section.ours == section.theirs {
        return;
    }
    if known.iter().any(|(f, s, _)| *f == file && *s == section.name) {
        seen.insert((file.to_owned(), section.name.to_owned()));
        return;
    }
    unexplained.push(report(file, section));
}

/// No difference without a reason, no reason without a difference.
fn settle(compared: usize, known: &Differences, seen: &BTreeSet<(String, String)>, unexplained: &[String]) {
    assert!(unexplained.is_empty(), "{} differences without a reason:\n{}", unexplained.len(), unexplained.join("\n"));
    let stale: Vec<_> = known
        .iter()
        .filter(|(file, section, _)| !seen.contains(&((*file).to_owned(), (*section).to_owned())))
        .collect();
    assert!(stale.is_empty(), "no longer different, take them out of the table: {stale:#?}");
    println!("{compared} sections compared, {} differences explained", seen.len());
}

/// Whether all frames are of links that we read.
fn link_read(entry: &Value) -> bool {
    entry["capture"]["encap"].as_array().unwrap().iter().all(|encap| {
        // wiretap numbers: Ethernet, PPP is not, loopback, cooked, cooked 2.
        matches!(encap.as_str().unwrap(), "1" | "15" | "25" | "210")
    })
}

fn sections(entry: &Value, capture: &Capture) -> Vec<Section> {
    let mut sections = vec![lines::frames(entry, capture)];
    if !link_read(entry) {
        return sections;
    }
    sections.extend(secured::tls(entry, capture));
    sections.extend([
        lines::sip(entry, capture),
        lines::sdp(entry, capture),
        lines::http(entry, capture),
        lines::rtp(entry, capture),
        secured::ldap(entry, capture),
        lines::arp(entry, capture),
        lines::dhcp(entry, capture),
        lines::dns(entry, capture),
        lines::syslog(entry, capture),
        lines::tcp(entry, capture),
    ]);
    sections
}

/// The first lines that differ.
fn report(file: &str, section: &Section) -> String {
    let mut text =
        format!("{file}: {}: ours {} lines, tshark's {}\n", section.name, section.ours.len(), section.theirs.len());
    let only = |these: &[String], those: &[String]| {
        these.iter().filter(|l| !those.contains(l)).take(3).cloned().collect::<Vec<_>>()
    };
    for line in only(&section.ours, &section.theirs) {
        text.push_str(&format!("  ours    {line}\n"));
    }
    for line in only(&section.theirs, &section.ours) {
        text.push_str(&format!("  tshark  {line}\n"));
    }
    text
}
