#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use crate::ldap::ber::{ENUMERATED, INTEGER, OCTETS, SEQUENCE, SET, Writer};
use crate::ldap::filter::Filter;
use crate::ldap::server::Server;
use crate::time::Duration;
use proptest::prelude::*;

mod binding;
mod misbehaviour;
mod transport;

const NAME: &str = "ldap.example.com";

/// A lookup and the time.
struct Bench {
    lookup: Lookup,
    now: Instant,
}

fn plan(server: &str, auth: Auth) -> Plan {
    Plan {
        server: Server::parse(server).unwrap(),
        start_tls: false,
        auth,
        base: "dc=x".into(),
        filter: Filter::parse("(sn=A*)").unwrap(),
        attributes: vec!["cn".into()],
        patience: Patience { answer: Duration::from_secs(10), whole: Duration::from_secs(30) },
    }
}

fn simple() -> Auth {
    Auth::Simple { dn: "cn=phone".into(), password: "secret".into() }
}

fn digest() -> Auth {
    Auth::DigestMd5 { user: "chris".into(), password: "secret".into(), realm: String::new() }
}

impl Bench {
    fn of(plan: Plan, defects: &[Defect]) -> Bench {
        let defects = Defects::of(defects.iter().copied());
        Bench { lookup: Lookup::new(plan, defects, Random::seeded(1), Instant::ZERO), now: Instant::ZERO }
    }

    fn new(server: &str, auth: Auth) -> Bench {
        Bench::of(plan(server, auth), &[])
    }

    /// What comes out, in words; messages as the first octet of their operation and their number.
    fn out(&mut self) -> Vec<String> {
        let mut words = Vec::new();
        loop {
            words.push(match self.lookup.poll() {
                Output::Connect { host, port } => format!("connect {host} {port}"),
                Output::Secure { host } => format!("secure {host}"),
                Output::Write(bytes) => written(&bytes),
                Output::Close => "close".into(),
                Output::Done(Ok(found)) => format!("found {} {:?}", found.entries.len(), found.end),
                Output::Done(Err(failure)) => format!("failed {failure}"),
                Output::Wait(_) => return words,
            });
        }
    }

    fn give(&mut self, input: Input<'_>) -> Vec<String> {
        self.lookup.handle(input, self.now);
        self.out()
    }

    fn say(&mut self, message: &[u8]) -> Vec<String> {
        self.give(Input::Bytes(message))
    }

    fn connected(server: &str, auth: Auth) -> Bench {
        let mut bench = Bench::new(server, auth);
        bench.out();
        bench.give(Input::Connected);
        bench
    }

    /// In clear, bound anonymously, searching with message 2.
    fn searching(defects: &[Defect]) -> Bench {
        let mut bench = Bench::of(plan(NAME, Auth::None), defects);
        bench.out();
        bench.give(Input::Connected);
        bench.say(&result(1, 0x61, 0, &[]));
        bench
    }
}

fn written(bytes: &[u8]) -> String {
    let operation = match bytes[5] {
        0x60 => "bind",
        0x42 => "unbind",
        0x63 => "search",
        0x77 => "extended",
        _ => "?",
    };
    format!("{operation} {}", bytes[4])
}

/// A response with a result code, and what follows the common components.
fn result(id: u32, operation: u8, code: u32, rest: &[(u8, &[u8])]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.nested(SEQUENCE, |message| {
        message.number(INTEGER, id);
        message.nested(operation, |result| {
            result.number(ENUMERATED, code);
            result.octets(OCTETS, b"");
            result.octets(OCTETS, b"");
            rest.iter().for_each(|(tag, content)| result.octets(*tag, content));
        });
    });
    writer.finish()
}

fn entry(id: u32, name: &str) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.nested(SEQUENCE, |message| {
        message.number(INTEGER, id);
        message.nested(0x64, |entry| {
            entry.octets(OCTETS, b"cn=x");
            entry.nested(SEQUENCE, |list| {
                list.nested(SEQUENCE, |attribute| {
                    attribute.octets(OCTETS, b"cn");
                    attribute.nested(SET, |set| set.octets(OCTETS, name.as_bytes()));
                });
            });
        });
    });
    writer.finish()
}

const DONE: u8 = 0x65;

#[test]
fn a_lookup_binds_searches_unbinds_and_closes() {
    let mut bench = Bench::new(NAME, Auth::None);
    assert_eq!(bench.out(), ["connect ldap.example.com 389"]);
    assert_eq!(bench.give(Input::Connected), ["bind 1"]);
    assert_eq!(bench.say(&result(1, 0x61, 0, &[])), ["search 2"]);
    assert_eq!(bench.say(&entry(2, "Ann")), [""; 0]);
    assert_eq!(bench.say(&result(2, DONE, 0, &[])), ["unbind 3", "close", "found 1 Complete"]);
    assert_eq!(bench.give(Input::Closed), [""; 0]);
}

