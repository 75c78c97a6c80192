//! DHCPv4 messages: RFC 2131, options by RFC 2132, overload and concatenation by RFC 3396.

mod accessors;
pub mod code;
mod kind;
pub mod lease;
mod options;
mod values;

use std::net::Ipv4Addr;

use serde::Serialize;

use crate::at::{At, facts};
use crate::octets::Octets;

pub use kind::DhcpKind;
pub use options::{DhcpOption, DhcpPart, DhcpPlace};
pub use values::{DhcpValue, Route, VendorBlock};

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
    /// The same with their lengths and where they stood: a code in parts is there more than once.
    pub parts: Vec<DhcpPart>,
    /// What is wrong with it and left it readable.
    pub faults: Vec<String>,
}

facts!(DhcpMessage);

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
    faults.extend(walked.options.iter().filter_map(values::wrong_length));
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
        codes: walked.parts.iter().map(|part| part.code).collect(),
        parts: walked.parts,
        faults,
    })
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|octet| *octet == 0).unwrap_or(field.len());
    String::from_utf8_lossy(field.get(..end).unwrap_or(field)).into_owned()
}
