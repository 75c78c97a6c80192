//! What happens during a run, as the runner tells it.
//!
//! Times are nanoseconds since the Unix epoch, the clock of the captures, so that a step can be found in a packet list.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::verdict::Verdict;

/// One thing that happened during a run. Events of one scenario come in order; those of different scenarios interleave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The first event.
    RunStarted(RunStarted),
    /// A scenario begins on a unit.
    ScenarioStarted {
        /// Which one.
        scenario: Scenario,
        /// When, in Unix nanoseconds.
        at: u64,
    },
    /// A step of a running scenario ended.
    StepFinished {
        /// The scenario it belongs to.
        scenario: Scenario,
        /// The step and how it ended.
        step: StepRecord,
    },
    /// A scenario ended, with its verdict.
    ScenarioFinished(Box<ScenarioResult>),
    /// A feature file, the catalogue or another input of the run cannot be understood.
    ParseError(ParseError),
    /// The last event.
    RunFinished(RunFinished),
}

/// What is about to be done, and with which versions. Kept as `run.json` in the run folder.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// The run folder.
    pub folder: PathBuf,
    /// The units that the scenarios run against.
    pub units: Vec<Unit>,
    /// How many scenarios will run, over all units and repetitions.
    pub planned: usize,
    /// Names and versions worth knowing later: `offhook`, `kernel`, …
    #[serde(default)]
    pub versions: BTreeMap<String, String>,
    /// The arguments of the run, without secrets.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// When, in Unix nanoseconds.
    pub at: u64,
}

/// A phone that scenarios run against.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Its name in reports and folders: `7841`, or the name that the inventory gives it.
    pub name: String,
    /// Product number: `7841`.
    pub model: String,
    /// Firmware release: `11.2.3`.
    pub release: String,
    /// True for a real phone.
    #[serde(default)]
    pub physical: bool,
}

/// One execution of one scenario: what it is, on which unit, which time.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Scenario {
    /// Name of the unit.
    pub unit: String,
    /// Title of the feature.
    pub feature: String,
    /// Feature file, as it was named to the run.
    pub file: String,
    /// Line of the scenario, or of its row in the examples.
    pub line: u32,
    /// Title of the scenario, placeholders filled in.
    pub name: String,
    /// Title of the rule it stands under.
    #[serde(default)]
    pub rule: Option<String>,
    /// Requirement id of that rule (`@req:` tag).
    #[serde(default)]
    pub requirement: Option<String>,
    /// All tags, of feature, rule and scenario, without the `@`.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Which repetition of the run, from 1 (`--repeat`).
    pub round: u32,
    /// Which attempt in this repetition, from 1 (`--retries`).
    pub attempt: u32,
}

/// How one execution of a scenario ended. Kept as `verdict.json` in the folder of the scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScenarioResult {
    /// Which execution.
    pub scenario: Scenario,
    /// The verdict.
    pub verdict: Verdict,
    /// True when another attempt follows, so that this is not the last word.
    #[serde(default)]
    pub retried: bool,
    /// Begin, in Unix nanoseconds.
    pub started: u64,
    /// End, in Unix nanoseconds.
    pub ended: u64,
    /// Every step, in order, background included.
    pub steps: Vec<StepRecord>,
    /// What did not decide the verdict but should be looked at.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// Folder of the evidence, relative to the run folder.
    pub folder: PathBuf,
}

impl ScenarioResult {
    /// Time from begin to end.
    pub fn duration(&self) -> Duration {
        Duration::from_nanos(self.ended.saturating_sub(self.started))
    }
}

/// A step and how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// `Given`, `When`, `Then`, `And`, `But`.
    pub keyword: String,
    /// The phrase, without its keyword.
    pub text: String,
    /// Line in the feature file.
    #[serde(default)]
    pub line: u32,
    /// How it ended.
    pub status: StepStatus,
    /// Time it took, in nanoseconds.
    #[serde(rename = "duration_ns")]
    pub duration: u64,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepStatus {
    /// Its claim holds, or its action was done.
    Passed,
    /// It ended the scenario; the verdict says why.
    Failed,
    /// Not reached.
    Skipped,
    /// No phrase matches it.
    Undefined,
}

/// An input that cannot be understood. It fails the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParseError {
    /// The file.
    pub file: String,
    /// The line, when known.
    pub line: Option<u32>,
    /// What is wrong with it.
    pub message: String,
}

/// The end of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFinished {
    /// When, in Unix nanoseconds.
    pub at: u64,
    /// Why scenarios were left out, when they were: `stopped at the first failure`, `interrupted`.
    #[serde(default)]
    pub cut_short: Option<String>,
}
