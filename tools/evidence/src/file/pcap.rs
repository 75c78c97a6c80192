//! The classic format, draft-ietf-opsawg-pcap: one header, then records.

use super::{Interface, Recorded, Recording, file_fault};
use crate::limits;
use crate::link::LinkType;
use crate::octets::Octets;

/// Byte order and unit of time, told by the magic number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Format {
    little: bool,
    nanoseconds: bool,
}

impl Format {
    pub(super) fn of(magic: [u8; 4]) -> Option<Format> {
        let (little, nanoseconds) = match magic {
            [0xd4, 0xc3, 0xb2, 0xa1] => (true, false),
            [0xa1, 0xb2, 0xc3, 0xd4] => (false, false),
            [0x4d, 0x3c, 0xb2, 0xa1] => (true, true),
            [0xa1, 0xb2, 0x3c, 0x4d] => (false, true),
            _ => return None,
        };
        Some(Format { little, nanoseconds })
    }

    fn u32(self, octets: &mut Octets<'_>) -> Option<u32> {
        let value = octets.array()?;
        Some(if self.little { u32::from_le_bytes(value) } else { u32::from_be_bytes(value) })
    }
}

pub(super) fn read(bytes: &[u8], format: Format) -> Recording {
    let mut recording = Recording::default();
    let mut octets = Octets::new(bytes);
    let Some((snaplen, link)) = header(&mut octets, format) else {
        recording.faults.push(file_fault("pcap", "the file is cut within its header".to_owned()));
        return recording;
    };
    recording.interfaces.push(Interface { name: None, link, snaplen });
    while !octets.is_empty() {
        let offset = bytes.len() - octets.len();
        match record(&mut octets, format) {
            Ok(frame) => recording.frames.push(frame),
            Err(reason) => {
                recording.faults.push(file_fault("pcap", format!("{reason} (record at octet {offset})")));
                break;
            }
        }
    }
    recording
}

fn header(octets: &mut Octets<'_>, format: Format) -> Option<(u32, LinkType)> {
    octets.take(16)?; // magic, version, two reserved fields
    let snaplen = format.u32(octets)?;
    let link = format.u32(octets)?;
    // The upper 16 bits tell about frame check sequences (draft §4).
    Some((snaplen, LinkType::from((link & 0xffff) as u16)))
}

fn record(octets: &mut Octets<'_>, format: Format) -> Result<Recorded, String> {
    let cut = || "the file is cut within a record".to_owned();
    let seconds = format.u32(octets).ok_or_else(cut)?;
    let fraction = format.u32(octets).ok_or_else(cut)?;
    let captured = format.u32(octets).ok_or_else(cut)?;
    let original_len = format.u32(octets).ok_or_else(cut)?;
    if captured as usize > limits::FRAME_OCTETS {
        return Err(format!("a record claims {captured} octets"));
    }
    let data = octets.take(captured as usize).ok_or_else(cut)?;
    let nanoseconds = u64::from(fraction) * if format.nanoseconds { 1 } else { 1_000 };
    Ok(Recorded {
        interface: 0,
        time_ns: u64::from(seconds) * 1_000_000_000 + nanoseconds,
        original_len,
        data: data.to_vec(),
        comments: Vec::new(),
    })
}
