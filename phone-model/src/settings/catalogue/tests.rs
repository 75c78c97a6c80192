#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use crate::settings::Rules;
use std::collections::HashSet;

const RELEASES: [Release; 5] =
    [Release::new(11, 0, 1), Release::DOCUMENT, Release::R11_3_1, Release::R12_0_2, Release::new(12, 0, 7)];

fn default(release: Release, name: &str) -> Option<String> {
    Catalogue::of(Model::Cp7841, release).get(name).map(|p| p.default.clone())
}

#[test]
fn names_and_places_are_unique_and_defaults_are_allowed() {
    for model in Model::ALL {
        for release in RELEASES {
            let catalogue = Catalogue::of(model, release);
            let names: HashSet<_> = catalogue.all().iter().map(|p| &p.name).collect();
            assert_eq!(names.len(), catalogue.all().len());
            let places: HashSet<_> = catalogue.all().iter().map(|p| (p.tab, &p.section, &p.label)).collect();
            assert_eq!(places.len(), catalogue.all().len());
            for p in catalogue.all() {
                assert_eq!(
                    p.kind.check(&p.default, p.default.is_empty(), Rules::default()),
                    Ok(p.default.clone()),
                    "{}",
                    p.name
                );
            }
        }
    }
}

#[test]
fn the_procedures_of_the_document_find_their_fields() {
    let catalogue = Catalogue::of(Model::Cp7841, Release::DOCUMENT);
    let place = |name: &str| {
        let p = catalogue.get(name).unwrap();
        format!("{} > {} > {} = {:?}", p.tab.title(), p.section, p.label, p.default)
    };
    let places = [
        "Restricted_Access_Domains",
        "Auth_INVITE_4_",
        "SIP_Transport_1_",
        "SIP_Port_4_",
        "Connection_Type",
        "IPv6_Connection_Type",
        "LDAP_Server",
        "Auth_Resync-Reboot_1_",
        "Resync_At__HHmm_",
        "Log_Missed_Calls_for_EXT_2",
        "Extension_3_",
    ]
    .map(place)
    .join("\n");
    insta::assert_snapshot!(places, @r#"
    System > System Configuration > Restricted Access Domains = ""
    Ext 4 > SIP Settings > Auth INVITE = "No"
    Ext 1 > SIP Settings > SIP Transport = "UDP"
    Ext 4 > SIP Settings > SIP Port = "5063"
    System > IPv4 Settings > Connection Type = "DHCP"
    System > IPv6 Settings > Connection Type = "DHCP"
    Phone > LDAP > Server = ""
    Ext 1 > SIP Settings > Auth Resync-Reboot = "Yes"
    Provisioning > Configuration Profile > Resync At (HHmm) = ""
    User > Supplementary Services > Log Missed Calls for EXT 2 = "Yes"
    Phone > Line Key 3 > Extension = "3"
    "#);
}

#[test]
fn releases_differ_where_the_sources_say_so() {
    let has = |release, name| default(release, name).is_some();
    assert!(!has(Release::new(11, 1, 1), "Block_Nonproxy_SIP") && has(Release::DOCUMENT, "Block_Nonproxy_SIP"));
    assert!(!has(Release::DOCUMENT, "TLS_Name_Validate_1_") && has(Release::R11_3_1, "TLS_Name_Validate_1_"));
    assert!(!has(Release::R11_3_1, "Auth_Support_RFC8760_1_") && has(Release::R12_0_2, "Auth_Support_RFC8760_1_"));
    let web = |release| (default(release, "Enable_Protocol").unwrap(), default(release, "Web_Server_Port").unwrap());
    assert_eq!(web(Release::R12_0_2), ("Http".into(), "80".into()));
    assert_eq!(web(Release::new(12, 0, 3)), ("Https".into(), "443".into()));
}

#[test]
fn models_differ_in_lines_jacks_and_speed() {
    let count = |model, prefix: &str| {
        Catalogue::of(model, Release::DOCUMENT).all().iter().filter(|p| p.name.starts_with(prefix)).count()
    };
    assert_eq!(Model::ALL.map(|m| count(m, "Auth_INVITE_")), [1, 2, 4, 16]);
    assert_eq!(Model::ALL.map(|m| count(m, "Headset_Volume")), [0, 1, 1, 1]);
    let fast = |model| {
        let catalogue = Catalogue::of(model, Release::DOCUMENT);
        catalogue.get("Switch_Port_Config").unwrap().kind.check("1000 FULL", false, Rules::default()).is_ok()
    };
    assert_eq!(Model::ALL.map(fast), [false, false, true, false]);
}
