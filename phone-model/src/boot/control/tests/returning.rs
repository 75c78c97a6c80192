//! Which server the phone is connected to after a loss and after another setting, and when it comes back.

use super::*;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

/// Longer than a test lasts.
const HOUR_MS: u64 = 3_600_000;

impl Bench {
    /// The next WebSocket and the path that was asked for, when the phone knows that it is there.
    #[allow(clippy::result_large_err, reason = "the library wants a refusal to be a whole response")]
    async fn asked(&self) -> (WebSocketStream<TcpStream>, String) {
        let mut path = String::new();
        let note = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
            path = request.uri().path().to_owned();
            Ok(response)
        };
        let mut socket = accept_hdr_async(self.arrived().await, note).await.unwrap();
        ask(&mut socket, r#"{"Request-URI": "/api/Ui/v1/GetSoftKeys"}"#).await;
        (socket, path)
    }

    fn tell(&self, path: &str) {
        let port = self.listener.local_addr().unwrap().port();
        self.service.configure(&settings("ws", port, path, ".*"));
    }
}

/// Where a phone is connected that has lost its connection, and knows it, and may be told of another server then.
async fn after_a_loss(defects: &[Defect], pause_ms: u64, told: bool) -> String {
    let unknown = Unknown { control_retry_ms: pause_ms, control_retry_longest_ms: pause_ms, ..Unknown::default() };
    let mut bench = bench_of(Shape { defects, unknown, ..Shape::default() }).await;
    let (socket, path) = bench.asked().await;
    assert_eq!(path, "/sdk");
    drop(socket);
    bench.logs("lost").await;
    if told {
        bench.tell("other");
    }
    bench.asked().await.1
}

#[tokio::test]
async fn a_lost_connection_is_made_anew_after_a_pause_and_not_before() {
    assert_eq!(after_a_loss(&[], 10, false).await, "/sdk");
    // It still rests when another setting ends the pause.
    assert_eq!(after_a_loss(&[], HOUR_MS, true).await, "/other");
    assert_eq!(after_a_loss(&[Defect::ControlReturnsWithoutRest], HOUR_MS, false).await, "/sdk");
    assert_eq!(after_a_loss(&[Defect::ControlNeverReturns], 10, true).await, "/other");
}

#[tokio::test]
async fn pauses_grow_to_the_longest_and_begin_anew_after_a_connection() {
    let unknown = Unknown { control_retry_ms: 10, control_retry_longest_ms: 40, ..Unknown::default() };
    let bench = bench_of(Shape { unknown, ..Shape::default() }).await;
    let mut times = Vec::new();
    for _ in 1..=5 {
        drop(bench.arrived().await);
        times.push(std::time::Instant::now());
    }
    // 10, 20, 40 and 40 ms, each from a loss that comes after the time that is noted; a busy machine makes them longer, never shorter.
    let since = |place: usize| times[4].duration_since(times[place]).as_millis();
    assert!(since(3) >= 35 && since(2) >= 75 && since(1) >= 95, "{times:?}");
    bench.connected().await;
}

#[tokio::test]
async fn another_setting_is_another_connection_and_the_defect_stays() {
    for defects in [&[][..], &[Defect::ControlStays]] {
        let bench = bench_with(defects).await;
        let (mut socket, _) = bench.asked().await;
        bench.tell("other");
        if defects.is_empty() {
            drop(socket);
            assert_eq!(bench.asked().await.1, "/other");
        } else {
            // It is served as before, on the connection that it had.
            ask(&mut socket, r#"{"Request-URI": "/api/Ui/v1/GetSoftKeys"}"#).await;
            assert!(!bench.has_arrived().await);
            drop(socket);
            bench.asked().await;
        }
    }
}
