//! Client transactions in the layer: requests out, responses in.

use super::derived::{ack_of, derived, own_via};
use super::invite_client::{Fired, InviteClient, Reaction};
use super::key::ClientKey;
use super::non_invite_client::NonInviteClient;
use super::{ConnId, Discard, Event, Flow, Layer, Target, Timers, Transport, TxnId};
use crate::sip::identifiers;
use crate::sip::message::{Message, Method, Via};
use crate::time::Instant;
use std::net::SocketAddr;

/// Longest request over UDP (RFC 3261 §18.1.1).
const MAX_DATAGRAM: usize = 1_300;
/// Most 2xx of different forks that are acknowledged again by themselves.
const MAX_FORKS: usize = 16;

/// One client transaction.
#[derive(Debug)]
pub(super) struct Client {
    machine: Machine,
    /// The request with its Via on top.
    request: Message,
    bytes: Vec<u8>,
    via: Via,
    target: Target,
    /// The connection it uses; nothing over UDP.
    pub(super) conn: Option<ConnId>,
    /// Went to TCP for its length only: may come back to UDP when TCP is refused.
    for_length: bool,
    timers: Timers,
    deadline: Option<Instant>,
    cancel: Option<Cancel>,
    /// ACKs of 2xx by the To tag of the 2xx.
    acks: Vec<(Option<String>, Target, Vec<u8>)>,
}

#[derive(Debug)]
enum Machine {
    Invite(InviteClient),
    NonInvite(NonInviteClient),
}

/// The CANCEL of an INVITE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cancel {
    /// It must wait for a provisional response (RFC 3261 §9.1).
    Waits(TxnId),
    Sent(TxnId),
}

impl Client {
    /// Whether it goes that way.
    pub(super) fn is_to(&self, local: SocketAddr, remote: SocketAddr) -> bool {
        self.target.local == local && self.target.remote == remote
    }

    /// Whether no response came yet.
    pub(super) fn is_unanswered(&self) -> bool {
        match &self.machine {
            Machine::Invite(machine) => machine.is_calling(),
            Machine::NonInvite(machine) => machine.is_trying(),
        }
    }

    /// Whether it went to TCP for its length only.
    pub(super) fn is_for_length(&self) -> bool {
        self.for_length
    }

    /// Takes it back to UDP, where it begins anew; where to send what.
    pub(super) fn fall_back(&mut self, now: Instant) -> (Target, Vec<u8>) {
        self.conn = None;
        self.for_length = false;
        self.target.transport = Transport::Udp;
        self.via.transport = Transport::Udp.as_str().to_owned();
        self.request.set_top_via(&self.via);
        self.bytes = self.request.to_bytes();
        match &mut self.machine {
            Machine::Invite(machine) => *machine = InviteClient::start(&self.timers, false, now),
            Machine::NonInvite(machine) => *machine = NonInviteClient::start(&self.timers, false, now),
        }
        (self.target, self.bytes.clone())
    }

    fn key(&self) -> ClientKey {
        let method = self.request.method().unwrap_or(Method::Invite);
        (self.via.branch().unwrap_or_default().to_ascii_lowercase(), method)
    }
}

impl Layer {
    /// Sends a request (not ACK, not CANCEL) in a new client transaction. The layer puts the Via on top: do not add one.
    pub fn request(&mut self, message: Message, target: Target, now: Instant) -> TxnId {
        let txn = self.new_txn();
        let branch = identifiers::branch(&mut self.random);
        let via = own_via(target.transport, target.local, &branch);
        self.start_client(txn, message, via, target, None, now);
        txn
    }

    /// Sends the CANCEL of an INVITE of ours, as soon as a provisional response came (RFC 3261 §9.1). The responses to the INVITE tell how
    /// it ended; the answer to the CANCEL itself comes as a response of the transaction named here. Nothing when it is too late.
    pub fn cancel(&mut self, invite: TxnId, now: Instant) -> Option<TxnId> {
        let client = self.clients.get_mut(&invite)?;
        match (client.cancel, &client.machine) {
            (Some(Cancel::Waits(txn) | Cancel::Sent(txn)), _) => return Some(txn),
            (None, Machine::Invite(machine)) if machine.is_calling() || machine.is_proceeding() => {}
            (None, Machine::Invite(_) | Machine::NonInvite(_)) => return None,
        }
        let txn = self.new_txn();
        self.clients.get_mut(&invite)?.cancel = Some(Cancel::Waits(txn));
        self.send_waiting_cancel(invite, now);
        Some(txn)
    }

