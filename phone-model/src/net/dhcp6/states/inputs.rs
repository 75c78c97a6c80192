//! What the states make of messages, detection and wishes.

use super::entering::{after_decline, bound, decline, delay, lost, probe, release, renew, request};
use super::replies::Reply;
use super::{
    Bound, Confirming, Declining, Delaying, Held, Informed, Off, Offer, Probing, Rebinding, Renewing, Requesting,
    Soliciting, State, Then,
};
use crate::defects::Defect;
use crate::net::dhcp6::lease::Association;
use crate::net::dhcp6::message::Heard;
use crate::net::dhcp6::options::Options;
use crate::net::dhcp6::{Event, Input, Loss6, Mode, Shell};
use crate::time::{Duration, Instant};
use std::net::Ipv6Addr;

/// Status codes (§21.13).
pub(super) const SUCCESS: u16 = 0;
pub(super) const NO_ADDRS_AVAIL: u16 = 2;
pub(super) const NO_BINDING: u16 = 3;
pub(super) const NOT_ON_LINK: u16 = 4;
/// §21.23: IRT_DEFAULT and IRT_MINIMUM, seconds.
const REFRESH: u32 = 86_400;
const SHORTEST_REFRESH: u32 = 600;

impl State {
    pub(in crate::net::dhcp6) fn input(self, input: Input<'_>, now: Instant, shell: &mut Shell) -> State {
        match input {
            Input::Start(mode) => self.start(mode, now, shell),
            Input::Stop => self.stop(shell),
            Input::LinkDown => self.unplugged(),
            Input::Datagram(datagram) => self.datagram(datagram, now, shell),
            Input::Unique(address) => self.detected(address, false, now, shell),
            Input::Duplicate(address) => self.detected(address, true, now, shell),
            Input::Release => self.release(now, shell),
            Input::Wake => self,
        }
    }

    fn start(self, mode: Mode, now: Instant, shell: &mut Shell) -> State {
        match (mode, self) {
            // §18.2.3: the phone may have been moved to another link meanwhile.
            (Mode::Stateful, State::Off(Off { held: Some(held) })) => delay(Then::Confirm(Box::new(held)), now, shell),
            (Mode::Stateful, State::Off(Off { held: None }) | State::Informing(_) | State::Informed(_))
            | (Mode::Stateful, State::Delaying(Delaying { then: Then::Inform, .. })) => {
                delay(Then::Solicit, now, shell)
            }
            (Mode::Stateless, State::Off(Off { held: None }) | State::Soliciting(_))
            | (Mode::Stateless, State::Requesting(Requesting { held: None, .. }))
            | (Mode::Stateless, State::Delaying(Delaying { then: Then::Solicit, .. })) => {
                delay(Then::Inform, now, shell)
            }
            // Addresses that were granted stay until they end, whatever routers say (RFC 4862 §5.6).
            (Mode::Stateless, State::Off(Off { held: Some(held) })) => delay(Then::Confirm(Box::new(held)), now, shell),
            (Mode::Stateful | Mode::Stateless, same) => same,
        }
    }

    fn stop(self, shell: &mut Shell) -> State {
        let held = match self {
            State::Delaying(Delaying { then: Then::Confirm(held), .. }) => Some(*held),
            State::Confirming(Confirming { held, .. }) => Some(held),
            State::Delaying(Delaying { then: Then::Solicit | Then::Inform, .. })
            | State::Soliciting(_)
            | State::Requesting(Requesting { held: None, .. })
            | State::Informing(_)
            | State::Informed(_) => None,
            same @ (State::Off(_)
            | State::Requesting(Requesting { held: Some(_), .. })
            | State::Probing(_)
            | State::Bound(_)
            | State::Renewing(_)
            | State::Rebinding(_)
            | State::Declining(_)
            | State::Releasing(_)) => return same,
        };
        shell.event(Event::Entered("OFF"));
        State::Off(Off { held })
    }

    fn unplugged(self) -> State {
        match self {
            State::Off(off) => State::Off(off),
            State::Requesting(Requesting { held, .. }) => State::Off(Off { held }),
            State::Delaying(Delaying { then: Then::Confirm(held), .. }) => State::Off(Off { held: Some(*held) }),
            State::Confirming(Confirming { held, .. })
            | State::Probing(Probing { held, .. })
            | State::Bound(Bound { held })
            | State::Renewing(Renewing { held, .. })
            | State::Rebinding(Rebinding { held, .. }) => State::Off(Off { held: Some(held) }),
            State::Declining(Declining { rest, .. }) => State::Off(Off { held: rest }),
            State::Delaying(Delaying { then: Then::Solicit | Then::Inform, .. })
            | State::Soliciting(_)
            | State::Releasing(_)
            | State::Informing(_)
            | State::Informed(_) => State::NOTHING,
        }
    }

    fn detected(self, address: Ipv6Addr, duplicate: bool, now: Instant, shell: &mut Shell) -> State {
        let State::Probing(mut probing) = self else { return self };
        let before = probing.waiting.len();
        probing.waiting.retain(|waiting| *waiting != address);
        if duplicate && probing.waiting.len() < before {
            probing.duplicates.push(address);
        }
        if !probing.waiting.is_empty() {
            return State::Probing(probing);
        }
        let Probing { mut held, duplicates, .. } = probing;
        let Some(first) = duplicates.first() else { return bound(held, true, shell) };
        held.lease.addresses.retain(|address| !duplicates.contains(&address.address));
        shell.event(Event::Lost(Loss6::Duplicate(*first)));
        let server = held.lease.server.clone();
        let rest = (!held.lease.addresses.is_empty()).then_some(held);
        decline(server, duplicates, rest, now, shell)
    }

