//! A phone and a control server with real sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod defects;
mod hostile;
mod returning;
mod wss;

use super::*;
use crate::boot::log::Line;
use crate::boot::provisioning::tests::{client, ok, server};
use crate::boot::serial::Serial;
use crate::boot::trust::tests::{Authority, trust_in};
use crate::profile::{Model, Release, Unknown};
use crate::state::{CallState, CallStatus, Command, Key};
use serde_json::Value;
use std::collections::BTreeMap;
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::accept_async;

/// For something that happens at once, on a machine that has much to do.
const GENEROUS: std::time::Duration = std::time::Duration::from_secs(60);

/// A phone, and what it is told.
struct Shape<'s> {
    scheme: &'s str,
    allowed: &'s str,
    defects: &'s [Defect],
    trusted: Option<&'s Authority>,
    unknown: Unknown,
}

impl Default for Shape<'_> {
    /// A server in clear that may do everything, and a phone that behaves and comes back soon.
    fn default() -> Self {
        let unknown = Unknown { control_retry_ms: 10, control_retry_longest_ms: 40, ..Unknown::default() };
        Shape { scheme: "ws", allowed: ".*", defects: &[], trusted: None, unknown }
    }
}

/// A phone whose commands are done as soon as they are given, and noted.
struct Bench {
    service: ControlService,
    listener: TcpListener,
    board: Board,
    done: mpsc::UnboundedReceiver<Command>,
    lines: mpsc::Receiver<Line>,
    _flash: TempDir,
}

async fn bench() -> Bench {
    bench_of(Shape::default()).await
}

async fn bench_with(defects: &[Defect]) -> Bench {
    bench_of(Shape { defects, ..Shape::default() }).await
}

async fn bench_of(shape: Shape<'_>) -> Bench {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let flash = TempDir::new().unwrap();
    let profile = Profile { model: Model::Cp7841, release: Release::new(12, 0, 2), unknown: shape.unknown };
    let board = Board::default();
    let (commands, mut given) = mpsc::unbounded_channel();
    let (note, done) = mpsc::unbounded_channel();
    let marks = board.clone();
    tokio::spawn(async move {
        while let Some(command) = given.recv().await {
            match command {
                Command::Mark(mark) => marks.reach(mark),
                other => _ = note.send(other),
            }
        }
    });
    let defects = Defects::of(shape.defects.iter().copied());
    let trust = trust_in(flash.path(), defects.clone());
    shape.trusted.map(|authority| trust.install(authority.pem.as_bytes()).unwrap());
    let asking = Client { trust: trust.clone(), ..client() };
    let dialer = Dialer { place: asking.place.clone(), look_ups: asking.look_ups.clone(), trust };
    let wall = TimeOfDay::default();
    let (log, lines) = Log::new(Serial::make().unwrap().0, wall.clone());
    let store = Store::open(flash.path(), &profile, defects.clone()).unwrap();
    let phone = ControlPhone {
        profile,
        defects,
        store,
        board: board.clone(),
        commands,
        client: asking,
        dialer,
        wall,
        clock: Clock::start(),
        log,
    };
    let (sender, receiver) = watch::channel(settings(shape.scheme, port, "sdk", shape.allowed));
    let service = ControlService { settings: sender, _task: Task::spawn(phone.run(receiver)) };
    Bench { service, listener, board, done, lines, _flash: flash }
}

fn settings(scheme: &str, port: u16, path: &str, allowed: &str) -> Settings {
    let url = format!("{scheme}://prov.example:{port}/{path}");
    let values = [("Control_Server_URL", url), ("Allowed_APIs", allowed.to_owned())];
    Settings::of(values.map(|(name, value)| (name.to_owned(), value)).into_iter().collect::<BTreeMap<_, _>>())
}

impl Bench {
    /// The next connection, of which nothing is read yet.
    async fn arrived(&self) -> TcpStream {
        tokio::time::timeout(GENEROUS, self.listener.accept()).await.expect("no connection").unwrap().0
    }

    async fn accepted(&self) -> WebSocketStream<TcpStream> {
        accept_async(self.arrived().await).await.unwrap()
    }

    /// Whether a connection waits to be accepted, now.
    async fn has_arrived(&self) -> bool {
        tokio::select! {
            biased;
            _ = self.listener.accept() => true,
            () = std::future::ready(()) => false,
        }
    }

    /// The phone has written this in its log.
    async fn logs(&mut self, words: &str) {
        let written = async { while !self.lines.recv().await.unwrap().text.contains(words) {} };
        tokio::time::timeout(GENEROUS, written).await.expect("it is not in the log");
    }

