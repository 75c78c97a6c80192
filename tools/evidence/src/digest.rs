//! Digest authentication, read and recomputed: RFC 7616, RFC 2617, RFC 8760. The phone and the servers have a reader of their own.

use md5::Md5;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::sip::values::{split, unquote};

/// A parameter of a challenge or of credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DigestParam {
    /// Name in lower case.
    pub name: String,
    /// Value without its quotes.
    pub value: String,
    /// Whether the value stood in quotes.
    pub quoted: bool,
}

/// A `Digest` challenge: WWW-Authenticate or Proxy-Authenticate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Challenge {
    /// Parameters in order.
    pub params: Vec<DigestParam>,
}

/// `Digest` credentials: Authorization or Proxy-Authorization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Credentials {
    /// Parameters in order.
    pub params: Vec<DigestParam>,
}

/// Hash functions that digests name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(missing_docs, reason = "the names are the RFCs'")]
pub enum Algorithm {
    Md5,
    Md5Sess,
    Sha256,
    Sha256Sess,
}

impl Algorithm {
    /// By its name, letters in any case; MD5 where none is given (RFC 7616 §3.3).
    pub fn of(name: Option<&str>) -> Option<Algorithm> {
        match name.map(str::to_ascii_lowercase).as_deref() {
            None | Some("md5") => Some(Algorithm::Md5),
            Some("md5-sess") => Some(Algorithm::Md5Sess),
            Some("sha-256") => Some(Algorithm::Sha256),
            Some("sha-256-sess") => Some(Algorithm::Sha256Sess),
            Some(_) => None,
        }
    }

    fn is_session(self) -> bool {
        matches!(self, Algorithm::Md5Sess | Algorithm::Sha256Sess)
    }

    fn hash(self, parts: &[&[u8]]) -> String {
        let joined = parts.join(&b':');
        match self {
            Algorithm::Md5 | Algorithm::Md5Sess => hex::encode(Md5::digest(&joined)),
            Algorithm::Sha256 | Algorithm::Sha256Sess => hex::encode(Sha256::digest(&joined)),
        }
    }
}

impl Challenge {
    /// Read a header value. `None` if its scheme is not Digest.
    pub fn parse(value: &str) -> Option<Challenge> {
        Some(Challenge { params: params(value)? })
    }

    /// A parameter's value.
    pub fn param(&self, name: &str) -> Option<&str> {
        find(&self.params, name)
    }

    /// Realm.
    pub fn realm(&self) -> Option<&str> {
        self.param("realm")
    }

    /// Nonce.
    pub fn nonce(&self) -> Option<&str> {
        self.param("nonce")
    }

    /// Opaque.
    pub fn opaque(&self) -> Option<&str> {
        self.param("opaque")
    }

    /// Qualities of protection offered, in lower case; empty in the manner of RFC 2069.
    pub fn qop(&self) -> Vec<String> {
        let offered = self.param("qop").unwrap_or_default();
        offered.split(',').map(|one| one.trim().to_ascii_lowercase()).filter(|one| !one.is_empty()).collect()
    }

    /// Whether it says that only the nonce was too old (RFC 7616 §3.3).
    pub fn is_stale(&self) -> bool {
        self.param("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true"))
    }

    /// Algorithm, if it is known here.
    pub fn algorithm(&self) -> Option<Algorithm> {
        Algorithm::of(self.param("algorithm"))
    }
}

/// What a digest was computed over, besides what the credentials say themselves.
#[derive(Debug, Clone, Copy)]
pub struct Secret<'a> {
    /// Password.
    pub password: &'a str,
    /// Method of the request.
    pub method: &'a str,
    /// Body of the request; counts with qop `auth-int` only.
    pub body: &'a [u8],
}

impl Credentials {
    /// Read a header value. `None` if its scheme is not Digest.
    pub fn parse(value: &str) -> Option<Credentials> {
        Some(Credentials { params: params(value)? })
    }

    /// A parameter's value.
    pub fn param(&self, name: &str) -> Option<&str> {
        find(&self.params, name)
    }

    /// Nonce count as a number; none if it is not exactly eight hexadecimal digits (RFC 7616 §3.4).
    pub fn nonce_count(&self) -> Option<u32> {
        let nc = self.param("nc").filter(|nc| nc.len() == 8 && nc.bytes().all(|b| b.is_ascii_hexdigit()))?;
        u32::from_str_radix(nc, 16).ok()
    }

    /// The response that this password gives for these credentials (RFC 7616 §3.4.1 to §3.4.3). `None` if a parameter that it takes is
    /// missing, or the algorithm or qop is unknown.
    pub fn expected_response(&self, secret: Secret<'_>) -> Option<String> {
        let algorithm = Algorithm::of(self.param("algorithm"))?;
        let text = |name: &str| self.param(name).map(str::as_bytes);
        let (username, realm, nonce, uri) = (text("username")?, text("realm")?, text("nonce")?, text("uri")?);
        let mut a1 = algorithm.hash(&[username, realm, secret.password.as_bytes()]);
        if algorithm.is_session() {
            a1 = algorithm.hash(&[a1.as_bytes(), nonce, text("cnonce")?]);
        }
        let method = secret.method.as_bytes();
        let qop = self.param("qop").map(str::to_ascii_lowercase);
        let a2 = match qop.as_deref() {
            None | Some("auth") => algorithm.hash(&[method, uri]),
            Some("auth-int") => algorithm.hash(&[method, uri, algorithm.hash(&[secret.body]).as_bytes()]),
            Some(_) => return None,
        };
        Some(match text("qop") {
            None => algorithm.hash(&[a1.as_bytes(), nonce, a2.as_bytes()]),
            Some(qop) => algorithm.hash(&[a1.as_bytes(), nonce, text("nc")?, text("cnonce")?, qop, a2.as_bytes()]),
        })
    }

    /// Whether the response is the one that this password gives.
    pub fn is_from(&self, secret: Secret<'_>) -> bool {
        let expected = self.expected_response(secret);
        let sent = self.param("response");
        sent.is_some() && expected.as_deref() == sent.map(str::to_ascii_lowercase).as_deref()
    }
}

fn params(value: &str) -> Option<Vec<DigestParam>> {
    let (scheme, rest) = value.trim().split_once([' ', '\t'])?;
    if !scheme.eq_ignore_ascii_case("Digest") {
        return None;
    }
    let params = split(rest, ',').into_iter().filter_map(|param| {
        let (name, value) = param.split_once('=')?;
        let value = value.trim();
        Some(DigestParam {
            name: name.trim().to_ascii_lowercase(),
            value: unquote(value),
            quoted: value.starts_with('"'),
        })
    });
    Some(params.collect())
}

fn find<'a>(params: &'a [DigestParam], name: &str) -> Option<&'a str> {
    params.iter().find(|param| param.name.eq_ignore_ascii_case(name)).map(|param| param.value.as_str())
}
