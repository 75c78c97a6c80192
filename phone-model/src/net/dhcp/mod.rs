//! The DHCPv4 client of RFC 2131, figure 5, with address probing (RFC 5227) and DHCPDECLINE.
//!
//! ```text
//!              ┌──────────────── NAK ────────────────┐
//!  Off ─link─► Init ─► Selecting ─OFFER─► Requesting ─ACK─► Probing ─free─► Bound ─T1─► Renewing ─T2─► Rebinding
//!   │                                                         │ taken: DECLINE  ▲           │ ACK           │ ACK
//!   │ a lease is remembered                                Declined ─10 s─► Init└───────────┴───────────────┘
//!   └────────► Rebooting ─────────── ACK ────────────────────►┘         NAK or expiry: Init, the address is lost
//! ```
//!
//! A wish to renew before T1 (the guide's "DHCP Timeout on Renewal") enters `Renewing` early; without an answer the lease goes on by its
//! own times.
//!
//! INIT-REBOOT of the figure has no time of its own: the machine enters `Rebooting` by sending its DHCPREQUEST. Where the RFC is silent: a
//! client that is refused again and again does not circle at the speed of the network, it waits as if the refusal had been a lost
//! message (§4.1).

mod lease;
mod message;
mod options;
mod states;
#[cfg(test)]
mod tests;

pub use lease::{Lease, Times};
pub(crate) use lease::{contiguous, is_host};
pub use options::Options;

use super::arp;
use super::datagram::Mac;
use crate::defects::{Defect, Defects};
use crate::random::Random;
use crate::time::{Duration, Instant};
use states::State;
use std::collections::VecDeque;
use std::net::Ipv4Addr;

/// Who asks. The same in every message.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Ethernet address.
    pub mac: Mac,
    /// Option 12.
    pub host_name: String,
    /// Option 60.
    pub vendor_class: Vec<u8>,
}

impl Identity {
    /// Option 61: hardware type and address (RFC 2132 §9.14).
    pub fn client_identifier(&self) -> Vec<u8> {
        [&[1][..], &self.mac].concat()
    }
}

/// The times that a bench may want otherwise than the RFC.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Longest random wait before the first DHCPDISCOVER (§4.4.1: 1 to 10 s).
    pub start_delay: Duration,
    /// Wait after DHCPDECLINE (§3.1(5): at least 10 s).
    pub decline_wait: Duration,
    /// T1 and T2 vary at random by up to this much, and never by more than 1/64 of themselves (§4.4.5).
    pub fuzz: Duration,
    /// Probing.
    pub arp: arp::Timing,
}

/// An address that the phone had before it was switched off or its cable was pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remembered {
    /// The address.
    pub address: Ipv4Addr,
    /// End of its lease; `None` when infinite.
    pub expiry: Option<Instant>,
}

/// What happens to the client.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// The cable is in.
    LinkUp,
    /// The cable is out.
    LinkDown,
    /// A datagram came from port 67 to port 68.
    Datagram(&'a [u8]),
    /// An ARP packet came.
    Arp(&'a arp::Packet),
    /// The phone is switched off in good order: give the address back.
    Release,
    /// Ask for renewal before T1 (the guide's "DHCP Timeout on Renewal": the call server is mute).
    Renew,
    /// Time has passed.
    Wake,
}

/// What the client wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send this from 0.0.0.0, or `from` when the client has an address, to everybody.
    Broadcast {
        /// Source address.
        from: Ipv4Addr,
        /// The message.
        message: Vec<u8>,
    },
    /// Send this to one server.
    Unicast {
        /// Source address.
        from: Ipv4Addr,
        /// The server.
        to: Ipv4Addr,
        /// The message.
        message: Vec<u8>,
    },
    /// Send this ARP packet.
    Arp(arp::Packet),
    /// Something to know.
    Event(Event),
    /// Nothing more until this instant, or until an input when `None`.
    Wait(Option<Instant>),
}

