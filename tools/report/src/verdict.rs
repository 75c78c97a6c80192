//! The verdicts of a scenario, and what each must say.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// How a scenario ended. Only [`Verdict::Passed`] and [`Verdict::Flaky`] speak for the phone; nothing else ever counts
/// as passed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Verdict {
    /// Every claim holds, and the capture shows it.
    Passed,
    /// The phone did something else.
    Failed(Failure),
    /// Something of ours broke, so nothing can be said about the phone.
    Inconclusive {
        /// What happened.
        cause: String,
        /// Whose fault it is.
        who: Party,
        /// What to do about it; empty when nobody knows.
        #[serde(default)]
        remedy: String,
    },
    /// The unit lacks a capability that the scenario needs.
    NotApplicable {
        /// Which capability.
        capability: String,
    },
    /// Failed, then passed on retry.
    Flaky {
        /// How it failed first.
        first: Failure,
        /// Folder of the evidence of that attempt, relative to the run folder.
        folder: PathBuf,
    },
    /// A step that no phrase matches. Counts as failed: a scenario that nobody can run proves nothing.
    Undefined {
        /// The step, keyword included.
        step: String,
    },
}

/// Why a phone failed: the requirement, what it asks, what was seen, and where to look.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Requirement id.
    #[serde(default)]
    pub requirement: Option<String>,
    /// The step that failed, keyword included.
    pub step: String,
    /// What the requirement asks for.
    pub expected: String,
    /// What the phone did instead.
    pub seen: String,
    /// Packets that show it: numbers in the capture, from 1.
    #[serde(default)]
    pub packets: Vec<u32>,
    /// Those packets in words, one line each.
    #[serde(default)]
    pub ladder: Vec<String>,
    /// Capture file, relative to the folder of the scenario. Empty when the failure does not show on the wire.
    #[serde(default)]
    pub capture: String,
    /// The last lines of the serial console.
    #[serde(default)]
    pub serial_tail: Vec<String>,
}

/// Who broke, when it was not the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// The isolated segment: namespaces, bridge, addresses.
    Bench,
    /// Power was taken from outside.
    Power,
    /// The cable of the unit went down and the scenario did not ask for it.
    Cable,
    /// One of our servers.
    Server,
    /// The tap dropped packets, or the capture cannot be read.
    Capture,
    /// The serial line.
    Serial,
    /// A person who was asked did not answer.
    Operator,
    /// The suite itself: a time limit of a step, a panic of ours.
    Harness,
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Party::Bench => "bench",
            Party::Power => "power",
            Party::Cable => "cable",
            Party::Server => "server",
            Party::Capture => "capture",
            Party::Serial => "serial line",
            Party::Operator => "operator",
            Party::Harness => "harness",
        })
    }
}

impl Verdict {
    /// The verdict in the words of reports.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Passed => "passed",
            Verdict::Failed(_) => "failed",
            Verdict::Inconclusive { .. } => "inconclusive",
            Verdict::NotApplicable { .. } => "not applicable",
            Verdict::Flaky { .. } => "flaky",
            Verdict::Undefined { .. } => "undefined",
        }
    }

    /// True for the verdicts that fail a run: failed and undefined.
    pub fn is_failure(&self) -> bool {
        matches!(self, Verdict::Failed(_) | Verdict::Undefined { .. })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_verdict_survives_json() {
        let verdicts = [
            Verdict::Passed,
            Verdict::Failed(Failure { seen: "180 Ringing".into(), packets: vec![14], ..Failure::default() }),
            Verdict::Inconclusive { cause: "tap dropped 3 packets".into(), who: Party::Capture, remedy: String::new() },
            Verdict::NotApplicable { capability: "control socket".into() },
            Verdict::Flaky { first: Failure::default(), folder: "7841/a".into() },
            Verdict::Undefined { step: "When it sings".into() },
        ];
        for verdict in verdicts {
            let json = serde_json::to_string(&verdict).unwrap();
            assert_eq!(serde_json::from_str::<Verdict>(&json).unwrap(), verdict, "{json}");
        }
    }

    #[test]
    fn the_json_names_the_outcome_in_plain_words() {
        let json = serde_json::to_string(&Verdict::NotApplicable { capability: "control socket".into() }).unwrap();
        assert_eq!(json, r#"{"outcome":"not-applicable","capability":"control socket"}"#);
    }
}
