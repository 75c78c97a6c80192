//! What `run` and `prove` have in common: benches, folders, and the way from what happened to events of the report.

use crate::cli::How;
use bench::Pool;
use report::journal::Kind;
use report::{Event, Failure, Party, RunFolder, Scenario, ScenarioFolder, ScenarioResult, StepRecord, StepStatus};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use steps::{
    Blame, Desk, Execution, Finished, Happening, PlannedScenario, Playground, Suite, SuiteOptions, UnitUnderTest,
    Verdict,
};

/// Benches at once for each processor: scenarios mostly wait for packets. Measured on 2 processors, 1,448 scenarios: 6 take 48 s, 8 take 42 s, 10
/// take 39 s, 12 take 37 s, 14 take 36 s; the more there are, the longer each step waits for its turn.
pub(crate) const JOBS_PER_CPU: usize = 12;

/// Takes events of a run, from any thread.
pub(crate) type Listener = Arc<dyn Fn(Event) + Send + Sync>;

/// A way to run suites into one run folder.
pub(crate) struct Runner {
    pub(crate) folder: RunFolder,
    pool: Arc<Pool>,
    jobs: usize,
    seed: u64,
    step_limit: Duration,
    scenario_limit: Duration,
    tap_room: Option<u32>,
}

impl Runner {
    /// Makes the run folder.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(crate) fn new(how: &How, jobs_per_cpu: usize) -> Result<Self, String> {
        let folder = match &how.report {
            Some(path) => RunFolder::create_at(path),
            None => RunFolder::create(&PathBuf::from("runs"), unix_nanos(SystemTime::now())),
        };
        let folder = folder.map_err(|e| format!("the run folder cannot be made: {e}; name another with --report"))?;
        let jobs = jobs(how, jobs_per_cpu);
        Ok(Runner {
            folder,
            pool: Arc::new(Pool::new(jobs)),
            jobs,
            seed: how.seed.unwrap_or_else(|| unix_nanos(SystemTime::now())),
            step_limit: Duration::from_secs(how.step_limit),
            scenario_limit: Duration::from_secs(how.scenario_limit),
            tap_room: how.tap_room,
        })
    }

    /// The same into the same folder with another number of benches for each processor, unless the user named a number.
    pub(crate) fn with_benches(&self, how: &How, per_cpu: usize) -> Self {
        let jobs = jobs(how, per_cpu);
        Runner { folder: self.folder.clone(), pool: Arc::new(Pool::new(jobs)), jobs, ..*self }
    }

    /// The seed of this run.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// Runs a plan on units.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(crate) async fn run(
        &self,
        plan: steps::Plan,
        units: &[UnitUnderTest],
        round: u32,
        fail_fast: bool,
        listener: Listener,
    ) -> Result<(), String> {
        let folders = Folders::default();
        let (opened, desks, seed) = (folders.clone(), self.folder.clone(), self.seed);
        let options = SuiteOptions {
            round,
            fail_fast,
            desk: Arc::new(move |execution| desk(&opened.open(&desks, execution)?, seed)),
            listener: Arc::new(move |happening| listener(event_of(&folders, happening))),
            ..self.options()
        };
        Suite::new(plan, options).run(units).await.map_err(|e| e.to_string())
    }

    /// A bench with a phone, for a person to play with.
    ///
    /// # Errors
    /// A sentence for the user.
    pub(crate) async fn playground(&self, unit: UnitUnderTest) -> Result<Playground, String> {
        let scenario = PlannedScenario {
            file: PathBuf::from("bench"),
            feature: "bench".into(),
            rule: None,
            name: "a bench to play with".into(),
            line: 0,
            tags: Vec::new(),
        };
        let execution = Execution { scenario, unit: unit.name(), round: 1 };
        Playground::open(execution, unit, &self.options()).await.map_err(|e| e.to_string())
    }

    fn options(&self) -> SuiteOptions {
        let (folder, seed) = (self.folder.clone(), self.seed);
        SuiteOptions {
            pool: Arc::clone(&self.pool),
            jobs: self.jobs,
            round: 1,
            fail_fast: false,
            step_limit: self.step_limit,
            scenario_limit: self.scenario_limit,
            tap_room: self.tap_room,
            seed,
            desk: Arc::new(move |execution| desk(&folder.scenario(&scenario_of(execution))?, seed)),
            listener: Arc::new(|_| ()),
        }
    }
}

/// How many benches there are at once.
fn jobs(how: &How, per_cpu: usize) -> usize {
    let cpus = std::thread::available_parallelism().map_or(2, usize::from);
    how.jobs.map_or(cpus * per_cpu, usize::from)
}

/// The units of a run.
///
/// # Errors
/// A sentence for the user, when a name is no model or this program cannot find itself.
pub(crate) fn units(names: &[String], release: &str, defect: Option<&str>) -> Result<Vec<UnitUnderTest>, String> {
    release.parse::<phone_model::profile::Release>().map_err(|e| e.to_string())?;
    if let Some(name) = defect {
        name.parse::<phone_model::defects::Defect>().map_err(|e| e.to_string())?;
    }
    let program =
        std::env::current_exe().map_err(|e| format!("this program cannot find itself to run as a phone: {e}"))?;
    let all = phone_model::profile::Model::ALL.map(|m| m.number().to_owned());
    let names = if names.is_empty() { &all[..] } else { names };
    names
        .iter()
        .map(|name| {
            let mut unit = UnitUnderTest::emulated(name, release, program.clone())
                .ok_or_else(|| format!("`{name}` is no unit; the emulated ones are 7811, 7821, 7841 and 7861"))?;
            unit.defect = defect.map(str::to_owned);
            Ok(unit)
        })
        .collect()
}

