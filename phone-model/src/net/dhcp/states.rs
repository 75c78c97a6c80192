//! The states of the client, one struct each, and what moves it from one to the next (RFC 2131 §4.4).

use super::lease::Lease;
use super::message::{Fields, Reply};
use super::{Event, Input, Loss, Output, Remembered, Shell};
use crate::net::arp::{self, Claim};
use crate::net::datagram::Mac;
use crate::time::{Duration, Instant, earliest};
use dhcproto::v4::MessageType;
use std::net::Ipv4Addr;

const NONE: Ipv4Addr = Ipv4Addr::UNSPECIFIED;
/// §3.1(5): four requests, sixty seconds in all, then begin anew.
const REQUESTS: u32 = 4;
/// §4.4.5: shortest wait between requests in RENEWING and REBINDING.
const SHORTEST_WAIT: Duration = Duration::from_secs(60);

/// Where the client stands.
#[derive(Debug)]
pub(super) enum State {
    Off(Off),
    Init(Init),
    Selecting(Selecting),
    Requesting(Requesting),
    Rebooting(Rebooting),
    Probing(Probing),
    Declined(Declined),
    Bound(Bound),
    Renewing(Renewing),
    Rebinding(Rebinding),
}

/// The cable is out, or the address was given back.
#[derive(Debug)]
pub(super) struct Off {
    remembered: Option<Remembered>,
}

/// Waiting to begin.
#[derive(Debug)]
pub(super) struct Init {
    begin: Instant,
}

/// DHCPDISCOVER is out.
#[derive(Debug)]
pub(super) struct Selecting {
    xid: u32,
    began: Instant,
    /// `secs` of the last DHCPDISCOVER.
    secs: u16,
    sent: u32,
    next: Instant,
}

/// DHCPREQUEST for an offer is out.
#[derive(Debug)]
pub(super) struct Requesting {
    request: Fields,
    offered: Ipv4Addr,
    server: Ipv4Addr,
    requested_at: Instant,
    sent: u32,
    next: Instant,
}

/// DHCPREQUEST for a remembered address is out.
#[derive(Debug)]
pub(super) struct Rebooting {
    request: Fields,
    remembered: Remembered,
    requested_at: Instant,
    sent: u32,
    next: Instant,
}

/// The address is granted, and the segment is asked whether somebody has it.
#[derive(Debug)]
pub(super) struct Probing {
    lease: Box<Lease>,
    claim: Claim,
}

/// DHCPDECLINE is out.
#[derive(Debug)]
pub(super) struct Declined {
    until: Instant,
}

/// The address is in use.
#[derive(Debug)]
pub(super) struct Bound {
    held: Held,
    /// T1, with its fuzz; `None` for an infinite lease.
    renewal: Option<Instant>,
}

/// Asking the server that granted the lease.
#[derive(Debug)]
pub(super) struct Renewing {
    held: Held,
    requested_at: Instant,
    xid: u32,
    rebinding: Instant,
    next: Instant,
}

/// Asking every server.
#[derive(Debug)]
pub(super) struct Rebinding {
    held: Held,
    requested_at: Instant,
    xid: u32,
    expiry: Instant,
    next: Instant,
}

/// An address in use.
#[derive(Debug)]
pub(super) struct Held {
    lease: Box<Lease>,
    claim: Claim,
}

impl State {
    pub(super) const fn off(remembered: Option<Remembered>) -> Self {
        State::Off(Off { remembered })
    }

    pub(super) const fn name(&self) -> &'static str {
        match self {
            State::Off(_) => "OFF",
            State::Init(_) => "INIT",
            State::Selecting(_) => "SELECTING",
            State::Requesting(_) => "REQUESTING",
            State::Rebooting(_) => "REBOOTING",
            State::Probing(_) => "PROBING",
            State::Declined(_) => "DECLINED",
            State::Bound(_) => "BOUND",
            State::Renewing(_) => "RENEWING",
            State::Rebinding(_) => "REBINDING",
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match self {
            State::Off(off) => off.remembered.and_then(|remembered| remembered.expiry),
            State::Init(init) => Some(init.begin),
            State::Selecting(selecting) => Some(selecting.next),
            State::Requesting(requesting) => Some(requesting.next),
            State::Rebooting(rebooting) => Some(rebooting.next),
            State::Probing(probing) => probing.claim.deadline(),
            State::Declined(declined) => Some(declined.until),
            State::Bound(bound) => earliest(bound.held.claim.deadline(), bound.renewal),
            State::Renewing(renewing) => earliest(renewing.held.claim.deadline(), Some(renewing.next)),
            State::Rebinding(rebinding) => earliest(rebinding.held.claim.deadline(), Some(rebinding.next)),
        }
    }

