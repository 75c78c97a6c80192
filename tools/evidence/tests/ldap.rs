//! LDAP messages from literal octets: every operation, filters as trees and text, framing, and what is none.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

mod wire;

use std::time::{Duration, Instant};

use evidence::ldap::{Attribute, Authentication, Filter, ResultCode, Scope, escaped};
use evidence::{Capture, LdapFact, LdapMessage, LdapOp};
use proptest::prelude::*;
use wire::*;

/// An element with its length in the shortest form.
fn ber(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = match content.len() {
        short @ 0..0x80 => vec![short as u8],
        middle @ 0x80..0x1_0000 => [&[0x82], &(middle as u16).to_be_bytes()[..]].concat(),
        long => [&[0x84], &(long as u32).to_be_bytes()[..]].concat(),
    };
    [vec![tag], length, content].concat()
}

fn text(text: &str) -> Vec<u8> {
    ber(4, &[text.as_bytes()])
}

fn message(id: u8, op: &[u8]) -> Vec<u8> {
    ber(0x30, &[&ber(2, &[&[id]]), op])
}

fn result(tag: u8, code: u8) -> Vec<u8> {
    ber(tag, &[&[10, 1, code], &text("dc=hx"), &text("why")])
}

/// What the phone says to port 389, cut into segments of this length; the beginning of the connection is there.
fn said(octets: &[u8], length: usize, port: u16) -> Capture {
    let mut bench = Bench::default();
    bench.push(&tcp((PHONE, 40_000), (SERVER, port), "S", 0, 0, b""));
    let mut next = 1;
    for part in octets.chunks(length) {
        bench.push(&tcp((PHONE, 40_000), (SERVER, port), "A", next, 1, part));
        next += part.len() as u32;
    }
    bench.capture.finish();
    bench.capture
}

fn one(op: &[u8]) -> LdapOp {
    let capture = said(&message(7, op), 2_000, 389);
    let [LdapFact::Message(message)] = capture.ldap() else {
        panic!("not one message: {:?}", capture.ldap());
    };
    assert!(message.id == 7 && message.faults.is_empty());
    message.op.clone()
}

