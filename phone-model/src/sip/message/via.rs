//! Via (RFC 3261 §20.42, RFC 3581).

use super::lexer::{Params, is_token, split};
use super::uri::{host_ip, host_port};
use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// One Via element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Via {
    /// Transport as written: `UDP`, `TCP`, `TLS`, or any token.
    pub transport: String,
    /// Host of sent-by as written; IPv6 addresses with brackets.
    pub host: String,
    /// Port of sent-by.
    pub port: Option<u16>,
    /// Parameters: `branch`, `received`, `rport`, …
    pub params: Params,
}

impl Via {
    /// Reads one element; nothing when it breaks the grammar.
    pub fn parse(text: &str) -> Option<Via> {
        let parts = split(text.trim(), b';', true);
        let (sent, rest) = parts.split_first()?;
        let params = if rest.is_empty() { Params::default() } else { Params::parse(&rest.join(";"))? };
        // `SIP / 2.0 / UDP host`: white space may surround the slashes.
        let mut words = sent.splitn(3, '/');
        let (name, version, rest) = (words.next()?.trim(), words.next()?.trim(), words.next()?.trim_start());
        let (transport, sent_by) = rest.split_at_checked(rest.find([' ', '\t'])?)?;
        let (host, port) = host_port(sent_by)?;
        let fits = is_token(name) && is_token(version) && is_token(transport);
        fits.then(|| Via { transport: transport.to_owned(), host: host.to_owned(), port, params })
    }

    /// `branch`.
    pub fn branch(&self) -> Option<&str> {
        self.params.value("branch")
    }

    /// `received`, with or without brackets (RFC 5118 §4.5).
    pub fn received(&self) -> Option<IpAddr> {
        self.params.value("received").and_then(host_ip)
    }

    /// Port of sent-by or the default of its transport (RFC 3261 §18.2.2, §19.1.2).
    pub fn port_or_default(&self) -> u16 {
        self.port.unwrap_or(if self.transport.eq_ignore_ascii_case("TLS") { 5061 } else { 5060 })
    }

    /// `host[:port]` as written.
    pub fn sent_by(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// What a server writes into the top Via of a request from `source`: `received` when sent-by differs from the source or is a name
    /// (RFC 3261 §18.2.1), both `rport` and `received` when `rport` was asked for without a value (RFC 3581 §4).
    pub fn mark_source(&mut self, source: SocketAddr) {
        let asked = self.params.get("rport") == Some(None);
        if asked {
            self.params.set("rport", Some(&source.port().to_string()));
        }
        if asked || host_ip(&self.host) != Some(source.ip()) {
            self.params.set("received", Some(&source.ip().to_string()));
        } else {
            // A peer cannot tell us where it is by filling this in itself.
            self.params.remove("received");
        }
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SIP/2.0/{} {}{}", self.transport, self.sent_by(), self.params)
    }
}
