//! What became of a connection: asked, opened or refused, closed or reset.

use std::net::SocketAddr;

use super::direction::TcpDirection;
use super::{Segment, TcpEvent};
use crate::stream::Reader;
use crate::tls::TlsId;

/// One TCP connection.
#[derive(Debug)]
pub struct TcpConnection {
    /// Who opened it; of a connection without its beginning, who sent the first segment seen.
    pub client: SocketAddr,
    /// The other end.
    pub server: SocketAddr,
    /// First frame seen.
    pub first: u32,
    /// Last frame seen.
    pub last: u32,
    /// Capture interface of the first frame.
    pub interface: u32,
    /// Octets from client to server.
    pub from_client: TcpDirection,
    /// Octets from server to client.
    pub from_server: TcpDirection,
    state: State,
    pub(crate) client_reader: Reader,
    pub(crate) server_reader: Reader,
    pub(crate) tls: Option<TlsId>,
}

/// How far the capture has seen it come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Began before the capture.
    Midstream,
    Asked {
        syn: u32,
    },
    Answered {
        syn: u32,
        answer: u32,
    },
    Open,
    /// Both ends have finished, or one has reset, or the request was refused.
    Over,
}

/// What a segment led to: frames, who is `src`, event.
pub(crate) struct Happened {
    pub(crate) packets: Vec<u32>,
    pub(crate) by_client: bool,
    pub(crate) event: TcpEvent,
}

impl TcpConnection {
    pub(crate) fn new(src: SocketAddr, dst: SocketAddr, segment: &Segment<'_>, number: u32, interface: u32) -> Self {
        // A SYN with an acknowledgment is the server's.
        let (client, server) = if segment.syn && segment.acknowledgment.is_some() { (dst, src) } else { (src, dst) };
        TcpConnection {
            client,
            server,
            first: number,
            last: number,
            interface,
            from_client: TcpDirection::default(),
            from_server: TcpDirection::default(),
            state: State::Midstream,
            client_reader: Reader::default(),
            server_reader: Reader::default(),
            tls: None,
        }
    }

    /// Whether the capture holds the beginning of the connection.
    pub fn has_beginning(&self) -> bool {
        self.state != State::Midstream
    }

    /// Whether the connection has ended: closed by both sides, reset, or refused.
    pub fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// The TLS connection that it carries, of [`Capture::tls`](crate::Capture::tls).
    pub fn tls(&self) -> Option<TlsId> {
        self.tls
    }

    /// Whether a SYN begins another connection between the same ends: it has another sequence number than this one's.
    pub(crate) fn is_replaced_by(&self, segment: &Segment<'_>, by_client: bool) -> bool {
        if !segment.syn || segment.acknowledgment.is_some() {
            return false;
        }
        match self.state {
            State::Over => true,
            State::Midstream | State::Open | State::Asked { .. } | State::Answered { .. } => {
                let direction = if by_client { &self.from_client } else { &self.from_server };
                let same = direction.next() == Some(segment.sequence.wrapping_add(1)) && direction.bytes().is_empty();
                !same && (self.state == State::Open || self.state == State::Midstream || direction.next().is_some())
            }
        }
    }

    /// Take a segment in.
    pub(crate) fn push(&mut self, segment: &Segment<'_>, by_client: bool, number: u32) -> Vec<Happened> {
        let mut happened = Vec::new();
        let finished_before = (self.from_client.fin_acknowledged(), self.from_server.fin_acknowledged());
        self.last = number;
        let (own, peer) = if by_client {
            (&mut self.from_client, &mut self.from_server)
        } else {
            (&mut self.from_server, &mut self.from_client)
        };
        if segment.syn {
            own.start(segment.sequence);
        }
        let data_sequence = segment.sequence.wrapping_add(u32::from(segment.syn));
        own.push(data_sequence, segment.payload, segment.missing, number);
        if segment.fin {
            let length = (segment.payload.len() + segment.missing) as u32;
            own.finish(data_sequence.wrapping_add(length));
        }
        if let Some(acknowledgment) = segment.acknowledgment.filter(|_| !segment.rst) {
            peer.acknowledge(acknowledgment);
        }
        for (direction, by_client) in [(&mut self.from_client, true), (&mut self.from_server, false)] {
            while let Some(gap) = direction.skip_hole(false) {
                let event = TcpEvent::Gap { missing: gap.missing };
                happened.push(Happened { packets: vec![gap.packet], by_client, event });
            }
        }
        self.step(segment, by_client, number, finished_before, &mut happened);
        happened
    }

    /// Nothing more will come: what waits for a hole is taken after it.
    pub(crate) fn end(&mut self) -> Vec<Happened> {
        let mut happened = Vec::new();
        for (direction, by_client) in [(&mut self.from_client, true), (&mut self.from_server, false)] {
            while let Some(gap) = direction.skip_hole(true) {
                let event = TcpEvent::Gap { missing: gap.missing };
                happened.push(Happened { packets: vec![gap.packet], by_client, event });
            }
        }
        happened
    }

    fn step(
        &mut self,
        segment: &Segment<'_>,
        by_client: bool,
        number: u32,
        finished_before: (bool, bool),
        happened: &mut Vec<Happened>,
    ) {
        let mut note = |packets: Vec<u32>, by_client, event| happened.push(Happened { packets, by_client, event });
        self.state = match self.state {
            State::Over => State::Over,
            State::Asked { .. } if segment.rst => {
                note(vec![number], by_client, TcpEvent::Refused);
                State::Over
            }
            State::Midstream | State::Answered { .. } | State::Open if segment.rst => {
                note(vec![number], by_client, TcpEvent::Reset);
                State::Over
            }
            State::Midstream if segment.syn && segment.acknowledgment.is_none() => {
                note(vec![number], by_client, TcpEvent::Asked);
                State::Asked { syn: number }
            }
            State::Asked { syn } if segment.syn && segment.acknowledgment.is_some() && !by_client => {
                State::Answered { syn, answer: number }
            }
            State::Answered { syn, answer } if by_client && !segment.syn && segment.acknowledgment.is_some() => {
                note(vec![syn, answer, number], true, TcpEvent::Opened);
                State::Open
            }
            State::Midstream | State::Asked { .. } | State::Answered { .. } | State::Open => {
                let finished = (self.from_client.fin_acknowledged(), self.from_server.fin_acknowledged());
                if finished == (true, true) {
                    // Who was acknowledged before this segment, or does not acknowledge now, finished first.
                    let client_first =
                        if finished_before.0 == finished_before.1 { !by_client } else { finished_before.0 };
                    note(vec![number], client_first, TcpEvent::Closed);
                    State::Over
                } else {
                    self.state
                }
            }
        };
    }
}
