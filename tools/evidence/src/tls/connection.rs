//! One TLS connection: its messages, and the questions that claims ask of it.

use serde::Serialize;

use super::decryption::Decryption;
use super::extension::{self, Contents};
use super::handshake::{Certificate, CertificateRequest};
use super::hello::{ClientHello, Downgrade, ServerHello};
use super::message::{TlsAlert, TlsBody, TlsMessage, TlsSide};
use super::names::{Group, Scheme, TlsVersion};
use super::record::{APPLICATION, Seen};
use super::session::{Session, Told};
use super::suite::Suite;
use crate::at::{self, At, facts};
use crate::limits;

/// Position of a TLS connection in [`Capture::tls`](crate::Capture::tls).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct TlsId(pub usize);

/// One TLS connection. It grows as long as records come, or keys for those that came.
#[derive(Debug, Serialize)]
pub struct TlsConnection {
    /// Where and when: `src` is the client; the packets are those of its handshake messages and alerts; complete at the last record.
    #[serde(flatten)]
    pub at: At,
    /// Position in [`Capture::tls`](crate::Capture::tls).
    pub id: TlsId,
    /// Position in [`Capture::connections`](crate::Capture::connections).
    pub connection: usize,
    /// Whether the connection carried something in clear before: StartTLS.
    pub upgraded: bool,
    messages: Vec<TlsMessage>,
    #[serde(skip)]
    pub(crate) session: Session,
}

facts!(TlsConnection);

/// How an earlier session was taken up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resumption {
    /// By the server's session id (RFC 5246 §7.3).
    SessionId,
    /// By a ticket (RFC 5077).
    Ticket,
    /// By a pre-shared key (RFC 8446 §2.2).
    Psk,
}

/// Application data of one direction, as far as it is known to be that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Application {
    /// Records. Before TLS 1.3 those that were not opened count too, for their type is not hidden.
    pub records: u64,
    /// Octets, of records that were opened.
    pub octets: u64,
    /// Packets of the first of these records; none if there is none.
    pub first: Option<At>,
}

impl TlsConnection {
    pub(crate) fn new(at: At, id: TlsId, connection: usize, upgraded: bool, midstream: bool) -> TlsConnection {
        let session = Session::new(midstream);
        TlsConnection { at, id, connection, upgraded, messages: Vec::new(), session }
    }

    /// Take in what came to light. Gives whether something was left out because of a limit.
    pub(crate) fn tell(&mut self, told: Vec<Told>) -> bool {
        let mut left_out = false;
        for Told { seen, side, encrypted, body } in told {
            if self.messages.len() >= limits::TLS_MESSAGES {
                left_out = true;
                break;
            }
            self.at.packets.add(&seen.packets);
            let at = self.at_of(side, seen);
            at::insert(&mut self.messages, TlsMessage { at, side, encrypted, body });
        }
        left_out
    }

    /// Where and when something that a side sent was seen.
    pub(crate) fn at_of(&self, side: TlsSide, seen: Seen) -> At {
        let (src, dst) = if side == TlsSide::Client { (self.at.src, self.at.dst) } else { (self.at.dst, self.at.src) };
        let Seen { packets, completed, time_ns } = seen;
        let (src_mac, dst_mac) = if side == TlsSide::Client {
            (self.at.src_mac, self.at.dst_mac)
        } else {
            (self.at.dst_mac, self.at.src_mac)
        };
        At { packets, completed, time_ns, src, dst, src_mac, dst_mac, ..self.at.clone() }
    }

    /// Handshake messages, changes of cipher, alerts, and what TLS does not allow, in order of completion.
    pub fn messages(&self) -> &[TlsMessage] {
        &self.messages
    }

    /// Those that one side sent.
    pub fn messages_of(&self, side: TlsSide) -> impl Iterator<Item = &TlsMessage> {
        self.messages.iter().filter(move |message| message.side == side)
    }

