//! What a Reply means for the addresses that were asked for (RFC 8415 §18.2.10).

use super::entering::{bound, delay, probe, refused, request};
use super::inputs::{NO_ADDRS_AVAIL, NO_BINDING, NOT_ON_LINK, SUCCESS};
use super::{Held, Offer, Requesting, State, Then};
use crate::defects::Defect;
use crate::net::dhcp6::lease::{Association, Lease6};
use crate::net::dhcp6::options::Options;
use crate::net::dhcp6::{Event, Loss6, Shell};
use crate::time::{Duration, Instant};

impl Requesting {
    /// §18.2.10.1.
    pub(super) fn replied(mut self, reply: &Reply, now: Instant, shell: &mut Shell) -> State {
        // Another server's answer must not mix into this one's.
        if reply.server != self.offer.server && !shell.defects.has(Defect::Dhcp6TakesAnyServer) {
            return State::Requesting(self).ignored("REPLY", shell);
        }
        shell.limits(&reply.options);
        shell.refusal(&mut self.exchange, reply.status(shell));
        let association = reply.association(shell);
        if let Some(held) = self.held {
            let began = self.exchange.began;
            // A server that grants neither a renewal nor a request must not keep the two in a circle.
            if association.is_some_and(|association| association.status == NO_BINDING) {
                return refused(Some(held), now, shell);
            }
            return match reply.refreshes(held, began, now, shell) {
                Ok(next) => next,
                Err(held) => refused(Some(*held), now, shell),
            };
        }
        match reply.status(shell) {
            NO_ADDRS_AVAIL | NO_BINDING | NOT_ON_LINK => refused(None, now, shell),
            SUCCESS => {
                let lease = reply.lease(self.exchange.began, shell);
                // What grants nothing that could be used may be forged, and the right answer be right behind it.
                if lease.addresses.is_empty() {
                    return State::Requesting(self).ignored("REPLY without an address", shell);
                }
                probe(Held { lease, reply: reply.datagram.clone(), age: Duration::ZERO }, shell)
            }
            // UnspecFail and what is not known: the message is sent again in its time.
            _ => State::Requesting(self).ignored("REPLY", shell),
        }
    }
}

/// A Reply that was believed.
pub(super) struct Reply {
    pub(super) server: Vec<u8>,
    pub(super) options: Options,
    pub(super) datagram: Vec<u8>,
}

impl Reply {
    pub(super) fn lease(&self, requested_at: Instant, shell: &Shell) -> Lease6 {
        Lease6::granted(&self.options, &self.server, self.association(shell), requested_at, Duration::ZERO)
    }

    fn association(&self, shell: &Shell) -> Option<Association> {
        Association::read(&self.options, shell.identity.iaid, &shell.defects)
    }

    /// What the server says of the exchange or of the association: one of them is Success where the other is not.
    pub(super) fn status(&self, shell: &Shell) -> u16 {
        self.association(shell).map_or(SUCCESS, |association| association.status).max(self.options.status())
    }

    /// What it means for addresses in use (§18.2.10.1); the addresses back when it means nothing and the exchange goes on.
    pub(super) fn refreshes(
        &self,
        held: Held,
        began: Instant,
        now: Instant,
        shell: &mut Shell,
    ) -> Result<State, Box<Held>> {
        shell.limits(&self.options);
        let Some(association) = self.association(shell) else {
            return Err(Box::new(held));
        };
        if association.status == NO_BINDING {
            // The server that answered is asked for the same addresses.
            let offer = Offer { server: self.server.clone(), preference: 0, addresses: held.addresses() };
            return Ok(request(offer, Some(held), now, shell));
        }
        if association.status != SUCCESS || self.options.status() != SUCCESS {
            return Err(Box::new(held));
        }
        let mut lease = self.lease(began, shell);
        let granted = std::mem::take(&mut lease.addresses);
        // An address that the Reply does not speak of stays as it was; one with a lifetime of zero is taken back.
        for old in &held.lease.addresses {
            let told = association.addresses.iter().any(|(address, _, _)| *address == old.address);
            let new = granted.iter().find(|new| new.address == old.address);
            lease.addresses.extend(new.copied().or((!told).then_some(*old)));
        }
        let only_new = association.addresses.iter().all(|(a, _, _)| held.addresses().iter().all(|old| old != a));
        if !granted.is_empty() && only_new || lease.addresses.is_empty() {
            // Other addresses in place of the old ones, or none.
            shell.event(Event::Lost(Loss6::Refused));
            if granted.is_empty() {
                return Ok(delay(Then::Solicit, now, shell));
            }
            lease.addresses = granted;
            return Ok(probe(Held { lease, reply: self.datagram.clone(), age: Duration::ZERO }, shell));
        }
        if granted.is_empty() {
            return Err(Box::new(held));
        }
        Ok(bound(Held { lease, reply: self.datagram.clone(), age: Duration::ZERO }, false, shell))
    }
}
