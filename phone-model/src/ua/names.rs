//! Where the next hop is, and by which transport (RFC 3263 §4). SRV records are looked up where Use DNS SRV is on; the transport is looked up
//! where it is AUTO. Answers are kept for their TTL.
//!
//! AUTO: NAPTR records choose, those of equal order and preference in the order UDP, TCP, TLS (phone-facts §2.2). Without such records the SRV
//! records of the three are asked for in that order, and without any of them it is UDP. A numeric host or a port in the field ends the search
//! before it begins: UDP (RFC 3263 §4.1).

use super::interface::{NotResolved, Query, RecordKind, Records};
use crate::sip::message::host_ip;
use crate::sip::transaction::Transport;
use crate::time::{Duration, Instant};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

/// The transports that AUTO chooses from, the first of equals first.
const CHOICE: [Transport; 3] = [Transport::Udp, Transport::Tcp, Transport::Tls];
/// How long the answer to one step of a search is good for the next, whatever its lifetime.
const STEP: Duration = Duration::from_secs(30);
/// Most answers that are kept.
const MAX_KEPT: usize = 128;

/// A next hop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hop {
    /// Name or address.
    pub(super) host: String,
    /// Port, when one is told.
    pub(super) port: Option<u16>,
    /// Transport; nothing when DNS is to choose it.
    pub(super) transport: Option<Transport>,
    /// Whether SRV records are looked up first, and whether `_sip._udp` is put before the name for it (`DNS SRV Auto Prefix`).
    pub(super) srv: Option<bool>,
}

/// Where a hop is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Located {
    /// There, by this transport.
    At(SocketAddr, Transport),
    /// A look-up is on its way; this one has to be asked for now.
    Asking(Option<Query>),
    /// No name server knows.
    Nowhere,
}

#[derive(Debug)]
struct Kept {
    answer: Result<Records, NotResolved>,
    until: Instant,
}

/// What name servers told.
#[derive(Debug, Default)]
pub(super) struct Names {
    kept: BTreeMap<Query, Kept>,
    asked: BTreeSet<Query>,
}

impl Names {
    /// Finds a hop.
    pub(super) fn locate(&mut self, hop: &Hop, local: IpAddr, now: Instant) -> Located {
        let host = hop.host.trim_end_matches('.').to_ascii_lowercase();
        let literal = host_ip(&hop.host).is_some();
        let Some(transport) = hop.transport else {
            if literal || hop.port.is_some() {
                let port = hop.port.unwrap_or(Transport::Udp.default_port());
                return self.address(&host, port, Transport::Udp, local, now);
            }
            return self.chosen(&host, local, now);
        };
        let (Some(prefix), None, false) = (hop.srv, hop.port, literal) else {
            let port = hop.port.unwrap_or(transport.default_port());
            return self.address(&host, port, transport, local, now);
        };
        let name = if prefix { service_name(transport, &host) } else { host.clone() };
        match self.service(name, transport, local, now) {
            Some(located) => located,
            // RFC 3263 §4.2: without SRV records the name itself is looked up.
            None => self.address(&host, transport.default_port(), transport, local, now),
        }
    }

    /// The transport that DNS chooses for a name, and where that leads (RFC 3263 §4.1).
    fn chosen(&mut self, host: &str, local: IpAddr, now: Instant) -> Located {
        let query = Query { name: host.to_owned(), kind: RecordKind::Naptr };
        let Some(answer) = self.known(&query, now) else { return self.ask(query) };
        let mut pointers: Vec<(u16, u16, usize, String)> = answer
            .iter()
            .flat_map(|records| &records.pointers)
            .filter(|pointer| pointer.flags.eq_ignore_ascii_case("s"))
            .filter_map(|pointer| {
                let tie = CHOICE.iter().position(|it| service_of(*it).eq_ignore_ascii_case(&pointer.service))?;
                Some((pointer.order, pointer.preference, tie, pointer.replacement.to_ascii_lowercase()))
            })
            .collect();
        pointers.sort();
        let by_name = CHOICE.iter().enumerate().map(|(tie, it)| (0, 0, tie, service_name(*it, host)));
        let candidates: Vec<_> = if pointers.is_empty() { by_name.collect() } else { pointers };
        for (_, _, tie, name) in candidates {
            let transport = CHOICE.get(tie).copied().unwrap_or(Transport::Udp);
            if let Some(located) = self.service(name, transport, local, now) {
                return located;
            }
        }
        self.address(host, Transport::Udp.default_port(), Transport::Udp, local, now)
    }