    /// Sends the ACK of a 2xx (RFC 3261 §13.2.2.4). The layer puts a Via with a fresh branch on top, and sends the same octets again whenever
    /// that 2xx comes again while the INVITE transaction `invite` lives (RFC 6026 §7.2); such repeats are no events.
    pub fn acknowledge(&mut self, invite: TxnId, mut ack: Message, mut target: Target, now: Instant) {
        let branch = identifiers::branch(&mut self.random);
        ack.prepend("Via", own_via(target.transport, target.local, &branch).to_string());
        let mut bytes = ack.to_bytes();
        if target.transport == Transport::Udp && bytes.len() > MAX_DATAGRAM {
            target.transport = Transport::Tcp;
            ack.set_top_via(&own_via(Transport::Tcp, target.local, &branch));
            bytes = ack.to_bytes();
        }
        self.send_to(&target, &bytes, now);
        if let Some(client) = self.clients.get_mut(&invite).filter(|c| c.acks.len() < MAX_FORKS) {
            client.acks.push((ack.to_tag(), target, bytes));
        }
    }

    /// A response came.
    pub(super) fn response(&mut self, flow: Flow, code: u16, message: Message, now: Instant) {
        let Some((txn, client)) = self.client_of(&message) else {
            self.discard(flow, Discard::StrayResponse);
            return;
        };
        let reliable = client.conn.is_some();
        let reaction = match &mut client.machine {
            Machine::Invite(machine) => machine.response(code, &client.timers, reliable, now),
            Machine::NonInvite(machine) => match machine.response(code, &client.timers, reliable, now) {
                true => Reaction::Pass,
                false => Reaction::Absorb,
            },
        };
        let is_invite = matches!(client.machine, Machine::Invite(_));
        if matches!(reaction, Reaction::PassAndAcknowledge | Reaction::Acknowledge) {
            let bytes = ack_of(&client.request, &client.via, &message).to_bytes();
            let (conn, target) = (client.conn, client.target);
            self.send_on(conn, &target, &bytes, now);
        }
        let acknowledged = is_invite && (200..300).contains(&code) && self.acknowledge_again(txn, &message, now);
        if matches!(reaction, Reaction::Pass | Reaction::PassAndAcknowledge) && !acknowledged {
            self.event(Event::Response { txn, message, flow });
        }
        self.send_waiting_cancel(txn, now);
        self.settle_client(txn);
    }

    /// A deadline of a client transaction has come.
    pub(super) fn fire_client(&mut self, txn: TxnId, now: Instant) {
        let Some(client) = self.clients.get_mut(&txn) else { return };
        client.deadline = None;
        let fired = match &mut client.machine {
            Machine::Invite(machine) => machine.fire(),
            Machine::NonInvite(machine) => machine.fire(&client.timers),
        };
        match fired {
            Fired::Resend => {
                let (conn, target, bytes) = (client.conn, client.target, client.bytes.clone());
                self.send_on(conn, &target, &bytes, now);
            }
            Fired::TimedOut => self.event(Event::Timeout { txn }),
            Fired::Over => {}
        }
        self.settle_client(txn);
    }

