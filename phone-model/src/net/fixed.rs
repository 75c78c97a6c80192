//! An address that a person set: probed before it is used and defended like any other (RFC 5227 §2.1 holds for addresses set by hand too),
//! and not one DHCP packet.
//!
//! ```text
//! Off ─link─► Probing ─free─► Held
//!  ▲             │ taken        │ taken and not to be defended (RFC 5227 §2.4)
//!  └─ link out   └──────► Conflict ◄┘   then Probing again, after the wait
//! ```

use super::arp::{self, Claim, Packet, Timing};
use super::datagram::Mac;
use crate::random::Random;
use crate::time::{Duration, Instant};
use std::collections::VecDeque;
use std::net::Ipv4Addr;

/// RFC 5227 §1.1: RATE_LIMIT_INTERVAL, here between all attempts after a conflict: nobody waits for another address.
const AGAIN: Duration = Duration::from_secs(60);

/// What happens to the address.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// The cable is in.
    LinkUp,
    /// The cable is out.
    LinkDown,
    /// An ARP packet came.
    Arp(&'a Packet),
    /// Time has passed.
    Wake,
}

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Send this.
    Send(Packet),
    /// The address may be used.
    Free,
    /// Another host, with this Ethernet address, has it.
    Taken(Mac),
    /// Nothing more until this instant, or until an input when `None`.
    Wait(Option<Instant>),
}

/// The address of one host.
#[derive(Debug)]
pub struct Fixed {
    mac: Mac,
    address: Ipv4Addr,
    timing: Timing,
    again: Duration,
    random: Random,
    state: State,
    outputs: VecDeque<Output>,
}

#[derive(Debug)]
enum State {
    Off,
    /// Probing or holding.
    Claiming(Claim),
    Conflict {
        until: Instant,
    },
}

impl Fixed {
    /// `address` for the host with `mac`, whose cable is out. After a conflict it is claimed again after a minute, or after `again` when
    /// that is longer.
    pub fn new(mac: Mac, address: Ipv4Addr, timing: Timing, again: Duration, random: Random) -> Self {
        Fixed { mac, address, timing, again: again.max(AGAIN), random, state: State::Off, outputs: VecDeque::new() }
    }

    /// Takes an input.
    pub fn handle(&mut self, input: Input<'_>, now: Instant) {
        // An answer to a probe that is here counts, although nobody looked before its time was over.
        let probing = matches!(&self.state, State::Claiming(claim) if !claim.holds());
        let answers = probing && matches!(input, Input::Arp(_));
        if answers {
            self.take(input, now);
        }
        while self.deadline().is_some_and(|due| due <= now) {
            self.expire(now);
        }
        if !answers {
            self.take(input, now);
        }
    }

    fn take(&mut self, input: Input<'_>, now: Instant) {
        match input {
            Input::LinkUp => self.claim(now),
            Input::LinkDown => self.state = State::Off,
            Input::Arp(packet) => {
                let outputs = match &mut self.state {
                    State::Claiming(claim) => claim.handle(packet, now),
                    State::Off | State::Conflict { .. } => Vec::new(),
                };
                self.carry_on(outputs, now);
            }
            Input::Wake => {}
        }
    }

    /// What is wanted next; `Wait` when there is nothing more.
    pub fn poll(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or_else(|| Output::Wait(self.deadline()))
    }

    fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Off => None,
            State::Claiming(claim) => claim.deadline(),
            State::Conflict { until } => Some(*until),
        }
    }

    fn expire(&mut self, now: Instant) {
        match &mut self.state {
            State::Off => {}
            State::Claiming(claim) => {
                let outputs = claim.wake(now);
                self.carry_on(outputs, now);
            }
            State::Conflict { .. } => self.claim(now),
        }
    }

    fn claim(&mut self, now: Instant) {
        self.state = State::Claiming(Claim::new(self.mac, self.address, self.timing, &mut self.random, now));
    }

    fn carry_on(&mut self, outputs: Vec<arp::Output>, now: Instant) {
        for output in outputs {
            self.outputs.push_back(match output {
                arp::Output::Send(packet) => Output::Send(packet),
                arp::Output::Free => Output::Free,
                arp::Output::Taken(by) => {
                    self.state = State::Conflict { until: now + self.again };
                    Output::Taken(by)
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINE: Mac = [2, 0, 0, 0, 0, 1];
    const OTHER: Mac = [2, 0, 0, 0, 0, 2];
    const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 50);

    fn fixed() -> Fixed {
        let timing = Timing { probes: 1, probe_interval: Duration::ZERO, announce_wait: Duration::from_secs(2) };
        Fixed::new(MINE, ADDRESS, timing, Duration::from_secs(10), Random::seeded(1))
    }

    fn at(fixed: &mut Fixed, input: Input<'_>, secs: u64) -> Vec<Output> {
        fixed.handle(input, Instant::from_secs(secs));
        let mut outputs = Vec::new();
        loop {
            match fixed.poll() {
                Output::Wait(_) => return outputs,
                output => outputs.push(output),
            }
        }
    }

    #[test]
    fn a_fixed_address_is_probed_announced_and_then_used() {
        let mut fixed = fixed();
        let probe = Output::Send(Packet::probe(MINE, ADDRESS));
        let announcement = Output::Send(Packet::announcement(MINE, ADDRESS));
        assert_eq!(at(&mut fixed, Input::LinkUp, 0), []);
        assert_eq!(at(&mut fixed, Input::Wake, 0), [probe]);
        assert_eq!(at(&mut fixed, Input::Wake, 2), [Output::Free, announcement]);
        assert_eq!(at(&mut fixed, Input::Wake, 4), [announcement]);
    }

    #[test]
    fn a_taken_address_is_not_used_and_asked_for_again_after_a_minute() {
        let mut fixed = fixed();
        at(&mut fixed, Input::LinkUp, 0);
        let conflict = Packet::announcement(OTHER, ADDRESS);
        assert_eq!(at(&mut fixed, Input::Arp(&conflict), 1).last(), Some(&Output::Taken(OTHER)));
        assert_eq!(fixed.poll(), Output::Wait(Some(Instant::from_secs(61))));
        assert_eq!(at(&mut fixed, Input::Wake, 61), [Output::Send(Packet::probe(MINE, ADDRESS))]);
        assert_eq!(at(&mut fixed, Input::Wake, 63).first(), Some(&Output::Free));
    }

    #[test]
    fn an_answer_that_is_read_after_its_time_still_counts() {
        let mut fixed = fixed();
        at(&mut fixed, Input::LinkUp, 0);
        at(&mut fixed, Input::Wake, 0);
        let conflict = Packet::announcement(OTHER, ADDRESS);
        assert_eq!(at(&mut fixed, Input::Arp(&conflict), 20), [Output::Taken(OTHER)]);
    }

    #[test]
    fn a_held_address_is_defended_once_and_then_given_up() {
        let mut fixed = fixed();
        at(&mut fixed, Input::LinkUp, 0);
        for wake in [0, 2, 4] {
            at(&mut fixed, Input::Wake, wake);
        }
        let conflict = Packet::announcement(OTHER, ADDRESS);
        let defence = Output::Send(Packet::announcement(MINE, ADDRESS));
        assert_eq!(at(&mut fixed, Input::Arp(&conflict), 20), [defence]);
        assert_eq!(at(&mut fixed, Input::Arp(&conflict), 25), [Output::Taken(OTHER)]);
    }

    #[test]
    fn without_a_cable_nothing_is_claimed() {
        let mut fixed = fixed();
        at(&mut fixed, Input::LinkUp, 0);
        at(&mut fixed, Input::LinkDown, 1);
        assert_eq!(at(&mut fixed, Input::Wake, 100), []);
        assert_eq!(fixed.poll(), Output::Wait(None));
    }
}
