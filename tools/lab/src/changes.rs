//! The change journal of a unit: what it was like, and what we meant to change, on disk before the first change.
//!
//! ```text
//! Changes::open ─► Clean ──begin(saved)──► Open ──intend(change), then do it──► … ──finish──► Clean
//!              └─► Unfinished ──put everything in playback() back──finish──► Clean
//! ```
//!
//! The journal is one file of lines. The first holds the saved configuration and appears whole or not at all (written
//! beside, synced, renamed). Each further line is an intent, synced before the change is made; so a line that a power cut
//! tore stands for a change that was never made. Putting back twice does no harm.

use std::io;

use serde::{Deserialize, Serialize};

use crate::disk::Disk;

const FILE: &str = "changes.ndjson";
const NEW: &str = "changes.new";

/// A change of one setting of a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Name of the setting, as the profile spells it.
    pub parameter: String,
    /// Its value before; `None` when it cannot be read back, as with passwords, and the operator must set it.
    pub before: Option<String>,
    /// Its value after; `None` for a value that must not be written down.
    pub after: Option<String>,
}

/// How a journal was found.
#[derive(Debug)]
pub enum Changes<D> {
    /// Nothing is left to put back.
    Clean(Clean<D>),
    /// A run ended without putting back.
    Unfinished(Unfinished<D>),
}

/// A journal of a unit that is as we found it.
#[derive(Debug)]
pub struct Clean<D> {
    disk: D,
}

/// A journal of a unit that is being changed.
#[derive(Debug)]
pub struct Open<D> {
    disk: D,
    saved: String,
    changes: Vec<Change>,
    broken: bool,
}

/// What a run that did not end left behind.
#[derive(Debug)]
pub struct Unfinished<D> {
    disk: D,
    saved: String,
    changes: Vec<Change>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    Saved(String),
    Change(Change),
}

impl<D: Disk> Changes<D> {
    /// Looks at the journal of a unit. Do this before anything else is done with the unit.
    ///
    /// # Errors
    /// When the file cannot be read, or is damaged other than at its end.
    pub fn open(disk: D) -> io::Result<Self> {
        let Some(content) = disk.read(FILE)? else {
            return Ok(Changes::Clean(Clean { disk }));
        };
        let mut saved = None;
        let mut changes = Vec::new();
        for line in content.split_inclusive(|byte| *byte == b'\n') {
            match (serde_json::from_slice(line), &saved) {
                _ if !line.ends_with(b"\n") => {}
                (Ok(Line::Saved(text)), None) => saved = Some(text),
                (Ok(Line::Change(change)), Some(_)) => changes.push(change),
                (Ok(_), _) => return Err(damaged("its lines are out of order")),
                (Err(error), _) => return Err(damaged(&error.to_string())),
            }
        }
        let saved = saved.ok_or_else(|| damaged("the saved configuration is missing"))?;
        Ok(Changes::Unfinished(Unfinished { disk, saved, changes }))
    }
}

impl<D: Disk> Clean<D> {
    /// Saves the configuration of the unit. From here on, a run that dies leaves an unfinished journal.
    ///
    /// # Errors
    /// When the journal cannot be made safe; then nothing may be changed.
    pub fn begin(mut self, saved: &str) -> io::Result<Open<D>> {
        self.disk.create(NEW, &encode(&Line::Saved(saved.to_owned()))?)?;
        self.disk.sync(NEW)?;
        self.disk.rename(NEW, FILE)?;
        self.disk.sync_folder()?;
        Ok(Open { disk: self.disk, saved: saved.to_owned(), changes: Vec::new(), broken: false })
    }
}

impl<D: Disk> Open<D> {
    /// Writes a change down. Make it only after this has returned.
    ///
    /// # Errors
    /// When the line cannot be made safe; then the change must not be made, and no further one: half a line may stand at
    /// the end of the file.
    pub fn intend(&mut self, change: Change) -> io::Result<()> {
        if self.broken {
            return Err(io::Error::other(
                "the change journal could not be written before; the unit can only be put back",
            ));
        }
        self.broken = true;
        self.disk.append(FILE, &encode(&Line::Change(change.clone()))?)?;
        self.disk.sync(FILE)?;
        self.changes.push(change);
        self.broken = false;
        Ok(())
    }

    /// The configuration as it was saved.
    pub fn saved(&self) -> &str {
        &self.saved
    }

    /// What has to be put back.
    pub fn playback(&self) -> Vec<Change> {
        playback(&self.changes)
    }

    /// Forgets the journal, once everything is back and was read back.
    ///
    /// # Errors
    /// When the file cannot be removed; then the next start plays it back once more.
    pub fn finish(self) -> io::Result<Clean<D>> {
        forget(self.disk)
    }
}

impl<D: Disk> Unfinished<D> {
    /// The configuration as it was saved.
    pub fn saved(&self) -> &str {
        &self.saved
    }

    /// What has to be put back.
    pub fn playback(&self) -> Vec<Change> {
        playback(&self.changes)
    }

    /// Forgets the journal, once everything is back and was read back.
    ///
    /// # Errors
    /// When the file cannot be removed; then the next start plays it back once more.
    pub fn finish(self) -> io::Result<Clean<D>> {
        forget(self.disk)
    }
}

/// Each setting once, with the value it had before its first change; the setting that was changed last comes first.
fn playback(changes: &[Change]) -> Vec<Change> {
    let mut back: Vec<Change> = Vec::new();
    for change in changes {
        match back.iter_mut().find(|known| known.parameter == change.parameter) {
            Some(known) => known.before.clone_from(&change.after),
            None => back.push(Change {
                parameter: change.parameter.clone(),
                before: change.after.clone(),
                after: change.before.clone(),
            }),
        }
    }
    back.reverse();
    back
}

fn forget<D: Disk>(mut disk: D) -> io::Result<Clean<D>> {
    disk.remove(FILE)?;
    disk.sync_folder()?;
    Ok(Clean { disk })
}

fn encode(line: &Line) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn damaged(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the change journal {FILE} is damaged: {why}"))
}

#[cfg(test)]
mod tests;
