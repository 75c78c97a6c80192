//! Name servers, time servers, file servers.

use crate::{Patience, fill_in, messages};
use phone_model::defects::Defects;
use phone_model::net::{dns, ntp, tftp};
use phone_model::random::Random;
use phone_model::time::{Duration, Instant};
use phone_model::ua::{Query, RecordKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

/// Answers of a name server, for each kind of look-up. Zeros for the identifier stand for the right one.
pub fn dns(input: &[u8]) {
    for kind in [RecordKind::A, RecordKind::Aaaa, RecordKind::Srv] {
        let config =
            dns::Config { servers: vec![SERVER], search: Some("bench.example".into()), caching: true, parallel: false };
        let mut resolver = dns::Resolver::new(config, Random::seeded(53));
        let query = Query { name: "voiceip.com".into(), kind };
        let (mut now, mut asked, mut patience) = (Instant::ZERO, (0, [0; 2]), Patience::new());
        resolver.handle(dns::Input::Resolve(query.clone()), now);
        // Every server is asked three times, so that four deadlines end any look-up.
        for piece in messages(input).into_iter().map(Some).chain((0..4).map(|_| None)) {
            let due = loop {
                patience.spend();
                match resolver.poll() {
                    dns::Output::Ask { question, message, .. } => {
                        asked.0 = question;
                        asked.1.copy_from_slice(&message[..2]);
                    }
                    dns::Output::Wait(due) => break due,
                    dns::Output::Forget { .. } | dns::Output::Answer(..) => {}
                }
            };
            match piece.filter(|piece| !piece.is_empty()) {
                Some(piece) => {
                    let mut message = piece.to_vec();
                    fill_in(&mut message, 0, &asked.1);
                    resolver.handle(dns::Input::Reply { question: asked.0, message: &message }, now);
                }
                None => {
                    now = due.unwrap_or(now).max(now);
                    resolver.handle(dns::Input::Wake, now);
                }
            }
        }
        // What the cache made of it.
        resolver.handle(dns::Input::Resolve(query), now);
    }
}

/// Answers of a time server. Zeros for the originate timestamp stand for the right one.
pub fn ntp(input: &[u8]) {
    let timing = ntp::Timing {
        answer: Duration::from_secs(2),
        retry: Duration::from_secs(15),
        poll: Duration::from_secs(1024),
        shortest: Duration::from_secs(15),
    };
    let mut client = ntp::Client::new(timing, Random::seeded(123), Defects::NONE);
    let (mut now, mut asked, mut patience) = (Instant::ZERO, (0, [0; 8]), Patience::new());
    let servers = ["192.0.2.5".to_owned(), "192.0.2.6".to_owned()];
    client.handle(ntp::Input::Servers(&servers), now);
    for piece in messages(input).into_iter().map(Some).chain((0..10).map(|_| None)) {
        let due = loop {
            patience.spend();
            match client.poll() {
                ntp::Output::Ask { exchange, message, .. } => {
                    asked.0 = exchange;
                    asked.1.copy_from_slice(&message[40..48]);
                }
                ntp::Output::Event(ntp::Event::Told { time, .. }) => drop(time.unix_micros()),
                ntp::Output::Wait(due) => break due,
                ntp::Output::Resolve(_) | ntp::Output::Forget { .. } | ntp::Output::Event(_) => {}
            }
        };
        match piece.filter(|piece| !piece.is_empty()) {
            Some(piece) => {
                let mut message = piece.to_vec();
                fill_in(&mut message, 24, &asked.1);
                client.handle(ntp::Input::Reply { exchange: asked.0, message: &message }, now);
            }
            None => {
                now = due.unwrap_or(now).max(now);
                client.handle(ntp::Input::Wake, now);
            }
        }
    }
}

/// What a TFTP server sends, from the port of its first answer. An empty message lets time pass.
pub fn tftp(input: &[u8]) {
    const LARGEST: usize = 5000;
    let port = |port| SocketAddr::new(SERVER, port);
    let patience = tftp::Patience { interval: Duration::from_secs(4), tries: 4 };
    let mut now = Instant::ZERO;
    let mut download = tftp::Download::new(port(69), "/a.xml", LARGEST, patience, Defects::NONE, now);
    let mut patience = Patience::new();
    for piece in messages(input).into_iter().map(Some).chain((0..10).map(|_| None)) {
        let due = loop {
            patience.spend();
            match download.poll() {
                tftp::Output::Done(Ok(file)) => assert!(file.len() <= LARGEST),
                tftp::Output::Wait(due) => break due,
                tftp::Output::Closed => break now,
                tftp::Output::Send { .. } | tftp::Output::Done(Err(_)) => {}
            }
        };
        match piece.filter(|piece| !piece.is_empty()) {
            Some(bytes) => download.handle(tftp::Input::Datagram { from: port(2000), bytes }, now),
            None => {
                now = due.max(now);
                download.handle(tftp::Input::Wake, now);
            }
        }
    }
}
