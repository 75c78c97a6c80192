//! Defects of the check: each lets one wrong certificate pass, and looks at all else as before.

use super::super::certificate::is_self_issued;
use crate::defects::{Defect, Defects};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::{ParsedCertificate, WebPkiClientVerifier};
use rustls::{CertificateError as Wrong, Error, RootCertStore};
use std::sync::Arc;

/// What a phone with defects lets pass.
#[derive(Debug)]
pub(super) struct Excuses {
    roots: Arc<RootCertStore>,
    provider: Arc<CryptoProvider>,
    /// Any authority will do.
    credulous: bool,
    defects: Defects,
}

impl Excuses {
    pub(super) fn new(
        roots: Arc<RootCertStore>,
        provider: Arc<CryptoProvider>,
        credulous: bool,
        defects: Defects,
    ) -> Self {
        Excuses { roots, provider, credulous, defects }
    }

    /// Whether a defect excuses what is wrong with a chain.
    ///
    /// # Errors
    /// What is wrong, when none does.
    pub(super) fn consider(
        &self,
        wrong: Error,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let has = |defect| self.defects.has(defect);
        let Error::InvalidCertificate(reason) = &wrong else { return Err(wrong) };
        let excused = match reason {
            Wrong::ExpiredContext { not_after, .. } if has(Defect::TlsAcceptsExpired) => {
                self.is_signed(&self.roots, certificate, intermediates, *not_after)
            }
            Wrong::NotValidYetContext { not_before, .. } if has(Defect::TlsAcceptsNotYetValid) => {
                self.is_signed(&self.roots, certificate, intermediates, *not_before)
            }
            Wrong::InvalidPurpose | Wrong::InvalidPurposeContext { .. } if has(Defect::TlsAcceptsClientOnly) => {
                self.is_client(certificate, intermediates, now)
            }
            Wrong::UnsupportedSignatureAlgorithmContext { .. } if has(Defect::TlsAcceptsOldHashes) => true,
            Wrong::UnknownIssuer if self.credulous => true,
            // A certificate that signs itself may also be taken for an authority in the wrong place.
            Wrong::UnknownIssuer | Wrong::BadSignature | Wrong::Other(_)
                if has(Defect::TlsAcceptsSelfSigned) && is_self_issued(certificate) =>
            {
                true
            }
            _ if has(Defect::TlsAcceptsLeafAsAuthority) => self.is_signed_by_leaf(certificate, intermediates, now),
            _ => false,
        };
        if excused { Ok(()) } else { Err(wrong) }
    }

    fn is_signed(
        &self,
        roots: &RootCertStore,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> bool {
        let algorithms = self.provider.signature_verification_algorithms.all;
        ParsedCertificate::try_from(certificate).is_ok_and(|certificate| {
            verify_server_cert_signed_by_trust_anchor(&certificate, roots, intermediates, now, algorithms).is_ok()
        })
    }

    /// Whether the certificate would do for a client.
    fn is_client(&self, certificate: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>], now: UnixTime) -> bool {
        let (roots, provider) = (Arc::clone(&self.roots), Arc::clone(&self.provider));
        let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider).build();
        verifier.is_ok_and(|verifier| verifier.verify_client_cert(certificate, intermediates, now).is_ok())
    }

    /// Whether a certificate that was sent along, and would do for a server only, signed this one.
    fn is_signed_by_leaf(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> bool {
        intermediates.iter().filter(|leaf| self.is_signed(&self.roots, leaf, intermediates, now)).any(|leaf| {
            let mut roots = RootCertStore::empty();
            roots.add(leaf.clone()).is_ok() && self.is_signed(&roots, certificate, &[], now)
        })
    }
}
