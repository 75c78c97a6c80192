//! The phone against servers with right and wrong certificates, in memory.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod chains;
mod identities;

use super::*;
use crate::profile::{Model, Unknown};
use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, SanType};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{CertificateError, ClientConnection, Error, RootCertStore, ServerConnection};
use std::collections::BTreeMap;
use tempfile::TempDir;

/// An authority for tests.
pub(in crate::boot) struct Authority {
    /// Its certificate.
    pub(in crate::boot) pem: String,
    /// Signs.
    pub(in crate::boot) issuer: Issuer<'static, KeyPair>,
}

pub(in crate::boot) fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    Authority { pem, issuer: Issuer::new(params, key) }
}

/// The trust of a phone of the document's release.
pub(in crate::boot) fn trust_in(flash: &Path, defects: Defects) -> Trust {
    let profile = Profile { model: Model::Cp7841, release: Release::DOCUMENT, unknown: Unknown::default() };
    Trust::in_flash(flash, &profile, defects, TimeOfDay::default())
}

/// The first release that checks names.
const CHECKING: Release = Release::R11_3_1;
const SIP: Purpose = Purpose::Sip { line: 1 };

/// A phone that trusts `Lab CA`.
struct Phone {
    trust: Trust,
    flash: TempDir,
    lab: Authority,
    settings: BTreeMap<String, String>,
}

/// What became of a handshake: whether the phone took the server, and what the server knows.
struct Outcome {
    phone: Result<(), Error>,
    server: ServerConnection,
}

impl Phone {
    fn new(release: Release, defects: &[Defect]) -> Self {
        Self::of(release, Unknown::default(), defects)
    }

    fn of(release: Release, unknown: Unknown, defects: &[Defect]) -> Self {
        let (flash, lab) = (tempfile::tempdir().unwrap(), authority("Lab CA"));
        let profile = Profile { model: Model::Cp7841, release, unknown };
        let defects = Defects::of(defects.iter().copied());
        let trust = Trust::in_flash(flash.path(), &profile, defects, TimeOfDay::default());
        trust.install(lab.pem.as_bytes()).unwrap();
        Phone { trust, flash, lab, settings: BTreeMap::new() }
    }

    fn settings(&self) -> Settings {
        Settings::of(self.settings.clone())
    }

    /// A leaf of the lab's authority.
    fn leaf(&self, shape: impl FnOnce(&mut CertificateParams)) -> Leaf {
        leaf(&self.lab.issuer, shape)
    }

    /// Meets a server with this certificate under the name `host`.
    fn meets(&self, purpose: Purpose, host: &str, leaf: &Leaf) -> Result<(), Error> {
        self.meets_at(purpose, host, server(leaf)).phone
    }

    fn meets_at(&self, purpose: Purpose, host: &str, server: Arc<ServerConfig>) -> Outcome {
        let config = self.trust.client(purpose, &self.settings()).unwrap();
        handshake(ClientConnection::new(config, server_name(host).unwrap()).unwrap(), server)
    }
}

/// A certificate with its key and what is sent with it.
struct Leaf {
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
    params: CertificateParams,
}

