//! The layer: matches messages to transactions and transactions to ways.

use super::{ConnId, Filter, Flow, Output, Target, Timers, TxnId};
use crate::defects::Defects;
use crate::random::Random;
use crate::sip::message::Message;
use crate::time::Instant;
use std::net::SocketAddr;

/// Most transactions at a time; requests beyond are answered 503.
pub const MAX_TRANSACTIONS: usize = 1_024;
/// Most connections at a time.
pub const MAX_CONNECTIONS: usize = 64;

/// All transactions and connections of one phone.
#[derive(Debug)]
pub struct Layer {
    timers: Timers,
    random: Random,
    defects: Defects,
}

#[allow(unused_variables, missing_docs)]
impl Layer {
    /// An empty layer.
    pub fn new(timers: Timers, defects: Defects, random: Random) -> Self {
        Layer { timers, random, defects }
    }

    /// Other timers for transactions that begin from now on.
    pub fn set_timers(&mut self, timers: Timers) {
        self.timers = timers;
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
        unimplemented!()
    }

    /// A datagram to `remote` could not be delivered (ICMP): client transactions on that way have failed.
    pub fn unreachable(&mut self, local: SocketAddr, remote: SocketAddr, now: Instant) {
        unimplemented!()
    }

    /// A peer opened a connection; nothing when there are too many: close it.
    pub fn accept(&mut self, local: SocketAddr, remote: SocketAddr, now: Instant) -> Option<ConnId> {
        unimplemented!()
    }

    /// A connection asked for by [`Output::Connect`] is open.
    pub fn connected(&mut self, conn: ConnId, now: Instant) {
        unimplemented!()
    }

    /// Octets came on a connection.
    pub fn stream(&mut self, conn: ConnId, bytes: &[u8], filter: &mut dyn Filter, now: Instant) {
        unimplemented!()
    }

    /// A connection ended, or could not be opened.
    pub fn closed(&mut self, conn: ConnId, now: Instant) {
        unimplemented!()
    }

    /// Time has come.
    pub fn wake(&mut self, now: Instant) {
        unimplemented!()
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Output {
        unimplemented!()
    }

    /// Sends a request (not ACK, not CANCEL) in a new client transaction. The layer puts the Via on top: do not add one.
    pub fn request(&mut self, message: Message, target: Target, now: Instant) -> TxnId {
        unimplemented!()
    }

    /// Sends the CANCEL of an INVITE of ours, as soon as a provisional response came (RFC 3261 §9.1). The responses to the INVITE tell
    /// how it ended; the answer to the CANCEL itself comes as a response of the transaction named here. Nothing when it is too late.
    pub fn cancel(&mut self, invite: TxnId, now: Instant) -> Option<TxnId> {
        unimplemented!()
    }

    /// Sends the ACK of a 2xx (RFC 3261 §13.2.2.4). The layer puts a Via with a fresh branch on top, and sends the same octets again
    /// whenever that 2xx comes again while the INVITE transaction `invite` lives (RFC 6026 §7.2); such repeats are no events.
    pub fn acknowledge(&mut self, invite: TxnId, ack: Message, target: Target, now: Instant) {
        unimplemented!()
    }

    /// Answers a request. A 2xx to INVITE may be given again and again (RFC 3261 §13.3.1.4 makes the user agent repeat it). Nothing
    /// happens when the transaction is gone or has its final response.
    pub fn respond(&mut self, txn: TxnId, response: Message, now: Instant) {
        unimplemented!()
    }
}
