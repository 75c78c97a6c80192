//! The way of log lines to the syslog server: its name looked up, its address kept as long as the records say.

use super::addresses::kinds;
use super::log::Line;
use super::resolver::Answer;
use super::sockets::{self, Place};
use crate::net::syslog::{self, Origin};
use crate::time::{Duration, Instant};
use crate::ua::{Query, RecordKind};
use std::net::{IpAddr, SocketAddr};
use tokio::net::UdpSocket;

/// RFC 5426 §3.3.
const PORT: u16 = 514;
/// Between two attempts to find a server that has no address.
const RETRY: Duration = Duration::from_secs(30);

/// The sender.
#[derive(Debug)]
pub(super) struct Syslog {
    server: Option<Server>,
    place: Place,
    /// Of the server's IP version.
    socket: Option<UdpSocket>,
    origin: Origin,
    /// `Syslog_Identifier` resolved, put before each line.
    identifier: String,
}

#[derive(Debug)]
struct Server {
    host: String,
    port: u16,
    address: Option<IpAddr>,
    kind: RecordKind,
    /// When to look the name up (again); `None` while that is under way.
    look_up: Option<Instant>,
}

impl Syslog {
    /// A sender at `place` that has no server yet.
    pub(super) fn new(place: &Place, application: String) -> Self {
        let origin = Origin { host: place.address, application, process: std::process::id() };
        Syslog { server: None, place: place.clone(), socket: None, origin, identifier: String::new() }
    }

    /// Obeys `Syslog_Server` and the text that `Syslog_Identifier` stands for.
    pub(super) fn configure(&mut self, setting: &str, identifier: String, now: Instant) {
        self.identifier = identifier;
        let Some((host, port)) = host_and_port(setting) else {
            self.server = None;
            return;
        };
        let same = self.server.as_ref().is_some_and(|server| server.host == host && server.port == port);
        if !same {
            let [kind, _] = kinds(self.place.address);
            self.server = Some(Server { host, port, address: None, kind, look_up: Some(now) });
        }
    }

    /// Whether lines can be taken now: there is an address to send to, or no server at all and they may be forgotten.
    pub(super) fn takes_lines(&self) -> bool {
        self.server.as_ref().is_none_or(|server| server.address.is_some())
    }

    /// When [`Syslog::wanted`] has something to look up.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.server.as_ref().and_then(|server| server.look_up)
    }

    /// A look-up that is due.
    pub(super) fn wanted(&mut self, now: Instant) -> Option<Query> {
        let server = self.server.as_mut()?;
        server.look_up.take_if(|at| *at <= now)?;
        Some(Query { name: server.host.clone(), kind: server.kind })
    }

    /// The outcome of a look-up that [`Syslog::wanted`] asked for.
    pub(super) fn resolved(&mut self, query: &Query, answer: &Answer, now: Instant) {
        let asked = |server: &&mut Server| server.host == query.name && server.kind == query.kind;
        let Some(server) = self.server.as_mut().filter(asked) else { return };
        let [own, other] = kinds(self.place.address);
        match answer {
            Ok(records) => {
                let address = records.addresses.first().copied().or(server.address);
                if address != server.address || self.socket.is_none() {
                    // Without a socket the phone works, it is only not heard.
                    self.socket = address.and_then(|address| sockets::udp_toward(&self.place, address, 0).ok());
                }
                server.address = address;
                server.look_up = Some(now + records.ttl.max(RETRY));
            }
            // The other IP version at once, then both again later.
            Err(_) if server.kind == own => (server.kind, server.look_up) = (other, Some(now)),
            Err(_) => (server.kind, server.look_up) = (own, Some(now + RETRY)),
        }
    }

    /// Sends a line.
    pub(super) fn send(&self, line: &Line) {
        let Some((address, port)) = self.server.as_ref().and_then(|server| Some((server.address?, server.port))) else {
            return;
        };
        let text =
            if self.identifier.is_empty() { line.text.clone() } else { format!("{} {}", self.identifier, line.text) };
        let message = syslog::message(&self.origin, line.severity, line.at, &text);
        if let Some(socket) = &self.socket {
            // Nothing can be told about a line that is lost here; it is on the serial line.
            let _ = sockets::send(socket, message.as_bytes(), SocketAddr::new(address, port));
        }
    }
}

/// `host[:port]`; `None` when empty or when the port is none.
fn host_and_port(setting: &str) -> Option<(String, u16)> {
    let setting = setting.trim();
    // An IPv6 address has colons of its own; brackets set its port apart.
    if setting.parse::<std::net::Ipv6Addr>().is_ok() {
        return Some((setting.to_owned(), PORT));
    }
    let (host, port) = match setting.rsplit_once(':').filter(|_| !setting.ends_with(']')) {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (setting, PORT),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    (!host.is_empty() && port != 0).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_514_unless_told() {
        assert_eq!(host_and_port(" syslog.example "), Some(("syslog.example".into(), 514)));
        assert_eq!(host_and_port("192.0.2.3:1514"), Some(("192.0.2.3".into(), 1514)));
        assert_eq!(host_and_port("2001:db8:78::3"), Some(("2001:db8:78::3".into(), 514)));
        assert_eq!(host_and_port("[2001:db8:78::3]:1514"), Some(("2001:db8:78::3".into(), 1514)));
        assert_eq!(host_and_port("[2001:db8:78::3]"), Some(("2001:db8:78::3".into(), 514)));
        assert_eq!((host_and_port(""), host_and_port("host:port"), host_and_port(":514")), (None, None, None));
    }
}
