//! pcapng, draft-ietf-opsawg-pcapng: sections of blocks. Read are section header, interface description, enhanced, simple and
//! obsolete packet, and decryption secrets; other blocks are stepped over.

use super::{Interface, Recorded, Recording, file_fault};
use crate::limits;
use crate::link::LinkType;
use crate::octets::Octets;

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const OLD_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;
const SECRETS: u32 = 10;

const OPT_COMMENT: u16 = 1;
const IF_NAME: u16 = 2;
const IF_TSRESOL: u16 = 9;
const IF_TSOFFSET: u16 = 14;

pub(super) fn read(bytes: &[u8]) -> Recording {
    let mut reader =
        Reader { recording: Recording::default(), order: Order { little: true }, section: Vec::new(), base: 0 };
    let mut octets = Octets::new(bytes);
    while !octets.is_empty() {
        let offset = bytes.len() - octets.len();
        if let Err(reason) = reader.block(&mut octets) {
            reader.recording.faults.push(file_fault("pcapng", format!("{reason} (block at octet {offset})")));
            break;
        }
    }
    reader.recording
}

#[derive(Clone, Copy)]
struct Order {
    little: bool,
}

impl Order {
    fn u16(self, octets: &mut Octets<'_>) -> Option<u16> {
        let value = octets.array()?;
        Some(if self.little { u16::from_le_bytes(value) } else { u16::from_be_bytes(value) })
    }

    fn u32(self, octets: &mut Octets<'_>) -> Option<u32> {
        let value = octets.array()?;
        Some(if self.little { u32::from_le_bytes(value) } else { u32::from_be_bytes(value) })
    }
}

/// How an interface counts time.
#[derive(Clone, Copy)]
struct Clock {
    /// `if_tsresol`: a power of ten, or of two if the upper bit is set.
    resolution: u8,
    /// `if_tsoffset`, seconds.
    offset: i64,
}

impl Clock {
    fn nanoseconds(self, units: u64) -> u64 {
        let power = u32::from(self.resolution & 0x7f);
        let per_second = if self.resolution & 0x80 == 0 { 10u128.checked_pow(power) } else { 1u128.checked_shl(power) };
        let since = per_second
            .filter(|&per_second| per_second > 0)
            .and_then(|per_second| u128::from(units).checked_mul(1_000_000_000).map(|scaled| scaled / per_second))
            .unwrap_or(0);
        let total = i128::try_from(since).unwrap_or(0) + i128::from(self.offset) * 1_000_000_000;
        u64::try_from(total).unwrap_or(0)
    }
}

struct Reader {
    recording: Recording,
    order: Order,
    /// Clock and snap length of the interfaces of this section.
    section: Vec<(Clock, u32)>,
    /// Where the interfaces of this section begin in the recording.
    base: usize,
}

impl Reader {
    fn block(&mut self, octets: &mut Octets<'_>) -> Result<(), String> {
        let cut = || "the file is cut within a block".to_owned();
        let start = *octets;
        let kind = self.order.u32(octets).ok_or_else(cut)?;
        if kind == SECTION {
            // The byte order magic follows the length, which is why it decides the order of both (draft §4.1).
            let mut ahead = *octets;
            ahead.take(4).ok_or_else(cut)?;
            self.order = match ahead.array::<4>().ok_or_else(cut)? {
                [0x4d, 0x3c, 0x2b, 0x1a] => Order { little: true },
                [0x1a, 0x2b, 0x3c, 0x4d] => Order { little: false },
                other => return Err(format!("unknown byte order magic {}", hex::encode(other))),
            };
        }
        let length = self.order.u32(octets).ok_or_else(cut)? as usize;
        if length < 12 || !length.is_multiple_of(4) {
            return Err(format!("a block claims {length} octets"));
        }
        let mut whole = start;
        whole.take(length).ok_or_else(cut)?;
        let body = octets.take(length - 12).ok_or_else(cut)?;
        if self.order.u32(octets).map(|trailer| trailer as usize) != Some(length) {
            return Err("the two lengths of a block differ".to_owned());
        }
        self.body(kind, Octets::new(body)).ok_or_else(|| format!("a block of type {kind} is too short for its fields"))
    }

