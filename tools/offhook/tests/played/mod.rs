//! Features of `verdicts/` as played by the built program: exit status, what it showed, and the verdicts that it left.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// What a run left.
pub(crate) struct Played {
    /// Exit status.
    pub(crate) status: i32,
    /// What it showed on its standard output.
    pub(crate) shown: String,
    verdicts: BTreeMap<String, Value>,
    report: TempDir,
}

/// A feature file by its name, or by its path.
pub(crate) fn feature(name: &str) -> String {
    if name.contains('/') {
        return name.to_owned();
    }
    format!("{}/tests/verdicts/{name}.feature", env!("CARGO_MANIFEST_DIR"))
}

/// The exit status of a run.
pub(crate) fn status(name: &str, arguments: &[&str]) -> i32 {
    let report = TempDir::new().unwrap();
    run(name, arguments, report.path()).status.code().unwrap()
}

/// Plays a feature. Where no bench can be built, says so, and returns nothing.
pub(crate) fn play(name: &str, arguments: &[&str]) -> Option<Played> {
    let report = TempDir::new().unwrap();
    let output = run(name, arguments, report.path());
    let status = output.status.code().expect("the program ended by a signal");
    let refused = status == 3 && !report.path().join("run").exists();
    if refused {
        println!("skipped: verdicts: {}", String::from_utf8_lossy(&output.stderr));
        return None;
    }
    let shown = String::from_utf8(output.stdout).unwrap();
    let mut verdicts = BTreeMap::new();
    collect(&report.path().join("run"), &mut verdicts);
    Some(Played { status, shown, verdicts, report })
}

impl Played {
    /// The verdict of a scenario.
    pub(crate) fn verdict(&self, scenario: &str) -> &Value {
        &self.result(scenario)["verdict"]
    }

    /// Its first word.
    pub(crate) fn outcome(&self, scenario: &str) -> &str {
        self.verdict(scenario)["outcome"].as_str().unwrap()
    }

    /// The steps of a scenario that were played.
    pub(crate) fn steps(&self, scenario: &str) -> &[Value] {
        self.result(scenario)["steps"].as_array().unwrap()
    }

    /// Claims that a scenario is inconclusive because of `who`, and that its cause says `cause`.
    pub(crate) fn inconclusive(&self, scenario: &str, who: &str, cause: &str) {
        let verdict = self.verdict(scenario);
        assert_eq!(
            (&verdict["outcome"], &verdict["who"]),
            (&"inconclusive".into(), &who.into()),
            "{scenario}: {verdict}"
        );
        assert!(verdict["cause"].as_str().unwrap().contains(cause), "{scenario}: {verdict}");
    }

    /// Claims that a scenario failed.
    pub(crate) fn failed(&self, scenario: &str) -> Failed<'_> {
        let verdict = self.verdict(scenario);
        assert_eq!(verdict["outcome"], "failed", "{scenario}: {verdict}");
        Failed(verdict)
    }

    /// What was shown of a scenario, without what differs between two runs.
    pub(crate) fn paragraph(&self, scenario: &str) -> String {
        let mut lines = self.shown.lines().skip_while(|line| !line.contains(scenario));
        let head = lines.next().expect(&self.shown);
        let rest = lines.take_while(|line| line.starts_with("  "));
        let mut text = String::new();
        for line in std::iter::once(head).chain(rest) {
            let line = line
                .replace(&feature("sabotage"), "sabotage.feature")
                .replace(&self.report.path().display().to_string(), "REPORT");
            // Packets are counted, and the phone's own log tells the time.
            let line = match line.trim_start().split_once(' ') {
                Some(("evidence", _)) => line.split(", packet").next().unwrap().to_owned(),
                Some(("packets", rest)) => {
                    format!(
                        "  packets     {}",
                        rest.trim_start().trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ')
                    )
                }
                Some(("serial", _)) => "  serial      …".to_owned(),
                _ if text.contains("  serial") => break,
                _ => line,
            };
            text.push_str(&line);
            text.push('\n');
        }
        text
    }

    fn result(&self, scenario: &str) -> &Value {
        self.verdicts.get(scenario).unwrap_or_else(|| panic!("no verdict on `{scenario}`; shown was:\n{}", self.shown))
    }
}

/// The verdict of a scenario that failed.
pub(crate) struct Failed<'a>(&'a Value);

impl Failed<'_> {
    /// A part of it.
    pub(crate) fn text(&self, part: &str) -> &str {
        self.0[part].as_str().unwrap()
    }

    /// Claims that a part of it contains this.
    pub(crate) fn says(&self, part: &str, text: &str) {
        assert!(self.text(part).contains(text), "{}", self.0);
    }

    /// The last lines of the phone's serial line.
    pub(crate) fn serial(&self) -> Vec<&str> {
        self.0["serial_tail"].as_array().unwrap().iter().filter_map(Value::as_str).collect()
    }

    /// Claims that the last of them contains this.
    pub(crate) fn last_serial_line(&self, text: &str) {
        assert!(self.serial().last().is_some_and(|line| line.contains(text)), "{}", self.0);
    }
}

fn run(name: &str, arguments: &[&str], report: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_offhook"))
        .args(["run", &feature(name)])
        .args(arguments)
        .arg("--report")
        .arg(report.join("run"))
        .output()
        .unwrap()
}

/// Every `verdict.json` below the folder, by the name of its scenario.
fn collect(folder: &Path, verdicts: &mut BTreeMap<String, Value>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, verdicts);
        } else if path.ends_with("verdict.json") {
            let result: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            verdicts.insert(result["scenario"]["name"].as_str().unwrap().to_owned(), result);
        }
    }
}
