//! ICMPv6 in IPv6 in Ethernet, built and read by hand (RFC 8200 §3, RFC 4443 §2.3, RFC 2464): the way of neighbour discovery before the
//! phone has an address.

use crate::net::datagram::Mac;
use std::net::Ipv6Addr;

/// EtherType of IPv6.
pub const ETHERTYPE_IPV6: u16 = 0x86dd;

const ICMPV6: u8 = 58;

/// An ICMPv6 message with its addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Ethernet source.
    pub source_mac: Mac,
    /// IPv6 source.
    pub source: Ipv6Addr,
    /// IPv6 destination.
    pub destination: Ipv6Addr,
    /// Hop limit; neighbour discovery wants 255.
    pub hop_limit: u8,
    /// Type, code, checksum (which is filled in when sent) and body.
    pub message: &'a [u8],
}

impl Packet<'_> {
    /// The frame that carries it to the Ethernet group of its multicast destination (RFC 2464 §7), with its checksum. `None` when the
    /// message is no ICMPv6 message or too long.
    pub fn frame(&self) -> Option<Vec<u8>> {
        let length = u16::try_from(self.message.len()).ok()?;
        let [_, _, _, _, _, _, _, _, _, _, _, _, group @ ..] = self.destination.octets();
        let mut message = self.message.to_vec();
        message.get_mut(2..4)?.fill(0);
        let checksum = fold(self.pseudo_sum() + sum(&message)).to_be_bytes();
        message.get_mut(2..4)?.copy_from_slice(&checksum);
        let mut frame = Vec::with_capacity(54 + message.len());
        frame.extend([0x33, 0x33]);
        frame.extend(group);
        frame.extend(self.source_mac);
        frame.extend(ETHERTYPE_IPV6.to_be_bytes());
        frame.extend([0x60, 0, 0, 0]);
        frame.extend(length.to_be_bytes());
        frame.extend([ICMPV6, self.hop_limit]);
        frame.extend(self.source.octets());
        frame.extend(self.destination.octets());
        frame.extend(message);
        Some(frame)
    }

    /// Sum of the pseudo header (RFC 8200 §8.1).
    fn pseudo_sum(&self) -> u64 {
        let length = u64::try_from(self.message.len()).unwrap_or(u64::MAX);
        sum(&self.source.octets()) + sum(&self.destination.octets()) + length + u64::from(ICMPV6)
    }
}

/// The ICMPv6 message in an Ethernet frame; one behind extension headers is not read (RFC 6980 §5 wants fragments dropped anyway). The
/// checksum is verified, but the bare sum of the pseudo header, which a kernel on the same host leaves to its card, is taken too.
pub fn read(frame: &[u8]) -> Option<Packet<'_>> {
    let source_mac: Mac = frame.get(6..12)?.try_into().ok()?;
    let ethertype: [u8; 2] = frame.get(12..14)?.try_into().ok()?;
    let header: &[u8; 40] = frame.get(14..)?.first_chunk()?;
    let [version, _, _, _, high, low, next, hop_limit, addresses @ ..] = header;
    if u16::from_be_bytes(ethertype) != ETHERTYPE_IPV6 || version >> 4 != 6 || *next != ICMPV6 {
        return None;
    }
    let message = frame.get(54..)?.get(..usize::from(u16::from_be_bytes([*high, *low])))?;
    let address = |at: usize| -> Option<Ipv6Addr> {
        let octets: [u8; 16] = addresses.get(at..at + 16)?.try_into().ok()?;
        Some(octets.into())
    };
    let packet = Packet { source_mac, source: address(0)?, destination: address(16)?, hop_limit: *hop_limit, message };
    let stated: [u8; 2] = message.get(2..4)?.try_into().ok()?;
    let right = fold(packet.pseudo_sum() + sum(message)) == 0;
    let left_to_the_card = u16::from_be_bytes(stated) == !fold(packet.pseudo_sum());
    (right || left_to_the_card).then_some(packet)
}

/// Sum of 16-bit words, an odd last octet padded with zero (RFC 1071).
fn sum(bytes: &[u8]) -> u64 {
    bytes
        .chunks(2)
        .map(|pair| u64::from(*pair.first().unwrap_or(&0)) << 8 | u64::from(*pair.get(1).unwrap_or(&0)))
        .sum()
}

/// The checksum of a sum: carries folded in, complemented.
fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    const PACKET: Packet<'static> = Packet {
        source_mac: [2, 0, 0, 0, 0x78, 0x41],
        source: Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1),
        destination: Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2),
        hop_limit: 255,
        message: &[133, 0, 0, 0, 0, 0, 0, 0],
    };

    #[test]
    fn a_frame_reads_back_as_what_went_in_and_goes_to_the_group() {
        let frame = PACKET.frame().unwrap();
        assert_eq!(frame[..6], [0x33, 0x33, 0, 0, 0, 2]);
        // fe80+1 + ff02+2 + 8 + 58 + 8500, by hand: 0x282c7, its carry folded in, complemented.
        assert_eq!(frame[56..58], [0x7d, 0x36]);
        let read = read(&frame).unwrap();
        assert_eq!((read.source, read.destination, read.hop_limit), (PACKET.source, PACKET.destination, 255));
    }

    #[test]
    fn a_changed_octet_is_noticed() {
        let mut frame = PACKET.frame().unwrap();
        *frame.last_mut().unwrap() ^= 1;
        assert_eq!(read(&frame), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            let _ = read(&bytes);
        }
    }
}
