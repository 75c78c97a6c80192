//! The field `Server`: `host`, `ldap://host[:port]` or `ldaps://host[:port]` (the document, "Configure LDAP over TLS"). The scheme alone
//! decides whether the session is under TLS.

use std::net::IpAddr;

/// The port of LDAP in clear.
const CLEAR: u16 = 389;
/// The port of LDAP under TLS (the document).
const TLS: u16 = 636;

/// Where the directory is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Whether TLS begins with the first octet.
    pub secure: bool,
    /// Host name, or address without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// Text that names no directory server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a server such as ldaps://ldap.example.com:636")]
pub struct NotAServer;

impl Server {
    /// Reads the field. A path, a search or a login is more than a server and is refused; one slash at the end is let pass.
    ///
    /// # Errors
    /// When it names none.
    pub fn parse(text: &str) -> Result<Server, NotAServer> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").map_or((None, text), |(scheme, rest)| (Some(scheme), rest));
        let secure = match scheme.map(str::to_ascii_lowercase).as_deref() {
            None | Some("ldap") => false,
            Some("ldaps") => true,
            Some(_) => return Err(NotAServer),
        };
        let rest = if scheme.is_some() { rest.strip_suffix('/').unwrap_or(rest) } else { rest };
        let (host, port) = host_port(rest)?;
        let port = port.unwrap_or(if secure { TLS } else { CLEAR });
        Ok(Server { secure, host, port })
    }

    /// The host as an address, if it is one.
    pub fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// Whether the port is the one that the scheme means when it names none.
    pub const fn has_default_port(&self) -> bool {
        self.port == if self.secure { TLS } else { CLEAR }
    }
}

fn host_port(text: &str) -> Result<(String, Option<u16>), NotAServer> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) = rest.split_once(']').ok_or(NotAServer)?;
        address.parse::<std::net::Ipv6Addr>().map_err(|_| NotAServer)?;
        let port = if rest.is_empty() { None } else { Some(port(rest.strip_prefix(':').ok_or(NotAServer)?)?) };
        return Ok((address.to_owned(), port));
    }
    // An IPv6 address without brackets can have no port.
    if text.parse::<std::net::Ipv6Addr>().is_ok() {
        return Ok((text.to_owned(), None));
    }
    let (host, port) = match text.split_once(':') {
        Some((host, digits)) => (host, Some(port(digits)?)),
        None => (text, None),
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    if is_name(host) { Ok((host.to_owned(), port)) } else { Err(NotAServer) }
}

fn port(digits: &str) -> Result<u16, NotAServer> {
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|port| plain && *port > 0).ok_or(NotAServer)
}

/// A host name (RFC 1123 §2.1) or an IPv4 address; what looks like an address and is none is neither.
fn is_name(text: &str) -> bool {
    let label = |label: &str| {
        let plain = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        (1..=63).contains(&label.len()) && plain && !label.starts_with('-') && !label.ends_with('-')
    };
    let numeric = text.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    let address = text.parse::<std::net::Ipv4Addr>().is_ok();
    text.len() <= 253 && text.split('.').all(label) && (address || !numeric)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;

    #[test]
    fn the_scheme_decides_and_the_port_follows_it() {
        let cases = [
            ("ldap.example.com", false, "ldap.example.com", 389),
            ("ldap.example.com:1389", false, "ldap.example.com", 1389),
            ("ldap://ldap.example.com", false, "ldap.example.com", 389),
            ("LDAPS://ldap.example.com", true, "ldap.example.com", 636),
            ("ldaps://ldap.example.com/", true, "ldap.example.com", 636),
            ("ldaps://192.0.2.9:1636", true, "192.0.2.9", 1636),
            // A port of the other scheme changes nothing: the scheme alone decides.
            ("ldap://192.0.2.9:636", false, "192.0.2.9", 636),
            ("ldaps://192.0.2.9:389", true, "192.0.2.9", 389),
            ("ldaps://[2001:db8::9]", true, "2001:db8::9", 636),
            ("ldaps://[2001:db8::9]:1636", true, "2001:db8::9", 1636),
            ("2001:db8::9", false, "2001:db8::9", 389),
            (" ldap ", false, "ldap", 389),
        ];
        for (text, secure, host, port) in cases {
            assert_eq!(Server::parse(text), Ok(Server { secure, host: host.into(), port }), "{text}");
        }
    }

    #[test]
    fn what_is_no_server_is_refused() {
        for text in [
            "",
            "ldaps://",
            "https://ldap.example.com",
            "tls://ldap.example.com",
            "ldap.example.com:0",
            "ldap.example.com:65536",
            "ldap.example.com:",
            "ldap.example.com:+1",
            "ldaps://user@ldap.example.com",
            "ldaps://ldap.example.com/dc=example,dc=com",
            "ldap.example.com/",
            "ldaps://[2001:db8::9",
            "ldaps://[192.0.2.9]",
            "192.0.2.256",
            "192.0.2",
            "a b",
            "-a.example",
            "ldaps:/ldap.example.com",
        ] {
            assert_eq!(Server::parse(text), Err(NotAServer), "{text}");
        }
    }
}
