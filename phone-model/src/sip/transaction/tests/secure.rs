//! Connections under TLS: each is one line's, and never one of TCP.

use super::*;
use crate::sip::transaction::Target;
use std::net::SocketAddr;

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// The connections that were asked for.
fn connects(line: &Line) -> Vec<(ConnId, Transport, SocketAddr)> {
    let connect = |(_, output): &(u64, Output)| match output {
        Output::Connect { conn, transport, local, .. } => Some((*conn, *transport, *local)),
        _ => None,
    };
    line.log.iter().filter_map(connect).collect()
}

fn sends_from(line: &mut Line, local: &str, transport: Transport) {
    let target = Target { transport, local: at(local), remote: at(PEER) };
    let now = line.instant();
    line.layer.request(ours(Method::Options), target, now);
    line.until(0);
}

#[test]
fn a_line_has_one_connection_and_shares_it_with_no_other() {
    let mut line = Line::with(Timers::default());
    line.sends(ours(Method::Register), Transport::Tls);
    line.sends(ours(Method::Invite), Transport::Tls);
    assert_eq!(connects(&line).len(), 1);
    sends_from(&mut line, "192.0.2.1:5999", Transport::Tls);
    line.sends(ours(Method::Options), Transport::Tcp);
    let transports: Vec<_> = connects(&line).into_iter().map(|(_, transport, _)| transport).collect();
    assert_eq!(transports, [Transport::Tls, Transport::Tls, Transport::Tcp]);
}

#[test]
fn nothing_is_written_before_the_connection_is_open_and_then_under_its_name() {
    let mut line = Line::with(Timers::default());
    line.sends(ours(Method::Register), Transport::Tls);
    assert!(line.octets().is_empty());
    let (conn, ..) = connects(&line)[0];
    line.layer.connected(conn, line.instant());
    line.until(0);
    let via = line.messages()[0].via().unwrap();
    assert_eq!(via.transport, "TLS");
}

#[test]
fn a_line_hangs_up_its_own_connections_only() {
    let mut line = Line::with(Timers::default());
    sends_from(&mut line, "192.0.2.1:5999", Transport::Tls);
    sends_from(&mut line, "192.0.2.1:5998", Transport::Tls);
    sends_from(&mut line, "192.0.2.1:5999", Transport::Tcp);
    let (conn, ..) = connects(&line)[0];
    let now = line.instant();
    line.layer.hang_up(at("192.0.2.1:5999"), now);
    line.until(0);
    let closed: Vec<_> = line.log.iter().filter(|(_, output)| matches!(output, Output::Close { .. })).collect();
    assert_eq!(closed, [&(0, Output::Close { conn })]);
}

#[test]
fn an_answer_whose_connection_is_gone_goes_by_another_one_under_tls() {
    let mut line = Line::with(Timers::default());
    line.sends(ours(Method::Register), Transport::Tls);
    let (conn, ..) = connects(&line)[0];
    let now = line.instant();
    line.layer.connected(conn, now);
    let invite = theirs("INVITE", "z9hG4bKtls").replace("/UDP", "/TLS");
    line.layer.stream(conn, invite.as_bytes(), &mut |_: &Arrival<'_>| true, now);
    line.until(0);
    let (txn, invite) = line.last_request();
    line.layer.closed(conn, now);
    line.clear().responds(txn, invite.reply(200, "me"));
    assert_eq!(connects(&line)[0].1, Transport::Tls);
    assert!(line.octets().is_empty());
}
