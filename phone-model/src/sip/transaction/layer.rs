//! The layer: what comes in goes through the filter, then to its transaction; deadlines are kept in one place.
//!
//! The filter sees everything first. What it does not admit is as if it had never come; on a connection its octets are only counted off.

use super::client::Client;
use super::connection::Connection;
use super::key::{ClientKey, MergeKey, ServerKey};
use super::server::Server;
use super::{Arrival, Arrived, ConnId, Discard, Event, Filter, Flow, Output, Timers, Transport, TxnId};
use crate::defects::{Defect, Defects};
use crate::random::Random;
use crate::sip::message::{Fault, Malformed, Message, Method, Start};
use crate::sip::stream::Framed;
use crate::time::{Instant, earliest};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;

/// All transactions and connections of one phone.
#[derive(Debug)]
pub struct Layer {
    pub(super) timers: Timers,
    pub(super) random: Random,
    pub(super) defects: Defects,
    /// Makes the To tags of stateless answers equal for equal requests and not guessable (RFC 3261 §8.2.7).
    pub(super) salt: String,
    pub(super) next_txn: u64,
    pub(super) next_conn: u64,
    pub(super) clients: HashMap<TxnId, Client>,
    pub(super) client_keys: HashMap<ClientKey, TxnId>,
    pub(super) servers: HashMap<TxnId, Server>,
    pub(super) server_keys: HashMap<ServerKey, TxnId>,
    pub(super) merge_keys: HashMap<MergeKey, TxnId>,
    pub(super) connections: BTreeMap<ConnId, Connection>,
    /// Deadlines of transactions, in the order in which they fire.
    pub(super) deadlines: BTreeSet<(Instant, TxnId)>,
    pub(super) outputs: VecDeque<Output>,
}

impl Layer {
    /// An empty layer.
    pub fn new(timers: Timers, defects: Defects, mut random: Random) -> Self {
        let salt = random.hex(16);
        Layer {
            timers: timers.floored(),
            random,
            defects,
            salt,
            next_txn: 0,
            next_conn: 0,
            clients: HashMap::new(),
            client_keys: HashMap::new(),
            servers: HashMap::new(),
            server_keys: HashMap::new(),
            merge_keys: HashMap::new(),
            connections: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Other timers, for transactions that begin from now on.
    pub fn set_timers(&mut self, timers: Timers) {
        self.timers = timers.floored();
    }

    /// A datagram came from `remote` to our socket `local`.
    pub fn datagram(
        &mut self,
        local: SocketAddr,
        remote: SocketAddr,
        bytes: &[u8],
        filter: &mut dyn Filter,
        now: Instant,
    ) {
        let flow = Flow { local, remote, conn: None, secure: false };
        match Message::from_datagram(bytes) {
            Ok(message) => self.message(flow, message, filter, now),
            Err(malformed) => self.malformed(flow, &malformed, filter, now),
        }
    }

    /// Octets came on a connection.
    pub fn stream(&mut self, conn: ConnId, bytes: &[u8], filter: &mut dyn Filter, now: Instant) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        let secure = connection.transport == Transport::Tls;
        let flow = Flow { local: connection.local, remote: connection.remote, conn: Some(conn), secure };
        connection.framer.push(bytes);
        while let Some(framed) = self.connections.get_mut(&conn).and_then(|c| c.framer.next_frame()) {
            match framed {
                Framed::Message(message) => self.message(flow, message, filter, now),
                Framed::Malformed(malformed) => self.malformed(flow, &malformed, filter, now),
                Framed::KeepAlive => {
                    if self.admitted(flow, Arrived::KeepAlive, filter) {
                        self.write(conn, b"\r\n", now);
                    }
                }
            }
        }
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        connection.note_activity(now);
        if connection.framer.ended() {
            self.close(conn, now);
        }
    }

    /// Time has come: every deadline that is due fires, in the order in which they were due.
    pub fn wake(&mut self, now: Instant) {
        while let Some((at, txn)) = self.deadlines.first().copied().filter(|(at, _)| *at <= now) {
            self.deadlines.remove(&(at, txn));
            if self.clients.contains_key(&txn) {
                self.fire_client(txn, now);
            } else {
                self.fire_server(txn, now);
            }
        }
        let due = self.connections.iter().filter(|(_, c)| c.deadline.is_some_and(|at| at <= now));
        for conn in due.map(|(conn, _)| *conn).collect::<Vec<_>>() {
            self.close(conn, now);
        }
    }

    /// The next thing to do. Call it again until it says [`Output::Wait`].
    pub fn poll(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or_else(|| {
            let connections = self.connections.values().filter_map(|c| c.deadline).min();
            Output::Wait(earliest(self.deadlines.first().map(|(at, _)| *at), connections))
        })
    }

    pub(super) fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    pub(super) fn discard(&mut self, flow: Flow, why: Discard) {
        self.event(Event::Discarded { flow, why });
    }

    pub(super) fn new_txn(&mut self) -> TxnId {
        self.next_txn += 1;
        TxnId(self.next_txn)
    }

    fn admitted(&mut self, flow: Flow, what: Arrived<'_>, filter: &mut dyn Filter) -> bool {
        let admitted = filter.admits(&Arrival { flow, what });
        if let Some(connection) = flow.conn.and_then(|conn| self.connections.get_mut(&conn)) {
            connection.trusted |= admitted;
        }
        admitted
    }

    fn message(&mut self, flow: Flow, message: Message, filter: &mut dyn Filter, now: Instant) {
        if !self.admitted(flow, Arrived::Message(&message), filter) {
            return;
        }
        match &message.start {
            Start::Response { code, .. } => self.response(flow, *code, message, now),
            Start::Request { method: Method::Ack, .. } => self.ack(flow, message, now),
            Start::Request { method, .. } => {
                let method = method.clone();
                self.incoming_request(flow, method, message, now);
            }
        }
    }

    fn malformed(&mut self, flow: Flow, malformed: &Malformed, filter: &mut dyn Filter, now: Instant) {
        if malformed.fault == Fault::Empty || !self.admitted(flow, Arrived::Malformed(malformed), filter) {
            return;
        }
        if malformed.fault == Fault::NegativeLength && self.defects.has(Defect::SipCrashesOnTorture) {
            crash();
        }
        self.refuse_malformed(flow, malformed, now);
        self.discard(flow, Discard::Malformed);
    }
}

/// The defect `sip.crashes-on-torture`: the phone dies on the spot. The panic is there for its message, which goes where the process sends
/// such messages; the abort makes sure that no task boundary stops the crash.
#[allow(clippy::panic)]
fn crash() -> ! {
    let _ = std::panic::catch_unwind(|| panic!("body length is negative"));
    std::process::abort()
}
