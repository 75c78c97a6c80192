//! A TFTP download (RFC 1350, options of RFC 2347, 2348 and 2349), sans-IO.
//!
//! ```text
//!  Requesting ── DATA 1 or OACK ──► Receiving ── short block ──► Dallying ── time ──► Closed
//!      │ ERROR 8: again without options  │ ERROR, too large, silence
//!      └──────────────────────────────────┴─────────────────────────────────────────► Closed
//! ```
//!
//! The server's first packet tells its transfer identifier (RFC 1350 §4); what comes from another port afterwards is answered with error 5 and
//! changes nothing. The phone retransmits its last packet; a duplicate block is acknowledged again, and acknowledges nothing new.

mod interface;
mod packet;
mod states;
#[cfg(test)]
mod tests;

pub use interface::{Failure, Input, Output, Patience};

use crate::defects::{Defect, Defects};
use crate::time::Instant;
use packet::Packet;
use states::{Dallying, Receiving, Requesting, Sent, State};
use std::collections::VecDeque;
use std::net::SocketAddr;

/// RFC 1350 §2: without an option, blocks are this long.
const BLOCK: usize = 512;
/// RFC 2348: what fits into an Ethernet frame with IPv4 or IPv6 headers.
const WANTED_BLOCK: usize = 1428;

/// One download.
#[derive(Debug)]
pub struct Download {
    server: SocketAddr,
    file: String,
    largest: usize,
    patience: Patience,
    defects: Defects,
    state: State,
    outputs: VecDeque<Output>,
}

impl Download {
    /// Asks `server` for `file`, which may have `largest` octets.
    pub fn new(
        server: SocketAddr,
        file: &str,
        largest: usize,
        patience: Patience,
        defects: Defects,
        now: Instant,
    ) -> Self {
        let mut download = Download {
            server,
            file: file.to_owned(),
            largest,
            patience,
            defects,
            state: State::Closed,
            outputs: VecDeque::new(),
        };
        download.state = download.request(true, now);
        download
    }

    /// Takes an input.
    pub fn handle(&mut self, input: Input<'_>, now: Instant) {
        let state = std::mem::replace(&mut self.state, State::Closed);
        self.state = match input {
            Input::Wake => self.wake(state, now),
            Input::Datagram { from, bytes } => self.datagram(state, from, bytes, now),
        };
    }

    /// The next thing that the machine wants.
    pub fn poll(&mut self) -> Output {
        if let Some(output) = self.outputs.pop_front() {
            return output;
        }
        match &self.state {
            State::Requesting(Requesting { sent, .. }) | State::Receiving(Receiving { sent, .. }) => {
                Output::Wait(sent.again)
            }
            State::Dallying(dallying) => Output::Wait(dallying.until),
            State::Closed => Output::Closed,
        }
    }

    fn request(&mut self, options: bool, now: Instant) -> State {
        // RFC 2349: a size of 0 in a read request asks for the size.
        let wanted = [("blksize", WANTED_BLOCK.to_string()), ("tsize", "0".to_owned())];
        let bytes = packet::request(&self.file, if options { &wanted } else { &[] });
        let sent = self.send(self.server, bytes, now);
        State::Requesting(Requesting { options, sent })
    }

    fn send(&mut self, to: SocketAddr, bytes: Vec<u8>, now: Instant) -> Sent {
        self.outputs.push_back(Output::Send { to, bytes: bytes.clone() });
        Sent { bytes, times: 1, again: now + self.patience.interval }
    }

    fn wake(&mut self, state: State, now: Instant) -> State {
        match state {
            State::Requesting(mut requesting) => match self.again(&mut requesting.sent, self.server, now) {
                true => State::Requesting(requesting),
                false => self.fail(Failure::Silent),
            },
            State::Receiving(mut receiving) => match self.again(&mut receiving.sent, receiving.peer, now) {
                true => State::Receiving(receiving),
                false => self.fail(Failure::BrokeOff),
            },
            State::Dallying(dallying) if now >= dallying.until => State::Closed,
            State::Dallying(dallying) => State::Dallying(dallying),
            State::Closed => State::Closed,
        }
    }

    /// Retransmits when it is time; false when that was done often enough.
    fn again(&mut self, sent: &mut Sent, to: SocketAddr, now: Instant) -> bool {
        if now < sent.again {
            return true;
        }
        if sent.times >= self.patience.tries || self.defects.has(Defect::TftpNeverRetransmits) {
            return false;
        }
        sent.times += 1;
        sent.again = now + self.patience.interval;
        self.outputs.push_back(Output::Send { to, bytes: sent.bytes.clone() });
        true
    }

    fn datagram(&mut self, state: State, from: SocketAddr, bytes: &[u8], now: Instant) -> State {
        let Some(packet) = Packet::read(bytes) else { return state };
        match state {
            State::Requesting(requesting) => {
                // The port is new, the host is not.
                if from.ip() != self.server.ip() {
                    self.refuse_stranger(from, &packet);
                    return State::Requesting(requesting);
                }
                self.first(requesting, from, packet, now)
            }
            State::Receiving(receiving) => {
                if from != receiving.peer && !self.defects.has(Defect::TftpAcceptsWrongTid) {
                    self.refuse_stranger(from, &packet);
                    return State::Receiving(receiving);
                }
                self.next(receiving, packet, now)
            }
            State::Dallying(dallying) => {
                match packet {
                    Packet::Data { block, .. } if from == dallying.peer && block == dallying.block => {
                        let bytes = packet::acknowledgement(block);
                        self.outputs.push_back(Output::Send { to: dallying.peer, bytes });
                    }
                    Packet::Data { .. } | Packet::Error { .. } | Packet::Acknowledged(_) => {}
                }
                State::Dallying(dallying)
            }
            State::Closed => State::Closed,
        }
    }

