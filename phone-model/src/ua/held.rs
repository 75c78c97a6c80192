//! What arrives while the names of a new list are still being looked up waits here, so that no message of a listed server is lost to
//! the moment between "Submit" and the name server's answer. It is neither answered nor read before the list can tell whose it is.

use super::UserAgent;
use super::interface::{Connection, Output};
use crate::time::Instant;
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

/// Most octets that wait.
const MAX_OCTETS: usize = 262_144;
/// Most arrivals that wait.
const MAX_HELD: usize = 256;

/// Something that arrived.
#[derive(Debug)]
pub(super) enum Arrived {
    Datagram { local_port: u16, from: SocketAddr, bytes: Vec<u8> },
    Octets { connection: Connection, peer: SocketAddr, bytes: Vec<u8> },
}

/// All that waits, in order.
#[derive(Debug, Default)]
pub(super) struct Held {
    arrivals: VecDeque<Arrived>,
    octets: usize,
}

impl Arrived {
    fn source(&self) -> IpAddr {
        match self {
            Arrived::Datagram { from, .. } => from.ip(),
            Arrived::Octets { peer, .. } => peer.ip(),
        }
    }

    fn octets(&self) -> usize {
        match self {
            Arrived::Datagram { bytes, .. } | Arrived::Octets { bytes, .. } => bytes.len(),
        }
    }
}

#[cfg(test)]
impl Held {
    pub(super) fn octets(&self) -> usize {
        self.octets
    }
}

impl UserAgent {
    /// Lets an arrival in at once, or when the list can tell.
    pub(super) fn arrived(&mut self, arrival: Arrived, now: Instant) {
        if !self.domains.undecided(arrival.source()) {
            self.pass(arrival, now);
            return;
        }
        let full = self.held.arrivals.len() >= MAX_HELD || self.held.octets + arrival.octets() > MAX_OCTETS;
        match arrival {
            _ if !full => {
                self.held.octets += arrival.octets();
                self.held.arrivals.push_back(arrival);
            }
            // UDP promises nothing; a stream with a gap is worth nothing.
            Arrived::Datagram { .. } => self.domains.count_silenced(),
            Arrived::Octets { connection, .. } => {
                self.connection_ended(connection, now);
                self.desk.out.push_back(Output::Close { connection });
            }
        }
    }

    /// Lets in, or turns away, all that the list can tell now.
    pub(super) fn release(&mut self, now: Instant) {
        if self.held.arrivals.iter().all(|arrival| self.domains.undecided(arrival.source())) {
            return;
        }
        self.held.octets = 0;
        for arrival in std::mem::take(&mut self.held.arrivals) {
            self.arrived(arrival, now);
        }
    }

    fn pass(&mut self, arrival: Arrived, now: Instant) {
        match arrival {
            Arrived::Datagram { local_port, from, bytes } => self.sip_datagram(local_port, from, &bytes, now),
            Arrived::Octets { connection, bytes, .. } => self.sip_octets(connection, &bytes, now),
        }
    }
}
