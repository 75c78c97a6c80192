//! From octets to a view of a SIP message: start line, header lines, body (RFC 3261 §7). Nothing is copied.
//!
//! Only a message whose start line cannot be read, or whose head has no end, is refused. Everything else that is wrong is noted
//! in `faults`, and the message stands: a verdict may well be about the wrong line.

use super::names;
use super::values::{self, is_token};
use crate::limits;

/// A message as it lies in its octets.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) start: StartLine<'a>,
    pub(crate) headers: Vec<Line<'a>>,
    /// Octets up to and with the empty line.
    pub(crate) head_len: usize,
    pub(crate) faults: Vec<String>,
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) enum StartLine<'a> {
    Request { method: &'a str, uri: &'a str },
    Response { code: u16, reason: &'a str },
}

/// A header line, folded or not. Octets as they stand.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: &'a [u8],
}

/// Whether a payload on any port begins like a SIP message: a status line, or a token, something, and a SIP version.
pub(crate) fn looks_like_sip(payload: &[u8]) -> bool {
    let line = first_line(payload);
    if line.starts_with(b"SIP/2.0 ") {
        return true;
    }
    let Ok(line) = std::str::from_utf8(line) else {
        return false;
    };
    let Some((method, rest)) = line.split_once(' ') else {
        return false;
    };
    is_token(method) && rest.trim_end().ends_with(" SIP/2.0")
}

/// Where the head of the message ends that `message` begins with: after its empty line, which may be a bare LF (then the lines have
/// a fault). The first `searched` octets are known to hold no end.
pub(crate) fn head_end(message: &[u8], searched: usize) -> Option<usize> {
    let from = searched.saturating_sub(3);
    let tail = message.get(from..)?;
    let ends = tail.iter().enumerate().filter(|(_, octet)| **octet == b'\n').map(|(index, _)| index + 1);
    let empty = ends.map(|next| (next, tail.get(next..).unwrap_or_default())).find_map(|(next, rest)| match rest {
        [b'\r', b'\n', ..] => Some(next + 2),
        [b'\n', ..] => Some(next + 1),
        _ => None,
    })?;
    Some(from + empty)
}

/// Read the head that `bytes` begin with.
pub(crate) fn head(bytes: &[u8]) -> Result<View<'_>, String> {
    let mut faults = Vec::new();
    let head_len = match head_end(bytes, 0) {
        Some(end) => end,
        None => {
            faults.push("no empty line ends the head".to_owned());
            bytes.len()
        }
    };
    let whole = bytes.get(..head_len).unwrap_or(bytes);
    let first = first_line(whole);
    let start = start_line(first, &mut faults)?;
    let rest = whole.get(first.len()..).unwrap_or_default();
    let headers = lines(rest, &mut faults);
    Ok(View { start, headers, head_len, faults })
}

/// The Content-Length, if there is exactly one meaning of it. `Err` tells why not.
pub(crate) fn content_length(headers: &[Line<'_>]) -> Result<Option<usize>, String> {
    let mut found: Option<usize> = None;
    for line in headers.iter().filter(|line| names::canonical(line.name) == "Content-Length") {
        let text = String::from_utf8_lossy(line.value);
        let text = text.trim();
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let Some(length) = text.parse::<usize>().ok().filter(|_| digits) else {
            return Err(format!("Content-Length is not a number: {}", shown(text)));
        };
        if found.is_some_and(|found| found != length) {
            return Err("two Content-Length that differ".to_owned());
        }
        found = Some(length);
    }
    Ok(found)
}

/// A value without its folds: a line end and the white space after it are one space (RFC 3261 §7.3.1).
pub(super) fn unfolded(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    if !text.contains(['\r', '\n']) {
        return text.trim_matches([' ', '\t']).to_owned();
    }
    let parts: Vec<&str> = text.split('\n').map(|line| line.trim_matches([' ', '\t', '\r'])).collect();
    parts.join(" ").trim().to_owned()
}

/// What RFC 3261 asks of every message and this one lacks (§8.1.1, §8.2.6.2, §20, §7.3.1).
pub(super) fn complaints(start: StartLine<'_>, headers: &[Line<'_>]) -> Vec<String> {
    let mut complaints = Vec::new();
    let of = |name: &str| {
        let lines = headers.iter().filter(move |line| names::canonical(line.name) == name);
        lines.map(|line| unfolded(line.value)).collect::<Vec<_>>()
    };
    for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
        if of(name).is_empty() {
            complaints.push(format!("no {name}"));
        }
    }
    for name in ["From", "To", "Call-ID", "CSeq", "Max-Forwards"] {
        if of(name).len() > 1 {
            complaints.push(format!("more than one {name}"));
        }
    }
    for name in ["From", "To"] {
        complaints
            .extend(of(name).first().filter(|value| !is_name_addr(value)).map(|_| format!("{name} is malformed")));
    }
    complaints.extend(
        of("Via")
            .iter()
            .flat_map(|value| values::list(value))
            .find_map(|value| values::via(value).is_none().then(|| "Via is malformed".to_owned())),
    );
    if let Some(value) = of("CSeq").first() {
        match (values::cseq(value), start) {
            (None, _) => complaints.push(format!("CSeq is malformed: {}", shown(value))),
            (Some((_, named)), StartLine::Request { method, .. }) if named != method => {
                complaints.push(format!("CSeq names {named}, the request is {method}"));
            }
            (Some(_), _) => {}
        }
    }
    complaints.extend(content_length(headers).err());
    complaints
}

