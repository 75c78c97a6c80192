//! The options of DHCPv6, walked with every length checked before anything else sees the bytes (RFC 8415 §21.1).

use std::net::Ipv6Addr;

/// Options of one message; a message of 64 KiB could hold sixteen thousand.
const MOST: usize = 256;

/// The options of one message or of one option that holds others, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options(Vec<(u16, Vec<u8>)>);

impl Options {
    /// Walks a whole option field. `None` when an option is longer than what holds it: nothing after the bad length can be trusted.
    pub fn read(mut bytes: &[u8]) -> Option<Self> {
        let mut options = Vec::new();
        while !bytes.is_empty() {
            let (&[a, b, c, d], rest) = bytes.split_first_chunk::<4>()?;
            let (value, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([c, d])))?;
            if options.len() < MOST {
                options.push((u16::from_be_bytes([a, b]), value.to_vec()));
            }
            bytes = rest;
        }
        Some(Options(options))
    }

    /// What stands before the first option that is longer than what holds it; only a phone with a defect wants it.
    pub(super) fn before_fault(bytes: &[u8]) -> Self {
        (0..=bytes.len()).rev().find_map(|end| Options::read(bytes.get(..end)?)).unwrap_or_default()
    }

    /// The octets of the first option of this code.
    pub fn raw(&self, code: u16) -> Option<&[u8]> {
        self.all(code).next()
    }

    /// The octets of every option of this code.
    pub fn all(&self, code: u16) -> impl Iterator<Item = &[u8]> {
        self.0.iter().filter(move |(of, _)| *of == code).map(|(_, value)| value.as_slice())
    }

    /// Every option: code and octets.
    pub fn iter(&self) -> impl Iterator<Item = (u16, &[u8])> {
        self.0.iter().map(|(code, value)| (*code, value.as_slice()))
    }

    /// An option of exactly four octets as a number.
    pub fn number(&self, code: u16) -> Option<u32> {
        Some(u32::from_be_bytes(self.raw(code)?.try_into().ok()?))
    }

    /// An option of 16n octets, n at least 1, as addresses of hosts; any other length counts as absent.
    pub fn addresses(&self, code: u16) -> Vec<Ipv6Addr> {
        addresses(self.raw(code).unwrap_or_default())
    }

    /// The status code option (§21.13): its code, and zero, which is Success, when there is none.
    pub fn status(&self) -> u16 {
        let code = self.raw(13).and_then(|value| value.first_chunk::<2>());
        code.map_or(0, |code| u16::from_be_bytes(*code))
    }
}

/// A list of addresses.
pub(super) fn addresses(bytes: &[u8]) -> Vec<Ipv6Addr> {
    if !bytes.len().is_multiple_of(16) {
        return Vec::new();
    }
    let address = |chunk: &[u8]| <[u8; 16]>::try_from(chunk).ok().map(Ipv6Addr::from);
    bytes.chunks(16).filter_map(address).filter(|address| !address.is_unspecified()).take(8).collect()
}

/// Appends an option.
pub(super) fn put(message: &mut Vec<u8>, code: u16, value: &[u8]) {
    // Nothing that a client sends comes near the limit.
    let length = u16::try_from(value.len()).unwrap_or(0);
    message.extend(code.to_be_bytes());
    message.extend(length.to_be_bytes());
    message.extend(value.get(..usize::from(length)).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_of_several_counts_and_a_cut_option_spoils_all() {
        let mut bytes = Vec::new();
        put(&mut bytes, 159, b"first");
        put(&mut bytes, 159, b"second");
        let options = Options::read(&bytes).unwrap();
        assert_eq!((options.raw(159), options.raw(160)), (Some(&b"first"[..]), None));
        bytes.pop();
        assert_eq!(Options::read(&bytes), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Some(options) = Options::read(&bytes) {
                let _ = (options.status(), options.addresses(23), options.number(82));
            }
        }
    }
}
