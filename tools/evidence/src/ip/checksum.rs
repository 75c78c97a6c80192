//! The Internet checksum: RFC 1071, with the pseudo headers of RFC 768, RFC 9293 and RFC 8200 §8.1.

use std::net::IpAddr;

/// One's complement of the one's complement sum; 0 over data that holds its own right checksum.
pub(crate) fn of(bytes: &[u8]) -> u16 {
    fold(sum(bytes))
}

/// What the checksum of an upper-layer packet is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Right,
    /// Only the pseudo header is summed: captured at the sender, before its hardware finished the sum. What the receiver got was right.
    Offloaded,
    Wrong,
}

/// Judge the checksum, which stands in `payload` as `field`, of an upper-layer packet with its pseudo header.
pub(crate) fn upper(src: IpAddr, dst: IpAddr, protocol: u8, payload: &[u8], field: u16) -> Verdict {
    let addresses = match (src, dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => sum(&src.octets()) + sum(&dst.octets()),
        (IpAddr::V6(src), IpAddr::V6(dst)) => sum(&src.octets()) + sum(&dst.octets()),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => 0,
    };
    let length = payload.len() as u64;
    let pseudo = addresses + u64::from(protocol) + (length >> 16) + (length & 0xffff);
    if fold(pseudo + sum(payload)) == 0 {
        Verdict::Right
    } else if field == !fold(pseudo) {
        Verdict::Offloaded
    } else {
        Verdict::Wrong
    }
}

fn sum(bytes: &[u8]) -> u64 {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let whole: u64 = pairs.iter().map(|pair| u64::from(u16::from_be_bytes(*pair))).sum();
    whole + odd.first().map_or(0, |last| u64::from(*last) << 8)
}

fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    !(sum as u16)
}
