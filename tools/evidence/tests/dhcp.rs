//! DHCPv4: what an option says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod wire;

use std::net::Ipv4Addr;

use evidence::DhcpMessage;
use evidence::dhcp::{DhcpPlace, Route, code};
use proptest::prelude::*;
use wire::*;

fn read(message: &[u8]) -> DhcpMessage {
    let mut bench = Bench::default();
    bench.udp((SERVER, 67), (PHONE, 68), message);
    bench.capture.dhcp()[0].clone()
}

fn with(options: &[(u8, &[u8])]) -> DhcpMessage {
    read(&dhcp(2, 7, [0; 4], PHONE, options))
}

const VENDORS: &[u8] = b"\0\0\x0d\xe9\x0c\x0b\x0ahttp://acs\0\0\0\x09\x05\x01\x03abc";
const ALL: &[(u8, &[u8])] = &[
    (53, &[5]),
    (1, &[255, 255, 255, 0]),
    (2, &[0xff, 0xff, 0xb9, 0xb0]),
    (3, &[192, 0, 2, 1, 192, 0, 2, 8]),
    (6, &[192, 0, 2, 2]),
    (12, b"phone"),
    (15, b"bench.example"),
    (42, &[192, 0, 2, 5]),
    (43, b"\x01\x0ahttp://acs\x02\x02ab\xff"),
    (51, &[0, 0, 14, 16]),
    (54, &SERVER),
    (55, &[1, 2, 3]),
    (56, b"no"),
    (57, &[2, 64]),
    (58, &[0xff; 4]),
    (59, &[0, 0, 0, 9]),
    (60, b"CP-7841-3PCC\0"),
    (66, b"prov.bench.example"),
    (67, b"$PSN.xml"),
    (121, &[0, 192, 0, 2, 1, 25, 198, 51, 100, 128, 192, 0, 2, 8, 8, 10, 0, 0, 0, 0]),
    (125, VENDORS),
    (150, &[192, 0, 2, 4, 192, 0, 2, 13]),
    (159, &[192, 0, 2, 4]),
    (160, b"https://prov/$MA.cfg"),
];

#[test]
fn every_option_of_the_documents_table_says_what_it_holds() {
    let ack = with(ALL);
    assert!(ack.faults.is_empty(), "{:?}", ack.faults);
    let host = |last| Ipv4Addr::new(192, 0, 2, last);
    assert_eq!((ack.subnet_mask(), ack.time_offset()), (Some(Ipv4Addr::new(255, 255, 255, 0)), Some(-18_000)));
    assert_eq!(
        (ack.routers(), ack.name_servers(), ack.ntp_servers()),
        (vec![host(1), host(8)], vec![host(2)], vec![host(5)])
    );
    assert_eq!(
        (ack.renewal_seconds(), ack.rebinding_seconds(), ack.maximum_size()),
        (Some(u32::MAX), Some(9), Some(576))
    );
    assert_eq!(ack.vendor_specific().unwrap()[0].value, b"http://acs");
    assert_eq!(ack.vendor_option(3_561, 11).as_deref(), Some(&b"http://acs"[..]));
    assert_eq!(ack.vendor_blocks().unwrap().len(), 2);
    assert_eq!(ack.routes().unwrap()[0], Route { network: Ipv4Addr::UNSPECIFIED, length: 0, router: host(1) });
    assert_eq!(ack.tftp_servers(), Some(vec![host(4), host(13)]));
    let shown: Vec<String> = ALL.iter().map(|(code, _)| format!("{code:>3} {}", ack.value(*code).unwrap())).collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
     53 ACK
      1 255.255.255.0
      2 -18000 s
      3 192.0.2.1, 192.0.2.8
      6 192.0.2.2
     12 phone
     15 bench.example
     42 192.0.2.5
     43 1=http://acs, 2=ab
     51 3600 s
     54 192.0.2.10
     55 1, 2, 3
     56 no
     57 576
     58 for ever
     59 9 s
     60 CP-7841-3PCC
     66 prov.bench.example
     67 $PSN.xml
    121 0.0.0.0/0 by 192.0.2.1, 198.51.100.128/25 by 192.0.2.8, 10.0.0.0/8 by 0.0.0.0
    125 enterprise 3561: 11=http://acs, enterprise 9: 1=abc
    150 192.0.2.4, 192.0.2.13
    159 c0000204
    160 https://prov/$MA.cfg
    ");
}

#[test]
fn an_option_in_parts_is_read_after_they_are_joined() {
    let (first, rest) = VENDORS.split_at(9);
    let ack = with(&[(53, &[5]), (125, first), (66, b"prov"), (125, rest)]);
    assert!(ack.faults.is_empty(), "{:?}", ack.faults);
    assert_eq!(ack.vendor_option(9, 1).as_deref(), Some(&b"abc"[..]));
    let parts: Vec<_> = ack.parts.iter().map(|part| (part.code, part.length)).collect();
    assert_eq!(parts, [(53, 1), (125, 9), (66, 4), (125, 18)]);
}

#[test]
fn an_overloaded_message_says_where_its_options_stood() {
    let mut message = dhcp(2, 7, [0; 4], PHONE, &[(53, &[5]), (52, &[3])]);
    message[108..112].copy_from_slice(b"\x42\x01a\xff");
    message[44..48].copy_from_slice(b"\x43\x01b\xff");
    let ack = read(&message);
    let places: Vec<_> = ack.parts.iter().map(|part| (part.code, part.place)).collect();
    assert_eq!(ack.overload(), Some(3));
    use DhcpPlace::{File, Options, Sname};
    assert_eq!(places, [(53, Options), (52, Options), (66, File), (67, Sname)]);
}

#[test]
fn octets_that_a_code_does_not_allow_are_told() {
    let ack = with(&[
        (53, &[5]),
        (1, &[255, 255, 255]),
        (3, &[1, 2, 3, 4, 5]),
        (51, &[0, 0]),
        (121, &[33, 1, 2, 3, 4, 5, 1, 2, 3, 4]),
        (125, &[0, 0, 0, 9, 9, 1]),
        (150, &[192, 0, 2, 4, 9]),
        (43, b"http://acs"),
        (159, &[1, 2, 3]),
    ]);
    insta::assert_snapshot!(ack.faults.join("\n"), @r"
    option 1: its 3 octets cannot be read
    option 3: its 5 octets cannot be read
    option 51: its 2 octets cannot be read
    option 121: its 10 octets cannot be read
    option 125: its 6 octets cannot be read
    option 150: its 5 octets cannot be read
    ");
    assert_eq!((ack.tftp_servers(), ack.routes(), ack.lease_seconds()), (None, None, None));
    assert_eq!(ack.vendor_specific(), None);
    assert_eq!(
        (ack.value(159).unwrap().to_string(), ack.text(code::VENDOR_SPECIFIC).unwrap().as_str()),
        ("010203".to_owned(), "http://acs")
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_octets_of_any_option_are_taken(code in 1u8..255, octets in proptest::collection::vec(any::<u8>(), 0..255)) {
        let message = with(&[(53, &[5]), (code, &octets)]);
        let _ = (message.value(code).map(|value| value.to_string()), message.vendor_classes(), message.routes());
        let _ = (message.vendor_specific(), message.vendor_blocks(), message.tftp_servers(), message.overload());
        if code != 53 && code != 52 {
            prop_assert_eq!(message.option(code), Some(octets.as_slice()));
        }
    }
}
