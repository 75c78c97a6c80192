//! `journal.ndjson`: what was done, when, and what was claimed; one JSON object per line.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};

/// Writes the journal of one scenario. Clones write to the same file; each line is written whole and at once, so a
/// killed run keeps everything up to its last line.
#[derive(Clone, Debug)]
pub struct Journal {
    file: Arc<Mutex<File>>,
}

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A step begins or ends.
    Step,
    /// Something was done to the unit, a server or the bench.
    Action,
    /// A claim about the unit that the capture must show; `data` carries its bounds.
    Claim,
    /// What was found for a claim.
    Fact,
    /// Something of ours went wrong.
    Fault,
    /// Anything else worth knowing, the seed of the generators among it.
    Note,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When, in Unix nanoseconds.
    pub time: u64,
    /// What it is about.
    pub kind: Kind,
    /// In words.
    pub text: String,
    /// For machines, when there is something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<serde_json::Value>,
}

impl Journal {
    /// Opens a journal for appending, and creates it when it is missing.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Journal { file: Arc::new(Mutex::new(file)) })
    }

    /// Appends a line.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, time: u64, kind: Kind, text: impl Into<String>) -> io::Result<()> {
        self.append(&Entry { time, kind, text: text.into(), data: None })
    }

    /// Appends a line that carries data for machines.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn append(&self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.write_all(&line)
    }
}

/// Reads a journal. A last line that a killed run left unfinished is dropped.
///
/// # Errors
/// When the file cannot be read, or a line other than the last is not an entry.
pub fn read(path: &Path) -> io::Result<Vec<Entry>> {
    let text = std::fs::read_to_string(path)?;
    let mut entries = Vec::new();
    for line in text.split_inclusive('\n') {
        match serde_json::from_str(line) {
            Ok(entry) => entries.push(entry),
            Err(_) if !line.ends_with('\n') => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_line_is_one_json_object() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.ndjson");
        let journal = Journal::open(&path).unwrap();
        journal.write(7, Kind::Action, "switched the phone on\nand waited").unwrap();
        let data = Some(serde_json::json!({"within_ms": 500}));
        journal.append(&Entry { time: 9, kind: Kind::Claim, text: "silence".into(), data }).unwrap();
        insta::assert_snapshot!(std::fs::read_to_string(&path).unwrap(), @r#"
        {"time":7,"kind":"action","text":"switched the phone on\nand waited"}
        {"time":9,"kind":"claim","text":"silence","data":{"within_ms":500}}
        "#);
    }

    #[test]
    fn what_a_killed_run_left_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.ndjson");
        Journal::open(&path).unwrap().write(7, Kind::Note, "seed 4711").unwrap();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"time\":8,\"ki").unwrap();
        let entries = read(&path).unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!(entries.first().unwrap().text, "seed 4711");
    }
}
