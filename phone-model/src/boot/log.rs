//! The phone's log: lines for the serial line and for syslog, in the shape of phone-facts §3.6. Values of settings never go in here.

use super::clock::TimeOfDay;
use super::serial::Serial;
use crate::net::syslog::Severity;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use time::OffsetDateTime;
use tokio::sync::mpsc;

/// Lines that wait until the syslog server can be reached; more are dropped.
pub(super) const WAITING: usize = 256;

/// A line on its way to the syslog server.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) at: OffsetDateTime,
    pub(super) severity: Severity,
    pub(super) text: String,
}

/// Where lines are written. Clones write to the same log.
#[derive(Debug, Clone)]
pub(super) struct Log {
    serial: Serial,
    syslog: mpsc::Sender<Line>,
    shared: Arc<Shared>,
    wall: TimeOfDay,
}

#[derive(Debug)]
struct Shared {
    /// Lines above this are left out.
    threshold: AtomicU8,
    /// `Ehook_Enable` gives the AUX port to a headset (phone-facts §4).
    silent: AtomicBool,
}

impl Log {
    /// A log on this serial line with times of `wall`; the receiver gets what is for syslog.
    pub(super) fn new(serial: Serial, wall: TimeOfDay) -> (Self, mpsc::Receiver<Line>) {
        let (syslog, lines) = mpsc::channel(WAITING);
        let shared = Shared { threshold: AtomicU8::new(Severity::Notice as u8), silent: AtomicBool::new(false) };
        (Log { serial, syslog, shared: Arc::new(shared), wall }, lines)
    }

    /// Obeys `Debug_Level` and `Ehook_Enable`.
    pub(super) fn configure(&self, threshold: Severity, silent: bool) {
        self.shared.threshold.store(threshold as u8, Ordering::Relaxed);
        self.shared.silent.store(silent, Ordering::Relaxed);
    }

    /// A line of importance `NOTICE`.
    pub(super) fn notice(&self, text: &str) {
        self.write(Severity::Notice, text);
    }

    /// A line.
    pub(super) fn write(&self, severity: Severity, text: &str) {
        if severity as u8 > self.shared.threshold.load(Ordering::Relaxed) {
            return;
        }
        let at = self.wall.utc();
        if !self.shared.silent.load(Ordering::Relaxed) {
            self.serial.write(&console_line(severity, at, &format!("voice-{text}")));
        }
        // A full channel means that the server has not been reached for long; what is lost there is on the serial line.
        let _ = self.syslog.try_send(Line { at, severity, text: text.to_owned() });
    }
}

/// `NOT Apr 11 18:16:44.288201 (1745-1842) voice-…`
pub(super) fn console_line(severity: Severity, at: OffsetDateTime, text: &str) -> String {
    let thread = nix::unistd::gettid();
    console_text(severity, at, (std::process::id(), thread.as_raw()), text)
}

fn console_text(severity: Severity, at: OffsetDateTime, (process, thread): (u32, i32), text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let month = at.month().to_string();
    format!(
        "{} {} {:02} {:02}:{:02}:{:02}.{:06} ({process}-{thread}) {text}",
        severity.abbreviation(),
        month.get(..3).unwrap_or(&month),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.microsecond(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_line_looks_as_on_a_unit() {
        let at = datetime!(2021-04-11 18:16:44.288201 UTC);
        insta::assert_snapshot!(
            console_text(Severity::Notice, at, (1745, 1842), "voice-link up\r\nfake"),
            @"NOT Apr 11 18:16:44.288201 (1745-1842) voice-link up  fake"
        );
    }
}
