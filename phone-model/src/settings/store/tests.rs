#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use crate::profile::{Model, Release, Unknown};
use crate::settings::xml;
use crate::state::HistoryKind;
use std::path::Path;

fn profile() -> Profile {
    Profile { model: Model::Cp7841, release: Release::DOCUMENT, unknown: Unknown::default() }
}

fn open(dir: &Path) -> Store {
    open_with(dir, Defects::NONE)
}

fn open_with(dir: &Path, defects: Defects) -> Store {
    Store::open(dir, &profile(), defects).unwrap()
}

fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
}

const LIST: &str = "voiceip.com, voiceip1.com";

#[test]
fn a_change_survives_power_loss() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    assert_eq!(store.snapshot().text(DOMAINS), "");
    assert_eq!(store.snapshot().line_text("SIP_Port", 3), "5062");
    let changed = store.change(values(&[(DOMAINS, LIST), ("Auth_INVITE_2_", "Yes"), ("SIP_T1", ".5")])).unwrap();
    assert_eq!(changed, ["Auth_INVITE_2_", DOMAINS]);
    let again = open(dir.path());
    assert_eq!(again.loss(), None);
    assert_eq!(again.snapshot().text(DOMAINS), LIST);
    assert!(again.snapshot().line_yes("Auth_INVITE", 2));
    assert!(!again.snapshot().line_yes("Auth_INVITE", 1));
}

#[test]
fn a_change_with_one_wrong_value_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let refused =
        store.change(values(&[("Auth_INVITE_1_", "Yes"), (DOMAINS, "http://x"), ("Nonsense", "1")])).unwrap_err();
    insta::assert_snapshot!(refused, @"Nonsense is not a parameter of this phone; Restricted Access Domains holds `http://x`, which is not a domain name");
    assert!(!store.snapshot().line_yes("Auth_INVITE", 1));
    assert!(!open(dir.path()).snapshot().line_yes("Auth_INVITE", 1));
}

#[test]
fn what_cannot_be_kept_is_not_changed() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir.path().join("flash"));
    std::fs::remove_dir_all(dir.path().join("flash")).unwrap();
    assert!(matches!(store.change(values(&[(DOMAINS, LIST)])), Err(Refused::Flash(_))));
    assert_eq!(store.snapshot().text(DOMAINS), "");
}

#[test]
fn damage_is_told_and_the_previous_copy_serves() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.change(values(&[("Station_Name", "one")])).unwrap();
    store.change(values(&[("Station_Name", "two")])).unwrap();
    std::fs::write(dir.path().join("settings"), b"garbage").unwrap();
    let again = open(dir.path());
    insta::assert_snapshot!(again.loss().unwrap(), @"the flash was damaged; the copy before the last change is in use");
    // The write above went through the hard link to neither copy but the current one's name.
    assert_eq!(again.snapshot().text("Station_Name"), "one");
}

#[test]
fn a_profile_changes_what_it_names_and_reports_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.change(values(&[("Station_Name", "kept"), ("SIP_Transport_1_", "TCP")])).unwrap();
    let xml = "<device><flat-profile><Restricted_Access_Domains ua=\"rw\">old.example</Restricted_Access_Domains><Unheard_Of>1</Unheard_Of>\
        <SIP_Transport_1_>CARRIER PIGEON</SIP_Transport_1_><Auth_INVITE_1_>yes</Auth_INVITE_1_>\
        <Restricted_Access_Domains>voiceip.com, voiceip1.com</Restricted_Access_Domains></flat-profile></device>";
    let applied = store.apply_profile(xml.as_bytes()).unwrap();
    assert_eq!(applied.changed, ["Auth_INVITE_1_", DOMAINS]);
    assert_eq!(applied.unknown, 1);
    insta::assert_snapshot!(applied.refused[0], @"SIP Transport is not one of UDP, TCP, TLS, AUTO");
    let settings = open(dir.path()).snapshot();
    assert_eq!(settings.text(DOMAINS), LIST);
    assert_eq!(settings.text("SIP_Transport_1_"), "TCP");
    assert_eq!(settings.text("Station_Name"), "kept");
    assert_eq!(store.access(store.catalogue().get(DOMAINS).unwrap()), Access::ReadWrite);
}

#[test]
fn what_is_no_profile_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let xml = b"<flat-profile><Auth_INVITE_1_>Yes</Auth_INVITE_1_></flat-profil>";
    assert!(matches!(store.apply_profile(xml), Err(ProfileError::Xml(_))));
    assert!(!store.snapshot().line_yes("Auth_INVITE", 1));
}

