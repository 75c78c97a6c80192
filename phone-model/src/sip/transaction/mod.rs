//! Transactions (RFC 3261 §17, RFC 6026, RFC 4320) and the layer that owns them. One decision: messages, sends and deadlines are
//! values; the layer owns no socket. The shell feeds datagrams and stream octets in and carries outputs out.
//!
//! ```text
//! shell ── datagram / octets / connected / closed / wake ──▶ Layer ── poll ──▶ Datagram | Connect | Write | Close | Event | Wait
//!                                                             ▲
//! user agent ── request / respond / acknowledge / cancel ─────┘
//! ```

mod client;
mod connection;
mod derived;
mod failure;
mod invite_client;
mod invite_server;
mod key;
mod layer;
mod non_invite_client;
mod non_invite_server;
mod refuse;
mod send;
mod server;
#[cfg(test)]
pub(super) mod tests;
mod timers;

pub use connection::MAX_CONNECTIONS;
pub use layer::Layer;
pub use server::MAX_TRANSACTIONS;
pub use timers::Timers;

use super::message::{Malformed, Message};
use crate::time::Instant;
use std::net::SocketAddr;

/// One transaction, client or server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TxnId(pub(crate) u64);

/// One connection, ours or the peer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnId(pub(crate) u64);

/// A transport protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Unreliable.
    Udp,
    /// Reliable.
    Tcp,
    /// Reliable, and the other end has proven who it is.
    Tls,
}

impl Transport {
    /// As in Via.
    pub const fn as_str(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
        }
    }

    /// Whether it is a connection.
    pub const fn is_stream(self) -> bool {
        match self {
            Transport::Udp => false,
            Transport::Tcp | Transport::Tls => true,
        }
    }

    /// The port where a server listens unless told otherwise (RFC 3261 §19.1.2).
    pub const fn default_port(self) -> u16 {
        match self {
            Transport::Udp | Transport::Tcp => 5_060,
            Transport::Tls => 5_061,
        }
    }
}

/// Where a message came from, or the way an answer goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Flow {
    /// Our end: address and SIP port of the line.
    pub local: SocketAddr,
    /// The peer's end.
    pub remote: SocketAddr,
    /// The connection, when it came over one.
    pub conn: Option<ConnId>,
    /// Whether that is one of TLS.
    pub secure: bool,
}

impl Flow {
    /// Its transport.
    pub const fn transport(&self) -> Transport {
        match (self.conn, self.secure) {
            (Some(_), true) => Transport::Tls,
            (Some(_), false) => Transport::Tcp,
            (None, _) => Transport::Udp,
        }
    }
}

/// Where a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Target {
    /// Transport wanted. A request over 1300 octets goes by TCP all the same (RFC 3261 §18.1.1).
    pub transport: Transport,
    /// Our end: address and SIP port of the line; it becomes sent-by of the Via.
    pub local: SocketAddr,
    /// Next hop.
    pub remote: SocketAddr,
}

/// Something that arrived, as the filter sees it before anything else happens.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// From where, by which way.
    pub flow: Flow,
    /// What.
    pub what: Arrived<'a>,
}

/// What arrived.
#[derive(Debug, Clone, Copy)]
pub enum Arrived<'a> {
    /// A request or response.
    Message(&'a Message),
    /// Octets that are no valid message.
    Malformed(&'a Malformed),
    /// A keep-alive: CRLF CRLF on a connection (RFC 5626 §4.4.1).
    KeepAlive,
}

/// Decides ahead of everything whether an arrival exists for the phone. What it does not admit leaves no trace: no answer of any kind, no
/// event, no transaction.
pub trait Filter {
    /// Whether the arrival is let in.
    fn admits(&mut self, arrival: &Arrival<'_>) -> bool;
}

impl<F: FnMut(&Arrival<'_>) -> bool> Filter for F {
    fn admits(&mut self, arrival: &Arrival<'_>) -> bool {
        self(arrival)
    }
}

/// What the layer wants done. Drain [`Layer::poll`] until it says `Wait`.
// Outputs are taken out as soon as they are made; a box for each event would cost more than it saves.
#[allow(clippy::large_enum_variant)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send a datagram from the socket bound to `local`.
    Datagram {
        /// Our end.
        local: SocketAddr,
        /// Destination.
        remote: SocketAddr,
        /// Octets.
        bytes: Vec<u8>,
    },
    /// Open a connection from the address of `local` (any port) to `remote`; then call [`Layer::connected`], for TLS when the other end has
    /// proven who it is, or [`Layer::closed`].
    Connect {
        /// Its name from now on.
        conn: ConnId,
        /// TCP or TLS.
        transport: Transport,
        /// Our end; its port is not to be used.
        local: SocketAddr,
        /// Destination.
        remote: SocketAddr,
    },
    /// Write octets to a connection.
    Write {
        /// The connection.
        conn: ConnId,
        /// Octets.
        bytes: Vec<u8>,
    },
    /// Close a connection, after what was written.
    Close {
        /// The connection.
        conn: ConnId,
    },
    /// Something for the user agent.
    Event(Event),
    /// Nothing more; call [`Layer::wake`] at this time, or never when there is none.
    Wait(Option<Instant>),
}

/// What the user agent learns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A new request, neither ACK nor CANCEL. Answer it with [`Layer::respond`]. Its top Via carries `received` and `rport` already.
    Request {
        /// Its server transaction.
        txn: TxnId,
        /// The request.
        message: Message,
        /// From where.
        flow: Flow,
        /// Whether it is the same request come by another way (RFC 3261 §8.2.2.2): answer 482.
        merged: bool,
    },
    /// An ACK for a 2xx, or one that fits nothing. It is never answered.
    Ack {
        /// The ACK.
        message: Message,
        /// From where.
        flow: Flow,
    },
    /// A CANCEL. Answer it with [`Layer::respond`]: 200 when `invite` names what it cancels, then 487 to that; else 481.
    Cancel {
        /// The CANCEL's own server transaction.
        txn: TxnId,
        /// The INVITE server transaction that it matches (RFC 3261 §9.2), if it still lives.
        invite: Option<TxnId>,
        /// The CANCEL.
        message: Message,
        /// From where.
        flow: Flow,
    },
    /// A response to a request of ours. 2xx to INVITE may come several times.
    Response {
        /// The client transaction.
        txn: TxnId,
        /// The response.
        message: Message,
        /// From where.
        flow: Flow,
    },
    /// Timer B or F: no answer came. Timer H: no ACK came for a non-2xx final response.
    Timeout {
        /// The transaction.
        txn: TxnId,
    },
    /// The transport failed: connection refused or lost, destination unreachable.
    TransportFailed {
        /// The transaction.
        txn: TxnId,
    },
    /// The ACK of a non-2xx final response came.
    Acknowledged {
        /// The INVITE server transaction.
        txn: TxnId,
    },
    /// The transaction is gone; its id will not be used again.
    Terminated {
        /// The transaction.
        txn: TxnId,
    },
    /// Something admitted was dropped, for the log.
    Discarded {
        /// From where.
        flow: Flow,
        /// Why.
        why: Discard,
    },
}

/// Why something admitted was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discard {
    /// Malformed; answered 400 or 505 where an answer is due.
    Malformed,
    /// A response that fits no request of ours, or whose Vias are not as we sent them (RFC 3261 §8.1.3.3, §18.1.2).
    StrayResponse,
    /// Too many transactions; the request was answered 503 with Retry-After (RFC 3261 §21.5.4).
    Overload,
}
