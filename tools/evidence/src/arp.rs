//! ARP for IPv4 on Ethernet: RFC 826, with the probes and announcements of RFC 5227.

use std::net::Ipv4Addr;

use serde::Serialize;

use crate::at::{At, Mac, facts};
use crate::octets::Octets;

/// What an ARP packet says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArpKind {
    /// "May I have this address?": a request from sender address 0.0.0.0 (RFC 5227 §1.1).
    Probe,
    /// "I have this address": a request whose sender and target address are the same (RFC 5227 §1.1).
    Announcement,
    /// "Who has this address?"
    Request,
    /// "I have it." A reply whose sender and target address are the same is a gratuitous reply, not an announcement.
    Reply,
    /// Another operation.
    Other(u16),
}

/// One ARP packet. `src` and `dst` are the sender and target protocol addresses.
#[derive(Debug, Clone, Serialize)]
pub struct ArpFact {
    /// Where and when.
    #[serde(flatten)]
    pub at: At,
    /// What it says.
    pub kind: ArpKind,
    /// Sender hardware address.
    pub sender_mac: Mac,
    /// Sender protocol address.
    pub sender_ip: Ipv4Addr,
    /// Target hardware address.
    pub target_mac: Mac,
    /// Target protocol address.
    pub target_ip: Ipv4Addr,
}

facts!(ArpFact);

/// The fields of an ARP packet.
pub(crate) struct Arp {
    pub(crate) kind: ArpKind,
    pub(crate) sender_mac: Mac,
    pub(crate) sender_ip: Ipv4Addr,
    pub(crate) target_mac: Mac,
    pub(crate) target_ip: Ipv4Addr,
}

/// Read it. `Ok(None)` for other hardware or protocols than Ethernet and IPv4.
pub(crate) fn read(payload: &[u8]) -> Result<Option<Arp>, &'static str> {
    fields(payload).ok_or("shorter than its addresses")
}

fn fields(payload: &[u8]) -> Option<Option<Arp>> {
    let mut octets = Octets::new(payload);
    let hardware = octets.u16()?;
    let protocol = octets.u16()?;
    let lengths = (octets.u8()?, octets.u8()?);
    let operation = octets.u16()?;
    if (hardware, protocol, lengths) != (1, crate::link::IPV4, (6, 4)) {
        return Some(None);
    }
    let sender_mac = Mac(octets.array()?);
    let sender_ip = Ipv4Addr::from(octets.array::<4>()?);
    let target_mac = Mac(octets.array()?);
    let target_ip = Ipv4Addr::from(octets.array::<4>()?);
    let kind = match operation {
        1 if sender_ip.is_unspecified() => ArpKind::Probe,
        1 if sender_ip == target_ip => ArpKind::Announcement,
        1 => ArpKind::Request,
        2 => ArpKind::Reply,
        other => ArpKind::Other(other),
    };
    Some(Some(Arp { kind, sender_mac, sender_ip, target_mac, target_ip }))
}
