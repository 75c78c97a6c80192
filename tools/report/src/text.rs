//! Paragraphs for people: durations, labelled lines, tables. Everything a terminal and a text file share.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use crate::event::{ParseError, ScenarioResult};
use crate::verdict::{Failure, Verdict};

/// Column at which the values of labelled lines begin.
const LABEL: usize = 14;

/// `0.25 s`, `12.3 s`, `3 min 20 s`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 9.995 {
        format!("{seconds:.2} s")
    } else if seconds < 99.95 {
        format!("{seconds:.1} s")
    } else {
        let whole = time.as_secs() + u64::from(time.subsec_millis() >= 500);
        format!("{} min {} s", whole / 60, whole % 60)
    }
}

/// `1 scenario`, `2 scenarios`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Which scenario: `Feature: scenario (file:line)`, and which round and attempt when that is not the first.
pub fn title(result: &ScenarioResult) -> String {
    let scenario = &result.scenario;
    let mut title = format!("{}: {} ({}:{})", scenario.feature, scenario.name, scenario.file, scenario.line);
    if scenario.round > 1 {
        let _ = write!(title, ", round {}", scenario.round);
    }
    if scenario.attempt > 1 {
        let _ = write!(title, ", attempt {}", scenario.attempt);
    }
    title
}

/// What a person needs to know about a verdict, as labelled lines; empty for passed. Paths of evidence begin with
/// `base`.
pub fn explain(result: &ScenarioResult, base: &Path) -> String {
    let mut out = String::new();
    match &result.verdict {
        Verdict::Passed => {}
        Verdict::Failed(failure) => explain_failure(&mut out, result, failure, &base.join(&result.folder)),
        Verdict::Flaky { first, folder } => {
            line(&mut out, "flaky", "failed first, passed on retry; the first failure was:");
            explain_failure(&mut out, result, first, &base.join(folder));
        }
        Verdict::Inconclusive { cause, who, remedy } => {
            line(&mut out, "cause", &format!("{who}: {cause}"));
            if !remedy.is_empty() {
                line(&mut out, "remedy", remedy);
            }
            line(&mut out, "evidence", &base.join(&result.folder).display().to_string());
        }
        Verdict::NotApplicable { capability } => line(&mut out, "unit lacks", capability),
        Verdict::Undefined { step } => {
            line(&mut out, "step", step);
            line(&mut out, "expected", "a phrase that matches this step (`offhook steps` lists them)");
            line(&mut out, "seen", "none");
        }
    }
    for warning in &result.warnings {
        line(&mut out, "warning", warning);
    }
    out
}

/// A table with a header row, two spaces between columns; the columns after the first `left` ones are right-aligned.
pub fn table(rows: &[Vec<String>], left: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            if column < left { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        let text = cells.collect::<Vec<_>>().join("  ");
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}

/// One labelled paragraph; lines after the first are indented under it. What comes from a phone can hold anything:
/// control characters are shown as `·`, so that they do not reach the terminal.
pub fn line(out: &mut String, label: &str, text: &str) {
    for (index, part) in text.lines().enumerate() {
        let head = if index == 0 { label } else { "" };
        let _ = writeln!(out, "  {head:<width$}{}", printable(part), width = LABEL - 2);
    }
}

/// The text without control characters.
pub fn printable(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '·' } else { character }).collect()
}

fn explain_failure(out: &mut String, result: &ScenarioResult, failure: &Failure, folder: &Path) {
    let requirement = failure.requirement.as_ref().or(result.scenario.requirement.as_ref());
    line(out, "requirement", requirement.map_or("(none: the rule has no @req: tag)", String::as_str));
    line(out, "step", &failure.step);
    line(out, "expected", &failure.expected);
    line(out, "seen", &failure.seen);
    line(out, "evidence", &evidence(failure, folder));
    if !failure.ladder.is_empty() {
        line(out, "packets", &failure.ladder.join("\n"));
    }
    if !failure.serial_tail.is_empty() {
        line(out, "serial", &failure.serial_tail.join("\n"));
    }
}

/// `packets 14 and 17`; empty without packets.
pub fn packets(numbers: &[u32]) -> String {
    match numbers {
        [] => String::new(),
        [one] => format!("packet {one}"),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(u32::to_string).collect();
            format!("packets {} and {last}", first.join(", "))
        }
    }
}

/// `file:line: what is wrong`.
pub fn parse_error(error: &ParseError) -> String {
    let line = error.line.map(|line| format!(":{line}")).unwrap_or_default();
    format!("{}{line}: {}", error.file, printable(&error.message))
}

/// Lines without control characters.
pub fn printable_lines(lines: &[String]) -> String {
    lines.iter().map(|line| printable(line)).collect::<Vec<_>>().join("\n")
}

/// `7841/…/capture.pcapng, packets 14 and 17`.
fn evidence(failure: &Failure, folder: &Path) -> String {
    if failure.capture.is_empty() {
        return folder.display().to_string();
    }
    let file = folder.join(&failure.capture).display().to_string();
    let packets = packets(&failure.packets);
    if packets.is_empty() { file } else { format!("{file}, {packets}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::examples::{failed, inconclusive, undefined};

    #[test]
    fn a_failure_says_requirement_expected_seen_and_where_to_look() {
        insta::assert_snapshot!(explain(&failed("7841", 30), Path::new("runs/1")), @r"
          requirement doc/domains/silence-unlisted
          step        Then nothing of it is answered
          expected    no packet from the phone to 192.0.2.20
          seen        SIP/2.0 180 Ringing after 34 ms
                      SIP/2.0 200 OK after 2.1 s
          evidence    runs/1/7841/restrict-access-domains/030-scenario/capture.pcapng, packets 14 and 17
          packets     14  192.0.2.20 → 192.0.2.100  INVITE sip:1001@192.0.2.100
                      17  192.0.2.100 → 192.0.2.20  180 Ringing
          serial      sip: INVITE from 192.0.2.20
                      ui: ringing <line 1>
        ");
    }

    #[test]
    fn a_broken_bench_says_who_why_and_what_to_do() {
        insta::assert_snapshot!(explain(&inconclusive("7841", 30), Path::new("runs/1")), @r"
          cause       capture: the tap dropped 3 packets
          remedy      run with fewer --jobs
          evidence    runs/1/7841/restrict-access-domains/030-scenario
        ");
    }

    #[test]
    fn an_undefined_step_is_named() {
        insta::assert_snapshot!(explain(&undefined("7841", 30), Path::new("runs/1")), @r"
          step        When the phone sings
          expected    a phrase that matches this step (`offhook steps` lists them)
          seen        none
        ");
    }

    #[test]
    fn what_a_phone_sends_cannot_drive_the_terminal() {
        assert_eq!(printable("a\u{1b}[31mred\rb"), "a·[31mred·b");
    }

    #[test]
    fn durations_read_as_people_say_them() {
        let texts: Vec<String> = [40, 9_994, 12_340, 200_400].map(|ms| duration(Duration::from_millis(ms))).into();
        assert_eq!(texts, ["0.04 s", "9.99 s", "12.3 s", "3 min 20 s"]);
    }
}
