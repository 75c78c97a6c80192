//! A serial console as a log tap: every octet goes to a file, the last lines stay at hand.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_serial::{SerialPortBuilderExt, SerialStream};

/// Speed of the console of the 78xx, 8 data bits, no parity, one stop bit.
const BAUD: u32 = 115_200;
/// Longest line that is kept; what is longer is cut, the file has it whole.
const LONGEST_LINE: usize = 4096;

/// A serial console that is being read. Reading ends when this is dropped.
#[derive(Debug)]
pub struct SerialLine {
    lines: Arc<Mutex<Lines>>,
    state: watch::Receiver<State>,
    reader: JoinHandle<()>,
}

/// Why a serial line cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SerialError {
    /// The tty cannot be opened.
    #[error("serial line {path}: {error}")]
    Open {
        /// The tty.
        path: PathBuf,
        /// Why.
        error: tokio_serial::Error,
    },
    /// The log file cannot be opened.
    #[error("serial log {path}: {error}")]
    Log {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// How far reading is.
#[derive(Clone, Debug, Default)]
struct State {
    /// Lines seen since the start.
    seen: u64,
    /// Why reading ended, when it did.
    ended: Option<String>,
}

impl SerialLine {
    /// Opens a tty for ourselves alone, appends what it says to `log`, and keeps the last `keep` lines. Must be called
    /// inside a tokio runtime.
    ///
    /// # Errors
    /// When tty or log cannot be opened.
    pub async fn open(tty: &Path, log: &Path, keep: usize) -> Result<Self, SerialError> {
        let file = OpenOptions::new().create(true).append(true).open(log).await;
        let file = file.map_err(|error| SerialError::Log { path: log.to_path_buf(), error })?;
        let port = tokio_serial::new(tty.to_string_lossy(), BAUD).open_native_async();
        let port = port.map_err(|error| SerialError::Open { path: tty.to_path_buf(), error })?;
        let lines = Arc::new(Mutex::new(Lines::new(keep)));
        let (sender, state) = watch::channel(State::default());
        let reader = tokio::spawn(read(port, file, Arc::clone(&lines), sender));
        Ok(SerialLine { lines, state, reader })
    }

    /// The last lines, oldest first; an unfinished one comes last.
    pub fn tail(&self) -> Vec<String> {
        locked(&self.lines).tail()
    }

    /// Lines seen since the line was opened.
    pub fn seen(&self) -> u64 {
        self.state.borrow().seen
    }

    /// Waits until a line that came after the first `after` lines satisfies `wanted`, and returns it. `None` when reading
    /// ended first. Only lines that are still kept are looked at. Give it a deadline of your own.
    pub async fn wait_for(&self, after: u64, wanted: impl Fn(&str) -> bool) -> Option<String> {
        let mut state = self.state.clone();
        loop {
            let ended = state.borrow_and_update().ended.is_some();
            if let Some(line) = locked(&self.lines).since(after).find(|line| wanted(line)) {
                return Some(line.to_owned());
            }
            if ended || state.changed().await.is_err() {
                return None;
            }
        }
    }

    /// Waits until reading ends, which it does only when the other side is gone or the log cannot be written, and says
    /// why.
    pub async fn ended(&self) -> String {
        let mut state = self.state.clone();
        let ended = state.wait_for(|state| state.ended.is_some()).await;
        ended.ok().and_then(|state| state.ended.clone()).unwrap_or_else(|| "the reader stopped".to_owned())
    }
}

impl Drop for SerialLine {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

async fn read(mut port: SerialStream, mut log: File, lines: Arc<Mutex<Lines>>, sender: watch::Sender<State>) {
    let mut buffer = [0_u8; 4096];
    let ended = loop {
        match port.read(&mut buffer).await {
            Ok(0) => break "the other side was closed".to_owned(),
            Ok(count) => {
                let bytes = buffer.get(..count).unwrap_or_default();
                if let Err(error) = write(&mut log, bytes).await {
                    break format!("the serial log cannot be written: {error}");
                }
                let seen = locked(&lines).push(bytes);
                sender.send_modify(|state| state.seen = seen);
            }
            // A pseudo-terminal whose master was closed says EIO.
            Err(error) => break error.to_string(),
        }
    };
    sender.send_modify(|state| state.ended = Some(ended));
}

async fn write(log: &mut File, bytes: &[u8]) -> io::Result<()> {
    log.write_all(bytes).await?;
    log.flush().await
}

fn locked(lines: &Mutex<Lines>) -> std::sync::MutexGuard<'_, Lines> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Octets cut into lines; the last few are kept.
#[derive(Debug)]
struct Lines {
    keep: usize,
    kept: VecDeque<String>,
    seen: u64,
    partial: Vec<u8>,
}

impl Lines {
    fn new(keep: usize) -> Self {
        Lines { keep, kept: VecDeque::new(), seen: 0, partial: Vec::new() }
    }

    /// Takes octets in; returns the number of whole lines seen so far.
    fn push(&mut self, bytes: &[u8]) -> u64 {
        for byte in bytes {
            if *byte == b'\n' {
                let line = text(&self.partial);
                self.partial.clear();
                self.kept.push_back(line);
                self.seen += 1;
                while self.kept.len() > self.keep {
                    self.kept.pop_front();
                }
            } else if self.partial.len() < LONGEST_LINE {
                self.partial.push(*byte);
            }
        }
        self.seen
    }

    fn tail(&self) -> Vec<String> {
        let mut tail: Vec<String> = self.kept.iter().cloned().collect();
        if !self.partial.is_empty() {
            tail.push(text(&self.partial));
        }
        tail
    }

    /// Whole lines after the first `after` ones, as far as they are kept.
    fn since(&self, after: u64) -> impl Iterator<Item = &str> {
        let fresh = usize::try_from(self.seen.saturating_sub(after)).unwrap_or(usize::MAX);
        self.kept.iter().skip(self.kept.len().saturating_sub(fresh)).map(String::as_str)
    }
}

/// A line for reading: control characters (the carriage return, colours) are dropped, what is no UTF-8 is replaced.
fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line).chars().filter(|character| !character.is_control()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write as _;
    use std::time::Duration;

    use nix::pty::{OpenptyResult, openpty};
    use proptest::prelude::*;

    use super::*;

    /// A pseudo-terminal: the phone's end, and the name of ours. The slave is kept open, as a cable stays plugged in.
    fn pty() -> (std::fs::File, PathBuf, std::os::fd::OwnedFd) {
        let OpenptyResult { master, slave } = openpty(None, None).unwrap();
        let name = nix::unistd::ttyname(&slave).unwrap();
        (std::fs::File::from(master), name, slave)
    }

    async fn soon<T>(future: impl Future<Output = T>) -> T {
        tokio::time::timeout(Duration::from_secs(20), future).await.unwrap()
    }

    #[tokio::test]
    async fn what_the_console_says_is_logged_and_the_last_lines_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("serial.log");
        let (mut phone, tty, _slave) = pty();
        let line = SerialLine::open(&tty, &log, 2).await.unwrap();
        phone.write_all(b"boot\r\nlink up\r\nregistered\r\nringing").unwrap();
        assert_eq!(soon(line.wait_for(0, |text| text == "registered")).await.unwrap(), "registered");
        phone.write_all(b" now\r\n").unwrap();
        assert_eq!(soon(line.wait_for(3, |_| true)).await.unwrap(), "ringing now");
        assert_eq!(line.tail(), ["registered", "ringing now"]);
        let logged = std::fs::read_to_string(&log).unwrap();
        assert!(logged.starts_with("boot") && logged.contains("link up"), "{logged:?}");
    }

    #[tokio::test]
    async fn a_console_that_goes_away_is_told_of() {
        let folder = tempfile::tempdir().unwrap();
        let (phone, tty, slave) = pty();
        let line = SerialLine::open(&tty, &folder.path().join("serial.log"), 2).await.unwrap();
        drop(slave);
        drop(phone);
        assert!(!soon(line.ended()).await.is_empty());
        assert_eq!(soon(line.wait_for(0, |_| true)).await, None);
    }

    #[tokio::test]
    async fn a_tty_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("ttyUSB9");
        let error = SerialLine::open(&missing, &folder.path().join("log"), 2).await.unwrap_err();
        assert!(error.to_string().contains("ttyUSB9"), "{error}");
    }

    proptest! {
        #[test]
        fn memory_stays_bounded_whatever_comes(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..6000), 0..6)) {
            let mut lines = Lines::new(3);
            for chunk in &chunks {
                lines.push(chunk);
                prop_assert!(lines.tail().len() <= 4);
                prop_assert!(lines.partial.len() <= LONGEST_LINE);
            }
        }

        #[test]
        fn lines_do_not_depend_on_how_octets_arrive(text in "[a-z\n]{0,40}", cut in 0_usize..40) {
            let bytes = text.as_bytes();
            let (left, right) = bytes.split_at(cut.min(bytes.len()));
            let mut whole = Lines::new(9);
            let mut parts = Lines::new(9);
            whole.push(bytes);
            parts.push(left);
            parts.push(right);
            prop_assert_eq!(whole.tail(), parts.tail());
        }
    }
}
