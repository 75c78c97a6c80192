//! The states of the client, one struct each. What moves it on: `deadlines` the passing of time, `inputs` everything else; `entering` is
//! how each state begins, `sending` what it sends.

mod deadlines;
mod entering;
mod inputs;
mod sending;

use super::Remembered;
use super::lease::Lease;
use super::message::Fields;
use crate::net::arp::Claim;
use crate::time::{Instant, earliest};
use std::net::Ipv4Addr;

/// Where the client stands.
#[derive(Debug)]
pub(super) enum State {
    Off(Off),
    Init(Init),
    Selecting(Selecting),
    Requesting(Requesting),
    Rebooting(Rebooting),
    Probing(Probing),
    Declined(Declined),
    Bound(Bound),
    Renewing(Renewing),
    Rebinding(Rebinding),
}

/// The cable is out, or the address was given back.
#[derive(Debug)]
pub(super) struct Off {
    remembered: Option<Remembered>,
}

/// Waiting to begin.
#[derive(Debug)]
pub(super) struct Init {
    begin: Instant,
}

/// DHCPDISCOVER is out.
#[derive(Debug)]
pub(super) struct Selecting {
    xid: u32,
    began: Instant,
    /// `secs` of the last DHCPDISCOVER.
    secs: u16,
    sent: u32,
    next: Instant,
}

/// DHCPREQUEST for an offer is out.
#[derive(Debug)]
pub(super) struct Requesting {
    request: Fields,
    offered: Ipv4Addr,
    server: Ipv4Addr,
    requested_at: Instant,
    sent: u32,
    next: Instant,
}

/// DHCPREQUEST for a remembered address is out.
#[derive(Debug)]
pub(super) struct Rebooting {
    request: Fields,
    remembered: Remembered,
    requested_at: Instant,
    sent: u32,
    next: Instant,
}

/// The address is granted, and the segment is asked whether somebody has it.
#[derive(Debug)]
pub(super) struct Probing {
    lease: Box<Lease>,
    claim: Claim,
}

/// DHCPDECLINE is out.
#[derive(Debug)]
pub(super) struct Declined {
    until: Instant,
}

/// The address is in use.
#[derive(Debug)]
pub(super) struct Bound {
    held: Held,
    /// T1, with its fuzz; `None` for an infinite lease.
    renewal: Option<Instant>,
}

/// Asking the server that granted the lease.
#[derive(Debug)]
pub(super) struct Renewing {
    held: Held,
    requested_at: Instant,
    xid: u32,
    /// T2; `None` for an infinite lease, which only a wish brings here.
    rebinding: Option<Instant>,
    /// When to ask again.
    next: Option<Instant>,
}

/// Asking every server.
#[derive(Debug)]
pub(super) struct Rebinding {
    held: Held,
    requested_at: Instant,
    xid: u32,
    expiry: Instant,
    next: Instant,
}

/// An address in use.
#[derive(Debug)]
pub(super) struct Held {
    lease: Box<Lease>,
    claim: Claim,
}

impl State {
    pub(super) const fn off(remembered: Option<Remembered>) -> Self {
        State::Off(Off { remembered })
    }

    pub(super) const fn name(&self) -> &'static str {
        match self {
            State::Off(_) => "OFF",
            State::Init(_) => "INIT",
            State::Selecting(_) => "SELECTING",
            State::Requesting(_) => "REQUESTING",
            State::Rebooting(_) => "REBOOTING",
            State::Probing(_) => "PROBING",
            State::Declined(_) => "DECLINED",
            State::Bound(_) => "BOUND",
            State::Renewing(_) => "RENEWING",
            State::Rebinding(_) => "REBINDING",
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            State::Off(off) => off.remembered.and_then(|remembered| remembered.expiry),
            State::Init(init) => Some(init.begin),
            State::Selecting(selecting) => Some(selecting.next),
            State::Requesting(requesting) => Some(requesting.next),
            State::Rebooting(rebooting) => Some(rebooting.next),
            State::Probing(probing) => probing.claim.deadline(),
            State::Declined(declined) => Some(declined.until),
            State::Bound(bound) => earliest(bound.held.claim.deadline(), bound.renewal),
            State::Renewing(renewing) => earliest(renewing.held.claim.deadline(), renewing.next),
            State::Rebinding(rebinding) => earliest(rebinding.held.claim.deadline(), Some(rebinding.next)),
        }
    }

    pub(super) fn remembered(&self) -> Option<Remembered> {
        let of = |lease: &Lease| Remembered { address: lease.address, expiry: lease.times.map(|times| times.expiry) };
        match self {
            State::Off(off) => off.remembered,
            State::Rebooting(rebooting) => Some(rebooting.remembered),
            State::Probing(probing) => Some(of(&probing.lease)),
            State::Bound(Bound { held, .. })
            | State::Renewing(Renewing { held, .. })
            | State::Rebinding(Rebinding { held, .. }) => Some(of(&held.lease)),
            State::Init(_) | State::Selecting(_) | State::Requesting(_) | State::Declined(_) => None,
        }
    }
}
