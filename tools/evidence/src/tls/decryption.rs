//! How far what a connection carried can be read.

use std::fmt;

use serde::Serialize;

/// How far what a TLS connection carried can be read. All but the first two are undecidable: there may be octets that nobody has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decryption {
    /// Nothing came encrypted.
    Clear,
    /// All that came encrypted was opened.
    Decrypted,
    /// A record does not open, though the connection's keys have opened others: it was changed, or made wrong.
    BrokenRecord,
    /// The client sent early data, which is not opened here; what came later was.
    EarlyData,
    /// Octets are missing in the capture; records before the gap were read.
    Gap,
    /// The capture has no hellos of this connection, so that its keys cannot be told.
    HandshakeNotSeen,
    /// Version or suite is none of those that are opened here.
    Unsupported,
    /// There are no keys at all. They may still come.
    NoKeys,
    /// There are keys, but none for this connection, or one that does not open it.
    WrongKeys,
}

impl Decryption {
    /// Whether nothing was hidden from the reader.
    pub fn is_readable(self) -> bool {
        matches!(self, Decryption::Clear | Decryption::Decrypted)
    }
}

/// Why it is so, for people.
impl fmt::Display for Decryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Decryption::Clear => "nothing encrypted",
            Decryption::Decrypted => "decrypted",
            Decryption::BrokenRecord => "not decrypted to its end: a record does not open with the connection's keys",
            Decryption::EarlyData => "decrypted save its early data",
            Decryption::Gap => "not decrypted to its end: octets are missing in the capture",
            Decryption::HandshakeNotSeen => "not decrypted: its hellos are not in the capture",
            Decryption::Unsupported => "not decrypted: a version or suite that is not opened here",
            Decryption::NoKeys => "not decrypted: no keys",
            Decryption::WrongKeys => "not decrypted: wrong keys",
        })
    }
}
