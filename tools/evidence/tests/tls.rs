//! TLS in clear from literal octets: hellos, alerts, odd records, and what is none.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod wire;

use evidence::tls::{AlertLevel, Downgrade, Suite};
use evidence::{Capture, Decryption, TlsBody, TlsConnection, TlsEnd, TlsSide, TlsVersion, limits};
use wire::*;

fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[kind, 3, 3], &(content.len() as u16).to_be_bytes()[..], content].concat()
}

fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind], &(body.len() as u32).to_be_bytes()[1..], body].concat()
}

fn extension(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &(data.len() as u16).to_be_bytes(), data].concat()
}

/// A hello up to its extensions.
fn hello(kind: u8, version: u16, random: &[u8; 32], choices: &[u8], extensions: &[Vec<u8>]) -> Vec<u8> {
    let extensions = extensions.concat();
    let length = (extensions.len() as u16).to_be_bytes();
    handshake(kind, &[&version.to_be_bytes()[..], random, &[0], choices, &length, &extensions].concat())
}

/// GREASE in every list, as a browser has it (RFC 8701).
fn client_hello() -> Vec<u8> {
    let choices = [0, 8, 0x5a, 0x5a, 0x13, 0x01, 0xc0, 0x2f, 0x00, 0xff, 1, 0];
    let extensions = [
        extension(0x3a3a, &[]),
        extension(0, b"\x00\x0e\x00\x00\x0bsip.example"),
        extension(10, &[0, 6, 0x1a, 0x1a, 0, 29, 0, 23]),
        extension(13, &[0, 4, 4, 3, 8, 4]),
        extension(16, b"\x00\x06\x03sip\x01x"),
        extension(23, &[]),
        extension(43, &[7, 0x6a, 0x6a, 3, 4, 3, 3, 0]),
        extension(51, &[0, 6, 0, 29, 0, 2, 1, 2]),
    ];
    hello(1, 0x0303, &[7; 32], &choices, &extensions)
}

fn server_hello(version: u16, tail: &[u8; 8]) -> Vec<u8> {
    let mut random = [9; 32];
    random[24..].copy_from_slice(tail);
    hello(2, version, &random, &[0xc0, 0x2f, 0], &[])
}

/// Who said what, each in segments of this length, to port 5061.
fn talk(said: &[(bool, Vec<u8>)], length: usize) -> Capture {
    let mut bench = Bench::default();
    let (client, server) = ((PHONE, 40_000), (SERVER, 5061));
    bench.push(&tcp(client, server, "S", 0, 0, b""));
    bench.push(&tcp(server, client, "SA", 0, 1, b""));
    bench.push(&tcp(client, server, "A", 1, 1, b""));
    let mut next = [1u32, 1];
    for (by_client, octets) in said {
        let (src, dst) = if *by_client { (client, server) } else { (server, client) };
        let (own, peer) = (usize::from(!by_client), usize::from(*by_client));
        for part in octets.chunks(length) {
            bench.push(&tcp(src, dst, "A", next[own], next[peer], part));
            next[own] += part.len() as u32;
        }
    }
    bench.capture.finish();
    bench.capture
}

fn only(capture: &Capture) -> &TlsConnection {
    assert_eq!(capture.tls().len(), 1);
    &capture.tls()[0]
}

#[test]
fn a_hello_is_read_whatever_segments_and_records_it_comes_in() {
    let message = client_hello();
    let bytewise: Vec<u8> = message.iter().flat_map(|octet| record(22, &[*octet])).collect();
    for (octets, length) in
        [(record(22, &message), 2_000), (record(22, &message), 1), (bytewise.clone(), 2_000), (bytewise, 1)]
    {
        let capture = talk(&[(true, octets)], length);
        let tls = only(&capture);
        let hello = tls.client_hello().unwrap();
        assert_eq!(hello.server_name.as_deref(), Some("sip.example"));
        assert_eq!(hello.offered_suites(), [Suite(0x1301), Suite(0xc02f)]);
        assert_eq!(hello.suites.len(), 4);
        assert!(hello.offers_secure_renegotiation() && hello.offers_extended_master_secret() && hello.has_grease());
        assert!(!hello.is_fallback() && !hello.offers_early_data() && hello.ticket().is_none());
        assert_eq!(hello.alpn, ["sip", "x"]);
        assert_eq!(hello.key_shares.len(), 1);
        assert_eq!((hello.groups.len(), hello.schemes.len(), hello.compression.as_slice()), (3, 2, &[0][..]));
        // Of three octets too many in supported_versions nothing is made.
        assert_eq!(hello.faults, ["supported_versions is malformed"]);
        assert_eq!(tls.messages()[0].packets.first(), 4);
        assert_eq!(tls.messages()[0].packets.last(), capture.frames().len() as u32);
        assert_eq!((tls.decryption(), capture.tls_end(tls)), (Decryption::Clear, TlsEnd::Open));
    }
}

