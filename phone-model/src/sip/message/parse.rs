//! Octets to [`Message`](super::Message).
//!
//! Our reading where RFC 3261 leaves room: a line may end in a bare LF; a folded line is joined by one space; leading zeros in numbers count
//! nothing; two equal Content-Length lines are one. Everything else that breaks the grammar of a header the transaction layer
//! relies on (Via, From, To, Call-ID, CSeq, Max-Forwards, Content-Length, Contact) is a fault; headers it does not rely on are not looked at.

use super::uri::Uri;
use super::{Fault, Header, Malformed, Message, Method, NameAddr, Start, Via, elements, lexer};

/// Longest message, octets; more than any UDP datagram can carry.
pub const MAX_MESSAGE: usize = 65_536;
/// Most header lines in a message.
pub const MAX_HEADERS: usize = 256;

impl Message {
    /// Reads a message from a datagram (RFC 3261 §18.3): octets beyond Content-Length are left aside, missing ones are a fault, and
    /// without Content-Length the body reaches to the end.
    ///
    /// # Errors
    /// What is wrong, with enough of the message to answer it.
    pub fn from_datagram(bytes: &[u8]) -> Result<Message, Malformed> {
        let bytes = skip_line_ends(bytes);
        if bytes.is_empty() {
            return Err(malformed(Fault::Empty, None, false, Vec::new()));
        }
        if bytes.len() > MAX_MESSAGE {
            return Err(malformed(Fault::TooLarge, None, is_response(bytes), Vec::new()));
        }
        let end = head_end(bytes, 0);
        let (head, body) = bytes.split_at_checked(end.unwrap_or(bytes.len())).unwrap_or((bytes, &[]));
        let (mut message, length) = read_head(head)?;
        if end.is_none() {
            return Err(message.refuse(Fault::NoEnd));
        }
        match body.get(..length.unwrap_or(body.len())) {
            Some(body) => {
                message.body = body.to_vec();
                Ok(message)
            }
            None => Err(message.refuse(Fault::Truncated)),
        }
    }

    /// This message as one that cannot be accepted.
    pub(crate) fn refuse(self, fault: Fault) -> Malformed {
        let method = self.method();
        malformed(fault, method, self.code().is_some(), self.headers)
    }
}

/// The octets without line ends before the start line (RFC 3261 §7.5).
pub(crate) fn skip_line_ends(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|b| !matches!(b, b'\r' | b'\n')).unwrap_or(bytes.len());
    bytes.get(start..).unwrap_or_default()
}

/// Length of the head with its empty line; `from` says up to where earlier calls have looked already.
pub(crate) fn head_end(bytes: &[u8], from: usize) -> Option<usize> {
    let from = from.saturating_sub(3);
    bytes.iter().enumerate().skip(from).filter(|(_, byte)| **byte == b'\n').find_map(|(i, _)| {
        match (bytes.get(i + 1), bytes.get(i + 2)) {
            (Some(b'\n'), _) => Some(i + 2),
            (Some(b'\r'), Some(b'\n')) => Some(i + 3),
            _ => None,
        }
    })
}

/// Reads start line and headers; the body stays empty. The number is Content-Length.
pub(crate) fn read_head(head: &[u8]) -> Result<(Message, Option<usize>), Malformed> {
    let text = String::from_utf8_lossy(head);
    let not_utf8 = matches!(text, std::borrow::Cow::Owned(_));
    let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    let first = lines.next().unwrap_or_default();
    let (headers, line_fault) = read_headers(lines);
    let response = is_response(head);
    let start = start_line(first, response);
    let method = match &start {
        Ok(Start::Request { method, .. }) => Some(method.clone()),
        Ok(Start::Response { .. }) => None,
        Err(_) => first.split(' ').next().filter(|_| !response).and_then(Method::parse),
    };
    let start = match start {
        Ok(start) if !not_utf8 => start,
        Ok(_) => return Err(malformed(Fault::NotUtf8, method, response, headers)),
        Err(fault) => return Err(malformed(fault, method, response, headers)),
    };
    let mut message = Message { start, headers, body: Vec::new() };
    let length = match content_length(&message.headers) {
        Ok(length) => length,
        Err(fault) => return Err(message.refuse(fault)),
    };
    if let Some(fault) = line_fault.or_else(|| header_fault(&message)) {
        return Err(message.refuse(fault));
    }
    message.headers.retain(|h| !h.is("Content-Length"));
    Ok((message, length))
}

/// Content-Length over all its lines (RFC 3261 §20.14).
pub(crate) fn content_length(headers: &[Header]) -> Result<Option<usize>, Fault> {
    let mut length = None;
    for header in headers.iter().filter(|h| h.is("Content-Length")) {
        let value = header.value.as_str();
        if value.strip_prefix('-').is_some_and(is_digits) {
            return Err(Fault::NegativeLength);
        }
        if !is_digits(value) {
            return Err(Fault::Header("Content-Length"));
        }
        // What does not fit is longer than any message.
        let this = value.parse().unwrap_or(usize::MAX);
        if length.is_some_and(|before| before != this) {
            return Err(Fault::Repeated("Content-Length"));
        }
        length = Some(this);
    }
    Ok(length)
}

