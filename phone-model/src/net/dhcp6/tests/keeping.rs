//! What becomes of an address in use.

use super::*;

#[test]
fn a_silent_server_is_asked_for_renewal_at_t1_and_all_servers_at_t2_until_the_end() {
    let mut line = Line::bound(&[]);
    let sent = line.until(1000.5);
    let renew = [500.0, 510.0, 530.0, 570.0, 650.0].map(|at| (at, 5));
    let rebind = [800.0, 810.0, 830.0, 870.0, 950.0].map(|at| (at, 6));
    assert_eq!(times(&sent), [&renew[..], &rebind, &[(1000.0, 1)]].concat());
    assert_eq!(sent[0].options.raw(2), Some(SERVER));
    assert_eq!(sent[5].options.raw(2), None, "REBIND names no server");
    assert!(line.events.contains(&Event::Lost(Loss6::Expired)));
}

#[test]
fn a_renewal_counts_from_its_request() {
    let mut line = Line::bound(&[]);
    line.until(510.2);
    line.hears(7, SERVER, &[(3, lease())]);
    let Some(Event::Renewed(renewed)) = line.events.last() else { panic!("{:?}", line.events) };
    assert_eq!(
        (renewed.renewal, renewed.addresses[0].valid),
        (Some(Instant::from_secs(1000)), Some(Instant::from_secs(1500)))
    );
    assert_eq!(times(&line.until(1000.5)), [(1000.0, 5)]);
}

#[test]
fn a_rebind_may_be_answered_by_another_server_which_is_asked_from_then_on() {
    let mut line = Line::bound(&[]);
    line.until(800.5);
    line.hears(7, RIVAL, &[(3, lease())]);
    assert_eq!(line.until(1301.0).last().unwrap().options.raw(2), Some(RIVAL));
}

#[test]
fn a_server_that_has_forgotten_the_lease_is_asked_for_it_once_more() {
    let mut line = Line::bound(&[]);
    line.until(500.5);
    assert_eq!(times(&line.hears(7, SERVER, &[(3, refused(3))])), [(500.5, 3)]);
    line.hears(7, SERVER, &[(3, lease())]);
    assert!(matches!(line.events.last(), Some(Event::Renewed(_))));
}

#[test]
fn a_server_takes_an_address_back_with_a_lifetime_of_zero() {
    let mut line = Line::bound(&[]);
    line.until(500.5);
    line.hears(7, SERVER, &[(3, granted(ADDRESS, 0, 0, 0, 0))]);
    assert!(line.events.contains(&Event::Lost(Loss6::Refused)));
}

#[test]
fn another_address_in_place_of_the_old_one_is_detected_before_it_is_used() {
    let mut line = Line::bound(&[]);
    line.until(500.5);
    line.hears(7, SERVER, &[(3, granted(OTHER, 500, 800, 1000, 1000))]);
    assert!(line.events.contains(&Event::Lost(Loss6::Refused)));
    line.input(Input::Unique(ip(OTHER)));
    assert!(matches!(line.events.last(), Some(Event::Bound(lease)) if lease.addresses[0].address == ip(OTHER)));
}

#[test]
fn an_orderly_shutdown_gives_the_address_back() {
    let mut line = Line::bound(&[]);
    line.until(10.0);
    let mut sent = line.input(Input::Release);
    assert_eq!(line.events.first(), Some(&Event::Lost(Loss6::Released)), "the address goes first");
    assert_eq!(sent[0].options.raw(2), Some(SERVER));
    sent.extend(line.until(60.0));
    assert_eq!(times(&sent), [(10.0, 8), (11.0, 8), (13.0, 8), (17.0, 8)]);
    assert_eq!(line.events.last(), Some(&Event::Released));
    let mut line = Line::bound(&[]);
    line.input(Input::Release);
    line.hears(7, SERVER, &[(13, vec![0, 0])]);
    assert_eq!(line.until(60.0).len(), 0);
    assert_eq!(line.events.last(), Some(&Event::Released));
}

#[test]
fn addresses_of_the_last_run_are_confirmed_and_go_on_with_what_is_left_of_them() {
    let remembered = Line::bound(&[]).client.remembered(Instant::from_secs(100)).unwrap();
    assert_eq!(remembered.age, Duration::from_secs(100));
    let mut line = line_with(&[], Some(remembered.clone()));
    line.input(Input::Start(Mode::Stateful));
    let sent = line.until(0.0);
    assert_eq!(times(&sent), [(0.0, 4)]);
    assert_eq!((sent[0].options.raw(2), sent[0].options.raw(6)), (None, None));
    line.hears(7, RIVAL, &[(13, vec![0, 0])]);
    line.input(Input::Unique(ip(ADDRESS)));
    let Some(Event::Bound(lease)) = line.events.last() else { panic!("{:?}", line.events) };
    assert_eq!(
        (lease.renewal, lease.addresses[0].valid),
        (Some(Instant::from_secs(400)), Some(Instant::from_secs(900)))
    );
    assert_eq!(line.client.remembered(Instant::from_secs(7)).unwrap().age, Duration::from_secs(107));
    // Moved to another link.
    let mut line = line_with(&[], Some(remembered.clone()));
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    line.hears(7, RIVAL, &[(13, vec![0, 4])]);
    assert_eq!(times(&line.until(0.5)), [(0.0, 1)]);
    // Nobody answers: four messages in ten seconds, then the addresses are detected and used.
    let mut line = line_with(&[], Some(remembered));
    line.input(Input::Start(Mode::Stateful));
    assert_eq!(times(&line.until(20.0)), [(0.0, 4), (1.0, 4), (3.0, 4), (7.0, 4)]);
    assert_eq!(line.client.state(), "PROBING");
    // Too old: a fresh search.
    let old = Remembered {
        reply: Line::bound(&[]).client.remembered(Instant::ZERO).unwrap().reply,
        age: Duration::from_secs(1000),
    };
    let mut line = line_with(&[], Some(old));
    line.input(Input::Start(Mode::Stateful));
    assert_eq!(times(&line.until(0.0)), [(0.0, 1)]);
}

#[test]
fn after_the_cable_was_out_the_address_is_confirmed() {
    let mut line = Line::bound(&[]);
    line.until(10.0);
    line.input(Input::LinkDown);
    assert_eq!(line.until(20.0).len(), 0);
    line.input(Input::Start(Mode::Stateful));
    assert_eq!(times(&line.until(20.5)), [(20.0, 4)]);
}
