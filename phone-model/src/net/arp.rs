//! ARP with address conflict detection (RFC 826, RFC 5227).
//!
//! ```text
//! Probing ──last probe, ANNOUNCE_WAIT──► Announcing ──ANNOUNCE_NUM sent──► Defending
//!    └── somebody has it ──► Taken           └──── second conflict within 10 s ───┴──► Taken
//! ```

use super::datagram::{BROADCAST, ETHERTYPE_ARP, Mac};
use crate::random::Random;
use crate::time::{Duration, Instant};
use std::collections::VecDeque;
use std::net::Ipv4Addr;

/// RFC 5227 §1.1: ANNOUNCE_NUM.
const ANNOUNCE_NUM: u8 = 2;
/// RFC 5227 §1.1: ANNOUNCE_INTERVAL.
const ANNOUNCE_INTERVAL: Duration = Duration::from_secs(2);
/// RFC 5227 §1.1: DEFEND_INTERVAL.
const DEFEND_INTERVAL: Duration = Duration::from_secs(10);

/// An ARP packet for IPv4 over Ethernet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet {
    /// Request (1) or not.
    pub request: bool,
    /// `ar$sha`.
    pub sender_mac: Mac,
    /// `ar$spa`; 0.0.0.0 in a probe.
    pub sender: Ipv4Addr,
    /// `ar$tha`.
    pub target_mac: Mac,
    /// `ar$tpa`.
    pub target: Ipv4Addr,
}

impl Packet {
    /// A probe: asks for `address` without claiming it (RFC 5227 §2.1.1).
    pub const fn probe(mac: Mac, address: Ipv4Addr) -> Self {
        Packet { request: true, sender_mac: mac, sender: Ipv4Addr::UNSPECIFIED, target_mac: [0; 6], target: address }
    }

    /// An announcement: asks for one's own address (RFC 5227 §2.3).
    pub const fn announcement(mac: Mac, address: Ipv4Addr) -> Self {
        Packet { request: true, sender_mac: mac, sender: address, target_mac: [0; 6], target: address }
    }

    /// Whether it asks for the sender's own address (RFC 5227 §2.3).
    pub fn announces(&self) -> bool {
        self.request && self.sender == self.target
    }

    /// Reads an Ethernet frame; `None` when it is no ARP for IPv4 over Ethernet.
    pub fn read(frame: &[u8]) -> Option<Self> {
        let packet = frame.get(12..)?;
        let (fixed, rest) = (packet.get(..8)?, packet.get(10..)?);
        // EtherType ARP, hardware Ethernet, protocol IPv4, lengths 6 and 4 (RFC 826).
        if fixed != [0x08, 0x06, 0, 1, 0x08, 0, 6, 4] {
            return None;
        }
        let request = match packet.get(8..10)? {
            [0, 1] => true,
            [0, 2] => false,
            _ => return None,
        };
        let ip = |at: usize| -> Option<Ipv4Addr> {
            let octets: [u8; 4] = rest.get(at..at + 4)?.try_into().ok()?;
            Some(octets.into())
        };
        Some(Packet {
            request,
            sender_mac: rest.get(..6)?.try_into().ok()?,
            sender: ip(6)?,
            target_mac: rest.get(10..16)?.try_into().ok()?,
            target: ip(16)?,
        })
    }

    /// The broadcast frame that carries it.
    pub fn frame(&self) -> Vec<u8> {
        let mut frame = Vec::with_capacity(42);
        frame.extend(BROADCAST);
        frame.extend(self.sender_mac);
        frame.extend(ETHERTYPE_ARP.to_be_bytes());
        frame.extend([0, 1, 0x08, 0, 6, 4, 0, if self.request { 1 } else { 2 }]);
        frame.extend(self.sender_mac);
        frame.extend(self.sender.octets());
        frame.extend(self.target_mac);
        frame.extend(self.target.octets());
        frame
    }
}

/// How long probing takes; RFC 5227 §1.1 names the standard values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// PROBE_NUM; 0 switches probing off.
    pub probes: u8,
    /// PROBE_MIN; PROBE_MAX is twice that, PROBE_WAIT as long as that.
    pub probe_interval: Duration,
    /// ANNOUNCE_WAIT.
    pub announce_wait: Duration,
}

/// What a claim asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// Broadcast this.
    Send(Packet),
    /// Nobody has the address: it may be used from now on.
    Free,
    /// Another host has the address (its Ethernet address): it must not be used (any more).
    Taken(Mac),
}

/// The claim of one host to one address.
#[derive(Debug)]
pub struct Claim {
    mac: Mac,
    address: Ipv4Addr,
    state: State,
}

