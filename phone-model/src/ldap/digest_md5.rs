//! DIGEST-MD5 (RFC 2831), initial authentication without a security layer (`qop=auth`). The mechanism is Historic (RFC 6331); the page offers it,
//! so the phone speaks it.

use md5::{Digest as _, Md5};

/// RFC 2831 §2.1.1: a challenge is shorter than this.
const LONGEST_CHALLENGE: usize = 2048;
/// RFC 2831 §2.1.2: a response is shorter than this.
const LONGEST_RESPONSE: usize = 4096;
/// Realms that are looked at.
const MOST_REALMS: usize = 16;

/// The name of the mechanism.
pub(super) const MECHANISM: &str = "DIGEST-MD5";

/// Why the exchange cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Abort {
    /// The challenge is none.
    #[error("the server's challenge cannot be read")]
    Challenge,
    /// The server wants every message protected, which the phone cannot do.
    #[error("the server wants a protection that the phone lacks")]
    Protection,
    /// User name or password has a character that cannot be sent to this server.
    #[error("user name or password has a character that the server does not take")]
    Characters,
}

/// What the server asks (RFC 2831 §2.1.1), as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Challenge {
    realms: Vec<String>,
    nonce: String,
    utf8: bool,
}

/// Who answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Login<'a> {
    /// `username`.
    pub(super) user: &'a str,
    /// The password.
    pub(super) password: &'a str,
    /// The realm to choose when the server offers it.
    pub(super) realm: &'a str,
    /// `digest-uri`: `ldap/` and the name of the server.
    pub(super) uri: &'a str,
    /// A nonce of the phone's own; RFC 2831 §2.1.2 wants at least 64 bits of chance in it.
    pub(super) cnonce: &'a str,
    /// Says `charset=utf-8` whatever was offered; only a phone with a defect does.
    pub(super) utf8_unasked: bool,
}

/// An answer, and what proves that the server knows the password too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    /// The credentials of the second bind.
    pub(super) credentials: String,
    rspauth: String,
}

impl Challenge {
    /// Reads a challenge.
    ///
    /// # Errors
    /// What keeps the phone from answering it.
    pub(super) fn parse(octets: &[u8]) -> Result<Challenge, Abort> {
        if octets.len() >= LONGEST_CHALLENGE {
            return Err(Abort::Challenge);
        }
        let text = std::str::from_utf8(octets).map_err(|_| Abort::Challenge)?;
        let directives = directives(text).ok_or(Abort::Challenge)?;
        let all = |name: &str| -> Vec<&str> {
            directives
                .iter()
                .filter(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value.as_str())
                .collect()
        };
        // RFC 2831 §2.1.1: nonce and algorithm exactly once, the algorithm is md5-sess; charset and maxbuf at most once.
        let [nonce] = all("nonce")[..] else { return Err(Abort::Challenge) };
        let [algorithm] = all("algorithm")[..] else { return Err(Abort::Challenge) };
        let utf8 = match all("charset")[..] {
            [] => false,
            [charset] if charset.eq_ignore_ascii_case("utf-8") => true,
            _ => return Err(Abort::Challenge),
        };
        if nonce.is_empty() || algorithm != "md5-sess" || all("maxbuf").len() > 1 || all("stale").len() > 1 {
            return Err(Abort::Challenge);
        }
        let qops = all("qop");
        if !qops.is_empty() && !qops.iter().flat_map(|list| list.split(',')).any(|qop| qop.trim() == "auth") {
            return Err(Abort::Protection);
        }
        let realms = all("realm").into_iter().take(MOST_REALMS).map(str::to_owned).collect();
        Ok(Challenge { realms, nonce: nonce.to_owned(), utf8 })
    }

