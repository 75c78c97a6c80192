//! A capture as it grows: frames in, facts out. Each frame costs its own octets and no more.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use crate::arp::ArpFact;
use crate::at::{self, At, Packets, portless};
use crate::dhcp::DhcpMessage;
use crate::dhcp6::Dhcp6Message;
use crate::dns::DnsMessage;
use crate::fault::{FaultKind, Faults};
use crate::file::{Interface, Secrets};
use crate::http::HttpMessage;
use crate::icmp::{Icmp, IcmpFact};
use crate::ip;
use crate::ip::checksum::{self, Verdict};
use crate::ip::fragments::{Fragments, Step};
use crate::ldap::LdapFact;
use crate::link::{self, LinkType};
use crate::ntp::NtpMessage;
use crate::rtp::Streams;
use crate::sip::SipFact;
use crate::syslog::SyslogLine;
use crate::tcp::{TcpConnection, TcpFact};
use crate::tftp::{TftpMessage, Transfers};
use crate::tls::TlsConnection;
use crate::tls::keys::KeyLog;
use crate::udp::UdpDatagram;
use crate::{arp, icmp};

/// One captured frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// 1-based, as tshark's `frame.number`.
    pub number: u32,
    /// Capture interface.
    pub interface: u32,
    /// Nanoseconds.
    pub time_ns: u64,
    /// Octets on the wire.
    pub original_len: u32,
    /// Octets kept.
    pub data: Box<[u8]>,
    /// Comments of the file.
    pub comments: Vec<String>,
}

/// Frames and all facts told by them.
#[derive(Debug, Default)]
pub struct Capture {
    pub(crate) frames: Vec<Frame>,
    pub(crate) interfaces: Vec<Interface>,
    pub(crate) secrets: Secrets,
    pub(crate) keys: KeyLog,
    pub(crate) faults: Faults,
    fragments: Fragments,
    pub(crate) arp: Vec<ArpFact>,
    pub(crate) icmp: Vec<IcmpFact>,
    pub(crate) udp: Vec<UdpDatagram>,
    pub(crate) tcp: Vec<TcpFact>,
    pub(crate) connections: Vec<TcpConnection>,
    /// The latest connection between two ends, smaller end first.
    pub(crate) latest: HashMap<(SocketAddr, SocketAddr), usize>,
    pub(crate) stream_octets: usize,
    /// HTTP requests of a connection that wait for their responses.
    pub(crate) asked: HashMap<usize, Vec<String>>,
    pub(crate) sip: Vec<SipFact>,
    pub(crate) dhcp: Vec<DhcpMessage>,
    pub(crate) dhcp6: Vec<Dhcp6Message>,
    pub(crate) dns: Vec<DnsMessage>,
    pub(crate) ntp: Vec<NtpMessage>,
    pub(crate) tftp: Vec<TftpMessage>,
    pub(crate) transfers: Transfers,
    pub(crate) http: Vec<HttpMessage>,
    pub(crate) syslog: Vec<SyslogLine>,
    pub(crate) rtp: Streams,
    pub(crate) ldap: Vec<LdapFact>,
    pub(crate) tls: Vec<TlsConnection>,
}

/// A datagram or segment on its way up: where it was seen, and its upper protocol.
pub(crate) struct Upper<'a> {
    pub(crate) at: At,
    pub(crate) protocol: u8,
    pub(crate) hop_limit: u8,
    pub(crate) payload: &'a [u8],
    /// Octets of the payload that the capture did not keep.
    pub(crate) missing: usize,
}

impl Capture {
    /// Nothing captured yet; interfaces are Ethernet unless [`set_link`](Self::set_link) says otherwise.
    pub fn new() -> Capture {
        Capture::default()
    }

    /// Tell what the frames of an interface begin with, before its first frame.
    pub fn set_link(&mut self, interface: u32, link: LinkType) {
        let position = interface as usize;
        if position < 256 && self.interfaces.len() <= position {
            self.interfaces.resize(position + 1, Interface { name: None, link: LinkType::Ethernet, snaplen: 0 });
        }
        if let Some(known) = self.interfaces.get_mut(position) {
            known.link = link;
        }
    }

    /// Take a frame in. It gets the next number; everything it completes is among the facts when this returns.
    pub fn push(&mut self, interface: u32, time_ns: u64, original_len: u32, data: &[u8]) -> u32 {
        let number = u32::try_from(self.frames.len() + 1).unwrap_or(u32::MAX);
        self.frames.push(Frame { number, interface, time_ns, original_len, data: data.into(), comments: Vec::new() });
        if data.len() < original_len as usize {
            let reason = format!("{} of {original_len} octets kept", data.len());
            self.faults.note(FaultKind::Truncated, number, "frame", reason);
        }
        let link = self.interfaces.get(interface as usize).map_or(LinkType::Ethernet, |known| known.link);
        let Some(unlinked) = link::strip(link, data) else {
            self.faults.note(FaultKind::Malformed, number, "link", "shorter than its link header");
            return number;
        };
        let at = At {
            packets: Packets::one(number),
            completed: number,
            time_ns,
            interface,
            src: at::NOWHERE,
            dst: at::NOWHERE,
            src_mac: unlinked.src,
            dst_mac: unlinked.dst,
            bad_checksum: false,
            truncated: data.len() < original_len as usize,
            secured: None,
        };
        match unlinked.ether_type {
            link::ARP => self.push_arp(at, unlinked.payload),
            link::IPV4 => self.push_ip(at, ip::read_v4(unlinked.payload)),
            link::IPV6 => self.push_ip(at, ip::read_v6(unlinked.payload)),
            _ => {}
        }
        number
    }

