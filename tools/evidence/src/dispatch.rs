//! From UDP and TCP to the protocols above them.

use crate::at::{self, At, Packets};
use crate::capture::{Capture, Upper};
use crate::fault::FaultKind;
use crate::http::HttpMessage;
use crate::ip;
use crate::ip::checksum::{self, Verdict};
use crate::ldap::{self, LdapFact, LdapMalformed, LdapSealed};
use crate::limits;
use crate::rtp::Heard;
use crate::sip::{self, SipFact, SipMalformed, Transport, parse};
use crate::stream::{Cut, Ends, Line, What};
use crate::tcp::connection::Happened;
use crate::tcp::{self, TcpConnection, TcpEvent, TcpFact};
use crate::udp::{self, Carried, UdpDatagram};
use crate::{dns, http, syslog};

const SIP_PORT: u16 = 5060;
const DNS_PORT: u16 = 53;
const SYSLOG_PORT: u16 = 514;
const NTP_PORT: u16 = 123;
const TFTP_PORT: u16 = 69;
const DHCP_PORTS: [u16; 2] = [67, 68];
const DHCP6_PORTS: [u16; 2] = [546, 547];

impl Capture {
    pub(crate) fn push_udp(&mut self, upper: Upper<'_>) {
        let mut at = upper.at;
        let datagram = match udp::read(upper.payload) {
            Ok(datagram) => datagram,
            Err(reason) => return self.wrong(&at, "udp", reason),
        };
        at.src.set_port(datagram.src_port);
        at.dst.set_port(datagram.dst_port);
        if datagram.missing > 0 {
            at.truncated |= upper.missing > 0;
            self.wrong(&at, "udp", &format!("promises {} octets more than there are", datagram.missing));
        } else {
            // IPv4 may do without a checksum, IPv6 may not (RFC 8200 §8.1).
            let absent = datagram.checksum == 0 && at.src.is_ipv4();
            if !absent {
                let verdict = checksum::upper(at.src.ip(), at.dst.ip(), ip::UDP, datagram.whole, datagram.checksum);
                self.note_checksum(&mut at, "udp", verdict);
            }
        }
        let len = datagram.payload.len() + datagram.missing;
        let carries = self.datagram(&at, datagram.payload, len);
        self.udp.push(UdpDatagram { at, len, carries });
    }

    fn datagram(&mut self, at: &At, payload: &[u8], len: usize) -> Carried {
        let (src, dst) = (at.src.port(), at.dst.port());
        if payload.is_empty() {
            return if src == SIP_PORT || dst == SIP_PORT { Carried::KeepAlive } else { Carried::Unknown };
        }
        if at.src.is_ipv4() && (DHCP_PORTS.contains(&dst) || DHCP_PORTS.contains(&src)) {
            self.push_dhcp(at, payload);
            return Carried::Dhcp;
        }
        if at.src.is_ipv6() && (DHCP6_PORTS.contains(&dst) || DHCP6_PORTS.contains(&src)) {
            self.push_dhcp6(at, payload);
            return Carried::Dhcp6;
        }
        if src == DNS_PORT || dst == DNS_PORT {
            self.push_dns(payload, Transport::Udp, at.clone());
            return Carried::Dns;
        }
        if src == NTP_PORT || dst == NTP_PORT {
            self.push_ntp(at, payload);
            return Carried::Ntp;
        }
        if src == TFTP_PORT || dst == TFTP_PORT || self.transfers.expects(at, payload) {
            self.push_tftp(at, payload, len);
            return Carried::Tftp;
        }
        if src == SIP_PORT || dst == SIP_PORT || parse::looks_like_sip(payload) {
            if payload.iter().all(|octet| matches!(octet, b'\r' | b'\n' | 0)) {
                return Carried::KeepAlive;
            }
            let fact = sip::read_datagram(payload, at.clone());
            self.push_sip(fact);
            return Carried::Sip;
        }
        if dst == SYSLOG_PORT {
            self.syslog.push(syslog::read(payload, Transport::Udp, at.clone()));
            return Carried::Syslog;
        }
        match self.rtp.hear(payload, at) {
            Heard::Rtp => Carried::Rtp,
            Heard::Rtcp => Carried::Rtcp,
            Heard::No => Carried::Unknown,
        }
    }

