//! What the flash holds, as JSON: readable by a person who looks for it, and indifferent to parameters that come and go with releases.

use crate::settings::Access;
use crate::state::{HistoryEntry, HistoryKind, RebootReason};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The content of the flash.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Kept {
    /// Values that differ from the defaults.
    pub(super) values: BTreeMap<String, String>,
    /// Access that a profile changed.
    pub(super) access: BTreeMap<String, Access>,
    /// Values that a phone with a defect goes on obeying, although others are stored.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) unapplied: BTreeMap<String, String>,
    /// Restarts, newest first.
    pub(super) reboots: Vec<(u64, RebootReason)>,
    /// Calls, newest first.
    pub(super) history: Vec<Call>,
}

impl Kept {
    /// What a flash held whose checksum was right; content of another making counts as none.
    pub(super) fn read(content: &[u8]) -> Kept {
        serde_json::from_slice(content).unwrap_or_default()
    }

    /// As it is written.
    pub(super) fn write(&self) -> Vec<u8> {
        // Maps with text keys and plain fields: nothing that JSON cannot express.
        serde_json::to_vec_pretty(self).unwrap_or_default()
    }
}

/// A call of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Call {
    kind: Kind,
    line: u8,
    name: String,
    number: String,
    at: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    Missed,
    Received,
    Placed,
}

impl From<&HistoryEntry> for Call {
    fn from(entry: &HistoryEntry) -> Call {
        let kind = match entry.kind {
            HistoryKind::Missed => Kind::Missed,
            HistoryKind::Received => Kind::Received,
            HistoryKind::Placed => Kind::Placed,
        };
        let (name, number) = (entry.name.clone(), entry.number.clone());
        Call { kind, line: entry.line, name, number, at: entry.at }
    }
}

impl From<&Call> for HistoryEntry {
    fn from(call: &Call) -> HistoryEntry {
        let kind = match call.kind {
            Kind::Missed => HistoryKind::Missed,
            Kind::Received => HistoryKind::Received,
            Kind::Placed => HistoryKind::Placed,
        };
        let (name, number) = (call.name.clone(), call.number.clone());
        HistoryEntry { kind, line: call.line, name, number, at: call.at }
    }
}
