//! TCP: segments (RFC 9293 §3.1), reassembly of each direction, and what became of each connection.
//!
//! Overlaps: the first copy of an octet wins. A connection whose beginning is not in the capture starts at the first segment seen.

pub(crate) mod connection;
pub(crate) mod direction;

use serde::Serialize;

use crate::at::{At, facts};
use crate::octets::Octets;

pub use connection::TcpConnection;
pub use direction::{StreamGap, TcpDirection};

/// Something that happened to a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TcpEvent {
    /// A SYN. `src` asks.
    Asked,
    /// Three-way handshake complete; the packets are its three. `src` is the client.
    Opened,
    /// A reset answered the SYN. `src` refuses.
    Refused,
    /// Both ends have finished, and each has acknowledged the other's FIN. `src` finished first.
    Closed,
    /// A reset ended it. `src` sent it.
    Reset,
    /// Octets from `src` are not in the capture, though later ones are.
    Gap {
        /// How many.
        missing: u64,
    },
}

/// An event of a connection.
#[derive(Debug, Clone, Serialize)]
pub struct TcpFact {
    /// Where and when.
    #[serde(flatten)]
    pub at: At,
    /// Position in [`Capture::connections`](crate::Capture::connections).
    pub connection: usize,
    /// What happened.
    pub event: TcpEvent,
}

facts!(TcpFact);

/// The fields of a segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment<'a> {
    pub(crate) src_port: u16,
    pub(crate) dst_port: u16,
    pub(crate) sequence: u32,
    pub(crate) acknowledgment: Option<u32>,
    pub(crate) syn: bool,
    pub(crate) fin: bool,
    pub(crate) rst: bool,
    pub(crate) checksum: u16,
    pub(crate) payload: &'a [u8],
    /// Octets of payload that the capture did not keep.
    pub(crate) missing: usize,
}

/// Read it.
pub(crate) fn read(bytes: &[u8], missing: usize) -> Result<Segment<'_>, &'static str> {
    const SHORT: &str = "shorter than a TCP header";
    let mut octets = Octets::new(bytes);
    let src_port = octets.u16().ok_or(SHORT)?;
    let dst_port = octets.u16().ok_or(SHORT)?;
    let sequence = octets.u32().ok_or(SHORT)?;
    let acknowledgment = octets.u32().ok_or(SHORT)?;
    let header_len = usize::from(octets.u8().ok_or(SHORT)? >> 4) * 4;
    let flags = octets.u8().ok_or(SHORT)?;
    octets.u16().ok_or(SHORT)?; // window
    let checksum = octets.u16().ok_or(SHORT)?;
    octets.u16().ok_or(SHORT)?; // urgent pointer
    if header_len < 20 {
        return Err("data offset is less than 5");
    }
    let payload = match bytes.get(header_len..) {
        Some(payload) => payload,
        None if missing > 0 => &[],
        None => return Err("data offset beyond the segment"),
    };
    Ok(Segment {
        src_port,
        dst_port,
        sequence,
        acknowledgment: (flags & 0x10 != 0).then_some(acknowledgment),
        syn: flags & 0x02 != 0,
        fin: flags & 0x01 != 0,
        rst: flags & 0x04 != 0,
        checksum,
        payload,
        missing,
    })
}
