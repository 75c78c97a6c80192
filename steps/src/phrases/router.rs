//! Routers of IPv6: what they advertise, rightly and wrongly, and what the phone makes of it.

use super::connection::formed;
use super::ipv6::own;
use super::phone::SOON;
use super::silence::settled;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use bench::plan;
use evidence::{Capture, Mark};
use servers::Sockets;
use servers::ra::{self, Advertisement, Prefix, RouterMisbehaviour};
use std::collections::BTreeMap;
use std::net::Ipv6Addr;

const ROUTER: &str = "the IPv6 router";

crate::phrases! {
    /// Starts a router that advertises the bench's prefix: `address formation`, `managed addresses` (M and O) or `other configuration` (O).
    Given "an IPv6 router that tells of {anything}" => router;
    /// Starts a router whose prefix is valid for so many seconds.
    Given "an IPv6 router whose prefix is valid for {int} seconds" => short_router;
    /// Advertises another prefix in a way in which no host may believe it.
    When "the router advertises {word} wrongly: {anything}" => advertises_wrongly;
    /// Advertises another prefix.
    When "the router advertises {word}" => advertises;
    /// The same with a router lifetime of zero.
    When "the router advertises {word} and says that it is no default router" => advertises_no_router;
    /// Starts a router as `an IPv6 router that tells of …`, which advertises at once, unasked.
    When "an IPv6 router comes that tells of {anything}" => comes;
    /// Advertises, one after the other, a hundred prefixes, each from a router of its own, and then those of the router that is there.
    When "a hundred routers advertise a prefix each" => crowd;
    /// Advertises its name server with a lifetime of zero: whoever believes it has heard all that came before.
    When "the router takes its name server back" => takes_name_server_back;
    /// Claims duplicate address detection for addresses of one or more of these prefixes, and of no more than so many.
    Then "the phone forms addresses of some of their prefixes, and of no more than {int}" => bounded;
    /// Claims duplicate address detection for the address of this prefix, which means that the phone believes it.
    Then "the phone forms an address of {word}" => forms;
    /// Claims that nothing was sent from, or asked about, an address of this prefix.
    Then "the phone formed no address of {word}" => forms_none;
    /// Claims up to three router solicitations, and the first from an address that was looked at before.
    Then "the phone has solicited routers" => solicits;
}

async fn start_router(scene: &mut Scene, advertisement: Advertisement) -> Outcome {
    let sockets = Sockets::Bench(scene.net());
    let advertisement = Advertisement { name_servers: Some((vec![plan::NAME_SERVER.v6()], 1800)), ..advertisement };
    let router = ra::Router::start(&sockets, ra::Settings::new(advertisement)).await?;
    scene.network.guests.seat(ROUTER, router)
}

async fn router(world: &mut World, mut args: Args) -> Outcome {
    let advertisement = match args.text()?.as_str() {
        "address formation" => Advertisement::slaac(),
        "managed addresses" => Advertisement::stateful(),
        "other configuration" => Advertisement::stateless(),
        other => return Err(Stop::bench(format!("no router tells of `{other}`; correct the feature file"))),
    };
    start_router(world.scene()?, advertisement).await
}

async fn short_router(world: &mut World, mut args: Args) -> Outcome {
    let seconds: u32 = args.read()?;
    let prefix = Prefix { valid: seconds, preferred: seconds, ..Prefix::of_bench() };
    start_router(world.scene()?, Advertisement { prefixes: vec![prefix], ..Advertisement::default() }).await
}

fn prefix_of(text: &str) -> Result<Ipv6Addr, Stop> {
    let address = text.split('/').next().unwrap_or_default();
    address.parse().map_err(|e| Stop::bench(format!("the feature says `{text}`: {e}; correct the feature file")))
}

async fn advertise(scene: &mut Scene, prefix: Ipv6Addr, misbehaviour: Option<RouterMisbehaviour>) -> Outcome {
    let router = scene.network.guests.get::<ra::Router>(ROUTER)?;
    router.change(|settings| settings.advertisement.prefixes = vec![Prefix { prefix, ..Prefix::of_bench() }]);
    router.misbehave(misbehaviour);
    router.advertise().await?;
    router.misbehave(None);
    Ok(())
}

async fn advertises_wrongly(world: &mut World, mut args: Args) -> Outcome {
    let (prefix, how) = (prefix_of(&args.text()?)?, args.text()?);
    let misbehaviour = match how.as_str() {
        "from afar" => RouterMisbehaviour::FromAfar,
        "not from a link-local address" => RouterMisbehaviour::NotLinkLocal,
        "with 56 bits" => RouterMisbehaviour::PrefixNot64,
        "preferred for longer than valid" => RouterMisbehaviour::PreferredOverValid,
        "with a wrong checksum" => RouterMisbehaviour::WrongChecksum,
        "with another code" => RouterMisbehaviour::WrongCode,
        "with an option of length zero" => RouterMisbehaviour::EmptyOption,
        "with an option that runs past its end" => RouterMisbehaviour::OptionPastEnd,
        "as over at once" => RouterMisbehaviour::WithdrawsPrefixes,
        other => return Err(Stop::bench(format!("no router advertises `{other}`; correct the feature file"))),
    };
    advertise(world.scene()?, prefix, Some(misbehaviour)).await
}

