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
