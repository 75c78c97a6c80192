//! What the phone asks for and says of itself in its DHCP messages, and whom it asks for names.

use crate::network::hosts::Host;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::phrases::phone::SOON;
use crate::world::World;
use evidence::{DhcpKind, DhcpMessage};
use std::net::IpAddr;

crate::phrases! {
    /// Claims that DISCOVER and REQUEST ask for each of these options.
    Then "the phone asks for the options {string} when it discovers and when it requests" => asks_for;
    /// Claims that neither DISCOVER nor REQUEST asks for the option.
    Then "the phone never asks for option {int}" => never_asks_for;
    /// Claims what option 60 of the phone's DISCOVER and REQUEST says; `<model>` is the phone's own.
    Then "option 60 of the phone contains {string}" => vendor_class;
    /// Claims that the phone sends all its messages with the same client identifier.
    Then "the phone calls itself the same in each message" => same_client;
    /// Claims that the phone asked this name server for the address of this name.
    Then "the phone asks {host} for the name {string}" => asks_for_name;
}

/// The name of a message, for people.
fn kind(message: &DhcpMessage) -> String {
    message.kind.map_or_else(|| "message".to_owned(), |kind| format!("{kind:?}").to_uppercase())
}

/// Judges each DISCOVER and each REQUEST without an address since the phone was last switched on or restarted, once there is a REQUEST.
async fn questions(world: &mut World, expected: &str, judge: impl Fn(&DhcpMessage) -> Result<(), String>) -> Outcome {
    let scene = world.scene()?;
    let since = scene.story.since;
    let found = scene.observer.until(SOON, |capture| {
        let sent = capture.dhcp_since(since).iter().filter(|m| m.ciaddr.is_unspecified());
        let all: Vec<&DhcpMessage> = sent.filter(|m| m.is(DhcpKind::Discover) || m.is(DhcpKind::Request)).collect();
        let complete = all.iter().any(|m| m.is(DhcpKind::Request));
        complete.then(|| all.iter().find_map(|m| judge(m).err().map(|wrong| (wrong, m.at.packets.first()))))
    });
    match found.await {
        None => Err(Stop::failed(expected, "no REQUEST", [])),
        Some(Some((wrong, packet))) => Err(Stop::failed(expected, wrong, [packet])),
        Some(None) => Ok(()),
    }
}

async fn asks_for(world: &mut World, mut args: Args) -> Outcome {
    let list = args.text()?;
    let codes: Result<Vec<u8>, _> = list.split([',', ' ']).filter(|c| !c.is_empty()).map(str::parse).collect();
    let codes = codes.map_err(|_| Stop::bench(format!("`{list}` is no list of options; correct the feature file")))?;
    questions(world, &format!("option 55 asks for {list}"), |message| {
        let asked = message.parameter_list();
        let missing: Vec<String> = codes.iter().filter(|c| !asked.contains(c)).map(u8::to_string).collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("a {} without {}", kind(message), missing.join(", "))) }
    })
    .await
}

async fn never_asks_for(world: &mut World, mut args: Args) -> Outcome {
    let code = args.read::<u8>()?;
    questions(world, &format!("option 55 does not ask for {code}"), |message| {
        if message.parameter_list().contains(&code) {
            Err(format!("option 55 of a {} asks for it", kind(message)))
        } else {
            Ok(())
        }
    })
    .await
}

async fn vendor_class(world: &mut World, mut args: Args) -> Outcome {
    let model = world.scene()?.unit.model.clone();
    let expected = args.text()?.replace("<model>", &model);
    questions(world, &format!("option 60 contains `{expected}`"), |message| match message.text(60) {
        Some(text) if text.contains(&expected) => Ok(()),
        Some(text) => Err(format!("option 60 of a {} is `{text}`", kind(message))),
        None => Err(format!("a {} without option 60", kind(message))),
    })
    .await
}

async fn same_client(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let capture = scene.observer.look();
    let from_client = capture.dhcp().iter().filter(|m| m.op == 1);
    let names: Vec<(Option<Vec<u8>>, u32)> =
        from_client.map(|m| (m.option(61).map(<[u8]>::to_vec), m.at.packets.first())).collect();
    drop(capture);
    let Some((first, number)) = names.first() else {
        return Err(Stop::failed("DHCP messages of the phone", "none", []));
    };
    match names.iter().find(|(name, _)| name != first) {
        None => Ok(()),
        Some((_, other)) => Err(Stop::failed("the same option 61 in each message", "another one", [*number, *other])),
    }
}

async fn asks_for_name(world: &mut World, mut args: Args) -> Outcome {
    let (host, name): (Host, String) = (args.read()?, args.text()?);
    let to = IpAddr::V4(host.address);
    let scene = world.scene()?;
    let asked = scene.observer.until(SOON, |capture| {
        capture
            .dns()
            .iter()
            .find(|m| !m.response && m.at.dst.ip() == to && m.asks(&name, 1))
            .map(|m| m.at.packets.first())
    });
    if asked.await.is_some() {
        return Ok(());
    }
    let capture = scene.observer.look();
    let others: Vec<u32> = capture.dns().iter().filter(|m| !m.response).map(|m| m.at.packets.first()).take(8).collect();
    drop(capture);
    let seen = if others.is_empty() { "it asks for no name at all" } else { "it asks others, or for other names" };
    Err(Stop::failed(format!("the phone asks {} ({to}) for {name}", host.name), seen, others))
}
