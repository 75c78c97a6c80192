//! `wss`: who the server is comes before the first octet of HTTP, and nothing takes the place of TLS.

use super::*;
use crate::boot::trust::tests::authority;
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// First octet of a record of a handshake (RFC 5246 Appendix A.1).
const HANDSHAKE: u8 = 22;

/// A certificate of `authority` for `name`.
fn showing(authority: &Authority, name: &str) -> TlsAcceptor {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &authority.issuer);
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(certificate.unwrap())],
            PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap(),
        );
    TlsAcceptor::from(Arc::new(config.unwrap()))
}

/// The next connection, and its first octet, which is still to be read.
async fn begun(bench: &Bench) -> (TcpStream, u8) {
    let stream = bench.arrived().await;
    let mut first = [0];
    let peeked = tokio::time::timeout(GENEROUS, stream.peek(&mut first)).await;
    assert_eq!(peeked.expect("it says nothing").unwrap(), 1);
    (stream, first[0])
}

fn secure<'s>(trusted: &'s Authority, defects: &'s [Defect]) -> Shape<'s> {
    Shape { scheme: "wss", trusted: Some(trusted), defects, ..Shape::default() }
}

#[tokio::test]
async fn a_server_that_proves_who_it_is_gets_its_websocket_inside_tls() {
    let ours = authority("Lab CA");
    let bench = bench_of(secure(&ours, &[])).await;
    let (stream, first) = begun(&bench).await;
    assert_eq!(first, HANDSHAKE);
    let stream = showing(&ours, "prov.example").accept(stream).await.unwrap();
    assert_eq!(stream.get_ref().1.server_name(), Some("prov.example"));
    let mut socket = accept_async(stream).await.unwrap();
    socket.send(Message::text(r#"{"Request-URI": "/api/GetMetadata"}"#)).await.unwrap();
    let Some(Ok(Message::Text(answer))) = socket.next().await else { panic!("no answer") };
    assert!(answer.as_str().contains("openapi"), "{answer}");
}

#[tokio::test]
async fn a_wrong_certificate_gets_no_octet_of_http_however_often_it_is_shown_and_never_one_in_clear() {
    let (ours, theirs) = (authority("Lab CA"), authority("Rogue CA"));
    for (wrong, why) in [
        (showing(&theirs, "prov.example"), "of an unknown authority"),
        (showing(&ours, "other.example"), "for another name"),
        (showing(&ours, "*.example.com"), "for another name"),
    ] {
        let mut bench = bench_of(secure(&ours, &[])).await;
        for attempt in 1..=3 {
            let (stream, first) = begun(&bench).await;
            assert_eq!(first, HANDSHAKE, "attempt {attempt} is in clear");
            // What a phone wanted to say would come behind its Finished, and there is none.
            let refused = wrong.accept(stream).await.expect_err("it goes on");
            let refused = refused.get_ref().unwrap().downcast_ref::<rustls::Error>().unwrap();
            assert!(matches!(refused, rustls::Error::AlertReceived(_)), "{refused:?}");
            bench.logs(why).await;
        }
        // Who shows the right one afterwards is served.
        let (stream, _) = begun(&bench).await;
        accept_async(showing(&ours, "prov.example").accept(stream).await.unwrap()).await.unwrap();
    }
}

#[tokio::test]
async fn without_an_authority_no_connection_is_made() {
    let mut bench = bench_of(Shape { scheme: "wss", ..Shape::default() }).await;
    for _ in 1..=3 {
        bench.logs("no certificate authority is installed").await;
    }
    assert!(!bench.has_arrived().await);
}

#[tokio::test]
async fn what_is_no_tls_is_left_and_asked_for_nothing() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let ours = authority("Lab CA");
    let bench = bench_of(secure(&ours, &[])).await;
    let (mut stream, _) = begun(&bench).await;
    stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    let mut said = Vec::new();
    // It may end by a reset.
    let _ = tokio::time::timeout(GENEROUS, stream.read_to_end(&mut said)).await.expect("it stays");
    assert!(!said.windows(3).any(|window| window == b"GET"), "{said:?}");
    assert_eq!(begun(&bench).await.1, HANDSHAKE);
}

#[tokio::test]
async fn each_defect_of_wss_is_its_own_wrong_behaviour() {
    let (ours, theirs) = (authority("Lab CA"), authority("Rogue CA"));
    let wrong = showing(&theirs, "prov.example");

    let bench = bench_of(secure(&ours, &[Defect::ControlClearForWss])).await;
    assert_eq!(begun(&bench).await.1, b'G', "the WebSocket is asked for in clear");

    let bench = bench_of(secure(&ours, &[Defect::ControlDowngrades])).await;
    let (stream, first) = begun(&bench).await;
    assert_eq!(first, HANDSHAKE);
    assert!(wrong.accept(stream).await.is_err());
    assert_eq!(begun(&bench).await.1, b'G', "in clear, as TLS failed");

    let bench = bench_of(secure(&ours, &[Defect::ControlAcceptsAnyCertificate])).await;
    let (stream, _) = begun(&bench).await;
    accept_async(wrong.accept(stream).await.expect("it takes it")).await.unwrap();

    let bench = bench_of(secure(&ours, &[Defect::ControlAsksRefused])).await;
    let (stream, _) = begun(&bench).await;
    assert!(wrong.accept(stream).await.is_err(), "it refuses it");
    let (stream, first) = begun(&bench).await;
    assert_eq!(first, HANDSHAKE);
    accept_async(wrong.accept(stream).await.expect("it goes on")).await.expect("and asks all the same");
}
