//! What is wrong with a capture, or within it.

use serde::Serialize;

use crate::limits;

/// What kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The file ends in the middle of something, or something in it cannot be read.
    File,
    /// The capture kept fewer octets of a frame than were sent (snap length).
    Truncated,
    /// Octets of a stream, or fragments of a datagram, that the capture never saw.
    Gap,
    /// Left out because of a limit of ours ([`crate::limits`]).
    Limit,
    /// A checksum that the sender's hardware had yet to finish when the frame was captured (offload).
    Offloaded,
    /// A checksum of IP, UDP, TCP or ICMP is wrong.
    BadChecksum,
    /// A packet that its protocol does not allow.
    Malformed,
}

impl FaultKind {
    /// Whether the fault lies in the capture, so that a verdict from it may be wrong (a claim is then inconclusive); the other
    /// faults were on the wire.
    pub fn spoils_capture(self) -> bool {
        match self {
            FaultKind::File | FaultKind::Truncated | FaultKind::Gap | FaultKind::Limit | FaultKind::Offloaded => true,
            FaultKind::BadChecksum | FaultKind::Malformed => false,
        }
    }
}

/// One fault, with the frame that shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What kind of fault.
    pub kind: FaultKind,
    /// The frame, 1-based; none for faults of the file.
    pub packet: Option<u32>,
    /// The protocol that it is a fault of, in lower case: `ip`, `udp`, `sip`, `pcap`.
    pub protocol: &'static str,
    /// What is wrong, for a person.
    pub reason: String,
}

/// `frame 12: sip: Content-Length is not a number`.
impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.packet {
            Some(number) => write!(f, "frame {number}: {}: {}", self.protocol, self.reason),
            None => write!(f, "{}: {}", self.protocol, self.reason),
        }
    }
}

/// Faults so far; bounded.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    kept: Vec<Fault>,
    left_out: u64,
}

impl Faults {
    pub(crate) fn note(&mut self, kind: FaultKind, packet: u32, protocol: &'static str, reason: impl Into<String>) {
        self.keep(Fault { kind, packet: Some(packet), protocol, reason: reason.into() });
    }

    pub(crate) fn keep(&mut self, fault: Fault) {
        if self.kept.len() < limits::FAULTS {
            self.kept.push(fault);
        } else {
            self.left_out += 1;
        }
    }

    pub(crate) fn kept(&self) -> &[Fault] {
        &self.kept
    }

    pub(crate) fn left_out(&self) -> u64 {
        self.left_out
    }
}
