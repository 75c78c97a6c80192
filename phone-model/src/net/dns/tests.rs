//! Timelines of the resolver.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use crate::ua::Service;
use hickory_proto::op::ResponseCode;
use hickory_proto::rr::rdata::{A, CNAME, SOA, SRV};
use hickory_proto::rr::{RData, Record};
use proptest::prelude::*;

const FIRST: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));
const SECOND: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 3));

fn resolver(servers: &[IpAddr]) -> Resolver {
    let config =
        Config { servers: servers.to_vec(), search: Some("bench.example".into()), caching: true, parallel: false };
    Resolver::new(config, Random::seeded(53))
}

fn a(name: &str) -> Query {
    Query { name: name.into(), kind: RecordKind::A }
}

fn drain(resolver: &mut Resolver) -> Vec<Output> {
    std::iter::from_fn(|| match resolver.poll() {
        Output::Wait(_) => None,
        output => Some(output),
    })
    .collect()
}

/// The questions put since the last look: number, server, stream, message.
fn asked(outputs: &[Output]) -> Vec<(u32, IpAddr, bool, Message)> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Ask { question, server, stream, message } => {
                Some((*question, *server, *stream, Message::from_vec(message).unwrap()))
            }
            _ => None,
        })
        .collect()
}

fn answers(outputs: &[Output]) -> Vec<&Result<Records, NotResolved>> {
    outputs
        .iter()
        .filter_map(|output| if let Output::Answer(_, answer) = output { Some(answer) } else { None })
        .collect()
}

fn ask(resolver: &mut Resolver, query: Query, now: Instant) -> (u32, Message) {
    resolver.handle(Input::Resolve(query), now);
    let outputs = drain(resolver);
    let (number, _, _, message) = asked(&outputs).remove(0);
    (number, message)
}

