//! The desk that all lines and calls write their messages at: it puts on what every message of this phone carries, finds the next
//! hop, keeps what was sent until its transaction ends, and answers challenges. `hops` is about where messages go.

mod hops;

pub(super) use hops::is_sips;

use super::identity::Identity;
use super::interface::{NotResolved, Output, Query, Records, Severity};
use super::line::LineSettings;
use super::names::{Hop, Located, Names};
use super::silence::Silence;
use crate::defects::{Defect, Defects};
use crate::profile::Profile;
use crate::random::Random;
use crate::settings::Settings;
use crate::sip::digest::{self, Session};
use crate::sip::message::{Message, Method, NameAddr, Uri};
use crate::sip::transaction::{Layer, Target, Transport, TxnId};
use crate::state::Board;
use crate::time::Instant;
use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};

/// Most messages that wait for a look-up.
const MAX_WAITING: usize = 64;

/// A call, for as long as the phone runs.
pub(super) type CallId = u32;

/// What a request was sent for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A registration of a line.
    Register(u8),
    /// Its end.
    Unregister(u8),
    /// The first INVITE of a call.
    Invite(CallId),
    /// A re-INVITE.
    Reinvite(CallId),
    /// A BYE, whose call is gone already.
    Bye,
}

/// A request on its way.
#[derive(Debug, Clone)]
pub(super) struct Outgoing {
    pub(super) message: Message,
    pub(super) purpose: Purpose,
    pub(super) line: u8,
    pub(super) local: SocketAddr,
    pub(super) hop: Hop,
    /// The transport that it went out by.
    by: Option<Transport>,
    /// How often a 401 was answered, and a 407.
    answered: [u8; 2],
}

/// What became of a request that was handed in.
#[derive(Debug, Clone, Copy)]
pub(super) enum Launched {
    /// It went out.
    Sent(Purpose, TxnId),
    /// Its next hop has no address.
    Nowhere(Purpose),
}

/// A message that waits for a look-up.
#[derive(Debug)]
pub(super) enum Waiting {
    Request(Outgoing),
    Ack { invite: TxnId, ack: Message, hop: Hop, line: u8 },
}

/// See the module's text.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) profile: Profile,
    pub(super) defects: Defects,
    pub(super) settings: Settings,
    pub(super) random: Random,
    pub(super) local_ip: IpAddr,
    pub(super) board: Board,
    pub(super) identity: Identity,
    pub(super) lines: Vec<LineSettings>,
    pub(super) layer: Layer,
    pub(super) names: Names,
    pub(super) out: VecDeque<Output>,
    pub(super) launched: VecDeque<Launched>,
    pub(super) sent: BTreeMap<TxnId, Outgoing>,
    pub(super) waiting: Vec<Waiting>,
    pub(super) silence: Silence,
    /// The transports that DNS chose for lines whose transport is AUTO.
    pub(super) chosen: BTreeMap<u8, Transport>,
    /// The ports of TLS connections of lines.
    pub(super) ports: BTreeMap<u8, u16>,
    /// Whom a TLS connection of a line to an address is to be with, until the connection is asked for.
    pub(super) parties: BTreeMap<(SocketAddr, SocketAddr), String>,
}

impl Desk {
    /// The settings of a line.
    pub(super) fn line(&self, number: u8) -> Option<&LineSettings> {
        self.lines.iter().find(|line| line.number == number)
    }

    /// Unix seconds.
    pub(super) fn unix(&self, now: Instant) -> u64 {
        self.board.snapshot().booted_at.saturating_add(now.as_micros() / 1_000_000)
    }

    /// A line for the log.
    pub(super) fn log(&mut self, severity: Severity, text: impl Into<String>) {
        self.out.push_back(Output::Log(severity, text.into()));
    }

