//! What both kinds of lease have: steps of a life, and how it ends.

use serde::Serialize;

use crate::at::{Fact, Mark, Packets};

/// A step of a lease's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeaseStep {
    /// A server offered the address (OFFER, ADVERTISE), and the client took it later.
    Offered,
    /// A server gave it: the answer to a REQUEST that follows an offer, or to a SOLICIT at once.
    Bound,
    /// The server it is from prolonged it: the answer to a unicast REQUEST in RENEWING (RFC 2131 §4.4.5), to a RENEW.
    Renewed,
    /// A server prolonged it: the answer to a broadcast REQUEST in REBINDING, to a REBIND.
    Rebound,
    /// A server let the client keep it after a restart: the answer to a REQUEST in INIT-REBOOT, to a CONFIRM.
    Rebooted,
    /// The server does not know it and the client must ask anew, while it may still use it (RFC 8415 §18.2.10.1: NoBinding).
    Unknown,
    /// It ended; [`LeaseEnd`] tells how.
    Lost,
}

/// How a lease ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeaseEnd {
    /// The capture shows no end.
    Held,
    /// The client gave it back.
    Released,
    /// The client found the address in use.
    Declined,
    /// The server refused it: a NAK to the client's REQUEST, NotOnLink to its CONFIRM.
    Refused,
    /// The server took it away: a valid lifetime of 0 (RFC 8415 §18.2.10.1).
    Withdrawn,
    /// The client got another address, or the same from another server.
    Replaced,
    /// Its time ran out.
    Expired,
}

/// One step, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeaseEvent {
    /// What happened.
    pub step: LeaseStep,
    /// When, nanoseconds.
    pub time_ns: u64,
    /// The frame that shows it; none where time alone ended it.
    pub packet: Option<u32>,
}

/// What happened to a lease; leases of both kinds read through to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Life {
    /// All steps in order.
    pub events: Vec<LeaseEvent>,
    /// How it ended.
    pub end: LeaseEnd,
    /// All frames that tell of it.
    pub packets: Packets,
}

impl Life {
    /// Whether it was still held at the end of the capture.
    pub fn is_held(&self) -> bool {
        self.end == LeaseEnd::Held
    }

    /// How often a step was taken.
    pub fn count(&self, step: LeaseStep) -> usize {
        self.times(step).count()
    }

    /// When a step was taken, nanoseconds.
    pub fn times(&self, step: LeaseStep) -> impl Iterator<Item = u64> {
        self.events.iter().filter(move |event| event.step == step).map(|event| event.time_ns)
    }

    /// Steps that frames after the mark show; an end by time is among them if a later step is or it is the last.
    pub fn since(&self, mark: Mark) -> &[LeaseEvent] {
        let before = self.events.iter().rposition(|event| event.packet.is_some_and(|packet| packet <= mark.0));
        self.events.get(before.map_or(0, |position| position + 1)..).unwrap_or_default()
    }

    /// When it ended, nanoseconds.
    pub fn ended_ns(&self) -> Option<u64> {
        self.times(LeaseStep::Lost).last()
    }

    pub(crate) fn new() -> Life {
        Life { events: Vec::new(), end: LeaseEnd::Held, packets: Packets::default() }
    }

    pub(crate) fn step(&mut self, step: LeaseStep, shown_by: &impl Fact) {
        let at = shown_by.at();
        self.events.push(LeaseEvent { step, time_ns: at.time_ns, packet: Some(at.completed) });
        self.packets.add(&at.packets);
    }

    /// The same said again.
    pub(crate) fn again(&mut self, shown_by: &impl Fact) {
        self.packets.add(&shown_by.at().packets);
    }

    pub(crate) fn end(&mut self, how: LeaseEnd, shown_by: &impl Fact) {
        self.end = how;
        self.step(LeaseStep::Lost, shown_by);
    }

    /// Nobody says it, so no frame shows it.
    pub(crate) fn expire(&mut self, time_ns: u64) {
        self.end = LeaseEnd::Expired;
        self.events.push(LeaseEvent { step: LeaseStep::Lost, time_ns, packet: None });
    }
}

/// Gives leases their `Life` by field access.
macro_rules! lives {
    ($name:ty) => {
        impl std::ops::Deref for $name {
            type Target = $crate::lease::Life;
            fn deref(&self) -> &$crate::lease::Life {
                &self.life
            }
        }
    };
}
pub(crate) use lives;

/// When a time that began at `from_ns` is over; never, if it is all ones (RFC 2131 §3.3; RFC 8415 §7.7).
pub(crate) fn over_ns(from_ns: u64, seconds: Option<u32>) -> Option<u64> {
    let seconds = seconds.filter(|seconds| *seconds != u32::MAX)?;
    Some(from_ns.saturating_add(u64::from(seconds) * 1_000_000_000))
}
