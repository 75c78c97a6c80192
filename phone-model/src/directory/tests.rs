#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use crate::defects::Defect;
use crate::ldap::filter::Filter;
use crate::ldap::{Auth, Entry};
use crate::profile::{Model, Release, Unknown};
use std::collections::BTreeMap;

/// A directory with these settings beside the usual ones.
fn directory(settings: &[(&str, &str)], defects: &[Defect]) -> Directory {
    let usual = [
        ("LDAP_Dir_Enable", "Yes"),
        ("LDAP_Server", "ldaps://ldap.example.com"),
        ("LDAP_Search_Base", "dc=x"),
        ("LDAP_Corp_Dir_Name", "Example"),
    ];
    let values = usual.iter().chain(settings).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let profile = Profile { model: Model::Cp7841, release: Release::DOCUMENT, unknown: Unknown::default() };
    let defects = Defects::of(defects.iter().copied());
    Directory::new(profile, defects, Settings::of(values.collect::<BTreeMap<_, _>>()))
}

impl Directory {
    /// Presses keys: digits as they are, `>` right, `v` down, `^` up, `o` select, `<` back, `D` Directories, `A` to `D`… soft keys by letter.
    fn keys(&mut self, keys: &str) -> Vec<Output> {
        for key in keys.chars() {
            let key = match key {
                '>' => Key::NavRight,
                'v' => Key::NavDown,
                '^' => Key::NavUp,
                'o' => Key::NavSelect,
                '<' => Key::NavBack,
                'D' => Key::Directories,
                'a'..='c' => Key::Soft(key as u8 - b'a' + 1),
                digit => Key::Pad(digit),
            };
            self.handle(Input::Press(key), Instant::ZERO);
        }
        std::iter::from_fn(|| self.poll()).collect()
    }

    fn screen(&self) -> String {
        let Some(page) = self.shown() else { return "(away)".into() };
        let row =
            |(place, row): (usize, &String)| format!("{}{row}", if page.marked == Some(place) { "> " } else { "  " });
        let rows: Vec<String> = page.rows.iter().enumerate().map(row).collect();
        format!("{}\n{}\n[{}]", page.title, rows.join("\n"), page.soft_keys.join("|"))
    }

    fn ends(&mut self, outcome: Result<Found, Failure>) {
        self.handle(Input::Ended(self.lookup, outcome), Instant::ZERO);
        while self.poll().is_some() {}
    }
}

fn search(outputs: &[Output]) -> &Plan {
    let [Output::Search(_, plan)] = outputs else { panic!("{outputs:?}") };
    plan
}

fn people(names: &[&str]) -> Vec<Entry> {
    let entry = |name: &&str| Entry {
        attributes: vec![
            ("cn".into(), vec![(*name).to_owned()]),
            ("telephoneNumber".into(), vec![format!("+1 555 010{}", name.len()), "200".into()]),
        ],
    };
    names.iter().map(entry).collect()
}

