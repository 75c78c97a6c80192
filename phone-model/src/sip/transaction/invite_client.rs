//! INVITE client transaction (RFC 3261 §17.1.1 with the Accepted state of RFC 6026 §7.2).
//!
//! ```text
//! Calling ──1xx──▶ Proceeding ──2xx──▶ Accepted ──M──▶ Terminated
//!    │ B: timeout      └──300-699──▶ Completed ──D──▶ Terminated
//! ```
//! Calling takes the same ways as Proceeding on 2xx and 300-699.

use super::Timers;
use crate::time::{Duration, Instant};

/// Where the transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InviteClient {
    Calling(Calling),
    Proceeding(Proceeding),
    Accepted(Accepted),
    Completed(Completed),
    Terminated,
}

/// Nothing came back yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Calling {
    /// Timer A with its interval; none on reliable transports.
    a: Option<(Instant, Duration)>,
    /// Timer B.
    b: Instant,
}

/// A provisional response came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Proceeding {
    /// After a CANCEL the INVITE is given up when no final response comes in 64*T1 (RFC 3261 §9.1).
    cancelled: Option<Instant>,
}

/// A 2xx came; more of them may come, from forks or as repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accepted {
    /// Timer M.
    m: Instant,
}

/// Another final response came; its repeats are acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Completed {
    /// Timer D.
    d: Instant,
}

/// What to do with a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reaction {
    /// Hand it up.
    Pass,
    /// Hand it up and acknowledge it.
    PassAndAcknowledge,
    /// Acknowledge it again.
    Acknowledge,
    /// Nothing.
    Absorb,
}

/// What a deadline brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fired {
    /// Send the request again.
    Resend,
    /// No final response came.
    TimedOut,
    /// The transaction is over.
    Over,
}

impl InviteClient {
    /// The request was just sent.
    pub(super) fn start(timers: &Timers, reliable: bool, now: Instant) -> Self {
        let a = (!reliable).then(|| (now + timers.t1, timers.t1));
        InviteClient::Calling(Calling { a, b: now + timers.b })
    }

    /// A response with this code came.
    pub(super) fn response(&mut self, code: u16, timers: &Timers, reliable: bool, now: Instant) -> Reaction {
        let (next, reaction) = match *self {
            InviteClient::Calling(_) => arrived(Proceeding { cancelled: None }, code, timers, reliable, now),
            InviteClient::Proceeding(proceeding) => arrived(proceeding, code, timers, reliable, now),
            // RFC 6026 §7.2: every 2xx goes up; nothing else does.
            InviteClient::Accepted(state) => {
                let reaction = if (200..300).contains(&code) { Reaction::Pass } else { Reaction::Absorb };
                (InviteClient::Accepted(state), reaction)
            }
            InviteClient::Completed(state) => {
                let reaction = if code >= 300 { Reaction::Acknowledge } else { Reaction::Absorb };
                (InviteClient::Completed(state), reaction)
            }
            InviteClient::Terminated => (InviteClient::Terminated, Reaction::Absorb),
        };
        *self = next;
        reaction
    }

    /// The CANCEL was sent.
    pub(super) fn cancelled(&mut self, timers: &Timers, now: Instant) {
        if let InviteClient::Proceeding(proceeding) = self {
            proceeding.cancelled.get_or_insert(now + timers.t1 * 64);
        }
    }

    /// When to call [`fire`](Self::fire).
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            InviteClient::Calling(state) => Some(state.a.map_or(state.b, |(at, _)| at.min(state.b))),
            InviteClient::Proceeding(state) => state.cancelled,
            InviteClient::Accepted(state) => Some(state.m),
            InviteClient::Completed(state) => Some(state.d),
            InviteClient::Terminated => None,
        }
    }

    /// The deadline has come.
    pub(super) fn fire(&mut self) -> Fired {
        let (next, fired) = match *self {
            InviteClient::Calling(Calling { a: Some((at, interval)), b }) if at < b => {
                // Timer A doubles without a cap (RFC 3261 §17.1.1.2).
                let interval = interval * 2;
                (InviteClient::Calling(Calling { a: Some((at + interval, interval)), b }), Fired::Resend)
            }
            InviteClient::Calling(_) | InviteClient::Proceeding(_) => (InviteClient::Terminated, Fired::TimedOut),
            InviteClient::Accepted(_) | InviteClient::Completed(_) | InviteClient::Terminated => {
                (InviteClient::Terminated, Fired::Over)
            }
        };
        *self = next;
        fired
    }

    /// Whether no response came yet.
    pub(super) fn is_calling(&self) -> bool {
        matches!(self, InviteClient::Calling(_))
    }

    /// Whether a provisional response came and no final one.
    pub(super) fn is_proceeding(&self) -> bool {
        matches!(self, InviteClient::Proceeding(_))
    }
}

/// A response in Calling or Proceeding.
fn arrived(
    proceeding: Proceeding,
    code: u16,
    timers: &Timers,
    reliable: bool,
    now: Instant,
) -> (InviteClient, Reaction) {
    match code {
        100..=199 => (InviteClient::Proceeding(proceeding), Reaction::Pass),
        // RFC 6026 §7.2: Timer M is 64*T1.
        200..=299 => (InviteClient::Accepted(Accepted { m: now + timers.t1 * 64 }), Reaction::Pass),
        // Timer D is zero on reliable transports (RFC 3261 §17.1.1.2).
        _ if reliable => (InviteClient::Terminated, Reaction::PassAndAcknowledge),
        _ => (InviteClient::Completed(Completed { d: now + timers.d }), Reaction::PassAndAcknowledge),
    }
}
