//! Silence: that nothing at all goes back, proven by an answer that comes later on the same path.

use super::exchange::{Sent, request_to, send};
use super::phone::SOON;
use crate::network::Party;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::unit::emulated::Emulated;
use crate::world::{Scene, World};
use evidence::Capture;
use servers::sip::Method;
use std::net::IpAddr;

crate::phrases! {
    /// Claims that nothing at all goes back to the sender. The call server then asks something that the phone must answer on the same path;
    /// once that answer is there and the settling time has passed, silence holds.
    Then "the phone is silent to it" => silent_to_it;
}

async fn silent_to_it(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let last = scene
        .story
        .sent
        .len()
        .checked_sub(1)
        .ok_or_else(|| Stop::bench("nothing was sent; correct the feature file"))?;
    silence(scene, last).await
}

/// Proves silence to a message: see the phrase `the phone is silent to it`.
pub async fn silence(scene: &mut Scene, index: usize) -> Outcome {
    let tcp = scene.story.sent.get(index).is_some_and(|s| s.tcp);
    heard(scene, tcp).await?;
    nothing_went_back(scene, index)
}

/// Asks something, as the call server, that the phone must answer, and lets its settling time pass after the answer: what the phone was
/// going to do about anything earlier has been done by then. Nothing of this is "it".
pub async fn heard(scene: &mut Scene, tcp: bool) -> Outcome {
    let request = request_to(scene, Method::Options, tcp)?;
    let witness = send(scene, Party::CallServer, request, tcp).await?;
    let answered = match scene.story.sent.get(witness) {
        Some(sent) => sent.final_response(scene, SOON).await,
        None => None,
    };
    // The witness is not what the scenario speaks of.
    let told = scene.story.sent.pop().map(|w| w.told(scene)).unwrap_or_default();
    if answered.is_none() {
        let expected = "an answer to OPTIONS from the call server, so that silence can be told from deafness";
        return Err(Stop::failed(expected, told.0, told.1));
    }
    settled().await;
    Ok(())
}

/// Lets the unit's settling time pass, which begins when an answer that came later on the same path is captured: the phone had its turn,
/// and what it was going to say has been said after this. The absence of a packet is no fact that could be waited for.
pub async fn settled() {
    tokio::time::sleep(Emulated::SETTLING).await;
}

/// Claims that nothing went from the phone to the sender of a message, nor to its Call-ID.
pub fn nothing_went_back(scene: &Scene, index: usize) -> Outcome {
    let Some(sent) = scene.story.sent.get(index) else { return Ok(()) };
    let phone = scene.phone_address()?;
    let packets = {
        let capture = scene.observer.look();
        went_back(&capture, phone, sent)
    };
    if packets.is_empty() {
        return Ok(());
    }
    let (told, _) = sent.told(scene);
    Err(Stop::failed(format!("silence to {} from {}", sent.method, sent.party), told, packets))
}

fn went_back(capture: &Capture, phone: IpAddr, sent: &Sent) -> Vec<u32> {
    let to = sent.party.address();
    let mut packets: Vec<u32> = sent.responses(capture).flat_map(|m| m.packets.iter().collect::<Vec<_>>()).collect();
    // The phone has business of its own with the call server, and with nobody else.
    if sent.party != Party::CallServer {
        let datagrams = capture.udp_since(sent.mark).iter().filter(|d| d.src.ip() == phone && d.dst.ip() == to);
        packets.extend(datagrams.flat_map(|d| d.packets.iter().collect::<Vec<_>>()));
        let messages = capture.sip_since(sent.mark).iter().filter(|m| m.src.ip() == phone && m.dst.ip() == to);
        packets.extend(messages.flat_map(|m| m.packets.iter().collect::<Vec<_>>()));
    }
    packets
}
