//! A connection that ends, or does not come up.

use super::*;

/// How many milliseconds after this event on its last connection the phone asks for the next; none within two minutes.
fn rest(secure: &mut Secure, event: StreamEvent) -> Option<u64> {
    let (before, began) = (secure.asked.len(), secure.phone.now);
    let connection = secure.asked.last().unwrap().0;
    secure.happens(connection, event);
    for _ in 0..1_200 {
        if secure.asked.len() > before {
            return Some(u64::try_from(secure.phone.now.since(began).as_millis()).unwrap());
        }
        secure.pass(100);
    }
    None
}

/// The next connection comes up and carries a registration.
fn returns(secure: &mut Secure) {
    let connection = secure.open();
    secure.grants(connection);
}

#[test]
fn a_lost_connection_is_made_anew_at_once_and_then_with_a_rest() {
    let mut secure = Secure::registered(&[("Reg_Retry_Intvl", "10")], &[]);
    secure.pass(60_000);
    assert_eq!(rest(&mut secure, StreamEvent::Closed), Some(0));
    returns(&mut secure);
    secure.pass(1_000);
    assert_eq!(rest(&mut secure, StreamEvent::Closed), Some(10_000));
    returns(&mut secure);
    secure.pass(31_000);
    assert_eq!(rest(&mut secure, StreamEvent::Closed), Some(0), "one that lasted");
}

#[test]
fn the_port_stays_the_same_so_that_the_binding_is_replaced_and_another_is_taken_when_it_cannot_be_had() {
    let mut secure = Secure::registered(&[], &[]);
    assert_eq!(rest(&mut secure, StreamEvent::Closed), Some(0));
    assert_eq!(secure.ports[1], secure.ports[0]);
    assert_eq!(rest(&mut secure, StreamEvent::Failed(NotConnected::PortInUse)), Some(0));
    assert_ne!(secure.ports[2], secure.ports[0]);
    secure.open();
    assert_eq!(secure.written.last().unwrap().1.via().unwrap().port, Some(secure.ports[2]));
    let mut unlucky = Secure::new(&[("Reg_Retry_Intvl", "10")], &[]);
    for _ in 1..8 {
        assert_eq!(rest(&mut unlucky, StreamEvent::Failed(NotConnected::PortInUse)), Some(0));
    }
    assert_eq!(rest(&mut unlucky, StreamEvent::Failed(NotConnected::PortInUse)), Some(10_000));
}

#[test]
fn a_connection_on_which_nobody_answers_is_given_up_for_another() {
    let mut secure = Secure::new(&[("Reg_Retry_Intvl", "10"), ("SIP_Timer_F", "2")], &[]);
    let silent = secure.open();
    assert!(secure.written.last().is_some_and(|(way, _)| *way == silent));
    secure.pass(3_000);
    assert_eq!(secure.closed, [silent]);
    assert_eq!(secure.asked.len(), 1, "with a rest");
    secure.pass(10_000);
    assert_eq!(secure.asked.len(), 2);
    assert_ne!(secure.ports[1], secure.ports[0], "the old port is not free yet");
    let connection = secure.open();
    secure.grants(connection);
}

#[test]
fn the_rest_grows_to_the_cap_when_there_is_one() {
    let mut secure = Secure::registered(&[("Reg_Retry_Intvl", "10"), ("Reg_Retry_Intvl_Cap", "30")], &[]);
    for expected in [0, 10_000, 20_000, 30_000, 30_000] {
        assert_eq!(rest(&mut secure, StreamEvent::Closed), Some(expected));
        returns(&mut secure);
    }
}

#[test]
fn a_line_without_its_connection_is_not_registered() {
    let mut secure = Secure::registered(&[], &[]);
    secure.happens(Connection::Outgoing(1), StreamEvent::Closed);
    assert_eq!(secure.phone.status().lines[0].registration, crate::state::Registration::NotRegistered);
}

#[test]
fn defects_of_the_return_are_seen() {
    let mut never = Secure::registered(&[], &[Defect::TlsNeverReconnects]);
    assert_eq!(rest(&mut never, StreamEvent::Closed), None);
    let mut hasty = Secure::registered(&[], &[Defect::TlsReconnectsWithoutRest]);
    for _ in 0..4 {
        assert_eq!(rest(&mut hasty, StreamEvent::Closed), Some(0));
        returns(&mut hasty);
    }
}

#[test]
fn a_server_that_is_not_trusted_is_tried_again_later_and_nobody_else_is() {
    let mut secure = Secure::new(&[("Reg_Retry_Intvl", "10")], &[]);
    let why = NotConnected::Untrusted("certificate of the server has expired");
    assert_eq!(rest(&mut secure, StreamEvent::Failed(why)), Some(10_000));
    assert!(secure.phone.take().is_empty() && secure.written.is_empty());
    assert!(secure.asked.iter().all(|(_, to, secured)| *to == SECURE.parse().unwrap() && secured.is_some()));
}

#[test]
fn a_connection_with_somebody_else_may_end_and_does_not_hide_the_end_of_the_one_that_counts() {
    let mut secure = Secure::registered(&[("Reg_Retry_Intvl", "10")], &[]);
    let invite = secure.request("INVITE", "").replace("<sip:5550100@192.0.2.10:5061;", "<sip:5550100@192.0.2.20:5061;");
    secure.hears(Connection::Outgoing(1), invite.as_bytes());
    secure.phone.input(Input::Press(crate::state::Key::Speaker));
    secure.read();
    let answer = secure.written.pop().unwrap().1;
    let ack = secure.phone.in_dialog("ACK", 1, &invite, &answer, SECURE).replace("/UDP", "/TLS");
    secure.hears(Connection::Outgoing(1), ack.as_bytes());
    secure.phone.input(Input::Press(crate::state::Key::Speaker));
    secure.read();
    let (other, to, _) = secure.asked.last().cloned().unwrap();
    assert_eq!(to, "192.0.2.20:5061".parse().unwrap(), "the BYE goes where the Contact says, under TLS");
    secure.open();
    secure.happens(Connection::Outgoing(1), StreamEvent::Closed);
    assert_eq!(secure.asked.len(), 3);
    secure.open();
    secure.written.retain(|(connection, _)| *connection != other);
    secure.grants(Connection::Outgoing(3));
    secure.happens(other, StreamEvent::Closed);
    secure.pass(5_000);
    assert_eq!(secure.asked.len(), 3);
}

#[test]
fn a_frame_that_cannot_be_cut_ends_the_connection_and_the_line_registers_anew() {
    let mut secure = Secure::registered(&[], &[]);
    let connection = Connection::Outgoing(1);
    secure.hears(connection, b"INVITE sip:1001@192.0.2.100 SIP/2.0\r\nVia: SIP/2.0/TLS x;branch=z9hG4bK1\r\n\r\n");
    assert_eq!(secure.closed, [connection]);
    secure.pass(0);
    assert_eq!(secure.asked.len(), 2);
}
