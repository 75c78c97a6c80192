//! The states of a download, and what each knows.

use crate::time::Instant;
use std::net::SocketAddr;

#[derive(Debug)]
pub(super) enum State {
    Requesting(Requesting),
    Receiving(Receiving),
    Dallying(Dallying),
    Closed,
}

#[derive(Debug)]
pub(super) struct Requesting {
    pub(super) options: bool,
    pub(super) sent: Sent,
}

#[derive(Debug)]
pub(super) struct Receiving {
    pub(super) peer: SocketAddr,
    pub(super) block_size: usize,
    /// The last block that was acknowledged; 0 acknowledges the options.
    pub(super) block: u16,
    pub(super) body: Vec<u8>,
    pub(super) sent: Sent,
}

/// RFC 1350 §6: the last acknowledgement may be lost.
#[derive(Debug)]
pub(super) struct Dallying {
    pub(super) peer: SocketAddr,
    pub(super) block: u16,
    pub(super) until: Instant,
}

/// The packet that waits for an answer.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) bytes: Vec<u8>,
    pub(super) times: u8,
    pub(super) again: Instant,
}
