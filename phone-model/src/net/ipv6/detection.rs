//! Duplicate address detection of one address (RFC 4862 §5.4).
//!
//! ```text
//! Waiting ──random delay──► Probing ──RetransTimer after the last probe──► unique
//!                             └── somebody asks for it too, or has it ──► duplicate
//! ```

use crate::net::datagram::Mac;
use crate::time::{Duration, Instant};
use std::net::Ipv6Addr;

/// Whose address it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    LinkLocal,
    /// Formed from an advertised prefix.
    Formed,
    /// Somebody else wants to use it: DHCPv6, or the page.
    Asked,
}

/// A tentative address.
#[derive(Debug)]
pub(super) struct Detection {
    pub(super) address: Ipv6Addr,
    pub(super) purpose: Purpose,
    probes_left: u8,
    wait: Duration,
    /// When the next probe leaves; with none left, when the address is unique.
    pub(super) next: Instant,
}

/// What a detection that is due does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Probe,
    Unique,
}

impl Detection {
    /// Begins at `first`; `probes` is DupAddrDetectTransmits (0: no detection), `wait` RetransTimer.
    pub(super) fn new(address: Ipv6Addr, purpose: Purpose, probes: u8, wait: Duration, first: Instant) -> Self {
        Detection { address, purpose, probes_left: probes, wait, next: first }
    }

    /// Does what is due at `now`. The wait is counted from here, for an answer needs its time from when the question left.
    pub(super) fn step(&mut self, now: Instant) -> Step {
        match self.probes_left.checked_sub(1) {
            Some(left) => {
                self.probes_left = left;
                self.next = now + self.wait;
                Step::Probe
            }
            None => Step::Unique,
        }
    }
}

/// Why an address cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conflict {
    /// The address.
    pub address: Ipv6Addr,
    /// Ethernet address of the other host.
    pub by: Mac,
}
