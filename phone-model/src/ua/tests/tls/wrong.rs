//! Defects of the transport.

use super::*;

#[test]
fn the_defect_registers_in_clear_too() {
    let mut secure = Secure::new(&[], &[Defect::TlsRegistersInClear]);
    let clear = secure.asked.iter().find(|(_, _, secured)| secured.is_none()).cloned().expect("a connection in clear");
    assert_eq!(clear.1, SECURE.parse().unwrap());
    let local = SocketAddr::new(PHONE.parse().unwrap(), 5_071);
    secure.happens(clear.0, StreamEvent::Opened { local, peer: clear.1 });
    assert_eq!(secure.kinds(), [kind(clear.0, "REGISTER")]);
}

#[test]
fn the_defects_fall_back() {
    let why = StreamEvent::Failed(NotConnected::Untrusted("certificate of the server has expired"));
    let mut udp = Secure::new(&[], &[Defect::TlsFallsBackToUdp]);
    udp.happens(Connection::Outgoing(1), why.clone());
    let sent = udp.phone.take();
    assert_eq!((sent[0].to, sent[0].kind().as_str()), (SERVER.parse().unwrap(), "REGISTER"));
    let mut tcp = Secure::new(&[], &[Defect::TlsFallsBackToTcp]);
    tcp.happens(Connection::Outgoing(1), why);
    let (_, to, secured) = tcp.asked.last().unwrap();
    assert_eq!((*to, secured), (SERVER.parse().unwrap(), &None));
}

#[test]
fn the_defect_opens_another_connection_for_a_call() {
    let mut secure = Secure::registered(&[], &[Defect::TlsSecondConnection]);
    secure.phone.input(Input::Dial("5550199".into()));
    secure.read();
    assert_eq!(secure.asked.len(), 2);
}

#[test]
fn the_defect_uses_tls_where_udp_is_set() {
    let mut phone = Phone::new(ACCOUNT, &[Defect::TlsAlthoughUdp]);
    phone.input(Input::Wake);
    assert!(phone.take().is_empty());
    assert!(phone.take_outputs().iter().any(|output| matches!(output, Output::Connect { secured: Some(_), .. })));
}

#[test]
fn the_defect_waits_for_a_restart_with_tls() {
    let mut waits = Phone::registered(&[], &[Defect::TlsWaitsForRestart]);
    let mut right = Phone::registered(&[], &[]);
    let secured = |phone: &mut Phone| {
        phone.set("SIP_Transport_1_", "TLS");
        // A phone that obeys ends its binding first, where it was made.
        for leaving in phone.take() {
            phone.registrar_answers(&leaving, 200, "");
        }
        phone.take_outputs().iter().any(|output| matches!(output, Output::Connect { secured: Some(_), .. }))
    };
    assert_eq!((secured(&mut waits), secured(&mut right)), (false, true));
    assert_eq!(Secure::new(&[], &[Defect::TlsWaitsForRestart]).asked.len(), 1, "after a restart");
}

#[test]
fn the_defect_offers_keys_for_the_voice() {
    let offer = |defects: &[Defect]| {
        let mut secure = Secure::registered(&[], defects);
        secure.phone.input(Input::Dial("5550199".into()));
        secure.read();
        let (_, invite) = secure.written.pop().unwrap();
        String::from_utf8(invite.body).unwrap()
    };
    assert!(!offer(&[]).contains("a=crypto:"));
    assert!(offer(&[Defect::TlsOffersKeys]).contains("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"));
    let mut clear = Phone::registered(&[], &[Defect::TlsOffersKeys]);
    clear.input(Input::Dial("5550199".into()));
    assert!(!String::from_utf8_lossy(&clear.take()[0].message().body).contains("a=crypto:"), "not without TLS");
}
