//! Restricted Access Domains: a list of fully qualified domain names.
//!
//! The document: "enter fully qualified domain names (FQDNs) for each SIP server", separated by commas; its example has a space after the
//! comma. Where it is silent we chose: a name without a dot is refused, since it is not fully qualified and would depend on the search
//! domain; a final dot is allowed, since that is how RFC 1034 §3.1 writes a complete name; lengths are those of RFC 1035 §2.3.4 and the
//! characters those of a host name (RFC 952, RFC 1123 §2.1); an empty item is a slip of the pen and refused. Whether a real unit takes an
//! IP address here is not known: a profile value tells.

use std::net::{IpAddr, Ipv6Addr};

/// RFC 1035 §2.3.4: 255 octets on the wire, which leaves 253 characters without the final dot.
const LONGEST_NAME: usize = 253;
/// RFC 1035 §2.3.4.
const LONGEST_LABEL: usize = 63;

/// Whether `text` is a list of fully qualified names; else why not.
pub(super) fn check(text: &str, addresses: bool) -> Result<(), String> {
    text.split(',').try_for_each(|item| check_item(item.trim(), addresses))
}

fn check_item(item: &str, addresses: bool) -> Result<(), String> {
    if item.is_empty() {
        return Err("holds an empty item: separate the names with single commas".into());
    }
    if item.parse::<IpAddr>().is_ok() {
        let refusal = format!("holds the address `{item}`: enter the server's domain name");
        return if addresses { Ok(()) } else { Err(refusal) };
    }
    let name = item.strip_suffix('.').unwrap_or(item);
    if !is_name(name) {
        return Err(format!("holds `{}`, which is not a domain name", shortened(item)));
    }
    // The last label of a host name is alphabetic (RFC 1123 §2.1), so `10.1` is not one.
    let fully_qualified = name.rsplit_once('.').is_some_and(|(_, last)| !last.bytes().all(|b| b.is_ascii_digit()));
    if fully_qualified {
        return Ok(());
    }
    Err(format!("holds `{}`, which is not a fully qualified domain name", shortened(item)))
}

/// Whether `text` is a host name, with or without a domain, or an address.
pub(super) fn is_host(text: &str) -> bool {
    let bracketed = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    match bracketed {
        Some(inside) => inside.parse::<Ipv6Addr>().is_ok(),
        None => text.parse::<IpAddr>().is_ok() || is_name(text.strip_suffix('.').unwrap_or(text)),
    }
}

fn is_name(name: &str) -> bool {
    let label = |l: &str| {
        (1..=LONGEST_LABEL).contains(&l.len())
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    name.len() <= LONGEST_NAME && name.split('.').all(label)
}

/// A message repeats at most 40 characters of what was entered.
fn shortened(item: &str) -> String {
    match item.char_indices().nth(40) {
        Some((cut, _)) => format!("{}…", item.get(..cut).unwrap_or_default()),
        None => item.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;

    #[test]
    fn lists_that_the_document_allows_are_taken() {
        let label = "a".repeat(63);
        let longest = format!("{label}.{label}.{label}.{}", "b".repeat(61));
        assert_eq!(longest.len(), 253);
        for list in [
            "voiceip.com, voiceip1.com",
            "voiceip.com",
            "voiceip.com,voiceip1.com",
            "  voiceip.com ,   voiceip1.com  ",
            "VoiceIP.COM",
            "voiceip.com.",
            "sip-1.a.b.c.example",
            "3com.example",
            "xn--bcher-kva.example",
            &longest,
            &format!("{longest}."),
        ] {
            assert_eq!(check(list, false), Ok(()), "{list}");
        }
    }

    #[test]
    fn what_is_no_list_of_fully_qualified_names_is_refused() {
        let long_label = format!("{}.com", "a".repeat(64));
        let long_name = format!("{}.com", "a.".repeat(126));
        for list in [
            "http://voiceip.com",
            "a b",
            "voiceip.com voiceip1.com",
            "voiceip.com,,voiceip1.com",
            "voiceip.com,",
            ",",
            "",
            "voiceip",
            "localhost.",
            ".",
            ".com",
            "voiceip..com",
            "-voiceip.com",
            "voiceip-.com",
            "voice_ip.com",
            "*.voiceip.com",
            "voiceip.com;voiceip1.com",
            "voiceip.com:5060",
            "sip:voiceip.com",
            "user@voiceip.com",
            "bücher.example",
            "10.1",
            "1.2.3.4.5",
            "192.0.2.10",
            "2001:db8::1",
            &long_label,
            &long_name,
        ] {
            assert!(check(list, false).is_err(), "{list}");
        }
    }

    #[test]
    fn addresses_are_taken_on_a_unit_that_takes_them() {
        assert_eq!(check("192.0.2.10, 2001:db8::1, voiceip.com", true), Ok(()));
        assert!(check("192.0.2", true).is_err());
    }

    #[test]
    fn the_refusal_names_the_item() {
        insta::assert_snapshot!(check("voiceip.com, http://x", false).unwrap_err(), @"holds `http://x`, which is not a domain name");
        insta::assert_snapshot!(check("voiceip", false).unwrap_err(), @"holds `voiceip`, which is not a fully qualified domain name");
        insta::assert_snapshot!(check("a.com,,b.com", false).unwrap_err(), @"holds an empty item: separate the names with single commas");
        insta::assert_snapshot!(check("192.0.2.10", false).unwrap_err(), @"holds the address `192.0.2.10`: enter the server's domain name");
    }
}
