#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod https;
mod login;

use super::*;
use crate::boot::trust::tests::trust_in;
use std::path::Path;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// A server that answers each connection with the next of these, and tells what it was asked.
pub(in crate::boot) async fn server(answers: Vec<String>) -> (SocketAddr, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let mut asked = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            asked.push(String::from_utf8(head).unwrap());
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        asked
    });
    (address, task)
}

/// A client on the loopback, with a resolver that knows one name.
pub(in crate::boot) fn client() -> Client {
    let (look_ups, mut asked) = mpsc::unbounded_channel::<(Query, oneshot::Sender<Answer>)>();
    tokio::spawn(async move {
        while let Some((query, answer)) = asked.recv().await {
            let known = query.name == "prov.example" || query.name == "127.0.0.1";
            let records = crate::ua::Records {
                addresses: vec![IpAddr::from([127, 0, 0, 1])],
                services: Vec::new(),
                pointers: Vec::new(),
                ttl: Duration::ZERO,
            };
            let _ = answer.send(if known { Ok(records) } else { Err(crate::ua::NotResolved::Failed) });
        }
    });
    let place = Place { interface: "lo".into(), address: IpAddr::from([127, 0, 0, 1]) };
    Client {
        place,
        user_agent: "Cisco-CP-7841-3PCC/11.2.3 (020000007841)".into(),
        look_ups,
        settings: Settings::default(),
        trust: trust_in(Path::new("/nowhere"), Defects::NONE),
        patience: tftp::Patience { interval: Duration::from_millis(200), tries: 2 },
        release: Release::DOCUMENT,
        defects: Defects::NONE,
        random: Arc::new(Mutex::new(Random::seeded(7))),
    }
}

pub(in crate::boot) fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn a_profile_is_fetched_with_the_user_agent_of_the_phone() {
    let (address, server) = server(vec![ok("<flat-profile/>")]).await;
    let url = format!("http://prov.example:{}/7841.xml?a=b", address.port());
    assert_eq!(client().fetch(&url).await.unwrap(), "<flat-profile/>");
    insta::assert_snapshot!(
        server.await.unwrap()[0].replace(&address.port().to_string(), "PORT").replace("\r\n", "\n").trim_end(),
        @r"
    GET /7841.xml?a=b HTTP/1.1
    host: prov.example:PORT
    user-agent: Cisco-CP-7841-3PCC/11.2.3 (020000007841)
    "
    );
}

#[tokio::test]
async fn redirections_are_followed_and_circles_end() {
    let moved = |to: &str| format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
    let (address, server) = server(vec![moved("/there"), ok("x")]).await;
    assert_eq!(client().fetch(&format!("http://{address}/here")).await.unwrap(), "x");
    assert!(server.await.unwrap()[1].starts_with("GET /there "));
    let (address, _server) = self::server(vec![moved("/again"); 10]).await;
    assert_eq!(client().fetch(&format!("http://{address}/")).await, Err(Failure::Redirects));
}

#[tokio::test]
async fn failures_are_told_by_their_kind() {
    for (answer, failure) in [
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", Failure::NotFound),
        ("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", Failure::Unauthorized(401)),
        ("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", Failure::Status(503)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", Failure::Transfer),
        ("nonsense\r\n\r\n", Failure::Transfer),
    ] {
        let (address, _server) = server(vec![answer.to_owned()]).await;
        assert_eq!(client().fetch(&format!("http://{address}/")).await, Err(failure));
    }
    let (address, _server) = server(vec![ok(&"x".repeat(LARGEST_PROFILE + 1))]).await;
    assert_eq!(client().fetch(&format!("http://{address}/")).await, Err(Failure::TooLarge));
    let unknown = client().fetch("http://unknown.example/").await;
    assert_eq!(unknown, Err(Failure::Resolve("unknown.example".into())));
    for url in ["", "prov.example/x", "http:///x", "http://a b/"] {
        assert!(matches!(client().fetch(url).await, Err(Failure::Url(_))), "{url}");
    }
}

/// A TFTP server for one download of a file that fits into a block.
async fn tftp_server(answer: &'static [u8]) -> (SocketAddr, tokio::task::JoinHandle<(Vec<u8>, SocketAddr, Vec<u8>)>) {
    let listening = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = listening.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let mut buffer = vec![0; 1000];
        let (length, from) = listening.recv_from(&mut buffer).await.unwrap();
        let request = buffer[..length].to_vec();
        let own = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        own.send_to(answer, from).await.unwrap();
        let acknowledged = match answer[1] {
            3 => own.recv_from(&mut buffer).await.unwrap().0,
            _ => 0,
        };
        (request, from, buffer[..acknowledged].to_vec())
    });
    (address, task)
}

#[tokio::test]
async fn a_file_comes_by_tftp_from_the_ports_of_the_release() {
    for (release, firewall) in [(Release::DOCUMENT, false), (Release::R11_3_1, true)] {
        let (address, server) = tftp_server(b"\0\x03\0\x01<flat-profile/>").await;
        let client = Client { release, ..client() };
        assert_eq!(client.fetch(&format!("tftp://{address}/a/b.xml")).await.unwrap(), "<flat-profile/>");
        let (request, from, acknowledged) = server.await.unwrap();
        assert!(request.starts_with(b"\0\x01/a/b.xml\0octet\0blksize\0"));
        assert_eq!(acknowledged, [0, 4, 0, 1]);
        assert_eq!((53_240..=53_245).contains(&from.port()), firewall);
    }
}

#[tokio::test]
async fn failures_of_tftp_are_told_by_their_kind() {
    let (address, _server) = tftp_server(b"\0\x05\0\x01no such file\0").await;
    let missing = client().fetch(&format!("tftp://{address}/x")).await.unwrap_err();
    assert!(missing.is_not_found() && missing.to_string() == "File not found");
    let silent = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let failure = client().fetch(&format!("tftp://{}/x", silent.local_addr().unwrap())).await.unwrap_err();
    assert!(failure.is_silence(), "{failure}");
}
