//! The computation (RFC 2617 §3.2.2, RFC 7616 §3.4.1 to §3.4.3).

use super::{Algorithm, Qop};
use md5::Md5;
use sha2::{Digest, Sha256};

/// All that a digest response is computed from.
#[derive(Clone, Copy)]
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
    let h = |parts: &[&[u8]]| inputs.algorithm.hash(parts);
    let Inputs { username, realm, password, method, uri, nonce, cnonce, .. } = *inputs;
    let mut secret = h(&[username.as_bytes(), realm.as_bytes(), password.as_bytes()]);
    if inputs.algorithm.is_session() {
        secret = h(&[secret.as_bytes(), nonce.as_bytes(), cnonce.as_bytes()]);
    }
    let request = match inputs.qop {
        Some((Qop::AuthInt, _)) => h(&[method.as_bytes(), uri.as_bytes(), h(&[inputs.body]).as_bytes()]),
        Some((Qop::Auth, _)) | None => h(&[method.as_bytes(), uri.as_bytes()]),
    };
    match inputs.qop {
        Some((qop, nc)) => h(&[
            secret.as_bytes(),
            nonce.as_bytes(),
            nc.as_bytes(),
            cnonce.as_bytes(),
            qop.as_str().as_bytes(),
            request.as_bytes(),
        ]),
        None => h(&[secret.as_bytes(), nonce.as_bytes(), request.as_bytes()]),
    }
}

/// Compares two strings in a time that depends on their lengths only.
pub fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

impl Algorithm {
    pub(super) const fn is_session(self) -> bool {
        matches!(self, Algorithm::Md5Sess | Algorithm::Sha256Sess)
    }

    /// The hash of `parts` joined by colons, in lower-case hex.
    fn hash(self, parts: &[&[u8]]) -> String {
        let joined = parts.join(&b':');
        match self {
            Algorithm::Md5 | Algorithm::Md5Sess => hex::encode(Md5::digest(joined)),
            Algorithm::Sha256 | Algorithm::Sha256Sess => hex::encode(Sha256::digest(joined)),
        }
    }
}

/// Without password and nonces: this may end up in a log.
impl std::fmt::Debug for Inputs<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inputs")
            .field("algorithm", &self.algorithm)
            .field("method", &self.method)
            .field("uri", &self.uri)
            .finish_non_exhaustive()
    }
}
