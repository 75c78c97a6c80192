//! The states of the client, one struct each. What moves it on: `deadlines` the passing of time, `inputs` everything else, `replies` what a
//! Reply means for addresses; `entering` is how each state begins, `sending` what it sends.

mod deadlines;
mod entering;
mod inputs;
mod replies;
mod sending;

use super::exchange::Exchange;
use super::lease::{Association, Lease6};
use super::message::Heard;
use super::{Remembered, Shell};
use crate::time::{Duration, Instant, earliest};
use std::net::Ipv6Addr;

/// Where the client stands.
#[derive(Debug)]
pub(super) enum State {
    Off(Off),
    Delaying(Delaying),
    Soliciting(Soliciting),
    Requesting(Requesting),
    Confirming(Confirming),
    Probing(Probing),
    Bound(Bound),
    Renewing(Renewing),
    Rebinding(Rebinding),
    Declining(Declining),
    Releasing(Releasing),
    Informing(Informing),
    Informed(Informed),
}

/// The cable is out, or nobody wants anything by DHCPv6.
#[derive(Debug)]
pub(super) struct Off {
    held: Option<Held>,
}

/// Waiting to begin.
#[derive(Debug)]
pub(super) struct Delaying {
    begin: Instant,
    then: Then,
}

/// What begins.
#[derive(Debug)]
pub(super) enum Then {
    Solicit,
    Confirm(Box<Held>),
    Inform,
}

/// SOLICIT is out.
#[derive(Debug)]
pub(super) struct Soliciting {
    exchange: Exchange,
    /// The best so far.
    best: Option<Offer>,
}

/// What a server offers.
#[derive(Debug)]
pub(super) struct Offer {
    server: Vec<u8>,
    preference: u8,
    addresses: Vec<Ipv6Addr>,
}

/// REQUEST for an offer is out, or for addresses that the leasing server has forgotten.
#[derive(Debug)]
pub(super) struct Requesting {
    exchange: Exchange,
    offer: Offer,
    held: Option<Held>,
}

/// CONFIRM for remembered addresses is out.
#[derive(Debug)]
pub(super) struct Confirming {
    exchange: Exchange,
    held: Held,
}

/// The addresses are granted, and the segment is asked whether somebody has them.
#[derive(Debug)]
pub(super) struct Probing {
    held: Held,
    waiting: Vec<Ipv6Addr>,
    duplicates: Vec<Ipv6Addr>,
}

/// The addresses are in use.
#[derive(Debug)]
pub(super) struct Bound {
    held: Held,
}

/// Asking the server that granted them.
#[derive(Debug)]
pub(super) struct Renewing {
    exchange: Exchange,
    held: Held,
}

/// Asking every server.
#[derive(Debug)]
pub(super) struct Rebinding {
    exchange: Exchange,
    held: Held,
}

/// DECLINE is out. What is left of the lease, if anything, goes on afterwards.
#[derive(Debug)]
pub(super) struct Declining {
    exchange: Exchange,
    server: Vec<u8>,
    addresses: Vec<Ipv6Addr>,
    rest: Option<Held>,
}

/// RELEASE is out.
#[derive(Debug)]
pub(super) struct Releasing {
    exchange: Exchange,
    server: Vec<u8>,
    addresses: Vec<Ipv6Addr>,
}

/// INFORMATION-REQUEST is out.
#[derive(Debug)]
pub(super) struct Informing {
    exchange: Exchange,
}

/// All is known, until the refresh time.
#[derive(Debug)]
pub(super) struct Informed {
    again: Option<Instant>,
}

/// A lease and the Reply that granted it.
#[derive(Debug, Clone)]
pub(super) struct Held {
    lease: Lease6,
    reply: Vec<u8>,
    /// How old the Reply was at `requested_at`; not zero only for one of an earlier run.
    age: Duration,
}

impl Held {
    fn addresses(&self) -> Vec<Ipv6Addr> {
        self.lease.addresses.iter().map(|address| address.address).collect()
    }
}

impl State {
    /// Off, remembering nothing.
    pub(super) const NOTHING: State = State::Off(Off { held: None });

