//! The challenge of Auth INVITE and of Auth Resync-Reboot: digest as a user agent server asks for it (RFC 3261 §22, RFC 7616, RFC
//! 8760). Sans-IO: a request and the time go in, a verdict comes out.
//!
//! What the documents leave open is read so:
//! - Credentials count when every part of them is right: user, realm, uri, a nonce that was given here for the same algorithm and
//!   lives, `opaque` as given, a `qop` that was offered, `cnonce`, and an `nc` above all that were accepted for the nonce (RFC 7616
//!   §3.4, §5.5). Without `qop` a response could be replayed, so it is refused when one was offered (RFC 7616 §3.4: MUST be used).
//! - The uri has to name the line's user, at the phone, its proxy or the Request-URI's host (RFC 8760 §2.6(6)).
//! - Every refusal is the same fresh challenge; only a right answer to an expired nonce is told `stale` (RFC 7616 §3.3).
//! - A credential that cannot be read, or is longer than [`MAX_LINE`], is a wrong one. Guesses lock nobody out.

mod credentials;
mod nonces;

use super::line::Account;
use crate::defects::{Defect, Defects};
use crate::profile::Unknown;
use crate::random::Random;
use crate::sip::digest::{Algorithm, Challenge, Credentials, Qop};
use crate::sip::message::Message;
use crate::time::{Duration, Instant};
use credentials::Finding;
use nonces::Nonces;
use std::net::IpAddr;

/// Longest Authorization line that is looked into, octets.
pub const MAX_LINE: usize = 4_000;
/// Most Authorization lines that are looked into.
const MAX_LINES: usize = 8;
/// Wrong guesses that [`Defect::ChallengeLocksOut`] allows.
const LOCKED_AFTER: u32 = 50;

/// What a line asks of a caller.
#[derive(Debug)]
pub struct Policy<'a> {
    /// The account whose name and password count.
    pub account: &'a Account,
    /// Values that no source tells.
    pub unknown: &'a Unknown,
    /// Address of the phone: the realm when no other is set.
    pub local_ip: IpAddr,
    /// Whether SHA-256 is offered (release 12.0(2) with Auth Support RFC8760).
    pub sha256: bool,
    /// Defects that show here.
    pub defects: &'a Defects,
    /// Unix time in microseconds, for the defect that makes nonces of it.
    pub clock: u64,
}

/// The verdict on a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Its credentials are right.
    Accepted,
    /// It is refused with this status and these header lines.
    Refused {
        /// 401; another one where the profile or a defect says so.
        status: u16,
        /// `WWW-Authenticate` lines, most preferred first (RFC 8760 §2.3).
        headers: Vec<(&'static str, String)>,
    },
}

/// The nonces of one line.
#[derive(Debug, Default)]
pub struct Challenger {
    nonces: Nonces,
    wrong_guesses: u32,
}

impl Challenger {
    /// Judges a request by its credentials, and makes the challenge when they are not right.
    pub fn judge(&mut self, request: &Message, policy: &Policy<'_>, random: &mut Random, now: Instant) -> Verdict {
        let findings = self.findings(request, policy, now);
        let locked = (policy.defects.has(Defect::ChallengeLocksOut) && self.wrong_guesses >= LOCKED_AFTER)
            || policy.defects.has(Defect::ChallengeRefusesRight);
        let right = findings.iter().find_map(|finding| match finding {
            Finding::Right(count) => Some(count),
            Finding::Stale | Finding::WrongUser | Finding::WrongPassword | Finding::Wrong => None,
        });
        if let Some(count) = right.filter(|_| !locked) {
            self.nonces.count(count);
            return Verdict::Accepted;
        }
        if !findings.is_empty() && right.is_none() {
            self.wrong_guesses = self.wrong_guesses.saturating_add(1);
        }
        self.refuse(&findings, policy, random, now)
    }

    fn findings(&self, request: &Message, policy: &Policy<'_>, now: Instant) -> Vec<Finding> {
        let name = if policy.defects.has(Defect::ChallengeAsProxy) { "Proxy-Authorization" } else { "Authorization" };
        let lines = if policy.defects.has(Defect::ChallengeFirstHeaderOnly) { 1 } else { MAX_LINES };
        request.lines(name).take(lines).map(|line| self.finding(line, request, policy, now)).collect()
    }

    fn finding(&self, line: &str, request: &Message, policy: &Policy<'_>, now: Instant) -> Finding {
        if line.len() > MAX_LINE {
            if policy.defects.has(Defect::ChallengeCrashesOnOversize) {
                std::process::abort();
            }
            return Finding::Wrong;
        }
        match Credentials::parse(line) {
            Ok(credentials) => credentials::check(&credentials, request, policy, &self.nonces, now),
            Err(_) if policy.defects.has(Defect::ChallengeRingsOnMalformed) => Finding::Right(None),
            Err(_) => Finding::Wrong,
        }
    }

    fn refuse(&mut self, findings: &[Finding], policy: &Policy<'_>, random: &mut Random, now: Instant) -> Verdict {
        let defects = policy.defects;
        let right_but_late = findings.contains(&Finding::Stale);
        let stale = (right_but_late && !defects.has(Defect::ChallengeHidesStale))
            || (findings.contains(&Finding::WrongPassword) && defects.has(Defect::ChallengeStaleForWrong));
        let status = match findings {
            _ if defects.has(Defect::ChallengeAsProxy) => 407,
            _ if findings.contains(&Finding::WrongUser) && defects.has(Defect::ChallengeTellsUsers) => 404,
            [] => 401,
            // A stale nonce is no wrong credential: the caller is to try again (RFC 7616 §3.3).
            _ if right_but_late => 401,
            _ => policy.unknown.auth_invite_wrong_credentials_status,
        };
        let name = if status == 407 { "Proxy-Authenticate" } else { "WWW-Authenticate" };
        let headers = if matches!(status, 401 | 407) {
            policy.algorithms().map(|it| (name, self.challenge(it, stale, policy, random, now).line())).collect()
        } else {
            Vec::new()
        };
        Verdict::Refused { status, headers }
    }

    fn challenge(
        &mut self,
        algorithm: Algorithm,
        stale: bool,
        policy: &Policy<'_>,
        random: &mut Random,
        now: Instant,
    ) -> Challenge {
        let opaque = policy.unknown.auth_invite_opaque.then(|| random.hex(8));
        let nonce = self.nonces.give(algorithm, opaque.clone(), policy, random, now);
        Challenge { realm: policy.realm(), nonce, opaque, algorithm, qop: policy.qop(), stale }
    }
}

impl Policy<'_> {
    /// RFC 8760 §2.3: most preferred first.
    fn algorithms(&self) -> impl Iterator<Item = Algorithm> + use<> {
        let strong = self.sha256 && !self.defects.has(Defect::ChallengeMd5Only);
        strong.then_some(Algorithm::Sha256).into_iter().chain([Algorithm::Md5])
    }

    fn realm(&self) -> String {
        if self.unknown.auth_invite_realm.is_empty() {
            self.local_ip.to_string()
        } else {
            self.unknown.auth_invite_realm.clone()
        }
    }

    fn qop(&self) -> Vec<Qop> {
        self.unknown.auth_invite_qop.split(',').filter_map(|token| Qop::parse(token.trim())).collect()
    }

    fn lifetime(&self) -> Duration {
        Duration::from_secs(self.unknown.auth_invite_nonce_lifetime_s)
    }
}
