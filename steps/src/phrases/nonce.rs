//! Nonces: how long one may be answered, what a phone says of one that is too old, and that nobody foresees the next.

use super::challenge::{Challenged, last_final};
use super::exchange::{request_to, send};
use super::phone::SOON;
use crate::network::{PASSWORD, Party};
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::unit::emulated::Emulated;
use crate::world::{Scene, World};
use servers::sip::Method;
use servers::sip::auth::Tamper;

crate::phrases! {
    /// Waits as long as a nonce may be answered. Time itself is the point here.
    When "the lifetime of the nonce has passed" => nonce_expires;
    /// Answers the challenge of the last INVITE with right credentials.
    When "{server} answers that challenge" => answers_challenge;
    /// Claims stale=true in the last challenge.
    Then "the new challenge says stale" => says_stale;
    /// Claims no stale=true in the last challenge.
    Then "the new challenge does not say stale" => says_no_stale;
    /// Collects challenges, each for an INVITE of its own.
    When "{server} collects {int} challenges" => collects;
    /// Claims that all collected nonces are different.
    Then "no nonce repeats" => no_repeat;
    /// Claims that the collected nonces are no counter and do not follow the clock.
    Then "the nonces show no counter and no clock" => no_pattern;
}

async fn nonce_expires(_: &mut World, _: Args) -> Outcome {
    // The one sleep that waits for no fact: nothing on the wire or on the page tells that a nonce became too old, for it is its age that
    // this is about. The settling time keeps the grain of the phone's clock out of it.
    tokio::time::sleep(Emulated::NONCE_LIFETIME + Emulated::SETTLING).await;
    Ok(())
}

async fn answers_challenge(world: &mut World, mut args: Args) -> Outcome {
    let party: Party = args.read()?;
    let scene = world.scene()?;
    let it = scene.story.it()?;
    let exchange =
        it.exchange.as_ref().ok_or_else(|| Stop::bench("there is no challenge to answer; correct the feature file"))?;
    let index = scene.story.sent.len().saturating_sub(1);
    let taken = Challenged::of(index, exchange).await?;
    let credentials = taken.answer(None, PASSWORD, Tamper::Nothing)?;
    let request = taken.again(request_to(scene, Method::Invite, false)?).header("Authorization", credentials);
    send(scene, party, request, false).await.map(|_| ())
}

async fn says_stale(world: &mut World, _: Args) -> Outcome {
    stale(world.scene()?, true)
}

async fn says_no_stale(world: &mut World, _: Args) -> Outcome {
    stale(world.scene()?, false)
}

fn stale(scene: &Scene, wanted: bool) -> Outcome {
    let message = last_final(scene)?;
    let seen = message.challenges().iter().any(evidence::digest::Challenge::is_stale);
    if seen == wanted {
        return Ok(());
    }
    let word = |stale: bool| if stale { "stale=true" } else { "no stale=true" };
    Err(Stop::failed(word(wanted), word(seen), message.packets.iter()))
}

async fn collects(world: &mut World, mut args: Args) -> Outcome {
    let (party, count) = (args.read::<Party>()?, args.read::<usize>()?);
    let scene = world.scene()?;
    for _ in 0..count {
        let request = request_to(scene, Method::Invite, false)?;
        let index = send(scene, party, request, false).await?;
        let Some(sent) = scene.story.sent.get(index) else { break };
        let Some(message) = sent.response(scene, 401, SOON).await else {
            let (seen, packets) = sent.told(scene);
            return Err(Stop::failed("401 to an INVITE without credentials", seen, packets));
        };
        let nonce = message.challenges().into_iter().find_map(|c| c.nonce().map(str::to_owned)).unwrap_or_default();
        scene.story.nonces.push((message.time_ns, nonce));
        scene.story.sent.pop();
    }
    Ok(())
}

async fn no_repeat(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let nonces: std::collections::BTreeSet<&str> = scene.story.nonces.iter().map(|(_, nonce)| nonce.as_str()).collect();
    let (different, all) = (nonces.len(), scene.story.nonces.len());
    if all > 0 && different == all {
        return Ok(());
    }
    Err(Stop::failed("a nonce of its own for each challenge", format!("{different} nonces in {all} challenges"), []))
}

async fn no_pattern(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let report = evidence::nonce::study(&scene.story.nonces);
    if report.is_unpredictable() {
        return Ok(());
    }
    let findings: Vec<String> = report.findings.iter().map(|f| format!("{f:?}")).collect();
    let seen =
        if report.enough { findings.join("; ") } else { format!("only {} nonces, too few to tell", report.count) };
    Err(Stop::failed("nonces that nobody can foresee", seen, []))
}
