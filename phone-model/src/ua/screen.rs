//! What the board shows of lines and calls. It is changed only when something changed.

use super::UserAgent;
use super::call::{Call, Peer};
use crate::state::{CallStatus, HistoryEntry, HistoryKind, LineStatus};
use crate::time::{Duration, Instant};

/// Entries of the call history (phone-facts §1.2).
const MAX_HISTORY: usize = 180;

/// `Next Registration In Seconds` counts down.
const SECOND: Duration = Duration::from_secs(1);

/// The part of the board that the user agent writes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Shown {
    lines: Vec<LineStatus>,
    calls: Vec<CallStatus>,
    off_hook: bool,
    digits: String,
    soft_keys: Vec<&'static str>,
}

impl UserAgent {
    pub(super) fn show(&mut self, now: Instant) {
        let lines = self.registrations.iter().zip(&self.desk.lines).map(|(registration, line)| {
            let (registration, last_registration_at, next_registration_in) = registration.shown(line.registers(), now);
            LineStatus { registration, last_registration_at, next_registration_in, sip_port: line.port }
        });
        let shown = Shown {
            lines: lines.collect(),
            calls: self.calls.values().filter_map(Call::status).collect(),
            off_hook: self.handset.off_hook,
            digits: self.handset.digits.clone(),
            soft_keys: self.soft_keys().to_vec(),
        };
        let counting = shown.lines.iter().any(|line| line.next_registration_in.is_some());
        self.screen_at = counting.then(|| now + SECOND);
        if shown != self.shown {
            self.desk.board.change(|status| {
                status.lines.clone_from(&shown.lines);
                status.calls.clone_from(&shown.calls);
                status.off_hook = shown.off_hook;
                status.dialled.clone_from(&shown.digits);
                status.soft_keys.clone_from(&shown.soft_keys);
            });
            self.shown = shown;
        }
    }

    /// Writes an entry into the call history.
    pub(super) fn remember(&mut self, kind: HistoryKind, line: u8, peer: &Peer, now: Instant) {
        let at = self.desk.unix(now);
        let entry = HistoryEntry { kind, line, name: peer.name.clone(), number: peer.number.clone(), at };
        self.desk.board.change(|status| {
            status.history.insert(0, entry);
            status.history.truncate(MAX_HISTORY);
        });
    }
}
