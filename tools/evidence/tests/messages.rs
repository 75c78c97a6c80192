//! DHCP, DNS, SIP, syslog, RTP: what a datagram says.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod wire;

use std::net::Ipv4Addr;

use evidence::dns::DnsData;
use evidence::{DhcpKind, SipFact, SipMessage};
use wire::*;

fn only_sip(text: &[u8]) -> SipMessage {
    let mut bench = Bench::default();
    bench.udp((SERVER, 5060), (PHONE, 5060), text);
    bench.capture.sip_messages().next().unwrap().clone()
}

#[test]
fn a_sip_message_answers_the_questions_of_claims() {
    let text = request(
        "INVITE",
        "z9hG4bK1",
        7,
        "v: SIP/2.0/TCP [2001:db8::1]:5060 ;rport;branch=z9hG4bKb\r\nALLOW: INVITE\r\n",
        "",
    );
    let message = only_sip(text.as_bytes());
    assert!(message.is_request("INVITE") && message.is_well_formed());
    assert_eq!((message.uri(), message.call_id()), (Some("sip:1001@192.0.2.100"), Some("c1@192.0.2.10")));
    assert_eq!(message.cseq(), Some((7, "INVITE")));
    assert_eq!(
        (message.branch().as_deref(), message.from_tag().as_deref(), message.to_tag()),
        (Some("z9hG4bK1"), Some("f1"), None)
    );
    assert_eq!(message.from().unwrap().display.as_deref(), Some("Caller"));
    assert_eq!(message.headers("via").count(), 2);
    assert_eq!(message.header("v"), message.header("Via"));
    assert_eq!(
        (message.headers[1].name.as_str(), message.headers.last().unwrap().name.as_str()),
        ("From", "Content-Length")
    );
    assert_eq!(message.via().unwrap().sent_by, "192.0.2.10:5060");
    assert_eq!(message.title(), "INVITE sip:1001@192.0.2.100");
}

#[test]
fn folds_lists_and_quotes_are_read_as_the_grammar_says() {
    let text = request(
        "REGISTER",
        "z9hG4bK1",
        7,
        "Subject: one\r\n\ttwo\r\n   three\r\nm: \"a, b\" <sip:a@h;x=1>;q=0.5, <sip:b@h,c>\r\nm: sip:c@h;expires=5\r\n",
        "",
    );
    let message = only_sip(text.as_bytes());
    assert_eq!(message.header("Subject"), Some("one two three"));
    let contacts = message.contacts();
    let uris: Vec<&str> = contacts.iter().map(|contact| contact.uri.as_str()).collect();
    assert_eq!(uris, ["sip:a@h;x=1", "sip:b@h,c", "sip:c@h"]);
    assert_eq!(
        (contacts[0].display.as_deref(), contacts[0].param("Q"), contacts[2].param("expires")),
        (Some("a, b"), Some("0.5"), Some("5"))
    );
}

#[test]
fn a_response_belongs_to_its_request_alone() {
    let mut bench = Bench::default();
    bench.sip(SERVER, PHONE, &request("INVITE", "z9hG4bK1", 1, "", ""));
    bench.sip(PHONE, SERVER, &response(180, "Ringing", "INVITE", "z9hG4bK1", 1, "", ""));
    bench.sip(PHONE, SERVER, &response(200, "OK", "CANCEL", "z9hG4bK1", 1, "", ""));
    bench.sip(PHONE, SERVER, &response(180, "Ringing", "INVITE", "z9hG4bK2", 1, "", ""));
    bench.sip(PHONE, STRANGER, &response(180, "Ringing", "INVITE", "z9hG4bK1", 1, "", ""));
    let messages: Vec<&SipMessage> = bench.capture.sip_messages().collect();
    let answers: Vec<bool> = messages[1..].iter().map(|message| message.is_response_to(messages[0])).collect();
    assert_eq!(answers, [true, false, false, false]);
}

