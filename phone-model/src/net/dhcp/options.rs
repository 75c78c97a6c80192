//! The option field of DHCP, walked with every length checked before anything else sees the bytes (RFC 2131 §4.1, RFC 2132 §2,
//! RFC 3396).

use crate::defects::{Defect, Defects};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

const PAD: u8 = 0;
const END: u8 = 255;
/// RFC 2132 §9.3.
const OVERLOAD: u8 = 52;

const SNAME: std::ops::Range<usize> = 44..108;
const FILE: std::ops::Range<usize> = 108..236;
/// 99.130.83.99 (RFC 2131 §3).
const COOKIE: [u8; 4] = [99, 130, 83, 99];

/// The options of one message by code; those that came in parts are joined in the order of RFC 3396 §7.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options(BTreeMap<u8, Vec<u8>>);

impl Options {
    /// Walks the options of a whole BOOTP message. `None` when it is too short, has no magic cookie, or an option is longer than
    /// the field that holds it: such a message is dropped as a whole, since nothing after the bad length can be trusted.
    pub fn of_message(message: &[u8]) -> Option<Self> {
        Options::read(message, &Defects::NONE)
    }

    /// The same as a phone with defects reads it.
    pub(super) fn read(message: &[u8], defects: &Defects) -> Option<Self> {
        if message.get(236..240)? != COOKIE {
            return None;
        }
        let first_part_only = defects.has(Defect::DhcpReadsFirstPart);
        let mut options = Options::default();
        options.walk(message.get(240..)?, first_part_only)?;
        // RFC 2132 §9.3: 1 = file, 2 = sname, 3 = both; RFC 2131 §4.1: file first.
        let overload = options.byte(OVERLOAD).filter(|_| !defects.has(Defect::DhcpIgnoresOverload)).unwrap_or(0);
        if overload & 1 != 0 {
            options.walk(message.get(FILE)?, first_part_only)?;
        }
        if overload & 2 != 0 {
            options.walk(message.get(SNAME)?, first_part_only)?;
        }
        Some(options)
    }

    fn walk(&mut self, mut field: &[u8], first_part_only: bool) -> Option<()> {
        while let Some((&code, rest)) = field.split_first() {
            match code {
                PAD => field = rest,
                END => return Some(()),
                _ => {
                    let (&length, rest) = rest.split_first()?;
                    let (value, rest) = rest.split_at_checked(usize::from(length))?;
                    // RFC 3396 §7: the parts of an option are joined in their order.
                    if !first_part_only || !self.0.contains_key(&code) {
                        self.0.entry(code).or_default().extend(value);
                    }
                    field = rest;
                }
            }
        }
        Some(())
    }

    /// The octets of an option.
    pub fn bytes(&self, code: u8) -> Option<&[u8]> {
        self.0.get(&code).map(Vec::as_slice)
    }

    /// An option of exactly one octet.
    pub fn byte(&self, code: u8) -> Option<u8> {
        match self.bytes(code)? {
            [byte] => Some(*byte),
            _ => None,
        }
    }

    /// An option of exactly four octets as a number.
    pub fn number(&self, code: u8) -> Option<u32> {
        Some(u32::from_be_bytes(self.bytes(code)?.try_into().ok()?))
    }

    /// An option of exactly four octets as an address.
    pub fn address(&self, code: u8) -> Option<Ipv4Addr> {
        self.number(code).map(Ipv4Addr::from)
    }

    /// An option of 4n octets, n at least 1, as addresses; any other length counts as absent (RFC 5859 §3 says so for 150).
    pub fn addresses(&self, code: u8) -> Vec<Ipv4Addr> {
        let bytes = self.bytes(code).unwrap_or_default();
        let (quads, rest) = bytes.as_chunks::<4>();
        if rest.is_empty() { quads.iter().map(|quad| Ipv4Addr::from(*quad)).collect() } else { Vec::new() }
    }

    /// An option of printable ASCII text; a NUL at its end is not part of it (RFC 2132 §2).
    pub fn text(&self, code: u8) -> Option<String> {
        let bytes = self.bytes(code)?;
        let text = bytes.iter().rposition(|b| *b != 0).and_then(|last| bytes.get(..=last))?;
        text.iter().all(u8::is_ascii_graphic).then(|| String::from_utf8_lossy(text).into_owned())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    fn message(options: &[u8]) -> Vec<u8> {
        let mut message = vec![0; 236];
        message.extend(COOKIE);
        message.extend(options);
        message
    }

    #[test]
    fn parts_of_an_option_are_joined_in_order() {
        let options = Options::of_message(&message(&[43, 2, 1, 2, 0, 6, 1, 9, 43, 1, 3, 255, 43, 1, 4])).unwrap();
        assert_eq!(options.bytes(43), Some(&[1, 2, 3][..]));
    }

    #[test]
    fn overloaded_fields_are_read_file_first() {
        let mut bytes = message(&[52, 1, 3, 43, 1, 1, 255]);
        bytes[108..112].copy_from_slice(&[43, 1, 2, 255]);
        bytes[44..48].copy_from_slice(&[43, 1, 3, 255]);
        assert_eq!(Options::of_message(&bytes).unwrap().bytes(43), Some(&[1, 2, 3][..]));
    }

    #[test]
    fn a_length_over_the_field_drops_the_message() {
        assert_eq!(Options::of_message(&message(&[53, 1, 2, 6, 8, 1, 2, 3])), None);
        assert_eq!(Options::of_message(&message(&[53])), None);
    }

    #[test]
    fn a_value_of_the_wrong_size_counts_as_absent() {
        let options =
            Options::of_message(&message(&[51, 3, 0, 0, 1, 150, 5, 1, 2, 3, 4, 5, 53, 2, 1, 1, 255])).unwrap();
        assert_eq!((options.number(51), options.addresses(150), options.byte(53)), (None, Vec::new(), None));
    }

    #[test]
    fn text_ends_before_its_nuls_and_is_graphic() {
        let options = Options::of_message(&message(b"\x0f\x03ab\x00\x42\x02a\x01\xff")).unwrap();
        assert_eq!((options.text(15).as_deref(), options.text(66)), (Some("ab"), None));
    }

    proptest! {
        #[test]
        fn any_options_are_walked_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            if let Some(options) = Options::of_message(&message(&bytes)) {
                prop_assert!(options.0.values().map(Vec::len).sum::<usize>() <= bytes.len() + 192);
                for code in 0..=255 {
                    let _ = (options.text(code), options.addresses(code), options.number(code), options.byte(code));
                }
            }
            let _ = Options::of_message(&bytes);
        }
    }
}
