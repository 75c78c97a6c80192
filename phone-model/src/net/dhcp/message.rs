//! DHCP messages: the ones a client sends (RFC 2131 Table 5) and the ones it believes.

use super::lease::Lease;
use super::options::Options;
use super::{Identity, Mac};
use dhcproto::v4::{DhcpOption, Flags, Message, MessageType, OptionCode};
use dhcproto::{Encodable, Encoder};
use std::net::Ipv4Addr;

/// What the phone asks for (option 55): the document's table, with 1 before 3 as RFC 2132 §3.3 wants it in answers.
const PARAMETERS: [u8; 12] = [1, 3, 6, 15, 2, 42, 43, 66, 125, 150, 159, 160];
/// Option 57: a whole Ethernet packet.
const MAXIMUM_MESSAGE: u16 = 1500;
/// BOOTP relays may drop anything shorter (RFC 951 §3, RFC 1542 §2.1).
const MINIMUM_LENGTH: usize = 300;

/// Header fields and address options of a message to send; the rest follows from its type.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields {
    pub(super) kind: MessageType,
    pub(super) xid: u32,
    pub(super) secs: u16,
    pub(super) ciaddr: Ipv4Addr,
    /// Option 50.
    pub(super) requested: Option<Ipv4Addr>,
    /// Option 54.
    pub(super) server: Option<Ipv4Addr>,
}

impl Fields {
    /// The message as octets.
    pub(super) fn encode(&self, identity: &Identity) -> Vec<u8> {
        let none = Ipv4Addr::UNSPECIFIED;
        let mut message = Message::new_with_id(self.xid, self.ciaddr, none, none, none, &identity.mac);
        // The raw socket hears unicast before the address is set, so the broadcast flag stays off (RFC 2131 §4.1).
        message.set_secs(self.secs).set_flags(Flags::default());
        let options = message.opts_mut();
        options.insert(DhcpOption::MessageType(self.kind));
        // The same in every message of this client (RFC 2132 §9.14).
        options.insert(DhcpOption::ClientIdentifier(identity.client_identifier()));
        if let Some(address) = self.requested {
            options.insert(DhcpOption::RequestedIpAddress(address));
        }
        if let Some(server) = self.server {
            options.insert(DhcpOption::ServerIdentifier(server));
        }
        // Table 5: these MUST NOT stand in DECLINE and RELEASE.
        if matches!(self.kind, MessageType::Discover | MessageType::Request) {
            options.insert(DhcpOption::Hostname(identity.host_name.clone()));
            options.insert(DhcpOption::ParameterRequestList(
                PARAMETERS.iter().map(|code| OptionCode::from(*code)).collect(),
            ));
            options.insert(DhcpOption::MaxMessageSize(MAXIMUM_MESSAGE));
            options.insert(DhcpOption::ClassIdentifier(identity.vendor_class.clone()));
        }
        let mut bytes = Vec::with_capacity(400);
        if message.encode(&mut Encoder::new(&mut bytes)).is_err() {
            // Only a value over 255 octets could fail, and none of the above is.
            return Vec::new();
        }
        bytes.resize(bytes.len().max(MINIMUM_LENGTH), 0);
        bytes
    }
}

/// A message from a server that is meant for this client.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    Offer { server: Ipv4Addr, address: Ipv4Addr },
    Ack(Box<Lease>),
    Nak { server: Option<Ipv4Addr> },
}

impl Reply {
    /// Its name, for the log.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Reply::Offer { .. } => "DHCPOFFER",
            Reply::Ack(_) => "DHCPACK",
            Reply::Nak { .. } => "DHCPNAK",
        }
    }

    /// Reads a datagram. `None` unless it is a well-formed reply to `xid` for this client.
    pub(super) fn read(datagram: &[u8], xid: u32, identity: &Identity) -> Option<Self> {
        let options = Options::of_message(datagram)?;
        let field = |at: usize| -> Option<[u8; 4]> { datagram.get(at..at + 4)?.try_into().ok() };
        let chaddr: Mac = datagram.get(28..34)?.try_into().ok()?;
        // RFC 2131 §4.1: a BOOTREPLY of Ethernet with our xid and our address; anything else is silently dropped (§4.4.1).
        if field(0)?.get(..3)? != [2, 1, 6] || u32::from_be_bytes(field(4)?) != xid || chaddr != identity.mac {
            return None;
        }
        // RFC 6842 §3: an echoed client identifier that is not ours.
        if options.bytes(61).is_some_and(|echoed| echoed != identity.client_identifier()) {
            return None;
        }
        let address = Ipv4Addr::from(field(16)?);
        let server = options.address(54).filter(|server| !server.is_unspecified());
        match options.byte(53)? {
            2 => Some(Reply::Offer { server: server?, address: usable(address)? }),
            5 => Some(Reply::Ack(Box::new(Lease::granted(usable(address)?, server?, &options)?))),
            6 => Some(Reply::Nak { server }),
            _ => None,
        }
    }
}

/// An address that a host can have.
fn usable(address: Ipv4Addr) -> Option<Ipv4Addr> {
    let no = address.octets()[0] == 0 || address.is_loopback() || address.is_multicast() || address.octets()[0] >= 240;
    (!no).then_some(address)
}