    /// Answers it (RFC 2831 §2.1.2).
    ///
    /// # Errors
    /// When it cannot be answered.
    pub(super) fn answer(&self, login: Login<'_>) -> Result<Answer, Abort> {
        // The realm is one of those offered: the wanted one, else the first; none is sent when none was.
        let wanted = self.realms.iter().find(|realm| realm.eq_ignore_ascii_case(login.realm));
        let realm = wanted.or(self.realms.first());
        let latin = |text: &str| latin1(text);
        let secret = |text: &str| match (latin(text), self.utf8) {
            // RFC 2831 §2.1.2.1: what fits into ISO 8859-1 is hashed in it, whatever was said on the wire.
            (Some(octets), _) => Ok(octets),
            (None, true) => Ok(text.as_bytes().to_vec()),
            (None, false) => Err(Abort::Characters),
        };
        let hidden =
            [secret(login.user)?, secret(realm.map_or("", String::as_str))?, secret(login.password)?].join(&b':');
        let a1 = [&Md5::digest(hidden)[..], format!(":{}:{}", self.nonce, login.cnonce).as_bytes()].concat();
        let key = hex::encode(Md5::digest(a1));
        let proof = |method: &str| {
            let a2 = hex::encode(Md5::digest(format!("{method}:{}", login.uri)));
            hex::encode(Md5::digest(format!("{key}:{}:{COUNT}:{}:auth:{a2}", self.nonce, login.cnonce)))
        };
        let mut text = String::new();
        if self.utf8 || login.utf8_unasked {
            text.push_str("charset=utf-8,");
        }
        text.push_str(&format!("username=\"{}\"", quoted(login.user)));
        if let Some(realm) = realm {
            text.push_str(&format!(",realm=\"{}\"", quoted(realm)));
        }
        text.push_str(&format!(
            ",nonce=\"{}\",cnonce=\"{}\",nc={COUNT},qop=auth,digest-uri=\"{}\",response={}",
            quoted(&self.nonce),
            quoted(login.cnonce),
            quoted(login.uri),
            proof("AUTHENTICATE")
        ));
        if text.len() >= LONGEST_RESPONSE {
            return Err(Abort::Characters);
        }
        Ok(Answer { credentials: text, rspauth: proof("") })
    }

    /// Whether the wire carries UTF-8; without it ISO 8859-1 is meant (RFC 2831 §2.1.1).
    pub(super) const fn utf8(&self) -> bool {
        self.utf8
    }
}

/// Each challenge has a nonce of its own and is answered once.
const COUNT: &str = "00000001";

impl Answer {
    /// Whether the server has proven itself (RFC 2831 §2.1.3).
    pub(super) fn is_proven_by(&self, last: &[u8]) -> bool {
        let Some(directives) = std::str::from_utf8(last).ok().and_then(directives) else { return false };
        let mut proofs = directives.iter().filter(|(name, _)| name.eq_ignore_ascii_case("rspauth"));
        matches!((proofs.next(), proofs.next()), (Some((_, proof)), None) if *proof == self.rspauth)
    }

    /// The octets that go out.
    ///
    /// # Errors
    /// When they cannot be written in the charset of this exchange.
    pub(super) fn octets(&self, utf8: bool) -> Result<Vec<u8>, Abort> {
        if utf8 { Ok(self.credentials.as_bytes().to_vec()) } else { latin1(&self.credentials).ok_or(Abort::Characters) }
    }
}

fn latin1(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

/// What stands in quotes: `"` and `\` behind a backslash (RFC 2831 §7.2).
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// `name=value` or `name="value"`, separated by commas, of which there may be empty ones (RFC 2831 §7.1).
fn directives(text: &str) -> Option<Vec<(String, String)>> {
    const MOST: usize = 64;
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches([',', ' ', '\t', '\r', '\n']);
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let name = name.trim();
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('"') {
            Some(inside) => unquoted(inside)?,
            None => {
                let end = after.find([',', ' ', '\t', '\r', '\n']).unwrap_or(after.len());
                (after.get(..end)?.to_owned(), after.get(end..)?)
            }
        };
        if name.is_empty() || name.contains(['"', ' ', ',']) || found.len() >= MOST {
            return None;
        }
        found.push((name.to_owned(), value));
        let after = after.trim_start();
        if !after.is_empty() && !after.starts_with(',') {
            return None;
        }
        rest = after.trim_start_matches([',', ' ', '\t', '\r', '\n']);
    }
    Some(found)
}

/// The value up to the closing quote, and what follows it.
fn unquoted(inside: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = inside.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((value, inside.get(at + 1..)?)),
            '\\' => value.push(characters.next()?.1),
            c => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests;