#[test]
fn every_operation_is_read() {
    let values = |name: &str, value: &str| ber(0x30, &[&text(name), &ber(0x31, &[&text(value)])]);
    let attribute = |name: &str, value: &str| Attribute { name: name.to_owned(), values: vec![value.into()] };
    let LdapOp::BindRequest { version: 3, name, authentication: Authentication::Simple(password) } =
        one(&ber(0x60, &[&[2, 1, 3], &text("cn=phone"), &ber(0x80, &[b"secret"])]))
    else {
        panic!()
    };
    assert_eq!((name.as_str(), password.octets()), ("cn=phone", &b"secret"[..]));
    assert_eq!(
        format!("{password:?} {}", serde_json::to_string(&password).unwrap()),
        "Credential(6 octets) \"6 octets\""
    );
    let sasl = ber(0xa3, &[&text("EXTERNAL"), &text("")]);
    let LdapOp::BindRequest { authentication: Authentication::Sasl { mechanism, credentials: Some(none) }, .. } =
        one(&ber(0x60, &[&[2, 1, 3], &text(""), &sasl]))
    else {
        panic!()
    };
    assert!(mechanism == "EXTERNAL" && none.is_empty());
    let LdapOp::BindResponse { result: bound, server_credentials } =
        one(&ber(0x61, &[&[10, 1, 14], &text(""), &text(""), &ber(0x87, &[b"realm=x"])]))
    else {
        panic!()
    };
    assert_eq!(
        (bound.code.to_string().as_str(), server_credentials.as_deref()),
        ("saslBindInProgress", Some(&b"realm=x"[..]))
    );
    assert_eq!(one(&[0x42, 0]), LdapOp::Unbind);
    let search = ber(
        0x63,
        &[
            &text("dc=hx"),
            &[10, 1, 2, 10, 1, 0, 2, 1, 20, 2, 1, 5, 1, 1, 0],
            &ber(0x87, &[b"cn"]),
            &ber(0x30, &[&text("sn")]),
        ],
    );
    let LdapOp::SearchRequest(search) = one(&search) else { panic!() };
    assert_eq!((search.scope, search.size_limit, search.time_limit, search.types_only), (Scope::Sub, 20, 5, false));
    assert_eq!((search.filter.to_string().as_str(), search.attributes), ("(cn=*)", vec!["sn".to_owned()]));
    let entry = ber(0x64, &[&text("cn=a"), &ber(0x30, &[&values("sn", "é")])]);
    assert_eq!(one(&entry), LdapOp::SearchEntry { dn: "cn=a".into(), attributes: vec![attribute("sn", "é")] });
    let LdapOp::SearchDone(done) = one(&result(0x65, 4)) else { panic!() };
    assert_eq!(
        (done.code.name(), done.matched_dn.as_str(), done.message.as_str()),
        (Some("sizeLimitExceeded"), "dc=hx", "why")
    );
    assert_eq!(one(&ber(0x73, &[&text("ldap://b/")])), LdapOp::SearchReference { uris: vec!["ldap://b/".into()] });
    let change = ber(0x30, &[&ber(0x30, &[&[10, 1, 2], &values("sn", "b")])]);
    assert_eq!(
        one(&ber(0x66, &[&text("cn=a"), &change])),
        LdapOp::ModifyRequest { dn: "cn=a".into(), changes: vec![(2, attribute("sn", "b"))] }
    );
    let add = ber(0x68, &[&text("cn=a"), &ber(0x30, &[&values("sn", "b")])]);
    assert_eq!(one(&add), LdapOp::AddRequest { dn: "cn=a".into(), attributes: vec![attribute("sn", "b")] });
    assert_eq!(one(&ber(0x4a, &[b"cn=a"])), LdapOp::DeleteRequest { dn: "cn=a".into() });
    let rename = ber(0x6c, &[&text("cn=a"), &text("cn=b"), &[1, 1, 0xff], &ber(0x80, &[b"dc=c"])]);
    let expected = LdapOp::ModifyDnRequest {
        dn: "cn=a".into(),
        new_rdn: "cn=b".into(),
        delete_old: true,
        new_superior: Some("dc=c".into()),
    };
    assert_eq!(one(&rename), expected);
    let compare = ber(0x6e, &[&text("cn=a"), &ber(0x30, &[&text("sn"), &text("b")])]);
    assert_eq!(
        one(&compare),
        LdapOp::CompareRequest { dn: "cn=a".into(), attribute: "sn".into(), value: b"b".to_vec() }
    );
    assert_eq!(one(&ber(0x50, &[&[6]])), LdapOp::Abandon { id: 6 });
    let extended = ber(0x77, &[&ber(0x80, &[b"1.2.3"]), &ber(0x81, &[b"v"])]);
    assert_eq!(one(&extended), LdapOp::ExtendedRequest { name: "1.2.3".into(), value: Some(b"v".to_vec()) });
    let intermediate = ber(0x79, &[&ber(0x80, &[b"1.2.3"])]);
    assert_eq!(one(&intermediate), LdapOp::Intermediate { name: Some("1.2.3".into()), value: None });
    for (tag, number) in [(0x67, 7), (0x69, 9), (0x6b, 11), (0x6d, 13), (0x6f, 15), (0x78, 24)] {
        let response = one(&result(tag, 32));
        assert_eq!((response.number(), response.result().unwrap().code), (number, ResultCode(32)));
    }
}

#[test]
fn controls_referrals_and_the_notice_of_disconnection_are_read() {
    let referral = ber(0xa3, &[&text("ldap://a/"), &text("ldap://b/")]);
    let done = ber(0x65, &[&[10, 1, 10], &text(""), &text(""), &referral]);
    let control = ber(0x30, &[&text("1.2.840.113556.1.4.319"), &[1, 1, 0xff], &ber(4, &[b"page"])]);
    let with = ber(0x30, &[&[2, 2, 1, 0], &done, &ber(0xa0, &[&control])]);
    let notice = ber(0x78, &[&[10, 1, 52], &text(""), &text("bye"), &ber(0x8a, &[b"1.3.6.1.4.1.1466.20036"])]);
    let capture = said(&[with, message(0, &notice)].concat(), 2_000, 389);
    let messages: Vec<&LdapMessage> = capture.ldap_messages().collect();
    assert_eq!(messages[0].id, 256);
    assert_eq!(messages[0].op.result().unwrap().referrals, ["ldap://a/", "ldap://b/"]);
    assert_eq!(
        (messages[0].controls[0].critical, messages[0].controls[0].value.as_deref()),
        (true, Some(&b"page"[..]))
    );
    assert!(messages[1].is_notice_of_disconnection() && messages[1].faults.is_empty());
    let odd = said(&message(0, &[0x42, 0]), 2_000, 389);
    assert_eq!(odd.ldap_messages().next().unwrap().faults, ["message id 0"]);
}

