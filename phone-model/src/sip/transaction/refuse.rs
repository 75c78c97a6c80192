//! Stateless answers (RFC 3261 §8.2.7): to what cannot be a transaction, and when there are too many.

use super::{Discard, Flow, Layer};
use crate::sip::message::{Malformed, Message, Via};
use crate::time::Instant;
use md5::{Digest, Md5};
use std::net::SocketAddr;

/// Seconds that a refused peer is asked to wait (RFC 3261 §20.33); our choice.
const RETRY_AFTER: &str = "5";

impl Layer {
    /// Answers 400 or 505 where an answer is due.
    pub(super) fn refuse_malformed(&mut self, flow: Flow, malformed: &Malformed, now: Instant) {
        let mut via = malformed.via();
        let to = match &mut via {
            Some(via) => reply_address(flow, via),
            // Nobody can read where the answer belongs; the sender at least hears it.
            None => flow.remote,
        };
        let lines = malformed.headers.iter().filter(|h| ["Via", "From", "Call-ID", "CSeq"].iter().any(|n| h.is(n)));
        let tag = self.stateless_tag(lines.map(|h| h.value.as_str()));
        if let Some(bytes) = malformed.reply(via.as_ref(), &tag, &[]) {
            self.transmit_reply(flow, to, &bytes, now);
        }
    }

    /// Answers 503 without a transaction (RFC 3261 §21.5.4).
    pub(super) fn refuse_overload(&mut self, flow: Flow, to: SocketAddr, request: &Message, now: Instant) {
        let lines = request.headers.iter().filter(|h| ["Via", "From", "Call-ID", "CSeq"].iter().any(|n| h.is(n)));
        let tag = self.stateless_tag(lines.map(|h| h.value.as_str()));
        let bytes = request.reply(503, &tag).with("Retry-After", RETRY_AFTER).to_bytes();
        self.transmit_reply(flow, to, &bytes, now);
        self.discard(flow, Discard::Overload);
    }

    /// The same tag for the same request, so that its repeats get the same answer.
    fn stateless_tag<'a>(&self, lines: impl Iterator<Item = &'a str>) -> String {
        let mut hash = Md5::new();
        hash.update(self.salt.as_bytes());
        for line in lines {
            hash.update(line.as_bytes());
            hash.update([0]);
        }
        let digest = hash.finalize();
        hex::encode(digest.get(..8).unwrap_or_default())
    }
}

/// Writes `received` and `rport` into the top Via of a request and tells where its responses go over UDP (RFC 3261 §18.2.2, RFC 3581 §4):
/// to the source port when `rport` was asked for, else to the port of sent-by. Our reading: `maddr` is left aside, since it would
/// let a sender point our answers at somebody else.
pub(super) fn reply_address(flow: Flow, via: &mut Via) -> SocketAddr {
    let symmetric = via.params.get("rport") == Some(None);
    via.mark_source(flow.remote);
    let port = if symmetric { flow.remote.port() } else { via.port_or_default() };
    SocketAddr::new(flow.remote.ip(), port)
}