#[test]
fn answers_may_come_in_any_pieces() {
    let all = [entry(2, "Ann"), entry(2, "Ben"), result(2, DONE, 0, &[])].concat();
    let expected = ["unbind 3", "close", "found 2 Complete"];
    assert_eq!(Bench::searching(&[]).say(&all), expected);
    let mut bench = Bench::searching(&[]);
    let said: Vec<String> = all.iter().flat_map(|octet| bench.say(&[*octet])).collect();
    assert_eq!(said, expected);
}

#[test]
fn results_end_at_twenty_whatever_the_server_does() {
    let mut bench = Bench::searching(&[]);
    for n in 0..20 {
        assert_eq!(bench.say(&entry(2, &n.to_string())), [""; 0]);
    }
    assert_eq!(bench.say(&entry(2, "one more")), ["unbind 3", "close", "found 20 More"]);
    // A server that keeps to the limit says so itself.
    let mut bench = Bench::searching(&[]);
    bench.say(&entry(2, "Ann"));
    assert_eq!(bench.say(&result(2, DONE, 4, &[])), ["unbind 3", "close", "found 1 More"]);
}

#[test]
fn references_controls_and_unknown_messages_change_nothing() {
    let mut bench = Bench::searching(&[]);
    let reference = hex::decode("300e02010273090407".to_owned() + "6c6461703a2f2f").unwrap();
    let intermediate = hex::decode("30050201027900").unwrap();
    assert_eq!(bench.say(&[reference, intermediate].concat()), [""; 0]);
    // A response to another request is not this one's.
    assert_eq!(bench.say(&result(9, DONE, 0, &[])), [""; 0]);
    assert_eq!(bench.say(&result(2, DONE, 0, &[])), ["unbind 3", "close", "found 0 Complete"]);
}

#[test]
fn every_way_to_fail_has_words_of_its_own() {
    let ended = |code| Bench::searching(&[]).say(&result(2, DONE, code, &[])).pop().unwrap();
    let codes: Vec<String> = [1, 3, 8, 10, 32, 50, 51, 53, 80, 4242].map(ended).into();
    insta::assert_snapshot!(codes.join("\n"), @r"
    failed Server error 1
    failed Search took too long for the server
    failed Server wants a secure connection or login
    failed Server refers to another server
    failed Search base not found
    failed Search is not permitted
    failed Server is busy, try again later
    failed Server is not willing to search
    failed Server error 80
    failed Server error 4242
    ");
    let bind = |code| Bench::connected(NAME, Auth::None).say(&result(1, 0x61, code, &[])).pop().unwrap();
    assert_eq!(bind(49), "failed User name or password is wrong");
    assert_eq!(bind(7), "failed Server does not take this authentication method");
}

#[test]
fn a_notice_of_disconnection_ends_the_session_without_a_goodbye() {
    let notice = result(0, 0x78, 52, &[(0x8a, DISCONNECTION)]);
    assert_eq!(Bench::searching(&[]).say(&notice), ["close", "failed Server ended the session"]);
    // Another unasked message says nothing.
    assert_eq!(Bench::searching(&[]).say(&result(0, 0x78, 0, &[(0x8a, b"1.2.3")])), [""; 0]);
    // What was found until then is shown.
    let mut bench = Bench::searching(&[]);
    bench.say(&entry(2, "Ann"));
    assert_eq!(bench.say(&notice), ["close", "found 1 Broken(Disconnected)"]);
}

#[test]
fn nothing_is_waited_for_in_vain() {
    let mut bench = Bench::searching(&[]);
    bench.now = Instant::from_millis(9_999);
    assert_eq!(bench.give(Input::Wake), [""; 0]);
    // Each message gives the server time for the next.
    bench.say(&entry(2, "Ann"));
    bench.now = Instant::from_millis(19_998);
    assert_eq!(bench.give(Input::Wake), [""; 0]);
    bench.now = Instant::from_millis(19_999);
    assert_eq!(bench.give(Input::Wake), ["unbind 3", "close", "found 1 Broken(Silent)"]);
    // But not for ever.
    let mut bench = Bench::searching(&[]);
    for second in 1..30 {
        bench.now = Instant::from_secs(second);
        bench.say(&hex::decode("30050201027900").unwrap());
    }
    bench.now = Instant::from_secs(30);
    assert_eq!(bench.give(Input::Wake), ["unbind 3", "close", "failed Server does not answer"]);
}

#[test]
fn a_person_may_give_up() {
    assert_eq!(Bench::searching(&[]).give(Input::GiveUp).first().map(String::as_str), Some("close"));
    let mut bench = Bench::connected(NAME, Auth::None);
    assert_eq!(bench.give(Input::GiveUp).first().map(String::as_str), Some("close"), "a bind is outstanding");
}

proptest! {
    #[test]
    fn no_octets_hang_it_or_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut bench = Bench::searching(&[]);
        bench.say(&bytes);
        prop_assert!(bench.lookup.received.len() <= bytes.len());
        bench.give(Input::Closed);
        prop_assert_eq!(bench.lookup.deadline(), None);
    }
}
