//! Events for a person at a terminal, or for a log.
//!
//! On a terminal: a progress bar below, colour, and a paragraph for each scenario that did not pass. Elsewhere: the
//! same paragraphs and the summary, without colour, nothing for scenarios that passed.

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::event::{Event, ParseError, RunFinished, RunStarted, ScenarioResult};
use crate::tally::{Counts, Tally};
use crate::text;
use crate::verdict::Verdict;

/// What may be used to show events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Colours.
    pub colour: bool,
    /// A progress bar that is drawn over and over, on standard error.
    pub bar: bool,
    /// A line for every scenario, also for those that passed.
    pub verbose: bool,
}

impl Look {
    /// What suits standard output: colour and bar only on a terminal, colour not where `NO_COLOR` is set to anything
    /// (no-color.org), neither on a dumb terminal.
    pub fn detect(verbose: bool) -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let terminal = io::stdout().is_terminal() && !dumb;
        Look { colour: terminal && !set("NO_COLOR"), bar: terminal && io::stderr().is_terminal(), verbose }
    }
}

/// Writes events as text.
pub struct Terminal<W> {
    out: W,
    look: Look,
    bar: Option<ProgressBar>,
    tally: Tally,
}

impl<W: Write> Terminal<W> {
    /// A writer to `out`.
    pub fn new(out: W, look: Look) -> Self {
        Terminal { out, look, bar: None, tally: Tally::default() }
    }

    /// Shows an event.
    ///
    /// # Errors
    /// When `out` cannot be written; nothing else is lost by that.
    pub fn show(&mut self, event: &Event) -> io::Result<()> {
        self.tally.add(event);
        match event {
            Event::RunStarted(run) => self.begin(run),
            Event::ScenarioStarted { scenario, .. } => {
                if let Some(bar) = &self.bar {
                    bar.set_message(format!("{} {}", scenario.unit, scenario.name));
                }
                Ok(())
            }
            Event::StepFinished { .. } => Ok(()),
            Event::ScenarioFinished(result) => self.result(result),
            Event::ParseError(error) => self.parse_error(error),
            Event::RunFinished(finished) => self.end(finished),
        }
    }

    /// Everything seen so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    fn begin(&mut self, run: &RunStarted) -> io::Result<()> {
        if self.look.bar {
            self.bar = progress_bar(run.planned);
        }
        let units: Vec<String> = run.units.iter().map(|unit| format!("{} ({})", unit.name, unit.release)).collect();
        self.print(&format!("{} on {}\n", text::count(run.planned, "scenario"), units.join(", ")))
    }

    fn result(&mut self, result: &ScenarioResult) -> io::Result<()> {
        if let Some(bar) = &self.bar
            && !result.retried
        {
            bar.inc(1);
        }
        let quiet = matches!(result.verdict, Verdict::Passed | Verdict::NotApplicable { .. });
        if quiet && result.warnings.is_empty() && !self.look.verbose {
            return Ok(());
        }
        let word = self.paint(&result.verdict, result.verdict.word());
        let folder = self.tally.run().map(|run| run.folder.clone()).unwrap_or_default();
        let again = if result.retried { ", will be tried again" } else { "" };
        let head = format!("{word}{again}  {}  {}\n", result.scenario.unit, text::title(result));
        self.print(&(head + &text::explain(result, &folder)))
    }

    fn parse_error(&mut self, error: &ParseError) -> io::Result<()> {
        let word = self.paint(&Verdict::Undefined { step: String::new() }, "does not parse");
        self.print(&format!(
            "{word}  {}
",
            text::parse_error(error)
        ))
    }

    fn end(&mut self, finished: &RunFinished) -> io::Result<()> {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        let summary = summary(&self.tally, finished);
        let verdict = match self.tally.exit_status() {
            crate::ExitStatus::Passed => self.paint(&Verdict::Passed, "passed"),
            crate::ExitStatus::Failed => self.paint(&Verdict::Undefined { step: String::new() }, "failed"),
            crate::ExitStatus::WrongUse => "no scenario was selected".to_owned(),
            crate::ExitStatus::Inconclusive => self.paint(
                &Verdict::Inconclusive { cause: String::new(), who: crate::Party::Harness, remedy: String::new() },
                "inconclusive",
            ),
        };
        self.print(&format!("\n{summary}Result: {verdict}\n"))?;
        self.out.flush()
    }

    /// Lines go above the bar.
    fn print(&mut self, text: &str) -> io::Result<()> {
        let out = &mut self.out;
        match &self.bar {
            Some(bar) => bar.suspend(|| out.write_all(text.as_bytes())),
            None => out.write_all(text.as_bytes()),
        }
    }

    fn paint(&self, verdict: &Verdict, word: &str) -> String {
        let code = match verdict {
            Verdict::Passed => "32",
            Verdict::Failed(_) | Verdict::Undefined { .. } => "1;31",
            Verdict::Inconclusive { .. } => "1;35",
            Verdict::Flaky { .. } => "33",
            Verdict::NotApplicable { .. } => "2",
        };
        if self.look.colour { format!("\u{1b}[{code}m{word}\u{1b}[0m") } else { word.to_owned() }
    }
}

