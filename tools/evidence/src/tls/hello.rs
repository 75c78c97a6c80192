//! ClientHello and ServerHello: RFC 8446 §4.1, RFC 5246 §7.4.1.

use serde::Serialize;

use super::extension::{self, Contents, Extension};
use super::names::{ExtensionKind, Group, Scheme, TlsVersion};
use super::suite::{self, Suite};
use crate::at::hexadecimal;
use crate::octets::Octets;

/// The random of a ServerHello that is a HelloRetryRequest: SHA-256 of that word (RFC 8446 §4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
    0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

/// What a client offers. Lists are as they stand, GREASE values and all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClientHello {
    /// `legacy_version`; before TLS 1.3 the highest version offered.
    pub legacy_version: TlsVersion,
    /// Random; key logs name a connection by it.
    #[serde(serialize_with = "hexadecimal")]
    pub random: Vec<u8>,
    /// Session id.
    #[serde(serialize_with = "hexadecimal")]
    pub session_id: Vec<u8>,
    /// Cipher suites.
    pub suites: Vec<Suite>,
    /// Compression methods; 0 is none.
    pub compression: Vec<u8>,
    /// Extensions.
    pub extensions: Vec<Extension>,
    /// supported_versions; empty without it.
    pub supported_versions: Vec<TlsVersion>,
    /// supported_groups.
    pub groups: Vec<Group>,
    /// signature_algorithms.
    pub schemes: Vec<Scheme>,
    /// Groups of key_share.
    pub key_shares: Vec<Group>,
    /// Host name of server_name.
    pub server_name: Option<String>,
    /// Protocols of application_layer_protocol_negotiation.
    pub alpn: Vec<String>,
    /// Identities of pre_shared_key, in hexadecimal.
    pub psk_identities: Vec<String>,
    /// What is wrong with it and left it readable.
    pub faults: Vec<String>,
}

impl ClientHello {
    pub(super) fn read(body: &[u8]) -> Result<ClientHello, &'static str> {
        const SHORT: &str = "ClientHello is cut short";
        let mut octets = Octets::new(body);
        let legacy_version = TlsVersion(octets.u16().ok_or(SHORT)?);
        let random = octets.take(32).ok_or(SHORT)?.to_vec();
        let session_id = octets.counted8().ok_or(SHORT)?.to_vec();
        let suites = extension::numbers16(&mut octets).ok_or("cipher suites are malformed")?;
        let compression = octets.counted8().ok_or(SHORT)?.to_vec();
        let extensions = extension::read(&mut octets)?;
        let mut contents = Contents::of(&extensions);
        if session_id.len() > 32 {
            contents.faults.push(format!("a session id of {} octets", session_id.len()));
        }
        if !octets.is_empty() {
            contents.faults.push(format!("{} octets after its end", octets.len()));
        }
        Ok(ClientHello {
            legacy_version,
            random,
            session_id,
            suites: suites.into_iter().map(Suite).collect(),
            compression,
            supported_versions: contents.get(43, extension::versions).unwrap_or_default(),
            groups: contents.get(10, extension::groups).unwrap_or_default(),
            schemes: contents.get(13, extension::schemes).unwrap_or_default(),
            key_shares: contents.get(51, extension::key_shares).unwrap_or_default(),
            server_name: contents.get(0, extension::server_name).flatten(),
            alpn: contents.get(16, extension::alpn).unwrap_or_default(),
            psk_identities: contents.get(41, extension::psk_identities).unwrap_or_default(),
            faults: contents.faults,
            extensions,
        })
    }

    /// Contents of an extension.
    pub fn extension(&self, kind: u16) -> Option<&[u8]> {
        find(&self.extensions, kind)
    }

    /// Types of its extensions in order.
    pub fn extension_kinds(&self) -> Vec<ExtensionKind> {
        self.extensions.iter().map(|extension| extension.kind).collect()
    }

    /// Versions offered, without GREASE, as they stand; one that has no supported_versions offers all up to `legacy_version` (RFC 5246
    /// appendix E), of which only that one is told here.
    pub fn versions(&self) -> Vec<TlsVersion> {
        if self.supported_versions.is_empty() {
            return vec![self.legacy_version];
        }
        self.supported_versions.iter().copied().filter(|version| !version.is_grease()).collect()
    }

    /// Suites that could be chosen: without GREASE and signalling values.
    pub fn offered_suites(&self) -> Vec<Suite> {
        self.suites.iter().copied().filter(|suite| !suite.is_grease() && !suite.is_signal()).collect()
    }

    /// Whether it has renegotiation_info or the suite that stands for it (RFC 5746 §3.4).
    pub fn offers_secure_renegotiation(&self) -> bool {
        self.extension(65_281).is_some() || self.suites.contains(&suite::RENEGOTIATION_SCSV)
    }

    /// Whether it says that it fell back to an older version (RFC 7507).
    pub fn is_fallback(&self) -> bool {
        self.suites.contains(&suite::FALLBACK_SCSV)
    }

    /// Whether it has extended_master_secret (RFC 7627).
    pub fn offers_extended_master_secret(&self) -> bool {
        self.extension(23).is_some()
    }

    /// Whether it means to send data before the handshake is over (RFC 8446 §4.2.10).
    pub fn offers_early_data(&self) -> bool {
        self.extension(42).is_some()
    }

    /// A ticket of TLS 1.2 that it wants to resume with; an empty extension only asks for one (RFC 5077 §3.2).
    pub fn ticket(&self) -> Option<&[u8]> {
        self.extension(35).filter(|ticket| !ticket.is_empty())
    }

    /// Whether any list has a GREASE value (RFC 8701).
    pub fn has_grease(&self) -> bool {
        self.suites.iter().any(|suite| suite.is_grease())
            || self.supported_versions.iter().any(|version| version.is_grease())
            || self.extensions.iter().any(|extension| super::names::is_grease(extension.kind.0))
            || self.groups.iter().any(|group| super::names::is_grease(group.0))
    }
}

