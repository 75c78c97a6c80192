//! Numbers of the IANA registries of TLS, with the names of those that phones, servers and scenarios speak of.

use serde::Serialize;

/// A number of a registry that has names: shown by name, or in hexadecimal.
macro_rules! numbers {
    ($(#[$doc:meta])* $name:ident($inner:ty, $width:literal) { $($number:literal => $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// Its name, if it is one of those known here.
            pub fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($text),)+
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, concat!("0x{:0", $width, "x}"), self.0),
                }
            }
        }
    };
}
pub(crate) use numbers;

numbers! {
    /// A protocol version.
    TlsVersion(u16, "4") {
        0x0200 => "SSL 2.0", 0x0300 => "SSL 3.0", 0x0301 => "TLS 1.0", 0x0302 => "TLS 1.1", 0x0303 => "TLS 1.2", 0x0304 => "TLS 1.3",
    }
}

impl TlsVersion {
    /// SSL 3.0.
    pub const SSL3: TlsVersion = TlsVersion(0x0300);
    /// TLS 1.0.
    pub const TLS10: TlsVersion = TlsVersion(0x0301);
    /// TLS 1.1.
    pub const TLS11: TlsVersion = TlsVersion(0x0302);
    /// TLS 1.2.
    pub const TLS12: TlsVersion = TlsVersion(0x0303);
    /// TLS 1.3.
    pub const TLS13: TlsVersion = TlsVersion(0x0304);

    /// Whether it is a value that only tests that unknown ones are ignored (RFC 8701).
    pub fn is_grease(self) -> bool {
        is_grease(self.0)
    }
}

numbers! {
    /// A group of key exchange: curve, finite field or hybrid (TLS Supported Groups).
    Group(u16, "4") {
        0x0013 => "secp192r1", 0x0015 => "secp224r1", 0x0016 => "secp256k1", 0x0017 => "secp256r1", 0x0018 => "secp384r1",
        0x0019 => "secp521r1", 0x001d => "x25519", 0x001e => "x448", 0x0100 => "ffdhe2048", 0x0101 => "ffdhe3072",
        0x0102 => "ffdhe4096", 0x0103 => "ffdhe6144", 0x0104 => "ffdhe8192", 0x11eb => "SecP256r1MLKEM768",
        0x11ec => "X25519MLKEM768", 0x11ed => "SecP384r1MLKEM1024",
    }
}

numbers! {
    /// A signature scheme (RFC 8446 §4.2.3); in TLS 1.2 hash and signature (RFC 5246 §7.4.1.4.1).
    Scheme(u16, "4") {
        0x0101 => "rsa_md5", 0x0201 => "rsa_pkcs1_sha1", 0x0202 => "dsa_sha1", 0x0203 => "ecdsa_sha1", 0x0301 => "rsa_pkcs1_sha224",
        0x0303 => "ecdsa_sha224", 0x0401 => "rsa_pkcs1_sha256", 0x0403 => "ecdsa_secp256r1_sha256", 0x0501 => "rsa_pkcs1_sha384",
        0x0503 => "ecdsa_secp384r1_sha384", 0x0601 => "rsa_pkcs1_sha512", 0x0603 => "ecdsa_secp521r1_sha512",
        0x0804 => "rsa_pss_rsae_sha256", 0x0805 => "rsa_pss_rsae_sha384", 0x0806 => "rsa_pss_rsae_sha512", 0x0807 => "ed25519",
        0x0808 => "ed448", 0x0809 => "rsa_pss_pss_sha256", 0x080a => "rsa_pss_pss_sha384", 0x080b => "rsa_pss_pss_sha512",
    }
}

impl Scheme {
    /// Whether it rests on SHA-1 or MD5 (not to be accepted: RFC 9325 §4.5, RFC 9155).
    pub fn is_weak(self) -> bool {
        // The first octet is the hash: 1 is MD5, 2 is SHA-1 (RFC 5246 §7.4.1.4.1).
        matches!(self.0 >> 8, 1 | 2)
    }

    /// Whether it is RSASSA-PKCS1-v1_5, which a CertificateVerify of TLS 1.3 must not use (RFC 8446 §4.2.3).
    pub fn is_pkcs1(self) -> bool {
        self.0 >> 8 <= 6 && self.0 & 0xff == 1
    }
}

