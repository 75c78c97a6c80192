//! What one set of credentials is worth.

use super::Policy;
use super::nonces::{Nonce, Nonces};
use crate::defects::Defect;
use crate::sip::digest::{self, Algorithm, Credentials, Inputs, Qop};
use crate::sip::message::{Message, Method, Uri};
use crate::time::Instant;

/// What is found about one set of credentials. From outside, all but the first two look alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Finding {
    /// All is right. The nonce and the count that are used up by it.
    Right(Option<(String, u32)>),
    /// All is right but that the nonce has expired.
    Stale,
    /// Another user's.
    WrongUser,
    /// The response value is wrong.
    WrongPassword,
    /// Something else is wrong.
    Wrong,
}

/// Checks credentials against what was given and what the line's account says.
pub(super) fn check(
    credentials: &Credentials,
    request: &Message,
    policy: &Policy<'_>,
    nonces: &Nonces,
    now: Instant,
) -> Finding {
    let defects = policy.defects;
    let (Some(username), Some(realm), Some(uri), Some(text), Some(_)) =
        (&credentials.username, &credentials.realm, &credentials.uri, &credentials.nonce, &credentials.response)
    else {
        return Finding::Wrong;
    };
    let Some(algorithm) = Algorithm::parse(credentials.algorithm.as_deref().unwrap_or("MD5")) else {
        return Finding::Wrong;
    };
    if *username != policy.account.auth_user() && !defects.has(Defect::ChallengeAcceptsAnyUser) {
        return Finding::WrongUser;
    }
    if *realm != policy.realm() && !defects.has(Defect::ChallengeAcceptsAnyRealm) {
        return Finding::Wrong;
    }
    if !uri_fits(uri, request, policy) && !defects.has(Defect::ChallengeAcceptsAnyUri) {
        return Finding::Wrong;
    }
    let nonce = nonces.get(text);
    if nonce.is_none() && !defects.has(Defect::ChallengeAcceptsAnyNonce) {
        return Finding::Wrong;
    }
    if !nonce.is_none_or(|nonce| nonce.suits(algorithm, credentials, policy))
        || !policy.algorithms().any(|it| it == algorithm)
    {
        return Finding::Wrong;
    }
    let Some(count) = protected(credentials, policy) else { return Finding::Wrong };
    if !response_is_right(credentials, algorithm, request, policy) {
        return Finding::WrongPassword;
    }
    let Some(nonce) = nonce else { return Finding::Right(None) };
    // RFC 7616 §5.5: a count that is not above the last one has been used before.
    if policy.qop().is_empty() {
        // Without qop there is no count: the nonce is good for one call.
        if nonce.counted > 0 {
            return Finding::Wrong;
        }
    } else if count <= nonce.counted && !defects.has(Defect::ChallengeIgnoresNc) {
        return Finding::Wrong;
    }
    if now.since(nonce.given) > policy.lifetime() && !defects.has(Defect::ChallengeNeverStale) {
        return Finding::Stale;
    }
    Finding::Right(Some((text.clone(), count)))
}

impl Nonce {
    /// Whether the credentials are for the challenge that this nonce was part of.
    fn suits(&self, algorithm: Algorithm, credentials: &Credentials, policy: &Policy<'_>) -> bool {
        let opaque = self.opaque.is_none() || self.opaque == credentials.opaque;
        // One nonce for all challenges has no algorithm of its own.
        let same = self.algorithm == algorithm || policy.defects.has(Defect::ChallengeSameNonce);
        same && (opaque || policy.defects.has(Defect::ChallengeIgnoresOpaque))
    }
}

/// RFC 8760 §2.6(6): the uri has to name a user that this phone takes calls for.
fn uri_fits(uri: &str, request: &Message, policy: &Policy<'_>) -> bool {
    let Some(uri) = Uri::parse(uri) else { return false };
    if uri.as_sip().is_none() || uri.user().as_deref() != Some(policy.account.user_id.as_str()) {
        return false;
    }
    let local = policy.local_ip.to_string();
    let asked = request.uri().map_or("", Uri::host);
    let known = [local.as_str(), asked, policy.account.domain()];
    let host = uri.host().trim_matches(['[', ']']);
    known.iter().any(|known| known.trim_matches(['[', ']']).eq_ignore_ascii_case(host))
}