/// A server's choice, or its request for another ClientHello.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServerHello {
    /// `legacy_version`; before TLS 1.3 the version chosen.
    pub legacy_version: TlsVersion,
    /// Random.
    #[serde(serialize_with = "hexadecimal")]
    pub random: Vec<u8>,
    /// Session id.
    #[serde(serialize_with = "hexadecimal")]
    pub session_id: Vec<u8>,
    /// Cipher suite chosen.
    pub suite: Suite,
    /// Compression method; 0 is none.
    pub compression: u8,
    /// Extensions.
    pub extensions: Vec<Extension>,
    /// Version in supported_versions.
    pub selected_version: Option<TlsVersion>,
    /// Group of key_share: the one of the server's key, or the one asked for.
    pub group: Option<Group>,
    /// Position of the pre-shared key chosen.
    pub psk: Option<u16>,
    /// Protocol chosen, in TLS 1.2.
    pub alpn: Option<String>,
    /// What is wrong with it and left it readable.
    pub faults: Vec<String>,
}

/// What the last octets of a server's random say: it knows a later version than it chose (RFC 8446 §4.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Downgrade {
    /// TLS 1.2 was chosen by one that knows TLS 1.3.
    ToTls12,
    /// TLS 1.1 or older was chosen by one that knows TLS 1.2.
    Below,
}

impl ServerHello {
    pub(super) fn read(body: &[u8]) -> Result<ServerHello, &'static str> {
        const SHORT: &str = "ServerHello is cut short";
        let mut octets = Octets::new(body);
        let legacy_version = TlsVersion(octets.u16().ok_or(SHORT)?);
        let random = octets.take(32).ok_or(SHORT)?.to_vec();
        let session_id = octets.counted8().ok_or(SHORT)?.to_vec();
        let suite = Suite(octets.u16().ok_or(SHORT)?);
        let compression = octets.u8().ok_or(SHORT)?;
        let extensions = extension::read(&mut octets)?;
        let mut contents = Contents::of(&extensions);
        if !octets.is_empty() {
            contents.faults.push(format!("{} octets after its end", octets.len()));
        }
        let retry = random == RETRY;
        let share = |octets: &mut Octets<'_>| {
            let group = Group(octets.u16()?);
            if !retry {
                octets.counted16()?;
            }
            Some(group)
        };
        Ok(ServerHello {
            legacy_version,
            random,
            session_id,
            suite,
            compression,
            selected_version: contents.get(43, Octets::u16).map(TlsVersion),
            group: contents.get(51, share),
            psk: contents.get(41, Octets::u16),
            alpn: contents.get(16, extension::alpn).and_then(|names| names.into_iter().next()),
            faults: contents.faults,
            extensions,
        })
    }

    /// Contents of an extension.
    pub fn extension(&self, kind: u16) -> Option<&[u8]> {
        find(&self.extensions, kind)
    }

    /// The version chosen.
    pub fn version(&self) -> TlsVersion {
        self.selected_version.unwrap_or(self.legacy_version)
    }

    /// Whether it asks for another ClientHello (RFC 8446 §4.1.4).
    pub fn is_retry(&self) -> bool {
        self.random == RETRY
    }

    /// Whether its random says that it knows a later version.
    pub fn downgrade(&self) -> Option<Downgrade> {
        match self.random.last_chunk::<8>()? {
            b"DOWNGRD\x01" => Some(Downgrade::ToTls12),
            b"DOWNGRD\x00" => Some(Downgrade::Below),
            _ => None,
        }
    }
}

fn find(extensions: &[Extension], kind: u16) -> Option<&[u8]> {
    extensions.iter().find(|extension| extension.kind.0 == kind).map(|extension| extension.data.as_slice())
}
