//! What stands in header values: lists, names with addresses, Via, parameters (RFC 3261 §25.1).

use serde::Serialize;

/// A parameter: `;name` or `;name=value`. Names are in lower case, quotes are taken off values.
pub type Param = (String, Option<String>);

/// A value of From, To, Contact, Route and their like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NameAddr {
    /// Display name without its quotes.
    pub display: Option<String>,
    /// The URI with its own parameters.
    pub uri: String,
    /// Parameters of the header.
    pub params: Vec<Param>,
}

impl NameAddr {
    /// The value of a parameter; the empty string if it has none.
    pub fn param(&self, name: &str) -> Option<&str> {
        param(&self.params, name)
    }
}

/// A value of Via.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Via {
    /// `UDP`, `TCP`, `TLS`, in capitals.
    pub transport: String,
    /// Host and port as they stand.
    pub sent_by: String,
    /// Parameters.
    pub params: Vec<Param>,
}

impl Via {
    /// The value of a parameter; the empty string if it has none.
    pub fn param(&self, name: &str) -> Option<&str> {
        param(&self.params, name)
    }

    /// The transaction's identifier.
    pub fn branch(&self) -> Option<&str> {
        self.param("branch")
    }
}

/// Split a list at its commas, those in quotes and angle brackets left alone.
pub(super) fn list(value: &str) -> Vec<&str> {
    split(value, ',')
}

pub(super) fn name_addr(value: &str) -> Option<NameAddr> {
    let value = value.trim();
    let (display, uri, rest) = match find_outside_quotes(value, '<') {
        Some(open) => {
            let display = value.get(..open)?.trim();
            let after = value.get(open + 1..)?;
            let close = after.find('>')?;
            let display = (!display.is_empty()).then(|| unquote(display));
            (display, after.get(..close)?, after.get(close + 1..)?)
        }
        // Without brackets, parameters belong to the header (RFC 3261 §20).
        None => {
            let end = value.find(';').unwrap_or(value.len());
            (None, value.get(..end)?.trim(), value.get(end..)?)
        }
    };
    Some(NameAddr { display, uri: uri.to_owned(), params: params(rest) })
}

pub(super) fn via(value: &str) -> Option<Via> {
    let value = value.trim();
    let end = value.find(';').unwrap_or(value.len());
    let (protocol, rest) = value.split_at_checked(end)?;
    // LWS is allowed around the slashes (RFC 3261 §25.1): SIP / 2.0 / UDP host.
    let mut parts = protocol.splitn(3, '/');
    let _name = parts.next()?;
    let _version = parts.next()?;
    let (transport, sent_by) = parts.next()?.trim_start().split_once([' ', '\t'])?;
    let sent_by: String = sent_by.split_whitespace().collect();
    Some(Via { transport: transport.to_ascii_uppercase(), sent_by, params: params(rest) })
}

pub(super) fn cseq(value: &str) -> Option<(u32, &str)> {
    let (number, method) = value.trim().split_once([' ', '\t'])?;
    let method = method.trim();
    // Less than 2^31 (RFC 3261 §8.1.1.5).
    let number = number.parse().ok().filter(|number: &u32| *number < 1 << 31)?;
    is_token(method).then_some((number, method))
}

pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&b))
}

/// `;a=b;c` → parameters.
pub(super) fn params(text: &str) -> Vec<Param> {
    split(text, ';')
        .into_iter()
        .map(str::trim)
        .filter(|param| !param.is_empty())
        .map(|param| match find_outside_quotes(param, '=') {
            Some(equals) => {
                let (name, value) = param.split_at(equals);
                (name.trim().to_ascii_lowercase(), Some(unquote(value.get(1..).unwrap_or_default().trim())))
            }
            None => (param.to_ascii_lowercase(), None),
        })
        .collect()
}

pub(super) fn param<'a>(params: &'a [Param], name: &str) -> Option<&'a str> {
    let (_, value) = params.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(value.as_deref().unwrap_or_default())
}

/// Quotes off, `\x` to `x`.
pub(crate) fn unquote(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').map(|text| text.strip_suffix('"').unwrap_or(text)) else {
        return text.to_owned();
    };
    let mut plain = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => plain.extend(chars.next()),
            c => plain.push(c),
        }
    }
    plain
}

/// Split at a separator that stands outside quotes and angle brackets.
pub(crate) fn split(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut quoted, mut escaped, mut bracket) = (0, false, false, false);
    for (index, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '<' if !quoted => bracket = true,
            '>' if !quoted => bracket = false,
            c if c == separator && !quoted && !bracket => {
                parts.extend(text.get(start..index).map(str::trim));
                start = index + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..).map(str::trim));
    parts
}

fn find_outside_quotes(text: &str, wanted: char) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (index, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            c if c == wanted && !quoted => return Some(index),
            _ => {}
        }
    }
    None
}
