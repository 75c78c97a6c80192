//! Which client had which address, from when to when, told from the messages alone. Only answers to what a client asked count.

use std::collections::{HashMap, VecDeque};
use std::net::Ipv6Addr;

use serde::Serialize;

use super::{Dhcp6Kind, Dhcp6Message, Duid, IaAddress, IaNa};
use crate::At;
use crate::lease::{Life, lives, over_ns};
use crate::limits;

pub use crate::lease::{LeaseEnd, LeaseEvent, LeaseStep};

/// One address of an association of one client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lease6 {
    /// Who has it.
    pub client: Duid,
    /// In which of its associations.
    pub iaid: u32,
    /// The address.
    pub address: Ipv6Addr,
    /// Server of the last REPLY that gave or prolonged it.
    pub server: Option<Duid>,
    /// First REPLY, nanoseconds.
    pub since_ns: u64,
    /// Last REPLY that gave or prolonged it, nanoseconds.
    pub renewed_ns: u64,
    /// Preferred and valid lifetime of that REPLY, seconds; all ones is for ever.
    pub lifetimes: (u32, u32),
    /// Renewal and rebinding time of that REPLY, seconds; 0 leaves them to the client.
    pub timers: (u32, u32),
    /// When it ends unless prolonged, nanoseconds. None: never.
    pub expires_ns: Option<u64>,
    /// REPLYs that prolonged it.
    pub renewals: u32,
    /// What happened to it.
    #[serde(flatten)]
    pub life: Life,
}

lives!(Lease6);

/// NoBinding and NotOnLink (RFC 8415 §21.13).
const NO_BINDING: u16 = 3;
const NOT_ON_LINK: u16 = 4;

/// Leases in order of their beginning, as they stand at `now_ns`.
pub fn leases(messages: &[Dhcp6Message], now_ns: u64) -> Vec<Lease6> {
    let mut book = Book::default();
    for message in messages {
        // What goes between relay and server is the same said again.
        if let Some(duid) = message.client_id().filter(|_| message.relay.is_none()) {
            book.take(message, duid);
        }
    }
    for lease in &mut book.leases {
        expire(lease, now_ns);
    }
    book.leases
}

#[derive(Default)]
struct Book {
    leases: Vec<Lease6>,
    clients: HashMap<Duid, Client>,
}

/// What is known of a client between its messages.
#[derive(Default)]
struct Client {
    /// Its leases that may still be held.
    held: Vec<usize>,
    /// Transaction and type of its last message, and whether a REPLY has been seen.
    asked: Option<(u32, Dhcp6Kind, bool)>,
    offers: VecDeque<(u32, Ipv6Addr, At)>,
}

impl Book {
    fn take(&mut self, message: &Dhcp6Message, duid: &Duid) {
        let Book { leases, clients } = self;
        let client = clients.entry(duid.clone()).or_default();
        client.held.retain(|position| {
            leases.get_mut(*position).is_some_and(|lease| {
                expire(lease, message.time_ns);
                lease.is_held()
            })
        });
        match message.kind {
            Dhcp6Kind::Solicit
            | Dhcp6Kind::Request
            | Dhcp6Kind::Confirm
            | Dhcp6Kind::Renew
            | Dhcp6Kind::Rebind
            | Dhcp6Kind::InformationRequest => client.asks(message),
            Dhcp6Kind::Release => {
                client.asks(message);
                client.gives_up(message, leases, LeaseEnd::Released);
            }
            Dhcp6Kind::Decline => {
                client.asks(message);
                client.gives_up(message, leases, LeaseEnd::Declined);
            }
            Dhcp6Kind::Advertise => client.offered(message),
            Dhcp6Kind::Reply => client.replied(message, duid, leases),
            Dhcp6Kind::Reconfigure | Dhcp6Kind::RelayForward | Dhcp6Kind::RelayReply | Dhcp6Kind::Other(_) => {}
        }
    }
}

impl Client {
    fn asks(&mut self, message: &Dhcp6Message) {
        let repeated = self.asked.is_some_and(|(xid, kind, _)| (xid, kind) == (message.xid, message.kind));
        if !repeated {
            self.asked = Some((message.xid, message.kind, false));
        }
    }

    fn offered(&mut self, message: &Dhcp6Message) {
        for ia in message.ia_nas() {
            for address in ia.addresses() {
                if self.offers.len() >= limits::OFFERS {
                    self.offers.pop_front();
                }
                self.offers.push_back((ia.iaid, address.address, message.at.clone()));
            }
        }
    }

    /// The client stops using the addresses when it sends this (RFC 8415 §18.2.7, §18.2.8).
    fn gives_up(&self, message: &Dhcp6Message, leases: &mut [Lease6], how: LeaseEnd) {
        for ia in message.ia_nas() {
            for address in ia.addresses() {
                if let Some(lease) = self.lease(leases, ia.iaid, address.address).filter(|lease| lease.is_held()) {
                    lease.life.end(how, message);
                }
            }
        }
    }