    pub(super) fn off(remembered: Option<Remembered>, shell: &Shell) -> Self {
        let held = remembered.and_then(|remembered| {
            // Whatever was asked in that other life: the number of the message is in it.
            let xid = remembered
                .reply
                .get(1..4)
                .and_then(|xid| Some(u32::from_be_bytes([0, *xid.first()?, *xid.get(1)?, *xid.get(2)?])));
            let Heard::Reply { server, options } =
                Heard::read(&remembered.reply, xid, &shell.identity, &shell.defects)?
            else {
                return None;
            };
            let association = Association::read(&options, shell.identity.iaid, &shell.defects);
            let lease = Lease6::granted(&options, &server, association, Instant::ZERO, remembered.age);
            (!lease.addresses.is_empty()).then_some(Held { lease, reply: remembered.reply, age: remembered.age })
        });
        State::Off(Off { held })
    }

    pub(super) const fn name(&self) -> &'static str {
        match self {
            State::Off(_) => "OFF",
            State::Delaying(_) => "DELAYING",
            State::Soliciting(_) => "SOLICITING",
            State::Requesting(_) => "REQUESTING",
            State::Confirming(_) => "CONFIRMING",
            State::Probing(_) => "PROBING",
            State::Bound(_) => "BOUND",
            State::Renewing(_) => "RENEWING",
            State::Rebinding(_) => "REBINDING",
            State::Declining(_) => "DECLINING",
            State::Releasing(_) => "RELEASING",
            State::Informing(_) => "INFORMING",
            State::Informed(_) => "INFORMED",
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            State::Off(off) => off.held.as_ref().and_then(|held| held.lease.first_end()),
            State::Delaying(delaying) => Some(delaying.begin),
            State::Soliciting(soliciting) => Some(soliciting.exchange.next),
            State::Requesting(requesting) => {
                let held = requesting.held.as_ref().and_then(|held| held.lease.first_end());
                earliest(held, Some(requesting.exchange.next))
            }
            State::Confirming(confirming) => Some(confirming.exchange.next),
            State::Probing(probing) => probing.held.lease.first_end(),
            State::Bound(bound) => earliest(bound.held.lease.renewal, bound.held.lease.first_end()),
            State::Renewing(Renewing { exchange, held }) | State::Rebinding(Rebinding { exchange, held }) => {
                earliest(Some(exchange.next), held.lease.first_end())
            }
            State::Declining(declining) => Some(declining.exchange.next),
            State::Releasing(releasing) => Some(releasing.exchange.next),
            State::Informing(informing) => Some(informing.exchange.next),
            State::Informed(informed) => informed.again,
        }
    }

    pub(super) fn remembered(&self, now: Instant) -> Option<Remembered> {
        let held = match self {
            State::Off(Off { held }) | State::Requesting(Requesting { held, .. }) => held.as_ref()?,
            State::Delaying(Delaying { then: Then::Confirm(held), .. }) => held,
            State::Confirming(Confirming { held, .. })
            | State::Probing(Probing { held, .. })
            | State::Bound(Bound { held })
            | State::Renewing(Renewing { held, .. })
            | State::Rebinding(Rebinding { held, .. }) => held,
            State::Delaying(Delaying { then: Then::Solicit | Then::Inform, .. })
            | State::Soliciting(_)
            | State::Declining(_)
            | State::Releasing(_)
            | State::Informing(_)
            | State::Informed(_) => return None,
        };
        let age = held.age + now.since(held.lease.requested_at);
        Some(Remembered { reply: held.reply.clone(), age })
    }

    /// The transaction that is under way.
    fn xid(&self) -> Option<u32> {
        match self {
            State::Soliciting(Soliciting { exchange, .. })
            | State::Requesting(Requesting { exchange, .. })
            | State::Confirming(Confirming { exchange, .. })
            | State::Renewing(Renewing { exchange, .. })
            | State::Rebinding(Rebinding { exchange, .. })
            | State::Declining(Declining { exchange, .. })
            | State::Releasing(Releasing { exchange, .. })
            | State::Informing(Informing { exchange }) => Some(exchange.xid),
            State::Off(_) | State::Delaying(_) | State::Probing(_) | State::Bound(_) | State::Informed(_) => None,
        }
    }
}
