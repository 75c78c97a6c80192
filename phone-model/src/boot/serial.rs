//! The serial line: 115200 8N1, output only. A reader that is slow or absent never holds up the phone: what does not fit is kept up
//! to a limit, then dropped by whole lines and counted.

use nix::fcntl::OFlag;
use nix::sys::termios::{self, BaudRate, ControlFlags, SetArg};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::unix::pipe;
use tokio::sync::Notify;

/// Octets that wait for a slow reader.
const WAITING: usize = 64 << 10;
/// How long the last lines before a crash may take.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// A handle of the line; clones write to the same line.
#[derive(Debug, Clone)]
pub(super) struct Serial(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    line: Mutex<Line>,
    more: Notify,
    /// The reader's end of a terminal made here, so that it does not hang up while nobody reads.
    _reader: Option<OwnedFd>,
}

#[derive(Debug)]
struct Line {
    terminal: File,
    waiting: VecDeque<u8>,
    lost: u64,
}

impl Serial {
    /// Uses the terminal at `path`.
    ///
    /// # Errors
    /// When it cannot be opened for writing.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlag::O_NOCTTY | OFlag::O_NONBLOCK;
        let terminal = File::options().append(true).custom_flags(flags.bits()).open(path)?;
        // A file or pipe serves as well, it only has no speed.
        let _ = raw_115200(&terminal);
        Ok(Self::on(terminal, None))
    }

    /// Makes a terminal; tells the name to open for reading.
    ///
    /// # Errors
    /// When the system has no more terminals.
    pub(super) fn make() -> io::Result<(Self, PathBuf)> {
        let pair = nix::pty::openpty(None, None)?;
        raw_115200(&pair.slave)?;
        let name = nix::unistd::ttyname(&pair.slave)?;
        let flags = nix::fcntl::fcntl(&pair.master, nix::fcntl::F_GETFL)?;
        nix::fcntl::fcntl(&pair.master, nix::fcntl::F_SETFL(OFlag::from_bits_retain(flags) | OFlag::O_NONBLOCK))?;
        Ok((Self::on(File::from(pair.master), Some(pair.slave)), name))
    }

    fn on(terminal: File, reader: Option<OwnedFd>) -> Self {
        let line = Line { terminal, waiting: VecDeque::new(), lost: 0 };
        Serial(Arc::new(Shared { line: Mutex::new(line), more: Notify::new(), _reader: reader }))
    }

    /// Writes a line, without its end.
    pub(super) fn write(&self, text: &str) {
        let mut line = self.line();
        line.push(text);
        line.flush();
        if !line.waiting.is_empty() {
            self.0.more.notify_one();
        }
    }

    /// Brings out what waits for a slow reader. Runs as long as the phone.
    pub(super) async fn drain(self) {
        let Ok(copy) = self.line().terminal.try_clone() else { return };
        // A plain file cannot be waited for, and never lets anything wait. To write to, a terminal is like a pipe.
        let Ok(ready) = pipe::Sender::from_owned_fd_unchecked(copy.into()) else { return };
        loop {
            self.0.more.notified().await;
            while !self.line().waiting.is_empty() {
                if ready.writable().await.is_err() {
                    return;
                }
                bring_out(&mut self.line().waiting, |bytes| ready.try_write(bytes));
            }
        }
    }

    /// Writes lines that must still come out: the process ends after them. Waits a moment for a reader, not longer.
    pub(super) fn last_words(&self, text: &str) {
        let mut line = self.line();
        for part in text.lines() {
            line.push(part);
        }
        let end = std::time::Instant::now() + LAST_WORDS;
        line.flush();
        while !line.waiting.is_empty() && std::time::Instant::now() < end {
            let mut wanted = [nix::poll::PollFd::new(line.terminal.as_fd(), nix::poll::PollFlags::POLLOUT)];
            let _ = nix::poll::poll(&mut wanted, 20_u8);
            line.flush();
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn push(&mut self, text: &str) {
        if self.waiting.len() + text.len() + 2 > WAITING {
            self.lost += 1;
            return;
        }
        if self.lost > 0 {
            let lost = std::mem::take(&mut self.lost);
            self.waiting.extend(format!("-- {lost} lines lost --\r\n").into_bytes());
        }
        self.waiting.extend(text.bytes());
        self.waiting.extend(b"\r\n");
    }

    fn flush(&mut self) {
        bring_out(&mut self.waiting, |bytes| (&self.terminal).write(bytes));
    }
}

/// Writes as much as can be taken now.
fn bring_out(waiting: &mut VecDeque<u8>, mut write: impl FnMut(&[u8]) -> io::Result<usize>) {
    while !waiting.is_empty() {
        match write(waiting.as_slices().0) {
            Ok(0) => return,
            Ok(written) => drop(waiting.drain(..written)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
            // Nobody is there any more; a line without reader swallows everything.
            Err(_) => return waiting.clear(),
        }
    }
}

/// 115200 8N1, nothing translated, nothing echoed.
fn raw_115200(terminal: impl std::os::fd::AsFd) -> nix::Result<()> {
    let mut settings = termios::tcgetattr(&terminal)?;
    termios::cfmakeraw(&mut settings);
    settings.control_flags.remove(ControlFlags::CSTOPB | ControlFlags::PARENB);
    settings.control_flags.insert(ControlFlags::CS8 | ControlFlags::CLOCAL);
    termios::cfsetspeed(&mut settings, BaudRate::B115200)?;
    termios::tcsetattr(&terminal, SetArg::TCSANOW, &settings)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use std::io::Read as _;

    fn read_some(path: &Path) -> String {
        let mut terminal = File::options().read(true).custom_flags(OFlag::O_NOCTTY.bits()).open(path).unwrap();
        let mut bytes = vec![0; 4096];
        let count = terminal.read(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..count]).into_owned()
    }

    #[test]
    fn a_reader_that_comes_late_sees_the_first_lines() {
        let (serial, path) = Serial::make().unwrap();
        serial.write("first");
        serial.write("second");
        // The kernel hands the lines over in as many pieces as it likes.
        let mut seen = String::new();
        while !seen.ends_with("second\r\n") {
            seen += &read_some(&path);
        }
        assert_eq!(seen, "first\r\nsecond\r\n");
    }

    #[test]
    fn without_a_reader_the_phone_goes_on_and_counts_what_is_lost() {
        let (serial, path) = Serial::make().unwrap();
        for n in 0..5_000 {
            serial.write(&format!("line {n} of a phone that nobody listens to"));
        }
        assert!(serial.line().waiting.len() <= WAITING);
        let lost = serial.line().lost;
        assert!(lost > 1_000);
        // A reader that catches up learns how much it missed.
        let mut seen = String::new();
        while !serial.line().waiting.is_empty() {
            seen += &read_some(&path);
            serial.line().flush();
        }
        assert!(seen.starts_with("line 0 of a phone"));
        serial.write("after");
        while !seen.ends_with("after\r\n") {
            seen += &read_some(&path);
        }
        assert!(seen.ends_with(&format!("-- {lost} lines lost --\r\nafter\r\n")));
    }
}
