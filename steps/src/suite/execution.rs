//! One scenario on one unit: where it leaves its evidence, what is told of it, and how it ended.

use crate::outcome::{Blame, Finding, Stop};
use crate::plan::PlannedScenario;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Opens the folder of a scenario on a unit.
pub type DeskOf = Arc<dyn Fn(&Execution) -> std::io::Result<Desk> + Send + Sync>;

/// One scenario on one unit, one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// The scenario.
    pub scenario: PlannedScenario,
    /// Name of the unit.
    pub unit: String,
    /// Which round, counted from 1.
    pub round: u32,
}

/// Where a scenario leaves its evidence.
pub struct Desk {
    /// Its folder.
    pub folder: PathBuf,
    /// Writes a line into its journal: kind and text.
    pub journal: Journal,
}

/// Writes a line into the journal of a scenario: kind and text.
pub type Journal = Box<dyn FnMut(&str, &str) + Send>;

/// What happens in a run.
pub enum Happening {
    /// A scenario begins.
    Started(Execution),
    /// A scenario ended.
    Finished(Box<Finished>),
}

/// A scenario that ended.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Which.
    pub execution: Execution,
    /// Its verdict.
    pub verdict: Verdict,
    /// Its steps, the last one may have failed.
    pub steps: Vec<StepDone>,
    /// What did not decide the verdict and should be looked at.
    pub warnings: Vec<String>,
    /// When it began.
    pub started: SystemTime,
    /// When it ended.
    pub ended: SystemTime,
}

/// A step that ran.
#[derive(Debug, Clone)]
pub struct StepDone {
    /// Keyword and sentence.
    pub sentence: String,
    /// Whether it held.
    pub held: bool,
    /// How long it took.
    pub took: Duration,
}

/// How a scenario ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every claim holds.
    Passed,
    /// The phone failed.
    Failed {
        /// At which step.
        step: String,
        /// Expected, seen, packets.
        finding: Finding,
        /// Last lines of its serial line.
        serial: Vec<String>,
    },
    /// Somebody else failed.
    Inconclusive {
        /// Who.
        who: Blame,
        /// How, and what to do next.
        cause: String,
    },
    /// The unit lacks this.
    NotApplicable(String),
    /// A step that is no phrase.
    Undefined {
        /// The sentence.
        step: String,
        /// Why, when the sentence fits more than one phrase.
        why: String,
    },
    /// Not run, because an earlier scenario failed and the run was to stop there.
    NotRun,
}

impl From<Stop> for Verdict {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Failed(finding) => Verdict::Failed { step: String::new(), finding, serial: Vec::new() },
            Stop::Inconclusive { who, cause } => Verdict::Inconclusive { who, cause },
            Stop::NotApplicable(what) => Verdict::NotApplicable(what),
        }
    }
}
