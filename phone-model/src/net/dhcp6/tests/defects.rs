//! Each defect shows where it should.

use super::*;

#[test]
fn a_renewal_goes_to_another_server() {
    let mut line = Line::bound(&[Defect::Dhcp6RenewsElsewhere]);
    let sent = line.until(500.0);
    assert!(sent[0].kind == 5 && sent[0].options.raw(2) != Some(SERVER));
}

#[test]
fn a_reconfigure_without_authentication_is_obeyed() {
    let mut line = Line::bound(&[Defect::Dhcp6ObeysReconfigure]);
    assert_eq!(times(&line.hears(10, SERVER, &[(19, vec![5])])), [(0.0, 5)]);
}

#[test]
fn the_duid_is_new_at_each_boot() {
    let defects = Defects::of([Defect::Dhcp6NewDuid]);
    let of = |seed| Identity::of(MAC, &defects, &mut Random::seeded(seed)).duid;
    assert_ne!(of(1), of(2));
}

#[test]
fn an_address_is_kept_after_its_valid_lifetime() {
    let mut line = Line::bound(&[Defect::Dhcp6KeepsExpired]);
    line.until(5000.0);
    assert!(!line.events.iter().any(|event| matches!(event, Event::Lost(_))));
}

#[test]
fn answers_with_another_transaction_id_are_believed() {
    let mut line = line_with(&[Defect::Dhcp6AcceptsWrongXid], None);
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    let mut message = line.answer(2, SERVER, &[(3, lease()), (7, vec![255])]);
    message[3] ^= 1;
    assert_eq!(times(&line.input(Input::Datagram(&message))), [(0.0, 3)]);
}

#[test]
fn answers_to_another_client_are_believed() {
    let mut line = line_with(&[Defect::Dhcp6AcceptsOtherClient], None);
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    let mut message = line.answer(2, SERVER, &[(3, lease()), (7, vec![255])]);
    message[17] ^= 1;
    assert_eq!(times(&line.input(Input::Datagram(&message))), [(0.0, 3)]);
}

#[test]
fn option_56_is_not_asked_for() {
    let mut line = line_with(&[Defect::Dhcp6NoNtp], None);
    line.input(Input::Start(Mode::Stateful));
    let sent = line.until(0.0);
    assert!(!sent[0].options.raw(6).unwrap().chunks(2).any(|code| code == [0, 56]));
}

#[test]
fn a_duplicate_is_not_declined() {
    let mut line = line_with(&[Defect::Dhcp6NeverDeclines], None);
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    line.hears(2, SERVER, &[(3, lease()), (7, vec![255])]);
    line.hears(7, SERVER, &[(3, lease())]);
    line.input(Input::Duplicate(ip(ADDRESS)));
    assert!(line.until(20.0).iter().all(|sent| sent.kind != 9));
}

/// What a phone with this defect sends on an ADVERTISE that no phone should believe.
fn asks_for(defect: Defect, spoil: impl Fn(&Line) -> Vec<u8>) -> Vec<(f64, u8)> {
    let mut line = line_with(&[defect], None);
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    let message = spoil(&line);
    times(&line.input(Input::Datagram(&message)))
}

#[test]
fn an_advertise_that_no_phone_should_believe_is_believed() {
    let with =
        |association: Vec<u8>| move |line: &Line| line.answer(2, SERVER, &[(3, association.clone()), (7, vec![255])]);
    let mut other = lease();
    other[3] ^= 1;
    assert_eq!(asks_for(Defect::Dhcp6TakesAnyAssociation, with(other)), [(0.0, 3)]);
    assert_eq!(asks_for(Defect::Dhcp6IgnoresLifetimes, with(granted(ADDRESS, 0, 0, 11, 10))), [(0.0, 3)]);
    assert_eq!(asks_for(Defect::Dhcp6IgnoresOrderOfTimes, with(granted(ADDRESS, 9, 8, 10, 10))), [(0.0, 3)]);
    let past_end = |line: &Line| [with(lease())(line), vec![0, 23, 0, 160, 0x20]].concat();
    assert_eq!(asks_for(Defect::Dhcp6ReadsPastEnd, past_end), [(0.0, 3)]);
    let no_server = |line: &Line| {
        let whole = line.answer(2, SERVER, &[(3, lease()), (7, vec![255])]);
        [&whole[..18], &whole[18 + 4 + SERVER.len()..]].concat()
    };
    assert_eq!(asks_for(Defect::Dhcp6NeedsNoServer, no_server), [(0.0, 3)]);
    let least = |line: &Line| line.answer(2, SERVER, &[(3, lease())]);
    assert_eq!(asks_for(Defect::Dhcp6TakesFirst, least), [(0.0, 3)]);
}

#[test]
fn a_reply_that_no_phone_should_take_is_taken() {
    let mut line = line_with(&[Defect::Dhcp6CommitsUnasked], None);
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    line.hears(7, SERVER, &[(14, Vec::new()), (3, lease())]);
    assert_eq!(line.client.state(), "PROBING");
    let mut line = line_with(&[Defect::Dhcp6TakesAnyServer], None);
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    line.hears(2, SERVER, &[(3, lease()), (7, vec![255])]);
    line.hears(7, RIVAL, &[(3, lease())]);
    assert_eq!(line.client.state(), "PROBING");
}

#[test]
fn a_refusal_is_the_end() {
    for at_request in [false, true] {
        let mut line = line_with(&[Defect::Dhcp6GivesUp], None);
        line.input(Input::Start(Mode::Stateful));
        line.until(0.0);
        if at_request {
            line.hears(2, SERVER, &[(3, lease()), (7, vec![255])]);
        }
        line.hears(if at_request { 7 } else { 2 }, SERVER, &[(3, refused(2))]);
        assert_eq!(line.until(5000.0).len(), 0);
    }
}
