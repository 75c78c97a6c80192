//! How far a capture can be trusted, and what in it is wrong by itself.

use serde::Serialize;

use crate::capture::Capture;
use crate::fault::Fault;

/// The faults of a capture, by whose they are.
#[derive(Debug, Clone, Serialize)]
pub struct Quality {
    /// Faults of the capture: verdicts that rest on these places are inconclusive.
    pub unreliable: Vec<Fault>,
    /// Faults on the wire: malformed packets and wrong checksums.
    pub wrong: Vec<Fault>,
    /// Connections with octets that wait for an earlier segment; a live capture may still bring it.
    pub waiting: Vec<usize>,
    /// Faults beyond those kept.
    pub left_out: u64,
}

impl Quality {
    /// Whether nothing at all is wrong.
    pub fn is_clean(&self) -> bool {
        self.unreliable.is_empty() && self.wrong.is_empty() && self.waiting.is_empty() && self.left_out == 0
    }
}

impl Capture {
    /// What would make a verdict unreliable, and what is malformed.
    pub fn quality(&self) -> Quality {
        let (unreliable, wrong) = self.faults().iter().cloned().partition(|fault| fault.kind.spoils_capture());
        let waiting = self.connections().iter().enumerate();
        let waiting = waiting.filter(|(_, c)| c.from_client.is_waiting() || c.from_server.is_waiting());
        Quality {
            unreliable,
            wrong,
            waiting: waiting.map(|(position, _)| position).collect(),
            left_out: self.faults.left_out(),
        }
    }
}
