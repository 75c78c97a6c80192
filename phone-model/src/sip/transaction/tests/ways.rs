use super::*;
use crate::defects::Defect;

fn long_invite() -> Message {
    ours(Method::Invite).with("Subject", "x".repeat(1_300))
}

fn connect(line: &Line) -> ConnId {
    let opened = line.log.iter().find_map(|(_, o)| match o {
        Output::Connect { conn, .. } => Some(*conn),
        _ => None,
    });
    opened.expect("a connection is asked for")
}

fn accepted(line: &mut Line) -> ConnId {
    line.layer.accept(OURS.parse().unwrap(), "192.0.2.10:40000".parse().unwrap(), line.instant()).unwrap()
}

fn streams(line: &mut Line, conn: ConnId, bytes: impl AsRef<[u8]>) {
    let now = line.instant();
    line.layer.stream(conn, bytes.as_ref(), &mut |_: &Arrival<'_>| true, now);
    line.until(line.now);
}

fn silent() -> impl FnMut(&Arrival<'_>) -> bool {
    |_| false
}

#[test]
fn a_request_too_long_for_a_datagram_goes_by_tcp_and_its_via_says_so() {
    let mut line = Line::with(Timers::default());
    line.sends(long_invite(), Transport::Udp);
    assert!(line.octets().is_empty());
    line.layer.connected(connect(&line), line.instant());
    line.until(30_000);
    assert_eq!(line.times("INVITE"), [0]);
    assert_eq!(line.messages()[0].via().unwrap().transport, "TCP");
}

#[test]
fn it_falls_back_to_udp_when_tcp_is_refused_and_only_then() {
    let mut line = Line::with(Timers::default());
    line.sends(long_invite(), Transport::Udp);
    line.until(10);
    line.layer.closed(connect(&line), line.instant());
    line.until(1_600);
    assert_eq!(line.times("INVITE"), [10, 510, 1_510]);
    assert_eq!(line.messages()[0].via().unwrap().transport, "UDP");
    let mut line = Line::with(Timers::default());
    let txn = line.sends(ours(Method::Invite), Transport::Tcp);
    line.layer.closed(connect(&line), line.instant());
    line.until(1_000);
    assert!(line.octets().is_empty());
    assert_eq!(line.events()[0].1, &Event::TransportFailed { txn });
}

#[test]
fn a_connection_that_does_not_open_is_given_up_after_ten_seconds() {
    let mut line = Line::with(Timers::default());
    let txn = line.sends(ours(Method::Register), Transport::Tcp);
    line.until(60_000);
    let events = line.events();
    assert_eq!(events, [(10_000, &Event::TransportFailed { txn }), (10_000, &Event::Terminated { txn })]);
}

#[test]
fn an_unreachable_peer_fails_what_waits_for_it() {
    let mut line = Line::with(Timers::default());
    let txn = line.sends(ours(Method::Register), Transport::Udp);
    line.layer.unreachable(OURS.parse().unwrap(), PEER.parse().unwrap());
    line.until(60_000);
    assert_eq!(line.events()[0].1, &Event::TransportFailed { txn });
    assert_eq!(line.times("REGISTER"), [0]);
}

#[test]
fn one_connection_serves_several_requests() {
    let mut line = Line::with(Timers::default());
    line.sends(ours(Method::Register), Transport::Tcp);
    line.sends(ours(Method::Options), Transport::Tcp);
    let connects = line.log.iter().filter(|(_, o)| matches!(o, Output::Connect { .. })).count();
    assert_eq!(connects, 1);
}

#[test]
fn a_response_goes_back_on_its_connection_or_on_a_new_one_to_sent_by() {
    let mut line = Line::with(Timers::default());
    let conn = accepted(&mut line);
    streams(&mut line, conn, theirs("INVITE", "z9hG4bKtcp").replace("/UDP", "/TCP"));
    let (txn, invite) = line.last_request();
    line.responds(txn, invite.reply(180, "me"));
    assert!(matches!(&line.log.last().unwrap().1, Output::Write { conn: c, .. } if *c == conn));
    line.layer.closed(conn, line.instant());
    line.clear().responds(txn, invite.reply(200, "me"));
    let Output::Connect { conn: again, remote, .. } = line.log[0].1 else { panic!("{:?}", line.log) };
    assert_eq!(remote, PEER.parse().unwrap());
    line.layer.connected(again, line.instant());
    line.until(0);
    assert_eq!(line.times("SIP/2.0 200"), [0]);
}

#[test]
fn over_udp_the_answer_goes_to_sent_by_or_to_the_source_port_when_rport_asks() {
    let ask = |via: &str| {
        let mut line = Line::with(Timers::default());
        let request = theirs("OPTIONS", "z9hG4bKr").replace("192.0.2.10:5060;", &format!("{via};"));
        let source = "192.0.2.10:40123".parse().unwrap();
        line.layer.datagram(
            OURS.parse().unwrap(),
            source,
            request.as_bytes(),
            &mut |_: &Arrival<'_>| true,
            Instant::ZERO,
        );
        line.until(0);
        let (txn, request) = line.last_request();
        line.responds(txn, request.reply(200, "me"));
        let Output::Datagram { remote, local, bytes } = line.log.last().unwrap().1.clone() else { panic!() };
        assert_eq!(local, OURS.parse().unwrap());
        (remote.to_string(), Message::from_datagram(&bytes).unwrap().header("Via").unwrap().to_owned())
    };
    let same = ask("192.0.2.10:5070");
    assert_eq!(same, ("192.0.2.10:5070".into(), "SIP/2.0/UDP 192.0.2.10:5070;branch=z9hG4bKr".into()));
    let name = ask("pbx.example");
    assert_eq!(name, ("192.0.2.10:5060".into(), "SIP/2.0/UDP pbx.example;branch=z9hG4bKr;received=192.0.2.10".into()));
    let rport = ask("10.0.0.1:5070;rport");
    let via = "SIP/2.0/UDP 10.0.0.1:5070;rport=40123;branch=z9hG4bKr;received=192.0.2.10".into();
    assert_eq!(rport, ("192.0.2.10:40123".into(), via));
    let lie = ask("192.0.2.10;received=192.0.2.66;maddr=192.0.2.66");
    assert!(lie.0 == "192.0.2.10:5060" && !lie.1.contains("received"), "{lie:?}");
}

#[test]
fn what_the_filter_does_not_admit_leaves_no_trace() {
    let mut line = Line::with(Timers::default());
    line.sends(ours(Method::Register), Transport::Udp);
    let response = answer(&line.messages()[0], 200);
    let invite = theirs("INVITE", "z9hG4bKx");
    let bad_version = invite.replace("SIP/2.0\r\nVia", "SIP/7.0\r\nVia");
    line.clear();
    let before = line.layer.deadlines.clone();
    for bytes in [invite.as_bytes(), bad_version.as_bytes(), &response, b"INVITE garbage\r\n\r\n"] {
        line.layer.datagram(OURS.parse().unwrap(), PEER.parse().unwrap(), bytes, &mut silent(), Instant::ZERO);
    }
    let conn = accepted(&mut line);
    for bytes in [invite.as_bytes(), b"\r\n\r\n", bad_version.as_bytes()] {
        line.layer.stream(conn, bytes, &mut silent(), Instant::ZERO);
    }
    line.until(0);
    assert_eq!(line.log, []);
    assert_eq!(line.layer.deadlines, before);
    assert!(line.layer.servers.is_empty());
}

#[test]
fn the_filter_sees_requests_responses_malformed_octets_and_keep_alives() {
    let mut line = Line::with(Timers::default());
    let conn = accepted(&mut line);
    let mut seen = Vec::new();
    let mut filter = |arrival: &Arrival<'_>| {
        seen.push(match arrival.what {
            Arrived::Message(message) => format!("{:?}", message.method()),
            Arrived::Malformed(malformed) => format!("{:?}", malformed.fault),
            Arrived::KeepAlive => "keep-alive".to_owned(),
        });
        false
    };
    line.layer.stream(conn, theirs("BYE", "z9hG4bKb").as_bytes(), &mut filter, Instant::ZERO);
    line.layer.stream(conn, b"\r\n\r\n", &mut filter, Instant::ZERO);
    line.layer.stream(conn, b"BYE\r\n\r\n", &mut filter, Instant::ZERO);
    assert_eq!(seen, ["Some(Bye)", "keep-alive", "StartLine"]);
}

