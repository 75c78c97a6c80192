use super::*;
use crate::state::Registration::{NotRegistered, Registered};

fn challenge(stale: bool, nonce: &str) -> String {
    format!(
        "WWW-Authenticate: Digest realm=\"voiceip.com\", nonce=\"{nonce}\", qop=\"auth\", algorithm=MD5{}\r\n",
        if stale { ", stale=true" } else { "" }
    )
}

#[test]
fn the_first_register_names_the_domain_the_account_and_the_contact() {
    let mut phone = Phone::new(ACCOUNT, &[]);
    phone.input(Input::Wake);
    let sent = phone.take();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].to, SERVER.parse().unwrap());
    let register = sent[0].message();
    assert_eq!(register.uri().unwrap().to_string(), "sip:voiceip.com");
    assert_eq!(register.header("To"), Some("\"Reception\" <sip:1001@voiceip.com>"));
    assert_eq!(register.header("Contact"), Some("\"Reception\" <sip:1001@192.0.2.100:5060>;expires=3600"));
    assert_eq!(register.header("User-Agent"), Some("Cisco-CP-7841-3PCC/11.2.3_020000000001"));
    assert_eq!((register.header("Max-Forwards"), register.header("Expires")), (Some("70"), Some("3600")));
}

#[test]
fn the_binding_is_refreshed_before_the_granted_time_with_the_next_number() {
    let mut phone = Phone::new(ACCOUNT, &[]);
    phone.input(Input::Wake);
    let first = phone.take().remove(0);
    let mut answer = first.message().reply(200, "r");
    answer.push("Contact", "<sip:1001@192.0.2.100:5060>;expires=200");
    answer.push("Contact", "<sip:1001@192.0.2.77:5060>;expires=9");
    phone.receives(SERVER, &String::from_utf8(answer.to_bytes()).unwrap());
    let line = &phone.status().lines[0];
    assert_eq!((line.registration, line.last_registration_at), (Registered, Some(1_700_000_005)));
    assert_eq!(line.next_registration_in, Some(140));
    phone.until(144_999);
    assert!(phone.take().is_empty());
    phone.until(145_000);
    let second = phone.take().remove(0).message();
    assert_eq!(second.call_id(), first.message().call_id());
    assert_eq!(second.cseq().unwrap().number, first.message().cseq().unwrap().number + 1);
    assert_eq!(phone.status().lines[0].registration, Registered, "the old binding holds meanwhile");
}

#[test]
fn a_challenge_is_answered_once_and_a_stale_one_again() {
    let mut phone = Phone::new(ACCOUNT, &[]);
    phone.input(Input::Wake);
    let first = phone.take().remove(0);
    phone.registrar_answers(&first, 401, &challenge(false, "n1"));
    let second = phone.take().into_iter().find(|sent| sent.kind() == "REGISTER").unwrap();
    let line = second.message().header("Authorization").unwrap().to_owned();
    assert!(
        line.contains("username=\"1001\"") && line.contains("uri=\"sip:voiceip.com\"") && line.contains("nc=00000001")
    );
    assert_eq!(second.message().cseq().unwrap().number, 2);
    assert_eq!(second.message().from_tag(), first.message().from_tag());
    phone.registrar_answers(&second, 401, &challenge(true, "n2"));
    let third = phone.take().into_iter().find(|sent| sent.kind() == "REGISTER").unwrap();
    assert!(third.message().header("Authorization").unwrap().contains("nonce=\"n2\""));
    phone.registrar_answers(&third, 401, &challenge(false, "n3"));
    phone.pass(60_000);
    assert!(phone.take().is_empty(), "refused credentials are not tried again");
    assert_eq!(phone.status().lines[0].registration, NotRegistered);
    phone.pass(1_200_000);
    assert_eq!(phone.take()[0].kind(), "REGISTER");
}

#[test]
fn the_digest_follows_from_the_password_unless_the_defect_makes_it_wrong() {
    let response = |defects: &[Defect]| {
        let mut phone = Phone::new(ACCOUNT, defects);
        phone.input(Input::Wake);
        let first = phone.take().remove(0);
        phone.registrar_answers(&first, 401, "WWW-Authenticate: Digest realm=\"voiceip.com\", nonce=\"n\"\r\n");
        let second = phone.take().into_iter().find(|sent| sent.kind() == "REGISTER").unwrap().message();
        second.header("Authorization").unwrap().to_owned()
    };
    // MD5(MD5("1001:voiceip.com:secret"):n:MD5("REGISTER:sip:voiceip.com")), by hand.
    let right = crate::sip::digest::response(&crate::sip::digest::Inputs {
        algorithm: crate::sip::digest::Algorithm::Md5,
        username: "1001",
        realm: "voiceip.com",
        password: "secret",
        method: "REGISTER",
        uri: "sip:voiceip.com",
        nonce: "n",
        cnonce: "",
        qop: None,
        body: b"",
    });
    assert!(response(&[]).contains(&right));
    assert!(!response(&[Defect::RegisterWrongDigest]).contains(&right));
}