/// Counts of each unit, what was left out, and where the evidence lies.
pub fn summary(tally: &Tally, finished: &RunFinished) -> String {
    let header = ["unit", "passed", "failed", "undefined", "inconclusive", "not applicable", "flaky", "time"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(tally.by_unit().into_iter().map(|(unit, counts)| row(unit, &counts)));
    let mut total = tally.counts();
    if let Some(run) = tally.run() {
        total.time = std::time::Duration::from_nanos(finished.at.saturating_sub(run.at));
    }
    rows.push(row("total", &total));
    let mut out = text::table(&rows, 1);
    out.push('\n');
    if !tally.parse_errors().is_empty() {
        out.push_str(&format!("Inputs that do not parse: {}\n", tally.parse_errors().len()));
    }
    if tally.not_run() > 0 {
        let why = finished.cut_short.as_deref().unwrap_or("the run ended early");
        out.push_str(&format!("Not run: {} of {} ({why})\n", tally.not_run(), total.total() + tally.not_run()));
    }
    if let Some(run) = tally.run() {
        out.push_str(&format!("Evidence: {}\n", run.folder.display()));
    }
    out
}

fn row(name: &str, counts: &Counts) -> Vec<String> {
    let numbers =
        [counts.passed, counts.failed, counts.undefined, counts.inconclusive, counts.not_applicable, counts.flaky];
    let mut row = vec![name.to_owned()];
    row.extend(numbers.map(|number| number.to_string()));
    row.push(text::duration(counts.time));
    row
}

fn progress_bar(planned: usize) -> Option<ProgressBar> {
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {wide_msg}").ok()?;
    let bar = ProgressBar::with_draw_target(Some(planned as u64), ProgressDrawTarget::stderr());
    Some(bar.with_style(style))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::examples;

    fn shown(events: &[Event], look: Look) -> String {
        let mut out = Vec::new();
        let mut terminal = Terminal::new(&mut out, look);
        events.iter().for_each(|event| terminal.show(event).unwrap());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_log_shows_what_did_not_pass_and_the_summary() {
        let mut events = examples::run();
        let error = ParseError { file: "features/x.feature".into(), line: Some(3), message: "no such keyword".into() };
        events.insert(1, Event::ParseError(error));
        insta::assert_snapshot!(shown(&events, Look::default()));
    }

    #[test]
    fn a_run_that_passes_says_little() {
        let events = [
            Event::RunStarted(RunStarted { planned: 1, folder: "runs/x".into(), ..RunStarted::default() }),
            examples::finished(examples::passed("7811", 10)),
            Event::RunFinished(RunFinished::default()),
        ];
        insta::assert_snapshot!(shown(&events, Look::default()));
    }

    #[test]
    fn what_was_cut_short_is_counted() {
        let events = [
            Event::RunStarted(RunStarted { planned: 9, folder: "runs/x".into(), ..RunStarted::default() }),
            examples::finished(examples::passed("7811", 10)),
            Event::RunFinished(RunFinished { at: 0, cut_short: Some("interrupted".into()) }),
        ];
        let text = shown(&events, Look::default());
        assert!(text.contains("Not run: 8 of 9 (interrupted)"), "{text}");
        assert!(text.contains("Result: inconclusive"), "{text}");
    }

    #[test]
    fn colour_is_only_used_when_allowed() {
        let events = examples::run();
        assert!(!shown(&events, Look::default()).contains('\u{1b}'));
        assert!(shown(&events, Look { colour: true, ..Look::default() }).contains("\u{1b}[1;31mfailed\u{1b}[0m"));
    }

    #[test]
    fn verbose_also_names_what_passed() {
        let text = shown(&examples::run(), Look { verbose: true, ..Look::default() });
        assert!(text.contains("passed  7811  Restrict access to domains: a listed server is answered"), "{text}");
    }
}
