//! From the first message to an address in use.

use super::*;

#[test]
fn an_unanswered_solicit_is_sent_again_at_doubling_intervals_up_to_an_hour() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateful));
    let sent = line.until(12_000.0);
    let expected = [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 1023, 2047, 4095, 7695, 11_295];
    assert_eq!(times(&sent), expected.map(|at| (f64::from(at), 1)));
    // Elapsed time: none in the first, then hundredths of a second as far as they go.
    assert_eq!(sent[..4].iter().map(|sent| sent.elapsed).collect::<Vec<_>>(), [0, 100, 300, 700]);
    assert_eq!(sent[14].elapsed, u16::MAX);
}

#[test]
fn the_first_solicit_waits_up_to_a_second() {
    let mut random = Random::seeded(1);
    let identity = Identity::of(MAC, &Defects::NONE, &mut random);
    let timing = Timing { start_delay: Duration::from_secs(1), spread: 100 };
    let mut client = Client::new(identity, timing, Defects::NONE, random, None);
    client.handle(Input::Start(Mode::Stateful), Instant::ZERO);
    let Output::Wait(Some(at)) = client.poll() else { panic!("it sends at once") };
    assert!(at > Instant::ZERO && at <= Instant::from_secs(1));
}

#[test]
fn messages_carry_a_stable_duid_and_ask_for_what_the_phone_needs() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateful));
    let sent = line.until(0.0);
    assert_eq!(sent[0].options.raw(1).unwrap(), [0, 3, 0, 1, 2, 0, 0, 0, 0x78, 0x41]);
    assert_eq!(sent[0].options.raw(3).unwrap(), [0, 0, 0x78, 0x41, 0, 0, 0, 0, 0, 0, 0, 0]);
    let codes: Vec<u16> = sent[0].options.raw(6).unwrap().chunks(2).map(|c| u16::from_be_bytes([c[0], c[1]])).collect();
    assert_eq!(codes, [23, 24, 31, 17, 56, 59, 82, 159, 160]);
    assert_eq!((sent[0].options.raw(2), sent[0].options.raw(14)), (None, None), "no server, no Rapid Commit");
    let again = Identity::of(MAC, &Defects::NONE, &mut Random::seeded(1));
    assert_eq!(again.duid, Identity::of(MAC, &Defects::NONE, &mut Random::seeded(2)).duid);
}

#[test]
fn four_messages_give_an_address_once_it_is_found_unique() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    let solicit = line.last.clone();
    assert_eq!(times(&line.hears(2, SERVER, &[(3, lease())])), []);
    let sent = line.until(1.5);
    assert_eq!(times(&sent), [(1.0, 3)]);
    assert_eq!(sent[0].options.raw(2), Some(SERVER));
    // The same association, another transaction.
    assert_eq!(sent[0].options.raw(3).unwrap()[..4], [0, 0, 0x78, 0x41]);
    assert_ne!(solicit[1..4], line.last[1..4]);
    line.hears(7, SERVER, &[(3, lease()), (23, ip("2001:db8:78::2").octets().to_vec()), (159, b"x".to_vec())]);
    assert_eq!(line.client.state(), "PROBING");
    line.input(Input::Unique(ip(ADDRESS)));
    let Some(Event::Bound(lease)) = line.events.last() else { panic!("{:?}", line.events) };
    assert_eq!((lease.addresses[0].address, lease.addresses[0].valid), (ip(ADDRESS), Some(Instant::from_secs(1001))));
    assert_eq!((lease.dns.as_slice(), lease.raw(159).next()), (&[ip("2001:db8:78::2")][..], Some(&b"x"[..])));
}

#[test]
fn the_highest_preference_wins_at_the_end_of_the_first_second_and_255_at_once() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    line.hears(2, RIVAL, &[(3, granted(OTHER, 0, 0, 10, 10)), (7, vec![1])]);
    line.hears(2, SERVER, &[(3, lease()), (7, vec![2])]);
    line.hears(2, RIVAL, &[(3, granted(OTHER, 0, 0, 10, 10)), (7, vec![1])]);
    assert_eq!(line.until(1.0)[0].options.raw(2), Some(SERVER));
    let mut line = self::line();
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    assert_eq!(times(&line.hears(2, SERVER, &[(3, lease()), (7, vec![255])])), [(0.0, 3)]);
}

#[test]
fn an_advertise_without_an_address_is_ignored_and_a_late_one_is_taken_at_once() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    line.hears(2, RIVAL, &[(3, refused(2)), (7, vec![255]), (82, 60_u32.to_be_bytes().to_vec())]);
    assert_eq!(times(&line.until(1.5)), [(1.0, 1)]);
    assert_eq!(times(&line.hears(2, SERVER, &[(3, lease())])), [(1.5, 3)]);
    // SOL_MAX_RT counts even from an Advertise that offers nothing (§18.2.9): the next search never waits longer than a minute.
    let mut line = self::line();
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    line.hears(2, RIVAL, &[(3, refused(2)), (82, 60_u32.to_be_bytes().to_vec())]);
    line.input(Input::LinkDown);
    line.input(Input::Start(Mode::Stateful));
    let sent = line.until(200.0);
    assert_eq!(
        sent.iter().map(|sent| sent.at).collect::<Vec<_>>(),
        [0.0, 1.0, 3.0, 7.0, 15.0, 31.0, 63.0, 123.0, 183.0]
    );
}

#[test]
fn ten_requests_without_an_answer_lead_back_to_the_search() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    let mut sent = line.hears(2, SERVER, &[(3, lease()), (7, vec![255])]);
    sent.extend(line.until(220.0));
    let requests = [0, 1, 3, 7, 15, 31, 61, 91, 121, 151].map(|at| (f64::from(at), 3));
    assert_eq!(times(&sent)[..10], requests);
    assert_eq!(times(&sent)[10], (182.0, 1));
}

#[test]
fn a_refused_request_leads_back_to_the_search_without_haste() {
    for status in [2, 4] {
        let mut line = line();
        line.input(Input::Start(Mode::Stateful));
        line.until(0.0);
        let mut count = 0;
        for _ in 0..5 {
            line.hears(2, SERVER, &[(3, lease()), (7, vec![255])]);
            count += line.hears(7, SERVER, &[(3, refused(status))]).len();
            let wait = line.now.as_micros() as f64 / 1e6 + 64.0;
            let sent = line.until(wait);
            assert!(sent.iter().all(|sent| sent.kind == 1));
        }
        assert_eq!(count, 0, "a refusal is not answered at the speed of the network");
    }
}

#[test]
fn an_address_that_another_host_has_is_declined_to_its_server_four_times_at_most() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    line.hears(2, SERVER, &[(3, lease()), (7, vec![255])]);
    line.hears(7, SERVER, &[(3, lease())]);
    let mut sent = line.input(Input::Duplicate(ip(ADDRESS)));
    assert_eq!(sent[0].options.raw(2), Some(SERVER));
    assert_eq!(sent[0].options.raw(3).unwrap()[16..32], ip(ADDRESS).octets());
    sent.extend(line.until(16.5));
    assert_eq!(times(&sent), [(0.0, 9), (1.0, 9), (3.0, 9), (7.0, 9), (16.0, 1)]);
    assert!(line.events.contains(&Event::Lost(Loss6::Duplicate(ip(ADDRESS)))));
    assert!(!line.events.iter().any(|event| matches!(event, Event::Bound(_))));
}
