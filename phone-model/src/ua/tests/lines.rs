use super::*;
use crate::state::RebootReason;

#[test]
fn each_configured_line_listens_at_its_port_and_registers() {
    let second = [("User_ID_2_", "1002"), ("Proxy_2_", "voiceip.com"), ("SIP_Port_2_", "5070")];
    let mut phone = Phone::new(&[ACCOUNT, &second].concat(), &[]);
    phone.input(Input::Wake);
    assert_eq!(phone.kinds(), ["REGISTER", "REGISTER"]);
    let ports: Vec<Output> = phone.take_outputs();
    assert_eq!(ports, [5_060, 5_070].map(|port| Output::Listen { listener: Listener::Udp, port }));
    phone.set("User_ID_2_", "");
    assert!(phone.take_outputs().is_empty(), "the port stays until the registrar has answered");
    phone.pass(40_000);
    let given_back: Vec<Output> =
        phone.take_outputs().into_iter().filter(|output| *output != Output::Unanswered).collect();
    assert_eq!(given_back, [Output::Unlisten { listener: Listener::Udp, port: 5_070 }]);
}

#[test]
fn a_call_goes_to_the_line_that_its_uri_names() {
    let mut phone = Phone::registered(&[("User_ID_2_", "1002"), ("Proxy_2_", "voiceip.com")], &[]);
    let invite = phone.invite("").replace("INVITE sip:1001@", "INVITE sip:1002@");
    phone.receives_at(5_061, SERVER, &invite);
    assert_eq!(phone.status().calls[0].line, 2);
    phone.take();
    let nobody = phone.invite("").replace("INVITE sip:1001@", "INVITE sip:9999@");
    phone.receives(SERVER, &nobody);
    assert_eq!(phone.kinds(), ["404"]);
}

#[test]
fn the_second_way_of_one_request_is_merged() {
    let mut phone = Phone::registered(&[], &[]);
    let invite = phone.invite("");
    phone.receives(SERVER, &invite);
    phone.take();
    phone.receives(SERVER, &invite.replace("branch=z9hG4bK-1", "branch=z9hG4bK-other"));
    assert_eq!(phone.kinds(), ["482"]);
    phone.receives(SERVER, &invite);
    assert_eq!(phone.kinds(), ["180"], "a retransmission gets the last answer again");
}

#[test]
fn a_notify_is_challenged_and_obeyed_with_credentials() {
    let mut phone = Phone::registered(&[], &[]);
    let notify = phone.request("NOTIFY", SERVER, "Event: resync\r\n");
    phone.receives(SERVER, &notify);
    let refused = phone.take().remove(0).message();
    assert_eq!(refused.code(), Some(401));
    let line = super::challenge::authorization(&refused, "NOTIFY", "1001", "secret");
    let notify = phone.request("NOTIFY", SERVER, &format!("Event: resync\r\nAuthorization: {line}\r\n"));
    phone.receives(SERVER, &notify);
    assert_eq!(phone.kinds(), ["200"]);
    assert_eq!(phone.take_outputs(), [Output::Resync(None)]);
}

#[test]
fn a_notify_needs_no_credentials_when_auth_resync_reboot_is_off() {
    let mut phone = Phone::registered(&[("Auth_Resync-Reboot_1_", "No")], &[]);
    for (event, output) in [
        ("resync", Output::Resync(None)),
        ("reboot", Output::Reboot(RebootReason::SipTriggered)),
        ("restart", Output::Reboot(RebootReason::SipTriggered)),
        ("report", Output::Report),
    ] {
        let notify = phone.request("NOTIFY", SERVER, &format!("Event: {event}\r\n"));
        phone.receives(SERVER, &notify);
        assert_eq!((phone.kinds(), phone.take_outputs()), (vec!["200".to_owned()], vec![output]));
    }
}