    pub(crate) fn push_tcp(&mut self, upper: Upper<'_>) {
        let mut at = upper.at;
        let segment = match tcp::read(upper.payload, upper.missing) {
            Ok(segment) => segment,
            Err(reason) => return self.wrong(&at, "tcp", reason),
        };
        at.src.set_port(segment.src_port);
        at.dst.set_port(segment.dst_port);
        if upper.missing == 0 {
            let verdict = checksum::upper(at.src.ip(), at.dst.ip(), ip::TCP, upper.payload, segment.checksum);
            self.note_checksum(&mut at, "tcp", verdict);
            // A receiver drops such a segment (RFC 9293 §3.10.7), so nothing may be concluded from its octets.
            if verdict == Verdict::Wrong {
                return;
            }
        }
        let position = self.connection(&at, &segment);
        let Some(connection) = self.connections.get_mut(position) else {
            return;
        };
        let by_client = at.src == connection.client;
        let octets =
            |connection: &TcpConnection| connection.from_client.bytes().len() + connection.from_server.bytes().len();
        let before = octets(connection);
        let full_before = connection.from_client.full() || connection.from_server.full();
        let segment = if self.stream_octets > limits::ALL_STREAM_OCTETS {
            tcp::Segment { payload: &[], ..segment }
        } else {
            segment
        };
        let happened = connection.push(&segment, by_client, at.completed);
        self.stream_octets += octets(connection).saturating_sub(before);
        let full = connection.from_client.full() || connection.from_server.full();
        if full && !full_before {
            self.faults.note(FaultKind::Limit, at.completed, "tcp", "more octets in one direction than are kept");
        }
        self.note_events(position, &at, happened);
        self.read_streams(position, &at);
    }

    /// Nothing more will come on this connection.
    pub(crate) fn end_connection(&mut self, position: usize, (completed, time_ns): (u32, u64)) {
        let Some(connection) = self.connections.get_mut(position) else {
            return;
        };
        let happened = connection.end();
        let at = after(connection, completed, time_ns);
        self.note_events(position, &at, happened);
        self.read_streams(position, &at);
    }

    /// The connection that a segment belongs to; a new one if it begins one.
    fn connection(&mut self, at: &At, segment: &tcp::Segment<'_>) -> usize {
        let ends = if at.src <= at.dst { (at.src, at.dst) } else { (at.dst, at.src) };
        if let Some(&position) = self.latest.get(&ends)
            && let Some(connection) = self.connections.get(position)
            && !connection.is_replaced_by(segment, at.src == connection.client)
        {
            return position;
        }
        let position = self.connections.len();
        self.connections.push(TcpConnection::new(at.src, at.dst, segment, at.completed, at.interface));
        self.latest.insert(ends, position);
        position
    }

    fn note_events(&mut self, position: usize, at: &At, happened: Vec<Happened>) {
        let Some((client, server)) =
            self.connections.get(position).map(|connection| (connection.client, connection.server))
        else {
            return;
        };
        for Happened { packets, by_client, event } in happened {
            if let TcpEvent::Gap { missing } = event {
                let first = packets.first().copied().unwrap_or(at.completed);
                let reason = format!("{missing} octets before this frame are not in the capture");
                self.faults.note(FaultKind::Gap, first, "tcp", reason);
            }
            let (src, dst) = if by_client { (client, server) } else { (server, client) };
            let at = At { packets: Packets::of(packets), src, dst, ..at.clone() };
            self.tcp.push(TcpFact { at, connection: position, event });
        }
    }

    /// Cut messages out of both directions, requests first.
    fn read_streams(&mut self, position: usize, at: &At) {
        let Some(connection) = self.connections.get_mut(position) else {
            return;
        };
        let asked = self.asked.entry(position).or_default();
        let ended = at.packets.as_slice().is_empty() || connection.is_over();
        let mut found: Vec<(At, Cut, Vec<u8>)> = Vec::new();
        let (client, server) = (connection.client, connection.server);
        let directions = [
            (&connection.from_client, &mut connection.client_reader, client, server),
            (&connection.from_server, &mut connection.server_reader, server, client),
        ];
        for (direction, reader, src, dst) in directions {
            let over = ended || direction.finished();
            let ends = Ends { src_port: src.port(), dst_port: dst.port(), over, secured: false };
            let line = Line { bytes: direction.bytes(), gaps: direction.gaps() };
            for cut in reader.read(line, ends, asked) {
                let at = At { packets: direction.packets(cut.from, cut.to), src, dst, ..at.clone() };
                let raw = direction.bytes().get(cut.from..cut.to).unwrap_or_default().to_vec();
                found.push((at, cut, raw));
            }
        }
        if asked.is_empty() {
            self.asked.remove(&position);
        }
        found.into_iter().for_each(|(at, cut, raw)| self.push_cut(at, cut.what, raw, position));
        if self.read_tls(position, at, ended) {
            self.read_streams(position, at);
        }
    }

