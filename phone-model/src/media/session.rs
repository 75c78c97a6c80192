//! The audio of one call (RFC 3550, 3551): from connect to end it sends a packet of a quiet tone every 20 ms and takes in what
//! the other end sends. A sans-IO machine; a late wake-up sends all that is due, with the timestamps it would have had.

use super::negotiation::Stream;
use super::rtp::Packet;
use crate::random::Random;
use crate::time::{Duration, Instant};
use std::f64::consts::TAU;
use std::net::SocketAddr;

/// Packet interval (RFC 3551 §4.2: 20 ms by default).
const INTERVAL: Duration = Duration::from_millis(20);
/// Samples in a packet at 8 kHz.
const SAMPLES: u32 = 160;
/// The tone, Hz. Its period is 20 samples, so that every packet holds whole periods.
const TONE_HZ: f64 = 400.0;
/// Its amplitude, about -30 dB of full scale.
const AMPLITUDE: f64 = 1_000.0;
/// After a pause longer than this the stream goes on from now instead of catching up.
const CATCH_UP: Duration = Duration::from_secs(1);

/// What came in on a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Received {
    /// RTP packets of the negotiated types.
    pub packets: u64,
    /// Datagrams that were none.
    pub refused: u64,
    /// Samples decoded.
    pub samples: u64,
    /// Loudest sample.
    pub peak: u16,
}

/// The audio of one call.
#[derive(Debug)]
pub struct MediaSession {
    stream: Stream,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    /// When the next packet is due; none while nothing may be sent.
    next: Option<Instant>,
    /// The next packet begins a talkspurt.
    marker: bool,
    received: Received,
}

impl MediaSession {
    /// Starts at `now`. SSRC, first sequence number and first timestamp are random (RFC 3550 §5.1).
    pub fn start(stream: Stream, random: &mut Random, now: Instant) -> Self {
        let [high, low, ..] = random.u32().to_be_bytes();
        let mut session = MediaSession {
            stream,
            ssrc: random.u32(),
            sequence: u16::from_be_bytes([high, low]),
            timestamp: random.u32(),
            next: None,
            marker: true,
            received: Received::default(),
        };
        session.change(stream, now);
        session
    }

    /// A new exchange of offer and answer changed the stream (hold, resume, another address).
    pub fn change(&mut self, stream: Stream, now: Instant) {
        self.stream = stream;
        self.next = match (stream.direction.sends(), self.next) {
            (true, Some(next)) => Some(next),
            (true, None) => {
                self.marker = true;
                Some(now)
            }
            (false, _) => None,
        };
    }

    /// The stream as it is now.
    pub fn stream(&self) -> Stream {
        self.stream
    }

    /// What has come in so far.
    pub fn received(&self) -> Received {
        self.received
    }

    /// When [`MediaSession::poll`] has something to send.
    pub fn deadline(&self) -> Option<Instant> {
        self.next
    }

