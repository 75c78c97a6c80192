//! What the states send.

use super::{Confirming, Declining, Informing, Rebinding, Releasing, Renewing, Requesting, Soliciting, State};
use crate::defects::Defect;
use crate::net::dhcp6::exchange::Exchange;
use crate::net::dhcp6::message::{Fields, Kind};
use crate::net::dhcp6::{Output, Shell};
use crate::time::Instant;
use std::net::Ipv6Addr;

impl Shell {
    fn transmit(
        &mut self,
        exchange: &mut Exchange,
        kind: Kind,
        server: Option<&[u8]>,
        addresses: &[Ipv6Addr],
        now: Instant,
    ) {
        let elapsed = exchange.sends(now, self.timing.spread, &mut self.random);
        let fields = Fields { kind, xid: exchange.xid, elapsed, server, addresses };
        self.outputs.push_back(Output::Send(fields.encode(&self.identity, &self.defects)));
    }
}

impl Soliciting {
    pub(super) fn send(mut self, now: Instant, shell: &mut Shell) -> State {
        shell.transmit(&mut self.exchange, Kind::Solicit, None, &[], now);
        State::Soliciting(self)
    }
}

impl Requesting {
    pub(super) fn send(mut self, now: Instant, shell: &mut Shell) -> State {
        shell.transmit(&mut self.exchange, Kind::Request, Some(&self.offer.server), &self.offer.addresses, now);
        State::Requesting(self)
    }
}

impl Confirming {
    pub(super) fn send(mut self, now: Instant, shell: &mut Shell) -> State {
        shell.transmit(&mut self.exchange, Kind::Confirm, None, &self.held.addresses(), now);
        State::Confirming(self)
    }
}

impl Renewing {
    pub(super) fn send(mut self, now: Instant, shell: &mut Shell) -> State {
        let mut server = self.held.lease.server.clone();
        if shell.defects.has(Defect::Dhcp6RenewsElsewhere)
            && let Some(last) = server.last_mut()
        {
            *last ^= 0xff;
        }
        shell.transmit(&mut self.exchange, Kind::Renew, Some(&server), &self.held.addresses(), now);
        State::Renewing(self)
    }
}

impl Rebinding {
    pub(super) fn send(mut self, now: Instant, shell: &mut Shell) -> State {
        shell.transmit(&mut self.exchange, Kind::Rebind, None, &self.held.addresses(), now);
        State::Rebinding(self)
    }
}

impl Declining {
    pub(super) fn send(mut self, now: Instant, shell: &mut Shell) -> State {
        shell.transmit(&mut self.exchange, Kind::Decline, Some(&self.server), &self.addresses, now);
        State::Declining(self)
    }
}

impl Releasing {
    pub(super) fn send(mut self, now: Instant, shell: &mut Shell) -> State {
        shell.transmit(&mut self.exchange, Kind::Release, Some(&self.server), &self.addresses, now);
        State::Releasing(self)
    }
}

impl Informing {
    pub(super) fn send(mut self, now: Instant, shell: &mut Shell) -> State {
        shell.transmit(&mut self.exchange, Kind::InformationRequest, None, &[], now);
        State::Informing(self)
    }
}
