//! What the control server asks of the phone, what the phone makes of it, and what it tells unasked.

use super::control_server::{remote, server};
use super::lookup::{self, Hand};
use super::phone::{SOON, screen, value_of};
use super::ringing::acknowledged;
use super::silence::heard;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use bench::plan;
use evidence::Mark;
use servers::control::{Answer, Request, What};
use servers::http::{self, Delivery};
use std::net::IpAddr;
use std::time::Duration;

/// Where the phone puts pictures of its screen.
const PICTURE: &str = "/screen.bmp";
/// How long the server of the picture takes where it is slow: long enough for another request to come meanwhile.
const SLOW: Duration = Duration::from_millis(500);

crate::phrases! {
    /// Opens the directory by keys that the control server sends, types this as last name, and presses Search.
    When "the control server looks up {string} by last name" => looks_up;
    /// Lets the control server press Call until the phone dials, and claims whom, as `the person presses Call and the phone dials`.
    Then "the control server presses Call and the phone dials {string}" => presses_call;
    /// Presses keys, by the names of key URIs, with spaces between them.
    When "the control server presses {string}" => presses;
    /// Claims that this soft key is on the screen soon, by what the phone tells the control server.
    Then "the control server is told of the soft key {string}" => soft_key;
    /// Changes a parameter.
    When "the control server sets {word} to {string}" => sets;
    /// Claims the value of a parameter by what the phone tells the control server.
    Then "the control server is told that {word} is {string}" => reads;
    /// Claims that the phone's own configuration, as its page gives it, has this value.
    Then "the phone's configuration has {string} in {word}" => has_value;
    /// Claims that the phone gives its control server the account of extension 1 but not its password.
    Then "the control server is told who extension 1 is and not its password" => no_password;
    /// Claims a status file that names the model.
    Then "the control server is told the status of the phone" => status;
    /// Asks for a picture of the screen, and keeps what the phone uploads.
    When "the control server asks for a picture of the screen" => asks_picture;
    /// Claims that this picture is the one that the page gives.
    Then "it is the picture that the page gives" => same_picture;
    /// Asks the phone to dial on line 1, and keeps the answer, whatever it is.
    When "the control server asks the phone to dial {string}" => asks_dial;
    /// Asks for a picture of the screen, which is slow to be taken, and without waiting to dial, and keeps both answers.
    When "the control server asks for a picture of the screen and at once to dial {string}" => asks_both;
    /// Claims that the last request was refused.
    Then "the control server is refused" => refused;
    /// Claims that the first of two requests was carried out, and the second refused.
    Then "the control server gets the first and is refused the second" => first_alone;
    /// Claims an INVITE of the phone to this number since the control server last asked for one.
    Then "the phone calls {string}" => calls;
    /// Claims that the phone has called nobody since then. Something that the phone must answer is answered before that is judged.
    Then "the phone calls nobody" => calls_nobody;
    /// Claims that the phone told the control server unasked that a call on line 1 is in this state.
    Then "the control server hears that the call is {string}" => hears;
    /// Asks the phone to answer the call on line 1.
    When "the control server answers the call" => answers;
    /// Asks the phone to end the call on line 1.
    When "the control server ends the call" => ends;
}

async fn looks_up(world: &mut World, mut args: Args) -> Outcome {
    let name = args.text()?;
    lookup::look_up(world.scene()?, Hand::Control, "", &name).await
}

async fn presses_call(world: &mut World, mut args: Args) -> Outcome {
    let number = args.text()?;
    lookup::dials_by(world.scene()?, Hand::Control, &number).await
}

async fn presses(world: &mut World, mut args: Args) -> Outcome {
    let keys: Vec<String> = args.text()?.split(' ').map(str::to_owned).collect();
    let scene = world.scene()?;
    scene.journal("control", &format!("SendKey {}", keys.join(" ")));
    remote(scene)?.press(&keys).await
}