/// The nonce count, when qop, cnonce and nc are as RFC 7616 §3.4 wants them for what was offered.
fn protected(credentials: &Credentials, policy: &Policy<'_>) -> Option<u32> {
    let offered = policy.qop();
    if offered.is_empty() {
        // RFC 7616 §3.4: neither cnonce nor nc without qop.
        let plain = credentials.qop.is_none() && credentials.nc.is_none() && credentials.cnonce.is_none();
        return plain.then_some(1);
    }
    let qop = credentials.qop.as_deref().and_then(Qop::parse).filter(|qop| offered.contains(qop));
    if policy.defects.has(Defect::ChallengeAcceptsAnyQop) {
        let count = credentials.nc.as_deref().and_then(digest::nonce_count);
        // Credentials without qop have no count; they pass as if it were the next one.
        return if credentials.qop.is_none() { Some(u32::MAX) } else { count };
    }
    qop.filter(|_| credentials.cnonce.as_deref().is_some_and(|cnonce| !cnonce.is_empty()))?;
    let count = credentials.nc.as_deref().and_then(digest::nonce_count);
    if policy.defects.has(Defect::ChallengeIgnoresNc) {
        credentials.nc.as_ref().map(|_| count.unwrap_or(0))
    } else {
        count
    }
}

/// Whether the response value follows from the password.
fn response_is_right(credentials: &Credentials, algorithm: Algorithm, request: &Message, policy: &Policy<'_>) -> bool {
    let defects = policy.defects;
    if defects.has(Defect::ChallengeAcceptsAnyPassword) {
        return true;
    }
    let Some((qop, nonce)) = protection(credentials, policy) else { return false };
    let method = request.method().unwrap_or(Method::Invite);
    let methods: &[Method] =
        if defects.has(Defect::ChallengeAcceptsAnyMethod) { Method::NAMED } else { std::slice::from_ref(&method) };
    let password = policy.account.password.as_str();
    let passwords: &[&str] =
        if defects.has(Defect::ChallengeAcceptsEmptyPassword) { &[password, ""] } else { &[password] };
    let given = credentials.response.as_deref().unwrap_or_default();
    let attempts = methods.iter().flat_map(|method| passwords.iter().map(move |password| (method, password)));
    attempts.into_iter().any(|(method, password)| {
        let inputs = Inputs {
            algorithm,
            username: credentials.username.as_deref().unwrap_or_default(),
            realm: credentials.realm.as_deref().unwrap_or_default(),
            password,
            method: method.as_str(),
            uri: credentials.uri.as_deref().unwrap_or_default(),
            nonce: &nonce,
            cnonce: credentials.cnonce.as_deref().unwrap_or_default(),
            qop,
            body: &request.body,
        };
        digest::same(&digest::response(&inputs), given)
    })
}

/// The form of protection that the response is computed with, and the nonce as it goes in: those that the credentials name.
fn protection<'a>(credentials: &'a Credentials, policy: &Policy<'_>) -> Option<(Option<(Qop, &'a str)>, String)> {
    let nonce = credentials.nonce.clone().unwrap_or_default();
    let nc = credentials.nc.as_deref().unwrap_or_default();
    match credentials.qop.as_deref().map(|token| (token, Qop::parse(token))) {
        None => Some((None, nonce)),
        Some((_, Some(qop))) => Some((Some((qop, nc)), nonce)),
        // A qop that nobody knows; who accepts it puts the token where a known one stands (RFC 7616 §3.4.1).
        Some((token, None)) if policy.defects.has(Defect::ChallengeAcceptsAnyQop) => {
            let cnonce = credentials.cnonce.as_deref().unwrap_or_default();
            Some((None, format!("{nonce}:{nc}:{cnonce}:{token}")))
        }
        Some((_, None)) => None,
    }
}
