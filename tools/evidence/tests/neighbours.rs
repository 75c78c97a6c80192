//! ICMPv6: neighbour discovery and echoes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod wire;

use std::net::Ipv6Addr;

use evidence::icmp::{NdOption, solicited_node};
use evidence::print::{self, Names};
use evidence::{IcmpKind, Mac};
use proptest::prelude::*;
use wire::*;

const ROUTER: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
const PHONE_LINK: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0x100);
const ADDRESS: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0x78, 0, 0, 0, 0, 0x100);
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);
const NOBODY: Ipv6Addr = Ipv6Addr::UNSPECIFIED;

fn prefix_option(flags: u8, valid: u32, preferred: u32) -> Vec<u8> {
    let mut option = vec![3, 4, 64, flags];
    option.extend([valid, preferred, 0].into_iter().flat_map(u32::to_be_bytes));
    option.extend([0x20, 1, 0xd, 0xb8, 0, 0x78, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    option
}

fn advertisement(flags: u8, lifetime: u16, options: &[&[u8]]) -> Vec<u8> {
    let mut message = vec![64, flags];
    message.extend(lifetime.to_be_bytes());
    message.extend([30_000_u32, 1_000].into_iter().flat_map(u32::to_be_bytes));
    message.extend(options.concat());
    message
}

fn neighbour(flags: u8, target: Ipv6Addr, options: &[u8]) -> Vec<u8> {
    [&[flags, 0, 0, 0], &target.octets()[..], options].concat()
}

fn source_link() -> Vec<u8> {
    [&[1, 1], &SERVER_MAC[..]].concat()
}

fn target_link() -> Vec<u8> {
    [&[2, 1], &PHONE_MAC[..]].concat()
}

#[test]
fn a_router_advertisement_says_how_hosts_get_addresses_and_names() {
    let name_servers = [&[25, 3, 0, 0, 0, 0, 2, 88][..], &ADDRESS.octets()].concat();
    let search = b"\x1f\x03\0\0\0\0\x02\x58\x05bench\x07example\0\0";
    let mtu = [5, 1, 0, 0, 0, 0, 5, 220];
    let rest = advertisement(
        0xc0,
        1_800,
        &[&source_link(), &prefix_option(0xc0, 3_600, 1_800), &mtu, &name_servers, &search[..]],
    );
    let mut bench = Bench::default();
    bench.push(&icmp6(ROUTER, ALL_NODES, 255, (134, 0), &rest));
    let fact = &bench.capture.icmp()[0];
    assert_eq!((fact.hop_limit, fact.number, fact.faults.as_slice()), (255, (134, 0), &[][..] as &[String]));
    let message = fact.router_advertisement().unwrap();
    assert_eq!((message.hop_limit, message.managed, message.other, message.lifetime), (64, true, true, 1_800));
    assert_eq!((message.reachable_ms, message.retransmit_ms), (30_000, 1_000));
    let prefix = message.prefixes().next().unwrap();
    assert_eq!((prefix.to_string().as_str(), prefix.on_link, prefix.autonomous), ("2001:db8:78::/64", true, true));
    assert_eq!((prefix.valid, prefix.preferred), (3_600, 1_800));
    assert_eq!((message.source_link(), message.mtu()), (Some(Mac(SERVER_MAC)), Some(1_500)));
    assert_eq!(message.name_servers(), [(ADDRESS, 600)]);
    assert_eq!(message.domains(), [("bench.example", 600)]);
    assert!(bench.capture.quality().is_clean(), "{:?}", bench.capture.faults());
}

#[test]
fn a_neighbour_is_asked_for_answers_and_probes() {
    let mut bench = Bench::default();
    // Frames of these tests all come from one card; the router's is another.
    let card = |mut frame: Vec<u8>| {
        frame[6..12].copy_from_slice(&SERVER_MAC);
        frame
    };
    bench.push(&icmp6(NOBODY, solicited_node(ADDRESS), 255, (135, 0), &neighbour(0, ADDRESS, &[])));
    bench.push(&icmp6(PHONE_LINK, solicited_node(ROUTER), 255, (135, 0), &neighbour(0, ROUTER, &source_link())));
    bench.push(&card(icmp6(ROUTER, PHONE_LINK, 255, (136, 0), &neighbour(0xe0, ROUTER, &target_link()))));
    bench.push(&icmp6(NOBODY, ALL_ROUTERS, 255, (133, 0), &[0; 4]));
    bench.push(&card(icmp6(ROUTER, ALL_NODES, 255, (134, 0), &advertisement(0x80, 0, &[&prefix_option(0x40, 1, 1)]))));
    let facts = bench.capture.icmp();
    assert_eq!(facts.iter().map(|fact| fact.is_dad_probe()).collect::<Vec<_>>(), [true, false, false, false, false]);
    assert_eq!(facts[1].neighbour_solicitation().unwrap().source_link(), Some(Mac(SERVER_MAC)));
    let answer = facts[2].neighbour_advertisement().unwrap();
    assert_eq!((answer.router, answer.solicited, answer.overrides, answer.target), (true, true, true, ROUTER));
    assert_eq!(answer.target_link(), Some(Mac(PHONE_MAC)));
    assert!(facts[3].router_solicitation().unwrap().options.is_empty());
    assert!(bench.capture.quality().is_clean(), "{:?}", bench.capture.faults());
    insta::assert_snapshot!(print::ladder(&bench.capture, &Names::none()), @r"
    packets      seconds fe80::100                                  multicast                                  fe80::1
          1     0.000000 │──── ICMP DAD probe 2001:db8:78::100 ────>│                                          │
          2     0.001000 │───────── ICMP who has fe80::1? ─────────>│                                          │
          3     0.002000 │<────────────────────── ICMP fe80::1 is at 02:00:00:00:00:01 ────────────────────────│
          4     0.003000 │──────── ICMP router solicitation ───────>│                                          │
          5     0.004000 │                                          │< ICMP router advertisement M 2001:db8:… ─│
    ");
    insta::assert_snapshot!(print::summary(&bench.capture), @r"
    frames 5 in 0.004000 s
    icmp 5 messages: 1 neighbour advertisement, 2 neighbour solicitation, 1 router advertisement, 1 router solicitation
    ");
}

#[test]
fn an_echo_is_told_from_others() {
    let mut bench = Bench::default();
    bench.push(&icmp6(PHONE_LINK, ROUTER, 64, (128, 0), &[0, 1, 0, 2, 9]));
    bench.push(&icmp6(ROUTER, PHONE_LINK, 64, (129, 0), &[0, 1, 0, 2, 9]));
    bench.push(&icmp6(ROUTER, PHONE_LINK, 64, (129, 0), &[0, 1, 0, 3, 9]));
    let [request, reply, other] = bench.capture.icmp() else { panic!("three facts") };
    assert_eq!(request.kind, IcmpKind::EchoRequest { id: 1, sequence: 2 });
    assert!(reply.is_echo_of(request) && !other.is_echo_of(request) && !request.is_echo_of(reply));
}

#[test]
fn what_a_receiver_must_discard_is_told() {
    let fault = |src, dst, hop_limit, kind, rest: &[u8]| {
        let mut bench = Bench::default();
        bench.push(&icmp6(src, dst, hop_limit, kind, rest));
        assert_eq!(bench.capture.quality().wrong.len(), bench.capture.icmp()[0].faults.len());
        bench.capture.icmp()[0].faults.join("; ")
    };
    let good = advertisement(0, 9, &[]);
    let faults = [
        fault(ROUTER, ALL_NODES, 64, (134, 0), &good),
        fault(ADDRESS, ALL_NODES, 255, (134, 1), &good),
        fault(ROUTER, ALL_NODES, 255, (134, 0), &advertisement(0, 9, &[&[3, 0]])),
        fault(ROUTER, ALL_NODES, 255, (134, 0), &advertisement(0, 9, &[&[3, 9, 0, 0]])),
        fault(ROUTER, ALL_NODES, 255, (134, 0), &advertisement(0, 9, &[&[25, 1, 0, 0, 0, 0, 0, 9]])),
        fault(ROUTER, ALL_NODES, 255, (134, 0), &good[..6]),
        fault(NOBODY, ALL_ROUTERS, 255, (133, 0), &[&[0; 4][..], &source_link()].concat()),
        fault(NOBODY, ALL_NODES, 255, (135, 0), &neighbour(0, ADDRESS, &source_link())),
        fault(PHONE_LINK, ALL_NODES, 255, (136, 0), &neighbour(0x40, ALL_NODES, &[])),
    ];
    insta::assert_snapshot!(faults.join("\n"), @r"
    neighbour discovery with a hop limit of 64
    neighbour discovery with code 1; a router advertisement from 2001:db8:78::100, which is not link-local
    option 3 has a length of 0
    option 3 claims 70 octets, 2 are left
    option 25: its 6 octets cannot be read
    shorter than its fixed fields
    a source link-layer address from the unspecified address
    from the unspecified address, not to the solicited-node address; a source link-layer address from the unspecified address
    solicited, and sent to many; the target ff02::1 is a multicast address
    ");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_neighbour_message_is_taken(
        kind in 128u8..140,
        code in 0u8..2,
        rest in proptest::collection::vec(prop_oneof![Just(0u8), Just(1), Just(3), Just(25), Just(31), any::<u8>()], 4..200),
    ) {
        let mut bench = Bench::default();
        bench.push(&icmp6(ROUTER, ALL_NODES, 255, (kind, code), &rest));
        prop_assert_eq!(bench.capture.icmp().len(), 1);
        prop_assert!(!bench.capture.icmp()[0].bad_checksum);
        let _ = (print::ladder(&bench.capture, &Names::none()), print::json(&bench.capture));
    }

    /// What is written is what is read, option by option.
    #[test]
    fn options_are_walked_by_their_lengths(kinds in proptest::collection::vec((200u8..255, 1usize..4), 0..20)) {
        let options: Vec<u8> = kinds
            .iter()
            .flat_map(|(kind, units)| [&[*kind, *units as u8][..], &vec![7; units * 8 - 2]].concat())
            .collect();
        let mut bench = Bench::default();
        bench.push(&icmp6(ROUTER, ALL_ROUTERS, 255, (133, 0), &[&[0; 4], &options[..]].concat()));
        let read = &bench.capture.icmp()[0].router_solicitation().unwrap().options;
        let read: Vec<u8> = read.iter().map(NdOption::number).collect();
        prop_assert_eq!(read, kinds.iter().map(|(kind, _)| *kind).collect::<Vec<_>>());
    }
}
