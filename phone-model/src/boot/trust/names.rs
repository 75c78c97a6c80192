//! Whether a certificate is for the server that was wanted. Each protocol has its own rule.
//!
//! | rule | names | wildcard | common name |
//! |---|---|---|---|
//! | SIP (RFC 5922 §7.1, §7.2) | `sip:` URIs without a user; host names only when there is no such URI | never | only without subjectAltName |
//! | directory (RFC 4513 §3.1.3, RFC 6125 §6.4) | host names, addresses | left-most label | only without subjectAltName |
//! | HTTP (RFC 9110 §4.3.4) | host names, addresses | left-most label | never |
//!
//! Our reading: where a proxy is named by its address, an iPAddress or a `sip:` URI with that address is its name.

use super::certificate::{self, Alternatives};
use crate::defects::{Defect, Defects};
use rustls::client::verify_server_name;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error};
use std::net::IpAddr;

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// RFC 5922.
    Sip,
    /// RFC 4513.
    Directory,
    /// RFC 9110.
    Http,
}

/// Checks the name of a certificate by a rule.
///
/// # Errors
/// When it is for another.
pub(super) fn check(
    rule: Rule,
    certificate: &CertificateDer<'_>,
    name: &ServerName<'_>,
    defects: &Defects,
) -> Result<(), Error> {
    let common_name = || certificate::common_name(certificate).is_some_and(|written| is_same(&written, name));
    if defects.has(Defect::TlsPrefersCommonName) && common_name() {
        return Ok(());
    }
    let alternatives = certificate::alternatives(certificate);
    match (rule, alternatives) {
        (Rule::Sip, Some(names)) => {
            let wildcards = defects.has(Defect::TlsAcceptsWildcardForSip);
            let good = names_domain(&names, name, defects) || (wildcards && usual(certificate, name).is_ok());
            if good { Ok(()) } else { Err(CertificateError::NotValidForName.into()) }
        }
        (Rule::Sip | Rule::Directory, None) if common_name() => Ok(()),
        (Rule::Sip, None) => Err(CertificateError::NotValidForName.into()),
        (Rule::Directory | Rule::Http, _) => usual(certificate, name),
    }
}

/// The rule of RFC 6125 §6.4.
fn usual(certificate: &CertificateDer<'_>, name: &ServerName<'_>) -> Result<(), Error> {
    verify_server_name(&ParsedCertificate::try_from(certificate)?, name)
}

/// RFC 5922 §7.1: SIP identities of the certificate, one of which must be the name as a whole.
fn names_domain(names: &Alternatives, name: &ServerName<'_>, defects: &Defects) -> bool {
    let domains: Vec<&str> = names.uris.iter().filter_map(|uri| domain_of(uri)).collect();
    let named = domains.iter().any(|domain| is_same(domain, name));
    if named && !defects.has(Defect::TlsKnowsNoSipUri) {
        return true;
    }
    if !domains.is_empty() && !named && !defects.has(Defect::TlsIgnoresSipUri) {
        return false;
    }
    match name {
        ServerName::IpAddress(address) => names.addresses.contains(&IpAddr::from(*address)),
        _ => names.hosts.iter().any(|host| is_same(host, name)),
    }
}

/// The domain that a URI in a certificate stands for: only of a `sip:` URI, and only without a user part.
fn domain_of(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once(':')?;
    if !scheme.eq_ignore_ascii_case("sip") || rest.contains('@') {
        return None;
    }
    let rest = rest.split([';', '?']).next()?;
    // A port is not part of an identity.
    match rest.rsplit_once(':') {
        Some((host, _)) if !host.contains(':') || host.ends_with(']') => Some(host),
        Some(_) | None => Some(rest),
    }
}

/// RFC 5922 §7.2: the whole name, whatever its case; no wildcard.
fn is_same(written: &str, name: &ServerName<'_>) -> bool {
    match name {
        ServerName::DnsName(host) => written.trim_end_matches('.').eq_ignore_ascii_case(host.as_ref()),
        ServerName::IpAddress(address) => {
            let written = written.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(written);
            written.parse() == Ok(IpAddr::from(*address))
        }
        _ => false,
    }
}
