#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use crate::sip::transaction::tests::torture;
use proptest::prelude::*;

const INVITE: &str = "INVITE sip:200@192.0.2.100 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKa\r\n\
    From: <sip:100@voiceip.com>;tag=f\r\nTo: <sip:200@voiceip.com>\r\nCall-ID: c@192.0.2.10\r\nCSeq: 1 INVITE\r\n\
    Content-Length: 4\r\n\r\nbody";

fn read(text: &str) -> Message {
    Message::from_datagram(text.as_bytes()).unwrap()
}

fn fault(text: &str) -> Fault {
    Message::from_datagram(text.as_bytes()).unwrap_err().fault
}

#[test]
fn a_message_is_written_as_it_was_read() {
    assert_eq!(read(INVITE).to_bytes(), INVITE.as_bytes());
    let leading = format!("\r\n\r\n{INVITE}");
    assert_eq!(read(&leading), read(INVITE), "RFC 3261 §7.5");
}

#[test]
fn octets_beyond_content_length_are_left_aside_and_missing_ones_are_a_fault() {
    assert_eq!(read(&format!("{INVITE}INVITE sip:x SIP/2.0\r\n")).body, b"body");
    assert_eq!(fault(&INVITE.replace("Length: 4", "Length: 9999")), Fault::Truncated);
    assert_eq!(fault(&INVITE.replace("Length: 4", "Length: 99999999999999999999999")), Fault::Truncated);
    assert_eq!(fault(&INVITE.replace("Length: 4", "Length: -1")), Fault::NegativeLength);
    assert_eq!(fault(&INVITE.replace("Length: 4", "Length: four")), Fault::Header("Content-Length"));
    assert_eq!(fault(&INVITE.replace("Length: 4", "Length: 4\r\nl: 5")), Fault::Repeated("Content-Length"));
    assert_eq!(read(&INVITE.replace("Content-Length: 4\r\n", "")).body, b"body");
}

#[test]
fn compact_names_folding_any_case_and_white_space_before_the_colon_mean_the_same() {
    let odd = INVITE
        .replace("Via: SIP/2.0/UDP ", "v  :\r\n SIP / 2.0\r\n\t/ UDP   ")
        .replace("From:", "f:")
        .replace("To:", "TO\t:")
        .replace("Call-ID:", "i:")
        .replace("CSeq: 1", "cSEQ: 0001 \r\n ");
    let (odd, plain) = (read(&odd), read(INVITE));
    assert_eq!(odd.via(), plain.via());
    assert_eq!(
        (odd.from(), odd.to(), odd.call_id(), odd.cseq()),
        (plain.from(), plain.to(), plain.call_id(), plain.cseq())
    );
}

#[test]
fn a_comma_list_equals_separate_lines_but_not_in_headers_of_authentication() {
    let message = read(&INVITE.replace(
        "CSeq:",
        "Via: SIP/2.0/TCP a;x=\"1,2\" , SIP/2.0/UDP b\r\nContact: \"A, B\" <sip:a,b@c>, <sip:d>\r\n\
         Authorization: Digest a=\"1\", b=2\r\nCSeq:",
    ));
    let vias: Vec<&str> = message.elements("v").collect();
    assert_eq!(vias, ["SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKa", "SIP/2.0/TCP a;x=\"1,2\"", "SIP/2.0/UDP b"]);
    assert_eq!(message.elements("Contact").collect::<Vec<_>>(), ["\"A, B\" <sip:a,b@c>", "<sip:d>"]);
    assert_eq!(message.elements("authorization").count(), 1);
}

