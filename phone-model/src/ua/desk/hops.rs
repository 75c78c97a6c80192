//! Where the messages of a line go, and by which transport.
//!
//! A line with TLS sends nothing in clear, whatever a Contact or a route says: what would go another way goes to its proxy (RFC 3261 §26.3.2.1).
//! `sips:` is TLS for every line (RFC 3261 §26.2.2).

use super::{Desk, Outgoing};
use crate::defects::Defect;
use crate::sip::message::{Message, NameAddr, Uri};
use crate::sip::transaction::{Target, Transport};
use crate::time::Instant;
use crate::ua::interface::Secured;
use crate::ua::line::{LineSettings, LineTransport, host_of, split_port};
use crate::ua::links::pick;
use crate::ua::names::Hop;
use std::net::SocketAddr;

/// Where servers listen: a connection from such a port would look like one to it.
const OF_SERVERS: [u16; 2] = [5_060, 5_061];
/// Notes of whom connections would be with; what is there already makes no use of its own.
const MOST_PARTIES: usize = 64;

/// Whether the dialog that a request makes is one of `sips` (RFC 3261 §12.1.1): by its Request-URI, its topmost Record-Route, or, without such,
/// its Contact.
pub(in crate::ua) fn is_sips(request: &Message) -> bool {
    let secure = |uri: &Uri| uri.as_sip().is_some_and(|uri| uri.secure);
    let route = request.addresses("Record-Route").into_iter().next();
    let way = route.or_else(|| request.contact());
    request.uri().is_some_and(secure) || way.is_some_and(|way| secure(&way.uri))
}

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

    /// Contact of a line in a dialog; with `sips` when the dialog is of that kind (RFC 3261 §8.1.1.8, §12.1.1).
    pub(in crate::ua) fn contact_in(&self, line: u8, sips: bool) -> NameAddr {
        let mut contact = self.contact(line);
        if let Uri::Sip(uri) = &mut contact.uri
            && sips
        {
            uri.secure = true;
            uri.params.remove("transport");
        }
        contact
    }

    /// DNS chose a transport for a line; what was written before that is put right.
    pub(super) fn choose(&mut self, outgoing: &mut Outgoing, transport: Transport) {
        self.chosen.insert(outgoing.line, transport);
        self.take_port(outgoing.line);
        outgoing.local = self.local(outgoing.line);
        if let Some(contact) = outgoing.message.contact() {
            let sips = contact.uri.as_sip().is_some_and(|uri| uri.secure);
            let uri = self.contact_in(outgoing.line, sips).uri;
            outgoing.message.set("Contact", NameAddr { uri, ..contact }.to_string());
        }
    }

    /// The port of a line's connection under TLS, once it has one.
    pub(super) fn secure_port(&self, line: u8) -> Option<u16> {
        self.ports.get(&line).copied().filter(|_| self.transport_of(line) == Some(Transport::Tls))
    }

    /// Gives a line with TLS a port for its connection. Via and Contact name it, so that a proxy which goes by them finds the connection that is
    /// there; it stays the same for as long as it can be had, so that each REGISTER replaces the binding before (RFC 3261 §10.2.4).
    pub(in crate::ua) fn take_port(&mut self, line: u8) {
        if self.transport_of(line) == Some(Transport::Tls) && !self.ports.contains_key(&line) {
            let heard = self.lines.iter().filter(|line| line.transport.hears_tcp()).map(|line| line.port);
            let taken: Vec<u16> = heard.chain(self.ports.values().copied()).chain(OF_SERVERS).collect();
            let port = pick(&taken, &self.settings, &mut self.random);
            self.ports.insert(line, port);
        }
    }

    /// The line of a port: of its connection under TLS, or its SIP Port.
    pub(in crate::ua) fn line_at(&self, port: u16) -> Option<&LineSettings> {
        let secured = self.lines.iter().find(|line| self.secure_port(line.number) == Some(port));
        secured.or_else(|| self.lines.iter().find(|line| line.port == port))
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
        let line = self.line_at(local.port());
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
        let port = self.line(outgoing.line).map_or(5_060, |line| line.port);
        let local = SocketAddr::new(self.local_ip, port);
        self.route(super::Waiting::Request(Outgoing { hop, local, ..outgoing.clone() }), now);
        true
    }
}
