//! The life of the phone's lease as the wire shows it: asked for, renewed, rebound, refused, declined, over.

use super::dhcp_server::{answer, last_asked};
use super::options::options;
use super::phone::{SOON, met};
use super::silence::settled;
use crate::network::Party;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use bench::plan;
use evidence::{ArpKind, Capture, DhcpKind, DhcpMessage, Mark};
use servers::Sockets;
use servers::arp::{Habit, SQUATTER_MAC, Squatter};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// The guest that wants the phone's address.
const SQUATTER: &str = "another host";
/// How early a renewal may be, by chance: T1 and T2 vary by up to 1/64 of themselves (the phone's bench profile; RFC 2131 §4.4.5).
const FUZZ: u64 = 64;

/// How long a defence may take; under RFC 5227's ANNOUNCE_INTERVAL of two seconds.
const AT_ONCE: Duration = Duration::from_millis(1200);

crate::phrases! {
    /// Claims the first DHCP exchange since the phone was switched on: addresses, ports and options of DISCOVER and REQUEST.
    Then "the phone has taken its address by DISCOVER and REQUEST" => first_exchange;
    /// Claims that all DHCP messages of the phone so far have one client identifier, one vendor class and one list of parameters.
    Then "the phone says the same of itself in all its DHCP messages" => same_identity;
    /// Waits for a request to the server that gave the lease, with the address and no more, and its ACK; not before the renewal time.
    Then "the phone renews its lease with its own server" => renews;
    /// The same before the renewal time: nothing but the phone's wish causes it.
    Then "the phone asks its own server for renewal off schedule" => renews_early;
    /// Waits for a request to every server, with the address and no more, and its ACK; not before the rebinding time.
    Then "the phone asks every server to go on with its lease" => rebinds;
    /// Claims that the phone has not asked for another address and that its page answers where it was.
    Then "the phone keeps its address" => keeps;
    /// Waits for the end of the lease. Claims that nothing goes out from the address any more, though somebody asks, until the phone has a lease
    /// again; the DHCP server is back then.
    Then "the phone stops using its address when its lease is over" => stops;
    /// Waits for the refusal. Claims that the phone uses its address no more, asks for a new one, and comes up again.
    Then "the phone drops its address and asks for a new one" => drops_it;
    /// Claims that the phone asked for its former address after power-on, before anything else.
    Then "the phone has asked for the address that it had" => reboots;
    /// Claims that nothing is asked of the DHCP server for so many milliseconds. Here time itself is the point.
    Then "the phone asks nothing of the DHCP server for {int} milliseconds" => asks_nothing;
    /// Puts a host on the segment that has the first address that the DHCP server gives.
    Given "the address that the phone is to get belongs to another host" => squats;
    /// Another host says once that it has the phone's address.
    When "another host announces the phone's address" => announces;
    /// Claims a probe for the address, DECLINE when it was answered, and another address in use.
    Then "the phone declines the address and takes another" => declines;
    /// Claims an announcement of the phone for its own address, and that it goes on with it.
    Then "the phone defends its address" => defends;
    /// Claims DECLINE, and that the phone is up at another address.
    Then "the phone gives its address up and takes another" => gives_up;
    /// The call server hears everything and answers nothing, and a person dials.
    When "a call of the phone gets no answer of any kind from the call server" => mute_call;
    /// The call server answers again.
    When "the call server speaks again" => speaks;
    /// Claims that the phone restarts and is up again, at whatever address it is given.
    Then "the phone resets and is up again" => resets;
    /// Claims that the phone did not use what came before the right answer, and is up with that.
    Then "the phone takes the right answer and none before it" => takes_right;
    /// Claims that address and server are of one and the same offer, from request to use.
    Then "the phone takes the offer of one server whole" => whole_offer;
}

fn v4(scene: &Scene) -> Result<Ipv4Addr, Stop> {
    match scene.phone_address()? {
        IpAddr::V4(address) => Ok(address),
        IpAddr::V6(_) => Err(Stop::bench("the phone is known by an IPv6 address; correct the feature file")),
    }
}

