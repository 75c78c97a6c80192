//! Facts as lines of a ladder: who to whom, what, which packets.

use std::net::IpAddr;

use crate::arp::ArpKind;
use crate::at::{At, Fact, Packets};
use crate::capture::Capture;
use crate::dhcp6::{self, Dhcp6Message};
use crate::dns::{self, DnsData, DnsMessage};
use crate::http::HttpStart;
use crate::icmp::{IcmpFact, IcmpKind, RouterAdvertisement};
use crate::ntp::{NtpMessage, NtpMode};
use crate::print::names::{Names, Owners};
use crate::print::{ldap, tls};
use crate::sip::{SipFact, SipMessage, Start};
use crate::tcp::TcpEvent;
use crate::tftp::{TftpOp, TftpOptions, TftpOutcome};

/// One line.
#[derive(Debug)]
pub(super) struct Event {
    /// Frame and time that place it.
    pub(super) order: u32,
    pub(super) time_ns: u64,
    pub(super) packets: Packets,
    pub(super) from: String,
    pub(super) to: String,
    /// What stands in the arrow.
    pub(super) label: String,
}

/// Where the far end of link-level messages is drawn.
const EVERYONE: &str = "broadcast";

/// All facts of a capture in order.
pub(super) fn events(capture: &Capture, names: &Names) -> Vec<Event> {
    let owners = Owners::of(capture);
    let line = |at: &At, label: String| Event {
        order: at.completed,
        time_ns: at.time_ns,
        packets: at.packets.clone(),
        from: owners.sender(at, names),
        to: owners.receiver(at, names),
        label,
    };
    let mut events = Vec::new();
    for arp in capture.arp() {
        let (who, has) = (arp.target_ip, arp.sender_ip);
        let (label, to_all) = match arp.kind {
            ArpKind::Probe => (format!("ARP probe {who}"), true),
            ArpKind::Announcement => (format!("ARP announces {has}"), true),
            ArpKind::Request => (format!("ARP who has {who}?"), true),
            ArpKind::Reply => (format!("ARP {has} is at {}", arp.sender_mac), false),
            ArpKind::Other(operation) => (format!("ARP operation {operation}"), true),
        };
        let mut event = line(arp, label);
        if to_all {
            event.to = EVERYONE.to_owned();
        }
        events.push(event);
    }
    for message in capture.dhcp() {
        let kind = message.kind.map_or_else(|| "BOOTP".to_owned(), |kind| kind.to_string());
        let address = match message.op {
            2 if !message.yiaddr.is_unspecified() => Some(message.yiaddr),
            1 if !message.ciaddr.is_unspecified() => Some(message.ciaddr),
            _ => message.requested(),
        };
        let address = address.map(|address| format!(" {address}")).unwrap_or_default();
        events.push(line(message, format!("DHCP {kind}{address}")));
    }
    events.extend(capture.dhcp6().iter().map(|message| line(message, dhcp6_label(message))));
    events.extend(capture.dns().iter().map(|message| line(message, dns_label(message))));
    events.extend(capture.sip().iter().map(|fact| line(fact, sip_label(fact))));
    events.extend(tls::events(capture).into_iter().map(|(at, label)| line(at, label)));
    events.extend(capture.ldap().iter().map(|fact| line(fact, format!("{}{}", tls::mark(fact), ldap::label(fact)))));
    for icmp in capture.icmp() {
        let about = icmp.about.map(|about| format!(" {}", about.dst)).unwrap_or_default();
        events.push(line(icmp, format!("ICMP {}{about}", icmp_label(icmp))));
    }
    for fact in capture.tcp() {
        let label = match &fact.event {
            TcpEvent::Asked => continue,
            TcpEvent::Opened => format!("TCP opened, port {}", fact.dst.port()),
            TcpEvent::Refused => format!("TCP refused, port {}", fact.src.port()),
            TcpEvent::Closed => "TCP closed".to_owned(),
            TcpEvent::Reset => "TCP reset".to_owned(),
            TcpEvent::Gap { missing } => format!("TCP {missing} octets not captured"),
        };
        events.push(line(fact, label));
    }
    for message in capture.http() {
        let label = match &message.start {
            HttpStart::Request { method, target } => format!("HTTP {method} {target}"),
            HttpStart::Response { status, reason } => format!("HTTP {status} {reason}"),
        };
        events.push(line(message, format!("{}{label}", tls::mark(message))));
    }
    events.extend(capture.ntp().iter().map(|message| line(message, ntp_label(message))));
    // Blocks and their acknowledgements would fill pages: a transfer is shown by its beginning and its end.
    events.extend(capture.tftp().iter().filter_map(|message| Some(line(message, tftp_label(&message.op)?))));
    for transfer in capture.tftp_transfers().iter().filter(|transfer| transfer.blocks > 0) {
        let end = match transfer.outcome {
            TftpOutcome::Complete => "complete",
            TftpOutcome::Open | TftpOutcome::Failed { .. } => "not complete",
        };
        let label = format!("TFTP {}: {} octets in {} blocks, {end}", transfer.file, transfer.octets, transfer.blocks);
        let mut event = line(transfer, label);
        if !transfer.writes {
            (event.from, event.to) = (event.to, event.from);
        }
        events.push(event);
    }
    events.extend(capture.syslog().iter().map(|message| line(message, format!("syslog {}", message.message))));
    for stream in capture.rtp() {
        let types: Vec<String> = stream.payload_types.keys().map(u8::to_string).collect();
        let mut event = line(stream, format!("RTP {} packets, type {}", stream.count, types.join(", ")));
        event.order = stream.at().packets.first();
        event.time_ns = stream.first_ns;
        events.push(event);
    }
    events.sort_by_key(|event| event.order);
    events
}

