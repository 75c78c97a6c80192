//! Restricted Access Domains: the names, the addresses that DNS gives them now, and who is let in.
//!
//! The document: "responds only to SIP messages only from the identified servers". What it leaves open is read so:
//! - A server is identified by the source address of its packets; what a message says about its sender is the sender's claim.
//! - A name stands for its A and AAAA records and for those of the targets of its `_sip._udp`, `_sip._tcp` and `_sips._tcp` SRV records
//!   (RFC 3263 §4.2), for as long as their TTL says. An answer "no such name" takes the addresses away; a name server that fails says nothing
//!   about the name, so the last addresses stay until an answer comes.
//! - A name without addresses matches nobody. A list of which no name resolves therefore silences everybody.
//! - From release 11.3(1) the list limits what the phone itself turns to (phone-facts §3.1), and filters nothing.

use super::interface::{NotResolved, Output, Query, RecordKind, Records};
use crate::defects::{Defect, Defects};
use crate::profile::Release;
use crate::time::{Duration, Instant};
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

/// Most names of a list that count.
const MAX_NAMES: usize = 32;
/// Most SRV targets of a name that are looked up.
const MAX_TARGETS: usize = 8;
/// Time until a look-up that failed, or a negative answer without lifetime, is tried again.
const RETRY: Duration = Duration::from_secs(5);
/// A negative answer is not believed for longer than this: a server may be entered in DNS at any time.
const LONGEST_ABSENCE: Duration = Duration::from_secs(60);
/// Silenced messages that [`Defect::DomainsStarves`] survives.
const STARVED_AFTER: u32 = 200;

/// The names of a list as they were set: separated by commas, spaces around them left aside, in lower case, without trailing dot.
pub fn names(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(|name| name.trim().trim_end_matches('.').to_ascii_lowercase()).filter(|name| !name.is_empty())
}

/// Whether the phone itself may register with, or fetch from, `host` under this list. Before release 11.3(1) it always may.
pub fn permits_target(release: Release, list: &str, host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    release < Release::R11_3_1 || names(list).next().is_none() || names(list).any(|name| name == host)
}

/// What is known of one record set.
#[derive(Debug, Default)]
struct Lookup {
    /// An answer is awaited.
    asked: bool,
    /// When to ask again.
    again_at: Option<Instant>,
    /// A first answer has come.
    answered: bool,
    addresses: Vec<IpAddr>,
    targets: Vec<String>,
}

/// One listed name and its record sets.
#[derive(Debug)]
struct Name {
    name: String,
    lookups: BTreeMap<Query, Lookup>,
}

/// The list in force.
#[derive(Debug)]
pub struct Domains {
    release: Release,
    defects: Defects,
    floor: Duration,
    list: String,
    names: Vec<Name>,
    silenced: u32,
    out: VecDeque<Output>,
}

impl Domains {
    /// No list. `floor` is the shortest time between two look-ups of a record set.
    pub fn new(release: Release, defects: Defects, floor: Duration) -> Self {
        let (list, names, out) = (String::new(), Vec::new(), VecDeque::new());
        Domains { release, defects, floor, list, names, silenced: 0, out }
    }

    /// Puts a list in force.
    pub fn set(&mut self, list: &str, now: Instant) {
        if list == self.list || (list.trim().is_empty() && self.defects.has(Defect::DomainsStaysClosed)) {
            return;
        }
        self.list = list.to_owned();
        let wanted = if self.release < Release::R11_3_1 { self.wanted(list) } else { Vec::new() };
        // Names that stay keep what is known of them: a change of the list must not silence a server that was and is listed.
        let mut known: BTreeMap<String, Name> = self.names.drain(..).map(|name| (name.name.clone(), name)).collect();
        self.names = wanted.into_iter().map(|name| known.remove(&name).unwrap_or_else(|| Name::new(name))).collect();
        self.wake(now);
    }

    fn wanted(&self, list: &str) -> Vec<String> {
        let cut: Vec<String> = if self.defects.has(Defect::DomainsKeepsSpaces) {
            list.split(',').map(|name| name.trim_end_matches('.').to_ascii_lowercase()).collect()
        } else {
            names(list).collect()
        };
        let mut wanted: Vec<String> = if self.defects.has(Defect::DomainsCaseSensitive) {
            let same_case = |name: &String| list.split(',').any(|written| written.trim().trim_end_matches('.') == name);
            cut.into_iter().filter(|name| same_case(&name.trim().to_owned())).collect()
        } else {
            cut
        };
        wanted.dedup();
        wanted.truncate(if self.defects.has(Defect::DomainsFirstNameOnly) { 1 } else { MAX_NAMES });
        wanted
    }

    /// Whether a list filters what comes in.
    pub fn filtering(&self) -> bool {
        self.release < Release::R11_3_1 && names(&self.list).next().is_some()
    }

    /// Whether SIP from this address is let in.
    pub fn admits(&self, source: IpAddr) -> bool {
        if !self.filtering() || self.defects.has(Defect::DomainsAnswersUnlisted) {
            return true;
        }
        if self.defects.has(Defect::DomainsDropsListed) || self.starved() {
            return false;
        }
        let unresolved = |name: &Name| name.settled() && name.addresses().next().is_none();
        if self.defects.has(Defect::DomainsOpensOnUnresolved) && self.names.iter().any(unresolved) {
            return true;
        }
        self.names.iter().any(|name| name.addresses().any(|address| address == source.to_canonical()))
    }

