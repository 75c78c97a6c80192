//! What this phone reads out of a certificate by itself: subject, issuer, common name and alternative names (RFC 5280 §4.1, §4.2.1.6). Signatures,
//! times and constraints are checked by the library; names for SIP are not its business.

use std::net::IpAddr;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT: u8 = 0x06;
const OCTETS: u8 = 0x04;
/// `[3]` of TBSCertificate: the extensions.
const EXTENSIONS: u8 = 0xa3;
/// `[0]` of TBSCertificate: the version.
const VERSION: u8 = 0xa0;
/// 2.5.4.3, id-at-commonName.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// 2.5.29.17, id-ce-subjectAltName.
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];
/// Alternative names beyond this are not looked at.
const MOST_NAMES: usize = 256;

/// The names of a certificate's subjectAltName that name a server.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Alternatives {
    /// `uniformResourceIdentifier`.
    pub(super) uris: Vec<String>,
    /// `dNSName`.
    pub(super) hosts: Vec<String>,
    /// `iPAddress`.
    pub(super) addresses: Vec<IpAddr>,
}

/// The common name of the subject; the last, which is the most particular, when there are several.
pub(super) fn common_name(certificate: &[u8]) -> Option<String> {
    let mut found = None;
    let mut names = Der(subject_and_issuer(certificate)?.0);
    while let Some(set) = names.take(SET) {
        let mut attributes = Der(set);
        while let Some(attribute) = attributes.take(SEQUENCE) {
            let mut attribute = Der(attribute);
            if attribute.take(OBJECT)? == COMMON_NAME {
                let (_, text) = attribute.next()?;
                found = Some(String::from_utf8_lossy(text).chars().filter(|c| !c.is_control()).collect());
            }
        }
    }
    found
}

/// Whether subject and issuer are one.
pub(super) fn is_self_issued(certificate: &[u8]) -> bool {
    subject_and_issuer(certificate).is_some_and(|(subject, issuer)| subject == issuer)
}

/// The alternative names; nothing when the certificate does not have the extension.
pub(super) fn alternatives(certificate: &[u8]) -> Option<Alternatives> {
    let mut fields = fields(certificate)?;
    let mut extensions = loop {
        let (tag, content) = fields.next()?;
        if tag == EXTENSIONS {
            break Der(Der(content).take(SEQUENCE)?);
        }
    };
    loop {
        let mut extension = Der(extensions.take(SEQUENCE)?);
        if extension.take(OBJECT)? == ALTERNATIVE_NAMES {
            let octets = loop {
                let (tag, content) = extension.next()?;
                // Before the octets, `critical` may stand.
                if tag == OCTETS {
                    break content;
                }
            };
            return Some(read_names(Der(Der(octets).take(SEQUENCE)?)));
        }
    }
}

fn read_names(mut names: Der<'_>) -> Alternatives {
    let mut read = Alternatives::default();
    for _ in 0..MOST_NAMES {
        let Some((tag, content)) = names.next() else { break };
        let text = || std::str::from_utf8(content).ok().filter(|text| text.is_ascii()).map(str::to_owned);
        match tag {
            0x86 => read.uris.extend(text()),
            0x82 => read.hosts.extend(text()),
            0x87 => {
                let v4 = <[u8; 4]>::try_from(content).map(IpAddr::from).ok();
                read.addresses.extend(v4.or_else(|| <[u8; 16]>::try_from(content).map(IpAddr::from).ok()));
            }
            _ => {}
        }
    }
    read
}

fn subject_and_issuer(certificate: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut fields = fields(certificate)?;
    let (tag, _) = fields.next()?;
    if tag == VERSION {
        fields.next()?;
    }
    fields.take(SEQUENCE)?;
    let issuer = fields.take(SEQUENCE)?;
    fields.take(SEQUENCE)?;
    Some((fields.take(SEQUENCE)?, issuer))
}

/// What stands in TBSCertificate.
fn fields(certificate: &[u8]) -> Option<Der<'_>> {
    let mut outer = Der(Der(certificate).take(SEQUENCE)?);
    outer.take(SEQUENCE).map(Der)
}

/// Elements one after the other, in the distinguished encoding (X.690 §8.1).
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The next element: its tag and content. Nothing at the end, and where the encoding is broken.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, mut rest) = rest.split_first()?;
        let mut length = usize::from(first);
        if first >= 0x80 {
            let octets = usize::from(first & 0x7f);
            // A certificate of 16 MiB or more is none.
            let (written, after) = rest.split_at_checked(octets).filter(|_| (1..=3).contains(&octets))?;
            length = written.iter().fold(0, |length, octet| length << 8 | usize::from(*octet));
            rest = after;
        }
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// The content of the next element, when it is of this kind.
    fn take(&mut self, wanted: u8) -> Option<&'a [u8]> {
        self.next().filter(|(tag, _)| *tag == wanted).map(|(_, content)| content)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DnType, KeyPair, SanType};

    fn certificate(names: Vec<SanType>, common_name: Option<&str>) -> Vec<u8> {
        let mut params = CertificateParams::default();
        params.distinguished_name.remove(DnType::CommonName);
        if let Some(name) = common_name {
            params.distinguished_name.push(DnType::CommonName, name);
        }
        params.subject_alt_names = names;
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn names_are_read_by_their_kind() {
        let names = vec![
            SanType::DnsName("sip.example".try_into().unwrap()),
            SanType::URI("sip:example".try_into().unwrap()),
            SanType::IpAddress(IpAddr::from([192, 0, 2, 1])),
            SanType::IpAddress("2001:db8::1".parse().unwrap()),
        ];
        let certificate = certificate(names, Some("Proxy"));
        assert_eq!(common_name(&certificate).as_deref(), Some("Proxy"));
        assert!(is_self_issued(&certificate));
        let read = alternatives(&certificate).unwrap();
        assert_eq!((read.hosts, read.uris), (vec!["sip.example".to_owned()], vec!["sip:example".to_owned()]));
        assert_eq!(read.addresses, [IpAddr::from([192, 0, 2, 1]), "2001:db8::1".parse().unwrap()]);
    }

    #[test]
    fn what_is_not_there_is_not_read() {
        let bare = certificate(Vec::new(), None);
        assert_eq!((alternatives(&bare), common_name(&bare)), (None, None));
    }

    proptest! {
        #[test]
        fn any_octets_are_read_or_not(octets in proptest::collection::vec(any::<u8>(), 0..400), cut in 0_usize..400) {
            let _ = (alternatives(&octets), common_name(&octets), is_self_issued(&octets));
            let good = certificate(vec![SanType::DnsName("sip.example".try_into().unwrap())], Some("Proxy"));
            let broken = good.get(..cut.min(good.len())).unwrap_or_default();
            let _ = (alternatives(broken), common_name(broken), is_self_issued(broken));
        }
    }
}
