//! HTTP/1 on a stream: heads, and bodies by length, chunks or end (RFC 9112 §6.3).

use super::{Cut, HttpPart, Progress, Protocol, Reader, What};
use crate::http::{self, Body, HttpStart};
use crate::limits;
use crate::sip::parse;

impl Reader {
    pub(super) fn http(
        &mut self,
        bytes: &[u8],
        over: bool,
        part: HttpPart,
        asked: &mut Vec<String>,
        cuts: &mut Vec<Cut>,
    ) -> Progress {
        let rest = bytes.get(self.taken..).unwrap_or_default();
        let HttpPart::Body { head_len, chunk } = part else {
            if rest.is_empty() {
                return Progress::Wait;
            }
            // A client that has asked for another protocol goes on with it, or with another request if that was refused.
            if self.asked_upgrade && !rest.first().is_some_and(u8::is_ascii_alphabetic) {
                self.protocol = Protocol::Opaque;
                return Progress::Again;
            }
            return match parse::head_end(rest, self.searched.saturating_sub(self.taken)) {
                Some(head_len) => {
                    self.protocol = Protocol::Http(HttpPart::Body { head_len, chunk: 0 });
                    Progress::Again
                }
                None => {
                    self.searched = bytes.len();
                    if over || rest.len() > limits::HEAD_OCTETS {
                        let what = What::HttpMalformed("the head has no end");
                        cuts.push(Cut { from: self.taken, to: bytes.len(), what });
                        self.protocol = Protocol::Opaque;
                        return Progress::Again;
                    }
                    Progress::Wait
                }
            };
        };
        let Some(head) = http::head(rest.get(..head_len).unwrap_or_default(), asked.first().map(String::as_str)) else {
            cuts.push(Cut {
                from: self.taken,
                to: self.taken + head_len,
                what: What::HttpMalformed("not an HTTP/1 start line"),
            });
            self.protocol = Protocol::Opaque;
            return Progress::Again;
        };
        let after = rest.get(head_len..).unwrap_or_default();
        let body_len = match head.body {
            Body::Length(length) if length <= after.len() => Some(length),
            Body::Chunked => match http::chunked_end(after, chunk) {
                Ok(Some(end)) => Some(end),
                Ok(None) => Some(after.len()),
                Err(chunk) => {
                    self.protocol = Protocol::Http(HttpPart::Body { head_len, chunk });
                    None
                }
            },
            Body::Length(_) | Body::UntilClose => None,
        };
        let Some(body_len) = body_len.or(over.then_some(after.len())) else {
            return Progress::Wait;
        };
        match &head.start {
            HttpStart::Request { method, .. } if asked.len() < limits::HEADERS => asked.push(method.clone()),
            HttpStart::Request { .. } => {}
            // 1xx is not the last response to its request (RFC 9110 §15.2).
            HttpStart::Response { status, .. } if *status < 200 => {}
            HttpStart::Response { .. } => drop(asked.splice(..1.min(asked.len()), [])),
        }
        self.asked_upgrade =
            matches!(head.start, HttpStart::Request { .. }) && http::header(&head.headers, "upgrade").is_some();
        let switched = matches!(head.start, HttpStart::Response { status: 101, .. });
        let whole = head_len + body_len;
        cuts.push(Cut { from: self.taken, to: self.taken + whole, what: What::Http { head, body_len } });
        self.take(whole);
        // What follows 101 is another protocol (RFC 9110 §15.2.2), such as frames of a WebSocket, which nobody asks of this oracle.
        self.protocol = if switched { Protocol::Opaque } else { Protocol::Http(HttpPart::Head) };
        Progress::Again
    }
}
