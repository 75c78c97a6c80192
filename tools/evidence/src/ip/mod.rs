//! IPv4 (RFC 791) and IPv6 (RFC 8200) headers: addresses, upper protocol, fragment fields, checksum.

pub(crate) mod checksum;
pub(crate) mod fragments;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::limits;
use crate::octets::Octets;

pub(crate) const ICMP: u8 = 1;
pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;
pub(crate) const ICMPV6: u8 = 58;

/// One IP packet, perhaps a fragment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packet<'a> {
    pub(crate) src: IpAddr,
    pub(crate) dst: IpAddr,
    pub(crate) protocol: u8,
    /// Time to live of IPv4, hop limit of IPv6.
    pub(crate) hop_limit: u8,
    pub(crate) fragment: Option<Fragment>,
    pub(crate) payload: &'a [u8],
    /// The header checksum is right (IPv6 has none).
    pub(crate) checksum_ok: bool,
    /// Octets that the header promises and the frame does not hold.
    pub(crate) missing: usize,
}

/// The fragment fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fragment {
    pub(crate) id: u32,
    /// Octets.
    pub(crate) offset: usize,
    pub(crate) more: bool,
}

/// Read an IPv4 packet.
pub(crate) fn read_v4(bytes: &[u8]) -> Result<Packet<'_>, &'static str> {
    const SHORT: &str = "shorter than an IPv4 header";
    let mut octets = Octets::new(bytes);
    let first = octets.u8().ok_or(SHORT)?;
    if first >> 4 != 4 {
        return Err("version is not 4");
    }
    let header_len = usize::from(first & 0x0f) * 4;
    octets.u8().ok_or(SHORT)?;
    let total = usize::from(octets.u16().ok_or(SHORT)?);
    let id = octets.u16().ok_or(SHORT)?;
    let flags = octets.u16().ok_or(SHORT)?;
    let hop_limit = octets.u8().ok_or(SHORT)?;
    let protocol = octets.u8().ok_or(SHORT)?;
    octets.u16().ok_or(SHORT)?;
    let src = Ipv4Addr::from(octets.array::<4>().ok_or(SHORT)?);
    let dst = Ipv4Addr::from(octets.array::<4>().ok_or(SHORT)?);
    if header_len < 20 {
        return Err("header length is less than 20");
    }
    let header = bytes.get(..header_len).ok_or(SHORT)?;
    // Total length 0 is what a capture below segmentation offload shows.
    let total = if total == 0 { bytes.len() } else { total };
    if total < header_len {
        return Err("total length is less than the header's");
    }
    let payload = bytes.get(header_len..total.min(bytes.len())).unwrap_or_default();
    let offset = usize::from(flags & 0x1fff) * 8;
    let more = flags & 0x2000 != 0;
    Ok(Packet {
        src: IpAddr::V4(src),
        dst: IpAddr::V4(dst),
        protocol,
        hop_limit,
        fragment: (more || offset > 0).then_some(Fragment { id: u32::from(id), offset, more }),
        payload,
        checksum_ok: checksum::of(header) == 0,
        missing: total.saturating_sub(bytes.len()),
    })
}

/// Read an IPv6 packet and step over its extension headers.
pub(crate) fn read_v6(bytes: &[u8]) -> Result<Packet<'_>, &'static str> {
    const SHORT: &str = "shorter than an IPv6 header";
    let mut octets = Octets::new(bytes);
    let first = octets.u32().ok_or(SHORT)?;
    if first >> 28 != 6 {
        return Err("version is not 6");
    }
    let length = usize::from(octets.u16().ok_or(SHORT)?);
    let mut next = octets.u8().ok_or(SHORT)?;
    let hop_limit = octets.u8().ok_or(SHORT)?;
    let src = Ipv6Addr::from(octets.array::<16>().ok_or(SHORT)?);
    let dst = Ipv6Addr::from(octets.array::<16>().ok_or(SHORT)?);
    let missing = length.saturating_sub(octets.len());
    let mut octets = Octets::new(octets.rest().get(..length).unwrap_or(octets.rest()));
    let mut fragment = None;
    for _ in 0..limits::EXTENSION_HEADERS {
        match next {
            // Hop-by-hop options, routing, destination options (RFC 8200 §4.3, §4.4, §4.6).
            0 | 43 | 60 => {
                next = extension(&mut octets, 8, 8)?;
            }
            // Authentication header: its length counts words of four octets, less two (RFC 4302 §2.2).
            51 => {
                next = extension(&mut octets, 4, 8)?;
            }
            44 => {
                const CUT: &str = "cut within the fragment header";
                next = octets.u8().ok_or(CUT)?;
                octets.u8().ok_or(CUT)?;
                let field = octets.u16().ok_or(CUT)?;
                let id = octets.u32().ok_or(CUT)?;
                let (offset, more) = (usize::from(field & 0xfff8), field & 1 != 0);
                // An atomic fragment is a whole datagram (RFC 6946 §4).
                if more || offset > 0 {
                    fragment = Some(Fragment { id, offset, more });
                    break;
                }
            }
            _ => break,
        }
    }
    Ok(Packet {
        src: IpAddr::V6(src),
        dst: IpAddr::V6(dst),
        protocol: next,
        hop_limit,
        fragment,
        payload: octets.rest(),
        checksum_ok: true,
        missing,
    })
}

/// Step over one extension header; its length field counts `unit` octets beyond `base`. Gives the next header.
fn extension(octets: &mut Octets<'_>, unit: usize, base: usize) -> Result<u8, &'static str> {
    const CUT: &str = "cut within an extension header";
    let next = octets.u8().ok_or(CUT)?;
    let length = usize::from(octets.u8().ok_or(CUT)?) * unit + base;
    octets.take(length - 2).ok_or(CUT)?;
    Ok(next)
}
