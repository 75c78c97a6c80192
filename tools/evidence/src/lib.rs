//! The oracle: captured frames in, typed facts with packet numbers out.
//!
//! Its one decision: nothing here is shared with the phone or the servers, not even a codec, so that one wrong reader cannot agree
//! with itself. Peers are hostile: no octet panics, and what is kept is bounded ([`limits`]).
//!
//! # Use
//!
//! ```no_run
//! use evidence::{Capture, Mark, print};
//!
//! # fn main() -> Result<(), evidence::ReadError> {
//! // From a file …
//! let capture = Capture::read("capture.pcapng")?;
//! // … or live, frame by frame: facts are there when `push` returns.
//! let mut live = Capture::new();
//! live.push(0, 1_700_000_000_000_000_000, 60, &[0; 60]);
//! let mark: Mark = live.mark();
//! for invite in live.sip_messages_since(mark).filter(|m| m.is_request("INVITE")) {
//!     let (_who, _packets, _call) = (invite.src, &invite.packets, invite.call_id());
//! }
//! let _text = print::ladder(&capture, &print::Names::none());
//! # Ok(())
//! # }
//! ```
//!
//! # Facts
//!
//! Every fact reads through to its [`At`]: `packets`, `completed`, `time_ns`, `interface`, `src`, `dst`, `src_mac`, `dst_mac`,
//! `bad_checksum`, `truncated`, `secured`. Each list is a slice in order of completion, and `x_since(mark)` is its part after a [`Mark`].
//!
//! | list | fact |
//! |---|---|
//! | [`Capture::sip`] | [`SipFact`]: [`SipMessage`] or [`SipMalformed`]; [`Capture::sip_messages`] for the messages alone |
//! | [`Capture::dhcp`] | [`DhcpMessage`]; [`Capture::leases`] makes leases of them |
//! | [`Capture::dhcp6`] | [`Dhcp6Message`]; [`Capture::leases6`] makes leases of them |
//! | [`Capture::dns`] | [`DnsMessage`] |
//! | [`Capture::arp`] | [`ArpFact`]: probe, announcement, request, reply |
//! | [`Capture::icmp`] | [`IcmpFact`]: echo, errors with the packet they are about, neighbour discovery ([`icmp`]) |
//! | [`Capture::tcp`] | [`TcpFact`]: asked, opened, refused, closed, reset, gap; octets in [`Capture::connections`] |
//! | [`Capture::udp`] | [`UdpDatagram`]: every datagram, and what it was read as |
//! | [`Capture::rtp`] | [`RtpStream`] |
//! | [`Capture::ntp`] | [`NtpMessage`] |
//! | [`Capture::tftp`], [`Capture::tftp_transfers`] | [`TftpMessage`]; [`TftpTransfer`] with file, octets, outcome |
//! | [`Capture::http`], [`Capture::http_exchanges`] | [`HttpMessage`] with its body; [`HttpExchange`]: request and response |
//! | [`Capture::syslog`] | [`SyslogLine`] |
//! | [`Capture::ldap`] | [`LdapFact`]: [`LdapMessage`], malformed, or hidden by SASL; [`Capture::ldap_messages`], [`Capture::ldap_answers`] |
//! | [`Capture::tls`] | [`TlsConnection`]: hellos, certificates, alerts, what it carried ([`tls`]); its facts are [`TlsMessage`]s |
//! | [`Capture::faults`], [`Capture::quality`] | what is malformed, and what makes the capture unreliable |
//!
//! # TLS
//!
//! TLS is found by its content on any port, and after StartTLS. Keys come from the file itself (Decryption Secrets Blocks), with it
//! ([`Capture::read_with_keys`]), or live and at any time ([`Capture::add_keys`]): records wait for them. What was inside becomes facts of
//! the same types as in clear, with `secured` set to the [`TlsId`] of the connection and the packets of the records that carried them:
//!
//! ```no_run
//! # fn main() -> Result<(), evidence::ReadError> {
//! # use evidence::{Capture, TlsSide};
//! let capture = Capture::read_with_keys("capture.pcapng", "CLIENT_RANDOM …")?;
//! for tls in capture.tls() {
//!     // Without this nothing may be concluded from what is not there.
//!     let decidable = tls.decryption().is_readable();
//!     let (_version, _suite, _name) = (tls.version(), tls.suite(), tls.client_hello().and_then(|hello| hello.server_name.as_deref()));
//!     let refused = tls.alerts().any(|alert| alert.side == TlsSide::Client && alert.description.is_about_certificate());
//!     let spoke = capture.sip_messages().any(|message| message.secured == Some(tls.id));
//!     let (_how, _) = (capture.tls_end(tls), (decidable, refused, spoke));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Lists stay in order of completion when keys come late: a fact stands where it would stand had its key been there in time.
//!
//! [`digest`] and [`ldap::sasl`] recompute responses, [`nonce::study`] judges a series of nonces, [`mod@print`] shows all of it to people.

mod arp;
mod at;
mod capture;
mod datagrams;
pub mod dhcp;
pub mod dhcp6;
pub mod digest;
mod dispatch;
pub mod dns;
mod fault;
pub mod file;
mod from_file;
mod http;
pub mod icmp;
mod ip;
pub mod ldap;
pub mod lease;
pub mod limits;
mod link;
pub mod nonce;
mod ntp;
mod octets;
pub mod print;
mod quality;
mod questions;
mod rtp;
mod secured;
pub mod sip;
mod stream;
mod syslog;
mod tcp;
mod tftp;
pub mod tls;
mod udp;

pub use arp::{ArpFact, ArpKind};
pub use at::{At, Fact, Mac, Mark, Packets};
pub use capture::{Capture, Frame};
pub use dhcp::{DhcpKind, DhcpMessage};
pub use dhcp6::{Dhcp6Kind, Dhcp6Message};
pub use dns::DnsMessage;
pub use fault::{Fault, FaultKind};
pub use file::ReadError;
pub use http::{HttpExchange, HttpMessage, HttpStart};
pub use icmp::{Embedded, IcmpFact, IcmpKind};
pub use ldap::{LdapFact, LdapMessage, LdapOp};
pub use lease::{LeaseEnd, LeaseEvent, LeaseStep};
pub use link::LinkType;
pub use ntp::{NtpMessage, NtpMode, NtpTime};
pub use quality::Quality;
pub use rtp::RtpStream;
pub use sip::{Sdp, SipFact, SipMalformed, SipMessage, Start, Transport};
pub use syslog::SyslogLine;
pub use tcp::{StreamGap, TcpConnection, TcpDirection, TcpEvent, TcpFact};
pub use tftp::{TftpMessage, TftpOp, TftpOptions, TftpOutcome, TftpTransfer};
pub use tls::{Decryption, TlsBody, TlsConnection, TlsEnd, TlsId, TlsMessage, TlsSide, TlsVersion};
pub use udp::{Carried, UdpDatagram};