#[derive(Debug)]
enum State {
    Probing(Probing),
    Announcing(Announcing),
    Defending(Defending),
    Taken,
}

#[derive(Debug)]
struct Probing {
    timing: Timing,
    /// When the next probe leaves; after the last one, the end of ANNOUNCE_WAIT.
    next: Instant,
    /// How long each probe that is still to send waits for an answer, in order.
    waits: VecDeque<Duration>,
}

#[derive(Debug)]
struct Announcing {
    sent: u8,
    next: Instant,
    defended: Option<Instant>,
}

#[derive(Debug)]
struct Defending {
    defended: Option<Instant>,
}

impl Claim {
    /// Begins to probe for `address` at `now`.
    pub fn new(mac: Mac, address: Ipv4Addr, timing: Timing, random: &mut Random, now: Instant) -> Self {
        let interval = u64::try_from(timing.probe_interval.as_micros()).unwrap_or(u64::MAX);
        // RFC 5227 §2.1.1: a random wait of up to PROBE_WAIT, then probes PROBE_MIN to PROBE_MAX apart, then ANNOUNCE_WAIT.
        let first = if timing.probes == 0 { 0 } else { random.range(0, interval) };
        let mut waits: VecDeque<Duration> = (1..timing.probes)
            .map(|_| Duration::from_micros(random.range(interval, interval.saturating_mul(2))))
            .collect();
        if timing.probes > 0 {
            waits.push_back(timing.announce_wait);
        }
        Claim {
            mac,
            address,
            state: State::Probing(Probing { timing, next: now + Duration::from_micros(first), waits }),
        }
    }

    /// The address.
    pub const fn address(&self) -> Ipv4Addr {
        self.address
    }

    /// Whether probing found the address free and nobody has taken it since.
    pub const fn holds(&self) -> bool {
        matches!(self.state, State::Announcing(_) | State::Defending(_))
    }

