#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod hello;
mod https;

use super::*;
use crate::defects::Defects;
use crate::profile::{Model, Profile, Release, Unknown};
use crate::random::Random;
use crate::settings::Store;
use crate::state::{Board, Command};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::UnboundedReceiver;

struct Phone {
    server: Server,
    at: SocketAddr,
    commands: UnboundedReceiver<Command>,
    _flash: tempfile::TempDir,
}

async fn phone() -> Phone {
    phone_under(None).await
}

async fn phone_under(tls: Option<Arc<ServerConfig>>) -> Phone {
    let flash = tempfile::tempdir().unwrap();
    let profile = Profile { model: Model::Cp7861, release: Release::DOCUMENT, unknown: Unknown::default() };
    let store = Store::open(flash.path(), &profile, Defects::NONE).unwrap();
    let (sender, commands) = tokio::sync::mpsc::unbounded_channel();
    let (board, random, unix_time) = (Board::default(), Random::seeded(1), Arc::new(|| 0));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let server = serve(listener, WebPhone { profile, store, board, commands: sender, random, unix_time }, tls);
    Phone { server, at, commands, _flash: flash }
}

/// Sends bytes and reads until the phone closes the connection.
async fn exchange(at: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(at).await.unwrap();
    // The phone may refuse and close before everything is sent.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

fn request(head: &str, body: &str) -> Vec<u8> {
    format!("{head} HTTP/1.1\r\nHost: phone\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_are_served_and_heads_have_no_body() {
    let phone = phone().await;
    let page = exchange(phone.at, &request("GET /admin/advanced", "")).await;
    assert_eq!(status(&page), "200");
    assert!(page.contains("cache-control: no-store") && page.ends_with("</html>\n"));
    let head = exchange(phone.at, &request("HEAD /admin/advanced", "")).await;
    assert!(head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"));
    let deleted = exchange(phone.at, &request("DELETE /admin/advanced", "")).await;
    assert_eq!(status(&deleted), "405");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_http_is_refused_and_the_next_client_is_served() {
    let phone = phone().await;
    // RFC 9112 §6.3: a message with both lengths is a smuggler's; and what is no request at all.
    let both = "POST /admin/bcisco.csc HTTP/1.1\r\nHost: phone\r\nConnection: close\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let swapped = both
        .replace("Content-Length: 5\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 5");
    let two = b"POST /admin/bcisco.csc HTTP/1.1\r\nHost: phone\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx";
    let broken: [&[u8]; 4] =
        [two, b"\0\0\0\0\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"];
    for bytes in broken {
        let mut stream = TcpStream::connect(phone.at).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer).await;
        assert!(answer.is_empty() || status(&answer).starts_with('4') || status(&answer).starts_with('5'), "{answer}");
    }
    for bytes in [both, &swapped] {
        assert_eq!(status(&exchange(phone.at, bytes.as_bytes()).await), "411");
    }
    assert_eq!(status(&exchange(phone.at, &request("GET /", "")).await), "200");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heads_and_bodies_have_a_limit() {
    let phone = phone().await;
    let long = format!("GET / HTTP/1.1\r\nHost: phone\r\nX: {}\r\n\r\n", "x".repeat(LARGEST_HEAD));
    assert_eq!(status(&exchange(phone.at, long.as_bytes()).await), "431");
    let many = format!("GET / HTTP/1.1\r\nHost: phone\r\n{}\r\n", "X: x\r\n".repeat(200));
    assert_eq!(status(&exchange(phone.at, many.as_bytes()).await), "431");
    let announced =
        format!("POST /admin/bcisco.csc HTTP/1.1\r\nHost: phone\r\nContent-Length: {}\r\n\r\n", LARGEST_BODY + 1);
    assert_eq!(status(&exchange(phone.at, announced.as_bytes()).await), "413");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_peer_has_so_many_connections_and_gets_them_back() {
    let phone = phone().await;
    let mut idle = Vec::new();
    for _ in 0..CONNECTIONS_OF_ONE_PEER {
        let mut stream = TcpStream::connect(phone.at).await.unwrap();
        stream.write_all(b"GET / HT").await.unwrap();
        idle.push(stream);
    }
    // Connections are taken in their order, so this one is over the limit: it is closed unanswered.
    assert_eq!(exchange(phone.at, &request("GET /", "")).await, "");
    idle.clear();
    // The phone notices the closed connections in its own time; each try waits for an answer, none for a clock.
    for _ in 0..10_000 {
        if status(&exchange(phone.at, &request("GET /", "")).await) == "200" {
            return;
        }
    }
    panic!("the places were not given back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_under_way_is_finished_when_the_server_stops() {
    let mut phone = phone().await;
    let mut stream = TcpStream::connect(phone.at).await.unwrap();
    let keep_alive = "POST /admin/bcisco.csc HTTP/1.1\r\nHost: phone\r\nContent-Length: 3\r\n\r\n1=1";
    stream.write_all(keep_alive.as_bytes()).await.unwrap();
    // The answer's first byte is there, so the request is under way or done.
    let mut first = [0];
    stream.read_exact(&mut first).await.unwrap();
    phone.server.stop().await;
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(rest.ends_with("</html>\n"), "{rest}");
    assert!(TcpStream::connect(phone.at).await.is_err(), "the socket is closed");
    assert!(phone.commands.try_recv().is_err(), "an unknown field changes nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_who_never_ends_his_request_does_not_hold_up_the_stop() {
    let phone = phone().await;
    let mut stream = TcpStream::connect(phone.at).await.unwrap();
    stream
        .write_all(b"POST /admin/bcisco.csc HTTP/1.1\r\nHost: phone\r\nContent-Length: 1000\r\n\r\n1=")
        .await
        .unwrap();
    // Served beside him.
    assert_eq!(status(&exchange(phone.at, &request("GET /", "")).await), "200");
    phone.server.stop().await;
}
