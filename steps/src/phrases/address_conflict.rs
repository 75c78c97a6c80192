//! Another host that has, or claims, the phone's address: probe and DECLINE before it is used, defence and retreat afterwards (RFC 5227).

use super::lease::v4;
use super::lost_lease::from_address;
use super::phone::{SOON, met};
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use bench::plan;
use evidence::{ArpKind, Capture, DhcpKind, Mark};
use servers::Sockets;
use servers::arp::{Habit, SQUATTER_MAC, Squatter};
use std::net::Ipv4Addr;
use std::time::Duration;

/// The guest that wants the phone's address.
const SQUATTER: &str = "another host";
/// How long a defence may take; under RFC 5227's ANNOUNCE_INTERVAL of two seconds.
const AT_ONCE: Duration = Duration::from_millis(1200);

crate::phrases! {
    /// Another host says once that it has the phone's address.
    When "another host announces the phone's address" => announces;
    /// Claims a probe for the address, DECLINE when it was answered, and another address in use.
    Then "the phone declines the address and takes another" => declines;
    /// Claims an announcement of the phone for its own address, and that it goes on with it.
    Then "the phone defends its address" => defends;
    /// Claims DECLINE, and that the phone is up at another address.
    Then "the phone gives its address up and takes another" => gives_up;
}

async fn announces(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let address = v4(scene)?;
    if scene.network.guests.get::<Squatter>(SQUATTER).is_err() {
        // It says so once; who has the address in the end is between it and the phone.
        let squatter = Squatter::start(&Sockets::Bench(scene.net()), SQUATTER_MAC).await?;
        squatter.behave(Habit::Silent);
        squatter.hold(address);
        scene.network.guests.seat(SQUATTER, squatter)?;
    }
    scene.story.since = scene.observer.look().mark();
    Ok(scene.network.guests.get::<Squatter>(SQUATTER)?.take(address).await?)
}

/// Waits for a DECLINE since `mark`, and looks at its fields.
async fn declined(scene: &Scene, mark: Mark, address: Ipv4Addr) -> Result<Mark, Stop> {
    let decline = |c: &Capture| c.dhcp_since(mark).iter().find(|m| m.is(DhcpKind::Decline)).cloned();
    let what = format!("DECLINE of {address} with the server's identifier, to everybody");
    let decline = scene.observer.until(SOON, decline).await.ok_or_else(|| Stop::failed(&what, "none", []))?;
    let right = decline.requested() == Some(address)
        && decline.server() == Some(plan::GATEWAY.v4())
        && decline.ciaddr.is_unspecified()
        && decline.is_broadcast();
    if right { Ok(Mark(decline.completed)) } else { Err(Stop::failed(what, "another", decline.packets.iter())) }
}

async fn declines(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let address = *plan::POOL_V4.start();
    let probe =
        |c: &Capture| c.arp().iter().find(|a| a.kind == ArpKind::Probe && a.target_ip == address).map(|a| a.completed);
    let probe = scene.observer.until(SOON, probe).await;
    let probe = probe.ok_or_else(|| Stop::failed("an ARP probe before the address is used", "none", []))?;
    let mark = declined(scene, Mark(probe), address).await?;
    met(scene, mark).await?;
    let used = from_address(&scene.observer.look(), address, 0, u32::MAX);
    if used.is_empty() {
        return Ok(());
    }
    Err(Stop::failed("nothing from an address that another host has", "the phone uses it", used))
}

async fn defends(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let (address, since) = (v4(scene)?, scene.story.since);
    let announced = |c: &Capture| {
        let own = c.arp_since(since).iter().filter(|a| a.sender_mac.0 == crate::network::PHONE_MAC.0);
        own.filter(|a| a.kind == ArpKind::Announcement && a.sender_ip == address).map(|a| a.completed).next()
    };
    // At once, that is: two seconds after its first announcement comes the second that it owes anyway (RFC 5227 §2.3).
    let announced = scene.observer.until(AT_ONCE, announced).await;
    announced
        .map(|_| ())
        .ok_or_else(|| Stop::failed("an announcement of the phone for its address at once", "none", []))
}

async fn gives_up(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let (address, since) = (v4(scene)?, scene.story.since);
    let mark = declined(scene, since, address).await?;
    // A change of address restarts the phone.
    scene.story.restarts_allowed += 1;
    met(scene, mark).await
}
