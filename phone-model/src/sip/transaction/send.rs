//! Octets onto their way.

use super::{ConnId, Layer, Output, Target, Transport};
use crate::time::Instant;
use std::net::SocketAddr;

impl Layer {
    /// Sends a datagram.
    pub(super) fn send_datagram(&mut self, local: SocketAddr, remote: SocketAddr, bytes: &[u8]) {
        self.outputs.push_back(Output::Datagram { local, remote, bytes: bytes.to_vec() });
    }

    /// Sends by the way of a transaction; whether there is one.
    pub(super) fn send_on(&mut self, conn: Option<ConnId>, target: &Target, bytes: &[u8], now: Instant) -> bool {
        match (target.transport, conn) {
            (Transport::Udp, _) => {
                self.send_datagram(target.local, target.remote, bytes);
                true
            }
            (Transport::Tcp | Transport::Tls, Some(conn)) if self.write(conn, bytes, now) => true,
            (Transport::Tcp | Transport::Tls, _) => self.send_to(target, bytes, now),
        }
    }

    /// Sends to a target; whether there is a way.
    pub(super) fn send_to(&mut self, target: &Target, bytes: &[u8], now: Instant) -> bool {
        match target.transport {
            Transport::Udp => {
                self.send_datagram(target.local, target.remote, bytes);
                true
            }
            Transport::Tcp | Transport::Tls => match self.connection_to(target, now) {
                Some(conn) => self.write(conn, bytes, now),
                None => false,
            },
        }
    }
}
