//! Handshake messages after the hellos: RFC 8446 §4.3 to §4.6, RFC 5246 §7.4, RFC 8422 §5.4.

use serde::Serialize;

use super::extension::{self, Extension};
use super::hello::{ClientHello, ServerHello};
use super::message::TlsBody;
use super::names::{Group, HandshakeKind, Scheme, TlsVersion};
use super::suite::Suite;
use crate::at::hexadecimal;
use crate::limits;
use crate::octets::Octets;

/// One certificate of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// X.509, DER.
    #[serde(serialize_with = "hexadecimal")]
    pub der: Vec<u8>,
    /// Its extensions, in TLS 1.3: 5 is a revocation status.
    pub extensions: Vec<Extension>,
}

/// What a server asks of a client's certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CertificateRequest {
    /// Kinds of certificate, before TLS 1.3: 1 is RSA, 64 is ECDSA.
    pub kinds: Vec<u8>,
    /// Signature schemes.
    pub schemes: Vec<Scheme>,
    /// How many authorities it names.
    pub authorities: usize,
}

/// A ticket to resume a session with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ticket {
    /// Seconds.
    pub lifetime: u32,
    /// The ticket.
    #[serde(serialize_with = "hexadecimal")]
    pub ticket: Vec<u8>,
}

/// What is known of the connection when a message is read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known {
    pub(super) version: Option<TlsVersion>,
    pub(super) suite: Option<Suite>,
}

impl Known {
    fn is_13(self) -> bool {
        self.version == Some(TlsVersion::TLS13)
    }
}

/// Read the body of a message.
pub(super) fn read(kind: u8, body: &[u8], known: Known) -> TlsBody {
    let mut octets = Octets::new(body);
    let read = match kind {
        0 => Ok(TlsBody::HelloRequest),
        1 => ClientHello::read(body).map(|hello| TlsBody::ClientHello(Box::new(hello))),
        2 => ServerHello::read(body).map(|hello| match hello.is_retry() {
            true => TlsBody::HelloRetryRequest(Box::new(hello)),
            false => TlsBody::ServerHello(Box::new(hello)),
        }),
        4 => ticket(&mut octets, known).map(TlsBody::NewSessionTicket).ok_or("NewSessionTicket is malformed"),
        5 => Ok(TlsBody::EndOfEarlyData),
        8 => extension::read(&mut octets).map(TlsBody::EncryptedExtensions),
        11 => chain(&mut octets, known).map(TlsBody::Certificate).ok_or("Certificate is malformed"),
        12 => Ok(server_key(&mut octets, known)),
        13 => request(&mut octets, known).map(TlsBody::CertificateRequest).ok_or("CertificateRequest is malformed"),
        14 => Ok(TlsBody::ServerHelloDone),
        15 => Ok(TlsBody::CertificateVerify { scheme: verify(&mut octets, known) }),
        16 => Ok(TlsBody::ClientKeyExchange),
        20 => Ok(TlsBody::Finished),
        22 => Ok(TlsBody::CertificateStatus { octets: body.len() }),
        24 => match body {
            [requested @ (0 | 1)] => Ok(TlsBody::KeyUpdate { requested: *requested == 1 }),
            _ => Err("KeyUpdate is malformed"),
        },
        _ => Ok(TlsBody::OtherHandshake { kind: HandshakeKind(kind), octets: body.len() }),
    };
    read.unwrap_or_else(|reason| TlsBody::Malformed { reason: reason.to_owned() })
}

fn ticket(octets: &mut Octets<'_>, known: Known) -> Option<Ticket> {
    let lifetime = octets.u32()?;
    if known.is_13() {
        octets.u32()?; // added to its age
        octets.counted8()?; // nonce
    }
    let ticket = octets.counted16()?.to_vec();
    Some(Ticket { lifetime, ticket })
}

fn chain(octets: &mut Octets<'_>, known: Known) -> Option<Vec<Certificate>> {
    if known.is_13() {
        octets.counted8()?; // context
    }
    let mut list = Octets::new(octets.counted24()?);
    let mut chain = Vec::new();
    while !list.is_empty() {
        let der = list.counted24()?.to_vec();
        let extensions = if known.is_13() { extension::read(&mut list).ok()? } else { Vec::new() };
        if chain.len() >= limits::TLS_CERTIFICATES {
            return None;
        }
        chain.push(Certificate { der, extensions });
    }
    Some(chain)
}

fn request(octets: &mut Octets<'_>, known: Known) -> Option<CertificateRequest> {
    let names = |octets: &mut Octets<'_>| {
        let mut names = Octets::new(octets.counted16()?);
        let mut count = 0;
        while !names.is_empty() {
            names.counted16()?;
            count += 1;
        }
        Some(count)
    };
    if known.is_13() {
        octets.counted8()?; // context
        let extensions = extension::read(octets).ok()?;
        let mut contents = extension::Contents::of(&extensions);
        let schemes = contents.get(13, extension::schemes).unwrap_or_default();
        let authorities = contents.get(47, names).unwrap_or(0);
        return Some(CertificateRequest { kinds: Vec::new(), schemes, authorities });
    }
    let kinds = octets.counted8()?.to_vec();
    let schemes = if known.version == Some(TlsVersion::TLS12) { extension::schemes(octets)? } else { Vec::new() };
    Some(CertificateRequest { kinds, schemes, authorities: names(octets)? })
}

/// The scheme, from TLS 1.2 on.
fn verify(octets: &mut Octets<'_>, known: Known) -> Option<Scheme> {
    let version = known.version.filter(|version| *version >= TlsVersion::TLS12);
    version.and_then(|_| octets.u16()).map(Scheme)
}

/// Group and scheme, as far as the suite lets them be read: a named curve, then the server's point, then the signature.
fn server_key(octets: &mut Octets<'_>, known: Known) -> TlsBody {
    const NAMED_CURVE: u8 = 3;
    let group = |octets: &mut Octets<'_>| {
        known.suite.filter(|suite| suite.has_curve())?;
        octets.u8().filter(|kind| *kind == NAMED_CURVE)?;
        let group = octets.u16().map(Group);
        octets.counted8()?;
        group
    };
    let group = group(octets);
    let scheme = group.and_then(|_| verify(octets, known));
    TlsBody::ServerKeyExchange { group, scheme }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// What comes encrypted is read by the same readers, so that each of them must take anything.
        #[test]
        fn any_body_of_any_message_is_taken(
            kind in 0u8..30,
            body in proptest::collection::vec(prop_oneof![0u8..4, any::<u8>()], 0..120),
            version in prop_oneof![Just(None), Just(Some(TlsVersion::TLS12)), Just(Some(TlsVersion::TLS13))],
            suite in prop_oneof![Just(None), Just(Some(Suite(0xc02f)))],
        ) {
            let _ = read(kind, &body, Known { version, suite });
        }
    }
}