    pub(super) fn remembered(&self) -> Option<Remembered> {
        let of = |lease: &Lease| Remembered { address: lease.address, expiry: lease.times.map(|times| times.expiry) };
        match self {
            State::Off(off) => off.remembered,
            State::Rebooting(rebooting) => Some(rebooting.remembered),
            State::Probing(probing) => Some(of(&probing.lease)),
            State::Bound(Bound { held, .. })
            | State::Renewing(Renewing { held, .. })
            | State::Rebinding(Rebinding { held, .. }) => Some(of(&held.lease)),
            State::Init(_) | State::Selecting(_) | State::Requesting(_) | State::Declined(_) => None,
        }
    }

    /// The state's deadline `due` has come.
    pub(super) fn expire(self, due: Instant, shell: &mut Shell) -> State {
        match self {
            State::Off(_) => {
                shell.event(Event::Lost(Loss::Expired));
                State::off(None)
            }
            State::Init(_) => discover(due, shell),
            State::Selecting(selecting) => selecting.send(due, shell),
            State::Requesting(requesting) if requesting.sent < REQUESTS => requesting.send(due, shell),
            State::Requesting(_) => init(due, shell),
            State::Rebooting(rebooting) if rebooting.sent < REQUESTS => rebooting.send(due, shell),
            // §3.2(4): the client MAY go on with the old address. It does not: nobody has confirmed that it is on the old segment.
            State::Rebooting(_) => {
                shell.event(Event::Lost(Loss::Expired));
                init(due, shell)
            }
            State::Probing(probing) => probing.wake(due, shell),
            State::Declined(_) => init(due, shell),
            State::Bound(mut bound) => {
                if bound.renewal.is_some_and(|renewal| renewal <= due) {
                    return renew(bound.held, due, shell);
                }
                bound.held.wake(due, shell);
                State::Bound(bound)
            }
            State::Renewing(mut renewing) => {
                if renewing.next > due {
                    renewing.held.wake(due, shell);
                    State::Renewing(renewing)
                } else if renewing.rebinding <= due {
                    rebind(renewing.held, due, shell)
                } else {
                    renewing.send(due, shell)
                }
            }
            State::Rebinding(mut rebinding) => {
                if rebinding.next > due {
                    rebinding.held.wake(due, shell);
                    State::Rebinding(rebinding)
                } else if rebinding.expiry <= due {
                    // §4.4.5: the lease is over, stop at once.
                    shell.event(Event::Lost(Loss::Expired));
                    init(due, shell)
                } else {
                    rebinding.send(due, shell)
                }
            }
        }
    }

    /// An input that is not the passing of time.
    pub(super) fn input(self, input: Input<'_>, now: Instant, shell: &mut Shell) -> State {
        match input {
            Input::Wake => self,
            Input::LinkUp => self.link_up(now, shell),
            Input::LinkDown => {
                let remembered = self.remembered();
                shell.event(Event::Entered("OFF"));
                State::off(remembered)
            }
            Input::Datagram(datagram) => self.datagram(datagram, now, shell),
            Input::Arp(packet) => self.arp(packet, now, shell),
            Input::Release => self.release(now, shell),
            Input::Renew => match self {
                State::Bound(bound) if bound.held.lease.times.is_some() => renew(bound.held, now, shell),
                other => other.ignored("renew", shell),
            },
        }
    }

    fn ignored(self, input: &'static str, shell: &mut Shell) -> State {
        shell.event(Event::Ignored { state: self.name(), input });
        self
    }

    fn link_up(self, now: Instant, shell: &mut Shell) -> State {
        match self {
            State::Off(Off { remembered: Some(remembered) }) => reboot(remembered, now, shell),
            State::Off(Off { remembered: None }) => init(now, shell),
            other => other.ignored("link up", shell),
        }
    }

