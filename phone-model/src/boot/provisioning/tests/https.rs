//! Servers with right and wrong certificates.

use super::*;
use crate::boot::trust::tests::{Authority, authority};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;

/// A server with a certificate of `authority` for `name`; it tells what was asked of it, nothing when TLS was refused.
async fn server(
    authority: &Authority,
    name: &str,
    answer: String,
) -> (SocketAddr, tokio::task::JoinHandle<Option<String>>) {
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(certificate)],
            PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap(),
        )
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = TlsAcceptor::from(Arc::new(config)).accept(stream).await.ok()?;
        assert_eq!(stream.get_ref().1.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_2));
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        stream.write_all(answer.as_bytes()).await.ok()?;
        stream.shutdown().await.ok()?;
        String::from_utf8(head).ok()
    });
    (address, task)
}

fn trusting(authority: Option<&Authority>, defects: &[Defect]) -> (Client, TempDir) {
    let flash = tempfile::tempdir().unwrap();
    let defects = Defects::of(defects.iter().copied());
    let trust = trust_in(flash.path(), defects.clone());
    if let Some(authority) = authority {
        trust.install(authority.pem.as_bytes()).unwrap();
    }
    (Client { trust, defects, ..client() }, flash)
}

fn url(address: SocketAddr) -> String {
    format!("https://prov.example:{}/p.xml", address.port())
}

#[tokio::test]
async fn a_server_of_a_trusted_authority_is_asked_under_tls_1_2() {
    let ours = authority("Lab CA");
    let (client, _flash) = trusting(Some(&ours), &[]);
    let (address, server) = server(&ours, "prov.example", ok("<flat-profile/>")).await;
    assert_eq!(client.fetch(&url(address)).await.unwrap(), "<flat-profile/>");
    assert!(server.await.unwrap().unwrap().starts_with("GET /p.xml HTTP/1.1\r\n"));
    let (address, _server) = self::server(&ours, "127.0.0.1", ok("x")).await;
    assert_eq!(client.fetch(&format!("https://{address}/")).await.unwrap(), "x", "an address in the certificate");
}

#[tokio::test]
async fn an_unknown_authority_and_another_name_get_no_request() {
    let (ours, theirs) = (authority("Lab CA"), authority("Rogue CA"));
    for (issuer, name, defect, told) in [
        (
            &theirs,
            "prov.example",
            Defect::ProvisioningAcceptsUnknownAuthority,
            "certificate of the server is of an unknown authority",
        ),
        (
            &ours,
            "other.example",
            Defect::ProvisioningAcceptsAnotherName,
            "certificate of the server is for another name",
        ),
    ] {
        let (client, _flash) = trusting(Some(&ours), &[]);
        let (address, server) = server(issuer, name, ok("x")).await;
        assert_eq!(client.fetch(&url(address)).await, Err(Failure::Tls(told)));
        assert_eq!(server.await.unwrap(), None);
        let (client, _flash) = trusting(Some(&ours), &[defect]);
        let (address, _server) = self::server(issuer, name, ok("x")).await;
        assert_eq!(client.fetch(&url(address)).await.unwrap(), "x", "{defect:?}");
    }
    let (client, _flash) = trusting(Some(&ours), &[Defect::ProvisioningAcceptsUnknownAuthority]);
    let (address, _server) = server(&theirs, "other.example", ok("x")).await;
    assert!(client.fetch(&url(address)).await.is_err(), "one defect is one wrong behaviour");
}

#[tokio::test]
async fn without_an_authority_no_connection_is_made() {
    let (client, _flash) = trusting(None, &[]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let failure = client.fetch(&url(listener.local_addr().unwrap())).await;
    assert_eq!(failure, Err(Failure::Tls("no certificate authority is installed")));
    tokio::select! {
        biased;
        _ = listener.accept() => panic!("it has connected"),
        () = std::future::ready(()) => {}
    }
}

#[tokio::test]
async fn a_redirection_from_https_to_http_is_not_followed() {
    let ours = authority("Lab CA");
    let (clear, asked) = super::server(vec![ok("x")]).await;
    let moved = format!("HTTP/1.1 302 Found\r\nLocation: http://{clear}/x\r\nContent-Length: 0\r\n\r\n");
    let (client, _flash) = trusting(Some(&ours), &[]);
    let (address, _server) = server(&ours, "prov.example", moved.clone()).await;
    assert!(matches!(client.fetch(&url(address)).await, Err(Failure::Url(_))));
    assert!(!asked.is_finished());
    let (client, _flash) = trusting(Some(&ours), &[Defect::ProvisioningFollowsHttpFromHttps]);
    let (address, _server) = self::server(&ours, "prov.example", moved).await;
    assert_eq!(client.fetch(&url(address)).await.unwrap(), "x");
}
