//! What the states send, and when they send it again.

use super::entering::{bound, fields, probe, seconds};
use super::{Held, Probing, Rebinding, Rebooting, Renewing, Requesting, Selecting, State};
use crate::defects::Defect;
use crate::net::arp;
use crate::net::dhcp::lease::Lease;
use crate::net::dhcp::message::Fields;
use crate::net::dhcp::{Event, Loss, Output, Shell};
use crate::time::{Duration, Instant};
use dhcproto::v4::MessageType;
use std::net::Ipv4Addr;

const NONE: Ipv4Addr = Ipv4Addr::UNSPECIFIED;
/// §4.4.5: shortest wait between requests in RENEWING and REBINDING.
const SHORTEST_WAIT: Duration = Duration::from_secs(60);

impl Selecting {
    pub(super) fn send(mut self, now: Instant, shell: &mut Shell) -> State {
        let discover = fields(MessageType::Discover, self.xid, self.began, now);
        self.secs = discover.secs;
        shell.send(Output::Broadcast { from: NONE, message: discover.encode(&shell.identity, &shell.defects) });
        self.next = now + shell.back_off(self.sent);
        self.sent = self.sent.saturating_add(1);
        State::Selecting(self)
    }

    /// §3.1(3): the first offer is taken.
    pub(super) fn request(self, server: Ipv4Addr, offered: Ipv4Addr, now: Instant, shell: &mut Shell) -> State {
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
    pub(super) fn send(mut self, now: Instant, shell: &mut Shell) -> State {
        shell.send(Output::Broadcast { from: NONE, message: self.request.encode(&shell.identity, &shell.defects) });
        self.next = now + shell.back_off(self.sent);
        self.sent = self.sent.saturating_add(1);
        State::Requesting(self)
    }
}

impl Rebooting {
    pub(super) fn send(mut self, now: Instant, shell: &mut Shell) -> State {
        let request = Fields { secs: seconds(self.requested_at, now), ..self.request };
        shell.send(Output::Broadcast { from: NONE, message: request.encode(&shell.identity, &shell.defects) });
        self.next = now + shell.back_off(self.sent);
        self.sent = self.sent.saturating_add(1);
        State::Rebooting(self)
    }
}

impl Probing {
    pub(super) fn wake(mut self, now: Instant, shell: &mut Shell) -> State {
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
    pub(super) fn wake(&mut self, now: Instant, shell: &mut Shell) {
        for output in self.claim.wake(now) {
            match output {
                arp::Output::Send(packet) => shell.send(Output::Arp(packet)),
                arp::Output::Free | arp::Output::Taken(_) => {}
            }
        }
    }

    pub(super) fn renewed(self, lease: Lease, now: Instant, shell: &mut Shell) -> State {
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
    pub(super) fn send(mut self, now: Instant, shell: &mut Shell) -> State {
        // §4.3.2, §4.4.5: unicast, ciaddr set, 50 and 54 absent.
        let Lease { address, server, .. } = *self.held.lease;
        let request = fields(MessageType::Request, self.xid, self.requested_at, now);
        let message = Fields { ciaddr: address, ..request }.encode(&shell.identity, &shell.defects);
        shell.ask(match shell.defects.has(Defect::DhcpRenewsByBroadcast) {
            true => Output::Broadcast { from: address, message },
            false => Output::Unicast { from: address, to: server, message },
        });
        self.next = self.rebinding.map(|rebinding| halfway(now, rebinding));
        State::Renewing(self)
    }

    /// A wish to renew while renewing goes unanswered: ask anew, so that an answer counts from this request.
    pub(super) fn again(mut self, now: Instant, shell: &mut Shell) -> State {
        self.requested_at = now;
        self.xid = shell.random.u32();
        self.send(now, shell)
    }
}

impl Rebinding {
    pub(super) fn send(mut self, now: Instant, shell: &mut Shell) -> State {
        let address = self.held.lease.address;
        let request = fields(MessageType::Request, self.xid, self.requested_at, now);
        let message = Fields { ciaddr: address, ..request }.encode(&shell.identity, &shell.defects);
        if !shell.defects.has(Defect::DhcpNeverRebinds) {
            shell.ask(Output::Broadcast { from: address, message });
        }
        self.next = halfway(now, self.expiry);
        State::Rebinding(self)
    }
}

/// §4.4.5: half of the time that is left until `end`, but not under 60 s; and never past `end`, where something else happens.
fn halfway(now: Instant, end: Instant) -> Instant {
    (now + (end.since(now) / 2).max(SHORTEST_WAIT)).min(end)
}
