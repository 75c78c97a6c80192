//! How a TLS connection ended.

use std::fmt;

use serde::Serialize;

use super::connection::TlsConnection;
use super::message::TlsSide;
use super::names::AlertDescription;

/// How a TLS connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsEnd {
    /// It has not, as far as the capture goes.
    Open,
    /// An alert ended it.
    Alert {
        /// Who sent it.
        side: TlsSide,
        /// What it says.
        description: AlertDescription,
    },
    /// Both sides said that they close.
    Closed,
    /// One side said that it closes; the other one did not, or not readably.
    ClosedBy(TlsSide),
    /// TCP ended, and nobody had said so (RFC 8446 §6.1: what came before may be cut short).
    Cut,
    /// TCP ended; what was said last could not be read.
    Unknown,
}

impl TlsEnd {
    pub(crate) fn of(tls: &TlsConnection, tcp_over: bool) -> TlsEnd {
        if let Some(alert) = tls.fatal_alert() {
            return TlsEnd::Alert { side: alert.side, description: alert.description };
        }
        let said = |side| tls.close_notify(side).is_some();
        match (said(TlsSide::Client), said(TlsSide::Server)) {
            (true, true) => TlsEnd::Closed,
            (true, false) => TlsEnd::ClosedBy(TlsSide::Client),
            (false, true) => TlsEnd::ClosedBy(TlsSide::Server),
            (false, false) if !tcp_over => TlsEnd::Open,
            (false, false) if tls.decryption().is_readable() => TlsEnd::Cut,
            (false, false) => TlsEnd::Unknown,
        }
    }
}

impl fmt::Display for TlsEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = |side: TlsSide| if side == TlsSide::Client { "client" } else { "server" };
        match *self {
            TlsEnd::Open => f.write_str("open"),
            TlsEnd::Alert { side, description } => write!(f, "ended by the {}: {description}", who(side)),
            TlsEnd::Closed => f.write_str("closed by both"),
            TlsEnd::ClosedBy(side) => write!(f, "closed by the {}", who(side)),
            TlsEnd::Cut => f.write_str("cut off without close_notify"),
            TlsEnd::Unknown => f.write_str("ended, and how cannot be read"),
        }
    }
}
