//! Defects of what is carried out and told: with each the behaviour that it names, without it the right one.

use super::*;
use serde_json::json;

const KEYS: &str = r#"{"Request-URI": "/api/Ui/v1/SendKey", "keys": ["Directories", "NavSelect"]}"#;
const SOFT_KEYS: &str = r#"{"Request-URI": "/api/Ui/v1/GetSoftKeys"}"#;
const SET: &str = r#"{"Request-URI": "/api/Config/v1/SetParams", "params": {"LDAP_Server": "ldaps://a.example", "LDAP_Password": "x"}}"#;
const GET: &str = r#"{"Request-URI": "/api/Config/v1/GetParams", "params": ["LDAP_Server", "LDAP_Password"]}"#;

#[tokio::test]
async fn what_is_not_allowed_is_refused_and_not_done() {
    for (defects, code) in [(&[][..], json!(403)), (&[Defect::ControlIgnoresAllowed], Value::Null)] {
        let mut bench = bench_of(Shape { allowed: "/api/Call/.*", defects, ..Shape::default() }).await;
        let mut socket = bench.accepted().await;
        assert_eq!(ask(&mut socket, KEYS).await["error"]["code"], code);
        // Whatever was done was done before the answer.
        assert_eq!(bench.done.try_recv().is_ok(), code.is_null());
    }
}

#[tokio::test]
async fn all_keys_are_pressed_and_with_the_defect_the_first() {
    for (defects, pressed) in [(&[][..], 2), (&[Defect::ControlFirstKeyOnly], 1)] {
        let mut bench = bench_with(defects).await;
        let mut socket = bench.accepted().await;
        assert_eq!(ask(&mut socket, KEYS).await["result"], json!({}));
        let done: Vec<_> = std::iter::from_fn(|| bench.done.try_recv().ok()).collect();
        assert_eq!(done.len(), pressed, "{done:?}");
        assert_eq!(done[0], Command::Press(Key::Directories));
    }
}

#[tokio::test]
async fn what_is_set_is_set_and_passwords_are_told_by_a_defect_alone() {
    for (defects, server, password) in [
        (&[][..], "ldaps://a.example", ""),
        (&[Defect::ControlForgetsSettings], "", ""),
        (&[Defect::ControlTellsPasswords], "ldaps://a.example", "x"),
    ] {
        let bench = bench_with(defects).await;
        let mut socket = bench.accepted().await;
        assert_eq!(ask(&mut socket, SET).await["result"], json!({}));
        let values = &ask(&mut socket, GET).await["result"]["paramvalues"];
        assert_eq!((&values["LDAP_Server"], &values["LDAP_Password"]), (&server.into(), &password.into()));
    }
}

/// The words of a request for a picture at this server.
fn picture_to(listener: &TcpListener) -> String {
    let url = format!("http://prov.example:{}/", listener.local_addr().unwrap().port());
    format!(r#"{{"Request-URI": "/api/Ui/v1/GetDeviceScreenshot", "url": "{url}"}}"#)
}

#[tokio::test]
async fn the_defect_sends_no_picture_and_says_that_it_did() {
    let bench = bench_with(&[Defect::ControlSendsNoPicture]).await;
    let mut socket = bench.accepted().await;
    let pictures = TcpListener::bind("127.0.0.1:0").await.unwrap();
    assert_eq!(ask(&mut socket, &picture_to(&pictures)).await["result"], json!({}));
    tokio::select! {
        biased;
        _ = pictures.accept() => panic!("it has connected"),
        () = std::future::ready(()) => {}
    }
}

#[tokio::test]
async fn a_request_waits_for_nobody_and_two_are_carried_out_by_a_defect_alone() {
    use tokio::io::AsyncWriteExt as _;
    for (defects, code) in [(&[][..], json!(409)), (&[Defect::ControlTwoAtOnce], Value::Null)] {
        let bench = bench_with(defects).await;
        let mut socket = bench.accepted().await;
        let pictures = TcpListener::bind("127.0.0.1:0").await.unwrap();
        socket.send(Message::text(picture_to(&pictures))).await.unwrap();
        // The first is being carried out for as long as its server does not answer.
        let (mut picture, _) = pictures.accept().await.unwrap();
        let second = ask(&mut socket, SOFT_KEYS).await;
        assert_eq!(second["error"]["code"], code, "{second}");
        picture.write_all(ok("").as_bytes()).await.unwrap();
        let first = heard(&mut socket).await;
        assert!(first["result"].is_object(), "{first}");
    }
}

#[tokio::test]
async fn a_call_is_told_and_with_the_defect_it_is_not() {
    let call = CallStatus {
        line: 1,
        state: CallState::Ringing,
        peer_name: "Ann".into(),
        peer_number: "1001".into(),
        incoming: true,
    };
    for (defects, events) in [(&[][..], 1), (&[Defect::ControlTellsNothing], 0)] {
        let bench = bench_with(defects).await;
        let mut socket = bench.connected().await;
        bench.board.change(|status| status.calls.push(call.clone()));
        let mut told = Vec::new();
        // A call is told at the latest when the board is looked at for what is asked next.
        while told.iter().filter(|kind| *kind == "response").count() < 3 || told.len() < 3 + events {
            if told.iter().filter(|kind| *kind == "response").count() < 3 {
                socket.send(Message::text(SOFT_KEYS)).await.unwrap();
            }
            told.push(heard(&mut socket).await["type"].as_str().unwrap().to_owned());
        }
        assert_eq!(told.iter().filter(|kind| *kind == "event").count(), events, "{told:?}");
    }
}
