//! Messages of neighbour discovery: those that a host sends, and those that it believes (RFC 4861 §4, §6.1.2, §7.1).

use super::names::names;
use super::wire::Packet;
use crate::net::datagram::Mac;
use crate::time::Duration;
use std::net::Ipv6Addr;

/// RFC 4861 §4.6: a lifetime of all ones has no end.
const INFINITE: u32 = u32::MAX;
/// Prefixes, name servers and search domains that are taken from one advertisement.
const MOST: usize = 16;

/// A message that passed all checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Message {
    RouterAdvertisement {
        router: Ipv6Addr,
        advertisement: Advertisement,
    },
    /// `probe` when the asker has no address: it does duplicate address detection (RFC 4862 §5.4.3).
    NeighborSolicitation {
        target: Ipv6Addr,
        probe: bool,
    },
    NeighborAdvertisement {
        target: Ipv6Addr,
    },
}

/// What a router tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Advertisement {
    /// M flag: addresses come by DHCPv6.
    pub(super) managed: bool,
    /// O flag: other things come by DHCPv6.
    pub(super) other: bool,
    /// Zero: it is no default router.
    pub(super) lifetime: Duration,
    pub(super) prefixes: Vec<Prefix>,
    /// RFC 8106 §5.1: name servers and how long they may be used; `None` is for ever.
    pub(super) servers: Vec<(Ipv6Addr, Option<Duration>)>,
    /// RFC 8106 §5.2.
    pub(super) domains: Vec<(String, Option<Duration>)>,
}

/// A prefix information option (RFC 4861 §4.6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Prefix {
    pub(super) prefix: Ipv6Addr,
    pub(super) length: u8,
    pub(super) on_link: bool,
    pub(super) autonomous: bool,
    /// `None` is for ever.
    pub(super) valid: Option<Duration>,
    pub(super) preferred: Option<Duration>,
}

/// Reads a packet; `None` unless it is a valid message. `any_hop_limit` and `odd_options` are defects.
pub(super) fn read(packet: &Packet<'_>, any_hop_limit: bool, odd_options: bool) -> Option<Message> {
    // §6.1.2, §7.1.1: a hop limit under 255 means that a router has forwarded it, so it comes from elsewhere.
    if packet.hop_limit != 255 && !any_hop_limit {
        return None;
    }
    let (&[kind, code, _, _], body) = packet.message.split_first_chunk::<4>()?;
    if code != 0 {
        return None;
    }
    match kind {
        134 => advertisement(packet, body, odd_options),
        135 => {
            let target = target(body)?;
            let options = options(body.get(20..)?, odd_options)?;
            let probe = packet.source.is_unspecified();
            // §7.1.1: a probe goes to the solicited-node address and names no Ethernet address.
            let fits = !probe
                || (packet.destination == solicited_node(target) && options.iter().all(|(option, _)| *option != 1));
            fits.then_some(Message::NeighborSolicitation { target, probe })
        }
        136 => {
            let (target, flags) = (target(body)?, *body.first()?);
            options(body.get(20..)?, odd_options)?;
            // §7.1.2: what is sent to all was not solicited.
            let fits = !packet.destination.is_multicast() || flags & 0x40 == 0;
            fits.then_some(Message::NeighborAdvertisement { target })
        }
        _ => None,
    }
}

/// The router solicitation of a host (§4.1).
pub(super) fn router_solicitation(mac: Mac, source: Ipv6Addr) -> Option<Vec<u8>> {
    let mut message = vec![133, 0, 0, 0, 0, 0, 0, 0, 1, 1];
    message.extend(mac);
    let destination = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);
    Packet { source_mac: mac, source, destination, hop_limit: 255, message: &message }.frame()
}

/// The probe for an address (RFC 4862 §5.4.2).
pub(super) fn probe(mac: Mac, address: Ipv6Addr) -> Option<Vec<u8>> {
    let mut message = vec![135, 0, 0, 0, 0, 0, 0, 0];
    message.extend(address.octets());
    let (source, destination) = (Ipv6Addr::UNSPECIFIED, solicited_node(address));
    Packet { source_mac: mac, source, destination, hop_limit: 255, message: &message }.frame()
}

