//! What a TCP stream carries: messages cut out of its octets as they come, each octet looked at a bounded number of times.

mod framed;
mod http;
mod ldap;
mod sip;

use crate::http::looks_like_http;
use crate::ldap::looks_like_ldap;
use crate::sip::parse;
use crate::tcp::StreamGap;
use crate::tls::record::looks_like_tls;

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
        head: crate::http::Head,
        body_len: usize,
    },
    HttpMalformed(&'static str),
    /// A DNS message without its length.
    Dns,
    /// A syslog line without its frame.
    Syslog,
    /// A whole LDAP message.
    Ldap,
    LdapMalformed(&'static str),
    /// The first octets under a security layer of SASL.
    LdapSealed,
}

/// Octets in order, and where some are missing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) gaps: &'a [StreamGap],
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
    /// The last request of HTTP asked for another protocol (RFC 9110 §7.8).
    asked_upgrade: bool,
    /// It was TLS, up to octets that are no record.
    left_tls: bool,
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
    Ldap,
    /// Another reader takes over from here.
    Tls,
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
    /// The octets came inside TLS.
    pub(crate) secured: bool,
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
    pub(crate) fn read(&mut self, line: Line<'_>, ends: Ends, asked: &mut Vec<String>) -> Vec<Cut> {
        let mut cuts = Vec::new();
        while self.protocol != Protocol::Tls {
            let limit = self.step_over_gap(line);
            let bytes = line.bytes.get(..limit).unwrap_or_default();
            let over = ends.over && limit == line.bytes.len();
            let before = (self.taken, self.gaps_seen, self.protocol.clone());
            let progress = match self.protocol.clone() {
                Protocol::Undecided => self.decide(bytes, ends),
                Protocol::Sip => self.sip(bytes, over, &mut cuts),
                Protocol::SipLost => self.sip_lost(bytes),
                Protocol::Http(part) => self.http(bytes, over, part, asked, &mut cuts),
                Protocol::Dns => self.dns(bytes, &mut cuts),
                Protocol::Syslog => self.syslog(bytes, over, &mut cuts),
                Protocol::Ldap => self.ldap(bytes, over, ends.secured, &mut cuts),
                Protocol::Tls => Progress::Again,
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
                Progress::Wait if limit < line.bytes.len() => self.taken = limit,
                Progress::Wait => return cuts,
            }
        }
        cuts
    }

    /// Where TLS begins, once it has.
    pub(crate) fn tls_from(&self) -> Option<usize> {
        (self.protocol == Protocol::Tls).then_some(self.taken)
    }

    /// The other end speaks TLS: what comes, if nothing has come yet, is meant to be TLS too.
    pub(crate) fn follow_tls(&mut self) {
        if self.protocol == Protocol::Undecided && !self.left_tls {
            self.protocol = Protocol::Tls;
        }
    }

    /// TLS ends here with octets that are no record: whatever they are, they are in clear.
    pub(crate) fn leave_tls(&mut self, from: usize) {
        (self.protocol, self.left_tls) = (Protocol::Undecided, true);
        (self.taken, self.searched) = (from, from);
    }

    /// Octets up to the next gap. A gap that has been reached is stepped over.
    fn step_over_gap(&mut self, line: Line<'_>) -> usize {
        loop {
            match line.gaps.get(self.gaps_seen) {
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
                        | Protocol::Ldap
                        | Protocol::Tls
                        | Protocol::Opaque => Protocol::Opaque,
                    };
                }
                Some(gap) => return gap.index,
                None => return line.bytes.len(),
            }
        }
    }

    fn decide(&mut self, bytes: &[u8], ends: Ends) -> Progress {
        let rest = bytes.get(self.taken..).unwrap_or_default();
        let text = rest.trim_ascii_start();
        if rest.is_empty() {
            return Progress::Wait;
        }
        let tls = if ends.secured || self.left_tls || ends.either(53) { Some(false) } else { looks_like_tls(rest) };
        let ldap = looks_like_ldap(rest);
        self.protocol = if tls == Some(true) {
            Protocol::Tls
        } else if tls.is_none() && !ends.over {
            return Progress::Wait;
        } else if ends.either(5060) || (ends.secured && ends.either(5061)) {
            Protocol::Sip
        } else if ends.either(53) {
            Protocol::Dns
        } else if ends.dst_port == 514 || ends.dst_port == 601 || (ends.secured && ends.dst_port == 6514) {
            Protocol::Syslog
        } else if ends.either(389) || (ends.secured && ends.either(636)) || ldap == Some(true) {
            Protocol::Ldap
        } else if ldap.is_none() && !ends.over {
            return Progress::Wait;
        } else if parse::looks_like_sip(text) {
            Protocol::Sip
        } else {
            match looks_like_http(rest) {
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

    fn take(&mut self, octets: usize) {
        self.taken += octets;
        self.searched = self.taken;
    }
}
