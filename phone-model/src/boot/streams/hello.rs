//! Defects of the hello: what rustls never says. A phone with one of them says it on a connection of its own, hears the answer, and goes on as
//! if nothing had been. A phone without defects does nothing here.

use super::secure::Attempt;
use crate::boot::sockets;
use crate::boot::trust;
use crate::defects::{Defect, Defects};
use crate::time::Duration;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// For the server to answer.
const ANSWER_TIME: Duration = Duration::from_secs(2);
const TLS_1_0: [u8; 2] = [3, 1];
const TLS_1_1: [u8; 2] = [3, 2];
const TLS_1_2: [u8; 2] = [3, 3];
/// RSA with AES-128-CBC and AES-256-CBC, as everybody had them then.
const OLD: &[u8] = &[0x00, 0x2f, 0x00, 0x35];
/// ECDHE with AES-GCM.
const GOOD: &[u8] = &[0xc0, 0x2b, 0xc0, 0x2f];
/// RSA with NULL, then with RC4 and single DES.
const BROKEN: &[u8] = &[0x00, 0x02, 0x00, 0x3b, 0x00, 0x05, 0x00, 0x09, 0xc0, 0x2f];

/// DEFLATE (RFC 3749 §2), then none.
const DEFLATE: &[u8] = &[1, 0];
/// An early_data without content (RFC 8446 §4.2.10).
const EARLY_DATA: &[u8] = &[0, 42, 0, 0];

/// What a hello says.
#[derive(Clone, Copy)]
struct Hello<'h> {
    version: [u8; 2],
    suites: &'h [u8],
    name: &'h str,
    compression: &'h [u8],
    /// After the extensions that each has.
    extension: &'h [u8],
}

impl Default for Hello<'_> {
    /// Nothing is wrong with it.
    fn default() -> Self {
        Hello { version: TLS_1_2, suites: GOOD, name: "", compression: &[0], extension: &[] }
    }
}

/// Says the wrong hellos of this phone.
pub(super) async fn first(defects: &Defects, attempt: &Attempt) {
    let host = trust::server_name(&attempt.secured.host);
    let name = match &host {
        Some(ServerName::DnsName(name)) => name.as_ref().to_owned(),
        _ => String::new(),
    };
    let (name, address) = (name.as_str(), attempt.to.ip().to_string());
    let good = Hello { name, ..Hello::default() };
    for (defect, hello) in [
        (Defect::TlsOffersTls10, Hello { version: TLS_1_0, suites: OLD, ..good }),
        (Defect::TlsOffersTls11, Hello { version: TLS_1_1, suites: OLD, ..good }),
        (Defect::TlsOffersNull, Hello { suites: BROKEN, ..good }),
        (Defect::TlsOffersCompression, Hello { compression: DEFLATE, ..good }),
        (Defect::TlsOffersEarlyData, Hello { extension: EARLY_DATA, ..good }),
        (Defect::TlsAddressInSni, Hello { name: &address, ..good }),
    ] {
        if defects.has(defect) {
            // Whatever comes of it, the phone goes on.
            let _ = tokio::time::timeout(ANSWER_TIME, say(attempt, &hello.octets())).await;
        }
    }
}

async fn say(attempt: &Attempt, hello: &[u8]) -> std::io::Result<()> {
    let mut stream = sockets::connect(&attempt.place, 0, attempt.to).await?;
    stream.write_all(hello).await?;
    let mut answer = [0; 1024];
    // Whatever it says, there is nothing to say to it.
    let _length = stream.read(&mut answer).await?;
    stream.shutdown().await
}

impl Hello<'_> {
    /// In one record (RFC 5246 §7.4.1.2, RFC 6066 §3). Its random is a constant: nothing is ever encrypted with it.
    fn octets(&self) -> Vec<u8> {
        let mut extensions = Vec::new();
        if !self.name.is_empty() {
            let entry = [&[0][..], &counted(2, self.name.as_bytes())].concat();
            extensions.extend([&[0, 0][..], &counted(2, &counted(2, &entry))].concat());
        }
        // supported_groups: x25519 and secp256r1; ec_point_formats: uncompressed.
        extensions.extend([0, 10, 0, 6, 0, 4, 0, 29, 0, 23, 0, 11, 0, 2, 1, 0]);
        if self.version == TLS_1_2 {
            // signature_algorithms: ecdsa_secp256r1_sha256, rsa_pkcs1_sha256.
            extensions.extend([0, 13, 0, 6, 0, 4, 4, 3, 4, 1]);
        }
        extensions.extend(self.extension);
        let body = [
            &self.version[..],
            &[0x4f; 32],
            // No session.
            &[0],
            &counted(2, self.suites),
            &counted(1, self.compression),
            &counted(2, &extensions),
        ]
        .concat();
        let handshake = [&[1][..], &counted(3, &body)].concat();
        // RFC 5246 Appendix E.1: the record of a first hello says 3.1.
        [&[22, 3, 1][..], &counted(2, &handshake)].concat()
    }
}

/// Octets behind their number, which is written in `width` octets.
fn counted(width: usize, octets: &[u8]) -> Vec<u8> {
    let length = u32::try_from(octets.len()).unwrap_or(0).to_be_bytes();
    [length.get(4 - width..).unwrap_or_default(), octets].concat()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;

    #[test]
    fn the_lengths_of_a_hello_add_up_and_it_says_what_the_defect_says() {
        let hello = Hello { version: TLS_1_0, suites: OLD, name: "192.0.2.1", ..Hello::default() }.octets();
        assert_eq!(usize::from(u16::from_be_bytes([hello[3], hello[4]])), hello.len() - 5);
        assert_eq!(hello[5..9], [&[1, 0][..], &u16::try_from(hello.len() - 9).unwrap().to_be_bytes()].concat());
        assert_eq!(hello[9..11], TLS_1_0);
        assert!(hello.windows(9).any(|window| window == b"192.0.2.1"));
        let mut acceptor = rustls::server::Acceptor::default();
        let hello = Hello { suites: BROKEN, name: "sip.example", extension: EARLY_DATA, ..Hello::default() };
        acceptor.read_tls(&mut hello.octets().as_slice()).unwrap();
        let accepted = acceptor.accept().unwrap().expect("a whole hello");
        assert_eq!(accepted.client_hello().server_name(), Some("sip.example"));
        assert_eq!(accepted.client_hello().cipher_suites().len(), BROKEN.len() / 2);
    }
}
