//! What goes into the time client and comes out of it, and whom it asks.

use super::Timestamp;
use crate::time::{Duration, Instant};
use std::net::IpAddr;

/// Waits.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// For an answer.
    pub answer: Duration,
    /// Before the second round when nobody answered; doubled each time (RFC 4330 §10(2)).
    pub retry: Duration,
    /// Before the time is asked for again; no wait is longer.
    pub poll: Duration,
    /// Shortest wait between two rounds of questions (RFC 4330 §10(1): no server is asked more often than every 15 s).
    pub shortest: Duration,
}

/// Where time servers are known from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NtpServers {
    /// Primary and Secondary NTP Server: names or addresses.
    pub manual: Vec<String>,
    /// DHCPv4 option 42.
    pub v4: Vec<IpAddr>,
    /// DHCPv6 options 56 and 31: addresses, or names (RFC 5908 §4.3).
    pub v6: Vec<String>,
}

impl NtpServers {
    /// All, each once, in the order in which they are asked.
    pub fn in_order(&self, dhcp_first: bool) -> Vec<String> {
        let dhcp = self.v4.iter().map(IpAddr::to_string).chain(self.v6.iter().cloned());
        let manual = self.manual.iter().cloned();
        let all: Vec<String> = if dhcp_first { dhcp.chain(manual).collect() } else { manual.chain(dhcp).collect() };
        let mut once: Vec<String> = Vec::new();
        for server in all.into_iter().filter(|server| !server.is_empty()) {
            if !once.contains(&server) {
                once.push(server);
            }
        }
        once
    }
}

/// What happens to the client.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// These are the servers, in order, names or addresses.
    Servers(&'a [String]),
    /// A look-up ended; no addresses when it failed.
    Resolved {
        /// The name.
        name: &'a str,
        /// Its addresses.
        addresses: &'a [IpAddr],
    },
    /// A datagram came for this exchange, from where the request went.
    Reply {
        /// Number of the exchange.
        exchange: u32,
        /// The datagram.
        message: &'a [u8],
    },
    /// The request cannot be delivered.
    Unreachable {
        /// Number of the exchange.
        exchange: u32,
    },
    /// Time has passed.
    Wake,
}

/// What the client wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Look the addresses of a name up.
    Resolve(String),
    /// Send this to port 123, from a port of its own.
    Ask {
        /// Number of the exchange.
        exchange: u32,
        /// Whom.
        server: IpAddr,
        /// What.
        message: Vec<u8>,
    },
    /// Nothing more comes for this exchange.
    Forget {
        /// Number of the exchange.
        exchange: u32,
    },
    /// Something to know.
    Event(Event),
    /// Nothing more until this instant, or until an input when `None`.
    Wait(Option<Instant>),
}

/// What the owner should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It was `time` at `at`.
    Told {
        /// The server.
        server: String,
        /// The server's time.
        time: Timestamp,
        /// When that was.
        at: Instant,
    },
    /// A server is of no use in this round, or at all.
    Useless {
        /// The server.
        server: String,
        /// Why.
        why: Useless,
    },
}

/// Why a server is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Useless {
    /// Its name has no address.
    NoAddress,
    /// It does not answer.
    Mute,
    /// It says that it does not know the time.
    Unsynchronised,
    /// It forbade to ask it again (RFC 5905 §7.4).
    Forbidden,
    /// It wants to be asked less often.
    TooOften,
}
