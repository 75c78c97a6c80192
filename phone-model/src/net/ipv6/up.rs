//! The host once its link-local address is its own: it solicits routers, listens to them, and detects duplicates of further addresses.

use super::detection::{Conflict, Detection, Purpose, Step};
use super::learned::Learned;
use super::message::{self, Advertisement, Message};
use super::slaac::{self, Addresses, Formed, Standing};
use super::{Configuration, Event, Rules, Shell};
use crate::defects::Defect;
use crate::net::datagram::Mac;
use crate::time::{Duration, Instant, earliest};
use std::net::Ipv6Addr;

/// RFC 4861 §10: MAX_RTR_SOLICITATIONS.
const MAX_RTR_SOLICITATIONS: u8 = 3;
/// Detections under way at one time.
const MAX_DETECTIONS: usize = 16;

/// See the module's text.
#[derive(Debug)]
pub(super) struct Up {
    link_local: Ipv6Addr,
    soliciting: Option<Soliciting>,
    detections: Vec<Detection>,
    addresses: Addresses,
    routers: Learned<Ipv6Addr>,
    on_link: Learned<(Ipv6Addr, u8)>,
    servers: Learned<Ipv6Addr>,
    domains: Learned<String>,
    /// The configuration that was last told.
    told: Configuration,
    /// When it was told or found unchanged.
    seen: Instant,
}

#[derive(Debug)]
struct Soliciting {
    sent: u8,
    next: Instant,
}

