//! Provisioning over IPv6: servers at the IPv6 addresses of hosts that have the phone's profile, and that the phone takes it from there.

use super::fetching::{attempts, in_force};
use super::provisioning::{file, mark, profile_of};
use crate::network::hosts::Host;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::phrases::phone::SOON;
use crate::world::{Scene, World};
use servers::{Sockets, http, tftp};
use std::net::{IpAddr, SocketAddr};

/// What the profiles say of the way by which they came.
const BY_TFTP: &str = "by TFTP over IPv6";
const BY_HTTP: &str = "by HTTP over IPv6";

crate::phrases! {
    /// Starts a TFTP server at the host's IPv6 address that has the phone's profile.
    Given "{host} has the phone's profile by TFTP over IPv6" => has_by_tftp;
    /// Starts an HTTP server at the host's IPv6 address that has the phone's profile.
    Given "{host} has the phone's profile by HTTP over IPv6" => has_by_http;
    /// Claims a complete transfer of the phone's profile from the host's IPv6 address, and that the phone's configuration is what it says.
    Then "the phone takes its profile from {host} by TFTP over IPv6" => takes_by_tftp;
    /// Claims a GET at the host's IPv6 address that was answered with 200, and that the phone's configuration is what the profile there says.
    Then "the phone takes its profile from {host} by HTTP over IPv6" => takes_by_http;
}

async fn has_by_tftp(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let scene = world.scene()?;
    let at = SocketAddr::new(host.six().into(), tftp::PORT);
    let server = tftp::Server::start(&Sockets::Bench(scene.net()), at).await?;
    server.put(&file(scene), profile_of(&mark(host, BY_TFTP)));
    scene.network.guests.seat(host.tftp6, server)
}

async fn has_by_http(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let scene = world.scene()?;
    let at = SocketAddr::new(host.six().into(), http::PORT);
    let server = http::Server::start(&Sockets::Bench(scene.net()), at).await?;
    server.put(&file(scene), "text/xml", profile_of(&mark(host, BY_HTTP)));
    scene.network.guests.seat(host.http6, server)
}

async fn takes_by_tftp(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let scene = world.scene()?;
    let (file, since, from) = (file(scene), scene.story.since, IpAddr::V6(host.six()));
    let transferred = scene.observer.until(SOON, |capture| {
        let mut all = capture.tftp_transfers_since(since);
        all.find(|t| t.at.dst.ip() == from && t.file == file && t.is_complete()).map(|_| ())
    });
    if transferred.await.is_none() {
        return Err(not_taken(scene, format!("{file} is transferred by TFTP from {from} ({})", host.name)));
    }
    in_force(scene, &mark(host, BY_TFTP)).await
}

async fn takes_by_http(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let scene = world.scene()?;
    let (since, from) = (scene.story.since, IpAddr::V6(host.six()));
    let fetched = scene.observer.until(SOON, |capture| {
        let all = capture.http_exchanges_since(since);
        let mut right = all
            .iter()
            .filter(|e| e.request.is_request("GET") && e.request.at.dst.ip() == from && e.status() == Some(200));
        right.next().map(|_| ())
    });
    if fetched.await.is_none() {
        return Err(not_taken(scene, format!("the profile comes over HTTP from {from} ({})", host.name)));
    }
    in_force(scene, &mark(host, BY_HTTP)).await
}

fn not_taken(scene: &Scene, expected: String) -> Stop {
    let (seen, packets) = attempts(&scene.observer.look());
    Stop::failed(expected, seen, packets)
}
