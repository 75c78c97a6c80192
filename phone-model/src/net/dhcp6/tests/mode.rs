//! Addresses, all else only, or nothing: what routers want, and when they change their minds.

use super::*;

#[test]
fn with_the_o_flag_only_all_else_is_asked_for_and_asked_again_after_the_refresh_time() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateless));
    let sent = line.until(0.5);
    assert_eq!(times(&sent), [(0.0, 11)]);
    assert_eq!(sent[0].options.raw(3), None, "no association");
    let codes: Vec<u16> = sent[0].options.raw(6).unwrap().chunks(2).map(|c| u16::from_be_bytes([c[0], c[1]])).collect();
    assert!(codes.contains(&83) && codes.contains(&56));
    line.hears(7, SERVER, &[(17, b"v".to_vec()), (32, 1_u32.to_be_bytes().to_vec())]);
    let Some(Event::Informed(lease)) = line.events.iter().find(|event| matches!(event, Event::Informed(_))) else {
        panic!("{:?}", line.events)
    };
    assert_eq!((lease.raw(17).next(), lease.addresses.len()), (Some(&b"v"[..]), 0));
    // Not under IRT_MINIMUM, whatever the server says.
    assert_eq!(times(&line.until(601.0)), [(600.5, 11)]);
}

#[test]
fn a_router_with_the_m_flag_makes_a_stateless_client_ask_for_an_address() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateless));
    line.until(0.0);
    line.input(Input::Start(Mode::Stateful));
    assert_eq!(times(&line.until(0.5)), [(0.0, 1)]);
}

#[test]
fn a_client_that_looks_for_an_address_leaves_off_when_there_is_none_to_be_had() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateful));
    assert_eq!(times(&line.until(1.5)), [(0.0, 1), (1.0, 1)]);
    line.input(Input::Stop);
    assert_eq!(line.until(4000.0).len(), 0);
    // An answer that comes late finds nobody.
    line.hears(2, SERVER, &[(3, lease()), (7, vec![255])]);
    assert_eq!((line.client.state(), line.until(5000.0).len()), ("OFF", 0));
    line.input(Input::Start(Mode::Stateful));
    assert_eq!(times(&line.until(5000.5)), [(5000.0, 1)]);
}

#[test]
fn a_client_that_asks_for_an_offer_asks_for_all_else_once_a_router_wants_that() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    line.hears(2, SERVER, &[(3, lease()), (7, vec![255])]);
    line.input(Input::Start(Mode::Stateless));
    assert_eq!(times(&line.until(0.5)), [(0.0, 11)]);
    line.hears(7, SERVER, &[(23, ip("2001:db8:78::2").octets().to_vec())]);
    assert_eq!(line.client.state(), "INFORMED");
}

#[test]
fn an_address_in_use_stays_whatever_routers_say() {
    for input in [Input::Stop, Input::Start(Mode::Stateless)] {
        let mut line = Line::bound(&[]);
        line.input(input);
        assert_eq!(times(&line.until(500.5)), [(500.0, 5)], "{input:?}");
    }
}

#[test]
fn a_remembered_address_is_kept_in_mind_when_it_is_not_to_be_confirmed_now() {
    let remembered = Line::bound(&[]).client.remembered(Instant::from_secs(100)).unwrap();
    let mut line = line_with(&[], Some(remembered));
    line.input(Input::Start(Mode::Stateful));
    assert_eq!(times(&line.until(0.5)), [(0.0, 4)]);
    line.input(Input::Stop);
    assert_eq!(line.until(20.0).len(), 0);
    line.input(Input::Start(Mode::Stateful));
    assert_eq!(times(&line.until(20.5)), [(20.0, 4)]);
}
