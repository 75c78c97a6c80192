//! Neighbour discovery: RFC 4861, name servers and search lists of RFC 8106, and what a receiver must discard a message for.

use std::net::Ipv6Addr;

use serde::Serialize;

use crate::at::{At, Mac};
use crate::dns::name;
use crate::limits;
use crate::octets::Octets;

/// A router solicitation (RFC 4861 §4.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RouterSolicitation {
    /// Options in order.
    pub options: Vec<NdOption>,
}

/// A router advertisement (RFC 4861 §4.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RouterAdvertisement {
    /// What hosts are to put into the hop limit of their packets; 0 leaves it to them.
    pub hop_limit: u8,
    /// M: addresses are to be had by DHCPv6.
    pub managed: bool,
    /// O: other configuration is to be had by DHCPv6.
    pub other: bool,
    /// How long it is a default router, seconds; 0 is not.
    pub lifetime: u16,
    /// How long a neighbour counts as reachable, milliseconds; 0 leaves it to them.
    pub reachable_ms: u32,
    /// Between solicitations, milliseconds; 0 leaves it to them.
    pub retransmit_ms: u32,
    /// Options in order.
    pub options: Vec<NdOption>,
}

/// A neighbour solicitation (RFC 4861 §4.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NeighbourSolicitation {
    /// Who is asked for.
    pub target: Ipv6Addr,
    /// Options in order.
    pub options: Vec<NdOption>,
}

/// A neighbour advertisement (RFC 4861 §4.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NeighbourAdvertisement {
    /// R: the sender is a router.
    pub router: bool,
    /// S: it answers a solicitation.
    pub solicited: bool,
    /// O: it replaces what was known.
    pub overrides: bool,
    /// Whose link-layer address it is about.
    pub target: Ipv6Addr,
    /// Options in order.
    pub options: Vec<NdOption>,
}

/// A redirect (RFC 4861 §4.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Redirect {
    /// The better first hop.
    pub target: Ipv6Addr,
    /// For packets to this address.
    pub destination: Ipv6Addr,
    /// Options in order.
    pub options: Vec<NdOption>,
}

/// An option (RFC 4861 §4.6; RFC 8106 §5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NdOption {
    /// 1: link-layer address of the sender.
    SourceLink(Mac),
    /// 2: link-layer address of the target.
    TargetLink(Mac),
    /// 3: a prefix.
    Prefix(NdPrefix),
    /// 5: octets that the link takes.
    Mtu(u32),
    /// 25: name servers, for so many seconds.
    NameServers {
        /// Seconds; all ones is for ever, 0 takes them away.
        lifetime: u32,
        /// Addresses.
        servers: Vec<Ipv6Addr>,
    },
    /// 31: search domains, for so many seconds.
    SearchList {
        /// Seconds; all ones is for ever, 0 takes them away.
        lifetime: u32,
        /// Names.
        domains: Vec<String>,
    },
    /// Another, or one of those that cannot be read; then the message has a fault.
    Other {
        /// Type.
        kind: u8,
        /// Octets after type and length.
        #[serde(serialize_with = "crate::at::hexadecimal")]
        value: Vec<u8>,
    },
}

impl NdOption {
    /// Its number on the wire.
    pub fn number(&self) -> u8 {
        match self {
            NdOption::SourceLink(_) => 1,
            NdOption::TargetLink(_) => 2,
            NdOption::Prefix(_) => 3,
            NdOption::Mtu(_) => 5,
            NdOption::NameServers { .. } => 25,
            NdOption::SearchList { .. } => 31,
            NdOption::Other { kind, .. } => *kind,
        }
    }
}

/// A prefix of a router advertisement (RFC 4861 §4.6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NdPrefix {
    /// Prefix; bits after its length are the sender's slip.
    pub prefix: Ipv6Addr,
    /// Bits.
    pub length: u8,
    /// L: its addresses are on this link.
    pub on_link: bool,
    /// A: hosts may make addresses of it.
    pub autonomous: bool,
    /// Valid lifetime, seconds; all ones is for ever.
    pub valid: u32,
    /// Preferred lifetime, seconds; all ones is for ever.
    pub preferred: u32,
}

/// `2001:db8::/64`.
impl std::fmt::Display for NdPrefix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.prefix, self.length)
    }
}

