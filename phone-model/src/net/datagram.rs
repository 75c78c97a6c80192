//! UDP in IPv4 in Ethernet, built and read by hand: the way of DHCP before the phone has an address (RFC 2131 §4.1).

use std::net::Ipv4Addr;

/// An Ethernet address.
pub type Mac = [u8; 6];

/// Everybody on the segment.
pub const BROADCAST: Mac = [0xff; 6];

/// EtherType of IPv4.
pub const ETHERTYPE_IPV4: u16 = 0x0800;
/// EtherType of ARP.
pub const ETHERTYPE_ARP: u16 = 0x0806;

const PROTOCOL_UDP: u8 = 17;

/// A UDP datagram with its addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datagram<'a> {
    /// Ethernet source.
    pub source_mac: Mac,
    /// IPv4 source.
    pub source: Ipv4Addr,
    /// IPv4 destination.
    pub destination: Ipv4Addr,
    /// UDP source port.
    pub source_port: u16,
    /// UDP destination port.
    pub destination_port: u16,
    /// What it carries.
    pub payload: &'a [u8],
}

impl Datagram<'_> {
    /// The frame that carries it to the Ethernet address `to`, with right checksums. `identification` goes into the IPv4 header.
    /// `None` when the payload does not fit an IPv4 packet.
    pub fn frame(&self, to: Mac, identification: u16) -> Option<Vec<u8>> {
        let udp_length = u16::try_from(self.payload.len().checked_add(8)?).ok()?;
        let total_length = udp_length.checked_add(20)?;
        let mut ip = Vec::with_capacity(20);
        ip.extend([0x45, 0]);
        ip.extend(total_length.to_be_bytes());
        ip.extend(identification.to_be_bytes());
        // Flags and fragment offset zero, TTL 64, UDP, checksum still zero.
        ip.extend([0, 0, 64, PROTOCOL_UDP, 0, 0]);
        ip.extend(self.source.octets());
        ip.extend(self.destination.octets());
        let header_checksum = fold(sum(&ip)).to_be_bytes();
        if let Some(field) = ip.get_mut(10..12) {
            field.copy_from_slice(&header_checksum);
        }
        // An all-zero UDP checksum means "none"; the ones' complement twin stands for it (RFC 768).
        let checksum = match fold(self.udp_sum(udp_length)) {
            0 => 0xffff,
            other => other,
        };
        let mut frame = Vec::with_capacity(14 + usize::from(total_length));
        frame.extend(to);
        frame.extend(self.source_mac);
        frame.extend(ETHERTYPE_IPV4.to_be_bytes());
        frame.extend(ip);
        frame.extend(self.source_port.to_be_bytes());
        frame.extend(self.destination_port.to_be_bytes());
        frame.extend(udp_length.to_be_bytes());
        frame.extend(checksum.to_be_bytes());
        frame.extend(self.payload);
        Some(frame)
    }

    /// Sum of the pseudo header (RFC 768).
    fn pseudo_sum(&self, udp_length: u16) -> u64 {
        sum(&self.source.octets()) + sum(&self.destination.octets()) + u64::from(PROTOCOL_UDP) + u64::from(udp_length)
    }

    /// Sum of pseudo header, UDP header without checksum, and payload.
    fn udp_sum(&self, udp_length: u16) -> u64 {
        let header = u64::from(self.source_port) + u64::from(self.destination_port) + u64::from(udp_length);
        self.pseudo_sum(udp_length) + header + sum(self.payload)
    }
}

/// The unfragmented UDP datagram in an Ethernet frame. Checksums are verified, but a UDP checksum of zero is taken as "none", and so is
/// the bare sum of the pseudo header, which a kernel on the same host leaves for its network card to complete.
pub fn read(frame: &[u8]) -> Option<Datagram<'_>> {
    let source_mac: Mac = frame.get(6..12)?.try_into().ok()?;
    if be16(frame, 12)? != ETHERTYPE_IPV4 {
        return None;
    }
    let packet = frame.get(14..)?;
    let first = *packet.first()?;
    let header_length = usize::from(first & 0x0f) * 4;
    let total_length = usize::from(be16(packet, 2)?);
    let fragmented = be16(packet, 6)? & 0x3fff != 0;
    if first >> 4 != 4 || header_length < 20 || fragmented || *packet.get(9)? != PROTOCOL_UDP {
        return None;
    }
    // Ethernet pads short packets, so the IPv4 length says where the datagram ends.
    let packet = packet.get(..total_length)?;
    if fold(sum(packet.get(..header_length)?)) != 0 {
        return None;
    }
    let udp = packet.get(header_length..)?;
    let udp_length = be16(udp, 4)?;
    let datagram = Datagram {
        source_mac,
        source: address(packet, 12)?,
        destination: address(packet, 16)?,
        source_port: be16(udp, 0)?,
        destination_port: be16(udp, 2)?,
        payload: udp.get(8..usize::from(udp_length))?,
    };
    let stated = be16(udp, 6)?;
    let right = fold(datagram.udp_sum(udp_length) + u64::from(stated)) == 0;
    let left_to_the_card = stated == !fold(datagram.pseudo_sum(udp_length));
    (stated == 0 || right || left_to_the_card).then_some(datagram)
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn address(bytes: &[u8], at: usize) -> Option<Ipv4Addr> {
    let octets: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(Ipv4Addr::from(octets))
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

    fn discover() -> Datagram<'static> {
        Datagram {
            source_mac: [2, 0, 0, 0, 0, 1],
            source: Ipv4Addr::UNSPECIFIED,
            destination: Ipv4Addr::BROADCAST,
            source_port: 68,
            destination_port: 67,
            payload: b"odd",
        }
    }

    #[test]
    fn a_frame_reads_back_as_what_went_in() {
        let frame = discover().frame(BROADCAST, 7).unwrap();
        assert_eq!(read(&frame), Some(discover()));
    }

    #[test]
    fn the_header_checksum_is_the_one_that_rfc_1071_gives() {
        let frame = discover().frame(BROADCAST, 0).unwrap();
        // 4500 001f 0000 0000 4011 ---- 0000 0000 ffff ffff: worked out by hand.
        assert_eq!(&frame[24..26], &[0x7a, 0xcf]);
    }

    #[test]
    fn a_changed_octet_is_noticed_unless_the_sum_was_left_to_the_card() {
        let mut frame = discover().frame(BROADCAST, 7).unwrap();
        *frame.last_mut().unwrap() ^= 1;
        assert_eq!(read(&frame), None);
        // 255.255 + 255.255 + 17 + 11, carries folded in.
        frame[40..42].copy_from_slice(&[0, 28]);
        assert!(read(&frame).is_some());
    }

    #[test]
    fn ethernet_padding_is_not_payload() {
        let mut frame = discover().frame(BROADCAST, 7).unwrap();
        frame.resize(60, 0xaa);
        assert_eq!(read(&frame).unwrap().payload, b"odd");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }

        #[test]
        fn any_damage_to_a_frame_is_read_without_a_panic(at in 0usize..45, value in any::<u8>(), cut in 0usize..46) {
            let mut frame = discover().frame(BROADCAST, 7).unwrap();
            frame[at] = value;
            frame.truncate(cut);
            let _ = read(&frame);
        }
    }
}
