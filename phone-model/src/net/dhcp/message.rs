//! DHCP messages: the ones a client sends (RFC 2131 Table 5) and the ones it believes.

use super::lease::Lease;
use super::options::Options;
use super::{Identity, Mac};
use crate::defects::{Defect, Defects};
use dhcproto::v4::{DhcpOption, Flags, Message, MessageType, OptionCode};
use dhcproto::{Encodable, Encoder};
use std::net::Ipv4Addr;

/// What the phone asks for (option 55): the document's table, then the times of the lease. 1 stands before 3, as RFC 2132 §3.3 wants it in
/// answers, and 121 before 3 (RFC 3442). The table's 41 is NIS servers and means the lease time, which is 51; its 56 is DHCPv6's; 60 is
/// something that a client tells.
const PARAMETERS: [u8; 16] = [1, 121, 3, 6, 15, 2, 42, 43, 66, 125, 150, 159, 160, 51, 58, 59];
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
    pub(super) fn encode(&self, identity: &Identity, defects: &Defects) -> Vec<u8> {
        let none = Ipv4Addr::UNSPECIFIED;
        let mut message = Message::new_with_id(self.xid, self.ciaddr, none, none, none, &identity.mac);
        // The raw socket hears unicast before the address is set, so the broadcast flag stays off (RFC 2131 §4.1).
        message.set_secs(self.secs).set_flags(Flags::default());
        let options = message.opts_mut();
        options.insert(DhcpOption::MessageType(self.kind));
        // The same in every message of this client (RFC 2132 §9.14).
        options.insert(DhcpOption::ClientIdentifier(match self.renews() && defects.has(Defect::DhcpChangesClientId) {
            true => [&[0], identity.host_name.as_bytes()].concat(),
            false => identity.client_identifier(),
        }));
        if let Some(address) = self.requested {
            options.insert(DhcpOption::RequestedIpAddress(address));
        }
        let named = self.kind != MessageType::Request || !defects.has(Defect::DhcpNamesNoServer);
        if let Some(server) = self.server.filter(|_| named) {
            options.insert(DhcpOption::ServerIdentifier(server));
        }
        // Table 5: these MUST NOT stand in DECLINE and RELEASE.
        if matches!(self.kind, MessageType::Discover | MessageType::Request) {
            options.insert(DhcpOption::Hostname(identity.host_name.clone()));
            // The same in every message (RFC 2131 §3.5).
            options.insert(DhcpOption::ParameterRequestList(self.parameters(defects).map(OptionCode::from).collect()));
            options.insert(DhcpOption::MaxMessageSize(MAXIMUM_MESSAGE));
            if !defects.has(Defect::DhcpNameless) {
                options.insert(DhcpOption::ClassIdentifier(identity.vendor_class.clone()));
            }
        }
        let mut bytes = Vec::with_capacity(400);
        if message.encode(&mut Encoder::new(&mut bytes)).is_err() {
            // Only a value over 255 octets could fail, and none of the above is.
            return Vec::new();
        }
        bytes.resize(bytes.len().max(MINIMUM_LENGTH), 0);
        bytes
    }

    /// Whether it asks to go on with an address (§4.3.2).
    fn renews(&self) -> bool {
        self.kind == MessageType::Request && !self.ciaddr.is_unspecified()
    }

    fn parameters(&self, defects: &Defects) -> impl Iterator<Item = u8> {
        let less = self.renews() && defects.has(Defect::DhcpRenewsForLess);
        let without_160 = defects.has(Defect::DhcpOmits160);
        let most = if less { 5 } else { PARAMETERS.len() };
        PARAMETERS.into_iter().take(most).filter(move |code| !(without_160 && *code == 160))
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
    pub(super) fn read(datagram: &[u8], xid: u32, identity: &Identity, defects: &Defects) -> Option<Self> {
        let options = match Options::read(datagram, defects) {
            None if defects.has(Defect::DhcpReadsPastEnd) => {
                Options::read(&[datagram, &[0; 255]].concat(), defects).unwrap_or_default()
            }
            options => options?,
        };
        let field = |at: usize| -> Option<[u8; 4]> { datagram.get(at..at + 4)?.try_into().ok() };
        let chaddr: Mac = datagram.get(28..34)?.try_into().ok()?;
        // RFC 2131 §4.1: a BOOTREPLY of Ethernet with our xid and our address; anything else is silently dropped (§4.4.1).
        let asked = u32::from_be_bytes(field(4)?) == xid || defects.has(Defect::DhcpTakesAnyXid);
        if field(0)?.get(..3)? != [2, 1, 6]
            || !asked
            || (chaddr != identity.mac && !defects.has(Defect::DhcpTakesAnyHardware))
        {
            return None;
        }
        let ragged = |code: &u8| options.bytes(*code).is_some_and(|value| !value.len().is_multiple_of(4));
        if defects.has(Defect::DhcpCrashesOnRaggedList) && [3, 6, 42, 150].iter().any(ragged) {
            std::process::abort();
        }
        // RFC 6842 §3: an echoed client identifier that is not ours.
        if options.bytes(61).is_some_and(|echoed| echoed != identity.client_identifier())
            && !defects.has(Defect::DhcpTakesAnyClientId)
        {
            return None;
        }
        let address = Ipv4Addr::from(field(16)?);
        let server = options.address(54).filter(|server| !server.is_unspecified());
        match options.byte(53)? {
            2 => Some(Reply::Offer { server: server?, address: usable(address)? }),
            5 => Some(Reply::Ack(Box::new(Lease::granted(usable(address)?, server?, &options, defects)?))),
            6 => Some(Reply::Nak { server }),
            _ => None,
        }
    }
}

/// An address that a host can have.
pub(super) fn usable(address: Ipv4Addr) -> Option<Ipv4Addr> {
    let no = address.octets()[0] == 0 || address.is_loopback() || address.is_multicast() || address.octets()[0] >= 240;
    (!no).then_some(address)
}
