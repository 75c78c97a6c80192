//! One scenario from its first step to its verdict: the limits of its steps, what stopped it, and who is to blame.

use crate::outcome::{Blame, Outcome, Stop};
use crate::suite::{Execution, Finished, StepDone, SuiteOptions, Told, Verdict};
use crate::unit::UnitUnderTest;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

mod boots;
mod fault;
mod scene;
mod verdict;

pub(crate) use boots::boots_seen;
use fault::Fault;
pub(crate) use scene::Scene;
pub(crate) use verdict::TapEnd;

/// How long taking a scenario down may take.
const TEARDOWN_LIMIT: Duration = Duration::from_secs(10);

/// One scenario.
#[derive(Default)]
pub struct World {
    scene: Option<Scene>,
    stop: Option<Stop>,
    /// A step that is no phrase, or more than one, and what it might be.
    undefined: Option<(String, String)>,
    steps: Vec<StepDone>,
    began: Option<Instant>,
    step_began: Option<Instant>,
    limits: Option<(Duration, Duration)>,
    started: Option<SystemTime>,
    skipped: bool,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("stop", &self.stop).finish_non_exhaustive()
    }
}

impl cucumber::World for World {
    type Error = Infallible;

    async fn new() -> Result<Self, Infallible> {
        Ok(World::default())
    }
}

impl World {
    /// The scene.
    ///
    /// # Errors
    /// Why there is none: what stopped the scenario before its first step.
    pub fn scene(&mut self) -> Result<&mut Scene, Stop> {
        let stop = self.stop.clone();
        self.scene.as_mut().ok_or_else(|| stop.unwrap_or_else(|| Stop::bench("the scenario was not set up")))
    }

    /// Sets the scene. What goes wrong is kept and stops the first step.
    pub(crate) async fn open(&mut self, execution: Execution, unit: UnitUnderTest, options: Arc<SuiteOptions>) {
        let scene = match Scene::open(execution, unit, &options).await {
            Ok(scene) => Some(scene),
            Err(stop) => {
                self.stop = Some(stop);
                None
            }
        };
        self.scene = scene;
        self.started = Some(SystemTime::now());
        self.began = Some(Instant::now());
        self.limits = Some((options.step_limit, options.scenario_limit));
    }

    /// This scenario is not to be run.
    pub(crate) fn skip(&mut self) {
        self.skipped = true;
        self.stop = Some(Stop::bench("not run"));
    }

    pub(crate) fn begin_step(&mut self, sentence: &str) {
        self.step_began = Some(Instant::now());
        if let Some(scene) = &mut self.scene {
            scene.note(&format!("begins: {sentence}"));
            scene.journal("step", sentence);
        }
    }

    pub(crate) fn end_step(&mut self, sentence: &str, result: &Outcome) {
        let took = self.step_began.take().map(|b| b.elapsed()).unwrap_or_default();
        self.steps.push(StepDone { sentence: sentence.to_owned(), held: result.is_ok(), took });
        if let Some(scene) = &mut self.scene {
            match result {
                Ok(()) => scene.note_last(&format!("ends: {sentence}")),
                Err(stop) => {
                    scene.note_last(&format!("stops: {sentence}: {stop}"));
                    scene.journal("stop", &stop.to_string());
                }
            }
        }
    }

    /// How long the next step may take: its own limit, or what is left of the scenario.
    pub(crate) fn step_limit(&self) -> Duration {
        let (step, scenario) = self.limits.unwrap_or((Duration::from_secs(30), Duration::from_secs(120)));
        let left = self.began.map_or(scenario, |b| scenario.saturating_sub(b.elapsed()));
        step.min(left)
    }

    pub(crate) fn stop_with(&mut self, stop: Stop) {
        self.stop.get_or_insert(stop);
    }

    /// This step is no phrase, or more than one; `why` says which.
    pub(crate) fn undefined_step(&mut self, sentence: String, why: String) {
        self.undefined.get_or_insert((sentence, why));
    }

    /// A step ran over its time. Steps wait for a phone no longer than a phone may take, so this is the phone's fault only when it is the
    /// phone that does not answer; else the step is ours to mend.
    pub(crate) async fn over_time(&mut self, limit: Duration) -> Stop {
        let seconds = limit.as_secs_f32();
        let fault = match &mut self.scene {
            Some(scene) => scene.fault_behind().await,
            None => None,
        };
        match fault {
            Some(fault) => fault.stops(&format!("the step to end within {seconds:.0} s"), "it did not"),
            None => Stop::Inconclusive {
                who: Blame::Harness,
                cause: format!(
                    "the step did not end within {seconds:.0} s although the phone answers; raise --step-limit or \
                     --scenario-limit, and if that does not help, this is a bug of offhook"
                ),
            },
        }
    }

    /// Takes the scene down and says how the scenario ended.
    pub(crate) async fn close(&mut self, execution: Execution, told: Told) -> Finished {
        let started = self.started.unwrap_or_else(SystemTime::now);
        let mut warnings = Vec::new();
        let verdict = match self.scene.take() {
            None => self.early_verdict(),
            Some(mut scene) => {
                let verdict = self.verdict(&mut scene, told).await;
                warnings.append(&mut scene.story.warnings);
                match tokio::time::timeout(TEARDOWN_LIMIT, scene.close()).await {
                    Ok(Ok(report)) => report.unless_worse(verdict, &mut warnings),
                    Ok(Err(stop)) => match verdict {
                        Verdict::Passed => stop.into(),
                        worse => worse,
                    },
                    Err(_) => Verdict::Inconclusive {
                        who: Blame::Bench,
                        cause: format!("the scenario could not be taken down within {} s", TEARDOWN_LIMIT.as_secs()),
                    },
                }
            }
        };
        let steps = std::mem::take(&mut self.steps);
        Finished { execution, verdict, steps, warnings, started, ended: SystemTime::now() }
    }

    fn early_verdict(&mut self) -> Verdict {
        if self.skipped {
            return Verdict::NotRun;
        }
        self.stop.take().map_or(
            Verdict::Inconclusive { who: Blame::Bench, cause: "the scenario was not set up".into() },
            Verdict::from,
        )
    }
}
