//! Connections with peers at hand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
mod tls;

use super::*;
use crate::defects::Defects;
use std::net::IpAddr;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const OUT: Connection = Connection::Outgoing(1);

fn streams() -> Streams {
    let trust = crate::boot::trust::tests::trust_in(std::path::Path::new("/nowhere"), Defects::NONE);
    let security = Security { trust, settings: Settings::default(), defects: Defects::NONE };
    Streams::new(Place { interface: "lo".into(), address: IpAddr::from([127, 0, 0, 1]) }, security)
}

async fn event(streams: &mut Streams) -> (Connection, StreamEvent) {
    loop {
        let news = streams.next().await;
        if let Some(event) = streams.take(news) {
            return event;
        }
    }
}

/// A connection of the phone to a peer that is at hand.
async fn connected(streams: &mut Streams) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    streams.connect(OUT, 0, listener.local_addr().unwrap(), None);
    let (peer, _) = listener.accept().await.unwrap();
    assert!(matches!(event(streams).await, (OUT, StreamEvent::Opened { .. })));
    peer
}

#[tokio::test]
async fn what_is_written_before_closing_arrives_and_no_event_follows() {
    let mut streams = streams();
    let mut peer = connected(&mut streams).await;
    // Unread octets of the peer must not turn the close into a reset.
    peer.write_all(b"unread").await.unwrap();
    streams.write(OUT, b"last ".to_vec());
    streams.write(OUT, b"words".to_vec());
    streams.close(OUT);
    let mut seen = String::new();
    peer.read_to_string(&mut seen).await.unwrap();
    assert_eq!(seen, "last words");
    drop(peer);
    // The next event is of the next connection of that name, not of the closed one.
    let mut peer = connected(&mut streams).await;
    peer.write_all(b"hello").await.unwrap();
    assert_eq!(event(&mut streams).await, (OUT, StreamEvent::Data(b"hello".to_vec())));
}

#[tokio::test]
async fn what_was_queued_before_the_connection_came_up_is_sent_then() {
    let mut streams = streams();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    streams.connect(OUT, 0, listener.local_addr().unwrap(), None);
    streams.write(OUT, b"early".to_vec());
    let (mut peer, _) = listener.accept().await.unwrap();
    let mut seen = [0; 5];
    peer.read_exact(&mut seen).await.unwrap();
    assert_eq!(&seen, b"early");
}

#[tokio::test]
async fn the_end_of_the_peer_and_a_refusal_are_told() {
    let mut streams = streams();
    drop(connected(&mut streams).await);
    assert_eq!(event(&mut streams).await, (OUT, StreamEvent::Closed));
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    streams.connect(OUT, 0, nobody, None);
    assert_eq!(event(&mut streams).await, (OUT, StreamEvent::Failed(NotConnected::Refused)));
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    streams.connect(OUT, taken.local_addr().unwrap().port(), nobody, None);
    assert_eq!(event(&mut streams).await, (OUT, StreamEvent::Failed(NotConnected::PortInUse)));
}

#[tokio::test]
async fn no_more_connections_are_accepted_than_there_is_room_for() {
    let mut streams = streams();
    let probe = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = probe.local_addr().unwrap().port();
    drop(probe);
    streams.listen(port).unwrap();
    let mut peers = Vec::new();
    for _ in 0..MOST_ACCEPTED {
        peers.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
        assert!(matches!(event(&mut streams).await, (Connection::Incoming(_), StreamEvent::Opened { .. })));
    }
    let mut surplus = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let news = streams.next().await;
    assert_eq!(streams.take(news), None);
    assert_eq!(surplus.read(&mut [0; 1]).await.unwrap(), 0);
    // One that ends makes room.
    drop(peers.pop());
    assert!(matches!(event(&mut streams).await, (Connection::Incoming(_), StreamEvent::Closed)));
    let _next = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    assert!(matches!(event(&mut streams).await, (Connection::Incoming(_), StreamEvent::Opened { .. })));
}

#[tokio::test]
async fn a_peer_that_does_not_read_is_given_up() {
    let mut streams = streams();
    let _peer = connected(&mut streams).await;
    let end = loop {
        streams.write(OUT, vec![0; 60_000]);
        tokio::select! {
            biased;
            event = event(&mut streams) => break event,
            () = tokio::task::yield_now() => {}
        }
    };
    assert_eq!(end, (OUT, StreamEvent::Closed));
}