#[test]
fn a_person_finds_somebody_and_calls() {
    let mut directory = directory(&[], &[]);
    assert_eq!(directory.screen(), "(away)");
    directory.keys("D");
    insta::assert_snapshot!(directory.screen(), @r"
    Directory
    > Example
    [Select|Exit]
    ");
    directory.keys("a2>v222>");
    insta::assert_snapshot!(directory.screen(), @r"
    Example
      First name: a
    > Last name: c_
    [Search|Delete|Cancel]
    ");
    let outputs = directory.keys("a");
    let plan = search(&outputs);
    assert_eq!(Some(plan.filter.clone()), Filter::parse("(&(cn=a*)(sn=c*))").ok());
    assert_eq!((plan.base.as_str(), plan.attributes.join(" ").as_str()), ("dc=x", "cn telephoneNumber"));
    assert!(plan.server.secure && !plan.start_tls && plan.auth == Auth::None);
    insta::assert_snapshot!(directory.screen(), @r"
    Example
      Searching
    [Cancel]
    ");
    directory.ends(Ok(Found { entries: people(&["Ann", "Zo\u{eb} Cole"]), end: End::More }));
    directory.keys("v");
    insta::assert_snapshot!(directory.screen(), @r"
    2 found, there are more
      Ann
    > Zoë Cole
    [Call|Select|Back]
    ");
    directory.keys("o");
    insta::assert_snapshot!(directory.screen(), @r"
    Zoë Cole
      Name: Zoë Cole
    > Phone: +1 555 0109
      Phone: 200
    [Call|Back]
    ");
    assert_eq!(directory.keys("va"), [Output::Dial("200".into())]);
    assert_eq!(directory.screen(), "(away)");
}

#[test]
fn an_entry_can_be_called_from_the_list_with_its_number_mapped() {
    let mut directory = directory(&[("LDAP_Number_Mapping", "(<+1:9>xx.)")], &[]);
    directory.keys("Doo");
    directory.ends(Ok(Found { entries: people(&["Ann"]), end: End::Complete }));
    assert_eq!(directory.keys("a"), [Output::Dial("95550103".into())]);
}

#[test]
fn failures_stand_on_the_screen_and_lead_back_to_the_form() {
    let mut directory = directory(&[], &[]);
    directory.keys("Do2a");
    directory.ends(Err(Failure::Certificate("certificate of the server is for another name".into())));
    insta::assert_snapshot!(directory.screen(), @r"
    Example
      Refused: certificate of the server is for another name
    [Back]
    ");
    directory.keys("a");
    assert!(directory.screen().contains("First name: a_"), "{}", directory.screen());
    directory.keys("a");
    directory.ends(Ok(Found { entries: vec![], end: End::Complete }));
    assert!(directory.screen().contains("No match"));
    directory.keys("aa");
    directory.ends(Ok(Found { entries: people(&["Ann"]), end: End::Broken(Failure::Closed) }));
    assert!(directory.screen().starts_with("1 found: Connection to the server lost\n"));
}

#[test]
fn settings_that_cannot_be_used_are_told_before_anything_is_sent() {
    let said = |settings: &[(&str, &str)]| {
        let mut directory = directory(settings, &[]);
        let outputs = directory.keys("Doo");
        assert!(!outputs.iter().any(|output| matches!(output, Output::Search(..))));
        directory.screen().lines().nth(1).unwrap_or_default().trim().to_owned()
    };
    assert_eq!(said(&[("LDAP_Server", "")]), "No directory server is set");
    assert_eq!(said(&[("LDAP_Server", "x://y")]), "Setting cannot be used: Server");
    let digest = [("LDAP_Server", "ldaps://192.0.2.9"), ("LDAP_Auth_Method", "DIGEST-MD5")];
    assert_eq!(said(&digest), "DIGEST-MD5 needs a server name, not an address");
    let mut off = directory(&[("LDAP_Dir_Enable", "No")], &[]);
    off.keys("Do");
    assert!(off.screen().contains("No directory is set up"));
}

#[test]
fn an_empty_form_asks_for_anybody_and_further_fields_count() {
    let filter = |settings: &[(&str, &str)], keys: &str| {
        let outputs = directory(settings, &[]).keys(keys);
        search(&outputs).filter.clone()
    };
    assert_eq!(filter(&[], "Doo"), Filter::parse("(sn=*)").unwrap());
    assert_eq!(filter(&[("LDAP_Last_Name_Filter", "sn:(sn=*$VALUE*)")], "Dov2o"), Filter::parse("(sn=*a*)").unwrap());
    let items = [
        ("LDAP_Search_Item_3", "mail"),
        ("LDAP_Search_Item_4", "roomNumber"),
        ("LDAP_Item_4_Filter", "(roomNumber=$VALUE)"),
    ];
    assert_eq!(filter(&items, "Dovv2v2o"), Filter::parse("(&(mail=a*)(roomNumber=a))").unwrap());
}

#[test]
fn typed_characters_stay_a_value() {
    let keys = "Dov2>*>####>###>88>444>3>111111>*o";
    let outputs = directory(&[], &[]).keys(keys);
    let value = b"a*)(uid=*".to_vec();
    let expected = Filter::Substrings { attribute: "sn".into(), parts: vec![value, vec![]] };
    assert_eq!(search(&outputs).filter, expected);
    let outputs = directory(&[], &[Defect::LdapUnescapedFilter]).keys(keys);
    assert!(matches!(search(&outputs).filter, Filter::Or(_)), "{outputs:?}");
}

#[test]
fn an_entry_without_anything_to_show_marks_nothing_and_calls_nobody() {
    let mut directory = directory(&[("LDAP_Display_Attrs", "a=mail")], &[]);
    directory.keys("Doo");
    directory.ends(Ok(Found { entries: people(&["Ann"]), end: End::Complete }));
    directory.keys("o");
    let page = directory.shown().unwrap();
    assert_eq!((page.rows, page.marked), (Vec::<String>::new(), None));
    assert_eq!(directory.keys("a"), []);
    assert!(directory.shown().is_some());
}

#[test]
fn what_was_given_up_is_not_shown() {
    let mut directory = directory(&[], &[]);
    directory.keys("Doo");
    assert_eq!(directory.keys("a"), [Output::GiveUp]);
    let late = Ok(Found { entries: people(&["Ann"]), end: End::Complete });
    directory.ends(late.clone());
    assert!(directory.screen().contains("First name"));
    // Nor is the outcome of an earlier lookup.
    directory.keys("o");
    directory.handle(Input::Ended(1, late), Instant::ZERO);
    assert!(directory.screen().contains("Searching"));
    assert_eq!(directory.keys("D"), [Output::GiveUp]);
    assert_eq!(directory.screen(), "(away)");
}
