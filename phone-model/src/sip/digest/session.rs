//! The client's side: one challenge and how often its nonce was used.

use super::{Challenge, Credentials, Inputs, Qop, response};
use crate::random::Random;

/// A client's memory of one challenge: counts how often its nonce was used.
#[derive(Debug, Clone)]
pub struct Session {
    challenge: Challenge,
    used: u32,
    /// The cnonce of the session key when the algorithm is one of the `-sess` kind: it stays for the life of the nonce (RFC 7616 §3.4.2).
    cnonce: Option<String>,
}

impl Session {
    /// A session for a fresh challenge.
    pub fn new(challenge: Challenge) -> Self {
        Session { challenge, used: 0, cnonce: None }
    }

    /// The challenge it answers.
    pub fn challenge(&self) -> &Challenge {
        &self.challenge
    }

    /// The value of `Authorization` (or `Proxy-Authorization`) for a request whose Request-URI is `uri`; `nc` is one higher each
    /// time (RFC 7616 §3.4). `auth` is chosen where it is offered, `auth-int` only where it is offered alone.
    pub fn answer(
        &mut self,
        username: &str,
        password: &str,
        method: &str,
        uri: &str,
        body: &[u8],
        random: &mut Random,
    ) -> String {
        self.used = self.used.saturating_add(1);
        let challenge = &self.challenge;
        let qop = challenge.qop.iter().copied().find(|q| *q == Qop::Auth).or_else(|| challenge.qop.first().copied());
        let nc = format!("{:08x}", self.used);
        let cnonce = self.cnonce.get_or_insert_with(|| random.hex(8)).clone();
        let value = response(&Inputs {
            algorithm: challenge.algorithm,
            username,
            realm: &challenge.realm,
            password,
            method,
            uri,
            nonce: &challenge.nonce,
            cnonce: &cnonce,
            qop: qop.map(|qop| (qop, nc.as_str())),
            body,
        });
        Credentials {
            username: Some(username.to_owned()),
            realm: Some(challenge.realm.clone()),
            nonce: Some(challenge.nonce.clone()),
            uri: Some(uri.to_owned()),
            response: Some(value),
            algorithm: Some(challenge.algorithm.as_str().to_owned()),
            // Without qop neither cnonce nor nc may be sent (RFC 2617 §3.2.2); a -sess algorithm without qop cannot be
            // checked without its cnonce, so there it is sent.
            cnonce: (qop.is_some() || challenge.algorithm.is_session()).then_some(cnonce),
            opaque: challenge.opaque.clone(),
            qop: qop.map(|q| q.as_str().to_owned()),
            nc: qop.map(|_| nc),
        }
        .line()
    }
}
