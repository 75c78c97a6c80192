//! RTP streams: RFC 3550. Known from the session descriptions seen on the capture; else a guess, made only after three packets in a row
//! that agree.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::SocketAddr;

use serde::Serialize;

use crate::at::{At, Packets, facts};
use crate::limits;
use crate::octets::Octets;
use crate::sip::Sdp;

/// One stream: the packets of one source from one address to another.
#[derive(Debug, Clone, Serialize)]
pub struct RtpStream {
    /// Where and when: of the last packet; `packets` are the first and the last.
    #[serde(flatten)]
    pub at: At,
    /// Synchronization source.
    pub ssrc: u32,
    /// Payload types and how many packets each.
    pub payload_types: BTreeMap<u8, u64>,
    /// Packets.
    pub count: u64,
    /// Octets of payload.
    pub octets: u64,
    /// Packets with the marker bit.
    pub markers: u64,
    /// Time of the first packet, nanoseconds.
    pub first_ns: u64,
    /// Sequence number of the first packet.
    pub first_sequence: u16,
    /// Highest sequence number, wrap considered.
    pub last_sequence: u16,
    /// Sequence numbers between the first and the last that never came.
    pub lost: u64,
    /// Packets that came after a later one.
    pub reordered: u64,
    /// Whether a session description on the capture named an end of it; else it is a guess.
    pub announced: bool,
}

facts!(RtpStream);

/// The fields of an RTP packet.
#[derive(Debug, Clone, Copy)]
struct Rtp {
    payload_type: u8,
    marker: bool,
    sequence: u16,
    ssrc: u32,
    octets: usize,
}

/// What a datagram is to the streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    Rtp,
    Rtcp,
    No,
}

type Key = (SocketAddr, SocketAddr, u32);

/// All streams of a capture.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    list: Vec<RtpStream>,
    index: HashMap<Key, usize>,
    announced: HashSet<SocketAddr>,
    candidates: HashMap<Key, Vec<(Rtp, At)>>,
}

impl Streams {
    pub(crate) fn list(&self) -> &[RtpStream] {
        &self.list
    }

    /// A session description has been seen: its media addresses are RTP from now on.
    pub(crate) fn announce(&mut self, sdp: &Sdp) {
        for media in &sdp.media {
            if let Some(address) = media.address
                && media.port != 0
                && media.protocol.starts_with("RTP/")
                && self.announced.len() < limits::MEDIA_ADDRESSES
            {
                let end = SocketAddr::new(address, media.port);
                if self.announced.insert(end) {
                    // What is heard already was a guess; a description inside TLS may have waited for its key.
                    let streams = self.list.iter_mut().filter(|stream| stream.at.src == end || stream.at.dst == end);
                    streams.for_each(|stream| stream.announced = true);
                }
            }
        }
    }

    /// A datagram that no other protocol claims.
    pub(crate) fn hear(&mut self, payload: &[u8], at: &At) -> Heard {
        let announced = self.announced.contains(&at.dst) || self.announced.contains(&at.src);
        let control = |end: &SocketAddr| {
            end.port().checked_sub(1).is_some_and(|port| self.announced.contains(&SocketAddr::new(end.ip(), port)))
        };
        // RTCP types are 192 to 223 in the second octet (RFC 5761 §4).
        let rtcp = matches!(payload, [0x80..=0xbf, 192..=223, ..]);
        if rtcp && (announced || control(&at.dst) || control(&at.src)) {
            return Heard::Rtcp;
        }
        let Some(rtp) = read(payload) else {
            return Heard::No;
        };
        let key = (at.src, at.dst, rtp.ssrc);
        if let Some(stream) = self.index.get(&key).and_then(|position| self.list.get_mut(*position)) {
            stream.announced |= announced;
            stream.take(rtp, at);
            return Heard::Rtp;
        }
        if announced {
            self.open(key, rtp, at, true);
            return Heard::Rtp;
        }
        self.guess(key, rtp, at)
    }

    fn open(&mut self, key: Key, rtp: Rtp, at: &At, announced: bool) {
        if self.list.len() >= limits::RTP_STREAMS {
            return;
        }
        self.index.insert(key, self.list.len());
        self.list.push(RtpStream {
            at: at.clone(),
            ssrc: rtp.ssrc,
            payload_types: BTreeMap::from([(rtp.payload_type, 1)]),
            count: 1,
            octets: rtp.octets as u64,
            markers: u64::from(rtp.marker),
            first_ns: at.time_ns,
            first_sequence: rtp.sequence,
            last_sequence: rtp.sequence,
            lost: 0,
            reordered: 0,
            announced,
        });
    }

    /// Three packets of one source whose sequence numbers follow each other, between ports that media use.
    fn guess(&mut self, key: Key, rtp: Rtp, at: &At) -> Heard {
        let media_port = |port: u16| port >= 1_024 && port.is_multiple_of(2);
        if !media_port(at.src.port()) || !media_port(at.dst.port()) {
            return Heard::No;
        }
        if self.candidates.len() >= limits::RTP_CANDIDATES && !self.candidates.contains_key(&key) {
            self.candidates.clear();
        }
        let heard = self.candidates.entry(key).or_default();
        let follows = heard.last().is_none_or(|(last, _)| last.sequence.wrapping_add(1) == rtp.sequence);
        if !follows {
            heard.clear();
        }
        heard.push((rtp, at.clone()));
        if heard.len() < 3 {
            return Heard::No;
        }
        let mut packets = self.candidates.remove(&key).unwrap_or_default().into_iter();
        if let Some((first, first_at)) = packets.next() {
            self.open(key, first, &first_at, false);
        }
        if let Some(stream) = self.index.get(&key).and_then(|position| self.list.get_mut(*position)) {
            packets.for_each(|(rtp, at)| stream.take(rtp, &at));
        }
        Heard::Rtp
    }
}

impl RtpStream {
    fn take(&mut self, rtp: Rtp, at: &At) {
        *self.payload_types.entry(rtp.payload_type).or_default() += 1;
        self.count += 1;
        self.octets += rtp.octets as u64;
        self.markers += u64::from(rtp.marker);
        let forward = rtp.sequence.wrapping_sub(self.last_sequence);
        match forward {
            // Ahead by less than half the circle (RFC 3550 §A.1).
            1..0x8000 => {
                self.lost += u64::from(forward - 1);
                self.last_sequence = rtp.sequence;
            }
            0 => {}
            _ => {
                self.reordered += 1;
                self.lost = self.lost.saturating_sub(1);
            }
        }
        let first = self.at.packets.first();
        self.at = At {
            packets: Packets::of(vec![first, at.completed]),
            bad_checksum: self.at.bad_checksum | at.bad_checksum,
            ..at.clone()
        };
    }
}

/// RFC 3550 §5.1.
fn read(payload: &[u8]) -> Option<Rtp> {
    let mut octets = Octets::new(payload);
    let first = octets.u8()?;
    if first >> 6 != 2 {
        return None;
    }
    let second = octets.u8()?;
    if matches!(second, 192..=223) {
        return None;
    }
    let sequence = octets.u16()?;
    octets.u32()?; // timestamp
    let ssrc = octets.u32()?;
    octets.take(usize::from(first & 0x0f) * 4)?;
    if first & 0x10 != 0 {
        octets.take(2)?;
        let words = usize::from(octets.u16()?);
        octets.take(words * 4)?;
    }
    Some(Rtp { payload_type: second & 0x7f, marker: second & 0x80 != 0, sequence, ssrc, octets: octets.len() })
}