#[test]
fn a_keep_alive_gets_one_line_end_and_half_a_message_32_s() {
    let mut line = Line::with(Timers::default());
    let conn = accepted(&mut line);
    streams(&mut line, conn, "\r\n\r\n");
    assert_eq!(line.log, [(0, Output::Write { conn, bytes: b"\r\n".to_vec() })]);
    line.clear().until(1_000);
    streams(&mut line, conn, "OPTIONS sip:a");
    line.until(20_000);
    streams(&mut line, conn, "@192.0.2.100");
    line.until(60_000);
    assert_eq!(line.log, [(33_000, Output::Close { conn })]);
}

#[test]
fn garbage_on_a_connection_ends_it_after_the_answer() {
    let mut line = Line::with(Timers::default());
    let conn = accepted(&mut line);
    streams(&mut line, conn, theirs("INVITE", "z9hG4bKl").replace("Length: 0", "Length: -9"));
    assert_eq!(line.times("SIP/2.0 400"), [0]);
    assert_eq!(line.log.last(), Some(&(0, Output::Close { conn })));
    streams(&mut line, conn, theirs("OPTIONS", "z9hG4bKo"));
    assert_eq!(line.events().len(), 1, "nothing is heard after the end");
}

#[test]
fn strangers_cannot_hold_all_connections() {
    let mut line = Line::with(Timers::default());
    let good = accepted(&mut line);
    streams(&mut line, good, "\r\n\r\n");
    line.until(1_000);
    let idle: Vec<ConnId> = (1..MAX_CONNECTIONS).map(|_| accepted(&mut line)).collect();
    line.clear();
    accepted(&mut line);
    line.until(1_000);
    assert_eq!(line.log, [(1_000, Output::Close { conn: idle[0] })]);
}

