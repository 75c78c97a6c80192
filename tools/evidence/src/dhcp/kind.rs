//! Message types.

use serde::Serialize;

/// Message type: option 53 (RFC 2132 §9.6; RFC 4388; RFC 3203).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub enum DhcpKind {
    Discover,
    Offer,
    Request,
    Decline,
    Ack,
    Nak,
    Release,
    Inform,
    ForceRenew,
    LeaseQuery,
    LeaseUnassigned,
    LeaseUnknown,
    LeaseActive,
    Other(u8),
}

impl From<u8> for DhcpKind {
    fn from(number: u8) -> Self {
        match number {
            1 => DhcpKind::Discover,
            2 => DhcpKind::Offer,
            3 => DhcpKind::Request,
            4 => DhcpKind::Decline,
            5 => DhcpKind::Ack,
            6 => DhcpKind::Nak,
            7 => DhcpKind::Release,
            8 => DhcpKind::Inform,
            9 => DhcpKind::ForceRenew,
            10 => DhcpKind::LeaseQuery,
            11 => DhcpKind::LeaseUnassigned,
            12 => DhcpKind::LeaseUnknown,
            13 => DhcpKind::LeaseActive,
            other => DhcpKind::Other(other),
        }
    }
}

/// `DISCOVER`, `ACK`.
impl std::fmt::Display for DhcpKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            DhcpKind::Discover => "DISCOVER",
            DhcpKind::Offer => "OFFER",
            DhcpKind::Request => "REQUEST",
            DhcpKind::Decline => "DECLINE",
            DhcpKind::Ack => "ACK",
            DhcpKind::Nak => "NAK",
            DhcpKind::Release => "RELEASE",
            DhcpKind::Inform => "INFORM",
            DhcpKind::ForceRenew => "FORCERENEW",
            DhcpKind::LeaseQuery => "LEASEQUERY",
            DhcpKind::LeaseUnassigned => "LEASEUNASSIGNED",
            DhcpKind::LeaseUnknown => "LEASEUNKNOWN",
            DhcpKind::LeaseActive => "LEASEACTIVE",
            DhcpKind::Other(number) => return write!(f, "type {number}"),
        })
    }
}
