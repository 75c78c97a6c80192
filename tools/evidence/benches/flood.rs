//! What a flood costs: ten thousand datagrams, pushed one by one as a live capture does.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../tests/wire/mod.rs"]
mod wire;

use divan::Bencher;
use evidence::Capture;
use wire::*;

const COUNT: usize = 10_000;

fn main() {
    divan::main();
}

fn pushed(frames: &[Vec<u8>]) -> Capture {
    let mut capture = Capture::new();
    for (position, frame) in frames.iter().enumerate() {
        capture.push(0, position as u64 * MILLISECOND, frame.len() as u32, frame);
    }
    capture
}

#[divan::bench]
fn invites(bencher: Bencher<'_, '_>) {
    let frame = |i: usize| {
        udp((STRANGER, 5060), (PHONE, 5060), request("INVITE", &format!("z9hG4bK{i}"), 1, "", "").as_bytes())
    };
    let frames: Vec<_> = (0..COUNT).map(frame).collect();
    bencher.bench(|| pushed(&frames));
}

#[divan::bench]
fn dhcp_requests(bencher: Bencher<'_, '_>) {
    let frame =
        |i: usize| udp(([0; 4], 68), ([255; 4], 67), &dhcp(1, i as u32, [0; 4], [0; 4], &[(53, &[3]), (50, &PHONE)]));
    let frames: Vec<_> = (0..COUNT).map(frame).collect();
    bencher.bench(|| pushed(&frames));
}

#[divan::bench]
fn dhcpv6_solicits(bencher: Bencher<'_, '_>) {
    let ends = (std::net::Ipv6Addr::LOCALHOST, std::net::Ipv6Addr::LOCALHOST);
    let ia = ia_na(7, (0, 0), ends.0, (0, 0));
    let frame = |i: usize| {
        let options: &[(u16, &[u8])] = &[(1, &[0, 3, 0, 1, 2, 0, 0, 0, 0, 1]), (3, &ia), (6, &[0, 23, 0, 24])];
        udp6((ends.0, 546), (ends.1, 547), &dhcp6(1, i as u32, options))
    };
    let frames: Vec<_> = (0..COUNT).map(frame).collect();
    bencher.bench(|| pushed(&frames));
}

/// Leases are told anew at each question.
#[divan::bench]
fn leases_of_many_clients(bencher: Bencher<'_, '_>) {
    let frame = |i: usize| {
        let mut message = dhcp(2, i as u32, [0; 4], PHONE, &[(53, &[5]), (51, &[0, 0, 14, 16]), (54, &SERVER)]);
        message[30..34].copy_from_slice(&(i as u32).to_be_bytes());
        udp((SERVER, 67), (PHONE, 68), &message)
    };
    let frames: Vec<_> = (0..COUNT).map(frame).collect();
    let capture = pushed(&frames);
    bencher.bench(|| capture.leases().len());
}

#[divan::bench]
fn tftp_requests(bencher: Bencher<'_, '_>) {
    let frame = |i: usize| udp((PHONE, i as u16), (SERVER, 69), b"\0\x01file\0octet\0");
    let frames: Vec<_> = (0..COUNT).map(frame).collect();
    bencher.bench(|| pushed(&frames));
}

#[divan::bench]
fn rtp_packets(bencher: Bencher<'_, '_>) {
    let frames: Vec<_> = (0..COUNT).map(|i| udp((PHONE, 16_384), (SERVER, 4_000), &rtp(i as u16, 1))).collect();
    bencher.bench(|| pushed(&frames));
}

#[divan::bench]
fn lone_fragments(bencher: Bencher<'_, '_>) {
    let whole = udp((SERVER, 9), (PHONE, 9), &[7; 64]);
    let frames: Vec<_> = (0..COUNT).map(|i| fragments(&whole, 40, i as u16).swap_remove(0)).collect();
    bencher.bench(|| pushed(&frames));
}

#[divan::bench]
fn a_stream_in_reverse(bencher: Bencher<'_, '_>) {
    let segment = |i: usize| tcp((PHONE, 1_000), (SERVER, 4_000), "A", 2 + 100 * i as u32, 1, &[7; 100]);
    let mut frames: Vec<_> = (0..4_000).rev().map(segment).collect();
    frames.insert(0, tcp((PHONE, 1_000), (SERVER, 4_000), "S", 1, 0, b""));
    bencher.bench(|| pushed(&frames));
}

/// A handshake message that does not end, an octet in each record, a record in each segment.
#[divan::bench]
fn tls_records_of_one_octet(bencher: Bencher<'_, '_>) {
    let octet = |i: usize| match i {
        0 => 1,
        1 => 3,
        _ => 0xff,
    };
    let segment = |i: usize| tcp((PHONE, 1_000), (SERVER, 5061), "A", 2 + 6 * i as u32, 1, &[22, 3, 1, 0, 1, octet(i)]);
    let mut frames: Vec<_> = (0..COUNT).map(segment).collect();
    frames.insert(0, tcp((PHONE, 1_000), (SERVER, 5061), "S", 1, 0, b""));
    bencher.bench(|| pushed(&frames));
}

/// An endless result.
#[divan::bench]
fn ldap_entries(bencher: Bencher<'_, '_>) {
    let entry = b"\x30\x0e\x02\x01\x02\x64\x09\x04\x03abc\x30\x02\x30\x00";
    let segment = |i: usize| tcp((SERVER, 389), (PHONE, 1_000), "A", 2 + entry.len() as u32 * i as u32, 1, entry);
    let mut frames: Vec<_> = (0..COUNT).map(segment).collect();
    frames.insert(0, tcp((PHONE, 1_000), (SERVER, 389), "S", 1, 0, b""));
    bencher.bench(|| pushed(&frames));
}
