//! Names: whom a certificate is for.

use super::*;
use std::net::IpAddr;

const HTTP: Purpose = Purpose::Provisioning;
const LDAP: Purpose = Purpose::Directory;

fn address(octets: [u8; 4]) -> SanType {
    SanType::IpAddress(IpAddr::from(octets))
}

/// Whether a phone takes a certificate with these alternative names and this common name.
fn takes(purpose: Purpose, host: &str, names: &[SanType], common_name: &str) -> bool {
    takes_with(&[], purpose, host, names, common_name)
}

fn takes_with(defects: &[Defect], purpose: Purpose, host: &str, names: &[SanType], common_name: &str) -> bool {
    let phone = Phone::new(CHECKING, defects);
    let leaf = phone.leaf(|it| {
        it.subject_alt_names = names.to_vec();
        it.distinguished_name.push(DnType::CommonName, common_name);
    });
    match phone.meets(purpose, host, &leaf) {
        Ok(()) => true,
        Err(Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => false,
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn every_protocol_takes_a_host_name_whatever_its_case() {
    for purpose in [SIP, LDAP, HTTP, Purpose::Control] {
        assert!(takes(purpose, "sip.example", &[dns("other.example"), dns("SIP.Example")], "x"), "{purpose:?}");
        assert!(!takes(purpose, "sip.example", &[dns("example")], "x"), "{purpose:?}");
        assert!(!takes(purpose, "example", &[dns("sip.example")], "x"), "{purpose:?}");
        assert!(takes(purpose, "192.0.2.1", &[address([192, 0, 2, 1])], "x"), "{purpose:?}");
        assert!(!takes(purpose, "192.0.2.2", &[address([192, 0, 2, 1])], "192.0.2.2"), "{purpose:?}");
    }
}

#[test]
fn a_wildcard_is_for_the_directory_and_http_and_never_for_sip() {
    let wildcard = [dns("*.lab.example")];
    assert!(takes(LDAP, "ldap.lab.example", &wildcard, "x") && takes(HTTP, "prov.lab.example", &wildcard, "x"));
    assert!(!takes(LDAP, "a.b.lab.example", &wildcard, "x") && !takes(LDAP, "lab.example", &wildcard, "x"));
    assert!(!takes(SIP, "sip.lab.example", &wildcard, "sip.lab.example"));
    assert!(takes_with(&[Defect::TlsAcceptsWildcardForSip], SIP, "sip.lab.example", &wildcard, "x"));
}

#[test]
fn a_sip_uri_hides_host_names_from_sip() {
    let uri_only = [uri("sip:sip.example")];
    assert!(takes(SIP, "sip.example", &uri_only, "x"));
    assert!(!takes(LDAP, "sip.example", &uri_only, "x") && !takes(HTTP, "sip.example", &uri_only, "x"));
    let both = [uri("sip:example"), dns("sip.example")];
    assert!(takes(SIP, "example", &both, "x") && !takes(SIP, "sip.example", &both, "x"));
    assert!(takes_with(&[Defect::TlsIgnoresSipUri], SIP, "sip.example", &both, "x"));
    let unknowing = |names: &[SanType]| takes_with(&[Defect::TlsKnowsNoSipUri], SIP, "sip.example", names, "x");
    assert!(!unknowing(&uri_only) && !unknowing(&both), "a URI of another domain still counts");
    assert!(unknowing(&[uri("sip:sip.example"), dns("sip.example")]));
    // RFC 5922 §7.1: neither a URI with a user nor one of another scheme is an identity of a domain.
    for other in ["sip:alice@sip.example", "sips:sip.example", "https://sip.example"] {
        assert!(!takes(SIP, "sip.example", &[uri(other)], "x"), "{other}");
        assert!(takes(SIP, "sip.example", &[uri(other), dns("sip.example")], "x"), "{other}");
    }
    assert!(takes(SIP, "sip.example", &[uri("SIP:sip.example:5061;transport=tls")], "x"));
    assert!(takes(SIP, "192.0.2.1", &[uri("sip:192.0.2.1")], "x"));
}

#[test]
fn a_common_name_counts_only_where_there_are_no_alternatives_and_never_for_http() {
    assert!(takes(SIP, "sip.example", &[], "sip.example") && takes(LDAP, "sip.example", &[], "sip.example"));
    assert!(!takes(HTTP, "sip.example", &[], "sip.example"));
    for purpose in [SIP, LDAP] {
        assert!(!takes(purpose, "sip.example", &[], "other.example"));
        assert!(!takes(purpose, "sip.example", &[dns("other.example")], "sip.example"));
        let defect = [Defect::TlsPrefersCommonName];
        assert!(takes_with(&defect, purpose, "sip.example", &[dns("other.example")], "sip.example"));
    }
}

#[test]
fn the_name_of_a_proxy_is_checked_by_release_and_by_tls_name_validate() {
    let meets = |phone: &Phone, purpose| {
        let leaf = phone.leaf(|it| it.subject_alt_names = vec![dns("other.example")]);
        phone.meets(purpose, "sip.example", &leaf).is_ok()
    };
    let old = Phone::new(Release::DOCUMENT, &[]);
    assert!(meets(&old, SIP) && meets(&old, LDAP) && !meets(&old, HTTP));
    let strict =
        Unknown { tls_sip_names_before_11_3_1: true, tls_directory_names_before_11_3_1: true, ..Unknown::default() };
    let old = Phone::of(Release::DOCUMENT, strict, &[]);
    assert!(!meets(&old, SIP) && !meets(&old, LDAP));
    let mut new = Phone::new(CHECKING, &[]);
    new.settings.insert("TLS_Name_Validate_2_".into(), "No".into());
    assert!(!meets(&new, SIP) && meets(&new, Purpose::Sip { line: 2 }) && !meets(&new, LDAP));
}

#[test]
fn a_hello_names_the_host_and_never_an_address() {
    let named = |defects: &[Defect], host| {
        let phone = Phone::new(CHECKING, defects);
        let leaf = phone.leaf(|it| it.subject_alt_names = vec![dns("sip.example"), address([192, 0, 2, 1])]);
        let outcome = phone.meets_at(SIP, host, server(&leaf));
        outcome.server.server_name().map(str::to_owned)
    };
    assert_eq!(named(&[], "SIP.example.").as_deref(), Some("sip.example"));
    assert_eq!(named(&[], "192.0.2.1"), None);
    assert_eq!(named(&[Defect::TlsNoSni], "sip.example"), None);
}

#[test]
fn tls_name_validate_no_lets_any_name_pass_and_the_defect_does_not_obey_it() {
    let meets = |setting: &str, defects: &[Defect]| {
        let mut phone = Phone::new(CHECKING, defects);
        phone.settings.insert("TLS_Name_Validate_1_".into(), setting.into());
        let other = phone.leaf(|it| it.subject_alt_names = vec![dns("other.example")]);
        phone.meets(SIP, "sip.example", &other).is_ok()
    };
    assert_eq!((meets("No", &[]), meets("Yes", &[])), (true, false));
    assert!(!meets("No", &[Defect::TlsIgnoresNameValidate]));
}
