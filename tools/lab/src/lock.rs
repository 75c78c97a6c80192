//! Exclusive use of a unit, over all processes of a machine.
//!
//! The kernel holds the lock (`flock`), so it dies with its holder however that dies; what stands in the file only tells
//! others who it is.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};

/// The right to use a unit, until it is dropped.
#[derive(Debug)]
pub struct UnitLock {
    _held: Flock<File>,
    path: PathBuf,
    recovered: Option<String>,
}

/// Why a unit cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else uses it.
    #[error("{unit} is in use by {holder}")]
    Taken {
        /// Name of the unit.
        unit: String,
        /// Who, as far as is known: `process 4711, offhook run`.
        holder: String,
    },
    /// The lock file cannot be used.
    #[error("lock file {path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl UnitLock {
    /// Takes a unit. `folder` holds one lock file for each unit; `purpose` is what others are told. The file stays when
    /// the lock is dropped: removing it could take it from under somebody who has just opened it.
    ///
    /// # Errors
    /// When somebody else holds it, or the file cannot be used.
    pub fn take(folder: &Path, unit: &str, purpose: &str) -> Result<Self, LockError> {
        let path = folder.join(format!("{unit}.lock"));
        let fault = |error| LockError::File { path: path.clone(), error };
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fault)?;
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(fault)?;
        match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(mut held) => {
                let left = content(&mut held).map_err(fault)?;
                held.set_len(0).map_err(fault)?;
                held.rewind().map_err(fault)?;
                write!(held, "process {}, {purpose}", std::process::id()).map_err(fault)?;
                Ok(UnitLock { _held: held, path: path.clone(), recovered: (!left.is_empty()).then_some(left) })
            }
            Err((mut file, nix::errno::Errno::EWOULDBLOCK)) => {
                let holder = content(&mut file).map_err(fault)?;
                let holder = if holder.is_empty() { "another process".to_owned() } else { holder };
                Err(LockError::Taken { unit: unit.to_owned(), holder })
            }
            Err((_, error)) => Err(fault(error.into())),
        }
    }

    /// Who held it last and died without giving it back.
    pub fn recovered_from(&self) -> Option<&str> {
        self.recovered.as_deref()
    }
}

impl Drop for UnitLock {
    /// An empty file says that the last holder left in order. Should this fail, the next one is told of a recovery that
    /// was none; the lock itself is not concerned.
    fn drop(&mut self) {
        let _ = OpenOptions::new().write(true).truncate(true).open(&self.path);
    }
}

fn content(file: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.take(200).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).chars().filter(|character| !character.is_control()).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::print_stdout)]
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_unit_is_used_by_one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = UnitLock::take(folder.path(), "desk-7841", "offhook run").unwrap();
        let message = UnitLock::take(folder.path(), "desk-7841", "offhook run").unwrap_err().to_string();
        assert_eq!(message, format!("desk-7841 is in use by process {}, offhook run", std::process::id()));
        assert!(UnitLock::take(folder.path(), "shelf-7811", "offhook run").is_ok());
        drop(first);
        let second = UnitLock::take(folder.path(), "desk-7841", "offhook run").unwrap();
        assert_eq!(second.recovered_from(), None);
    }

    #[test]
    fn what_a_dead_process_held_is_free() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("desk-7841.lock"), "process 4711, offhook run").unwrap();
        let lock = UnitLock::take(folder.path(), "desk-7841", "offhook run").unwrap();
        assert_eq!(lock.recovered_from(), Some("process 4711, offhook run"));
    }

    #[test]
    fn a_process_that_was_killed_gives_its_unit_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk-7841.lock");
        std::fs::write(&path, "").unwrap();
        // The shell takes the lock on descriptor 9, says so, and is killed while it waits.
        let script = "exec 9<>\"$0\"; flock 9 || exit 1; echo held >&9; echo held; read never";
        let (stdin, stdout) = (Stdio::piped(), Stdio::piped());
        let mut child = Command::new("sh").args(["-c", script]).arg(&path).stdin(stdin).stdout(stdout).spawn().unwrap();
        let mut said = [0; 5];
        if child.stdout.as_mut().unwrap().read_exact(&mut said).is_err() {
            child.wait().unwrap();
            println!("skipped: a_process_that_was_killed_gives_its_unit_back: there is no flock program");
            return;
        }
        assert!(matches!(UnitLock::take(folder.path(), "desk-7841", "us"), Err(LockError::Taken { .. })));
        child.kill().unwrap();
        child.wait().unwrap();
        let lock = UnitLock::take(folder.path(), "desk-7841", "us").unwrap();
        assert_eq!(lock.recovered_from(), Some("held"));
    }
}
