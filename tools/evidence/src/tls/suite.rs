//! Cipher suites: names, and how records of those that can be opened are protected.

use serde::Serialize;

use super::names::{is_grease, numbers};

numbers! {
    /// A cipher suite (TLS Cipher Suites).
    Suite(u16, "4") {
        0x0000 => "TLS_NULL_WITH_NULL_NULL",
        0x0001 => "TLS_RSA_WITH_NULL_MD5",
        0x0002 => "TLS_RSA_WITH_NULL_SHA",
        0x0003 => "TLS_RSA_EXPORT_WITH_RC4_40_MD5",
        0x0004 => "TLS_RSA_WITH_RC4_128_MD5",
        0x0005 => "TLS_RSA_WITH_RC4_128_SHA",
        0x0006 => "TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5",
        0x0008 => "TLS_RSA_EXPORT_WITH_DES40_CBC_SHA",
        0x0009 => "TLS_RSA_WITH_DES_CBC_SHA",
        0x000a => "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
        0x0014 => "TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA",
        0x0016 => "TLS_DHE_RSA_WITH_3DES_EDE_CBC_SHA",
        0x0018 => "TLS_DH_anon_WITH_RC4_128_MD5",
        0x002f => "TLS_RSA_WITH_AES_128_CBC_SHA",
        0x0033 => "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
        0x0034 => "TLS_DH_anon_WITH_AES_128_CBC_SHA",
        0x0035 => "TLS_RSA_WITH_AES_256_CBC_SHA",
        0x0039 => "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
        0x003a => "TLS_DH_anon_WITH_AES_256_CBC_SHA",
        0x003b => "TLS_RSA_WITH_NULL_SHA256",
        0x003c => "TLS_RSA_WITH_AES_128_CBC_SHA256",
        0x003d => "TLS_RSA_WITH_AES_256_CBC_SHA256",
        0x0067 => "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
        0x006b => "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
        0x009c => "TLS_RSA_WITH_AES_128_GCM_SHA256",
        0x009d => "TLS_RSA_WITH_AES_256_GCM_SHA384",
        0x009e => "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
        0x009f => "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
        0x00ff => "TLS_EMPTY_RENEGOTIATION_INFO_SCSV",
        0x1301 => "TLS_AES_128_GCM_SHA256",
        0x1302 => "TLS_AES_256_GCM_SHA384",
        0x1303 => "TLS_CHACHA20_POLY1305_SHA256",
        0x1304 => "TLS_AES_128_CCM_SHA256",
        0x1305 => "TLS_AES_128_CCM_8_SHA256",
        0x5600 => "TLS_FALLBACK_SCSV",
        0xc006 => "TLS_ECDHE_ECDSA_WITH_NULL_SHA",
        0xc007 => "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
        0xc008 => "TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA",
        0xc009 => "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
        0xc00a => "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
        0xc010 => "TLS_ECDHE_RSA_WITH_NULL_SHA",
        0xc011 => "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
        0xc012 => "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
        0xc013 => "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
        0xc014 => "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
        0xc023 => "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
        0xc024 => "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
        0xc027 => "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
        0xc028 => "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
        0xc02b => "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        0xc02c => "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        0xc02f => "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        0xc030 => "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        0xc09c => "TLS_RSA_WITH_AES_128_CCM",
        0xc09d => "TLS_RSA_WITH_AES_256_CCM",
        0xc09e => "TLS_DHE_RSA_WITH_AES_128_CCM",
        0xc09f => "TLS_DHE_RSA_WITH_AES_256_CCM",
        0xc0a0 => "TLS_RSA_WITH_AES_128_CCM_8",
        0xc0a1 => "TLS_RSA_WITH_AES_256_CCM_8",
        0xc0a2 => "TLS_DHE_RSA_WITH_AES_128_CCM_8",
        0xc0a3 => "TLS_DHE_RSA_WITH_AES_256_CCM_8",
        0xc0ac => "TLS_ECDHE_ECDSA_WITH_AES_128_CCM",
        0xc0ad => "TLS_ECDHE_ECDSA_WITH_AES_256_CCM",
        0xc0ae => "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
        0xc0af => "TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8",
        0xcca8 => "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        0xcca9 => "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        0xccaa => "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    }
}

/// TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746 §3.3).
pub const RENEGOTIATION_SCSV: Suite = Suite(0x00ff);
/// TLS_FALLBACK_SCSV (RFC 7507).
pub const FALLBACK_SCSV: Suite = Suite(0x5600);

/// Hash of the key derivation, and of the MAC of CBC suites.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha1,
    Sha256,
    Sha384,
}

/// How records are protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cipher {
    Aes128Gcm,
    Aes256Gcm,
    ChaCha20Poly1305,
    /// Octets of the tag: 16 or 8.
    Aes128Ccm(usize),
    Aes256Ccm(usize),
    Aes128Cbc(Hash),
    Aes256Cbc(Hash),
}

