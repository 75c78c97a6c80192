//! One direction of a connection: its octets in order, each known by the frame that brought it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::at::Packets;
use crate::limits;

/// Sequence numbers further away than the largest window (RFC 7323 §2.3: 2^30) belong to no segment of this connection.
const WINDOW: i64 = 1 << 30;

/// Octets that the capture lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StreamGap {
    /// Where in [`TcpDirection::bytes`] the octets are missing: before the octet at this index.
    pub index: usize,
    /// How many.
    pub missing: u64,
    /// The frame that brought the octets after them.
    pub packet: u32,
}

/// One direction of a TCP connection.
#[derive(Debug, Default, Clone)]
pub struct TcpDirection {
    bytes: Vec<u8>,
    /// Index of the first octet that each frame brought.
    origins: Vec<(usize, u32)>,
    gaps: Vec<StreamGap>,
    retransmitted: u32,
    /// Sequence number of the octet after the last in order.
    next: Option<u32>,
    /// Position of that octet, counted from the first seen, without wrap; gaps count.
    position: u64,
    waiting: BTreeMap<u64, Waiting>,
    waiting_octets: usize,
    /// Position up to which the peer has acknowledged.
    acknowledged: u64,
    fin: Option<u64>,
    /// Octets were left out because of [`limits::STREAM_OCTETS`].
    full: bool,
}

#[derive(Debug, Clone)]
struct Waiting {
    data: Vec<u8>,
    packet: u32,
}

impl TcpDirection {
    /// The octets in order. At a [`StreamGap`] the octets before and after it stand side by side.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where octets are missing.
    pub fn gaps(&self) -> &[StreamGap] {
        &self.gaps
    }

    /// Segments that brought nothing new.
    pub fn retransmitted(&self) -> u32 {
        self.retransmitted
    }

    /// Whether the FIN has been seen and every octet before it is in order.
    pub fn finished(&self) -> bool {
        self.fin.is_some_and(|fin| self.position >= fin)
    }

    /// Whether segments wait for one that the capture has not shown yet.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The frames that brought these octets (indices into [`bytes`](Self::bytes)).
    pub fn packets(&self, from: usize, to: usize) -> Packets {
        let start = self.origins.partition_point(|(index, _)| *index <= from).saturating_sub(1);
        let origins = self.origins.get(start..).unwrap_or_default();
        Packets::of(
            origins.iter().take_while(|(index, _)| *index < to.max(from + 1)).map(|(_, packet)| *packet).collect(),
        )
    }

    pub(crate) fn full(&self) -> bool {
        self.full
    }

    pub(crate) fn next(&self) -> Option<u32> {
        self.next
    }

    /// A SYN takes one sequence number (RFC 9293 §3.4).
    pub(crate) fn start(&mut self, sequence: u32) {
        if self.next.is_none() {
            self.next = Some(sequence.wrapping_add(1));
        }
    }

    /// Take a segment's octets in. `missing` octets follow them that the capture did not keep.
    pub(crate) fn push(&mut self, sequence: u32, data: &[u8], missing: usize, packet: u32) {
        if data.is_empty() && missing == 0 {
            return;
        }
        let next = *self.next.get_or_insert(sequence);
        let distance = i64::from(sequence.wrapping_sub(next).cast_signed());
        if distance.abs() > WINDOW {
            return;
        }
        let skip = usize::try_from(-distance).unwrap_or(0);
        let ahead = u64::try_from(distance).unwrap_or(0);
        let Some(fresh) = data.get(skip..).filter(|fresh| !fresh.is_empty()) else {
            // Nothing new, unless the octets that the capture cut are.
            if skip >= data.len() + missing {
                self.retransmitted += 1;
            }
            return;
        };
        if ahead == 0 && self.waiting.is_empty() {
            self.append(fresh, packet);
            return;
        }
        if !self.wait(self.position + ahead, fresh, packet) {
            self.retransmitted += 1;
        }
        self.drain();
    }

