//! RFC 4475 and RFC 5118, each message through filter, codec, layer and validation, against the labels of the corpus.

use super::*;
use crate::sip::validate::{Abilities, validate};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

#[derive(Deserialize)]
struct Label {
    file: String,
    ua: Vec<serde_json::Value>,
    accept_liberal: bool,
    crlf: bool,
}

/// The folder of captures, or a word about what is skipped.
#[allow(clippy::print_stderr)]
pub(in crate::sip) fn corpus() -> Option<PathBuf> {
    let named = std::env::var_os("OFFHOOK_CAPTURES").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/captures");
    let found = [named, Some(beside)].into_iter().flatten().find(|path| path.join("rfc4475/labels.json").exists());
    if found.is_none() {
        eprintln!("skipped: no torture messages; OFFHOOK_CAPTURES may name their folder");
    }
    found
}

/// All messages with their names, read once.
pub(in crate::sip) fn messages() -> &'static [(String, Vec<u8>)] {
    static ALL: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();
    ALL.get_or_init(|| labelled().into_iter().map(|(label, bytes)| (label.file, bytes)).collect())
}

fn labelled() -> Vec<(Label, Vec<u8>)> {
    let Some(corpus) = corpus() else { return Vec::new() };
    let mut all = Vec::new();
    for rfc in ["rfc4475", "rfc5118"] {
        let labels = std::fs::read(corpus.join(rfc).join("labels.json")).unwrap();
        for label in serde_json::from_slice::<Vec<Label>>(&labels).unwrap() {
            let bytes = std::fs::read(corpus.join(rfc).join(&label.file)).unwrap();
            let bytes = if label.crlf { bytes } else { as_on_the_wire(&bytes) };
            all.push((label, bytes));
        }
    }
    all
}

/// The corpus keeps the messages of RFC 5118 as its text prints them: line feeds alone, no empty line after a head without body, and a
/// Content-Length that counts otherwise than the printed lines do.
fn as_on_the_wire(printed: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(printed.to_vec()).unwrap().replace('\n', "\r\n");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text.trim_end(), ""));
    let (before, _) = head.rsplit_once("Content-Length: ").unwrap();
    format!("{before}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// What the lower half of a phone makes of a datagram: a status, `ok` when it would go to the calls, or `drop`.
fn outcome(bytes: &[u8]) -> String {
    let abilities = Abilities {
        methods: vec![
            Method::Invite,
            Method::Ack,
            Method::Bye,
            Method::Cancel,
            Method::Options,
            Method::Notify,
            Method::Refer,
            Method::Info,
            Method::Update,
        ],
        options: vec!["replaces".into()],
        bodies: vec!["application/sdp".into()],
    };
    let mut line = Line::with(Timers::default());
    line.receives(bytes);
    if let Some((_, answer)) = line.octets().first() {
        // What is copied back from a broken request may be broken itself; the status is always readable.
        return String::from_utf8_lossy(answer).split(' ').nth(1).unwrap().to_owned();
    }
    match line.events().first().map(|(_, e)| *e) {
        Some(Event::Request { message, .. }) => match validate(message, &abilities) {
            Ok(()) => "ok".into(),
            Err(refusal) => refusal.code.to_string(),
        },
        // A response to nobody: what counts is that the codec reads it, and that the layer drops it.
        Some(Event::Discarded { why: Discard::StrayResponse, .. }) => "ok drop".into(),
        Some(Event::Discarded { .. }) | None => "drop".into(),
        Some(other) => format!("{other:?}"),
    }
}

#[test]
fn every_torture_message_is_taken_or_refused_as_its_label_says() {
    let mut wrong = Vec::new();
    for (label, bytes) in labelled() {
        let seen = outcome(&bytes);
        let wanted = label.ua.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
        let wanted: Vec<String> = wanted.chain(label.accept_liberal.then(|| "ok".to_owned())).collect();
        if !wanted.iter().any(|w| seen.split(' ').any(|s| s == w)) {
            wrong.push(format!("{}: wanted {wanted:?}, seen {seen}", label.file));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
