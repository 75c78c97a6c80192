#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use crate::profile::Model;
use crate::settings::Kind;
use crate::state::{HistoryEntry, HistoryKind};
use crate::web::site::tests::{Bench, bench};
use scraper::{ElementRef, Html, Selector};
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

fn page(bench: &Bench, target: &str) -> Html {
    let reply = bench.get(target);
    assert_eq!(reply.status, 200, "{target}");
    Html::parse_document(std::str::from_utf8(&reply.body).unwrap())
}

fn all<'a>(html: &'a Html, css: &str) -> Vec<ElementRef<'a>> {
    html.select(&Selector::parse(css).unwrap()).collect()
}

fn text(element: &ElementRef<'_>) -> String {
    element.text().collect::<String>().trim().to_owned()
}

#[test]
fn every_field_has_a_label_and_a_numeric_name_of_its_own() {
    for model in Model::ALL {
        let bench = bench(model);
        let html = page(&bench, "/admin/advanced");
        let labels: BTreeMap<String, String> =
            all(&html, "label").iter().map(|l| (l.attr("for").unwrap().to_owned(), text(l))).collect();
        let fields = all(&html, "form input[name], form select[name]");
        let mut names = HashSet::new();
        for field in &fields {
            let name = field.attr("name").unwrap();
            assert!(names.insert(name), "{name} twice");
            assert!(!labels[field.attr("id").unwrap()].is_empty());
            let digits = if field.attr("type") == Some("password") { name.strip_prefix('P').unwrap() } else { name };
            assert!(digits.bytes().all(|b| b.is_ascii_digit()), "{name}");
        }
        let changeable = bench.store.catalogue().all().iter().filter(|p| p.kind != Kind::ReadOnly).count();
        assert_eq!(fields.len(), changeable);
        assert_eq!(labels.len(), bench.store.catalogue().all().len());
        let ids: Vec<_> = all(&html, "[id]").iter().map(|e| e.attr("id").unwrap().to_owned()).collect();
        assert_eq!(ids.len(), ids.iter().collect::<HashSet<_>>().len(), "ids are unique");
    }
}

#[test]
fn the_page_has_the_structure_of_a_unit() {
    let html = page(&bench(Model::Cp7821), "/admin/advanced");
    assert_eq!(text(&all(&html, "title")[0]), "CP-7821-3PCC Configuration Utility");
    let form = all(&html, "form");
    assert_eq!(form.len(), 1);
    assert_eq!((form[0].attr("action"), form[0].attr("method")), (Some("bcisco.csc"), Some("post")));
    let buttons: Vec<_> =
        all(&html, "form .buttons input").iter().map(|b| b.attr("value").unwrap().to_owned()).collect();
    assert_eq!(buttons, ["Submit All Changes", "Undo All Changes"]);
    let mut outline = String::new();
    for pane in all(&html, ".pane") {
        writeln!(outline, "{}", pane.attr("id").unwrap()).unwrap();
        for tab in pane.select(&Selector::parse(".tab").unwrap()) {
            let heads: Vec<_> = tab.select(&Selector::parse("h3").unwrap()).map(|h| text(&h)).collect();
            writeln!(outline, "  {}: {}", tab.attr("id").unwrap(), heads.join(", ")).unwrap();
        }
    }
    insta::assert_snapshot!(outline);
}

#[test]
fn the_views_show_what_they_should() {
    let bench = bench(Model::Cp7841);
    let tabs = |target: &str| -> Vec<String> {
        all(&page(&bench, target), "#Voice .tab").iter().map(|t| t.attr("id").unwrap().to_owned()).collect()
    };
    let count = |target: &str| all(&page(&bench, target), "form input[name], form select[name]").len();
    let every = [
        "System",
        "SIP",
        "Provisioning",
        "Regional",
        "Phone",
        "Ext 1",
        "Ext 2",
        "Ext 3",
        "Ext 4",
        "User",
        "Att Console",
        "TR-069",
    ];
    assert_eq!(tabs("/admin/advanced"), every);
    assert!(!tabs("/admin/basic").contains(&"Att Console".to_owned()));
    assert!(count("/admin/advanced") > count("/admin/basic") && count("/admin/basic") > count("/basic"));
    for target in ["/", "/user", "/basic"] {
        let html = page(&bench, target);
        let labels: Vec<_> = all(&html, "label").iter().map(text).collect();
        assert!(labels.contains(&"Hold Reminder Timer".to_owned()));
        assert!(!labels.contains(&"Restricted Access Domains".to_owned()));
    }
    assert_eq!(bench.get("/admin").status, 302);
}

#[test]
fn fields_show_the_values_that_are_stored() {
    let bench = bench(Model::Cp7841);
    bench.set(&[
        ("Restricted_Access_Domains", "voiceip.com, voiceip1.com"),
        ("Auth_INVITE_3_", "Yes"),
        ("Station_Name", "\"><b>&'"),
    ]);
    let html = page(&bench, "/admin/advanced");
    let value = |tab: &str, label: &str| {
        let scope = Selector::parse(&format!("[id=\"{tab}\"] label")).unwrap();
        let label = html.select(&scope).find(|l| text(l) == label).unwrap();
        let field = all(&html, &format!("#{}", label.attr("for").unwrap()))[0];
        match field.attr("value") {
            Some(value) => value.to_owned(),
            None => text(&field.select(&Selector::parse("option[selected]").unwrap()).next().unwrap()),
        }
    };
    assert_eq!(value("System", "Restricted Access Domains"), "voiceip.com, voiceip1.com");
    assert_eq!((value("Ext 3", "Auth INVITE"), value("Ext 4", "Auth INVITE")), ("Yes".into(), "No".into()));
    assert_eq!(value("Phone", "Station Name"), "\"><b>&'");
}

#[test]
fn the_call_history_is_listed_by_kind() {
    let bench = bench(Model::Cp7841);
    let call = |kind, number: &str| HistoryEntry { kind, line: 1, name: "<x>".into(), number: number.into(), at: 0 };
    let history =
        vec![call(HistoryKind::Missed, "1"), call(HistoryKind::Placed, "2"), call(HistoryKind::Received, "3")];
    bench.board.change(|s| s.history = history);
    let html = page(&bench, "/basic");
    let numbers = |tab: &str| -> Vec<String> {
        all(&html, &format!("[id=\"{tab}\"] tbody tr td:nth-child(4)")).iter().map(text).collect()
    };
    assert_eq!(numbers("All Calls"), ["1", "2", "3"]);
    assert_eq!(
        (numbers("Missed"), numbers("Received"), numbers("Placed")),
        (vec!["1".into()], vec!["3".into()], vec!["2".into()])
    );
}