/// Nanoseconds since the Unix epoch.
pub(crate) fn unix_nanos(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).ok().and_then(|d| u64::try_from(d.as_nanos()).ok()).unwrap_or_default()
}

/// The folders of the scenarios that are running.
#[derive(Clone, Default)]
struct Folders(Arc<Mutex<BTreeMap<Scenario, ScenarioFolder>>>);

impl Folders {
    fn open(&self, run: &RunFolder, execution: &Execution) -> std::io::Result<ScenarioFolder> {
        let scenario = scenario_of(execution);
        let folder = run.scenario(&scenario)?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(scenario, folder.clone());
        Ok(folder)
    }

    fn close(&self, scenario: &Scenario) -> Option<ScenarioFolder> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(scenario)
    }
}

fn desk(folder: &ScenarioFolder, seed: u64) -> std::io::Result<Desk> {
    let journal = folder.journal()?;
    journal.write(unix_nanos(SystemTime::now()), Kind::Note, format!("seed {seed}"))?;
    Ok(Desk {
        folder: folder.path().to_owned(),
        journal: Box::new(move |kind, text| {
            let kind = match kind {
                "step" => Kind::Step,
                "stop" => Kind::Fact,
                _ => Kind::Action,
            };
            // A journal that cannot be written does not change what the phone did; the capture is the evidence.
            let _ = journal.write(unix_nanos(SystemTime::now()), kind, text);
        }),
    })
}

fn event_of(folders: &Folders, happening: Happening) -> Event {
    match happening {
        Happening::Started(execution) => {
            Event::ScenarioStarted { scenario: scenario_of(&execution), at: unix_nanos(SystemTime::now()) }
        }
        Happening::Finished(finished) => {
            let mut result = result_of(*finished);
            if let Some(folder) = folders.close(&result.scenario) {
                folder.relative().clone_into(&mut result.folder);
                if let Err(e) = folder.write_verdict(&result) {
                    result.warnings.push(format!("verdict.json could not be written: {e}"));
                }
            }
            Event::ScenarioFinished(Box::new(result))
        }
    }
}

fn scenario_of(execution: &Execution) -> Scenario {
    let planned = &execution.scenario;
    Scenario {
        unit: execution.unit.clone(),
        feature: planned.feature.clone(),
        file: planned.file.display().to_string(),
        line: planned.line,
        name: planned.name.clone(),
        rule: planned.rule.clone(),
        requirement: planned.requirement().map(str::to_owned),
        tags: planned.tags.clone(),
        round: execution.round,
        attempt: 1,
    }
}

fn result_of(finished: Finished) -> ScenarioResult {
    let scenario = scenario_of(&finished.execution);
    let requirement = scenario.requirement.clone();
    let verdict = match finished.verdict {
        Verdict::Passed => report::Verdict::Passed,
        Verdict::Failed { step, finding, serial } => report::Verdict::Failed(Failure {
            requirement,
            step,
            expected: finding.expected,
            seen: finding.seen,
            packets: finding.packets,
            ladder: finding.ladder,
            capture: "capture.pcapng".into(),
            serial_tail: serial,
        }),
        Verdict::Inconclusive { who, cause } => {
            report::Verdict::Inconclusive { cause, who: party_of(who), remedy: String::new() }
        }
        Verdict::NotApplicable(capability) => report::Verdict::NotApplicable { capability },
        Verdict::Undefined { step, why } => {
            report::Verdict::Undefined { step: if why.is_empty() { step } else { format!("{step} ({why})") } }
        }
        Verdict::NotRun => report::Verdict::Inconclusive {
            cause: "not run, because an earlier scenario failed".into(),
            who: Party::Harness,
            remedy: "run it without --fail-fast".into(),
        },
    };
    ScenarioResult {
        scenario,
        verdict,
        retried: false,
        started: unix_nanos(finished.started),
        ended: unix_nanos(finished.ended),
        steps: finished.steps.into_iter().map(step_of).collect(),
        warnings: finished.warnings,
        folder: PathBuf::new(),
    }
}

fn step_of(step: steps::StepDone) -> StepRecord {
    let (keyword, text) = step.sentence.split_once(' ').unwrap_or(("", &step.sentence));
    StepRecord {
        keyword: keyword.to_owned(),
        text: text.to_owned(),
        line: 0,
        status: if step.held { StepStatus::Passed } else { StepStatus::Failed },
        duration: u64::try_from(step.took.as_nanos()).unwrap_or(u64::MAX),
    }
}

fn party_of(who: Blame) -> Party {
    match who {
        Blame::Bench => Party::Bench,
        Blame::Power => Party::Power,
        Blame::Cable => Party::Cable,
        Blame::Server => Party::Server,
        Blame::Capture => Party::Capture,
        Blame::Harness => Party::Harness,
    }
}