#[test]
fn alerts_are_told_with_level_direction_and_what_they_say() {
    let said = [(true, record(22, &client_hello())), (false, [record(21, &[1, 112]), record(21, &[2, 40])].concat())];
    let capture = talk(&said, 2_000);
    let tls = only(&capture);
    let alerts: Vec<_> =
        tls.alerts().map(|alert| (alert.side, alert.level, alert.description.to_string(), alert.encrypted)).collect();
    let (server, warning, fatal) = (TlsSide::Server, AlertLevel::Warning, AlertLevel::Fatal);
    assert_eq!(
        alerts,
        [
            (server, warning, "unrecognized_name".to_owned(), false),
            (server, fatal, "handshake_failure".to_owned(), false)
        ]
    );
    assert_eq!(capture.tls_end(tls).to_string(), "ended by the server: handshake_failure");
}

#[test]
fn a_server_that_knows_better_versions_is_found_out() {
    let downgrade = |version, tail| {
        let capture =
            talk(&[(true, record(22, &client_hello())), (false, record(22, &server_hello(version, tail)))], 2_000);
        only(&capture).downgrade()
    };
    assert_eq!(downgrade(0x0303, b"DOWNGRD\x01"), Some(Downgrade::ToTls12));
    assert_eq!(downgrade(0x0301, b"DOWNGRD\x00"), Some(Downgrade::Below));
    assert_eq!(downgrade(0x0303, b"downgrd\x00"), None);
}

#[test]
fn what_tls_does_not_allow_is_told() {
    let first = record(22, &client_hello());
    let reasons = |server: Vec<u8>| {
        let capture = talk(&[(true, first.clone()), (false, server)], 2_000);
        let tls = only(&capture);
        let reasons: Vec<String> = tls.malformed().map(|(_, reason)| reason.to_owned()).collect();
        let faults = capture.faults().iter().filter(|fault| fault.protocol == "tls").count();
        assert_eq!(faults, reasons.len());
        assert!(capture.sip().is_empty() && capture.http().is_empty());
        reasons
    };
    assert_eq!(reasons(vec![0; 40]), ["no TLS record begins with 0000000000"]);
    assert_eq!(reasons(record(22, &[])), ["an empty record of type 22"]);
    assert_eq!(reasons(record(21, &[2])), ["half an alert"]);
    assert_eq!(reasons(record(20, &[2])), ["not a ChangeCipherSpec"]);
    assert_eq!(reasons(record(22, &[2, 0xff, 0xff, 0xff])), ["a handshake message of 16777215 octets"]);
    assert_eq!(reasons(record(22, &handshake(2, &[3, 3]))), ["ServerHello is cut short"]);
    let long = reasons([vec![22, 3, 3, 0x50, 0], vec![0; 0x5000]].concat());
    assert_eq!(long[0], "a record of 20480 octets, 18432 are the most");
    let clear =
        [record(22, &server_hello(0x0303, b"12345678")), record(23, b"REGISTER sip:x SIP/2.0\r\n\r\n")].concat();
    assert_eq!(reasons(clear), ["application data in clear"]);
}

