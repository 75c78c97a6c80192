//! Reassembly of fragmented datagrams, in any order.
//!
//! Overlapping fragments: of an IPv6 datagram, all of it is dropped (RFC 5722 §4, RFC 8200 §4.5), an exact duplicate excepted;
//! of an IPv4 datagram, the first copy of an octet wins (RFC 791 leaves it open; this is our policy).

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use super::{Fragment, Packet};
use crate::limits;

/// What belongs together (RFC 791 §3.2; RFC 8200 §4.5 leaves the protocol out, which is the first fragment's).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    src: IpAddr,
    dst: IpAddr,
    id: u32,
    /// IPv4 only.
    protocol: u8,
}

#[derive(Debug)]
struct Part {
    offset: usize,
    data: Vec<u8>,
    packet: u32,
}

#[derive(Debug)]
struct Datagram {
    serial: u64,
    since_ns: u64,
    first_packet: u32,
    protocol: Option<u8>,
    parts: Vec<Part>,
    /// Of all parts.
    octets: usize,
    total: Option<usize>,
    checksum_ok: bool,
    /// Dropped for overlap or size; its later fragments are swallowed (RFC 5722 §4).
    dropped: bool,
}

/// A datagram that became whole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Whole {
    pub(crate) protocol: u8,
    pub(crate) payload: Vec<u8>,
    pub(crate) packets: Vec<u32>,
    pub(crate) checksum_ok: bool,
}

/// What a fragment led to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Waiting,
    Whole(Whole),
    /// The fragment, or its datagram, is wrong.
    Wrong(&'static str),
}

/// Datagrams that wait for fragments.
#[derive(Debug, Default)]
pub(crate) struct Fragments {
    waiting: HashMap<Key, Datagram>,
    order: VecDeque<(u64, Key)>,
    serial: u64,
    count: usize,
    octets: usize,
    /// First frames of datagrams that were given up since last asked.
    given_up: Vec<u32>,
}

impl Fragments {
    /// Take a fragment in.
    pub(crate) fn push(&mut self, packet: &Packet<'_>, fragment: Fragment, number: u32, now_ns: u64) -> Step {
        let v6 = packet.src.is_ipv6();
        let key =
            Key { src: packet.src, dst: packet.dst, id: fragment.id, protocol: if v6 { 0 } else { packet.protocol } };
        let expired = |datagram: &Datagram| now_ns.saturating_sub(datagram.since_ns) > limits::FRAGMENT_LIFETIME_NS;
        if self.waiting.get(&key).is_some_and(expired) {
            self.give_up(key);
        }
        let end = fragment.offset + packet.payload.len();
        if end > 65_535 {
            return Step::Wrong("fragment ends beyond 65,535 octets");
        }
        if fragment.more && !packet.payload.len().is_multiple_of(8) {
            return Step::Wrong("a fragment that is not the last is no multiple of 8 octets");
        }
        if packet.missing > 0 {
            return Step::Wrong("fragment cut by the capture");
        }
        self.make_room(packet.payload.len());
        let (serial, order) = (&mut self.serial, &mut self.order);
        let datagram = self.waiting.entry(key).or_insert_with(|| {
            *serial += 1;
            order.push_back((*serial, key));
            Datagram {
                serial: *serial,
                since_ns: now_ns,
                first_packet: number,
                protocol: None,
                parts: Vec::new(),
                octets: 0,
                total: None,
                checksum_ok: true,
                dropped: false,
            }
        });
        if datagram.dropped {
            return Step::Waiting;
        }
        let (octets_before, count_before) = (datagram.octets, datagram.parts.len());
        let fault = datagram.take(packet, fragment, number, v6);
        self.octets = (self.octets + datagram.octets).saturating_sub(octets_before);
        self.count = (self.count + datagram.parts.len()).saturating_sub(count_before);
        if let Some(reason) = fault {
            return Step::Wrong(reason);
        }
        if !datagram.is_whole() {
            return Step::Waiting;
        }
        match self.remove(key) {
            Some(datagram) => Step::Whole(datagram.assemble(packet.protocol)),
            None => Step::Waiting,
        }
    }

