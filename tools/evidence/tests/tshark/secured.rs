//! TLS and LDAP: both readings as lines of text.

use std::collections::BTreeMap;

use evidence::ldap::{Authentication, LdapOp, Scope};
use evidence::tls::TlsAlert;
use evidence::{At, Capture, LdapMessage, TlsBody, TlsConnection, TlsSide};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::Section;

/// All sections of TLS.
pub(crate) fn tls(entry: &Value, capture: &Capture) -> Vec<Section> {
    vec![
        client_hellos(entry, capture),
        server_hellos(entry, capture),
        certificates(entry, capture),
        alerts(entry, capture),
        handshakes(entry, capture),
        records(entry, capture),
        plain(entry, capture),
    ]
}

fn streams(entry: &Value) -> impl Iterator<Item = &Value> {
    entry["tls"]["streams"].as_array().into_iter().flatten()
}

/// Of each stream the items of a list, as lines.
fn theirs(entry: &Value, list: &str, line: impl Fn(&Value) -> String) -> Vec<String> {
    let items = streams(entry).flat_map(|stream| stream[list].as_array().into_iter().flatten());
    items.map(line).collect()
}

fn list(value: &Value) -> String {
    let items = value.as_array().into_iter().flatten().map(|item| match item {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    items.collect::<Vec<_>>().join("|")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn hexadecimal<T>(items: &[T], number: impl Fn(&T) -> u16) -> String {
    items.iter().map(|item| format!("0x{:04x}", number(item))).collect::<Vec<_>>().join("|")
}

fn decimal<T>(items: &[T], number: impl Fn(&T) -> u16) -> String {
    items.iter().map(|item| number(item).to_string()).collect::<Vec<_>>().join("|")
}

fn ends(at: &At) -> String {
    format!("{} {} {}", at.completed, at.src, at.dst)
}

fn client_hellos(entry: &Value, capture: &Capture) -> Section {
    let theirs = theirs(entry, "client_hello", |hello| {
        format!(
            "{} {} {} {} versions={} sni={} alpn={} suites={} extensions={} groups={} schemes={} shares={} session={}",
            hello["frame"],
            text(&hello["src"]),
            text(&hello["dst"]),
            list(&hello["legacy_version"]),
            list(&hello["supported_versions"]),
            list(&hello["sni"]),
            list(&hello["alpn"]),
            list(&hello["ciphers"]),
            list(&hello["extensions"]),
            list(&hello["groups"]),
            list(&hello["sig_algs"]),
            list(&hello["key_shares"]),
            list(&hello["session_id_length"]),
        )
    });
    let ours = capture.tls().iter().flat_map(TlsConnection::client_hellos).map(|(at, hello)| {
        format!(
            "{} 0x{:04x} versions={} sni={} alpn={} suites={} extensions={} groups={} schemes={} shares={} session={}",
            ends(at),
            hello.legacy_version.0,
            hexadecimal(&hello.supported_versions, |version| version.0),
            hello.server_name.as_deref().unwrap_or_default(),
            hello.alpn.join("|"),
            hexadecimal(&hello.suites, |suite| suite.0),
            decimal(&hello.extension_kinds(), |kind| kind.0),
            hexadecimal(&hello.groups, |group| group.0),
            hexadecimal(&hello.schemes, |scheme| scheme.0),
            decimal(&hello.key_shares, |group| group.0),
            hello.session_id.len(),
        )
    });
    Section { name: "tls-client-hello", ours: ours.collect(), theirs }
}

fn server_hellos(entry: &Value, capture: &Capture) -> Section {
    let theirs = theirs(entry, "server_hello", |hello| {
        format!(
            "{} {} {} {} version={} suite={} hrr={}",
            hello["frame"],
            text(&hello["src"]),
            text(&hello["dst"]),
            list(&hello["legacy_version"]),
            list(&hello["supported_version"]),
            list(&hello["cipher"]),
            hello["hrr"],
        )
    });
    let messages = capture.tls().iter().flat_map(TlsConnection::messages);
    let ours = messages.filter_map(|message| match &message.body {
        TlsBody::ServerHello(hello) | TlsBody::HelloRetryRequest(hello) => Some(format!(
            "{} 0x{:04x} version={} suite=0x{:04x} hrr={}",
            ends(&message.at),
            hello.legacy_version.0,
            hello.selected_version.map(|version| format!("0x{:04x}", version.0)).unwrap_or_default(),
            hello.suite.0,
            hello.is_retry(),
        )),
        _ => None,
    });
    Section { name: "tls-server-hello", ours: ours.collect(), theirs }
}

fn certificates(entry: &Value, capture: &Capture) -> Section {
    let theirs = theirs(entry, "certificates", |certificate| {
        let (frame, src) = (&certificate["frame"], text(&certificate["src"]));
        format!("{frame} {src} {} {}", text(&certificate["sha256"]), certificate["der_bytes"])
    });
    let mut ours = Vec::new();
    for message in capture.tls().iter().flat_map(TlsConnection::messages) {
        if let TlsBody::Certificate(chain) = &message.body {
            let certificates = chain.iter().map(|certificate| {
                let digest = hex::encode(Sha256::digest(&certificate.der));
                format!("{} {} {digest} {}", message.completed, message.src, certificate.der.len())
            });
            ours.extend(certificates);
        }
    }
    Section { name: "tls-certificates", ours, theirs }
}

fn alerts(entry: &Value, capture: &Capture) -> Section {
    let theirs = theirs(entry, "alerts", |alert| {
        format!("{} {} level={} {}", alert["frame"], text(&alert["src"]), text(&alert["level"]), alert["desc"])
    });
    let line = |alert: TlsAlert<'_>| {
        let level = if alert.is_fatal() { 2 } else { 1 };
        format!("{} {} level={level} {}", alert.at.completed, alert.at.src, alert.description.0)
    };
    let ours = capture.tls().iter().flat_map(TlsConnection::alerts).map(line);
    Section { name: "tls-alerts", ours: ours.collect(), theirs }
}

/// Types of handshake messages in order.
fn handshakes(entry: &Value, capture: &Capture) -> Section {
    let theirs = streams(entry).map(|stream| list(&stream["handshake_types"])).filter(|line| !line.is_empty());
    let ours = capture.tls().iter().map(|tls| {
        let kinds = tls.messages().iter().filter_map(|message| message.body.handshake_kind());
        decimal(&kinds.collect::<Vec<_>>(), |kind| u16::from(kind.0))
    });
    let ours = ours.filter(|line| !line.is_empty());
    Section { name: "tls-handshake", ours: ours.collect(), theirs: theirs.collect() }
}

/// How many changes of cipher, alerts and records of application data there are.
fn records(entry: &Value, capture: &Capture) -> Section {
    let line = |changes: u64, alerts: u64, data: u64| format!("20={changes} 21={alerts} 23={data}");
    let count = |stream: &Value, kind: &str| stream["record_types"][kind].as_u64().unwrap_or(0);
    let theirs = streams(entry).map(|stream| line(count(stream, "20"), count(stream, "21"), count(stream, "23")));
    let empty = line(0, 0, 0);
    let ours = capture.tls().iter().map(|tls| {
        let changes = tls.messages().iter().filter(|message| message.body == TlsBody::ChangeCipherSpec).count();
        let data = tls.application(TlsSide::Client).records + tls.application(TlsSide::Server).records;
        line(changes as u64, tls.alerts().count() as u64, data)
    });
    let ours = ours.filter(|line| *line != empty).collect();
    Section { name: "tls-records", ours, theirs: theirs.filter(|line| *line != empty).collect() }
}

/// Application data of the first streams by its digest; whose is whose TShark tells by chance.
fn plain(entry: &Value, capture: &Capture) -> Section {
    let line = |octets: &[u8]| format!("{} {}", octets.len(), hex::encode(Sha256::digest(octets)));
    let told = entry["tls"]["decrypted"].as_object().into_iter().flat_map(|streams| streams.values());
    let mut theirs: Vec<String> = told
        .flat_map(|stream| [&stream["client"], &stream["server"]])
        .filter(|side| side["bytes"] != 0 && side["bytes"].is_u64())
        .map(|side| format!("{} {}", side["bytes"], text(&side["sha256"])))
        .collect();
    let sides = capture.tls().iter().flat_map(|tls| [tls.plaintext(TlsSide::Client), tls.plaintext(TlsSide::Server)]);
    let mut ours: Vec<String> = sides.filter(|octets| !octets.is_empty()).map(line).collect();
    ours.sort();
    theirs.sort();
    Section { name: "tls-plain", ours, theirs }
}

/// LDAP messages, those of a frame together, as TShark puts them.
pub(crate) fn ldap(entry: &Value, capture: &Capture) -> Section {
    let items = entry["ldap"]["list"].as_array().into_iter().flatten();
    // A frame without a message number is one that TShark could not read into: a security layer of SASL.
    let items = items.filter(|item| !item["messageID"].is_null());
    let theirs = items.map(|item| {
        let mut line = format!("{} {} {}", item["frame"], text(&item["src"]), text(&item["dst"]));
        for field in FIELDS {
            line.push_str(&format!(" {field}={}", list(&item[field])));
        }
        line
    });
    let mut by_frame: BTreeMap<u32, Vec<&LdapMessage>> = BTreeMap::new();
    capture.ldap_messages().for_each(|message| by_frame.entry(message.completed).or_default().push(message));
    let ours = by_frame.into_values().map(|messages| {
        let mut line = ends(&messages[0].at);
        for field in FIELDS {
            let values: Vec<String> = messages.iter().filter_map(|message| field_of(message, field)).collect();
            line.push_str(&format!(" {field}={}", values.join("|")));
        }
        line
    });
    Section { name: "ldap", ours: ours.collect(), theirs: theirs.collect() }
}

const FIELDS: [&str; 11] = [
    "messageID",
    "protocolOp",
    "version",
    "name",
    "authentication",
    "mechanism",
    "baseObject",
    "scope",
    "objectName",
    "requestName",
    "resultCode",
];

fn field_of(message: &LdapMessage, field: &str) -> Option<String> {
    // An empty text has no value with TShark.
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    match (field, &message.op) {
        ("messageID", _) => Some(message.id.to_string()),
        ("protocolOp", op) => Some(op.number().to_string()),
        ("version", LdapOp::BindRequest { version, .. }) => Some(version.to_string()),
        ("name", LdapOp::BindRequest { name, .. }) => filled(name),
        ("authentication", LdapOp::BindRequest { authentication, .. }) => Some(match authentication {
            Authentication::Simple(_) => "0".to_owned(),
            Authentication::Sasl { .. } => "3".to_owned(),
            Authentication::Other(tag) => tag.to_string(),
        }),
        ("mechanism", LdapOp::BindRequest { authentication: Authentication::Sasl { mechanism, .. }, .. }) => {
            filled(mechanism)
        }
        ("baseObject", LdapOp::SearchRequest(search)) => filled(&search.base),
        ("scope", LdapOp::SearchRequest(search)) => Some(
            match search.scope {
                Scope::Base => 0,
                Scope::One => 1,
                Scope::Sub => 2,
                Scope::Other(other) => other,
            }
            .to_string(),
        ),
        ("objectName", LdapOp::SearchEntry { dn, .. }) => filled(dn),
        ("requestName", LdapOp::ExtendedRequest { name, .. }) => filled(name),
        ("resultCode", op) => op.result().map(|result| result.code.0.to_string()),
        _ => None,
    }
}
