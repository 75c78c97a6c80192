//! What others send to harm, and what the client makes of it.

use super::*;
use proptest::prelude::*;

#[test]
fn answers_to_another_transaction_or_another_client_and_answers_of_nobody_change_nothing() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    let right = line.answer(2, SERVER, &[(3, lease()), (7, vec![255])]);
    let mut wrong_xid = right.clone();
    wrong_xid[3] ^= 1;
    let mut wrong_client = right.clone();
    wrong_client[17] ^= 1;
    let mut no_server = line.last[..4].to_vec();
    no_server[0] = 2;
    put(&mut no_server, 1, &[&[0, 3, 0, 1][..], &MAC].concat());
    put(&mut no_server, 3, &lease());
    let mut no_client = line.last[..4].to_vec();
    no_client[0] = 2;
    put(&mut no_client, 2, SERVER);
    put(&mut no_client, 3, &lease());
    let cut = right[..right.len() - 1].to_vec();
    for message in [wrong_xid, wrong_client, no_server, no_client, cut] {
        assert!(line.input(Input::Datagram(&message)).is_empty(), "{message:?}");
    }
    assert_eq!(line.client.state(), "SOLICITING");
    assert_eq!(times(&line.input(Input::Datagram(&right))), [(0.0, 3)]);
}

#[test]
fn a_reply_to_a_solicit_counts_for_nothing_since_rapid_commit_was_not_asked_for() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    line.hears(7, SERVER, &[(14, Vec::new()), (3, lease())]);
    assert_eq!(line.client.state(), "SOLICITING");
}

#[test]
fn a_reply_of_another_server_does_not_mix_into_the_request() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    line.hears(2, SERVER, &[(3, lease()), (7, vec![255])]);
    line.hears(7, RIVAL, &[(3, granted(OTHER, 0, 0, 10, 10))]);
    assert_eq!(line.client.state(), "REQUESTING");
}

#[test]
fn a_reconfigure_without_authentication_is_ignored() {
    let mut line = Line::bound(&[]);
    assert_eq!(line.hears(10, SERVER, &[(19, vec![5])]).len(), 0);
    assert_eq!(line.client.state(), "BOUND");
}

#[test]
fn addresses_and_times_that_make_no_sense_are_left_aside() {
    for association in [
        granted("ff05::1", 0, 0, 10, 10),
        granted("fe80::1", 0, 0, 10, 10),
        granted("::", 0, 0, 10, 10),
        granted(ADDRESS, 0, 0, 11, 10),
        granted(ADDRESS, 9, 8, 10, 10),
        granted(ADDRESS, 0, 0, 0, 0),
        vec![0, 0, 0x78],
    ] {
        let mut line = line();
        line.input(Input::Start(Mode::Stateful));
        line.until(0.0);
        line.hears(2, SERVER, &[(3, lease()), (7, vec![255])]);
        line.hears(7, SERVER, &[(3, association.clone())]);
        assert_eq!(line.client.state(), "REQUESTING", "{association:?}");
        line.hears(7, SERVER, &[(3, lease())]);
        assert_eq!(line.client.state(), "PROBING", "the right one behind it is taken");
    }
}

#[test]
fn a_server_that_renews_for_no_time_is_not_asked_at_the_speed_of_the_network() {
    let mut line = Line::bound(&[]);
    line.until(500.0);
    let mut count = 0;
    for tenth in 0..100 {
        count += line.hears(7, SERVER, &[(3, granted(ADDRESS, 0, 0, 0, 1000))]).len();
        count += line.until(500.0 + f64::from(tenth) / 10.0).len();
    }
    assert!(count <= 11, "{count}");
}

#[test]
fn an_offer_that_makes_no_sense_is_none() {
    let mut other = lease();
    other[3] ^= 1;
    for association in
        [granted(ADDRESS, 0, 0, 11, 10), granted(ADDRESS, 9, 8, 10, 10), granted(ADDRESS, 0, 0, 0, 0), other]
    {
        let mut line = line();
        line.input(Input::Start(Mode::Stateful));
        line.until(0.0);
        assert_eq!(line.hears(2, SERVER, &[(3, association.clone()), (7, vec![255])]).len(), 0, "{association:?}");
        assert_eq!(times(&line.hears(2, SERVER, &[(3, lease()), (7, vec![255])])), [(0.0, 3)]);
    }
}

#[test]
fn a_renewal_with_lifetimes_that_contradict_each_other_is_as_good_as_none() {
    let mut line = Line::bound(&[]);
    line.until(500.5);
    line.hears(7, SERVER, &[(3, granted(ADDRESS, 0, 0, 1001, 1000))]);
    assert_eq!((line.client.state(), line.events.iter().any(|e| matches!(e, Event::Lost(_)))), ("RENEWING", false));
}

#[test]
fn a_refusal_is_told_once_in_an_exchange() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    for _ in 0..50 {
        line.hears(2, RIVAL, &[(3, refused(2))]);
    }
    line.hears(2, SERVER, &[(3, lease()), (7, vec![255])]);
    line.hears(7, SERVER, &[(13, vec![0, 1])]);
    let told: Vec<&Event> = line.events.iter().filter(|event| matches!(event, Event::Refused(_))).collect();
    assert_eq!(told, [&Event::Refused(2), &Event::Refused(1)]);
}

proptest! {
    #[test]
    fn any_datagram_in_any_state_is_taken_without_a_panic(
        kind in 0u8..14, options in proptest::collection::vec((0u16..90, proptest::collection::vec(any::<u8>(), 0..40)), 0..6),
        step in 0usize..6,
    ) {
        let mut line = if step > 3 { Line::bound(&[]) } else { line() };
        line.input(Input::Start(if step == 0 { Mode::Stateless } else { Mode::Stateful }));
        line.until(if step == 5 { 500.0 } else { 0.0 });
        line.hears(2, SERVER, &[(3, lease()), (7, vec![if step == 2 { 255 } else { 0 }])]);
        line.hears(kind, SERVER, &options);
        line.until(2000.0);
    }
}
