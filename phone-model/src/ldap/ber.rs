//! BER as LDAP uses it (RFC 4511 §5.1): definite lengths only, one-octet identifiers. A reader goes down only where the grammar of a message
//! does, so what a peer nests deeper is skipped as octets and costs neither stack nor memory.

/// The longest message that is read, octets. An entry carries what was asked for, and twenty of those are no such message.
pub(super) const LONGEST_MESSAGE: usize = 256 << 10;

/// `SEQUENCE`, the identifier of every message.
pub(super) const SEQUENCE: u8 = 0x30;
/// `SET`.
pub(super) const SET: u8 = 0x31;
/// `BOOLEAN`.
pub(super) const BOOLEAN: u8 = 0x01;
/// `INTEGER`.
pub(super) const INTEGER: u8 = 0x02;
/// `OCTET STRING`, primitive (RFC 4511 §5.1).
pub(super) const OCTETS: u8 = 0x04;
/// `ENUMERATED`.
pub(super) const ENUMERATED: u8 = 0x0a;

/// Octets that are no LDAP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// An identifier of more than one octet, or one that does not belong there.
    #[error("an element that does not belong there")]
    Identifier,
    /// An indefinite or reserved length, or one that leads beyond the element around it.
    #[error("a length that cannot be")]
    Length,
    /// Longer than the phone reads.
    #[error("a message that is too long")]
    TooLong,
    /// A number that is out of its range.
    #[error("a number out of range")]
    Number,
}

/// One element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element<'a> {
    /// Its identifier octet.
    pub(super) tag: u8,
    /// Its content.
    pub(super) content: &'a [u8],
}

/// Reads elements one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Of the content of an element.
    pub(super) const fn new(content: &'a [u8]) -> Self {
        Reader { rest: content }
    }

    /// The next element, none at the end.
    pub(super) fn next(&mut self) -> Result<Option<Element<'a>>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (tag, header, length) = header(self.rest)?.ok_or(Malformed::Length)?;
        let end = header.checked_add(length).ok_or(Malformed::Length)?;
        let content = self.rest.get(header..end).ok_or(Malformed::Length)?;
        self.rest = self.rest.get(end..).unwrap_or_default();
        Ok(Some(Element { tag, content }))
    }

    /// The content of the next element, which must have this identifier.
    pub(super) fn expect(&mut self, tag: u8) -> Result<&'a [u8], Malformed> {
        match self.next()? {
            Some(element) if element.tag == tag => Ok(element.content),
            Some(_) | None => Err(Malformed::Identifier),
        }
    }

    /// The number in the next element, which must have this identifier.
    pub(super) fn number(&mut self, tag: u8) -> Result<u32, Malformed> {
        number(self.expect(tag)?)
    }
}

/// A number from 0 to 2³¹ - 1 (`maxInt`, RFC 4511 §4.1.1), leading zeros allowed.
fn number(content: &[u8]) -> Result<u32, Malformed> {
    let (first, _) = content.split_first().ok_or(Malformed::Number)?;
    if first & 0x80 != 0 || content.len() > 8 {
        return Err(Malformed::Number);
    }
    let value = content.iter().fold(0_u64, |value, octet| value << 8 | u64::from(*octet));
    u32::try_from(value).ok().filter(|value| *value <= 0x7fff_ffff).ok_or(Malformed::Number)
}

/// The length of the message that begins here, header included; none until enough of it is there.
///
/// # Errors
/// When no LDAP message begins like this.
pub(super) fn message_length(bytes: &[u8]) -> Result<Option<usize>, Malformed> {
    if bytes.first().is_some_and(|tag| *tag != SEQUENCE) {
        return Err(Malformed::Identifier);
    }
    let Some((_, header, length)) = header(bytes)? else { return Ok(None) };
    if length > LONGEST_MESSAGE {
        return Err(Malformed::TooLong);
    }
    Ok(Some(header + length).filter(|whole| *whole <= bytes.len()))
}

/// Identifier, octets of the header, and length of the content; none when the header is not complete.
fn header(bytes: &[u8]) -> Result<Option<(u8, usize, usize)>, Malformed> {
    let (Some(&tag), Some(&first)) = (bytes.first(), bytes.get(1)) else { return Ok(None) };
    if tag & 0x1f == 0x1f {
        return Err(Malformed::Identifier);
    }
    if first < 0x80 {
        return Ok(Some((tag, 2, usize::from(first))));
    }
    // 0x80 is the indefinite form, which RFC 4511 §5.1 forbids; longer lengths than four octets name nothing that is read here.
    let octets = usize::from(first & 0x7f);
    if !(1..=4).contains(&octets) {
        return Err(Malformed::Length);
    }
    let Some(length) = bytes.get(2..2 + octets) else { return Ok(None) };
    let length = length.iter().fold(0_usize, |length, octet| length << 8 | usize::from(*octet));
    Ok(Some((tag, 2 + octets, length)))
}