async fn advertises(world: &mut World, mut args: Args) -> Outcome {
    let prefix = prefix_of(&args.text()?)?;
    advertise(world.scene()?, prefix, None).await
}

async fn advertises_no_router(world: &mut World, mut args: Args) -> Outcome {
    let prefix = prefix_of(&args.text()?)?;
    advertise(world.scene()?, prefix, Some(RouterMisbehaviour::NoDefaultRouter)).await
}

async fn comes(world: &mut World, args: Args) -> Outcome {
    router(world, args).await?;
    Ok(world.scene()?.network.guests.get::<ra::Router>(ROUTER)?.advertise().await?)
}

async fn crowd(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    scene.story.since = scene.observer.look().mark();
    let router = scene.network.guests.get::<ra::Router>(ROUTER)?;
    router.misbehave(Some(RouterMisbehaviour::Flood));
    router.advertise().await?;
    router.misbehave(None);
    Ok(())
}

async fn takes_name_server_back(world: &mut World, _: Args) -> Outcome {
    let router = world.scene()?.network.guests.get::<ra::Router>(ROUTER)?;
    router.change(|settings| settings.advertisement.name_servers = Some((vec![plan::NAME_SERVER.v6()], 0)));
    Ok(router.advertise().await?)
}

/// What the phone asks about on the segment before it uses it, but for link-local addresses, each with the packet.
pub fn detected(capture: &Capture, since: Mark) -> BTreeMap<Ipv6Addr, u32> {
    let probes = capture.icmp_since(since).iter().filter(|m| own(&m.at) && m.is_dad_probe());
    let targets = probes.filter_map(|m| Some((m.neighbour_solicitation()?.target, m.completed)));
    targets.filter(|(target, _)| !target.is_unicast_link_local()).collect()
}

async fn bounded(world: &mut World, mut args: Args) -> Outcome {
    let most: usize = args.read()?;
    let scene = world.scene()?;
    let since = scene.story.since;
    let began = scene.observer.until(SOON, |capture| detected(capture, since).into_values().next());
    let expected = format!("addresses of some of the prefixes, and of no more than {most}");
    if began.await.is_none() {
        return Err(Stop::failed(expected, "none", []));
    }
    settled().await;
    let seen = detected(&scene.observer.look(), since);
    if seen.len() <= most {
        return Ok(());
    }
    Err(Stop::failed(expected, format!("{} addresses", seen.len()), seen.into_values()))
}

/// The first packet in which the phone asks about an address of a prefix, or that it sends from it.
fn speaks_of(capture: &Capture, address: Ipv6Addr) -> Option<u32> {
    let mut all = capture.icmp().iter().filter(|m| own(&m.at));
    all.find(|m| m.src.ip() == address || m.neighbour_solicitation().is_some_and(|asked| asked.target == address))
        .map(|m| m.completed)
}

async fn forms(world: &mut World, mut args: Args) -> Outcome {
    let address = formed(prefix_of(&args.text()?)?);
    let scene = world.scene()?;
    let asked = scene.observer.until(SOON, |capture| speaks_of(capture, address).map(|_| ())).await;
    let expected = format!("the phone forms {address} and looks whether it is free");
    asked.ok_or_else(|| Stop::failed(expected, "it does not", []))
}

async fn forms_none(world: &mut World, mut args: Args) -> Outcome {
    let address = formed(prefix_of(&args.text()?)?);
    let scene = world.scene()?;
    settled().await;
    let seen = speaks_of(&scene.observer.look(), address);
    match seen {
        None => Ok(()),
        Some(packet) => Err(Stop::failed(
            "no address of an advertisement that is not to be believed",
            address.to_string(),
            [packet],
        )),
    }
}

async fn solicits(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = scene.story.since;
    let count = |capture: &Capture| {
        let all = capture.icmp_since(since).iter().filter(|m| own(&m.at) && m.router_solicitation().is_some());
        all.map(|m| (m.hop_limit, m.completed)).collect::<Vec<_>>()
    };
    let seen = scene.observer.until(SOON, |capture| Some(count(capture)).filter(|seen| !seen.is_empty())).await;
    let expected = "one to three router solicitations with hop limit 255";
    let Some(seen) = seen else { return Err(Stop::failed(expected, "none", [])) };
    if seen.len() <= 3 && seen.iter().all(|(hops, _)| *hops == 255) {
        return Ok(());
    }
    let told =
        format!("{} of them, hop limits {:?}", seen.len(), seen.iter().map(|(hops, _)| hops).collect::<Vec<_>>());
    Err(Stop::failed(expected, told, seen.into_iter().map(|(_, packet)| packet)))
}
