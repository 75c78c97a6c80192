//! The certificate of the unit, by which servers know it and under which it serves its page (phone-facts §3.3: "manufacturing installed").
//! A real one is issued by the maker; this one by an authority that the phone makes at its first boot and whose key it does not keep.
//! Both stand in the flash and outlive a factory reset.

use super::authorities::keep;
use crate::net::datagram::Mac;
use crate::profile::Profile;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Why there is none.
pub(super) const UNUSABLE: &str = "the certificate of the unit cannot be used";

/// Certificate and key.
#[derive(Debug)]
pub(super) struct UnitCertificate {
    /// The unit's, then the authority's.
    pub(super) chain: Vec<CertificateDer<'static>>,
    /// Its key.
    pub(super) key: PrivateKeyDer<'static>,
}

impl UnitCertificate {
    /// Reads it from the flash; nothing when it is not there, or in part.
    pub(super) fn read(flash: &Path) -> Option<Self> {
        let chain: Vec<_> = CertificateDer::pem_file_iter(chain_in(flash)).ok()?.collect::<Result<_, _>>().ok()?;
        let key = PrivateKeyDer::from_pem_file(key_in(flash)).ok()?;
        (!chain.is_empty()).then_some(UnitCertificate { chain, key })
    }
}

/// Makes the certificate of the unit, unless it is there; that and its maker's, as PEM.
pub(super) fn ensure(flash: &Path, profile: &Profile, mac: Mac) -> Result<String, &'static str> {
    if UnitCertificate::read(flash).is_none() {
        let (chain, key) = make(profile, mac).map_err(|_| "the certificate of the unit cannot be made")?;
        // The key first: without it the certificate is not there.
        let kept = keep_secret(&key_in(flash), key.as_bytes()).and_then(|()| keep(&chain_in(flash), chain.as_bytes()));
        kept.map_err(|_| "the flash could not be written")?;
    }
    std::fs::read_to_string(chain_in(flash)).map_err(|_| UNUSABLE)
}

/// Chain and key, as PEM.
fn make(profile: &Profile, mac: Mac) -> Result<(String, String), rcgen::Error> {
    let (product, address) = (profile.model.product_name(), hex::encode_upper(mac));
    let (mut maker, maker_key) = (CertificateParams::default(), KeyPair::generate()?);
    maker.distinguished_name.remove(DnType::CommonName);
    maker.distinguished_name.push(DnType::OrganizationName, "offhook");
    // Each unit has an authority of its own, so its name must be its own too.
    maker.distinguished_name.push(DnType::CommonName, format!("offhook Manufacturing CA {address}"));
    maker.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    maker.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (maker.not_before, maker.not_after) = lifetime();
    let authority = maker.self_signed(&maker_key)?;
    let name = format!("SEP{address}");
    let mut unit = CertificateParams::new(vec![name])?;
    unit.distinguished_name.remove(DnType::CommonName);
    unit.distinguished_name.push(DnType::OrganizationName, "offhook");
    unit.distinguished_name.push(DnType::CommonName, format!("{product}-SEP{address}"));
    unit.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyAgreement];
    unit.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
    unit.use_authority_key_identifier_extension = true;
    (unit.not_before, unit.not_after) = lifetime();
    let key = KeyPair::generate()?;
    let certificate = unit.signed_by(&key, &Issuer::new(maker, maker_key))?;
    Ok((format!("{}{}", certificate.pem(), authority.pem()), key.serialize_pem()))
}

/// As long as the unit may live, whatever its clock says when it is made.
fn lifetime() -> (time::OffsetDateTime, time::OffsetDateTime) {
    (rcgen::date_time_ymd(2016, 1, 1), rcgen::date_time_ymd(2049, 12, 31))
}

/// Writes a file that only the phone may read.
fn keep_secret(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let new = path.with_extension("new");
    // One of an earlier attempt may be readable by others.
    let _ = std::fs::remove_file(&new);
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&new, path)
}

fn chain_in(flash: &Path) -> PathBuf {
    flash.join("unit-certificate.pem")
}

fn key_in(flash: &Path) -> PathBuf {
    flash.join("unit-key.pem")
}
