//! What happens when something comes from outside: cable, datagram, ARP, wishes (RFC 2131 §4.4).

use super::entering::{decline, fields, init, lost_by_nak, probe, reboot, refused, renew};
use super::{Bound, Off, Rebinding, Renewing, State};
use crate::defects::Defect;
use crate::net::arp;
use crate::net::datagram::Mac;
use crate::net::dhcp::lease::Lease;
use crate::net::dhcp::message::{Fields, Reply};
use crate::net::dhcp::{Event, Input, Loss, Options, Output, Shell};
use crate::time::Instant;
use dhcproto::v4::MessageType;

/// RFC 3203 §4: DHCPFORCERENEW.
const FORCE_RENEW: u8 = 9;

impl State {
    /// An input that is not the passing of time.
    pub(in crate::net::dhcp) fn input(self, input: Input<'_>, now: Instant, shell: &mut Shell) -> State {
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
                State::Bound(bound) => renew(bound.held, now, shell),
                State::Renewing(renewing) => renewing.again(now, shell),
                // These have no address, or ask everybody already.
                other @ (State::Off(_)
                | State::Init(_)
                | State::Selecting(_)
                | State::Requesting(_)
                | State::Rebooting(_)
                | State::Probing(_)
                | State::Declined(_)
                | State::Rebinding(_)) => other.ignored("renew", shell),
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
        if shell.defects.has(Defect::DhcpObeysForceRenew)
            && Options::of_message(datagram).is_some_and(|options| options.byte(53) == Some(FORCE_RENEW))
        {
            return self.input(Input::Renew, now, shell);
        }
        let xid = match &self {
            State::Selecting(selecting) => selecting.xid,
            State::Requesting(requesting) => requesting.request.xid,
            State::Rebooting(rebooting) => rebooting.request.xid,
            State::Renewing(renewing) => renewing.xid,
            State::Rebinding(rebinding) => rebinding.xid,
            // These asked nothing, so nothing can be an answer.
            State::Off(_) | State::Init(_) | State::Probing(_) | State::Declined(_) | State::Bound(_) => return self,
        };
        let Some(reply) = Reply::read(datagram, xid, &shell.identity, &shell.defects) else { return self };
        let name = reply.name();
        if matches!(reply, Reply::Nak { .. })
            && self.remembered().is_some()
            && shell.defects.has(Defect::DhcpKeepsAfterNak)
        {
            return self.ignored(name, shell);
        }
        let any_refusal = shell.defects.has(Defect::DhcpTakesAnyRefusal);
        let any_server = shell.defects.has(Defect::DhcpTakesAnyServer);
        match self {
            State::Selecting(selecting) => match reply {
                Reply::Offer { server, address } => selecting.request(server, address, now, shell),
                Reply::Ack(_) | Reply::Nak { .. } => State::Selecting(selecting).ignored(name, shell),
            },
            State::Requesting(requesting) => match reply {
                // Another server's answer must not mix into this one's offer.
                Reply::Ack(lease)
                    if (lease.server == requesting.server && lease.address == requesting.offered) || any_server =>
                {
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
                Reply::Nak { server }
                    if server.is_none_or(|server| server == renewing.held.lease.server) || any_refusal =>
                {
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
                arp::Output::Send(_) if shell.defects.has(Defect::DhcpDefendsNothing) => {}
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
                let fields = Fields { ciaddr: address, server: Some(server), ..release };
                let message = fields.encode(&shell.identity, &shell.defects);
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