async fn soft_key(world: &mut World, mut args: Args) -> Outcome {
    let wanted = args.text()?;
    let scene = world.scene()?;
    let mut last = Err(Stop::failed(format!("the soft key {wanted}"), "no answer", []));
    let told = async {
        loop {
            // Nothing on the wire tells when the screen changes, and a connection that was there may have been on its way out.
            last = match remote(scene)?.soft_keys().await {
                Ok(keys) if keys.contains(&wanted) => return Ok(()),
                Ok(keys) => Err(Stop::failed(format!("the soft key {wanted}"), keys.join(", "), [])),
                Err(stop) => Err(stop),
            };
        }
    };
    match tokio::time::timeout(SOON, told).await {
        Ok(found) => found,
        Err(_) => last,
    }
}

async fn sets(world: &mut World, mut args: Args) -> Outcome {
    let (name, value) = (args.text()?, args.text()?);
    let scene = world.scene()?;
    scene.journal("control", &format!("SetParams {name}"));
    remote(scene)?.done(Request::set_parameters(&[(&name, &value)])).await.map(|_| ())
}

async fn reads(world: &mut World, mut args: Args) -> Outcome {
    let (name, value) = (args.text()?, args.text()?);
    let scene = world.scene()?;
    let values = remote(scene)?.parameters(&[&name]).await?;
    match values.get(&name) {
        Some(seen) if *seen == value => Ok(()),
        seen => Err(Stop::failed(format!("`{value}` in {name}"), format!("{seen:?}"), [])),
    }
}

async fn has_value(world: &mut World, mut args: Args) -> Outcome {
    let (value, name) = (args.text()?, args.text()?);
    let scene = world.scene()?;
    let web = (scene.phone_address()?, 80).into();
    let dump = scene.client.get(web, "/admin/cfg.xml").await?.text();
    match value_of(&dump, &name) {
        Some(seen) if seen == value => Ok(()),
        seen => Err(Stop::failed(format!("`{value}` in {name}"), format!("{seen:?}"), [])),
    }
}

async fn no_password(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let values = remote(scene)?.parameters(&["User_ID_1_", "Password_1_"]).await?;
    let told = |name: &str| values.get(name).map_or("", String::as_str);
    let (user, password) = (told("User_ID_1_"), told("Password_1_"));
    if user != crate::network::USER {
        return Err(Stop::failed(format!("{} in User_ID_1_", crate::network::USER), user, []));
    }
    if password == crate::network::PASSWORD {
        return Err(Stop::failed("no password", "the password of extension 1", []));
    }
    Ok(())
}

async fn status(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let xml = remote(scene)?.status_file().await?;
    if xml.contains(&scene.unit.model) {
        return Ok(());
    }
    let seen: String = xml.chars().take(200).collect();
    Err(Stop::failed(format!("a status file that names the {}", scene.unit.model), seen, []))
}

async fn asks_picture(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    scene.story.screen = None;
    scene.network.provisioning.accept_uploads(PICTURE);
    let since = scene.network.provisioning.requests().mark();
    remote(scene)?.done(picture()).await?;
    let taken = scene.network.provisioning.requests().since(since);
    let taken = taken.into_iter().find(|seen| seen.method == "PUT" && seen.target == PICTURE);
    let taken = taken.ok_or_else(|| Stop::failed(format!("PUT {PICTURE} before the answer"), "none", []))?;
    if !taken.body.starts_with(b"BM") {
        return Err(Stop::failed("a bitmap", format!("{} octets that are none", taken.body.len()), []));
    }
    scene.story.screen = Some(taken.body);
    Ok(())
}

fn picture() -> Request {
    Request::screenshot(&format!("http://{}{PICTURE}", plan::PROVISIONING.v4()))
}

async fn same_picture(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let page = screen(scene).await?;
    match &scene.story.screen {
        Some(uploaded) if *uploaded == page => Ok(()),
        Some(_) => Err(Stop::failed("the picture of the page", "another", [])),
        None => Err(Stop::bench("nobody asked for a picture; correct the feature file")),
    }
}

async fn asks_dial(world: &mut World, mut args: Args) -> Outcome {
    let number = args.text()?;
    ask(world.scene()?, vec![Request::dial(1, &number)]).await
}