    fn datagram(self, datagram: &[u8], now: Instant, shell: &mut Shell) -> State {
        let xid = match &self {
            State::Selecting(selecting) => selecting.xid,
            State::Requesting(requesting) => requesting.request.xid,
            State::Rebooting(rebooting) => rebooting.request.xid,
            State::Renewing(renewing) => renewing.xid,
            State::Rebinding(rebinding) => rebinding.xid,
            // These asked nothing, so nothing can be an answer.
            State::Off(_) | State::Init(_) | State::Probing(_) | State::Declined(_) | State::Bound(_) => return self,
        };
        let Some(reply) = Reply::read(datagram, xid, &shell.identity) else { return self };
        let name = reply.name();
        match self {
            State::Selecting(selecting) => match reply {
                Reply::Offer { server, address } => selecting.request(server, address, now, shell),
                Reply::Ack(_) | Reply::Nak { .. } => State::Selecting(selecting).ignored(name, shell),
            },
            State::Requesting(requesting) => match reply {
                // Another server's answer must not mix into this one's offer.
                Reply::Ack(lease) if lease.server == requesting.server && lease.address == requesting.offered => {
                    probe(lease.counted_from(requesting.requested_at), now, shell)
                }
                Reply::Nak { server } if server.is_none_or(|server| server == requesting.server) => refused(now, shell),
                Reply::Offer { .. } | Reply::Ack(_) | Reply::Nak { .. } => {
                    State::Requesting(requesting).ignored(name, shell)
                }
            },
            State::Rebooting(rebooting) => match reply {
                Reply::Ack(lease) if lease.address == rebooting.remembered.address => {
                    probe(lease.counted_from(rebooting.requested_at), now, shell)
                }
                Reply::Nak { .. } => lost_by_nak(now, shell),
                Reply::Offer { .. } | Reply::Ack(_) => State::Rebooting(rebooting).ignored(name, shell),
            },
            State::Renewing(renewing) => match reply {
                Reply::Ack(lease) if lease.server == renewing.held.lease.server => {
                    renewing.held.renewed(lease.counted_from(renewing.requested_at), now, shell)
                }
                Reply::Nak { server } if server.is_none_or(|server| server == renewing.held.lease.server) => {
                    lost_by_nak(now, shell)
                }
                Reply::Offer { .. } | Reply::Ack(_) | Reply::Nak { .. } => {
                    State::Renewing(renewing).ignored(name, shell)
                }
            },
            State::Rebinding(rebinding) => match reply {
                Reply::Ack(lease) => rebinding.held.renewed(lease.counted_from(rebinding.requested_at), now, shell),
                Reply::Nak { .. } => lost_by_nak(now, shell),
                Reply::Offer { .. } => State::Rebinding(rebinding).ignored(name, shell),
            },
            same @ (State::Off(_) | State::Init(_) | State::Probing(_) | State::Declined(_) | State::Bound(_)) => same,
        }
    }

    fn arp(mut self, packet: &arp::Packet, now: Instant, shell: &mut Shell) -> State {
        let claim = match &mut self {
            State::Probing(probing) => &mut probing.claim,
            State::Bound(Bound { held, .. })
            | State::Renewing(Renewing { held, .. })
            | State::Rebinding(Rebinding { held, .. }) => &mut held.claim,
            State::Off(_)
            | State::Init(_)
            | State::Selecting(_)
            | State::Requesting(_)
            | State::Rebooting(_)
            | State::Declined(_) => return self,
        };
        let mut taken: Option<Mac> = None;
        for output in claim.handle(packet, now) {
            match output {
                arp::Output::Send(packet) => shell.send(Output::Arp(packet)),
                arp::Output::Taken(mac) => taken = Some(mac),
                arp::Output::Free => {}
            }
        }
        match (taken, self) {
            (None, same) => same,
            (Some(mac), State::Probing(probing)) => decline(&probing.lease, mac, now, shell),
            (
                Some(mac),
                State::Bound(Bound { held, .. })
                | State::Renewing(Renewing { held, .. })
                | State::Rebinding(Rebinding { held, .. }),
            ) => decline(&held.lease, mac, now, shell),
            (Some(_), other) => other,
        }
    }

    fn release(self, now: Instant, shell: &mut Shell) -> State {
        match self {
            State::Bound(Bound { held, .. })
            | State::Renewing(Renewing { held, .. })
            | State::Rebinding(Rebinding { held, .. }) => {
                // §4.4.6, Table 5: unicast, ciaddr set, 54 there, 50 absent; no answer is awaited.
                let Lease { address, server, .. } = *held.lease;
                let release = fields(MessageType::Release, shell.random.u32(), now, now);
                let message = Fields { ciaddr: address, server: Some(server), ..release }.encode(&shell.identity);
                shell.send(Output::Unicast { from: address, to: server, message });
                shell.event(Event::Lost(Loss::Released));
            }
            State::Off(_)
            | State::Init(_)
            | State::Selecting(_)
            | State::Requesting(_)
            | State::Rebooting(_)
            | State::Probing(_)
            | State::Declined(_) => {}
        }
        State::off(None)
    }
}

