//! Leases as a table.

use std::fmt::Write as _;
use std::net::IpAddr;

use super::{Names, seconds};
use crate::capture::Capture;
use crate::dhcp::lease::Lease;
use crate::dhcp6::lease::Lease6;
use crate::lease::{LeaseEnd, LeaseStep, Life};

/// Every lease that the capture shows, DHCPv4 first.
pub fn leases(capture: &Capture, names: &Names) -> String {
    let start = capture.frames().iter().map(|frame| frame.time_ns).min().unwrap_or(0);
    let v4 = capture.leases().into_iter().map(|lease| line(&lease, names, start));
    let v6 = capture.leases6().into_iter().map(|lease| line6(&lease, start));
    let lines: Vec<String> = v4.chain(v6).collect();
    if lines.is_empty() {
        return "no leases\n".to_owned();
    }
    let mut text = String::new();
    for line in &lines {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{line}");
    }
    text
}

fn line(lease: &Lease, names: &Names, start: u64) -> String {
    let server = lease.server.map_or_else(|| "an unnamed server".to_owned(), |server| names.of(IpAddr::V4(server)));
    let time = |value: Option<u32>| value.map_or_else(|| "-".to_owned(), lifetime);
    let (t1, t2) = lease.timers;
    format!(
        "{} {} from {server} at {} s for {} (T1 {}, T2 {}){}; packets {}",
        lease.client,
        lease.address,
        seconds(lease.since_ns.saturating_sub(start)),
        time(lease.seconds),
        time(t1),
        time(t2),
        life(&lease.life, start),
        lease.packets,
    )
}

fn line6(lease: &Lease6, start: u64) -> String {
    let server = lease.server.as_ref().map_or_else(|| "an unnamed server".to_owned(), |server| server.to_string());
    let ((preferred, valid), (t1, t2)) = (lease.lifetimes, lease.timers);
    format!(
        "{} IA {:08x} {} from {server} at {} s for {} (preferred {}, T1 {}, T2 {}){}; packets {}",
        lease.client,
        lease.iaid,
        lease.address,
        seconds(lease.since_ns.saturating_sub(start)),
        lifetime(valid),
        lifetime(preferred),
        lifetime(t1),
        lifetime(t2),
        life(&lease.life, start),
        lease.packets,
    )
}

fn lifetime(seconds: u32) -> String {
    match seconds {
        u32::MAX => "ever".to_owned(),
        seconds => format!("{seconds} s"),
    }
}

/// `, renewed 2 times, rebound once, expired at 12.000000 s`.
fn life(life: &Life, start: u64) -> String {
    let mut text = String::new();
    for (step, word) in [
        (LeaseStep::Renewed, "renewed"),
        (LeaseStep::Rebound, "rebound"),
        (LeaseStep::Rebooted, "kept after a restart"),
        (LeaseStep::Unknown, "unknown to the server"),
    ] {
        match life.count(step) {
            0 => {}
            1 => text.push_str(&format!(", {word} once")),
            count => text.push_str(&format!(", {word} {count} times")),
        }
    }
    let end = match life.end {
        LeaseEnd::Held => "held at the end",
        LeaseEnd::Released => "released",
        LeaseEnd::Declined => "declined",
        LeaseEnd::Refused => "refused",
        LeaseEnd::Withdrawn => "withdrawn",
        LeaseEnd::Replaced => "replaced",
        LeaseEnd::Expired => "expired",
    };
    let when = life.ended_ns().map(|ended| format!(" at {} s", seconds(ended.saturating_sub(start))));
    format!("{text}, {end}{}", when.unwrap_or_default())
}
