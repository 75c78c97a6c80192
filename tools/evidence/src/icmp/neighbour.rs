//! What neighbour discovery says: RFC 4861, with name servers and search lists of RFC 8106.

use std::net::Ipv6Addr;

use serde::Serialize;

use crate::at::Mac;

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

pub(super) fn source_link(options: &[NdOption]) -> Option<Mac> {
    options.iter().find_map(|option| if let NdOption::SourceLink(mac) = option { Some(*mac) } else { None })
}

/// Where everyone listens whose address ends alike (RFC 4291 §2.7.1).
pub fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    let [.., a, b, c] = address.octets();
    Ipv6Addr::from([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, a, b, c])
}