#[test]
fn its_own_dump_is_a_profile_that_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.change(values(&[(DOMAINS, LIST), ("Password_1_", "secret & <more>"), ("User_ID_1_", "a&b")])).unwrap();
    let dump = xml::write_config(store.catalogue(), &store.stored(), &store.access_overrides());
    assert!(!dump.contains("secret"));
    let applied = store.apply_profile(dump.as_bytes()).unwrap();
    assert_eq!(applied, Applied::default());
    assert_eq!(store.snapshot().text("Password_1_"), "secret & <more>");
}

#[test]
fn reboots_and_calls_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for at in 0..7 {
        store.record_reboot(at, RebootReason::Provisioning).unwrap();
    }
    let call = HistoryEntry { kind: HistoryKind::Missed, line: 1, name: "A".into(), number: "1".into(), at: 5 };
    store.keep_history(std::slice::from_ref(&call)).unwrap();
    let again = open(dir.path());
    assert_eq!(again.reboots().iter().map(|(at, _)| *at).collect::<Vec<_>>(), [6, 5, 4, 3, 2]);
    assert_eq!(again.history(), [call]);
}

#[test]
fn a_factory_reset_forgets_settings_and_calls() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.change(values(&[(DOMAINS, LIST)])).unwrap();
    store.record_reboot(1, RebootReason::UserTriggered).unwrap();
    store.factory_reset().unwrap();
    let again = open(dir.path());
    assert_eq!(again.snapshot().text(DOMAINS), "");
    assert_eq!(again.reboots().len(), 1);
}

#[test]
fn values_that_another_release_does_not_allow_are_at_their_default() {
    let dir = tempfile::tempdir().unwrap();
    let newer = Profile { release: Release::new(12, 0, 2), ..profile() };
    let store = Store::open(dir.path(), &newer, Defects::NONE).unwrap();
    store.change(values(&[("Auth_Support_RFC8760_1_", "Yes"), ("Secure_Call_Option_1_", "Strict")])).unwrap();
    let older = open(dir.path());
    assert_eq!(older.snapshot().text("Auth_Support_RFC8760_1_"), "");
    assert_eq!(older.snapshot().text("Secure_Call_Option_1_"), "Optional");
}

#[test]
fn forgetful_phones_forget_at_power_loss_only() {
    let dir = tempfile::tempdir().unwrap();
    let defects = Defects::of([Defect::DomainsForgets, Defect::ChallengeForgets]);
    let store = open_with(dir.path(), defects.clone());
    store.change(values(&[(DOMAINS, LIST), ("Auth_INVITE_1_", "Yes"), ("Station_Name", "x")])).unwrap();
    assert_eq!(store.snapshot().text(DOMAINS), LIST);
    let again = open_with(dir.path(), defects);
    assert_eq!(again.snapshot().text(DOMAINS), "");
    assert!(!again.snapshot().line_yes("Auth_INVITE", 1));
    assert_eq!(again.snapshot().text("Station_Name"), "x");
}

#[test]
fn a_phone_may_store_the_list_of_a_profile_and_not_apply_it() {
    let dir = tempfile::tempdir().unwrap();
    let defects = Defects::of([Defect::DomainsIgnoresProfile]);
    let store = open_with(dir.path(), defects.clone());
    let xml = format!("<flat-profile><{DOMAINS}>{LIST}</{DOMAINS}></flat-profile>");
    store.apply_profile(xml.as_bytes()).unwrap();
    for store in [store, open_with(dir.path(), defects)] {
        assert_eq!(store.stored().text(DOMAINS), LIST);
        assert_eq!(store.snapshot().text(DOMAINS), "");
    }
}

#[test]
fn a_phone_may_accept_any_list() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_with(dir.path(), Defects::of([Defect::DomainsAcceptsAnyValue]));
    store.change(values(&[(DOMAINS, "http://x")])).unwrap();
    assert_eq!(store.snapshot().text(DOMAINS), "http://x");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(100))]
    #[test]
    fn whatever_is_kept_is_found_again(
        changes in proptest::collection::vec((0_usize..2000, "\\PC{0,12}|Yes|No|[0-9]{1,4}|voiceip.com, [a-z]{1,5}\\.example"), 1..20)
    ) {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        let count = store.catalogue().all().len();
        for (index, value) in changes {
            let name = store.catalogue().all()[index % count].name.clone();
            let before = store.snapshot().text(&name).to_owned();
            match store.change(values(&[(&name, &value)])) {
                Ok(changed) => assert_eq!(changed.is_empty(), store.snapshot().text(&name) == before),
                Err(_) => assert_eq!(store.snapshot().text(&name), before),
            }
        }
        let again = open(dir.path());
        for parameter in store.catalogue().all() {
            assert_eq!(store.snapshot().text(&parameter.name), again.snapshot().text(&parameter.name));
        }
    }
}

