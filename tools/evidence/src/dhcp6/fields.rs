//! Fields that several options have.

use std::net::Ipv6Addr;

use super::values::{Duid, NtpSource, VendorOption};
use crate::dns::name;
use crate::limits;
use crate::octets::Octets;

pub(super) fn time_source(VendorOption { code, value }: VendorOption) -> NtpSource {
    let address = || <[u8; 16]>::try_from(value.as_slice()).ok().map(Ipv6Addr::from);
    let source = match code {
        1 => address().map(NtpSource::Server),
        2 => address().map(NtpSource::Multicast),
        3 => names(Octets::new(&value)).and_then(|mut names| names.pop()).map(NtpSource::Name),
        _ => None,
    };
    source.unwrap_or(NtpSource::Other { code, value })
}

/// At least a type and an octet, at most 130 (RFC 8415 §11.1).
pub(super) fn duid(value: &[u8]) -> Option<Duid> {
    (3..=130).contains(&value.len()).then(|| Duid(value.to_vec()))
}

/// Values of one size; at least one, nothing left over.
pub(super) fn list<const N: usize, T>(value: &[u8], read: impl Fn([u8; N]) -> T) -> Option<Vec<T>> {
    let (values, rest) = value.as_chunks::<N>();
    (rest.is_empty() && !values.is_empty()).then(|| values.iter().map(|octets| read(*octets)).collect())
}

/// Domain names one after the other, never compressed (RFC 8415 §10).
pub(super) fn names(mut octets: Octets<'_>) -> Option<Vec<String>> {
    let mut names = Vec::new();
    while !octets.is_empty() {
        if names.len() >= limits::DHCP6_NAMES {
            return None;
        }
        names.push(name::read_plain(&mut octets)?);
    }
    (!names.is_empty()).then_some(names)
}

/// A name that may lack its end: then it is to be completed by the server (RFC 4704 §4.2).
pub(super) fn partial_name(octets: Octets<'_>) -> Option<String> {
    if octets.is_empty() {
        return Some(String::new());
    }
    let ended = [octets.rest(), &[0]].concat();
    let mut whole = octets;
    match name::read_plain(&mut whole) {
        Some(name) if whole.is_empty() => Some(name),
        Some(_) | None => {
            let mut octets = Octets::new(&ended);
            name::read_plain(&mut octets).filter(|_| octets.is_empty())
        }
    }
}

/// Texts with lengths.
pub(super) fn classes(mut octets: Octets<'_>) -> Option<Vec<String>> {
    let mut classes = Vec::new();
    while !octets.is_empty() {
        if classes.len() >= limits::DHCP6_OPTIONS {
            return None;
        }
        let length = usize::from(octets.u16()?);
        classes.push(text(octets.take(length)?));
    }
    Some(classes)
}

/// Codes, lengths and values of a vendor's own or of a suboption's numbers.
pub(super) fn pairs(mut octets: Octets<'_>) -> Option<Vec<VendorOption>> {
    let mut options = Vec::new();
    while !octets.is_empty() {
        if options.len() >= limits::DHCP6_OPTIONS {
            return None;
        }
        let (code, length) = (octets.u16()?, usize::from(octets.u16()?));
        options.push(VendorOption { code, value: octets.take(length)?.to_vec() });
    }
    Some(options)
}

pub(super) fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}
