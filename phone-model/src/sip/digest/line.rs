//! Challenges and credentials as header lines (RFC 3261 §25.1, RFC 7616 §3.3, §3.4). Commas separate parameters (RFC 3261 §20.7), and
//! quoted pairs are undone before anything is compared or hashed (RFC 7616 §3.4.5).

use super::{Algorithm, BadChallenge, BadCredentials, Challenge, Credentials, Qop};
use crate::sip::message::lexer::{is_token, is_token_byte, split};
use crate::sip::message::{quote, unquote};

impl Credentials {
    /// Reads one header line.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn parse(line: &str) -> Result<Credentials, BadCredentials> {
        let params = params(line, BadCredentials::Scheme, BadCredentials::Syntax)?;
        let mut credentials = Credentials::default();
        for (name, value) in params {
            let field = match name.as_str() {
                "username" => &mut credentials.username,
                "realm" => &mut credentials.realm,
                "nonce" => &mut credentials.nonce,
                "uri" => &mut credentials.uri,
                "response" => &mut credentials.response,
                "algorithm" => &mut credentials.algorithm,
                "cnonce" => &mut credentials.cnonce,
                "opaque" => &mut credentials.opaque,
                "qop" => &mut credentials.qop,
                "nc" => &mut credentials.nc,
                // auth-param: extensions are left aside (RFC 7616 §3.4).
                _ => continue,
            };
            if field.replace(value).is_some() {
                return Err(BadCredentials::Repeated);
            }
        }
        Ok(credentials)
    }

    /// The header value of these credentials, quoted as RFC 7616 §3.4 wants: algorithm, qop and nc plain, all else quoted.
    /// So is what would be no token there.
    pub fn line(&self) -> String {
        let fields = [
            ("username", &self.username, true),
            ("realm", &self.realm, true),
            ("nonce", &self.nonce, true),
            ("uri", &self.uri, true),
            ("response", &self.response, true),
            ("algorithm", &self.algorithm, false),
            ("cnonce", &self.cnonce, true),
            ("opaque", &self.opaque, true),
            ("qop", &self.qop, false),
            ("nc", &self.nc, false),
        ];
        let written = fields.into_iter().filter_map(|(name, value, quoted)| {
            let value = value.as_deref()?;
            Some(if quoted || !is_token(value) {
                format!("{name}={}", quote(value))
            } else {
                format!("{name}={value}")
            })
        });
        format!("Digest {}", written.collect::<Vec<_>>().join(","))
    }
}

impl Challenge {
    /// Reads one header line.
    ///
    /// # Errors
    /// Why it cannot be answered.
    pub fn parse(line: &str) -> Result<Challenge, BadChallenge> {
        let params = params(line, BadChallenge::Scheme, BadChallenge::Syntax)?;
        let mut seen = std::collections::BTreeMap::new();
        for (name, value) in params {
            if seen.insert(name, value).is_some() {
                return Err(BadChallenge::Syntax);
            }
        }
        // An algorithm that is not known makes the whole challenge one to ignore (RFC 7616 §3.3); absent means MD5.
        let algorithm = match seen.get("algorithm") {
            Some(token) => Algorithm::parse(token).ok_or(BadChallenge::Algorithm)?,
            None => Algorithm::Md5,
        };
        let qop: Vec<Qop> =
            seen.get("qop").into_iter().flat_map(|q| q.split(',')).filter_map(|q| Qop::parse(q.trim())).collect();
        if qop.is_empty() && seen.contains_key("qop") {
            return Err(BadChallenge::Qop);
        }
        Ok(Challenge {
            stale: seen.get("stale").is_some_and(|s| s.eq_ignore_ascii_case("true")),
            opaque: seen.remove("opaque"),
            realm: seen.remove("realm").ok_or(BadChallenge::Missing("realm"))?,
            nonce: seen.remove("nonce").ok_or(BadChallenge::Missing("nonce"))?,
            algorithm,
            qop,
        })
    }

    /// The header value of this challenge, quoted as RFC 7616 §3.3 wants: stale and algorithm plain, all else quoted.
    pub fn line(&self) -> String {
        let mut line = format!("Digest realm={},nonce={}", quote(&self.realm), quote(&self.nonce));
        if let Some(opaque) = &self.opaque {
            line += &format!(",opaque={}", quote(opaque));
        }
        if self.stale {
            line += ",stale=true";
        }
        line += &format!(",algorithm={}", self.algorithm.as_str());
        if !self.qop.is_empty() {
            let offered: Vec<&str> = self.qop.iter().map(|q| q.as_str()).collect();
            line += &format!(",qop=\"{}\"", offered.join(","));
        }
        line
    }
}

/// Names (lower case) and plain values of the parameters of a Digest line.
fn params<E: Copy>(line: &str, scheme: E, syntax: E) -> Result<Vec<(String, String)>, E> {
    let line = line.trim();
    let (word, rest) = line.split_at_checked(line.find([' ', '\t']).unwrap_or(line.len())).ok_or(syntax)?;
    if !word.eq_ignore_ascii_case("Digest") {
        return Err(scheme);
    }
    let mut params = Vec::new();
    for part in split_commas(rest) {
        let part = part.trim();
        // Lists may have empty elements (RFC 7230 §7, which RFC 7616 builds on).
        if part.is_empty() {
            continue;
        }
        let (name, value) = part.split_once('=').ok_or(syntax)?;
        let (name, value) = (name.trim(), value.trim());
        let plain = if value.starts_with('"') { unquote(value).ok_or(syntax)? } else { value.to_owned() };
        // Tokens elsewhere may hold a few characters more, as base64 nonces do that some senders leave unquoted.
        let bare_fits = !value.is_empty() && value.bytes().all(|b| is_token_byte(b) || b"/=:@;?&".contains(&b));
        if !is_token(name) || !(value.starts_with('"') || bare_fits) {
            return Err(syntax);
        }
        params.push((name.to_ascii_lowercase(), plain));
    }
    if params.is_empty() { Err(syntax) } else { Ok(params) }
}

/// Splits at commas outside quoted strings. Angle brackets mean nothing here, so they are not paired.
fn split_commas(text: &str) -> Vec<&str> {
    split(text, b',', false)
}