#[test]
fn equal_malformed_requests_get_equal_answers() {
    let mut line = Line::with(Timers::default());
    let bad = theirs("INVITE", "z9hG4bKm").replace("CSeq: 1", "CSeq: x");
    line.receives(&bad).receives(&bad).receives(bad.replace("z9hG4bKm", "z9hG4bKn"));
    let octets: Vec<&[u8]> = line.octets().into_iter().map(|(_, b)| b).collect();
    assert!(octets[0] == octets[1] && octets[0] != octets[2]);
    line.clear().receives(bad.replace("INVITE", "ACK"));
    assert!(line.octets().is_empty(), "ACK is never answered");
}

/// Runs itself in a process of its own, since what it proves is that the process dies.
#[test]
fn the_crash_defect_kills_the_process_for_a_negative_content_length_and_for_nothing_else() {
    const MARK: &str = "OFFHOOK_TEST_CRASH";
    let negative = theirs("INVITE", "z9hG4bKc").replace("Length: 0", "Length: -999");
    if std::env::var_os(MARK).is_some() {
        let mut line = Line::with(Timers::default());
        line.receives(&negative);
        line.layer = Layer::new(Timers::default(), Defects::of([Defect::SipCrashesOnTorture]), Random::seeded(1));
        line.receives(theirs("OPTIONS", "z9hG4bKo"));
        line.layer.datagram(
            OURS.parse().unwrap(),
            PEER.parse().unwrap(),
            negative.as_bytes(),
            &mut silent(),
            Instant::ZERO,
        );
        std::fs::write(std::env::var(MARK).unwrap(), "alive").unwrap();
        line.receives(&negative);
        return;
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    let (_, module) = module_path!().split_once("::").unwrap();
    let name = "the_crash_defect_kills_the_process_for_a_negative_content_length_and_for_nothing_else";
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("{module}::{name}")])
        .env(MARK, file.path())
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap()
        .status;
    assert_eq!(std::fs::read_to_string(file.path()).unwrap(), "alive");
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(6), "{status:?}");
}
