//! A host on an IPv6 segment: link-local address, duplicate address detection (RFC 4862), router discovery (RFC 4861 §6.3), addresses by
//! autoconfiguration, name servers from routers (RFC 8106).
//!
//! ```text
//! Off ─link─► Tentative ── link-local address is unique ──► Up (soliciting routers, then listening; any number of detections)
//!                 └── another host has it ──► Disabled, until the cable comes back (RFC 4862 §5.4.5)
//! ```
//!
//! The kernel answers for addresses once it has them; here is what leads to them. Where the RFCs leave a choice: the first router that
//! told of itself stays the default router for as long as it is one; its hop limit, MTU and timers are left to the kernel; prefixes of other
//! lengths than 64 give no address.

mod detection;
mod learned;
mod message;
pub(in crate::net) mod names;
mod slaac;
#[cfg(test)]
mod tests;
mod up;
pub mod wire;

pub use detection::Conflict;
pub(crate) use message::{masked, solicited_node};

use crate::defects::{Defect, Defects};
use crate::net::datagram::Mac;
use crate::random::Random;
use crate::time::{Duration, Instant};
use detection::{Detection, Purpose, Step};
use message::Message;
use std::collections::VecDeque;
use std::net::Ipv6Addr;
use up::Up;

/// The times that a bench may want otherwise than the RFCs.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Longest random wait before the first packet (RFC 4861 §10: MAX_RTR_SOLICITATION_DELAY, 1 s).
    pub start_delay: Duration,
    /// RetransTimer (RFC 4861 §10: 1 s): how long a probe waits for an answer.
    pub probe_wait: Duration,
    /// DupAddrDetectTransmits (RFC 4862 §5.1: 1).
    pub probes: u8,
    /// RTR_SOLICITATION_INTERVAL (RFC 4861 §10: 4 s).
    pub solicitation_interval: Duration,
}

/// What a person set.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Whether routers are listened to at all; not when everything was set by hand.
    pub routers: bool,
    /// Whether addresses are formed from advertised prefixes (`Auto_Config`).
    pub autoconfigure: bool,
}

/// What happens to the host.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// The cable is in.
    LinkUp,
    /// The cable is out: all that was learned on that link is forgotten.
    LinkDown,
    /// An Ethernet frame came.
    Frame(&'a [u8]),
    /// Find out whether this address is free; [`Event::Unique`] or [`Event::Duplicate`] follows.
    Check(Ipv6Addr),
    /// Time has passed.
    Wake,
}

/// What the host wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send this Ethernet frame.
    Send(Vec<u8>),
    /// Listen to the groups of this address, for detection is about to begin (RFC 4862 §5.4.2).
    Join(Ipv6Addr),
    /// Something to know.
    Event(Event),
    /// Nothing more until this instant, or until an input when `None`.
    Wait(Option<Instant>),
}

/// What the owner of the host should know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// [`Host::configuration`] is another.
    Changed,
    /// An address of [`Input::Check`] is free.
    Unique(Ipv6Addr),
    /// An address is in use by another host, and is not used here.
    Duplicate(Conflict),
    /// The link-local address is in use by another host: no IPv6 on this link.
    Disabled(Conflict),
    /// A router told how configuration goes on.
    Advertised {
        /// M flag.
        managed: bool,
        /// O flag.
        other: bool,
    },
    /// No router answered (RFC 4861 §6.3.7).
    NoRouter,
}

/// What the interface should have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Configuration {
    /// The link-local address, once it is unique.
    pub link_local: Option<Ipv6Addr>,
    /// Formed addresses, those whose preferred lifetime lasts first.
    pub addresses: Vec<Ipv6Addr>,
    /// Prefixes whose addresses are reached without a router.
    pub on_link: Vec<(Ipv6Addr, u8)>,
    /// Default router.
    pub router: Option<Ipv6Addr>,
    /// Name servers in order.
    pub dns: Vec<Ipv6Addr>,
    /// Search domains in order.
    pub domains: Vec<String>,
}

/// The host.
#[derive(Debug)]
pub struct Host {
    state: State,
    shell: Shell,
}

#[derive(Debug)]
enum State {
    Off,
    Tentative(Detection),
    Up(Box<Up>),
    Disabled,
}

/// What all states share.
#[derive(Debug)]
struct Shell {
    mac: Mac,
    rules: Rules,
    timing: Timing,
    defects: Defects,
    random: Random,
    outputs: VecDeque<Output>,
}

impl Host {
    /// A host whose cable is out.
    pub fn new(mac: Mac, rules: Rules, timing: Timing, defects: Defects, random: Random) -> Self {
        Host { state: State::Off, shell: Shell { mac, rules, timing, defects, random, outputs: VecDeque::new() } }
    }

