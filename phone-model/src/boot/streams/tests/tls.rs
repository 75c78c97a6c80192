//! Connections under TLS with a rustls server at hand.

use super::*;
use crate::boot::trust::tests::{Authority, authority, trust_in};
use crate::defects::Defect;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::net::SocketAddr;
use std::sync::Arc;
use tempfile::TempDir;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// The connections of a phone that trusts `Lab CA`.
struct Lab {
    streams: Streams,
    authority: Authority,
    listener: TcpListener,
    _flash: TempDir,
}

impl Lab {
    async fn new(defects: &[Defect]) -> Self {
        let (flash, authority) = (tempfile::tempdir().unwrap(), authority("Lab CA"));
        let defects = Defects::of(defects.iter().copied());
        let trust = trust_in(flash.path(), defects.clone());
        trust.install(authority.pem.as_bytes()).unwrap();
        let security = Security { trust, settings: Settings::default(), defects };
        let place = Place { interface: "lo".into(), address: IpAddr::from([127, 0, 0, 1]) };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Lab { streams: Streams::new(place, security), authority, listener, _flash: flash }
    }

    fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    fn calls(&mut self) {
        let secured = Secured { line: 1, host: "sip.example".into() };
        let to = self.address();
        self.streams.connect(OUT, 0, to, Some(secured));
    }

    /// Accepts a connection as `sip.example`, by an authority of ours or another.
    async fn accepts(&self, by: &Authority) -> std::io::Result<TlsStream<TcpStream>> {
        let (stream, _) = self.listener.accept().await?;
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["sip.example".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &by.issuer).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from(certificate)],
                PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap(),
            )
            .unwrap();
        TlsAcceptor::from(Arc::new(config)).accept(stream).await
    }

    async fn connected(&mut self) -> TlsStream<TcpStream> {
        self.calls();
        let peer = self.accepts(&self.authority).await.unwrap();
        assert!(matches!(event(&mut self.streams).await, (OUT, StreamEvent::Opened { .. })));
        peer
    }
}

#[tokio::test]
async fn octets_go_both_ways_and_the_end_is_announced() {
    let mut lab = Lab::new(&[]).await;
    lab.calls();
    lab.streams.write(OUT, b"early".to_vec());
    let mut peer = lab.accepts(&lab.authority).await.unwrap();
    let mut seen = [0; 5];
    peer.read_exact(&mut seen).await.unwrap();
    assert_eq!(&seen, b"early");
    assert!(matches!(event(&mut lab.streams).await, (OUT, StreamEvent::Opened { .. })));
    peer.write_all(b"hello").await.unwrap();
    assert_eq!(event(&mut lab.streams).await, (OUT, StreamEvent::Data(b"hello".to_vec())));
    lab.streams.write(OUT, b"last words".to_vec());
    lab.streams.close(OUT);
    let mut seen = String::new();
    // rustls calls an end without close_notify an error.
    peer.read_to_string(&mut seen).await.unwrap();
    assert_eq!(seen, "last words");
}

#[tokio::test]
async fn the_defect_ends_without_a_word() {
    let mut lab = Lab::new(&[Defect::TlsNoCloseNotify]).await;
    let mut peer = lab.connected().await;
    lab.streams.close(OUT);
    let ended = peer.read(&mut [0; 8]).await.unwrap_err();
    assert_eq!(ended.kind(), io::ErrorKind::UnexpectedEof);
}

#[tokio::test]
async fn the_end_of_the_server_is_told_and_answered() {
    let mut lab = Lab::new(&[]).await;
    let mut peer = lab.connected().await;
    peer.shutdown().await.unwrap();
    assert_eq!(event(&mut lab.streams).await, (OUT, StreamEvent::Closed));
    assert_eq!(peer.read(&mut [0; 8]).await.unwrap(), 0, "by close_notify");
}

#[tokio::test]
async fn a_server_that_is_not_trusted_hears_an_alert_and_nothing_else() {
    let mut lab = Lab::new(&[]).await;
    lab.calls();
    lab.streams.write(OUT, b"secret".to_vec());
    let refused = lab.accepts(&authority("Rogue CA")).await.unwrap_err();
    let refused = refused.get_ref().unwrap().downcast_ref::<rustls::Error>().unwrap().clone();
    assert_eq!(refused, rustls::Error::AlertReceived(rustls::AlertDescription::UnknownCA));
    let why = NotConnected::Untrusted("certificate of the server is of an unknown authority");
    assert_eq!(event(&mut lab.streams).await, (OUT, StreamEvent::Failed(why)));
}

#[tokio::test]
async fn without_an_authority_nobody_is_connected_to() {
    let mut streams = streams();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let secured = Secured { line: 1, host: "sip.example".into() };
    streams.connect(OUT, 0, listener.local_addr().unwrap(), Some(secured));
    let why = NotConnected::Untrusted("no certificate authority is installed");
    assert_eq!(event(&mut streams).await, (OUT, StreamEvent::Failed(why)));
    tokio::select! {
        biased;
        _ = listener.accept() => panic!("it has connected"),
        () = std::future::ready(()) => {}
    }
}

#[tokio::test]
async fn what_is_no_tls_is_told_as_that() {
    let mut lab = Lab::new(&[]).await;
    lab.calls();
    let (mut peer, _) = lab.listener.accept().await.unwrap();
    peer.write_all(b"SIP/2.0 200 OK\r\n\r\n").await.unwrap();
    let (_, failed) = event(&mut lab.streams).await;
    assert_eq!(failed, StreamEvent::Failed(NotConnected::Untrusted("TLS handshake failed")));
    lab.calls();
    drop(lab.listener.accept().await.unwrap());
    assert!(matches!(event(&mut lab.streams).await, (OUT, StreamEvent::Failed(NotConnected::Untrusted(_)))));
}

#[tokio::test]
async fn defects_say_a_wrong_hello_first_and_go_on() {
    for (defect, shown) in [
        (Defect::TlsOffersTls10, &[3, 1][..]),
        (Defect::TlsOffersTls11, &[3, 2]),
        (Defect::TlsOffersNull, &[0x00, 0x02, 0x00, 0x3b]),
        (Defect::TlsOffersCompression, &[2, 1, 0]),
        (Defect::TlsOffersEarlyData, &[0, 42, 0, 0]),
        (Defect::TlsAddressInSni, b"127.0.0.1"),
    ] {
        let mut lab = Lab::new(&[defect]).await;
        lab.calls();
        let (mut peer, _) = lab.listener.accept().await.unwrap();
        let mut hello = vec![0; 512];
        let length = peer.read(&mut hello).await.unwrap();
        assert!(hello[9..length].windows(shown.len()).any(|window| window == shown), "{defect:?}");
        drop(peer);
        lab.accepts(&lab.authority).await.unwrap();
        assert!(matches!(event(&mut lab.streams).await, (OUT, StreamEvent::Opened { .. })), "{defect:?}");
    }
}

#[tokio::test]
async fn an_attempt_that_is_given_up_is_over_at_once() {
    let mut lab = Lab::new(&[]).await;
    lab.calls();
    let (mut mute, _) = lab.listener.accept().await.unwrap();
    let mut hello = [0; 1];
    mute.read_exact(&mut hello).await.unwrap();
    lab.streams.close(OUT);
    let mut rest = Vec::new();
    mute.read_to_end(&mut rest).await.unwrap();
}
