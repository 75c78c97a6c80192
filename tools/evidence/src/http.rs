//! HTTP/1 messages: heads, and how long their bodies are (RFC 9112 §2, §6).

use serde::Serialize;

use crate::at::{At, facts};
use crate::limits;

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
    /// First line.
    pub start: HttpStart,
    /// Header lines in order: name as it stands, value.
    pub headers: Vec<(String, String)>,
    /// Octets of the body on the wire; of a chunked body with its chunk lines.
    pub body_len: usize,
}

facts!(HttpMessage);

impl HttpMessage {
    /// The first header of this name, in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }
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

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}