#[test]
fn what_is_wrong_with_a_message_is_told_and_the_message_kept() {
    let short = request("OPTIONS", "z9hG4bK1", 1, "", "").replace("Content-Length: 0", "Content-Length: 10");
    assert_eq!(only_sip(short.as_bytes()).faults, ["Content-Length is 10, the datagram has 0"]);
    let headless = "OPTIONS sip:a@b SIP/2.0\r\nFrom: x\r\nnonsense\r\n\r\n";
    insta::assert_debug_snapshot!(only_sip(headless.as_bytes()).faults, @r#"
    [
        "not a header line: nonsense",
        "no Via",
        "no To",
        "no Call-ID",
        "no CSeq",
        "From is malformed",
    ]
    "#);
    let binary = [request("MESSAGE", "z9hG4bK1", 1, "X: ", "").as_bytes(), &[0xff, 0xfe, 0]].concat();
    assert!(only_sip(&binary).raw == binary);
}

#[test]
fn octets_after_content_length_are_no_body() {
    let text = request("MESSAGE", "z9hG4bK1", 1, "", "body") + "garbage";
    assert_eq!(only_sip(text.as_bytes()).body, b"body");
}

#[test]
fn dhcp_options_are_joined_and_overloaded_fields_are_read() {
    let mut message = dhcp(2, 7, [0; 4], PHONE, &[(53, &[5]), (52, &[3]), (66, b"prov."), (54, &SERVER)]);
    message[108..108 + 16].copy_from_slice(b"\x42\x0dbench.example\xff");
    message[44..44 + 5].copy_from_slice(b"\x43\x02ab\xff");
    let mut bench = Bench::default();
    bench.udp((SERVER, 67), (PHONE, 68), &message);
    let read = &bench.capture.dhcp()[0];
    assert_eq!((read.kind, read.server()), (Some(DhcpKind::Ack), Some(Ipv4Addr::from(SERVER))));
    assert_eq!((read.text(66).as_deref(), read.text(67).as_deref()), (Some("prov.bench.example"), Some("ab")));
    assert_eq!((read.file.as_str(), read.codes.as_slice()), ("", &[53, 52, 66, 54, 66, 67][..]));
    assert!(bench.capture.quality().is_clean(), "{:?}", read.faults);
}

#[test]
fn a_dhcp_option_longer_than_the_message_is_told() {
    let mut message = dhcp(1, 7, [0; 4], [0; 4], &[(53, &[1]), (12, b"name")]);
    let length = message.len();
    message[length - 6] = 200;
    let mut bench = Bench::default();
    bench.udp(([0; 4], 68), ([255; 4], 67), &message);
    assert_eq!(bench.capture.dhcp()[0].kind, Some(DhcpKind::Discover));
    assert_eq!(bench.capture.dhcp()[0].faults, ["option 12 claims 200 octets, 5 are left in the options"]);
}

/// Header with counts, then octets.
fn dns(id: u16, flags: u16, counts: [u16; 4], rest: &[u8]) -> Vec<u8> {
    let mut message: Vec<u8> = [id, flags].into_iter().chain(counts).flat_map(u16::to_be_bytes).collect();
    message.extend_from_slice(rest);
    message
}

#[test]
fn dns_names_are_followed_backwards_only() {
    let mut bench = Bench::default();
    let asked = b"\x04_sip\x04_udp\x07voiceip\x03com\x00\x00\x21\x00\x01";
    let answer = b"\xc0\x0c\x00\x21\x00\x01\x00\x00\x00\x3c\x00\x0a\x00\x01\x00\x02\x13\xc4\x01a\xc0\x16";
    bench.udp((SERVER, 53), (PHONE, 4_000), &dns(1, 0x8580, [1, 1, 0, 0], &[&asked[..], answer].concat()));
    let message = &bench.capture.dns()[0];
    assert!(message.response && message.authoritative && message.asks("_SIP._udp.voiceip.com", 33));
    assert_eq!((message.answers[0].name.as_str(), message.answers[0].ttl), ("_sip._udp.voiceip.com", 60));
    let target = "a.voiceip.com".to_owned();
    assert_eq!(message.answers[0].data, DnsData::Srv { priority: 1, weight: 2, port: 5060, target });
    assert!(bench.capture.quality().is_clean(), "{:?}", message.faults);
    for evil in [
        &b"\xc0\x0c\x00\x01\x00\x01"[..],
        b"\xc0\x0e\x00\x01\x00\x01",
        b"\x01a\xc0\x0c\x00\x01\x00\x01",
        b"\x80\x00\x01\x00\x01",
    ] {
        bench.udp((SERVER, 53), (PHONE, 4_000), &dns(2, 0x8180, [1, 0, 0, 0], evil));
        assert_eq!(bench.capture.dns().last().unwrap().faults, ["question 1 cannot be read"]);
    }
    bench.udp((SERVER, 53), (PHONE, 4_000), &dns(3, 0x8180, [0xffff; 4], b""));
    assert_eq!(bench.capture.dns().last().unwrap().faults.len(), 1);
}

#[test]
fn an_address_record_of_wrong_length_is_told() {
    let mut bench = Bench::default();
    bench.udp(
        (SERVER, 53),
        (PHONE, 4_000),
        &dns(1, 0x8180, [0, 1, 0, 0], b"\x01a\x00\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x03abc"),
    );
    assert_eq!(bench.capture.dns()[0].faults, ["answer 1: data of type A cannot be read"]);
    assert_eq!(bench.capture.dns()[0].answers[0].data, DnsData::Other(b"abc".to_vec()));
}

#[test]
fn both_kinds_of_syslog_are_read() {
    let mut bench = Bench::default();
    for line in [
        "<134>1 2026-11-23T18:18:15Z phone CP-7841 12 ID47 [a@1 x=\"\\\"]\"][b@1] said",
        "<135>Nov 23 18:18:15 phone CP-7841: said",
        "bare words",
        "<999>1 what",
    ] {
        bench.udp((PHONE, 514), (SERVER, 514), line.as_bytes());
    }
    let told: Vec<_> =
        bench.capture.syslog().iter().map(|l| (l.facility, l.severity, l.app.as_deref(), l.message.as_str())).collect();
    assert_eq!(
        told,
        [
            (Some(16), Some(6), Some("CP-7841"), "said"),
            (Some(16), Some(7), Some("CP-7841"), "said"),
            (None, None, None, "bare words"),
            (None, None, None, "<999>1 what"),
        ]
    );
}

#[test]
fn rtp_is_known_from_its_announcement_at_the_first_packet_else_at_the_third() {
    let mut bench = Bench::default();
    for sequence in [1, 2, 3, 7] {
        bench.udp((SERVER, 30_000), (PHONE, 30_002), &rtp(sequence, 0xaa));
    }
    let [guess] = bench.capture.rtp() else { panic!("one stream") };
    assert_eq!(
        (guess.announced, guess.count, guess.lost, guess.first_sequence, guess.last_sequence),
        (false, 4, 3, 1, 7)
    );
    assert_eq!(guess.packets.as_slice(), [1, 4]);
    let body = sdp(SERVER, 16_400);
    bench.sip(SERVER, PHONE, &request("INVITE", "z9hG4bK1", 1, "Content-Type: application/sdp\r\n", &body));
    let mark = bench.capture.mark();
    for sequence in [0xffff, 1, 0] {
        bench.udp((PHONE, 16_500), (SERVER, 16_400), &rtp(sequence, 0xbb));
    }
    let announced: Vec<_> = bench.capture.rtp_since(mark).collect();
    assert_eq!((announced.len(), announced[0].announced, announced[0].lost, announced[0].reordered), (1, true, 0, 1));
    bench.udp((PHONE, 16_501), (SERVER, 16_401), &[0x80, 200, 0, 1]);
    assert_eq!(bench.capture.udp().last().unwrap().carries, evidence::Carried::Rtcp);
}

#[test]
fn a_malformed_datagram_keeps_its_octets() {
    let mut bench = Bench::default();
    bench.udp((SERVER, 5060), (PHONE, 5060), b"INVITE\xff\xfe\r\n\r\n");
    let [SipFact::Malformed(malformed)] = bench.capture.sip() else { panic!("one fact") };
    assert_eq!(malformed.raw, b"INVITE\xff\xfe\r\n\r\n");
}