    /// Our end of a line's SIP: its SIP Port, under TLS the port of its connection.
    pub(super) fn local(&self, line: u8) -> SocketAddr {
        let set = self.line(line).map_or(5_060, |line| line.port);
        SocketAddr::new(self.local_ip, self.secure_port(line).unwrap_or(set))
    }

    /// Contact of a line (RFC 3261 §8.1.1.8).
    pub(super) fn contact(&self, line: u8) -> NameAddr {
        let local = self.local(line);
        let host = host_text(local.ip());
        let settings = self.line(line);
        let mut uri = Uri::sip(settings.map_or("", |line| &line.account.user_id), &host, Some(local.port()));
        if let Uri::Sip(uri) = &mut uri
            && let Some(transport) = self.stream_of(line)
        {
            uri.params.set("transport", Some(transport));
        }
        let display = settings.map_or(String::new(), |line| line.account.display_name.clone());
        NameAddr { display, ..NameAddr::of(uri) }
    }

    /// Sends a request; [`Desk::launched`] tells when it went out.
    pub(super) fn send(&mut self, message: Message, hop: Option<Hop>, line: u8, purpose: Purpose, now: Instant) {
        let Some(hop) = hop else {
            self.launched.push_back(Launched::Nowhere(purpose));
            return;
        };
        let message = self.dressed(message, purpose);
        self.take_port(line);
        let local = self.local(line);
        self.route(Waiting::Request(Outgoing { message, purpose, line, local, hop, by: None, answered: [0; 2] }), now);
    }

    /// Sends the ACK of a 2xx, with the credentials of its INVITE (RFC 3261 §13.2.2.4).
    pub(super) fn acknowledge(&mut self, invite: TxnId, mut ack: Message, hop: Option<Hop>, line: u8, now: Instant) {
        let Some(hop) = hop else { return };
        if let Some(sent) = self.sent.get(&invite) {
            for name in ["Authorization", "Proxy-Authorization"] {
                sent.message.lines(name).for_each(|value| ack.push(name, value));
            }
        }
        ack.push("Max-Forwards", self.max_forwards());
        ack.push("User-Agent", self.identity.user_agent.clone());
        self.route(Waiting::Ack { invite, ack, hop, line }, now);
    }