    /// Note the FIN; `sequence` is that of the FIN itself.
    pub(crate) fn finish(&mut self, sequence: u32) {
        let next = *self.next.get_or_insert(sequence);
        let distance = i64::from(sequence.wrapping_sub(next).cast_signed());
        if (0..=WINDOW).contains(&distance) {
            self.fin = Some(self.position + distance.unsigned_abs());
        }
    }

    /// Whether the peer has acknowledged the FIN.
    pub(crate) fn fin_acknowledged(&self) -> bool {
        self.fin.is_some_and(|fin| self.acknowledged > fin)
    }

    /// The peer acknowledges everything before this sequence number. What it has and the capture has not, the capture lost.
    pub(crate) fn acknowledge(&mut self, acknowledgment: u32) {
        let Some(next) = self.next else { return };
        let distance = i64::from(acknowledgment.wrapping_sub(next).cast_signed());
        if distance.abs() <= WINDOW {
            let acknowledged = self.position.saturating_add_signed(distance);
            self.acknowledged = self.acknowledged.max(acknowledged);
        }
    }

    /// If the peer has acknowledged beyond a hole, or too much waits, or `at_end` nothing more will come: go on after the hole.
    pub(crate) fn skip_hole(&mut self, at_end: bool) -> Option<StreamGap> {
        let (&position, waiting) = self.waiting.first_key_value()?;
        let lost = self.acknowledged >= position;
        let crowded = self.waiting.len() > limits::WAITING_SEGMENTS || self.waiting_octets > limits::WAITING_OCTETS;
        if !(lost || crowded || at_end) {
            return None;
        }
        let missing = position.saturating_sub(self.position);
        let gap = StreamGap { index: self.bytes.len(), missing, packet: waiting.packet };
        self.gaps.push(gap);
        self.advance(missing);
        self.drain();
        Some(gap)
    }

    fn append(&mut self, data: &[u8], packet: u32) {
        if self.bytes.len() + data.len() > limits::STREAM_OCTETS {
            self.full = true;
        } else {
            self.origins.push((self.bytes.len(), packet));
            self.bytes.extend_from_slice(data);
        }
        self.advance(data.len() as u64);
    }

    fn advance(&mut self, octets: u64) {
        self.position += octets;
        // Sequence numbers are modulo 2^32 (RFC 9293 §3.4).
        self.next = self.next.map(|next| next.wrapping_add(octets as u32));
    }

    /// Keep what no earlier segment has brought. Gives whether anything was new.
    fn wait(&mut self, start: u64, data: &[u8], packet: u32) -> bool {
        let end = start + data.len() as u64;
        let mut taken: Vec<(u64, u64)> = Vec::new();
        for (&from, waiting) in self.waiting.range(..end).rev() {
            let to = from + waiting.data.len() as u64;
            if to <= start {
                break; // Kept pieces never overlap, so all before this one end earlier still.
            }
            taken.push((from, to));
        }
        let mut cursor = start;
        let mut fresh = false;
        for (from, to) in taken.into_iter().rev().chain([(end, end)]) {
            if from > cursor {
                let piece = slice(data, cursor - start, from - start);
                self.waiting_octets += piece.len();
                self.waiting.insert(cursor, Waiting { data: piece.to_vec(), packet });
                fresh = true;
            }
            cursor = cursor.max(to);
        }
        fresh
    }

    fn drain(&mut self) {
        while let Some(entry) = self.waiting.first_entry() {
            if *entry.key() > self.position {
                break;
            }
            let skip = self.position - *entry.key();
            let waiting = entry.remove();
            self.waiting_octets = self.waiting_octets.saturating_sub(waiting.data.len());
            let data = slice(&waiting.data, skip, waiting.data.len() as u64);
            if !data.is_empty() {
                self.append(data, waiting.packet);
            }
        }
    }
}

fn slice(data: &[u8], from: u64, to: u64) -> &[u8] {
    let index = |position: u64| usize::try_from(position).unwrap_or(usize::MAX);
    data.get(index(from)..index(to).min(data.len())).unwrap_or_default()
}