/// The filter that a phone with escaping makes of `a*)(uid=*`, and the one that a phone without makes.
#[test]
fn a_filter_tells_injected_parts_from_escaped_ones() {
    let equal = |value: &[u8]| ber(0xa3, &[&text("sn"), &ber(4, &[value])]);
    let filter = |octets: &[u8]| {
        let fixed = [10, 1, 2, 10, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0];
        let LdapOp::SearchRequest(search) = one(&ber(0x63, &[&text(""), &fixed, octets, &ber(0x30, &[])])) else {
            panic!()
        };
        search.filter
    };
    let escaped = filter(&equal(b"a*)(uid=*"));
    assert_eq!(escaped.to_string(), r"(sn=a\2a\29\28uid=\2a)");
    assert_eq!(escaped.leaves().len(), 1);
    let starts = ber(0xa4, &[&text("sn"), &ber(0x30, &[&ber(0x80, &[b"a"])])]);
    let injected = filter(&ber(0xa1, &[&starts, &ber(0x87, &[b"uid"])]));
    assert_eq!(injected.to_string(), "(|(sn=a*)(uid=*))");
    assert_eq!(injected.leaves().iter().filter_map(|leaf| leaf.attribute()).collect::<Vec<_>>(), ["sn", "uid"]);
    let parts = ber(0x30, &[&ber(0x80, &[b"a"]), &ber(0x81, &[b"b"]), &ber(0x81, &[b"c"]), &ber(0x82, &[b"d"])]);
    assert_eq!(filter(&ber(0xa4, &[&text("sn"), &parts])).to_string(), "(sn=a*b*c*d)");
    let rule = ber(0xa9, &[&ber(0x81, &[b"2.4"]), &ber(0x82, &[b"cn"]), &ber(0x83, &[b"x"]), &[0x84, 1, 0xff]]);
    assert_eq!(filter(&ber(0xa2, &[&rule])).to_string(), "(!(cn:dn:2.4:=x))");
    assert_eq!(filter(&equal("\\\0ü\u{fe}".as_bytes())).to_string(), "(sn=\\5c\\00üþ)");
    assert_eq!(filter(&equal(&[0xff, b'a'])).to_string(), r"(sn=\ffa)");
}

#[test]
fn messages_share_segments_and_span_them() {
    let bind = message(1, &ber(0x60, &[&[2, 1, 3], &text(""), &[0x80, 0]]));
    let entry = message(
        2,
        &ber(
            0x64,
            &[&text("cn=a"), &ber(0x30, &[&ber(0x30, &[&text("sn"), &ber(0x31, &[&text(&"b".repeat(5_000))])])])],
        ),
    );
    let octets = [bind, entry, message(3, &[0x42, 0])].concat();
    for port in [389, 3_268, 12_345] {
        let (whole, pieces) = (said(&octets, 100_000, port), said(&octets, 1, port));
        let ops = |capture: &Capture| capture.ldap_messages().map(|message| message.op.clone()).collect::<Vec<_>>();
        assert_eq!((ops(&whole).len(), ops(&whole)), (3, ops(&pieces)), "{port}");
        assert_eq!(
            whole.ldap_messages().map(|message| message.packets.to_string()).collect::<Vec<_>>(),
            ["2", "2", "2"]
        );
        let first = pieces.ldap_messages().next().unwrap();
        assert_eq!((first.packets.first(), first.packets.last(), first.completed), (2, 15, 15));
    }
}

#[test]
fn what_is_no_message_is_told_and_ends_soon() {
    let begun = Instant::now();
    let nested = |tag: u8, depth: usize| (0..depth).fold(ber(0x87, &[b"cn"]), |within, _| ber(tag, &[&within]));
    for depth in [100, 3_000] {
        let fixed = [10, 1, 2, 10, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0];
        let bomb = ber(0x63, &[&text(""), &fixed, &nested(0xa2, depth), &ber(0x30, &[])]);
        let capture = said(&message(1, &bomb), 1_400, 389);
        let [LdapFact::Malformed(malformed)] = capture.ldap() else { panic!("{:?}", capture.ldap()) };
        assert!(malformed.reason.contains("deeper"), "{}", malformed.reason);
    }
    let wrong: [(&[u8], &str); 6] = [
        (&[0x30, 0x80, 2, 1, 1, 0, 0], "an indefinite length"),
        (&[0x30, 0x85, 0, 0, 0, 0, 1, 1], "a length of more than four octets"),
        (&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], "a message longer than is read"),
        (&[0x31, 3, 2, 1, 1], "not an LDAPMessage"),
        (&[0x30, 5, 2, 1, 1, 0x41, 0], "not an operation of LDAP"),
        (&[0x30, 5, 2, 1, 1], "the stream ends within a message"),
    ];
    for (octets, reason) in wrong {
        let capture = said(octets, 2_000, 389);
        let [LdapFact::Malformed(malformed)] = capture.ldap() else { panic!("{reason}: {:?}", capture.ldap()) };
        assert_eq!(malformed.reason, reason);
        assert!(capture.faults().iter().any(|fault| fault.protocol == "ldap"), "{reason}");
    }
    let negative = said(&ber(0x30, &[&[2, 1, 0xff], &[0x42, 0]]), 2_000, 389);
    assert!(matches!(negative.ldap(), [LdapFact::Malformed(_)]));
    assert!(begun.elapsed() < Duration::from_secs(60), "took {:?}", begun.elapsed());
}

