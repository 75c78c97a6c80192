//! DHCPv4 messages: RFC 2131, options by RFC 2132, overload and concatenation by RFC 3396.

pub mod lease;
mod options;

use std::net::Ipv4Addr;

use serde::Serialize;

use crate::at::{At, Mac, facts};
use crate::octets::Octets;

pub use options::DhcpOption;

/// Message type: option 53 (RFC 2132 §9.6; RFC 4388; RFC 3203).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub enum DhcpKind {
    Discover,
    Offer,
    Request,
    Decline,
    Ack,
    Nak,
    Release,
    Inform,
    ForceRenew,
    LeaseQuery,
    LeaseUnassigned,
    LeaseUnknown,
    LeaseActive,
    Other(u8),
}

impl From<u8> for DhcpKind {
    fn from(number: u8) -> Self {
        match number {
            1 => DhcpKind::Discover,
            2 => DhcpKind::Offer,
            3 => DhcpKind::Request,
            4 => DhcpKind::Decline,
            5 => DhcpKind::Ack,
            6 => DhcpKind::Nak,
            7 => DhcpKind::Release,
            8 => DhcpKind::Inform,
            9 => DhcpKind::ForceRenew,
            10 => DhcpKind::LeaseQuery,
            11 => DhcpKind::LeaseUnassigned,
            12 => DhcpKind::LeaseUnknown,
            13 => DhcpKind::LeaseActive,
            other => DhcpKind::Other(other),
        }
    }
}

/// `DISCOVER`, `ACK`.
impl std::fmt::Display for DhcpKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            DhcpKind::Discover => "DISCOVER",
            DhcpKind::Offer => "OFFER",
            DhcpKind::Request => "REQUEST",
            DhcpKind::Decline => "DECLINE",
            DhcpKind::Ack => "ACK",
            DhcpKind::Nak => "NAK",
            DhcpKind::Release => "RELEASE",
            DhcpKind::Inform => "INFORM",
            DhcpKind::ForceRenew => "FORCERENEW",
            DhcpKind::LeaseQuery => "LEASEQUERY",
            DhcpKind::LeaseUnassigned => "LEASEUNASSIGNED",
            DhcpKind::LeaseUnknown => "LEASEUNKNOWN",
            DhcpKind::LeaseActive => "LEASEACTIVE",
            DhcpKind::Other(number) => return write!(f, "type {number}"),
        })
    }
}

/// Option codes that accessors use.
pub mod code {
    #![expect(missing_docs, reason = "the names are RFC 2132's")]
    pub const HOST_NAME: u8 = 12;
    pub const REQUESTED_ADDRESS: u8 = 50;
    pub const LEASE_TIME: u8 = 51;
    pub const OVERLOAD: u8 = 52;
    pub const MESSAGE_TYPE: u8 = 53;
    pub const SERVER_IDENTIFIER: u8 = 54;
    pub const PARAMETER_LIST: u8 = 55;
    pub const MESSAGE: u8 = 56;
    pub const RENEWAL_TIME: u8 = 58;
    pub const REBINDING_TIME: u8 = 59;
    pub const VENDOR_CLASS: u8 = 60;
    pub const CLIENT_IDENTIFIER: u8 = 61;
}

/// One DHCPv4 (or BOOTP) message.
#[derive(Debug, Clone, Serialize)]
pub struct DhcpMessage {
    /// Where and when.
    #[serde(flatten)]
    pub at: At,
    /// 1 from a client, 2 from a server.
    pub op: u8,
    /// Message type; none in BOOTP.
    pub kind: Option<DhcpKind>,
    /// Transaction.
    pub xid: u32,
    /// Seconds since the client began.
    pub secs: u16,
    /// Flags; the highest bit asks for broadcast.
    pub flags: u16,
    /// Client address, if it has one already.
    pub ciaddr: Ipv4Addr,
    /// "Your" address.
    pub yiaddr: Ipv4Addr,
    /// Next server.
    pub siaddr: Ipv4Addr,
    /// Relay.
    pub giaddr: Ipv4Addr,
    /// Client hardware address, `hlen` octets of it.
    #[serde(serialize_with = "crate::at::hexadecimal")]
    pub chaddr: Vec<u8>,
    /// Server name field up to its first NUL; empty if it holds options.
    pub sname: String,
    /// File field up to its first NUL; empty if it holds options.
    pub file: String,
    /// Options, the parts of one code joined (RFC 3396 §5), in order of first appearance.
    pub options: Vec<DhcpOption>,
    /// Codes in the order of the wire, pad and end left out.
    pub codes: Vec<u8>,
    /// What is wrong with it and left it readable.
    pub faults: Vec<String>,
}

facts!(DhcpMessage);

