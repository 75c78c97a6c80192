//! URL-encoded forms (WHATWG URL §5.1): `5356=90&P62639=&…`.

use percent_encoding::percent_decode_str;
use std::borrow::Cow;

/// Fields of one submission. The largest page has about 2,000.
const MOST: usize = 10_000;

/// The pairs in their order. A body that is too long for any page is cut.
pub(super) fn pairs(body: &str) -> Vec<(String, String)> {
    let pair = |text: &str| {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        (decode(name), decode(value))
    };
    body.trim_end_matches(['\r', '\n']).split('&').filter(|p| !p.is_empty()).take(MOST).map(pair).collect()
}

/// One name or value: `+` is a space, `%41` an octet; octets that are no UTF-8 turn to U+FFFD.
pub(super) fn decode(text: &str) -> String {
    let spaced: Cow<'_, str> = if text.contains('+') { text.replace('+', " ").into() } else { text.into() };
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;

    #[test]
    fn pairs_are_decoded() {
        let expected = [("1", "voiceip.com, voiceip1.com"), ("P2", ""), ("3", ""), ("4", "a=b&c%")];
        let got = pairs("1=voiceip.com%2C+voiceip1.com&P2=&3&&4=a=b%26c%25\r\n");
        assert_eq!(got, expected.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    proptest::proptest! {
        #[test]
        fn no_body_makes_it_panic(body in "[a-z0-9%+=&;\\PC]{0,200}") {
            let _ = pairs(&body);
        }
    }
}