    /// Whether the list cannot tell yet: the address is not known, and a name still waits for its first answer.
    pub fn undecided(&self, source: IpAddr) -> bool {
        self.filtering() && !self.admits(source) && !self.names.iter().all(Name::settled)
    }

    fn starved(&self) -> bool {
        self.defects.has(Defect::DomainsStarves) && self.silenced > STARVED_AFTER
    }

    /// Whether `host` is written in the list; defects that believe what a message says ask this.
    pub fn names_host(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        names(&self.list).any(|name| name == host)
    }

    /// Counts a message that was not let in.
    pub fn count_silenced(&mut self) {
        self.silenced = self.silenced.saturating_add(1);
    }

    /// Takes the outcome of a look-up; those that others asked for change nothing.
    pub fn resolved(&mut self, query: &Query, answer: &Result<Records, NotResolved>, now: Instant) {
        let refreshes = !self.defects.has(Defect::DomainsNeverRefreshes);
        for name in &mut self.names {
            let Some(lookup) = name.lookups.get_mut(query).filter(|lookup| lookup.asked) else { continue };
            let lifetime = lookup.learn(answer).max(self.floor);
            let kept = lookup.answered && !refreshes && !(lookup.addresses.is_empty() && lookup.targets.is_empty());
            lookup.again_at = (!kept).then(|| now + lifetime);
            name.follow_targets();
        }
        self.wake(now);
    }

    /// Asks for all record sets that are due.
    pub fn wake(&mut self, now: Instant) {
        for name in &mut self.names {
            for (query, lookup) in &mut name.lookups {
                if !lookup.asked && lookup.again_at.map_or(!lookup.answered, |at| at <= now) {
                    lookup.asked = true;
                    lookup.again_at = None;
                    // The same record set may belong to two names, one as the other's SRV target: each asks for itself.
                    self.out.push_back(Output::Resolve(query.clone()));
                }
            }
        }
    }

    /// When [`Domains::wake`] has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        self.names.iter().flat_map(|name| name.lookups.values()).filter_map(|lookup| lookup.again_at).min()
    }

    /// The next look-up to ask for.
    pub fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }
}

impl Name {
    fn new(name: String) -> Self {
        let lookups = match name.parse::<IpAddr>() {
            // An address needs no name server.
            Ok(address) => BTreeMap::from([(
                Query { name: name.clone(), kind: RecordKind::A },
                Lookup { answered: true, addresses: vec![address.to_canonical()], ..Lookup::default() },
            )]),
            Err(_) => [
                Query { name: name.clone(), kind: RecordKind::A },
                Query { name: name.clone(), kind: RecordKind::Aaaa },
                Query { name: format!("_sip._udp.{name}"), kind: RecordKind::Srv },
                Query { name: format!("_sip._tcp.{name}"), kind: RecordKind::Srv },
                Query { name: format!("_sips._tcp.{name}"), kind: RecordKind::Srv },
            ]
            .into_iter()
            .map(|query| (query, Lookup::default()))
            .collect(),
        };
        Name { name, lookups }
    }

    fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.lookups.values().flat_map(|lookup| lookup.addresses.iter().copied())
    }

    fn settled(&self) -> bool {
        self.lookups.values().all(|lookup| lookup.answered)
    }

    /// Keeps look-ups for the targets that the SRV records name now, and for no others.
    fn follow_targets(&mut self) {
        let targets = self.lookups.values().flat_map(|lookup| lookup.targets.iter().cloned()).take(MAX_TARGETS);
        let hosts: Vec<String> = std::iter::once(self.name.clone()).chain(targets).collect();
        self.lookups.retain(|query, _| query.kind == RecordKind::Srv || hosts.contains(&query.name));
        for host in hosts {
            for kind in [RecordKind::A, RecordKind::Aaaa] {
                self.lookups.entry(Query { name: host.clone(), kind }).or_default();
            }
        }
    }
}

impl Lookup {
    /// Takes an answer in, and tells how long it holds.
    fn learn(&mut self, answer: &Result<Records, NotResolved>) -> Duration {
        self.asked = false;
        self.answered = true;
        match answer {
            Ok(records) => {
                self.addresses = records.addresses.iter().map(IpAddr::to_canonical).collect();
                let host = |target: &str| target.trim_end_matches('.').to_ascii_lowercase();
                self.targets = records.services.iter().map(|service| host(&service.target)).collect();
                // RFC 2782: a target of "." says that the service is not there.
                self.targets.retain(|target| !target.is_empty());
                records.ttl
            }
            Err(NotResolved::Nothing { ttl }) => {
                self.addresses.clear();
                self.targets.clear();
                if ttl.is_zero() { RETRY } else { (*ttl).min(LONGEST_ABSENCE) }
            }
            Err(NotResolved::Failed) => RETRY,
        }
    }
}

#[cfg(test)]
mod tests;
