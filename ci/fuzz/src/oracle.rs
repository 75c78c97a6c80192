//! Captures and values that `evidence` reads.

mod bench;
mod questions;
mod secured;

pub(crate) use bench::request_of;
pub use secured::tls;

use crate::messages;
use bench::{Bench, MACS, V4, V6, datagrams, stream};
use etherparse::{IpNumber, PacketBuilder};
use evidence::{Capture, LinkType, digest, ldap::sasl::DigestMd5, nonce, sip::sdp};
use questions::ask_everything;

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

/// LDAP on a connection.
pub fn ldap(input: &[u8]) {
    stream(input, 389);
}

/// Syslog.
pub fn syslog(input: &[u8]) {
    datagrams(input, [514, 514]);
}

/// RTP, between ports that an offer would name.
pub fn rtp(input: &[u8]) {
    datagrams(input, [16_384, 16_386]);
}

/// Digest headers, SDP, nonces and DIGEST-MD5, which claims read by themselves.
pub fn texts(input: &[u8]) {
    let _ = sdp::read(input);
    let text = String::from_utf8_lossy(input);
    let nonces: Vec<(u64, &str)> = text.lines().enumerate().map(|(at, line)| (at as u64, line)).collect();
    let report = nonce::study(&nonces);
    assert_eq!(report.count, nonces.len());
    for line in text.lines() {
        if let Some(sasl) = DigestMd5::parse(line.as_bytes()) {
            let _ = (sasl.offered_qop(), sasl.is_from("secret"), sasl.expected_rspauth("secret"));
        }
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
