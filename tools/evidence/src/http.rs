//! HTTP/1 messages: heads, and how long their bodies are (RFC 9112 §2, §6).

use std::collections::{HashMap, VecDeque};

use serde::Serialize;

use crate::at::{At, facts};
use crate::limits;
use crate::octets::Octets;

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HttpStart {
    /// A request.
    Request {
        /// Method.
        method: String,
        /// Target, as it stands.
        target: String,
    },
    /// A response.
    Response {
        /// Status code.
        status: u16,
        /// Reason phrase.
        reason: String,
    },
}

/// One message.
#[derive(Debug, Clone, Serialize)]
pub struct HttpMessage {
    /// Where and when. Complete when its body is.
    #[serde(flatten)]
    pub at: At,
    /// Which of [`Capture::connections`](crate::Capture::connections) carried it.
    pub connection: usize,
    /// First line.
    pub start: HttpStart,
    /// Header lines in order: name as it stands, value.
    pub headers: Vec<(String, String)>,
    /// Octets of the body on the wire; of a chunked body with its chunk lines.
    pub body_len: usize,
    /// The body, of a chunked one the chunks joined, as far as kept ([`limits::HTTP_BODY_OCTETS`]).
    #[serde(serialize_with = "as_text")]
    pub body: Vec<u8>,
    /// Whether the body is longer than what is kept of it.
    pub body_cut: bool,
}

facts!(HttpMessage);

impl HttpMessage {
    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// Method, if it is a request.
    pub fn method(&self) -> Option<&str> {
        if let HttpStart::Request { method, .. } = &self.start { Some(method) } else { None }
    }

    /// Target, if it is a request.
    pub fn target(&self) -> Option<&str> {
        if let HttpStart::Request { target, .. } = &self.start { Some(target) } else { None }
    }

    /// Status code, if it is a response.
    pub fn status(&self) -> Option<u16> {
        if let HttpStart::Response { status, .. } = &self.start { Some(*status) } else { None }
    }

    /// Whether it is a request with this method.
    pub fn is_request(&self, method: &str) -> bool {
        self.method() == Some(method)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A request and the response to it.
#[derive(Debug, Clone, Copy)]
pub struct HttpExchange<'a> {
    /// Request.
    pub request: &'a HttpMessage,
    /// The last response to it: not one of 100 to 199 (RFC 9110 §15.2). None yet, or never.
    pub response: Option<&'a HttpMessage>,
}

impl HttpExchange<'_> {
    /// Status code of the response.
    pub fn status(&self) -> Option<u16> {
        self.response?.status()
    }
}

/// Responses of a connection come in the order of its requests (RFC 9112 §9.3).
pub(crate) fn exchanges(messages: &[HttpMessage]) -> Vec<HttpExchange<'_>> {
    let mut responses: HashMap<usize, VecDeque<&HttpMessage>> = HashMap::new();
    for message in messages.iter().filter(|message| message.status().is_some_and(|status| status >= 200)) {
        responses.entry(message.connection).or_default().push_back(message);
    }
    let requests = messages.iter().filter(|message| message.method().is_some());
    let paired = requests.map(|request| {
        let response = responses.get_mut(&request.connection).and_then(VecDeque::pop_front);
        HttpExchange { request, response }
    });
    paired.collect()
}

/// Of a body as it stands on the wire, what is kept, and whether that is less than all.
pub(crate) fn kept_body(head: &Head, wire: &[u8]) -> (Vec<u8>, bool) {
    let mut body = match head.body {
        Body::Length(_) | Body::UntilClose => wire.get(..limits::HTTP_BODY_OCTETS + 1).unwrap_or(wire).to_vec(),
        Body::Chunked => joined(wire),
    };
    let cut = body.len() > limits::HTTP_BODY_OCTETS;
    body.truncate(limits::HTTP_BODY_OCTETS);
    (body, cut)
}

/// The chunks without their lines, as far as they can be read (RFC 9112 §7.1).
fn joined(wire: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    let mut octets = Octets::new(wire);
    while body.len() <= limits::HTTP_BODY_OCTETS {
        let line = octets.rest().windows(2).position(|window| window == b"\r\n");
        let Some(line) = line.and_then(|length| octets.take(length)) else {
            break;
        };
        octets.u16();
        let line = String::from_utf8_lossy(line);
        let Ok(size @ 1..) = usize::from_str_radix(line.split(';').next().unwrap_or_default().trim(), 16) else {
            break;
        };
        let chunk = octets.take(size.min(octets.len())).unwrap_or_default();
        body.extend_from_slice(chunk);
        octets.u16();
    }
    body
}

