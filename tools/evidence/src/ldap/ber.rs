//! BER as LDAP has it: one-octet tags, definite lengths (RFC 4511 §5.1).

use crate::limits;
use crate::octets::Octets;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const ENUMERATED: u8 = 0x0a;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// Why octets are no LDAP.
pub(crate) type Wrong = &'static str;

/// Elements one after the other, and how deep they lie.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ber<'a> {
    octets: Octets<'a>,
    depth: usize,
}

/// One element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    depth: usize,
}

impl<'a> Ber<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Ber<'a> {
        Ber { octets: Octets::new(bytes), depth: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.octets.is_empty()
    }

    /// Tag of the next element.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.octets.rest().first().copied()
    }

    pub(crate) fn next(&mut self) -> Result<Element<'a>, Wrong> {
        let (header, length) = header(self.octets.rest())?.ok_or("an element is cut short")?;
        let tag = self.peek().unwrap_or_default();
        self.octets.take(header);
        let content = self.octets.take(length).ok_or("an element is longer than what holds it")?;
        Ok(Element { tag, content, depth: self.depth })
    }

    /// The next element, which must have this tag.
    pub(crate) fn expect(&mut self, tag: u8, wrong: Wrong) -> Result<Element<'a>, Wrong> {
        self.next().and_then(|element| if element.tag == tag { Ok(element) } else { Err(wrong) })
    }

    /// The next element, if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, Wrong> {
        if self.peek() == Some(tag) { self.next().map(Some) } else { Ok(None) }
    }

    pub(crate) fn integer(&mut self) -> Result<i64, Wrong> {
        self.expect(INTEGER, "not an integer")?.number()
    }

    pub(crate) fn enumerated(&mut self) -> Result<i64, Wrong> {
        self.expect(ENUMERATED, "not an enumerated value")?.number()
    }

    pub(crate) fn boolean(&mut self) -> Result<bool, Wrong> {
        self.expect(BOOLEAN, "not a truth value")?.truth()
    }

    pub(crate) fn string(&mut self) -> Result<&'a [u8], Wrong> {
        self.expect(OCTET_STRING, "not an octet string").map(|element| element.content)
    }

    pub(crate) fn text(&mut self) -> Result<String, Wrong> {
        self.string().map(text)
    }
}

impl<'a> Element<'a> {
    /// What a constructed element holds.
    pub(crate) fn within(&self) -> Result<Ber<'a>, Wrong> {
        let depth = self.depth + 1;
        if depth > limits::LDAP_DEPTH {
            return Err("elements within elements, deeper than is read");
        }
        Ok(Ber { octets: Octets::new(self.content), depth })
    }

    /// All that it holds, each read by `read`.
    pub(crate) fn each<T>(&self, mut read: impl FnMut(&mut Ber<'a>) -> Result<T, Wrong>) -> Result<Vec<T>, Wrong> {
        let mut within = self.within()?;
        let mut found = Vec::new();
        while !within.is_empty() {
            if found.len() >= limits::LDAP_ITEMS {
                return Err("more elements in one than are read");
            }
            found.push(read(&mut within)?);
        }
        Ok(found)
    }

    pub(crate) fn number(&self) -> Result<i64, Wrong> {
        let first = self.content.first().ok_or("an integer without octets")?;
        if self.content.len() > 8 {
            return Err("an integer of more than eight octets");
        }
        let sign = if first & 0x80 == 0 { 0 } else { -1 };
        Ok(self.content.iter().fold(sign, |number, octet| number << 8 | i64::from(*octet)))
    }

    pub(crate) fn truth(&self) -> Result<bool, Wrong> {
        match self.content {
            [value] => Ok(*value != 0),
            _ => Err("not a truth value"),
        }
    }
}

pub(crate) fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// Octets of tag and length, and the length; none if they are not all there.
pub(crate) fn header(bytes: &[u8]) -> Result<Option<(usize, usize)>, Wrong> {
    let mut octets = Octets::new(bytes);
    let (Some(tag), Some(first)) = (octets.u8(), octets.u8()) else {
        return Ok(None);
    };
    if tag & 0x1f == 0x1f {
        return Err("a tag of several octets");
    }
    let count = usize::from(first & 0x7f);
    match first {
        0x80 => Err("an indefinite length"),
        0..0x80 => Ok(Some((2, usize::from(first)))),
        0x85.. => Err("a length of more than four octets"),
        0x81..0x85 => {
            let length = octets.take(count);
            let length = length.map(|length| length.iter().fold(0, |sum: usize, octet| sum << 8 | usize::from(*octet)));
            Ok(length.map(|length| (2 + count, length)))
        }
    }
}