#[test]
fn other_octets_are_not_taken_for_ldap() {
    for octets in [&b"0123456789\r\n"[..], b"\x30\x03\x02\x01\x01", b"\x30\x0c\x02\x01\x01\x41\x07abcdefg"] {
        assert!(said(octets, 100, 12_345).ldap().is_empty(), "{octets:?}");
    }
}

fn encoded(filter: &Filter) -> Vec<u8> {
    let list = |tag, filters: &[Filter]| {
        let each: Vec<Vec<u8>> = filters.iter().map(encoded).collect();
        ber(tag, &each.iter().map(Vec::as_slice).collect::<Vec<_>>())
    };
    match filter {
        Filter::And(filters) => list(0xa0, filters),
        Filter::Or(filters) => list(0xa1, filters),
        Filter::Not(filter) => ber(0xa2, &[&encoded(filter)]),
        Filter::Equal(name, value) => ber(0xa3, &[&text(name), &ber(4, &[value])]),
        Filter::GreaterOrEqual(name, value) => ber(0xa5, &[&text(name), &ber(4, &[value])]),
        Filter::LessOrEqual(name, value) => ber(0xa6, &[&text(name), &ber(4, &[value])]),
        Filter::Present(name) => ber(0x87, &[name.as_bytes()]),
        Filter::Approximate(name, value) => ber(0xa8, &[&text(name), &ber(4, &[value])]),
        Filter::Substrings { .. } | Filter::Extensible { .. } => panic!("not made here"),
    }
}

fn any_filter() -> impl Strategy<Value = Filter> {
    let value = || proptest::collection::vec(any::<u8>(), 0..12);
    let leaf = prop_oneof![
        ("[a-z]{1,8}", value()).prop_map(|(name, value)| Filter::Equal(name, value)),
        ("[a-z]{1,8}", value()).prop_map(|(name, value)| Filter::GreaterOrEqual(name, value)),
        ("[a-z]{1,8}", value()).prop_map(|(name, value)| Filter::LessOrEqual(name, value)),
        ("[a-z]{1,8}", value()).prop_map(|(name, value)| Filter::Approximate(name, value)),
        "[a-z]{1,8}".prop_map(Filter::Present),
    ];
    leaf.prop_recursive(6, 30, 4, |within| {
        prop_oneof![
            proptest::collection::vec(within.clone(), 0..4).prop_map(Filter::And),
            proptest::collection::vec(within.clone(), 0..4).prop_map(Filter::Or),
            within.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_filter_is_read_as_it_was_built(filter in any_filter()) {
        let fixed = [10, 1, 2, 10, 1, 0, 2, 1, 0, 2, 1, 0, 1, 1, 0];
        let LdapOp::SearchRequest(search) = one(&ber(0x63, &[&text(""), &fixed, &encoded(&filter), &ber(0x30, &[])])) else { panic!() };
        prop_assert_eq!(search.filter, filter);
    }

    /// What stands in a filter's text for a value holds none of the text's own marks.
    #[test]
    fn an_escaped_value_holds_no_mark_of_a_filter(value in proptest::collection::vec(any::<u8>(), 0..40)) {
        let escaped = escaped(&value);
        prop_assert!(!escaped.contains(['*', '(', ')', '\0']));
        prop_assert_eq!(escaped.matches('\\').count(), escaped.split('\\').skip(1).filter(|part| u8::from_str_radix(&part[..2], 16).is_ok()).count());
    }

    #[test]
    fn any_message_is_taken(octets in proptest::collection::vec(any::<u8>(), 0..200), id in 0u8..200) {
        let capture = said(&message(id, &octets), 2_000, 389);
        prop_assert!(capture.ldap().len() == 1);
    }
}