/// SIP alone; of one Call-ID, if it is given.
pub(super) fn sip_events(capture: &Capture, names: &Names, call_id: Option<&str>) -> Vec<Event> {
    let wanted = |fact: &&SipFact| call_id.is_none_or(|id| fact.message().and_then(SipMessage::call_id) == Some(id));
    let line = |fact: &SipFact| Event {
        order: fact.completed,
        time_ns: fact.time_ns,
        packets: fact.packets.clone(),
        from: names.of(fact.src.ip()),
        to: names.of(fact.dst.ip()),
        label: sip_label(fact),
    };
    capture.sip().iter().filter(wanted).map(line).collect()
}

fn sip_label(fact: &SipFact) -> String {
    let message = match fact {
        SipFact::Message(message) => message,
        SipFact::Malformed(malformed) => return format!("{}malformed SIP: {}", tls::mark(fact), malformed.reason),
    };
    let mark = tls::mark(fact);
    let sdp = if message.sdp().is_some() { " +SDP" } else { "" };
    match &message.start {
        Start::Request { method, uri } => {
            let signed = if message.credentials().is_empty() { "" } else { " (credentials)" };
            format!("{mark}{method}{signed}{sdp} {uri}")
        }
        Start::Response { code, reason } => {
            let answered = message.cseq().map(|(_, method)| format!(" ({method})")).unwrap_or_default();
            format!("{mark}{code} {reason}{answered}{sdp}")
        }
    }
}

/// The kind, then the addresses that it is about or what is asked for, then a status that is not success.
fn dhcp6_label(message: &Dhcp6Message) -> String {
    let mut label = format!("DHCPv6 {}", message.kind);
    if let Some(relay) = &message.relay {
        let within = relay.message.as_ref().map(|message| format!(": {}", dhcp6_label(message)));
        return label + &within.unwrap_or_default();
    }
    for address in message.addresses() {
        label.push_str(&format!(" {address}"));
    }
    let statuses = message.ia_nas().filter_map(|ia| ia.status()).chain(message.status());
    for status in statuses.filter(|status| status.code != 0) {
        label.push_str(&format!(" ({})", dhcp6::status_name(status.code)));
    }
    label
}

fn dns_label(message: &DnsMessage) -> String {
    let question = message.questions.first();
    let asked = question.map(|q| format!("{} {}", dns::type_name(q.kind), q.name)).unwrap_or_default();
    if !message.response {
        return format!("DNS {asked}?");
    }
    let outcome = match message.rcode {
        0 => message.answers.iter().map(|record| dns_data(&record.data)).collect::<Vec<_>>().join(", "),
        2 => "server failure".to_owned(),
        3 => "no such name".to_owned(),
        5 => "refused".to_owned(),
        code => format!("code {code}"),
    };
    let outcome = if outcome.is_empty() { "nothing".to_owned() } else { outcome };
    format!("DNS {asked}: {outcome}")
}