    /// ClientHellos in order: the first, one after a HelloRetryRequest, those of renegotiations.
    pub fn client_hellos(&self) -> impl Iterator<Item = (&At, &ClientHello)> {
        self.messages.iter().filter_map(|message| match &message.body {
            TlsBody::ClientHello(hello) => Some((&message.at, hello.as_ref())),
            _ => None,
        })
    }

    /// The first ClientHello.
    pub fn client_hello(&self) -> Option<&ClientHello> {
        self.client_hellos().next().map(|(_, hello)| hello)
    }

    /// The first ServerHello that chooses.
    pub fn server_hello(&self) -> Option<&ServerHello> {
        self.messages.iter().find_map(|message| match &message.body {
            TlsBody::ServerHello(hello) => Some(hello.as_ref()),
            _ => None,
        })
    }

    /// HelloRetryRequests.
    pub fn retry_requests(&self) -> impl Iterator<Item = (&At, &ServerHello)> {
        self.messages.iter().filter_map(|message| match &message.body {
            TlsBody::HelloRetryRequest(hello) => Some((&message.at, hello.as_ref())),
            _ => None,
        })
    }

    /// Version that the server chose.
    pub fn version(&self) -> Option<TlsVersion> {
        self.server_hello().map(ServerHello::version)
    }

    /// Suite that the server chose.
    pub fn suite(&self) -> Option<Suite> {
        self.server_hello().map(|hello| hello.suite)
    }

    /// Group of the key exchange; none with static RSA, with finite fields of TLS 1.2, or without the message that tells it.
    pub fn group(&self) -> Option<Group> {
        let named = self.messages.iter().find_map(|message| match message.body {
            TlsBody::ServerKeyExchange { group, .. } => group,
            _ => None,
        });
        self.server_hello().and_then(|hello| hello.group).or(named)
    }

    /// Protocol that the server chose by ALPN.
    pub fn alpn(&self) -> Option<String> {
        let in_13 = self.messages.iter().find_map(|message| match &message.body {
            TlsBody::EncryptedExtensions(extensions) => {
                Contents::of(extensions).get(16, extension::alpn)?.into_iter().next()
            }
            _ => None,
        });
        self.server_hello().and_then(|hello| hello.alpn.clone()).or(in_13)
    }

    /// Whether the server says that it knows a later version than it chose.
    pub fn downgrade(&self) -> Option<Downgrade> {
        self.server_hello().and_then(ServerHello::downgrade)
    }

    /// The chain that a side showed, its own certificate first; empty if it said that it has none.
    pub fn certificates(&self, side: TlsSide) -> Option<&[Certificate]> {
        self.messages_of(side).find_map(|message| match &message.body {
            TlsBody::Certificate(chain) => Some(chain.as_slice()),
            _ => None,
        })
    }

    /// What the server asked of the client's certificate.
    pub fn certificate_request(&self) -> Option<&CertificateRequest> {
        self.messages.iter().find_map(|message| match &message.body {
            TlsBody::CertificateRequest(request) => Some(request),
            _ => None,
        })
    }

    /// How a side signed: CertificateVerify, or the server's key exchange before TLS 1.3.
    pub fn signed_with(&self, side: TlsSide) -> Option<Scheme> {
        self.messages_of(side).find_map(|message| match message.body {
            TlsBody::CertificateVerify { scheme } => scheme,
            TlsBody::ServerKeyExchange { scheme, .. } => scheme,
            _ => None,
        })
    }

    /// How an earlier session was taken up again, if one was.
    pub fn resumption(&self) -> Option<Resumption> {
        let (client, server) = (self.client_hello()?, self.server_hello()?);
        if server.version() == TlsVersion::TLS13 {
            return server.psk.map(|_| Resumption::Psk);
        }
        let mut after =
            self.messages_of(TlsSide::Server).skip_while(|message| !matches!(message.body, TlsBody::ServerHello(_)));
        let short = after
            .nth(1)
            .is_some_and(|next| matches!(next.body, TlsBody::ChangeCipherSpec | TlsBody::NewSessionTicket(_)));
        let ticket = client.ticket().is_some();
        short.then_some(if ticket { Resumption::Ticket } else { Resumption::SessionId })
    }

