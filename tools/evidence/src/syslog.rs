//! Syslog lines: RFC 5424, and the older form that RFC 3164 describes.

use serde::Serialize;

use crate::at::{At, facts};
use crate::sip::Transport;

/// One line.
#[derive(Debug, Clone, Serialize)]
pub struct SyslogLine {
    /// Where and when.
    #[serde(flatten)]
    pub at: At,
    /// What carried it.
    pub transport: Transport,
    /// Facility; 0 kernel, 1 user, 16 to 23 local use. None if there is no priority part.
    pub facility: Option<u8>,
    /// Severity; 0 emergency to 7 debug.
    pub severity: Option<u8>,
    /// Whether it has the form of RFC 5424.
    pub structured: bool,
    /// Time as the line tells it.
    pub timestamp: Option<String>,
    /// Host name.
    pub host: Option<String>,
    /// Application name (RFC 5424) or tag (RFC 3164).
    pub app: Option<String>,
    /// What it says: the last part.
    pub message: String,
    /// All of it after the priority part.
    pub text: String,
}

facts!(SyslogLine);

/// Read a line. Any text is a syslog message (RFC 3164 §4.3), so this cannot fail.
pub(crate) fn read(line: &[u8], transport: Transport, at: At) -> SyslogLine {
    let line = String::from_utf8_lossy(line);
    let line = line.trim_end_matches(['\r', '\n', '\0']);
    let (priority, text) = priority(line).map_or((None, line), |(priority, text)| (Some(priority), text));
    let parts = rfc5424(text).or_else(|| rfc3164(text));
    let (structured, timestamp, host, app, message) = match parts {
        Some(parts) => (parts.structured, parts.timestamp, parts.host, parts.app, parts.message),
        None => (false, None, None, None, text),
    };
    SyslogLine {
        at,
        transport,
        facility: priority.map(|priority| priority >> 3),
        severity: priority.map(|priority| priority & 7),
        structured,
        timestamp: timestamp.map(str::to_owned),
        host: host.map(str::to_owned),
        app: app.map(str::to_owned),
        message: message.to_owned(),
        text: text.to_owned(),
    }
}

struct Parts<'a> {
    structured: bool,
    timestamp: Option<&'a str>,
    host: Option<&'a str>,
    app: Option<&'a str>,
    message: &'a str,
}

/// `<134>rest`; at most 191 (RFC 5424 §6.2.1).
fn priority(line: &str) -> Option<(u8, &str)> {
    let (number, rest) = line.strip_prefix('<')?.split_once('>')?;
    let digits = (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let number = number.parse().ok().filter(|number| digits && *number <= 191)?;
    Some((number, rest))
}

/// `1 TIME HOST APP PROCID MSGID SD MSG` (RFC 5424 §6).
fn rfc5424(text: &str) -> Option<Parts<'_>> {
    let rest = text.strip_prefix("1 ")?;
    let mut words = rest.splitn(6, ' ');
    let mut field = || words.next();
    let (timestamp, host, app, _procid, _msgid, rest) = (field()?, field()?, field()?, field()?, field()?, field()?);
    let message = match rest.strip_prefix('-') {
        Some(message) => message,
        None => rest.get(structured_data_end(rest)?..)?,
    };
    let value = |text| (text != "-").then_some(text);
    Some(Parts {
        structured: true,
        timestamp: value(timestamp),
        host: value(host),
        app: value(app),
        message: message.strip_prefix(' ').unwrap_or(message).trim_start_matches('\u{feff}'),
    })
}

/// After the last `]` of `[id a="b"][id2]` (RFC 5424 §6.3).
fn structured_data_end(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped, mut inside) = (false, false, false);
    for (index, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if inside => quoted = !quoted,
            '[' if !inside => inside = true,
            ']' if !quoted => inside = false,
            _ if !inside => return Some(index),
            _ => {}
        }
    }
    (!inside && !text.is_empty()).then_some(text.len())
}

/// `Mmm dd hh:mm:ss HOST TAG: MSG` (RFC 3164 §4.1).
fn rfc3164(text: &str) -> Option<Parts<'_>> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (timestamp, rest) = text.split_at_checked(15)?;
    if !MONTHS.contains(&timestamp.get(..3)?) {
        return None;
    }
    let (host, rest) = rest.strip_prefix(' ')?.split_once(' ')?;
    let (app, message) = match rest.split_once(':') {
        Some((tag, message)) if !tag.contains(' ') => (Some(tag), message.trim_start()),
        Some(_) | None => (None, rest),
    };
    Some(Parts { structured: false, timestamp: Some(timestamp), host: Some(host), app, message })
}
