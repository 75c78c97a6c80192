//! Application data of one direction, in order, each octet known by the records that carried it.

use std::fmt;

use super::record::Seen;
use crate::at::Packets;

/// Octets and where they came from. `Debug` tells their number alone: credentials are among them.
#[derive(Default)]
pub(crate) struct Plain {
    bytes: Vec<u8>,
    /// Index of the first octet of each record.
    parts: Vec<(usize, Seen)>,
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Plain({} octets)", self.bytes.len())
    }
}

impl Plain {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn append(&mut self, octets: &[u8], seen: &Seen) {
        if !octets.is_empty() {
            self.parts.push((self.bytes.len(), seen.clone()));
            self.bytes.extend_from_slice(octets);
        }
    }

    /// The packets of the records that carried these octets, and when the last of them was there.
    pub(crate) fn seen(&self, from: usize, to: usize) -> Seen {
        let start = self.parts.partition_point(|(index, _)| *index <= from).saturating_sub(1);
        let parts = self.parts.get(start..).unwrap_or_default();
        let mut seen = Seen { packets: Packets::default(), completed: 0, time_ns: 0 };
        for (_, part) in parts.iter().take_while(|(index, _)| *index < to.max(from + 1)) {
            seen.packets.add(&part.packets);
            (seen.completed, seen.time_ns) = (part.completed, part.time_ns);
        }
        seen
    }
}

/// Handshake octets of one direction that are no whole message yet (RFC 8446 §5.1: messages may span records and share them).
#[derive(Default)]
pub(super) struct Pending {
    plain: Plain,
    taken: usize,
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pending({} octets)", self.plain.bytes.len() - self.taken)
    }
}

/// A whole message: its type, its body, where it was seen.
pub(super) type Message = (u8, Vec<u8>, Seen);

impl Pending {
    const HEADER: usize = 4;

    pub(super) fn append(&mut self, octets: &[u8], seen: &Seen) {
        self.plain.append(octets, seen);
    }

    /// Whether a message has begun.
    pub(super) fn is_begun(&self) -> bool {
        self.taken < self.plain.bytes.len()
    }

    /// The next whole message; or the length of one that is too long to wait for.
    pub(super) fn next(&mut self, limit: usize) -> Result<Option<Message>, usize> {
        let rest = self.plain.bytes.get(self.taken..).unwrap_or_default();
        let Some((&[kind, high, middle, low], body)) = rest.split_first_chunk::<{ Pending::HEADER }>() else {
            return Ok(None);
        };
        let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        if length > limit {
            return Err(length);
        }
        let Some(body) = body.get(..length) else {
            return Ok(None);
        };
        let message = (kind, body.to_vec(), self.plain.seen(self.taken, self.taken + Self::HEADER + length));
        self.taken += Self::HEADER + length;
        if self.taken == self.plain.bytes.len() {
            *self = Pending::default();
        }
        Ok(Some(message))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;

    fn seen(number: u32) -> Seen {
        Seen { packets: Packets::one(number), completed: number, time_ns: u64::from(number) }
    }

    #[test]
    fn messages_span_records_and_share_them() {
        let mut pending = Pending::default();
        for (octet, number) in [14, 0, 0].into_iter().zip(1..) {
            pending.append(&[octet], &seen(number));
            assert!(pending.next(100).unwrap().is_none());
        }
        pending.append(&[0, 20, 0, 0, 2, 7], &seen(4));
        let (kind, body, seen_at) = pending.next(100).unwrap().unwrap();
        assert_eq!((kind, body.len(), seen_at.packets.to_string(), seen_at.completed), (14, 0, "1-4".to_owned(), 4));
        assert!(pending.next(100).unwrap().is_none());
        pending.append(&[8], &seen(9));
        let (kind, body, seen_at) = pending.next(100).unwrap().unwrap();
        assert_eq!((kind, body, seen_at.packets.to_string()), (20, vec![7, 8], "4, 9".to_owned()));
        pending.append(&[20, 1, 0, 0], &seen(10));
        assert_eq!(pending.next(100).unwrap_err(), 65_536);
    }
}
