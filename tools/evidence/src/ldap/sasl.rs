//! DIGEST-MD5 in SASL, read and recomputed: RFC 2831. (RFC 6331 made it historic; phones have it still.)

use md5::{Digest as _, Md5};
use serde::Serialize;

use crate::sip::values::{split, unquote};

/// Directives of a challenge, of a response, or of the server's last word, in order: name in lower case, value without its quotes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DigestMd5 {
    /// Directives.
    pub directives: Vec<(String, String)>,
}

impl DigestMd5 {
    /// Read what a mechanism sent. `None` if it is no list of directives.
    pub fn parse(octets: &[u8]) -> Option<DigestMd5> {
        let text = String::from_utf8_lossy(octets);
        let directives =
            split(text.trim_end_matches('\0'), ',').into_iter().map(str::trim).filter(|part| !part.is_empty());
        let directives = directives.map(|directive| {
            let (name, value) = directive.split_once('=')?;
            Some((name.trim().to_ascii_lowercase(), unquote(value.trim())))
        });
        let directives: Vec<_> = directives.collect::<Option<_>>()?;
        (!directives.is_empty()).then_some(DigestMd5 { directives })
    }

    /// The first directive of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// All directives of this name.
    pub fn all<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s str> + use<'s> {
        let name = name.to_ascii_lowercase();
        self.directives.iter().filter(move |(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Qualities of protection that a challenge offers; `auth` without the directive (§2.1.1).
    pub fn offered_qop(&self) -> Vec<String> {
        let offered = self.get("qop").unwrap_or("auth");
        offered.split(',').map(|one| one.trim().to_ascii_lowercase()).filter(|one| !one.is_empty()).collect()
    }

    /// The response that this password gives for a client's directives (§2.1.2.1). `None` if a directive that it takes is missing.
    pub fn expected_response(&self, password: &str) -> Option<String> {
        self.value(password, "AUTHENTICATE:")
    }

    /// What the server must say in `rspauth` to a client's directives (§2.1.3).
    pub fn expected_rspauth(&self, password: &str) -> Option<String> {
        self.value(password, ":")
    }

    /// Whether the response is the one that this password gives.
    pub fn is_from(&self, password: &str) -> bool {
        self.get("response").is_some_and(|sent| self.expected_response(password).as_deref() == Some(sent))
    }

    fn value(&self, password: &str, method: &str) -> Option<String> {
        let text = |name: &str| self.get(name).map(str::as_bytes);
        let (nonce, cnonce, nc) = (text("nonce")?, text("cnonce")?, text("nc")?);
        let (qop, realm) = (text("qop").unwrap_or(b"auth"), self.get("realm").unwrap_or_default());
        let utf8 = self.get("charset").is_some_and(|charset| charset.eq_ignore_ascii_case("utf-8"));
        let secret = [spelled(self.get("username")?, utf8), spelled(realm, utf8), spelled(password, utf8)].join(&b':');
        let mut a1 = vec![Md5::digest(secret).to_vec(), nonce.to_vec(), cnonce.to_vec()];
        a1.extend(text("authzid").map(<[u8]>::to_vec));
        let mut a2 = [method.as_bytes(), text("digest-uri")?].concat();
        if matches!(qop, b"auth-int" | b"auth-conf") {
            a2.extend_from_slice(b":00000000000000000000000000000000");
        }
        let (a1, a2) = (hash(&a1.join(&b':')), hash(&a2));
        Some(hash(&[a1.as_bytes(), nonce, nc, cnonce, qop, a2.as_bytes()].join(&b':')))
    }
}

fn hash(octets: &[u8]) -> String {
    hex::encode(Md5::digest(octets))
}

/// With `charset=utf-8`, text that ISO 8859-1 can spell is hashed in that (§2.1.2.1). Without it, it was ISO 8859-1 from the start.
fn spelled(text: &str, utf8: bool) -> Vec<u8> {
    let latin: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    match latin {
        Some(latin) if utf8 || text.is_ascii() => latin,
        _ => text.as_bytes().to_vec(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;

    /// RFC 2831 §4.
    #[test]
    fn the_examples_of_the_rfc_are_recomputed() {
        let imap = DigestMd5::parse(
            b"charset=utf-8,username=\"chris\",realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",nc=00000001,cnonce=\"OA6MHXh6VqTrRk\",digest-uri=\"imap/elwood.innosoft.com\",response=d388dad90d4bbd760a152321f2143af7,qop=auth",
        );
        let imap = imap.unwrap();
        assert!(imap.is_from("secret") && !imap.is_from("Secret"));
        assert_eq!(imap.expected_rspauth("secret").unwrap(), "ea40f60335c427b5527b84dbabcdfffd");
        let acap = DigestMd5::parse(
            b"username=\"chris\",realm=\"elwood.innosoft.com\",nonce=\"OA9BSXrbuRhWay\",nc=00000001,cnonce=\"OA9BSuZWMSpW8m\",digest-uri=\"acap/elwood.innosoft.com\",response=6084c6db3fede7352c551284490fd0fc,qop=auth",
        );
        assert!(acap.unwrap().is_from("secret"));
    }

    #[test]
    fn a_challenge_is_read_with_its_commas_in_quotes() {
        let challenge =
            DigestMd5::parse(b"realm=\"a, b\",nonce=\"n\",qop=\"auth,auth-int\",realm=\"c\",algorithm=md5-sess")
                .unwrap();
        assert_eq!(challenge.all("realm").collect::<Vec<_>>(), ["a, b", "c"]);
        assert_eq!(challenge.offered_qop(), ["auth", "auth-int"]);
        assert_eq!(challenge.expected_response("x"), None);
        assert_eq!(DigestMd5::parse(b"no directives"), None);
        assert_eq!(DigestMd5::parse(b""), None);
    }

    /// By Python's hashlib: latin-1 spelling of a user name that has it, UTF-8 of one that has not.
    #[test]
    fn names_are_hashed_in_the_spelling_of_the_rfc() {
        let with = |username: &str| {
            let text = format!(
                "charset=utf-8,username=\"{username}\",realm=\"r\",nonce=\"n\",nc=00000001,cnonce=\"c\",digest-uri=\"ldap/x\",qop=auth"
            );
            DigestMd5::parse(text.as_bytes()).unwrap().expected_response("p").unwrap()
        };
        assert_eq!(with("jürgen"), "7a491431a3827153d7b0c17de53ae494");
        assert_eq!(with("次郎"), "ff7da91b20d47bce274826d87af68c8e");
    }
}
