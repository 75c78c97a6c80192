//! Keys of secrets: the PRF of TLS 1.2 (RFC 5246 §5) and HKDF-Expand-Label of TLS 1.3 (RFC 8446 §7.1).

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha384};

use super::keys::Secret;
use super::suite::Hash;

impl Hash {
    pub(crate) fn len(self) -> usize {
        match self {
            Hash::Sha1 => 20,
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
        }
    }

    /// HMAC over the parts, one after the other.
    pub(crate) fn hmac(self, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        match self {
            Hash::Sha1 => hmac::<Hmac<Sha1>>(key, parts),
            Hash::Sha256 => hmac::<Hmac<Sha256>>(key, parts),
            Hash::Sha384 => hmac::<Hmac<Sha384>>(key, parts),
        }
    }
}

/// A key of any length is one of HMAC.
fn hmac<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key) else {
        return Vec::new();
    };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

/// PRF(secret, label, seed).
pub(crate) fn prf(hash: Hash, secret: &Secret, label: &str, seed: &[u8], length: usize) -> Vec<u8> {
    let seed = [label.as_bytes(), seed].concat();
    let mut a = seed.clone();
    let mut octets = Vec::new();
    while octets.len() < length {
        a = hash.hmac(&secret.0, &[&a]);
        octets.extend(hash.hmac(&secret.0, &[&a, &seed]));
    }
    octets.truncate(length);
    octets
}

/// HKDF-Expand-Label(secret, label, "", length). `None` if the secret is too short for the hash.
pub(crate) fn expand_label(hash: Hash, secret: &Secret, label: &str, length: usize) -> Option<Vec<u8>> {
    let label = [b"tls13 ", label.as_bytes()].concat();
    let [high, low] = u16::try_from(length).ok()?.to_be_bytes();
    let info = [&[high, low, u8::try_from(label.len()).ok()?], label.as_slice(), &[0]].concat();
    let mut octets = vec![0; length];
    match hash {
        Hash::Sha1 => None,
        Hash::Sha256 => Hkdf::<Sha256>::from_prk(&secret.0).ok()?.expand(&info, &mut octets).ok(),
        Hash::Sha384 => Hkdf::<Sha384>::from_prk(&secret.0).ok()?.expand(&info, &mut octets).ok(),
    }?;
    Some(octets)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;

    fn secret(octets: &str) -> Secret {
        Secret(hex::decode(octets).unwrap())
    }

    /// RFC 8448 §3, "server" write keys of the handshake.
    #[test]
    fn keys_of_a_traffic_secret_are_those_of_rfc_8448() {
        let server = secret("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38");
        let told = |label, length| hex::encode(expand_label(Hash::Sha256, &server, label, length).unwrap());
        assert_eq!(told("key", 16), "3fce516009c21727d0f2e4e86ee403bc");
        assert_eq!(told("iv", 12), "5d313eb2671276ee13000b30");
    }

    /// The vector for P_SHA256 that was posted to the TLS working group's list in 2009 with the RFC's text.
    #[test]
    fn the_prf_of_tls_1_2_gives_its_known_octets() {
        let key = secret("9bbe436ba940f017b17652849a71db35");
        let seed = hex::decode("a0ba9f936cda311827a6f796ffd5198c").unwrap();
        let told = prf(Hash::Sha256, &key, "test label", &seed, 100);
        assert_eq!(
            hex::encode(told),
            "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66"
        );
    }
}
