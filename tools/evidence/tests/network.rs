//! Link, ARP, IP with fragments, ICMP, UDP: what a frame tells.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod wire;

use std::net::Ipv6Addr;

use evidence::{ArpKind, Capture, Carried, FaultKind, IcmpKind, Mac, SipFact, limits};
use wire::*;

const V6_PHONE: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0x78, 0, 0, 0, 0, 0x64);
const V6_SERVER: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0x78, 0, 0, 0, 0, 0xa);

fn kinds(capture: &Capture) -> Vec<FaultKind> {
    capture.faults().iter().map(|fault| fault.kind).collect()
}

#[test]
fn arp_packets_are_told_apart() {
    let mut bench = Bench::default();
    bench.push(&arp(1, (PHONE_MAC, [0; 4]), ([0; 6], PHONE)));
    bench.push(&arp(1, (PHONE_MAC, PHONE), ([0; 6], PHONE)));
    bench.push(&arp(1, (PHONE_MAC, PHONE), ([0; 6], SERVER)));
    bench.push(&arp(2, (SERVER_MAC, SERVER), (PHONE_MAC, PHONE)));
    let kinds: Vec<ArpKind> = bench.capture.arp().iter().map(|fact| fact.kind).collect();
    assert_eq!(kinds, [ArpKind::Probe, ArpKind::Announcement, ArpKind::Request, ArpKind::Reply]);
    let reply = &bench.capture.arp()[3];
    assert_eq!((reply.sender_mac, reply.src.ip(), reply.dst.ip()), (Mac(SERVER_MAC), ip(SERVER), ip(PHONE)));
    assert_eq!((reply.packets.as_slice(), reply.time_ns), (&[4][..], 4 * MILLISECOND));
    assert!(bench.capture.quality().is_clean());
}

#[test]
fn vlan_tags_are_stepped_over() {
    let mut frame = udp((PHONE, 4000), (SERVER, 4000), b"x");
    frame.splice(12..12, [0x88, 0xa8, 0, 5, 0x81, 0, 0, 7]);
    let mut bench = Bench::default();
    bench.push(&frame);
    assert_eq!(bench.capture.udp()[0].dst.port(), 4000);
}

#[test]
fn a_datagram_in_fragments_is_one_fact_whatever_their_order() {
    let text = request("INVITE", "z9hG4bK1", 1, &format!("X-Long: {}\r\n", "y".repeat(3_000)), "");
    let frame = udp((SERVER, 5060), (PHONE, 5060), text.as_bytes());
    let parts = fragments(&frame, 1_480, 77);
    assert_eq!(parts.len(), 3);
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [1, 0, 2]] {
        let mut bench = Bench::default();
        for position in order {
            assert!(bench.capture.sip().is_empty());
            bench.push(&parts[position]);
        }
        let message = bench.capture.sip_messages().next().unwrap();
        assert_eq!((message.raw.as_slice(), message.packets.as_slice()), (text.as_bytes(), &[1, 2, 3][..]));
        assert_eq!(message.time_ns, 3 * MILLISECOND);
        assert!(bench.capture.quality().is_clean());
    }
}

#[test]
fn fragments_twice_sent_are_taken_once() {
    let frame = udp((SERVER, 9), (PHONE, 9), &[7; 2_000]);
    let parts = fragments(&frame, 1_480, 77);
    let mut bench = Bench::default();
    bench.push(&parts[0]);
    bench.push(&parts[0]);
    bench.push(&parts[1]);
    assert_eq!(bench.capture.udp()[0].packets.as_slice(), [1, 3]);
    assert!(!bench.capture.udp()[0].bad_checksum);
}

