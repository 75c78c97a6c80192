#![allow(clippy::unwrap_used)]
use super::*;

const GOOD: &str = r#"
[[requirement]]
id = "doc/domains/silence-unlisted"
section = "Restrict Access to Domains"
statement = "An unlisted server gets no answer."
level = "document"
status = "tested"
covers = ["SIP-07", "DIG-01"]

[[requirement]]
id = "rfc3261/22.1/challenge"
section = "RFC 3261, 22.1"
statement = "A challenge is a 401."
level = "must"
status = "open"
"#;

fn errors(text: &str) -> String {
    let errors = Catalogue::parse("requirements.toml", text).unwrap_err();
    let line = |error: &ParseError| format!("{}: {}", error.line.unwrap_or(0), error.message);
    errors.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_good_catalogue_is_read() {
    let catalogue = Catalogue::parse("requirements.toml", GOOD).unwrap();
    let requirement = catalogue.get("doc/domains/silence-unlisted").unwrap();
    assert_eq!((requirement.line, requirement.level, requirement.status), (3, Level::Document, Status::Tested));
    assert_eq!(requirement.covers, ["SIP-07", "DIG-01"]);
    assert_eq!(catalogue.iter().count(), 2);
}

#[test]
fn every_fault_is_named_with_its_line() {
    let bad = GOOD
        .replace("doc/domains/silence-unlisted", "doc/Domains")
        .replace("\"DIG-01\"", "\"digest\", \"SIP-07\"")
        .replace("A challenge is a 401.", " ");
    insta::assert_snapshot!(errors(&bad), @r#"
    3: "doc/Domains" is no requirement id: it has three parts, doc/<area>/<slug> or rfcNNNN/<section>/<slug>
    8: doc/Domains: "digest" is no row of the standards table, such as DIG-01
    8: doc/Domains: SIP-07 stands twice
    13: rfc3261/22.1/challenge: the statement is empty
    "#);
}

#[test]
fn an_id_that_stands_twice_is_named_with_both_lines() {
    let bad = GOOD.replace("rfc3261/22.1/challenge", "doc/domains/silence-unlisted");
    insta::assert_snapshot!(errors(&bad), @"11: doc/domains/silence-unlisted stands here again; it was on line 3");
}

#[test]
fn an_unknown_level_is_named_with_its_line() {
    insta::assert_snapshot!(errors(&GOOD.replace("\"must\"", "\"shall\"")), @"14: unknown variant `shall`, expected one of `must`, `should`, `may`, `document`, `erratum`");
}

#[test]
fn an_erratum_says_what_is_true() {
    let bad = GOOD.replace("level = \"document\"", "level = \"erratum\"");
    insta::assert_snapshot!(errors(&bad), @"3: doc/domains/silence-unlisted: an erratum has a note that says what is true");
    let good = bad.replace("covers = [\"SIP-07\", \"DIG-01\"]", "note = \"It is otherwise.\"");
    let catalogue = Catalogue::parse("requirements.toml", &good).unwrap();
    assert_eq!(catalogue.get("doc/domains/silence-unlisted").unwrap().note, "It is otherwise.");
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    assert!(errors(&GOOD.replace("covers", "cover")).starts_with("8: unknown field `cover`"));
}
