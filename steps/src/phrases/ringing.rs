//! Ringing: who makes the phone ring, that it rings or does not, and the hand that ends it.

use super::call::{Call, invite, invite_responses, invite_to, status, the_call};
use super::exchange::send;
use super::phone::SOON;
use crate::network::Party;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};

crate::phrases! {
    /// Sends an INVITE with an offer and waits for 180.
    When "{server} calls the phone" => calls;
    /// Sends an INVITE with an offer and claims 180.
    Then "{server} calls the phone and it rings" => calls_and_rings;
    /// The same to the account of another extension.
    Then "{server} calls extension {int} and it rings" => calls_extension;
    /// Claims 180 for the call that is being made.
    Then "the phone rings" => rings;
    /// Claims that a call that rang has ended in no way and can still be answered.
    Then "the phone rings on" => rings_on;
    /// Claims that the phone shows no ringing call.
    Then "the phone does not ring" => does_not_ring;
    /// Lifts the handset (the speaker key does the same).
    When "the person lifts the handset" => lifts;
}

async fn calls(world: &mut World, mut args: Args) -> Outcome {
    let party = args.read()?;
    start_call(world.scene()?, party).await
}

async fn calls_and_rings(world: &mut World, args: Args) -> Outcome {
    calls(world, args).await
}

pub(super) async fn start_call(scene: &mut Scene, party: Party) -> Outcome {
    let (request, media) = invite(scene, party, false).await?;
    let index = send(scene, party, request, false).await?;
    scene.story.call = Some(Call::incoming(scene, index, party, media));
    ringing(scene).await
}

async fn calls_extension(world: &mut World, mut args: Args) -> Outcome {
    let (party, extension) = (args.read()?, args.read::<u8>()?);
    let scene = world.scene()?;
    let request = invite_to(scene, extension)?;
    let index = send(scene, party, request, false).await?;
    rang(scene, index).await
}

async fn rings(world: &mut World, _: Args) -> Outcome {
    ringing(world.scene()?).await
}

pub(super) async fn ringing(scene: &Scene) -> Outcome {
    let index = scene.story.call.as_ref().and_then(|c| c.index);
    rang(scene, index.ok_or_else(|| Stop::bench("there is no call to the phone; correct the feature file"))?).await
}

async fn rang(scene: &Scene, index: usize) -> Outcome {
    let Some(sent) = scene.story.sent.get(index) else { return Err(Stop::bench("a message was lost")) };
    let answer = scene.observer.until(SOON, |capture| {
        sent.responses(capture).find_map(|m| m.code().filter(|c| *c >= 180).map(|c| (c, m.packets.clone())))
    });
    match answer.await {
        Some((180, _)) => Ok(()),
        Some((code, packets)) => Err(Stop::failed("180, the phone rings", format!("{code}"), packets.iter())),
        None => {
            let (seen, packets) = sent.told(scene);
            Err(Stop::failed("180, the phone rings", seen, packets))
        }
    }
}

async fn rings_on(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let call = the_call(scene)?;
    let (mark, call_id) = (call.mark, call.call_id.clone());
    let ended: Vec<u32> = {
        let capture = scene.observer.look();
        let finals = invite_responses(&capture, mark, &call_id).filter(|(code, _)| *code >= 200);
        finals.flat_map(|(_, packets)| packets).collect()
    };
    if !ended.is_empty() {
        return Err(Stop::failed("the call rings on", "the phone ended it", ended));
    }
    lift(scene).await?;
    let answered =
        scene.observer.until(SOON, |capture| invite_responses(capture, mark, &call_id).find(|(code, _)| *code == 200));
    answered
        .await
        .map(|_| ())
        .ok_or_else(|| Stop::failed("the ringing call can be answered", "no 200 after the handset was lifted", []))
}

async fn does_not_ring(world: &mut World, _: Args) -> Outcome {
    let status = status(world.scene()?).await?;
    if status.contains("Ringing") {
        return Err(Stop::failed("no call rings", "the status of the phone has a ringing call", []));
    }
    Ok(())
}

async fn lifts(world: &mut World, _: Args) -> Outcome {
    lift(world.scene()?).await
}

pub(super) async fn lift(scene: &mut Scene) -> Outcome {
    scene.journal("key", "Key:Speaker");
    scene.keys()?.execute("Key:Speaker").await?;
    acknowledged(scene).await
}

/// Waits until our server has acknowledged the answer to the call that it makes, if it makes one.
pub(super) async fn acknowledged(scene: &Scene) -> Outcome {
    // The caller acknowledges what answers its INVITE (RFC 3261 §13.2.2.4).
    let exchange = scene
        .story
        .call
        .as_ref()
        .and_then(|c| c.index)
        .and_then(|i| scene.story.sent.get(i))
        .and_then(|s| s.exchange.as_ref());
    if let Some(exchange) = exchange {
        exchange.connected(SOON).await?;
    }
    Ok(())
}
