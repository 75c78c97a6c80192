//! SIP on a stream: framed by Content-Length (RFC 3261 §18.3), found again after a gap.

use super::{Cut, Progress, Protocol, Reader, What};
use crate::limits;
use crate::sip::parse;

impl Reader {
    pub(super) fn sip(&mut self, bytes: &[u8], over: bool, cuts: &mut Vec<Cut>) -> Progress {
        let rest = bytes.get(self.taken..).unwrap_or_default();
        // Line ends between messages (RFC 3261 §7.5); two of them, or one in answer, keep the connection alive (RFC 5626 §4.4.1).
        let blank = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        if blank > 0 {
            cuts.push(Cut { from: self.taken, to: self.taken + blank, what: What::SipKeepAlive });
            self.take(blank);
            return Progress::Again;
        }
        if rest.is_empty() {
            return Progress::Wait;
        }
        let searched = self.searched.saturating_sub(self.taken);
        let Some(head_len) = parse::head_end(rest, searched) else {
            self.searched = bytes.len();
            if rest.len() > limits::HEAD_OCTETS {
                self.malformed(rest.len(), "no empty line ends the head".to_owned(), cuts);
                self.protocol = Protocol::Opaque;
                return Progress::Again;
            }
            if over {
                self.malformed(rest.len(), "the stream ends within the head of a message".to_owned(), cuts);
            }
            return Progress::Wait;
        };
        let head = rest.get(..head_len).unwrap_or_default();
        let mut faults = Vec::new();
        let body_len = match parse::head(head) {
            Err(reason) => {
                self.malformed(head_len, reason, cuts);
                self.protocol = Protocol::SipLost;
                return Progress::Again;
            }
            Ok(view) => match parse::content_length(&view.headers) {
                Ok(Some(length)) => length,
                // RFC 3261 §18.3: required on streams. Nothing tells where the body ends, so none is assumed.
                Ok(None) => {
                    faults.push("no Content-Length on a stream".to_owned());
                    0
                }
                Err(_) => 0,
            },
        };
        if body_len > limits::SIP_BODY_OCTETS {
            self.malformed(head_len, format!("Content-Length is {body_len}"), cuts);
            self.protocol = Protocol::Opaque;
            return Progress::Again;
        }
        let whole = head_len + body_len;
        if rest.len() < whole {
            // Looking for the head again would find it at once; no need to move `searched`.
            self.searched = self.taken + head_len.saturating_sub(4);
            if over {
                self.malformed(rest.len(), "the stream ends within the body of a message".to_owned(), cuts);
            }
            return Progress::Wait;
        }
        cuts.push(Cut { from: self.taken, to: self.taken + whole, what: What::Sip { head_len, faults } });
        self.take(whole);
        Progress::Again
    }

    /// After a gap or octets that are no message: go on at the next line that begins a message.
    pub(super) fn sip_lost(&mut self, bytes: &[u8]) -> Progress {
        loop {
            let rest = bytes.get(self.taken..).unwrap_or_default();
            let Some(line_end) = rest.iter().position(|b| *b == b'\n') else {
                if rest.len() > limits::HEAD_OCTETS {
                    self.protocol = Protocol::Opaque;
                    return Progress::Again;
                }
                return Progress::Wait;
            };
            if parse::looks_like_sip(rest) {
                self.protocol = Protocol::Sip;
                self.searched = self.taken;
                return Progress::Again;
            }
            self.take(line_end + 1);
        }
    }

    fn malformed(&mut self, length: usize, reason: String, cuts: &mut Vec<Cut>) {
        cuts.push(Cut { from: self.taken, to: self.taken + length, what: What::SipMalformed(reason) });
        self.take(length);
    }
}
