//! Non-INVITE client transaction (RFC 3261 §17.1.2).
//!
//! ```text
//! Trying ──1xx──▶ Proceeding ──200-699──▶ Completed ──K──▶ Terminated
//!    └──200-699──▶ Completed      Trying, Proceeding: F: timeout
//! ```

use super::Timers;
use super::invite_client::Fired;
use crate::time::{Duration, Instant};

/// Where the transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NonInviteClient {
    Trying(Trying),
    Proceeding(Proceeding),
    Completed(Completed),
    Terminated,
}

/// Nothing came back yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trying {
    /// Timer E with its interval; none on reliable transports.
    e: Option<(Instant, Duration)>,
    /// Timer F.
    f: Instant,
}

/// A provisional response came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Proceeding {
    /// Timer E, every T2 from now on.
    e: Option<Instant>,
    /// Timer F.
    f: Instant,
}

/// A final response came; its repeats are absorbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Completed {
    /// Timer K.
    k: Instant,
}

impl NonInviteClient {
    /// The request was just sent.
    pub(super) fn start(timers: &Timers, reliable: bool, now: Instant) -> Self {
        let e = (!reliable).then(|| (now + timers.t1, timers.t1));
        NonInviteClient::Trying(Trying { e, f: now + timers.f })
    }

    /// A response with this code came; whether to hand it up.
    pub(super) fn response(&mut self, code: u16, timers: &Timers, reliable: bool, now: Instant) -> bool {
        let (e, f) = match *self {
            // The running Timer E fires when it was due; then it is set to T2 (RFC 3261 §17.1.2.2).
            NonInviteClient::Trying(state) => (state.e.map(|(at, _)| at), state.f),
            NonInviteClient::Proceeding(state) => (state.e, state.f),
            NonInviteClient::Completed(_) | NonInviteClient::Terminated => return false,
        };
        *self = match code {
            100..=199 => NonInviteClient::Proceeding(Proceeding { e, f }),
            // Timer K is zero on reliable transports.
            _ if reliable => NonInviteClient::Terminated,
            _ => NonInviteClient::Completed(Completed { k: now + timers.t4 }),
        };
        true
    }

    /// When to call [`fire`](Self::fire).
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            NonInviteClient::Trying(state) => Some(state.e.map_or(state.f, |(at, _)| at.min(state.f))),
            NonInviteClient::Proceeding(state) => Some(state.e.map_or(state.f, |at| at.min(state.f))),
            NonInviteClient::Completed(state) => Some(state.k),
            NonInviteClient::Terminated => None,
        }
    }

    /// The deadline has come.
    pub(super) fn fire(&mut self, timers: &Timers) -> Fired {
        let (next, fired) = match *self {
            NonInviteClient::Trying(Trying { e: Some((at, interval)), f }) if at < f => {
                let interval = (interval * 2).min(timers.t2);
                (NonInviteClient::Trying(Trying { e: Some((at + interval, interval)), f }), Fired::Resend)
            }
            NonInviteClient::Proceeding(Proceeding { e: Some(at), f }) if at < f => {
                (NonInviteClient::Proceeding(Proceeding { e: Some(at + timers.t2), f }), Fired::Resend)
            }
            NonInviteClient::Trying(_) | NonInviteClient::Proceeding(_) => {
                (NonInviteClient::Terminated, Fired::TimedOut)
            }
            NonInviteClient::Completed(_) | NonInviteClient::Terminated => (NonInviteClient::Terminated, Fired::Over),
        };
        *self = next;
        fired
    }

    /// Whether no response came yet.
    pub(super) fn is_trying(&self) -> bool {
        matches!(self, NonInviteClient::Trying(_))
    }
}
