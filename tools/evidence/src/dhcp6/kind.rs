//! Message types.

use serde::Serialize;

/// Message type (RFC 8415 §7.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub enum Dhcp6Kind {
    Solicit,
    Advertise,
    Request,
    Confirm,
    Renew,
    Rebind,
    Reply,
    Release,
    Decline,
    Reconfigure,
    InformationRequest,
    RelayForward,
    RelayReply,
    Other(u8),
}

impl From<u8> for Dhcp6Kind {
    fn from(number: u8) -> Self {
        match number {
            1 => Dhcp6Kind::Solicit,
            2 => Dhcp6Kind::Advertise,
            3 => Dhcp6Kind::Request,
            4 => Dhcp6Kind::Confirm,
            5 => Dhcp6Kind::Renew,
            6 => Dhcp6Kind::Rebind,
            7 => Dhcp6Kind::Reply,
            8 => Dhcp6Kind::Release,
            9 => Dhcp6Kind::Decline,
            10 => Dhcp6Kind::Reconfigure,
            11 => Dhcp6Kind::InformationRequest,
            12 => Dhcp6Kind::RelayForward,
            13 => Dhcp6Kind::RelayReply,
            other => Dhcp6Kind::Other(other),
        }
    }
}

impl Dhcp6Kind {
    /// Its number on the wire.
    pub fn number(self) -> u8 {
        match self {
            Dhcp6Kind::Solicit => 1,
            Dhcp6Kind::Advertise => 2,
            Dhcp6Kind::Request => 3,
            Dhcp6Kind::Confirm => 4,
            Dhcp6Kind::Renew => 5,
            Dhcp6Kind::Rebind => 6,
            Dhcp6Kind::Reply => 7,
            Dhcp6Kind::Release => 8,
            Dhcp6Kind::Decline => 9,
            Dhcp6Kind::Reconfigure => 10,
            Dhcp6Kind::InformationRequest => 11,
            Dhcp6Kind::RelayForward => 12,
            Dhcp6Kind::RelayReply => 13,
            Dhcp6Kind::Other(number) => number,
        }
    }
}

/// `SOLICIT`, `INFORMATION-REQUEST`.
impl std::fmt::Display for Dhcp6Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Dhcp6Kind::Solicit => "SOLICIT",
            Dhcp6Kind::Advertise => "ADVERTISE",
            Dhcp6Kind::Request => "REQUEST",
            Dhcp6Kind::Confirm => "CONFIRM",
            Dhcp6Kind::Renew => "RENEW",
            Dhcp6Kind::Rebind => "REBIND",
            Dhcp6Kind::Reply => "REPLY",
            Dhcp6Kind::Release => "RELEASE",
            Dhcp6Kind::Decline => "DECLINE",
            Dhcp6Kind::Reconfigure => "RECONFIGURE",
            Dhcp6Kind::InformationRequest => "INFORMATION-REQUEST",
            Dhcp6Kind::RelayForward => "RELAY-FORW",
            Dhcp6Kind::RelayReply => "RELAY-REPL",
            Dhcp6Kind::Other(number) => return write!(f, "type {number}"),
        })
    }
}
