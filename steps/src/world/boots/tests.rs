//! Captures of a phone that came up, lost its lease, restarted.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use std::net::Ipv4Addr;

const ADDRESS: [u8; 4] = [192, 0, 2, 100];
const SERVER: [u8; 4] = [192, 0, 2, 1];
const LINK_LOCAL: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
const EVERYBODY: [u8; 4] = [255; 4];
const NOBODY: [u8; 4] = [0; 4];

/// A segment on which each frame comes a millisecond after the last.
#[derive(Default)]
struct Wire {
    capture: Capture,
    now_ms: u64,
}

impl Wire {
    fn push(&mut self, from: [u8; 6], ethertype: u16, packet: &[u8]) {
        let frame = [&[0xff; 6][..], &from, &ethertype.to_be_bytes(), packet].concat();
        self.now_ms += 1;
        let length = u32::try_from(frame.len()).unwrap();
        self.capture.push(0, self.now_ms * 1_000_000, length, &frame);
    }

    /// A DHCP message: from the server, when it is a reply.
    fn dhcp(&mut self, kind: u8, xid: u32, ciaddr: [u8; 4], yiaddr: [u8; 4], options: &[u8]) {
        let reply = matches!(kind, 2 | 5 | 6);
        let mut message = vec![if reply { 2 } else { 1 }, 1, 6, 0];
        message.extend(xid.to_be_bytes());
        message.extend([0; 4]);
        message.extend([ciaddr, yiaddr].concat());
        message.extend([0; 8]);
        message.extend(PHONE_MAC.0);
        message.extend([0; 10 + 64 + 128]);
        message.extend([99, 130, 83, 99, 53, 1, kind]);
        message.extend(options);
        message.push(255);
        let length = u16::try_from(message.len()).unwrap();
        let (ports, from, mac) = match reply {
            true => ([0, 67, 0, 68], SERVER, [2, 0, 0, 0, 0, 9]),
            false => ([0, 68, 0, 67], ciaddr, PHONE_MAC.0),
        };
        let mut packet = vec![0x45, 0];
        packet.extend((length + 28).to_be_bytes());
        packet.extend([0, 0, 0, 0, 64, 17, 0, 0]);
        packet.extend(from);
        packet.extend(EVERYBODY);
        let sum = !ones_complement(&packet);
        packet[10..12].copy_from_slice(&sum.to_be_bytes());
        packet.extend(ports);
        packet.extend((length + 8).to_be_bytes());
        // No checksum (RFC 768).
        packet.extend([0, 0]);
        packet.extend(message);
        self.push(mac, 0x0800, &packet);
    }

    /// DISCOVER to ACK, with the lease time.
    fn lease(&mut self, xid: u32, seconds: u32) {
        let server = [&[54, 4][..], &SERVER].concat();
        let terms = [&server[..], &[51, 4], &seconds.to_be_bytes()].concat();
        let wanted = [&server[..], &[50, 4], &ADDRESS].concat();
        self.dhcp(1, xid, NOBODY, NOBODY, &[]);
        self.dhcp(2, xid, NOBODY, ADDRESS, &terms);
        self.dhcp(3, xid, NOBODY, NOBODY, &wanted);
        self.dhcp(5, xid, NOBODY, ADDRESS, &terms);
    }

    /// A renewal that the server refuses.
    fn refused(&mut self, xid: u32) {
        self.dhcp(3, xid, ADDRESS, NOBODY, &[]);
        self.dhcp(6, xid, NOBODY, NOBODY, &[&[54, 4][..], &SERVER].concat());
    }

    fn icmp6(&mut self, from: Ipv6Addr, to: Ipv6Addr, kind: u8, rest: &[u8]) {
        let mut message = vec![kind, 0, 0, 0];
        message.extend(rest);
        let length = u16::try_from(message.len()).unwrap();
        let ends = [from.octets(), to.octets()].concat();
        let sum = !ones_complement(&[&ends, &length.to_be_bytes()[..], &[0, 58], &message].concat());
        message[2..4].copy_from_slice(&sum.to_be_bytes());
        let head = [&[0x60, 0, 0, 0][..], &length.to_be_bytes(), &[58, 255]].concat();
        self.push(PHONE_MAC.0, 0x86dd, &[head, ends, message].concat());
    }

    /// Duplicate address detection with one probe, and the first question of a router.
    fn link_local(&mut self) {
        self.probe();
        self.icmp6(LINK_LOCAL, Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2), 133, &[0; 4]);
    }

    fn probe(&mut self) {
        let group = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00, 1);
        self.icmp6(Ipv6Addr::UNSPECIFIED, group, 135, &[&[0; 4][..], &LINK_LOCAL.octets()].concat());
    }
}

fn ones_complement(octets: &[u8]) -> u16 {
    let sum: u32 = octets.chunks(2).map(|p| u32::from(p[0]) << 8 | p.get(1).copied().map_or(0, u32::from)).sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    u16::try_from((folded & 0xffff) + (folded >> 16)).unwrap()
}

#[test]
fn each_lease_from_init_is_a_boot() {
    let mut wire = Wire::default();
    assert_eq!(boots_seen(&wire.capture), 0);
    wire.lease(1, 3600);
    wire.lease(2, 3600);
    assert_eq!(boots_seen(&wire.capture), 2);
}

#[test]
fn an_acknowledgement_that_nobody_asked_for_is_no_boot() {
    let mut wire = Wire::default();
    wire.lease(1, 3600);
    wire.dhcp(5, 77, NOBODY, ADDRESS, &[51, 4, 0, 0, 14, 16]);
    assert_eq!(boots_seen(&wire.capture), 1);
}

#[test]
fn a_lease_after_a_lost_one_is_no_boot() {
    let mut wire = Wire::default();
    wire.link_local();
    wire.lease(1, 3600);
    wire.refused(2);
    wire.lease(3, 3600);
    assert_eq!(boots_seen(&wire.capture), 1);
    let lost = wire.capture.leases();
    assert_eq!((lost.len(), lost[0].end, lost[0].address), (2, LeaseEnd::Refused, Ipv4Addr::from(ADDRESS)));
}

#[test]
fn a_restart_right_after_a_lost_lease_shows_by_the_link_local_address() {
    let mut refused = Wire::default();
    refused.link_local();
    refused.lease(1, 3600);
    refused.refused(2);
    refused.link_local();
    refused.lease(3, 3600);
    assert_eq!((leases_begun(&refused.capture), boots_seen(&refused.capture)), (1, 2));

    let mut over = Wire::default();
    over.link_local();
    over.lease(1, 1);
    over.now_ms += 1_500;
    over.link_local();
    over.lease(2, 3600);
    assert_eq!((leases_begun(&over.capture), boots_seen(&over.capture)), (1, 2));
}

#[test]
fn several_probes_of_one_detection_are_one_boot() {
    let mut wire = Wire::default();
    wire.probe();
    wire.probe();
    wire.link_local();
    wire.lease(1, 3600);
    assert_eq!(boots_seen(&wire.capture), 1);
}

#[test]
fn a_phone_without_dhcp_is_seen_too() {
    let mut wire = Wire::default();
    wire.link_local();
    wire.link_local();
    assert_eq!(boots_seen(&wire.capture), 2);
}
