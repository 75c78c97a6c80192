//! Stream connections: the transaction layer's names for them and the shell's, and the local port of those that the phone opens
//! (`SIP TCP Port Min` to `Max`, phone-facts §2.2: picked at random).

use super::interface::{Connection, Output, Secured};
use crate::random::Random;
use crate::settings::Settings;
use crate::sip::transaction::ConnId;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Ports tried before a connection is given up.
const MAX_ATTEMPTS: u8 = 8;

#[derive(Debug)]
struct Link {
    connection: Connection,
    peer: SocketAddr,
    /// With whom, under TLS.
    secured: Option<Secured>,
    local_port: u16,
    attempts: u8,
}

/// All connections.
#[derive(Debug, Default)]
pub(super) struct Links {
    links: BTreeMap<ConnId, Link>,
    next: u32,
}

impl Links {
    /// An accepted connection.
    pub(super) fn accepted(&mut self, conn: ConnId, connection: Connection, peer: SocketAddr) {
        self.links.insert(conn, Link { connection, peer, secured: None, local_port: 0, attempts: 0 });
    }

    /// Opens a connection for the layer; under TLS from this port, unless a connection of the phone has it.
    pub(super) fn open(
        &mut self,
        conn: ConnId,
        peer: SocketAddr,
        secured: Option<(Secured, u16)>,
        taken: &[u16],
        settings: &Settings,
        random: &mut Random,
    ) -> Output {
        self.next = self.next.wrapping_add(1);
        let connection = Connection::Outgoing(self.next);
        let (secured, wanted) = secured.unzip();
        let wanted = wanted.filter(|port| self.links.values().all(|link| link.local_port != *port));
        self.links.insert(conn, Link { connection, peer, secured, local_port: 0, attempts: 0 });
        let output = match wanted {
            Some(port) => self.attempt_from(conn, port),
            None => self.attempt(conn, taken, settings, random),
        };
        output.unwrap_or(Output::Close { connection })
    }

    /// Tries a connection again from another port; none when it has been tried often enough.
    pub(super) fn attempt(
        &mut self,
        conn: ConnId,
        taken: &[u16],
        settings: &Settings,
        random: &mut Random,
    ) -> Option<Output> {
        let used = self.links.values().map(|link| link.local_port);
        let port = pick(&taken.iter().copied().chain(used).collect::<Vec<_>>(), settings, random);
        self.attempt_from(conn, port)
    }

    fn attempt_from(&mut self, conn: ConnId, port: u16) -> Option<Output> {
        let link = self.links.get_mut(&conn).filter(|link| link.attempts < MAX_ATTEMPTS)?;
        link.attempts += 1;
        link.local_port = port;
        let secured = link.secured.clone();
        Some(Output::Connect { connection: link.connection, local_port: port, to: link.peer, secured })
    }

    /// The layer's name.
    pub(super) fn id(&self, connection: Connection) -> Option<ConnId> {
        self.links.iter().find(|(_, link)| link.connection == connection).map(|(conn, _)| *conn)
    }

    /// The other end.
    pub(super) fn peer(&self, conn: ConnId) -> Option<SocketAddr> {
        self.links.get(&conn).map(|link| link.peer)
    }

    /// With whom a connection is under TLS.
    pub(super) fn secured(&self, conn: ConnId) -> Option<&Secured> {
        self.links.get(&conn)?.secured.as_ref()
    }

    /// The connections that others opened, oldest first.
    pub(super) fn incoming(&self) -> impl Iterator<Item = (Connection, SocketAddr)> {
        let links = self.links.values().map(|link| (link.connection, link.peer));
        links.filter(|(connection, _)| matches!(connection, Connection::Incoming(_)))
    }

    /// The shell's name.
    pub(super) fn connection(&self, conn: ConnId) -> Option<Connection> {
        self.links.get(&conn).map(|link| link.connection)
    }

    /// A connection is gone.
    pub(super) fn forget(&mut self, conn: ConnId) {
        self.links.remove(&conn);
    }
}

/// A port of the range, at random, that is not taken.
pub(super) fn pick(taken: &[u16], settings: &Settings, random: &mut Random) -> u16 {
    let bound = |name: &str, otherwise: f64| settings.number(name, otherwise).clamp(1.0, 65_535.0) as u16;
    let (low, high) = (bound("SIP_TCP_Port_Min", 5_060.0), bound("SIP_TCP_Port_Max", 5_080.0));
    let range = u64::from(low)..=u64::from(high.max(low));
    let start = random.range(*range.start(), *range.end());
    let free = |port: &u64| !taken.iter().any(|taken| u64::from(*taken) == *port);
    let found = (start..=*range.end()).chain(*range.start()..start).find(free).unwrap_or(start);
    u16::try_from(found).unwrap_or(low)
}
