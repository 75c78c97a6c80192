//! What the phone offers: versions by model, cipher suites by `TLS Cipher List`.
//!
//! The library speaks TLS 1.2 and 1.3 with ephemeral elliptic curves and authenticated encryption only. So `TLS Min Version` and its successors
//! can forbid nothing that this phone would do, and a suite of the list that the library lacks is left out.

use crate::profile::Profile;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::{CipherSuite, NamedGroup, SupportedCipherSuite, SupportedProtocolVersion};

static ONE_VERSION: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];

/// Versions: 1.2, which is all that a 78xx speaks (phone-facts §3.3), unless its profile says that it has 1.3 too.
pub(super) fn versions(profile: &Profile) -> &'static [&'static SupportedProtocolVersion] {
    if profile.unknown.tls_1_3 { rustls::ALL_VERSIONS } else { ONE_VERSION }
}

/// Cryptography with the suites of `list`, and without key exchanges that no phone of this age knows.
pub(super) fn provider(list: &str) -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups.retain(|group| group.name() != NamedGroup::X25519MLKEM768);
    if let Some(chosen) = chosen(list, &provider.cipher_suites) {
        provider.cipher_suites = chosen;
    }
    provider
}

/// The same for the page: the key of the unit is one of ECDSA, and a list without suites for it counts as blank, or the page could not be reached.
pub(super) fn page_provider(list: &str) -> CryptoProvider {
    let listed = provider(list);
    let serves = |suite: &SupportedCipherSuite| openssl_name(suite.suite()).is_some_and(|it| it.contains("ECDSA"));
    if listed.cipher_suites.iter().any(serves) { listed } else { provider("") }
}

/// The suites of a list in OpenSSL's notation, with those of TLS 1.3, which such a list does not speak of. Nothing when the list is blank,
/// wrong, or leaves none: an invalid list counts as blank (phone-facts §2.2).
fn chosen(list: &str, all: &[SupportedCipherSuite]) -> Option<Vec<SupportedCipherSuite>> {
    let mut chosen: Vec<SupportedCipherSuite> = Vec::new();
    let mut killed: Vec<CipherSuite> = Vec::new();
    let known = || all.iter().filter(|suite| openssl_name(suite.suite()).is_some());
    for entry in list.split([':', ',', ' ']).filter(|entry| !entry.is_empty()) {
        let (sign, words) = match entry.split_at_checked(1) {
            Some((sign @ ("!" | "-" | "+" | "@"), words)) => (sign, words),
            Some(_) | None => ("", entry),
        };
        let named = |suite: &SupportedCipherSuite| words.split('+').all(|word| is_named(suite.suite(), word));
        match sign {
            // The order is by strength already.
            "@" => {}
            "!" => {
                killed.extend(known().filter(|suite| named(suite)).map(SupportedCipherSuite::suite));
                chosen.retain(|suite| !named(suite));
            }
            "-" => chosen.retain(|suite| !named(suite)),
            "+" => {
                let (moved, kept): (Vec<_>, Vec<_>) = chosen.into_iter().partition(|suite| named(suite));
                chosen = kept;
                chosen.extend(moved);
            }
            _ => {
                for suite in known().filter(|suite| named(suite) && !killed.contains(&suite.suite())) {
                    if !chosen.contains(suite) {
                        chosen.push(*suite);
                    }
                }
            }
        }
    }
    let newer = all.iter().filter(|suite| openssl_name(suite.suite()).is_none()).copied();
    (!chosen.is_empty()).then(|| newer.chain(chosen.iter().copied()).collect())
}

/// The name that OpenSSL gives a suite of TLS 1.2.
fn openssl_name(suite: CipherSuite) -> Option<&'static str> {
    Some(match suite {
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 => "ECDHE-ECDSA-AES256-GCM-SHA384",
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 => "ECDHE-ECDSA-AES128-GCM-SHA256",
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 => "ECDHE-ECDSA-CHACHA20-POLY1305",
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => "ECDHE-RSA-AES256-GCM-SHA384",
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => "ECDHE-RSA-AES128-GCM-SHA256",
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => "ECDHE-RSA-CHACHA20-POLY1305",
        _ => return None,
    })
}

/// Whether a word of a list, a name or a class, names a suite.
fn is_named(suite: CipherSuite, word: &str) -> bool {
    let Some(name) = openssl_name(suite) else { return false };
    match word {
        "ALL"
        | "DEFAULT"
        | "COMPLEMENTOFDEFAULT"
        | "HIGH"
        | "FIPS"
        | "TLSv1.2"
        | "ECDHE"
        | "EECDH"
        | "kECDHE"
        | "kEECDH" => word != "COMPLEMENTOFDEFAULT" && !(word == "FIPS" && name.contains("CHACHA20")),
        "ECDSA" | "aECDSA" => name.contains("ECDSA"),
        "aRSA" => name.contains("-RSA-"),
        "AES" | "AESGCM" => name.contains("AES"),
        "AES128" => name.contains("AES128"),
        "AES256" => name.contains("AES256"),
        "CHACHA20" => name.contains("CHACHA20"),
        "SHA256" | "SHA384" => name.ends_with(word),
        word => word == name,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;

    fn names(list: &str) -> Vec<&'static str> {
        let provider = provider(list);
        provider.cipher_suites.iter().filter_map(|suite| openssl_name(suite.suite())).collect()
    }

    #[test]
    fn a_list_in_the_notation_of_openssl_chooses_suites_in_its_order() {
        let two = ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384"];
        assert_eq!(names("ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:AES128-SHA"), two);
        assert_eq!(
            names("ECDHE+AES256:!aRSA:CHACHA20"),
            ["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"]
        );
        assert_eq!(
            names("CHACHA20:AES128:-ECDSA:+CHACHA20"),
            ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-CHACHA20-POLY1305"]
        );
        assert_eq!(provider("AES128").cipher_suites.len(), 3 + 2, "those of TLS 1.3 stay");
    }

    #[test]
    fn no_list_makes_the_page_unreachable() {
        assert_eq!(page_provider("aRSA").cipher_suites.len(), provider("").cipher_suites.len());
        assert_eq!(page_provider("ECDSA").cipher_suites.len(), 3 + 3);
    }

    #[test]
    fn a_list_that_is_blank_or_leaves_nothing_counts_as_blank() {
        for list in ["", "NONSENSE", "AES128-SHA:!ALL", "ALL:!ALL"] {
            assert_eq!(names(list).len(), 6, "{list}");
        }
    }
}
