//! The machine of one TLS connection: records of both directions in, messages and application data out. What waits for a key waits as
//! ciphertext in its place.

use super::decryption::Decryption;
use super::handshake::{self, Known};
use super::keys::{KeyLog, Random};
use super::message::{AlertLevel, TlsBody, TlsSide};
use super::names::{AlertDescription, TlsVersion};
use super::opener::{Opened, Opener, next_traffic};
use super::plain::Plain;
use super::record::{self, Framing, Seen, Stop};
use super::side::{Blocked, Epoch, Side};
use super::suite::Suite;
use crate::at::At;
use crate::limits;
use crate::stream::Reader;
use crate::tcp::TcpDirection;

/// What came to light.
pub(crate) struct Told {
    pub(crate) seen: Seen,
    pub(crate) side: TlsSide,
    pub(crate) encrypted: bool,
    pub(crate) body: TlsBody,
}

/// State of both directions, and what they have agreed on.
#[derive(Debug, Default)]
pub(crate) struct Session {
    pub(super) client: Side,
    pub(super) server: Side,
    pub(super) client_random: Option<Random>,
    pub(super) server_random: Option<Random>,
    pub(super) version: Option<TlsVersion>,
    pub(super) suite: Option<Suite>,
    offers_early_data: bool,
    pub(super) encrypt_then_mac: (bool, bool),
    logged: bool,
    /// Records read.
    read: u64,
    /// The capture has no beginning of the TCP connection.
    pub(super) midstream: bool,
}

/// Whether a record could be read.
enum Step {
    Read,
    Wait(Blocked),
    Nothing,
}

impl Session {
    pub(super) fn new(midstream: bool) -> Session {
        Session { midstream, ..Session::default() }
    }

    pub(super) fn side(&self, side: TlsSide) -> &Side {
        match side {
            TlsSide::Client => &self.client,
            TlsSide::Server => &self.server,
        }
    }

    pub(super) fn side_mut(&mut self, side: TlsSide) -> &mut Side {
        match side {
            TlsSide::Client => &mut self.client,
            TlsSide::Server => &mut self.server,
        }
    }

    /// From this octet on a direction is TLS.
    pub(crate) fn begin(&mut self, side: TlsSide, from: usize) {
        self.side_mut(side).framing.get_or_insert_with(|| Framing::starting_at(from));
    }

    /// Cut records out of a direction.
    pub(crate) fn cut(&mut self, side: TlsSide, direction: &TcpDirection, at: &At) -> Vec<Told> {
        let Some(framing) = &mut self.side_mut(side).framing else {
            return Vec::new();
        };
        let complaints = framing.cut(direction, at).into_iter();
        complaints.map(|(seen, reason)| told(side, false, seen, TlsBody::Malformed { reason })).collect()
    }

    /// Read what can be read, in the order of the capture as far as keys allow.
    pub(crate) fn advance(&mut self, client: &TcpDirection, server: &TcpDirection, keys: &KeyLog) -> Vec<Told> {
        self.logged = !keys.is_empty();
        let mut all = Vec::new();
        loop {
            let first = |side: &Side| side.framing.as_ref()?.waiting.front().map(|record| record.seen.completed);
            let client_first = match (first(&self.client), first(&self.server)) {
                (Some(client), Some(server)) => client <= server,
                (client, _) => client.is_some(),
            };
            let mut read = false;
            for side in [TlsSide::client_if(client_first), TlsSide::client_if(!client_first)] {
                let direction = if side == TlsSide::Client { client } else { server };
                let step = self.step(side, direction, keys, &mut all);
                let own = self.side_mut(side);
                own.blocked = if let Step::Wait(blocked) = step { Some(blocked) } else { None };
                if matches!(step, Step::Read) {
                    read = true;
                    break;
                }
            }
            if !read {
                return all;
            }
        }
    }

