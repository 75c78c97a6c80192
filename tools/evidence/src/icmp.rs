//! ICMP (RFC 792) and ICMPv6 (RFC 4443) with the neighbour discovery types (RFC 4861) by name.

use std::net::{IpAddr, SocketAddr};

use serde::Serialize;

use crate::at::{At, facts};
use crate::ip;
use crate::octets::Octets;

/// What an ICMP message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum IcmpKind {
    /// Echo request.
    EchoRequest {
        /// Identifier.
        id: u16,
        /// Sequence number.
        sequence: u16,
    },
    /// Echo reply.
    EchoReply {
        /// Identifier.
        id: u16,
        /// Sequence number.
        sequence: u16,
    },
    /// Nobody listens on the port (v4 type 3 code 3, v6 type 1 code 4).
    PortUnreachable,
    /// Destination unreachable for another reason; the code tells which.
    Unreachable {
        /// Code.
        code: u8,
    },
    /// Time exceeded.
    TimeExceeded,
    /// Packet too big (v6), or fragmentation needed (v4 type 3 code 4).
    TooBig {
        /// Of the next hop, octets.
        mtu: u32,
    },
    /// Router solicitation (v6).
    RouterSolicitation,
    /// Router advertisement (v6).
    RouterAdvertisement,
    /// Neighbour solicitation (v6).
    NeighbourSolicitation,
    /// Neighbour advertisement (v6).
    NeighbourAdvertisement,
    /// Another message.
    Other {
        /// Type.
        kind: u8,
        /// Code.
        code: u8,
    },
}

/// The packet that an ICMP error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Embedded {
    /// IP protocol number.
    pub protocol: u8,
    /// Who had sent it. Port 0 if the protocol has none.
    pub src: SocketAddr,
    /// Whom to.
    pub dst: SocketAddr,
}

/// One ICMP message.
#[derive(Debug, Clone, Serialize)]
pub struct IcmpFact {
    /// Where and when.
    #[serde(flatten)]
    pub at: At,
    /// What it says.
    pub kind: IcmpKind,
    /// For errors: the packet it is about.
    pub about: Option<Embedded>,
}

facts!(IcmpFact);

/// Read a message of either version.
pub(crate) fn read(v6: bool, bytes: &[u8]) -> Result<(IcmpKind, Option<Embedded>), &'static str> {
    const SHORT: &str = "shorter than an ICMP header";
    let mut octets = Octets::new(bytes);
    let kind = octets.u8().ok_or(SHORT)?;
    let code = octets.u8().ok_or(SHORT)?;
    octets.u16().ok_or(SHORT)?;
    let word = octets.u32().ok_or(SHORT)?;
    let (id, sequence) = ((word >> 16) as u16, (word & 0xffff) as u16);
    let read = match (v6, kind, code) {
        (false, 8, _) | (true, 128, _) => IcmpKind::EchoRequest { id, sequence },
        (false, 0, _) | (true, 129, _) => IcmpKind::EchoReply { id, sequence },
        (false, 3, 3) | (true, 1, 4) => IcmpKind::PortUnreachable,
        (false, 3, 4) => IcmpKind::TooBig { mtu: word & 0xffff },
        (false, 3, code) | (true, 1, code) => IcmpKind::Unreachable { code },
        (false, 11, _) | (true, 3, _) => IcmpKind::TimeExceeded,
        (true, 2, _) => IcmpKind::TooBig { mtu: word },
        (true, 133, _) => IcmpKind::RouterSolicitation,
        (true, 134, _) => IcmpKind::RouterAdvertisement,
        (true, 135, _) => IcmpKind::NeighbourSolicitation,
        (true, 136, _) => IcmpKind::NeighbourAdvertisement,
        (_, kind, code) => IcmpKind::Other { kind, code },
    };
    let about = match read {
        IcmpKind::PortUnreachable | IcmpKind::Unreachable { .. } | IcmpKind::TimeExceeded | IcmpKind::TooBig { .. } => {
            embedded(v6, octets.rest())
        }
        _ => None,
    };
    Ok((read, about))
}

/// The start of the packet that caused an error; errors carry at least the ports.
fn embedded(v6: bool, bytes: &[u8]) -> Option<Embedded> {
    let packet = if v6 { ip::read_v6(bytes) } else { ip::read_v4(bytes) }.ok()?;
    let (src_port, dst_port) = match packet.protocol {
        ip::TCP | ip::UDP if packet.fragment.is_none_or(|fragment| fragment.offset == 0) => {
            let mut octets = Octets::new(packet.payload);
            (octets.u16()?, octets.u16()?)
        }
        _ => (0, 0),
    };
    let end = |address: IpAddr, port| SocketAddr::new(address, port);
    Some(Embedded { protocol: packet.protocol, src: end(packet.src, src_port), dst: end(packet.dst, dst_port) })
}