#[test]
fn the_first_line_is_read_strictly() {
    for (line, expected) in [
        ("INVITE  sip:200@192.0.2.100 SIP/2.0", Fault::RequestUri),
        ("INVITE sip:200@192.0.2.100 SIP/2.0 ", Fault::StartLine),
        ("INVITE sip:200@192.0.2.100", Fault::StartLine),
        ("INVITE <sip:200@192.0.2.100> SIP/2.0", Fault::RequestUri),
        ("INVITE sip:200@192.0.2.100; lr SIP/2.0", Fault::RequestUri),
        ("INVITE sip:200@192.0.2.100?Route=x SIP/2.0", Fault::RequestUri),
        ("INVITE sip:2001:db8::1 SIP/2.0", Fault::RequestUri),
        ("INVITE sip:200@192.0.2.100 SIP/3.0", Fault::Version),
        ("SIP/7.0 200 OK", Fault::Version),
        ("SIP/2.0 4294967301 Better", Fault::StatusCode),
        ("SIP/2.0 99 Low", Fault::StatusCode),
        ("SIP/2.0 +20 Plus", Fault::StatusCode),
        ("SIP/2.0 401 Unauthorized\r]", Fault::StartLine),
    ] {
        assert_eq!(fault(&INVITE.replace("INVITE sip:200@192.0.2.100 SIP/2.0", line)), expected, "{line}");
    }
    assert!(matches!(read(&INVITE.replace("100 SIP/2.0", "100 sip/2.0")).start, Start::Request { .. }));
    let empty = read(&INVITE.replace("INVITE sip:200@192.0.2.100 SIP/2.0", "SIP/2.0 100 "));
    assert_eq!(empty.start, Start::Response { code: 100, reason: String::new() });
}

#[test]
fn mandatory_headers_must_be_there_once_and_readable() {
    for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
        let start = INVITE.find(&format!("\r\n{name}:")).unwrap() + 2;
        let line = &INVITE[start..=start + INVITE[start..].find('\n').unwrap()];
        assert_eq!(fault(&INVITE.replace(line, "")), Fault::Missing(name));
        let twice = Message::from_datagram(INVITE.replace(line, &line.repeat(2)).as_bytes()).err().map(|bad| bad.fault);
        assert_eq!(twice, (name != "Via").then_some(Fault::Repeated(name)));
        let bad = fault(&INVITE.replace(line, &format!("{name}: a <\r\n")));
        assert_eq!(bad, Fault::Header(name));
    }
    assert_eq!(fault(&INVITE.replace("1 INVITE", "1 OPTIONS")), Fault::MethodMismatch);
    assert_eq!(fault(&INVITE.replace("1 INVITE", "4294967296 INVITE")), Fault::Header("CSeq"));
    assert_eq!(fault(&INVITE.replace("CSeq", "Max-Forwards: 256\r\nCSeq")), Fault::Header("Max-Forwards"));
    assert_eq!(fault(&INVITE.replace("CSeq", "no colon here\r\nCSeq")), Fault::HeaderLine);
    assert_eq!(fault(&INVITE.replace("CSeq", "X: a\rb\r\nCSeq")), Fault::HeaderLine);
    assert_eq!(fault(&INVITE.replace("\r\n\r\n", "\r\n")), Fault::HeaderLine);
    let many = "X: y\r\n".repeat(MAX_HEADERS);
    assert_eq!(fault(&INVITE.replace("CSeq", &format!("{many}CSeq"))), Fault::TooLarge);
}

