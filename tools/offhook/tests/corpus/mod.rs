//! The torture messages with their labels: what a phone, as an endpoint, may answer to each.

use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

/// A message and its label.
pub(crate) struct Message {
    /// Its file.
    pub(crate) name: String,
    /// As it goes onto the wire.
    pub(crate) octets: Vec<u8>,
    label: Label,
}

#[derive(Deserialize)]
struct Label {
    file: String,
    rfc: String,
    /// `request` or `response`.
    kind: String,
    /// Codes; `ok`: whatever an ordinary request of the method gets; `drop`, `close`, `wait`: none.
    ua: Vec<Value>,
    /// An endpoint may take it for an ordinary one.
    accept_liberal: bool,
    /// Whether the file is exact to the octet.
    crlf: bool,
}

/// All messages, when they are there.
pub(crate) fn messages() -> Option<Vec<Message>> {
    let named = std::env::var_os("OFFHOOK_CAPTURES").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures");
    let corpus = [named, Some(beside)].into_iter().flatten().find(|p| p.join("rfc4475/labels.json").exists())?;
    let mut all = Vec::new();
    let mut transactions = HashSet::new();
    for rfc in ["rfc4475", "rfc5118"] {
        let labels = std::fs::read(corpus.join(rfc).join("labels.json")).unwrap();
        for label in serde_json::from_slice::<Vec<Label>>(&labels).unwrap() {
            let octets = std::fs::read(corpus.join(rfc).join(&label.file)).unwrap();
            let octets = if label.crlf { octets } else { as_on_the_wire(&octets, all.len()) };
            let octets = in_a_transaction_of_its_own(octets, all.len(), &mut transactions);
            all.push(Message { name: format!("RFC {} {}", label.rfc, label.file), octets, label });
        }
    }
    Some(all)
}

impl Message {
    /// Whether some answer must come.
    pub(crate) fn wants_answer(&self) -> bool {
        self.label.kind == "request" && !self.wanted().iter().any(|w| matches!(w.as_str(), "drop" | "close" | "wait"))
    }

    /// What the label allows.
    pub(crate) fn wanted(&self) -> Vec<String> {
        let liberal = self.label.accept_liberal.then(|| "ok".to_owned());
        self.label.ua.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).chain(liberal).collect()
    }

    /// Whether these codes, 100 left out, are an answer that the label allows.
    pub(crate) fn takes(&self, codes: &BTreeSet<u16>) -> bool {
        // RFC 3261 §18.1.2, §17.1: whatever it says, a response that nobody waits for is dropped.
        if self.label.kind == "response" {
            return codes.is_empty();
        }
        let ordinary: &[u16] = match self.method() {
            b"INVITE" => &[180, 183, 200, 404, 480, 486, 488, 603],
            b"OPTIONS" => &[200, 404, 486],
            b"BYE" => &[200, 481],
            _ => &[200, 202, 404, 405, 501],
        };
        self.wanted().iter().any(|wanted| match wanted.as_str() {
            "ok" => !codes.is_empty() && codes.iter().all(|code| ordinary.contains(code)),
            "drop" | "close" | "wait" => codes.is_empty(),
            code => code.parse().is_ok_and(|code: u16| codes.iter().eq([&code])),
        })
    }

    /// Whether it ends where its Content-Length says, so that it can stand alone on a stream.
    pub(crate) fn is_framed(&self) -> bool {
        let Some(end) = self.octets.windows(4).position(|w| w == b"\r\n\r\n") else { return false };
        let lengths = self.values("Content-Length").into_iter().chain(self.values("l"));
        let lengths: Vec<_> = lengths.map(|length| length.parse::<usize>()).collect();
        lengths == [Ok(self.octets.len() - end - 4)]
    }

    /// The values of a header, lines and lists taken apart.
    pub(crate) fn values(&self, name: &str) -> Vec<String> {
        let head = String::from_utf8_lossy(&self.octets);
        let head = head.split("\r\n\r\n").next().unwrap_or_default();
        let lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
        lines
            .filter(|(header, _)| header.trim().eq_ignore_ascii_case(name))
            .flat_map(|(_, values)| values.split(','))
            .map(|value| value.trim().to_owned())
            .collect()
    }

    fn method(&self) -> &[u8] {
        self.octets.split(|octet| *octet == b' ').next().unwrap_or_default()
    }
}

/// The corpus keeps the messages of RFC 5118 as its text prints them: line feeds alone, no empty line after a head without body, and a
/// Content-Length that counts otherwise than the printed lines do. And nearly all have one Call-ID, as if they were one request that
/// came by several ways (RFC 3261 §8.2.2.2); each gets its own.
fn as_on_the_wire(printed: &[u8], number: usize) -> Vec<u8> {
    let text = String::from_utf8(printed.to_vec()).unwrap().replace('\n', "\r\n");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text.trim_end(), ""));
    let (before, _) = head.rsplit_once("Content-Length: ").unwrap();
    let before = before.replace("Call-ID: ", &format!("Call-ID: {number}."));
    format!("{before}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Messages of one method and one top Via are one transaction (RFC 3261 §17.2.3): a phone rightly answers the second as it did the first. The
/// first stays exact to the octet; those after it get another branch.
fn in_a_transaction_of_its_own(octets: Vec<u8>, number: usize, seen: &mut HashSet<(Vec<u8>, Vec<u8>)>) -> Vec<u8> {
    let method = octets.split(|octet| *octet == b' ').next().unwrap_or_default().to_vec();
    let via = octets.split(|octet| *octet == b'\n').find(|line| line.to_ascii_lowercase().starts_with(b"via"));
    let Some(via) = via.map(<[u8]>::to_vec) else { return octets };
    if seen.insert((method, via)) {
        return octets;
    }
    let mark = b"branch=z9hG4bK";
    let Some(at) = octets.windows(mark.len()).position(|w| w == mark) else { return octets };
    let (before, after) = octets.split_at(at + mark.len());
    [before, format!("{number}-").as_bytes(), after].concat()
}
