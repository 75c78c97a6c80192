//! Non-INVITE server transaction (RFC 3261 §17.2.2 with RFC 4320).
//!
//! ```text
//! Trying ──1xx sent──▶ Proceeding ──200-699 sent──▶ Completed ──J──▶ Terminated
//!    └──200-699 sent──▶ Completed
//! ```
//! A response that is not given in 64*T1 would find nobody who waits: the transaction ends without (RFC 4320 §4.2).

use super::Timers;
use crate::time::Instant;

/// Where the transaction is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NonInviteServer {
    Trying(Trying),
    Proceeding(Proceeding),
    Completed(Completed),
    Terminated,
}

/// No response yet. 100 is never sent by itself (RFC 4320 §4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trying {
    /// When the client stops waiting.
    until: Instant,
}

/// A provisional response was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proceeding {
    last: Vec<u8>,
    /// When the client stops waiting.
    until: Instant,
}

/// A final response was sent; repeats of the request get it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Completed {
    response: Vec<u8>,
    /// Timer J.
    j: Instant,
}

impl NonInviteServer {
    /// The request just came.
    pub(super) fn start(timers: &Timers, now: Instant) -> Self {
        NonInviteServer::Trying(Trying { until: now + timers.t1 * 64 })
    }

    /// The request came again; what to send.
    pub(super) fn repeated(&self) -> Option<Vec<u8>> {
        match self {
            NonInviteServer::Trying(_) | NonInviteServer::Terminated => None,
            NonInviteServer::Proceeding(state) => Some(state.last.clone()),
            NonInviteServer::Completed(state) => Some(state.response.clone()),
        }
    }

    /// The user agent answers; whether the response goes out.
    pub(super) fn respond(&mut self, code: u16, bytes: &[u8], timers: &Timers, reliable: bool, now: Instant) -> bool {
        let until = match self {
            NonInviteServer::Trying(state) => state.until,
            NonInviteServer::Proceeding(state) => state.until,
            NonInviteServer::Completed(_) | NonInviteServer::Terminated => return false,
        };
        *self = match code {
            100..=199 => NonInviteServer::Proceeding(Proceeding { last: bytes.to_vec(), until }),
            // RFC 4320 §4.2: 408 is never sent; the client has timed out by itself.
            408 => NonInviteServer::Terminated,
            // Timer J is zero on reliable transports.
            _ if reliable => NonInviteServer::Terminated,
            _ => NonInviteServer::Completed(Completed { response: bytes.to_vec(), j: now + timers.j }),
        };
        code != 408
    }

    /// When to call [`fire`](Self::fire).
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            NonInviteServer::Trying(state) => Some(state.until),
            NonInviteServer::Proceeding(state) => Some(state.until),
            NonInviteServer::Completed(state) => Some(state.j),
            NonInviteServer::Terminated => None,
        }
    }

    /// The deadline has come: the transaction is over.
    pub(super) fn fire(&mut self) {
        *self = NonInviteServer::Terminated;
    }

    /// Whether the user agent is done with it and it only absorbs repeats.
    pub(super) fn only_absorbs(&self) -> bool {
        match self {
            NonInviteServer::Trying(_) | NonInviteServer::Proceeding(_) => false,
            NonInviteServer::Completed(_) | NonInviteServer::Terminated => true,
        }
    }
}
