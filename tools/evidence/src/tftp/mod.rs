//! TFTP: RFC 1350, options by RFC 2347 to 2349. What follows a request is found by the request's own end, for the other end is chosen anew.

mod transfer;

use serde::Serialize;

use crate::at::{At, facts};
use crate::limits;
use crate::octets::Octets;

pub(crate) use transfer::{Place, Transfers};
pub use transfer::{TftpOutcome, TftpTransfer};

/// Names and values of options, in order, as they stand.
pub type TftpOptions = Vec<(String, String)>;

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TftpOp {
    /// 1: a file is to be read.
    Read {
        /// Its name.
        file: String,
        /// `octet`, `netascii`.
        mode: String,
        /// Options.
        options: TftpOptions,
    },
    /// 2: a file is to be written.
    Write {
        /// Its name.
        file: String,
        /// `octet`, `netascii`.
        mode: String,
        /// Options.
        options: TftpOptions,
    },
    /// 3: a block.
    Data {
        /// Its number.
        block: u16,
        /// Its octets.
        octets: usize,
    },
    /// 4: a block is there.
    Ack {
        /// Its number.
        block: u16,
    },
    /// 5: the end.
    Error {
        /// 1 not found, 2 access, 5 unknown transfer, 8 options refused (RFC 1350 §5, RFC 2347).
        code: u16,
        /// For people.
        message: String,
    },
    /// 6: options taken (RFC 2347).
    OptionAck {
        /// Options.
        options: TftpOptions,
    },
}

impl TftpOp {
    /// Its number on the wire.
    pub fn number(&self) -> u16 {
        match self {
            TftpOp::Read { .. } => 1,
            TftpOp::Write { .. } => 2,
            TftpOp::Data { .. } => 3,
            TftpOp::Ack { .. } => 4,
            TftpOp::Error { .. } => 5,
            TftpOp::OptionAck { .. } => 6,
        }
    }
}

/// One message.
#[derive(Debug, Clone, Serialize)]
pub struct TftpMessage {
    /// Where and when.
    #[serde(flatten)]
    pub at: At,
    /// What it says.
    pub op: TftpOp,
    /// Of which of [`Capture::tftp_transfers`](crate::Capture::tftp_transfers); none if its request was not seen or it is a stray.
    pub transfer: Option<usize>,
}

facts!(TftpMessage);

/// Read a message. `len` are its octets on the wire, of which the capture may have kept fewer.
pub(crate) fn read(payload: &[u8], len: usize) -> Result<TftpOp, &'static str> {
    const SHORT: &str = "shorter than its fixed fields";
    let mut octets = Octets::new(payload);
    let opcode = octets.u16().ok_or(SHORT)?;
    match opcode {
        1 | 2 => {
            const ENDLESS: &str = "a text without an end";
            let (file, mode) = (text(&mut octets).ok_or(ENDLESS)?, text(&mut octets).ok_or(ENDLESS)?);
            let options = options(octets).ok_or("options that cannot be read")?;
            Ok(match opcode {
                1 => TftpOp::Read { file, mode, options },
                _ => TftpOp::Write { file, mode, options },
            })
        }
        3 => Ok(TftpOp::Data { block: octets.u16().ok_or(SHORT)?, octets: len.saturating_sub(4) }),
        4 => Ok(TftpOp::Ack { block: octets.u16().ok_or(SHORT)? }),
        5 => {
            let code = octets.u16().ok_or(SHORT)?;
            // Some leave the final NUL out.
            let message = text(&mut octets).unwrap_or_else(|| String::from_utf8_lossy(octets.rest()).into_owned());
            Ok(TftpOp::Error { code, message })
        }
        6 => Ok(TftpOp::OptionAck { options: options(octets).ok_or("options that cannot be read")? }),
        _ => Err("no such opcode"),
    }
}

/// Octets up to a NUL (RFC 1350 §5).
fn text(octets: &mut Octets<'_>) -> Option<String> {
    let length = octets.rest().iter().position(|octet| *octet == 0)?;
    let text = String::from_utf8_lossy(octets.take(length)?).into_owned();
    octets.u8()?;
    Some(text)
}

fn options(mut octets: Octets<'_>) -> Option<TftpOptions> {
    let mut options = TftpOptions::new();
    // Link-layer padding does not reach here, yet some senders fill up with NULs.
    while octets.rest().iter().any(|octet| *octet != 0) {
        if options.len() >= limits::TFTP_OPTIONS {
            return None;
        }
        options.push((text(&mut octets)?, text(&mut octets)?));
    }
    Some(options)
}
