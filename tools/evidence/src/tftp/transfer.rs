//! Transfers: a request and what follows it, block by block.

use std::collections::HashMap;
use std::net::SocketAddr;

use serde::Serialize;

use super::{TftpOp, TftpOptions};
use crate::at::{At, facts};
use crate::limits;

/// Octets of a block unless the server takes the option `blksize` (RFC 1350 §2, RFC 2348).
const BLOCK: usize = 512;

/// How a transfer ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TftpOutcome {
    /// Not yet, or never.
    Open,
    /// The last block was acknowledged.
    Complete,
    /// One side gave up.
    Failed {
        /// Which side.
        by_client: bool,
        /// Error code.
        code: u16,
        /// For people.
        message: String,
    },
}

/// One transfer.
#[derive(Debug, Clone, Serialize)]
pub struct TftpTransfer {
    /// Where and when: its last packet so far, all packets; `src` is the client, `dst` whom it asked.
    #[serde(flatten)]
    pub at: At,
    /// Time of the first request, nanoseconds.
    pub first_ns: u64,
    /// Requests, the repeated ones counted.
    pub requests: u32,
    /// The client writes; else it reads.
    pub writes: bool,
    /// File name.
    pub file: String,
    /// `octet`, `netascii`.
    pub mode: String,
    /// Options that the client asked for.
    pub options: TftpOptions,
    /// Options that the server took; none if it said nothing of options.
    pub agreed: Option<TftpOptions>,
    /// The server's end of this transfer, once it has answered.
    pub peer: Option<SocketAddr>,
    /// Octets of the file so far, repeated blocks not counted.
    pub octets: u64,
    /// Blocks so far.
    pub blocks: u64,
    /// Blocks that came again.
    pub repeated: u64,
    /// Datagrams to the client's end from another than the server's (RFC 1350 §4), which belong to no transfer.
    pub strays: u64,
    /// The file so far, as far as kept ([`limits::TFTP_OCTETS`]).
    #[serde(skip)]
    pub content: Vec<u8>,
    /// How it ended.
    pub outcome: TftpOutcome,
    #[serde(skip)]
    due: u16,
    #[serde(skip)]
    last: Option<u16>,
}

facts!(TftpTransfer);

impl TftpTransfer {
    /// Whether all of the file was transferred.
    pub fn is_complete(&self) -> bool {
        self.outcome == TftpOutcome::Complete
    }

    /// Whether all octets so far were kept.
    pub fn is_whole(&self) -> bool {
        self.content.len() as u64 == self.octets
    }

    fn block_size(&self) -> usize {
        let agreed = self.agreed.as_deref().unwrap_or_default();
        let size = agreed.iter().find(|(name, _)| name.eq_ignore_ascii_case("blksize"));
        size.and_then(|(_, value)| value.parse().ok()).unwrap_or(BLOCK)
    }

    fn saw(&mut self, at: &At) {
        self.at.packets.add(&at.packets);
        (self.at.completed, self.at.time_ns) = (at.completed, at.time_ns);
        self.at.bad_checksum |= at.bad_checksum;
        self.at.truncated |= at.truncated;
    }
}

/// Where a datagram belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Transfer(usize),
    Stray,
    /// To or from the well-known port, of no transfer that was seen.
    Unknown,
}

/// All transfers of a capture.
#[derive(Debug, Default)]
pub(crate) struct Transfers {
    list: Vec<TftpTransfer>,
    /// The latest transfer of a client's end.
    latest: HashMap<SocketAddr, usize>,
    octets: usize,
    left_out: u64,
}

impl Transfers {
    /// Transfers of which not all octets were kept.
    pub(crate) fn left_out(&self) -> u64 {
        self.left_out
    }

    pub(crate) fn list(&self) -> &[TftpTransfer] {
        &self.list
    }

    /// Whether a datagram is of a transfer: between a client's end and the host that it asked, or, while the transfer is open, to the
    /// client's end from anyone who speaks TFTP.
    pub(crate) fn expects(&self, at: &At, payload: &[u8]) -> bool {
        let of = |end: &SocketAddr| self.latest.get(end).and_then(|position| self.list.get(*position));
        if let Some(transfer) = of(&at.dst) {
            let speaks = matches!(payload, [0, 3..=6, ..]);
            return speaks && (at.src.ip() == transfer.dst.ip() || transfer.outcome == TftpOutcome::Open);
        }
        of(&at.src).is_some_and(|transfer| {
            matches!(payload, [0, 1..=6, ..]) && (at.dst.ip() == transfer.dst.ip() || transfer.peer == Some(at.dst))
        })
    }

