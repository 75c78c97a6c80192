//! The oracle held against a second opinion: what TShark reads in each shared capture.
//!
//! Where the two differ, the table of differences says who is right and why. An entry that no longer differs fails the test.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

#[path = "../corpus/mod.rs"]
mod corpus;
mod differences;
mod lines;

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
        let capture = Capture::read(folder.join(file)).unwrap_or_else(|error| {
            assert!(file.ends_with(".gz"), "{file}: {error}");
            seen.insert((file.to_owned(), "file".to_owned()));
            Capture::new()
        });
        if file.ends_with(".gz") {
            continue;
        }
        for section in sections(entry, &capture) {
            compared += 1;
            if section.ours == section.theirs {
                continue;
            }
            if differences::DIFFERENCES.iter().any(|(f, s, _)| *f == file && *s == section.name) {
                seen.insert((file.to_owned(), section.name.to_owned()));
                continue;
            }
            unexplained.push(report(file, &section));
        }
    }
    assert!(unexplained.is_empty(), "{} differences without a reason:\n{}", unexplained.len(), unexplained.join("\n"));
    let stale: Vec<_> = differences::DIFFERENCES
        .iter()
        .filter(|(file, section, _)| !seen.contains(&((*file).to_owned(), (*section).to_owned())))
        .collect();
    assert!(stale.is_empty(), "no longer different, take them out of the table: {stale:#?}");
    println!("{compared} sections compared, {} differences explained", seen.len());
}

fn sections(entry: &Value, capture: &Capture) -> Vec<Section> {
    let mut sections = vec![lines::frames(entry, capture)];
    let link_read = entry["capture"]["encap"].as_array().unwrap().iter().all(|encap| {
        // wiretap numbers: Ethernet, PPP is not, loopback, cooked, cooked 2.
        matches!(encap.as_str().unwrap(), "1" | "15" | "25" | "210")
    });
    if !link_read {
        return sections;
    }
    let decrypted = entry["tls"]["decrypted"].as_object().is_some_and(|streams| !streams.is_empty());
    // What lies under TLS is not read yet.
    if !decrypted {
        sections.extend([lines::sip(entry, capture), lines::sdp(entry, capture), lines::http(entry, capture)]);
        sections.push(lines::rtp(entry, capture));
    }
    sections.extend([
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
