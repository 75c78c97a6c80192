//! Calls and questions inside TLS, the one connection that carries them, what becomes of it when it is lost, and the media beside it.

use super::call::{Call, the_call};
use super::exchange::send;
use super::phone::SOON;
use super::ringing::ringing;
use super::sip_tls::{connections_to, registers_inside, secure_address, told, user_of};
use crate::network::Party;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use evidence::{Capture, Mark, SipMessage};
use servers::sip::{Ending, Method, Request, sdp};
use servers::{Sockets, rtp};

/// Octets of 20 ms of G.711 (RFC 3551 §4.5.14). SRTP would make them more, by its tag (RFC 3711 §3.1).
const PAYLOAD: u64 = 160;

crate::phrases! {
    /// Sends OPTIONS down the connection of the extension's registration and claims 200 on it.
    Then "extension {int} answers OPTIONS from {server} inside TLS" => answers_options;
    /// Sends an INVITE with an offer down the connection of the extension's registration and waits for 180.
    When "{server} calls extension {int} inside TLS" => calls;
    /// Claims that all SIP since the registration began, whoever sent it, came by one TLS connection, and that the phone asked the server
    /// for no other.
    Then "all of it went by one connection to {server}" => one_connection;
    /// Claims that both descriptions of the call want plain RTP and offer no keys, and that the RTP of both sides is what they describe:
    /// their payload types, and as many octets as the codec makes.
    Then "the voice of the call is in clear" => voice_in_clear;
    /// Ends the connection of the extension's registration in good order, from the server's side.
    When "{server} closes the connection of extension {int}" => closes;
    /// Ends it by a reset.
    When "{server} resets the connection of extension {int}" => resets;
    /// Claims that extension 1 has registered inside TLS again, and that the phone asked for its last connection to the server no sooner than
    /// this after the one before had ended, in milliseconds.
    Then "the phone has rested at least {int} ms before it came back to {server}" => rested;
}

async fn answers_options(world: &mut World, mut args: Args) -> Outcome {
    let (extension, party): (u8, Party) = (args.read()?, args.read()?);
    options(world.scene()?, extension, party).await
}

/// Asks OPTIONS down the connection of the registration, which has to be answered with 200 inside TLS.
pub async fn options(scene: &mut Scene, extension: u8, party: Party) -> Outcome {
    let request = Request::of(Method::Options).to_user(user_of(extension));
    let index = send(scene, party, request, false).await?;
    let Some(sent) = scene.story.sent.get(index) else { return Err(Stop::bench("a message was lost")) };
    let expected = format!("200 to OPTIONS from {party}, inside TLS");
    match sent.final_response(scene, SOON).await {
        Some(m) if m.code() == Some(200) && m.secured.is_some() => Ok(()),
        Some(m) => {
            let way = if m.secured.is_some() { "inside TLS" } else { "in clear" };
            Err(Stop::failed(expected, format!("{} {way}", m.code().unwrap_or_default()), m.packets.iter()))
        }
        None => {
            let (seen, packets) = sent.told(scene);
            Err(Stop::failed(expected, seen, packets))
        }
    }
}

async fn calls(world: &mut World, mut args: Args) -> Outcome {
    let (party, extension): (Party, u8) = (args.read()?, args.read()?);
    let scene = world.scene()?;
    let media = rtp::Peer::start(&Sockets::Bench(scene.net()), party.address()).await?;
    let description = sdp::offer(media.local_address().ip(), media.local_address().port());
    let request = Request::of(Method::Invite).to_user(user_of(extension)).body(sdp::TYPE, description);
    let index = send(scene, party, request, false).await?;
    scene.story.call = Some(Call::incoming(scene, index, party, media));
    ringing(scene).await
}

async fn one_connection(world: &mut World, mut args: Args) -> Outcome {
    let party: Party = args.read()?;
    let scene = world.scene()?;
    let phone = scene.phone_address()?;
    let since = scene.story.since.max(scene.story.submitted);
    let capture = scene.observer.look();
    let asked = capture.connections().iter().filter(|it| it.first > since.0 && it.client.ip() == phone);
    let asked: Vec<u32> = asked.filter(|it| it.server == secure_address(party)).map(|it| it.first).collect();
    let expected = format!("one TLS connection to {party} for all SIP");
    let [first] = asked.as_slice() else {
        return Err(Stop::failed(expected, format!("the phone asked for {}", asked.len()), asked));
    };
    // What came before it ended an earlier registration where that was made.
    let between = |m: &&SipMessage| m.src.ip() == phone || m.dst.ip() == phone;
    let messages = || capture.sip_messages_since(Mark(*first)).filter(between);
    let Some(way) = messages().next().map(|m| m.secured) else {
        return Err(Stop::failed(expected, "no SIP at all", [*first]));
    };
    let others: Vec<u32> =
        messages().filter(|m| m.secured.is_none() || m.secured != way).map(|m| m.packets.first()).collect();
    if others.is_empty() { Ok(()) } else { Err(Stop::failed(expected, "some of it went another way", others)) }
}

