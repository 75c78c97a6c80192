//! Counts for each protocol, one line each, so that they can be held against another reader's.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{ldap, seconds};
use crate::at::Packets;
use crate::capture::Capture;
use crate::fault::Fault;
use crate::sip::{SipFact, Start};
use crate::tcp::TcpEvent;
use crate::tftp::TftpOutcome;

/// Kinds of fault shown of each sort; the rest is counted.
const FAULTS_SHOWN: usize = 20;

/// What a capture holds.
pub fn summary(capture: &Capture) -> String {
    let mut text = String::new();
    let times = capture.frames().iter().map(|frame| frame.time_ns);
    let span = times.clone().max().unwrap_or(0) - times.min().unwrap_or(0);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "frames {} in {} s", capture.frames().len(), seconds(span));
    let arp = count(capture.arp().iter().map(|fact| lower(&format!("{:?}", fact.kind))));
    line(&mut text, "arp", "packets", capture.arp().len(), &arp);
    let dhcp = capture.dhcp().iter().map(|m| m.kind.map_or_else(|| "BOOTP".to_owned(), |kind| kind.to_string()));
    line(&mut text, "dhcp", "messages", capture.dhcp().len(), &count(dhcp));
    let dhcp6 = capture.dhcp6().iter().map(|message| message.kind.to_string());
    line(&mut text, "dhcp6", "messages", capture.dhcp6().len(), &count(dhcp6));
    let dns = capture.dns().iter().map(|m| if m.response { "response" } else { "query" }.to_owned());
    line(&mut text, "dns", "messages", capture.dns().len(), &count(dns));
    sip(&mut text, capture);
    let tls = capture.tls().iter().map(|tls| tls.decryption().to_string());
    line(&mut text, "tls", "connections", capture.tls().len(), &count(tls));
    let ldap = capture.ldap_messages().map(|message| {
        let what = ldap::what(&message.op);
        what.split([' ', ':']).next().unwrap_or_default().to_owned()
    });
    line(&mut text, "ldap", "messages", capture.ldap_messages().count(), &count(ldap));
    let http = capture.http().iter().map(|m| match &m.start {
        crate::http::HttpStart::Request { method, .. } => method.clone(),
        crate::http::HttpStart::Response { status, .. } => status.to_string(),
    });
    line(&mut text, "http", "messages", capture.http().len(), &count(http));
    let ntp = capture.ntp().iter().map(|message| lower(&format!("{:?}", message.mode)));
    line(&mut text, "ntp", "messages", capture.ntp().len(), &count(ntp));
    let tftp = capture.tftp_transfers().iter().map(|transfer| match transfer.outcome {
        TftpOutcome::Open => "open".to_owned(),
        TftpOutcome::Complete => "complete".to_owned(),
        TftpOutcome::Failed { code, .. } => format!("failed with {code}"),
    });
    line(&mut text, "tftp", "transfers", capture.tftp_transfers().len(), &count(tftp));
    let syslog = capture
        .syslog()
        .iter()
        .map(|m| m.severity.map_or_else(|| "no severity".to_owned(), |s| format!("severity {s}")));
    line(&mut text, "syslog", "lines", capture.syslog().len(), &count(syslog));
    let icmp = capture.icmp().iter().map(|fact| {
        let name = format!("{:?}", fact.kind);
        lower(name.split([' ', '(']).next().unwrap_or_default())
    });
    line(&mut text, "icmp", "messages", capture.icmp().len(), &count(icmp));
    let events = capture.tcp().iter().map(|fact| match fact.event {
        TcpEvent::Gap { .. } => "gap".to_owned(),
        ref event => lower(&format!("{event:?}")),
    });
    line(&mut text, "tcp", "connections", capture.connections().len(), &count(events));
    let packets: u64 = capture.rtp().iter().map(|stream| stream.count).sum();
    if packets > 0 {
        let _ = writeln!(text, "rtp {packets} packets in {} streams", capture.rtp().len());
    }
    faults(&mut text, capture);
    text
}

fn sip(text: &mut String, capture: &Capture) {
    let kinds = capture.sip_messages().map(|message| match &message.start {
        Start::Request { method, .. } => method.clone(),
        Start::Response { code, .. } => code.to_string(),
    });
    line(text, "sip", "messages", capture.sip_messages().count(), &count(kinds));
    let malformed = capture.sip().iter().filter(|fact| matches!(fact, SipFact::Malformed(_))).count();
    if malformed > 0 {
        let _ = writeln!(text, "sip-malformed {malformed}");
    }
}

/// Faults that differ only in their frame are one line.
fn faults(text: &mut String, capture: &Capture) {
    let quality = capture.quality();
    for (title, list) in [("unreliable", &quality.unreliable), ("wrong", &quality.wrong)] {
        if list.is_empty() {
            continue;
        }
        let mut groups: Vec<(&Fault, Vec<u32>)> = Vec::new();
        for fault in list {
            match groups
                .iter_mut()
                .find(|(known, _)| (known.protocol, &known.reason) == (fault.protocol, &fault.reason))
            {
                Some((_, packets)) => packets.extend(fault.packet),
                None => groups.push((fault, fault.packet.into_iter().collect())),
            }
            if groups.len() > FAULTS_SHOWN {
                break;
            }
        }
        let _ = writeln!(text, "{title} {}:", list.len());
        for (fault, packets) in groups.into_iter().take(FAULTS_SHOWN) {
            let _ = match packets.is_empty() {
                true => writeln!(text, "  {}: {}", fault.protocol, fault.reason),
                false => writeln!(text, "  {}: {} (packets {})", fault.protocol, fault.reason, Packets::of(packets)),
            };
        }
    }
}

fn count(kinds: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for kind in kinds {
        *counts.entry(kind).or_insert(0) += 1;
    }
    counts
}

/// `sip 17 messages: 3 × 401, 2 × INVITE`; nothing for nothing.
fn line(text: &mut String, protocol: &str, unit: &str, total: usize, counts: &BTreeMap<String, usize>) {
    if total == 0 {
        return;
    }
    let parts: Vec<String> = counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let _ = match parts.is_empty() {
        true => writeln!(text, "{protocol} {total} {unit}"),
        false => writeln!(text, "{protocol} {total} {unit}: {}", parts.join(", ")),
    };
}

/// `PortUnreachable` → `port unreachable`.
fn lower(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}
