//! The run folder: where the evidence of a run lies, and how it is read back.
//!
//! ```text
//! runs/latest → 20261112T101112Z-1
//! runs/20261112T101112Z-1/run.json  end.json
//!                         junit.xml  report.html
//!                         7841/restrict-access-domains/042-an-invite-from-an-unlisted-server/
//!                             capture.pcapng  journal.ndjson  serial.log  phone.log  verdict.json
//! ```

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::macros::format_description;

use crate::event::{Event, ParseError, RunFinished, RunStarted, Scenario, ScenarioResult};
use crate::journal::Journal;
use crate::slug::slug;
use crate::tally::Tally;

/// The folder of one run.
#[derive(Clone, Debug)]
pub struct RunFolder {
    path: PathBuf,
}

/// The folder of one execution of one scenario.
#[derive(Clone, Debug)]
pub struct ScenarioFolder {
    path: PathBuf,
    relative: PathBuf,
}

/// What `end.json` holds.
#[derive(Serialize, Deserialize)]
struct End {
    finished: Option<RunFinished>,
    parse_errors: Vec<ParseError>,
}

impl RunFolder {
    /// Creates `<parent>/<UTC time>-<n>` with the lowest free `n`, and points `<parent>/latest` at it.
    ///
    /// # Errors
    /// When the folder or the link cannot be made.
    pub fn create(parent: &Path, now: u64) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        let stamp = timestamp(now)?;
        let mut number = 1_u32;
        let name = loop {
            let name = format!("{stamp}-{number}");
            match fs::create_dir(parent.join(&name)) {
                Ok(()) => break name,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        };
        point_latest_at(parent, &name)?;
        Ok(RunFolder { path: parent.join(name) })
    }

