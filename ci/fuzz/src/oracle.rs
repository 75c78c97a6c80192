//! Captures and values that `evidence` reads.

use crate::messages;
use etherparse::{IpNumber, PacketBuilder};
use evidence::print::{self, Names};
use evidence::{Capture, LinkType, Mark, digest, nonce, sip::sdp};

const MACS: [[u8; 6]; 2] = [[2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]];
/// The phone and its server.
const V4: [[u8; 4]; 2] = [[192, 0, 2, 100], [192, 0, 2, 10]];
const V6: [[u8; 16]; 2] =
    [[0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]];

/// A capture file, pcap or pcapng.
pub fn file(input: &[u8]) {
    if let Ok(mut capture) = Capture::from_bytes(input) {
        ask_everything(&mut capture);
    }
}

/// Frames on the links that captures have.
pub fn frames(input: &[u8]) {
    let mut capture = Capture::new();
    for (interface, link) in [1_u16, 101, 113, 276].into_iter().enumerate() {
        capture.set_link(interface as u32, LinkType::from(link));
    }
    for (number, frame) in messages(input).into_iter().enumerate() {
        let [interface, frame @ ..] = frame else { continue };
        capture.push(u32::from(*interface) % 4, number as u64 * 1_000_000, frame.len() as u32, frame);
    }
    ask_everything(&mut capture);
}

/// SIP in datagrams.
pub fn sip(input: &[u8]) {
    datagrams(input, [5060, 5060]);
}

/// SIP on a connection.
pub fn sip_stream(input: &[u8]) {
    stream(input, 5060);
}

/// DNS in datagrams and on a connection.
pub fn dns(input: &[u8]) {
    datagrams(input, [40_000, 53]);
    stream(input, 53);
}

/// DHCPv4, both ways.
pub fn dhcp(input: &[u8]) {
    datagrams(input, [68, 67]);
}

/// DHCPv6, both ways.
pub fn dhcp6(input: &[u8]) {
    let mut bench = Bench::default();
    for (number, message) in messages(input).into_iter().enumerate() {
        let (from, to) = (number % 2, (number + 1) % 2);
        let ports = [546, 547];
        let packet = PacketBuilder::ethernet2(MACS[from], MACS[to]).ipv6(V6[from], V6[to], 64);
        bench.push(|frame| packet.udp(ports[from], ports[to]).write(frame, message).ok());
    }
    ask_everything(&mut bench.capture);
}

/// ICMP and ICMPv6, neighbour discovery with it.
pub fn icmp(input: &[u8]) {
    let mut bench = Bench::default();
    for (number, message) in messages(input).into_iter().enumerate() {
        let (from, to) = (number % 2, (number + 1) % 2);
        let packet = PacketBuilder::ethernet2(MACS[from], MACS[to]).ipv6(V6[from], V6[to], 255);
        bench.push(|frame| packet.write(frame, IpNumber::IPV6_ICMP, message).ok());
        let packet = PacketBuilder::ethernet2(MACS[from], MACS[to]).ipv4(V4[from], V4[to], 64);
        bench.push(|frame| packet.write(frame, IpNumber::ICMP, message).ok());
    }
    ask_everything(&mut bench.capture);
}

/// NTP.
pub fn ntp(input: &[u8]) {
    datagrams(input, [40_000, 123]);
}

/// TFTP: the first message is the request, the others are of the transfer that it begins.
pub fn tftp(input: &[u8]) {
    let mut bench = Bench::default();
    for (number, message) in messages(input).into_iter().enumerate() {
        let server_port = if number == 0 { 69 } else { 2000 };
        bench.udp(number, [53_240, server_port], message);
    }
    ask_everything(&mut bench.capture);
}

/// HTTP on a connection.
pub fn http(input: &[u8]) {
    stream(input, 80);
}

/// Syslog.
pub fn syslog(input: &[u8]) {
    datagrams(input, [514, 514]);
}

/// RTP, between ports that an offer would name.
pub fn rtp(input: &[u8]) {
    datagrams(input, [16_384, 16_386]);
}