    /// Alerts in order.
    pub fn alerts(&self) -> impl Iterator<Item = TlsAlert<'_>> {
        self.messages.iter().filter_map(|message| match message.body {
            TlsBody::Alert { level, description } => {
                Some(TlsAlert { at: &message.at, side: message.side, encrypted: message.encrypted, level, description })
            }
            _ => None,
        })
    }

    /// The close_notify of a side.
    pub fn close_notify(&self, side: TlsSide) -> Option<&At> {
        self.alerts().find(|alert| alert.side == side && alert.is_close_notify()).map(|alert| alert.at)
    }

    /// The first alert that ends the connection for an error: a fatal one; in TLS 1.3, where levels say nothing (RFC 8446 §6), any but
    /// close_notify and user_canceled.
    pub fn fatal_alert(&self) -> Option<TlsAlert<'_>> {
        const USER_CANCELED: u8 = 90;
        let new = self.version() == Some(TlsVersion::TLS13);
        self.alerts()
            .filter(|alert| !alert.is_close_notify())
            .find(|alert| alert.is_fatal() || (new && alert.description.0 != USER_CANCELED))
    }

    /// Key updates, with who made them.
    pub fn key_updates(&self) -> impl Iterator<Item = &TlsMessage> {
        self.messages.iter().filter(|message| matches!(message.body, TlsBody::KeyUpdate { .. }))
    }

    /// Attempts to renegotiate: HelloRequests, and ClientHellos within the connection.
    pub fn renegotiations(&self) -> impl Iterator<Item = &TlsMessage> {
        self.messages.iter().filter(|message| match message.body {
            TlsBody::HelloRequest => true,
            TlsBody::ClientHello(_) => message.encrypted,
            _ => false,
        })
    }

    /// Octets that TLS does not allow, with who sent them.
    pub fn malformed(&self) -> impl Iterator<Item = (&TlsMessage, &str)> {
        self.messages.iter().filter_map(|message| match &message.body {
            TlsBody::Malformed { reason } => Some((message, reason.as_str())),
            _ => None,
        })
    }

    /// When both sides had sent Finished; never, as far as the capture tells, where Finished could not be read ([`decryption`](Self::decryption)).
    pub fn established(&self) -> Option<&At> {
        let finished =
            |side| self.messages_of(side).find(|message| message.body == TlsBody::Finished).map(|message| &message.at);
        let (client, server) = (finished(TlsSide::Client)?, finished(TlsSide::Server)?);
        Some(if client.completed < server.completed { server } else { client })
    }

    /// Application data that a side sent.
    pub fn application(&self, side: TlsSide) -> Application {
        let own = self.session.side(side);
        let hidden = own.framing.iter().flat_map(|framing| &framing.waiting);
        let old = self.version().is_some_and(|version| version < TlsVersion::TLS13);
        let hidden: Vec<&Seen> =
            hidden.filter(|record| old && record.kind == APPLICATION).map(|record| &record.seen).collect();
        let first = own.carried.first.as_ref().or(hidden.first().copied());
        Application {
            records: own.carried.records + hidden.len() as u64,
            octets: own.carried.octets,
            first: first.map(|seen| self.at_of(side, seen.clone())),
        }
    }

    /// Octets of application data that a side sent, as far as they were opened.
    pub fn plaintext(&self, side: TlsSide) -> &[u8] {
        self.session.side(side).plain.bytes()
    }

    /// Records of early data, which were not opened.
    pub fn early_records(&self) -> u64 {
        self.session.client.early
    }

    /// Records that came and were not opened, of a side.
    pub fn sealed_records(&self, side: TlsSide) -> usize {
        self.session.side(side).framing.as_ref().map_or(0, |framing| framing.waiting.len())
    }

    /// How far both directions can be read: the worse of the two.
    pub fn decryption(&self) -> Decryption {
        self.session.decryption(None)
    }

    /// How far one direction can be read.
    pub fn decryption_of(&self, side: TlsSide) -> Decryption {
        self.session.decryption(Some(side))
    }
}
