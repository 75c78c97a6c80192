//! The suite: what scenarios say, and the unit that they say it to. One decision: a step does to the phone only what a person, a
//! server or the network can do, and believes about the wire only what the capture shows.
//!
//! - [`World`] is one scenario: a bench, the servers on it, the unit under test, the capture.
//! - [`unit`] is the phone as the steps see it: page, keys, profile, serial line, power.
//! - [`phrases`] are the sentences of the features, one module per area.
//! - [`Suite`] runs features on units and reports what came out.

pub mod network;
mod observer;
mod outcome;
mod phrase;
pub mod phrases;
mod plan;
pub mod playground;
mod suite;
pub mod unit;
mod world;

pub use observer::Observer;
pub use outcome::{Blame, Finding, Outcome, Stop};
pub use phrase::{Keyword, Phrase};
pub use plan::{Plan, PlannedScenario, Selection, Unreadable};
pub use playground::{Playground, Thrown};
pub use suite::{
    Desk, DeskOf, Execution, Finished, Happening, Journal, StepDone, Suite, SuiteError, SuiteOptions, Verdict,
};
pub use unit::UnitUnderTest;
pub use world::World;