#[test]
fn of_overlapping_ipv4_fragments_the_first_copy_wins() {
    let frame = udp((SERVER, 9), (PHONE, 9), &[7; 2_000]);
    let parts = fragments(&frame, 1_480, 77);
    let mut forged = parts[0].clone();
    forged[60] ^= 0xff;
    let mut bench = Bench::default();
    bench.push(&parts[0]);
    bench.push(&forged);
    bench.push(&parts[1]);
    assert!(!bench.capture.udp()[0].bad_checksum);
}

#[test]
fn overlapping_ipv6_fragments_drop_the_datagram() {
    let whole = udp6((V6_PHONE, 9), (V6_SERVER, 9), &[7; 100]);
    let payload = &whole[54..];
    let good = |offset: usize, more| {
        fragment6(
            V6_PHONE,
            V6_SERVER,
            5,
            offset as u16,
            more,
            &payload[offset..if more { offset + 56 } else { payload.len() }],
        )
    };
    let mut bench = Bench::default();
    bench.push(&good(56, false));
    bench.push(&good(0, true));
    assert_eq!(bench.capture.udp().len(), 1, "{:?}", bench.capture.faults());
    assert!(bench.capture.quality().is_clean());
    let mut bench = Bench::default();
    bench.push(&good(0, true));
    bench.push(&fragment6(V6_PHONE, V6_SERVER, 5, 48, true, &[1; 16]));
    bench.push(&good(56, false));
    assert!(bench.capture.udp().is_empty());
    assert_eq!(kinds(&bench.capture), [FaultKind::Malformed]);
}

#[test]
fn fragments_that_stay_alone_are_a_gap_of_the_capture() {
    let parts = fragments(&udp((SERVER, 9), (PHONE, 9), &[7; 2_000]), 1_480, 77);
    let mut bench = Bench::default();
    bench.push(&parts[0]);
    bench.wait(limits::FRAGMENT_LIFETIME_NS);
    bench.push(&parts[1]);
    assert!(bench.capture.udp().is_empty());
    bench.capture.finish();
    assert_eq!(kinds(&bench.capture), [FaultKind::Gap, FaultKind::Gap]);
}

#[test]
fn a_flood_of_fragments_keeps_the_newest_and_says_so() {
    let parts = fragments(&udp((SERVER, 9), (PHONE, 9), &[7; 64]), 40, 0);
    let mut bench = Bench::default();
    for id in 0..=(limits::FRAGMENTS as u32 + 500) {
        let mut part = parts[0].clone();
        part[18..20].copy_from_slice(&(id as u16).to_be_bytes());
        part[26..30].copy_from_slice(&[10, 0, (id >> 16) as u8, 1]);
        mend_ipv4(&mut part);
        bench.push(&part);
    }
    let gone = bench.capture.faults().len();
    assert!((501..=502).contains(&gone), "{gone}");
}

#[test]
fn wrong_checksums_are_noted_on_the_fact() {
    let mut frame = udp((SERVER, 5060), (PHONE, 5060), request("OPTIONS", "z9hG4bK1", 1, "", "").as_bytes());
    frame[40] ^= 1;
    let mut bench = Bench::default();
    bench.push(&frame);
    assert!(bench.capture.sip()[0].bad_checksum);
    assert_eq!(kinds(&bench.capture), [FaultKind::BadChecksum]);
    let mut frame = udp((SERVER, 9), (PHONE, 9), b"x");
    frame[24] ^= 1;
    bench.push(&frame);
    assert!(bench.capture.udp()[1].bad_checksum);
}

#[test]
fn a_checksum_left_to_the_hardware_is_the_captures_fault() {
    let mut frame = udp((SERVER, 9), (PHONE, 9), b"data");
    let pseudo: u32 =
        [SERVER, PHONE].concat().chunks(2).map(|p| u32::from(u16::from_be_bytes([p[0], p[1]]))).sum::<u32>() + 17 + 12;
    let folded = ((pseudo & 0xffff) + (pseudo >> 16)) as u16;
    frame[40..42].copy_from_slice(&folded.to_be_bytes());
    let mut bench = Bench::default();
    bench.push(&frame);
    assert!(!bench.capture.udp()[0].bad_checksum);
    assert_eq!(kinds(&bench.capture), [FaultKind::Offloaded]);
    assert_eq!((bench.capture.quality().unreliable.len(), bench.capture.quality().wrong.len()), (1, 0));
}