impl DhcpMessage {
    /// The octets of an option.
    pub fn option(&self, code: u8) -> Option<&[u8]> {
        self.options.iter().find(|option| option.code == code).map(|option| option.value.as_slice())
    }

    /// An option that is one address.
    pub fn address(&self, code: u8) -> Option<Ipv4Addr> {
        self.option(code)?.try_into().ok().map(|octets: [u8; 4]| Ipv4Addr::from(octets))
    }

    /// An option that is a list of addresses.
    pub fn addresses(&self, code: u8) -> Vec<Ipv4Addr> {
        let (addresses, _) = self.option(code).unwrap_or_default().as_chunks::<4>();
        addresses.iter().map(|octets| Ipv4Addr::from(*octets)).collect()
    }

    /// An option that is a number of four octets.
    pub fn number(&self, code: u8) -> Option<u32> {
        self.option(code)?.try_into().ok().map(u32::from_be_bytes)
    }

    /// An option that is text.
    pub fn text(&self, code: u8) -> Option<String> {
        Some(String::from_utf8_lossy(self.option(code)?).into_owned())
    }

    /// Server identifier.
    pub fn server(&self) -> Option<Ipv4Addr> {
        self.address(code::SERVER_IDENTIFIER)
    }

    /// Requested address.
    pub fn requested(&self) -> Option<Ipv4Addr> {
        self.address(code::REQUESTED_ADDRESS)
    }

    /// Lease time, seconds.
    pub fn lease_seconds(&self) -> Option<u32> {
        self.number(code::LEASE_TIME)
    }

    /// Renewal time, seconds.
    pub fn renewal_seconds(&self) -> Option<u32> {
        self.number(code::RENEWAL_TIME)
    }

    /// Rebinding time, seconds.
    pub fn rebinding_seconds(&self) -> Option<u32> {
        self.number(code::REBINDING_TIME)
    }

    /// Whether it was sent to all of a link.
    pub fn is_broadcast(&self) -> bool {
        self.dst.ip() == Ipv4Addr::BROADCAST || self.dst_mac == Some(Mac::BROADCAST)
    }

    /// Codes that the client asks for, in its order; empty without the option.
    pub fn parameter_list(&self) -> &[u8] {
        self.option(code::PARAMETER_LIST).unwrap_or_default()
    }

    /// Client hardware address, if it is an Ethernet address.
    pub fn client(&self) -> Option<Mac> {
        self.chaddr.as_slice().try_into().ok().map(Mac)
    }

    /// Whether it is of this type.
    pub fn is(&self, kind: DhcpKind) -> bool {
        self.kind == Some(kind)
    }
}

/// Read a message. `Err` if its fixed fields are cut (RFC 2131 §2) or no reader could make sense of it.
pub(crate) fn read(payload: &[u8], at: At) -> Result<DhcpMessage, &'static str> {
    let mut octets = Octets::new(payload);
    fixed(&mut octets, at).ok_or("shorter than the fixed fields")
}

fn fixed(octets: &mut Octets<'_>, at: At) -> Option<DhcpMessage> {
    let (op, hardware, hlen) = (octets.u8()?, octets.u8()?, octets.u8()?);
    octets.u8()?; // hops
    let xid = octets.u32()?;
    let (secs, flags) = (octets.u16()?, octets.u16()?);
    let mut address = || octets.array::<4>().map(Ipv4Addr::from);
    let (ciaddr, yiaddr, siaddr, giaddr) = (address()?, address()?, address()?, address()?);
    let hardware_address = octets.take(16)?;
    let (sname, file) = (octets.take(64)?, octets.take(128)?);
    let walked = options::walk(octets.rest(), sname, file);
    let mut faults = walked.faults;
    if !matches!(op, 1 | 2) {
        faults.push(format!("op is {op}"));
    }
    if hlen > 16 || (hardware == 1 && hlen != 6) {
        faults.push(format!("hardware type {hardware} with an address of {hlen} octets"));
    }
    let kind_option = walked.options.iter().find(|option| option.code == code::MESSAGE_TYPE);
    let kind = kind_option.and_then(|option| option.value.first()).copied().map(DhcpKind::from);
    Some(DhcpMessage {
        at,
        op,
        kind,
        xid,
        secs,
        flags,
        ciaddr,
        yiaddr,
        siaddr,
        giaddr,
        chaddr: hardware_address.get(..usize::from(hlen).min(16))?.to_vec(),
        sname: if walked.sname_is_options { String::new() } else { text(sname) },
        file: if walked.file_is_options { String::new() } else { text(file) },
        options: walked.options,
        codes: walked.codes,
        faults,
    })
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|octet| *octet == 0).unwrap_or(field.len());
    String::from_utf8_lossy(field.get(..end).unwrap_or(field)).into_owned()
}
