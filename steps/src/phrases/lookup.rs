//! Looking somebody up: the person at the keys of the phone, and whom the phone calls in the end. What stands on the screen is judged by
//! what follows from it, for no unit tells its screen in letters.

use super::control_server::remote;
use super::directory_wire::told;
use super::phone::{SOON, screen};
use super::silence::heard;
use crate::network::PHONE_MAC;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::unit::keypad::keys_for;
use crate::world::{Scene, World};
use evidence::{Capture, Fact as _, Mark, SipMessage};
use std::time::Duration;

/// How long a person waits after Call before pressing it again.
const AGAIN: Duration = Duration::from_millis(200);
/// How long a list may take to be on the screen and to follow the keys, with three pictures of it to fetch each time.
const LISTED: Duration = Duration::from_secs(15);
/// More than any list has.
const LONGEST_LIST: usize = 40;

crate::phrases! {
    /// Opens the directory, types this as last name, and presses Search.
    When "the person looks up {string} by last name" => by_last_name;
    /// Opens the directory, types this as first name, and presses Search.
    When "the person looks up {string} by first name" => by_first_name;
    /// Opens the directory and presses Search without any name.
    When "the person looks up everybody" => everybody;
    /// Presses Cancel while the phone searches.
    When "the person cancels the search" => cancels;
    /// Waits for a list of several entries on the screen, and goes down as far as it goes.
    When "the person goes down to the end of the list" => to_the_end;
    /// Presses Call until the phone dials, and claims whom: the user part of the INVITE. The call server knows no such number, and that
    /// ends the call.
    Then "the person presses Call and the phone dials {string}" => dials;
    /// Presses Call, and claims that the phone dials nobody: something that it must answer is answered before and after.
    Then "there is nobody to call" => nobody;
}

/// By what the keys of a person get to the phone.
#[derive(Debug, Clone, Copy)]
pub(super) enum Hand {
    /// `/CGI/Execute`.
    Keys,
    /// The control WebSocket.
    Control,
}

impl Hand {
    async fn press(self, scene: &Scene, keys: &[String]) -> Outcome {
        match self {
            Hand::Keys => scene.keys()?.execute_all(keys).await,
            Hand::Control => remote(scene)?.press(keys).await,
        }
    }
}

async fn by_last_name(world: &mut World, mut args: Args) -> Outcome {
    let name = args.text()?;
    look_up(world.scene()?, Hand::Keys, "", &name).await
}

async fn by_first_name(world: &mut World, mut args: Args) -> Outcome {
    let name = args.text()?;
    look_up(world.scene()?, Hand::Keys, &name, "").await
}

async fn everybody(world: &mut World, _: Args) -> Outcome {
    look_up(world.scene()?, Hand::Keys, "", "").await
}

/// Opens the directory, types into it, and presses Search.
pub(super) async fn look_up(scene: &mut Scene, hand: Hand, first: &str, last: &str) -> Outcome {
    // Release leaves whatever part of the directory an earlier lookup ended in.
    let mut keys: Vec<String> = ["Key:Release", "Key:Directories", "Key:NavSelect"].map(str::to_owned).into();
    keys.extend(keys_for(first)?);
    keys.push("Key:NavDwn".to_owned());
    keys.extend(keys_for(last)?);
    keys.push("SoftKey:Search".to_owned());
    let mark = scene.observer.look().mark();
    scene.story.lookups.push(mark);
    scene.journal("key", &format!("the directory, first name `{first}`, last name `{last}`, Search"));
    hand.press(scene, &keys).await
}

/// Where the capture stood when the person began the last lookup.
///
/// # Errors
/// The feature is at fault when there was none.
pub fn last_lookup(scene: &Scene) -> Result<Mark, Stop> {
    let last = scene.story.lookups.last().copied();
    last.ok_or_else(|| Stop::bench("nobody has looked anybody up yet; correct the feature file"))
}

async fn cancels(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    scene.journal("key", "SoftKey:Cancel");
    scene.keys()?.execute("SoftKey:Cancel").await
}