    fn replied(&mut self, message: &Dhcp6Message, duid: &Duid, leases: &mut Vec<Lease6>) {
        let Some((xid, asked, answered)) = self.asked else {
            return;
        };
        if xid != message.xid {
            return;
        }
        self.asked = Some((xid, asked, true));
        if answered {
            return self.each(leases, |lease| {
                if message.addresses().contains(&lease.address) {
                    lease.life.again(message);
                }
            });
        }
        let step = match asked {
            Dhcp6Kind::Solicit | Dhcp6Kind::Request => LeaseStep::Bound,
            Dhcp6Kind::Renew => LeaseStep::Renewed,
            Dhcp6Kind::Rebind => LeaseStep::Rebound,
            Dhcp6Kind::Confirm => return self.confirmed(message, leases),
            Dhcp6Kind::Advertise
            | Dhcp6Kind::Reply
            | Dhcp6Kind::Release
            | Dhcp6Kind::Decline
            | Dhcp6Kind::Reconfigure
            | Dhcp6Kind::InformationRequest
            | Dhcp6Kind::RelayForward
            | Dhcp6Kind::RelayReply
            | Dhcp6Kind::Other(_) => return,
        };
        for ia in message.ia_nas() {
            self.association(message, duid, ia, step, leases);
        }
    }

    /// A REPLY to a CONFIRM speaks of all addresses at once (RFC 8415 §18.3.3).
    fn confirmed(&self, message: &Dhcp6Message, leases: &mut [Lease6]) {
        let status = message.status().map_or(0, |status| status.code);
        self.each(leases, |lease| match status {
            0 => lease.life.step(LeaseStep::Rebooted, message),
            NOT_ON_LINK => lease.life.end(LeaseEnd::Refused, message),
            _ => {}
        });
    }

    fn association(
        &mut self,
        message: &Dhcp6Message,
        duid: &Duid,
        ia: &IaNa,
        step: LeaseStep,
        leases: &mut Vec<Lease6>,
    ) {
        let status = ia.status().map_or(0, |status| status.code);
        if status != 0 {
            return self.each(leases, |lease| match status {
                _ if lease.iaid != ia.iaid => {}
                NO_BINDING => lease.life.step(LeaseStep::Unknown, message),
                NOT_ON_LINK => lease.life.end(LeaseEnd::Refused, message),
                _ => {}
            });
        }
        let given: Vec<&IaAddress> = ia.addresses().take(limits::DHCP6_NAMES).collect();
        if step == LeaseStep::Bound {
            self.each(leases, |lease| {
                if lease.iaid == ia.iaid && !given.iter().any(|address| address.address == lease.address) {
                    lease.life.end(LeaseEnd::Replaced, message);
                }
            });
        }
        for address in given {
            match (self.lease(leases, ia.iaid, address.address).filter(|lease| lease.is_held()), address.valid) {
                (Some(lease), 0) => lease.life.end(LeaseEnd::Withdrawn, message),
                (None, 0) => {}
                (Some(lease), _) => {
                    lease.renewals += u32::from(step != LeaseStep::Bound);
                    lease.life.step(step, message);
                    terms(lease, message, ia, address);
                }
                (None, _) => {
                    let lease = self.granted(message, duid, ia, address, step);
                    // Those that are no longer watched stay held.
                    if self.held.len() >= limits::DHCP6_LEASES {
                        self.held.remove(0);
                    }
                    self.held.push(leases.len());
                    leases.push(lease);
                }
            }
        }
    }

    fn granted(&self, message: &Dhcp6Message, duid: &Duid, ia: &IaNa, address: &IaAddress, step: LeaseStep) -> Lease6 {
        let mut lease = Lease6 {
            client: duid.clone(),
            iaid: ia.iaid,
            address: address.address,
            server: None,
            since_ns: message.time_ns,
            renewed_ns: message.time_ns,
            lifetimes: (0, 0),
            timers: (0, 0),
            expires_ns: None,
            renewals: 0,
            life: Life::new(),
        };
        let offers = self.offers.iter().filter(|_| step == LeaseStep::Bound);
        if let Some((_, _, at)) =
            offers.rev().find(|(iaid, offered, _)| (*iaid, *offered) == (ia.iaid, address.address))
        {
            lease.life.step(LeaseStep::Offered, at);
        }
        lease.life.step(step, message);
        terms(&mut lease, message, ia, address);
        lease
    }

    fn lease<'a>(&self, leases: &'a mut [Lease6], iaid: u32, address: Ipv6Addr) -> Option<&'a mut Lease6> {
        let found =
            self.held.iter().copied().find(|position| {
                leases.get(*position).is_some_and(|lease| (lease.iaid, lease.address) == (iaid, address))
            });
        leases.get_mut(found?)
    }

    fn each(&self, leases: &mut [Lease6], mut act: impl FnMut(&mut Lease6)) {
        for position in &self.held {
            if let Some(lease) = leases.get_mut(*position).filter(|lease| lease.is_held()) {
                act(lease);
            }
        }
    }
}

fn terms(lease: &mut Lease6, message: &Dhcp6Message, ia: &IaNa, address: &IaAddress) {
    lease.server = message.server_id().cloned();
    lease.renewed_ns = message.time_ns;
    lease.lifetimes = (address.preferred, address.valid);
    lease.timers = (ia.t1, ia.t2);
    lease.expires_ns = over_ns(message.time_ns, Some(address.valid));
}

fn expire(lease: &mut Lease6, now_ns: u64) {
    if let Some(expires_ns) = lease.expires_ns.filter(|expires_ns| lease.is_held() && now_ns > *expires_ns) {
        lease.life.expire(expires_ns);
    }
}
