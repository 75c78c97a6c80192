//! DHCPv6: what a message says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod wire;

use std::net::Ipv6Addr;

use evidence::dhcp6::{Dhcp6Data, Dhcp6Message, NtpSource, code};
use evidence::{Carried, Dhcp6Kind};
use proptest::prelude::*;
use wire::*;

const PHONE_LINK: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0x100);
const SERVER_LINK: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
const ADDRESS: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0x78, 0, 0, 0, 0, 0x1000);
const TIME: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0x78, 0, 0, 0, 0, 5);
const CLIENT_ID: [u8; 14] = [0, 1, 0, 1, 1, 2, 3, 4, 2, 0, 0, 0, 0, 1];
const SERVER_ID: [u8; 10] = [0, 3, 0, 1, 2, 0, 0, 0, 0, 2];

fn said(payload: &[u8]) -> Bench {
    let mut bench = Bench::default();
    bench.push(&udp6((SERVER_LINK, 547), (PHONE_LINK, 546), payload));
    bench
}

fn only(payload: &[u8]) -> Dhcp6Message {
    said(payload).capture.dhcp6()[0].clone()
}

#[test]
fn a_reply_says_addresses_lifetimes_servers_and_names() {
    let ia = ia_na(7, (50, 80), ADDRESS, (90, 100));
    let second = ia_na(8, (0, 0), TIME, (0, 0));
    let ntp = options6(&[(1, &TIME.octets())]);
    let named = options6(&[(3, b"\x04time\x05bench\x07example\0")]);
    let vendor = [&9_u32.to_be_bytes()[..], &options6(&[(1, b"http://acs"), (2, b"x")])].concat();
    let dns = [ADDRESS.octets(), TIME.octets()].concat();
    let options: &[(u16, &[u8])] = &[
        (1, &CLIENT_ID),
        (2, &SERVER_ID),
        (3, &ia),
        (3, &second),
        (7, &[255]),
        (13, b"\0\0fine"),
        (14, b""),
        (17, &vendor),
        (20, b""),
        (23, &dns),
        (24, b"\x05bench\x07example\0\x07example\0"),
        (31, &TIME.octets()),
        (56, &ntp),
        (56, &named),
        (59, b"tftp://[2001:db8:78::4]/boot"),
        (82, &3600_u32.to_be_bytes()),
        (159, b"192.0.2.4"),
        (160, b"https://prov.bench.example/$MA.cfg"),
    ];
    let bench = said(&dhcp6(7, 0xabcdef, options));
    assert!(bench.capture.quality().is_clean(), "{:?}", bench.capture.faults());
    assert_eq!(bench.capture.udp()[0].carries, Carried::Dhcp6);
    let reply = &bench.capture.dhcp6()[0];
    assert_eq!((reply.kind, reply.xid, reply.src.port()), (Dhcp6Kind::Reply, 0xabcdef, 547));
    assert_eq!(reply.client_id().unwrap().link_layer(), Some(&PHONE_MAC[..]));
    assert_eq!(reply.server_id().unwrap().to_string(), "00030001020000000002");
    assert_eq!(reply.addresses(), [ADDRESS, TIME]);
    let ia = reply.ia_nas().next().unwrap();
    let address = ia.addresses().next().unwrap();
    assert_eq!((ia.iaid, ia.t1, ia.t2, address.preferred, address.valid), (7, 50, 80, 90, 100));
    assert_eq!((reply.preference(), reply.rapid_commit(), reply.reconfigure_accept()), (Some(255), true, true));
    assert_eq!((reply.status().unwrap().code, reply.status().unwrap().message.as_str()), (0, "fine"));
    assert_eq!(reply.vendor(9).unwrap()[0].text(), "http://acs");
    assert_eq!((reply.dns(), reply.sntp()), (&[ADDRESS, TIME][..], &[TIME][..]));
    assert_eq!(reply.domains(), ["bench.example", "example"]);
    assert_eq!(reply.ntp(), [&NtpSource::Server(TIME), &NtpSource::Name("time.bench.example".to_owned())]);
    assert_eq!(reply.text(code::BOOT_FILE_URL).as_deref(), Some("tftp://[2001:db8:78::4]/boot"));
    assert_eq!(reply.text(159).as_deref(), Some("192.0.2.4"));
    assert_eq!(reply.option(160), Some(&b"https://prov.bench.example/$MA.cfg"[..]));
    assert!(reply.all(82).all(|option| option.data == Dhcp6Data::SolMaxRt(3_600)));
}

#[test]
fn a_solicit_says_what_it_asks_for_and_how_long_it_has_tried() {
    let ia = [0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0];
    let options: &[(u16, &[u8])] =
        &[(1, &CLIENT_ID), (3, &ia), (6, &[0, 23, 0, 24, 0, 56, 0, 82]), (8, &[0, 100]), (14, b"")];
    let solicit = only(&dhcp6(1, 1, options));
    assert!(solicit.is(Dhcp6Kind::Solicit) && solicit.faults.is_empty());
    assert_eq!((solicit.request_list(), solicit.elapsed()), (&[23, 24, 56, 82][..], Some(100)));
    assert_eq!(solicit.codes(), [1, 3, 6, 8, 14]);
}

#[test]
fn a_status_is_of_the_message_or_of_an_association() {
    let ia = [&[0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0][..], &options6(&[(13, b"\0\x02none left")])].concat();
    let advertise = only(&dhcp6(2, 1, &[(1, &CLIENT_ID), (2, &SERVER_ID), (3, &ia)]));
    assert_eq!(advertise.status(), None);
    assert_eq!(advertise.ia_nas().next().unwrap().status().unwrap().code, 2);
}

