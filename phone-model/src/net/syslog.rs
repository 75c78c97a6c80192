//! Syslog lines (RFC 5424), one in a datagram (RFC 5426 §3.1).

use std::fmt::Write as _;
use std::net::IpAddr;
use time::OffsetDateTime;

/// How much a line matters (RFC 5424 §6.2.1); the names are those of `Debug_Level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// 0.
    Emergency,
    /// 1.
    Alert,
    /// 2.
    Critical,
    /// 3.
    Error,
    /// 4.
    Warning,
    /// 5.
    Notice,
    /// 6.
    Informational,
    /// 7.
    Debug,
}

impl Severity {
    const ALL: [(Severity, &'static str, &'static str); 8] = [
        (Severity::Emergency, "EMERGENCY", "EMG"),
        (Severity::Alert, "ALERT", "ALT"),
        (Severity::Critical, "CRITICAL", "CRI"),
        (Severity::Error, "ERROR", "ERR"),
        (Severity::Warning, "WARNING", "WRN"),
        (Severity::Notice, "NOTICE", "NOT"),
        (Severity::Informational, "INFO", "INF"),
        (Severity::Debug, "DEBUG", "DBG"),
    ];

    /// The level that `Debug_Level` names; notice, its default, when it names none.
    pub fn of_setting(text: &str) -> Self {
        Self::ALL.iter().find(|(_, name, _)| *name == text).map_or(Severity::Notice, |(level, _, _)| *level)
    }

    /// Three letters, as lines of the phone begin.
    pub fn abbreviation(self) -> &'static str {
        Self::ALL.iter().find(|(level, _, _)| *level == self).map_or("NOT", |(_, _, letters)| letters)
    }

    fn number(self) -> u8 {
        Self::ALL.iter().zip(0..).find(|((level, _, _), _)| *level == self).map_or(5, |(_, number)| number)
    }
}

/// Facility local0.
const FACILITY: u8 = 16;
/// RFC 5424 §6.1: receivers should take this much; longer lines are cut.
const LONGEST: usize = 2048;

/// Who writes.
#[derive(Debug, Clone)]
pub struct Origin {
    /// HOSTNAME: the phone's address.
    pub host: IpAddr,
    /// APP-NAME: the product name.
    pub application: String,
    /// PROCID.
    pub process: u32,
}

/// One syslog message.
pub fn message(origin: &Origin, severity: Severity, at: OffsetDateTime, text: &str) -> String {
    let mut line = format!("<{}>1 ", FACILITY * 8 + severity.number());
    let at = at.to_offset(time::UtcOffset::UTC);
    let _ = write!(
        line,
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z {} {} {} - - ",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.microsecond(),
        origin.host,
        origin.application,
        origin.process
    );
    line.extend(text.chars().map(|c| if c.is_control() { ' ' } else { c }));
    let end = line.floor_char_boundary(LONGEST);
    line.truncate(end);
    line
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use time::macros::datetime;

    fn origin() -> Origin {
        Origin { host: [192, 0, 2, 100].into(), application: "CP-7841-3PCC".into(), process: 1745 }
    }

    #[test]
    fn a_line_has_the_header_of_rfc_5424() {
        let at = datetime!(2026-04-11 20:16:44.288201 +2);
        insta::assert_snapshot!(
            message(&origin(), Severity::Notice, at, "voice-registered\r\n"),
            @"<133>1 2026-04-11T18:16:44.288201Z 192.0.2.100 CP-7841-3PCC 1745 - - voice-registered  "
        );
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let line = message(&origin(), Severity::Debug, datetime!(2026-01-01 0:00 UTC), &"é".repeat(2000));
        assert!(line.len() <= LONGEST && line.ends_with('é'));
    }

    #[test]
    fn levels_are_told_by_their_setting() {
        assert_eq!(Severity::of_setting("DEBUG"), Severity::Debug);
        assert_eq!(Severity::of_setting("0 to 2"), Severity::Notice);
        assert!(Severity::Error < Severity::Notice);
    }
}