numbers! {
    /// What an alert says (RFC 8446 §6, RFC 5246 §7.2).
    AlertDescription(u8, "2") {
        0 => "close_notify", 10 => "unexpected_message", 20 => "bad_record_mac", 21 => "decryption_failed", 22 => "record_overflow",
        30 => "decompression_failure", 40 => "handshake_failure", 41 => "no_certificate", 42 => "bad_certificate",
        43 => "unsupported_certificate", 44 => "certificate_revoked", 45 => "certificate_expired", 46 => "certificate_unknown",
        47 => "illegal_parameter", 48 => "unknown_ca", 49 => "access_denied", 50 => "decode_error", 51 => "decrypt_error",
        60 => "export_restriction", 70 => "protocol_version", 71 => "insufficient_security", 80 => "internal_error",
        86 => "inappropriate_fallback", 90 => "user_canceled", 100 => "no_renegotiation", 109 => "missing_extension",
        110 => "unsupported_extension", 111 => "certificate_unobtainable", 112 => "unrecognized_name",
        113 => "bad_certificate_status_response", 115 => "unknown_psk_identity", 116 => "certificate_required",
        120 => "no_application_protocol",
    }
}

impl AlertDescription {
    /// The sender will send nothing more.
    pub const CLOSE_NOTIFY: AlertDescription = AlertDescription(0);

    /// By its name in the RFCs.
    pub fn named(name: &str) -> Option<AlertDescription> {
        (0..=u8::MAX).map(AlertDescription).find(|description| description.name() == Some(name))
    }

    /// Whether it is about a certificate: 41 to 46, 48, 111, 113, 116.
    pub fn is_about_certificate(self) -> bool {
        matches!(self.0, 41..=46 | 48 | 111 | 113 | 116)
    }
}

numbers! {
    /// Type of an extension (TLS ExtensionType Values).
    ExtensionKind(u16, "4") {
        0 => "server_name", 1 => "max_fragment_length", 5 => "status_request", 10 => "supported_groups", 11 => "ec_point_formats",
        13 => "signature_algorithms", 15 => "heartbeat", 16 => "application_layer_protocol_negotiation",
        17 => "status_request_v2", 18 => "signed_certificate_timestamp", 21 => "padding", 22 => "encrypt_then_mac",
        23 => "extended_master_secret", 27 => "compress_certificate", 28 => "record_size_limit", 35 => "session_ticket",
        41 => "pre_shared_key", 42 => "early_data", 43 => "supported_versions", 44 => "cookie", 45 => "psk_key_exchange_modes",
        47 => "certificate_authorities", 48 => "oid_filters", 49 => "post_handshake_auth", 50 => "signature_algorithms_cert",
        51 => "key_share", 65_281 => "renegotiation_info",
    }
}

numbers! {
    /// Type of a handshake message (RFC 8446 §4, RFC 5246 §7.4).
    HandshakeKind(u8, "2") {
        0 => "HelloRequest", 1 => "ClientHello", 2 => "ServerHello", 4 => "NewSessionTicket", 5 => "EndOfEarlyData",
        6 => "HelloRetryRequest", 8 => "EncryptedExtensions", 11 => "Certificate", 12 => "ServerKeyExchange",
        13 => "CertificateRequest", 14 => "ServerHelloDone", 15 => "CertificateVerify", 16 => "ClientKeyExchange", 20 => "Finished",
        22 => "CertificateStatus", 24 => "KeyUpdate", 25 => "CompressedCertificate", 254 => "MessageHash",
    }
}

/// RFC 8701: both octets alike, 0x?A.
pub(crate) fn is_grease(number: u16) -> bool {
    let [high, low] = number.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_names_or_show_themselves() {
        assert_eq!(TlsVersion(0x0303).to_string(), "TLS 1.2");
        assert_eq!(Group(0x1234).to_string(), "0x1234");
        assert_eq!(AlertDescription::named("unknown_ca"), Some(AlertDescription(48)));
        assert!(TlsVersion(0x7a7a).is_grease() && !TlsVersion(0x7a8a).is_grease());
        assert!(Scheme(0x0201).is_weak() && Scheme(0x0401).is_pkcs1() && !Scheme(0x0804).is_pkcs1());
    }
}
