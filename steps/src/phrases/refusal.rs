//! Refusals as an attacker sees them: wrong credentials do not ring, all refusals look alike, and guessing goes on in vain.

use super::challenge::challenged;
use super::exchange::{Sent, no_ringing, request_to, send};
use super::phone::SOON;
use crate::network::Party;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use evidence::SipMessage;
use servers::sip::Method;
use servers::sip::auth::Tamper;
use std::fmt::Write as _;

crate::phrases! {
    /// Claims a refusal as a phone gives it to wrong credentials (401 again, or 403), and no 18x.
    Then "the phone refuses it and never rang for it" => refuses;
    /// Claims that the last two refusals differ in nothing but what differs between any two challenges.
    Then "both refusals look alike" => alike;
    /// Calls so many times with another wrong password each.
    When "{server} guesses {int} wrong passwords" => guesses;
    /// Claims that each of them was refused and none rang.
    Then "every guess is refused" => all_refused;
}

async fn refuses(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    refused(scene, scene.story.it()?).await
}

/// Claims a refusal: 401 or 403, or 400 for what cannot be read, and no 18x.
async fn refused(scene: &Scene, sent: &Sent) -> Outcome {
    let expected = "a refusal (400, 401 or 403) and no ringing";
    let answer = scene.observer.until(SOON, |capture| {
        sent.responses(capture)
            .find(|m| m.code().is_some_and(|c| c >= 180))
            .map(|m| (m.code().unwrap_or_default(), m.packets.clone()))
    });
    match answer.await {
        Some((400 | 401 | 403, _)) => no_ringing(scene, sent),
        Some((code, packets)) => Err(Stop::failed(expected, format!("{code}"), packets.iter())),
        None => {
            let (seen, packets) = sent.told(scene);
            Err(Stop::failed(expected, seen, packets))
        }
    }
}

async fn alike(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    // Each call sent two INVITEs: the second of each is the one with credentials.
    let attempts: Vec<usize> =
        (0..scene.story.sent.len()).filter(|i| scene.story.sent.get(*i).is_some_and(|s| s.cseq == 2)).collect();
    let &[.., first, second] = attempts.as_slice() else {
        return Err(Stop::bench("two refusals are needed to compare; correct the feature file"));
    };
    let mut shapes = Vec::new();
    for index in [first, second] {
        let Some(sent) = scene.story.sent.get(index) else { continue };
        let Some(message) = sent.final_response(scene, SOON).await else {
            let (seen, packets) = sent.told(scene);
            return Err(Stop::failed("a refusal", seen, packets));
        };
        shapes.push((shape(&message), message.packets.clone()));
    }
    match shapes.as_slice() {
        [(a, _), (b, _)] if a == b => Ok(()),
        [(a, first), (b, second)] => Err(Stop::failed(
            "two refusals of the same shape",
            format!("`{a}` and `{b}`"),
            first.iter().chain(second.iter()),
        )),
        _ => Ok(()),
    }
}

/// What an observer can tell of a refusal, without what differs between any two of them: tags, branches, nonces, ids, dates.
fn shape(message: &SipMessage) -> String {
    let mut shape = format!("{}", message.code().unwrap_or_default());
    for header in &message.headers {
        let _ = match header.name.as_str() {
            "WWW-Authenticate" | "Proxy-Authenticate" => {
                let names: Vec<&str> =
                    header.value.split(',').filter_map(|p| p.split('=').next()).map(str::trim).collect();
                let stale = header.value.to_ascii_lowercase().contains("stale=true");
                write!(shape, "; {}({}{})", header.name, names.join(" "), if stale { " stale" } else { "" })
            }
            "Content-Length" | "Server" | "Reason" | "Warning" => write!(shape, "; {}: {}", header.name, header.value),
            _ => write!(shape, "; {}", header.name),
        };
    }
    shape
}

async fn guesses(world: &mut World, mut args: Args) -> Outcome {
    let (party, count) = (args.read::<Party>()?, args.read::<u32>()?);
    let scene = world.scene()?;
    for guess in 0..count {
        let request = request_to(scene, Method::Invite, false)?;
        let taken = challenged(scene, party, request.clone(), false).await?;
        let credentials = taken.answer(None, &format!("guess-{guess}"), Tamper::Nothing)?;
        let index = send(scene, party, taken.again(request).header("Authorization", credentials), false).await?;
        let Some(sent) = scene.story.sent.get(index) else { break };
        refused(scene, sent).await?;
        scene.story.guesses += 1;
        scene.story.sent.clear();
    }
    Ok(())
}

async fn all_refused(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    if scene.story.guesses == 0 {
        return Err(Stop::bench("nothing was guessed; correct the feature file"));
    }
    let phone = scene.phone_address()?;
    let rang: Vec<u32> = scene
        .observer
        .look()
        .sip_messages()
        .filter(|m| {
            m.src.ip() == phone
                && m.code().is_some_and(|c| (180..300).contains(&c))
                && m.cseq().is_some_and(|(_, m)| m == "INVITE")
        })
        .flat_map(|m| m.packets.iter().collect::<Vec<_>>())
        .collect();
    if rang.is_empty() { Ok(()) } else { Err(Stop::failed("no guess rings", "one rang", rang)) }
}
