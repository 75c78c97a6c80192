use super::*;
use crate::state::{CallState, HistoryKind, Key};

fn states(phone: &Phone) -> Vec<CallState> {
    phone.status().calls.iter().map(|call| call.state).collect()
}

fn history(phone: &Phone) -> Vec<HistoryKind> {
    phone.status().history.iter().map(|entry| entry.kind).collect()
}

#[test]
fn a_call_rings_is_answered_talks_and_ends_with_the_callers_bye() {
    let mut phone = Phone::registered(&[], &[]);
    let invite = phone.invite("Record-Route: <sip:192.0.2.10;lr>\r\n");
    phone.receives(SERVER, &invite);
    assert_eq!(phone.kinds(), ["100", "180"]);
    assert_eq!(states(&phone), [CallState::Ringing]);
    assert_eq!(phone.status().calls[0].peer_name, "Alice");
    phone.input(Input::SoftKey("Answer".into()));
    let answer = phone.take().remove(0).message();
    assert_eq!(answer.code(), Some(200));
    assert_eq!(answer.header("Record-Route"), Some("<sip:192.0.2.10;lr>"));
    assert_eq!(answer.header("Server"), Some("Cisco-CP-7841-3PCC/11.2.3_020000000001"));
    let ack = phone.in_dialog("ACK", 1, &invite, &answer, SERVER);
    phone.receives(SERVER, &ack);
    phone.pass(1_000);
    assert!(phone.take().is_empty(), "nothing is repeated after the ACK");
    assert_eq!(phone.rtp, 51);
    assert_eq!(states(&phone), [CallState::Connected]);
    let bye = phone.in_dialog("BYE", 2, &invite, &answer, SERVER);
    phone.receives(SERVER, &bye);
    assert_eq!(phone.kinds(), ["200"]);
    let rtp = phone.rtp;
    phone.pass(1_000);
    assert_eq!(phone.rtp, rtp, "no media after BYE");
    assert!(phone.status().calls.is_empty() && !phone.status().off_hook);
    assert_eq!(history(&phone), [HistoryKind::Received]);
}

