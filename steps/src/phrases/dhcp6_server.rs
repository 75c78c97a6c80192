//! The DHCPv6 server of a bench: what it gives, and what it does wrong.

use super::connection::page_answers;
use super::ipv6::{leased, sent_since};
use super::phone::SOON;
use super::silence::settled;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use bench::plan;
use evidence::{Dhcp6Kind, Mark};
use servers::Sockets;
use servers::dhcp6::{self, Dhcp6Misbehaviour, Kind};

/// Where it sits among the guests.
pub const SERVER: &str = "the DHCPv6 server";

crate::phrases! {
    /// Starts a DHCPv6 server that gives addresses, a name server and a search domain.
    Given "a DHCPv6 server" => server;
    /// The same, at once preferred to all others, whose first answers are to another client.
    Given "a DHCPv6 server that answers to another client at first" => server_to_others;
    /// The same, which sends a hundred forged answers of foreign exchanges before each of its own.
    Given "a DHCPv6 server behind a hundred forged replies" => server_behind_forgery;
    /// The same behind a hundred servers that answer each SOLICIT too, before it, with other addresses.
    Given "a DHCPv6 server behind a hundred others" => server_behind_others;
    /// The same, which sends before each of its answers another that is wrong in one way and gives the last address of the pool.
    Given "a DHCPv6 server that sends a wrong answer before each right one: {anything}" => wrong_first;
    /// The same, which says no: it has `no address`, `no address when asked for one that it offered`, or calls all addresses those `of another
    /// link`.
    Given "a DHCPv6 server that refuses: {anything}" => refusing;
    /// From now on it does all things right.
    When "the DHCPv6 server does right again" => does_right;
    /// The same with leases of so many seconds, renewed after a second and rebound after two.
    Given "a DHCPv6 server with leases of {int} seconds" => short_server;
    /// Starts a DHCPv6 server without addresses, which tells of a name server.
    Given "a DHCPv6 server without addresses" => stateless_server;
    /// Makes the DHCPv6 server deaf to RENEW and REBIND.
    Given "the DHCPv6 server is silent at renewal" => silent_at_renewal;
    /// Makes the DHCPv6 server deaf to everything.
    When "the DHCPv6 server falls silent" => falls_silent;
    /// Tells the phone by an unauthenticated RECONFIGURE to renew.
    When "the DHCPv6 server sends RECONFIGURE without authentication" => reconfigure;
    /// Claims that the phone did nothing about it.
    Then "the phone does not obey it" => not_obeyed;
}

async fn start_server(scene: &mut Scene, name: &'static str, settings: dhcp6::Settings) -> Outcome {
    let server = dhcp6::Server::start(&Sockets::Bench(scene.net()), settings).await?;
    scene.network.guests.seat(name, server)
}

fn stateful() -> dhcp6::Settings {
    dhcp6::Settings::new(plan::GATEWAY.v6(), Some(plan::POOL_V6)).with(23, plan::NAME_SERVER.v6())
}

async fn server(world: &mut World, _: Args) -> Outcome {
    start_server(world.scene()?, SERVER, stateful()).await
}

async fn server_to_others(world: &mut World, _: Args) -> Outcome {
    preferred(world.scene()?).await?.misbehave(Some(Dhcp6Misbehaviour::WrongClientIdentifier));
    Ok(())
}

async fn server_behind_forgery(world: &mut World, _: Args) -> Outcome {
    preferred(world.scene()?).await?.misbehave(Some(Dhcp6Misbehaviour::Flood(Kind::Reply)));
    Ok(())
}

/// The server that is preferred to all others at once, so that nobody waits for better offers.
async fn preferred(scene: &mut Scene) -> Result<&dhcp6::Server, Stop> {
    start_server(scene, SERVER, dhcp6::Settings { preference: Some(255), ..stateful() }).await?;
    scene.network.guests.get(SERVER)
}

async fn server_behind_others(world: &mut World, _: Args) -> Outcome {
    preferred(world.scene()?).await?.misbehave(Some(Dhcp6Misbehaviour::Crowd));
    Ok(())
}