/// Writes elements one after the other.
#[derive(Debug, Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    /// An element with this content.
    pub(super) fn octets(&mut self, tag: u8, content: &[u8]) {
        self.0.push(tag);
        match u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes() {
            [0, 0, 0, short @ 0..0x80] => self.0.push(short),
            [0, 0, 0, low] => self.0.extend([0x81, low]),
            [0, 0, high, low] => self.0.extend([0x82, high, low]),
            long => {
                self.0.push(0x84);
                self.0.extend(long);
            }
        }
        self.0.extend_from_slice(content);
    }

    /// An element of elements.
    pub(super) fn nested(&mut self, tag: u8, write: impl FnOnce(&mut Writer)) {
        let mut inner = Writer::default();
        write(&mut inner);
        self.octets(tag, &inner.0);
    }

    /// A number that is not negative, in as few octets as it needs.
    pub(super) fn number(&mut self, tag: u8, value: u32) {
        let octets = u64::from(value).to_be_bytes();
        let first = octets.iter().position(|octet| *octet != 0).unwrap_or(7);
        let sign = octets.get(first).is_some_and(|octet| octet & 0x80 != 0);
        self.octets(tag, octets.get(first - usize::from(sign)..).unwrap_or_default());
    }

    /// TRUE or FALSE (RFC 4511 §5.1: TRUE is 0xff).
    pub(super) fn boolean(&mut self, tag: u8, value: bool) {
        self.octets(tag, &[if value { 0xff } else { 0 }]);
    }

    /// What was written.
    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_are_read_in_every_definite_form() {
        for bytes in [&[4, 2, 7, 8][..], &[4, 0x81, 2, 7, 8], &[4, 0x82, 0, 2, 7, 8], &[4, 0x84, 0, 0, 0, 2, 7, 8]] {
            assert_eq!(Reader::new(bytes).expect(OCTETS), Ok(&[7, 8][..]), "{bytes:?}");
        }
        for bytes in [&[4, 0x80, 0, 0][..], &[4, 0x85, 0, 0, 0, 0, 1, 7], &[4, 0xff], &[4, 3, 1, 2], &[4], &[4, 0x81]] {
            assert_eq!(Reader::new(bytes).expect(OCTETS), Err(Malformed::Length), "{bytes:?}");
        }
        assert_eq!(Reader::new(&[0x1f, 1, 0]).next(), Err(Malformed::Identifier));
    }

    #[test]
    fn numbers_are_those_of_the_protocol() {
        let read = |bytes: &[u8]| Reader::new(bytes).number(INTEGER);
        assert_eq!(read(&[2, 1, 0]), Ok(0));
        assert_eq!(read(&[2, 4, 0x7f, 0xff, 0xff, 0xff]), Ok(0x7fff_ffff));
        assert_eq!(read(&[2, 5, 0, 0, 0, 0, 9]), Ok(9));
        for bytes in [&[2, 0][..], &[2, 1, 0xff], &[2, 5, 0, 0x80, 0, 0, 0], &[2, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1]] {
            assert_eq!(read(bytes), Err(Malformed::Number), "{bytes:?}");
        }
        let written = |value| {
            let mut writer = Writer::default();
            writer.number(INTEGER, value);
            writer.finish()
        };
        assert_eq!(written(0), [2, 1, 0]);
        assert_eq!(written(127), [2, 1, 127]);
        assert_eq!(written(128), [2, 2, 0, 128]);
        assert_eq!(written(0x7fff_ffff), [2, 4, 0x7f, 0xff, 0xff, 0xff]);
    }

    #[test]
    fn a_message_is_known_by_its_first_octets() {
        assert_eq!(message_length(&[]), Ok(None));
        assert_eq!(message_length(&[0x30]), Ok(None));
        assert_eq!(message_length(&[0x30, 3, 2, 1]), Ok(None));
        assert_eq!(message_length(&[0x30, 3, 2, 1, 5, 0x30]), Ok(Some(5)));
        assert_eq!(message_length(b"GET / HTTP/1.1"), Err(Malformed::Identifier));
        assert_eq!(message_length(&[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]), Err(Malformed::TooLong));
        assert_eq!(message_length(&[0x30, 0x80]), Err(Malformed::Length));
    }

    #[test]
    fn what_is_written_long_is_read_again() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let content = vec![7; length];
            let mut writer = Writer::default();
            writer.octets(SEQUENCE, &content);
            let written = writer.finish();
            assert_eq!(message_length(&written), Ok(Some(written.len())));
            assert_eq!(Reader::new(&written).expect(SEQUENCE), Ok(&content[..]));
        }
    }

    proptest! {
        #[test]
        fn no_octets_make_the_reader_panic_or_read_beyond_them(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(Some(length)) = message_length(&bytes) {
                prop_assert!(length <= bytes.len());
            }
            let mut reader = Reader::new(&bytes);
            let mut read = 0;
            while let Ok(Some(element)) = reader.next() {
                read += element.content.len();
                let _ = number(element.content);
            }
            prop_assert!(read <= bytes.len());
        }
    }
}