async fn to_the_end(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = last_lookup(scene)?;
    match tokio::time::timeout(LISTED, listed(scene)).await {
        Ok(found) => found?,
        Err(_) => {
            let (seen, packets) = told(&scene.observer.look(), since);
            let expected = "a list of several entries on the screen, in which one can go down and up";
            return Err(Stop::failed(expected, seen, packets));
        }
    }
    let down = vec!["Key:NavDwn".to_owned(); LONGEST_LIST];
    scene.journal("key", "Key:NavDwn, to the end of the list");
    scene.keys()?.execute_all(&down).await
}

/// Waits until a step down and one up change the picture there and back. Where this is so, the first entry is marked: keys are carried out
/// in order, and a step up undoes a step down whenever it is done.
async fn listed(scene: &Scene) -> Outcome {
    loop {
        let before = screen(scene).await?;
        scene.keys()?.execute("Key:NavDwn").await?;
        let below = screen(scene).await?;
        scene.keys()?.execute("Key:NavUp").await?;
        if before != below && before == screen(scene).await? {
            return Ok(());
        }
    }
}

async fn dials(world: &mut World, mut args: Args) -> Outcome {
    let number = args.text()?;
    dials_by(world.scene()?, Hand::Keys, &number).await
}

/// Presses Call until the phone dials, claims whom, and waits until the refusal of the call is acknowledged.
pub(super) async fn dials_by(scene: &mut Scene, hand: Hand, number: &str) -> Outcome {
    let since = last_lookup(scene)?;
    scene.journal("key", "SoftKey:Call");
    let pressed = async {
        loop {
            // A list that is still on its way takes no key; during the call that follows the key means nothing.
            hand.press(scene, &["SoftKey:Call".to_owned()]).await?;
            let called = scene.observer.until(AGAIN, |capture| called(capture, since).into_iter().next());
            if let Some(called) = called.await {
                return Ok::<_, Stop>(called);
            }
        }
    };
    let expected = format!("an INVITE to {number} after Call");
    let Ok(pressed) = tokio::time::timeout(SOON, pressed).await else {
        let (seen, packets) = told(&scene.observer.look(), since);
        return Err(Stop::failed(expected, format!("no INVITE; {seen}"), packets));
    };
    let (dialled, call_id, packets) = pressed?;
    if dialled != number {
        return Err(Stop::failed(expected, format!("an INVITE to {dialled}"), packets));
    }
    let over = scene.observer.until(SOON, |capture| {
        let mut acks = capture.sip_messages_since(since).filter(|m| m.is_request("ACK") && of_phone(m));
        acks.find(|ack| ack.call_id() == Some(call_id.as_str())).map(|_| ())
    });
    over.await.ok_or_else(|| Stop::failed("the refusal of the call is acknowledged", "it is not", packets))
}

async fn nobody(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = last_lookup(scene)?;
    heard(scene, false).await?;
    scene.journal("key", "SoftKey:Call");
    scene.keys()?.execute("SoftKey:Call").await?;
    heard(scene, false).await?;
    let called = called(&scene.observer.look(), since).into_iter().next();
    match called {
        None => Ok(()),
        Some((dialled, _, packets)) => {
            Err(Stop::failed("the lookup brings nobody to call", format!("an INVITE to {dialled}"), packets))
        }
    }
}

/// Whether the phone sent it, from whichever of its addresses.
fn of_phone(message: &SipMessage) -> bool {
    message.at().src_mac.is_some_and(|mac| mac.0 == PHONE_MAC.0)
}

/// INVITEs of the phone: user part of the Request-URI, Call-ID, packets.
fn called(capture: &Capture, since: Mark) -> Vec<(String, String, Vec<u32>)> {
    let invites = capture.sip_messages_since(since).filter(|m| m.is_request("INVITE") && of_phone(m));
    let read = invites.map(|m| {
        let uri = m.uri().unwrap_or_default();
        let user = uri.split_once(':').and_then(|(_, rest)| rest.split_once('@')).map_or(uri, |(user, _)| user);
        (user.to_owned(), m.call_id().unwrap_or_default().to_owned(), m.packets.iter().collect())
    });
    read.collect()
}
