//! Which client had which address, from when to when, told from the messages alone.

use std::collections::{HashMap, VecDeque};
use std::net::Ipv4Addr;

use serde::Serialize;

use super::{DhcpKind, DhcpMessage};
use crate::lease::{Life, lives, over_ns};
use crate::limits;

pub use crate::lease::{LeaseEnd, LeaseEvent, LeaseStep};

/// One lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lease {
    /// Client hardware address, hexadecimal with colons.
    pub client: String,
    /// The address.
    pub address: Ipv4Addr,
    /// Server identifier of the last ACK.
    pub server: Option<Ipv4Addr>,
    /// First ACK, nanoseconds.
    pub since_ns: u64,
    /// Last ACK, nanoseconds.
    pub renewed_ns: u64,
    /// Lease time of the last ACK, seconds.
    pub seconds: Option<u32>,
    /// Renewal and rebinding time of the last ACK, seconds.
    pub timers: (Option<u32>, Option<u32>),
    /// When it ends unless prolonged, nanoseconds: counted from the REQUEST (RFC 2131 §4.4.1). None: never, or not told.
    pub expires_ns: Option<u64>,
    /// ACKs after the first that prolonged it.
    pub renewals: u32,
    /// What happened to it.
    #[serde(flatten)]
    pub life: Life,
}

lives!(Lease);

/// Leases in order of their beginning, as they stand at `now_ns`.
pub fn leases(messages: &[DhcpMessage], now_ns: u64) -> Vec<Lease> {
    let mut book = Book::default();
    for message in messages {
        book.take(message);
    }
    for lease in &mut book.leases {
        expire(lease, now_ns);
    }
    book.leases
}

#[derive(Default)]
struct Book {
    leases: Vec<Lease>,
    clients: HashMap<Vec<u8>, Client>,
}

/// What is known of a client between its messages.
#[derive(Default)]
struct Client {
    /// Its last lease.
    lease: Option<usize>,
    asked: Option<Asked>,
    /// Transaction of the last ACK.
    acknowledged: Option<u32>,
    offers: VecDeque<(Ipv4Addr, Option<Ipv4Addr>, crate::At)>,
}

/// A REQUEST.
#[derive(Clone, Copy)]
struct Asked {
    xid: u32,
    step: LeaseStep,
    server: Option<Ipv4Addr>,
    /// When it was first sent.
    time_ns: u64,
    answered: bool,
}

impl Book {
    fn take(&mut self, message: &DhcpMessage) {
        let client = self.clients.entry(message.chaddr.clone()).or_default();
        let mut held = client.lease.and_then(|position| self.leases.get_mut(position));
        if let Some(lease) = held.as_deref_mut() {
            expire(lease, message.time_ns);
        }
        let held = held.filter(|lease| lease.is_held());
        match (message.kind, held) {
            (Some(DhcpKind::Offer), _) => client.offered(message),
            (Some(DhcpKind::Request), _) => client.asks(message),
            // An ACK of an INFORM gives no address (RFC 2131 §4.3.5).
            (Some(DhcpKind::Ack), _) if message.yiaddr.is_unspecified() || !client.awaits(message) => {}
            (Some(DhcpKind::Ack), held) => {
                let asked = client.answered(message);
                let repeated = asked.map_or(client.acknowledged == Some(message.xid), |asked| asked.answered);
                client.acknowledged = Some(message.xid);
                match held {
                    Some(lease) if repeated && lease.address == message.yiaddr => lease.life.again(message),
                    Some(lease) if continues(lease, message, asked) => prolong(lease, message, asked),
                    held => {
                        if let Some(lease) = held {
                            lease.life.end(LeaseEnd::Replaced, message);
                        }
                        let lease = granted(client, message, asked);
                        client.lease = Some(self.leases.len());
                        self.leases.push(lease);
                    }
                }
            }
            (Some(DhcpKind::Release), Some(lease)) if lease.address == message.ciaddr => {
                lease.life.end(LeaseEnd::Released, message);
            }
            (Some(DhcpKind::Decline), Some(lease)) if Some(lease.address) == message.requested() => {
                lease.life.end(LeaseEnd::Declined, message);
            }
            (Some(DhcpKind::Nak), Some(lease)) if client.awaits(message) => {
                client.answered(message);
                lease.life.end(LeaseEnd::Refused, message);
            }
            (_, _) => {}
        }
    }
}

