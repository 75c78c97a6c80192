//! Which client had which address, from when to when, told from the messages alone.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::{DhcpKind, DhcpMessage, code};
use crate::at::Packets;

/// How a lease ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeaseEnd {
    /// The capture shows no end.
    Held,
    /// The client gave it back.
    Released,
    /// The client found the address in use.
    Declined,
    /// The server withdrew it: a NAK to the client's request.
    Refused,
    /// The client got another address, or the same from another server.
    Replaced,
}

/// One lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lease {
    /// Client hardware address, hexadecimal with colons.
    pub client: String,
    /// The address.
    pub address: Ipv4Addr,
    /// Server identifier.
    pub server: Option<Ipv4Addr>,
    /// First ACK, nanoseconds.
    pub since_ns: u64,
    /// Last ACK, nanoseconds.
    pub renewed_ns: u64,
    /// Lease time of the last ACK, seconds.
    pub seconds: Option<u32>,
    /// Renewal and rebinding time of the last ACK, seconds.
    pub timers: (Option<u32>, Option<u32>),
    /// ACKs after the first.
    pub renewals: u32,
    /// How it ended.
    pub end: LeaseEnd,
    /// All frames that tell of it: ACKs and what ended it.
    pub packets: Packets,
}

/// Leases in order of their beginning.
pub fn leases(messages: &[DhcpMessage]) -> Vec<Lease> {
    let mut leases: Vec<Lease> = Vec::new();
    for message in messages {
        let client = hardware(&message.chaddr);
        let held = leases.iter_mut().rev().find(|lease| lease.client == client && lease.end == LeaseEnd::Held);
        match (message.kind, held) {
            // An ACK of an INFORM gives no address (RFC 2131 §4.3.5).
            (Some(DhcpKind::Ack), _) if message.yiaddr.is_unspecified() => {}
            (Some(DhcpKind::Ack), Some(lease))
                if lease.address == message.yiaddr && lease.server == message.server() =>
            {
                lease.renewals += 1;
                lease.renewed_ns = message.time_ns;
                lease.seconds = message.lease_seconds();
                lease.timers = timers(message);
                lease.packets = with(&lease.packets, message);
            }
            (Some(DhcpKind::Ack), held) => {
                if let Some(lease) = held {
                    lease.end = LeaseEnd::Replaced;
                    lease.packets = with(&lease.packets, message);
                }
                leases.push(granted(client, message));
            }
            (Some(DhcpKind::Release), Some(lease)) if lease.address == message.ciaddr => {
                end(lease, LeaseEnd::Released, message)
            }
            (Some(DhcpKind::Decline), Some(lease)) if Some(lease.address) == message.requested() => {
                end(lease, LeaseEnd::Declined, message);
            }
            (Some(DhcpKind::Nak), Some(lease)) => end(lease, LeaseEnd::Refused, message),
            (_, _) => {}
        }
    }
    leases
}

fn granted(client: String, message: &DhcpMessage) -> Lease {
    Lease {
        client,
        address: message.yiaddr,
        server: message.server(),
        since_ns: message.time_ns,
        renewed_ns: message.time_ns,
        seconds: message.lease_seconds(),
        timers: timers(message),
        renewals: 0,
        end: LeaseEnd::Held,
        packets: message.packets.clone(),
    }
}

fn timers(message: &DhcpMessage) -> (Option<u32>, Option<u32>) {
    (message.number(code::RENEWAL_TIME), message.number(code::REBINDING_TIME))
}

fn end(lease: &mut Lease, how: LeaseEnd, message: &DhcpMessage) {
    lease.end = how;
    lease.packets = with(&lease.packets, message);
}

fn with(packets: &Packets, message: &DhcpMessage) -> Packets {
    Packets::of(packets.iter().chain(message.packets.iter()).collect())
}

fn hardware(address: &[u8]) -> String {
    let octets: Vec<String> = address.iter().map(|octet| format!("{octet:02x}")).collect();
    octets.join(":")
}