async fn asks_both(world: &mut World, mut args: Args) -> Outcome {
    let number = args.text()?;
    let scene = world.scene()?;
    let late = http::Answer::status(201).sent(Delivery::Late(SLOW));
    scene.network.provisioning.answer(PICTURE, Some(late));
    ask(scene, vec![picture(), Request::dial(1, &number)]).await
}

async fn ask(scene: &mut Scene, requests: Vec<Request>) -> Outcome {
    scene.story.since = scene.observer.look().mark();
    scene.journal("control", &requests.iter().map(Request::uri).collect::<Vec<_>>().join(", "));
    let answers = remote(scene)?.ask_all(requests).await?;
    scene.story.answers = answers;
    Ok(())
}

async fn refused(world: &mut World, _: Args) -> Outcome {
    match world.scene()?.story.answers.last() {
        Some(Answer { outcome: Err(_), .. }) => Ok(()),
        Some(Answer { outcome: Ok(_), .. }) => Err(Stop::failed("a refusal", "it says that it is done", [])),
        None => Err(Stop::bench("nothing was asked; correct the feature file")),
    }
}

async fn first_alone(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let done: Vec<bool> = scene.story.answers.iter().map(|answer| answer.outcome.is_ok()).collect();
    match done.as_slice() {
        [true, false] => Ok(()),
        [_, _] => {
            Err(Stop::failed("the first is done and the second refused", format!("{:?}", scene.story.answers), []))
        }
        _ => Err(Stop::bench("two things were not asked; correct the feature file")),
    }
}

/// The INVITE of the phone since the mark, to whom and in which packets.
fn called(scene: &Scene, phone: IpAddr, since: Mark) -> Option<(String, Vec<u32>)> {
    let capture = scene.observer.look();
    let invite = capture.sip_messages_since(since).find(|m| m.is_request("INVITE") && m.src.ip() == phone)?;
    Some((invite.uri().unwrap_or_default().to_owned(), invite.packets.iter().collect()))
}

async fn calls(world: &mut World, mut args: Args) -> Outcome {
    let number = args.text()?;
    let scene = world.scene()?;
    let (phone, since) = (scene.phone_address()?, scene.story.since);
    let invite = scene.observer.until(SOON, |capture| {
        capture.sip_messages_since(since).find(|m| m.is_request("INVITE") && m.src.ip() == phone).map(|_| ())
    });
    invite.await;
    match called(scene, phone, since) {
        Some((uri, _)) if uri.contains(&format!(":{number}@")) => Ok(()),
        Some((uri, packets)) => Err(Stop::failed(format!("an INVITE to {number}"), format!("one to {uri}"), packets)),
        None => Err(Stop::failed(format!("an INVITE to {number}"), "none", [])),
    }
}

async fn calls_nobody(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    heard(scene, false).await?;
    match called(scene, scene.phone_address()?, scene.story.since) {
        None => Ok(()),
        Some((uri, packets)) => Err(Stop::failed("no INVITE", format!("one to {uri}"), packets)),
    }
}

async fn hears(world: &mut World, mut args: Args) -> Outcome {
    let state = args.text()?;
    let scene = world.scene()?;
    let told = server(scene)?.seen().find(SOON, |seen| {
        matches!(&seen.what, What::Event(event) if event.text("state") == Some(&state) && event.number("line") == Some(1))
    });
    if told.await.is_some() {
        return Ok(());
    }
    let events = server(scene)?.seen().items().into_iter().filter_map(|seen| match seen.what {
        What::Event(event) => Some(format!("{} {}", event.name, event.text("state").unwrap_or("?"))),
        _ => None,
    });
    let events: Vec<String> = events.collect();
    let seen = if events.is_empty() { "no event".to_owned() } else { events.join(", ") };
    Err(Stop::failed(format!("an event that the call is {state}"), seen, []))
}

async fn answers(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    remote(scene)?.done(Request::answer(1, 0)).await?;
    acknowledged(scene).await
}

async fn ends(world: &mut World, _: Args) -> Outcome {
    remote(world.scene()?)?.done(Request::hang_up(1, 0)).await.map(|_| ())
}
