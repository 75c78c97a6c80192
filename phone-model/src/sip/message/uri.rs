//! URIs (RFC 3261 §19.1). Parts are kept as written, escapes and all; what they mean is asked for by methods.

use super::lexer::Params;
use std::fmt;
use std::net::IpAddr;

/// A URI of any scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uri {
    /// `sip:` or `sips:`.
    Sip(SipUri),
    /// Any other scheme, `tel:` among them.
    Other {
        /// Scheme as written.
        scheme: String,
        /// All after the colon.
        rest: String,
    },
}

/// A `sip:` or `sips:` URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SipUri {
    /// Whether it is `sips:`.
    pub secure: bool,
    /// User part as written, with escapes; nothing when there is no `@`.
    pub user: Option<String>,
    /// Password as written.
    pub password: Option<String>,
    /// Host as written; IPv6 addresses with brackets.
    pub host: String,
    /// Port.
    pub port: Option<u16>,
    /// `;name=value` parameters.
    pub params: Params,
    /// Headers after `?`, as written.
    pub headers: Option<String>,
}

impl Uri {
    /// Reads a URI; nothing when it has white space, `<>`, no scheme, or is a SIP URI that breaks the grammar.
    pub fn parse(text: &str) -> Option<Uri> {
        if text.bytes().any(|b| b <= b' ' || b == 0x7f || matches!(b, b'<' | b'>' | b'"')) {
            return None;
        }
        let (scheme, rest) = text.split_once(':')?;
        let secure = scheme.eq_ignore_ascii_case("sips");
        if secure || scheme.eq_ignore_ascii_case("sip") {
            return SipUri::parse_rest(secure, rest).map(Uri::Sip);
        }
        let mut bytes = scheme.bytes();
        let first_fits = bytes.next().is_some_and(|b| b.is_ascii_alphabetic());
        let fits = first_fits && bytes.all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)) && !rest.is_empty();
        fits.then(|| Uri::Other { scheme: scheme.to_owned(), rest: rest.to_owned() })
    }

    /// `sip:user@host:port`, without user when `user` is empty.
    pub fn sip(user: &str, host: &str, port: Option<u16>) -> Uri {
        Uri::Sip(SipUri {
            secure: false,
            user: (!user.is_empty()).then(|| user.to_owned()),
            password: None,
            host: host.to_owned(),
            port,
            params: Params::default(),
            headers: None,
        })
    }

    /// The SIP URI, if it is one.
    pub fn as_sip(&self) -> Option<&SipUri> {
        match self {
            Uri::Sip(uri) => Some(uri),
            Uri::Other { .. } => None,
        }
    }

    /// User part with escapes undone; nothing when there is none.
    pub fn user(&self) -> Option<String> {
        self.as_sip().and_then(|u| u.user.as_deref()).map(unescape)
    }

    /// Host as written; empty for other schemes.
    pub fn host(&self) -> &str {
        self.as_sip().map_or("", |u| u.host.as_str())
    }
}

impl SipUri {
    /// The address, when the host is one.
    pub fn ip(&self) -> Option<IpAddr> {
        host_ip(&self.host)
    }

    fn parse_rest(secure: bool, rest: &str) -> Option<SipUri> {
        // `?` and `;` may stand in a user part unescaped (user-unreserved), so the `@` is looked for first.
        let (userinfo, hostpart) = match rest.split_once('@') {
            Some((userinfo, hostpart)) => (Some(userinfo), hostpart),
            None => (None, rest),
        };
        let (hostpart, headers) = match hostpart.split_once('?') {
            Some((hostpart, headers)) => (hostpart, Some(headers.to_owned())),
            None => (hostpart, None),
        };
        let (hostport, params) = match hostpart.split_once(';') {
            Some((hostport, params)) => (hostport, Params::parse(params)?),
            None => (hostpart, Params::default()),
        };
        let (host, port) = host_port(hostport)?;
        let (user, password) = match userinfo.map(|u| u.split_once(':').map_or((u, None), |(u, p)| (u, Some(p)))) {
            Some((user, password)) => {
                if user.is_empty() || !user_fits(user) || !password.is_none_or(user_fits) {
                    return None;
                }
                (Some(user.to_owned()), password.map(str::to_owned))
            }
            None => (None, None),
        };
        Some(SipUri { secure, user, password, host: host.to_owned(), port, params, headers })
    }
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Uri::Sip(uri) => uri.fmt(f),
            Uri::Other { scheme, rest } => write!(f, "{scheme}:{rest}"),
        }
    }
}

impl fmt::Display for SipUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.secure { "sips:" } else { "sip:" })?;
        if let Some(user) = &self.user {
            f.write_str(user)?;
            if let Some(password) = &self.password {
                write!(f, ":{password}")?;
            }
            f.write_str("@")?;
        }
        f.write_str(&self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        self.params.fmt(f)?;
        match &self.headers {
            Some(headers) => write!(f, "?{headers}"),
            None => Ok(()),
        }
    }
}

/// The address that a host is, with or without brackets; nothing for a name.
pub fn host_ip(host: &str) -> Option<IpAddr> {
    host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host).parse().ok()
}

/// Splits `host[:port]`; nothing when either breaks the grammar. What is inside brackets is not looked at closely: RFC 5118 §4.10 asks
/// to tolerate three colons.
pub(crate) fn host_port(text: &str) -> Option<(&str, Option<u16>)> {
    let text = text.trim();
    let (host, rest) = if text.starts_with('[') {
        let end = text.find(']')?;
        let (host, rest) = text.split_at_checked(end + 1)?;
        let inner = host.get(1..end)?;
        if inner.is_empty() || !inner.bytes().all(|b| b.is_ascii_hexdigit() || b == b':' || b == b'.') {
            return None;
        }
        (host, rest.trim_start())
    } else {
        let (host, rest) = text.split_at_checked(text.find([':', ' ', '\t']).unwrap_or(text.len()))?;
        if host.is_empty() || !host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)) {
            return None;
        }
        (host, rest.trim_start())
    };
    match rest.strip_prefix(':') {
        None if rest.is_empty() => Some((host, None)),
        None => None,
        Some(port) => {
            let port = port.trim_start();
            let fits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
            Some((host, Some(port.parse().ok().filter(|_| fits)?)))
        }
    }
}

/// Undoes `%HH` escapes once; octets that are not UTF-8 become replacement characters.
fn unescape(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn user_fits(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let fits = match byte {
            b'%' => {
                bytes.next().is_some_and(|b| b.is_ascii_hexdigit())
                    && bytes.next().is_some_and(|b| b.is_ascii_hexdigit())
            }
            _ => byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/:#".contains(&byte) || byte >= 0x80,
        };
        if !fits {
            return false;
        }
    }
    true
}