impl Selecting {
    fn send(mut self, now: Instant, shell: &mut Shell) -> State {
        let discover = fields(MessageType::Discover, self.xid, self.began, now);
        self.secs = discover.secs;
        shell.send(Output::Broadcast { from: NONE, message: discover.encode(&shell.identity) });
        self.next = now + shell.back_off(self.sent);
        self.sent = self.sent.saturating_add(1);
        State::Selecting(self)
    }

    /// §3.1(3): the first offer is taken.
    fn request(self, server: Ipv4Addr, offered: Ipv4Addr, now: Instant, shell: &mut Shell) -> State {
        // §4.4.1: xid of the offer, secs of the DHCPDISCOVER, 54 and 50 set, ciaddr zero, broadcast.
        let request = Fields {
            kind: MessageType::Request,
            xid: self.xid,
            secs: self.secs,
            ciaddr: NONE,
            requested: Some(offered),
            server: Some(server),
        };
        shell.event(Event::Entered("REQUESTING"));
        Requesting { request, offered, server, requested_at: now, sent: 0, next: now }.send(now, shell)
    }
}

impl Requesting {
    fn send(mut self, now: Instant, shell: &mut Shell) -> State {
        shell.send(Output::Broadcast { from: NONE, message: self.request.encode(&shell.identity) });
        self.next = now + shell.back_off(self.sent);
        self.sent = self.sent.saturating_add(1);
        State::Requesting(self)
    }
}

impl Rebooting {
    fn send(mut self, now: Instant, shell: &mut Shell) -> State {
        let request = Fields { secs: seconds(self.requested_at, now), ..self.request };
        shell.send(Output::Broadcast { from: NONE, message: request.encode(&shell.identity) });
        self.next = now + shell.back_off(self.sent);
        self.sent = self.sent.saturating_add(1);
        State::Rebooting(self)
    }
}

impl Probing {
    fn wake(mut self, now: Instant, shell: &mut Shell) -> State {
        let mut free = false;
        for output in self.claim.wake(now) {
            match output {
                arp::Output::Send(packet) => shell.send(Output::Arp(packet)),
                arp::Output::Free => {
                    free = true;
                    shell.event(Event::Entered("BOUND"));
                    shell.event(Event::Bound(self.lease.clone()));
                }
                arp::Output::Taken(_) => {}
            }
        }
        if free { bound(Held { lease: self.lease, claim: self.claim }, shell) } else { State::Probing(self) }
    }
}

impl Held {
    /// Second announcement.
    fn wake(&mut self, now: Instant, shell: &mut Shell) {
        for output in self.claim.wake(now) {
            match output {
                arp::Output::Send(packet) => shell.send(Output::Arp(packet)),
                arp::Output::Free | arp::Output::Taken(_) => {}
            }
        }
    }

    fn renewed(self, lease: Lease, now: Instant, shell: &mut Shell) -> State {
        if lease.address != self.lease.address {
            shell.event(Event::Lost(Loss::Replaced));
            return probe(lease, now, shell);
        }
        shell.event(Event::Entered("BOUND"));
        shell.event(Event::Renewed(Box::new(lease.clone())));
        bound(Held { lease: Box::new(lease), claim: self.claim }, shell)
    }
}

impl Renewing {
    fn send(mut self, now: Instant, shell: &mut Shell) -> State {
        // §4.3.2, §4.4.5: unicast, ciaddr set, 50 and 54 absent.
        let Lease { address, server, .. } = *self.held.lease;
        let request = fields(MessageType::Request, self.xid, self.requested_at, now);
        let message = Fields { ciaddr: address, ..request }.encode(&shell.identity);
        shell.send(Output::Unicast { from: address, to: server, message });
        self.next = halfway(now, self.rebinding);
        State::Renewing(self)
    }
}

impl Rebinding {
    fn send(mut self, now: Instant, shell: &mut Shell) -> State {
        let address = self.held.lease.address;
        let request = fields(MessageType::Request, self.xid, self.requested_at, now);
        let message = Fields { ciaddr: address, ..request }.encode(&shell.identity);
        shell.send(Output::Broadcast { from: address, message });
        self.next = halfway(now, self.expiry);
        State::Rebinding(self)
    }
}

