//! `offhook prove`: the suite clean on every model, then once for each known wrong behaviour, all at once; and who noticed what. With a
//! behaviour, the rules that claim to notice it (`@detects:`) are run, or with `--whole` everything.

use crate::cli::ProveArgs;
use crate::features::{Features, path_of};
use crate::runner::{Runner, units, unix_nanos};
use phone_model::defects::Defect;
use report::matrix::{DefectRun, Proof};
use report::{Event, RunFinished, RunStarted, Tally, Unit, trace};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};
use steps::UnitUnderTest;

/// The model that defects are switched on in: it has more than one line.
const SPECIMEN: &str = "7841";
/// Benches at once for each processor: with a defect most scenarios end by waiting in vain, and waiting costs nothing. Measured on 2
/// processors: 12 benches take 97 s, 24 take 51 s, 40 take 36 s.
const JOBS_PER_CPU: usize = 16;
/// The release whose behaviour is proven.
const RELEASE: &str = "11.2.3";

/// Proves the suite.
pub(crate) fn prove(args: &ProveArgs) -> ExitCode {
    let features = match Features::read(&args.selected) {
        Ok(features) => features,
        Err(code) => return code,
    };
    if !features.errors.is_empty() {
        for error in &features.errors {
            crate::say_wrong(&format!("{}:{}: {}", error.file, error.line.unwrap_or(0), error.message));
        }
        return ExitCode::FAILURE;
    }
    let defects = match chosen(&args.defects) {
        Ok(defects) => defects,
        Err(e) => return crate::wrong_use(&e),
    };
    let runner = match Runner::new(&args.how, JOBS_PER_CPU) {
        Ok(runner) => runner,
        Err(e) => return crate::told(&e),
    };
    let (clean, broken) = match specimens(&defects) {
        Ok(units) => units,
        Err(e) => return crate::told(&e),
    };
    let began = Instant::now();
    let mut parts: Vec<(steps::Plan, Vec<UnitUnderTest>)> = vec![(features.plan.clone(), clean.clone())];
    for (defect, unit) in defects.iter().zip(&broken) {
        let plan = if args.whole { features.plan.clone() } else { features.plan.tagged(&claim(*defect)) };
        parts.push((plan, vec![unit.clone()]));
    }
    // The clean suite is judged by what phones do, so it is not run faster than a run is.
    let calm = runner.with_benches(&args.how, crate::runner::JOBS_PER_CPU);
    let tallies = match play(&calm, &runner, &parts) {
        Ok(tallies) => tallies,
        Err(e) => return crate::told(&e),
    };
    let proof = proof_of(&features, &clean, &defects, &broken, tallies);
    crate::say(&proof.render());
    let problems = proof.problems();
    let played: usize = parts.iter().map(|(plan, units)| plan.scenarios().len() * units.len()).sum();
    crate::say(&format!(
        "{} defects on {SPECIMEN}, {played} scenarios in {:.1} s; evidence in {}\n",
        defects.len(),
        began.elapsed().as_secs_f64(),
        runner.folder.path().display()
    ));
    if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn chosen(names: &[String]) -> Result<Vec<Defect>, String> {
    if names.is_empty() {
        return Ok(Defect::ALL.to_vec());
    }
    names.iter().map(|n| n.parse::<Defect>().map_err(|e| e.to_string())).collect()
}

fn specimens(defects: &[Defect]) -> Result<(Vec<UnitUnderTest>, Vec<UnitUnderTest>), String> {
    let clean = units(&[], RELEASE, None)?;
    let broken = defects
        .iter()
        .map(|d| units(&[SPECIMEN.to_owned()], RELEASE, Some(d.name())))
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .flatten()
        .collect();
    Ok((clean, broken))
}

/// The tag by which a rule claims to notice a defect.
fn claim(defect: Defect) -> String {
    format!("detects:{}", defect.name())
}

/// Plays the first part, then all the others at once, and sorts what happened by unit.
fn play(
    calm: &Runner,
    runner: &Runner,
    parts: &[(steps::Plan, Vec<UnitUnderTest>)],
) -> Result<BTreeMap<String, Tally>, String> {
    let tallies: Arc<Mutex<BTreeMap<String, Tally>>> = Arc::default();
    let mut planned = 0;
    for (plan, units) in parts {
        for unit in units {
            planned += plan.scenarios().len();
            let started = RunStarted {
                folder: runner.folder.path().to_owned(),
                units: vec![Unit {
                    name: unit.name(),
                    model: unit.model.clone(),
                    release: unit.release.clone(),
                    physical: false,
                }],
                planned: plan.scenarios().len(),
                at: unix_nanos(SystemTime::now()),
                ..RunStarted::default()
            };
            tallies
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .entry(unit.name())
                .or_default()
                .add(&Event::RunStarted(started));
        }
    }
    let kept = Arc::clone(&tallies);
    let bar = indicatif::ProgressBar::new(u64::try_from(planned).unwrap_or(u64::MAX));
    let progress = bar.clone();
    let listener: crate::runner::Listener = Arc::new(move |event: Event| {
        let unit = match &event {
            Event::ScenarioStarted { scenario, .. } => scenario.unit.clone(),
            Event::ScenarioFinished(result) => {
                progress.inc(1);
                result.scenario.unit.clone()
            }
            _ => return,
        };
        kept.lock().unwrap_or_else(PoisonError::into_inner).entry(unit).or_default().add(&event);
    });
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| format!("no runtime: {e}"))?;
    runtime.block_on(async {
        let (clean, broken) = parts.split_at(parts.len().min(1));
        for (plan, units) in clean {
            calm.run(plan.clone(), units, 1, false, Arc::clone(&listener)).await?;
        }
        let runs = broken.iter().map(|(plan, units)| runner.run(plan.clone(), units, 1, false, Arc::clone(&listener)));
        futures::future::try_join_all(runs).await
    })?;
    bar.finish_and_clear();
    let finished = Event::RunFinished(RunFinished { at: unix_nanos(SystemTime::now()), cut_short: None });
    let mut tallies = std::mem::take(&mut *tallies.lock().unwrap_or_else(PoisonError::into_inner));
    tallies.values_mut().for_each(|t| t.add(&finished));
    Ok(tallies)
}

fn proof_of(
    features: &Features,
    clean: &[UnitUnderTest],
    defects: &[Defect],
    broken: &[UnitUnderTest],
    mut tallies: BTreeMap<String, Tally>,
) -> Proof {
    let mut proof = Proof::default();
    for unit in clean {
        for result in tallies.remove(&unit.name()).unwrap_or_default().results() {
            proof.clean.add(&Event::ScenarioFinished(Box::new(result.clone())));
        }
    }
    let tags: Vec<String> = features.plan.scenarios().into_iter().flat_map(|s| s.tags).collect();
    for (defect, unit) in defects.iter().zip(broken) {
        let claim = claim(*defect);
        proof.defects.push(DefectRun {
            defect: defect.name().to_owned(),
            description: defect.tells().to_owned(),
            claimed: if tags.contains(&claim) { vec![claim] } else { Vec::new() },
            results: tallies.remove(&unit.name()).unwrap_or_default(),
        });
    }
    if defects.len() == Defect::ALL.len() {
        let rules = features.plan.features.iter().flat_map(|f| trace::rules(&path_of(f), f));
        proof.requirements = rules.flat_map(|r| r.requirements).collect();
    }
    proof
}
