//! Timelines of transactions with literal times, in milliseconds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod client;
mod hostile;
mod secure;
mod server;
pub(in crate::sip) mod torture;
mod ways;

use super::*;
use crate::defects::Defects;
use crate::random::Random;
use crate::sip::message::Method;
use crate::time::Duration;

pub(super) const OURS: &str = "192.0.2.100:5060";
pub(super) const PEER: &str = "192.0.2.10:5060";

/// A layer on a time line, with everything it put out and when.
pub(super) struct Line {
    pub(super) layer: Layer,
    pub(super) now: u64,
    pub(super) log: Vec<(u64, Output)>,
}

impl Line {
    pub(super) fn with(timers: Timers) -> Line {
        Line { layer: Layer::new(timers, Defects::NONE, Random::seeded(7)), now: 0, log: Vec::new() }
    }

    pub(super) fn instant(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    /// Lets time pass up to `ms`, stopping at each deadline on the way.
    pub(super) fn until(&mut self, ms: u64) -> &mut Self {
        loop {
            match self.layer.poll() {
                Output::Wait(Some(at)) if at <= Instant::from_millis(ms) => {
                    self.now = at.as_micros() / 1_000;
                    self.layer.wake(at);
                }
                Output::Wait(_) => break,
                output => self.log.push((self.now, output)),
            }
        }
        self.now = ms;
        self
    }

    /// A datagram from the peer at the present time.
    pub(super) fn receives(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        let (ours, peer, now) = (OURS.parse().unwrap(), PEER.parse().unwrap(), self.instant());
        self.layer.datagram(ours, peer, bytes.as_ref(), &mut |_: &Arrival<'_>| true, now);
        self.until(self.now)
    }

    pub(super) fn sends(&mut self, request: Message, transport: Transport) -> TxnId {
        let target = Target { transport, local: OURS.parse().unwrap(), remote: PEER.parse().unwrap() };
        let txn = self.layer.request(request, target, self.instant());
        self.until(self.now);
        txn
    }

    pub(super) fn responds(&mut self, txn: TxnId, response: Message) -> &mut Self {
        self.layer.respond(txn, response, self.instant());
        self.until(self.now)
    }

    /// Octets that went out, with their times, by whatever way.
    pub(super) fn octets(&self) -> Vec<(u64, &[u8])> {
        let sent = |(at, output): &'_ (u64, Output)| match output {
            Output::Datagram { .. } | Output::Write { .. } => Some(*at),
            _ => None,
        };
        self.log
            .iter()
            .filter_map(|entry| {
                let at = sent(entry)?;
                match &entry.1 {
                    Output::Datagram { bytes, .. } | Output::Write { bytes, .. } => Some((at, bytes.as_slice())),
                    _ => None,
                }
            })
            .collect()
    }

    /// Times at which something went out that starts like this.
    pub(super) fn times(&self, start: &str) -> Vec<u64> {
        self.octets().into_iter().filter(|(_, b)| b.starts_with(start.as_bytes())).map(|(at, _)| at).collect()
    }

    /// What went out, read back.
    pub(super) fn messages(&self) -> Vec<Message> {
        self.octets().into_iter().map(|(_, bytes)| Message::from_datagram(bytes).unwrap()).collect()
    }

    pub(super) fn events(&self) -> Vec<(u64, &Event)> {
        self.log
            .iter()
            .filter_map(|(at, output)| match output {
                Output::Event(event) => Some((*at, event)),
                _ => None,
            })
            .collect()
    }

    pub(super) fn clear(&mut self) -> &mut Self {
        self.log.clear();
        self
    }

    /// The transaction of the last request event.
    pub(super) fn last_request(&self) -> (TxnId, Message) {
        self.events()
            .into_iter()
            .rev()
            .find_map(|(_, event)| match event {
                Event::Request { txn, message, .. } | Event::Cancel { txn, message, .. } => {
                    Some((*txn, message.clone()))
                }
                _ => None,
            })
            .unwrap()
    }
}

/// A request of ours, without Via.
pub(super) fn ours(method: Method) -> Message {
    Message::request(method.clone(), crate::sip::message::Uri::parse("sip:100@192.0.2.10").unwrap())
        .with("Max-Forwards", "70")
        .with("From", "<sip:200@192.0.2.10>;tag=a1")
        .with("To", "<sip:100@192.0.2.10>")
        .with("Call-ID", "c1@192.0.2.100")
        .with("CSeq", format!("1 {method}"))
}

/// A request of the peer's.
pub(super) fn theirs(method: &str, branch: &str) -> String {
    format!(
        "{method} sip:200@192.0.2.100 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10:5060;branch={branch}\r\nMax-Forwards: 70\r\n\
         From: <sip:100@192.0.2.10>;tag=p1\r\nTo: <sip:200@192.0.2.100>\r\nCall-ID: p@192.0.2.10\r\nCSeq: 1 {method}\r\n\
         Content-Length: 0\r\n\r\n"
    )
}

/// The peer's answer to a message of ours.
pub(super) fn answer(request: &Message, code: u16) -> Vec<u8> {
    request.reply(code, "t1").to_bytes()
}
