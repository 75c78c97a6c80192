//! Hellos of the page that no library of a client would send, octet by octet.

use super::https::secure_phone;
use super::*;

/// A value that is reserved so that nobody ever knows it, for suites, groups and extensions alike (RFC 8701 §2).
const GREASE: u16 = 0x1a1a;

/// What a hello says.
struct Hello {
    legacy_version: u16,
    /// The extension supported_versions, if it is there.
    versions: Option<&'static [u16]>,
    /// Among what the phone knows, also values and an extension that nobody knows.
    greased: bool,
}

impl Hello {
    /// The record.
    fn octets(&self) -> Vec<u8> {
        let greased = |known: &[u16]| [if self.greased { &[GREASE][..] } else { &[] }, known].concat();
        // ECDHE with AES-128-GCM for both kinds of keys, and AES-128-GCM of TLS 1.3.
        let suites = list(&greased(&[0xc02b, 0xc02f, 0x1301]));
        let mut extensions = [
            // supported_groups: secp256r1.
            extension(10, &sized(&list(&greased(&[0x0017])))),
            // signature_algorithms: ecdsa_secp256r1_sha256.
            extension(13, &sized(&list(&greased(&[0x0403])))),
        ]
        .concat();
        if self.greased {
            extensions.extend(extension(GREASE, b"nobody knows"));
        }
        if let Some(versions) = self.versions {
            let versions = list(&greased(versions));
            extensions.extend(extension(43, &[&[u8::try_from(versions.len()).unwrap()], &versions[..]].concat()));
        }
        let version = self.legacy_version.to_be_bytes();
        let body = [&version[..], &[7; 32], &[0], &sized(&suites), &[1, 0], &sized(&extensions)].concat();
        let handshake = [&[1, 0][..], &sized(&body)].concat();
        [&[22, 3, 1][..], &sized(&handshake)].concat()
    }
}

fn list(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

/// With its length before it, in two octets.
fn sized(octets: &[u8]) -> Vec<u8> {
    [&u16::try_from(octets.len()).unwrap().to_be_bytes()[..], octets].concat()
}

fn extension(kind: u16, body: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &sized(body)].concat()
}

/// The first octets of the answer: content type, and of a ServerHello its version, of an alert its description.
async fn answer(phone: &Phone, hello: &Hello) -> (u8, u16) {
    let mut stream = TcpStream::connect(phone.at).await.unwrap();
    stream.write_all(&hello.octets()).await.unwrap();
    let mut head = [0; 5];
    stream.read_exact(&mut head).await.unwrap();
    let mut body = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
    stream.read_exact(&mut body).await.unwrap();
    match head[0] {
        22 => {
            assert_eq!(body[0], 2, "the first message is a ServerHello: {body:?}");
            (22, u16::from_be_bytes([body[4], body[5]]))
        }
        other => (other, u16::from(body[1])),
    }
}

/// RFC 5246 appendix E.1, RFC 8446 §4.2.1: a version that the server does not know is no reason to refuse, it answers with one that it knows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hello_of_a_later_version_is_answered_with_a_version_that_is_known() {
    let phone = secure_phone().await;
    for legacy_version in [0x0303, 0x0304, 0x0399, 0x7f7f] {
        let hello = Hello { legacy_version, versions: None, greased: false };
        assert_eq!(answer(&phone, &hello).await, (22, 0x0303), "{legacy_version:04x}");
    }
    let unheard_of = Hello { legacy_version: 0x0303, versions: Some(&[0x0399, 0x0303]), greased: false };
    assert_eq!(answer(&phone, &unheard_of).await, (22, 0x0303));
    // RFC 8446 §4.2.1, §6.2: alert 70, protocol_version, where none is known.
    let none = Hello { legacy_version: 0x0303, versions: Some(&[0x0302]), greased: false };
    assert_eq!(answer(&phone, &none).await, (21, 70));
    let old = Hello { legacy_version: 0x0302, versions: None, greased: false };
    assert_eq!(answer(&phone, &old).await, (21, 70));
}

/// RFC 8446 §9.3, RFC 5246 §7.4.1.4.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn extensions_and_values_that_nobody_knows_are_ignored() {
    let phone = secure_phone().await;
    for versions in [None, Some(&[0x0303][..])] {
        let hello = Hello { legacy_version: 0x0303, versions, greased: true };
        assert_eq!(answer(&phone, &hello).await, (22, 0x0303));
    }
}