#[test]
fn an_answer_to_a_malformed_request_copies_what_could_be_read() {
    let bad = Message::from_datagram(INVITE.replace("CSeq: 1", "CSeq: x").as_bytes()).unwrap_err();
    let answer = String::from_utf8(bad.reply(None, "abc", &[]).unwrap()).unwrap();
    insta::assert_snapshot!(answer.replace('\r', ""), @r"
    SIP/2.0 400 Bad Request
    Via: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKa
    From: <sip:100@voiceip.com>;tag=f
    To: <sip:200@voiceip.com>;tag=abc
    Call-ID: c@192.0.2.10
    CSeq: x INVITE
    Content-Length: 0
    ");
    let version = Message::from_datagram(INVITE.replace("SIP/2.0\r\nVia", "SIP/7.0\r\nVia").as_bytes()).unwrap_err();
    assert_eq!(version.code(), 505);
    for silent in [INVITE.replace("INVITE", "ACK").replace("1 ACK", "x"), INVITE.replace("Via:", "Vix:")] {
        let bad = Message::from_datagram(silent.as_bytes()).unwrap_err();
        assert_eq!(bad.reply(None, "abc", &[]), None, "{bad:?}");
    }
}

#[test]
fn a_reply_copies_all_vias_in_order_and_tags_to_but_not_in_100() {
    let request = read(&INVITE.replace("CSeq", "Via: SIP/2.0/UDP b, SIP/2.0/UDP c\r\nTimestamp: 54\r\nCSeq"));
    let busy = request.reply(486, "me");
    let vias: Vec<&str> = busy.elements("Via").collect();
    assert_eq!(vias, request.elements("Via").collect::<Vec<_>>());
    assert_eq!(busy.to_tag().as_deref(), Some("me"));
    let trying = request.reply(100, "me");
    assert_eq!((trying.to_tag(), trying.header("Timestamp")), (None, Some("54")));
    let in_dialog = read(&INVITE.replace("To: <sip:200@voiceip.com>", "To: <sip:200@voiceip.com>;tag=old"));
    assert_eq!(in_dialog.reply(200, "me").to_tag().as_deref(), Some("old"));
}

#[test]
fn the_codec_of_the_field_reads_what_is_written() {
    for ours in [read(INVITE), read(INVITE).reply(180, "me")] {
        let theirs = rsip::SipMessage::try_from(ours.to_bytes()).unwrap();
        assert_eq!(theirs.to_string(), String::from_utf8(ours.to_bytes()).unwrap());
    }
}

#[test]
fn a_line_end_in_a_value_cannot_begin_another_header() {
    let message = read(INVITE).with("Subject", "a\r\nEvil: 1");
    assert!(read(&String::from_utf8(message.to_bytes()).unwrap()).header("Evil").is_none());
}

#[test]
fn addresses_are_read_with_quoted_names_and_header_parameters_outside_the_brackets() {
    let read = |text| NameAddr::parse(text).unwrap();
    let quoted = read(r#""J \"R\" <x>, \\" <sip:a@b;lr>;tag = 1;q=0.3"#);
    assert_eq!(quoted.display, r#"J "R" <x>, \"#);
    assert_eq!((quoted.tag(), quoted.params.value("Q")), (Some("1"), Some("0.3")));
    assert!(quoted.uri.as_sip().unwrap().params.has("LR"));
    assert_eq!(quoted.to_string(), r#""J \"R\" <x>, \\" <sip:a@b;lr>;tag=1;q=0.3"#);
    let bare = read("sip:a@b;tag=1");
    assert_eq!((bare.tag(), bare.uri.to_string().as_str()), (Some("1"), "sip:a@b"));
    assert_eq!(read("caller<sip:a@b>").display, "caller");
    for bad in
        ["\"open <sip:a@b>", "< sip:a@b >", "<sip:a@b", "Bell, A <sip:a@b>", "sip:a@b?x=y", "<sip:a@b>;;", "", "<>"]
    {
        assert_eq!(NameAddr::parse(bad), None, "{bad}");
    }
}

#[test]
fn uris_keep_their_text_and_are_unescaped_once() {
    for text in [
        "sip:sips%3Auser%40example.com@example.net",
        "sip:user;par=u%40example.net@example.com",
        "sips:a:pw@[2001:db8::1]:5061;transport=tcp;x?Subject=hi",
        "sip:[2001:db8::10:5070]",
        "sip:user@[2001:db8:::192.0.2.1]",
        "tel:+1-201-555-0123;phone-context=x",
        "nobodyKnowsThisScheme:opaque",
    ] {
        assert_eq!(Uri::parse(text).unwrap().to_string(), text);
    }
    assert_eq!(Uri::parse("sip:null-%00-null@x").unwrap().user().unwrap(), "null-\0-null");
    assert_eq!(Uri::parse("sip:value%2541@x").unwrap().user().unwrap(), "value%41");
    assert_eq!(Uri::parse("sip:[2001:db8::10]:5070").unwrap().as_sip().unwrap().port, Some(5070));
    for bad in [
        "",
        "sip",
        "sip:",
        "sip:@x",
        "sip:a@",
        "sip:a@b:",
        "sip:a@b:x",
        "sip:a@b:70000",
        "sip:a%4@b",
        "sip:[::1",
        "1a:x",
        "sip:a b",
    ] {
        assert_eq!(Uri::parse(bad), None, "{bad}");
    }
}

#[test]
fn a_via_cannot_tell_us_where_its_sender_is() {
    let mut via = Via::parse("SIP/2.0/UDP 192.0.2.10;received=192.0.2.66").unwrap();
    via.mark_source("192.0.2.10:5060".parse().unwrap());
    assert_eq!(via.received(), None);
    let mut via = Via::parse("SIP/2.0/UDP [2001:db8:78::a]:5062;rport").unwrap();
    via.mark_source("[2001:db8:78::b]:9".parse().unwrap());
    assert_eq!(via.to_string(), "SIP/2.0/UDP [2001:db8:78::a]:5062;rport=9;received=2001:db8:78::b");
}

fn text() -> impl Strategy<Value = String> {
    "[ -~é☎]{0,24}".prop_map(|s| s.trim().to_owned())
}

fn token() -> impl Strategy<Value = String> {
    "[A-Za-z0-9.!%*_+`'~-]{1,12}"
}

fn address() -> impl Strategy<Value = NameAddr> {
    (text(), "[a-z0-9;?/&=+$,.-]{1,8}", "[a-z0-9.-]{1,12}", proptest::option::of(any::<u16>()), token()).prop_map(
        |(display, user, host, port, tag)| NameAddr {
            display,
            ..NameAddr::of(Uri::sip(&user, &host, port)).with_tag(&tag)
        },
    )
}

prop_compose! {
    fn message()(
        code in proptest::option::of(100_u16..700),
        method in token(),
        (from, to) in (address(), address()),
        (call_id, number) in (token(), any::<u32>()),
        extra in proptest::collection::vec((token(), text()), 0..6),
        body in proptest::collection::vec(any::<u8>(), 0..64),
    ) -> Message {
        let method = Method::parse(&method).unwrap();
        let mut message = match code {
            Some(code) => Message::response(code, ""),
            None => Message::request(method.clone(), from.uri.clone()),
        }
        .with("Via", "SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKx")
        .with("From", from.to_string())
        .with("To", to.to_string())
        .with("Call-ID", call_id)
        .with("CSeq", CSeq { number, method }.to_string());
        for (name, value) in extra {
            message.push(&format!("X-{name}"), value);
        }
        message.body = body;
        message
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_the_same(message in message()) {
        prop_assert_eq!(Message::from_datagram(&message.to_bytes()), Ok(message));
    }

    #[test]
    fn addresses_are_read_back_the_same(address in address()) {
        prop_assert_eq!(NameAddr::parse(&address.to_string()), Some(address));
    }

    #[test]
    fn any_octets_are_read_or_refused_and_never_harm(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = Message::from_datagram(&bytes);
    }

    #[test]
    fn any_text_is_read_or_refused_by_every_view(text in "[ -~\t\"\\\\<>;,:@=%\u{0}é]{0,80}") {
        let _ = (Uri::parse(&text), Via::parse(&text), CSeq::parse(&text), Params::parse(&text), unquote(&text));
        prop_assert_eq!(unquote(&quote(&text)), Some(text.clone()));
        if let Some(address) = NameAddr::parse(&text) {
            prop_assert_eq!(NameAddr::parse(&address.to_string()), Some(address));
        }
        let _ = elements(&text);
    }

    #[test]
    fn mutated_torture_messages_never_harm(
        which in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut corpus = torture::messages().to_vec();
        corpus.push(("invite".into(), INVITE.into()));
        let mut bytes = which.get(&corpus).1.clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len() * 4).max(1));
        match Message::from_datagram(&bytes) {
            Ok(message) => {
                let again = Message::from_datagram(&message.to_bytes());
                prop_assert_eq!(again, Ok(message));
            }
            Err(malformed) => {
                let answer = malformed.reply(malformed.via().as_ref(), "tag", &[]);
                prop_assert!(answer.is_none_or(|a| a.starts_with(b"SIP/2.0 4") || a.starts_with(b"SIP/2.0 5")));
            }
        }
    }
}
