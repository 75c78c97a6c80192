//! The DHCPv6 client of RFC 8415.
//!
//! ```text
//!                 ┌────────────── refused, given up ──────────────┐
//!  Off ─start─► Delaying ─► Soliciting ─ADVERTISE─► Requesting ─REPLY─► Probing ─unique─► Bound ─T1─► Renewing ─T2─► Rebinding
//!   │              │                                                       │ duplicate      ▲            │ REPLY        │ REPLY
//!   │ remembered   ├─► Confirming ─ still on its link ────────────────────►┤             ┌──┴────────────┴──────────────┘
//!   │              │                                                   Declining ─► Delaying; all addresses ended: Delaying
//!   │              └─► Informing ─REPLY─► Informed ─refresh time─► Informing            Bound, … ─release─► Releasing ─► Off
//! ```
//!
//! Our readings. The two-message exchange is not asked for (no Rapid Commit), so a Reply to a Solicit counts for nothing. One identity
//! association, its number made of the Ethernet address; at most four of its addresses are used. A Confirm that nobody answers leaves the
//! old addresses in use (§18.2.3). An address that a server adds while another is in use is not taken. Reconfigure is not announced,
//! hence never obeyed (§18.2.11). All messages go to the group, never to one server.

mod exchange;
mod lease;
mod message;
mod options;
mod states;
#[cfg(test)]
mod tests;

pub use lease::{Address, Lease6, Ntp};
pub use options::Options;

use crate::defects::{Defect, Defects};
use crate::net::datagram::Mac;
use crate::random::Random;
use crate::time::{Duration, Instant};
use exchange::Exchange;
use states::State;
use std::collections::VecDeque;
use std::net::Ipv6Addr;

/// §7.6: SOL_MAX_RT and INF_MAX_RT.
const MAX_RT: Duration = Duration::from_secs(3600);

/// Who asks. The same in every message and over restarts (§11).
#[derive(Debug, Clone)]
pub struct Identity {
    /// DUID.
    pub duid: Vec<u8>,
    /// Number of the identity association.
    pub iaid: u32,
}

impl Identity {
    /// The identity of a unit: DUID-LL (§11.4), since its Ethernet address is for ever.
    pub fn of(mac: Mac, defects: &Defects, random: &mut Random) -> Self {
        let mut duid = vec![0, 3, 0, 1];
        duid.extend(mac);
        if defects.has(Defect::Dhcp6NewDuid) {
            // DUID-UUID (§11.5), thrown at each boot.
            duid = vec![0, 4];
            duid.extend(random.u64().to_be_bytes());
            duid.extend(random.u64().to_be_bytes());
        }
        let [_, _, iaid @ ..] = mac;
        Identity { duid, iaid: u32::from_be_bytes(iaid) }
    }
}

/// The times that a bench may want otherwise than the RFC.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Longest random wait before the first message (§7.6: SOL_MAX_DELAY, CNF_MAX_DELAY, INF_MAX_DELAY, 1 s each).
    pub start_delay: Duration,
    /// Largest RAND, thousandths (§15: 100).
    pub spread: u64,
}

/// Addresses that the phone had before it was switched off: the Reply that granted them, and how long ago it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// The Reply, as it came.
    pub reply: Vec<u8>,
    /// Its age.
    pub age: Duration,
}

/// How routers, or their absence, want it done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Addresses and all else.
    Stateful,
    /// All else only.
    Stateless,
}

/// What happens to the client.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// The link-local address is in use, and this is how to go on. Repeated ones do no harm.
    Start(Mode),
    /// There is nothing to ask for. Addresses that were granted stay until they end.
    Stop,
    /// The cable is out.
    LinkDown,
    /// A datagram came to port 546.
    Datagram(&'a [u8]),
    /// Detection found the address of an [`Output::Check`] free.
    Unique(Ipv6Addr),
    /// Detection found it in use.
    Duplicate(Ipv6Addr),
    /// The phone is switched off in good order and uses its addresses no more: give them back.
    Release,
    /// Time has passed.
    Wake,
}

/// What the client wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send this from the link-local address to ff02::1:2, port 547 (§7.1, §13).
    Send(Vec<u8>),
    /// Detect whether somebody has this address.
    Check(Ipv6Addr),
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
    /// The addresses may be used.
    Bound(Box<Lease6>),
    /// The lease goes on, with these addresses, times and options.
    Renewed(Box<Lease6>),
    /// What a server told without granting addresses.
    Informed(Box<Lease6>),
    /// The addresses must not be used any more.
    Lost(Loss6),
    /// The farewell is over: answered, given up, or there was nothing to give back.
    Released,
    /// A server says no, with this status code (§21.13); told once in an exchange.
    Refused(u16),
    /// A message does not fit the state.
    Ignored {
        /// The state.
        state: &'static str,
        /// The message.
        input: &'static str,
    },
}

/// Why addresses were lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss6 {
    /// The server has taken them back, or knows nothing of them.
    Refused,
    /// Their valid lifetime ended.
    Expired,
    /// Another host has one.
    Duplicate(Ipv6Addr),
    /// They do not belong to the link (Confirm).
    NotOnLink,
    /// They were given back.
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
    defects: Defects,
    random: Random,
    outputs: VecDeque<Output>,
    /// SOL_MAX_RT and INF_MAX_RT in force.
    solicit_limit: Duration,
    inform_limit: Duration,
    /// Times in a row that addresses were refused; reset when one is bound.
    refusals: u32,
}

impl Client {
    /// A client that waits for [`Input::Start`].
    pub fn new(
        identity: Identity,
        timing: Timing,
        defects: Defects,
        random: Random,
        remembered: Option<Remembered>,
    ) -> Self {
        let shell = Shell {
            identity,
            timing,
            defects,
            random,
            outputs: VecDeque::new(),
            solicit_limit: MAX_RT,
            inform_limit: MAX_RT,
            refusals: 0,
        };
        Client { state: State::off(remembered, &shell), shell }
    }

    /// Takes an input. Bytes of others never fail the call.
    pub fn handle(&mut self, input: Input<'_>, now: Instant) {
        // All that was due before comes first, each at its own time.
        while let Some(due) = self.state.deadline().filter(|due| *due <= now) {
            let state = std::mem::replace(&mut self.state, State::NOTHING);
            self.state = state.expire(due, &mut self.shell);
        }
        let state = std::mem::replace(&mut self.state, State::NOTHING);
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

    /// The addresses to come back to after a restart.
    pub fn remembered(&self, now: Instant) -> Option<Remembered> {
        self.state.remembered(now)
    }
}

impl Shell {
    fn event(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    /// Tells of a status that is not Success.
    fn refusal(&mut self, exchange: &mut Exchange, status: u16) {
        if status != 0 && exchange.first_refusal() {
            self.event(Event::Refused(status));
        }
    }

    /// §18.2.9, §18.2.10: taken from whatever answer is believed, if it is in range (§21.24, §21.25).
    fn limits(&mut self, options: &Options) {
        let limit = |code| {
            let seconds = options.number(code).filter(|seconds| (60..=86_400).contains(seconds));
            seconds.map(|seconds| Duration::from_secs(u64::from(seconds)))
        };
        self.solicit_limit = limit(82).unwrap_or(self.solicit_limit);
        self.inform_limit = limit(83).unwrap_or(self.inform_limit);
    }
}