    /// Uses a folder that the user named (`--report DIR`); it is created, and must hold no run yet.
    ///
    /// # Errors
    /// When it cannot be created, or holds a run.
    pub fn create_at(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        if path.join("run.json").exists() {
            let message = format!("{} already holds a run", path.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
        }
        Ok(RunFolder { path: path.to_path_buf() })
    }

    /// An existing run folder, to read from.
    ///
    /// # Errors
    /// When there is no `run.json` in it.
    pub fn open(path: &Path) -> io::Result<Self> {
        if path.join("run.json").is_file() {
            return Ok(RunFolder { path: path.to_path_buf() });
        }
        let message = format!("{} is not a run folder: it has no run.json", path.display());
        Err(io::Error::new(io::ErrorKind::NotFound, message))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps what the run is about, so that reports can be made again later.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_run(&self, run: &RunStarted) -> io::Result<()> {
        write_whole(&self.path.join("run.json"), &pretty(run)?)
    }

    /// Keeps how the run ended, and the inputs that did not parse. A run without this file was killed.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_end(&self, tally: &Tally) -> io::Result<()> {
        let end = End { finished: tally.finished().cloned(), parse_errors: tally.parse_errors().to_vec() };
        write_whole(&self.path.join("end.json"), &pretty(&end)?)
    }

    /// Creates the folder of a scenario.
    ///
    /// The name is the same in every run: unit, feature file, then line, title, round and attempt. Should it be taken
    /// all the same, a number is added: evidence is never written over.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn scenario(&self, scenario: &Scenario) -> io::Result<ScenarioFolder> {
        let stem = Path::new(&scenario.file).file_stem().and_then(|stem| stem.to_str()).unwrap_or(&scenario.feature);
        let parent = Path::new(&slug(&scenario.unit)).join(slug(stem));
        fs::create_dir_all(self.path.join(&parent))?;
        let mut name = format!("{:03}-{}", scenario.line, slug(&scenario.name));
        if scenario.round > 1 {
            name.push_str(&format!("-round-{}", scenario.round));
        }
        if scenario.attempt > 1 {
            name.push_str(&format!("-attempt-{}", scenario.attempt));
        }
        let mut number = 1_u32;
        loop {
            let relative = if number == 1 { parent.join(&name) } else { parent.join(format!("{name}-again-{number}")) };
            let path = self.path.join(&relative);
            match fs::create_dir(&path) {
                Ok(()) => return Ok(ScenarioFolder { path, relative }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads the whole run back from `run.json`, every `verdict.json` and, when the run came to its end, `end.json`.
    ///
    /// # Errors
    /// When a file cannot be read or understood; the message names it.
    pub fn read(&self) -> io::Result<Tally> {
        let mut tally = Tally::default();
        tally.add(&Event::RunStarted(read_json(&self.path.join("run.json"))?));
        let mut results = Vec::new();
        collect_verdicts(&self.path, 0, &mut results)?;
        results.sort_by_key(|result| (result.scenario.clone(), result.started));
        results.into_iter().for_each(|result| tally.add(&Event::ScenarioFinished(Box::new(result))));
        if self.path.join("end.json").is_file() {
            let end: End = read_json(&self.path.join("end.json"))?;
            end.parse_errors.into_iter().for_each(|error| tally.add(&Event::ParseError(error)));
            end.finished.into_iter().for_each(|finished| tally.add(&Event::RunFinished(finished)));
        }
        Ok(tally)
    }
}

impl ScenarioFolder {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where it is, relative to the run folder: what [`ScenarioResult::folder`] holds.
    pub fn relative(&self) -> &Path {
        &self.relative
    }

    /// `capture.pcapng`.
    pub fn capture(&self) -> PathBuf {
        self.path.join("capture.pcapng")
    }

    /// `serial.log`.
    pub fn serial_log(&self) -> PathBuf {
        self.path.join("serial.log")
    }

    /// `phone.log`: what the phone process printed.
    pub fn phone_log(&self) -> PathBuf {
        self.path.join("phone.log")
    }

    /// Opens `journal.ndjson`.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn journal(&self) -> io::Result<Journal> {
        Journal::open(&self.path.join("journal.ndjson"))
    }

    /// Writes `verdict.json`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_verdict(&self, result: &ScenarioResult) -> io::Result<()> {
        write_whole(&self.path.join("verdict.json"), &pretty(result)?)
    }
}

/// `20261112T101112Z`.
fn timestamp(now: u64) -> io::Result<String> {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(now))
        .map_err(io::Error::other)?
        .format(&format)
        .map_err(io::Error::other)
}

/// Replaces the link in one step, so that it never points nowhere. A file or folder of the user's that is called
/// `latest` is left alone.
fn point_latest_at(parent: &Path, name: &str) -> io::Result<()> {
    let link = parent.join("latest");
    if fs::symlink_metadata(&link).is_ok_and(|found| !found.is_symlink()) {
        return Ok(());
    }
    let new = parent.join(format!(".latest-{name}"));
    std::os::unix::fs::symlink(name, &new)?;
    fs::rename(&new, &link)
}

fn pretty<T: serde::Serialize>(value: &T) -> io::Result<Vec<u8>> {
    let mut json = serde_json::to_vec_pretty(value)?;
    json.push(b'\n');
    Ok(json)
}

/// Readers see the old file or the new one, never half of one.
fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = fs::File::create(&new)?;
    file.write_all(content)?;
    drop(file);
    fs::rename(&new, path)
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> io::Result<T> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let content = fs::read(path).map_err(named)?;
    serde_json::from_slice(&content).map_err(|error| named(error.into()))
}

/// Verdicts lie three folders deep: unit, feature, scenario.
fn collect_verdicts(folder: &Path, depth: u32, results: &mut Vec<ScenarioResult>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            continue;
        }
        if depth < 2 {
            collect_verdicts(&entry.path(), depth + 1, results)?;
            continue;
        }
        let verdict = entry.path().join("verdict.json");
        if verdict.is_file() {
            results.push(read_json(&verdict)?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