fn dns_data(data: &DnsData) -> String {
    match data {
        DnsData::A(address) => IpAddr::V4(*address).to_string(),
        DnsData::Aaaa(address) => IpAddr::V6(*address).to_string(),
        DnsData::Cname(name) | DnsData::Ns(name) | DnsData::Ptr(name) => name.clone(),
        DnsData::Srv { port, target, .. } => format!("{target}:{port}"),
        DnsData::Naptr { services, replacement, .. } => format!("{services} {replacement}"),
        DnsData::Other(octets) => format!("{} octets", octets.len()),
    }
}

fn ntp_label(message: &NtpMessage) -> String {
    match message.mode {
        NtpMode::Client => format!("NTP v{} request", message.version),
        NtpMode::Server => match message.kiss() {
            Some(kiss) => format!("NTP v{} refusal {kiss}", message.version),
            None => format!("NTP v{} answer, stratum {}", message.version, message.stratum),
        },
        NtpMode::Broadcast => format!("NTP v{} broadcast, stratum {}", message.version, message.stratum),
        NtpMode::Reserved | NtpMode::SymmetricActive | NtpMode::SymmetricPassive => {
            format!("NTP v{} mode {}", message.version, message.mode.number())
        }
    }
}

fn tftp_label(op: &TftpOp) -> Option<String> {
    let shown =
        |options: &TftpOptions| options.iter().map(|(name, value)| format!(" {name}={value}")).collect::<String>();
    match op {
        TftpOp::Read { file, options, .. } => Some(format!("TFTP read {file}{}", shown(options))),
        TftpOp::Write { file, options, .. } => Some(format!("TFTP write {file}{}", shown(options))),
        TftpOp::Error { code, message } => Some(format!("TFTP error {code} {message}")),
        TftpOp::OptionAck { options } => Some(format!("TFTP options{}", shown(options))),
        TftpOp::Data { .. } | TftpOp::Ack { .. } => None,
    }
}

fn icmp_label(icmp: &IcmpFact) -> String {
    match &icmp.kind {
        IcmpKind::EchoRequest { .. } => "echo request".to_owned(),
        IcmpKind::EchoReply { .. } => "echo reply".to_owned(),
        IcmpKind::PortUnreachable => "port unreachable".to_owned(),
        IcmpKind::Unreachable { code } => format!("unreachable, code {code}"),
        IcmpKind::TimeExceeded => "time exceeded".to_owned(),
        IcmpKind::TooBig { mtu } => format!("packet too big, MTU {mtu}"),
        IcmpKind::RouterSolicitation(_) => "router solicitation".to_owned(),
        IcmpKind::RouterAdvertisement(message) => advertisement_label(message),
        IcmpKind::NeighbourSolicitation(message) if icmp.is_dad_probe() => format!("DAD probe {}", message.target),
        IcmpKind::NeighbourSolicitation(message) => format!("who has {}?", message.target),
        IcmpKind::NeighbourAdvertisement(message) => match message.target_link() {
            Some(mac) => format!("{} is at {mac}", message.target),
            None => format!("{} is here", message.target),
        },
        IcmpKind::Redirect(message) => format!("redirect {} to {}", message.destination, message.target),
        IcmpKind::Other { kind, code } => format!("type {kind} code {code}"),
    }
}

/// `router advertisement M O 2001:db8:78::/64 LA`.
fn advertisement_label(message: &RouterAdvertisement) -> String {
    let mut label = "router advertisement".to_owned();
    for (set, letter) in [(message.managed, " M"), (message.other, " O")] {
        label.push_str(if set { letter } else { "" });
    }
    for prefix in message.prefixes() {
        let (on_link, autonomous) = (if prefix.on_link { "L" } else { "" }, if prefix.autonomous { "A" } else { "" });
        label.push_str(format!(" {prefix} {on_link}{autonomous}").trim_end());
    }
    if message.lifetime == 0 {
        label.push_str(" (no router)");
    }
    label
}
