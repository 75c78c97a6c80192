//! Where the next hop is (RFC 3263 §4.2, and SRV where Use DNS SRV is on). Answers are kept for their TTL.

use super::interface::{NotResolved, Query, RecordKind, Records};
use crate::sip::message::host_ip;
use crate::sip::transaction::Transport;
use crate::time::Instant;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

/// Port of SIP over UDP and TCP (RFC 3261 §19.1.2).
const SIP_PORT: u16 = 5_060;
/// Most answers that are kept.
const MAX_KEPT: usize = 128;

/// A next hop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hop {
    /// Name or address.
    pub(super) host: String,
    /// Port, when one is told.
    pub(super) port: Option<u16>,
    /// Transport.
    pub(super) transport: Transport,
    /// Whether SRV records are looked up first, and whether `_sip._udp` is put before the name for it (`DNS SRV Auto Prefix`).
    pub(super) srv: Option<bool>,
}

/// Where a hop is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Located {
    /// There.
    At(SocketAddr),
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
        if let Some(address) = host_ip(&hop.host) {
            return Located::At(SocketAddr::new(address, hop.port.unwrap_or(SIP_PORT)));
        }
        let host = hop.host.trim_end_matches('.').to_ascii_lowercase();
        let (Some(prefix), None) = (hop.srv, hop.port) else {
            return self.address(&host, hop.port.unwrap_or(SIP_PORT), local, now);
        };
        let transport = hop.transport.as_str().to_ascii_lowercase();
        let name = if prefix { format!("_sip._{transport}.{host}") } else { host.clone() };
        let query = Query { name, kind: RecordKind::Srv };
        let Some(answer) = self.known(&query, now) else { return self.ask(query) };
        let service = answer.as_ref().ok().and_then(|records| {
            records.services.iter().min_by_key(|service| (service.priority, u16::MAX - service.weight)).cloned()
        });
        match service {
            Some(service) => {
                let target = service.target.trim_end_matches('.').to_ascii_lowercase();
                self.address(&target, service.port, local, now)
            }
            // RFC 3263 §4.2: without SRV records the name itself is looked up.
            None => self.address(&host, SIP_PORT, local, now),
        }
    }

    fn address(&mut self, host: &str, port: u16, local: IpAddr, now: Instant) -> Located {
        if let Some(address) = host_ip(host) {
            return Located::At(SocketAddr::new(address, port));
        }
        let kind = if local.is_ipv4() { RecordKind::A } else { RecordKind::Aaaa };
        let query = Query { name: host.to_owned(), kind };
        match self.known(&query, now) {
            Some(Ok(records)) => records
                .addresses
                .first()
                .map_or(Located::Nowhere, |&address| Located::At(SocketAddr::new(address, port))),
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
        let answers = self.kept.iter().filter(|(query, _)| query.name == host && query.kind != RecordKind::Srv);
        answers
            .filter_map(|(_, kept)| kept.answer.as_ref().ok())
            .flat_map(|records| records.addresses.clone())
            .collect()
    }
}
