//! What option values are made of: text, hosts, sub-options. Every length is checked here.

use std::net::{IpAddr, Ipv6Addr};

/// Longer is no host or URL.
const LONGEST: usize = 1024;

/// Printable text without spaces; NULs at its end are not part of it (RFC 2132 §2).
pub(super) fn printable(value: &[u8]) -> Option<&str> {
    let text = value.iter().rposition(|octet| *octet != 0).and_then(|last| value.get(..=last))?;
    let fits = text.len() <= LONGEST && text.iter().all(u8::is_ascii_graphic);
    fits.then(|| std::str::from_utf8(text).ok()).flatten()
}

/// Whether this is `host`, `host:port`, an address, or `[address]:port`.
pub(super) fn host(text: &str) -> bool {
    if let Some(bracketed) = text.strip_prefix('[') {
        return bracketed.split_once(']').is_some_and(|(address, port)| {
            address.parse::<Ipv6Addr>().is_ok() && (port.is_empty() || port.strip_prefix(':').is_some_and(port_number))
        });
    }
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    if port.is_some_and(|port| !port_number(port)) {
        return false;
    }
    if name.parse::<IpAddr>().is_ok() {
        return true;
    }
    // Four numbers that are no address are no name either.
    let dotted_numbers = name.split('.').all(|label| label.bytes().all(|b| b.is_ascii_digit()));
    let label = |label: &str| {
        let inside = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        (1..=63).contains(&label.len()) && inside && !label.starts_with('-') && !label.ends_with('-')
    };
    !dotted_numbers && name.len() <= 253 && name.strip_suffix('.').unwrap_or(name).split('.').all(label)
}

fn port_number(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port != 0)
}

/// The sub-options of an encapsulated value (RFC 2132 §8.4): code, length, value; 0 pads, 255 ends. `None` when a length is wrong.
pub(super) fn sub_options(mut field: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut found = Vec::new();
    while let Some((code, rest)) = field.split_first() {
        match code {
            0 => field = rest,
            255 => break,
            _ => {
                let (length, rest) = rest.split_first()?;
                let (value, rest) = rest.split_at_checked(usize::from(*length))?;
                found.push((*code, value));
                field = rest;
            }
        }
    }
    Some(found)
}

/// The blocks of a vendor-identifying option (RFC 3925 §4): enterprise number and data. `None` when a length is wrong.
pub(super) fn enterprises(mut field: &[u8]) -> Option<Vec<(u32, &[u8])>> {
    let mut found = Vec::new();
    while !field.is_empty() {
        let (enterprise, rest) = field.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first()?;
        let (data, rest) = rest.split_at_checked(usize::from(*length))?;
        found.push((u32::from_be_bytes(*enterprise), data));
        field = rest;
    }
    Some(found)
}

/// The first option `code` of a field with codes and lengths of two octets (RFC 8415 §21.1). `None` also when a length before it is wrong.
pub(super) fn wide_option(mut field: &[u8], code: u16) -> Option<&[u8]> {
    loop {
        let (found, rest) = field.split_first_chunk::<2>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (value, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        if u16::from_be_bytes(*found) == code {
            return Some(value);
        }
        field = rest;
    }
}