async fn voice_in_clear(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let phone = scene.phone_address()?;
    let call = the_call(scene)?;
    let (mark, party) = (call.mark, call.party.address());
    let capture = scene.observer.look();
    let described = capture.sip_messages_since(mark).filter(|m| m.call_id() == Some(call.call_id.as_str()));
    let described: Vec<_> =
        described.filter_map(|m| Some((m.src.ip(), m.secured, m.sdp()?, m.packets.first()))).collect();
    for (_, secured, sdp, packet) in &described {
        let keyed = |attribute: &String| attribute.starts_with("crypto:") || attribute.starts_with("fingerprint:");
        let plain =
            |media: &evidence::sip::sdp::Media| media.protocol == "RTP/AVP" && !media.attributes.iter().any(keyed);
        if secured.is_none() || !sdp.media.iter().all(plain) {
            return Err(Stop::failed("descriptions inside TLS that want plain RTP", "another one", [*packet]));
        }
    }
    for from in [phone, party] {
        let types: Vec<u8> =
            described.iter().flat_map(|(_, _, sdp, _)| &sdp.media).flat_map(|media| media.payload_types()).collect();
        let stream = capture.rtp_since(mark).find(|stream| stream.at.src.ip() == from && stream.announced);
        let expected = format!("RTP from {from} as the descriptions say, {PAYLOAD} octets in a packet");
        match stream {
            None => return Err(Stop::failed(expected, "none", [])),
            Some(it) if it.octets == it.count * PAYLOAD && it.payload_types.keys().all(|kind| types.contains(kind)) => {
            }
            Some(it) => {
                let seen = format!("{} octets in {} packets", it.octets, it.count);
                return Err(Stop::failed(expected, seen, it.at.packets.iter()));
            }
        }
    }
    Ok(())
}

async fn closes(world: &mut World, mut args: Args) -> Outcome {
    let (party, extension): (Party, u8) = (args.read()?, args.read()?);
    disconnect(world.scene()?, party, extension, Ending::Orderly)
}

async fn resets(world: &mut World, mut args: Args) -> Outcome {
    let (party, extension): (Party, u8) = (args.read()?, args.read()?);
    disconnect(world.scene()?, party, extension, Ending::Reset)
}

fn disconnect(scene: &mut Scene, party: Party, extension: u8, ending: Ending) -> Outcome {
    let user = user_of(extension);
    scene.story.since = scene.observer.look().mark();
    let server = scene.network.sip(party);
    let binding = server.binding(user).ok_or_else(|| Stop::bench(format!("{user} is not registered with {party}")))?;
    if server.disconnect(binding.flow, ending) {
        return Ok(());
    }
    let (seen, packets) = told(&scene.observer.look(), party, Mark::default());
    Err(Stop::failed(format!("the connection of {user} is kept"), seen, packets))
}

async fn rested(world: &mut World, mut args: Args) -> Outcome {
    let (least, party): (u64, Party) = (args.read()?, args.read()?);
    let scene = world.scene()?;
    let since = scene.story.since;
    registers_inside(scene, 1, party, since).await?;
    let capture = scene.observer.look();
    let mut all: Vec<_> = connections_to(&capture, party, Mark::default())
        .filter_map(|tls| capture.connections().get(tls.connection))
        .collect();
    all.sort_unstable_by_key(|it| it.first);
    let (Some(next), Some(before)) = (all.pop(), all.pop()) else {
        return Err(Stop::failed(format!("a second connection to {party}"), "none", []));
    };
    let (ended, began) = (time_of(&capture, before.last), time_of(&capture, next.first));
    let rest = began.saturating_sub(ended) / 1_000_000;
    if began >= ended && rest >= least {
        return Ok(());
    }
    let expected = format!("{least} ms between the end of a connection and the next");
    Err(Stop::failed(expected, format!("{rest} ms"), [before.last, next.first]))
}

/// When a frame was captured, nanoseconds.
fn time_of(capture: &Capture, number: u32) -> u64 {
    capture.frame(number).map_or(0, |frame| frame.time_ns)
}
