//! Where the messages of a line go, and by which transport.
//!
//! A line with TLS sends nothing in clear, whatever a Contact or a route says: what would go another way goes to its proxy (RFC 3261 §26.3.2.1).
//! `sips:` is TLS for every line (RFC 3261 §26.2.2).

use super::{Desk, Outgoing};
use crate::defects::Defect;
use crate::sip::message::Uri;
use crate::sip::transaction::{Target, Transport};
use crate::time::Instant;
use crate::ua::interface::Secured;
use crate::ua::line::{LineTransport, host_of, split_port};
use crate::ua::names::Hop;
use std::net::SocketAddr;

/// Notes of whom connections would be with; what is there already makes no use of its own.
const MOST_PARTIES: usize = 64;

impl Desk {
    /// The next hop of requests outside dialogs: outbound proxy or proxy.
    pub(in crate::ua) fn proxy_hop(&self, line: u8) -> Option<Hop> {
        let line = self.line(line)?;
        let field =
            if line.account.outbound_proxy.is_empty() { &line.account.proxy } else { &line.account.outbound_proxy };
        let (host, port) = split_port(field);
        let srv = line.use_srv.then_some(line.srv_prefix);
        // Where DNS chooses, it is asked each time: with the transport it tells the place.
        let transport = match line.transport {
            LineTransport::Auto => None,
            LineTransport::Udp | LineTransport::Tcp | LineTransport::Tls => self.transport_of(line.number),
        };
        (!host.is_empty()).then_some(Hop { host: host.to_owned(), port, transport, srv })
    }

    /// The hop that a URI names (RFC 3263 §4 without NAPTR): its transport parameter counts, else the line's transport.
    pub(in crate::ua) fn uri_hop(&self, uri: &Uri, line: u8) -> Option<Hop> {
        let sip = uri.as_sip()?;
        let wanted = sip.params.value("transport").map(str::to_ascii_lowercase);
        let transport = match (sip.secure, wanted.as_deref()) {
            // RFC 5630 §3.1.4: `transport=tls` is of the past, and understood.
            (_, Some("tls")) | (true, Some("tcp") | None) => Transport::Tls,
            (true, Some(_)) => return None,
            (false, _) if self.transport_of(line) == Some(Transport::Tls) => return self.proxy_hop(line),
            (false, Some("udp")) => Transport::Udp,
            (false, Some("tcp")) => Transport::Tcp,
            (false, Some(_)) => return None,
            (false, None) => self.transport_of(line).unwrap_or(Transport::Udp),
        };
        Some(Hop { host: sip.host.clone(), port: sip.port, transport: Some(transport), srv: None })
    }

    /// The transport in force on a line; nothing while DNS is to choose it.
    pub(in crate::ua) fn transport_of(&self, line: u8) -> Option<Transport> {
        match self.line(line)?.transport {
            LineTransport::Udp => Some(Transport::Udp),
            LineTransport::Tcp => Some(Transport::Tcp),
            LineTransport::Tls => Some(Transport::Tls),
            LineTransport::Auto => self.chosen.get(&line).copied(),
        }
    }

    /// The transport parameter of a line's Contact; none over UDP.
    pub(super) fn stream_of(&self, line: u8) -> Option<&'static str> {
        match self.transport_of(line)? {
            Transport::Udp => None,
            Transport::Tcp => Some("tcp"),
            Transport::Tls => Some("tls"),
        }
    }

    /// DNS chose a transport for a line; what was written before that is put right.
    pub(super) fn choose(&mut self, outgoing: &mut Outgoing, transport: Transport) {
        self.chosen.insert(outgoing.line, transport);
        let parameter = self.stream_of(outgoing.line);
        if let Some(mut contact) = outgoing.message.contact()
            && let Uri::Sip(uri) = &mut contact.uri
            && let Some(parameter) = parameter
        {
            uri.params.set("transport", Some(parameter));
            outgoing.message.set("Contact", contact.to_string());
        }
    }

    /// Notes whom a connection to a target would be with, should one be needed.
    pub(super) fn meet(&mut self, target: &Target, host: &str) {
        if target.transport == Transport::Tls {
            if self.parties.len() >= MOST_PARTIES {
                self.parties.clear();
            }
            self.parties.insert((target.local, target.remote), host.to_owned());
        }
    }

    /// With whom a TLS connection is to be that the transaction layer asks for.
    pub(in crate::ua) fn party(&mut self, local: SocketAddr, remote: SocketAddr) -> Secured {
        let noted = self.parties.remove(&(local, remote));
        let line = self.lines.iter().find(|line| line.port == local.port());
        // An answer that lost its connection goes back to the proxy.
        let host = noted.or_else(|| line.map(|line| host_of(&line.account.proxy).to_owned()));
        Secured { line: line.map_or(1, |line| line.number), host: host.unwrap_or_default() }
    }

    /// A registration of a line has failed under TLS. A phone without defects does nothing more; true when this one tries another way.
    pub(in crate::ua) fn falls_back(&mut self, outgoing: &Outgoing, now: Instant) -> bool {
        let transport = match outgoing.by {
            Some(Transport::Tls) if self.defects.has(Defect::TlsFallsBackToUdp) => Transport::Udp,
            Some(Transport::Tls) if self.defects.has(Defect::TlsFallsBackToTcp) => Transport::Tcp,
            Some(_) | None => return false,
        };
        let hop = Hop { transport: Some(transport), port: None, ..outgoing.hop.clone() };
        self.route(super::Waiting::Request(Outgoing { hop, ..outgoing.clone() }), now);
        true
    }
}
