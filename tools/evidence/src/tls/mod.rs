//! TLS as the wire shows it: records and handshakes as facts, and what they carried where there are keys (RFC 8446, RFC 5246).
//!
//! Own code: nothing of the library that phone and servers speak TLS with; only ciphers and hashes are taken from crates. Records are
//! found by their content on any port. What cannot be opened is said to be so ([`Decryption`]) and never shown as if it were plain text.

mod connection;
mod decryption;
mod derive;
mod end;
mod extension;
mod handshake;
mod hello;
mod keying;
pub(crate) mod keys;
mod message;
mod names;
mod opener;
mod plain;
pub(crate) mod record;
mod session;
mod side;
mod suite;

pub use connection::{Application, Resumption, TlsConnection, TlsId};
pub use decryption::Decryption;
pub use end::TlsEnd;
pub use extension::Extension;
pub use handshake::{Certificate, CertificateRequest, Ticket};
pub use hello::{ClientHello, Downgrade, ServerHello};
pub use message::{AlertLevel, TlsAlert, TlsBody, TlsMessage, TlsSide};
pub use names::{AlertDescription, ExtensionKind, Group, HandshakeKind, Scheme, TlsVersion};
pub use suite::{FALLBACK_SCSV, RENEGOTIATION_SCSV, Suite};