/// Digest headers, SDP and nonces, which claims read by themselves.
pub fn texts(input: &[u8]) {
    let _ = sdp::read(input);
    let text = String::from_utf8_lossy(input);
    let nonces: Vec<(u64, &str)> = text.lines().enumerate().map(|(at, line)| (at as u64, line)).collect();
    let report = nonce::study(&nonces);
    assert_eq!(report.count, nonces.len());
    for line in text.lines() {
        if let Some(challenge) = digest::Challenge::parse(line) {
            let _ = (challenge.realm(), challenge.nonce(), challenge.opaque(), challenge.qop(), challenge.is_stale());
            let _ = challenge.algorithm();
        }
        if let Some(credentials) = digest::Credentials::parse(line) {
            let secret = digest::Secret { password: "secret", method: "INVITE", body: b"body" };
            let _ = (credentials.nonce_count(), credentials.is_from(secret), credentials.expected_response(secret));
        }
    }
}

/// A capture that gives each frame the next millisecond.
#[derive(Default)]
struct Bench {
    capture: Capture,
    now_ns: u64,
}

impl Bench {
    /// What does not fit into a packet is left out.
    fn push(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Option<()>) {
        let mut frame = Vec::new();
        if write(&mut frame).is_some() {
            self.now_ns += 1_000_000;
            self.capture.push(0, self.now_ns, frame.len() as u32, &frame);
        }
    }

    /// From the phone to the server when the number is even, else back.
    fn udp(&mut self, number: usize, ports: [u16; 2], payload: &[u8]) {
        let (from, to) = (number % 2, (number + 1) % 2);
        let packet = PacketBuilder::ethernet2(MACS[from], MACS[to]).ipv4(V4[from], V4[to], 64);
        self.push(|frame| packet.udp(ports[from], ports[to]).write(frame, payload).ok());
    }
}

fn datagrams(input: &[u8], ports: [u16; 2]) {
    let mut bench = Bench::default();
    for (number, message) in messages(input).into_iter().enumerate() {
        bench.udp(number, ports, message);
    }
    ask_everything(&mut bench.capture);
}

/// Segments of a connection that the phone opens: its own and the server's in turn.
fn stream(input: &[u8], port: u16) {
    let mut bench = Bench::default();
    let ports = [40_000, port];
    let mut next = [u32::MAX - 50, 7];
    for (number, segment) in messages(input).into_iter().enumerate() {
        let (from, to) = (number % 2, (number + 1) % 2);
        let packet = PacketBuilder::ethernet2(MACS[from], MACS[to])
            .ipv4(V4[from], V4[to], 64)
            .tcp(ports[from], ports[to], next[from], 8192)
            .ack(next[to]);
        // A segment without octets ends the connection on that side.
        let packet = if segment.is_empty() { packet.fin() } else { packet };
        bench.push(|frame| packet.write(frame, segment).ok());
        next[from] = next[from].wrapping_add(segment.len() as u32);
    }
    ask_everything(&mut bench.capture);
}

fn ask_everything(capture: &mut Capture) {
    capture.finish();
    for message in capture.sip_messages() {
        let _ =
            (message.via(), message.from_tag(), message.to_tag(), message.cseq(), message.contacts(), message.sdp());
        let _ = (message.challenges(), message.credentials(), message.values("Route"), message.is_response_to(message));
    }
    for message in capture.dhcp() {
        let _ = (message.vendor_specific(), message.vendor_blocks(), message.routes(), message.tftp_servers());
        message.codes.iter().for_each(|code| drop(message.value(*code).map(|value| value.to_string())));
    }
    for message in capture.dhcp6() {
        let _ = (message.addresses(), message.ntp(), message.domains(), message.status(), message.codes());
    }
    for lease in capture.leases() {
        let _ = (lease.ended_ns(), lease.since(Mark(1)).len());
    }
    let _ = (capture.leases6(), capture.http_exchanges(), print::leases(capture, &Names::none()));
    let _ = (print::ladder(capture, &Names::none()), print::summary(capture), print::json(capture), capture.quality());
}