    /// Nothing more will come: what waits for a lost octet is taken as far as it goes. Frames may still be pushed afterwards.
    pub fn finish(&mut self) {
        let last = self.frames.last().map_or((0, 0), |frame| (frame.number, frame.time_ns));
        for position in 0..self.connections.len() {
            self.end_connection(position, last);
        }
        for first in self.fragments.incomplete() {
            self.faults.note(FaultKind::Gap, first, "ip", "fragments of this datagram are missing");
        }
        self.fragments = Fragments::default();
    }

    fn push_arp(&mut self, mut at: At, payload: &[u8]) {
        match arp::read(payload) {
            Ok(Some(read)) => {
                at.src = portless(IpAddr::V4(read.sender_ip));
                at.dst = portless(IpAddr::V4(read.target_ip));
                self.arp.push(ArpFact {
                    at,
                    kind: read.kind,
                    sender_mac: read.sender_mac,
                    sender_ip: read.sender_ip,
                    target_mac: read.target_mac,
                    target_ip: read.target_ip,
                });
            }
            Ok(None) => {}
            Err(reason) => self.wrong(&at, "arp", reason),
        }
    }

    fn push_ip(&mut self, mut at: At, packet: Result<ip::Packet<'_>, &'static str>) {
        let packet = match packet {
            Ok(packet) => packet,
            Err(reason) => return self.wrong(&at, "ip", reason),
        };
        at.src = portless(packet.src);
        at.dst = portless(packet.dst);
        if !packet.checksum_ok {
            at.bad_checksum = true;
            self.faults.note(FaultKind::BadChecksum, at.completed, "ip", "header checksum is wrong");
        }
        if packet.missing > 0 && !at.truncated {
            self.wrong(&at, "ip", &format!("promises {} octets more than the frame holds", packet.missing));
        }
        let Some(fragment) = packet.fragment else {
            return self.push_upper(Upper {
                at,
                protocol: packet.protocol,
                hop_limit: packet.hop_limit,
                payload: packet.payload,
                missing: packet.missing,
            });
        };
        let step = self.fragments.push(&packet, fragment, at.completed, at.time_ns);
        for first in self.fragments.take_given_up() {
            self.faults.note(FaultKind::Gap, first, "ip", "fragments of this datagram are missing");
        }
        match step {
            Step::Waiting => {}
            Step::Wrong(reason) => self.wrong(&at, "ip", reason),
            Step::Whole(whole) => {
                at.packets = Packets::of(whole.packets);
                at.bad_checksum |= !whole.checksum_ok;
                self.push_upper(Upper {
                    at,
                    protocol: whole.protocol,
                    hop_limit: packet.hop_limit,
                    payload: &whole.payload,
                    missing: 0,
                });
            }
        }
    }

    fn push_upper(&mut self, upper: Upper<'_>) {
        match upper.protocol {
            ip::UDP => self.push_udp(upper),
            ip::TCP => self.push_tcp(upper),
            ip::ICMP | ip::ICMPV6 => self.push_icmp(upper),
            _ => {}
        }
    }

    fn push_icmp(&mut self, upper: Upper<'_>) {
        let mut at = upper.at;
        let v6 = upper.protocol == ip::ICMPV6;
        if upper.missing == 0 {
            let field = upper
                .payload
                .get(2..4)
                .and_then(|field| field.first_chunk())
                .map_or(0, |field| u16::from_be_bytes(*field));
            let verdict = match checksum::of(upper.payload) {
                _ if v6 => checksum::upper(at.src.ip(), at.dst.ip(), upper.protocol, upper.payload, field),
                0 => Verdict::Right,
                _ => Verdict::Wrong,
            };
            self.note_checksum(&mut at, "icmp", verdict);
        }
        match icmp::read(v6, upper.hop_limit, upper.payload, &at) {
            Ok(Icmp { number, kind, about, faults }) => {
                faults.iter().for_each(|fault| self.wrong(&at, "icmp", fault));
                let hop_limit = upper.hop_limit;
                self.icmp.push(IcmpFact { at, number, hop_limit, kind, about, faults });
            }
            Err(reason) => self.wrong(&at, "icmp", reason),
        }
    }

    /// Keep what a checksum is worth.
    pub(crate) fn note_checksum(&mut self, at: &mut At, protocol: &'static str, verdict: Verdict) {
        match verdict {
            Verdict::Right => {}
            Verdict::Offloaded => {
                self.faults.note(FaultKind::Offloaded, at.completed, protocol, "checksum left to the hardware")
            }
            Verdict::Wrong => {
                at.bad_checksum = true;
                self.faults.note(FaultKind::BadChecksum, at.completed, protocol, "checksum is wrong");
            }
        }
    }

    /// A protocol's rule is broken, or, in a frame that the capture cut, seems to be.
    pub(crate) fn wrong(&mut self, at: &At, protocol: &'static str, reason: &str) {
        let kind = if at.truncated { FaultKind::Truncated } else { FaultKind::Malformed };
        self.faults.note(kind, at.completed, protocol, reason);
    }
}
