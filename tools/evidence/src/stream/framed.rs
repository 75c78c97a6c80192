//! Protocols with a length or a line end: DNS and syslog.

use super::{Cut, Progress, Reader, What};
use crate::limits;

impl Reader {
    /// A length of two octets before each message (RFC 1035 §4.2.2).
    pub(super) fn dns(&mut self, bytes: &[u8], cuts: &mut Vec<Cut>) -> Progress {
        let rest = bytes.get(self.taken..).unwrap_or_default();
        let Some((length, after)) = rest.split_first_chunk::<2>() else {
            return Progress::Wait;
        };
        let length = usize::from(u16::from_be_bytes(*length));
        if after.len() < length {
            return Progress::Wait;
        }
        cuts.push(Cut { from: self.taken + 2, to: self.taken + 2 + length, what: What::Dns });
        self.take(2 + length);
        Progress::Again
    }

    /// Octet counting, `LEN SP MSG`, or lines (RFC 6587 §3.4).
    pub(super) fn syslog(&mut self, bytes: &[u8], over: bool, cuts: &mut Vec<Cut>) -> Progress {
        let rest = bytes.get(self.taken..).unwrap_or_default();
        if rest.is_empty() {
            return Progress::Wait;
        }
        if let Some((length, skip)) = octet_count(rest) {
            if rest.len() < skip + length && !over {
                return Progress::Wait;
            }
            let to = (skip + length).min(rest.len());
            cuts.push(Cut { from: self.taken + skip.min(to), to: self.taken + to, what: What::Syslog });
            self.take(to);
            return Progress::Again;
        }
        let from = self.searched.max(self.taken) - self.taken;
        let end = rest.get(from..).and_then(|tail| tail.iter().position(|b| *b == b'\n')).map(|end| from + end);
        let (end, skip) = match end {
            Some(end) => (end, 1),
            None if over || rest.len() > limits::SYSLOG_OCTETS => (rest.len(), 0),
            None => {
                self.searched = bytes.len();
                return Progress::Wait;
            }
        };
        if end > 0 {
            cuts.push(Cut { from: self.taken, to: self.taken + end, what: What::Syslog });
        }
        self.take(end + skip);
        Progress::Again
    }
}

/// `LEN SP <`: the frame's length and how many octets its own prefix has.
fn octet_count(rest: &[u8]) -> Option<(usize, usize)> {
    let digits = rest.iter().take(6).take_while(|b| b.is_ascii_digit()).count();
    let (number, after) = rest.split_at_checked(digits)?;
    let frame = number.first().is_some_and(|first| *first != b'0') && after.starts_with(b" <");
    let length: usize = std::str::from_utf8(number).ok()?.parse().ok()?;
    (frame && length <= limits::SYSLOG_OCTETS).then_some((length, digits + 1))
}
