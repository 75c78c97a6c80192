//! The small grammar that all headers share (RFC 3261 §25.1): tokens, quoted strings, lists, parameters.

use std::fmt;

/// Whether `text` is a token: not empty, only characters of RFC 3261 §25.1 `token`.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_token_byte)
}

pub(crate) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte)
}

/// The four headers whose commas separate parameters, not values (RFC 3261 §20.7, §7.3.1).
pub(crate) fn is_authentication(name: &str) -> bool {
    ["Authorization", "WWW-Authenticate", "Proxy-Authorization", "Proxy-Authenticate"]
        .iter()
        .any(|n| n.eq_ignore_ascii_case(name))
}

/// Whether two header names mean the same header: any case, compact or long (RFC 3261 §7.3.3 and the IANA registry).
pub(crate) fn same_header(a: &str, b: &str) -> bool {
    long_name(a).eq_ignore_ascii_case(long_name(b))
}

/// The long name of a compact one; any other name as it is.
pub(crate) fn long_name(name: &str) -> &str {
    let &[letter] = name.as_bytes() else { return name };
    match letter.to_ascii_lowercase() {
        b'a' => "Accept-Contact",
        b'b' => "Referred-By",
        b'c' => "Content-Type",
        b'd' => "Request-Disposition",
        b'e' => "Content-Encoding",
        b'f' => "From",
        b'i' => "Call-ID",
        b'j' => "Reject-Contact",
        b'k' => "Supported",
        b'l' => "Content-Length",
        b'm' => "Contact",
        b'n' => "Identity-Info",
        b'o' => "Event",
        b'r' => "Refer-To",
        b's' => "Subject",
        b't' => "To",
        b'u' => "Allow-Events",
        b'v' => "Via",
        b'x' => "Session-Expires",
        b'y' => "Identity",
        _ => name,
    }
}

/// Splits a header value at its commas, outside quoted strings and `<>`; elements are trimmed, empty ones kept.
pub fn elements(value: &str) -> Vec<&str> {
    split(value, b',', true).into_iter().map(str::trim).collect()
}

/// Splits at `at` outside quoted strings and, with `angles`, outside `<>`. An unterminated quote or bracket reaches to the end.
pub(crate) fn split(value: &str, at: u8, angles: bool) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut quoted, mut escaped, mut angle) = (0, false, false, false);
    for (i, byte) in value.bytes().enumerate() {
        if escaped {
            escaped = false;
        } else if quoted {
            match byte {
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
        } else {
            match byte {
                b'"' => quoted = true,
                b'<' => angle = angles,
                b'>' => angle = false,
                _ if byte == at && !angle => {
                    parts.push(value.get(start..i).unwrap_or_default());
                    start = i + 1;
                }
                _ => {}
            }
        }
    }
    parts.push(value.get(start..).unwrap_or_default());
    parts
}

/// The text inside a quoted string with quoted pairs undone (RFC 3261 §25.1); nothing when `text` is not one whole quoted string.
pub fn unquote(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?;
    let mut plain = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    loop {
        match chars.next()? {
            '"' => return chars.as_str().is_empty().then_some(plain),
            '\\' => plain.push(chars.next()?),
            c => plain.push(c),
        }
    }
}

/// `text` as a quoted string.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// Parameters after a `;`, in order, names and values as written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Params(pub Vec<(String, Option<String>)>);

impl Params {
    /// Reads `a=b;c;d="x;y"`. Nothing when a name is empty or is not made of `token` characters, or when a value has white space.
    pub fn parse(text: &str) -> Option<Params> {
        split(text, b';', true).into_iter().map(param).collect::<Option<Vec<_>>>().map(Params)
    }

    /// Value of the first parameter of this name in any case; `Some(None)` when it stands without one.
    pub fn get(&self, name: &str) -> Option<Option<&str>> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_deref())
    }

    /// Value of the first parameter of this name; nothing when it is missing or has none.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.get(name).flatten()
    }

    /// Whether a parameter of this name is there.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Sets a parameter, in the place of the first of its name or at the end.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        let value = value.map(str::to_owned);
        match self.0.iter_mut().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
            Some(param) => param.1 = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// Removes all parameters of this name.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
    }
}

impl fmt::Display for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.0 {
            match value {
                Some(value) => write!(f, ";{name}={value}")?,
                None => write!(f, ";{name}")?,
            }
        }
        Ok(())
    }
}

fn param(text: &str) -> Option<(String, Option<String>)> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name.trim(), Some(value.trim())),
        None => (text.trim(), None),
    };
    // URI parameters allow a few characters more than tokens do (paramchar, RFC 3261 §25.1).
    let name_fits = !name.is_empty() && name.bytes().all(|b| is_token_byte(b) || b"[]/:&$()".contains(&b));
    let value_fits = value.is_none_or(|v| {
        if v.starts_with('"') { unquote(v).is_some() } else { !v.is_empty() && !v.contains([' ', '\t', '"', '<', '>']) }
    });
    (name_fits && value_fits).then(|| (name.to_owned(), value.map(str::to_owned)))
}
