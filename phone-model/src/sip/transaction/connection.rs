//! Connections of the layer: ours and the peers', what waits for them, and which must go when there are too many.
//!
//! TCP connections serve all lines. A TLS connection belongs to the line that opened it, for it is that line's settings that say whom it may
//! be with; every request of the line to that place goes by it, and what comes back down it is the line's too (RFC 5923 §5).

use super::{ConnId, Layer, Output, Target, Transport};
use crate::defects::Defect;
use crate::sip::message::{Message, Method};
use crate::sip::stream::Framer;
use crate::time::{Duration, Instant};
use std::net::SocketAddr;

/// Most connections at a time. When they are all taken, one that never brought an admitted message goes first, then the one idle longest.
pub const MAX_CONNECTIONS: usize = 64;
/// Our choice: how long a connection may take to open.
const OPENING: Duration = Duration::from_secs(10);
/// Our choice: how long the rest of a message may take, after which the connection is closed (RFC 4475 §3.1.2.2).
const PARTIAL: Duration = Duration::from_secs(32);
/// Most octets that wait for a connection to open.
const MAX_WAITING: usize = 262_144;

/// One connection.
#[derive(Debug)]
pub(super) struct Connection {
    /// TCP or TLS.
    pub(super) transport: Transport,
    /// Our end: address and SIP port of the line.
    pub(super) local: SocketAddr,
    /// The peer's end.
    pub(super) remote: SocketAddr,
    /// What is cut out of its stream.
    pub(super) framer: Framer,
    /// Whether the filter ever let something in from it, or we opened it.
    pub(super) trusted: bool,
    /// What waits until it is open; nothing when it is.
    waiting: Option<Vec<u8>>,
    used: Instant,
    /// When it is given up.
    pub(super) deadline: Option<Instant>,
}

impl Connection {
    /// Whether it is not open yet.
    pub(super) fn is_opening(&self) -> bool {
        self.waiting.is_some()
    }

    /// Whether it may carry what goes to a target.
    fn serves(&self, target: &Target) -> bool {
        let ours = match self.transport {
            Transport::Tls => self.local == target.local,
            Transport::Tcp | Transport::Udp => self.local.ip() == target.local.ip(),
        };
        ours && self.transport == target.transport && self.remote == target.remote && !self.framer.ended()
    }

    /// Octets came or were read off: the rest of a message has its time from the first octet on.
    pub(super) fn note_activity(&mut self, now: Instant) {
        self.used = now;
        self.deadline = match (self.framer.is_partial(), self.deadline) {
            (true, Some(deadline)) => Some(deadline),
            (true, None) => Some(now + PARTIAL),
            (false, _) => None,
        };
    }
}

impl Layer {
    /// A peer opened a connection; nothing when there are too many that are in use: close it.
    pub fn accept(&mut self, local: SocketAddr, remote: SocketAddr, now: Instant) -> Option<ConnId> {
        self.make_room()?;
        let target = Target { transport: Transport::Tcp, local, remote };
        Some(self.add_connection(&target, None, now))
    }

    /// A connection asked for by [`Output::Connect`] is open.
    pub fn connected(&mut self, conn: ConnId, now: Instant) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        connection.deadline = None;
        connection.used = now;
        if let Some(bytes) = connection.waiting.take().filter(|bytes| !bytes.is_empty()) {
            self.outputs.push_back(Output::Write { conn, bytes });
        }
    }

    /// A connection ended, or could not be opened.
    pub fn closed(&mut self, conn: ConnId, now: Instant) {
        if let Some(connection) = self.connections.remove(&conn) {
            self.connection_lost(conn, connection.is_opening(), now);
        }
    }

    /// The connection for a request; nothing over UDP, or when there are too many.
    pub(super) fn connection_for(&mut self, request: &Message, target: &Target, now: Instant) -> Option<ConnId> {
        let begins_call = request.is_request(&Method::Invite) && request.to_tag().is_none();
        match target.transport {
            Transport::Udp => None,
            Transport::Tls if begins_call && self.defects.has(Defect::TlsSecondConnection) => {
                self.new_connection(target, now)
            }
            Transport::Tcp | Transport::Tls => self.connection_to(target, now),
        }
    }

    /// The connection for a target: one that is there, or a new one. Nothing when there are too many.
    pub(super) fn connection_to(&mut self, target: &Target, now: Instant) -> Option<ConnId> {
        let there = self.connections.iter().find(|(_, c)| c.serves(target));
        match there {
            Some((conn, _)) => Some(*conn),
            None => self.new_connection(target, now),
        }
    }

    /// A new connection for a target. Nothing when there are too many.
    pub(super) fn new_connection(&mut self, target: &Target, now: Instant) -> Option<ConnId> {
        self.make_room()?;
        let conn = self.add_connection(target, Some(Vec::new()), now);
        let Target { transport, local, remote } = *target;
        self.outputs.push_back(Output::Connect { conn, transport, local, remote });
        Some(conn)
    }

    /// Closes the TLS connections of a line, after what was written; whether there were any.
    pub fn hang_up(&mut self, local: SocketAddr, now: Instant) -> bool {
        let its = self.connections.iter().filter(|(_, c)| c.transport == Transport::Tls && c.local == local);
        let its: Vec<ConnId> = its.map(|(conn, _)| *conn).collect();
        for conn in &its {
            self.close(*conn, now);
        }
        !its.is_empty()
    }

    /// Writes to a connection, or keeps the octets until it is open; whether it is there.
    pub(super) fn write(&mut self, conn: ConnId, bytes: &[u8], now: Instant) -> bool {
        let Some(connection) = self.connections.get_mut(&conn) else { return false };
        connection.used = now;
        match &mut connection.waiting {
            Some(waiting) if waiting.len() + bytes.len() > MAX_WAITING => return false,
            Some(waiting) => waiting.extend_from_slice(bytes),
            None => self.outputs.push_back(Output::Write { conn, bytes: bytes.to_vec() }),
        }
        true
    }

    /// Closes a connection from our side.
    pub(super) fn close(&mut self, conn: ConnId, now: Instant) {
        if self.connections.contains_key(&conn) {
            self.outputs.push_back(Output::Close { conn });
            self.closed(conn, now);
        }
    }

    fn add_connection(&mut self, target: &Target, waiting: Option<Vec<u8>>, now: Instant) -> ConnId {
        self.next_conn += 1;
        let conn = ConnId(self.next_conn);
        let ours = waiting.is_some();
        let deadline = ours.then(|| now + OPENING);
        let framer = Framer::default();
        let Target { transport, local, remote } = *target;
        let trusted = ours;
        self.connections
            .insert(conn, Connection { transport, local, remote, framer, trusted, waiting, used: now, deadline });
        conn
    }

    /// Makes room for one more connection; nothing when all are in use.
    fn make_room(&mut self) -> Option<()> {
        if self.connections.len() < MAX_CONNECTIONS {
            return Some(());
        }
        let idle = self
            .connections
            .iter()
            .filter(|(conn, _)| !self.clients.values().any(|client| client.conn == Some(**conn)))
            .min_by_key(|(_, c)| (c.trusted, c.used))
            .map(|(conn, _)| *conn)?;
        self.connections.remove(&idle);
        self.outputs.push_back(Output::Close { conn: idle });
        Some(())
    }
}
