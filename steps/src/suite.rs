//! Runs scenarios on units: one Cucumber runner for each unit, all of them sharing the benches of a pool.

use crate::outcome::Blame;
use crate::phrase;
use crate::plan::{Plan, PlannedScenario};
use crate::unit::UnitUnderTest;
use crate::world::World;
use bench::Pool;
use cucumber::event::ScenarioFinished;
use cucumber::{Cucumber, Event, Parser, Writer, cli, event, parser};
use futures::stream::{self, BoxStream, StreamExt as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

mod execution;

pub use execution::{Desk, DeskOf, Execution, Finished, Happening, Journal, StepDone, Verdict};

/// What a run is given beside features and units.
pub struct SuiteOptions {
    /// Benches, shared by everything that runs at once.
    pub pool: Arc<Pool>,
    /// Scenarios of one unit at once.
    pub jobs: usize,
    /// Which round of `--repeat` this is, counted from 1.
    pub round: u32,
    /// Stop at the first failure.
    pub fail_fast: bool,
    /// Longest step.
    pub step_limit: Duration,
    /// Longest scenario.
    pub scenario_limit: Duration,
    /// Room of each tap in frames that it may be late for; the usual room when not given.
    pub tap_room: Option<u32>,
    /// Seed of all chance in the phones, to tell a run again.
    pub seed: u64,
    /// Opens the folder of a scenario on a unit.
    pub desk: DeskOf,
    /// Told what happens.
    pub listener: Arc<dyn Fn(Happening) + Send + Sync>,
}

/// A suite that cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    /// A phrase of ours is no expression.
    #[error("a phrase of offhook is not well formed: {0}; this is a bug of offhook")]
    Phrase(String),
}

/// A suite ready to run.
pub struct Suite {
    plan: Plan,
    options: Arc<SuiteOptions>,
    failed: Arc<AtomicBool>,
}

impl Suite {
    /// A suite of these scenarios.
    pub fn new(plan: Plan, options: SuiteOptions) -> Self {
        Suite { plan, options: Arc::new(options), failed: Arc::new(AtomicBool::new(false)) }
    }

    /// Runs every scenario on every unit. Must be polled on a multi-threaded runtime: the servers live on its other threads.
    ///
    /// # Errors
    /// [`SuiteError`] when a phrase is not well formed.
    pub async fn run(&self, units: &[UnitUnderTest]) -> Result<(), SuiteError> {
        let runs = units.iter().map(|unit| self.run_on(unit.clone())).collect::<Vec<_>>();
        futures::future::try_join_all(runs).await.map(|_| ())
    }

    async fn run_on(&self, unit: UnitUnderTest) -> Result<(), SuiteError> {
        phrase::checked().map_err(SuiteError::Phrase)?;
        let options = cli::Opts::<cli::Empty, cucumber::runner::basic::Cli, cli::Empty, cli::Empty> {
            runner: cucumber::runner::basic::Cli {
                concurrency: Some(self.options.jobs.max(1)),
                ..cucumber::runner::basic::Cli::default()
            },
            ..cli::Opts::default()
        };
        let (before_options, after_options) = (Arc::clone(&self.options), Arc::clone(&self.options));
        let (before_failed, after_failed) = (Arc::clone(&self.failed), Arc::clone(&self.failed));
        let (before_unit, after_unit) = (unit.clone(), unit);
        let mut runner =
            Cucumber::<World, _, _, _, _, cli::Empty>::custom(Features, cucumber::runner::Basic::default(), Deaf)
                .with_cli(options)
                .max_concurrent_scenarios(self.options.jobs.max(1))
                .before(move |feature, rule, scenario, world| {
                    let planned = PlannedScenario::of(feature, rule, scenario);
                    let execution =
                        Execution { scenario: planned, unit: before_unit.name(), round: before_options.round };
                    let (options, unit, failed) =
                        (Arc::clone(&before_options), before_unit.clone(), Arc::clone(&before_failed));
                    Box::pin(async move {
                        if options.fail_fast && failed.load(Ordering::Relaxed) {
                            world.skip();
                        } else {
                            (options.listener)(Happening::Started(execution.clone()));
                            world.open(execution, unit, options).await;
                        }
                    })
                })
                .after(move |feature, rule, scenario, finished, world| {
                    let execution = Execution {
                        scenario: PlannedScenario::of(feature, rule, scenario),
                        unit: after_unit.name(),
                        round: after_options.round,
                    };
                    let (options, failed) = (Arc::clone(&after_options), Arc::clone(&after_failed));
                    let finished = finished.clone();
                    Box::pin(async move {
                        let done = match world {
                            Some(world) => world.close(execution, told(&finished)).await,
                            None => unstarted(execution, &finished),
                        };
                        if matches!(done.verdict, Verdict::Failed { .. } | Verdict::Undefined { .. }) {
                            failed.store(true, Ordering::Relaxed);
                        }
                        (options.listener)(Happening::Finished(Box::new(done)));
                    })
                });
        let every = regex::Regex::new("^").map_err(|e| SuiteError::Phrase(e.to_string()))?;
        runner = runner
            .given(every.clone(), phrase::dispatch)
            .when(every.clone(), phrase::dispatch)
            .then(every, phrase::dispatch);
        runner.run(self.plan.features.clone()).await;
        Ok(())
    }
}

/// What the runner says of a scenario, where the world does not know better.
pub(crate) enum Told {
    /// Nothing special.
    Ended,
    /// A step panicked: a bug of ours.
    Panicked(String),
}

fn told(finished: &ScenarioFinished) -> Told {
    match finished {
        // Every step is given to us, so none is skipped, unknown or ambiguous for the runner.
        ScenarioFinished::StepPassed
        | ScenarioFinished::StepSkipped
        | ScenarioFinished::StepFailed(_, _, event::StepError::NotFound | event::StepError::AmbiguousMatch(_)) => {
            Told::Ended
        }
        ScenarioFinished::BeforeHookFailed(info)
        | ScenarioFinished::StepFailed(_, _, event::StepError::Panic(info)) => Told::Panicked(event_text(info)),
    }
}

fn unstarted(execution: Execution, finished: &ScenarioFinished) -> Finished {
    let cause = match told(finished) {
        Told::Panicked(text) => text,
        Told::Ended => "the scenario was never begun; this is a bug of offhook".into(),
    };
    let now = SystemTime::now();
    Finished {
        execution,
        verdict: Verdict::Inconclusive { who: Blame::Bench, cause },
        steps: Vec::new(),
        warnings: Vec::new(),
        started: now,
        ended: now,
    }
}

fn event_text(info: &event::Info) -> String {
    if let Some(text) = info.downcast_ref::<String>() {
        text.clone()
    } else if let Some(text) = info.downcast_ref::<&str>() {
        (*text).to_owned()
    } else {
        "a panic without words".into()
    }
}

/// Hands features to the runner that were read before.
struct Features;

impl Parser<Vec<gherkin::Feature>> for Features {
    type Cli = cli::Empty;
    type Output = BoxStream<'static, parser::Result<gherkin::Feature>>;

    fn parse(self, input: Vec<gherkin::Feature>, _: cli::Empty) -> Self::Output {
        stream::iter(input.into_iter().map(Ok)).boxed()
    }
}

/// The runner's own events say nothing that the world does not know better.
struct Deaf;

impl Writer<World> for Deaf {
    type Cli = cli::Empty;

    async fn handle_event(&mut self, _: parser::Result<Event<event::Cucumber<World>>>, _: &cli::Empty) {}
}

impl cucumber::writer::Normalized for Deaf {}
