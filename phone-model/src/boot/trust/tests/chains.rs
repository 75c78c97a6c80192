//! Chains: who signed it, when, and for what.

use super::*;
use rcgen::{CertificateRevocationListParams, RevokedCertParams, SerialNumber, date_time_ymd};

/// A phone that checks, one with the defect, and a certificate that only the latter takes.
fn only_with(defect: Defect, certificate: impl Fn(&Phone) -> Leaf, wrong: impl Fn(&Error) -> bool) {
    let phone = Phone::new(CHECKING, &[]);
    let refused = phone.meets(SIP, "sip.example", &certificate(&phone)).unwrap_err();
    assert!(wrong(&refused), "{refused:?}");
    let phone = Phone::new(CHECKING, &[defect]);
    assert_eq!(phone.meets(SIP, "sip.example", &certificate(&phone)), Ok(()), "{defect:?}");
    let theirs = leaf(&authority("Rogue CA").issuer, good);
    let another = phone.leaf(|it| it.subject_alt_names = vec![dns("other.example")]);
    let others = [(Defect::TlsAcceptsUnknownAuthority, theirs), (Defect::TlsAcceptsAnotherName, another)];
    for (excuse, wrong) in others {
        assert_eq!(phone.meets(SIP, "sip.example", &wrong).is_ok(), excuse == defect, "{defect:?} is one behaviour");
    }
}

fn good(params: &mut CertificateParams) {
    params.subject_alt_names = vec![dns("sip.example")];
}

#[test]
fn an_expired_certificate_and_one_of_the_future_are_refused() {
    let dated = |from, to| {
        move |phone: &Phone| {
            phone.leaf(|it| {
                good(it);
                (it.not_before, it.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
            })
        }
    };
    only_with(Defect::TlsAcceptsExpired, dated(2015, 2016), |wrong| {
        matches!(wrong, Error::InvalidCertificate(CertificateError::ExpiredContext { .. }))
    });
    only_with(Defect::TlsAcceptsNotYetValid, dated(2090, 2091), |wrong| {
        matches!(wrong, Error::InvalidCertificate(CertificateError::NotValidYetContext { .. }))
    });
}

#[test]
fn it_is_the_clock_of_the_phone_that_counts() {
    let phone = Phone::new(CHECKING, &[]);
    let leaf = phone.leaf(|it| {
        good(it);
        (it.not_before, it.not_after) = (date_time_ymd(2080, 1, 1), date_time_ymd(2081, 1, 1));
    });
    assert!(phone.meets(SIP, "sip.example", &leaf).is_err());
    // The middle of 2080.
    phone.trust.wall.set(3_487_000_000_000_000, Duration::ZERO);
    assert_eq!(phone.meets(SIP, "sip.example", &leaf), Ok(()));
}

#[test]
fn an_authority_that_nobody_installed_is_not_believed() {
    only_with(
        Defect::TlsAcceptsUnknownAuthority,
        |_| leaf(&authority("Rogue CA").issuer, good),
        |wrong| *wrong == CertificateError::UnknownIssuer.into(),
    );
}

#[test]
fn a_certificate_that_signs_itself_is_not_believed() {
    let own = |_: &Phone| {
        let mut params = CertificateParams::default();
        good(&mut params);
        params.distinguished_name.push(DnType::CommonName, "myself");
        let key = KeyPair::generate().unwrap();
        Leaf { chain: vec![params.self_signed(&key).unwrap().into()], key, params }
    };
    only_with(Defect::TlsAcceptsSelfSigned, own, |_| true);
}

#[test]
fn a_server_is_no_authority() {
    let forged = |phone: &Phone| {
        let other = phone.leaf(|it| {
            it.subject_alt_names = vec![dns("other.example")];
            it.distinguished_name.push(DnType::CommonName, "another server");
        });
        let mut forged = leaf(&Issuer::new(other.params, other.key), good);
        forged.chain.extend(other.chain);
        forged
    };
    only_with(Defect::TlsAcceptsLeafAsAuthority, forged, |_| true);
}

#[test]
fn a_certificate_for_clients_is_none_for_a_server() {
    let client = |phone: &Phone| {
        phone.leaf(|it| {
            good(it);
            it.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        })
    };
    only_with(Defect::TlsAcceptsClientOnly, client, |wrong| {
        matches!(wrong, Error::InvalidCertificate(CertificateError::InvalidPurposeContext { .. }))
    });
}

#[test]
fn a_certificate_on_the_list_beside_the_authority_is_refused() {
    let revoked = |phone: &Phone| {
        let leaf = phone.leaf(|it| {
            good(it);
            it.serial_number = Some(SerialNumber::from(77));
        });
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2020, 1, 1),
            next_update: date_time_ymd(2090, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![RevokedCertParams {
                serial_number: SerialNumber::from(77),
                revocation_time: date_time_ymd(2020, 1, 1),
                reason_code: None,
                invalidity_date: None,
            }],
            key_identifier_method: rcgen::KeyIdMethod::Sha256,
        };
        let list = list.signed_by(&phone.lab.issuer).unwrap().pem().unwrap();
        phone.trust.install(format!("{}{list}", phone.lab.pem).as_bytes()).unwrap();
        leaf
    };
    only_with(Defect::TlsAcceptsRevoked, revoked, |wrong| *wrong == CertificateError::Revoked.into());
    let phone = Phone::new(CHECKING, &[]);
    revoked(&phone);
    assert_eq!(phone.meets(SIP, "sip.example", &phone.leaf(good)), Ok(()), "one that is not on the list");
}