async fn wrong_first(world: &mut World, mut args: Args) -> Outcome {
    let wrong = match args.text()?.as_str() {
        "another transaction id" => Dhcp6Misbehaviour::WrongXid,
        "another client's identifier" => Dhcp6Misbehaviour::WrongClientIdentifier,
        "no client identifier" => Dhcp6Misbehaviour::NoClientIdentifier,
        "no server identifier" => Dhcp6Misbehaviour::NoServerIdentifier,
        "the identifier of another server in the REPLY" => Dhcp6Misbehaviour::OtherServerIdentifier,
        "a REPLY to the SOLICIT" => Dhcp6Misbehaviour::RapidCommitUnasked,
        "another association" => Dhcp6Misbehaviour::OtherAssociation,
        "an address that is cut short" => Dhcp6Misbehaviour::ShortAddress,
        "an option that runs past the end" => Dhcp6Misbehaviour::OptionPastEnd,
        "preferred for longer than valid" => Dhcp6Misbehaviour::PreferredOverValid,
        "renewal after rebinding" => Dhcp6Misbehaviour::RenewalAfterRebinding,
        "lifetimes of zero" => Dhcp6Misbehaviour::ZeroLifetimes,
        "a failure without a reason" => Dhcp6Misbehaviour::UnspecFail,
        other => return Err(Stop::bench(format!("no DHCPv6 server sends `{other}`; correct the feature file"))),
    };
    preferred(world.scene()?).await?.precede(Some(wrong));
    Ok(())
}

async fn refusing(world: &mut World, mut args: Args) -> Outcome {
    let wrong = match args.text()?.as_str() {
        "no address" => Dhcp6Misbehaviour::NoAddrsAvail,
        "no address when asked for one that it offered" => Dhcp6Misbehaviour::NoAddrsAvailAtRequest,
        "of another link" => Dhcp6Misbehaviour::NotOnLink,
        other => return Err(Stop::bench(format!("no DHCPv6 server refuses with `{other}`; correct the feature file"))),
    };
    preferred(world.scene()?).await?.misbehave(Some(wrong));
    Ok(())
}

async fn does_right(world: &mut World, _: Args) -> Outcome {
    world.scene()?.network.guests.get::<dhcp6::Server>(SERVER)?.misbehave(None);
    Ok(())
}

async fn short_server(world: &mut World, mut args: Args) -> Outcome {
    let seconds: u32 = args.read()?;
    let settings = dhcp6::Settings {
        preferred: seconds,
        valid: seconds,
        renewal: Some(1),
        rebinding: Some(2),
        preference: Some(255),
        ..stateful()
    };
    start_server(world.scene()?, SERVER, settings).await
}

async fn stateless_server(world: &mut World, _: Args) -> Outcome {
    let settings = dhcp6::Settings::new(plan::GATEWAY.v6(), None).with(23, plan::SECOND_NAME_SERVER.v6());
    start_server(world.scene()?, SERVER, settings).await
}

async fn silent_at_renewal(world: &mut World, _: Args) -> Outcome {
    let server = world.scene()?.network.guests.get::<dhcp6::Server>(SERVER)?;
    server.misbehave(Some(Dhcp6Misbehaviour::SilentAtRenewal));
    Ok(())
}

async fn falls_silent(world: &mut World, _: Args) -> Outcome {
    let server = world.scene()?.network.guests.get::<dhcp6::Server>(SERVER)?;
    server.misbehave(Some(Dhcp6Misbehaviour::Silent));
    Ok(())
}

async fn reconfigure(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let mark = scene.observer.look().mark();
    scene.story.since = mark;
    scene.network.guests.get::<dhcp6::Server>(SERVER)?.reconfigure(Kind::Renew).await?;
    let sent = scene
        .observer
        .until(SOON, |capture| capture.dhcp6_since(mark).iter().find(|m| m.is(Dhcp6Kind::Reconfigure)).map(|_| ()));
    sent.await.ok_or_else(|| Stop::server("the DHCPv6 server's RECONFIGURE did not reach the phone's cable"))
}

async fn not_obeyed(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    // An answer from the address that was to be renewed comes later on the same wire.
    page_answers(scene, leased(scene)?.into(), Mark::default()).await?;
    settled().await;
    let sent = sent_since(&scene.observer.look(), scene.story.since);
    match sent.first() {
        None => Ok(()),
        Some(message) => {
            let seen = message.kind.to_string();
            Err(Stop::failed("nothing about a RECONFIGURE that nobody has authenticated", seen, [message.completed]))
        }
    }
}
