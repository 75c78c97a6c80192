//! The phone's clock: time servers that tell the time, or do not, whom the phone asks, and what its status page shows.

use crate::network::hosts::Host;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::phrases::phone::SOON;
use crate::phrases::status::awaited;
use crate::world::{Scene, World};
use evidence::Capture;
use servers::Sockets;
use servers::ntp::{self, Kiss, NtpMisbehaviour, Time};
use std::net::{IpAddr, SocketAddr};

crate::phrases! {
    /// Starts a time server on the host whose clock shows this moment (as in 2026-03-01T12:00:00Z) and runs on.
    Given "{host} says that it is {string}" => says;
    /// The time server of the host does this to each question: `answers nothing`, `forbids further questions`, `does not know the time`,
    /// `answers another question`.
    Given "the clock of {host} {string}" => misbehaves;
    /// Claims a question for the time to the host.
    Then "the phone asks {host} for the time" => asks;
    /// Claims that all questions for the time went to the host, of which there was one.
    Then "the phone asks nobody but {host} for the time" => asks_nobody_else;
    /// Claims that the phone goes round and asks this host for the time again, and that host only once, which had forbidden more.
    Then "the phone asks {host} again and {host} no more" => again_and_no_more;
    /// Claims that the phone goes round and asks this host for the time again, and that host not at all.
    Then "the phone asks {host} again and {host} never" => again_and_never;
    /// Claims what Current Time of the status page begins with: MM/DD/YY HH:MM.
    Then "the phone shows the local time {string}" => shows;
}

async fn says(world: &mut World, mut args: Args) -> Outcome {
    let (host, moment): (Host, String) = (args.read()?, args.text()?);
    let time = Time::at(&moment).ok_or_else(|| {
        Stop::bench(format!("`{moment}` is no moment such as 2026-03-01T12:00:00Z; correct the feature file"))
    })?;
    let scene = world.scene()?;
    let sockets = Sockets::Bench(scene.net());
    let server = ntp::Server::start(&sockets, SocketAddr::new(host.address.into(), ntp::PORT)).await?;
    server.set(time);
    scene.network.guests.seat(host.ntp, server)
}

async fn misbehaves(world: &mut World, mut args: Args) -> Outcome {
    let (host, what): (Host, String) = (args.read()?, args.text()?);
    let misbehaviour = match what.as_str() {
        "answers nothing" => NtpMisbehaviour::Silent,
        "forbids further questions" => NtpMisbehaviour::KissOfDeath(Kiss::Deny),
        "does not know the time" => NtpMisbehaviour::Unsynchronised,
        "answers another question" => NtpMisbehaviour::WrongOriginate,
        other => return Err(Stop::bench(format!("no time server `{other}`; correct the feature file"))),
    };
    let server: &ntp::Server = world.scene()?.network.guests.get(host.ntp)?;
    server.misbehave(Some(misbehaviour));
    Ok(())
}

/// Packets with questions for the time to this address.
fn questions(capture: &Capture, to: IpAddr) -> Vec<u32> {
    capture.ntp().iter().filter(|m| m.is_request() && m.at.dst.ip() == to).map(|m| m.at.packets.first()).collect()
}

async fn asks(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    asked(world.scene()?, host.name, host.address.into()).await
}

/// Waits for a question for the time to this address.
pub async fn asked(scene: &mut Scene, name: &str, to: IpAddr) -> Outcome {
    let seen = scene.observer.until(SOON, |capture| questions(capture, to).first().copied());
    if seen.await.is_some() {
        return Ok(());
    }
    let capture = scene.observer.look();
    let others: Vec<u32> =
        capture.ntp().iter().filter(|m| m.is_request()).map(|m| m.at.packets.first()).take(8).collect();
    drop(capture);
    let seen = if others.is_empty() { "it asks nobody" } else { "it asks others" };
    Err(Stop::failed(format!("the phone asks {name} ({to}) for the time"), seen, others))
}

async fn asks_nobody_else(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    let scene = world.scene()?;
    asked(scene, host.name, host.address.into()).await?;
    let capture = scene.observer.look();
    let others: Vec<u32> = capture
        .ntp()
        .iter()
        .filter(|m| m.is_request() && m.at.dst.ip() != IpAddr::V4(host.address))
        .map(|m| m.at.packets.first())
        .collect();
    drop(capture);
    if others.is_empty() {
        return Ok(());
    }
    Err(Stop::failed(format!("all questions for the time go to {}", host.name), "it asks others as well", others))
}

async fn again_and_no_more(world: &mut World, args: Args) -> Outcome {
    round(world, args, 1).await
}

async fn again_and_never(world: &mut World, args: Args) -> Outcome {
    round(world, args, 0).await
}

async fn round(world: &mut World, mut args: Args, allowed: usize) -> Outcome {
    let (again, other): (Host, Host) = (args.read()?, args.read()?);
    let scene = world.scene()?;
    // The phone goes round: had it wanted to ask the other one, that would have been before it asks this one for the second time.
    let rounds = scene.observer.until(SOON, |capture| {
        let asked = questions(capture, again.address.into());
        (asked.len() >= 2).then(|| questions(capture, other.address.into()))
    });
    match rounds.await {
        Some(asked) if asked.len() == allowed => Ok(()),
        Some(asked) => Err(Stop::failed(
            format!("{allowed} questions to {} ({})", other.name, other.address),
            asked.len().to_string(),
            asked,
        )),
        None => Err(Stop::failed(format!("{} ({}) is asked again", again.name, again.address), "it is not", [])),
    }
}

async fn shows(world: &mut World, mut args: Args) -> Outcome {
    let time = args.text()?;
    awaited(
        world.scene()?,
        "Phone Status",
        "Current Time",
        |shown| shown.starts_with(&time),
        &format!("{time} and seconds"),
    )
    .await
}
