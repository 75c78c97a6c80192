//! Which records are protected, and by which key.

use super::keys::{KeyLog, Label};
use super::message::TlsSide;
use super::names::TlsVersion;
use super::opener::{Opened, Opener};
use super::record::{self, Record};
use super::session::Session;
use super::side::{Blocked, Epoch};

impl Session {
    /// In TLS 1.3 protected records say that they are application data (RFC 8446 §5.2), and others are not protected.
    pub(super) fn is_protected(&self, side: TlsSide, record: &Record, fragment: &[u8]) -> Result<bool, Blocked> {
        match (&self.side(side).epoch, self.version) {
            (Epoch::Changed, _) => Ok(true),
            (_, Some(TlsVersion::TLS13)) => Ok(record.kind == record::APPLICATION),
            (_, Some(_)) => Ok(false),
            (_, None) if record.kind == record::APPLICATION => Err(Blocked::Unseen),
            // Without the hellos nobody knows what is protected, unless this is one.
            (_, None) if record.kind == record::HANDSHAKE && self.lacks_hello(side) => {
                let hello = self.side(side).pending.is_begun() || matches!(fragment.first(), Some(1 | 2));
                if hello { Ok(false) } else { Err(Blocked::Unseen) }
            }
            (_, None) => Ok(false),
        }
    }

    /// Whether a hello must have been where the capture has nothing: a client goes on after the server's, a server begins after the client's.
    fn lacks_hello(&self, side: TlsSide) -> bool {
        let gap = self.midstream || self.has_gap(TlsSide::Client) || self.has_gap(TlsSide::Server);
        gap || (side == TlsSide::Client) == self.client_random.is_some()
    }

    /// Open a record with the key of its direction.
    pub(super) fn open(
        &mut self,
        side: TlsSide,
        record: &Record,
        fragment: &[u8],
        keys: &KeyLog,
    ) -> Result<Opened, Blocked> {
        if self.side(side).opener.is_none() {
            let opener = self.opener(side, keys)?;
            self.side_mut(side).opener = Some(opener);
        }
        let opener = self.side_mut(side).opener.as_mut().ok_or(Blocked::NoSecret)?;
        opener.open(record.header(), fragment).ok_or(Blocked::Shut)
    }

    fn opener(&mut self, side: TlsSide, keys: &KeyLog) -> Result<Opener, Blocked> {
        let (suite, random) = (self.suite.ok_or(Blocked::Unseen)?, self.client_random.ok_or(Blocked::Unseen)?);
        let plan = suite.plan().ok_or(Blocked::Unsupported)?;
        let client = side == TlsSide::Client;
        match self.side(side).epoch.clone() {
            Epoch::Clear => Err(Blocked::Unseen),
            Epoch::Changed if self.version != Some(TlsVersion::TLS12) => Err(Blocked::Unsupported),
            Epoch::Changed => {
                let randoms = (random, self.server_random.ok_or(Blocked::Unseen)?);
                let encrypt_then_mac = self.encrypt_then_mac == (true, true);
                let master = keys.get(random, Label::Master).ok_or(Blocked::NoSecret)?;
                Opener::tls12(plan, master, randoms, client, encrypt_then_mac).ok_or(Blocked::Unsupported)
            }
            Epoch::Handshake => {
                let secret = keys.get(random, Label::Handshake { client }).ok_or(Blocked::NoSecret)?;
                Opener::tls13(plan, secret).ok_or(Blocked::Shut)
            }
            Epoch::Traffic { generation, secret } => {
                let logged = || keys.get(random, Label::Traffic { client, generation }).cloned();
                let secret = secret.or_else(logged).ok_or(Blocked::NoSecret)?;
                let opener = Opener::tls13(plan, &secret).ok_or(Blocked::Shut);
                self.side_mut(side).epoch = Epoch::Traffic { generation, secret: Some(secret) };
                opener
            }
        }
    }
}