fn as_text<S: serde::Serializer>(octets: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(octets))
}

/// How the end of a body is told (RFC 9112 §6.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    Length(usize),
    Chunked,
    UntilClose,
}

/// A head, read.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) start: HttpStart,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

/// Whether a stream begins like HTTP/1. `None`: not enough octets to tell.
pub(crate) fn looks_like_http(bytes: &[u8]) -> Option<bool> {
    const METHODS: [&str; 9] =
        ["GET ", "POST ", "HEAD ", "PUT ", "OPTIONS ", "DELETE ", "PATCH ", "CONNECT ", "TRACE "];
    let starts = METHODS.into_iter().chain(["HTTP/1."]);
    let mut undecided = false;
    for start in starts.map(str::as_bytes) {
        if bytes.starts_with(start) {
            if start == b"HTTP/1." {
                return Some(true);
            }
            let line_end = bytes.iter().position(|b| *b == b'\n');
            let line = line_end.map(|end| bytes.get(..end).unwrap_or(bytes));
            return match line {
                Some(line) => Some(line.windows(7).any(|window| window == b"HTTP/1.")),
                None if bytes.len() > limits::HEAD_OCTETS => Some(false),
                None => None,
            };
        }
        undecided |= start.starts_with(bytes);
    }
    if undecided { None } else { Some(false) }
}

/// Read a head that ends with its empty line. `asked` is the method that a response answers.
pub(crate) fn head(bytes: &[u8], asked: Option<&str>) -> Option<Head> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split("\r\n");
    let first = lines.next()?;
    let headers: Vec<(String, String)> = lines
        .take(limits::HEADERS)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    let start = start(first)?;
    let body = body(&start, &headers, asked);
    Some(Head { start, headers, body })
}

/// The end of a chunked body within `bytes`, after its last empty line; none if it is not all there.
pub(crate) fn chunked_end(bytes: &[u8], mut at: usize) -> Result<Option<usize>, usize> {
    // `Err` gives the chunk that was reached, so that the next look starts there.
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(line_len) = rest.windows(2).position(|window| window == b"\r\n") else {
            return Err(at);
        };
        let line = String::from_utf8_lossy(rest.get(..line_len).unwrap_or_default());
        let size = line.split(';').next().unwrap_or_default().trim();
        let Ok(size) = usize::from_str_radix(size, 16) else {
            return Ok(None);
        };
        if size > limits::STREAM_OCTETS {
            return Ok(None);
        }
        if size == 0 {
            // Trailer fields up to an empty line.
            let trailer = rest.get(line_len..).unwrap_or_default();
            return match trailer.windows(4).position(|window| window == b"\r\n\r\n") {
                Some(end) => Ok(Some(at + line_len + end + 4)),
                None => Err(at),
            };
        }
        let next = at + line_len + 2 + size + 2;
        if next > bytes.len() {
            return Err(at);
        }
        at = next;
    }
}

fn start(line: &str) -> Option<HttpStart> {
    if let Some(rest) = line.strip_prefix("HTTP/1.") {
        let (_minor, rest) = rest.split_once(' ')?;
        let (status, reason) = rest.split_once(' ').unwrap_or((rest, ""));
        return Some(HttpStart::Response { status: status.parse().ok()?, reason: reason.to_owned() });
    }
    let mut words = line.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    version.starts_with("HTTP/1.").then(|| HttpStart::Request { method: method.to_owned(), target: target.to_owned() })
}

fn body(start: &HttpStart, headers: &[(String, String)], asked: Option<&str>) -> Body {
    if let HttpStart::Response { status, .. } = start
        && (*status < 200 || matches!(status, 204 | 304) || asked == Some("HEAD"))
    {
        return Body::Length(0);
    }
    let chunked =
        header(headers, "Transfer-Encoding").is_some_and(|value| value.to_ascii_lowercase().ends_with("chunked"));
    if chunked {
        return Body::Chunked;
    }
    let length = header(headers, "Content-Length").and_then(|value| value.parse().ok());
    match (length, start) {
        (Some(length), _) => Body::Length(length),
        (None, HttpStart::Request { .. }) => Body::Length(0),
        (None, HttpStart::Response { .. }) => Body::UntilClose,
    }
}

pub(crate) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}
