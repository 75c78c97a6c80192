//! Frames around what peers say.

use super::questions::ask_everything;
use crate::messages;
use etherparse::PacketBuilder;
use evidence::{Capture, LdapMessage};

pub(super) const MACS: [[u8; 6]; 2] = [[2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]];
/// The phone and its server.
pub(super) const V4: [[u8; 4]; 2] = [[192, 0, 2, 100], [192, 0, 2, 10]];
pub(super) const V6: [[u8; 16]; 2] =
    [[0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]];

const PHONE_PORT: u16 = 40_000;
/// Sequence numbers of the first octets; those of the phone run over soon.
const FIRST: [u32; 2] = [u32::MAX - 50, 7];

/// Datagrams, of the phone and of its server in turn.
pub(super) fn datagrams(input: &[u8], ports: [u16; 2]) {
    let mut bench = Bench::default();
    for (number, message) in messages(input).into_iter().enumerate() {
        bench.udp(number, ports, message);
    }
    ask_everything(&mut bench.capture);
}

/// Segments of a connection whose beginning the capture does not have: the phone's and the server's in turn.
pub(super) fn stream(input: &[u8], port: u16) {
    let mut bench = Bench::default();
    bench.segments(&messages(input), port);
    ask_everything(&mut bench.capture);
}

/// The one LDAP request that these octets of the phone are.
pub(crate) fn request_of(octets: &[u8]) -> LdapMessage {
    let mut bench = Bench::default();
    bench.open(389);
    bench.segments(&[octets], 389);
    bench.capture.finish();
    let mut messages = bench.capture.ldap_messages();
    let message = messages.next().expect("a message that the oracle reads").clone();
    assert!(messages.next().is_none() && message.faults.is_empty(), "{message:?}");
    message
}

/// A capture that gives each frame the next millisecond.
#[derive(Default)]
pub(super) struct Bench {
    pub(super) capture: Capture,
    now_ns: u64,
}

impl Bench {
    /// What does not fit into a packet is left out.
    pub(super) fn push(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Option<()>) {
        let mut frame = Vec::new();
        if write(&mut frame).is_some() {
            self.now_ns += 1_000_000;
            self.capture.push(0, self.now_ns, frame.len() as u32, &frame);
        }
    }

    /// From the phone to the server when the number is even, else back.
    pub(super) fn udp(&mut self, number: usize, ports: [u16; 2], payload: &[u8]) {
        let (from, to) = (number % 2, (number + 1) % 2);
        let packet = PacketBuilder::ethernet2(MACS[from], MACS[to]).ipv4(V4[from], V4[to], 64);
        self.push(|frame| packet.udp(ports[from], ports[to]).write(frame, payload).ok());
    }

    /// The beginning of the connection that [`segments`](Self::segments) go on with.
    pub(super) fn open(&mut self, port: u16) {
        let opening =
            |from: usize| PacketBuilder::ethernet2(MACS[from], MACS[1 - from]).ipv4(V4[from], V4[1 - from], 64);
        let [first, second] = FIRST.map(|first| first.wrapping_sub(1));
        let asked = opening(0).tcp(PHONE_PORT, port, first, 8192).syn();
        self.push(|frame| asked.write(frame, &[]).ok());
        let answered = opening(1).tcp(port, PHONE_PORT, second, 8192).syn().ack(FIRST[0]);
        self.push(|frame| answered.write(frame, &[]).ok());
    }

    /// Segments of a connection that the phone opens: its own and the server's in turn.
    pub(super) fn segments(&mut self, segments: &[&[u8]], port: u16) {
        let ports = [PHONE_PORT, port];
        let mut next = FIRST;
        for (number, segment) in segments.iter().enumerate() {
            let (from, to) = (number % 2, (number + 1) % 2);
            let packet = PacketBuilder::ethernet2(MACS[from], MACS[to])
                .ipv4(V4[from], V4[to], 64)
                .tcp(ports[from], ports[to], next[from], 8192)
                .ack(next[to]);
            // A segment without octets ends the connection on that side.
            let packet = if segment.is_empty() { packet.fin() } else { packet };
            self.push(|frame| packet.write(frame, segment).ok());
            next[from] = next[from].wrapping_add(segment.len() as u32);
        }
    }
}
