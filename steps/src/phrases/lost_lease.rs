//! How a lease ends: it is over, or the server refuses it. Nothing goes out from the address any more, and the phone begins anew.

use super::dhcp_server::{answer, last_asked};
use super::lease::{acknowledged, v4};
use super::options::options;
use super::phone::{SOON, met};
use super::silence::settled;
use crate::network::Party;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::World;
use evidence::{Capture, DhcpKind, Mark};
use std::net::{IpAddr, Ipv4Addr};

crate::phrases! {
    /// Waits for the end of the lease. Claims that nothing goes out from the address any more, though somebody asks, until the phone has a lease
    /// again; the DHCP server is back then.
    Then "the phone stops using its address when its lease is over" => stops;
    /// Waits for the refusal. Claims that the phone uses its address no more, asks for a new one, and comes up again.
    Then "the phone drops its address and asks for a new one" => drops_it;
}

async fn stops(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let (address, since) = (v4(scene)?, scene.story.since);
    let discover = |c: &Capture| last_asked(c, since).filter(|m| m.is(DhcpKind::Discover)).cloned();
    let discover = scene.observer.until(SOON, discover).await;
    let discover =
        discover.ok_or_else(|| Stop::failed("the phone begins anew when its lease is over", "no DISCOVER", []))?;
    scene.story.since = Mark(discover.completed);
    // Somebody asks the address that is no more; what the phone says to the DHCP server afterwards shows that it has had its turn.
    options(scene, Party::CallServer, false).await?;
    settled().await;
    scene.network.dhcp.misbehave(None);
    answer(scene, &discover).await?;
    let again = scene.observer.until(SOON, |c| next_ack(c, discover.completed)).await;
    let again = again.ok_or_else(|| Stop::failed("the phone takes a new lease", "it takes none", []))?;
    let used = from_address(&scene.observer.look(), address, discover.completed, again);
    if !used.is_empty() {
        return Err(Stop::failed("nothing from an address whose lease is over", "the phone goes on with it", used));
    }
    met(scene, Mark(discover.completed)).await
}

async fn drops_it(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let (address, since) = (v4(scene)?, scene.story.since);
    let refused = |c: &Capture| c.dhcp_since(since).iter().find(|m| m.is(DhcpKind::Nak)).map(|m| m.completed);
    let refused = scene.observer.until(SOON, refused).await;
    let refused = refused.ok_or_else(|| Stop::failed("a request that the server refuses", "none", []))?;
    scene.network.dhcp.misbehave(None);
    scene.story.since = Mark(refused);
    let discover =
        |c: &Capture| c.dhcp_since(Mark(refused)).iter().find(|m| m.is(DhcpKind::Discover)).map(|m| m.completed);
    let discover = scene.observer.until(SOON, discover).await;
    let discover = discover.ok_or_else(|| Stop::failed("DISCOVER after the refusal", "none", [refused]))?;
    let again = scene.observer.until(SOON, |c| next_ack(c, discover)).await;
    let again = again.ok_or_else(|| Stop::failed("the phone takes a new lease", "it takes none", [discover]))?;
    let used = from_address(&scene.observer.look(), address, discover, again);
    if !used.is_empty() {
        return Err(Stop::failed("nothing from an address that was refused", "the phone goes on with it", used));
    }
    met(scene, Mark(refused)).await
}

/// What goes out from an address, between two marks.
pub fn from_address(capture: &Capture, address: Ipv4Addr, after: u32, before: u32) -> Vec<u32> {
    let inside = |packets: &evidence::Packets| packets.first() > after && packets.first() < before;
    let arp = capture.arp().iter().filter(|a| a.sender_ip == address && a.sender_mac.0 == crate::network::PHONE_MAC.0);
    let udp = capture.udp().iter().filter(|d| d.src.ip() == IpAddr::V4(address));
    let found = arp.map(|a| &a.packets).chain(udp.map(|d| &d.packets)).filter(|packets| inside(packets));
    found.map(evidence::Packets::first).collect()
}

/// The packet of the next ACK that gives an address to a phone without one, which had asked for it.
pub fn next_ack(capture: &Capture, after: u32) -> Option<u32> {
    acknowledged(capture, Mark(after)).find(|m| m.ciaddr.is_unspecified()).map(|m| m.packets.first())
}