impl Up {
    pub(super) fn new(link_local: Ipv6Addr, now: Instant, rules: &Rules) -> Self {
        Up {
            link_local,
            // RFC 4861 §6.3.7: detection has waited already.
            soliciting: rules.routers.then_some(Soliciting { sent: 0, next: now }),
            detections: Vec::new(),
            addresses: Addresses::default(),
            routers: Learned::bounded(8),
            on_link: Learned::bounded(16),
            servers: Learned::bounded(8),
            domains: Learned::bounded(8),
            told: Configuration { link_local: Some(link_local), ..Configuration::default() },
            seen: now,
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let detections = self.detections.iter().map(|detection| detection.next).min();
        let solicit = self.soliciting.as_ref().map(|soliciting| soliciting.next);
        let learned = [
            self.routers.deadline(),
            self.on_link.deadline(),
            self.servers.deadline(),
            self.domains.deadline(),
            self.addresses.deadline(self.seen),
        ];
        learned.into_iter().chain([detections, solicit]).fold(None, earliest)
    }

    /// Begins to detect.
    pub(super) fn check(&mut self, detection: Detection) {
        self.check_within(MAX_DETECTIONS, detection);
    }

    fn check_within(&mut self, most: usize, detection: Detection) {
        let known = self
            .detections
            .iter()
            .any(|other| (other.address, other.purpose) == (detection.address, detection.purpose));
        if !known && self.detections.len() < most {
            self.detections.push(detection);
        }
    }

    pub(super) fn expire(&mut self, due: Instant, now: Instant, shell: &mut Shell) {
        if self.soliciting.as_ref().is_some_and(|soliciting| soliciting.next <= due) {
            self.solicit(due, shell);
        }
        let mut unique = Vec::new();
        for detection in self.detections.iter_mut().filter(|detection| detection.next <= due) {
            match detection.step(now) {
                Step::Probe => shell.send(message::probe(shell.mac, detection.address)),
                Step::Unique => unique.push((detection.address, detection.purpose)),
            }
        }
        self.detections.retain(|detection| !unique.contains(&(detection.address, detection.purpose)));
        for (address, purpose) in unique {
            match purpose {
                Purpose::Formed => _ = self.addresses.settled(address, Standing::Unique),
                Purpose::Asked | Purpose::LinkLocal => shell.event(Event::Unique(address)),
            }
        }
        self.forget(due, shell);
        self.tell(due, shell);
    }

    /// RFC 4861 §6.3.7.
    fn solicit(&mut self, due: Instant, shell: &mut Shell) {
        let Some(soliciting) = &mut self.soliciting else { return };
        if soliciting.sent >= MAX_RTR_SOLICITATIONS {
            self.soliciting = None;
            shell.event(Event::NoRouter);
            return;
        }
        shell.send(message::router_solicitation(shell.mac, self.link_local));
        soliciting.sent += 1;
        // After the last one a host waits MAX_RTR_SOLICITATION_DELAY for an answer.
        let last = soliciting.sent == MAX_RTR_SOLICITATIONS;
        soliciting.next = due + if last { shell.timing.start_delay } else { shell.timing.solicitation_interval };
    }

    pub(super) fn message(&mut self, message: &Message, from: Mac, now: Instant, shell: &mut Shell) {
        if let Message::RouterAdvertisement { router, advertisement } = message {
            if shell.rules.routers {
                self.advertised(*router, advertisement, now, shell);
                self.tell(now, shell);
            }
            return;
        }
        let taken: Vec<Detection> =
            self.detections.extract_if(.., |detection| shell.conflicts(message, detection.address)).collect();
        for detection in taken {
            self.addresses.settled(detection.address, Standing::Duplicate);
            shell.event(Event::Duplicate(Conflict { address: detection.address, by: from }));
        }
    }

    fn advertised(&mut self, router: Ipv6Addr, told: &Advertisement, now: Instant, shell: &mut Shell) {
        // RFC 4861 §6.3.4: a lifetime of zero takes the router off the list at once.
        if told.lifetime > Duration::ZERO || !shell.defects.has(Defect::Ipv6KeepsRouter) {
            self.routers.learn(router, Some(told.lifetime), now);
        }
        let boundless = shell.defects.has(Defect::Ipv6FormsWithoutBound);
        let (addresses, detections) = if boundless { (usize::MAX, usize::MAX) } else { (slaac::MOST, MAX_DETECTIONS) };
        for prefix in &told.prefixes {
            if prefix.valid == Some(Duration::ZERO) && shell.defects.has(Defect::Ipv6DropsWithdrawn) {
                self.addresses.0.retain(|formed| message::masked(formed.address, prefix.length) != prefix.prefix);
            }
            if prefix.on_link && !prefix.prefix.is_unicast_link_local() && !prefix.prefix.is_multicast() {
                self.on_link.learn((prefix.prefix, prefix.length), prefix.valid, now);
            }
            if shell.rules.autoconfigure
                && let Some(address) = self.addresses.advertised(prefix, shell.mac, addresses, now)
            {
                self.check_within(detections, shell.detect(address, Purpose::Formed, now));
            }
        }
        for (server, life) in &told.servers {
            self.servers.learn(*server, *life, now);
        }
        for (domain, life) in &told.domains {
            self.domains.learn(domain.clone(), *life, now);
        }
        // §6.3.7 speaks of a lifetime that is not zero; but whoever answers with zero has told how to go on, too.
        if told.lifetime > Duration::ZERO || self.soliciting.as_ref().is_some_and(|soliciting| soliciting.sent > 0) {
            self.soliciting = None;
        }
        shell.event(Event::Advertised { managed: told.managed, other: told.other });
    }

    fn forget(&mut self, due: Instant, shell: &Shell) {
        self.routers.expire(due);
        self.on_link.expire(due);
        self.servers.expire(due);
        self.domains.expire(due);
        if shell.defects.has(Defect::Ipv6KeepsExpired) {
            // Without an end, so that the deadline does not come again and again.
            let over = |at: &Option<Instant>| at.is_some_and(|at| at <= due);
            self.addresses.0.iter_mut().filter(|formed| over(&formed.valid)).for_each(|formed| formed.valid = None);
        } else {
            self.addresses.expire(due);
        }
        let formed = &self.addresses;
        self.detections.retain(|detection| {
            detection.purpose != Purpose::Formed || formed.0.iter().any(|formed| formed.address == detection.address)
        });
    }

    fn tell(&mut self, now: Instant, shell: &mut Shell) {
        self.seen = now;
        let configuration = self.configuration(now);
        if configuration != self.told {
            self.told = configuration;
            shell.event(Event::Changed);
        }
    }

    pub(super) fn configuration(&self, now: Instant) -> Configuration {
        let usable = self.addresses.0.iter().filter(|formed| formed.standing == Standing::Unique);
        let (mut preferred, deprecated): (Vec<&Formed>, Vec<&Formed>) =
            usable.partition(|formed| formed.preferred.is_none_or(|at| at > now));
        preferred.extend(deprecated);
        Configuration {
            link_local: Some(self.link_local),
            addresses: preferred.iter().map(|formed| formed.address).collect(),
            on_link: self.on_link.iter().copied().collect(),
            router: self.routers.iter().next().copied(),
            dns: self.servers.iter().copied().collect(),
            domains: self.domains.iter().cloned().collect(),
        }
    }
}
