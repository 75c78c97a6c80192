//! Where and when a fact was seen: its packets, its time, its two ends.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde::Serialize;

use crate::tls::TlsId;

/// Numbers of the frames that make a fact, rising, 1-based as tshark's `frame.number`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Packets(Vec<u32>);

impl Packets {
    /// One frame.
    pub fn one(number: u32) -> Packets {
        Packets(vec![number])
    }

    /// Several frames, in any order, twice named or not.
    pub fn of(mut numbers: Vec<u32>) -> Packets {
        numbers.sort_unstable();
        numbers.dedup();
        Packets(numbers)
    }

    /// Take more frames in; later ones, as a rule.
    pub(crate) fn add(&mut self, more: &Packets) {
        for number in more.iter() {
            if self.0.last().is_none_or(|last| *last < number) {
                self.0.push(number);
            } else if let Err(place) = self.0.binary_search(&number) {
                self.0.insert(place, number);
            }
        }
    }

    /// The earliest frame; 0 if there is none.
    pub fn first(&self) -> u32 {
        self.0.first().copied().unwrap_or(0)
    }

    /// The latest frame; 0 if there is none.
    pub fn last(&self) -> u32 {
        self.0.last().copied().unwrap_or(0)
    }

    /// All frames, rising.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().copied()
    }

    /// All frames, rising.
    pub fn as_slice(&self) -> &[u32] {
        &self.0
    }

    /// Whether this frame is one of them.
    pub fn contains(&self, number: u32) -> bool {
        self.0.binary_search(&number).is_ok()
    }
}

/// `7`, `7, 9`, `7-9`.
impl fmt::Display for Packets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for &number in &self.0 {
            match runs.last_mut() {
                Some((_, end)) if end.checked_add(1) == Some(number) => *end = number,
                _ => runs.push((number, number)),
            }
        }
        for (position, (start, end)) in runs.into_iter().enumerate() {
            if position > 0 {
                f.write_str(", ")?;
            }
            match end - start {
                0 => write!(f, "{start}")?,
                _ => write!(f, "{start}-{end}")?,
            }
        }
        Ok(())
    }
}

/// An Ethernet address.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// All ones.
    pub const BROADCAST: Mac = Mac([0xff; 6]);
}

/// `02:00:00:00:00:01`.
impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Mac {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Where and when a fact was seen. Every fact dereferences to its `At`: `message.src`, `message.packets`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct At {
    /// All frames that make the fact.
    pub packets: Packets,
    /// The frame at which the fact was complete. Not less than `packets.last()`: a message may have waited for a lost segment before it.
    pub completed: u32,
    /// When the fact was complete: nanoseconds, as the capture counts them (the Unix epoch in files).
    pub time_ns: u64,
    /// Capture interface of the completing frame.
    pub interface: u32,
    /// Who sent it. The port is 0 where the protocol has none.
    pub src: SocketAddr,
    /// Whom it was sent to. The port is 0 where the protocol has none.
    pub dst: SocketAddr,
    /// Ethernet sender, where the link has addresses.
    pub src_mac: Option<Mac>,
    /// Ethernet receiver, where the link has addresses.
    pub dst_mac: Option<Mac>,
    /// A checksum of IP, UDP or ICMP was wrong. TCP segments with a wrong checksum make no facts.
    pub bad_checksum: bool,
    /// The capture did not keep all octets of it.
    pub truncated: bool,
    /// The TLS connection that it came inside, of [`Capture::tls`](crate::Capture::tls); none if anybody could read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secured: Option<TlsId>,
}

/// What every fact can be asked.
pub trait Fact {
    /// Where and when it was seen.
    fn at(&self) -> &At;
}

impl Fact for At {
    fn at(&self) -> &At {
        self
    }
}

/// A position in a capture: everything completed by a later frame is "since" it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
pub struct Mark(pub u32);

/// The facts of a list that were completed after the mark. Lists grow in order of completion, so this is a search, not a walk.
pub(crate) fn since<F: Fact>(facts: &[F], mark: Mark) -> &[F] {
    let start = facts.partition_point(|fact| fact.at().completed <= mark.0);
    facts.get(start..).unwrap_or_default()
}

/// Put a fact where it belongs in order of completion: at the end, unless it had to wait for a key.
pub(crate) fn insert<F: Fact>(facts: &mut Vec<F>, fact: F) {
    let completed = fact.at().completed;
    if facts.last().is_none_or(|last| last.at().completed <= completed) {
        facts.push(fact);
    } else {
        let place = facts.partition_point(|earlier| earlier.at().completed <= completed);
        facts.insert(place, fact);
    }
}

/// An address without a port, as ARP and ICMP facts have it.
pub(crate) fn portless(address: IpAddr) -> SocketAddr {
    SocketAddr::new(address, 0)
}

pub(crate) const NOWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// For fields of octets in JSON.
pub(crate) fn hexadecimal<S: serde::Serializer>(octets: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex::encode(octets))
}

/// Gives facts their `At` by field access.
macro_rules! facts {
    ($($name:ty),+ $(,)?) => {$(
        impl std::ops::Deref for $name {
            type Target = $crate::At;
            fn deref(&self) -> &$crate::At {
                &self.at
            }
        }
        impl $crate::Fact for $name {
            fn at(&self) -> &$crate::At {
                &self.at
            }
        }
    )+};
}
pub(crate) use facts;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_shown_as_runs() {
        assert_eq!(Packets::of(vec![9, 7, 8, 8, 12]).to_string(), "7-9, 12");
        assert_eq!(Packets::one(3).to_string(), "3");
        assert_eq!(Packets::default().to_string(), "");
    }
}