fn leaf(issuer: &Issuer<'_, KeyPair>, shape: impl FnOnce(&mut CertificateParams)) -> Leaf {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "a leaf");
    shape(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, issuer).unwrap();
    Leaf { chain: vec![CertificateDer::from(certificate)], key, params }
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn private(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap()
}

fn server(leaf: &Leaf) -> Arc<ServerConfig> {
    let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().unwrap();
    Arc::new(builder.with_no_client_auth().with_single_cert(leaf.chain.clone(), private(&leaf.key)).unwrap())
}

/// Carries octets until one of the two has had enough.
fn handshake(mut phone: ClientConnection, server: Arc<ServerConfig>) -> Outcome {
    let mut server = ServerConnection::new(server).unwrap();
    let mut told = Ok(());
    while told.is_ok() && (phone.is_handshaking() || server.is_handshaking() || phone.wants_write()) {
        let mut wire = Vec::new();
        while phone.wants_write() {
            phone.write_tls(&mut wire).unwrap();
        }
        let mut wire = wire.as_slice();
        while !wire.is_empty() {
            server.read_tls(&mut wire).unwrap();
            if server.process_new_packets().is_err() {
                break;
            }
        }
        let mut wire = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        let mut wire = wire.as_slice();
        while !wire.is_empty() && told.is_ok() {
            phone.read_tls(&mut wire).unwrap();
            told = phone.process_new_packets().map(drop);
        }
    }
    Outcome { phone: told, server }
}

#[test]
fn authorities_are_kept_in_the_flash_and_told_by_their_name() {
    let flash = tempfile::tempdir().unwrap();
    let trust = trust_in(flash.path(), Defects::NONE);
    assert_eq!(trust.installed(), None);
    assert_eq!(trust.client(SIP, &Settings::default()).err(), Some("no certificate authority is installed"));
    assert_eq!(trust.install(authority("Lab CA").pem.as_bytes()), Ok("Lab CA".to_owned()));
    for bad in [&b""[..], b"<html/>", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert!(trust.install(bad).is_err());
    }
    assert_eq!(trust_in(flash.path(), Defects::NONE).installed().as_deref(), Some("Lab CA"));
    trust.forget();
    assert_eq!(trust.installed(), None);
}

#[test]
fn a_new_authority_is_in_force_with_the_next_connection() {
    let phone = Phone::new(CHECKING, &[]);
    let other = authority("Other CA");
    let theirs = leaf(&other.issuer, |it| it.subject_alt_names = vec![dns("sip.example")]);
    assert!(phone.meets(SIP, "sip.example", &theirs).is_err());
    phone.trust.install(other.pem.as_bytes()).unwrap();
    assert_eq!(phone.meets(SIP, "sip.example", &theirs), Ok(()));
}

#[test]
fn the_unit_shows_its_certificate_to_a_server_that_asks_and_its_maker_has_signed_it() {
    let phone = Phone::new(CHECKING, &[]);
    let pem = phone.trust.unit_certificate([2, 0, 0, 0, 0x78, 0x41]).unwrap();
    assert_eq!(phone.trust.unit_certificate([9; 6]).unwrap(), pem, "made once");
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes()).map(Result::unwrap).collect();
    assert_eq!(certificate::common_name(&certificates[0]).as_deref(), Some("CP-7841-3PCC-SEP020000007841"));
    let mut makers = RootCertStore::empty();
    makers.add(certificates[1].clone()).unwrap();
    let asking = WebPkiClientVerifier::builder_with_provider(Arc::new(makers), provider()).build().unwrap();
    let leaf = phone.leaf(|it| it.subject_alt_names = vec![dns("sip.example")]);
    let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().unwrap();
    let config = builder.with_client_cert_verifier(asking).with_single_cert(leaf.chain.clone(), private(&leaf.key));
    let outcome = phone.meets_at(SIP, "sip.example", Arc::new(config.unwrap()));
    assert_eq!((outcome.phone, outcome.server.is_handshaking()), (Ok(()), false));
    assert_eq!(outcome.server.peer_certificates().unwrap()[0], certificates[0]);
    phone.trust.forget();
    assert!(unit::UnitCertificate::read(phone.flash.path()).is_some(), "a factory reset leaves it");
}

#[test]
fn the_page_is_served_with_the_certificate_of_the_unit() {
    let phone = Phone::new(CHECKING, &[]);
    assert!(phone.trust.server(&phone.settings()).is_err());
    phone.trust.unit_certificate([2, 0, 0, 0, 0x78, 0x41]).unwrap();
    let served = phone.trust.server(&phone.settings()).unwrap();
    let careless = Phone::new(CHECKING, &[Defect::TlsAcceptsUnknownAuthority, Defect::TlsAcceptsAnotherName]);
    assert_eq!(careless.meets_at(Purpose::Provisioning, "192.0.2.9", served).phone, Ok(()));
}

#[test]
fn tls_1_3_is_for_a_phone_whose_profile_says_so() {
    let version = |unknown| {
        let phone = Phone::of(CHECKING, unknown, &[]);
        let leaf = phone.leaf(|it| it.subject_alt_names = vec![dns("sip.example")]);
        phone.meets_at(SIP, "sip.example", server(&leaf)).server.protocol_version()
    };
    assert_eq!(version(Unknown::default()), Some(rustls::ProtocolVersion::TLSv1_2));
    assert_eq!(version(Unknown { tls_1_3: true, ..Unknown::default() }), Some(rustls::ProtocolVersion::TLSv1_3));
}

#[test]
fn a_session_is_resumed_under_its_name_and_until_the_next_boot() {
    // That a session is not even offered under another name is seen on the wire alone: a server of rustls would not take it.
    let phone = Phone::new(CHECKING, &[]);
    let config = server(&phone.leaf(|it| it.subject_alt_names = vec![dns("a.example"), dns("b.example")]));
    let meets = |phone: &Phone, host| {
        let outcome = phone.meets_at(SIP, host, Arc::clone(&config));
        outcome.phone.unwrap();
        outcome.server.handshake_kind().unwrap()
    };
    assert_eq!(meets(&phone, "a.example"), rustls::HandshakeKind::Full);
    assert_eq!(meets(&phone, "a.example"), rustls::HandshakeKind::Resumed);
    assert_eq!(meets(&phone, "b.example"), rustls::HandshakeKind::Full);
    let booted = Phone { trust: phone.trust.at_boot(), ..phone };
    assert_eq!(meets(&booted, "a.example"), rustls::HandshakeKind::Full);
}

fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().unwrap())
}

fn uri(uri: &str) -> SanType {
    SanType::URI(uri.try_into().unwrap())
}