    /// RFC 1350 §4: error 5 to a stranger, but none in answer to an error.
    fn refuse_stranger(&mut self, from: SocketAddr, packet: &Packet<'_>) {
        match packet {
            Packet::Data { .. } | Packet::Acknowledged(_) => {
                let bytes = packet::error(5, "Unknown transfer ID");
                self.outputs.push_back(Output::Send { to: from, bytes });
            }
            Packet::Error { .. } => {}
        }
    }

    /// The first packet of the server, which tells its transfer identifier.
    fn first(&mut self, requesting: Requesting, peer: SocketAddr, packet: Packet<'_>, now: Instant) -> State {
        match packet {
            Packet::Data { block: 1, data } => {
                // RFC 2347: a server that knows no options answers as if there were none.
                let sent = Sent { bytes: Vec::new(), times: 1, again: now };
                let receiving = Receiving { peer, block_size: BLOCK, block: 0, body: Vec::new(), sent };
                self.take(receiving, data, now)
            }
            Packet::Data { .. } => State::Requesting(requesting),
            // RFC 2347: the options were refused; they are ours to leave out.
            Packet::Error { code: 8, .. } if requesting.options => self.request(false, now),
            Packet::Error { code, message } => self.fail(refusal(code, message)),
            Packet::Acknowledged(options) if requesting.options => match self.negotiated(&options) {
                Ok(block_size) => {
                    let sent = self.send(peer, packet::acknowledgement(0), now);
                    State::Receiving(Receiving { peer, block_size, block: 0, body: Vec::new(), sent })
                }
                Err((code, failure)) => self.end(peer, code, failure),
            },
            Packet::Acknowledged(_) => self.end(peer, 8, Failure::Protocol("options that were not asked for")),
        }
    }

    /// The block size that the options leave, or the error with which to end.
    fn negotiated(&self, options: &[(String, String)]) -> Result<usize, (u16, Failure)> {
        let mut block_size = BLOCK;
        for (name, value) in options {
            let number = value.parse::<usize>().ok();
            match (name.as_str(), number) {
                // RFC 2348: 8 octets at least, and not more than was asked for.
                ("blksize", Some(size)) if (8..=WANTED_BLOCK).contains(&size) => block_size = size,
                ("tsize", Some(size)) if size <= self.largest => {}
                // RFC 2349: too large for the client.
                ("tsize", Some(_)) => return Err((3, Failure::TooLarge)),
                _ => return Err((8, Failure::Protocol("options that were not asked for"))),
            }
        }
        Ok(block_size)
    }

    fn next(&mut self, receiving: Receiving, packet: Packet<'_>, now: Instant) -> State {
        match packet {
            Packet::Data { block, data } if block == receiving.block.wrapping_add(1) => self.take(receiving, data, now),
            Packet::Data { block, .. } => {
                // A block twice: the acknowledgement was lost, or the network doubled it.
                if block == receiving.block && block != 0 {
                    let bytes = packet::acknowledgement(block);
                    self.outputs.push_back(Output::Send { to: receiving.peer, bytes });
                }
                State::Receiving(receiving)
            }
            Packet::Error { code, message } => self.fail(refusal(code, message)),
            Packet::Acknowledged(_) => {
                if receiving.block == 0 {
                    let bytes = packet::acknowledgement(0);
                    self.outputs.push_back(Output::Send { to: receiving.peer, bytes });
                }
                State::Receiving(receiving)
            }
        }
    }

    fn take(&mut self, mut receiving: Receiving, data: &[u8], now: Instant) -> State {
        if data.len() > receiving.block_size {
            return self.end(receiving.peer, 4, Failure::Protocol("a block longer than agreed"));
        }
        if receiving.body.len() + data.len() > self.largest {
            return self.end(receiving.peer, 3, Failure::TooLarge);
        }
        receiving.body.extend_from_slice(data);
        receiving.block = receiving.block.wrapping_add(1);
        let sent = self.send(receiving.peer, packet::acknowledgement(receiving.block), now);
        if data.len() < receiving.block_size {
            self.outputs.push_back(Output::Done(Ok(receiving.body)));
            let until = now + self.patience.interval;
            return State::Dallying(Dallying { peer: receiving.peer, block: receiving.block, until });
        }
        State::Receiving(Receiving { sent, ..receiving })
    }

    /// Ends with an error to the server.
    fn end(&mut self, peer: SocketAddr, code: u16, failure: Failure) -> State {
        self.outputs.push_back(Output::Send { to: peer, bytes: packet::error(code, &failure.to_string()) });
        self.fail(failure)
    }

    fn fail(&mut self, failure: Failure) -> State {
        self.outputs.push_back(Output::Done(Err(failure)));
        State::Closed
    }
}

fn refusal(code: u16, message: String) -> Failure {
    match code {
        1 => Failure::NotFound,
        _ => Failure::Refused(code, message),
    }
}
