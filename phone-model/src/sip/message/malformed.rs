//! What could not be read as a message, and the answer to it (RFC 3261 §8.2, §18.3, §21.4.1, §21.5.6).

use super::via::Via;
use super::{Header, Method, reason_phrase};

/// What is wrong with the octets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nothing but line ends.
    Empty,
    /// Longer than [`MAX_MESSAGE`](super::MAX_MESSAGE), or more headers than [`MAX_HEADERS`](super::MAX_HEADERS).
    TooLarge,
    /// No empty line after the headers.
    NoEnd,
    /// The head is not UTF-8 (RFC 3261 §7).
    NotUtf8,
    /// The first line is neither a Request-Line nor a Status-Line.
    StartLine,
    /// The Request-URI breaks its grammar.
    RequestUri,
    /// A version other than 2.0.
    Version,
    /// A status code outside 100-699.
    StatusCode,
    /// A header line without colon or with a name that is no token.
    HeaderLine,
    /// A mandatory header is missing; its name.
    Missing(&'static str),
    /// A header that may stand once stands more often; its name.
    Repeated(&'static str),
    /// A header whose value breaks its grammar; its name.
    Header(&'static str),
    /// Content-Length is below zero.
    NegativeLength,
    /// Fewer octets than Content-Length says (RFC 3261 §18.3).
    Truncated,
    /// CSeq names another method than the request line (RFC 3261 §8.1.1.5).
    MethodMismatch,
}

/// Octets that are no valid message, with what can be said about them all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// What is wrong; the first thing found.
    pub fault: Fault,
    /// Method, when the first line shows one.
    pub method: Option<Method>,
    /// Whether it looks like a response. Those are dropped.
    pub is_response: bool,
    /// The headers that could be split off.
    pub headers: Vec<Header>,
}

impl Malformed {
    /// Status code of the answer.
    pub fn code(&self) -> u16 {
        if self.fault == Fault::Version { 505 } else { 400 }
    }

    /// The top Via, if it can be read.
    pub fn via(&self) -> Option<Via> {
        let line = self.headers.iter().find(|h| h.is("Via"))?;
        super::elements(&line.value).first().copied().and_then(Via::parse)
    }

    /// The answer as octets, its headers as they came; `top_via` stands in for the first Via element. Nothing for a response and
    /// for ACK, which are never answered (RFC 3261 §17), nor when there is no Via line, hence nobody who waits.
    pub fn reply(&self, top_via: Option<&Via>, to_tag: &str, extra: &[(&str, &str)]) -> Option<Vec<u8>> {
        if self.is_response || self.method == Some(Method::Ack) || self.fault == Fault::Empty {
            return None;
        }
        let code = self.code();
        let mut text = format!("SIP/2.0 {code} {}\r\n", reason_phrase(code));
        let vias = self.headers.iter().filter(|h| h.is("Via"));
        let mut line = |name: &str, value: &str| {
            text.push_str(name);
            text.push_str(": ");
            text.push_str(value);
            text.push_str("\r\n");
        };
        let mut seen = false;
        for via in vias {
            match top_via.filter(|_| !seen) {
                Some(top) => {
                    let mut all = super::elements(&via.value);
                    let top = top.to_string();
                    if let Some(first) = all.first_mut() {
                        *first = &top;
                    }
                    line("Via", &all.join(", "));
                }
                None => line("Via", &via.value),
            }
            seen = true;
        }
        if !seen {
            return None;
        }
        for name in ["From", "To", "Call-ID", "CSeq"] {
            let Some(header) = self.headers.iter().find(|h| h.is(name)) else { continue };
            if name == "To" && !header.value.to_ascii_lowercase().contains(";tag=") && !to_tag.is_empty() {
                line("To", &format!("{};tag={to_tag}", header.value));
            } else {
                line(name, &header.value);
            }
        }
        for (name, value) in extra {
            line(name, value);
        }
        line("Content-Length", "0");
        text.push_str("\r\n");
        Some(text.into_bytes())
    }
}