    fn start_client(
        &mut self,
        txn: TxnId,
        mut request: Message,
        mut via: Via,
        mut target: Target,
        conn: Option<ConnId>,
        now: Instant,
    ) {
        request.prepend("Via", via.to_string());
        let mut bytes = request.to_bytes();
        let for_length = target.transport == Transport::Udp && conn.is_none() && bytes.len() > MAX_DATAGRAM;
        if for_length {
            // RFC 3261 §18.1.1: what is too long for a datagram goes by a transport with congestion control.
            target.transport = Transport::Tcp;
            via.transport = Transport::Tcp.as_str().to_owned();
            request.set_top_via(&via);
            bytes = request.to_bytes();
        }
        let conn = conn.or_else(|| self.connection_for(&request, &target, now));
        let reliable = target.transport.is_stream();
        let timers = self.timers;
        let machine = if request.is_request(&Method::Invite) {
            Machine::Invite(InviteClient::start(&timers, reliable, now))
        } else {
            Machine::NonInvite(NonInviteClient::start(&timers, reliable, now))
        };
        let client = Client {
            machine,
            request,
            bytes,
            via,
            target,
            conn,
            for_length,
            timers,
            deadline: None,
            cancel: None,
            acks: Vec::new(),
        };
        self.client_keys.insert(client.key(), txn);
        let bytes = client.bytes.clone();
        self.clients.insert(txn, client);
        if self.send_on(conn, &target, &bytes, now) {
            self.settle_client(txn);
        } else {
            self.fail(txn);
        }
    }

    /// The client transaction of a response: exactly one Via, and that one ours (RFC 3261 §8.1.3.3, §17.1.3, §18.1.2).
    fn client_of(&mut self, response: &Message) -> Option<(TxnId, &mut Client)> {
        if response.elements("Via").nth(1).is_some() {
            return None;
        }
        let via = response.via()?;
        let key = (via.branch()?.to_ascii_lowercase(), response.cseq()?.method);
        let txn = *self.client_keys.get(&key)?;
        let client = self.clients.get_mut(&txn)?;
        let ours =
            via.host.eq_ignore_ascii_case(&client.via.host) && via.port_or_default() == client.via.port_or_default();
        ours.then_some((txn, client))
    }

    /// Sends the ACK of this 2xx again, if it was acknowledged before.
    fn acknowledge_again(&mut self, txn: TxnId, response: &Message, now: Instant) -> bool {
        let tag = response.to_tag();
        let known = self.clients.get(&txn).and_then(|c| c.acks.iter().find(|(known, ..)| *known == tag));
        let Some((_, target, bytes)) = known.cloned() else { return false };
        self.send_to(&target, &bytes, now);
        true
    }

    /// Sends a CANCEL that waits, now that a provisional response is there.
    fn send_waiting_cancel(&mut self, invite: TxnId, now: Instant) {
        let Some(client) = self.clients.get_mut(&invite) else { return };
        let (Machine::Invite(machine), Some(Cancel::Waits(txn))) = (&mut client.machine, client.cancel) else { return };
        if !machine.is_proceeding() {
            return;
        }
        machine.cancelled(&client.timers, now);
        client.cancel = Some(Cancel::Sent(txn));
        let cancel = derived(&client.request, Method::Cancel, client.request.header("To").unwrap_or_default());
        let (via, target, conn) = (client.via.clone(), client.target, client.conn);
        self.start_client(txn, cancel, via, target, conn, now);
        self.settle_client(invite);
    }

    /// Brings the deadline up to date, or removes a transaction that is over.
    pub(super) fn settle_client(&mut self, txn: TxnId) {
        let Some(client) = self.clients.get_mut(&txn) else { return };
        let (deadline, over) = match &client.machine {
            Machine::Invite(machine) => (machine.deadline(), *machine == InviteClient::Terminated),
            Machine::NonInvite(machine) => (machine.deadline(), *machine == NonInviteClient::Terminated),
        };
        if over {
            self.remove_client(txn);
        } else if client.deadline != deadline {
            if let Some(old) = std::mem::replace(&mut client.deadline, deadline) {
                self.deadlines.remove(&(old, txn));
            }
            self.deadlines.extend(deadline.map(|at| (at, txn)));
        }
    }

    pub(super) fn remove_client(&mut self, txn: TxnId) {
        let Some(client) = self.clients.remove(&txn) else { return };
        self.client_keys.remove(&client.key());
        if let Some(at) = client.deadline {
            self.deadlines.remove(&(at, txn));
        }
        self.event(Event::Terminated { txn });
        if let Some(Cancel::Waits(cancel)) = client.cancel {
            self.event(Event::Terminated { txn: cancel });
        }
    }
}