    /// New keys have come: what did not open before is tried again.
    pub(crate) fn retry(&mut self) {
        for side in [&mut self.client, &mut self.server] {
            if side.blocked == Some(Blocked::Shut) && side.opener.as_ref().is_none_or(Opener::is_unused) {
                (side.blocked, side.opener) = (None, None);
                if let Epoch::Traffic { generation: 0, secret } = &mut side.epoch {
                    *secret = None;
                }
            }
        }
    }

    /// How far the connection, or one direction of it, can be read.
    pub(crate) fn decryption(&self, side: Option<TlsSide>) -> Decryption {
        let right = self.client.opened + self.server.opened > 0;
        match side {
            Some(side) => self.side(side).decryption(self.logged, right),
            None => self.client.decryption(self.logged, right).max(self.server.decryption(self.logged, right)),
        }
    }

    fn step(&mut self, side: TlsSide, direction: &TcpDirection, keys: &KeyLog, all: &mut Vec<Told>) -> Step {
        let record = self.side(side).framing.as_ref().and_then(|framing| framing.waiting.front());
        let Some(record) = record.cloned() else {
            return Step::Nothing;
        };
        let fragment = direction.bytes().get(record.from..record.to).unwrap_or_default();
        let early = side == TlsSide::Client && self.offers_early_data && self.version == Some(TlsVersion::TLS13);
        // What did not open will not open by itself.
        if self.side(side).blocked == Some(Blocked::Shut) {
            return Step::Wait(Blocked::Shut);
        }
        let (encrypted, opened) = match self.is_protected(side, &record, fragment) {
            Err(blocked) => return Step::Wait(blocked),
            Ok(false) => (false, Some((record.kind, fragment.to_vec()))),
            Ok(true) => match self.open(side, &record, fragment, keys) {
                Ok(opened) => (true, Some(opened)),
                Err(Blocked::Shut) if early && self.client.epoch == Epoch::Handshake && self.client.opened == 0 => {
                    self.client.early += 1;
                    (true, None)
                }
                Err(blocked) => return Step::Wait(blocked),
            },
        };
        self.read += 1;
        let own = self.side_mut(side);
        own.opened += u64::from(encrypted && opened.is_some());
        if let Some(framing) = &mut own.framing {
            framing.waiting.pop_front();
        }
        if let Some(opened) = opened.filter(|_| encrypted || !record.is_oversize()) {
            self.take(side, encrypted, opened, &record.seen, all);
        }
        Step::Read
    }

    /// Content of a record.
    fn take(&mut self, side: TlsSide, encrypted: bool, (kind, content): Opened, seen: &Seen, all: &mut Vec<Told>) {
        let mut tell = |body| all.push(told(side, encrypted, seen.clone(), body));
        let malformed = |reason: &str| TlsBody::Malformed { reason: reason.to_owned() };
        match kind {
            record::CHANGE_CIPHER_SPEC => {
                tell(if content == [1] { TlsBody::ChangeCipherSpec } else { malformed("not a ChangeCipherSpec") });
                if self.version.is_some_and(|version| version != TlsVersion::TLS13) {
                    self.side_mut(side).enter(Epoch::Changed);
                }
            }
            record::ALERT => {
                let (alerts, rest) = content.as_chunks::<2>();
                for &[level, description] in alerts {
                    let description = AlertDescription(description);
                    self.side_mut(side).closed |= description == AlertDescription::CLOSE_NOTIFY;
                    tell(TlsBody::Alert { level: AlertLevel::of(level), description });
                }
                if !rest.is_empty() {
                    tell(malformed("half an alert"));
                }
            }
            record::HANDSHAKE => {
                self.side_mut(side).pending.append(&content, seen);
                self.messages(side, encrypted, seen, all);
            }
            record::APPLICATION if encrypted => {
                let own = self.side_mut(side);
                own.carried.records += 1;
                own.carried.octets += content.len() as u64;
                own.carried.first.get_or_insert_with(|| seen.clone());
                own.plain.append(&content, seen);
            }
            record::APPLICATION => tell(malformed("application data in clear")),
            0 if encrypted => tell(malformed("a record of nothing but zeros")),
            _ => tell(malformed(&format!("a record of type {kind}"))),
        }
    }

