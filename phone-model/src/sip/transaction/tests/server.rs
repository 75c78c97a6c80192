use super::*;

const BRANCH: &str = "z9hG4bKpeer1";

#[test]
fn a_100_goes_out_after_200_ms_of_thinking_and_not_before() {
    let mut line = Line::with(Timers::default());
    line.receives(theirs("INVITE", BRANCH)).until(5_000);
    assert_eq!(line.times("SIP/2.0 100"), [200]);
    let mut line = Line::with(Timers::default());
    line.receives(theirs("INVITE", BRANCH)).until(150);
    let (txn, invite) = line.last_request();
    line.responds(txn, invite.reply(180, "me")).until(5_000);
    assert!(line.times("SIP/2.0 100").is_empty());
    assert_eq!(line.times("SIP/2.0 180"), [150]);
}

#[test]
fn a_request_other_than_invite_gets_no_100() {
    let mut line = Line::with(Timers::default());
    line.receives(theirs("OPTIONS", BRANCH)).until(60_000);
    assert!(line.octets().is_empty());
    assert!(matches!(line.events().last(), Some((32_000, Event::Terminated { .. }))), "nobody waits any more");
}

#[test]
fn a_refusal_goes_out_again_until_the_ack_comes() {
    let mut line = Line::with(Timers::RFC);
    line.receives(theirs("INVITE", BRANCH));
    let (txn, invite) = line.last_request();
    line.responds(txn, invite.reply(401, "me")).until(60_000);
    let expected = [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];
    assert_eq!(line.times("SIP/2.0 401"), expected);
    assert!(line.events().contains(&(32_000, &Event::Timeout { txn })), "Timer H");
}

#[test]
fn with_the_timers_of_the_document_the_ack_is_waited_for_16_s() {
    let mut line = Line::with(Timers::default());
    line.receives(theirs("INVITE", BRANCH));
    let (txn, invite) = line.last_request();
    line.responds(txn, invite.reply(401, "me")).until(60_000);
    assert_eq!(line.times("SIP/2.0 401"), [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500]);
    assert!(line.events().contains(&(16_000, &Event::Timeout { txn })));
}

#[test]
fn a_repeated_invite_gets_the_identical_response_and_the_ack_ends_it() {
    let mut line = Line::with(Timers::default());
    line.receives(theirs("INVITE", BRANCH));
    let (txn, invite) = line.last_request();
    line.responds(txn, invite.reply(401, "me").with("WWW-Authenticate", "Digest realm=\"r\",nonce=\"n\""));
    line.until(100).receives(theirs("INVITE", BRANCH)).until(200).receives(theirs("ACK", BRANCH));
    line.until(300).receives(theirs("INVITE", BRANCH)).receives(theirs("ACK", BRANCH)).until(60_000);
    assert_eq!(line.times("SIP/2.0 401"), [0, 100]);
    let octets = line.octets();
    assert_eq!(octets[0].1, octets[1].1);
    let events = line.events();
    assert!(events.contains(&(200, &Event::Acknowledged { txn })));
    assert_eq!(events.iter().filter(|(_, e)| matches!(e, Event::Request { .. })).count(), 1);
    assert!(!events.iter().any(|(_, e)| matches!(e, Event::Ack { .. })), "ACKs are absorbed");
    assert!(events.contains(&(5_200, &Event::Terminated { txn })), "Timer I");
}

#[test]
fn after_a_2xx_the_invite_is_absorbed_and_the_user_agent_repeats_its_answer() {
    let mut line = Line::with(Timers::default());
    line.receives(theirs("INVITE", BRANCH));
    let (txn, invite) = line.last_request();
    line.responds(txn, invite.reply(200, "me")).until(100).receives(theirs("INVITE", BRANCH));
    line.until(500).responds(txn, invite.reply(200, "me"));
    line.until(600).responds(txn, invite.reply(486, "me"));
    line.until(700).receives(theirs("ACK", "z9hG4bKother"));
    line.until(60_000);
    assert_eq!(line.times("SIP/2.0"), [0, 500]);
    let events = line.events();
    assert_eq!(events.iter().filter(|(_, e)| matches!(e, Event::Request { .. })).count(), 1);
    assert!(events.iter().any(|(at, e)| *at == 700 && matches!(e, Event::Ack { .. })));
    assert!(events.contains(&(32_000, &Event::Terminated { txn })), "Timer L");
}

