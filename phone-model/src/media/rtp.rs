//! RTP data packets (RFC 3550 §5.1).

/// Octets of the header without CSRCs and extension.
const FIXED_HEADER: usize = 12;

/// An RTP packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Marker: the first packet of a talkspurt, for audio (RFC 3551 §4.1).
    pub marker: bool,
    /// Payload type, 0 to 127.
    pub payload_type: u8,
    /// Sequence number.
    pub sequence: u16,
    /// Sampling instant of the first octet, in samples.
    pub timestamp: u32,
    /// Synchronization source.
    pub ssrc: u32,
    /// Payload, without padding.
    pub payload: Vec<u8>,
}

impl Packet {
    /// The packet as it goes into a datagram.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(FIXED_HEADER + self.payload.len());
        bytes.push(0x80);
        bytes.push(u8::from(self.marker) << 7 | self.payload_type & 0x7f);
        bytes.extend_from_slice(&self.sequence.to_be_bytes());
        bytes.extend_from_slice(&self.timestamp.to_be_bytes());
        bytes.extend_from_slice(&self.ssrc.to_be_bytes());
        bytes.extend_from_slice(&self.payload);
        bytes
    }

    /// The packet in a datagram; nothing when it fails the header checks of RFC 3550 appendix A.1.
    pub fn parse(bytes: &[u8]) -> Option<Packet> {
        let (&[flags, kind, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3], rest) =
            bytes.split_first_chunk::<FIXED_HEADER>()?;
        if flags >> 6 != 2 {
            return None;
        }
        let rest = rest.get(4 * usize::from(flags & 0x0f)..)?;
        let rest = if flags & 0x10 == 0 { rest } else { after_extension(rest)? };
        let payload = if flags & 0x20 == 0 { rest } else { without_padding(rest)? };
        Some(Packet {
            marker: kind & 0x80 != 0,
            payload_type: kind & 0x7f,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([c0, c1, c2, c3]),
            payload: payload.to_vec(),
        })
    }
}

/// RFC 3550 §5.3.1: 16 bits of profile, 16 bits of length in words.
fn after_extension(bytes: &[u8]) -> Option<&[u8]> {
    let (&[_, _, high, low], rest) = bytes.split_first_chunk::<4>()?;
    rest.get(4 * usize::from(u16::from_be_bytes([high, low]))..)
}

/// RFC 3550 §5.1: the last octet counts the padding, itself included.
fn without_padding(bytes: &[u8]) -> Option<&[u8]> {
    let padding = usize::from(*bytes.last()?);
    if padding == 0 { None } else { bytes.get(..bytes.len().checked_sub(padding)?) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn extension_contributing_sources_and_padding_are_not_payload() {
        let bytes =
            [0xb1, 0x80, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9, 9, 9, 9, 0xbe, 0xde, 0, 1, 8, 8, 8, 8, 0x55, 0x66, 0, 2];
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!(packet.payload, [0x55, 0x66]);
        assert!(packet.marker);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(marker: bool, payload_type in 0u8..128, sequence: u16, timestamp: u32, ssrc: u32,
                                      payload in proptest::collection::vec(any::<u8>(), 0..300)) {
            let packet = Packet { marker, payload_type, sequence, timestamp, ssrc, payload };
            prop_assert_eq!(Packet::parse(&packet.to_bytes()), Some(packet));
        }

        #[test]
        fn any_octets_parse_or_not_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Some(packet) = Packet::parse(&bytes) {
                prop_assert!(packet.payload.len() + FIXED_HEADER <= bytes.len());
            }
        }
    }
}
