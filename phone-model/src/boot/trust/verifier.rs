//! The check of a server's certificate: first its chain (RFC 5280 §6.1: signatures, validity, usage, constraints, revocation by the lists at
//! hand), then its name.
//!
//! Our reading: an extended key usage must hold serverAuth, as OpenSSL wants it; RFC 5922 §7.1 would let the SIP domain usage alone do.

mod excuses;

use super::Purpose;
use super::authorities::Trusted;
use super::names::{self, Rule};
use crate::defects::{Defect, Defects};
use excuses::Excuses;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use std::sync::Arc;

/// Checks servers for one purpose.
#[derive(Debug)]
pub(super) struct Verifier {
    /// Nothing when nobody is trusted, which only a defect survives.
    chain: Option<Arc<WebPkiServerVerifier>>,
    names: Option<Rule>,
    excuses: Excuses,
    provider: CryptoProvider,
    defects: Defects,
}

impl Verifier {
    /// A verifier that trusts these, and checks names by this rule or not at all.
    ///
    /// # Errors
    /// When nobody is trusted.
    pub(super) fn new(
        trusted: Option<Trusted>,
        names: Option<Rule>,
        purpose: Purpose,
        provider: &Arc<CryptoProvider>,
        defects: Defects,
    ) -> Result<Self, &'static str> {
        let credulous = purpose == Purpose::Provisioning && defects.has(Defect::ProvisioningAcceptsUnknownAuthority)
            || defects.has(Defect::TlsAcceptsUnknownAuthority);
        let nobody = "no certificate authority is installed";
        if trusted.is_none() && !credulous {
            return Err(nobody);
        }
        let (roots, revoked) =
            trusted.map_or_else(|| (RootCertStore::empty(), Vec::new()), |it| (it.roots, it.revoked));
        let roots = Arc::new(roots);
        let revoked = if defects.has(Defect::TlsAcceptsRevoked) { Vec::new() } else { revoked };
        let builder = WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(provider))
            .with_crls(revoked)
            // The lists of one authority say nothing about the certificates of another.
            .allow_unknown_revocation_status();
        let chain = builder.build().ok();
        if chain.is_none() && !credulous {
            return Err(nobody);
        }
        let names = match purpose == Purpose::Provisioning && defects.has(Defect::ProvisioningAcceptsAnotherName)
            || defects.has(Defect::TlsAcceptsAnotherName)
        {
            true => None,
            false => names,
        };
        let excuses = Excuses::new(roots, Arc::clone(provider), credulous, defects.clone());
        Ok(Verifier { chain, names, excuses, provider: CryptoProvider::clone(provider), defects })
    }

    fn check_chain(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<(), Error> {
        let Some(chain) = &self.chain else {
            return self.excuses.consider(CertificateError::UnknownIssuer.into(), certificate, intermediates, now);
        };
        match chain.verify_server_cert(certificate, intermediates, name, &[], now) {
            // The library checks the chain first. What it says about the name is not asked for: the purpose has its own rule.
            Ok(_)
            | Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(()),
            Err(error) => self.excuses.consider(error, certificate, intermediates, now),
        }
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.check_chain(certificate, intermediates, name, now)?;
        if let Some(rule) = self.names {
            names::check(rule, certificate, name, &self.defects)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
