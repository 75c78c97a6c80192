//! The phone and its ACS (TR-069): who names it by DHCP, and to whom the Inform goes.

use crate::network::hosts::Host;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::phrases::phone::SOON;
use crate::phrases::status::row;
use crate::world::World;
use servers::{Sockets, acs};
use std::net::SocketAddr;

crate::phrases! {
    /// Starts an ACS on the host.
    Given "{host} manages phones" => manages;
    /// Our DHCP server names the ACS of this host in option 43, sub-option 1.
    Given "DHCP option 43 names {host}" => names_in_43;
    /// The same, with a NUL behind the URL.
    Given "DHCP option 43 names {host} with a NUL behind its URL" => names_with_nul;
    /// The same, behind a sub-option that is nobody's and takes so many octets, at most 257.
    Given "DHCP option 43 names {host} behind {int} octets of something else" => names_behind;
    /// Our DHCP server names the ACS of this host in option 125, enterprise 3561, sub-option 11.
    Given "DHCP option 125 names {host}" => names_in_125;
    /// Claims an Inform of the phone that the ACS of this host has answered.
    Then "the phone sends its Inform to {host}" => informs;
    /// Claims that the phone opened no connection to the ACS of this host.
    Then "the phone never calls {host}" => never_calls;
}

async fn manages(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let scene = world.scene()?;
    let sockets = Sockets::Bench(scene.net());
    let server = acs::Server::start(&sockets, SocketAddr::new(host.address.into(), acs::PORT)).await?;
    scene.network.guests.seat(host.acs, server)
}

fn acs_url(host: Host) -> String {
    format!("http://{}:{}/cwmp", host.address, acs::PORT)
}

/// One option inside another: code, length, value.
fn sub_option(code: u8, value: &[u8]) -> Vec<u8> {
    [&[code, u8::try_from(value.len()).unwrap_or(u8::MAX)][..], value].concat()
}

async fn names_in_43(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let octets = sub_option(1, acs_url(host).as_bytes());
    world.scene()?.network.dhcp.change(|s| {
        s.options.set(43, octets);
    });
    Ok(())
}

async fn names_with_nul(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let octets = sub_option(1, format!("{}\0", acs_url(host)).as_bytes());
    world.scene()?.network.dhcp.change(|s| {
        s.options.set(43, octets);
    });
    Ok(())
}

async fn names_behind(world: &mut World, mut args: Args) -> Outcome {
    let (host, octets): (Host, usize) = (args.read()?, args.read()?);
    let filling = octets.checked_sub(2).filter(|length| *length <= usize::from(u8::MAX));
    let filling = filling.ok_or_else(|| Stop::bench("a sub-option has 2 to 257 octets; correct the feature file"))?;
    // TR-069 §3.1 has no sub-option of this number.
    let value = [sub_option(200, &vec![b'x'; filling]), sub_option(1, acs_url(host).as_bytes())].concat();
    world.scene()?.network.dhcp.change(|s| {
        s.options.set(43, value);
    });
    Ok(())
}

async fn names_in_125(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let inner = sub_option(11, acs_url(host).as_bytes());
    // RFC 3925 §4: the enterprise, the length of its data, its options. Another enterprise stands before it.
    let block = |enterprise: u32, data: &[u8]| {
        [&enterprise.to_be_bytes()[..], &[u8::try_from(data.len()).unwrap_or(u8::MAX)], data].concat()
    };
    let octets = [block(9, &sub_option(1, b"none of ours")), block(3561, &inner)].concat();
    world.scene()?.network.dhcp.change(|s| {
        s.options.set(125, octets);
    });
    Ok(())
}

async fn informs(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let scene = world.scene()?;
    let at = SocketAddr::new(host.address.into(), acs::PORT);
    let heard = scene.observer.until(SOON, |capture| {
        let exchanges = capture.http_exchanges();
        let inform = exchanges.iter().find(|e| {
            e.request.at.dst == at
                && e.request.is_request("POST")
                && e.request.text().contains("Inform>")
                && e.response.is_some()
        })?;
        Some((
            inform.request.target().unwrap_or_default().to_owned(),
            inform.status(),
            inform.request.at.packets.first(),
        ))
    });
    match heard.await {
        Some((target, Some(200), _)) if target == "/cwmp" => Ok(()),
        Some((target, status, packet)) => Err(Stop::failed(
            "an Inform to /cwmp that the ACS takes",
            format!("POST {} and status {status:?}", target.escape_debug()),
            [packet],
        )),
        None => {
            let told = row(scene, "TR-069 Status", "Last Transaction Status").await.ok().flatten().unwrap_or_default();
            let capture = scene.observer.look();
            let other: Vec<u32> = capture
                .http()
                .iter()
                .filter(|m| m.is_request("POST") && m.at.dst.port() == acs::PORT)
                .map(|m| m.at.packets.first())
                .collect();
            drop(capture);
            let seen = if other.is_empty() {
                format!("no Inform to anybody; the phone tells: {told}")
            } else {
                "Informs to others".to_owned()
            };
            Err(Stop::failed(format!("an Inform to {} ({at})", host.name), seen, other))
        }
    }
}

async fn never_calls(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let scene = world.scene()?;
    let at = SocketAddr::new(host.address.into(), acs::PORT);
    let capture = scene.observer.look();
    let called = capture.connections().iter().find(|c| c.server == at).map(|c| c.first);
    drop(capture);
    match called {
        None => Ok(()),
        Some(packet) => Err(Stop::failed(format!("no connection to {at}"), "one", [packet])),
    }
}
