//! What a TCP stream carries: messages cut out of its octets as they come, each octet looked at a bounded number of times.

use crate::http::{self, Body, HttpStart};
use crate::limits;
use crate::sip::parse;
use crate::tcp::TcpDirection;

/// One message of a stream: where it lies, and what it is.
#[derive(Debug)]
pub(crate) struct Cut {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) what: What,
}

#[derive(Debug)]
pub(crate) enum What {
    /// A SIP message: its head's length, and what is wrong with its frame.
    Sip {
        head_len: usize,
        faults: Vec<String>,
    },
    SipMalformed(String),
    SipKeepAlive,
    Http {
        head: http::Head,
        body_len: usize,
    },
    HttpMalformed(&'static str),
    /// A DNS message without its length.
    Dns,
    /// A syslog line without its frame.
    Syslog,
}

/// The reader of one direction.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    /// First octet not yet taken.
    taken: usize,
    /// Up to where a search has come.
    searched: usize,
    protocol: Protocol,
    gaps_seen: usize,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
enum Protocol {
    #[default]
    Undecided,
    Sip,
    /// SIP after a gap: up to the next start line.
    SipLost,
    Http(HttpPart),
    Dns,
    Syslog,
    Opaque,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
enum HttpPart {
    #[default]
    Head,
    Body {
        head_len: usize,
        chunk: usize,
    },
}

/// What a reader knows of its connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ends {
    pub(crate) src_port: u16,
    pub(crate) dst_port: u16,
    /// Nothing more will come in this direction.
    pub(crate) over: bool,
}

impl Ends {
    fn either(self, port: u16) -> bool {
        self.src_port == port || self.dst_port == port
    }
}

/// Ask again, or wait for more octets.
enum Progress {
    Again,
    Wait,
}

impl Reader {
    /// Cut out what is complete. `asked` are the methods of HTTP requests of the other direction that wait for a response.
    pub(crate) fn read(&mut self, direction: &TcpDirection, ends: Ends, asked: &mut Vec<String>) -> Vec<Cut> {
        let mut cuts = Vec::new();
        loop {
            let limit = self.step_over_gap(direction);
            let bytes = direction.bytes().get(..limit).unwrap_or_default();
            let over = ends.over && limit == direction.bytes().len();
            let before = (self.taken, self.gaps_seen, self.protocol.clone());
            let progress = match self.protocol.clone() {
                Protocol::Undecided => self.decide(bytes, ends),
                Protocol::Sip => self.sip(bytes, over, &mut cuts),
                Protocol::SipLost => self.sip_lost(bytes),
                Protocol::Http(part) => self.http(bytes, over, part, asked, &mut cuts),
                Protocol::Dns => self.dns(bytes, &mut cuts),
                Protocol::Syslog => self.syslog(bytes, over, &mut cuts),
                Protocol::Opaque => {
                    self.taken = bytes.len();
                    Progress::Wait
                }
            };
            match progress {
                // A step that changes nothing would be taken for ever.
                Progress::Again if before == (self.taken, self.gaps_seen, self.protocol.clone()) => {
                    self.protocol = Protocol::Opaque;
                }
                Progress::Again => {}
                // What stands before a gap will never be complete: the gap itself is the fault that is noted.
                Progress::Wait if limit < direction.bytes().len() => self.taken = limit,
                Progress::Wait => return cuts,
            }
        }
    }

    /// Octets up to the next gap. A gap that has been reached is stepped over.
    fn step_over_gap(&mut self, direction: &TcpDirection) -> usize {
        loop {
            match direction.gaps().get(self.gaps_seen) {
                Some(gap) if gap.index <= self.taken => {
                    self.gaps_seen += 1;
                    self.searched = self.taken;
                    self.protocol = match self.protocol {
                        Protocol::Sip | Protocol::SipLost => Protocol::SipLost,
                        Protocol::Undecided if gap.index == 0 => Protocol::Undecided,
                        Protocol::Undecided
                        | Protocol::Http(_)
                        | Protocol::Dns
                        | Protocol::Syslog
                        | Protocol::Opaque => Protocol::Opaque,
                    };
                }
                Some(gap) => return gap.index,
                None => return direction.bytes().len(),
            }
        }
    }

