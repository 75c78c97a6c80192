//! The serial line: a log of the phone, kept on disk and, its last lines, in memory.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// How many lines are kept for reports.
const LAST: usize = 40;
/// Longest line kept, octets.
const LONGEST: usize = 512;

/// A reader of a serial line.
pub struct Console {
    lines: Arc<Mutex<VecDeque<String>>>,
    ended: watch::Receiver<bool>,
}

impl Console {
    /// Reads `line` until it ends, writing all that comes to `log`. A thread of its own does it: a terminal cannot be waited for otherwise.
    ///
    /// # Errors
    /// The operating system's, when the log cannot be made.
    pub fn read(line: OwnedFd, log: &Path) -> std::io::Result<Self> {
        let mut log = File::options().create(true).append(true).open(log)?;
        let lines = Arc::new(Mutex::new(VecDeque::new()));
        let kept = Arc::clone(&lines);
        let (end, ended) = watch::channel(false);
        std::thread::Builder::new().name("serial".into()).spawn(move || {
            let mut partial = Vec::new();
            let mut buffer = [0; 4096];
            let mut line = File::from(line);
            // A terminal whose other end was closed reads as an error or as the end.
            while let Ok(n) = line.read(&mut buffer) {
                let octets = buffer.get(..n).unwrap_or_default();
                if octets.is_empty() {
                    break;
                }
                let _ = log.write_all(octets);
                take_lines(&mut partial, octets, &kept);
            }
            let _ = end.send(true);
        })?;
        Ok(Console { lines, ended })
    }

    /// The last lines that came.
    pub fn last_lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Waits until the line has ended, so that what a dying phone wrote last is not lost.
    pub async fn drained(&mut self, limit: std::time::Duration) {
        let _ = tokio::time::timeout(limit, self.ended.wait_for(|ended| *ended)).await;
    }
}

fn take_lines(partial: &mut Vec<u8>, octets: &[u8], kept: &Mutex<VecDeque<String>>) {
    for &octet in octets {
        if octet == b'\n' {
            let line = String::from_utf8_lossy(partial).trim_end().to_owned();
            partial.clear();
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() == LAST {
                kept.pop_front();
            }
            kept.push_back(line);
        } else if partial.len() < LONGEST {
            partial.push(octet);
        }
    }
}