    /// Whole handshake messages.
    fn messages(&mut self, side: TlsSide, encrypted: bool, seen: &Seen, all: &mut Vec<Told>) {
        while !self.side(side).lost {
            let (kind, body, seen) = match self.side_mut(side).pending.next(limits::TLS_HANDSHAKE_OCTETS) {
                Ok(Some(message)) => message,
                Ok(None) => return,
                Err(length) => {
                    self.side_mut(side).lost = true;
                    let reason = format!("a handshake message of {length} octets");
                    return all.push(told(side, encrypted, seen.clone(), TlsBody::Malformed { reason }));
                }
            };
            let body = handshake::read(kind, &body, Known { version: self.version, suite: self.suite });
            self.heed(side, &body);
            all.push(told(side, encrypted, seen, body));
        }
    }

    /// What a message changes.
    fn heed(&mut self, side: TlsSide, body: &TlsBody) {
        match (side, body) {
            (TlsSide::Client, TlsBody::ClientHello(hello)) => {
                self.client_random = hello.random.as_slice().try_into().ok();
                self.offers_early_data = hello.offers_early_data();
                self.encrypt_then_mac = (hello.extension(22).is_some(), false);
                // A renegotiation begins anew; its server chooses again.
                (self.server_random, self.suite) = (None, None);
            }
            (TlsSide::Server, TlsBody::ServerHello(hello)) => {
                self.server_random = hello.random.as_slice().try_into().ok();
                self.version = Some(hello.version());
                self.suite = Some(hello.suite);
                self.encrypt_then_mac.1 = hello.extension(22).is_some();
                if hello.version() == TlsVersion::TLS13 {
                    self.client.enter(Epoch::Handshake);
                    self.server.enter(Epoch::Handshake);
                }
            }
            (TlsSide::Server, TlsBody::HelloRetryRequest(hello)) => self.version = Some(hello.version()),
            (_, TlsBody::Finished) if self.version == Some(TlsVersion::TLS13) => {
                self.side_mut(side).enter(Epoch::Traffic { generation: 0, secret: None });
            }
            (_, TlsBody::KeyUpdate { .. }) => {
                let hash = self.suite.and_then(Suite::plan).map(|plan| plan.hash);
                if let (Epoch::Traffic { generation, secret: Some(secret) }, Some(hash)) =
                    (&self.side(side).epoch, hash)
                {
                    let next = Epoch::Traffic { generation: generation + 1, secret: next_traffic(hash, secret) };
                    self.side_mut(side).enter(next);
                }
            }
            _ => {}
        }
    }

    /// Grows with each record that is cut or read.
    pub(crate) fn progress(&self) -> (usize, u64) {
        let cut = |side: &Side| side.framing.as_ref().map_or(0, Framing::position);
        (cut(&self.client) + cut(&self.server), self.read)
    }

    /// Application data of a direction, and its reader.
    pub(crate) fn plain(&mut self, side: TlsSide) -> (&Plain, &mut Reader) {
        let own = self.side_mut(side);
        (&own.plain, &mut own.reader)
    }

    /// Whether nothing more can come of a direction that TCP has ended.
    pub(crate) fn is_over(&self, side: TlsSide, tcp_over: bool) -> bool {
        let own = self.side(side);
        own.closed || (tcp_over && own.is_read())
    }

    /// Where a direction left TLS: what comes there is no record.
    pub(crate) fn left_at(&self, side: TlsSide) -> Option<usize> {
        let framing = self.side(side).framing.as_ref()?;
        (framing.stopped == Some(Stop::NoRecord)).then(|| framing.position())
    }

    /// Whether a direction stopped at octets that are not there.
    pub(crate) fn has_gap(&self, side: TlsSide) -> bool {
        self.side(side).framing.as_ref().is_some_and(|framing| framing.stopped == Some(Stop::Gap))
    }
}

fn told(side: TlsSide, encrypted: bool, seen: Seen, body: TlsBody) -> Told {
    Told { seen, side, encrypted, body }
}
