//! HTTP digest access authentication, RFC 7616, MD5 with `qop="auth"`, for the page and for `/CGI/Execute`. Sans-IO: a header and the time in,
//! a verdict out.
//!
//! A nonce is `time ‖ random ‖ MAC`, so that challenges cost no memory however many are asked for; only a nonce that was answered
//! rightly is remembered, with the counts used so far (§3.4, §5.5: a count is good once). A right answer to a nonce that is too old
//! gets `stale=true` (§3.3), and the browser asks nobody for a password.

use crate::random::Random;
use md5::Md5;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

mod credentials;

use credentials::Credentials;

/// Remembered nonces. Whoever fills this table knows a password.
const REMEMBERED: usize = 128;

/// What a request must prove.
#[derive(Debug, Clone, Copy)]
pub(super) struct Demand<'a> {
    /// Protection space.
    pub(super) realm: &'a str,
    /// Accounts that may, with their passwords.
    pub(super) accounts: &'a [(&'a str, &'a str)],
    /// Request method.
    pub(super) method: &'a str,
    /// Request target, as the request line has it.
    pub(super) target: &'a str,
    /// Seconds a login lasts, at most and without use; 0 is without limit.
    pub(super) lasts: (u64, u64),
}

/// The outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The credentials are right.
    Granted,
    /// They are not, or there are none: the value of `WWW-Authenticate`.
    Challenge(String),
}

/// Nonces given and used.
#[derive(Debug)]
pub(super) struct Logins {
    random: Random,
    secret: String,
    used: HashMap<String, Used>,
    /// Nonces issued up to here are good only if remembered: one of them was forgotten for want of room.
    forgotten_until: Option<u64>,
    last_success: Option<u64>,
    last_failure: Option<u64>,
}

#[derive(Debug)]
struct Used {
    issued: u64,
    last_used: u64,
    /// Highest count seen.
    highest: u32,
    /// Bit n: count `highest - n` was seen. Browsers send requests side by side, so counts may arrive out of order.
    seen: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Nonce {
    Fresh { issued: u64 },
    Unusable,
}

impl Logins {
    /// Nobody has logged in.
    pub(super) fn new(mut random: Random) -> Self {
        let secret = random.hex(32);
        let used = HashMap::new();
        Logins { random, secret, used, forgotten_until: None, last_success: None, last_failure: None }
    }

    /// When somebody last logged in, and last failed to: Unix seconds.
    pub(super) fn last(&self) -> (Option<u64>, Option<u64>) {
        (self.last_success, self.last_failure)
    }

    /// Judges the `Authorization` header of a request at `now`, Unix seconds.
    pub(super) fn judge(&mut self, header: Option<&str>, demand: Demand<'_>, now: u64) -> Verdict {
        let Some(header) = header else { return self.challenge(demand.realm, false, now) };
        let proven = Credentials::read(header).filter(|c| proves(c, demand));
        let Some(credentials) = proven else {
            self.last_failure = Some(now);
            return self.challenge(demand.realm, false, now);
        };
        match self.nonce(&credentials.nonce, demand.lasts, now) {
            Nonce::Fresh { issued } if self.count(&credentials, issued, now) => {
                self.last_success = Some(now);
                Verdict::Granted
            }
            // The answer is right, its nonce is not: too old, from before a restart of the phone, or its count was used before (somebody
            // repeats a request that he overheard). The owner's browser goes on with a new nonce.
            Nonce::Fresh { .. } | Nonce::Unusable => self.challenge(demand.realm, true, now),
        }
    }

    fn challenge(&mut self, realm: &str, stale: bool, now: u64) -> Verdict {
        let body = format!("{now:016x}{}", self.random.hex(16));
        let nonce = format!("{body}{}", self.mac(&body));
        let realm = realm.replace(['\\', '"'], "");
        let stale = if stale { ", stale=true" } else { "" };
        Verdict::Challenge(format!("Digest realm=\"{realm}\", nonce=\"{nonce}\", algorithm=MD5, qop=\"auth\"{stale}"))
    }

    fn mac(&self, body: &str) -> String {
        hex::encode(Sha256::digest(format!("{}:{body}:{}", self.secret, self.secret)))
    }

    fn nonce(&self, nonce: &str, (longest, idle): (u64, u64), now: u64) -> Nonce {
        let Some((body, mac)) = nonce.split_at_checked(48) else { return Nonce::Unusable };
        let issued = body.get(..16).and_then(|t| u64::from_str_radix(t, 16).ok());
        let Some(issued) = issued.filter(|_| same(mac, &self.mac(body))) else { return Nonce::Unusable };
        let used = self.used.get(nonce);
        let last_used = used.map_or(issued, |u| u.last_used);
        let within = |since: u64, limit: u64| limit == 0 || now.saturating_sub(since) <= limit;
        let known = used.is_some() || self.forgotten_until.is_none_or(|t| issued > t);
        if known && within(issued, longest) && within(last_used, idle) {
            Nonce::Fresh { issued }
        } else {
            Nonce::Unusable
        }
    }

    /// Notes the nonce count; false when it was used before.
    fn count(&mut self, credentials: &Credentials, issued: u64, now: u64) -> bool {
        if let Some(used) = self.used.get_mut(&credentials.nonce) {
            return used.count(credentials.nc, now);
        }
        if self.used.len() >= REMEMBERED {
            self.forget_one();
        }
        let used = Used { issued, last_used: now, highest: credentials.nc, seen: 1 };
        self.used.insert(credentials.nonce.clone(), used);
        true
    }

    fn forget_one(&mut self) {
        let oldest = self.used.iter().min_by_key(|(_, used)| used.last_used).map(|(nonce, _)| nonce.clone());
        if let Some(used) = oldest.and_then(|nonce| self.used.remove(&nonce)) {
            self.forgotten_until = self.forgotten_until.max(Some(used.issued));
        }
    }
}

impl Used {
    fn count(&mut self, nc: u32, now: u64) -> bool {
        if nc > self.highest {
            let ahead = nc - self.highest;
            self.seen = self.seen.checked_shl(ahead).unwrap_or(0) | 1;
            self.highest = nc;
        } else {
            let behind = self.highest - nc;
            let bit = 1_u64.checked_shl(behind).unwrap_or(0);
            if bit == 0 || self.seen & bit != 0 {
                return false;
            }
            self.seen |= bit;
        }
        self.last_used = now;
        true
    }
}

/// Whether the credentials fit the request and were made with the password. The nonce is not looked at.
fn proves(credentials: &Credentials, demand: Demand<'_>) -> bool {
    let account = demand.accounts.iter().find(|(name, _)| *name == credentials.username);
    let Some((name, password)) = account else { return false };
    if credentials.realm != demand.realm || credentials.uri != demand.target {
        return false;
    }
    // §3.4.1 to §3.4.3, with qop=auth.
    let a1 = md5(&format!("{name}:{}:{password}", demand.realm));
    let a2 = md5(&format!("{}:{}", demand.method, credentials.uri));
    let Credentials { nonce, nc_text, cnonce, .. } = credentials;
    same(&credentials.response, &md5(&format!("{a1}:{nonce}:{nc_text}:{cnonce}:auth:{a2}")))
}

fn md5(text: &str) -> String {
    hex::encode(Md5::digest(text))
}

/// Compares without telling by its duration where two texts differ.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |difference, (x, y)| difference | (x ^ y)) == 0
}

#[cfg(test)]
mod tests;
