//! TLS connections, each in a few lines: offered, agreed, shown, carried, how it ended.

use std::fmt::Write as _;

use super::names::Names;
use crate::at::{At, Fact};
use crate::capture::Capture;
use crate::tls::{Resumption, TlsBody, TlsConnection, TlsMessage, TlsSide};

const SIDES: [(TlsSide, &str); 2] = [(TlsSide::Client, "client"), (TlsSide::Server, "server")];

/// Every TLS connection, with packet numbers in brackets.
pub fn tls(capture: &Capture, names: &Names) -> String {
    if capture.tls().is_empty() {
        return "no TLS\n".to_owned();
    }
    let blocks = capture.tls().iter().map(|tls| block(capture, tls, names));
    blocks.collect::<Vec<_>>().join("\n")
}

fn block(capture: &Capture, tls: &TlsConnection, names: &Names) -> String {
    let mut text = String::new();
    let end = |at: std::net::SocketAddr| format!("{}:{}", names.of(at.ip()), at.port());
    let upgraded = if tls.upgraded { " after StartTLS" } else { "" };
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "TLS{upgraded} {} > {}: {}; {}",
        end(tls.src),
        end(tls.dst),
        tls.decryption(),
        capture.tls_end(tls)
    );
    let mut row = |title: &str, what: String| {
        let _ = writeln!(text, "  {title:<10} {what}");
    };
    for (at, hello) in tls.client_hellos() {
        let versions = joined(hello.versions());
        let name = hello.server_name.as_ref().map(|name| format!("; for {name}")).unwrap_or_default();
        let alpn = if hello.alpn.is_empty() { String::new() } else { format!("; ALPN {}", hello.alpn.join(", ")) };
        let suites = hello.offered_suites();
        let first = suites.first().map(|suite| format!(", {suite} first")).unwrap_or_default();
        row("offered", format!("{versions}{name}{alpn}; {} suites{first} [{}]", suites.len(), at.packets));
    }
    for (at, retry) in tls.retry_requests() {
        let group = retry.group.map(|group| format!(" {group}")).unwrap_or_default();
        row("asked for", format!("another ClientHello{group} [{}]", at.packets));
    }
    if let Some(hello) = tls.server_hello() {
        let group = tls.group().map(|group| format!(", {group}")).unwrap_or_default();
        let alpn = tls.alpn().map(|alpn| format!(", ALPN {alpn}")).unwrap_or_default();
        let resumed = match tls.resumption() {
            None => "",
            Some(Resumption::SessionId) => ", resumed by session id",
            Some(Resumption::Ticket) => ", resumed by ticket",
            Some(Resumption::Psk) => ", resumed by pre-shared key",
        };
        let downgrade = if hello.downgrade().is_some() { ", though it knows a later version" } else { "" };
        row("agreed", format!("{}, {}{group}{alpn}{resumed}{downgrade}", hello.version(), hello.suite));
    }
    if let Some(request) = tls.certificate_request() {
        row("asked for", format!("a certificate of the client, of {} authorities", request.authorities));
    }
    for (side, who) in SIDES {
        if let Some(chain) = tls.certificates(side) {
            let sizes = joined(chain.iter().map(|certificate| certificate.der.len()));
            let shown =
                if chain.is_empty() { "no certificate".to_owned() } else { format!("certificates of {sizes} octets") };
            let signed = tls.signed_with(side).map(|scheme| format!(", signed with {scheme}")).unwrap_or_default();
            row(who, shown + &signed);
        }
    }
    if let Some(at) = tls.established() {
        row("complete", format!("[{}]", at.packets));
    }
    for (side, who) in SIDES {
        let carried = tls.application(side);
        if let Some(first) = carried.first {
            let (records, octets) = (carried.records, carried.octets);
            row("carried", format!("by the {who} {records} records, {octets} octets, from [{}] on", first.packets));
        }
        let sealed = tls.sealed_records(side);
        if sealed > 0 {
            row("sealed", format!("{sealed} records of the {who} were not opened"));
        }
    }
    for message in tls.renegotiations().chain(tls.key_updates()) {
        row("again", format!("{} [{}]", label(message).unwrap_or_default(), message.packets));
    }
    for alert in tls.alerts() {
        let who = if alert.side == TlsSide::Client { "client" } else { "server" };
        let encrypted = if alert.encrypted { ", encrypted" } else { "" };
        row("alert", format!("{alert}, by the {who}{encrypted} [{}]", alert.at.packets));
    }
    for (message, reason) in tls.malformed() {
        row("wrong", format!("{reason} [{}]", message.packets));
    }
    text
}

/// What a ladder says of a message; nothing of those that only follow from others.
pub(super) fn label(message: &TlsMessage) -> Option<String> {
    Some(match &message.body {
        TlsBody::ClientHello(hello) => {
            let name = hello.server_name.as_ref().map(|name| format!(" for {name}")).unwrap_or_default();
            let again = if message.encrypted { " (renegotiation)" } else { "" };
            format!("TLS ClientHello{name}{again} {}", joined(hello.versions().iter().map(short)))
        }
        TlsBody::ServerHello(hello) => format!("TLS ServerHello {} {}", short(&hello.version()), hello.suite),
        TlsBody::HelloRetryRequest(hello) => {
            let group = hello.group.map(|group| format!(" {group}")).unwrap_or_default();
            format!("TLS HelloRetryRequest{group}")
        }
        TlsBody::Certificate(chain) if chain.is_empty() => "TLS no certificate".to_owned(),
        TlsBody::Certificate(chain) => format!("TLS Certificate ({})", chain.len()),
        TlsBody::HelloRequest => "TLS HelloRequest".to_owned(),
        TlsBody::CertificateRequest(_) => "TLS CertificateRequest".to_owned(),
        TlsBody::Finished => "TLS Finished".to_owned(),
        TlsBody::KeyUpdate { requested } => {
            format!("TLS KeyUpdate{}", if *requested { ", one asked back" } else { "" })
        }
        TlsBody::Alert { level, description } => format!("TLS {level} {description}"),
        TlsBody::Malformed { reason } => format!("malformed TLS: {reason}"),
        TlsBody::EncryptedExtensions(_)
        | TlsBody::CertificateVerify { .. }
        | TlsBody::CertificateStatus { .. }
        | TlsBody::ServerKeyExchange { .. }
        | TlsBody::ServerHelloDone
        | TlsBody::ClientKeyExchange
        | TlsBody::NewSessionTicket(_)
        | TlsBody::EndOfEarlyData
        | TlsBody::OtherHandshake { .. }
        | TlsBody::ChangeCipherSpec => return None,
    })
}

/// All that a ladder shows of TLS itself.
pub(super) fn events(capture: &Capture) -> Vec<(&At, String)> {
    let mut events = Vec::new();
    for tls in capture.tls() {
        events.extend(tls.messages().iter().filter_map(|message| Some((message.at(), label(message)?))));
        if !tls.decryption().is_readable() {
            events.push((tls.at(), format!("TLS {}", tls.decryption())));
        }
    }
    events
}

/// Before what came inside TLS.
pub(super) fn mark(at: &At) -> &'static str {
    if at.secured.is_some() { "TLS " } else { "" }
}

/// `1.3` for `TLS 1.3`.
fn short(version: &crate::tls::TlsVersion) -> String {
    let name = version.to_string();
    name.strip_prefix("TLS ").unwrap_or(&name).to_owned()
}

fn joined<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}