fn is_name_addr(value: &str) -> bool {
    let quotes = value.bytes().filter(|b| *b == b'"').count();
    let escaped = value.matches("\\\"").count();
    (quotes - escaped).is_multiple_of(2) && values::name_addr(value).is_some_and(|parsed| parsed.uri.contains(':'))
}

fn start_line<'a>(line: &'a [u8], faults: &mut Vec<String>) -> Result<StartLine<'a>, String> {
    let ended = line.ends_with(b"\r\n");
    let line = std::str::from_utf8(line).map_err(|_| "the start line is not UTF-8".to_owned())?;
    let line = line.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        return Err("the start line is empty".to_owned());
    }
    if !ended {
        faults.push("the start line does not end with CRLF".to_owned());
    }
    if let Some(rest) = line.strip_prefix("SIP/2.0") {
        return status_line(rest, faults);
    }
    let no_request = || format!("not a SIP start line: {}", shown(line));
    let (method, rest) = line.split_once(' ').ok_or_else(no_request)?;
    let (uri, version) = rest.rsplit_once(' ').ok_or_else(no_request)?;
    if !is_token(method) || !version.starts_with("SIP/") {
        return Err(no_request());
    }
    if version != "SIP/2.0" {
        return Err(format!("version is not SIP/2.0: {}", shown(version)));
    }
    // White space is what parts the three; within a URI, it leaves open which parts are meant (RFC 3261 §7.1).
    if uri.is_empty() || uri.contains([' ', '\t']) {
        return Err(no_request());
    }
    if uri.contains(['<', '>']) {
        faults.push(format!("the Request-URI is malformed: {}", shown(uri)));
    }
    Ok(StartLine::Request { method, uri })
}

fn status_line<'a>(rest: &'a str, faults: &mut Vec<String>) -> Result<StartLine<'a>, String> {
    let rest = rest.strip_prefix(' ').ok_or("no space after the version of a status line")?;
    let (code, reason) = match rest.split_once(' ') {
        Some(parts) => parts,
        None => {
            faults.push("no space after the status code".to_owned());
            (rest, "")
        }
    };
    let digits = code.bytes().all(|b| b.is_ascii_digit());
    let code: u16 =
        code.parse().ok().filter(|_| digits).ok_or_else(|| format!("status code is no number: {}", shown(code)))?;
    if !(100..700).contains(&code) {
        faults.push(format!("status code {code} is not between 100 and 699"));
    }
    Ok(StartLine::Response { code, reason })
}

/// With its line end.
fn first_line(bytes: &[u8]) -> &[u8] {
    match bytes.iter().position(|b| *b == b'\n') {
        Some(end) => bytes.get(..=end).unwrap_or(bytes),
        None => bytes,
    }
}

fn lines<'a>(mut rest: &'a [u8], faults: &mut Vec<String>) -> Vec<Line<'a>> {
    let mut found = Vec::new();
    let mut bare = false;
    while !rest.is_empty() && rest != b"\r\n" && rest != b"\n" {
        let mut length = first_line(rest).len();
        // A line that begins with white space continues the one before (RFC 3261 §7.3.1).
        while matches!(rest.get(length), Some(b' ' | b'\t')) {
            length += first_line(rest.get(length..).unwrap_or_default()).len();
        }
        let Some((line, tail)) = rest.split_at_checked(length) else {
            break;
        };
        rest = tail;
        bare |= !line.ends_with(b"\r\n");
        if line == b"\r\n" || line == b"\n" {
            break;
        }
        if found.len() >= limits::HEADERS {
            faults.push(format!("more than {} header lines", limits::HEADERS));
            break;
        }
        match header(line) {
            Some(header) => found.push(header),
            None => faults.push(format!("not a header line: {}", shown(&String::from_utf8_lossy(line)))),
        }
    }
    if bare {
        faults.push("a header line does not end with CRLF".to_owned());
    }
    found
}

fn header(line: &[u8]) -> Option<Line<'_>> {
    let colon = line.iter().position(|b| *b == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    let name = std::str::from_utf8(name).ok()?.trim_end_matches([' ', '\t']);
    let value = value.get(1..)?;
    let value = value.strip_suffix(b"\n").unwrap_or(value);
    let value = value.strip_suffix(b"\r").unwrap_or(value);
    is_token(name).then_some(Line { name, value })
}

/// At most 60 characters of a peer's text, printable.
pub(crate) fn shown(text: &str) -> String {
    let mut short: String = text.trim_end().chars().take(60).flat_map(char::escape_debug).collect();
    if text.trim_end().chars().count() > 60 {
        short.push('…');
    }
    short
}
