//! Digest authentication (RFC 3261 §22, RFC 7616, RFC 8760): challenges and credentials as text, and the computation both sides
//! share. Who challenges whom, and what is accepted, is decided elsewhere.

use super::message::Message;
use crate::random::Random;

/// A digest algorithm. Tokens compare in any case; absent means MD5 (RFC 7616 §3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// `MD5`.
    Md5,
    /// `MD5-sess`.
    Md5Sess,
    /// `SHA-256`.
    Sha256,
    /// `SHA-256-sess`.
    Sha256Sess,
}

/// Quality of protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Qop {
    /// `auth`.
    Auth,
    /// `auth-int`.
    AuthInt,
}

/// A digest challenge: one `WWW-Authenticate` or `Proxy-Authenticate` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Realm, quotes undone.
    pub realm: String,
    /// Nonce, quotes undone.
    pub nonce: String,
    /// Opaque, to be returned unchanged.
    pub opaque: Option<String>,
    /// Algorithm.
    pub algorithm: Algorithm,
    /// The offered qop values that are known here, in order; empty when none was offered.
    pub qop: Vec<Qop>,
    /// Whether only the nonce was wrong.
    pub stale: bool,
}

/// Why a challenge cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadChallenge {
    /// Another scheme than Digest.
    #[error("its scheme is not Digest")]
    Scheme,
    /// The parameters break the grammar, or one stands twice.
    #[error("its parameters cannot be read")]
    Syntax,
    /// A parameter is missing; its name.
    #[error("it has no {0}")]
    Missing(&'static str),
    /// An algorithm that is not known here.
    #[error("its algorithm is not known")]
    Algorithm,
    /// qop is offered, but none that is known here.
    #[error("none of its qop values is known")]
    Qop,
}

/// The credentials of one `Authorization` or `Proxy-Authorization` line. Each field as it came, quotes and quoted pairs undone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Credentials {
    /// `username`.
    pub username: Option<String>,
    /// `realm`.
    pub realm: Option<String>,
    /// `nonce`.
    pub nonce: Option<String>,
    /// `uri`.
    pub uri: Option<String>,
    /// `response`.
    pub response: Option<String>,
    /// `algorithm`; see [`Algorithm::parse`].
    pub algorithm: Option<String>,
    /// `cnonce`.
    pub cnonce: Option<String>,
    /// `opaque`.
    pub opaque: Option<String>,
    /// `qop`; see [`Qop::parse`].
    pub qop: Option<String>,
    /// `nc`; see [`nonce_count`].
    pub nc: Option<String>,
}

/// Why a line cannot be read as digest credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCredentials {
    /// Another scheme than Digest.
    #[error("its scheme is not Digest")]
    Scheme,
    /// The parameters break the grammar.
    #[error("its parameters cannot be read")]
    Syntax,
    /// A parameter stands twice.
    #[error("a parameter stands twice")]
    Repeated,
}

/// All that a digest response is computed from.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// Algorithm.
    pub algorithm: Algorithm,
    /// User name.
    pub username: &'a str,
    /// Realm.
    pub realm: &'a str,
    /// Password.
    pub password: &'a str,
    /// Method of the request.
    pub method: &'a str,
    /// `uri` of the credentials, as written there.
    pub uri: &'a str,
    /// Nonce.
    pub nonce: &'a str,
    /// Client nonce; counts with qop and with the `-sess` algorithms.
    pub cnonce: &'a str,
    /// qop and nc (its eight digits as written); nothing for RFC 2069 style.
    pub qop: Option<(Qop, &'a str)>,
    /// Body of the request; counts with auth-int.
    pub body: &'a [u8],
}

/// The response value: lower-case hex, 32 digits for MD5, 64 for SHA-256 (RFC 7616 §3.4.1).
pub fn response(inputs: &Inputs<'_>) -> String {
    let _ = inputs;
    unimplemented!()
}

/// Compares two strings in a time that depends on their lengths only.
pub fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

/// The number in an `nc` value: exactly eight hex digits (RFC 7616 §3.4).
pub fn nonce_count(nc: &str) -> Option<u32> {
    let fits = nc.len() == 8 && nc.bytes().all(|b| b.is_ascii_hexdigit());
    fits.then(|| u32::from_str_radix(nc, 16).ok()).flatten()
}

/// Reads all `Authorization` lines (with `proxy`: `Proxy-Authorization`), in order.
pub fn credentials(message: &Message, proxy: bool) -> Vec<Result<Credentials, BadCredentials>> {
    let name = if proxy { "Proxy-Authorization" } else { "Authorization" };
    message.lines(name).map(Credentials::parse).collect()
}

/// The topmost challenge of a 401 or 407 that can be answered (RFC 8760 §2.4), those of the header that fits the code.
pub fn choose(response: &Message) -> Option<Challenge> {
    let name = if response.code() == Some(407) { "Proxy-Authenticate" } else { "WWW-Authenticate" };
    response.lines(name).find_map(|line| Challenge::parse(line).ok())
}

impl Algorithm {
    /// Reads a token in any case; nothing for one that is not known here.
    pub fn parse(token: &str) -> Option<Algorithm> {
        let all = [Algorithm::Md5, Algorithm::Md5Sess, Algorithm::Sha256, Algorithm::Sha256Sess];
        all.into_iter().find(|a| a.as_str().eq_ignore_ascii_case(token))
    }

    /// As on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Md5Sess => "MD5-sess",
            Algorithm::Sha256 => "SHA-256",
            Algorithm::Sha256Sess => "SHA-256-sess",
        }
    }
}

impl Qop {
    /// Reads a token in any case; nothing for one that is not known here.
    pub fn parse(token: &str) -> Option<Qop> {
        [Qop::Auth, Qop::AuthInt].into_iter().find(|q| q.as_str().eq_ignore_ascii_case(token))
    }

    /// As on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Qop::Auth => "auth",
            Qop::AuthInt => "auth-int",
        }
    }
}

impl Credentials {
    /// Reads one header line.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn parse(line: &str) -> Result<Credentials, BadCredentials> {
        let _ = line;
        unimplemented!()
    }
}

impl Challenge {
    /// Reads one header line.
    ///
    /// # Errors
    /// Why it cannot be answered.
    pub fn parse(line: &str) -> Result<Challenge, BadChallenge> {
        let _ = line;
        unimplemented!()
    }

    /// The header value of this challenge, quoted as RFC 7616 §3.3 wants.
    pub fn line(&self) -> String {
        unimplemented!()
    }
}

/// A client's memory of one challenge: counts how often its nonce was used.
#[derive(Debug, Clone)]
pub struct Session {
    challenge: Challenge,
    used: u32,
}

impl Session {
    /// A session for a fresh challenge.
    pub fn new(challenge: Challenge) -> Self {
        Session { challenge, used: 0 }
    }

    /// The challenge it answers.
    pub fn challenge(&self) -> &Challenge {
        &self.challenge
    }

    /// The value of `Authorization` (or `Proxy-Authorization`) for a request; `nc` is one higher each time.
    pub fn answer(
        &mut self,
        username: &str,
        password: &str,
        method: &str,
        uri: &str,
        body: &[u8],
        random: &mut Random,
    ) -> String {
        let _ = (username, password, method, uri, body, random);
        unimplemented!()
    }
}
