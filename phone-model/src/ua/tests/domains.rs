use super::*;
use crate::state::{CallState, Key};

const BOTH: (&str, &str) = ("Restricted_Access_Domains", "voiceip.com, voiceip1.com");

/// The answers to a request from somebody.
fn answers(phone: &mut Phone, from: &str, method: &str) -> Vec<String> {
    let request = phone.request(method, from, "");
    phone.receives(from, &request);
    phone.kinds()
}

#[test]
fn a_stranger_gets_silence_for_every_method_and_listed_servers_are_answered() {
    let mut phone = Phone::registered(&[BOTH], &[]);
    for method in
        ["INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "NOTIFY", "SUBSCRIBE", "REFER", "MESSAGE", "PUBLISH", "NONSENSE"]
    {
        assert!(answers(&mut phone, STRANGER, method).is_empty(), "{method}");
    }
    phone.receives(
        STRANGER,
        "OPTIONS sip:1001@192.0.2.100 SIP/7.0\r\nVia: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bK1\r\n\r\n",
    );
    phone.receives(STRANGER, "\r\n\r\n");
    assert!(phone.take().is_empty());
    assert_eq!(answers(&mut phone, SERVER, "OPTIONS"), ["200"]);
    assert_eq!(answers(&mut phone, SECOND, "OPTIONS"), ["200"]);
    phone.pass(60_000);
    assert!(phone.status().history.is_empty() && phone.status().calls.is_empty() && phone.status().notice.is_empty());
}

#[test]
fn an_emptied_list_answers_everybody_and_a_new_one_does_not() {
    let mut phone = Phone::registered(&[BOTH], &[]);
    phone.set("Restricted_Access_Domains", "");
    assert_eq!(answers(&mut phone, STRANGER, "OPTIONS"), ["200"]);
    phone.set("Restricted_Access_Domains", "voiceip.com");
    assert!(answers(&mut phone, STRANGER, "OPTIONS").is_empty());
    assert!(answers(&mut phone, SECOND, "OPTIONS").is_empty());
}

#[test]
fn a_strangers_bye_leaves_the_call_up() {
    let mut phone = Phone::registered(&[BOTH], &[]);
    let (invite, answer) = phone.connected();
    let bye = phone.in_dialog("BYE", 2, &invite, &answer, STRANGER);
    phone.receives(STRANGER, &bye);
    assert!(phone.take().is_empty());
    assert_eq!(phone.status().calls[0].state, CallState::Connected);

    let mut phone = Phone::registered(&[BOTH], &[Defect::DomainsTrustsDialog]);
    let (invite, answer) = phone.connected();
    let bye = phone.in_dialog("BYE", 2, &invite, &answer, STRANGER);
    phone.receives(STRANGER, &bye);
    assert_eq!(phone.kinds(), ["200"]);
    assert!(answers(&mut phone, STRANGER, "OPTIONS").is_empty());
}

#[test]
fn a_forged_answer_connects_nothing() {
    let forged = |defects: &[Defect]| {
        let mut phone = Phone::registered(&[BOTH], defects);
        phone.input(Input::Dial("5550100".into()));
        let invite = phone.take().remove(0);
        let answer = invite.message().reply(200, "far").with("Contact", format!("<sip:far@{STRANGER}>"));
        let answer = answer.with_body("application/sdp", OFFER);
        phone.receives(STRANGER, &String::from_utf8(answer.to_bytes()).unwrap());
        (phone.kinds(), phone.status().calls[0].state)
    };
    assert_eq!(forged(&[]), (vec![], CallState::Dialing));
    assert_eq!(forged(&[Defect::DomainsTrustsReplies]), (vec!["ACK".to_owned()], CallState::Connected));
}

#[test]
fn a_name_that_moves_takes_its_admission_along() {
    let mut phone = Phone::registered(&[BOTH], &[]);
    phone.zone.insert("voiceip1.com".into(), ("192.0.2.21", 1));
    phone.pass(1_000);
    assert!(answers(&mut phone, SECOND, "OPTIONS").is_empty());
    assert_eq!(answers(&mut phone, "192.0.2.21:5060", "OPTIONS"), ["200"]);
}

#[test]
fn a_flood_costs_the_listed_server_nothing() {
    let after_flood = |defects: &[Defect]| {
        let mut phone = Phone::registered(&[BOTH], defects);
        for _ in 0..1_000 {
            assert!(answers(&mut phone, STRANGER, "INVITE").is_empty());
        }
        let ring = answers(&mut phone, SERVER, "INVITE");
        (ring, phone.outputs.len())
    };
    let (ring, outputs) = after_flood(&[]);
    assert_eq!(ring, ["100", "180"]);
    assert!(outputs < 10, "nothing is kept of what is silenced");
    assert!(after_flood(&[Defect::DomainsStarves]).0.is_empty());
}

#[test]
fn what_a_message_says_about_its_sender_counts_only_with_the_defect() {
    let written = |place: &str, method: &str, defects: &[Defect]| {
        let mut phone = Phone::registered(&[BOTH], defects);
        let request =
            phone.request(method, STRANGER, "").replace("sip:5550100@voiceip.com", "sip:5550100@stranger.example");
        let request = match place {
            "From" => request.replace("stranger.example", "VoiceIP.com"),
            "Via" => request.replace("UDP 192.0.2.20:5060", "UDP voiceip.com"),
            "Contact" => {
                request.replace("Contact: <sip:5550100@192.0.2.20:5060>", "Contact: <sip:5550100@voiceip.com>")
            }
            _ => request.replace(&format!("{method} sip:1001@{PHONE}:5060"), &format!("{method} sip:1001@voiceip.com")),
        };
        phone.receives(STRANGER, &request);
        !phone.kinds().is_empty()
    };
    let places = [
        ("From", Defect::DomainsTrustsFrom),
        ("Via", Defect::DomainsTrustsVia),
        ("Contact", Defect::DomainsTrustsContact),
        ("Request-URI", Defect::DomainsTrustsRequestUri),
    ];
    for (place, defect) in places {
        assert!(!written(place, "INVITE", &[]), "{place}");
        for (other, _) in places {
            assert_eq!(written(other, "INVITE", &[defect]), other == place, "{other} with {defect:?}");
        }
    }
}

#[test]
fn each_defect_of_the_gate_changes_what_it_says() {
    let mut phone = Phone::registered(&[BOTH], &[Defect::DomainsFiltersInviteOnly]);
    assert!(answers(&mut phone, STRANGER, "INVITE").is_empty());
    assert_eq!(answers(&mut phone, STRANGER, "OPTIONS"), ["200"]);

    let mut phone = Phone::registered(&[BOTH], &[Defect::DomainsAnswersForbidden]);
    assert_eq!(answers(&mut phone, STRANGER, "OPTIONS"), ["403"]);
    assert!(answers(&mut phone, STRANGER, "ACK").is_empty());

    let mut phone = Phone::registered(&[BOTH], &[Defect::DomainsLogsSilenced]);
    assert!(answers(&mut phone, STRANGER, "INVITE").is_empty());
    assert_eq!(phone.status().history.len(), 1);
    assert!(!phone.status().notice.is_empty());

    let mut phone = Phone::registered(&[], &[Defect::SipIgnoresOptions]);
    assert!(answers(&mut phone, SERVER, "OPTIONS").is_empty());
    assert_eq!(answers(&mut phone, SERVER, "BYE"), ["481"]);
}

#[test]
fn block_nonproxy_sip_lets_in_proxies_and_calls() {
    let mut phone = Phone::registered(&[("Block_Nonproxy_SIP", "Yes"), ("Alternate_Proxy_1_", "192.0.2.11")], &[]);
    assert!(answers(&mut phone, STRANGER, "INVITE").is_empty());
    assert_eq!(answers(&mut phone, SECOND, "OPTIONS"), ["200"]);
    let (invite, answer) = phone.connected();
    let bye = phone.in_dialog("BYE", 2, &invite, &answer, STRANGER);
    phone.receives(STRANGER, &bye);
    assert_eq!(phone.kinds(), ["200"]);
}

#[test]
fn the_list_holds_on_tcp() {
    let silent = |defects: &[Defect]| {
        let mut phone = Phone::new(&[ACCOUNT, &[("SIP_Transport_1_", "TCP"), BOTH]].concat(), defects);
        phone.input(Input::Wake);
        assert!(phone.take_outputs().contains(&Output::Listen { listener: Listener::Tcp, port: 5_060 }));
        let connection = Connection::Incoming(1);
        let (local, peer) = ("192.0.2.100:5060".parse().unwrap(), "192.0.2.20:40000".parse().unwrap());
        phone.input(Input::Stream { connection, event: StreamEvent::Opened { local, peer } });
        let options = phone.request("OPTIONS", STRANGER, "").replace("/UDP", "/TCP");
        phone.input(Input::Stream { connection, event: StreamEvent::Data(options.into_bytes()) });
        phone.input(Input::Stream { connection, event: StreamEvent::Data(b"\r\n\r\n".to_vec()) });
        !phone.take_outputs().iter().any(|it| matches!(it, Output::Write { connection: Connection::Incoming(1), .. }))
    };
    assert!(silent(&[]));
    assert!(!silent(&[Defect::DomainsIgnoresTcp]));
}

#[test]
fn a_line_on_tcp_registers_over_a_connection_from_the_port_range() {
    let mut phone = Phone::new(&[ACCOUNT, &[("SIP_Transport_1_", "TCP")]].concat(), &[]);
    phone.input(Input::Wake);
    let connect = phone.take_outputs().into_iter().find_map(|output| match output {
        Output::Connect { connection, local_port, to, .. } => Some((connection, local_port, to)),
        _ => None,
    });
    let (connection, port, to) = connect.unwrap();
    assert!((5_061..=5_080).contains(&port) && to == SERVER.parse().unwrap());
    phone.input(Input::Stream { connection, event: StreamEvent::Failed(NotConnected::PortInUse) });
    let again = phone.take_outputs();
    assert!(matches!(again[..], [Output::Connect { connection: it, .. }] if it == connection), "{again:?}");
    let local = SocketAddr::new(PHONE.parse().unwrap(), port);
    phone.input(Input::Stream { connection, event: StreamEvent::Opened { local, peer: to } });
    let written = phone.take_outputs();
    let [Output::Write { bytes, .. }] = &written[..] else { panic!("{written:?}") };
    assert!(
        String::from_utf8_lossy(bytes).contains("Contact: \"Reception\" <sip:1001@192.0.2.100:5060;transport=tcp>")
    );
    phone.input(Input::Press(Key::Speaker));
}

/// A phone with a new list, whose look-ups wait for their answers.
fn undecided() -> (Phone, Vec<Query>) {
    let mut phone = Phone::registered(&[], &[]);
    phone.settings.insert(BOTH.0.to_owned(), BOTH.1.to_owned());
    phone.agent.handle(Input::Settings(Settings::of(phone.settings.clone())), phone.now);
    let outputs: Vec<Output> =
        std::iter::from_fn(|| Some(phone.agent.poll()).filter(|it| !matches!(it, Output::Wait(_)))).collect();
    let queries = outputs.into_iter().filter_map(|output| match output {
        Output::Resolve(query) => Some(query),
        _ => None,
    });
    let queries = queries.collect();
    (phone, queries)
}

fn tell(phone: &mut Phone, query: &Query) {
    let found = phone.zone.get(&query.name).filter(|_| query.kind == RecordKind::A);
    let records = |(address, ttl): &(&str, u64)| Records {
        addresses: vec![address.parse().unwrap()],
        services: Vec::new(),
        pointers: Vec::new(),
        ttl: Duration::from_secs(*ttl),
    };
    let answer = found.map(records).ok_or(NotResolved::Nothing { ttl: Duration::from_secs(30) });
    phone.input(Input::Resolved { query: query.clone(), answer });
}

#[test]
fn what_comes_before_the_name_server_answers_waits_for_it() {
    let (mut phone, queries) = undecided();
    assert_eq!(queries.len(), 10);
    for from in [SECOND, STRANGER, SERVER] {
        let options = phone.request("OPTIONS", from, "");
        phone.receives(from, &options);
    }
    assert!(phone.take().is_empty());
    let (first, rest): (Vec<Query>, Vec<Query>) =
        queries.into_iter().partition(|query| query.name == "voiceip.com" && query.kind == RecordKind::A);
    tell(&mut phone, &first[0]);
    let sent = phone.take();
    assert_eq!(sent.iter().map(|sent| sent.to).collect::<Vec<_>>(), [SERVER.parse().unwrap()]);
    rest.iter().for_each(|query| tell(&mut phone, query));
    let sent = phone.take();
    assert_eq!(sent.iter().map(|sent| sent.to).collect::<Vec<_>>(), [SECOND.parse().unwrap()]);
    assert!(phone.agent.held_octets() == 0, "nothing of the stranger's is kept");
}

#[test]
fn no_more_waits_than_the_phone_has_room_for() {
    let (mut phone, queries) = undecided();
    for _ in 0..1_000 {
        let invite = phone.request("INVITE", STRANGER, "");
        phone.receives(STRANGER, &invite);
    }
    assert!(phone.agent.held_octets() < 300_000);
    queries.iter().for_each(|query| tell(&mut phone, query));
    assert!(phone.take().is_empty() && phone.agent.held_octets() == 0);
    assert_eq!(answers(&mut phone, SERVER, "OPTIONS"), ["200"]);
}

#[test]
fn idle_connections_of_a_stranger_leave_room_for_a_listed_server() {
    let mut phone = Phone::registered(&[("SIP_Transport_1_", "AUTO"), BOTH], &[]);
    let local = "192.0.2.100:5060".parse().unwrap();
    for number in 0..80 {
        let peer = SocketAddr::new("192.0.2.20".parse().unwrap(), 10_000 + number);
        let connection = Connection::Incoming(u32::from(number));
        phone.input(Input::Stream { connection, event: StreamEvent::Opened { local, peer } });
    }
    let connection = Connection::Incoming(1_000);
    let peer = "192.0.2.10:40000".parse().unwrap();
    phone.input(Input::Stream { connection, event: StreamEvent::Opened { local, peer } });
    let options = phone.request("OPTIONS", SERVER, "").replace("/UDP", "/TCP");
    phone.input(Input::Stream { connection, event: StreamEvent::Data(options.into_bytes()) });
    let answered = phone
        .take_outputs()
        .into_iter()
        .any(|it| matches!(it, Output::Write { connection: to, .. } if to == connection));
    assert!(answered);
}
