//! What is said of a call that is there already: CANCEL, BYE, re-INVITE, and a stranger who speaks in it.

use super::call::{invite_responses, the_call};
use super::exchange::{Sent, request_to, send};
use super::phone::SOON;
use crate::network::Party;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use evidence::Capture;
use servers::sip::Method;

crate::phrases! {
    /// Ends the call from the caller's side, with CANCEL while it rings, and waits until the phone has confirmed.
    When "the caller hangs up" => caller_hangs_up;
    /// Sends BYE.
    When "the call server hangs up" => server_hangs_up;
    /// Sends CANCEL for the ringing call.
    When "the call server cancels the call" => cancels;
    /// Claims 200 to CANCEL and 487 to its INVITE.
    Then "the phone answers CANCEL with {int} and INVITE with {int}" => cancelled;
    /// Sends an INVITE inside the call, with the same media.
    When "the call server sends a re-INVITE" => reinvites;
    /// Sends a request that fits the dialog of the call in everything but its source address.
    When "the stranger sends {method} for that call" => intrudes;
}

async fn caller_hangs_up(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let call = the_call(scene)?;
    let (mark, call_id) = (call.mark, call.call_id.clone());
    let index = call.index.unwrap_or(usize::MAX);
    let Some(exchange) = scene.story.sent.get(index).and_then(|s| s.exchange.as_ref()) else {
        return Err(Stop::bench("only a call to the phone has a caller; correct the feature file"));
    };
    exchange.cancel().await?;
    let over = scene.observer.until(SOON, |capture| {
        let finals = invite_responses(capture, mark, &call_id).any(|(code, _)| code == 487);
        finals.then_some(())
    });
    over.await.ok_or_else(|| Stop::failed("487 to the cancelled INVITE", "none", []))?;
    scene.story.call = None;
    Ok(())
}

async fn server_hangs_up(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    in_dialog(scene, Method::Bye).await
}

async fn reinvites(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    in_dialog(scene, Method::Invite).await
}

/// Sends a request inside the call; it is "it" afterwards.
async fn in_dialog(scene: &mut Scene, method: Method) -> Outcome {
    let call = the_call(scene)?;
    let (index, party) = (call.index.unwrap_or(usize::MAX), call.party);
    let mark = scene.observer.look().mark();
    let Some(exchange) = scene.story.sent.get(index).and_then(|s| s.exchange.as_ref()) else {
        return Err(Stop::bench("only a call that our server made can be spoken in; correct the feature file"));
    };
    let inner = match method {
        Method::Bye => exchange.bye().await?,
        _ => {
            let dialog = exchange.dialog().ok_or_else(|| Stop::bench("the call has no dialog at our server"))?;
            scene.network.sip(party).request(dialog.request(method.clone())).await?
        }
    };
    let rendered = inner.sent().ok_or_else(|| Stop::bench("a request was sent as it is"))?;
    let sent = Sent {
        party,
        method: rendered.method.name().to_owned(),
        call_id: rendered.call_id.clone(),
        cseq: rendered.cseq,
        tcp: false,
        mark,
        exchange: None,
    };
    scene.story.sent.push(Sent { exchange: Some(inner), ..sent });
    if method == Method::Bye {
        scene.story.call = None;
    }
    Ok(())
}

async fn cancels(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let call = the_call(scene)?;
    let Some(exchange) = call.index.and_then(|i| scene.story.sent.get(i)).and_then(|s| s.exchange.as_ref()) else {
        return Err(Stop::bench("only a call to the phone can be cancelled; correct the feature file"));
    };
    exchange.cancel().await?;
    Ok(())
}

async fn cancelled(world: &mut World, mut args: Args) -> Outcome {
    let (to_cancel, to_invite) = (args.read::<u16>()?, args.read::<u16>()?);
    let scene = world.scene()?;
    let call = the_call(scene)?;
    let (mark, call_id) = (call.mark, call.call_id.clone());
    let codes = |capture: &Capture, method: &str| -> Vec<(u16, Vec<u32>)> {
        capture
            .sip_messages_since(mark)
            .filter(|m| m.call_id() == Some(call_id.as_str()) && m.cseq().is_some_and(|(_, m)| m == method))
            .filter_map(|m| Some((m.code().filter(|c| *c >= 200)?, m.packets.iter().collect())))
            .collect()
    };
    let both = scene.observer.until(SOON, |capture| {
        let cancel = codes(capture, "CANCEL").iter().any(|(c, _)| *c == to_cancel);
        let invite = codes(capture, "INVITE").iter().any(|(c, _)| *c == to_invite);
        (cancel && invite).then_some(())
    });
    if both.await.is_some() {
        return Ok(());
    }
    let capture = scene.observer.look();
    let (cancel, invite) = (codes(&capture, "CANCEL"), codes(&capture, "INVITE"));
    let list = |codes: &[(u16, Vec<u32>)]| codes.iter().map(|(c, _)| c.to_string()).collect::<Vec<_>>().join(", ");
    let seen = format!("CANCEL answered with [{}], INVITE with [{}]", list(&cancel), list(&invite));
    let packets = cancel.into_iter().chain(invite).flat_map(|(_, packets)| packets);
    Err(Stop::failed(format!("{to_cancel} to CANCEL and {to_invite} to INVITE"), seen, packets))
}

async fn intrudes(world: &mut World, mut args: Args) -> Outcome {
    let method = Method::named(&args.text()?);
    let scene = world.scene()?;
    let call = the_call(scene)?;
    let (mark, call_id) = (call.mark, call.call_id.clone());
    let dialog = {
        let capture = scene.observer.look();
        let mut of_call = capture.sip_messages_since(mark).filter(|m| m.call_id() == Some(call_id.as_str()));
        let invite = of_call.find(|m| m.is_request("INVITE")).cloned();
        let answer = of_call.find(|m| m.code().is_some_and(|c| c >= 180) && m.to_tag().is_some()).cloned();
        invite.zip(answer)
    };
    let (invite, answer) = dialog.ok_or_else(|| Stop::failed("a dialog", "none in the capture", []))?;
    let same = |name: &str| invite.header(name).unwrap_or_default().to_owned();
    let request = request_to(scene, method.clone(), false)?.call_id(call_id).from(same("From"));
    let request = if method == Method::Cancel {
        // RFC 3261 §9.1: everything but the method is the INVITE's, the branch too; only the source address is not.
        request
            .uri(invite.uri().unwrap_or_default())
            .to(same("To"))
            .via(same("Via"))
            .cseq(invite.cseq().map_or(1, |c| c.0))
    } else {
        request.to(answer.header("To").unwrap_or_default()).cseq(invite.cseq().map_or(1, |c| c.0) + 1)
    };
    send(scene, Party::Stranger, request, false).await.map(|_| ())
}