fn reply(question: &Message, records: impl IntoIterator<Item = (&'static str, u32, RData)>) -> Message {
    let mut reply = question.clone();
    reply.metadata.message_type = MessageType::Response;
    for (name, ttl, data) in records {
        reply.add_answer(Record::from_rdata(Name::from_ascii(name).unwrap(), ttl, data));
    }
    reply
}

fn address(last: u8) -> RData {
    RData::A(A::new(192, 0, 2, last))
}

fn alias(target: &str) -> RData {
    RData::CNAME(CNAME(Name::from_ascii(target).unwrap()))
}

fn give(resolver: &mut Resolver, question: u32, message: &Message, now: Instant) -> Vec<Output> {
    resolver.handle(Input::Reply { question, message: &message.to_vec().unwrap() }, now);
    drain(resolver)
}

fn addresses(outputs: &[Output]) -> (Vec<u8>, u64) {
    let records = answers(outputs)[0].as_ref().unwrap();
    let last = |address: &IpAddr| if let IpAddr::V4(v4) = address { v4.octets()[3] } else { 0 };
    (records.addresses.iter().map(last).collect(), records.ttl.as_secs())
}

#[test]
fn addresses_come_with_their_smallest_ttl_and_stay_known_that_long() {
    let mut resolver = resolver(&[FIRST]);
    let (number, question) = ask(&mut resolver, a("voiceip.com"), Instant::ZERO);
    assert_eq!(question.queries[0].name().to_ascii(), "voiceip.com.");
    assert!(question.metadata.recursion_desired);
    let answer = reply(&question, [("voiceip.com.", 60, address(10)), ("VoiceIP.com.", 5, address(11))]);
    assert_eq!(addresses(&give(&mut resolver, number, &answer, Instant::ZERO)), (vec![10, 11], 5));
    resolver.handle(Input::Resolve(a("voiceip.com")), Instant::from_secs(3));
    assert_eq!(addresses(&drain(&mut resolver)), (vec![10, 11], 2));
    resolver.handle(Input::Resolve(a("voiceip.com")), Instant::from_secs(5));
    assert_eq!(asked(&drain(&mut resolver)).len(), 1);
}

#[test]
fn without_caching_every_look_up_asks() {
    let mut resolver = resolver(&[FIRST]);
    resolver.config.caching = false;
    for _ in 0..2 {
        let (number, question) = ask(&mut resolver, a("voiceip.com"), Instant::ZERO);
        give(&mut resolver, number, &reply(&question, [("voiceip.com.", 60, address(10))]), Instant::ZERO);
    }
}

#[test]
fn a_silent_server_is_asked_three_times_in_turn_with_the_next_and_then_the_look_up_fails() {
    let mut resolver = resolver(&[FIRST, SECOND]);
    resolver.handle(Input::Resolve(a("voiceip.com")), Instant::ZERO);
    let mut seen = Vec::new();
    let mut now = Instant::ZERO;
    let end = loop {
        for output in drain(&mut resolver) {
            match output {
                Output::Ask { server, .. } => seen.push((now.as_micros() / 1_000_000, server)),
                Output::Answer(_, answer) => assert_eq!(answer, Err(NotResolved::Failed)),
                Output::Forget { .. } | Output::Wait(_) => {}
            }
        }
        match resolver.poll() {
            Output::Wait(Some(at)) => now = at,
            _ => break now,
        }
        resolver.handle(Input::Wake, now);
    };
    assert_eq!(seen, [(0, FIRST), (1, SECOND), (2, FIRST), (4, SECOND), (6, FIRST), (10, SECOND)]);
    assert_eq!(end, Instant::from_secs(14));
}

#[test]
fn in_parallel_mode_all_servers_are_asked_at_once_and_the_first_answer_counts() {
    let mut resolver = resolver(&[FIRST, SECOND]);
    resolver.config.parallel = true;
    resolver.handle(Input::Resolve(a("voiceip.com")), Instant::ZERO);
    let questions = asked(&drain(&mut resolver));
    assert_eq!(questions.iter().map(|(_, server, _, _)| *server).collect::<Vec<_>>(), [FIRST, SECOND]);
    assert_ne!(questions[0].3.metadata.id, questions[1].3.metadata.id);
    let answer = reply(&questions[1].3, [("voiceip.com.", 60, address(11))]);
    let outputs = give(&mut resolver, questions[1].0, &answer, Instant::ZERO);
    assert_eq!(addresses(&outputs).0, [11]);
    assert!(outputs.contains(&Output::Forget { question: questions[0].0 }));
}

#[test]
fn messages_that_do_not_answer_the_question_are_as_if_they_had_not_come() {
    let mut resolver = resolver(&[FIRST]);
    let (number, question) = ask(&mut resolver, a("voiceip.com"), Instant::ZERO);
    let good = reply(&question, [("voiceip.com.", 60, address(10))]);
    let mut wrong: Vec<Message> = vec![good.clone(); 5];
    wrong[0].metadata.id ^= 1;
    wrong[1].metadata.message_type = MessageType::Query;
    wrong[2].queries[0].set_name(Name::from_ascii("other.example.").unwrap());
    wrong[3].queries.clear();
    wrong[4].metadata.op_code = OpCode::Notify;
    for message in &wrong {
        assert_eq!(give(&mut resolver, number, message, Instant::ZERO), []);
    }
    resolver.handle(Input::Reply { question: number, message: b"\x00" }, Instant::ZERO);
    assert_eq!(give(&mut resolver, number + 1, &good, Instant::ZERO), []);
    assert_eq!(addresses(&give(&mut resolver, number, &good, Instant::ZERO)).0, [10]);
}

#[test]
fn records_of_other_names_are_not_taken() {
    let mut resolver = resolver(&[FIRST]);
    let (number, question) = ask(&mut resolver, a("voiceip.com"), Instant::ZERO);
    let outputs = give(&mut resolver, number, &reply(&question, [("evil.example.", 60, address(66))]), Instant::ZERO);
    assert_eq!(answers(&outputs), [&Err(NotResolved::Nothing { ttl: Duration::ZERO })]);
}

#[test]
fn aliases_are_followed_inside_the_answer_and_by_asking_on() {
    let mut resolver = resolver(&[FIRST]);
    let (number, question) = ask(&mut resolver, a("a.example"), Instant::ZERO);
    let inside = reply(&question, [("a.example.", 9, alias("b.example.")), ("b.example.", 60, address(10))]);
    assert_eq!(addresses(&give(&mut resolver, number, &inside, Instant::ZERO)), (vec![10], 9));

    let (number, question) = ask(&mut resolver, a("c.example"), Instant::ZERO);
    let outputs =
        give(&mut resolver, number, &reply(&question, [("c.example.", 7, alias("d.example."))]), Instant::ZERO);
    let (number, _, _, question) = asked(&outputs).remove(0);
    assert_eq!(question.queries[0].name().to_ascii(), "d.example.");
    let outputs = give(&mut resolver, number, &reply(&question, [("d.example.", 60, address(11))]), Instant::ZERO);
    assert_eq!(addresses(&outputs), (vec![11], 7));
}

#[test]
fn circles_of_aliases_end() {
    let mut inside = resolver(&[FIRST]);
    let (number, question) = ask(&mut inside, a("a.example"), Instant::ZERO);
    let circle = reply(&question, [("a.example.", 9, alias("b.example.")), ("b.example.", 9, alias("a.example."))]);
    assert_eq!(answers(&give(&mut inside, number, &circle, Instant::ZERO)), [&Err(NotResolved::Failed)]);

    let mut outside = resolver(&[FIRST]);
    let (mut number, mut question) = ask(&mut outside, a("a.example"), Instant::ZERO);
    for hop in 0.. {
        let mut answer = reply(&question, []);
        answer.add_answer(Record::from_rdata(question.queries[0].name().clone(), 9, alias("next.a.example.")));
        answer.answers[0].data = alias(&format!("hop{hop}.example."));
        let outputs = give(&mut outside, number, &answer, Instant::ZERO);
        if let Some(next) = asked(&outputs).pop() {
            (number, question) = (next.0, next.3);
            continue;
        }
        assert_eq!(answers(&outputs), [&Err(NotResolved::Failed)]);
        assert_eq!(hop, i32::from(LONGEST_ALIAS_CHAIN));
        break;
    }
}

#[test]
fn a_truncated_answer_is_asked_for_again_by_tcp() {
    let mut resolver = resolver(&[FIRST]);
    let (number, question) = ask(&mut resolver, a("voiceip.com"), Instant::ZERO);
    let mut cut = reply(&question, [("voiceip.com.", 60, address(66))]);
    cut.metadata.truncation = true;
    let outputs = give(&mut resolver, number, &cut, Instant::ZERO);
    let (again, server, stream, question) = asked(&outputs).remove(0);
    assert_eq!((server, stream), (FIRST, true));
    let outputs = give(&mut resolver, again, &reply(&question, [("voiceip.com.", 60, address(10))]), Instant::ZERO);
    assert_eq!(addresses(&outputs).0, [10]);
}

#[test]
fn a_server_that_errs_or_cannot_be_reached_gives_way_to_the_next_at_once() {
    let mut resolver = resolver(&[FIRST, SECOND]);
    let (number, question) = ask(&mut resolver, a("voiceip.com"), Instant::ZERO);
    let mut error = reply(&question, []);
    error.metadata.response_code = ResponseCode::ServFail;
    let outputs = give(&mut resolver, number, &error, Instant::ZERO);
    let (number, server, _, _) = asked(&outputs).remove(0);
    assert_eq!(server, SECOND);
    resolver.handle(Input::Unreachable { question: number }, Instant::ZERO);
    assert_eq!(answers(&drain(&mut resolver)), [&Err(NotResolved::Failed)]);
}

#[test]
fn a_name_that_does_not_exist_is_known_not_to_for_as_long_as_the_soa_says() {
    let mut resolver = resolver(&[FIRST]);
    let (number, question) = ask(&mut resolver, a("gone.example"), Instant::ZERO);
    let mut nothing = reply(&question, []);
    nothing.metadata.response_code = ResponseCode::NXDomain;
    let zone = Name::from_ascii("example.").unwrap();
    let soa = SOA::new(zone.clone(), zone.clone(), 1, 2, 3, 4, 30);
    nothing.add_authority(Record::from_rdata(zone, 90, RData::SOA(soa)));
    let expected = Err(NotResolved::Nothing { ttl: Duration::from_secs(30) });
    assert_eq!(answers(&give(&mut resolver, number, &nothing, Instant::ZERO)), [&expected]);
    resolver.handle(Input::Resolve(a("gone.example")), Instant::from_secs(10));
    let expected = Err(NotResolved::Nothing { ttl: Duration::from_secs(20) });
    assert_eq!(answers(&drain(&mut resolver)), [&expected]);
}

#[test]
fn a_bare_name_is_tried_in_the_search_domain_first() {
    let mut resolver = resolver(&[FIRST]);
    let (number, question) = ask(&mut resolver, a("prov"), Instant::ZERO);
    assert_eq!(question.queries[0].name().to_ascii(), "prov.bench.example.");
    let outputs = give(&mut resolver, number, &reply(&question, []), Instant::ZERO);
    assert_eq!(asked(&outputs)[0].3.queries[0].name().to_ascii(), "prov.");
}

#[test]
fn services_come_with_their_order() {
    let mut resolver = resolver(&[FIRST]);
    let query = Query { name: "_sip._udp.voiceip.com".into(), kind: RecordKind::Srv };
    let (number, question) = ask(&mut resolver, query, Instant::ZERO);
    let target = Name::from_ascii("pbx.voiceip.com.").unwrap();
    let service = RData::SRV(SRV::new(1, 2, 5080, target));
    let outputs =
        give(&mut resolver, number, &reply(&question, [("_sip._udp.voiceip.com.", 60, service)]), Instant::ZERO);
    let services = &answers(&outputs)[0].as_ref().unwrap().services;
    assert_eq!(services, &[Service { priority: 1, weight: 2, port: 5080, target: "pbx.voiceip.com".into() }]);
}

#[test]
fn addresses_need_no_server_and_what_is_no_name_does_not_exist() {
    let mut resolver = resolver(&[]);
    resolver.handle(Input::Resolve(a("192.0.2.10")), Instant::ZERO);
    assert_eq!(addresses(&drain(&mut resolver)).0, [10]);
    for name in ["", ".", "a..b", &"x".repeat(64)] {
        resolver.handle(Input::Resolve(a(name)), Instant::ZERO);
        let outputs = drain(&mut resolver);
        assert_eq!(answers(&outputs), [&Err(NotResolved::Nothing { ttl: Duration::ZERO })], "{name}");
    }
    resolver.handle(Input::Resolve(a("voiceip.com")), Instant::ZERO);
    assert_eq!(answers(&drain(&mut resolver)), [&Err(NotResolved::Failed)]);
}

#[test]
fn what_is_remembered_and_looked_up_is_bounded() {
    let mut resolver = resolver(&[FIRST]);
    for n in 0..1000 {
        let name: &'static str = Box::leak(format!("n{n}.example").into_boxed_str());
        let (number, question) = ask(&mut resolver, a(name), Instant::ZERO);
        give(&mut resolver, number, &reply(&question, [(name, 60, address(1))]), Instant::ZERO);
    }
    for n in 0..1000 {
        resolver.handle(Input::Resolve(a(&format!("m{n}.example"))), Instant::ZERO);
    }
    assert!(resolver.lookups.len() <= MOST_LOOKUPS);
}

proptest! {
    #[test]
    fn any_damage_to_an_answer_is_survived(at in 0usize..90, value in any::<u8>(), cut in 0usize..120) {
        let mut resolver = resolver(&[FIRST]);
        let (number, question) = ask(&mut resolver, a("voiceip.com"), Instant::ZERO);
        let answer = reply(&question, [("voiceip.com.", 60, alias("b.example.")), ("b.example.", 60, address(10))]);
        let mut bytes = answer.to_vec().unwrap();
        if let Some(byte) = bytes.get_mut(at + 2) {
            *byte = value;
        }
        bytes.truncate(cut);
        resolver.handle(Input::Reply { question: number, message: &bytes }, Instant::ZERO);
        drain(&mut resolver);
    }
}