impl Cipher {
    pub(crate) fn key_len(self) -> usize {
        match self {
            Cipher::Aes128Gcm | Cipher::Aes128Ccm(_) | Cipher::Aes128Cbc(_) => 16,
            Cipher::Aes256Gcm | Cipher::ChaCha20Poly1305 | Cipher::Aes256Ccm(_) | Cipher::Aes256Cbc(_) => 32,
        }
    }
}

/// What it takes to open records of a suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) cipher: Cipher,
    /// Of PRF (TLS 1.2) or HKDF (TLS 1.3).
    pub(crate) hash: Hash,
}

impl Suite {
    /// Whether it is a value that only tests that unknown ones are ignored (RFC 8701).
    pub fn is_grease(self) -> bool {
        is_grease(self.0)
    }

    /// Whether it only tells something, and cannot be chosen.
    pub fn is_signal(self) -> bool {
        self == RENEGOTIATION_SCSV || self == FALLBACK_SCSV
    }

    /// Whether it leaves everything readable, or is breakable or of less than 112 bits, or authenticates nobody: NULL, EXPORT, RC4, RC2,
    /// DES, anonymous (must not be offered: RFC 9325 §4.1).
    pub fn is_forbidden(self) -> bool {
        let name = self.name().unwrap_or_default();
        ["_NULL", "EXPORT", "_RC4_", "_RC2_", "_DES_", "_anon_"].iter().any(|word| name.contains(word))
    }

    /// Whether a later theft of the server's key opens what was recorded: static RSA key exchange (should not be offered: RFC 9325 §4.1).
    pub fn is_static_rsa(self) -> bool {
        self.name().is_some_and(|name| name.starts_with("TLS_RSA_"))
    }

    /// Whether its cipher is AEAD.
    pub fn is_aead(self) -> bool {
        let name = self.name().unwrap_or_default();
        ["_GCM_", "_CCM", "_CHACHA20_"].iter().any(|word| name.contains(word))
    }

    /// Whether the server's key exchange names a curve.
    pub(crate) fn has_curve(self) -> bool {
        self.name().is_some_and(|name| name.starts_with("TLS_ECDHE_"))
    }

    pub(crate) fn plan(self) -> Option<Plan> {
        let name = self.name()?;
        let wide = name.contains("_AES_256_");
        let tag = if name.contains("CCM_8") { 8 } else { 16 };
        let mac = if name.ends_with("_SHA256") {
            Hash::Sha256
        } else if name.ends_with("_SHA384") {
            Hash::Sha384
        } else {
            Hash::Sha1
        };
        let cipher = match name {
            _ if name.contains("_CHACHA20_") => Cipher::ChaCha20Poly1305,
            _ if name.contains("_AES_") && name.contains("_GCM_") && wide => Cipher::Aes256Gcm,
            _ if name.contains("_AES_") && name.contains("_GCM_") => Cipher::Aes128Gcm,
            _ if name.contains("_AES_") && name.contains("_CCM") && wide => Cipher::Aes256Ccm(tag),
            _ if name.contains("_AES_") && name.contains("_CCM") => Cipher::Aes128Ccm(tag),
            _ if name.contains("_AES_") && name.contains("_CBC_") && wide => Cipher::Aes256Cbc(mac),
            _ if name.contains("_AES_") && name.contains("_CBC_") => Cipher::Aes128Cbc(mac),
            _ => return None,
        };
        // RFC 5246 §5: SHA-256 unless the suite names a stronger hash.
        let hash = if mac == Hash::Sha384 { Hash::Sha384 } else { Hash::Sha256 };
        Some(Plan { cipher, hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_how_a_suite_is_opened() {
        let plan = |number: u16| Suite(number).plan();
        assert_eq!(plan(0x1302), Some(Plan { cipher: Cipher::Aes256Gcm, hash: Hash::Sha384 }));
        assert_eq!(plan(0x1305), Some(Plan { cipher: Cipher::Aes128Ccm(8), hash: Hash::Sha256 }));
        assert_eq!(plan(0xc0ad), Some(Plan { cipher: Cipher::Aes256Ccm(16), hash: Hash::Sha256 }));
        assert_eq!(plan(0x002f), Some(Plan { cipher: Cipher::Aes128Cbc(Hash::Sha1), hash: Hash::Sha256 }));
        assert_eq!(plan(0xc028), Some(Plan { cipher: Cipher::Aes256Cbc(Hash::Sha384), hash: Hash::Sha384 }));
        assert_eq!(plan(0xcca8), Some(Plan { cipher: Cipher::ChaCha20Poly1305, hash: Hash::Sha256 }));
        assert_eq!((plan(0x0005), plan(0x000a), plan(0x00ff), plan(0x9999)), (None, None, None, None));
    }

    #[test]
    fn names_tell_what_must_not_be_offered() {
        assert!([0x0001, 0x0003, 0x0005, 0x0009, 0x0034].into_iter().all(|number| Suite(number).is_forbidden()));
        assert!([0x002f, 0x000a, 0xc02f, 0x1301].into_iter().all(|number| !Suite(number).is_forbidden()));
        assert!(Suite(0x009c).is_static_rsa() && !Suite(0x1301).is_static_rsa());
    }
}
