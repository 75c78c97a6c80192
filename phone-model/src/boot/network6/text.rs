//! Lines for the log about IPv6 addresses.

use crate::boot::network::mac_text;
use crate::net::dhcp6::{Lease6, Loss6};
use crate::net::ipv6::Conflict;

/// A line about an address that another host has.
pub(super) fn conflict_text(conflict: Conflict) -> String {
    format!("IPv6 address {} is in use by {}", conflict.address, mac_text(conflict.by))
}

/// A line for the log about a loss.
pub(super) fn loss_text(loss: Loss6) -> String {
    match loss {
        Loss6::Refused => "DHCPv6 addresses taken back by the server".into(),
        Loss6::Expired => "DHCPv6 lease expired".into(),
        Loss6::Duplicate(address) => format!("DHCPv6 address {address} declined"),
        Loss6::NotOnLink => "DHCPv6 addresses do not belong to this link".into(),
        Loss6::Released => "DHCPv6 addresses released".into(),
    }
}

/// A line for the log about a server that says no (RFC 8415 §21.13).
pub(super) fn refusal_text(status: u16) -> String {
    let meaning = match status {
        1 => "for no reason that it tells",
        2 => "it has no address",
        3 => "it knows of no such address",
        4 => "the address does not belong to this link",
        5 => "it wants to be asked by multicast",
        _ => "for a reason that is not known here",
    };
    format!("DHCPv6 server refuses: {meaning} (status {status})")
}

/// The line about a lease for the log.
pub(super) fn lease_text(lease: &Lease6) -> String {
    let addresses: Vec<String> = lease.addresses.iter().map(|address| address.address.to_string()).collect();
    let server = hex::encode(&lease.server);
    if addresses.is_empty() {
        return format!("DHCPv6 information from {server}");
    }
    format!("DHCPv6 address {} from {server}", addresses.join(", "))
}
