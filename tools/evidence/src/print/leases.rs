//! Leases as a table.

use std::fmt::Write as _;
use std::net::IpAddr;

use super::{Names, seconds};
use crate::capture::Capture;
use crate::dhcp::lease::{self, Lease, LeaseEnd};

/// Every DHCPv4 lease that the capture shows.
pub fn leases(capture: &Capture, names: &Names) -> String {
    let start = capture.frames().iter().map(|frame| frame.time_ns).min().unwrap_or(0);
    let leases = lease::leases(capture.dhcp());
    if leases.is_empty() {
        return "no leases\n".to_owned();
    }
    let mut text = String::new();
    for lease in &leases {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", line(lease, names, start));
    }
    text
}

fn line(lease: &Lease, names: &Names, start: u64) -> String {
    let server = lease.server.map_or_else(|| "an unnamed server".to_owned(), |server| names.of(IpAddr::V4(server)));
    let time = |value: Option<u32>| value.map_or_else(|| "-".to_owned(), |value| format!("{value} s"));
    let end = match lease.end {
        LeaseEnd::Held => "held at the end",
        LeaseEnd::Released => "released",
        LeaseEnd::Declined => "declined",
        LeaseEnd::Refused => "refused (NAK)",
        LeaseEnd::Replaced => "replaced",
    };
    let renewals = match lease.renewals {
        0 => String::new(),
        1 => ", renewed once".to_owned(),
        count => format!(", renewed {count} times"),
    };
    let (t1, t2) = lease.timers;
    format!(
        "{} {} from {server} at {} s for {} (T1 {}, T2 {}){renewals}, {end}; packets {}",
        lease.client,
        lease.address,
        seconds(lease.since_ns.saturating_sub(start)),
        time(lease.seconds),
        time(t1),
        time(t2),
        lease.packets,
    )
}
