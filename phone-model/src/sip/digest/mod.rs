//! Digest authentication (RFC 3261 §22, RFC 7616, RFC 8760): challenges and credentials as text, and the computation both sides
//! share. Who challenges whom, and what is accepted, is decided elsewhere.

mod compute;
mod line;
mod session;
#[cfg(test)]
mod tests;

pub use compute::{Inputs, response, same};
pub use session::Session;

use super::message::Message;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
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