#[test]
fn a_repeated_options_gets_the_identical_response_until_timer_j() {
    let mut line = Line::with(Timers::default());
    line.receives(theirs("OPTIONS", BRANCH));
    let (txn, request) = line.last_request();
    line.responds(txn, request.reply(200, "me")).until(15_999).receives(theirs("OPTIONS", BRANCH));
    assert_eq!(line.times("SIP/2.0 200"), [0, 15_999]);
    assert_eq!(line.octets()[0].1, line.octets()[1].1);
    line.until(16_001).receives(theirs("OPTIONS", BRANCH));
    assert_ne!(line.last_request().0, txn, "afterwards it is a new request");
}

#[test]
fn a_408_is_never_sent_to_another_request_than_invite() {
    let mut line = Line::with(Timers::default());
    line.receives(theirs("OPTIONS", BRANCH));
    let (txn, request) = line.last_request();
    line.responds(txn, request.reply(408, "me"));
    assert!(line.octets().is_empty());
}

#[test]
fn a_cancel_names_the_invite_that_it_matches() {
    let mut line = Line::with(Timers::default());
    line.receives(theirs("INVITE", BRANCH));
    let (invite_txn, invite) = line.last_request();
    line.receives(theirs("CANCEL", BRANCH));
    let matched = line.events().into_iter().find_map(|(_, e)| match e {
        Event::Cancel { invite, .. } => Some(*invite),
        _ => None,
    });
    assert_eq!(matched, Some(Some(invite_txn)));
    let (txn, cancel) = line.last_request();
    line.responds(txn, cancel.reply(200, "me")).responds(invite_txn, invite.reply(487, "me"));
    assert_eq!(line.messages().iter().map(|m| m.code().unwrap()).collect::<Vec<_>>(), [200, 487]);
    line.clear().receives(theirs("CANCEL", "z9hG4bKnone"));
    assert!(matches!(line.events()[0].1, Event::Cancel { invite: None, .. }));
}

#[test]
fn an_old_peer_without_cookie_is_matched_by_its_fields() {
    let old = |method: &str| theirs(method, "1").replace(";branch=1", "");
    let mut line = Line::with(Timers::default());
    line.receives(old("INVITE"));
    let (txn, invite) = line.last_request();
    line.responds(txn, invite.reply(486, "me")).until(100).receives(old("INVITE"));
    assert_eq!(line.times("SIP/2.0 486"), [0, 100]);
    line.receives(old("ACK").replace("192.0.2.100>", "192.0.2.100>;tag=me"));
    assert!(line.events().iter().any(|(_, e)| **e == Event::Acknowledged { txn }));
}

#[test]
fn the_same_request_by_another_way_is_told_as_merged() {
    let mut line = Line::with(Timers::default());
    line.receives(theirs("INVITE", BRANCH)).receives(theirs("INVITE", "z9hG4bKfork"));
    let merged: Vec<bool> = line
        .events()
        .into_iter()
        .filter_map(|(_, e)| match e {
            Event::Request { merged, .. } => Some(*merged),
            _ => None,
        })
        .collect();
    assert_eq!(merged, [false, true]);
}

#[test]
fn one_request_too_many_gets_503_with_retry_after_and_room_is_made_by_what_only_absorbs() {
    let mut line = Line::with(Timers::default());
    for n in 0..MAX_TRANSACTIONS {
        line.receives(theirs("OPTIONS", &format!("z9hG4bKn{n}")));
    }
    let (txn, last) = line.last_request();
    line.clear().receives(theirs("OPTIONS", "z9hG4bKmore"));
    let refused = line.messages().pop().unwrap();
    assert_eq!((refused.code(), refused.header("Retry-After")), (Some(503), Some("5")));
    line.responds(txn, last.reply(200, "me")).clear().receives(theirs("OPTIONS", "z9hG4bKmore"));
    assert!(matches!(line.events().last(), Some((_, Event::Request { .. }))));
}
