//! Stream connections: the transaction layer's names for them and the shell's, and the local port of those that the phone opens
//! (`SIP TCP Port Min` to `Max`, phone-facts §2.2: picked at random).

use super::interface::{Connection, Output, Secured};
use crate::random::Random;
use crate::settings::Settings;
use crate::sip::transaction::ConnId;
use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Where servers listen: a connection under TLS from such a port would look like one to it.
const OF_SERVERS: [u16; 2] = [5_060, 5_061];
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

    /// Opens a connection for the layer.
    pub(super) fn open(
        &mut self,
        conn: ConnId,
        peer: SocketAddr,
        secured: Option<Secured>,
        taken: &[u16],
        settings: &Settings,
        random: &mut Random,
    ) -> Output {
        self.next = self.next.wrapping_add(1);
        let connection = Connection::Outgoing(self.next);
        self.links.insert(conn, Link { connection, peer, secured, local_port: 0, attempts: 0 });
        self.attempt(conn, taken, settings, random).unwrap_or(Output::Close { connection })
    }

    /// Tries a connection again from another port; none when it has been tried often enough.
    pub(super) fn attempt(
        &mut self,
        conn: ConnId,
        taken: &[u16],
        settings: &Settings,
        random: &mut Random,
    ) -> Option<Output> {
        let secured = self.links.get(&conn).is_some_and(|link| link.secured.is_some());
        let avoided: &[u16] = if secured { &OF_SERVERS } else { &[] };
        let port = self.pick(&[taken, avoided].concat(), settings, random);
        let link = self.links.get_mut(&conn).filter(|link| link.attempts < MAX_ATTEMPTS)?;
        link.attempts += 1;
        link.local_port = port;
        let secured = link.secured.clone();
        Some(Output::Connect { connection: link.connection, local_port: port, to: link.peer, secured })
    }

    fn pick(&self, taken: &[u16], settings: &Settings, random: &mut Random) -> u16 {
        let bound = |name: &str, otherwise: f64| settings.number(name, otherwise).clamp(1.0, 65_535.0) as u16;
        let (low, high) = (bound("SIP_TCP_Port_Min", 5_060.0), bound("SIP_TCP_Port_Max", 5_080.0));
        let range = u64::from(low)..=u64::from(high.max(low));
        let start = random.range(*range.start(), *range.end());
        let free = |port: &u64| {
            let used = |link: &Link| u64::from(link.local_port) == *port;
            !taken.iter().any(|taken| u64::from(*taken) == *port) && !self.links.values().any(used)
        };
        let found = (start..=*range.end()).chain(*range.start()..start).find(free).unwrap_or(start);
        u16::try_from(found).unwrap_or(low)
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

    /// Whether a line has a connection under TLS, or opens one.
    pub(super) fn is_secured(&self, line: u8) -> bool {
        self.links.values().filter_map(|link| link.secured.as_ref()).any(|secured| secured.line == line)
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

    /// A connection is gone: with whom it was under TLS.
    pub(super) fn forget(&mut self, conn: ConnId) -> Option<Secured> {
        self.links.remove(&conn)?.secured
    }
}
