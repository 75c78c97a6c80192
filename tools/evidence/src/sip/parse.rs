//! From octets to a view of a SIP message: start line, header lines, body (RFC 3261 §7). Nothing is copied.
//!
//! Only a message whose start line cannot be read, or whose head has no end, is refused. Everything else that is wrong is noted
//! in `faults`, and the message stands: a verdict may well be about the wrong line.

use super::Start;
use super::names;
use super::values::is_token;
use crate::limits;

/// A message as it lies in its octets.
#[derive(Debug)]
pub(crate) struct View<'a> {
    pub(crate) start: Start,
    pub(crate) headers: Vec<Line<'a>>,
    /// Octets up to and with the empty line.
    pub(crate) head_len: usize,
    pub(crate) faults: Vec<String>,
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
    for line in headers.iter().filter(|line| names::means(line.name, "Content-Length")) {
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

fn start_line(line: &[u8], faults: &mut Vec<String>) -> Result<Start, String> {
    let ended = line.ends_with(b"\r\n");
    let text = String::from_utf8_lossy(line);
    let line = text.trim_end_matches(['\r', '\n']);
    if line.is_empty() {
        return Err("the start line is empty".to_owned());
    }
    if !ended {
        faults.push("the start line does not end with CRLF".to_owned());
    }
    if line.contains(char::REPLACEMENT_CHARACTER) {
        faults.push("the start line is not UTF-8".to_owned());
    }
    if let Some(rest) = line.strip_prefix("SIP/2.0 ") {
        return status_line(rest, faults);
    }
    let no_request = || format!("not a SIP start line: {}", shown(line));
    let (method, rest) = line.split_once(' ').ok_or_else(no_request)?;
    let (uri, version) = rest.rsplit_once(' ').ok_or_else(no_request)?;
    if method.is_empty() || !version.starts_with("SIP/") {
        return Err(no_request());
    }
    if version != "SIP/2.0" {
        return Err(format!("version is not SIP/2.0: {}", shown(version)));
    }
    // White space is what parts the three; within a URI, it leaves open which parts are meant (RFC 3261 §7.1). A URI has a scheme.
    if !uri.contains(':') || uri.contains([' ', '\t']) {
        return Err(no_request());
    }
    if !is_token(method) {
        faults.push(format!("the method is no token: {}", shown(method)));
    }
    if uri.contains(['<', '>']) {
        faults.push(format!("the Request-URI is malformed: {}", shown(uri)));
    }
    Ok(Start::Request { method: method.to_owned(), uri: uri.to_owned() })
}

/// Three digits and a space, then any text (RFC 3261 §7.2).
fn status_line(rest: &str, faults: &mut Vec<String>) -> Result<Start, String> {
    let refuse = || format!("not a SIP status line: {}", shown(rest));
    let (code, reason) = rest.split_once(' ').ok_or_else(refuse)?;
    let digits = code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit());
    let code: u16 = code.parse().ok().filter(|_| digits).ok_or_else(refuse)?;
    if !(100..700).contains(&code) {
        faults.push(format!("status code {code} is not between 100 and 699"));
    }
    Ok(Start::Response { code, reason: reason.to_owned() })
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
