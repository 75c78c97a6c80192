//! ICMP (RFC 792) and ICMPv6 (RFC 4443) with neighbour discovery (RFC 4861).

mod discovery;
mod neighbour;

use std::net::{IpAddr, SocketAddr};

use serde::Serialize;

use crate::at::{At, facts};
use crate::ip;
use crate::octets::Octets;

pub use neighbour::{
    NdOption, NdPrefix, NeighbourAdvertisement, NeighbourSolicitation, Redirect, RouterAdvertisement,
    RouterSolicitation, solicited_node,
};

/// What an ICMP message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    RouterSolicitation(RouterSolicitation),
    /// Router advertisement (v6).
    RouterAdvertisement(RouterAdvertisement),
    /// Neighbour solicitation (v6).
    NeighbourSolicitation(NeighbourSolicitation),
    /// Neighbour advertisement (v6).
    NeighbourAdvertisement(NeighbourAdvertisement),
    /// Redirect (v6).
    Redirect(Redirect),
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
    /// Type and code on the wire.
    pub number: (u8, u8),
    /// Hop limit, or time to live, of the packet that carried it; what a router passed on has less than 255.
    pub hop_limit: u8,
    /// What it says.
    pub kind: IcmpKind,
    /// For errors: the packet it is about.
    pub about: Option<Embedded>,
    /// What a receiver must discard it for.
    pub faults: Vec<String>,
}

facts!(IcmpFact);

impl IcmpFact {
    /// If it is a router advertisement.
    pub fn router_advertisement(&self) -> Option<&RouterAdvertisement> {
        if let IcmpKind::RouterAdvertisement(message) = &self.kind { Some(message) } else { None }
    }

    /// If it is a router solicitation.
    pub fn router_solicitation(&self) -> Option<&RouterSolicitation> {
        if let IcmpKind::RouterSolicitation(message) = &self.kind { Some(message) } else { None }
    }

    /// If it is a neighbour solicitation.
    pub fn neighbour_solicitation(&self) -> Option<&NeighbourSolicitation> {
        if let IcmpKind::NeighbourSolicitation(message) = &self.kind { Some(message) } else { None }
    }

    /// If it is a neighbour advertisement.
    pub fn neighbour_advertisement(&self) -> Option<&NeighbourAdvertisement> {
        if let IcmpKind::NeighbourAdvertisement(message) = &self.kind { Some(message) } else { None }
    }

    /// "May I have this address?": a solicitation from the unspecified address (RFC 4862 §5.4.2).
    pub fn is_dad_probe(&self) -> bool {
        self.neighbour_solicitation().is_some() && self.src.ip().is_unspecified()
    }

    /// Whether it is the echo of that request.
    pub fn is_echo_of(&self, request: &IcmpFact) -> bool {
        match (&self.kind, &request.kind) {
            (IcmpKind::EchoReply { id, sequence }, IcmpKind::EchoRequest { id: asked, sequence: number }) => {
                (id, sequence) == (asked, number) && self.dst.ip() == request.src.ip()
            }
            (_, _) => false,
        }
    }
}

/// A message without its place.
pub(crate) struct Icmp {
    pub(crate) number: (u8, u8),
    pub(crate) kind: IcmpKind,
    pub(crate) about: Option<Embedded>,
    pub(crate) faults: Vec<String>,
}

/// Read a message of either version.
pub(crate) fn read(v6: bool, hop_limit: u8, bytes: &[u8], at: &At) -> Result<Icmp, &'static str> {
    const SHORT: &str = "shorter than an ICMP header";
    let mut octets = Octets::new(bytes);
    let kind = octets.u8().ok_or(SHORT)?;
    let code = octets.u8().ok_or(SHORT)?;
    octets.u16().ok_or(SHORT)?;
    let word = octets.u32().ok_or(SHORT)?;
    let (id, sequence) = ((word >> 16) as u16, (word & 0xffff) as u16);
    let mut faults = Vec::new();
    if v6 && matches!(kind, 133..=137) {
        // What comes from beyond the link is not of a neighbour (RFC 4861 §6.1.1 to §8.1).
        if hop_limit != 255 {
            faults.push(format!("neighbour discovery with a hop limit of {hop_limit}"));
        }
        if code != 0 {
            faults.push(format!("neighbour discovery with code {code}"));
        }
    }
    let discovered = match (v6, kind) {
        (true, 133) => {
            discovery::solicitation_of_routers(&mut octets, at, &mut faults).map(IcmpKind::RouterSolicitation)
        }
        (true, 134) => {
            discovery::advertisement_of_router(word, &mut octets, at, &mut faults).map(IcmpKind::RouterAdvertisement)
        }
        (true, 135) => {
            discovery::solicitation_of_neighbour(&mut octets, at, &mut faults).map(IcmpKind::NeighbourSolicitation)
        }
        (true, 136) => discovery::advertisement_of_neighbour(word, &mut octets, at, &mut faults)
            .map(IcmpKind::NeighbourAdvertisement),
        (true, 137) => discovery::redirect(&mut octets, &mut faults).map(IcmpKind::Redirect),
        (_, _) => Some(plain(v6, (kind, code), word, (id, sequence))),
    };
    let read = discovered.unwrap_or_else(|| {
        faults.push("shorter than its fixed fields".to_owned());
        IcmpKind::Other { kind, code }
    });
    let about = match &read {
        IcmpKind::PortUnreachable | IcmpKind::Unreachable { .. } | IcmpKind::TimeExceeded | IcmpKind::TooBig { .. } => {
            embedded(v6, octets.rest())
        }
        _ => None,
    };
    Ok(Icmp { number: (kind, code), kind: read, about, faults })
}

fn plain(v6: bool, (kind, code): (u8, u8), word: u32, (id, sequence): (u16, u16)) -> IcmpKind {
    match (v6, kind, code) {
        (false, 8, _) | (true, 128, _) => IcmpKind::EchoRequest { id, sequence },
        (false, 0, _) | (true, 129, _) => IcmpKind::EchoReply { id, sequence },
        (false, 3, 3) | (true, 1, 4) => IcmpKind::PortUnreachable,
        (false, 3, 4) => IcmpKind::TooBig { mtu: word & 0xffff },
        (false, 3, code) | (true, 1, code) => IcmpKind::Unreachable { code },
        (false, 11, _) | (true, 3, _) => IcmpKind::TimeExceeded,
        (true, 2, _) => IcmpKind::TooBig { mtu: word },
        (_, kind, code) => IcmpKind::Other { kind, code },
    }
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
