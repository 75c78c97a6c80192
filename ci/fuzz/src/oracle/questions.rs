//! What claims ask of a capture.

use evidence::ldap::sasl::DigestMd5;
use evidence::ldap::{Authentication, LdapOp};
use evidence::print::{self, Names};
use evidence::{Capture, LdapMessage, Mark, TlsConnection, TlsSide, TlsVersion};

/// Asks a capture everything that it can be asked.
pub(super) fn ask_everything(capture: &mut Capture) {
    capture.finish();
    for message in capture.sip_messages() {
        let _ =
            (message.via(), message.from_tag(), message.to_tag(), message.cseq(), message.contacts(), message.sdp());
        let _ = (message.challenges(), message.credentials(), message.values("Route"), message.is_response_to(message));
    }
    for message in capture.dhcp() {
        let _ = (message.vendor_specific(), message.vendor_blocks(), message.routes(), message.tftp_servers());
        message.codes.iter().for_each(|code| drop(message.value(*code).map(|value| value.to_string())));
    }
    for message in capture.dhcp6() {
        let _ = (message.addresses(), message.ntp(), message.domains(), message.status(), message.codes());
    }
    for lease in capture.leases() {
        let _ = (lease.ended_ns(), lease.since(Mark(1)).len());
    }
    capture.ldap_messages().for_each(|message| ask_ldap(capture, message));
    capture.tls().iter().for_each(|tls| ask_tls(capture, tls));
    let _ = (capture.leases6(), capture.http_exchanges(), print::leases(capture, &Names::none()));
    let _ = (print::ladder(capture, &Names::none()), print::summary(capture), print::json(capture), capture.quality());
    let _ = (print::tls(capture, &Names::none()), print::ldap(capture, &Names::none()));
}

fn ask_ldap(capture: &Capture, message: &LdapMessage) {
    let _ = (message.code(), message.is_start_tls(), message.is_notice_of_disconnection(), message.op.number());
    assert!(capture.ldap_answers(message).all(|answer| answer.is_answer_to(message)));
    match &message.op {
        LdapOp::SearchRequest(search) => drop(search.filter.to_string()),
        LdapOp::SearchEntry { attributes, .. } => attributes.iter().for_each(|attribute| drop(attribute.texts())),
        LdapOp::BindRequest { authentication: Authentication::Sasl { credentials: Some(credentials), .. }, .. } => {
            if let Some(sasl) = DigestMd5::parse(credentials.octets()) {
                let _ = (sasl.is_from("secret"), sasl.expected_rspauth("secret"));
            }
        }
        LdapOp::BindResponse { server_credentials: Some(credentials), .. } => {
            let _ = DigestMd5::parse(credentials).map(|sasl| sasl.offered_qop());
        }
        _ => {}
    }
}

fn ask_tls(capture: &Capture, tls: &TlsConnection) {
    let _ = (tls.version().and_then(TlsVersion::name), tls.suite(), tls.group(), tls.alpn(), tls.downgrade());
    let _ = (tls.resumption(), tls.certificate_request(), tls.established(), tls.early_records());
    let _ = (tls.key_updates().count(), tls.renegotiations().count(), tls.malformed().count());
    let _ = (tls.fatal_alert().map(|alert| alert.to_string()), tls.decryption().to_string());
    assert!(!capture.tls_end(tls).to_string().is_empty());
    for (_, hello) in tls.client_hellos() {
        let _ = (hello.versions(), hello.offered_suites(), hello.extension_kinds(), hello.ticket(), hello.has_grease());
        let _ = (hello.is_fallback(), hello.offers_secure_renegotiation(), hello.offers_early_data());
    }
    for side in [TlsSide::Client, TlsSide::Server] {
        let _ = (tls.certificates(side), tls.signed_with(side), tls.close_notify(side), tls.sealed_records(side));
        let application = tls.application(side);
        assert_eq!(application.octets as usize, tls.plaintext(side).len());
        // The worse of the two directions is what the connection as a whole is.
        assert!(tls.decryption_of(side).is_readable() || !tls.decryption().is_readable());
    }
}