fn malformed(fault: Fault, method: Option<Method>, is_response: bool, headers: Vec<Header>) -> Malformed {
    Malformed { fault, method, is_response, headers }
}

fn is_response(bytes: &[u8]) -> bool {
    bytes.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"SIP/"))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Request-Line and Status-Line have exactly one SP between their parts and none at the end (RFC 3261 §7.1, §7.2).
fn start_line(line: &str, response: bool) -> Result<Start, Fault> {
    // As in a header: a bare CR could end the line for somebody else (RFC 3261 §25.1, no text has one).
    if line.contains('\r') {
        return Err(Fault::StartLine);
    }
    if response {
        let (version, rest) = line.split_once(' ').ok_or(Fault::StartLine)?;
        if !version.eq_ignore_ascii_case("SIP/2.0") {
            return Err(Fault::Version);
        }
        let (code, reason) = rest.split_once(' ').unwrap_or((rest, ""));
        let code = code.parse().ok().filter(|c| code.len() == 3 && (100..700).contains(c)).ok_or(Fault::StatusCode)?;
        return Ok(Start::Response { code, reason: reason.to_owned() });
    }
    let (method, rest) = line.split_once(' ').ok_or(Fault::StartLine)?;
    let (uri, version) = rest.rsplit_once(' ').ok_or(Fault::StartLine)?;
    let method = Method::parse(method).ok_or(Fault::StartLine)?;
    let is_version = version.get(..4).is_some_and(|v| v.eq_ignore_ascii_case("SIP/"));
    if !is_version {
        return Err(Fault::StartLine);
    }
    if !version.eq_ignore_ascii_case("SIP/2.0") {
        return Err(Fault::Version);
    }
    let uri = Uri::parse(uri).ok_or(Fault::RequestUri)?;
    // Headers are not allowed in a Request-URI (RFC 3261 §19.1.1, Table 1).
    if uri.as_sip().is_some_and(|u| u.headers.is_some()) {
        return Err(Fault::RequestUri);
    }
    Ok(Start::Request { method, uri })
}

/// Splits and unfolds header lines up to the empty one; goes on after a bad line, so that an answer finds its headers.
fn read_headers<'a>(lines: impl Iterator<Item = &'a str>) -> (Vec<Header>, Option<Fault>) {
    let mut headers: Vec<Header> = Vec::new();
    let mut fault = None;
    for line in lines.take_while(|line| !line.is_empty()) {
        if line.starts_with([' ', '\t']) {
            match headers.last_mut() {
                Some(last) => {
                    let more = line.trim_matches([' ', '\t']);
                    if !last.value.is_empty() && !more.is_empty() {
                        last.value.push(' ');
                    }
                    last.value.push_str(more);
                }
                None => fault = fault.or(Some(Fault::HeaderLine)),
            }
            continue;
        }
        if headers.len() >= MAX_HEADERS {
            return (headers, fault.or(Some(Fault::TooLarge)));
        }
        match line.split_once(':').map(|(name, value)| (name.trim_end_matches([' ', '\t']), value)) {
            // A bare CR inside a value could end a line for somebody else when it is sent on.
            Some((name, value)) if lexer::is_token(name) && !value.contains('\r') => {
                headers.push(Header { name: name.to_owned(), value: value.trim_matches([' ', '\t']).to_owned() });
            }
            _ => fault = fault.or(Some(Fault::HeaderLine)),
        }
    }
    if fault.is_none() && headers.iter().any(|h| h.value.contains('\r')) {
        fault = Some(Fault::HeaderLine);
    }
    (headers, fault)
}

/// The first fault in the headers that the transaction layer relies on.
fn header_fault(message: &Message) -> Option<Fault> {
    for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
        if message.header(name).is_none() {
            return Some(Fault::Missing(name));
        }
    }
    for name in ["From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Type"] {
        if message.lines(name).nth(1).is_some() {
            return Some(Fault::Repeated(name));
        }
    }
    let bad = |name| Some(Fault::Header(name));
    let Some(cseq) = message.cseq() else { return bad("CSeq") };
    if !message.lines("Via").flat_map(elements).all(|via| Via::parse(via).is_some()) {
        return bad("Via");
    }
    if message.from().is_none() {
        return bad("From");
    }
    if message.to().is_none() {
        return bad("To");
    }
    if message.call_id().is_none_or(|id| id.is_empty() || id.contains([' ', '\t', '\0'])) {
        return bad("Call-ID");
    }
    // RFC 3261 §20.22: 0 to 255. A request without it comes from an RFC 2543 peer.
    if message.header("Max-Forwards").is_some_and(|v| !is_digits(v) || !matches!(v.parse::<u64>(), Ok(0..=255))) {
        return bad("Max-Forwards");
    }
    let contacts = message.lines("Contact").flat_map(elements);
    if !contacts.into_iter().all(|contact| contact == "*" || NameAddr::parse(contact).is_some()) {
        return bad("Contact");
    }
    match &message.start {
        Start::Request { method, .. } if *method != cseq.method => Some(Fault::MethodMismatch),
        Start::Request { .. } | Start::Response { .. } => None,
    }
}
