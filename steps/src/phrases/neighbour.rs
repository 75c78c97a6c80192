//! Who has an address on the segment: the phone's question before it uses one, the other host that has it, and what follows.

use super::connection::address_of;
use super::phone::SOON;
use super::silence::settled;
use crate::network::PHONE_MAC;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::World;
use evidence::{Capture, Fact, Mark};
use servers::{arp, ndp};
use std::net::IpAddr;
use std::time::Duration;

crate::phrases! {
    /// Claims a probe for the address (ARP, or duplicate address detection) before anything was sent from it.
    Then "the phone asked whether somebody has {anything} before it used it" => probed;
    /// Puts a host on the segment that has this address already.
    Given "another host has {anything}" => squatter;
    /// Claims that the phone has sent nothing from this address since the submission or the return of power.
    Then "the phone never used {anything}" => never_used;
    /// Claims that the phone looks on the segment for this host.
    Then "the phone asks by ARP for {word}" => asks_arp;
}

/// Longer than a phone whose profile gives answers 300 ms takes from its question to the use of an address.
const USED_AFTER: Duration = Duration::from_millis(600);

async fn probed(world: &mut World, mut args: Args) -> Outcome {
    let text = args.text()?;
    let scene = world.scene()?;
    let address = address_of(scene, &text)?;
    let since = scene.story.since;
    let used = scene.observer.until(SOON, |capture| first_use(capture, since, address)).await;
    let expected = format!("the phone asks whether somebody has {address} before it uses it");
    let Some(used) = used else { return Err(Stop::failed(expected, "it never used it", [])) };
    let asked = probes(&scene.observer.look(), since, address);
    match asked {
        Some(asked) if asked < used => Ok(()),
        Some(asked) => Err(Stop::failed(expected, "it used it first", [asked, used])),
        None => Err(Stop::failed(expected, "it used it and never asked", [used])),
    }
}

async fn squatter(world: &mut World, mut args: Args) -> Outcome {
    let text = args.text()?;
    let scene = world.scene()?;
    let sockets = servers::Sockets::Bench(scene.net());
    match address_of(scene, &text)? {
        IpAddr::V4(address) => {
            let other = arp::Squatter::start(&sockets, arp::SQUATTER_MAC).await?;
            other.hold(address);
            scene.network.guests.seat("the other host", other)
        }
        IpAddr::V6(address) => {
            let other = ndp::Squatter::start(&sockets, arp::SQUATTER_MAC).await?;
            other.hold(address);
            scene.network.guests.seat("the other host in IPv6", other)
        }
    }
}

async fn never_used(world: &mut World, mut args: Args) -> Outcome {
    let text = args.text()?;
    let scene = world.scene()?;
    let address = address_of(scene, &text)?;
    let since = scene.story.since;
    let asked = scene.observer.until(SOON, |capture| probes(capture, since, address)).await;
    let expected = format!("the phone asks for {address} and, as another host has it, does not use it");
    if asked.is_none() {
        return Err(Stop::failed(expected, "it never asked", []));
    }
    // A phone that does not mind the answer uses the address once the time for answers is over. The absence of a packet is no fact that
    // could be waited for; but the page is asked after that time, and answers from another address.
    tokio::time::sleep(USED_AFTER).await;
    let web = (scene.phone_address()?, 80).into();
    scene.client.get(web, "/admin/status.xml").await?;
    settled().await;
    match first_use(&scene.observer.look(), since, address) {
        None => Ok(()),
        Some(used) => Err(Stop::failed(expected, "it used it", [used])),
    }
}

async fn asks_arp(world: &mut World, mut args: Args) -> Outcome {
    let host: std::net::Ipv4Addr = args.read()?;
    let scene = world.scene()?;
    let since = scene.story.since;
    let asked = scene.observer.until(SOON, |capture| {
        let own = |at: &evidence::At| at.src_mac.is_some_and(|mac| mac.0 == PHONE_MAC.0);
        let mut all = capture.arp_since(since).iter();
        all.find(|a| own(a.at()) && !a.sender_ip.is_unspecified() && a.target_ip == host).map(|a| a.completed)
    });
    match asked.await {
        Some(_) => Ok(()),
        None => Err(Stop::failed(format!("the phone asks by ARP for {host}"), "it does not", [])),
    }
}

/// Packets since `mark` in which the phone asks whether somebody has the address.
pub fn probes(capture: &Capture, mark: Mark, address: IpAddr) -> Option<u32> {
    let own = |at: &evidence::At| at.src_mac.is_some_and(|mac| mac.0 == PHONE_MAC.0);
    match address {
        IpAddr::V4(address) => {
            let mut all = capture.arp_since(mark).iter();
            all.find(|a| own(a.at()) && a.sender_ip.is_unspecified() && a.target_ip == address).map(|a| a.completed)
        }
        IpAddr::V6(address) => {
            let mut all = capture.icmp_since(mark).iter().filter(|m| own(m.at()) && m.is_dad_probe());
            all.find(|m| m.neighbour_solicitation().is_some_and(|s| s.target == address)).map(|m| m.completed)
        }
    }
}

/// The first packet since `mark` that the phone sent from the address, or in which it said that it has it.
pub fn first_use(capture: &Capture, mark: Mark, address: IpAddr) -> Option<u32> {
    let own = |at: &evidence::At| at.src_mac.is_some_and(|mac| mac.0 == PHONE_MAC.0);
    let arp = capture.arp_since(mark).iter().filter(|a| own(a.at()) && IpAddr::V4(a.sender_ip) == address);
    let icmp = capture.icmp_since(mark).iter().filter(|m| {
        let claims = m.neighbour_advertisement().is_some_and(|said| IpAddr::V6(said.target) == address);
        own(m.at()) && (m.src.ip() == address || claims)
    });
    let udp = capture.udp_since(mark).iter().filter(|d| own(d.at()) && d.src.ip() == address);
    let tcp = capture.tcp_since(mark).iter().filter(|t| own(t.at()) && t.src.ip() == address);
    let all = arp.map(|a| a.completed).chain(icmp.map(|m| m.completed));
    all.chain(udp.map(|d| d.completed)).chain(tcp.map(|t| t.completed)).min()
}
