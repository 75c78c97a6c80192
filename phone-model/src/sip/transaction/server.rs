//! Server transactions in the layer: requests in, responses out.

use super::invite_server::{Acknowledged, Fired, InviteServer};
use super::key::{MergeKey, ServerKey};
use super::non_invite_server::NonInviteServer;
use super::refuse::reply_address;
use super::{Event, Flow, Layer, Target, Timers, TxnId};
use crate::sip::message::{Message, Method};
use crate::time::Instant;
use std::net::SocketAddr;

/// Most server transactions at a time. When they are all taken, the oldest that only absorbs repeats makes room; when each of them still needs
/// the user agent, the request is answered 503 with Retry-After. Each keeps at most one response of at most 64 KiB.
pub const MAX_TRANSACTIONS: usize = 1_024;

/// One server transaction.
#[derive(Debug)]
pub(super) struct Server {
    machine: Machine,
    key: ServerKey,
    merge: Option<MergeKey>,
    flow: Flow,
    reply_to: SocketAddr,
    timers: Timers,
    deadline: Option<Instant>,
}

#[derive(Debug)]
enum Machine {
    Invite(InviteServer),
    NonInvite(NonInviteServer),
}

impl Layer {
    /// Answers a request. A 2xx to INVITE may be given again and again (RFC 3261 §13.3.1.4 makes the user agent repeat it). Nothing
    /// happens when the transaction is gone or has its final response.
    pub fn respond(&mut self, txn: TxnId, response: Message, now: Instant) {
        let Some(code) = response.code() else { return };
        let Some(server) = self.servers.get_mut(&txn) else { return };
        let bytes = response.to_bytes();
        let reliable = server.flow.conn.is_some();
        let goes_out = match &mut server.machine {
            Machine::Invite(machine) => machine.respond(code, &bytes, &server.timers, reliable, now),
            Machine::NonInvite(machine) => machine.respond(code, &bytes, &server.timers, reliable, now),
        };
        let (flow, to) = (server.flow, server.reply_to);
        if goes_out {
            self.transmit_reply(flow, to, &bytes, now);
        }
        self.settle_server(txn);
    }

    /// A request other than ACK came.
    pub(super) fn incoming_request(&mut self, flow: Flow, method: Method, mut message: Message, now: Instant) {
        let Some(mut via) = message.via() else { return };
        let Some(key) = ServerKey::of(&message, &via, method.clone()) else { return };
        if let Some(server) = self.server_keys.get(&key).and_then(|txn| self.servers.get(txn)) {
            // RFC 3261 §17.2.3: a repeat gets the stored response, octet for octet.
            let again = match &server.machine {
                Machine::Invite(machine) => machine.repeated(),
                Machine::NonInvite(machine) => machine.repeated(),
            };
            let to = server.reply_to;
            if let Some(bytes) = again {
                self.transmit_reply(flow, to, &bytes, now);
            }
            return;
        }
        let invite = ServerKey::of(&message, &via, Method::Invite).filter(|_| method == Method::Cancel);
        let reply_to = reply_address(flow, &mut via);
        message.set_top_via(&via);
        if self.servers.len() >= MAX_TRANSACTIONS && !self.forget_one_server() {
            self.refuse_overload(flow, reply_to, &message, now);
            return;
        }
        let merge = MergeKey::of(&message).filter(|_| method != Method::Cancel);
        let merged = merge.as_ref().is_some_and(|merge| self.merge_keys.contains_key(merge));
        let merge = merge.filter(|_| !merged);
        let timers = self.timers;
        let machine = if method == Method::Invite {
            Machine::Invite(InviteServer::start(message.reply(100, "").to_bytes(), now))
        } else {
            Machine::NonInvite(NonInviteServer::start(&timers, now))
        };
        let txn = self.new_txn();
        self.server_keys.insert(key.clone(), txn);
        if let Some(merge) = merge.clone() {
            self.merge_keys.insert(merge, txn);
        }
        self.servers.insert(txn, Server { machine, key, merge, flow, reply_to, timers, deadline: None });
        self.settle_server(txn);
        self.event(if method == Method::Cancel {
            let invite = invite.and_then(|key| self.server_keys.get(&key).copied());
            Event::Cancel { txn, invite, message, flow }
        } else {
            Event::Request { txn, message, flow, merged }
        });
    }

