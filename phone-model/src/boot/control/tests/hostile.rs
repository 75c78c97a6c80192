//! What a control server may not do (RFC 6455 §5, §7.1.7), on a connection that is there.

use super::*;
use crate::control::LONGEST_REQUEST;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const ASK: &str = r#"{"Request-URI": "/api/Ui/v1/GetSoftKeys"}"#;

/// Sends octets as they stand, frames and all.
async fn send(socket: &mut WebSocketStream<TcpStream>, octets: &[u8]) {
    socket.get_mut().write_all(octets).await.unwrap();
}

/// Whether the phone answers on this connection. When it does not, the connection has ended.
async fn is_served(socket: &mut WebSocketStream<TcpStream>) -> bool {
    // It may be gone already.
    let _ = socket.send(Message::text(ASK)).await;
    let answering = async {
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(_))) => return true,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return false,
            }
        }
    };
    tokio::time::timeout(GENEROUS, answering).await.expect("neither an answer nor an end")
}

const PING_OF_126: &[u8] = &{
    let mut ping = [0; 130];
    (ping[0], ping[1], ping[3]) = (0x89, 126, 126);
    ping
};

/// A frame, the clause that it breaks, and the defect that lets it pass.
const WRONG: &[(&[u8], &str, Option<Defect>)] = &[
    (&[0x81, 0x82, 0, 0, 0, 0, b'{', b'}'], "5.1: masked", Some(Defect::ControlTakesMasked)),
    (&[0xc1, 2, b'{', b'}'], "5.2: RSV1", Some(Defect::ControlTakesReservedBits)),
    (&[0xa1, 2, b'{', b'}'], "5.2: RSV2", Some(Defect::ControlTakesReservedBits)),
    (&[0x91, 2, b'{', b'}'], "5.2: RSV3", Some(Defect::ControlTakesReservedBits)),
    (&[0x81, 2, 0xc3, 0x28], "8.1: no UTF-8", Some(Defect::ControlTakesNoUtf8)),
    (&[0x83, 0], "5.2: a reserved opcode of data", None),
    (&[0x8b, 0], "5.2: a reserved opcode of control", None),
    (&[0x80, 0], "5.4: a continuation of nothing", None),
    (&[0x01, 1, b'{', 0x81, 1, b'}'], "5.4: a message inside another", None),
    (&[0x09, 0], "5.5: a ping in pieces", None),
    (PING_OF_126, "5.5: a ping of 126 octets", None),
    (&[0x88, 1, 3], "5.5.1: a status of one octet", None),
    (&[0x81, 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "10.4: without end", None),
];

#[tokio::test]
async fn what_breaks_the_protocol_ends_the_connection_and_the_phone_comes_back() {
    let bench = bench().await;
    for (octets, clause, _) in WRONG {
        let mut socket = bench.connected().await;
        send(&mut socket, octets).await;
        assert!(!is_served(&mut socket).await, "{clause}");
    }
    bench.connected().await;
}

#[tokio::test]
async fn a_defect_goes_on_behind_what_it_overlooks_and_behind_nothing_else() {
    for defect in [Defect::ControlTakesMasked, Defect::ControlTakesReservedBits, Defect::ControlTakesNoUtf8] {
        let bench = bench_with(&[defect]).await;
        for (octets, clause, overlooked) in WRONG {
            let mut socket = bench.connected().await;
            send(&mut socket, octets).await;
            assert_eq!(is_served(&mut socket).await, *overlooked == Some(defect), "{defect:?}, {clause}");
            drop(socket);
        }
    }
}

#[tokio::test]
async fn a_request_that_is_too_long_ends_the_connection() {
    let longest = |more: usize| "x".repeat(LONGEST_REQUEST + more);
    let bench = bench().await;
    let mut socket = bench.connected().await;
    assert_eq!(ask(&mut socket, &longest(0)).await["error"]["code"], 400, "it is read, and is no JSON");
    let _ = socket.send(Message::text(longest(1))).await;
    assert!(!is_served(&mut socket).await);
    let bench = bench_with(&[Defect::ControlTakesAnyLength]).await;
    let mut socket = bench.connected().await;
    assert_eq!(ask(&mut socket, &longest(1)).await["error"]["code"], 400);
    send(&mut socket, WRONG.last().unwrap().0).await;
    assert!(!is_served(&mut socket).await, "what has no end is not waited for");
}

#[tokio::test]
async fn a_server_that_is_silent_is_asked_for_a_sign_of_life_and_left() {
    let unknown = Unknown { control_silence_ms: 20, ..Shape::default().unknown };
    let bench = bench_of(Shape { unknown, ..Shape::default() }).await;
    let mut socket = bench.accepted().await;
    let mut said = Vec::new();
    // What is read below the WebSocket is not answered.
    let _ = tokio::time::timeout(GENEROUS, socket.get_mut().read_to_end(&mut said)).await.expect("it stays");
    assert_eq!(said.first(), Some(&0x89), "a ping");
    bench.accepted().await;
}

#[tokio::test]
async fn an_upgrade_that_is_not_answered_is_given_up_and_the_defect_waits_for_ever() {
    let unknown = || Unknown { control_answer_wait_ms: 1, ..Shape::default().unknown };
    let defects = &[Defect::ControlWaitsForEver];
    let patient = bench_of(Shape { defects, unknown: unknown(), ..Shape::default() }).await;
    let first = patient.arrived().await;
    let right = bench_of(Shape { unknown: unknown(), ..Shape::default() }).await;
    let mut left = Vec::new();
    for _ in 1..=4 {
        left.push(right.arrived().await);
    }
    // Meanwhile the other phone has made no second attempt, and its first is still good.
    assert!(!patient.has_arrived().await);
    let mut socket = accept_async(first).await.unwrap();
    assert!(is_served(&mut socket).await);
}
