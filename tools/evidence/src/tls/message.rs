//! Facts of TLS: handshake messages, alerts, changes of cipher, and what is none of them, each with its packets.

use std::fmt;

use serde::Serialize;

use super::extension::Extension;
use super::handshake::{Certificate, CertificateRequest, Ticket};
use super::hello::{ClientHello, ServerHello};
use super::names::{AlertDescription, Group, HandshakeKind, Scheme};
use crate::at::{At, facts};

/// An end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsSide {
    /// Who opened the connection and sends the ClientHello.
    Client,
    /// The other end.
    Server,
}

impl TlsSide {
    /// Client, if told so.
    pub fn client_if(client: bool) -> TlsSide {
        if client { TlsSide::Client } else { TlsSide::Server }
    }

    /// The other end.
    pub fn peer(self) -> TlsSide {
        TlsSide::client_if(self == TlsSide::Server)
    }
}

/// One message of TLS itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TlsMessage {
    /// Where and when.
    #[serde(flatten)]
    pub at: At,
    /// Who sent it.
    pub side: TlsSide,
    /// Whether it came encrypted.
    pub encrypted: bool,
    /// What it says.
    pub body: TlsBody,
}

facts!(TlsMessage);

/// How bad an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlertLevel {
    /// The connection may go on.
    Warning,
    /// It ends.
    Fatal,
    /// A value that the RFCs do not have.
    Other(u8),
}

impl AlertLevel {
    pub(super) fn of(level: u8) -> AlertLevel {
        match level {
            1 => AlertLevel::Warning,
            2 => AlertLevel::Fatal,
            other => AlertLevel::Other(other),
        }
    }
}

/// `warning`, `fatal`, `level 7`.
impl fmt::Display for AlertLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AlertLevel::Warning => f.write_str("warning"),
            AlertLevel::Fatal => f.write_str("fatal"),
            AlertLevel::Other(level) => write!(f, "level {level}"),
        }
    }
}

/// What a message of TLS says. Names are the RFCs'.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsBody {
    /// The server asks for a new handshake (RFC 5246 §7.4.1.1).
    HelloRequest,
    /// The client's offer. One that came encrypted begins a renegotiation.
    ClientHello(Box<ClientHello>),
    /// The server's choice.
    ServerHello(Box<ServerHello>),
    /// The server wants another ClientHello.
    HelloRetryRequest(Box<ServerHello>),
    /// TLS 1.3.
    EncryptedExtensions(Vec<Extension>),
    /// A chain, the sender's own certificate first; empty if it has none.
    Certificate(Vec<Certificate>),
    /// The server asks for the client's certificate.
    CertificateRequest(CertificateRequest),
    /// The sender signs with its certificate's key.
    CertificateVerify {
        /// How; not told before TLS 1.2.
        scheme: Option<Scheme>,
    },
    /// A revocation status sent along (RFC 6066 §8).
    CertificateStatus {
        /// How long it is.
        octets: usize,
    },
    /// Before TLS 1.3.
    ServerKeyExchange {
        /// Curve, if the key exchange has one.
        group: Option<Group>,
        /// How it is signed.
        scheme: Option<Scheme>,
    },
    /// Before TLS 1.3.
    ServerHelloDone,
    /// Before TLS 1.3.
    ClientKeyExchange,
    /// The last of a sender's handshake.
    Finished,
    /// A ticket.
    NewSessionTicket(Ticket),
    /// TLS 1.3.
    EndOfEarlyData,
    /// The sender's next records have a new key (RFC 8446 §4.6.3).
    KeyUpdate {
        /// Whether the other end is asked to do so too.
        requested: bool,
    },
    /// Another handshake message.
    OtherHandshake {
        /// Type.
        kind: HandshakeKind,
        /// Length.
        octets: usize,
    },
    /// The sender's next records are protected; in TLS 1.3 it says nothing (RFC 8446 appendix D.4).
    ChangeCipherSpec,
    /// An alert.
    Alert {
        /// How bad.
        level: AlertLevel,
        /// What.
        description: AlertDescription,
    },
    /// Octets that TLS does not allow.
    Malformed {
        /// Why.
        reason: String,
    },
}

impl TlsBody {
    /// Type of the handshake message, if it is one that could be read.
    pub fn handshake_kind(&self) -> Option<HandshakeKind> {
        Some(HandshakeKind(match self {
            TlsBody::HelloRequest => 0,
            TlsBody::ClientHello(_) => 1,
            TlsBody::ServerHello(_) | TlsBody::HelloRetryRequest(_) => 2,
            TlsBody::NewSessionTicket(_) => 4,
            TlsBody::EndOfEarlyData => 5,
            TlsBody::EncryptedExtensions(_) => 8,
            TlsBody::Certificate(_) => 11,
            TlsBody::ServerKeyExchange { .. } => 12,
            TlsBody::CertificateRequest(_) => 13,
            TlsBody::ServerHelloDone => 14,
            TlsBody::CertificateVerify { .. } => 15,
            TlsBody::ClientKeyExchange => 16,
            TlsBody::Finished => 20,
            TlsBody::CertificateStatus { .. } => 22,
            TlsBody::KeyUpdate { .. } => 24,
            TlsBody::OtherHandshake { kind, .. } => return Some(*kind),
            TlsBody::ChangeCipherSpec | TlsBody::Alert { .. } | TlsBody::Malformed { .. } => return None,
        }))
    }
}

/// An alert, by whom, and how it came.
#[derive(Debug, Clone, Copy)]
pub struct TlsAlert<'a> {
    /// Where and when.
    pub at: &'a At,
    /// Who sent it.
    pub side: TlsSide,
    /// Whether it came encrypted.
    pub encrypted: bool,
    /// How bad.
    pub level: AlertLevel,
    /// What.
    pub description: AlertDescription,
}

impl TlsAlert<'_> {
    /// Whether it says that the sender closes, and nothing worse.
    pub fn is_close_notify(&self) -> bool {
        self.description == AlertDescription::CLOSE_NOTIFY
    }

    /// Whether its level says that the connection ends. In TLS 1.3 the level says nothing (RFC 8446 §6);
    /// [`TlsConnection::fatal_alert`](super::TlsConnection::fatal_alert) heeds that.
    pub fn is_fatal(&self) -> bool {
        self.level == AlertLevel::Fatal
    }
}

/// `fatal unknown_ca`.
impl fmt::Display for TlsAlert<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.level, self.description)
    }
}
