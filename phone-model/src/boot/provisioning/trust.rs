//! Whom the phone trusts under TLS: nobody at first (a unit's preloaded authorities are no lab's), then whoever `Custom_CA_Rule` or
//! `/admin/updateca` installed. Kept in the flash as PEM.

use crate::defects::{Defect, Defects};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Certificates in a file beyond this are left out.
const MOST: usize = 32;

/// The authorities in the flash.
#[derive(Debug, Clone)]
pub(in crate::boot) struct Trust {
    path: PathBuf,
    defects: Defects,
}

impl Trust {
    /// Those in this flash.
    pub(in crate::boot) fn in_flash(flash: &Path, defects: Defects) -> Self {
        Trust { path: flash.join("custom-ca.pem"), defects }
    }

    /// Forgets them, as a factory reset does.
    pub(in crate::boot) fn forget(&self) {
        // Already absent is as good.
        let _ = std::fs::remove_file(&self.path);
    }

    /// Installs the authorities of a PEM file in place of those before; the name of the first.
    ///
    /// # Errors
    /// Why the file is not taken; those before stay.
    pub(in crate::boot) fn install(&self, pem: &[u8]) -> Result<String, &'static str> {
        let (_, name) = authorities(pem)?;
        let new = self.path.with_extension("new");
        let kept = std::fs::write(&new, pem)
            .and_then(|()| std::fs::File::open(&new)?.sync_all())
            .and_then(|()| std::fs::rename(&new, &self.path));
        kept.map_err(|_| "the flash could not be written").map(|()| name)
    }

    /// The name of the first authority, if there is one.
    pub(in crate::boot) fn installed(&self) -> Option<String> {
        authorities(&std::fs::read(&self.path).ok()?).ok().map(|(_, name)| name)
    }

    /// How to talk TLS to a server: 1.2, which is all that a 78xx client speaks (phone-facts §3.3), name checked as RFC 9110 §4.3.4 wants.
    ///
    /// # Errors
    /// When nobody is trusted.
    pub(in crate::boot) fn config(&self) -> Result<Arc<ClientConfig>, &'static str> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = self.verifier(&provider)?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS12])
            .map_err(|_| "TLS 1.2 is not possible")?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        Ok(Arc::new(config))
    }

    fn verifier(&self, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, &'static str> {
        if self.defects.has(Defect::ProvisioningAcceptsUnknownAuthority) {
            return Ok(Arc::new(NameOnly(Arc::clone(provider))));
        }
        let nobody = "no certificate authority is installed";
        let pem = std::fs::read(&self.path).map_err(|_| nobody)?;
        let (roots, _) = authorities(&pem).map_err(|_| nobody)?;
        let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
        let verifier = builder.build().map_err(|_| nobody)?;
        if self.defects.has(Defect::ProvisioningAcceptsAnotherName) {
            return Ok(Arc::new(AnyName(verifier)));
        }
        Ok(verifier)
    }
}

/// The authorities of a PEM file, and the name of the first.
fn authorities(pem: &[u8]) -> Result<(RootCertStore, String), &'static str> {
    let mut roots = RootCertStore::empty();
    let mut name = None;
    for certificate in CertificateDer::pem_slice_iter(pem).take(MOST) {
        let certificate = certificate.map_err(|_| "the file is no PEM certificate")?;
        roots.add(certificate).map_err(|_| "the certificate cannot be read")?;
        let subject = roots.roots.last().map(|anchor| common_name(anchor.subject.as_ref()));
        name = name.or(subject);
    }
    name.map(|name| (roots, name)).ok_or("the file holds no certificate")
}

/// The common name in an encoded subject (RFC 5280 §4.1.2.4): the text behind the identifier 2.5.4.3.
fn common_name(subject: &[u8]) -> String {
    const COMMON_NAME: &[u8] = &[0x06, 0x03, 0x55, 0x04, 0x03];
    let text = subject.windows(COMMON_NAME.len()).position(|window| window == COMMON_NAME).and_then(|at| {
        let (_tag, rest) = subject.get(at + COMMON_NAME.len()..)?.split_first()?;
        let (length, rest) = rest.split_first()?;
        // A name of 128 octets or more would have a longer length; none is that long (RFC 5280 ub-common-name).
        rest.get(..usize::from(*length))
    });
    let printable = text.map(|text| String::from_utf8_lossy(text).chars().filter(|c| !c.is_control()).collect());
    printable.unwrap_or_default()
}

/// Checks everything but the name: a defect.
#[derive(Debug)]
struct AnyName(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match self.0.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// Checks nothing but the name: a defect.
#[derive(Debug)]
struct NameOnly(Arc<CryptoProvider>);

impl ServerCertVerifier for NameOnly {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