impl Client {
    fn offered(&mut self, message: &DhcpMessage) {
        if self.offers.len() >= limits::OFFERS {
            self.offers.pop_front();
        }
        self.offers.push_back((message.yiaddr, message.server(), message.at.clone()));
    }

    /// A REQUEST's state is told by its fields (RFC 2131 §4.3.2, table 4), RENEWING and REBINDING by whom it is sent to.
    fn asks(&mut self, message: &DhcpMessage) {
        let step = match (message.server(), message.ciaddr.is_unspecified()) {
            (Some(_), _) => LeaseStep::Bound,
            (None, true) => LeaseStep::Rebooted,
            (None, false) if message.is_broadcast() => LeaseStep::Rebound,
            (None, false) => LeaseStep::Renewed,
        };
        let server = message.server();
        let repeated = self.asked.filter(|asked| asked.xid == message.xid && asked.step == step && !asked.answered);
        let time_ns = repeated.map_or(message.time_ns, |asked| asked.time_ns);
        self.asked = Some(Asked { xid: message.xid, step, server, time_ns, answered: false });
    }

    /// Whether the client takes this answer: to its transaction, from the server that it chose (RFC 2131 §4.4.1). A capture that
    /// began too late to show the REQUEST leaves that open.
    fn awaits(&self, message: &DhcpMessage) -> bool {
        self.asked.is_none_or(|asked| {
            let chosen = asked.server.is_none() || message.server().is_none() || asked.server == message.server();
            asked.xid == message.xid && chosen
        })
    }

    /// What is answered, as it stood before.
    fn answered(&mut self, message: &DhcpMessage) -> Option<Asked> {
        let asked = self.asked.filter(|asked| asked.xid == message.xid);
        if let Some(asked) = &mut self.asked {
            asked.answered = true;
        }
        asked
    }
}

/// The same address goes on; from another server only where the client asked any server for it.
fn continues(lease: &Lease, message: &DhcpMessage, asked: Option<Asked>) -> bool {
    let any_server = asked.is_some_and(|asked| asked.step != LeaseStep::Bound);
    lease.address == message.yiaddr && (any_server || lease.server == message.server())
}

fn prolong(lease: &mut Lease, message: &DhcpMessage, asked: Option<Asked>) {
    let step = asked.map_or(LeaseStep::Renewed, |asked| asked.step);
    if step != LeaseStep::Bound {
        lease.renewals += 1;
    }
    lease.life.step(step, message);
    terms(lease, message, asked);
}

fn granted(client: &Client, message: &DhcpMessage, asked: Option<Asked>) -> Lease {
    let octets: Vec<String> = message.chaddr.iter().map(|octet| format!("{octet:02x}")).collect();
    let mut lease = Lease {
        client: octets.join(":"),
        address: message.yiaddr,
        server: None,
        since_ns: message.time_ns,
        renewed_ns: message.time_ns,
        seconds: None,
        timers: (None, None),
        expires_ns: None,
        renewals: 0,
        life: Life::new(),
    };
    let step = asked.map_or(LeaseStep::Bound, |asked| asked.step);
    let offers = client.offers.iter().filter(|_| step == LeaseStep::Bound);
    if let Some((_, _, at)) =
        offers.rev().find(|(address, server, _)| (*address, *server) == (message.yiaddr, message.server()))
    {
        lease.life.step(LeaseStep::Offered, at);
    }
    lease.life.step(step, message);
    terms(&mut lease, message, asked);
    lease
}

fn terms(lease: &mut Lease, message: &DhcpMessage, asked: Option<Asked>) {
    lease.server = message.server();
    lease.renewed_ns = message.time_ns;
    lease.seconds = message.lease_seconds();
    lease.timers = (message.renewal_seconds(), message.rebinding_seconds());
    lease.expires_ns = over_ns(asked.map_or(message.time_ns, |asked| asked.time_ns), lease.seconds);
}

fn expire(lease: &mut Lease, now_ns: u64) {
    if let Some(expires_ns) = lease.expires_ns.filter(|expires_ns| lease.is_held() && now_ns > *expires_ns) {
        lease.life.expire(expires_ns);
    }
}
