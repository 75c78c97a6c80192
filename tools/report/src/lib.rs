//! Events into what a person or a machine reads.
//!
//! The one decision: this crate never decides a verdict and never asks where an event came from. The runner tells it
//! what happened as [`Event`]s; everything that is shown (terminal, JUnit, HTML, matrices) is computed from those, or
//! from the run folder in which they were kept, so every output of a run agrees with every other.

pub mod catalogue;
pub mod coverage;
pub mod event;
pub mod folder;
pub mod html;
pub mod journal;
pub mod junit;
pub mod matrix;
pub mod slug;
pub mod standards;
pub mod tally;
pub mod terminal;
pub mod text;
pub mod trace;
pub mod verdict;

pub use event::{Event, ParseError, RunFinished, RunStarted, Scenario, ScenarioResult, StepRecord, StepStatus, Unit};
pub use folder::{RunFolder, ScenarioFolder};
pub use journal::Journal;
pub use matrix::{DefectRun, Proof};
pub use tally::{Counts, ExitStatus, Tally};
pub use verdict::{Failure, Party, Verdict};

#[cfg(test)]
mod examples;