#[test]
fn a_reconfigure_says_what_it_wants_and_how_it_is_authenticated() {
    let auth = [&[3, 1, 0][..], &7_u64.to_be_bytes(), &[2], &[9; 16]].concat();
    let reconfigure = only(&dhcp6(10, 0, &[(1, &CLIENT_ID), (2, &SERVER_ID), (19, &[5]), (11, &auth)]));
    assert_eq!(reconfigure.options[2].data, Dhcp6Data::ReconfigureMessage(5));
    let Dhcp6Data::Authentication { protocol: 3, algorithm: 1, replay: 7, information, .. } =
        &reconfigure.options[3].data
    else {
        panic!("{:?}", reconfigure.options)
    };
    assert_eq!(information.len(), 17);
}

#[test]
fn a_relays_message_is_seen_as_such_with_the_message_in_it() {
    let within = dhcp6(1, 5, &[(1, &CLIENT_ID)]);
    let mut relayed = vec![12, 1];
    relayed.extend(ADDRESS.octets());
    relayed.extend(PHONE_LINK.octets());
    relayed.extend(options6(&[(18, b"eth0"), (9, &within)]));
    let message = only(&relayed);
    let relay = message.relay.as_ref().unwrap();
    assert_eq!((message.kind, relay.hops, relay.peer), (Dhcp6Kind::RelayForward, 1, PHONE_LINK));
    assert_eq!(relay.message.as_ref().unwrap().kind, Dhcp6Kind::Solicit);
}

#[test]
fn what_a_receiver_must_discard_is_told() {
    let mut long = dhcp6(7, 1, &[(1, &CLIENT_ID), (2, &SERVER_ID), (23, &[0; 16])]);
    let length = long.len();
    long[length - 17] = 200;
    assert_eq!(only(&long).faults, ["option 23 claims 200 octets, 16 are left"]);
    let faults = |kind, options: &[(u16, &[u8])]| only(&dhcp6(kind, 1, options)).faults;
    assert_eq!(faults(7, &[(2, &SERVER_ID), (23, &[0; 15])]), ["option 23: its 15 octets cannot be read"]);
    assert_eq!(faults(2, &[(2, &SERVER_ID)]), ["ADVERTISE without a client identifier"]);
    assert_eq!(faults(6, &[(1, &CLIENT_ID), (2, &SERVER_ID)]), ["REBIND with a server identifier"]);
    let ia = ia_na(1, (0, 0), ADDRESS, (20, 10));
    assert_eq!(faults(7, &[(2, &SERVER_ID), (3, &ia)]), ["2001:db8:78::1000 is preferred for 20 s and valid for 10 s"]);
    let both = options6(&[(1, &TIME.octets()), (1, &TIME.octets())]);
    assert_eq!(faults(7, &[(2, &SERVER_ID), (56, &both)]), ["option 56 has 2 time sources"]);
    assert_eq!(faults(7, &[(2, &SERVER_ID), (24, b"\xc0\0")]), ["option 24: its 2 octets cannot be read"]);
    assert!(said(&[7, 0]).capture.dhcp6().is_empty());
    assert_eq!(said(&[7, 0]).capture.quality().wrong.len(), 1);
}

#[test]
fn options_within_options_and_relays_within_relays_are_bounded() {
    let mut ia = vec![0; 12];
    for _ in 0..2_000 {
        ia = [&[0; 12][..], &options6(&[(3, &ia)])].concat();
        if ia.len() > 60_000 {
            break;
        }
    }
    let deep = only(&dhcp6(1, 1, &[(1, &CLIENT_ID), (3, &ia)]));
    assert_eq!(deep.faults.len(), 1);
    let many = vec![(99_u16, &b""[..]); 5_000];
    let many = only(&dhcp6(11, 1, &many));
    assert_eq!((many.options.len(), many.faults.as_slice()), (1_000, &["more than 1000 options".to_owned()][..]));
    let mut relayed = dhcp6(1, 1, &[(1, &CLIENT_ID)]);
    for _ in 0..100 {
        relayed = [&[12, 0][..], &[0; 32], &options6(&[(9, &relayed)])].concat();
    }
    let mut depth = 0;
    let mut message = Some(Box::new(only(&relayed)));
    while let Some(within) = message {
        depth += 1;
        message = within.relay.and_then(|relay| relay.message);
    }
    assert_eq!(depth, 9);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_dhcpv6_options_are_taken(
        kind in 0u8..16,
        parts in proptest::collection::vec((0u16..170, proptest::collection::vec(any::<u8>(), 0..60)), 0..20),
        cut in any::<prop::sample::Index>(),
    ) {
        let parts: Vec<(u16, &[u8])> = parts.iter().map(|(code, value)| (*code, value.as_slice())).collect();
        let mut message = dhcp6(kind, 1, &parts);
        let bench = said(&message);
        if !matches!(kind, 12 | 13) {
            let codes: Vec<u16> = parts.iter().map(|(code, _)| *code).collect();
            prop_assert_eq!(bench.capture.dhcp6()[0].codes(), codes);
        }
        message.truncate(cut.index(message.len()));
        let bench = said(&message);
        let _ = (bench.capture.leases6(), evidence::print::ladder(&bench.capture, &evidence::print::Names::none()));
    }
}
