//! `offhook run`.

use crate::cli::RunArgs;
use crate::features::Features;
use crate::runner::{JOBS_PER_CPU, Runner, units, unix_nanos};
use report::terminal::{Look, Terminal};
use report::{Event, ExitStatus, RunFinished, RunStarted, Unit, junit};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// Runs features against phones.
pub(crate) fn run(args: &RunArgs) -> ExitCode {
    let features = match Features::read(&args.selected) {
        Ok(features) => features,
        Err(code) => return code,
    };
    let units = match units(&args.units, &args.release, args.defect.as_deref()) {
        Ok(units) => units,
        Err(e) => return crate::wrong_use(&e),
    };
    let planned = features.plan.scenarios().len();
    if planned == 0 && features.errors.is_empty() {
        return crate::wrong_use("no scenario is selected; `offhook list` shows all there are");
    }
    let runner = match Runner::new(&args.how, JOBS_PER_CPU) {
        Ok(runner) => runner,
        Err(e) => return crate::told(&e),
    };
    let terminal = Arc::new(Mutex::new(Terminal::new(std::io::stdout(), Look::detect(args.verbose))));
    let show = {
        let terminal = Arc::clone(&terminal);
        move |event: Event| {
            // A terminal that went away does not stop a run; its report is in the folder.
            let _ = terminal.lock().unwrap_or_else(PoisonError::into_inner).show(&event);
        }
    };
    let started = RunStarted {
        folder: runner.folder.path().to_owned(),
        units: units
            .iter()
            .map(|u| Unit { name: u.name(), model: u.model.clone(), release: u.release.clone(), physical: false })
            .collect(),
        planned: planned * units.len() * usize::try_from(args.repeat).unwrap_or(1),
        versions: [
            ("offhook".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
            ("seed".to_owned(), runner.seed().to_string()),
        ]
        .into(),
        arguments: std::env::args().skip(1).collect(),
        at: unix_nanos(SystemTime::now()),
    };
    let _ = runner.folder.write_run(&started);
    show(Event::RunStarted(started));
    for error in features.errors {
        show(Event::ParseError(error));
    }
    let cut_short = match play(&runner, args, &features.plan, &units, Arc::new(show.clone())) {
        Ok(cut_short) => cut_short,
        Err(e) => return crate::told(&e),
    };
    show(Event::RunFinished(RunFinished { at: unix_nanos(SystemTime::now()), cut_short }));
    let terminal = terminal.lock().unwrap_or_else(PoisonError::into_inner);
    let status = terminal.tally().exit_status();
    if let Err(e) = runner.folder.write_end(terminal.tally()) {
        crate::say_wrong(&format!("the end of the run cannot be written: {e}"));
        return ExitCode::from(ExitStatus::Inconclusive.code());
    }
    if let Err(e) = junit::write(terminal.tally(), &runner.folder.path().join("junit.xml")) {
        crate::say_wrong(&format!("junit.xml cannot be written: {e}"));
        return ExitCode::from(ExitStatus::Inconclusive.code());
    }
    if let Err(e) =
        report::html::write(terminal.tally(), features.catalogue.as_ref(), &runner.folder.path().join("report.html"))
    {
        crate::say_wrong(&format!("report.html cannot be written: {e}"));
        return ExitCode::from(ExitStatus::Inconclusive.code());
    }
    ExitCode::from(status.code())
}

/// Plays all rounds. Says why it was cut short, if it was.
fn play(
    runner: &Runner,
    args: &RunArgs,
    plan: &steps::Plan,
    units: &[steps::UnitUnderTest],
    listener: crate::runner::Listener,
) -> Result<Option<String>, String> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| format!("no runtime: {e}"))?;
    runtime.block_on(async {
        let rounds = async {
            for round in 1..=args.repeat {
                runner.run(plan.clone(), units, round, args.fail_fast, Arc::clone(&listener)).await?;
            }
            Ok::<_, String>(())
        };
        tokio::select! {
            done = rounds => done.map(|()| None),
            _ = tokio::signal::ctrl_c() => Ok(Some("interrupted".to_owned())),
        }
    })
}
