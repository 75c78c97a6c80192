//! Lists of domain names in the way of RFC 1035 §3.1, without compression: DNSSL (RFC 8106 §5.2), DHCPv6 options 24 and 56.3 (RFC 8415 §10).

/// RFC 1035 §2.3.4.
const LONGEST: usize = 253;
/// Names taken from one list.
const MOST: usize = 16;

/// The names of a list. What follows a malformed name is not read; zero octets at the end are padding.
pub(in crate::net) fn names(mut bytes: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    while names.len() < MOST {
        let Some((name, rest)) = name(bytes) else { break };
        if !name.is_empty() {
            names.push(name);
        }
        bytes = rest;
    }
    names
}

/// One name and what follows it; the root and padding give an empty one.
fn name(mut bytes: &[u8]) -> Option<(String, &[u8])> {
    let mut text = String::new();
    loop {
        let (&length, rest) = bytes.split_first()?;
        if length == 0 {
            return Some((text, rest));
        }
        // A pointer, or a length that RFC 1035 reserves.
        let (label, rest) = (length < 64).then(|| rest.split_at_checked(usize::from(length)))??;
        // Anything else than a host name's characters would go into a query, a log line or a page.
        if !label.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_')) {
            return None;
        }
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(&String::from_utf8_lossy(label));
        if text.len() > LONGEST {
            return None;
        }
        bytes = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_read_up_to_what_is_malformed() {
        assert_eq!(names(b"\x07voiceip\x03com\0\x01a\x01b\0\0\0"), ["voiceip.com", "a.b"]);
        assert_eq!(names(b"\x01a\0\xc0\x00"), ["a"]);
        assert_eq!(names(b"\x05abc"), Vec::<String>::new());
        assert_eq!(names(b"\x03a b\0"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            prop_assert!(names(&bytes).iter().all(|name| name.len() <= LONGEST));
        }
    }
}