    fn decide(&mut self, bytes: &[u8], ends: Ends) -> Progress {
        let rest = bytes.get(self.taken..).unwrap_or_default();
        let text = rest.trim_ascii_start();
        if rest.is_empty() {
            return Progress::Wait;
        }
        self.protocol = if ends.either(5060) {
            Protocol::Sip
        } else if ends.either(53) {
            Protocol::Dns
        } else if ends.dst_port == 514 || ends.dst_port == 601 {
            Protocol::Syslog
        } else if parse::looks_like_sip(text) {
            Protocol::Sip
        } else {
            match http::looks_like_http(rest) {
                Some(true) => Protocol::Http(HttpPart::Head),
                // A first line may come in pieces; text without a line end is not decided yet.
                Some(false)
                    if text.len() < 4_096
                        && !text.contains(&b'\n')
                        && text.iter().all(|b| (b' '..=b'~').contains(b)) =>
                {
                    return Progress::Wait;
                }
                Some(false) => Protocol::Opaque,
                None => return Progress::Wait,
            }
        };
        Progress::Again
    }

    fn sip(&mut self, bytes: &[u8], over: bool, cuts: &mut Vec<Cut>) -> Progress {
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
    fn sip_lost(&mut self, bytes: &[u8]) -> Progress {
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

    fn http(
        &mut self,
        bytes: &[u8],
        over: bool,
        part: HttpPart,
        asked: &mut Vec<String>,
        cuts: &mut Vec<Cut>,
    ) -> Progress {
        let rest = bytes.get(self.taken..).unwrap_or_default();
        let HttpPart::Body { head_len, chunk } = part else {
            if rest.is_empty() {
                return Progress::Wait;
            }
            return match parse::head_end(rest, self.searched.saturating_sub(self.taken)) {
                Some(head_len) => {
                    self.protocol = Protocol::Http(HttpPart::Body { head_len, chunk: 0 });
                    Progress::Again
                }
                None => {
                    self.searched = bytes.len();
                    if over || rest.len() > limits::HEAD_OCTETS {
                        let what = What::HttpMalformed("the head has no end");
                        cuts.push(Cut { from: self.taken, to: bytes.len(), what });
                        self.protocol = Protocol::Opaque;
                        return Progress::Again;
                    }
                    Progress::Wait
                }
            };
        };
        let Some(head) = http::head(rest.get(..head_len).unwrap_or_default(), asked.first().map(String::as_str)) else {
            cuts.push(Cut {
                from: self.taken,
                to: self.taken + head_len,
                what: What::HttpMalformed("not an HTTP/1 start line"),
            });
            self.protocol = Protocol::Opaque;
            return Progress::Again;
        };
        let after = rest.get(head_len..).unwrap_or_default();
        let body_len = match head.body {
            Body::Length(length) if length <= after.len() => Some(length),
            Body::Chunked => match http::chunked_end(after, chunk) {
                Ok(Some(end)) => Some(end),
                Ok(None) => Some(after.len()),
                Err(chunk) => {
                    self.protocol = Protocol::Http(HttpPart::Body { head_len, chunk });
                    None
                }
            },
            Body::Length(_) | Body::UntilClose => None,
        };
        let Some(body_len) = body_len.or(over.then_some(after.len())) else {
            return Progress::Wait;
        };
        match &head.start {
            HttpStart::Request { method, .. } if asked.len() < limits::HEADERS => asked.push(method.clone()),
            HttpStart::Request { .. } => {}
            // 1xx is not the last response to its request (RFC 9110 §15.2).
            HttpStart::Response { status, .. } if *status < 200 => {}
            HttpStart::Response { .. } => drop(asked.splice(..1.min(asked.len()), [])),
        }
        let whole = head_len + body_len;
        cuts.push(Cut { from: self.taken, to: self.taken + whole, what: What::Http { head, body_len } });
        self.take(whole);
        self.protocol = Protocol::Http(HttpPart::Head);
        Progress::Again
    }

    /// A length of two octets before each message (RFC 1035 §4.2.2).
    fn dns(&mut self, bytes: &[u8], cuts: &mut Vec<Cut>) -> Progress {
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
    fn syslog(&mut self, bytes: &[u8], over: bool, cuts: &mut Vec<Cut>) -> Progress {
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

    fn malformed(&mut self, length: usize, reason: String, cuts: &mut Vec<Cut>) {
        cuts.push(Cut { from: self.taken, to: self.taken + length, what: What::SipMalformed(reason) });
        self.take(length);
    }

    fn take(&mut self, octets: usize) {
        self.taken += octets;
        self.searched = self.taken;
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