    /// Take a message in. `block` are the octets of a DATA that the capture kept.
    pub(crate) fn take(&mut self, at: &At, op: &TftpOp, block: &[u8]) -> Place {
        match op {
            TftpOp::Read { file, mode, options } => self.request(at, false, (file, mode, options)),
            TftpOp::Write { file, mode, options } => self.request(at, true, (file, mode, options)),
            TftpOp::Data { .. } | TftpOp::Ack { .. } | TftpOp::Error { .. } | TftpOp::OptionAck { .. } => {
                self.answer(at, op, block)
            }
        }
    }

    fn request(&mut self, at: &At, writes: bool, (file, mode, options): (&str, &str, &TftpOptions)) -> Place {
        if let Some(&position) = self.latest.get(&at.src)
            && let Some(transfer) = self.list.get_mut(position)
            && (transfer.writes, transfer.file.as_str(), transfer.dst) == (writes, file, at.dst)
            && transfer.blocks == 0
            && transfer.outcome == TftpOutcome::Open
        {
            transfer.requests += 1;
            transfer.saw(at);
            return Place::Transfer(position);
        }
        if self.list.len() >= limits::TFTP_TRANSFERS {
            return Place::Unknown;
        }
        let position = self.list.len();
        self.list.push(TftpTransfer {
            at: at.clone(),
            first_ns: at.time_ns,
            requests: 1,
            writes,
            file: file.to_owned(),
            mode: mode.to_owned(),
            options: options.clone(),
            agreed: None,
            peer: None,
            octets: 0,
            blocks: 0,
            repeated: 0,
            strays: 0,
            content: Vec::new(),
            outcome: TftpOutcome::Open,
            due: 1,
            last: None,
        });
        self.latest.insert(at.src, position);
        Place::Transfer(position)
    }

    fn answer(&mut self, at: &At, op: &TftpOp, block: &[u8]) -> Place {
        let by_client = !self.latest.contains_key(&at.dst);
        let (client, other) = if by_client { (at.src, at.dst) } else { (at.dst, at.src) };
        let Some(&position) = self.latest.get(&client) else {
            return Place::Unknown;
        };
        let Some(transfer) = self.list.get_mut(position) else {
            return Place::Unknown;
        };
        // The first answer chooses the server's end (RFC 1350 §4).
        let peer = match transfer.peer {
            None if !by_client && other.ip() == transfer.dst.ip() => *transfer.peer.insert(other),
            None => transfer.dst,
            Some(peer) => peer,
        };
        if peer != other {
            transfer.strays += u64::from(!by_client);
            return Place::Stray;
        }
        transfer.saw(at);
        match op {
            TftpOp::Data { block: number, octets } if by_client == transfer.writes => {
                let room = limits::TFTP_OCTETS
                    .saturating_sub(transfer.content.len())
                    .min(limits::ALL_TFTP_OCTETS.saturating_sub(self.octets));
                // After 65,535 some go on with 0, some with 1; the RFCs are silent.
                let wrapped = transfer.due == 0 && *number == 1 && transfer.blocks > 0;
                if (*number == transfer.due || wrapped) && transfer.last.is_none() {
                    let kept = block.get(..room.min(block.len())).unwrap_or_default();
                    // What follows a part that was left out would stand in its place.
                    if transfer.is_whole() {
                        transfer.content.extend_from_slice(kept);
                        self.octets += kept.len();
                        self.left_out += u64::from(kept.len() < block.len());
                    }
                    transfer.octets += *octets as u64;
                    transfer.blocks += 1;
                    transfer.due = number.wrapping_add(1);
                    transfer.last = (*octets < transfer.block_size()).then_some(*number);
                } else {
                    transfer.repeated += 1;
                }
            }
            TftpOp::Ack { block: number } if by_client != transfer.writes => {
                if transfer.last == Some(*number) && transfer.outcome == TftpOutcome::Open {
                    transfer.outcome = TftpOutcome::Complete;
                }
            }
            TftpOp::Error { code, message } => {
                if transfer.outcome == TftpOutcome::Open {
                    transfer.outcome = TftpOutcome::Failed { by_client, code: *code, message: message.clone() };
                }
            }
            TftpOp::OptionAck { options } if !by_client => transfer.agreed = Some(options.clone()),
            // Blocks of the side that receives, acknowledgements of the side that sends: nobody heeds them.
            TftpOp::Data { .. }
            | TftpOp::Ack { .. }
            | TftpOp::OptionAck { .. }
            | TftpOp::Read { .. }
            | TftpOp::Write { .. } => {}
        }
        Place::Transfer(position)
    }
}
