//! What happens on stream connections, handed to the transaction layer.

use super::UserAgent;
use super::gate::Gate;
use super::held::Arrived;
use super::interface::{Connection, Listener, NotConnected, Output, Secured, Severity, StreamEvent};
use crate::sip::transaction::{ConnId, Flow};
use crate::time::Instant;
use std::net::SocketAddr;

impl UserAgent {
    pub(super) fn stream(&mut self, connection: Connection, event: StreamEvent, now: Instant) {
        match event {
            StreamEvent::Opened { local, peer } => match self.links.id(connection) {
                Some(conn) => self.desk.layer.connected(conn, now),
                None => self.accept(connection, local, peer, now),
            },
            StreamEvent::Data(bytes) => {
                let peer = self.links.id(connection).and_then(|conn| self.links.peer(conn));
                if let Some(peer) = peer {
                    self.arrived(Arrived::Octets { connection, peer, bytes }, now);
                }
            }
            StreamEvent::Closed => self.connection_ended(connection, now),
            StreamEvent::Failed(NotConnected::Refused) => self.connection_ended(connection, now),
            StreamEvent::Failed(NotConnected::Untrusted(why)) => {
                let secured = self.links.id(connection).and_then(|conn| self.links.secured(conn)).cloned();
                if let Some(Secured { line, host }) = secured {
                    self.desk.log(Severity::Error, format!("Ext {line}: no TLS with {host}: {why}"));
                }
                self.connection_ended(connection, now);
            }
            StreamEvent::Failed(NotConnected::PortInUse) => {
                let taken = self.listening_tcp();
                let Some(conn) = self.links.id(connection) else { return };
                if let Some(line) = self.links.secured(conn).map(|secured| secured.line) {
                    // What was written names that port, so it is written anew.
                    self.port_taken(line);
                    self.connection_ended(connection, now);
                    return;
                }
                match self.links.attempt(conn, &taken, &self.desk.settings, &mut self.desk.random) {
                    Some(output) => self.desk.out.push_back(output),
                    None => self.connection_ended(connection, now),
                }
            }
        }
    }

    /// Takes a connection on. When there are too many, one of somebody who is not listed makes room for one who is.
    fn accept(&mut self, connection: Connection, local: SocketAddr, peer: SocketAddr, now: Instant) {
        let mut conn = self.desk.layer.accept(local, peer, now);
        if conn.is_none() && self.domains.admits(peer.ip()) {
            let silenced = self.links.incoming().find(|(_, peer)| !self.domains.admits(peer.ip()));
            if let Some((unlisted, _)) = silenced {
                self.connection_ended(unlisted, now);
                self.desk.out.push_back(Output::Close { connection: unlisted });
                conn = self.desk.layer.accept(local, peer, now);
            }
        }
        match conn {
            Some(conn) => self.links.accepted(conn, connection, peer),
            None => self.desk.out.push_back(Output::Close { connection }),
        }
    }

    pub(super) fn sip_octets(&mut self, connection: Connection, bytes: &[u8], now: Instant) {
        let Some(conn) = self.links.id(connection) else { return };
        let mut gate = Gate::new(&mut self.domains, &self.desk, &self.calls, &self.challenged);
        self.desk.layer.stream(conn, bytes, &mut gate, now);
        let turned_away = gate.turned_away;
        self.turn_away(turned_away, now);
    }

    pub(super) fn connection_ended(&mut self, connection: Connection, now: Instant) {
        if let Some(conn) = self.links.id(connection) {
            self.links.forget(conn);
            self.desk.layer.closed(conn, now);
            self.flow_lost(conn, now);
        }
    }

    /// The port of a line under TLS cannot be had: its next REGISTER takes another.
    fn port_taken(&mut self, line: u8) {
        self.desk.ports.remove(&line);
        if let Some(registration) = self.registrations.iter_mut().find(|it| it.line() == line) {
            registration.port_taken();
        }
    }

    /// The registrar has answered on a connection under TLS: that is the way by which the line can be reached.
    pub(super) fn flow_holds(&mut self, line: u8, flow: Flow) {
        if let Some(conn) = flow.conn.filter(|_| flow.secure) {
            self.flows.insert(line, conn);
        }
    }

    /// A connection has ended. If a line is registered on it, its registration is good for nothing, since nobody can reach the phone but by that
    /// way (RFC 5626 §4.5); connections with others may come and go.
    pub(super) fn flow_lost(&mut self, conn: ConnId, now: Instant) {
        let Some(line) = self.flows.iter().find(|(_, flow)| **flow == conn).map(|(line, _)| *line) else { return };
        self.flows.remove(&line);
        if let Some(registration) = self.registrations.iter_mut().find(|it| it.line() == line) {
            registration.flow_lost(&mut self.desk, now);
        }
    }

    pub(super) fn listening_tcp(&self) -> Vec<u16> {
        self.listening.iter().filter(|(listener, _)| *listener == Listener::Tcp).map(|(_, port)| *port).collect()
    }
}