/// What the owner of the client should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A state was entered; its name in the RFC's words.
    Entered(&'static str),
    /// The address may be used.
    Bound(Box<Lease>),
    /// The lease goes on, with these times and options.
    Renewed(Box<Lease>),
    /// The address must not be used any more.
    Lost(Loss),
    /// A message or wish does not fit the state.
    Ignored {
        /// The state.
        state: &'static str,
        /// The input.
        input: &'static str,
    },
}

/// Why an address was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// The server said no.
    Nak,
    /// The lease ended.
    Expired,
    /// Another host, with this Ethernet address, has it.
    Taken(Mac),
    /// A server gave another address in its place.
    Replaced,
    /// It was given back.
    Released,
}

/// The client.
#[derive(Debug)]
pub struct Client {
    state: State,
    shell: Shell,
}

/// What all states share.
#[derive(Debug)]
struct Shell {
    identity: Identity,
    timing: Timing,
    random: Random,
    outputs: VecDeque<Output>,
    defects: Defects,
    /// Times in a row that an address was refused; reset when one is bound.
    refusals: u32,
    /// Times in a row that an address was found taken; reset when one is bound.
    conflicts: u32,
    /// Whether the wait before the first DISCOVER is over.
    started: bool,
}

impl Client {
    /// A client whose cable is out.
    pub fn new(
        identity: Identity,
        timing: Timing,
        random: Random,
        remembered: Option<Remembered>,
        defects: Defects,
    ) -> Self {
        let outputs = VecDeque::new();
        let shell = Shell { identity, timing, random, outputs, defects, refusals: 0, conflicts: 0, started: false };
        Client { state: State::off(remembered), shell }
    }

    /// Takes an input. Bytes of others never fail the call.
    pub fn handle(&mut self, input: Input<'_>, now: Instant) {
        // An answer to a probe that is here counts, although nobody looked before its time was over.
        let answers = matches!((&input, &self.state), (Input::Arp(_), State::Probing(_)));
        if answers {
            self.take(input, now);
        }
        // Else all that was due before comes first, each at its own time.
        while let Some(due) = self.state.deadline().filter(|due| *due <= now) {
            let state = std::mem::replace(&mut self.state, State::off(None));
            self.state = state.expire(due, now, &mut self.shell);
        }
        if !answers {
            self.take(input, now);
        }
    }

    fn take(&mut self, input: Input<'_>, now: Instant) {
        let state = std::mem::replace(&mut self.state, State::off(None));
        self.state = state.input(input, now, &mut self.shell);
    }

    /// What the client wants next; `Wait` when there is nothing more.
    pub fn poll(&mut self) -> Output {
        self.shell.outputs.pop_front().unwrap_or_else(|| Output::Wait(self.state.deadline()))
    }

    /// The name of the state, in the RFC's words.
    pub const fn state(&self) -> &'static str {
        self.state.name()
    }

    /// The address to come back to after a restart.
    pub fn remembered(&self) -> Option<Remembered> {
        self.state.remembered()
    }
}

impl Shell {
    fn send(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    /// Sends a request to go on with the address.
    fn ask(&mut self, request: Output) {
        if !self.defects.has(Defect::DhcpNeverRenews) {
            self.send(request);
        }
    }

    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// §4.1: 4, 8, 16, 32, then 64 s, each with up to a second more or less.
    fn back_off(&mut self, sent_before: u32) -> Duration {
        let seconds = 4_u64 << sent_before.min(4);
        Duration::from_millis(self.random.range(seconds * 1000 - 1000, seconds * 1000 + 1000))
    }

    fn fuzzed(&mut self, start: Instant, at: Instant) -> Instant {
        let most = (at.since(start) / 64).min(self.timing.fuzz);
        let spread = u64::try_from(most.as_micros()).unwrap_or(0);
        let shift = self.random.range(0, spread.saturating_mul(2));
        Instant::from_micros(at.as_micros().saturating_sub(spread).saturating_add(shift))
    }
}
