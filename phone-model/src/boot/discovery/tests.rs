#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use crate::net::dhcp::Options;
use proptest::prelude::*;

const ORDER: &str = "66,160,159,150,60,43,125";

fn offered<R>(
    v4: &[(u16, &[u8])],
    v6: &[(u16, &[u8])],
    order: &str,
    defects: &[Defect],
    ask: impl FnOnce(&Offers<'_>) -> R,
) -> R {
    let find = |options: &[(u16, &[u8])], code| options.iter().find(|(c, _)| *c == code).map(|(_, v)| v.to_vec());
    let defects = Defects::of(defects.iter().copied());
    ask(&Offers {
        v4: &|code| find(v4, code),
        v6: &|code| v6.iter().filter(|(c, _)| *c == code).map(|(_, value)| value.to_vec()).collect(),
        v4_order: order,
        v6_order: "17,160,159",
        unknown: &Unknown::default(),
        defects: &defects,
    })
}

fn plan(v4: &[(u16, &[u8])]) -> Plan {
    offered(v4, &[], ORDER, &[], |offers| profile("/7841-3PCC.xml", offers))
}

fn with_defect(v4: &[(u16, &[u8])], defect: Defect) -> Plan {
    offered(v4, &[], ORDER, &[defect], |offers| profile("/7841-3PCC.xml", offers))
}

fn acs_of(v4: &[(u16, &[u8])], defects: &[Defect]) -> (Option<Acs>, Vec<String>) {
    let mut notes = Vec::new();
    (offered(v4, &[], ORDER, defects, |offers| acs(offers, &mut notes)), notes)
}

const ALL: &[(u16, &[u8])] = &[
    (66, b"six.example"),
    (160, b"http://url.example:8080"),
    (159, b"192.0.2.59"),
    (150, &[192, 0, 2, 4, 192, 0, 2, 13]),
];

#[test]
fn each_option_gives_the_server_and_the_rule_the_path() {
    let one = |code: u16| plan(&[*ALL.iter().find(|(c, _)| *c == code).unwrap()]);
    assert_eq!(one(66).urls, ["tftp://six.example/7841-3PCC.xml"]);
    assert_eq!(one(160).urls, ["http://url.example:8080/7841-3PCC.xml"]);
    assert_eq!(one(159).urls, ["tftp://192.0.2.59/7841-3PCC.xml"]);
    assert_eq!(one(150).urls, ["tftp://192.0.2.4/7841-3PCC.xml", "tftp://192.0.2.13/7841-3PCC.xml"]);
    assert_eq!(one(150).source, Source::V4(150));
}

#[test]
fn the_order_decides_between_options() {
    let with = |order: &str| offered(ALL, &[], order, &[], |offers| profile("/x", offers).source);
    assert_eq!(with(ORDER), Source::V4(66));
    assert_eq!(with("160, 66"), Source::V4(160));
    assert_eq!(with("150,159"), Source::V4(150));
    assert_eq!(with("43,60,125"), Source::Nobody, "options that are not in the list do not count");
}

#[test]
fn a_rule_with_a_server_of_its_own_wins() {
    let rule = |rule: &str| offered(ALL, &[], ORDER, &[], |offers| profile(rule, offers));
    assert_eq!(rule("https://own.example/a.xml").urls, ["https://own.example/a.xml"]);
    assert_eq!(rule("own.example/a.xml").urls, ["tftp://own.example/a.xml"]);
    assert_eq!(rule("a.xml").urls, ["tftp://six.example/a.xml"]);
    assert_eq!(rule(" ").source, Source::Nobody);
}

#[test]
fn without_a_server_nothing_is_fetched() {
    assert_eq!(plan(&[]), Plan { source: Source::Nobody, urls: Vec::new(), notes: Vec::new() });
}

#[test]
fn a_url_with_a_path_names_the_profile_itself() {
    let of = |value: &'static str| plan(&[(66, value.as_bytes())]).urls;
    assert_eq!(of("http://a.example/b/$MA.xml"), ["http://a.example/b/$MA.xml"]);
    assert_eq!(of("http://a.example/"), ["http://a.example/7841-3PCC.xml"]);
    assert_eq!(of("https://a.example/folder/"), ["https://a.example/folder/7841-3PCC.xml"]);
    assert_eq!(of("a.example\0"), ["tftp://a.example/7841-3PCC.xml"]);
}

#[test]
fn values_of_another_kind_are_passed_over_and_told() {
    for (code, value) in [
        (66, &b"two words"[..]),
        (66, b""),
        (66, b"999.1.2.3"),
        (66, b"gopher://a.example/"),
        (66, b"http://"),
        (66, b"a.example:99999"),
        (150, &[192, 0, 2, 4, 1]),
        (150, &[]),
        (150, &[224, 0, 0, 1]),
        (159, &[2, 6, 0x34, 0]),
        (160, b"192.0.2.60"),
        (160, b"\x01\x02"),
    ] {
        let plan = plan(&[(code, value)]);
        assert_eq!((plan.source, plan.notes.len()), (Source::Nobody, 1), "{code} {value:?}");
    }
    let next = plan(&[(66, b"\xff"), (150, &[192, 0, 2, 4])]);
    assert_eq!(next.source, Source::V4(150));
    insta::assert_snapshot!(next.notes[0], @"DHCP option 66 names no provisioning server: its value is passed over");
}

#[test]
fn four_octets_of_text_in_159_are_a_name_and_four_of_port_parameters_are_not() {
    assert_eq!(plan(&[(159, b"prov")]).urls, ["tftp://prov/7841-3PCC.xml"]);
    assert_eq!(plan(&[(159, &[0, 8, 0x12, 0])]).source, Source::Nobody);
    assert_eq!(plan(&[(159, &[192, 0, 2, 59])]).source, Source::Nobody);
    let defective = with_defect(&[(159, &[192, 0, 2, 59])], Defect::ProvisioningReads159AsAddress);
    assert_eq!(defective.urls, ["tftp://192.0.2.59/7841-3PCC.xml"]);
}

#[test]
fn overloaded_fields_name_a_server_as_options_do() {
    let mut message = vec![0; 236];
    message[44..57].copy_from_slice(b"\x42\x0btftp.ex.org");
    message[57] = 255;
    message[108..116].copy_from_slice(b"\x43\x05a.xml\xff");
    message.extend([99, 130, 83, 99, 52, 1, 3, 255]);
    let options = Options::of_message(&message).unwrap();
    let raw = |code: u16| u8::try_from(code).ok().and_then(|code| options.bytes(code)).map(<[u8]>::to_vec);
    assert_eq!(raw(67).unwrap(), b"a.xml");
    assert_eq!(plan(&[(66, &raw(66).unwrap())]).urls, ["tftp://tftp.ex.org/7841-3PCC.xml"]);
}

#[test]
fn dhcpv6_names_servers_when_dhcpv4_does_not() {
    let v6 = |options: &[(u16, &[u8])]| offered(&[], options, ORDER, &[], |offers| profile("/x", offers));
    assert_eq!(v6(&[(159, b"prov.example"), (160, b"https://p6.example")]).urls, ["https://p6.example/x"]);
    assert_eq!(v6(&[(159, b"[2001:db8:78::4]")]).urls, ["tftp://[2001:db8:78::4]/x"]);
    let mut vendor = vec![0, 0, 0, 9, 0, 1, 0, 16];
    vendor.extend([0x20, 1, 0xd, 0xb8, 0, 0x78, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4]);
    let seventeen = v6(&[(17, &vendor), (160, b"https://p6.example")]);
    assert_eq!((seventeen.source, seventeen.urls), (Source::V6(17), vec!["tftp://[2001:db8:78::4]/x".to_owned()]));
    let both = offered(&[(66, b"four")], &[(160, b"https://six")], ORDER, &[], |offers| profile("/x", offers));
    assert_eq!(both.source, Source::V4(66));
    // Option 17 comes once for each enterprise.
    let other = *b"\0\0\x0d\xe9\0\x01\0\x01x";
    let second = v6(&[(17, &other), (17, &vendor)]);
    assert_eq!((second.source, second.notes.len()), (Source::V6(17), 0));
    assert_eq!(v6(&[(17, &other), (159, b"prov")]).source, Source::V6(159));
    // 16 octets that are no text are no host in 159.
    assert_eq!((v6(&[(159, &vendor[8..])]).source, v6(&[(160, b"prov")]).source), (Source::Nobody, Source::Nobody));
}

#[test]
fn a_boot_file_counts_only_where_the_list_names_it() {
    let v6: &[(u16, &[u8])] = &[(59, b"http://[2001:db8:78::4]/boot.xml"), (160, b"https://p6.example")];
    let with = |v6_order: &str, defects: &[Defect]| {
        let find = |code: u16| v6.iter().filter(|(c, _)| *c == code).map(|(_, value)| value.to_vec()).collect();
        let (unknown, defects) = (Unknown::default(), Defects::of(defects.iter().copied()));
        let offers =
            Offers { v4: &|_| None, v6: &find, v4_order: ORDER, v6_order, unknown: &unknown, defects: &defects };
        profile("/x", &offers)
    };
    assert_eq!(with("17,160,159", &[]).source, Source::V6(160));
    assert_eq!(with("59,160", &[]).urls, ["http://[2001:db8:78::4]/boot.xml"]);
    assert_eq!(with("59,160", &[Defect::ProvisioningIgnoresV6Order]).source, Source::V6(160));
    for (code, defect) in [(59, Defect::ProvisioningIgnores59), (160, Defect::ProvisioningIgnoresV6Of160)] {
        assert_eq!(with(&code.to_string(), &[defect]).source, Source::Nobody, "{code}");
    }
}

#[test]
fn defects_of_discovery_show() {
    let reversed = "160,66,150";
    let source = |defect| offered(ALL, &[], reversed, &[defect], |offers| profile("/x", offers).source);
    assert_eq!(source(Defect::ProvisioningPrefers66), Source::V4(66));
    assert_eq!(source(Defect::ProvisioningIgnoresOrder), Source::V4(66));
    assert_eq!(source(Defect::ProvisioningIgnores160), Source::V4(66));
    for (code, defect) in IGNORED {
        let only = *ALL.iter().find(|(c, _)| *c == code).unwrap();
        assert_eq!(with_defect(&[only], defect).source, Source::Nobody, "{code}");
    }
    assert_eq!(with_defect(&[ALL[3]], Defect::ProvisioningFirst150Only).urls.len(), 1);
}

const IN_43: &[u8] = b"\x01\x17http://acs.example:7547\x02\x04lab1\x03\x012\x04\x042000";

fn in_125(enterprise: u32, url: &[u8]) -> Vec<u8> {
    let mut value = vec![0, 0, 0, 9, 3, 11, 1, b'x'];
    value.extend(enterprise.to_be_bytes());
    value.extend([u8::try_from(url.len() + 2).unwrap(), 11, u8::try_from(url.len()).unwrap()]);
    value.extend(url);
    value
}

#[test]
fn the_acs_is_read_from_43_and_from_125() {
    let (found, notes) = acs_of(&[(43, IN_43)], &[]);
    let expected = Acs {
        source: Source::V4(43),
        url: "http://acs.example:7547".into(),
        provisioning_code: Some("lab1".into()),
        retry_minimum: Some(2),
        retry_multiplier: Some(2000),
    };
    assert_eq!((found.unwrap(), notes.len()), (expected, 0));
    let value = in_125(3561, b"https://acs.example/cwmp");
    assert_eq!(acs_of(&[(125, &value)], &[]).0.unwrap().url, "https://acs.example/cwmp");
    let both: &[(u16, &[u8])] = &[(43, IN_43), (125, &value)];
    assert_eq!(acs_of(both, &[]).0.unwrap().source, Source::V4(43));
    let first_125 = offered(both, &[], "125,43", &[], |offers| acs(offers, &mut Vec::new()));
    assert_eq!(first_125.unwrap().source, Source::V4(125));
    assert_eq!(acs_of(&[(125, &in_125(9, b"https://acs.example/"))], &[]), (None, Vec::new()));
    assert_eq!(acs_of(&[(43, b"http://bare.example/")], &[]).0.unwrap().url, "http://bare.example/");
}

#[test]
fn the_acs_is_read_from_dhcpv6_option_17() {
    let mut value = vec![0, 0, 0x0d, 0xe9, 0, 1, 0, 11];
    value.extend(b"http://acs6");
    let found = offered(&[], &[(17, &value)], ORDER, &[], |offers| acs(offers, &mut Vec::new()));
    assert_eq!(found.unwrap().url, "http://acs6");
}

#[test]
fn a_nul_at_the_end_of_the_acs_url_is_left_out_and_told() {
    let value = in_125(3561, b"http://acs.example/\0");
    let (found, notes) = acs_of(&[(125, &value)], &[]);
    assert_eq!(found.unwrap().url, "http://acs.example/");
    insta::assert_snapshot!(notes[0], @"DHCP option 125 ends its ACS URL with NUL");
    assert_eq!(acs_of(&[(125, &value)], &[Defect::Tr069KeepsNul]).0.unwrap().url, "http://acs.example/%00");
}

#[test]
fn malformed_acs_options_are_told_and_the_next_one_serves() {
    let good = in_125(3561, b"http://acs.example/");
    for bad in [&b"\x01\xffhttp"[..], b"\x01\x03ftp", b"\x01\x07http://", b"\x01\x09http://\0a", b"\x01"] {
        let (found, notes) = acs_of(&[(43, bad), (125, &good)], &[]);
        assert_eq!((found.unwrap().source, notes.len()), (Source::V4(125), 1), "{bad:?}");
    }
    assert_eq!(acs_of(&[(125, &[0, 0, 13, 0xe9, 200])], &[]).1.len(), 1);
    assert_eq!(acs_of(&[(43, b"\x05\x01x")], &[]), (None, Vec::new()), "another vendor's sub-options");
}

#[test]
fn defects_of_acs_discovery_show() {
    let value = in_125(3561, b"http://acs.example/");
    assert_eq!(acs_of(&[(43, IN_43)], &[Defect::Tr069Ignores43]).0, None);
    assert_eq!(acs_of(&[(125, &value)], &[Defect::Tr069Ignores125]).0, None);
}

proptest! {
    #[test]
    fn no_value_makes_it_panic_or_name_what_is_no_url(code in prop_oneof![Just(66u16), Just(150), Just(159), Just(160), Just(43), Just(125)],
        value in proptest::collection::vec(any::<u8>(), 0..300)) {
        let found = plan(&[(code, &value)]);
        for url in found.urls {
            prop_assert!(url.contains("://") && url.bytes().all(|b| b.is_ascii_graphic()));
        }
        let _ = acs_of(&[(code, &value)], &[]);
        let v6 = offered(&[], &[(17, &value)], ORDER, &[], |offers| profile("/x", offers));
        prop_assert!(v6.urls.len() <= 8);
    }
}
