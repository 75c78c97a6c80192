//! How often the phone came up, told from the wire alone: the scenario asked for some of its boots, and each more is a restart by itself.
//!
//! Two facts tell of a boot, and the one that tells of more counts. Leases that begin are there in every phone that uses DHCP, but one that is
//! taken after a lease was lost tells nothing: a phone begins at INIT then, with a restart or without. That the phone probes for a link-local
//! address that it has used already tells of a restart in that case too, as long as its IP mode has IPv6.

use crate::network::PHONE_MAC;
use evidence::{Capture, DhcpKind, DhcpMessage, LeaseEnd};
use std::collections::HashSet;
use std::net::{IpAddr, Ipv6Addr};

/// How often the phone came up.
pub(crate) fn boots_seen(capture: &Capture) -> u64 {
    let boots = leases_begun(capture).max(link_local_begun(capture));
    u64::try_from(boots).unwrap_or(u64::MAX)
}

/// Leases taken from INIT or INIT-REBOOT (RFC 2131 §4.3.2: `ciaddr` is zero there, and only there), but for those that took the place of one
/// that was refused, declined or over.
fn leases_begun(capture: &Capture) -> usize {
    let of = |kind| move |m: &&DhcpMessage| m.is(kind) && m.ciaddr.is_unspecified();
    // An ACK that answers nothing was forged.
    let asked: HashSet<u32> = capture.dhcp().iter().filter(of(DhcpKind::Request)).map(|m| m.xid).collect();
    let acked = capture.dhcp().iter().filter(of(DhcpKind::Ack)).map(|m| m.xid);
    let mut taken: Vec<u32> = acked.filter(|xid| asked.contains(xid)).collect();
    taken.sort_unstable();
    taken.dedup();
    let lost = |end| matches!(end, LeaseEnd::Refused | LeaseEnd::Declined | LeaseEnd::Expired);
    let replaced = capture.leases().iter().filter(|lease| lost(lease.end)).count();
    taken.len().saturating_sub(replaced)
}

/// Detections of a duplicate of the phone's link-local address that come first of all, or after the address was in use: it stays an address for as
/// long as the interface is up (RFC 4862 §5.3), so that only a start probes for it again. Probes that follow each other are of one detection.
fn link_local_begun(capture: &Capture) -> usize {
    let (mut begun, mut probing) = (0, false);
    let own = capture.icmp().iter().filter(|m| m.src_mac.is_some_and(|mac| mac.0 == PHONE_MAC.0));
    for message in own {
        match message.src.ip() {
            IpAddr::V6(Ipv6Addr::UNSPECIFIED) => {
                let target = message.neighbour_solicitation().map(|solicitation| solicitation.target);
                if target.is_some_and(|target| target.is_unicast_link_local()) && !probing {
                    begun += 1;
                    probing = true;
                }
            }
            IpAddr::V6(source) if source.is_unicast_link_local() => probing = false,
            IpAddr::V6(_) | IpAddr::V4(_) => {}
        }
    }
    begun
}

#[cfg(test)]
mod tests;
