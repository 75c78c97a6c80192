//! Reading neighbour discovery, and what a receiver must discard a message for.

use std::net::{IpAddr, Ipv6Addr};

use super::neighbour::{
    NdOption, NdPrefix, NeighbourAdvertisement, NeighbourSolicitation, Redirect, RouterAdvertisement,
    RouterSolicitation, solicited_node, source_link,
};
use crate::at::{At, Mac};
use crate::dns::name;
use crate::limits;
use crate::octets::Octets;

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
    if !matches!(at.src.ip(), IpAddr::V6(address) if address.is_unicast_link_local()) {
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
        if at.dst.ip() != IpAddr::V6(solicited_node(message.target)) {
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
