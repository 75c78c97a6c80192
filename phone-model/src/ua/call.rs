//! One call and its states.
//!
//! ```text
//! INVITE in ──▶ Ringing ──answer──▶ Established ──BYE──▶ (gone)
//! dialled  ──▶ Calling ──2xx────────▲
//! ```

use super::desk::CallId;
use super::dialog::Dialog;
use crate::media::{Local, MediaSession};
use crate::sip::message::{Message, NameAddr};
use crate::sip::transaction::TxnId;
use crate::state::{CallState, CallStatus};
use crate::time::{Duration, Instant, earliest};

/// The other party.
#[derive(Debug, Clone, Default)]
pub(super) struct Peer {
    pub(super) name: String,
    pub(super) number: String,
}

/// A call.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) id: CallId,
    pub(super) line: u8,
    pub(super) peer: Peer,
    pub(super) incoming: bool,
    pub(super) began: Instant,
    /// Our media, once there is a description of it.
    pub(super) local: Option<Local>,
    pub(super) media: Option<MediaSession>,
    pub(super) phase: Phase,
}

/// What a call is doing.
#[derive(Debug)]
pub(super) enum Phase {
    Ringing(Ringing),
    Calling(Calling),
    Established(Established),
}

/// It came in and waits for a person.
#[derive(Debug)]
pub(super) struct Ringing {
    pub(super) txn: TxnId,
    pub(super) invite: Message,
    pub(super) dialog: Dialog,
    /// The 180 is repeated, so that no proxy on the way gives up (RFC 3261 §13.3.1.1).
    pub(super) again_at: Instant,
    /// When it stops ringing by itself.
    pub(super) until: Instant,
}

/// It goes out and waits for an answer.
#[derive(Debug)]
pub(super) struct Calling {
    pub(super) invite: Message,
    /// Its transaction, once it went out.
    pub(super) txn: Option<TxnId>,
    /// The other end rings.
    pub(super) ringback: bool,
    /// The person hung up; what comes now is ended at once.
    pub(super) given_up: bool,
    /// How often it was sent elsewhere by a 3xx.
    pub(super) redirections: u8,
    /// INVITE Expires; after hanging up, when the CANCEL has had its time (RFC 3261 §9.1).
    pub(super) until: Instant,
}

/// Both ends talk.
#[derive(Debug)]
pub(super) struct Established {
    pub(super) dialog: Dialog,
    /// A 2xx of ours without ACK.
    pub(super) unacknowledged: Option<Unacknowledged>,
    /// A re-INVITE of ours on its way.
    pub(super) reinvite: Option<Reinvite>,
    /// This end holds.
    pub(super) held: bool,
    /// The person hung up before the ACK came (RFC 3261 §15: no BYE before it).
    pub(super) leaving: bool,
}

/// A re-INVITE of ours.
#[derive(Debug)]
pub(super) struct Reinvite {
    /// Whether it holds or resumes.
    pub(super) hold: bool,
}

/// A 2xx that is repeated until its ACK comes (RFC 3261 §13.3.1.4).
#[derive(Debug)]
pub(super) struct Unacknowledged {
    pub(super) txn: TxnId,
    pub(super) response: Message,
    /// Sequence number of the INVITE, which its ACK repeats.
    pub(super) sequence: u32,
    /// Whether the 2xx carried an offer, so that the ACK brings the answer.
    pub(super) offered: bool,
    pub(super) again_at: Instant,
    pub(super) interval: Duration,
    /// 64*T1 after the first one.
    pub(super) until: Instant,
}

impl Peer {
    /// As the screen shows an address.
    pub(super) fn of(address: &NameAddr) -> Self {
        let number = address.uri.user().unwrap_or_else(|| address.uri.host().to_owned());
        let name = if address.display.is_empty() { number.clone() } else { address.display.clone() };
        Peer { name: printable(&name), number: printable(&number) }
    }
}

/// What a peer wrote may hold anything; the screen and the page show a line of it.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}

impl Call {
    /// When the call has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let own = match &self.phase {
            Phase::Ringing(ringing) => Some(ringing.again_at.min(ringing.until)),
            Phase::Calling(calling) => Some(calling.until),
            Phase::Established(established) => established
                .unacknowledged
                .as_ref()
                .map(|unacknowledged| unacknowledged.again_at.min(unacknowledged.until)),
        };
        earliest(own, self.media.as_ref().and_then(MediaSession::deadline))
    }

    /// The dialog, early or confirmed; a call that goes out has none before its 2xx.
    pub(super) fn dialog(&self) -> Option<&Dialog> {
        match &self.phase {
            Phase::Ringing(ringing) => Some(&ringing.dialog),
            Phase::Established(established) => Some(&established.dialog),
            Phase::Calling(_) => None,
        }
    }

    /// What the screen shows; nothing for a call that the person has left.
    pub(super) fn status(&self) -> Option<CallStatus> {
        let state = match &self.phase {
            Phase::Ringing(_) => CallState::Ringing,
            Phase::Calling(calling) if calling.given_up => return None,
            Phase::Calling(calling) if calling.ringback => CallState::Ringback,
            Phase::Calling(_) => CallState::Dialing,
            Phase::Established(established) if established.leaving => return None,
            Phase::Established(established) if established.held => CallState::Holding,
            Phase::Established(_) => CallState::Connected,
        };
        Some(CallStatus {
            line: self.line,
            state,
            peer_name: self.peer.name.clone(),
            peer_number: self.peer.number.clone(),
            incoming: self.incoming,
        })
    }

    /// Whether it counts towards the calls of its line.
    pub(super) fn counts(&self) -> bool {
        self.status().is_some()
    }
}