impl RouterAdvertisement {
    /// Its prefixes.
    pub fn prefixes(&self) -> impl Iterator<Item = &NdPrefix> {
        self.options.iter().filter_map(|option| if let NdOption::Prefix(prefix) = option { Some(prefix) } else { None })
    }

    /// Its name servers, each with the lifetime of its option.
    pub fn name_servers(&self) -> Vec<(Ipv6Addr, u32)> {
        let lists = self.options.iter().filter_map(|option| match option {
            NdOption::NameServers { lifetime, servers } => Some(servers.iter().map(|server| (*server, *lifetime))),
            _ => None,
        });
        lists.flatten().collect()
    }

    /// Its search domains, each with the lifetime of its option.
    pub fn domains(&self) -> Vec<(&str, u32)> {
        let lists = self.options.iter().filter_map(|option| match option {
            NdOption::SearchList { lifetime, domains } => Some(domains.iter().map(|name| (name.as_str(), *lifetime))),
            _ => None,
        });
        lists.flatten().collect()
    }

    /// Octets that the link takes.
    pub fn mtu(&self) -> Option<u32> {
        self.options.iter().find_map(|option| if let NdOption::Mtu(mtu) = option { Some(*mtu) } else { None })
    }

    /// Link-layer address of the router.
    pub fn source_link(&self) -> Option<Mac> {
        source_link(&self.options)
    }
}

impl NeighbourSolicitation {
    /// Link-layer address of who asks.
    pub fn source_link(&self) -> Option<Mac> {
        source_link(&self.options)
    }
}

impl NeighbourAdvertisement {
    /// Link-layer address of the target.
    pub fn target_link(&self) -> Option<Mac> {
        self.options.iter().find_map(|option| if let NdOption::TargetLink(mac) = option { Some(*mac) } else { None })
    }
}

fn source_link(options: &[NdOption]) -> Option<Mac> {
    options.iter().find_map(|option| if let NdOption::SourceLink(mac) = option { Some(*mac) } else { None })
}

pub(super) fn solicitation_of_routers(
    octets: &mut Octets<'_>,
    at: &At,
    faults: &mut Vec<String>,
) -> Option<RouterSolicitation> {
    let message = RouterSolicitation { options: options(octets, faults) };
    // RFC 4861 §6.1.1.
    if at.src.ip().is_unspecified() && source_link(&message.options).is_some() {
        faults.push("a source link-layer address from the unspecified address".to_owned());
    }
    Some(message)
}

/// `word` are the four octets after the checksum.
pub(super) fn advertisement_of_router(
    word: u32,
    octets: &mut Octets<'_>,
    at: &At,
    faults: &mut Vec<String>,
) -> Option<RouterAdvertisement> {
    let [hop_limit, flags, high, low] = word.to_be_bytes();
    let (reachable_ms, retransmit_ms) = (octets.u32()?, octets.u32()?);
    // RFC 4861 §6.1.2.
    if !matches!(at.src.ip(), std::net::IpAddr::V6(address) if address.is_unicast_link_local()) {
        faults.push(format!("a router advertisement from {}, which is not link-local", at.src.ip()));
    }
    Some(RouterAdvertisement {
        hop_limit,
        managed: flags & 0x80 != 0,
        other: flags & 0x40 != 0,
        lifetime: u16::from_be_bytes([high, low]),
        reachable_ms,
        retransmit_ms,
        options: options(octets, faults),
    })
}

pub(super) fn solicitation_of_neighbour(
    octets: &mut Octets<'_>,
    at: &At,
    faults: &mut Vec<String>,
) -> Option<NeighbourSolicitation> {
    let message = NeighbourSolicitation { target: target(octets, faults)?, options: options(octets, faults) };
    // RFC 4861 §7.1.1.
    if at.src.ip().is_unspecified() {
        if at.dst.ip() != std::net::IpAddr::V6(solicited_node(message.target)) {
            faults.push("from the unspecified address, not to the solicited-node address".to_owned());
        }
        if message.source_link().is_some() {
            faults.push("a source link-layer address from the unspecified address".to_owned());
        }
    }
    Some(message)
}

