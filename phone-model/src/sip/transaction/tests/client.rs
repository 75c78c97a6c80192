use super::*;

fn timed_out(line: &Line) -> Vec<u64> {
    line.events().into_iter().filter(|(_, e)| matches!(e, Event::Timeout { .. })).map(|(at, _)| at).collect()
}

#[test]
fn an_invite_without_answer_goes_out_seven_times_and_ends_at_32_s() {
    let mut line = Line::with(Timers::RFC);
    line.sends(ours(Method::Invite), Transport::Udp);
    line.until(60_000);
    assert_eq!(line.times("INVITE"), [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    assert_eq!(timed_out(&line), [32_000]);
    let octets = line.octets();
    assert!(octets.iter().all(|(_, bytes)| *bytes == octets[0].1), "copies are identical");
}

#[test]
fn with_the_timers_of_the_document_an_invite_ends_at_16_s() {
    let mut line = Line::with(Timers::default());
    line.sends(ours(Method::Invite), Transport::Udp);
    line.until(60_000);
    assert_eq!(line.times("INVITE"), [0, 500, 1_500, 3_500, 7_500, 15_500]);
    assert_eq!(timed_out(&line), [16_000]);
}

#[test]
fn another_request_without_answer_goes_out_eleven_times_and_ends_at_32_s() {
    let mut line = Line::with(Timers::RFC);
    line.sends(ours(Method::Register), Transport::Udp);
    line.until(60_000);
    let expected = [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
    assert_eq!(line.times("REGISTER"), expected);
    assert_eq!(timed_out(&line), [32_000]);
}

#[test]
fn with_the_timers_of_the_document_another_request_ends_at_16_s() {
    let mut line = Line::with(Timers::default());
    line.sends(ours(Method::Register), Transport::Udp);
    line.until(60_000);
    assert_eq!(line.times("REGISTER"), [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500]);
    assert_eq!(timed_out(&line), [16_000]);
}

#[test]
fn after_a_provisional_response_another_request_goes_out_every_t2() {
    let mut line = Line::with(Timers::RFC);
    line.sends(ours(Method::Register), Transport::Udp);
    let trying = answer(&line.messages()[0], 100);
    line.until(200).receives(trying).until(14_000);
    assert_eq!(line.times("REGISTER"), [0, 500, 4_500, 8_500, 12_500]);
}

#[test]
fn a_late_wake_up_fires_what_was_due_in_order_and_an_early_one_nothing() {
    let mut line = Line::with(Timers::RFC);
    line.sends(ours(Method::Invite), Transport::Udp);
    line.layer.wake(Instant::from_millis(499));
    assert!(matches!(line.layer.poll(), Output::Wait(Some(at)) if at == Instant::from_millis(500)));
    line.layer.wake(Instant::from_millis(4_000));
    line.until(4_000);
    assert_eq!(line.times("INVITE").len(), 1 + 3);
    line.until(7_600);
    assert_eq!(line.times("INVITE").last(), Some(&7_500), "the series keeps its beat");
}

#[test]
fn over_tcp_nothing_goes_out_twice() {
    let mut line = Line::with(Timers::RFC);
    line.sends(ours(Method::Invite), Transport::Tcp);
    let Output::Connect { conn, .. } = line.log[0].1 else { panic!("{:?}", line.log) };
    line.layer.connected(conn, line.instant());
    line.until(60_000);
    assert_eq!(line.times("INVITE"), [0]);
    assert_eq!(timed_out(&line), [32_000]);
}

#[test]
fn a_refusal_is_acknowledged_by_the_transaction_each_time_it_comes() {
    let mut line = Line::with(Timers::default());
    let invite = ours(Method::Invite).with("Route", "<sip:192.0.2.10;lr>");
    let txn = line.sends(invite, Transport::Udp);
    let invite = line.messages()[0].clone();
    let busy = answer(&invite, 486);
    line.until(100).receives(&busy).until(700).receives(&busy).until(30_000);
    let acks: Vec<Message> = line.messages().into_iter().filter(|m| m.is_request(&Method::Ack)).collect();
    assert_eq!(line.times("ACK"), [100, 700]);
    assert_eq!(line.times("INVITE"), [0], "Timer A has stopped");
    assert_eq!(acks[0], acks[1]);
    let ack = &acks[0];
    assert_eq!(ack.elements("Via").collect::<Vec<_>>(), invite.elements("Via").collect::<Vec<_>>());
    assert_eq!((ack.uri(), ack.call_id(), ack.header("From")), (invite.uri(), invite.call_id(), invite.header("From")));
    assert_eq!(ack.to_tag().as_deref(), Some("t1"));
    assert_eq!(ack.header("CSeq"), Some("1 ACK"));
    assert_eq!(ack.header("Route"), Some("<sip:192.0.2.10;lr>"));
    let responses = line.events().iter().filter(|(_, e)| matches!(e, Event::Response { .. })).count();
    assert_eq!(responses, 1);
    assert!(line.events().contains(&(16_100, &Event::Terminated { txn })), "Timer D");
}

#[test]
fn a_2xx_goes_up_and_its_repeats_get_the_same_ack_for_64_t1() {
    let mut line = Line::with(Timers::RFC);
    let txn = line.sends(ours(Method::Invite), Transport::Udp);
    let invite = line.messages()[0].clone();
    let ok = answer(&invite, 200);
    line.until(100).receives(&ok);
    let ack = ours(Method::Ack);
    let ack = ack.with("x", "1");
    let mut ack = ack;
    ack.set("To", "<sip:100@192.0.2.10>;tag=t1");
    let target = Target { transport: Transport::Udp, local: OURS.parse().unwrap(), remote: PEER.parse().unwrap() };
    line.layer.acknowledge(txn, ack, target, line.instant());
    line.until(600).receives(&ok).until(1_600).receives(&ok);
    assert_eq!(line.times("ACK"), [100, 600, 1_600]);
    let acks: Vec<&[u8]> = line.octets().into_iter().map(|(_, b)| b).filter(|b| b.starts_with(b"ACK")).collect();
    assert!(acks.iter().all(|a| *a == acks[0]));
    let ack = Message::from_datagram(acks[0]).unwrap();
    assert_ne!(
        ack.via().unwrap().branch(),
        invite.via().unwrap().branch(),
        "RFC 3261 §13.2.2.4: a transaction of its own"
    );
    // Another fork goes up.
    line.receives(invite.reply(200, "t2").to_bytes());
    let responses = line.events().iter().filter(|(_, e)| matches!(e, Event::Response { .. })).count();
    assert_eq!(responses, 2);
    line.until(60_000);
    assert!(line.events().contains(&(32_100, &Event::Terminated { txn })), "Timer M");
}

#[test]
fn a_cancel_waits_for_a_provisional_response_and_takes_after_its_invite() {
    let mut line = Line::with(Timers::default());
    let txn = line.sends(ours(Method::Invite), Transport::Udp);
    let invite = line.messages()[0].clone();
    line.until(100);
    let cancel = line.layer.cancel(txn, line.instant()).unwrap();
    line.until(300);
    assert_eq!(line.times("CANCEL"), [0_u64; 0]);
    line.receives(answer(&invite, 180));
    assert_eq!(line.times("CANCEL"), [300]);
    assert_eq!(line.layer.cancel(txn, line.instant()), Some(cancel), "it is sent once");
    let message = line.messages().pop().unwrap();
    assert_eq!(message.elements("Via").collect::<Vec<_>>(), invite.elements("Via").collect::<Vec<_>>());
    assert_eq!((message.header("To"), message.header("From")), (invite.header("To"), invite.header("From")));
    assert_eq!(message.header("CSeq"), Some("1 CANCEL"));
    line.receives(answer(&message, 200)).receives(answer(&invite, 487));
    let answered: Vec<TxnId> = line
        .events()
        .into_iter()
        .filter_map(|(_, e)| match e {
            Event::Response { txn, .. } => Some(*txn),
            _ => None,
        })
        .collect();
    assert_eq!(answered, [txn, cancel, txn]);
    assert_eq!(line.times("ACK"), [300]);
}

#[test]
fn a_cancelled_invite_is_given_up_when_nothing_final_comes_in_64_t1() {
    let mut line = Line::with(Timers::RFC);
    let txn = line.sends(ours(Method::Invite), Transport::Udp);
    let invite = line.messages()[0].clone();
    line.receives(answer(&invite, 180)).until(100_000);
    assert!(timed_out(&line).is_empty(), "Timer B stops at the first provisional response");
    line.layer.cancel(txn, line.instant());
    line.until(100_000);
    let cancel = line.messages().pop().unwrap();
    line.receives(answer(&cancel, 200)).until(200_000);
    assert_eq!(timed_out(&line), [132_000]);
}

#[test]
fn a_final_response_before_the_cancel_makes_the_cancel_needless() {
    let mut line = Line::with(Timers::default());
    let txn = line.sends(ours(Method::Invite), Transport::Udp);
    let invite = line.messages()[0].clone();
    let cancel = line.layer.cancel(txn, line.instant()).unwrap();
    line.receives(answer(&invite, 486)).until(60_000);
    assert_eq!(line.times("CANCEL"), [0_u64; 0]);
    assert!(line.events().iter().any(|(_, e)| **e == Event::Terminated { txn: cancel }));
    assert_eq!(line.layer.cancel(txn, line.instant()), None);
}

#[test]
fn a_response_that_is_not_ours_is_dropped_in_silence() {
    let mut line = Line::with(Timers::RFC);
    line.sends(ours(Method::Register), Transport::Udp);
    let request = line.messages()[0].clone();
    let mut two = request.reply(200, "t1");
    two.push("Via", "SIP/2.0/UDP 192.0.2.10;branch=z9hG4bKx");
    let mut elsewhere = request.reply(200, "t1");
    let mut via = request.via().unwrap();
    via.host = "192.0.2.66".into();
    elsewhere.set_top_via(&via);
    let mut invite = request.reply(200, "t1");
    invite.set("CSeq", "1 INVITE");
    line.clear();
    for forged in [two, elsewhere, invite] {
        line.receives(forged.to_bytes());
    }
    assert!(line.octets().is_empty());
    assert_eq!(line.events().len(), 3);
    assert!(line.events().iter().all(|(_, e)| matches!(e, Event::Discarded { why: Discard::StrayResponse, .. })));
}

#[test]
fn timers_of_zero_do_not_send_without_end() {
    let zero = Duration::ZERO;
    let mut line = Line::with(Timers { t1: zero, t2: zero, ..Timers::default() });
    line.sends(ours(Method::Register), Transport::Udp);
    line.until(1_000);
    assert!(line.octets().len() <= 101);
}
