//! Opening protected records: AEAD (RFC 5246 §6.2.3.3, RFC 5288, RFC 6655, RFC 7905, RFC 8446 §5.2) and CBC with its MAC before or
//! after it (RFC 5246 §6.2.3.2, RFC 7366).

use aes::{Aes128, Aes256};
use aes_gcm::aead::consts::{U8, U12, U16};
use aes_gcm::aead::{Aead, KeyInit, Nonce, Payload};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use cbc::Decryptor;
use cbc::cipher::block_padding::NoPadding;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use ccm::Ccm;
use chacha20poly1305::ChaCha20Poly1305;

use super::derive;
use super::keys::{Random, Secret};
use super::record::HEADER;
use super::suite::{Cipher, Hash, Plan};
use crate::octets::Octets;

const BLOCK: usize = 16;
const NONCE: usize = 12;

/// Opens the records of one direction, one after the other.
#[derive(Debug)]
pub(crate) struct Opener {
    cipher: Cipher,
    rules: Rules,
    key: Secret,
    mac_key: Secret,
    iv: Secret,
    /// Records opened so far: their number is part of what protects them.
    sequence: u64,
}

/// How a record is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rules {
    Tls12 { encrypt_then_mac: bool },
    Tls13,
}

/// Content type and content. A type of 0: nothing but zeros (RFC 8446 §5.4).
pub(crate) type Opened = (u8, Vec<u8>);

impl Opener {
    /// Of one direction of TLS 1.2 (RFC 5246 §6.3).
    pub(crate) fn tls12(
        plan: Plan,
        master: &Secret,
        (client_random, server_random): (Random, Random),
        by_client: bool,
        encrypt_then_mac: bool,
    ) -> Option<Opener> {
        let (mac_len, iv_len) = match plan.cipher {
            Cipher::Aes128Cbc(hash) | Cipher::Aes256Cbc(hash) => (hash.len(), 0),
            Cipher::ChaCha20Poly1305 => (0, NONCE),
            Cipher::Aes128Gcm | Cipher::Aes256Gcm | Cipher::Aes128Ccm(_) | Cipher::Aes256Ccm(_) => (0, 4),
        };
        let key_len = plan.cipher.key_len();
        let seed = [server_random, client_random].concat();
        let block = derive::prf(plan.hash, master, "key expansion", &seed, 2 * (mac_len + key_len + iv_len));
        let mut block = Octets::new(&block);
        let mut own = |length: usize| {
            let (client, server) = (block.take(length)?, block.take(length)?);
            Some(Secret(if by_client { client } else { server }.to_vec()))
        };
        let (mac_key, key, iv) = (own(mac_len)?, own(key_len)?, own(iv_len)?);
        let rules = Rules::Tls12 { encrypt_then_mac };
        Some(Opener { cipher: plan.cipher, rules, key, mac_key, iv, sequence: 0 })
    }

    /// Of a traffic secret of TLS 1.3 (RFC 8446 §7.3).
    pub(crate) fn tls13(plan: Plan, traffic: &Secret) -> Option<Opener> {
        let key = Secret(derive::expand_label(plan.hash, traffic, "key", plan.cipher.key_len())?);
        let iv = Secret(derive::expand_label(plan.hash, traffic, "iv", NONCE)?);
        Some(Opener { cipher: plan.cipher, rules: Rules::Tls13, key, mac_key: Secret(Vec::new()), iv, sequence: 0 })
    }

    /// Whether it has not opened anything yet.
    pub(crate) fn is_unused(&self) -> bool {
        self.sequence == 0
    }

    /// Open the next record. `None` if the key does not fit it, or it was changed on its way.
    pub(crate) fn open(&mut self, header: [u8; HEADER], fragment: &[u8]) -> Option<Opened> {
        let [kind, major, minor, ..] = header;
        let opened = match self.rules {
            Rules::Tls13 => inner(self.aead(&self.masked_iv()?, &header, fragment)?),
            Rules::Tls12 { encrypt_then_mac } => {
                let associated = |length: usize| -> Option<Vec<u8>> {
                    let length = u16::try_from(length).ok()?.to_be_bytes();
                    Some([&self.sequence.to_be_bytes()[..], &[kind, major, minor], &length].concat())
                };
                let content = match self.cipher {
                    Cipher::Aes128Cbc(hash) | Cipher::Aes256Cbc(hash) if encrypt_then_mac => {
                        let (sealed, mac) = fragment.split_at_checked(fragment.len().checked_sub(hash.len())?)?;
                        let told = hash.hmac(&self.mac_key.0, &[&associated(sealed.len())?, sealed]);
                        (told == mac).then(|| self.cbc(sealed)).flatten()?
                    }
                    Cipher::Aes128Cbc(hash) | Cipher::Aes256Cbc(hash) => {
                        let mut content = self.cbc(fragment)?;
                        let mac = content.split_off(content.len().checked_sub(hash.len())?);
                        let told = hash.hmac(&self.mac_key.0, &[&associated(content.len())?, &content]);
                        (told == mac).then_some(content)?
                    }
                    Cipher::ChaCha20Poly1305 => {
                        let length = fragment.len().checked_sub(16)?;
                        self.aead(&self.masked_iv()?, &associated(length)?, fragment)?
                    }
                    Cipher::Aes128Gcm | Cipher::Aes256Gcm => self.explicit(fragment, 16, associated)?,
                    Cipher::Aes128Ccm(tag) | Cipher::Aes256Ccm(tag) => self.explicit(fragment, tag, associated)?,
                };
                (kind, content)
            }
        };
        self.sequence = self.sequence.checked_add(1)?;
        Some(opened)
    }

