//! Capture files: pcap in both byte orders with µs and ns, and pcapng. What is readable is read; the rest is a [`Fault`].
//!
//! The bench writes with `pcap-parser`; this reader is our own, so that writer and reader cannot share a mistake.

mod pcap;
mod pcapng;

use crate::fault::{Fault, FaultKind};
use crate::link::LinkType;

/// What a file holds.
#[derive(Debug, Default)]
pub struct Recording {
    /// Frames in the order of the file.
    pub frames: Vec<Recorded>,
    /// Interfaces; a frame names its own by position. A pcap file has one.
    pub interfaces: Vec<Interface>,
    /// Decryption secrets (pcapng), as they stand: key log lines for TLS.
    pub secrets: Secrets,
    /// What could not be read.
    pub faults: Vec<Fault>,
}

/// Blocks of decryption secrets. `Debug` tells their number alone.
#[derive(Default)]
pub struct Secrets(pub Vec<Vec<u8>>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({} blocks)", self.0.len())
    }
}

/// One frame of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Position in [`Recording::interfaces`].
    pub interface: u32,
    /// Nanoseconds since the Unix epoch.
    pub time_ns: u64,
    /// Octets on the wire.
    pub original_len: u32,
    /// Octets kept.
    pub data: Vec<u8>,
    /// Comments of the frame (pcapng).
    pub comments: Vec<String>,
}

/// One capture interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Its name, if the file tells it.
    pub name: Option<String>,
    /// What its frames begin with.
    pub link: LinkType,
    /// Most octets kept of a frame; 0 is no limit.
    pub snaplen: u32,
}

/// Why a file could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The operating system refused.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The file is no capture.
    #[error("{0}")]
    NotACapture(String),
}

/// Read the octets of a capture file.
///
/// # Errors
/// When they do not begin as any capture format known here. A capture that is cut later is read as far as it goes.
pub fn read(bytes: &[u8]) -> Result<Recording, ReadError> {
    match bytes.first_chunk::<4>() {
        Some([0x0a, 0x0d, 0x0d, 0x0a]) => Ok(pcapng::read(bytes)),
        Some([0x1f, 0x8b, ..]) => Err(ReadError::NotACapture("compressed with gzip; unpack it first".to_owned())),
        Some(magic) => match pcap::Format::of(*magic) {
            Some(format) => Ok(pcap::read(bytes, format)),
            None => Err(ReadError::NotACapture(format!("not a capture: begins with {}", hex::encode(magic)))),
        },
        None => Err(ReadError::NotACapture("not a capture: shorter than four octets".to_owned())),
    }
}

pub(crate) fn file_fault(protocol: &'static str, reason: String) -> Fault {
    Fault { kind: FaultKind::File, packet: None, protocol, reason }
}