    /// An ACK came. It is never answered (RFC 3261 §17).
    pub(super) fn ack(&mut self, flow: Flow, message: Message, now: Instant) {
        let key = message.via().and_then(|via| ServerKey::of(&message, &via, Method::Invite));
        let txn = key.and_then(|key| self.server_keys.get(&key).copied());
        let Some((txn, server)) = txn.and_then(|txn| Some((txn, self.servers.get_mut(&txn)?))) else {
            self.event(Event::Ack { message, flow });
            return;
        };
        let Machine::Invite(machine) = &mut server.machine else { return };
        match machine.acknowledged(&server.timers, server.flow.conn.is_some(), now) {
            Acknowledged::Now => self.event(Event::Acknowledged { txn }),
            Acknowledged::Pass => self.event(Event::Ack { message, flow }),
            Acknowledged::Absorb => {}
        }
        self.settle_server(txn);
    }

    /// Sends a response: back on its connection, on a new one of the same kind when that is gone, or as a datagram (RFC 3261 §18.2.2).
    pub(super) fn transmit_reply(&mut self, flow: Flow, to: SocketAddr, bytes: &[u8], now: Instant) {
        match flow.conn {
            None => self.send_datagram(flow.local, to, bytes),
            Some(conn) if self.write(conn, bytes, now) => {}
            Some(_) => {
                let target = Target { transport: flow.transport(), local: flow.local, remote: to };
                if let Some(conn) = self.connection_to(&target, now) {
                    self.write(conn, bytes, now);
                }
            }
        }
    }

    /// A deadline of a server transaction has come.
    pub(super) fn fire_server(&mut self, txn: TxnId, now: Instant) {
        let Some(server) = self.servers.get_mut(&txn) else { return };
        server.deadline = None;
        let fired = match &mut server.machine {
            Machine::Invite(machine) => machine.fire(&server.timers),
            Machine::NonInvite(machine) => {
                machine.fire();
                Some(Fired::Over)
            }
        };
        let (flow, to) = (server.flow, server.reply_to);
        match fired {
            Some(Fired::Send(bytes)) => self.transmit_reply(flow, to, &bytes, now),
            Some(Fired::TimedOut) => self.event(Event::Timeout { txn }),
            Some(Fired::Over) | None => {}
        }
        self.settle_server(txn);
    }

    /// Brings the deadline up to date, or removes a transaction that is over.
    fn settle_server(&mut self, txn: TxnId) {
        let Some(server) = self.servers.get_mut(&txn) else { return };
        let (deadline, over) = match &server.machine {
            Machine::Invite(machine) => (machine.deadline(), *machine == InviteServer::Terminated),
            Machine::NonInvite(machine) => (machine.deadline(), *machine == NonInviteServer::Terminated),
        };
        if over {
            self.remove_server(txn);
        } else if server.deadline != deadline {
            if let Some(old) = std::mem::replace(&mut server.deadline, deadline) {
                self.deadlines.remove(&(old, txn));
            }
            self.deadlines.extend(deadline.map(|at| (at, txn)));
        }
    }

    fn remove_server(&mut self, txn: TxnId) {
        let Some(server) = self.servers.remove(&txn) else { return };
        self.server_keys.remove(&server.key);
        if let Some(merge) = &server.merge {
            self.merge_keys.remove(merge);
        }
        if let Some(at) = server.deadline {
            self.deadlines.remove(&(at, txn));
        }
        self.event(Event::Terminated { txn });
    }

    /// Gives up the transaction that is nearest to its end among those that only absorb repeats; whether there was one.
    fn forget_one_server(&mut self) -> bool {
        let absorbs = |txn: &TxnId| {
            self.servers.get(txn).is_some_and(|server| match &server.machine {
                Machine::Invite(machine) => machine.only_absorbs(),
                Machine::NonInvite(machine) => machine.only_absorbs(),
            })
        };
        let oldest = self.deadlines.iter().map(|(_, txn)| *txn).find(absorbs);
        oldest.map(|txn| self.remove_server(txn)).is_some()
    }
}