    /// Takes an input. Bytes of others never fail the call.
    pub fn handle(&mut self, input: Input<'_>, now: Instant) {
        // An answer to a probe that is here counts, although nobody looked before its time was over.
        if let Input::Frame(frame) = input
            && let Some((
                message @ (Message::NeighborSolicitation { .. } | Message::NeighborAdvertisement { .. }),
                from,
            )) = self.read(frame)
        {
            self.take(&message, from, now);
        }
        // Else all that was due before comes first, each at its own time.
        while let Some(due) = self.state.deadline().filter(|due| *due <= now) {
            let state = std::mem::replace(&mut self.state, State::Off);
            self.state = state.expire(due, now, &mut self.shell);
        }
        match input {
            Input::LinkUp => {
                if let State::Off | State::Disabled = self.state {
                    self.state = State::Tentative(self.shell.link_local(now));
                }
            }
            Input::LinkDown => self.state = State::Off,
            Input::Frame(frame) => {
                if let Some((message @ Message::RouterAdvertisement { .. }, from)) = self.read(frame) {
                    self.take(&message, from, now);
                }
            }
            Input::Check(address) => {
                if let State::Up(up) = &mut self.state {
                    up.check(self.shell.detect(address, Purpose::Asked, now));
                }
            }
            Input::Wake => {}
        }
    }

    /// A message of another host, and its Ethernet address.
    fn read(&self, frame: &[u8]) -> Option<(Message, Mac)> {
        let any_hop_limit = self.shell.defects.has(Defect::Ipv6AcceptsAnyHopLimit);
        let odd_options = self.shell.defects.has(Defect::Ipv6ReadsOddOptions);
        let packet = wire::read(frame).filter(|packet| packet.source_mac != self.shell.mac)?;
        Some((message::read(&packet, any_hop_limit, odd_options)?, packet.source_mac))
    }

    fn take(&mut self, message: &Message, from: Mac, now: Instant) {
        let state = std::mem::replace(&mut self.state, State::Off);
        self.state = state.message(message, from, now, &mut self.shell);
    }

    /// What the host wants next; `Wait` when there is nothing more.
    pub fn poll(&mut self) -> Output {
        self.shell.outputs.pop_front().unwrap_or_else(|| Output::Wait(self.state.deadline()))
    }

    /// What the interface should have at `now`.
    pub fn configuration(&self, now: Instant) -> Configuration {
        match &self.state {
            State::Up(up) => up.configuration(now),
            State::Off | State::Tentative(_) | State::Disabled => Configuration::default(),
        }
    }
}

impl State {
    fn deadline(&self) -> Option<Instant> {
        match self {
            State::Tentative(detection) => Some(detection.next),
            State::Up(up) => up.deadline(),
            State::Off | State::Disabled => None,
        }
    }

    fn expire(self, due: Instant, now: Instant, shell: &mut Shell) -> State {
        match self {
            State::Tentative(mut detection) => match detection.step(now) {
                Step::Probe => {
                    shell.send(message::probe(shell.mac, detection.address));
                    State::Tentative(detection)
                }
                Step::Unique => {
                    shell.event(Event::Changed);
                    State::Up(Box::new(Up::new(detection.address, due, &shell.rules)))
                }
            },
            State::Up(mut up) => {
                up.expire(due, now, shell);
                State::Up(up)
            }
            same @ (State::Off | State::Disabled) => same,
        }
    }

    fn message(self, message: &Message, from: Mac, now: Instant, shell: &mut Shell) -> State {
        match self {
            State::Tentative(detection) => {
                if shell.conflicts(message, detection.address) {
                    shell.event(Event::Disabled(Conflict { address: detection.address, by: from }));
                    return State::Disabled;
                }
                State::Tentative(detection)
            }
            State::Up(mut up) => {
                up.message(message, from, now, shell);
                State::Up(up)
            }
            same @ (State::Off | State::Disabled) => same,
        }
    }
}

impl Shell {
    fn send(&mut self, frame: Option<Vec<u8>>) {
        self.outputs.extend(frame.map(Output::Send));
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// RFC 4862 §5.3.
    fn link_local(&mut self, now: Instant) -> Detection {
        let address = u128::from(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0)) | u128::from(slaac::identifier(self.mac));
        self.detect(address.into(), Purpose::LinkLocal, now)
    }

    fn detect(&mut self, address: Ipv6Addr, purpose: Purpose, now: Instant) -> Detection {
        self.outputs.push_back(Output::Join(address));
        let most = u64::try_from(self.timing.start_delay.as_micros()).unwrap_or(u64::MAX);
        let wait = match purpose {
            // RFC 4862 §5.4.2: the first packet after power-on, or what an advertisement to all sets off, keeps hosts apart.
            Purpose::LinkLocal | Purpose::Formed => Duration::from_micros(self.random.range(0, most)),
            Purpose::Asked => Duration::ZERO,
        };
        let probes = if self.defects.has(Defect::Ipv6NoDad) { 0 } else { self.timing.probes };
        let wait = if probes == 0 { Duration::ZERO } else { wait };
        Detection::new(address, purpose, probes, self.timing.probe_wait, now + wait)
    }

    /// RFC 4862 §5.4.3, §5.4.4: somebody asks for it without having an address, or says that it is his.
    fn conflicts(&self, message: &Message, tentative: Ipv6Addr) -> bool {
        let conflict = match message {
            Message::NeighborSolicitation { target, probe } => *probe && *target == tentative,
            Message::NeighborAdvertisement { target } => *target == tentative,
            Message::RouterAdvertisement { .. } => false,
        };
        conflict && !self.defects.has(Defect::Ipv6UsesDuplicate)
    }
}