    /// First frames of datagrams given up for age or room since the last call.
    pub(crate) fn take_given_up(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.given_up)
    }

    /// First frames of datagrams that are not whole yet.
    pub(crate) fn incomplete(&self) -> Vec<u32> {
        let mut numbers: Vec<u32> =
            self.waiting.values().filter(|datagram| !datagram.dropped).map(|datagram| datagram.first_packet).collect();
        numbers.sort_unstable();
        numbers
    }

    fn make_room(&mut self, octets: usize) {
        while self.count >= limits::FRAGMENTS
            || self.octets + octets > limits::FRAGMENT_OCTETS
            || self.waiting.len() >= limits::FRAGMENTS
        {
            let Some((serial, key)) = self.order.pop_front() else {
                break;
            };
            if self.waiting.get(&key).is_some_and(|datagram| datagram.serial == serial) {
                self.give_up(key);
            }
        }
        // Entries of datagrams that became whole stay in the queue until they come up; not for ever.
        if self.order.len() > 2 * limits::FRAGMENTS {
            let waiting = &self.waiting;
            self.order.retain(|(serial, key)| waiting.get(key).is_some_and(|datagram| datagram.serial == *serial));
        }
    }

    fn give_up(&mut self, key: Key) {
        if let Some(datagram) = self.remove(key).filter(|datagram| !datagram.dropped) {
            self.given_up.push(datagram.first_packet);
        }
    }

    fn remove(&mut self, key: Key) -> Option<Datagram> {
        let datagram = self.waiting.remove(&key)?;
        self.count = self.count.saturating_sub(datagram.parts.len());
        self.octets = self.octets.saturating_sub(datagram.octets);
        Some(datagram)
    }
}

impl Datagram {
    fn take(&mut self, packet: &Packet<'_>, fragment: Fragment, number: u32, v6: bool) -> Option<&'static str> {
        let (start, end) = (fragment.offset, fragment.offset + packet.payload.len());
        let duplicate =
            self.parts.iter().any(|part| part.offset == start && part.data == packet.payload && part.packet != number);
        if duplicate {
            return None;
        }
        if !fragment.more {
            if self.total.is_some_and(|total| total != end) {
                return self.drop_all("two last fragments that end differently");
            }
            self.total = Some(end);
        }
        if self
            .total
            .is_some_and(|total| end > total || self.parts.iter().any(|part| part.offset + part.data.len() > total))
        {
            return self.drop_all("a fragment beyond the last");
        }
        if fragment.offset == 0 {
            self.protocol = Some(packet.protocol);
        }
        self.checksum_ok &= packet.checksum_ok;
        let overlaps = |part: &Part| part.offset < end && start < part.offset + part.data.len();
        if v6 && self.parts.iter().any(overlaps) {
            return self.drop_all("overlapping IPv6 fragments (RFC 5722)");
        }
        self.octets += packet.payload.len();
        self.parts.push(Part { offset: start, data: packet.payload.to_vec(), packet: number });
        None
    }

    fn drop_all(&mut self, reason: &'static str) -> Option<&'static str> {
        self.parts.clear();
        self.octets = 0;
        self.dropped = true;
        Some(reason)
    }

    fn is_whole(&self) -> bool {
        let Some(total) = self.total.filter(|&total| self.octets >= total) else {
            return false;
        };
        let mut spans: Vec<(usize, usize)> =
            self.parts.iter().map(|part| (part.offset, part.offset + part.data.len())).collect();
        spans.sort_unstable();
        let reached = spans.into_iter().fold(
            0,
            |reached, (start, end)| {
                if start <= reached { reached.max(end) } else { reached }
            },
        );
        reached >= total
    }

    fn assemble(self, last_protocol: u8) -> Whole {
        let mut payload = vec![0; self.total.unwrap_or(0)];
        // Later copies first, so that the first copy is what remains.
        for part in self.parts.iter().rev() {
            if let Some(place) = payload.get_mut(part.offset..part.offset + part.data.len()) {
                place.copy_from_slice(&part.data);
            }
        }
        Whole {
            protocol: self.protocol.unwrap_or(last_protocol),
            payload,
            packets: self.parts.iter().map(|part| part.packet).collect(),
            checksum_ok: self.checksum_ok,
        }
    }
}
