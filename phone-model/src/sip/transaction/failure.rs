//! When a way fails under client transactions (RFC 3261 §17.1.4, §18.4).

use super::{ConnId, Event, Layer, TxnId};
use crate::time::Instant;
use std::net::SocketAddr;

impl Layer {
    /// A datagram to `remote` could not be delivered (ICMP): client transactions on that way have failed (RFC 3261 §18.4).
    pub fn unreachable(&mut self, local: SocketAddr, remote: SocketAddr) {
        let lost = self.clients.iter().filter(|(_, c)| c.conn.is_none() && c.is_to(local, remote) && c.is_unanswered());
        let mut lost: Vec<TxnId> = lost.map(|(txn, _)| *txn).collect();
        lost.sort_unstable();
        for txn in lost {
            self.fail(txn);
        }
    }

    /// The transport of a client transaction failed (RFC 3261 §17.1.4).
    pub(super) fn fail(&mut self, txn: TxnId) {
        self.event(Event::TransportFailed { txn });
        self.remove_client(txn);
    }

    /// A connection is gone. What waits for its first response has failed, unless it may go by UDP; what has a provisional response may still
    /// get its final one on a new connection (RFC 3261 §18.2.2).
    pub(super) fn connection_lost(&mut self, conn: ConnId, opening: bool, now: Instant) {
        let mut lost: Vec<TxnId> =
            self.clients.iter().filter(|(_, c)| c.conn == Some(conn)).map(|(txn, _)| *txn).collect();
        lost.sort_unstable();
        for txn in lost {
            let Some(client) = self.clients.get_mut(&txn) else { continue };
            if opening && client.is_for_length() {
                // RFC 3261 §18.1.1: a request that went to TCP for its length goes by UDP all the same.
                let (target, bytes) = client.fall_back(now);
                self.send_to(&target, &bytes, now);
                self.settle_client(txn);
            } else if client.is_unanswered() {
                self.fail(txn);
            }
        }
    }
}
