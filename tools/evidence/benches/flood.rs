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
