//! SIP messages: what was sent, in its own octets, and the questions that claims ask of it (RFC 3261).

mod complaints;
mod message;
mod names;
pub(crate) mod parse;
pub mod sdp;
pub(crate) mod values;

use serde::Serialize;

use crate::at::{At, facts};
use parse::View;

pub use message::{Header, SipMessage, Start};
pub use sdp::Sdp;
pub use values::{NameAddr, Param, Via};

/// What carried a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// A datagram.
    Udp,
    /// A stream.
    Tcp,
    /// A stream inside TLS.
    Tls,
}

/// `UDP`, `TCP`, `TLS`.
impl std::fmt::Display for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
        })
    }
}

/// Something that was meant as SIP.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "sip", rename_all = "kebab-case")]
pub enum SipFact {
    /// A message whose start line can be read.
    Message(SipMessage),
    /// Octets where a message was due, without a readable start line or end.
    Malformed(SipMalformed),
}

impl SipFact {
    /// The message, if it is one.
    pub fn message(&self) -> Option<&SipMessage> {
        match self {
            SipFact::Message(message) => Some(message),
            SipFact::Malformed(_) => None,
        }
    }
}

impl std::ops::Deref for SipFact {
    type Target = At;
    fn deref(&self) -> &At {
        match self {
            SipFact::Message(message) => &message.at,
            SipFact::Malformed(malformed) => &malformed.at,
        }
    }
}

impl crate::Fact for SipFact {
    fn at(&self) -> &At {
        self
    }
}

/// Octets where a SIP message was due.
#[derive(Debug, Clone, Serialize)]
pub struct SipMalformed {
    /// Where and when.
    #[serde(flatten)]
    pub at: At,
    /// What carried it.
    pub transport: Transport,
    /// Why it is no message.
    pub reason: String,
    /// The octets.
    #[serde(skip)]
    pub raw: Vec<u8>,
}

facts!(SipMalformed);

/// A datagram meant as SIP.
pub(crate) fn read_datagram(payload: &[u8], at: At) -> SipFact {
    let transport = Transport::Udp;
    match parse::head(payload) {
        Ok(view) => {
            let after = payload.get(view.head_len..).unwrap_or_default();
            let mut faults = Vec::new();
            // Octets beyond Content-Length are to be discarded; fewer are an error (RFC 3261 §18.3).
            let body = match parse::content_length(&view.headers) {
                Ok(Some(length)) if length > after.len() => {
                    faults.push(format!("Content-Length is {length}, the datagram has {}", after.len()));
                    after
                }
                Ok(Some(length)) => after.get(..length).unwrap_or(after),
                Ok(None) | Err(_) => after,
            };
            SipFact::Message(message(view, transport, body, payload, faults, at))
        }
        Err(reason) => SipFact::Malformed(SipMalformed { at, transport, reason, raw: payload.to_vec() }),
    }
}

/// Own what a view shows.
pub(crate) fn message(
    view: View<'_>,
    transport: Transport,
    body: &[u8],
    raw: &[u8],
    mut faults: Vec<String>,
    at: At,
) -> SipMessage {
    let mut all = complaints::complaints(&view.start, &view.headers);
    all.splice(0..0, view.faults);
    all.append(&mut faults);
    let headers = view.headers.iter().map(|line| Header {
        name: names::canonical(line.name),
        spelled: line.name.to_owned(),
        value: parse::unfolded(line.value),
    });
    SipMessage {
        at,
        transport,
        start: view.start,
        headers: headers.collect(),
        body: body.to_vec(),
        raw: raw.to_vec(),
        faults: all,
    }
}