pub(super) fn advertisement_of_neighbour(
    word: u32,
    octets: &mut Octets<'_>,
    at: &At,
    faults: &mut Vec<String>,
) -> Option<NeighbourAdvertisement> {
    let solicited = word & 0x4000_0000 != 0;
    // RFC 4861 §7.1.2.
    if solicited && at.dst.ip().is_multicast() {
        faults.push("solicited, and sent to many".to_owned());
    }
    Some(NeighbourAdvertisement {
        router: word & 0x8000_0000 != 0,
        solicited,
        overrides: word & 0x2000_0000 != 0,
        target: target(octets, faults)?,
        options: options(octets, faults),
    })
}

pub(super) fn redirect(octets: &mut Octets<'_>, faults: &mut Vec<String>) -> Option<Redirect> {
    let (target, destination) = (octets.array::<16>()?.into(), octets.array::<16>()?.into());
    Some(Redirect { target, destination, options: options(octets, faults) })
}

/// Where everyone listens whose address ends alike (RFC 4291 §2.7.1).
pub fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    let [.., a, b, c] = address.octets();
    Ipv6Addr::from([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, a, b, c])
}

fn target(octets: &mut Octets<'_>, faults: &mut Vec<String>) -> Option<Ipv6Addr> {
    let target = Ipv6Addr::from(octets.array::<16>()?);
    if target.is_multicast() {
        faults.push(format!("the target {target} is a multicast address"));
    }
    Some(target)
}

/// A length of 0 makes a message worthless (RFC 4861 §4.6).
fn options(octets: &mut Octets<'_>, faults: &mut Vec<String>) -> Vec<NdOption> {
    let mut options = Vec::new();
    while !octets.is_empty() {
        if options.len() >= limits::ND_OPTIONS {
            faults.push(format!("more than {} options", limits::ND_OPTIONS));
            break;
        }
        let (Some(kind), Some(units)) = (octets.u8(), octets.u8()) else {
            faults.push("the options end within a header".to_owned());
            break;
        };
        let Some(length) = (usize::from(units) * 8).checked_sub(2) else {
            faults.push(format!("option {kind} has a length of 0"));
            break;
        };
        let Some(value) = octets.take(length) else {
            faults.push(format!("option {kind} claims {length} octets, {} are left", octets.len()));
            break;
        };
        options.push(option(kind, Octets::new(value)).unwrap_or_else(|| {
            faults.push(format!("option {kind}: its {length} octets cannot be read"));
            NdOption::Other { kind, value: value.to_vec() }
        }));
    }
    options
}

fn option(kind: u8, mut octets: Octets<'_>) -> Option<NdOption> {
    Some(match kind {
        // Of other links than Ethernet the address has another length.
        1 | 2 if octets.len() != 6 => NdOption::Other { kind, value: octets.rest().to_vec() },
        1 => NdOption::SourceLink(Mac(octets.array()?)),
        2 => NdOption::TargetLink(Mac(octets.array()?)),
        3 => {
            let (length, flags) = (octets.u8()?, octets.u8()?);
            let (valid, preferred) = (octets.u32()?, octets.u32()?);
            octets.u32()?;
            let prefix = octets.array::<16>()?.into();
            let (on_link, autonomous) = (flags & 0x80 != 0, flags & 0x40 != 0);
            if length > 128 || !octets.is_empty() {
                return None;
            }
            NdOption::Prefix(NdPrefix { prefix, length, on_link, autonomous, valid, preferred })
        }
        5 => {
            octets.u16()?;
            NdOption::Mtu(octets.u32()?)
        }
        25 => {
            octets.u16()?;
            let lifetime = octets.u32()?;
            let (servers, rest) = octets.rest().as_chunks::<16>();
            if !rest.is_empty() || servers.is_empty() {
                return None;
            }
            NdOption::NameServers { lifetime, servers: servers.iter().map(|octets| (*octets).into()).collect() }
        }
        31 => {
            octets.u16()?;
            NdOption::SearchList { lifetime: octets.u32()?, domains: domains(octets)? }
        }
        _ => NdOption::Other { kind, value: octets.rest().to_vec() },
    })
}

/// Names, not compressed, filled up with zeros (RFC 8106 §5.2).
fn domains(mut octets: Octets<'_>) -> Option<Vec<String>> {
    let mut domains = Vec::new();
    while octets.rest().iter().any(|octet| *octet != 0) {
        domains.push(name::read_plain(&mut octets)?);
    }
    Some(domains)
}
