//! A reader of octets that cannot run past its end: every step gives `None` when too little is left.

/// The octets not yet read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Octets<'a> {
    rest: &'a [u8],
}

impl<'a> Octets<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Octets { rest: bytes }
    }

    pub(crate) fn len(&self) -> usize {
        self.rest.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What is left, without reading it.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.rest.split_at_checked(count)?;
        self.rest = tail;
        Some(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, tail) = self.rest.split_first_chunk::<N>()?;
        self.rest = tail;
        Some(*head)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[octet]| octet)
    }

    /// Network order.
    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// Network order.
    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// Three octets, network order.
    pub(crate) fn u24(&mut self) -> Option<usize> {
        self.array().map(|[high, middle, low]| usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low))
    }

    /// Octets after their count, which takes one octet.
    pub(crate) fn counted8(&mut self) -> Option<&'a [u8]> {
        let count = usize::from(self.u8()?);
        self.take(count)
    }

    /// Octets after their count, which takes two octets.
    pub(crate) fn counted16(&mut self) -> Option<&'a [u8]> {
        let count = usize::from(self.u16()?);
        self.take(count)
    }

    /// Octets after their count, which takes three octets.
    pub(crate) fn counted24(&mut self) -> Option<&'a [u8]> {
        let count = self.u24()?;
        self.take(count)
    }
}