    /// A nonce of which the record carries eight octets.
    fn explicit(&self, fragment: &[u8], tag: usize, associated: impl Fn(usize) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
        let (explicit, sealed) = fragment.split_at_checked(8)?;
        let nonce = [&self.iv.0, explicit].concat();
        self.aead(&nonce, &associated(sealed.len().checked_sub(tag)?)?, sealed)
    }

    /// The initialisation vector with the record's number in its last eight octets.
    fn masked_iv(&self) -> Option<[u8; NONCE]> {
        let mut nonce: [u8; NONCE] = self.iv.0.as_slice().try_into().ok()?;
        for (octet, number) in nonce.iter_mut().skip(NONCE - 8).zip(self.sequence.to_be_bytes()) {
            *octet ^= number;
        }
        Some(nonce)
    }

    fn aead(&self, nonce: &[u8], associated: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let key = &self.key.0;
        match self.cipher {
            Cipher::Aes128Gcm => unseal::<Aes128Gcm>(key, nonce, associated, sealed),
            Cipher::Aes256Gcm => unseal::<Aes256Gcm>(key, nonce, associated, sealed),
            Cipher::ChaCha20Poly1305 => unseal::<ChaCha20Poly1305>(key, nonce, associated, sealed),
            Cipher::Aes128Ccm(8) => unseal::<Ccm<Aes128, U8, U12>>(key, nonce, associated, sealed),
            Cipher::Aes128Ccm(_) => unseal::<Ccm<Aes128, U16, U12>>(key, nonce, associated, sealed),
            Cipher::Aes256Ccm(8) => unseal::<Ccm<Aes256, U8, U12>>(key, nonce, associated, sealed),
            Cipher::Aes256Ccm(_) => unseal::<Ccm<Aes256, U16, U12>>(key, nonce, associated, sealed),
            Cipher::Aes128Cbc(_) | Cipher::Aes256Cbc(_) => None,
        }
    }

    /// Without the vector that the record carries and without its padding, each octet of which must be right (RFC 5246 §6.2.3.2).
    fn cbc(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (iv, blocks) = sealed.split_at_checked(BLOCK)?;
        let key = &self.key.0;
        let mut content = match self.cipher.key_len() {
            16 => Decryptor::<Aes128>::new_from_slices(key, iv).ok()?.decrypt_padded_vec::<NoPadding>(blocks).ok()?,
            _ => Decryptor::<Aes256>::new_from_slices(key, iv).ok()?.decrypt_padded_vec::<NoPadding>(blocks).ok()?,
        };
        let padding = *content.last()?;
        let padded = content.split_off(content.len().checked_sub(usize::from(padding) + 1)?);
        padded.iter().all(|octet| *octet == padding).then_some(content)
    }
}

fn unseal<A: Aead + KeyInit>(key: &[u8], nonce: &[u8], aad: &[u8], msg: &[u8]) -> Option<Vec<u8>> {
    let nonce = Nonce::<A>::try_from(nonce).ok()?;
    A::new_from_slice(key).ok()?.decrypt(&nonce, Payload { msg, aad }).ok()
}

/// The content type is the last octet that is not zero (RFC 8446 §5.4).
fn inner(mut plain: Vec<u8>) -> Opened {
    let end = plain.iter().rposition(|octet| *octet != 0);
    let kind = end.and_then(|end| plain.get(end).copied()).unwrap_or(0);
    plain.truncate(end.unwrap_or(0));
    (kind, plain)
}

/// The next generation of a traffic secret (RFC 8446 §7.2).
pub(crate) fn next_traffic(hash: Hash, traffic: &Secret) -> Option<Secret> {
    derive::expand_label(hash, traffic, "traffic upd", hash.len()).map(Secret)
}
