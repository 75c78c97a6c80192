//! Lookups with real sockets, in clear and under TLS.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use crate::boot::provisioning::tests::client;
use crate::boot::trust::tests::{Authority, authority, trust_in};
use crate::defects::Defect;
use crate::ldap::filter::Filter;
use crate::ldap::server::Server;
use crate::ldap::{Auth, End, Patience, Plan};
use crate::time::Duration;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// A bind that succeeded, one entry, and the end of the search.
const BOUND: &str = "300c02010161070a010004000400";
const ENTRY: &str = "3019020102641404 03636e3d 300d300b0402636e3105 0403416e6e";
const DONE: &str = "300c02010265070a010004000400";

fn octets(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).unwrap()
}

/// Answers a bind and a search, and tells everything that it was sent.
async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> Vec<u8> {
    let (mut told, mut chunk) = (Vec::new(), [0; 4096]);
    for answer in [octets(BOUND), [octets(ENTRY), octets(DONE)].concat()] {
        match stream.read(&mut chunk).await {
            Ok(length @ 1..) => told.extend_from_slice(&chunk[..length]),
            Ok(_) | Err(_) => return told,
        }
        stream.write_all(&answer).await.unwrap();
    }
    // The unbind and the end.
    while let Ok(length @ 1..) = stream.read(&mut chunk).await {
        told.extend_from_slice(&chunk[..length]);
    }
    told
}

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// A server under TLS; what was said inside, nothing when there was no TLS. It takes so many connections.
async fn secure_server(authority: &Authority, name: &str, connections: usize) -> (u16, JoinHandle<Vec<u8>>) {
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(certificate)], key)
        .unwrap();
    let (listener, port) = listen().await;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let task = tokio::spawn(async move {
        let mut told = Vec::new();
        for _ in 0..connections {
            let (stream, _) = listener.accept().await.unwrap();
            if let Ok(stream) = acceptor.accept(stream).await {
                told.extend(serve(stream).await);
            }
        }
        told
    });
    (port, task)
}

/// A lookup that trusts this authority.
async fn look_up(server: &str, authority: Option<&Authority>, defects: &[Defect]) -> Result<Found, Failure> {
    let flash = TempDir::new().unwrap();
    let defects = Defects::of(defects.iter().copied());
    let trust = trust_in(flash.path(), defects.clone());
    if let Some(authority) = authority {
        trust.install(authority.pem.as_bytes()).unwrap();
    }
    let asking = client();
    let clock = Clock::start();
    let (_give_up, given_up) = oneshot::channel();
    let dialer = Dialer { place: asking.place, look_ups: asking.look_ups, trust };
    let running = lookup::Running { dialer, settings: Settings::default(), defects: defects.clone(), clock, given_up };
    let plan = Plan {
        server: Server::parse(server).unwrap(),
        start_tls: false,
        auth: Auth::Simple { dn: "cn=phone".into(), password: "secret".into() },
        base: "dc=x".into(),
        filter: Filter::parse("(sn=A*)").unwrap(),
        attributes: vec!["cn".into()],
        patience: Patience { answer: Duration::from_secs(20), whole: Duration::from_secs(60) },
    };
    running.run(Lookup::new(plan, defects, Random::seeded(1), clock.now())).await
}

fn holds(octets: &[u8], text: &str) -> bool {
    octets.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn a_lookup_in_clear_is_readable_and_ends_with_an_unbind() {
    let (listener, port) = listen().await;
    let server = tokio::spawn(async move { serve(listener.accept().await.unwrap().0).await });
    let found = look_up(&format!("ldap://prov.example:{port}"), None, &[]).await.unwrap();
    assert_eq!((found.entries[0].attributes[0].1[0].as_str(), found.end), ("Ann", End::Complete));
    let told = server.await.unwrap();
    assert!(holds(&told, "secret"));
    assert!(told.ends_with(&octets("30050201034200")), "the last word is an unbind");
}

#[tokio::test]
async fn a_lookup_under_tls_finds_the_same() {
    let ours = authority("Lab CA");
    let (port, server) = secure_server(&ours, "prov.example", 1).await;
    let found = look_up(&format!("ldaps://prov.example:{port}"), Some(&ours), &[]).await.unwrap();
    assert_eq!(found.entries.len(), 1);
    assert!(holds(&server.await.unwrap(), "secret"));
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_gets_no_word() {
    let (ours, other) = (authority("Lab CA"), authority("Other CA"));
    let (port, server) = secure_server(&other, "prov.example", 1).await;
    let failure = look_up(&format!("ldaps://prov.example:{port}"), Some(&ours), &[]).await.unwrap_err();
    assert_eq!(failure.to_string(), "Refused: certificate of the server is of an unknown authority");
    assert_eq!(server.await.unwrap(), b"");
    // Phones with defects do speak to it.
    let (port, server) = secure_server(&other, "prov.example", 1).await;
    let url = format!("ldaps://prov.example:{port}");
    assert!(look_up(&url, Some(&ours), &[Defect::LdapAcceptsAnyCertificate]).await.is_ok());
    assert!(holds(&server.await.unwrap(), "secret"));
    let (port, server) = secure_server(&other, "prov.example", 2).await;
    let url = format!("ldaps://prov.example:{port}");
    let failure = look_up(&url, Some(&ours), &[Defect::LdapPasswordToRefused]).await.unwrap_err();
    assert!(matches!(failure, Failure::Certificate(_)));
    assert!(holds(&server.await.unwrap(), "secret"));
}

#[tokio::test]
async fn without_an_authority_there_is_no_connection_for_tls() {
    let (_listener, port) = listen().await;
    let failure = look_up(&format!("ldaps://prov.example:{port}"), None, &[]).await.unwrap_err();
    assert_eq!(failure.to_string(), "No secure connection: no certificate authority is installed");
}

#[tokio::test]
async fn names_and_connections_that_are_not_there_are_told_apart() {
    let failure = look_up("ldap://nowhere.example", None, &[]).await.unwrap_err();
    assert_eq!(failure, Failure::NoAddress);
    let (listener, port) = listen().await;
    drop(listener);
    assert_eq!(look_up(&format!("ldap://127.0.0.1:{port}"), None, &[]).await.unwrap_err(), Failure::Unreachable);
}
