#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::*;
use crate::state::{CallState, Command, Key};
use proptest::prelude::*;

fn call(line: u8, state: CallState, number: &str) -> CallStatus {
    CallStatus { line, state, peer_name: String::new(), peer_number: number.into(), incoming: true }
}

fn read(text: &str) -> Received {
    Session::new(&[], 1).received(text, &Allowed::of(".*"), 4)
}

fn done(text: &str) -> Call {
    match read(text) {
        Received::Do(call) => call,
        Received::Say(text) => panic!("{text}"),
    }
}

fn refused(text: &str) -> u64 {
    let Received::Say(text) = read(text) else { panic!("it was taken") };
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answer["type"], "response");
    answer["error"]["code"].as_u64().unwrap()
}

#[test]
fn the_requests_of_the_sdk_example_are_understood() {
    assert_eq!(
        done(r#"{"Request-URI": "/api/Config/v1/GetParams", "params": ["User_ID_1_"]}"#),
        Call::GetParams(vec!["User_ID_1_".into()])
    );
    assert_eq!(
        done(r#"{"Request-URI": "/api/Config/v1/SetParams", "params": {"DND_Setting": "No", "SIP_T1": 1}}"#),
        Call::SetParams(vec![("DND_Setting".into(), "No".into()), ("SIP_T1".into(), "1".into())])
    );
    assert_eq!(
        done(r#"{"Request-URI": "/api/Call/v1/Dial", "line": 2, "number": "1002"}"#),
        Call::Dial { line: 2, number: "1002".into() }
    );
    let target = calls::Target { line: 1, call: 0 };
    assert_eq!(done(r#"{"Request-URI": "/api/Call/v1/Answer", "line": 1, "callId": 0}"#), Call::Answer(target));
    assert_eq!(done(r#"{"Request-URI": "/api/Call/v1/Hangup"}"#), Call::Hangup(target));
    assert_eq!(
        done(r#"{"Request-URI": "/api/Ui/v1/GetDeviceScreenshot", "uploadMethod": "PUT", "url": "http://192.0.2.4/"}"#),
        Call::Screenshot { put: true, url: "http://192.0.2.4/".into() }
    );
    assert_eq!(done(r#"{"Request-URI": "/api/Serviceability/v1/GetStatusFile"}"#), Call::GetStatusFile);
}

#[test]
fn keys_go_by_the_names_of_key_uris() {
    assert_eq!(
        done(
            r#"{"Request-URI": "/api/Ui/v1/SendKey", "keys": ["Directories", "Key:NavDwn", "SoftKey:Search", "KeyPad2"]}"#
        ),
        Call::SendKey(vec![
            Command::Press(Key::Directories),
            Command::Press(Key::NavDown),
            Command::SoftKey("Search".into()),
            Command::Press(Key::Pad('2')),
        ])
    );
    assert_eq!(
        done(r#"{"Request-URI": "/api/Ui/v1/SendKey", "key": "Speaker"}"#),
        Call::SendKey(vec![Command::Press(Key::Speaker)])
    );
    for keys in [
        r#""key": "Nothing""#,
        r#""key": "Dial:1""#,
        r#""keys": []"#,
        r#""keys": [1]"#,
        r#""key": "Line9""#,
        "\"x\": 1",
    ] {
        assert_eq!(refused(&format!(r#"{{"Request-URI": "/api/Ui/v1/SendKey", {keys}}}"#)), 400, "{keys}");
    }
}

#[test]
fn what_is_no_request_is_told() {
    assert_eq!(refused("x"), 400);
    assert_eq!(refused("[]"), 400);
    assert_eq!(refused(r#"{"Request-URI": 7}"#), 400);
    assert_eq!(refused(r#"{"Request-URI": "/api/Nothing/v1/Get"}"#), 404);
    assert_eq!(refused(r#"{"Request-URI": "/api/Call/v1/Dial", "number": "a b"}"#), 400);
    assert_eq!(refused(r#"{"Request-URI": "/api/Call/v1/Dial", "line": 5, "number": "1"}"#), 400);
    assert_eq!(refused(r#"{"Request-URI": "/api/Config/v1/GetParams", "params": "x"}"#), 400);
    assert_eq!(refused(r#"{"Request-URI": "/api/Config/v1/SetParams", "params": {"a": []}}"#), 400);
}

#[test]
fn one_request_at_a_time_and_only_what_is_allowed() {
    let mut session = Session::new(&[], 1);
    let all = Allowed::of(".*");
    let metadata = r#"{"Request-URI": "/api/GetMetadata"}"#;
    assert_eq!(session.received(metadata, &all, 1), Received::Do(Call::GetMetadata));
    let Received::Say(busy) = session.received(metadata, &all, 1) else { panic!("it was taken") };
    assert!(busy.contains("409"), "{busy}");
    insta::assert_snapshot!(
        session.done(Ok(json!({ "a": 1 }))),
        @r#"{"Request-URI":"/api/GetMetadata","result":{"a":1},"type":"response"}"#
    );
    let Received::Say(no) = session.received(metadata, &Allowed::of("/api/Ui/.*"), 1) else { panic!("it was taken") };
    insta::assert_snapshot!(
        no,
        @r#"{"Request-URI":"/api/GetMetadata","error":{"code":403,"message":"Allowed APIs does not allow this"},"type":"response"}"#
    );
}

#[test]
fn a_call_is_told_from_its_first_ring_to_its_end() {
    let mut session = Session::new(&[], 1);
    let states = |events: Vec<String>| {
        let state = |event: &String| {
            let event: Value = serde_json::from_str(event).unwrap();
            assert_eq!((&event["type"], &event["name"]), (&json!("event"), &json!("/api/Call/v1/CallState")));
            format!("{} {} {}", event["params"]["line"], event["params"]["callId"], event["params"]["state"])
        };
        events.iter().map(state).collect::<Vec<_>>()
    };
    let ringing = call(1, CallState::Ringing, "1001");
    let talking = call(1, CallState::Connected, "1001");
    let other = call(1, CallState::Ringing, "1002");
    assert_eq!(states(session.changed(std::slice::from_ref(&ringing))), ["1 0 \"Ringing\""]);
    assert_eq!(states(session.changed(&[ringing])), [""; 0]);
    assert_eq!(states(session.changed(&[talking.clone(), other])), ["1 0 \"Connected\"", "1 1 \"Ringing\""]);
    assert_eq!(states(session.changed(&[talking])), ["1 1 \"Idle\""]);
    assert_eq!(states(session.changed(&[])), ["1 0 \"Idle\""]);
}

#[test]
fn calls_are_answered_and_ended_by_the_keys_of_a_person() {
    let target = |line, call| calls::Target { line, call };
    let calls =
        [call(2, CallState::Holding, "1"), call(2, CallState::Ringing, "2"), call(1, CallState::Connected, "3")];
    assert_eq!(target(2, 1).answer(&calls), Ok(Command::Press(Key::Line(2))));
    assert_eq!(target(2, 0).answer(&calls).unwrap_err().code, 409);
    assert_eq!(target(2, 2).answer(&calls).unwrap_err().code, 404);
    assert_eq!(target(1, 0).hang_up(&calls), Ok(Command::Press(Key::Release)));
    assert_eq!(target(2, 1).hang_up(&calls), Ok(Command::SoftKey("Decline".into())));
    assert_eq!(target(2, 0).hang_up(&calls).unwrap_err().code, 409);
}

#[test]
fn the_metadata_list_every_call() {
    let list = metadata("CP-7841-3PCC", "12.0.7");
    assert_eq!(list["openapi"], "3.0.0");
    for path in list["paths"].as_object().unwrap().keys().filter(|path| !path.ends_with("Subscribe")) {
        let Received::Say(answer) = read(&format!(r#"{{"Request-URI": "{path}"}}"#)) else { continue };
        assert!(answer.contains("\"code\":400"), "{path} is known: {answer}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[{}\\[\\]\":,a-zA-Z0-9/]{0,80}") {
        let _ = read(&text);
    }
}
