//! The life of the phone's lease as the wire shows it: renewed, rebound, kept. [`super::first_lease`] has how it is taken, [`super::lost_lease`] how
//! it ends.

use super::phone::SOON;
use super::silence::settled;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use evidence::{Capture, DhcpKind, DhcpMessage, Mark};
use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// How early a renewal may be, by chance: T1 and T2 vary by up to 1/64 of themselves (the phone's bench profile; RFC 2131 §4.4.5).
const FUZZ: u64 = 64;

crate::phrases! {
    /// Waits for a request to the server that gave the lease, with the address and no more, and its ACK; not before the renewal time.
    Then "the phone renews its lease with its own server" => renews;
    /// The same before the renewal time: nothing but the phone's wish causes it.
    Then "the phone asks its own server for renewal off schedule" => renews_early;
    /// Waits for a request to every server, with the address and no more, and its ACK; not before the rebinding time.
    Then "the phone asks every server to go on with its lease" => rebinds;
    /// Claims that the phone has not asked for another address and that its page answers where it was.
    Then "the phone keeps its address" => keeps;
    /// Claims that nothing is asked of the DHCP server for so many milliseconds. Here time itself is the point.
    Then "the phone asks nothing of the DHCP server for {int} milliseconds" => asks_nothing;
}

/// The phone's IPv4 address.
///
/// # Errors
/// The feature is at fault when it knows the phone by another.
pub fn v4(scene: &Scene) -> Result<Ipv4Addr, Stop> {
    match scene.phone_address()? {
        IpAddr::V4(address) => Ok(address),
        IpAddr::V6(_) => Err(Stop::bench("the phone is known by an IPv6 address; correct the feature file")),
    }
}

/// ACKs of the phone's own REQUESTs since a mark. What comes under a transaction id that no REQUEST of the phone had answers nothing.
pub fn acknowledged(capture: &Capture, mark: Mark) -> impl DoubleEndedIterator<Item = &DhcpMessage> {
    let own = capture.dhcp().iter().filter(|m| m.op == 1 && m.is(DhcpKind::Request));
    let asked: HashSet<u32> = own.map(|m| m.xid).collect();
    capture.dhcp_since(mark).iter().filter(move |m| m.is(DhcpKind::Ack) && asked.contains(&m.xid))
}

/// A request to go on with an address in use, and the terms that held when it was sent.
struct Going {
    packets: Vec<u32>,
    /// Between the last ACK and it, nanoseconds.
    after_ns: u64,
    t1_ns: u64,
    t2_ns: u64,
    mixed: bool,
}

/// The first request since `mark` that goes on with `address`, with its ACK.
fn going(capture: &Capture, mark: Mark, address: Ipv4Addr, broadcast: bool) -> Option<Going> {
    let request = capture
        .dhcp_since(mark)
        .iter()
        .find(|m| m.is(DhcpKind::Request) && m.ciaddr == address && m.is_broadcast() == broadcast)?;
    acknowledged(capture, Mark(request.completed)).find(|m| m.xid == request.xid)?;
    let before = acknowledged(capture, Mark::default()).rfind(|m| m.completed < request.completed)?;
    let lease = u64::from(before.lease_seconds().unwrap_or(u32::MAX)) * 1_000_000_000;
    let told = |seconds: Option<u32>| seconds.map(|s| u64::from(s) * 1_000_000_000);
    Some(Going {
        packets: request.packets.iter().collect(),
        after_ns: request.time_ns.saturating_sub(before.time_ns),
        t1_ns: told(before.renewal_seconds()).unwrap_or(lease / 2),
        t2_ns: told(before.rebinding_seconds()).unwrap_or(lease / 8 * 7),
        mixed: request.requested().is_some() || request.server().is_some(),
    })
}

async fn awaited(scene: &mut Scene, broadcast: bool, what: &str) -> Result<Going, Stop> {
    let (address, mark) = (v4(scene)?, scene.observer.look().mark());
    // What the scenario has brought about before counts as well; so does what it waits for now.
    let since = if scene.story.since == Mark::default() { mark } else { scene.story.since };
    let found = scene.observer.until(SOON, |capture| going(capture, since, address, broadcast)).await;
    match found {
        Some(found) if found.mixed => Err(Stop::failed(what, "its request has option 50 or 54", found.packets)),
        Some(found) => Ok(found),
        None => {
            let capture = scene.observer.look();
            let seen = capture.dhcp_since(since).iter().filter(|m| m.op == 1);
            let packets: Vec<u32> = seen.flat_map(|m| m.packets.iter().collect::<Vec<_>>()).collect();
            let seen = if packets.is_empty() { "no DHCP message at all" } else { "other DHCP messages" };
            Err(Stop::failed(what, seen, packets))
        }
    }
}

fn not_before(found: &Going, due_ns: u64, what: &str) -> Outcome {
    if found.after_ns + due_ns / FUZZ + 20_000_000 >= due_ns {
        return Ok(());
    }
    let seen = format!("after {} ms, {} ms were due", found.after_ns / 1_000_000, due_ns / 1_000_000);
    Err(Stop::failed(what, seen, found.packets.iter().copied()))
}

async fn renews(world: &mut World, _: Args) -> Outcome {
    let what = "the phone asks its own server alone to renew its lease, at the renewal time";
    let found = awaited(world.scene()?, false, what).await?;
    not_before(&found, found.t1_ns, what)
}

async fn renews_early(world: &mut World, _: Args) -> Outcome {
    awaited(world.scene()?, false, "the phone asks its own server alone to renew its lease").await.map(|_| ())
}

async fn rebinds(world: &mut World, _: Args) -> Outcome {
    let what = "the phone asks every server to go on with its lease, at the rebinding time";
    let found = awaited(world.scene()?, true, what).await?;
    not_before(&found, found.t2_ns, what)
}

async fn keeps(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    settled().await;
    let (address, since) = (v4(scene)?, scene.story.since);
    let web = (scene.phone_address()?, 80).into();
    scene.client.get(web, "/admin/status.xml").await?;
    let capture = scene.observer.look();
    // Before it got the address there was nothing to keep.
    let given = acknowledged(&capture, Mark::default()).find(|m| m.yiaddr == address).map_or(0, |m| m.completed);
    let anew = capture
        .dhcp_since(Mark(since.0.max(given)))
        .iter()
        .find(|m| m.is(DhcpKind::Discover) || m.is(DhcpKind::Decline));
    match anew {
        None => Ok(()),
        Some(m) => Err(Stop::failed("the phone keeps its address", format!("{:?}", m.kind), m.packets.iter())),
    }
}

async fn asks_nothing(world: &mut World, mut args: Args) -> Outcome {
    let limit = Duration::from_millis(args.read()?);
    let scene = world.scene()?;
    let mark = scene.observer.look().mark();
    let asks = |c: &Capture| c.dhcp_since(mark).iter().find(|m| m.op == 1).map(|m| m.packets.first());
    match scene.observer.until(limit, asks).await {
        None => Ok(()),
        Some(packet) => Err(Stop::failed("nothing is asked of the DHCP server", "a DHCP message", [packet])),
    }
}