fn init(now: Instant, shell: &mut Shell) -> State {
    let most = u64::try_from(shell.timing.start_delay.as_micros()).unwrap_or(u64::MAX);
    let wait = if !shell.started {
        // §4.4.1: one to ten seconds, to keep phones apart that all start when power returns.
        Duration::from_micros(shell.random.range(most / 10, most))
    } else if let Some(again) = shell.refusals.checked_sub(2) {
        shell.back_off(again)
    } else {
        Duration::ZERO
    };
    shell.started = true;
    shell.event(Event::Entered("INIT"));
    State::Init(Init { begin: now + wait })
}

fn discover(now: Instant, shell: &mut Shell) -> State {
    shell.event(Event::Entered("SELECTING"));
    let xid = shell.random.u32();
    Selecting { xid, began: now, secs: 0, sent: 0, next: now }.send(now, shell)
}

fn reboot(remembered: Remembered, now: Instant, shell: &mut Shell) -> State {
    shell.event(Event::Entered("REBOOTING"));
    // §4.3.2: 50 set, 54 absent, ciaddr zero, broadcast.
    let request =
        Fields { requested: Some(remembered.address), ..fields(MessageType::Request, shell.random.u32(), now, now) };
    Rebooting { request, remembered, requested_at: now, sent: 0, next: now }.send(now, shell)
}

fn probe(lease: Lease, now: Instant, shell: &mut Shell) -> State {
    shell.event(Event::Entered("PROBING"));
    let claim = Claim::new(shell.identity.mac, lease.address, shell.timing.arp, &mut shell.random, now);
    State::Probing(Probing { lease: Box::new(lease), claim })
}

fn bound(held: Held, shell: &mut Shell) -> State {
    shell.refusals = 0;
    let renewal = held.lease.times.map(|times| shell.fuzzed(held.lease.requested_at, times.renewal));
    State::Bound(Bound { held, renewal })
}

fn renew(held: Held, now: Instant, shell: &mut Shell) -> State {
    // Only a finite lease has a T1.
    let Some(times) = held.lease.times else { return State::Bound(Bound { held, renewal: None }) };
    shell.event(Event::Entered("RENEWING"));
    let rebinding = shell.fuzzed(held.lease.requested_at, times.rebinding).max(now);
    Renewing { held, requested_at: now, xid: shell.random.u32(), rebinding, next: now }.send(now, shell)
}

fn rebind(held: Held, now: Instant, shell: &mut Shell) -> State {
    let Some(times) = held.lease.times else { return State::Bound(Bound { held, renewal: None }) };
    shell.event(Event::Entered("REBINDING"));
    Rebinding { held, requested_at: now, xid: shell.random.u32(), expiry: times.expiry, next: now }.send(now, shell)
}

fn decline(lease: &Lease, by: Mac, now: Instant, shell: &mut Shell) -> State {
    // Table 5: 50 and 54 set, ciaddr zero, broadcast.
    let message = Fields {
        requested: Some(lease.address),
        server: Some(lease.server),
        ..fields(MessageType::Decline, shell.random.u32(), now, now)
    };
    shell.send(Output::Broadcast { from: NONE, message: message.encode(&shell.identity) });
    shell.event(Event::Lost(Loss::Taken(by)));
    shell.event(Event::Entered("DECLINED"));
    // §3.1(5): at least ten seconds before beginning anew.
    State::Declined(Declined { until: now + shell.timing.decline_wait })
}

fn refused(now: Instant, shell: &mut Shell) -> State {
    shell.refusals = shell.refusals.saturating_add(1);
    init(now, shell)
}

fn lost_by_nak(now: Instant, shell: &mut Shell) -> State {
    shell.event(Event::Lost(Loss::Nak));
    refused(now, shell)
}

/// §4.4.5: half of the time that is left until `end`, but not under 60 s; and never past `end`, where something else happens.
fn halfway(now: Instant, end: Instant) -> Instant {
    (now + (end.since(now) / 2).max(SHORTEST_WAIT)).min(end)
}

fn fields(kind: MessageType, xid: u32, began: Instant, now: Instant) -> Fields {
    Fields { kind, xid, secs: seconds(began, now), ciaddr: NONE, requested: None, server: None }
}

fn seconds(began: Instant, now: Instant) -> u16 {
    u16::try_from(now.since(began).as_secs()).unwrap_or(u16::MAX)
}