#[test]
fn an_answer_without_ack_is_repeated_and_then_ended_with_bye() {
    let mut phone = Phone::registered(&[("SIP_Timer_H", "32")], &[]);
    let invite = phone.invite("");
    phone.receives(SERVER, &invite);
    phone.take();
    phone.input(Input::Press(Key::Line(1)));
    phone.until(5_000 + 31_999);
    let sent = phone.take();
    let times: Vec<u64> = sent.iter().map(|sent| sent.at.as_micros() / 1_000 - 5_000).collect();
    assert_eq!(times, [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
    assert!(sent.iter().all(|it| it.bytes == sent[0].bytes));
    phone.pass(1);
    assert_eq!(phone.kinds()[0], "BYE");
    assert!(phone.status().calls.is_empty());
}

#[test]
fn a_cancelled_call_is_missed() {
    let mut phone = Phone::registered(&[], &[]);
    let invite = phone.invite("");
    phone.receives(SERVER, &invite);
    let ringing = phone.take().remove(1).message();
    let cancel = invite.replace("INVITE", "CANCEL").replace("Content-Type: application/sdp\r\n", "");
    let cancel = cancel.replace(&format!("Content-Length: {}", OFFER.len()), "Content-Length: 0");
    phone.receives(SERVER, cancel.strip_suffix(OFFER).unwrap());
    let sent: Vec<Message> = phone.take().iter().map(Sent::message).collect();
    assert_eq!(sent.iter().map(|it| it.code().unwrap()).collect::<Vec<_>>(), [200, 487]);
    assert!(sent.iter().all(|it| it.to_tag() == ringing.to_tag()));
    assert!(phone.status().calls.is_empty());
    assert_eq!(history(&phone), [HistoryKind::Missed]);
}

#[test]
fn a_declined_call_is_busy_and_a_third_call_too() {
    let mut phone = Phone::registered(&[], &[]);
    for _ in 0..2 {
        let invite = phone.invite("");
        phone.receives(SERVER, &invite);
    }
    phone.take();
    let third = phone.invite("");
    phone.receives(SERVER, &third);
    assert_eq!(phone.kinds(), ["486"]);
    phone.input(Input::SoftKey("Decline".into()));
    assert_eq!(phone.kinds(), ["486"]);
    assert_eq!(states(&phone).len(), 1);
}

#[test]
fn a_person_hangs_up_with_bye_to_the_callers_contact() {
    let mut phone = Phone::registered(&[], &[]);
    phone.connected();
    phone.input(Input::Press(Key::Speaker));
    let bye = phone.take().remove(0);
    assert_eq!((bye.kind().as_str(), bye.to), ("BYE", SERVER.parse().unwrap()));
    assert_eq!(bye.message().uri().unwrap().to_string(), format!("sip:5550100@{SERVER}"));
    assert!(phone.status().calls.is_empty());
}

#[test]
fn an_unregistered_line_takes_no_call_unless_it_is_allowed_to() {
    let mut phone = Phone::new(&[ACCOUNT, &[("Register_1_", "No")]].concat(), &[]);
    let invite = phone.invite("");
    phone.receives(SERVER, &invite);
    assert_eq!(phone.kinds(), ["480"]);
    let mut phone = Phone::new(&[ACCOUNT, &[("Register_1_", "No"), ("Ans_Call_Without_Reg_1_", "Yes")]].concat(), &[]);
    let invite = phone.invite("");
    phone.receives(SERVER, &invite);
    assert_eq!(phone.kinds(), ["100", "180"]);
}

#[test]
fn a_page_is_answered_by_itself() {
    let mut phone = Phone::registered(&[], &[]);
    let invite = phone.invite("Call-Info: <sip:voiceip.com>; answer-after=0\r\n");
    phone.receives(SERVER, &invite);
    assert_eq!(phone.kinds(), ["100", "180", "200"]);
    let mut phone = Phone::registered(&[("Auto_Answer_Page", "No")], &[]);
    let invite = phone.invite("Call-Info: <sip:voiceip.com>; answer-after=0\r\n");
    phone.receives(SERVER, &invite);
    assert_eq!(phone.kinds(), ["100", "180"]);
}

#[test]
fn hold_by_the_other_end_stops_our_media() {
    let mut phone = Phone::registered(&[], &[]);
    let (invite, answer) = phone.connected();
    let offer = format!("{OFFER}a=sendonly\r\n");
    let reinvite = phone.in_dialog("INVITE", 2, &invite, &answer, SERVER).replace(
        "Content-Length: 0\r\n\r\n",
        &format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{offer}", offer.len()),
    );
    phone.receives(SERVER, &reinvite);
    let held = phone.take().remove(0).message();
    assert_eq!(held.code(), Some(200));
    assert!(String::from_utf8_lossy(&held.body).contains("a=recvonly"));
    let rtp = phone.rtp;
    phone.pass(400);
    assert_eq!(phone.rtp, rtp);
}

#[test]
fn a_reinvite_that_crosses_ours_is_answered_491() {
    let mut phone = Phone::registered(&[], &[]);
    let (invite, answer) = phone.connected();
    phone.input(Input::Press(Key::Hold));
    let ours = phone.take().remove(0);
    assert!(String::from_utf8_lossy(&ours.bytes).contains("a=sendonly"));
    let reinvite = phone.in_dialog("INVITE", 2, &invite, &answer, SERVER);
    phone.receives(SERVER, &reinvite);
    assert_eq!(phone.kinds(), ["491"]);
    let mut agreed = ours.message().reply(200, "").with("Contact", format!("<sip:5550100@{SERVER}>"));
    agreed = agreed.with_body("application/sdp", format!("{OFFER}a=recvonly\r\n"));
    phone.receives(SERVER, &String::from_utf8(agreed.to_bytes()).unwrap());
    assert_eq!(phone.kinds(), ["ACK"]);
    assert_eq!(states(&phone), [CallState::Holding]);
}

#[test]
fn requests_in_no_dialog_are_answered_481_and_out_of_order_ones_500() {
    let mut phone = Phone::registered(&[], &[]);
    let (invite, answer) = phone.connected();
    let stray = phone.in_dialog("BYE", 2, &invite, &answer, SERVER).replace("tag=from1", "tag=other");
    phone.receives(SERVER, &stray);
    assert_eq!(phone.kinds(), ["481"]);
    let info = phone.in_dialog("INFO", 7, &invite, &answer, SERVER);
    phone.receives(SERVER, &info);
    let old = phone.in_dialog("UPDATE", 3, &invite, &answer, SERVER);
    phone.receives(SERVER, &old);
    assert_eq!(phone.kinds(), ["200", "500"]);
}

#[test]
fn every_method_outside_of_dialogs_gets_the_answer_that_is_due() {
    let mut phone = Phone::registered(&[], &[]);
    let answers: Vec<(&str, Vec<String>)> = [
        "OPTIONS",
        "BYE",
        "CANCEL",
        "NOTIFY",
        "SUBSCRIBE",
        "REFER",
        "MESSAGE",
        "INFO",
        "UPDATE",
        "PRACK",
        "PUBLISH",
        "ACK",
    ]
    .into_iter()
    .map(|method| {
        let request = phone.request(method, SERVER, if method == "NOTIFY" { "Event: unheard-of\r\n" } else { "" });
        phone.receives(SERVER, &request);
        (method, phone.kinds())
    })
    .collect();
    let text: Vec<String> = answers.iter().map(|(method, kinds)| format!("{method} {}", kinds.join(" "))).collect();
    insta::assert_snapshot!(text.join("\n"), @r"
    OPTIONS 200
    BYE 481
    CANCEL 481
    NOTIFY 489
    SUBSCRIBE 489
    REFER 405
    MESSAGE 405
    INFO 481
    UPDATE 481
    PRACK 405
    PUBLISH 405
    ACK 
    ");
}

#[test]
fn a_dialled_call_is_challenged_rings_talks_and_is_hung_up() {
    let mut phone = Phone::registered(&[], &[]);
    phone.input(Input::Press(Key::Speaker));
    assert!(phone.status().off_hook);
    for digit in "5550100#".chars() {
        phone.input(Input::Press(Key::Pad(digit)));
    }
    let first = phone.take().remove(0);
    assert_eq!(first.message().uri().unwrap().to_string(), "sip:5550100@voiceip.com");
    let challenge = "Proxy-Authenticate: Digest realm=\"voiceip.com\", nonce=\"n\", qop=\"auth\"\r\n";
    phone.registrar_answers(&first, 407, challenge);
    let sent = phone.take();
    assert_eq!(sent.iter().map(Sent::kind).collect::<Vec<_>>(), ["ACK", "INVITE"]);
    let second = sent[1].clone();
    assert!(second.message().header("Proxy-Authorization").unwrap().contains("nc=00000001"));
    phone.receives(SERVER, &String::from_utf8(second.message().reply(180, "far").to_bytes()).unwrap());
    assert_eq!(states(&phone), [CallState::Ringback]);
    let accepted = second.message().reply(200, "far").with("Contact", format!("<sip:far@{SECOND}>"));
    let accepted = accepted.with("Record-Route", "<sip:192.0.2.10;lr>").with_body("application/sdp", OFFER);
    phone.receives(SERVER, &String::from_utf8(accepted.to_bytes()).unwrap());
    let ack = phone.take().remove(0);
    assert_eq!(ack.to, SERVER.parse().unwrap(), "the ACK follows the route set");
    assert_eq!(ack.message().uri().unwrap().to_string(), format!("sip:far@{SECOND}"));
    assert_eq!(ack.message().cseq().unwrap().number, second.message().cseq().unwrap().number);
    assert!(ack.message().header("Proxy-Authorization").is_some());
    phone.pass(100);
    assert_eq!((states(&phone), phone.rtp), (vec![CallState::Connected], 6));
    phone.input(Input::SoftKey("End Call".into()));
    let bye = phone.take().remove(0).message();
    assert!(bye.cseq().unwrap().number > second.message().cseq().unwrap().number);
    assert_eq!(history(&phone), [HistoryKind::Placed]);
}

#[test]
fn a_call_is_cancelled_only_after_a_provisional_response() {
    let mut phone = Phone::registered(&[], &[]);
    phone.input(Input::Dial("5550100".into()));
    let invite = phone.take().remove(0);
    phone.input(Input::Press(Key::Speaker));
    assert!(phone.take().is_empty() && phone.status().calls.is_empty());
    phone.receives(SERVER, &String::from_utf8(invite.message().reply(100, "").to_bytes()).unwrap());
    let cancel = phone.take().remove(0).message();
    assert_eq!(cancel.via().unwrap().branch(), invite.message().via().unwrap().branch());
    phone.receives(SERVER, &String::from_utf8(invite.message().reply(487, "far").to_bytes()).unwrap());
    assert_eq!(phone.kinds(), ["ACK"]);
    let left: Vec<Output> =
        phone.take_outputs().into_iter().filter(|it| matches!(it, Output::Unlisten { .. })).collect();
    assert_eq!(left.len(), 1, "the RTP port is given back");
}

#[test]
fn an_answer_that_comes_after_hanging_up_is_ended_at_once() {
    let mut phone = Phone::registered(&[], &[]);
    phone.input(Input::Dial("5550100".into()));
    let invite = phone.take().remove(0);
    phone.input(Input::Press(Key::Release));
    let accepted = invite
        .message()
        .reply(200, "far")
        .with("Contact", format!("<sip:far@{SERVER}>"))
        .with_body("application/sdp", OFFER);
    phone.receives(SERVER, &String::from_utf8(accepted.to_bytes()).unwrap());
    assert_eq!(phone.kinds(), ["ACK", "BYE"]);
    assert_eq!(phone.rtp, 0);
}

#[test]
fn a_call_without_offer_gets_ours_and_talks_when_the_ack_answers_it() {
    let mut phone = Phone::registered(&[], &[]);
    let invite = phone.invite("").replace("Content-Type: application/sdp\r\n", "");
    let invite = invite.replace(&format!("Content-Length: {}", OFFER.len()), "Content-Length: 0");
    let invite = invite.strip_suffix(OFFER).unwrap().to_owned();
    phone.receives(SERVER, &invite);
    phone.input(Input::SoftKey("Answer".into()));
    let answer = phone.take().pop().unwrap().message();
    assert!(String::from_utf8_lossy(&answer.body).contains("RTP/AVP 0 8 101"));
    phone.pass(100);
    assert_eq!(phone.rtp, 0, "nothing is known of where to send");
    let ack = phone.in_dialog("ACK", 1, &invite, &answer, SERVER).replace(
        "Content-Length: 0\r\n\r\n",
        &format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{OFFER}", OFFER.len()),
    );
    phone.receives(SERVER, &ack);
    phone.pass(100);
    assert_eq!(phone.rtp, 6);
}

#[test]
fn a_redirected_call_goes_where_the_contact_says() {
    let mut phone = Phone::registered(&[], &[]);
    phone.input(Input::Dial("5550100".into()));
    let first = phone.take().remove(0);
    let moved = first.message().reply(302, "r").with("Contact", format!("<sip:elsewhere@{SECOND}>"));
    phone.receives(SERVER, &String::from_utf8(moved.to_bytes()).unwrap());
    let second = phone.take().pop().unwrap();
    assert_eq!((second.kind().as_str(), second.to), ("INVITE", SECOND.parse().unwrap()));
    assert_eq!(second.message().uri().unwrap().to_string(), format!("sip:elsewhere@{SECOND}"));
    assert_eq!(second.message().cseq().unwrap().number, first.message().cseq().unwrap().number + 1);
    assert_eq!(states(&phone), [CallState::Dialing]);
}

#[test]
fn an_offer_that_cannot_be_spoken_is_refused_and_rings_nobody() {
    let mut phone = Phone::registered(&[], &[]);
    for (from, to, code) in
        [("RTP/AVP 0 8", "RTP/SAVP 0", "488"), ("application/sdp", "text/plain", "415"), ("v=0", "x=0", "488")]
    {
        let invite = phone.invite("").replace(from, to);
        let (head, body) = invite.split_once("\r\n\r\n").unwrap();
        let head =
            head.replace(&format!("Content-Length: {}", OFFER.len()), &format!("Content-Length: {}", body.len()));
        phone.receives(SERVER, &format!("{head}\r\n\r\n{body}"));
        assert_eq!(phone.kinds(), [code], "{to}");
    }
    assert!(phone.status().calls.is_empty());
}

#[test]
fn rtp_counts_when_it_comes_from_the_other_end() {
    let mut phone = Phone::registered(&[], &[]);
    phone.connected();
    let port = phone.take_outputs().into_iter().find_map(|output| match output {
        Output::Listen { listener: Listener::Udp, port } => Some(port),
        _ => None,
    });
    let port = port.unwrap();
    assert_eq!(port % 2, 0, "RTP has an even port");
    let packet = [&[0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1][..], &[0xff; 160]].concat();
    for from in ["192.0.2.10:4000", STRANGER] {
        phone.input(Input::Datagram { local_port: port, from: from.parse().unwrap(), bytes: packet.clone() });
    }
    let received = phone.agent.calls.values().next().unwrap().media.as_ref().unwrap().received();
    assert_eq!((received.packets, received.refused), (1, 0));
}
