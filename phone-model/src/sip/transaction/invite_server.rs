//! INVITE server transaction (RFC 3261 §17.2.1 with the Accepted state of RFC 6026 §7.1).
//!
//! ```text
//! Proceeding ──300-699 sent──▶ Completed ──ACK──▶ Confirmed ──I──▶ Terminated
//!     └──2xx sent──▶ Accepted ──L──▶ Terminated      Completed: H: timeout
//! ```

use super::Timers;
use crate::time::{Duration, Instant};

/// How long the user agent may think before the transaction answers 100 by itself (RFC 3261 §17.2.1).
const THINKING: Duration = Duration::from_millis(200);

/// Where the transaction is. Responses are kept as octets, so that a repeat is the same to the last one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum InviteServer {
    Proceeding(Proceeding),
    Completed(Completed),
    Confirmed(Confirmed),
    Accepted(Accepted),
    Terminated,
}

/// No final response yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proceeding {
    /// The 100 that goes out when the user agent says nothing.
    trying: Option<(Instant, Vec<u8>)>,
    /// The last provisional response.
    last: Option<Vec<u8>>,
}

/// A 300-699 was sent; it goes out again until the ACK comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Completed {
    response: Vec<u8>,
    /// Timer G with its interval; none on reliable transports.
    g: Option<(Instant, Duration)>,
    /// Timer H.
    h: Instant,
}

/// The ACK came; more of them are absorbed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Confirmed {
    /// Timer I.
    i: Instant,
}

/// A 2xx was sent; the user agent repeats it, and repeats of the INVITE are absorbed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Accepted {
    /// Timer L.
    l: Instant,
}

/// What an ACK means here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Acknowledged {
    /// The final response has arrived.
    Now,
    /// It is known already, or there is nothing to acknowledge.
    Absorb,
    /// It belongs to a 2xx: hand it up.
    Pass,
}

/// What a deadline brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fired {
    /// Send these octets.
    Send(Vec<u8>),
    /// The ACK did not come.
    TimedOut,
    /// The transaction is over.
    Over,
}

impl InviteServer {
    /// The INVITE just came; `trying` is its 100.
    pub(super) fn start(trying: Vec<u8>, now: Instant) -> Self {
        InviteServer::Proceeding(Proceeding { trying: Some((now + THINKING, trying)), last: None })
    }

    /// The INVITE came again; what to send.
    pub(super) fn repeated(&self) -> Option<Vec<u8>> {
        match self {
            InviteServer::Proceeding(state) => state.last.clone(),
            InviteServer::Completed(state) => Some(state.response.clone()),
            InviteServer::Confirmed(_) | InviteServer::Accepted(_) | InviteServer::Terminated => None,
        }
    }

    /// The user agent answers; whether the response goes out.
    pub(super) fn respond(&mut self, code: u16, bytes: &[u8], timers: &Timers, reliable: bool, now: Instant) -> bool {
        match self {
            InviteServer::Proceeding(_) => {
                *self = match code {
                    100..=199 => InviteServer::Proceeding(Proceeding { trying: None, last: Some(bytes.to_vec()) }),
                    // RFC 6026 §7.1: Timer L is 64*T1.
                    200..=299 => InviteServer::Accepted(Accepted { l: now + timers.t1 * 64 }),
                    _ => InviteServer::Completed(Completed {
                        response: bytes.to_vec(),
                        g: (!reliable).then(|| (now + timers.t1, timers.t1)),
                        h: now + timers.h,
                    }),
                };
                true
            }
            // The user agent repeats its 2xx (RFC 3261 §13.3.1.4).
            InviteServer::Accepted(_) => (200..300).contains(&code),
            InviteServer::Completed(_) | InviteServer::Confirmed(_) | InviteServer::Terminated => false,
        }
    }

    /// An ACK came that matches this transaction.
    pub(super) fn acknowledged(&mut self, timers: &Timers, reliable: bool, now: Instant) -> Acknowledged {
        match self {
            InviteServer::Completed(_) => {
                // Timer I is zero on reliable transports.
                *self = if reliable {
                    InviteServer::Terminated
                } else {
                    InviteServer::Confirmed(Confirmed { i: now + timers.t4 })
                };
                Acknowledged::Now
            }
            InviteServer::Accepted(_) => Acknowledged::Pass,
            InviteServer::Proceeding(_) | InviteServer::Confirmed(_) | InviteServer::Terminated => Acknowledged::Absorb,
        }
    }

    /// When to call [`fire`](Self::fire).
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            InviteServer::Proceeding(state) => state.trying.as_ref().map(|(at, _)| *at),
            InviteServer::Completed(state) => Some(state.g.map_or(state.h, |(at, _)| at.min(state.h))),
            InviteServer::Confirmed(state) => Some(state.i),
            InviteServer::Accepted(state) => Some(state.l),
            InviteServer::Terminated => None,
        }
    }

    /// The deadline has come.
    pub(super) fn fire(&mut self, timers: &Timers) -> Option<Fired> {
        Some(match self {
            InviteServer::Proceeding(state) => {
                let (_, trying) = state.trying.take()?;
                state.last = Some(trying.clone());
                Fired::Send(trying)
            }
            InviteServer::Completed(state) => match &mut state.g {
                Some((at, interval)) if *at < state.h => {
                    *interval = (*interval * 2).min(timers.t2);
                    *at += *interval;
                    Fired::Send(state.response.clone())
                }
                Some(_) | None => {
                    *self = InviteServer::Terminated;
                    Fired::TimedOut
                }
            },
            InviteServer::Confirmed(_) | InviteServer::Accepted(_) | InviteServer::Terminated => {
                *self = InviteServer::Terminated;
                Fired::Over
            }
        })
    }

    /// Whether the user agent is done with it and it only absorbs repeats.
    pub(super) fn only_absorbs(&self) -> bool {
        match self {
            InviteServer::Proceeding(_) | InviteServer::Accepted(_) => false,
            InviteServer::Completed(_) | InviteServer::Confirmed(_) | InviteServer::Terminated => true,
        }
    }
}