    /// When [`Claim::wake`] has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Probing(probing) => Some(probing.next),
            State::Announcing(announcing) => Some(announcing.next),
            State::Defending(_) | State::Taken => None,
        }
    }

    /// Does one thing that is due at `now`. The next one is counted from here: an answer needs its time from when the question left, which on
    /// a busy machine is later than when it was due.
    pub fn wake(&mut self, now: Instant) -> Vec<Output> {
        match &mut self.state {
            State::Probing(probing) if probing.next <= now => match probing.waits.pop_front() {
                Some(wait) => {
                    probing.next = now + wait;
                    vec![Output::Send(Packet::probe(self.mac, self.address))]
                }
                None => {
                    let first = Output::Send(Packet::announcement(self.mac, self.address));
                    self.state =
                        State::Announcing(Announcing { sent: 1, next: now + ANNOUNCE_INTERVAL, defended: None });
                    vec![Output::Free, first]
                }
            },
            State::Announcing(announcing) if announcing.next <= now => {
                announcing.sent = announcing.sent.saturating_add(1);
                announcing.next = now + ANNOUNCE_INTERVAL;
                if announcing.sent >= ANNOUNCE_NUM {
                    self.state = State::Defending(Defending { defended: announcing.defended });
                }
                vec![Output::Send(Packet::announcement(self.mac, self.address))]
            }
            State::Probing(_) | State::Announcing(_) | State::Defending(_) | State::Taken => Vec::new(),
        }
    }

    /// Takes an ARP packet from the segment.
    pub fn handle(&mut self, packet: &Packet, now: Instant) -> Vec<Output> {
        if packet.sender_mac == self.mac {
            return Vec::new();
        }
        let uses = packet.sender == self.address;
        match &mut self.state {
            State::Probing(probing) => {
                // RFC 5227 §2.1.1: also another's probe for the same address is a conflict.
                let wants = packet.request && packet.sender.is_unspecified() && packet.target == self.address;
                if probing.timing.probes > 0 && (uses || wants) {
                    self.state = State::Taken;
                    return vec![Output::Taken(packet.sender_mac)];
                }
                Vec::new()
            }
            State::Announcing(Announcing { defended, .. }) | State::Defending(Defending { defended }) => {
                if !uses {
                    return Vec::new();
                }
                // RFC 5227 §2.4 (b): defend once in DEFEND_INTERVAL, else give up.
                match defended {
                    Some(last) if now.since(*last) < DEFEND_INTERVAL => {
                        self.state = State::Taken;
                        vec![Output::Taken(packet.sender_mac)]
                    }
                    Some(_) | None => {
                        *defended = Some(now);
                        vec![Output::Send(Packet::announcement(self.mac, self.address))]
                    }
                }
            }
            State::Taken => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    const MINE: Mac = [2, 0, 0, 0, 0, 1];
    const OTHER: Mac = [2, 0, 0, 0, 0, 2];
    const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 100);
    const STANDARD: Timing =
        Timing { probes: 3, probe_interval: Duration::from_secs(1), announce_wait: Duration::from_secs(2) };

    /// Runs a claim without opposition and tells what it sent when.
    fn undisturbed(claim: &mut Claim) -> Vec<(Instant, Output)> {
        let mut seen = Vec::new();
        while let Some(at) = claim.deadline() {
            seen.extend(claim.wake(at).into_iter().map(|output| (at, output)));
        }
        seen
    }

    fn claim() -> Claim {
        Claim::new(MINE, ADDRESS, STANDARD, &mut Random::seeded(1), Instant::ZERO)
    }

    #[test]
    fn three_probes_then_two_announcements_at_the_intervals_of_rfc_5227() {
        let seen = undisturbed(&mut claim());
        let probe = Output::Send(Packet::probe(MINE, ADDRESS));
        let announcement = Output::Send(Packet::announcement(MINE, ADDRESS));
        let outputs: Vec<Output> = seen.iter().map(|(_, output)| *output).collect();
        assert_eq!(outputs, [probe, probe, probe, Output::Free, announcement, announcement]);
        let gap = |n: usize| seen[n].0.since(seen[n - 1].0).as_secs_f64();
        assert!(seen[0].0 <= Instant::from_secs(1));
        assert!((1.0..=2.0).contains(&gap(1)) && (1.0..=2.0).contains(&gap(2)));
        assert_eq!((gap(3), gap(4), gap(5)), (2.0, 0.0, 2.0));
    }

    #[test]
    fn a_probe_that_leaves_late_still_waits_its_time_for_an_answer() {
        let timing = Timing { probes: 1, probe_interval: Duration::ZERO, announce_wait: Duration::from_secs(2) };
        let mut claim = Claim::new(MINE, ADDRESS, timing, &mut Random::seeded(1), Instant::ZERO);
        let late = Instant::from_secs(100);
        assert_eq!(claim.wake(late), [Output::Send(Packet::probe(MINE, ADDRESS))]);
        assert_eq!(claim.wake(late), []);
        assert_eq!(claim.deadline(), Some(Instant::from_secs(102)));
    }

    #[test]
    fn an_answer_or_a_rival_probe_while_probing_means_taken() {
        for packet in [Packet::announcement(OTHER, ADDRESS), Packet::probe(OTHER, ADDRESS)] {
            let mut claim = claim();
            assert_eq!(claim.handle(&packet, Instant::ZERO), [Output::Taken(OTHER)]);
            assert!(!claim.holds());
            assert_eq!(claim.deadline(), None);
        }
    }

    #[test]
    fn its_own_probe_coming_back_and_another_address_are_no_conflict() {
        let mut claim = claim();
        assert_eq!(claim.handle(&Packet::probe(MINE, ADDRESS), Instant::ZERO), []);
        assert_eq!(claim.handle(&Packet::announcement(OTHER, Ipv4Addr::new(192, 0, 2, 101)), Instant::ZERO), []);
    }

    #[test]
    fn a_held_address_is_defended_once_in_ten_seconds() {
        let mut claim = claim();
        undisturbed(&mut claim);
        let conflict = Packet::announcement(OTHER, ADDRESS);
        let defence = [Output::Send(Packet::announcement(MINE, ADDRESS))];
        assert_eq!(claim.handle(&conflict, Instant::from_secs(100)), defence);
        assert_eq!(claim.handle(&conflict, Instant::from_secs(110)), defence);
        assert_eq!(claim.handle(&conflict, Instant::from_millis(119_999)), [Output::Taken(OTHER)]);
    }

    #[test]
    fn somebody_elses_probe_for_a_held_address_is_left_to_the_kernel_to_answer() {
        let mut claim = claim();
        undisturbed(&mut claim);
        assert_eq!(claim.handle(&Packet::probe(OTHER, ADDRESS), Instant::from_secs(100)), []);
    }

    #[test]
    fn with_no_probes_the_address_is_free_at_once() {
        let timing = Timing { probes: 0, ..STANDARD };
        let mut claim = Claim::new(MINE, ADDRESS, timing, &mut Random::seeded(1), Instant::ZERO);
        assert_eq!(claim.deadline(), Some(Instant::ZERO));
        assert_eq!(claim.wake(Instant::ZERO)[0], Output::Free);
    }

    #[test]
    fn a_frame_reads_back_as_what_went_in() {
        let packet = Packet::announcement(MINE, ADDRESS);
        assert_eq!(Packet::read(&packet.frame()), Some(packet));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = Packet::read(&bytes);
        }
    }
}
