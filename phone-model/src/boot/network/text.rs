//! Addresses, leases and losses in words.

use crate::net::datagram::Mac;
use crate::net::dhcp::{Lease, Loss};

/// A line for the log about a loss.
pub(in crate::boot) fn loss_text(loss: Loss) -> String {
    match loss {
        Loss::Nak => "DHCP address refused by the server".into(),
        Loss::Expired => "DHCP lease expired".into(),
        Loss::Taken(mac) => format!("address is in use by {}", mac_text(mac)),
        Loss::Replaced => "DHCP address replaced by the server".into(),
        Loss::Released => "DHCP address released".into(),
    }
}

/// `02:00:00:00:00:01`
pub(in crate::boot) fn mac_text(mac: Mac) -> String {
    mac.map(|octet| format!("{octet:02x}")).join(":")
}

/// Reads what [`mac_text`] writes.
pub(in crate::boot) fn parse_mac(text: &str) -> Option<Mac> {
    let mut mac = [0; 6];
    let mut parts = text.split([':', '-']);
    for octet in &mut mac {
        *octet = parts.next().filter(|part| part.len() == 2).and_then(|part| u8::from_str_radix(part, 16).ok())?;
    }
    // The lowest bit marks a group address, which no host has.
    (parts.next().is_none() && mac[0] & 1 == 0).then_some(mac)
}

/// The line about an address for the log.
pub(in crate::boot) fn lease_text(lease: &Lease) -> String {
    if lease.server.is_unspecified() {
        return format!("static address {}/{}", lease.address, lease.prefix);
    }
    let length = lease.times.map_or_else(|| "infinite".to_owned(), |times| format!("{} s", times.length.as_secs()));
    format!("DHCP address {}/{} from {}, lease {length}", lease.address, lease.prefix, lease.server)
}