/// Plain text on a connection that was TLS is seen by anybody, and so by the oracle.
#[test]
fn what_comes_in_clear_instead_of_records_is_read_as_what_it_is() {
    let register = request("REGISTER", "z9hG4bK1", 1, "", "").into_bytes();
    let answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_vec();
    let client = [record(22, &client_hello()), register].concat();
    for length in [7, 2_000] {
        let capture = talk(&[(true, client.clone()), (false, answer.clone())], length);
        // As much is shown as was there when it was clear that it is no record.
        let reasons: Vec<_> =
            only(&capture).malformed().map(|(message, reason)| (message.side, &reason[..27])).collect();
        let expected =
            [(TlsSide::Client, "no TLS record begins with 5"), (TlsSide::Server, "no TLS record begins with 4")];
        assert_eq!(reasons, expected);
        let sip: Vec<_> = capture.sip_messages().map(|message| (message.method(), message.secured)).collect();
        assert_eq!(sip, [(Some("REGISTER"), None)]);
        assert_eq!((capture.http()[0].status(), capture.http()[0].secured), (Some(400), None));
    }
}

/// TLS, then LDAP in clear, then records again: a direction leaves TLS once.
#[test]
fn a_direction_leaves_tls_once() {
    let unbind = [0x30, 5, 2, 1, 1, 0x42, 0];
    let client = [record(22, &client_hello()), unbind.to_vec(), record(22, &client_hello())].concat();
    for length in [3, 2_000] {
        let capture = talk(&[(true, client.clone())], length);
        assert_eq!(only(&capture).client_hellos().count(), 1);
        assert_eq!(capture.ldap_messages().count(), 1);
        assert!(matches!(capture.ldap().last(), Some(evidence::LdapFact::Malformed(_))));
    }
}

/// Up to ServerHello all is known; then the sender's records are protected, whatever they say, and without keys nothing is told of them.
#[test]
fn an_early_change_of_cipher_hides_what_follows() {
    let hidden = record(22, &handshake(14, &[]));
    let server =
        [record(22, &server_hello(0x0303, b"12345678")), record(20, &[1]), hidden, record(23, b"abc")].concat();
    let capture = talk(&[(true, record(22, &client_hello())), (false, server)], 2_000);
    let tls = only(&capture);
    assert_eq!(tls.messages().last().unwrap().body, TlsBody::ChangeCipherSpec);
    assert_eq!((tls.decryption(), tls.sealed_records(TlsSide::Server)), (Decryption::NoKeys, 2));
    assert_eq!(tls.application(TlsSide::Server).records, 1);
    assert_eq!(tls.version(), Some(TlsVersion::TLS12));
}

#[test]
fn a_connection_without_its_beginning_is_undecidable() {
    let mut bench = Bench::default();
    bench.push(&tcp((PHONE, 40_000), (SERVER, 5061), "A", 9, 9, &record(23, &[5; 40])));
    bench.push(&tcp((SERVER, 5061), (PHONE, 40_000), "A", 9, 54, &record(22, &[0xab; 40])));
    bench.capture.finish();
    let tls = only(&bench.capture);
    assert_eq!(tls.decryption(), Decryption::HandshakeNotSeen);
    assert!(tls.messages().is_empty() && bench.capture.faults().is_empty());
}

#[test]
fn an_old_hello_offers_its_one_version() {
    let message = handshake(1, &[&[3, 0][..], &[7; 32], &[0, 0, 2, 0, 5, 1, 0]].concat());
    let capture = talk(&[(true, record(22, &message))], 2_000);
    let hello = only(&capture).client_hello().unwrap();
    assert_eq!((hello.versions(), hello.faults.len()), (vec![TlsVersion::SSL3], 0));
    assert!(hello.offered_suites()[0].is_forbidden() && !hello.offers_secure_renegotiation());
}

#[test]
fn a_flood_of_messages_is_bounded() {
    let warnings: Vec<u8> = (0..limits::TLS_MESSAGES + 500).flat_map(|_| record(21, &[1, 90])).collect();
    let capture = talk(&[(true, record(22, &client_hello())), (false, warnings)], 1_400);
    assert_eq!(only(&capture).messages().len(), limits::TLS_MESSAGES);
    assert!(capture.quality().unreliable.iter().any(|fault| fault.protocol == "tls"));
}
