//! Records: RFC 8446 §5.1, RFC 5246 §6.2.1. Cut out of a direction's octets, whatever segments brought them.

use std::collections::VecDeque;

use crate::at::{At, Packets};
use crate::limits;
use crate::tcp::TcpDirection;

pub(crate) const CHANGE_CIPHER_SPEC: u8 = 20;
pub(crate) const ALERT: u8 = 21;
pub(crate) const HANDSHAKE: u8 = 22;
pub(crate) const APPLICATION: u8 = 23;

/// Octets of a record's header.
pub(crate) const HEADER: usize = 5;
/// Most octets of a protected record (RFC 5246 §6.2.3: 2^14 + 2,048; RFC 8446 §5.2 allows fewer).
const CIPHERTEXT: usize = (1 << 14) + 2_048;
/// Most octets of a record in clear.
const PLAINTEXT: usize = 1 << 14;

/// Where and when octets were seen.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) packets: Packets,
    pub(crate) completed: u32,
    pub(crate) time_ns: u64,
}

/// One record: its header, and where its fragment lies in the direction's octets.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) kind: u8,
    pub(crate) version: u16,
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) seen: Seen,
}

impl Record {
    pub(crate) fn header(&self) -> [u8; HEADER] {
        let [major, minor] = self.version.to_be_bytes();
        let [high, low] = u16::try_from(self.to - self.from).unwrap_or(u16::MAX).to_be_bytes();
        [self.kind, major, minor, high, low]
    }

    /// Whether it is longer than any record may be; a receiver refuses it as a whole.
    pub(crate) fn is_oversize(&self) -> bool {
        self.to - self.from > CIPHERTEXT
    }
}

/// Why no more records are cut out of a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The capture lacks octets, or does not keep them all.
    Gap,
    /// What came is no record.
    NoRecord,
}

/// Cuts records.
#[derive(Debug, Default)]
pub(crate) struct Framing {
    next: usize,
    pub(crate) stopped: Option<Stop>,
    pub(crate) waiting: VecDeque<Record>,
}

/// What a record, or what stands where one was due, broke.
pub(crate) type Complaint = (Seen, String);

impl Framing {
    pub(crate) fn starting_at(next: usize) -> Framing {
        Framing { next, ..Framing::default() }
    }

    /// Octets cut out so far.
    pub(crate) fn position(&self) -> usize {
        self.next
    }

    /// Cut out what is complete. `at` tells of the frame that brought the latest octets.
    pub(crate) fn cut(&mut self, direction: &TcpDirection, at: &At) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        while self.stopped.is_none() && self.waiting.len() < limits::TLS_WAITING_RECORDS {
            let gap = direction.gaps().iter().map(|gap| gap.index).find(|index| *index >= self.next);
            let limit = gap.unwrap_or(direction.bytes().len());
            let rest = direction.bytes().get(self.next..limit).unwrap_or_default();
            let seen = |to: usize| Seen {
                packets: direction.packets(self.next, to),
                completed: at.completed,
                time_ns: at.time_ns,
            };
            if !rest.is_empty() && !may_begin_record(rest) {
                let shown = hex::encode(rest.get(..HEADER).unwrap_or(rest));
                complaints
                    .push((seen(self.next + rest.len().min(HEADER)), format!("no TLS record begins with {shown}")));
                self.stopped = Some(Stop::NoRecord);
                break;
            }
            let whole = rest.split_first_chunk::<HEADER>().and_then(|(&[kind, major, minor, high, low], rest)| {
                let length = usize::from(u16::from_be_bytes([high, low]));
                rest.get(..length).map(|_| (kind, u16::from_be_bytes([major, minor]), length))
            });
            let Some((kind, version, length)) = whole else {
                if gap.is_some() || direction.full() {
                    self.stopped = Some(Stop::Gap);
                }
                break;
            };
            let (from, to) = (self.next + HEADER, self.next + HEADER + length);
            let record = Record { kind, version, from, to, seen: seen(to) };
            if let Some(reason) = wrong(kind, length) {
                complaints.push((record.seen.clone(), reason));
            }
            self.waiting.push_back(record);
            self.next = to;
        }
        complaints
    }
}

/// Whether octets begin like a connection's first record, or one of its records if its beginning is not there. `None`: too few to tell.
pub(crate) fn looks_like_tls(bytes: &[u8]) -> Option<bool> {
    if !may_begin_record(bytes) {
        return Some(false);
    }
    let (&[kind, _, _, high, low], _) = bytes.split_first_chunk::<HEADER>()?;
    let length = usize::from(u16::from_be_bytes([high, low]));
    // A handshake record of a wrong length is still one; others are told from chance by theirs.
    Some(kind == HANDSHAKE || (1..=CIPHERTEXT).contains(&length))
}

/// Content types 20 to 24, versions SSL 3.0 to TLS 1.3. As far as the octets go.
fn may_begin_record(bytes: &[u8]) -> bool {
    let fits = |position: usize, allowed: std::ops::RangeInclusive<u8>| {
        bytes.get(position).is_none_or(|octet| allowed.contains(octet))
    };
    fits(0, CHANGE_CIPHER_SPEC..=APPLICATION + 1) && fits(1, 3..=3) && fits(2, 0..=4)
}

fn wrong(kind: u8, length: usize) -> Option<String> {
    match kind {
        _ if length > CIPHERTEXT => Some(format!("a record of {length} octets, {CIPHERTEXT} are the most")),
        CHANGE_CIPHER_SPEC if length > PLAINTEXT => Some(format!("a record of {length} octets")),
        // RFC 8446 §5.1: only application data may be empty, and that not on the wire.
        CHANGE_CIPHER_SPEC | ALERT | HANDSHAKE if length == 0 => Some(format!("an empty record of type {kind}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_told_from_other_octets() {
        assert_eq!(looks_like_tls(&[22, 3, 1, 0, 5]), Some(true));
        assert_eq!(looks_like_tls(&[22, 3, 1]), None);
        assert_eq!(looks_like_tls(&[22, 3, 9]), Some(false));
        assert_eq!(looks_like_tls(&[23, 3, 3, 0xff, 0xff]), Some(false));
        assert_eq!(looks_like_tls(b"INVITE"), Some(false));
        assert_eq!(looks_like_tls(&[0x30, 12, 2, 1, 1]), Some(false));
    }
}