    /// Withdraws a request that still waits for a look-up; true when there was one.
    pub(super) fn withdraw(&mut self, purpose: Purpose) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|waiting| !matches!(waiting, Waiting::Request(it) if it.purpose == purpose));
        self.waiting.len() < before
    }

    /// Sends a challenged request again with credentials (RFC 3261 §22.2, §22.3). Gives the new sequence number, or nothing when
    /// the same credentials were refused already (RFC 3261 §22.1) or no challenge can be answered.
    pub(super) fn retry(&mut self, txn: TxnId, response: &Message, now: Instant) -> Option<u32> {
        let (place, name) = match response.code() {
            Some(401) => (0, "Authorization"),
            Some(407) => (1, "Proxy-Authorization"),
            Some(_) | None => return None,
        };
        let mut outgoing = self.sent.get(&txn)?.clone();
        let challenge = digest::choose(response)?;
        let answered = outgoing.answered.get_mut(place)?;
        let most = self.settings.number("Max_Auth", 2.0).clamp(1.0, 10.0);
        if *answered > 0 && !(challenge.stale && f64::from(*answered) < most) {
            return None;
        }
        *answered += 1;
        let cseq = outgoing.message.cseq()?;
        let number = cseq.number.checked_add(1)?;
        outgoing.message.set("CSeq", format!("{number} {}", cseq.method));
        let value = self.credentials(&mut Session::new(challenge), &outgoing)?;
        outgoing.message.set(name, value);
        self.route(Waiting::Request(outgoing), now);
        Some(number)
    }

    fn credentials(&mut self, session: &mut Session, outgoing: &Outgoing) -> Option<String> {
        let account = self.line(outgoing.line)?.account.clone();
        let registers = matches!(outgoing.purpose, Purpose::Register(_) | Purpose::Unregister(_));
        let wrong = registers && self.defects.has(Defect::RegisterWrongDigest);
        let password = if wrong { format!("{}.", account.password) } else { account.password.clone() };
        let (method, uri) = (outgoing.message.method()?, outgoing.message.uri()?.to_string());
        let body = &outgoing.message.body;
        Some(session.answer(account.auth_user(), &password, method.as_str(), &uri, body, &mut self.random))
    }

    /// Answers a request.
    pub(super) fn respond(&mut self, txn: TxnId, response: Message, now: Instant) {
        let server = self.identity.server.clone();
        self.layer.respond(txn, response.with("Server", server), now);
    }

    /// A look-up ended.
    pub(super) fn resolved(&mut self, query: &Query, answer: Result<Records, NotResolved>, now: Instant) {
        self.names.learn(query, answer, now);
        for waiting in std::mem::take(&mut self.waiting) {
            self.route(waiting, now);
        }
    }

    pub(super) fn route(&mut self, waiting: Waiting, now: Instant) {
        let hop = match &waiting {
            Waiting::Request(outgoing) => &outgoing.hop,
            Waiting::Ack { hop, .. } => hop,
        };
        match self.names.locate(hop, self.local_ip, now) {
            Located::At(remote, transport) => self.launch(waiting, remote, transport, now),
            Located::Asking(_) if self.waiting.len() >= MAX_WAITING => self.fail(waiting),
            Located::Asking(query) => {
                self.out.extend(query.map(Output::Resolve));
                self.waiting.push(waiting);
            }
            Located::Nowhere => self.fail(waiting),
        }
    }

    fn fail(&mut self, waiting: Waiting) {
        if let Waiting::Request(outgoing) = waiting {
            self.log(Severity::Notice, format!("No address for {}", outgoing.hop.host));
            self.launched.push_back(Launched::Nowhere(outgoing.purpose));
        }
    }

    fn launch(&mut self, waiting: Waiting, remote: SocketAddr, transport: Transport, now: Instant) {
        match waiting {
            Waiting::Request(mut outgoing) => {
                outgoing.by = Some(transport);
                if outgoing.hop.transport.is_none() {
                    self.choose(&mut outgoing, transport);
                }
                let target = Target { transport, local: outgoing.local, remote };
                self.meet(&target, &outgoing.hop.host);
                if transport == Transport::Tls
                    && matches!(outgoing.purpose, Purpose::Register(_))
                    && self.defects.has(Defect::TlsRegistersInClear)
                {
                    self.layer.request(outgoing.message.clone(), Target { transport: Transport::Tcp, ..target }, now);
                }
                let txn = self.layer.request(outgoing.message.clone(), target, now);
                self.launched.push_back(Launched::Sent(outgoing.purpose, txn));
                self.silence.sent(txn, now);
                self.sent.insert(txn, outgoing);
            }
            Waiting::Ack { invite, ack, hop, line } => {
                let target = Target { transport, local: self.local(line), remote };
                self.meet(&target, &hop.host);
                self.layer.acknowledge(invite, ack, target, now);
            }
        }
    }

    /// What every request carries (RFC 3261 §8.1.1.6, §20.41).
    fn dressed(&self, message: Message, purpose: Purpose) -> Message {
        let registers = matches!(purpose, Purpose::Register(_) | Purpose::Unregister(_));
        let agent = if registers { &self.identity.registering } else { &self.identity.user_agent };
        message.with("Max-Forwards", self.max_forwards()).with("User-Agent", agent.clone())
    }

    fn max_forwards(&self) -> String {
        // A cast from float saturates; the range is that of the header.
        (self.settings.number("Max_Forward", 70.0).clamp(1.0, 255.0) as u8).to_string()
    }

    /// Allow, for messages that tell it.
    pub(super) fn allow(&self) -> String {
        let methods = super::identity::abilities().methods;
        methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
    }
}

/// An address as a host in a URI.
pub(super) fn host_text(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}