#[test]
fn a_longer_interval_is_asked_for_when_the_registrar_wants_one() {
    let mut phone = Phone::new(&[ACCOUNT, &[("Register_Expires_1_", "60")]].concat(), &[]);
    phone.input(Input::Wake);
    let first = phone.take().remove(0);
    phone.registrar_answers(&first, 423, "Min-Expires: 600\r\n");
    let second = phone.take().remove(0).message();
    assert_eq!(second.header("Expires"), Some("600"));
}

#[test]
fn a_mute_registrar_is_tried_again_after_the_retry_interval() {
    let mut phone = Phone::new(ACCOUNT, &[]);
    phone.input(Input::Wake);
    phone.until(20_999);
    let times: Vec<u64> = phone.take().iter().map(|sent| sent.at.as_micros() / 1_000).collect();
    assert_eq!(times, [5_000, 5_500, 6_500, 8_500, 12_500, 16_500, 20_500]);
    // Timer F: 16 s; Reg Retry Intvl: 30 s.
    phone.until(50_999);
    assert!(phone.take().is_empty());
    phone.until(51_000);
    assert_eq!(phone.kinds(), ["REGISTER"]);
}

#[test]
fn a_phone_that_is_switched_off_ends_its_binding() {
    let mut phone = Phone::registered(&[], &[]);
    phone.input(Input::Shutdown);
    let last = phone.take().remove(0);
    assert_eq!(last.message().header("Expires"), Some("0"));
    assert!(!phone.outputs.contains(&Output::Stopped));
    phone.registrar_answers(&last, 200, "");
    assert!(phone.outputs.contains(&Output::Stopped));
}

#[test]
fn a_phone_that_is_switched_off_does_not_wait_for_a_mute_registrar() {
    let mut phone = Phone::registered(&[], &[]);
    phone.input(Input::Shutdown);
    phone.pass(1_999);
    assert!(!phone.outputs.contains(&Output::Stopped));
    phone.pass(1);
    assert!(phone.outputs.contains(&Output::Stopped));
}

#[test]
fn a_changed_account_leaves_the_old_binding_and_registers_anew() {
    let mut phone = Phone::registered(&[], &[]);
    phone.set("User_ID_1_", "1002");
    let leaving = phone.take();
    assert_eq!(leaving.len(), 1);
    assert!(leaving[0].message().header("To").unwrap().contains("1001"));
    phone.registrar_answers(&leaving[0], 200, "");
    let joining = phone.take().remove(0).message();
    assert!(joining.header("To").unwrap().contains("1002") && joining.header("Expires") == Some("3600"));
}

#[test]
fn from_release_11_3_1_a_proxy_that_is_not_listed_is_not_registered_with() {
    let list = [ACCOUNT, &[("Restricted_Access_Domains", "voiceip1.com")]].concat();
    let mut phone = Phone::of_release(Release::R11_3_1, &list, &[]);
    phone.input(Input::Wake);
    assert!(phone.take().is_empty());
    phone.set("Restricted_Access_Domains", "voiceip1.com, VoiceIP.com");
    assert_eq!(phone.kinds(), ["REGISTER"]);
}

#[test]
fn a_request_without_any_response_is_told_once_after_the_timeout_on_renewal() {
    let mut phone = Phone::new(ACCOUNT, &[]);
    phone.input(Input::Wake);
    phone.until(20_999);
    assert!(!phone.take_outputs().contains(&Output::Unanswered));
    phone.until(21_000);
    assert!(phone.take_outputs().contains(&Output::Unanswered), "16 s after the first copy, at 5 s");
    phone.until(30_000);
    assert!(!phone.take_outputs().contains(&Output::Unanswered));
}

#[test]
fn a_phone_with_the_defect_tells_of_a_request_that_was_answered() {
    let mut phone = Phone::new(ACCOUNT, &[Defect::DhcpAsksThoughAnswered]);
    phone.input(Input::Wake);
    let register = phone.take().remove(0);
    phone.registrar_answers(&register, 200, "");
    phone.until(21_000);
    assert!(phone.take_outputs().contains(&Output::Unanswered));
}

#[test]
fn a_request_that_is_answered_even_provisionally_is_not_told() {
    let mut phone = Phone::new(ACCOUNT, &[]);
    phone.input(Input::Wake);
    let register = phone.take().remove(0);
    phone.registrar_answers(&register, 100, "");
    phone.until(60_000);
    assert!(!phone.take_outputs().contains(&Output::Unanswered));
}
