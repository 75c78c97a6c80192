//! What goes into a lookup and what comes out of it. The shell carries octets, names and time; it decides nothing.

use crate::ldap::failure::{Failure, Fault};
use crate::ldap::filter::Filter;
use crate::ldap::message::Entry;
use crate::ldap::server::Server;
use crate::time::{Duration, Instant};

/// Most entries of a lookup (phone-facts §3.4).
pub const MOST_ENTRIES: usize = 20;

/// How the phone says who it is.
#[derive(Clone, PartialEq, Eq)]
pub enum Auth {
    /// It does not: an anonymous bind.
    None,
    /// Name and password as they are (RFC 4513 §5.1.3).
    Simple {
        /// Distinguished name.
        dn: String,
        /// Password.
        password: String,
    },
    /// DIGEST-MD5 (RFC 2831).
    DigestMd5 {
        /// User name.
        user: String,
        /// Password.
        password: String,
        /// The realm to choose when it is offered.
        realm: String,
    },
}

impl std::fmt::Debug for Auth {
    // Passwords are nobody's business.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Auth::None => "None",
            Auth::Simple { .. } => "Simple",
            Auth::DigestMd5 { .. } => "DIGEST-MD5",
        })
    }
}

/// How long a lookup waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For each step: connection, handshake, the next message.
    pub answer: Duration,
    /// For everything together.
    pub whole: Duration,
}

/// What is to be looked up, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Where.
    pub server: Server,
    /// Whether `ldap://` is to be put under TLS by StartTLS.
    pub start_tls: bool,
    /// As whom.
    pub auth: Auth,
    /// Below which entry.
    pub base: String,
    /// Which entries.
    pub filter: Filter,
    /// What of them.
    pub attributes: Vec<String>,
    /// How long.
    pub patience: Patience,
}

/// How a search that brought entries ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// These are all.
    Complete,
    /// There are more than may be shown, or than the server tells.
    More,
    /// Something went wrong after these had come.
    Broken(Failure),
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// In the order in which they came.
    pub entries: Vec<Entry>,
    /// Whether these are all.
    pub end: End,
}

/// Input of [`Lookup::handle`].
#[derive(Debug)]
pub enum Input<'a> {
    /// [`Output::Connect`] succeeded.
    Connected,
    /// [`Output::Secure`] succeeded. `refused` is why the certificate should have been refused, on a phone with a defect.
    Secured {
        /// Nothing on a phone that behaves.
        refused: Option<String>,
    },
    /// One of both failed.
    Failed(Fault),
    /// Octets from the server, decrypted.
    Bytes(&'a [u8]),
    /// The server closed the connection.
    Closed,
    /// The person waits no longer.
    GiveUp,
    /// The instant of [`Output::Wait`] has come. Early and repeated ones do no harm.
    Wake,
}

/// Output of [`Lookup::poll`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Connect to this host by TCP.
    Connect {
        /// Name or address.
        host: String,
        /// Port.
        port: u16,
    },
    /// Put the connection under TLS; the certificate must be for this host.
    Secure {
        /// Name or address.
        host: String,
    },
    /// Send.
    Write(Vec<u8>),
    /// Close what is open, after what was written.
    Close,
    /// The outcome; it comes once and last.
    Done(Result<Found, Failure>),
    /// Nothing more until then.
    Wait(Option<Instant>),
}