    pub(crate) fn push_cut(&mut self, at: At, what: What, raw: Vec<u8>, connection: usize) {
        let transport = if at.secured.is_some() { Transport::Tls } else { Transport::Tcp };
        match what {
            What::Sip { head_len, faults } => {
                let (head, body) = raw.split_at_checked(head_len).unwrap_or((&raw, &[]));
                let fact = match parse::head(head) {
                    Ok(view) => SipFact::Message(sip::message(view, transport, body, &raw, faults, at)),
                    Err(reason) => SipFact::Malformed(SipMalformed { at, transport, reason, raw }),
                };
                self.push_sip(fact);
            }
            What::SipMalformed(reason) => {
                self.push_sip(SipFact::Malformed(SipMalformed { at, transport, reason, raw }))
            }
            What::SipKeepAlive => {}
            What::Http { head, body_len } => {
                let wire = raw.len().checked_sub(body_len).and_then(|from| raw.get(from..)).unwrap_or_default();
                let (body, body_cut) = http::kept_body(&head, wire);
                if body_cut {
                    self.faults.note(FaultKind::Limit, at.completed, "http", "more octets of a body than are kept");
                }
                let http::Head { start, headers, body: _ } = head;
                at::insert(&mut self.http, HttpMessage { at, connection, start, headers, body_len, body, body_cut });
            }
            What::HttpMalformed(reason) => self.wrong(&at, "http", reason),
            What::Dns => self.push_dns(&raw, transport, at),
            What::Syslog => at::insert(&mut self.syslog, syslog::read(&raw, transport, at)),
            What::Ldap => self.push_ldap(ldap::read(&raw, at, connection)),
            What::LdapMalformed(reason) => {
                let (reason, octets) = (reason.to_owned(), raw.len());
                self.push_ldap(LdapFact::Malformed(LdapMalformed { at, connection, reason, octets }));
            }
            What::LdapSealed => self.push_ldap(LdapFact::Sealed(LdapSealed { at, connection })),
        }
    }

    fn push_dns(&mut self, payload: &[u8], transport: Transport, at: At) {
        match dns::read(payload, transport, at.clone()) {
            Ok(message) => {
                message.faults.iter().for_each(|fault| self.wrong(&at, "dns", fault));
                at::insert(&mut self.dns, message);
            }
            Err(reason) => self.wrong(&at, "dns", reason),
        }
    }

    fn push_sip(&mut self, fact: SipFact) {
        match &fact {
            SipFact::Message(message) => {
                let at = message.at.clone();
                message.faults.iter().for_each(|fault| self.wrong(&at, "sip", fault));
                if let Some(sdp) = message.sdp() {
                    self.rtp.announce(&sdp);
                }
            }
            SipFact::Malformed(malformed) => {
                let (at, reason) = (malformed.at.clone(), malformed.reason.clone());
                self.wrong(&at, "sip", &reason);
            }
        }
        at::insert(&mut self.sip, fact);
    }

    fn push_ldap(&mut self, fact: LdapFact) {
        match &fact {
            LdapFact::Message(message) => {
                message.faults.iter().for_each(|fault| self.wrong(&message.at, "ldap", fault))
            }
            LdapFact::Malformed(malformed) => self.wrong(&malformed.at, "ldap", &malformed.reason),
            LdapFact::Sealed(_) => {}
        }
        at::insert(&mut self.ldap, fact);
    }
}

/// Where and when something became known of a connection after its last segment.
pub(crate) fn after(connection: &TcpConnection, completed: u32, time_ns: u64) -> At {
    At {
        packets: Packets::default(),
        completed,
        time_ns,
        interface: connection.interface,
        src: connection.client,
        dst: connection.server,
        src_mac: None,
        dst_mac: None,
        bad_checksum: false,
        truncated: false,
        secured: None,
    }
}
