//! The same INVITE once more, as a network that lost the answer makes a caller send it, and what an ACK ends.

use super::exchange::{request_to, send};
use super::phone::SOON;
use super::silence::settled;
use crate::network::Party;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::World;
use evidence::SipMessage;
use servers::sip::Method;

crate::phrases! {
    /// Sends an INVITE and the identical octets again, as a network that lost the answer would see.
    When "{server} sends the same INVITE {int} times" => sends_copies;
    /// Claims that all answers to all copies are equal to the octet.
    Then "every answer to it is the same to the octet" => identical;
    /// Claims that nothing more comes for that call once it was acknowledged.
    Then "the phone sends nothing after the ACK" => nothing_after_ack;
}

async fn sends_copies(world: &mut World, mut args: Args) -> Outcome {
    let (party, copies) = (args.read::<Party>()?, args.read::<u32>()?);
    let scene = world.scene()?;
    // The transaction must not end before the copies are there, so nothing is acknowledged meanwhile.
    let request = request_to(scene, Method::Invite, false)?.automatic_ack(false);
    let index = send(scene, party, request, false).await?;
    for copy in 1..=copies {
        let Some(sent) = scene.story.sent.get(index) else { break };
        if copy > 1 {
            let exchange = sent.exchange.as_ref().ok_or_else(|| Stop::bench("a message was sent without a handle"))?;
            exchange.repeat().await?;
        }
        let wanted = usize::try_from(copy).unwrap_or(usize::MAX);
        let answered = scene.observer.until(SOON, |capture| {
            (sent.responses(capture).filter(|m| m.code().is_some_and(|c| c >= 200)).count() >= wanted).then_some(())
        });
        if answered.await.is_none() {
            let (seen, packets) = sent.told(scene);
            return Err(Stop::failed(format!("an answer to copy {copy} of the INVITE"), seen, packets));
        }
    }
    Ok(())
}

async fn identical(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let sent = scene.story.it()?;
    let outcome = {
        let capture = scene.observer.look();
        let finals: Vec<&SipMessage> =
            sent.responses(&capture).filter(|m| m.code().is_some_and(|c| c >= 200)).collect();
        let packets: Vec<u32> = finals.iter().flat_map(|m| m.packets.iter().collect::<Vec<_>>()).collect();
        match finals.split_first() {
            Some((first, rest)) if rest.iter().all(|m| m.raw == first.raw) => Ok(()),
            Some(_) => {
                Err(Stop::failed("the same response to every copy, to the octet", "responses that differ", packets))
            }
            None => Err(Stop::failed("a response", "none", packets)),
        }
    };
    if let Some(exchange) = &sent.exchange {
        // The capture may be ahead of our server.
        exchange.finally(SOON).await;
        exchange.ack().await?;
    }
    outcome
}

async fn nothing_after_ack(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let it = scene.story.it()?;
    let (mark, call_id) = (it.mark, it.call_id.clone());
    let acked = scene.observer.until(SOON, |capture| {
        let ack =
            capture.sip_messages_since(mark).find(|m| m.is_request("ACK") && m.call_id() == Some(call_id.as_str()))?;
        Some(evidence::Mark(ack.completed))
    });
    let since = acked.await.ok_or_else(|| Stop::server("our server did not acknowledge the refusal"))?;
    let witness = super::options::options(scene, Party::CallServer, false).await?;
    let answered = match scene.story.sent.get(witness) {
        Some(sent) => sent.final_response(scene, SOON).await.is_some(),
        None => false,
    };
    scene.story.sent.pop();
    if !answered {
        return Err(Stop::failed(
            "an answer to OPTIONS from the call server, so that silence can be told from deafness",
            "none",
            [],
        ));
    }
    settled().await;
    let phone = scene.phone_address()?;
    let packets: Vec<u32> = scene
        .observer
        .look()
        .sip_messages_since(since)
        .filter(|m| m.src.ip() == phone && m.call_id() == Some(call_id.as_str()))
        .flat_map(|m| m.packets.iter().collect::<Vec<_>>())
        .collect();
    if packets.is_empty() { Ok(()) } else { Err(Stop::failed("nothing after the ACK", "the phone went on", packets)) }
}