    /// Where the SRV records of a name lead; nothing when it has none.
    fn service(&mut self, name: String, transport: Transport, local: IpAddr, now: Instant) -> Option<Located> {
        let query = Query { name, kind: RecordKind::Srv };
        let Some(answer) = self.known(&query, now) else { return Some(self.ask(query)) };
        let services = answer.as_ref().ok().map(|records| &records.services)?;
        let service = services.iter().min_by_key(|service| (service.priority, u16::MAX - service.weight))?.clone();
        let target = service.target.trim_end_matches('.').to_ascii_lowercase();
        Some(self.address(&target, service.port, transport, local, now))
    }

    fn address(&mut self, host: &str, port: u16, transport: Transport, local: IpAddr, now: Instant) -> Located {
        if let Some(address) = host_ip(host) {
            return Located::At(SocketAddr::new(address, port), transport);
        }
        let kind = if local.is_ipv4() { RecordKind::A } else { RecordKind::Aaaa };
        let query = Query { name: host.to_owned(), kind };
        match self.known(&query, now) {
            Some(Ok(records)) => records
                .addresses
                .first()
                .map_or(Located::Nowhere, |&address| Located::At(SocketAddr::new(address, port), transport)),
            Some(Err(_)) => Located::Nowhere,
            None => self.ask(query),
        }
    }

    fn known(&self, query: &Query, now: Instant) -> Option<&Result<Records, NotResolved>> {
        self.kept.get(query).filter(|kept| kept.until >= now).map(|kept| &kept.answer)
    }

    fn ask(&mut self, query: Query) -> Located {
        Located::Asking(self.asked.insert(query.clone()).then_some(query))
    }

    /// Takes an answer in; one that was not asked for here changes nothing.
    pub(super) fn learn(&mut self, query: &Query, answer: Result<Records, NotResolved>, now: Instant) {
        if !self.asked.remove(query) {
            return;
        }
        let until = match &answer {
            Ok(records) => now + records.ttl,
            Err(NotResolved::Nothing { ttl }) => now + *ttl,
            // Good for those who wait for it now, and for nobody later.
            Err(NotResolved::Failed) => now,
        };
        // Where one look-up follows another, the first must not be forgotten before the last has ended.
        let until = match query.kind {
            RecordKind::Srv | RecordKind::Naptr => until.max(now + STEP),
            RecordKind::A | RecordKind::Aaaa => until,
        };
        self.kept.insert(query.clone(), Kept { answer, until });
        if self.kept.len() > MAX_KEPT {
            let oldest = self.kept.iter().filter(|(kept, _)| *kept != query).min_by_key(|(_, kept)| kept.until);
            let oldest = oldest.map(|(query, _)| query.clone());
            oldest.map(|query| self.kept.remove(&query));
        }
    }

    /// The addresses that a host is known to have, however old; for `Block Nonproxy SIP`.
    pub(super) fn addresses(&self, host: &str) -> Vec<IpAddr> {
        if let Some(address) = host_ip(host) {
            return vec![address];
        }
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let answers = self
            .kept
            .iter()
            .filter(|(query, _)| query.name == host && matches!(query.kind, RecordKind::A | RecordKind::Aaaa));
        answers
            .filter_map(|(_, kept)| kept.answer.as_ref().ok())
            .flat_map(|records| records.addresses.clone())
            .collect()
    }
}

/// The name of the SRV records of a host (RFC 3263 §4.1).
fn service_name(transport: Transport, host: &str) -> String {
    let prefix = match transport {
        Transport::Udp => "_sip._udp",
        Transport::Tcp => "_sip._tcp",
        Transport::Tls => "_sips._tcp",
    };
    format!("{prefix}.{host}")
}

/// The service of a NAPTR record (RFC 3263 §4.1).
const fn service_of(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "SIP+D2U",
        Transport::Tcp => "SIP+D2T",
        Transport::Tls => "SIPS+D2T",
    }
}
