//! A hostile TLS peer in the place of a SIP server, what the phone makes of it, and its service with the honest one afterwards.

use super::phone::SOON;
use super::sip_clear::{is_over, without_a_word};
use super::sip_tls::{connections_to, registers_inside, tls_of, told};
use super::sip_tls_calls::options;
use crate::network::Party;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use evidence::{Capture, Mark, TlsEnd, TlsSide};
use servers::tls::hostile::{Expected, Misbehaviour, Saw};
use std::time::Duration;

/// How long the phone may wait for a server that falls silent in its handshake. No standard says; TCP itself would give up after minutes.
const PATIENCE: Duration = Duration::from_secs(20);

crate::phrases! {
    /// Puts the hostile peer in the place of the server's TLS, with the same certificate and the same registrar behind; the words are those of
    /// the catalogue in `servers::tls::hostile`.
    Given "{server} is a TLS server that {string}" => misbehaves;
    /// Claims what that misbehaviour's row of the catalogue says: what is legal is borne, and extension 1 registers; what is not, is refused
    /// without one octet of SIP, and the connection ended by the phone; what the server ends, ends. Not applicable when the phone's
    /// offer does not let the misbehaviour be shown.
    Then "the phone treats {server} as the standards say" => treats;
    /// Puts the honest peer back.
    When "{server} is honest again" => honest;
    /// Claims that the phone is registered inside TLS and answers OPTIONS there, after the honest peer has come back if it had to.
    Then "extension {int} is in service inside TLS with {server}" => in_service;
}

async fn misbehaves(world: &mut World, mut args: Args) -> Outcome {
    let (party, words): (Party, String) = (args.read()?, args.text()?);
    let misbehaviour = Misbehaviour::by_words(&words)
        .ok_or_else(|| Stop::bench(format!("no TLS server `{words}`; correct the feature file")))?;
    let scene = world.scene()?;
    tls_of(scene, party)?.misbehave(Some(misbehaviour));
    scene.story.hostile = Some(misbehaviour);
    Ok(())
}

async fn honest(world: &mut World, mut args: Args) -> Outcome {
    let party: Party = args.read()?;
    let scene = world.scene()?;
    tls_of(scene, party)?.misbehave(None);
    scene.story.since = scene.observer.look().mark();
    Ok(())
}

async fn treats(world: &mut World, mut args: Args) -> Outcome {
    let party: Party = args.read()?;
    let scene = world.scene()?;
    let misbehaviour =
        scene.story.hostile.ok_or_else(|| Stop::bench("nobody is hostile here; correct the feature file"))?;
    let since = scene.story.since;
    unsuited(scene, party, misbehaviour).await?;
    match misbehaviour.expected() {
        Expected::Served => registers_inside(scene, 1, party, since).await.map(|_| ()),
        Expected::Refused => refused(scene, party, since).await,
        Expected::Ended => ended(scene, party, since).await,
        Expected::Either => {
            let decided = scene.observer.until(PATIENCE, |capture| {
                let first = connections_to(capture, party, since).next()?;
                let spoke = first.application(TlsSide::Client).first.is_some();
                (spoke || is_over(capture, first)).then_some(spoke)
            });
            match decided.await {
                Some(true) => Ok(()),
                Some(false) => refused(scene, party, since).await,
                None => {
                    let (seen, packets) = told(&scene.observer.look(), party, since);
                    Err(Stop::failed("the phone is served or ends the connection", seen, packets))
                }
            }
        }
    }
}

/// Waits until the phone has met the hostile peer. A misbehaviour that cannot be shown to this phone makes the scenario not applicable.
async fn unsuited(scene: &Scene, party: Party, misbehaviour: Misbehaviour) -> Outcome {
    let hostilities = tls_of(scene, party)?.hostilities();
    let met = hostilities.find(SOON, |_| true).await;
    if met.is_none() {
        let (seen, packets) = told(&scene.observer.look(), party, Mark::default());
        return Err(Stop::failed(format!("a ClientHello to {party}"), seen, packets));
    }
    let why = hostilities.items().into_iter().find_map(|it| match it.saw {
        Saw::Unsuited(why) if it.misbehaviour == misbehaviour => Some(why),
        _ => None,
    });
    why.map_or(Ok(()), |why| Err(Stop::NotApplicable(format!("what this takes: {why}"))))
}

async fn refused(scene: &Scene, party: Party, since: Mark) -> Outcome {
    let expected = format!("a connection to {party} that the phone ends without one octet of SIP");
    let over = |capture: &Capture| Some(is_over(capture, connections_to(capture, party, since).next()?));
    let ended = scene.observer.until(PATIENCE, |capture| over(capture).filter(|over| *over)).await;
    let capture = scene.observer.look();
    let Some(first) = connections_to(&capture, party, since).next() else {
        return Err(Stop::failed(expected, format!("no TLS with {party}"), []));
    };
    without_a_word(first, &expected)?;
    if ended.is_none() {
        return Err(Stop::failed(expected, "it stays open", first.packets.iter()));
    }
    Ok(())
}

/// Whoever ends it: it is over, and the phone did not end it as if all had been well while the handshake was not done.
async fn ended(scene: &Scene, party: Party, since: Mark) -> Outcome {
    let over = scene.observer.until(PATIENCE, |capture| {
        let first = connections_to(capture, party, since).next()?;
        is_over(capture, first).then(|| capture.tls_end(first))
    });
    match over.await {
        Some(TlsEnd::Open) | None => {
            let (seen, packets) = told(&scene.observer.look(), party, since);
            Err(Stop::failed(format!("the first connection to {party} ends"), seen, packets))
        }
        Some(_) => {
            let capture = scene.observer.look();
            let first = connections_to(&capture, party, since).next();
            // Nothing of SIP before the handshake is done, however it ends.
            match first {
                Some(tls) if tls.established().is_none() && tls.decryption().is_readable() => {
                    without_a_word(tls, "no SIP before the handshake is done")
                }
                Some(_) | None => Ok(()),
            }
        }
    }
}

async fn in_service(world: &mut World, mut args: Args) -> Outcome {
    let (extension, party): (u8, Party) = (args.read()?, args.read()?);
    let scene = world.scene()?;
    let since = scene.story.since;
    let stays = {
        // Who was served may go on where he is; who was not has to come back.
        let may_stay =
            scene.story.hostile.is_none_or(|it| matches!(it.expected(), Expected::Served | Expected::Either));
        let capture = scene.observer.look();
        let last = connections_to(&capture, party, Mark::default()).last();
        may_stay && last.is_some_and(|tls| !is_over(&capture, tls))
    };
    if !stays {
        let back = |capture: &Capture| connections_to(capture, party, since).next().map(|_| ());
        // The phone may still be waiting for a server that fell silent.
        let _ = scene.observer.until(PATIENCE, back).await;
    }
    // Who stays may not have the answer to his REGISTER yet.
    registers_inside(scene, extension, party, if stays { Mark::default() } else { since }).await?;
    options(scene, extension, party).await
}
