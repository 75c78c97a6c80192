//! One direction of a TLS connection: its records, the key that opens the next of them, what was in them.

use super::decryption::Decryption;
use super::keys::Secret;
use super::opener::Opener;
use super::plain::{Pending, Plain};
use super::record::{Framing, Seen, Stop};
use crate::stream::Reader;

/// What protects the next record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Epoch {
    /// Nothing yet.
    #[default]
    Clear,
    /// TLS 1.2 and before, after ChangeCipherSpec.
    Changed,
    /// TLS 1.3, up to Finished.
    Handshake,
    /// TLS 1.3, after so many key updates; the secret once it was needed.
    Traffic { generation: u32, secret: Option<Secret> },
}

/// Why the next record cannot be opened yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blocked {
    /// The key log has nothing for it.
    NoSecret,
    /// The suite or version is none of those that are opened here.
    Unsupported,
    /// The hellos were not seen.
    Unseen,
    /// The key does not open it.
    Shut,
}

/// Application data of one direction.
#[derive(Debug, Clone, Default)]
pub(super) struct Carried {
    pub(super) records: u64,
    pub(super) octets: u64,
    pub(super) first: Option<Seen>,
}

#[derive(Debug, Default)]
pub(super) struct Side {
    pub(super) framing: Option<Framing>,
    pub(super) epoch: Epoch,
    pub(super) opener: Option<Opener>,
    /// Records opened with a key of the log.
    pub(super) opened: u64,
    pub(super) blocked: Option<Blocked>,
    pub(super) pending: Pending,
    /// Handshake octets are nonsense; nothing more is read of them.
    pub(super) lost: bool,
    pub(super) carried: Carried,
    pub(super) plain: Plain,
    pub(super) reader: Reader,
    /// Records before the handshake was over that no key of it opens: early data (RFC 8446 §4.2.10).
    pub(super) early: u64,
    pub(super) closed: bool,
}

impl Side {
    /// The key changes: the next record has the number 0.
    pub(super) fn enter(&mut self, epoch: Epoch) {
        self.epoch = epoch;
        self.opener = None;
    }

    /// Whether every record that came has been read.
    pub(super) fn is_read(&self) -> bool {
        self.framing.as_ref().is_none_or(|framing| framing.waiting.is_empty() && framing.stopped.is_none())
    }

    /// How much of this direction is readable. `logged`: there is any secret at all; `right`: the connection's secrets have opened something.
    pub(super) fn decryption(&self, logged: bool, right: bool) -> Decryption {
        let Some(framing) = &self.framing else {
            return Decryption::Clear;
        };
        match (self.blocked.filter(|_| !framing.waiting.is_empty()), framing.stopped) {
            (Some(Blocked::NoSecret), _) if logged => Decryption::WrongKeys,
            (Some(Blocked::NoSecret), _) => Decryption::NoKeys,
            (Some(Blocked::Shut), _) if right => Decryption::BrokenRecord,
            (Some(Blocked::Shut), _) => Decryption::WrongKeys,
            (Some(Blocked::Unsupported), _) => Decryption::Unsupported,
            (Some(Blocked::Unseen), _) => Decryption::HandshakeNotSeen,
            (None, Some(Stop::Gap)) => Decryption::Gap,
            (None, _) if self.early > 0 => Decryption::EarlyData,
            (None, _) if self.opened > 0 => Decryption::Decrypted,
            (None, _) => Decryption::Clear,
        }
    }
}
