//! How a step ends when it does not simply hold: the phone failed, somebody else failed, or the unit lacks what it takes.

use std::fmt;

/// What a step returns.
pub type Outcome = Result<(), Stop>;

/// Why a scenario stops.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// The phone did something else than the requirement says.
    Failed(Finding),
    /// Somebody other than the phone is at fault, or nothing can be decided.
    Inconclusive {
        /// Whose fault it is.
        who: Blame,
        /// What happened, and what to do next.
        cause: String,
    },
    /// The unit lacks a capability.
    NotApplicable(String),
}

/// Who is at fault when it is not the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// Namespaces, bridge, or the harness itself.
    Bench,
    /// Power was taken from outside.
    Power,
    /// The cable is down.
    Cable,
    /// A server of ours.
    Server,
    /// The suite itself: a time limit, a panic of ours.
    Harness,
    /// The capture has holes.
    Capture,
}

/// What was expected and what the packets show.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Finding {
    /// What the requirement asks for.
    pub expected: String,
    /// What was seen.
    pub seen: String,
    /// Numbers of the packets that show it, as Wireshark counts them.
    pub packets: Vec<u32>,
    /// Those packets in words, one line each.
    pub ladder: Vec<String>,
}

impl Stop {
    /// The phone failed.
    pub fn failed(
        expected: impl Into<String>,
        seen: impl Into<String>,
        packets: impl IntoIterator<Item = u32>,
    ) -> Self {
        let mut packets: Vec<u32> = packets.into_iter().collect();
        packets.sort_unstable();
        packets.dedup();
        Stop::Failed(Finding { expected: expected.into(), seen: seen.into(), packets, ladder: Vec::new() })
    }

    /// The bench or the harness failed.
    pub fn bench(cause: impl fmt::Display) -> Self {
        Stop::Inconclusive { who: Blame::Bench, cause: cause.to_string() }
    }

    /// A server of ours failed.
    pub fn server(cause: impl fmt::Display) -> Self {
        Stop::Inconclusive { who: Blame::Server, cause: cause.to_string() }
    }
}

impl fmt::Display for Blame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Blame::Bench => "the bench",
            Blame::Power => "the power supply",
            Blame::Cable => "the cable",
            Blame::Server => "a server of ours",
            Blame::Harness => "offhook itself",
            Blame::Capture => "the capture",
        })
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Failed(finding) => write!(f, "expected {}; seen {}", finding.expected, finding.seen),
            Stop::Inconclusive { who, cause } => write!(f, "inconclusive because of {who}: {cause}"),
            Stop::NotApplicable(capability) => write!(f, "not applicable: the unit lacks {capability}"),
        }
    }
}