    fn body(&mut self, kind: u32, mut body: Octets<'_>) -> Option<()> {
        match kind {
            SECTION => {
                self.base = self.recording.interfaces.len();
                self.section.clear();
            }
            INTERFACE => self.interface(&mut body)?,
            ENHANCED_PACKET => {
                let interface = self.order.u32(&mut body)?;
                self.packet(interface, &mut body)?;
            }
            OLD_PACKET => {
                let interface = self.order.u16(&mut body)?;
                self.order.u16(&mut body)?; // drops
                self.packet(u32::from(interface), &mut body)?;
            }
            SIMPLE_PACKET => self.simple_packet(&mut body)?,
            SECRETS => {
                self.order.u32(&mut body)?; // type; the key log says what it is
                let length = self.order.u32(&mut body)? as usize;
                self.recording.secrets.0.push(body.take(length)?.to_vec());
            }
            _ => {}
        }
        Some(())
    }

    fn interface(&mut self, body: &mut Octets<'_>) -> Option<()> {
        let link = LinkType::from(self.order.u16(body)?);
        self.order.u16(body)?;
        let snaplen = self.order.u32(body)?;
        let mut clock = Clock { resolution: 6, offset: 0 };
        let mut name = None;
        for (code, value) in self.options(*body) {
            match code {
                IF_NAME => name = Some(text(value)),
                IF_TSRESOL => clock.resolution = value.first().copied().unwrap_or(6),
                IF_TSOFFSET => {
                    if let Some(octets) = value.first_chunk::<8>() {
                        clock.offset =
                            if self.order.little { i64::from_le_bytes(*octets) } else { i64::from_be_bytes(*octets) };
                    }
                }
                _ => {}
            }
        }
        self.section.push((clock, snaplen));
        self.recording.interfaces.push(Interface { name, link, snaplen });
        Some(())
    }

    fn packet(&mut self, interface: u32, body: &mut Octets<'_>) -> Option<()> {
        let high = self.order.u32(body)?;
        let low = self.order.u32(body)?;
        let captured = self.order.u32(body)? as usize;
        let original_len = self.order.u32(body)?;
        let data = body.take(captured)?;
        body.take(padding(captured).min(body.len()))?;
        let comments =
            self.options(*body).into_iter().filter(|(code, _)| *code == OPT_COMMENT).map(|(_, value)| text(value));
        let comments = comments.collect();
        let (clock, _) = self.section.get(interface as usize).copied()?;
        let units = u64::from(high) << 32 | u64::from(low);
        self.keep(interface, clock.nanoseconds(units), original_len, data, comments)
    }

    /// No time, no interface: the first of the section, at time 0 (draft §4.4). The length kept follows from the snap length.
    fn simple_packet(&mut self, body: &mut Octets<'_>) -> Option<()> {
        let original_len = self.order.u32(body)?;
        let (_, snaplen) = self.section.first().copied()?;
        let kept = if snaplen == 0 { original_len } else { original_len.min(snaplen) };
        let data = body.take((kept as usize).min(body.len()))?;
        self.keep(0, 0, original_len, data, Vec::new())
    }

    fn keep(
        &mut self,
        interface: u32,
        time_ns: u64,
        original_len: u32,
        data: &[u8],
        comments: Vec<String>,
    ) -> Option<()> {
        if data.len() > limits::FRAME_OCTETS {
            return None;
        }
        let interface = interface.checked_add(u32::try_from(self.base).ok()?)?;
        self.recording.frames.push(Recorded { interface, time_ns, original_len, data: data.to_vec(), comments });
        Some(())
    }

    /// Options as far as they can be read; they never decide whether a packet counts.
    fn options<'a>(&self, mut octets: Octets<'a>) -> Vec<(u16, &'a [u8])> {
        let mut found = Vec::new();
        while let (Some(code), Some(length)) = (self.order.u16(&mut octets), self.order.u16(&mut octets)) {
            let Some(value) = octets.take(usize::from(length)).filter(|_| code != 0) else {
                break;
            };
            found.push((code, value));
            let pad = padding(usize::from(length)).min(octets.len());
            octets.take(pad);
        }
        found
    }
}

/// Octets up to the next multiple of four.
fn padding(length: usize) -> usize {
    length.wrapping_neg() % 4
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).trim_end_matches('\0').to_owned()
}
