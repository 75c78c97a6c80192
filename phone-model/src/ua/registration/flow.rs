//! The connection that a registration under TLS lives on. Nobody can reach the phone but by that way, so when it is lost the line registers
//! anew: at once the first time, and after `Reg Retry Intvl` when the connection before did not last either (RFC 5626 §4.5).

use super::{Registration, State};
use crate::defects::Defect;
use crate::time::{Duration, Instant};
use crate::ua::desk::Desk;
use crate::ua::interface::Severity;
use std::net::SocketAddr;

/// A connection that held a registration for so long was a good one; RFC 5626 leaves the time open, our choice is its shortest wait.
const LASTING: Duration = Duration::from_secs(30);

/// Ports tried before the registrar counts as one that does not answer.
const MOST_PORTS: u8 = 8;

/// What is remembered of it.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// The line's end of connections that are to be closed when the binding has ended.
    ends: Option<SocketAddr>,
    /// Since when there has been a registration on it.
    since: Option<Instant>,
    /// Connections in a row that did not last.
    losses: u32,
    /// Ports that could not be had since it last held, and whether the last of them is still to be made good.
    taken: (u8, bool),
}

impl Flow {
    /// The registrar has answered on it.
    pub(super) fn holds(&mut self, now: Instant) {
        self.since.get_or_insert(now);
        self.taken = (0, false);
    }

    /// Its port could not be had.
    pub(super) fn port_taken(&mut self) {
        self.taken = (self.taken.0.saturating_add(1), true);
    }

    /// Whether another port is to be tried at once.
    pub(super) fn tries_another_port(&mut self) -> bool {
        std::mem::take(&mut self.taken.1) && self.taken.0 < MOST_PORTS
    }

    /// It is to be closed after the binding.
    pub(super) fn give_up(&mut self, local: SocketAddr) {
        self.ends = Some(local);
    }

    /// The line's end, when it is to be closed now.
    pub(super) fn given_up(&mut self) -> Option<SocketAddr> {
        self.since = None;
        self.ends.take()
    }

    /// It was lost: how many in a row before this one did not last.
    pub(super) fn lost(&mut self, now: Instant) -> u32 {
        if self.since.take().is_some_and(|since| now.since(since) >= LASTING) {
            self.losses = 0;
        }
        let before = self.losses;
        self.losses = self.losses.saturating_add(1);
        before
    }
}

impl Registration {
    /// Closes the connection, when it was to end with the binding.
    pub(super) fn hang_up(&mut self, desk: &mut Desk, now: Instant) {
        if let Some(local) = self.flow.given_up() {
            desk.layer.hang_up(local, now);
            // It is not free again before both ends have forgotten it.
            desk.ports.remove(&self.line);
        }
    }

    /// Nobody answers on the connection of the line under TLS. It may be dead without having ended, so the next attempt takes another one
    /// (RFC 5626 §4.5).
    pub(super) fn abandon(&mut self, desk: &mut Desk, now: Instant) {
        let local = desk.local(self.line);
        if desk.layer.hang_up(local, now) {
            desk.ports.remove(&self.line);
        }
    }

    /// The port of its connection under TLS could not be had; the REGISTER that needs it fails next.
    pub(in crate::ua) fn port_taken(&mut self) {
        self.flow.port_taken();
    }

    /// The connection of the line under TLS is gone.
    pub(in crate::ua) fn flow_lost(&mut self, desk: &mut Desk, now: Instant) {
        // A request that was on its way fails by itself; without a binding nothing is lost.
        if !matches!(self.state, State::Bound { .. }) || desk.defects.has(Defect::TlsNeverReconnects) {
            return;
        }
        let lost = self.flow.lost(now);
        let wait = match lost {
            0 => Duration::ZERO,
            _ if desk.defects.has(Defect::TlsReconnectsWithoutRest) => Duration::ZERO,
            _ => self.short_interval(lost, desk),
        };
        desk.log(Severity::Notice, format!("Ext {}: the connection to the registrar was lost", self.line));
        self.failed(wait, desk, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_that_do_not_last_are_counted_and_one_that_does_is_forgiven() {
        let mut flow = Flow::default();
        flow.holds(Instant::from_secs(0));
        assert_eq!(flow.lost(Instant::from_secs(5)), 0);
        flow.holds(Instant::from_secs(6));
        assert_eq!(flow.lost(Instant::from_secs(7)), 1);
        assert_eq!(flow.lost(Instant::from_secs(37)), 2, "one on which nobody registered");
        flow.holds(Instant::from_secs(70));
        flow.holds(Instant::from_secs(99));
        assert_eq!(flow.lost(Instant::from_secs(100)), 0);
    }
}
