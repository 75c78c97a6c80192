//! What goes into a download and comes out of it.

use crate::time::{Duration, Instant};
use std::net::SocketAddr;

/// How patient the client is.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Between two transmissions of one packet (RFC 5859 §3: 4 s).
    pub interval: Duration,
    /// Transmissions of one packet (RFC 5859 §3: 4).
    pub tries: u8,
}

/// What happens to the machine.
#[derive(Debug)]
pub enum Input<'a> {
    /// A datagram came in.
    Datagram {
        /// From there.
        from: SocketAddr,
        /// Its octets.
        bytes: &'a [u8],
    },
    /// A deadline may have passed.
    Wake,
}

/// What the machine wants.
#[derive(Debug, PartialEq, Eq)]
pub enum Output {
    /// Send this datagram.
    Send {
        /// There.
        to: SocketAddr,
        /// Its octets.
        bytes: Vec<u8>,
    },
    /// The file, or why there is none. It comes once; the machine may want to go on for a while, for the server's sake.
    Done(Result<Vec<u8>, Failure>),
    /// Nothing until then.
    Wait(Instant),
    /// Nothing any more.
    Closed,
}

/// Why there is no file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Error 1.
    #[error("File not found")]
    NotFound,
    /// Another error of the server.
    #[error("TFTP error {0} {1}")]
    Refused(u16, String),
    /// The server said nothing at all.
    #[error("no answer from the TFTP server")]
    Silent,
    /// The server stopped in the middle.
    #[error("TFTP transfer broke off")]
    BrokeOff,
    /// The server broke the protocol.
    #[error("TFTP server sent {0}")]
    Protocol(&'static str),
    /// More octets than the caller takes.
    #[error("file too large")]
    TooLarge,
}