    /// Accepted, and the phone knows it.
    async fn connected(&self) -> WebSocketStream<TcpStream> {
        let mut socket = self.accepted().await;
        ask(&mut socket, r#"{"Request-URI": "/api/Ui/v1/GetSoftKeys"}"#).await;
        socket
    }
}

async fn heard(socket: &mut WebSocketStream<TcpStream>) -> Value {
    loop {
        match socket.next().await.unwrap().unwrap() {
            Message::Text(text) => return serde_json::from_str(text.as_str()).unwrap(),
            _ => continue,
        }
    }
}

async fn ask(socket: &mut WebSocketStream<TcpStream>, request: &str) -> Value {
    socket.send(Message::text(request)).await.unwrap();
    heard(socket).await
}

#[tokio::test]
async fn settings_are_read_and_changed() {
    let mut bench = bench().await;
    let mut socket = bench.accepted().await;
    let set = r#"{"Request-URI": "/api/Config/v1/SetParams", "params": {"LDAP_Server": "ldaps://a.example", "LDAP_Password": "x"}}"#;
    assert_eq!(ask(&mut socket, set).await["result"], serde_json::json!({}));
    assert!(matches!(bench.done.recv().await, Some(Command::Apply(names)) if names.len() == 2));
    let get = r#"{"Request-URI": "/api/Config/v1/GetParams", "params": ["LDAP_Server", "LDAP_Password"]}"#;
    let values = &ask(&mut socket, get).await["result"]["paramvalues"];
    assert_eq!((&values["LDAP_Server"], &values["LDAP_Password"]), (&"ldaps://a.example".into(), &"".into()));
    let wrong = r#"{"Request-URI": "/api/Config/v1/SetParams", "params": {"LDAP_Server": "https://a.example"}}"#;
    let answer = ask(&mut socket, wrong).await;
    assert_eq!(answer["error"]["code"], 400);
    assert!(answer["error"]["message"].as_str().unwrap().starts_with("Server is not a server"), "{answer}");
}

#[tokio::test]
async fn keys_are_done_before_they_are_answered_and_calls_are_told() {
    let mut bench = bench().await;
    let mut socket = bench.accepted().await;
    let keys = r#"{"Request-URI": "/api/Ui/v1/SendKey", "keys": ["Directories", "NavSelect"]}"#;
    assert_eq!(ask(&mut socket, keys).await["type"], "response");
    assert_eq!(bench.done.try_recv(), Ok(Command::Press(Key::Directories)));
    assert_eq!(bench.done.try_recv(), Ok(Command::Press(Key::NavSelect)));
    let keys = ask(&mut socket, r#"{"Request-URI": "/api/Ui/v1/GetSoftKeys"}"#).await;
    assert_eq!(keys["result"]["softkeys"][3]["label"], "Directory");
    let call = CallStatus {
        line: 1,
        state: CallState::Ringing,
        peer_name: "Ann".into(),
        peer_number: "1001".into(),
        incoming: true,
    };
    bench.board.change(|status| status.calls.push(call));
    assert_eq!(heard(&mut socket).await["params"]["state"], "Ringing");
    ask(&mut socket, r#"{"Request-URI": "/api/Call/v1/Answer", "line": 1, "callId": 0}"#).await;
    assert_eq!(bench.done.recv().await, Some(Command::Press(Key::Line(1))));
}

#[tokio::test]
async fn the_screen_goes_where_it_is_wanted() {
    let bench = bench().await;
    let mut socket = bench.accepted().await;
    let (address, files) = server(vec![ok("")]).await;
    let url = format!("http://prov.example:{}/screen.bmp", address.port());
    let request =
        format!(r#"{{"Request-URI": "/api/Ui/v1/GetDeviceScreenshot", "uploadMethod": "PUT", "url": "{url}"}}"#);
    assert_eq!(ask(&mut socket, &request).await["result"], serde_json::json!({}));
    let head = files.await.unwrap()[0].clone();
    assert!(head.starts_with("PUT /screen.bmp HTTP/1.1\r\n") && head.contains("image/bmp"), "{head}");
    let status = ask(&mut socket, r#"{"Request-URI": "/api/Serviceability/v1/GetStatusFile"}"#).await;
    assert!(status["result"]["status"].as_str().unwrap().contains("<Product_Name>CP-7841-3PCC</Product_Name>"));
}

#[tokio::test]
async fn the_answer_comes_before_the_restart_and_a_lost_connection_comes_back() {
    let mut bench = bench().await;
    let mut socket = bench.accepted().await;
    ask(&mut socket, r#"{"Request-URI": "/api/Serviceability/v1/RebootDevice"}"#).await;
    assert!(matches!(bench.done.recv().await, Some(Command::Reboot(_))));
    drop(socket);
    let mut socket = bench.connected().await;
    // A server that is another is another connection; none is none.
    let port = bench.listener.local_addr().unwrap().port();
    let other = [("Control_Server_URL".to_owned(), format!("ws://127.0.0.1:{port}/"))];
    bench.service.configure(&Settings::of(other.into_iter().collect()));
    assert!(matches!(socket.next().await, Some(Ok(Message::Close(_)))));
    let mut socket = bench.connected().await;
    bench.service.configure(&Settings::default());
    assert!(matches!(socket.next().await, Some(Ok(Message::Close(_)))));
}
