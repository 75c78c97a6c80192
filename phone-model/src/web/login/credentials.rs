//! The `Authorization: Digest` header, RFC 7616 §3.4. What is missing, doubled or misspelt makes the whole unreadable.

use std::collections::HashMap;

/// What a client claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Credentials {
    pub(super) username: String,
    pub(super) realm: String,
    pub(super) nonce: String,
    pub(super) uri: String,
    pub(super) response: String,
    pub(super) cnonce: String,
    /// Eight hexadecimal digits, as they count in the digest.
    pub(super) nc_text: String,
    pub(super) nc: u32,
}

impl Credentials {
    /// Reads the header's value. Only `qop=auth` and MD5 are read, for nothing else was offered.
    pub(super) fn read(header: &str) -> Option<Credentials> {
        let (scheme, rest) = header.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let mut parameters = parameters(rest)?;
        let mut take = |name: &str| parameters.remove(name);
        if !take("qop").is_some_and(|q| q.eq_ignore_ascii_case("auth"))
            || !take("algorithm").is_none_or(|a| a.eq_ignore_ascii_case("MD5"))
        {
            return None;
        }
        let nc_text = take("nc")?;
        // §3.4: exactly eight digits, counting from 1.
        let good = nc_text.len() == 8 && nc_text.bytes().all(|b| b.is_ascii_hexdigit());
        let nc = u32::from_str_radix(&nc_text, 16).ok().filter(|nc| good && *nc > 0)?;
        let response = take("response")?.to_ascii_lowercase();
        Some(Credentials {
            username: take("username")?,
            realm: take("realm")?,
            nonce: take("nonce")?,
            uri: take("uri")?,
            cnonce: take("cnonce").filter(|c| !c.is_empty())?,
            response,
            nc_text,
            nc,
        })
    }
}

/// `name=value, name="quoted \" value"`; names in small letters.
fn parameters(text: &str) -> Option<HashMap<String, String>> {
    let mut found = HashMap::new();
    let mut rest = text.trim_start_matches([' ', '\t', ',']);
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = value(after.trim_start())?;
        if found.insert(name.trim().to_ascii_lowercase(), value).is_some() {
            return None;
        }
        let after = after.trim_start();
        if !after.is_empty() && !after.starts_with(',') {
            return None;
        }
        rest = after.trim_start_matches([' ', '\t', ',']);
    }
    Some(found)
}

fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        let (value, rest) = text.split_at_checked(end)?;
        return (!value.is_empty()).then(|| (value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, quoted.get(at + 1..)?)),
            // RFC 9110 §5.6.4: a quoted pair.
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;

    const GOOD: &str = "Digest username=\"a\\\"b\", realm=\"r\", nonce=\"n\", uri=\"/x?a,b\", response=\"AB\", qop=auth, nc=0000000a, cnonce=\"c\"";

    #[test]
    fn a_good_header_is_read() {
        let read = Credentials::read(GOOD).unwrap();
        assert_eq!(
            (read.username.as_str(), read.uri.as_str(), read.nc, read.response.as_str()),
            ("a\"b", "/x?a,b", 10, "ab")
        );
    }

    #[test]
    fn what_is_missing_doubled_or_misspelt_is_not_read() {
        for (from, to) in [
            ("Digest", "Basic"),
            ("qop=auth, ", ""),
            ("qop=auth", "qop=auth-int"),
            ("nc=0000000a", "nc=a"),
            ("nc=0000000a", "nc=00000000"),
            ("nc=0000000a", "nc=+000000a"),
            ("cnonce=\"c\"", "cnonce=\"\""),
            ("realm=\"r\"", "realm=\"r\", realm=\"r\""),
            ("realm=\"r\"", "realm=\"r\" x"),
            ("cnonce=\"c\"", "cnonce=\"c"),
            ("username", "name"),
            ("qop=auth", "qop=auth, algorithm=SHA-256"),
        ] {
            let header = GOOD.replace(from, to);
            assert_ne!(header, GOOD);
            assert_eq!(Credentials::read(&header), None, "{header}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_header_makes_it_panic(text in "(Digest )?[a-z=\", \\\\é]{0,80}") {
            let _ = Credentials::read(&text);
        }
    }
}
