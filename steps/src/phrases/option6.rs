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
use servers::dhcp6::{self, OptionValue, Options, TimeSource};
use servers::ntp::{self, Time};
use servers::ra::{self, Advertisement};
use servers::{ServerFault, Sockets};
use std::net::{IpAddr, SocketAddr};

/// Where router and server sit.
const SEAT: &str = "router and server of DHCPv6 options";
/// The enterprise whose option 17 names a provisioning server, and its sub-option.
const VENDOR: (u32, u16) = (9, 1);
/// An enterprise that is nobody's (RFC 5612 §2).
const OTHER_VENDOR: u32 = 32_473;

crate::phrases! {
    /// Starts a router that says that addresses come by DHCPv6, and a DHCPv6 server that gives them.
    Given "the network gives IPv6 addresses by DHCPv6" => on;
    /// Our DHCPv6 server gives this option to clients that ask for it: 56 the address of a host, 17 the provisioning server in the
    /// vendor's own sub-option, a host by its address, all else as text.
    Given "DHCPv6 option {int} is {string}" => option_is;
    /// Our DHCPv6 server gives these octets, in hexadecimal, to clients that ask for the option.
    Given "DHCPv6 option {int} is the octets {string}" => octets_are;
    /// Our DHCPv6 server gives option 17 of another vendor, with a sub-option of the same number, before the one that was set, if one was.
    Given "DHCPv6 option 17 of another vendor comes first" => other_vendor;
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

async fn option_is(world: &mut World, mut args: Args) -> Outcome {
    let (code, text) = (args.read::<u16>()?, args.text()?);
    let value = match (code, hosts::named(&text)) {
        (56, Some(host)) => OptionValue::TimeSource(TimeSource::Unicast(host.six())),
        (17, Some(host)) => OptionValue::Vendor(VENDOR.0, vec![(VENDOR.1, host.six().octets().to_vec())]),
        (17, None) => OptionValue::Vendor(VENDOR.0, vec![(VENDOR.1, text.into_bytes())]),
        _ => OptionValue::Text(text),
    };
    change(world, |options| _ = options.set(code, value))
}

/// Changes what the server gives.
fn change(world: &mut World, change: impl FnOnce(&mut Options)) -> Outcome {
    let pair: &Pair = world.scene()?.network.guests.get(SEAT)?;
    pair.server.change(|settings| change(&mut settings.options));
    Ok(())
}

async fn octets_are(world: &mut World, mut args: Args) -> Outcome {
    let (code, text) = (args.read::<u16>()?, args.text()?);
    let octets: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let octets =
        hex::decode(&octets).map_err(|_| Stop::bench(format!("`{text}` is no hexadecimal; correct the feature")))?;
    change(world, |options| _ = options.set(code, octets))
}

async fn other_vendor(world: &mut World, _: Args) -> Outcome {
    change(world, |options| {
        let before = options.get(17).map(<[u8]>::to_vec);
        options.set(17, OptionValue::Vendor(OTHER_VENDOR, vec![(VENDOR.1, b"http://192.0.2.20/".to_vec())]));
        before.into_iter().for_each(|value| _ = options.add(17, value));
    })
}

async fn says(world: &mut World, mut args: Args) -> Outcome {
    let (host, moment): (Host, String) = (args.read()?, args.text()?);
    let time = Time::at(&moment).ok_or_else(|| {
        Stop::bench(format!("`{moment}` is no moment such as 2026-03-01T12:00:00Z; correct the feature"))
    })?;
    let scene = world.scene()?;
    let at = SocketAddr::new(host.six().into(), ntp::PORT);
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
    clock::asked(world.scene()?, host.name, IpAddr::V6(host.six())).await
}