async fn first_exchange(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let capture = scene.observer.look();
    let own = |kind| move |m: &&DhcpMessage| m.is(kind) && m.op == 1;
    let discover = capture.dhcp().iter().find(own(DhcpKind::Discover));
    let Some(discover) = discover else { return Err(Stop::failed("a DHCPDISCOVER", "none", [])) };
    let request = capture.dhcp_since(Mark(discover.completed)).iter().find(own(DhcpKind::Request));
    let Some(request) = request else { return Err(Stop::failed("a DHCPREQUEST", "none", discover.packets.iter())) };
    let offer = capture.dhcp().iter().find(|m| m.is(DhcpKind::Offer) && m.xid == discover.xid);
    let Some(offer) = offer else { return Err(Stop::server("the DHCP server made no offer")) };
    let asked = [1, 2, 3, 6, 15, 42, 43, 66, 125, 150, 159, 160];
    let class = format!("CP-{}-3PCC", scene.unit.model);
    let mut wrong = Vec::new();
    for m in [discover, request] {
        let mut claim = |holds: bool, what: &str| {
            if !holds {
                wrong.push(format!("{:?}: {what}", m.kind));
            }
        };
        claim(m.src.port() == 68 && m.dst.port() == 67, "not from port 68 to port 67");
        claim(m.is_broadcast() && m.src.ip() == Ipv4Addr::UNSPECIFIED, "not from 0.0.0.0 to everybody");
        claim(m.chaddr == crate::network::PHONE_MAC.0 && m.ciaddr.is_unspecified(), "chaddr or ciaddr is wrong");
        claim(asked.iter().all(|code| m.parameter_list().contains(code)), "option 55 lacks options of the document");
        claim(m.text(60).is_some_and(|text| text.contains(&class)), "option 60 does not name the model");
        claim(m.faults.is_empty(), "it is malformed");
    }
    let of_offer = request.server() == offer.server() && request.requested() == Some(offer.yiaddr);
    if !of_offer || request.xid != offer.xid {
        wrong.push("the REQUEST does not name server, address and transaction of the offer".into());
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let packets = discover.packets.iter().chain(request.packets.iter());
    Err(Stop::failed("DISCOVER and REQUEST as RFC 2131 has them", wrong.join("; "), packets))
}

async fn same_identity(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let capture = scene.observer.look();
    let own: Vec<&DhcpMessage> = capture.dhcp().iter().filter(|m| m.op == 1).collect();
    let asking = own.iter().filter(|m| m.is(DhcpKind::Discover) || m.is(DhcpKind::Request));
    let mut lists = asking.map(|m| (m.parameter_list(), m.option(60)));
    let first = lists.next();
    let identified = own.iter().map(|m| m.option(61)).collect::<Vec<_>>();
    let same = identified.windows(2).all(|pair| matches!(pair, [a, b] if a == b)) && lists.all(|l| Some(l) == first);
    if same {
        return Ok(());
    }
    let packets = own.iter().flat_map(|m| m.packets.iter().collect::<Vec<_>>());
    Err(Stop::failed("the same options 55, 60 and 61 in all DHCP messages", "they differ", packets))
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
    let acked = |m: &&DhcpMessage| m.is(DhcpKind::Ack) && m.xid == request.xid;
    capture.dhcp_since(Mark(request.completed)).iter().find(acked)?;
    let before = capture.dhcp().iter().rfind(|m| m.is(DhcpKind::Ack) && m.completed < request.completed)?;
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
    let given = |m: &&DhcpMessage| m.is(DhcpKind::Ack) && m.yiaddr == address;
    let given = capture.dhcp().iter().find(given).map_or(0, |m| m.completed);
    let anew = capture
        .dhcp_since(Mark(since.0.max(given)))
        .iter()
        .find(|m| m.is(DhcpKind::Discover) || m.is(DhcpKind::Decline));
    match anew {
        None => Ok(()),
        Some(m) => Err(Stop::failed("the phone keeps its address", format!("{:?}", m.kind), m.packets.iter())),
    }
}

/// What goes out from an address, between two marks.
fn from_address(capture: &Capture, address: Ipv4Addr, after: u32, before: u32) -> Vec<u32> {
    let inside = |packets: &evidence::Packets| packets.first() > after && packets.first() < before;
    let arp = capture.arp().iter().filter(|a| a.sender_ip == address && a.sender_mac.0 == crate::network::PHONE_MAC.0);
    let udp = capture.udp().iter().filter(|d| d.src.ip() == IpAddr::V4(address));
    let found = arp.map(|a| &a.packets).chain(udp.map(|d| &d.packets)).filter(|packets| inside(packets));
    found.map(evidence::Packets::first).collect()
}

/// The packet of the next ACK that gives an address to a phone without one.
fn next_ack(capture: &Capture, after: u32) -> Option<u32> {
    let acks = capture.dhcp_since(Mark(after)).iter();
    acks.filter(|m| m.is(DhcpKind::Ack) && m.ciaddr.is_unspecified()).map(|m| m.packets.first()).next()
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

async fn reboots(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let capture = scene.observer.look();
    let first = capture.dhcp_since(scene.story.since).iter().find(|m| m.op == 1);
    let Some(first) = first else { return Err(Stop::failed("a DHCP message after power-on", "none", [])) };
    let before = capture.dhcp().iter().rfind(|m| m.is(DhcpKind::Ack) && m.completed < first.completed);
    let right = first.is(DhcpKind::Request)
        && first.requested() == before.map(|m| m.yiaddr)
        && first.server().is_none()
        && first.ciaddr.is_unspecified()
        && first.is_broadcast();
    if right {
        return Ok(());
    }
    let expected = "first a REQUEST of the former address, to everybody, with no server and no ciaddr";
    Err(Stop::failed(expected, format!("{:?}", first.kind), first.packets.iter()))
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

async fn squatter(scene: &mut Scene, address: Ipv4Addr, habit: Habit) -> Outcome {
    let squatter = Squatter::start(&Sockets::Bench(scene.net()), SQUATTER_MAC).await?;
    squatter.behave(habit);
    squatter.hold(address);
    scene.network.guests.seat(SQUATTER, squatter)
}

async fn squats(world: &mut World, _: Args) -> Outcome {
    squatter(world.scene()?, *plan::POOL_V4.start(), Habit::Answers).await
}

async fn announces(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let address = v4(scene)?;
    if scene.network.guests.get::<Squatter>(SQUATTER).is_err() {
        // It says so once; who has the address in the end is between it and the phone.
        squatter(scene, address, Habit::Silent).await?;
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

async fn mute_call(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    scene.story.since = scene.observer.look().mark();
    scene.network.call_server.mute(true);
    scene.keys()?.execute("Dial:5550100").await
}

async fn speaks(world: &mut World, _: Args) -> Outcome {
    world.scene()?.network.call_server.mute(false);
    Ok(())
}

async fn resets(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = scene.story.since;
    let asked = |c: &Capture| c.dhcp_since(since).iter().find(|m| m.is(DhcpKind::Request)).map(|m| m.completed);
    let asked = scene.observer.until(SOON, asked).await;
    let asked = asked.ok_or_else(|| Stop::failed("the phone asks for renewal of its lease", "it does not", []))?;
    scene.network.call_server.mute(false);
    scene.story.restarts_allowed += 1;
    let again = scene.observer.until(SOON, |c| next_ack(c, asked)).await;
    let again =
        again.ok_or_else(|| Stop::failed("the phone restarts and asks for an address", "it does not", [asked]))?;
    scene.network.dhcp.misbehave(None);
    met(scene, Mark(again - 1)).await
}

async fn takes_right(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = scene.story.since;
    let early: Vec<u32> = {
        let capture = scene.observer.look();
        let own = capture.arp().iter().filter(|a| a.sender_mac.0 == crate::network::PHONE_MAC.0);
        own.filter(|a| a.completed <= since.0).map(|a| a.completed).collect()
    };
    if !early.is_empty() {
        return Err(Stop::failed("a wrong answer is dropped", "the phone uses what it says", early));
    }
    met(scene, since).await
}

async fn whole_offer(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let address = v4(scene)?;
    let capture = scene.observer.look();
    let request = capture.dhcp().iter().find(|m| m.is(DhcpKind::Request) && m.op == 1);
    let Some(request) = request else { return Err(Stop::failed("a DHCPREQUEST", "none", [])) };
    let offers = || capture.dhcp().iter().filter(|m| m.is(DhcpKind::Offer));
    if offers().count() < 2 {
        return Err(Stop::server("one of the DHCP servers made no offer"));
    }
    let same = |m: &DhcpMessage| Some(m.yiaddr) == request.requested() && m.server() == request.server();
    let leases = capture.leases();
    let used = leases.last().is_some_and(|l| l.address == address && l.server == request.server());
    if offers().any(same) && used {
        return Ok(());
    }
    Err(Stop::failed("server and address of one offer", "parts of two", request.packets.iter()))
}