#[test]
fn a_static_ipv6_address_that_no_phone_can_use_is_refused_as_a_whole_unless_the_phone_has_the_defect() {
    let profile = Profile { model: Model::Cp7841, release: Release::DOCUMENT, unknown: Unknown::default() };
    let values = |address: &str, length: &str| {
        BTreeMap::from(
            [
                ("IPv6_Connection_Type", "Static IP"),
                ("IPv6_Static_IP", address),
                ("Prefix_Length", length),
                ("IPv6_Gateway", "fe80::1"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned())),
        )
    };
    let refused = |defects: &[Defect], address: &str, length: &str| {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path(), &profile, Defects::of(defects.iter().copied())).unwrap();
        match store.change(values(address, length)) {
            Ok(_) => Vec::new(),
            Err(Refused::Fields(errors)) => {
                assert_eq!(store.snapshot().text("IPv6_Connection_Type"), "DHCP");
                errors.iter().map(FieldError::to_string).collect()
            }
            Err(Refused::Flash(error)) => panic!("{error}"),
        }
    };
    assert_eq!(refused(&[], "2001:db8:78::50", "64"), Vec::<String>::new());
    assert_eq!(refused(&[], "ff02::1", "64"), ["Static IP is a multicast address"]);
    assert_eq!(refused(&[], "", "64"), ["Static IP is needed with the connection type Static IP"]);
    assert_eq!(refused(&[], "2001:db8:78::50", "129"), ["Prefix Length is not a whole number from 1 to 128"]);
    assert_eq!(refused(&[Defect::Ipv6AcceptsWrongPrefix], "2001:db8:78::50", "129"), Vec::<String>::new());
    assert_eq!(refused(&[Defect::Ipv6AcceptsWrongStatic], "ff02::1", "64"), Vec::<String>::new());
}

const STATIC: [(&str, &str); 4] = [
    ("Connection_Type", "Static IP"),
    ("Static_IP", "192.0.2.50"),
    ("NetMask", "255.255.255.0"),
    ("Gateway", "192.0.2.1"),
];

#[test]
fn ipv4_settings_that_cannot_work_together_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let refused = store.change(values(&[("Connection_Type", "Static IP"), ("Station_Name", "x")])).unwrap_err();
    insta::assert_snapshot!(refused, @"Static IP is empty, and Connection Type is Static IP; NetMask is empty, and Connection Type is Static IP; Gateway is empty, and Connection Type is Static IP");
    store.change(values(&STATIC)).unwrap();
    let refused = store.change(values(&[("Gateway", "198.51.100.1"), ("Station_Name", "x")])).unwrap_err();
    insta::assert_snapshot!(refused, @"Gateway is not in the network 192.0.2.0/24 of the Static IP");
    assert_eq!((store.snapshot().text("Gateway"), store.snapshot().text("Station_Name")), ("192.0.2.1", ""));
}

#[test]
fn a_profile_with_ipv4_settings_that_cannot_work_leaves_all_of_ipv4_and_applies_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let xml = b"<flat-profile><Connection_Type>Static IP</Connection_Type><Static_IP>192.0.2.50</Static_IP>\
        <Primary_DNS>192.0.2.12</Primary_DNS><Station_Name>x</Station_Name></flat-profile>";
    let applied = store.apply_profile(xml).unwrap();
    assert_eq!(applied.changed, ["Station_Name"]);
    assert_eq!(applied.refused.iter().map(|error| error.name.as_str()).collect::<Vec<_>>(), ["NetMask", "Gateway"]);
    assert_eq!(store.snapshot().text("Connection_Type"), "DHCP");
}

#[test]
fn what_an_older_flash_holds_does_not_keep_other_fields_from_being_changed() {
    let dir = tempfile::tempdir().unwrap();
    let lax = open_with(dir.path(), Defects::of([Defect::StaticTakesNothing]));
    lax.change(values(&[("Connection_Type", "Static IP")])).unwrap();
    let store = open(dir.path());
    let page = values(&[("Connection_Type", "Static IP"), ("Static_IP", ""), ("Station_Name", "x")]);
    assert_eq!(store.change(page).unwrap(), ["Station_Name"]);
}

#[test]
fn a_phone_that_forgets_its_static_address_has_it_until_it_loses_power() {
    let dir = tempfile::tempdir().unwrap();
    for (defects, after) in [(Defects::NONE, "Static IP"), (Defects::of([Defect::StaticForgets]), "DHCP")] {
        let store = open_with(dir.path(), defects.clone());
        store.factory_reset().unwrap();
        store.change(values(&STATIC)).unwrap();
        assert_eq!(store.snapshot().text("Static_IP"), "192.0.2.50");
        assert_eq!(open_with(dir.path(), defects).snapshot().text("Connection_Type"), after);
    }
}
