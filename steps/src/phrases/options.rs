//! OPTIONS: the question that shows whom the phone serves, and whom it ignores.

use super::exchange::{request_to, send};
use super::phone::SOON;
use super::silence::{nothing_went_back, settled, silence};
use crate::network::Party;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use servers::sip::{Carriage, Exchange, Method};
use std::time::Duration;

crate::phrases! {
    /// Sends OPTIONS and claims 200.
    Then "the phone answers OPTIONS from {server}" => answers_options;
    /// Sends OPTIONS over a TCP connection of its own and claims 200.
    Then "the phone answers OPTIONS from {server} over TCP" => answers_options_tcp;
    /// Sends OPTIONS again and again until it is answered with 200, at most so long.
    Then "the phone answers OPTIONS from {server} within {int} seconds" => answers_options_within;
    /// Sends OPTIONS and claims silence.
    Then "the phone is silent to OPTIONS from {server}" => silent_to_options;
    /// Sends OPTIONS and claims silence where no server at all may be answered: that the phone is alive shows on its page.
    Then "the phone is dumb to OPTIONS from {server} while its page answers" => dumb_to_options;
}

/// Sends OPTIONS; the exchange is "it" afterwards.
pub async fn options(scene: &mut Scene, party: Party, tcp: bool) -> Result<usize, Stop> {
    let request = request_to(scene, Method::Options, tcp)?;
    send(scene, party, request, tcp).await
}

/// Asks OPTIONS as the call server, over one TCP connection, until the phone answers 200: it knows by then that it is registered.
/// Nothing of this is "it".
pub async fn serves_tcp(scene: &mut Scene) -> Outcome {
    let remembered = scene.story.sent.len();
    let mut flow = None;
    let tries = async {
        loop {
            let request = request_to(scene, Method::Options, true)?;
            let request = match flow {
                Some(flow) => request.by(Carriage::Over(flow)),
                None => request,
            };
            let index = send(scene, Party::CallServer, request, true).await?;
            let Some(sent) = scene.story.sent.get(index) else { return Err(Stop::bench("a message was lost")) };
            flow = sent.exchange.as_ref().map(Exchange::flow);
            if sent.final_response(scene, SOON).await.and_then(|m| m.code()) == Some(200) {
                return Ok(());
            }
        }
    };
    let outcome = tokio::time::timeout(SOON, tries).await;
    let (seen, packets) = scene.story.sent.last().map(|sent| sent.told(scene)).unwrap_or_default();
    scene.story.sent.truncate(remembered);
    outcome.unwrap_or_else(|_| {
        Err(Stop::failed("200 to OPTIONS from the call server over TCP after the registration", seen, packets))
    })
}

async fn options_answered(scene: &mut Scene, party: Party, tcp: bool) -> Outcome {
    let index = options(scene, party, tcp).await?;
    let Some(sent) = scene.story.sent.get(index) else { return Ok(()) };
    if sent.response(scene, 200, SOON).await.is_some() {
        return Ok(());
    }
    let (seen, packets) = sent.told(scene);
    Err(Stop::failed(format!("200 to OPTIONS from {party}"), seen, packets))
}

async fn answers_options(world: &mut World, mut args: Args) -> Outcome {
    let party = args.read()?;
    options_answered(world.scene()?, party, false).await
}

async fn answers_options_tcp(world: &mut World, mut args: Args) -> Outcome {
    let party = args.read()?;
    options_answered(world.scene()?, party, true).await
}

async fn answers_options_within(world: &mut World, mut args: Args) -> Outcome {
    let (party, seconds) = (args.read::<Party>()?, args.read::<u64>()?);
    let scene = world.scene()?;
    let limit = Duration::from_secs(seconds);
    let tries = async {
        loop {
            let index = options(scene, party, false).await?;
            let Some(sent) = scene.story.sent.get(index) else { continue };
            if sent.response(scene, 200, Duration::from_millis(100)).await.is_some() {
                return Ok::<_, Stop>(());
            }
        }
    };
    match tokio::time::timeout(limit, tries).await {
        Ok(done) => done,
        Err(_) => {
            let (seen, packets) = scene.story.it()?.told(scene);
            Err(Stop::failed(format!("200 to OPTIONS from {party} within {seconds} s"), seen, packets))
        }
    }
}

async fn silent_to_options(world: &mut World, mut args: Args) -> Outcome {
    let party = args.read()?;
    let scene = world.scene()?;
    let index = options(scene, party, false).await?;
    silence(scene, index).await
}

async fn dumb_to_options(world: &mut World, mut args: Args) -> Outcome {
    let party = args.read()?;
    let scene = world.scene()?;
    let index = options(scene, party, false).await?;
    let web = (scene.phone_address()?, 80).into();
    scene.client.get(web, "/admin/status.xml").await?;
    settled().await;
    nothing_went_back(scene, index)
}
