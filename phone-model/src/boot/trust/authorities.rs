//! The authorities in the flash: nobody at first (a unit's preloaded authorities are no lab's), then whoever `Custom_CA_Rule` or
//! `/admin/updateca` installed. Kept as the PEM file that was fetched.

use super::certificate::common_name;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use std::io;
use std::path::{Path, PathBuf};

/// Certificates and revocation lists in a file beyond this are left out.
const MOST: usize = 32;

/// The file.
#[derive(Debug, Clone)]
pub(super) struct Authorities(PathBuf);

/// What is trusted.
#[derive(Debug)]
pub(super) struct Trusted {
    /// Authorities.
    pub(super) roots: RootCertStore,
    /// What they have revoked: lists that stood in the file. None is ever fetched.
    pub(super) revoked: Vec<CertificateRevocationListDer<'static>>,
    /// Name of the first authority.
    name: String,
}

impl Authorities {
    /// Those in this flash.
    pub(super) fn in_flash(flash: &Path) -> Self {
        Authorities(flash.join("custom-ca.pem"))
    }

    /// Forgets them.
    pub(super) fn forget(&self) {
        // Already absent is as good.
        let _ = std::fs::remove_file(&self.0);
    }

    /// Keeps a file in place of the one before; the name of its first authority.
    pub(super) fn install(&self, pem: &[u8]) -> Result<String, &'static str> {
        let trusted = read(pem)?;
        keep(&self.0, pem).map_err(|_| "the flash could not be written")?;
        Ok(trusted.name)
    }

    /// The name of the first authority, if there is one.
    pub(super) fn installed(&self) -> Option<String> {
        read(&self.pem()?).ok().map(|trusted| trusted.name)
    }

    /// The file, if there is one.
    pub(super) fn pem(&self) -> Option<Vec<u8>> {
        std::fs::read(&self.0).ok()
    }
}

/// Writes a file so that a loss of power leaves the old or the new one.
pub(super) fn keep(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    std::fs::write(&new, bytes)?;
    std::fs::File::open(&new)?.sync_all()?;
    std::fs::rename(&new, path)
}

/// What a PEM file holds.
pub(super) fn read(pem: &[u8]) -> Result<Trusted, &'static str> {
    let mut roots = RootCertStore::empty();
    let mut name = None;
    for certificate in CertificateDer::pem_slice_iter(pem).take(MOST) {
        let certificate = certificate.map_err(|_| "the file is no PEM certificate")?;
        name = name.or_else(|| Some(common_name(&certificate).unwrap_or_default()));
        roots.add(certificate).map_err(|_| "the certificate cannot be read")?;
    }
    let revoked = CertificateRevocationListDer::pem_slice_iter(pem).take(MOST).filter_map(Result::ok).collect();
    name.map(|name| Trusted { roots, revoked, name }).ok_or("the file holds no certificate")
}