    fn release(self, now: Instant, shell: &mut Shell) -> State {
        match self {
            State::Bound(Bound { held })
            | State::Renewing(Renewing { held, .. })
            | State::Rebinding(Rebinding { held, .. })
            | State::Requesting(Requesting { held: Some(held), .. }) => release(&held, now, shell),
            State::Off(_)
            | State::Delaying(_)
            | State::Soliciting(_)
            | State::Requesting(_)
            | State::Confirming(_)
            | State::Probing(_)
            | State::Declining(_)
            | State::Releasing(_)
            | State::Informing(_)
            | State::Informed(_) => {
                shell.event(Event::Released);
                State::NOTHING
            }
        }
    }

    fn datagram(self, datagram: &[u8], now: Instant, shell: &mut Shell) -> State {
        let Some(heard) = Heard::read(datagram, self.xid(), &shell.identity, &shell.defects) else { return self };
        let name = heard.name();
        match heard {
            Heard::Advertise { server, options } => match self {
                State::Soliciting(soliciting) => soliciting.advertised(server, &options, now, shell),
                other => other.ignored(name, shell),
            },
            Heard::Reply { server, options } => {
                self.replied(&Reply { server, options, datagram: datagram.to_vec() }, now, shell)
            }
            Heard::Reconfigure => match self {
                State::Bound(Bound { held }) => renew(held, now, shell),
                other => other.ignored(name, shell),
            },
        }
    }

    fn replied(self, reply: &Reply, now: Instant, shell: &mut Shell) -> State {
        let status = reply.options.status();
        match self {
            // It asked for four messages, not for two (§18.2.1).
            State::Soliciting(soliciting) => {
                let lease = reply.lease(soliciting.exchange.began, shell);
                if lease.addresses.is_empty() || !shell.defects.has(Defect::Dhcp6CommitsUnasked) {
                    return State::Soliciting(soliciting).ignored("REPLY", shell);
                }
                probe(Held { lease, reply: reply.datagram.clone(), age: Duration::ZERO }, shell)
            }
            State::Requesting(requesting) => requesting.replied(reply, now, shell),
            State::Confirming(confirming) => {
                shell.limits(&reply.options);
                match status {
                    SUCCESS => probe(confirming.held, shell),
                    NOT_ON_LINK => lost(Loss6::NotOnLink, now, shell),
                    _ => State::Confirming(confirming).ignored("REPLY", shell),
                }
            }
            State::Renewing(Renewing { mut exchange, held }) => {
                shell.refusal(&mut exchange, reply.status(shell));
                match reply.refreshes(held, exchange.began, now, shell) {
                    Ok(next) => next,
                    Err(held) => State::Renewing(Renewing { exchange, held: *held }).ignored("REPLY", shell),
                }
            }
            State::Rebinding(Rebinding { mut exchange, held }) => {
                shell.refusal(&mut exchange, reply.status(shell));
                match reply.refreshes(held, exchange.began, now, shell) {
                    Ok(next) => next,
                    Err(held) => State::Rebinding(Rebinding { exchange, held: *held }).ignored("REPLY", shell),
                }
            }
            // §18.2.10.2, §18.2.10.3: whatever the status, the exchange is over.
            State::Declining(declining) => after_decline(declining.rest, now, shell),
            State::Releasing(_) => {
                shell.event(Event::Released);
                State::NOTHING
            }
            State::Informing(mut informing) => {
                shell.limits(&reply.options);
                shell.refusal(&mut informing.exchange, status);
                if status != SUCCESS {
                    return State::Informing(informing).ignored("REPLY", shell);
                }
                let lease = reply.lease(informing.exchange.began, shell);
                shell.event(Event::Informed(Box::new(lease.without_addresses())));
                shell.event(Event::Entered("INFORMED"));
                let refresh = reply.options.number(32).unwrap_or(REFRESH);
                let again = Duration::from_secs(u64::from(refresh.max(SHORTEST_REFRESH)));
                State::Informed(Informed { again: (refresh != u32::MAX).then(|| now + again) })
            }
            same @ (State::Off(_) | State::Delaying(_) | State::Probing(_) | State::Bound(_) | State::Informed(_)) => {
                same
            }
        }
    }

    pub(super) fn ignored(self, input: &'static str, shell: &mut Shell) -> State {
        shell.event(Event::Ignored { state: self.name(), input });
        self
    }
}

impl Soliciting {
    /// §18.2.9.
    fn advertised(mut self, server: Vec<u8>, options: &Options, now: Instant, shell: &mut Shell) -> State {
        // Even from an Advertise that offers nothing.
        shell.limits(options);
        let association = Association::read(options, shell.identity.iaid, &shell.defects);
        let status = options.status().max(association.as_ref().map_or(SUCCESS, |association| association.status));
        let addresses: Vec<Ipv6Addr> = association
            .filter(|_| status == SUCCESS)
            .map(|association| association.usable().map(|(address, _, _)| *address).collect())
            .unwrap_or_default();
        if addresses.is_empty() {
            shell.refusal(&mut self.exchange, status);
            if status != SUCCESS && shell.defects.has(Defect::Dhcp6GivesUp) {
                return State::NOTHING;
            }
            return State::Soliciting(self).ignored("ADVERTISE without an address", shell);
        }
        // §21.8: none is zero.
        let preference = options.raw(7).and_then(|value| value.first()).copied().unwrap_or(0);
        let offer = Offer { server, preference, addresses };
        // The highest wins at once; after the first wait, whoever comes does.
        if preference == u8::MAX || self.exchange.sent > 1 || shell.defects.has(Defect::Dhcp6TakesFirst) {
            return request(offer, None, now, shell);
        }
        if self.best.as_ref().is_none_or(|best| preference > best.preference) {
            self.best = Some(offer);
        }
        State::Soliciting(self)
    }
}
