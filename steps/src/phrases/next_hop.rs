//! Where options lead the phone's packets: which next hop it asks for by ARP before it sends.

use crate::network::hosts::Host;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::phrases::phone::SOON;
use crate::world::World;
use evidence::{ArpKind, Capture, TcpEvent};
use std::net::{IpAddr, Ipv4Addr};

crate::phrases! {
    /// Claims that the phone looked for the host itself by ARP before it sent its first packet to it.
    Then "the phone reaches {host} directly" => directly;
    /// Claims that the phone looked for this router by ARP before it sent its first packet to the host, and never for the host itself.
    Then "the phone reaches {host} through {host}" => through;
}

/// Packet number of the phone's first packet of IP to this address.
fn first_packet_to(capture: &Capture, to: IpAddr) -> Option<u32> {
    let datagrams = capture.udp().iter().filter(|d| d.at.dst.ip() == to).map(|d| d.at.packets.first());
    let connections = capture
        .tcp()
        .iter()
        .filter(|t| t.at.dst.ip() == to && matches!(t.event, TcpEvent::Asked))
        .map(|t| t.at.packets.first());
    datagrams.chain(connections).min()
}

/// The number of the phone's first question by ARP for an address.
fn asked_by_arp(capture: &Capture, target: Ipv4Addr) -> Option<u32> {
    let question = capture
        .arp()
        .iter()
        .find(|a| a.kind == ArpKind::Request && a.target_ip == target && a.sender_mac.0 == crate::network::PHONE_MAC.0);
    question.map(|a| a.at.packets.first())
}

async fn directly(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    reaches(world, host, host).await
}

async fn through(world: &mut World, mut args: Args) -> Outcome {
    let (host, router): (Host, Host) = (args.read()?, args.read()?);
    reaches(world, host, router).await
}

async fn reaches(world: &mut World, host: Host, next_hop: Host) -> Outcome {
    let scene = world.scene()?;
    let to = IpAddr::V4(host.address);
    // The question comes first: who has sent a packet has asked, or never will. One that asks the wrong one gets no packet out at all.
    let seen = scene.observer.until(SOON, |capture| {
        let (hop, itself) = (asked_by_arp(capture, next_hop.address), asked_by_arp(capture, host.address));
        let sent = first_packet_to(capture, to);
        let decided = sent.is_some() || (itself.is_some() && host.address != next_hop.address);
        decided.then_some((sent, hop, itself))
    });
    let expected = match host.address == next_hop.address {
        true => format!("the phone asks for {to} by ARP and sends to it"),
        false => {
            format!("the phone asks for {} ({}) by ARP and sends to {to} through it", next_hop.address, next_hop.name)
        }
    };
    match seen.await {
        Some((Some(sent), Some(hop), itself))
            if hop < sent && (host.address == next_hop.address || itself.is_none()) =>
        {
            Ok(())
        }
        Some((sent, hop, itself)) => {
            let seen = match itself {
                Some(_) if host.address != next_hop.address => "it asks for the host itself",
                _ => "it sends without having asked for it",
            };
            Err(Stop::failed(expected, seen, [sent, hop, itself].into_iter().flatten()))
        }
        None => Err(Stop::failed(expected, format!("nothing is sent to {to}"), [])),
    }
}
