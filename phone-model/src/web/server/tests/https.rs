//! The page under TLS.

use super::*;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use tokio_rustls::TlsConnector;

/// Takes any certificate, as the clients of real phones do.
#[derive(Debug)]
struct Careless;

impl ServerCertVerifier for Careless {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        default_provider().signature_verification_algorithms.supported_schemes()
    }
}

pub(super) async fn secure_phone() -> Phone {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["phone".to_owned()]).unwrap().self_signed(&key).unwrap();
    let key = PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], key);
    phone_under(Some(Arc::new(config.unwrap()))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_is_served_under_tls_and_ends_with_close_notify() {
    let phone = secure_phone().await;
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Careless))
        .with_no_client_auth();
    let stream = TcpStream::connect(phone.at).await.unwrap();
    let name = ServerName::try_from("phone").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    stream.write_all(&request("GET /admin/advanced", "")).await.unwrap();
    let mut answer = String::new();
    // An end without close_notify would be an error.
    stream.read_to_string(&mut answer).await.unwrap();
    assert_eq!(status(&answer), "200");
    phone.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_speak_tls_gets_an_alert_and_no_page() {
    let phone = secure_phone().await;
    let mut stream = TcpStream::connect(phone.at).await.unwrap();
    stream.write_all(&request("GET /", "")).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert_eq!((answer[0], answer.len()), (21, 7), "one alert record: {answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_says_nothing_does_not_keep_the_page_from_others_or_from_stopping() {
    let phone = secure_phone().await;
    let mut mute = Vec::new();
    for _ in 0..CONNECTIONS_OF_ONE_PEER {
        mute.push(TcpStream::connect(phone.at).await.unwrap());
    }
    let mut surplus = TcpStream::connect(phone.at).await.unwrap();
    assert_eq!(surplus.read(&mut [0; 1]).await.unwrap_or(0), 0);
    let begun = std::time::Instant::now();
    phone.server.stop().await;
    assert!(begun.elapsed() < HANDSHAKE_TIME);
}