/// The multicast group of an address (RFC 4291 §2.7.1).
pub(crate) fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    let [.., high, low] = address.segments();
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00 | (high & 0xff), low)
}

fn advertisement(packet: &Packet<'_>, body: &[u8], odd_options: bool) -> Option<Message> {
    // §6.1.2: only a link-local address tells one router from another.
    if !packet.source.is_unicast_link_local() {
        return None;
    }
    let (&[_, flags, high, low], _) = body.split_first_chunk::<4>()?;
    let mut told = Advertisement {
        managed: flags & 0x80 != 0,
        other: flags & 0x40 != 0,
        lifetime: Duration::from_secs(u64::from(u16::from_be_bytes([high, low]))),
        ..Advertisement::default()
    };
    for (option, value) in options(body.get(12..)?, odd_options)? {
        match option {
            3 => told.prefixes.extend(prefix(value)),
            25 => told.servers.extend(servers(value)),
            31 => {
                let lifetime = number(value, 2).map(lifetime);
                let names = value.get(6..).map(names).unwrap_or_default();
                told.domains.extend(lifetime.into_iter().flat_map(|life| names.iter().map(move |n| (n.clone(), life))));
            }
            // §4.6: options that are not known are skipped. The link-layer address of the router is the kernel's affair.
            _ => {}
        }
    }
    told.prefixes.truncate(MOST);
    told.servers.truncate(MOST);
    told.domains.truncate(MOST);
    Some(Message::RouterAdvertisement { router: packet.source, advertisement: told })
}

/// Type and value of each option. `None` when one has length zero or is cut: the whole message is dropped then (§6.1.2), unless the phone
/// takes what stands before it (`odd`).
fn options(mut bytes: &[u8], odd: bool) -> Option<Vec<(u8, &[u8])>> {
    let mut options = Vec::new();
    while let Some((&kind, rest)) = bytes.split_first() {
        let length = usize::from(*rest.first()?) * 8;
        if odd && (length == 0 || length > bytes.len()) {
            break;
        }
        if length == 0 {
            return None;
        }
        let (option, rest) = bytes.split_at_checked(length)?;
        options.push((kind, option.get(2..)?));
        bytes = rest;
    }
    Some(options)
}

fn target(body: &[u8]) -> Option<Ipv6Addr> {
    address(body, 4).filter(|target| !target.is_multicast())
}

fn prefix(value: &[u8]) -> Option<Prefix> {
    let (&[length, flags], _) = value.split_first_chunk::<2>()?;
    Some(Prefix {
        prefix: masked(address(value, 14)?, length),
        length,
        on_link: flags & 0x80 != 0,
        autonomous: flags & 0x40 != 0,
        valid: lifetime(number(value, 2)?),
        preferred: lifetime(number(value, 6)?),
    })
    .filter(|prefix| prefix.length <= 128)
}

fn servers(value: &[u8]) -> Vec<(Ipv6Addr, Option<Duration>)> {
    let Some(life) = number(value, 2).map(lifetime) else { return Vec::new() };
    let addresses = value.get(6..).unwrap_or_default().chunks_exact(16).filter_map(|chunk| address(chunk, 0));
    addresses.filter(|address| !address.is_multicast() && !address.is_unspecified()).map(|a| (a, life)).collect()
}

/// The address with all bits after `length` cleared.
pub(crate) fn masked(address: Ipv6Addr, length: u8) -> Ipv6Addr {
    let mask = u128::MAX.checked_shl(128 - u32::from(length.min(128))).unwrap_or(0);
    Ipv6Addr::from(u128::from(address) & mask)
}

fn lifetime(seconds: u32) -> Option<Duration> {
    (seconds != INFINITE).then(|| Duration::from_secs(u64::from(seconds)))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

fn address(bytes: &[u8], at: usize) -> Option<Ipv6Addr> {
    let octets: [u8; 16] = bytes.get(at..at.checked_add(16)?)?.try_into().ok()?;
    Some(octets.into())
}
