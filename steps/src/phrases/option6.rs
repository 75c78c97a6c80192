//! Options of DHCPv6: a router and a server that give them, that the phone asks for them, and where they lead it.

use super::clock;
use crate::network::extra::Guest;
use crate::network::hosts::{self, Host};
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::phrases::phone::SOON;
use crate::world::World;
use bench::plan;
use evidence::Dhcp6Kind;
use futures::future::BoxFuture;
use servers::dhcp6::{self, OptionValue, TimeSource};
use servers::ntp::{self, Time};
use servers::ra::{self, Advertisement};
use servers::{ServerFault, Sockets};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Where router and server sit.
const SEAT: &str = "router and server of DHCPv6 options";
/// The enterprise whose option 17 names a provisioning server, and its sub-option.
const VENDOR: (u32, u16) = (9, 1);

crate::phrases! {
    /// Starts a router that says that addresses come by DHCPv6, and a DHCPv6 server that gives them.
    Given "the network gives IPv6 addresses by DHCPv6" => on;
    /// Our DHCPv6 server gives this option to clients that ask for it: 56 the address of a host, 17 the provisioning server in the
    /// vendor's own sub-option, all else as text.
    Given "DHCPv6 option {int} is {string}" => option_is;
    /// Starts a time server at the host's IPv6 address whose clock shows this moment and runs on.
    Given "{host} says over IPv6 that it is {string}" => says;
    /// Claims that SOLICIT and REQUEST ask for each of these options.
    Then "the phone asks for the DHCPv6 options {string}" => asks_for;
    /// Claims a question for the time to the host's IPv6 address.
    Then "the phone asks {host} for the time over IPv6" => asks_time;
}

/// A router and the DHCPv6 server that it sends hosts to: one is nothing without the other.
struct Pair {
    router: ra::Router,
    server: dhcp6::Server,
}

impl Guest for Pair {
    fn fault(&self) -> Option<ServerFault> {
        self.router.fault().or_else(|| self.server.fault())
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, ()> {
        let Pair { router, server } = *self;
        Box::pin(async move {
            router.close().await;
            server.close().await;
        })
    }
}

async fn on(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let sockets = Sockets::Bench(scene.net());
    let server = dhcp6::Server::start(&sockets, dhcp6::Settings::new(plan::GATEWAY.v6(), Some(plan::POOL_V6))).await?;
    let router = ra::Router::start(&sockets, ra::Settings::new(Advertisement::stateful())).await?;
    scene.network.guests.seat(SEAT, Pair { router, server })
}

/// The IPv6 address of a host of the segment: the same number as in IPv4.
fn six(host: Host) -> Ipv6Addr {
    plan::Host(host.address.octets()[3]).v6()
}

async fn option_is(world: &mut World, mut args: Args) -> Outcome {
    let (code, text) = (args.read::<u16>()?, args.text()?);
    let value = match (code, hosts::named(&text)) {
        (56, Some(host)) => OptionValue::TimeSource(TimeSource::Unicast(six(host))),
        (17, _) => OptionValue::Vendor(VENDOR.0, vec![(VENDOR.1, text.into_bytes())]),
        _ => OptionValue::Text(text),
    };
    let pair: &Pair = world.scene()?.network.guests.get(SEAT)?;
    pair.server.change(|settings| {
        settings.options.set(code, value);
    });
    Ok(())
}

async fn says(world: &mut World, mut args: Args) -> Outcome {
    let (host, moment): (Host, String) = (args.read()?, args.text()?);
    let time = Time::at(&moment).ok_or_else(|| {
        Stop::bench(format!("`{moment}` is no moment such as 2026-03-01T12:00:00Z; correct the feature"))
    })?;
    let scene = world.scene()?;
    let at = SocketAddr::new(six(host).into(), ntp::PORT);
    let server = ntp::Server::start(&Sockets::Bench(scene.net()), at).await?;
    server.set(time);
    scene.network.guests.seat(host.ntp, server)
}

async fn asks_for(world: &mut World, mut args: Args) -> Outcome {
    let list = args.text()?;
    let codes: Result<Vec<u16>, _> = list.split([',', ' ']).filter(|c| !c.is_empty()).map(str::parse).collect();
    let codes = codes.map_err(|_| Stop::bench(format!("`{list}` is no list of options; correct the feature file")))?;
    let scene = world.scene()?;
    let asked = scene.observer.until(SOON, |capture| {
        let last = |kind| capture.dhcp6().iter().rev().find(|m| m.is(kind));
        let both = [last(Dhcp6Kind::Solicit)?, last(Dhcp6Kind::Request)?];
        let lacking = both.iter().find_map(|m| {
            let missing: Vec<String> =
                codes.iter().filter(|code| !m.request_list().contains(code)).map(u16::to_string).collect();
            (!missing.is_empty()).then(|| (missing.join(", "), m.at.packets.first()))
        });
        Some(lacking)
    });
    match asked.await {
        Some(None) => Ok(()),
        Some(Some((missing, packet))) => Err(Stop::failed(
            format!("the option request option has {list}"),
            format!("a message without {missing}"),
            [packet],
        )),
        None => Err(Stop::failed("SOLICIT and REQUEST", "one of them is missing", [])),
    }
}

async fn asks_time(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    clock::asked(world.scene()?, host.name, IpAddr::V6(six(host))).await
}