#[test]
fn port_unreachable_names_the_datagram_it_is_about() {
    let about = udp((SERVER, 5060), (PHONE, 5061), b"hello");
    let mut body = vec![3, 3, 0, 0, 0, 0, 0, 0];
    body.extend_from_slice(&about[14..42]);
    let builder = etherparse::PacketBuilder::ethernet2(PHONE_MAC, SERVER_MAC).ipv4(PHONE, SERVER, 64);
    let sum: u32 = body.chunks(2).map(|p| u32::from(u16::from_be_bytes([p[0], p[1]]))).sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    body[2..4].copy_from_slice(&(!(folded as u16)).to_be_bytes());
    let mut frame = Vec::new();
    builder.write(&mut frame, etherparse::IpNumber::ICMP, &body).unwrap();
    let mut bench = Bench::default();
    bench.push(&frame);
    let fact = &bench.capture.icmp()[0];
    assert_eq!((&fact.kind, fact.src.ip()), (&IcmpKind::PortUnreachable, ip(PHONE)));
    assert_eq!(fact.about.unwrap().dst.to_string(), "192.0.2.100:5061");
    assert!(bench.capture.quality().is_clean(), "{:?}", bench.capture.faults());
}

#[test]
fn cut_frames_are_the_captures_fault_and_packets_too_short_are_the_senders() {
    let frame = udp((SERVER, 5060), (PHONE, 5060), request("OPTIONS", "z9hG4bK1", 1, "", "").as_bytes());
    let mut capture = Capture::new();
    capture.push(0, 1, frame.len() as u32, &frame[..120]);
    assert!(capture.sip()[0].truncated);
    assert!(capture.quality().wrong.is_empty(), "{:?}", capture.faults());
    let mut short = frame.clone();
    short.truncate(120);
    let mut capture = Capture::new();
    capture.push(0, 1, 120, &short);
    assert!(kinds(&capture).contains(&FaultKind::Malformed));
}

#[test]
fn keep_alives_are_no_messages() {
    let mut bench = Bench::default();
    bench.udp((PHONE, 5060), (SERVER, 5060), b"\r\n\r\n");
    bench.udp((PHONE, 5060), (SERVER, 5060), b"");
    assert!(bench.capture.sip().is_empty());
    assert!(bench.capture.udp().iter().all(|datagram| datagram.carries == Carried::KeepAlive));
}

#[test]
fn sip_is_known_on_any_port_and_what_is_not_sip_on_its_own_port_is_malformed() {
    let mut bench = Bench::default();
    bench.udp((PHONE, 9_999), (SERVER, 7_777), request("OPTIONS", "z9hG4bK1", 1, "", "").as_bytes());
    bench.udp((PHONE, 5060), (SERVER, 5060), b"hello there\r\n\r\n");
    assert!(matches!(bench.capture.sip(), [SipFact::Message(_), SipFact::Malformed(_)]));
}

#[test]
fn a_mark_parts_what_was_from_what_is_new() {
    let mut bench = Bench::default();
    bench.sip(SERVER, PHONE, &request("OPTIONS", "z9hG4bK1", 1, "", ""));
    let mark = bench.capture.mark();
    assert_eq!(bench.capture.sip_since(mark).len(), 0);
    bench.sip(SERVER, PHONE, &request("OPTIONS", "z9hG4bK2", 2, "", ""));
    let new: Vec<_> = bench.capture.sip_messages_since(mark).map(|message| message.cseq().unwrap().0).collect();
    assert_eq!(new, [2]);
    assert_eq!(bench.capture.sip_since(evidence::Mark::default()).len(), 2);
}