    /// The next packet that is due, and where to.
    pub fn poll(&mut self, now: Instant) -> Option<(SocketAddr, Vec<u8>)> {
        let due = self.next.filter(|&due| due <= now)?;
        let due = if now.since(due) > CATCH_UP { now } else { due };
        let law = self.stream.law;
        let packet = Packet {
            marker: std::mem::take(&mut self.marker),
            payload_type: self.stream.payload_type,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
            payload: (0..SAMPLES).map(|sample| law.encode(tone(sample))).collect(),
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(SAMPLES);
        self.next = Some(due + INTERVAL);
        Some((self.stream.remote, packet.to_bytes()))
    }

    /// Takes in a datagram that arrived at our RTP port.
    pub fn receive(&mut self, datagram: &[u8]) {
        let packet = Packet::parse(datagram).filter(|packet| self.expects(packet.payload_type));
        let Some(packet) = packet else {
            self.received.refused += 1;
            return;
        };
        self.received.packets += 1;
        if packet.payload_type == self.stream.payload_type {
            let loudest = packet.payload.iter().map(|&code| self.stream.law.decode(code).unsigned_abs()).max();
            self.received.peak = self.received.peak.max(loudest.unwrap_or(0));
            self.received.samples += packet.payload.len() as u64;
        }
    }

    fn expects(&self, payload_type: u8) -> bool {
        self.stream.direction.receives()
            && (payload_type == self.stream.payload_type || Some(payload_type) == self.stream.events)
    }
}

fn tone(sample: u32) -> i16 {
    let value = AMPLITUDE * (TAU * TONE_HZ * f64::from(sample) / 8_000.0).sin();
    // A float-to-integer cast saturates; the amplitude is far from the limits.
    value.round() as i16
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use crate::media::g711::Law;
    use crate::media::sdp::Direction;

    fn stream(direction: Direction) -> Stream {
        let remote = "192.0.2.10:4000".parse().unwrap();
        Stream { remote, law: Law::Mu, payload_type: 0, events: Some(101), direction }
    }

    fn sent(session: &mut MediaSession, now: Instant) -> Vec<Packet> {
        std::iter::from_fn(|| session.poll(now)).map(|(_, bytes)| Packet::parse(&bytes).unwrap()).collect()
    }

    #[test]
    fn a_packet_of_160_octets_goes_out_every_20_ms() {
        let mut session = MediaSession::start(stream(Direction::SendReceive), &mut Random::seeded(1), Instant::ZERO);
        let mut packets = Vec::new();
        for millis in 0..100 {
            packets.extend(sent(&mut session, Instant::from_millis(millis)));
        }
        assert_eq!(packets.len(), 5);
        assert!(packets.iter().all(|packet| packet.payload.len() == 160 && packet.payload_type == 0));
        assert!(packets.windows(2).all(|pair| pair[1].sequence == pair[0].sequence.wrapping_add(1)
            && pair[1].timestamp == pair[0].timestamp.wrapping_add(160)
            && pair[1].ssrc == pair[0].ssrc));
        assert_eq!(packets.iter().map(|packet| packet.marker).collect::<Vec<_>>(), [true, false, false, false, false]);
    }

    #[test]
    fn a_late_wake_up_catches_up_and_a_very_late_one_goes_on_from_now() {
        let mut session = MediaSession::start(stream(Direction::SendReceive), &mut Random::seeded(1), Instant::ZERO);
        assert_eq!(sent(&mut session, Instant::from_millis(45)).len(), 3);
        assert_eq!(sent(&mut session, Instant::from_secs(60)).len(), 1);
    }

    #[test]
    fn nothing_is_sent_on_hold_and_a_new_talkspurt_begins_after_it() {
        let mut session = MediaSession::start(stream(Direction::SendReceive), &mut Random::seeded(1), Instant::ZERO);
        assert_eq!(sent(&mut session, Instant::ZERO).len(), 1);
        session.change(stream(Direction::ReceiveOnly), Instant::from_millis(10));
        assert_eq!(session.deadline(), None);
        session.change(stream(Direction::SendReceive), Instant::from_millis(500));
        assert!(sent(&mut session, Instant::from_millis(500))[0].marker);
    }

    #[test]
    fn only_packets_of_the_negotiated_types_count() {
        let mut here = MediaSession::start(stream(Direction::SendReceive), &mut Random::seeded(1), Instant::ZERO);
        let mut there = MediaSession::start(stream(Direction::SendReceive), &mut Random::seeded(2), Instant::ZERO);
        let (_, bytes) = there.poll(Instant::ZERO).unwrap();
        here.receive(&bytes);
        here.receive(b"GET / HTTP/1.0\r\n\r\n");
        here.receive(&[0x80, 18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let received = here.received();
        assert_eq!((received.packets, received.refused, received.samples), (1, 2, 160));
        assert!((900..1_100).contains(&received.peak), "{received:?}");
    }
}
