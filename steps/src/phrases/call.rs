//! Calls: ringing, lifting the handset, voice, hanging up; what the phone shows and records of them.

use super::challenge;
use super::exchange::{Sent, request_to, send};
use super::phone::SOON;
use crate::network::{PASSWORD, Party, SECOND_USER, USER};
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use evidence::{Capture, Carried, Mark};
use servers::rtp;
use servers::sip::auth::Tamper;
use servers::sip::{Method, Request, Script, sdp};
use std::net::SocketAddr;

/// The number that the phone calls in scenarios where it is not to be answered.
pub const NUMBER: &str = "5550100";
/// RTP packets each way that show that voice flows: three of 20 ms are more than chance.
const VOICE: u64 = 3;

crate::phrases! {
    /// Sends an INVITE with an offer and waits for 180.
    When "{server} calls the phone" => calls;
    /// Sends an INVITE with an offer and claims 180.
    Then "{server} calls the phone and it rings" => calls_and_rings;
    /// The same to the account of another extension.
    Then "{server} calls extension {int} and it rings" => calls_extension;
    /// Claims 180 for the call that is being made.
    Then "the phone rings" => rings;
    /// Claims that a call that rang has ended in no way and can still be answered.
    Then "the phone rings on" => rings_on;
    /// Claims that the phone shows no ringing call.
    Then "the phone does not ring" => does_not_ring;
    /// Lifts the handset (the speaker key does the same).
    When "the person lifts the handset" => lifts;
    /// Dials a number with the keys of the phone.
    When "the person dials {string}" => dials;
    /// Claims an answered INVITE, its ACK, no BYE, and RTP both ways since this step began.
    Then "the call is up and voice flows both ways" => voice_flows;
    /// Makes a call and answers it.
    Given "a call between the call server and the phone is up" => call_up;
    /// Makes a call with credentials of the account and answers it.
    Given "an authenticated call between the call server and the phone is up" => authenticated_call_up;
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
    /// Claims that the page lists no call at all.
    Then "the call history is empty" => history_empty;
    /// Claims that the phone's status has no connected call.
    Then "the phone does not show the call as connected" => not_connected;
}

/// A call as our side has it.
pub struct Call {
    /// Which message made it: index into what was sent; none for calls that the phone made.
    pub index: Option<usize>,
    /// Call-ID.
    pub call_id: String,
    /// Who is the other party.
    pub party: Party,
    /// Where the capture stood when it began.
    pub mark: Mark,
    /// Our voice.
    pub media: Option<rtp::Peer>,
}

impl Call {
    /// A call that our server made.
    pub fn incoming(scene: &Scene, index: usize, party: Party, media: rtp::Peer) -> Self {
        let (call_id, mark) =
            scene.story.sent.get(index).map_or((String::new(), Mark::default()), |s| (s.call_id.clone(), s.mark));
        Call { index: Some(index), call_id, party, mark, media: Some(media) }
    }
}

/// An INVITE with an offer, and the voice that belongs to it.
pub async fn invite(scene: &Scene, party: Party, tcp: bool) -> Result<(Request, rtp::Peer), Stop> {
    let media = rtp::Peer::start(&servers::Sockets::Bench(scene.net()), party.address()).await?;
    let request = request_to(scene, Method::Invite, tcp)?;
    let description = sdp::offer(media.local_address().ip(), media.local_address().port());
    Ok((request.body(sdp::TYPE, description), media))
}

/// An INVITE to the account of an extension, at the contact it registered.
pub fn invite_to(scene: &Scene, extension: u8) -> Result<Request, Stop> {
    let user = if extension == 1 { USER } else { SECOND_USER };
    Ok(Request::of(Method::Invite)
        .to_address(contact_of(scene, user)?)
        .by(servers::sip::Carriage::Udp)
        .uri(uri_of(scene, user)?))
}

fn uri_of(scene: &Scene, user: &str) -> Result<String, Stop> {
    Ok(format!("sip:{user}@{}", contact_of(scene, user)?))
}

/// Where an account is reached: the source of its last REGISTER that was accepted.
fn contact_of(scene: &Scene, user: &str) -> Result<SocketAddr, Stop> {
    let capture = scene.observer.look();
    let register = capture
        .sip_messages()
        .filter(|m| m.is_request("REGISTER") && m.to().is_some_and(|to| to.uri.contains(&format!(":{user}@"))))
        .last();
    register.map(|m| m.src).ok_or_else(|| Stop::failed(format!("a REGISTER of {user}"), "none", []))
}

async fn start_call(scene: &mut Scene, party: Party) -> Outcome {
    let (request, media) = invite(scene, party, false).await?;
    let index = send(scene, party, request, false).await?;
    scene.story.call = Some(Call::incoming(scene, index, party, media));
    ringing(scene).await
}

async fn calls(world: &mut World, mut args: Args) -> Outcome {
    let party = args.read()?;
    start_call(world.scene()?, party).await
}

async fn calls_and_rings(world: &mut World, args: Args) -> Outcome {
    calls(world, args).await
}

async fn calls_extension(world: &mut World, mut args: Args) -> Outcome {
    let (party, extension) = (args.read()?, args.read::<u8>()?);
    let scene = world.scene()?;
    let request = invite_to(scene, extension)?;
    let index = send(scene, party, request, false).await?;
    rang(scene, index).await
}

async fn rings(world: &mut World, _: Args) -> Outcome {
    ringing(world.scene()?).await
}

async fn ringing(scene: &Scene) -> Outcome {
    let index = scene.story.call.as_ref().and_then(|c| c.index);
    rang(scene, index.ok_or_else(|| Stop::bench("there is no call to the phone; correct the feature file"))?).await
}

async fn rang(scene: &Scene, index: usize) -> Outcome {
    let Some(sent) = scene.story.sent.get(index) else { return Err(Stop::bench("a message was lost")) };
    let answer = scene.observer.until(SOON, |capture| {
        sent.responses(capture).find_map(|m| m.code().filter(|c| *c >= 180).map(|c| (c, m.packets.clone())))
    });
    match answer.await {
        Some((180, _)) => Ok(()),
        Some((code, packets)) => Err(Stop::failed("180, the phone rings", format!("{code}"), packets.iter())),
        None => {
            let (seen, packets) = sent.told(scene);
            Err(Stop::failed("180, the phone rings", seen, packets))
        }
    }
}

async fn rings_on(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let call = the_call(scene)?;
    let (mark, call_id) = (call.mark, call.call_id.clone());
    let ended: Vec<u32> = {
        let capture = scene.observer.look();
        let finals = invite_responses(&capture, mark, &call_id).filter(|(code, _)| *code >= 200);
        finals.flat_map(|(_, packets)| packets).collect()
    };
    if !ended.is_empty() {
        return Err(Stop::failed("the call rings on", "the phone ended it", ended));
    }
    lift(scene).await?;
    let answered =
        scene.observer.until(SOON, |capture| invite_responses(capture, mark, &call_id).find(|(code, _)| *code == 200));
    answered
        .await
        .map(|_| ())
        .ok_or_else(|| Stop::failed("the ringing call can be answered", "no 200 after the handset was lifted", []))
}

fn invite_responses<'a>(
    capture: &'a Capture,
    mark: Mark,
    call_id: &'a str,
) -> impl Iterator<Item = (u16, Vec<u32>)> + 'a {
    capture
        .sip_messages_since(mark)
        .filter(move |m| m.call_id() == Some(call_id) && m.cseq().is_some_and(|(_, method)| method == "INVITE"))
        .filter_map(|m| Some((m.code()?, m.packets.iter().collect())))
}

async fn does_not_ring(world: &mut World, _: Args) -> Outcome {
    let status = status(world.scene()?).await?;
    if status.contains("Ringing") {
        return Err(Stop::failed("no call rings", "the status of the phone has a ringing call", []));
    }
    Ok(())
}

async fn not_connected(world: &mut World, _: Args) -> Outcome {
    let status = status(world.scene()?).await?;
    if status.contains("Connected") {
        return Err(Stop::failed("no connected call", "the status of the phone has a connected call", []));
    }
    Ok(())
}

async fn status(scene: &Scene) -> Result<String, Stop> {
    let web = (scene.phone_address()?, 80).into();
    let reply = scene.client.get(web, "/admin/status.xml").await?;
    if reply.status != 200 {
        return Err(Stop::failed("the phone's status", format!("status {}", reply.status), []));
    }
    Ok(reply.text())
}

async fn history_empty(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let entries = scene.page()?.call_history().await?;
    if entries.is_empty() {
        return Ok(());
    }
    Err(Stop::failed("an empty call history", format!("the entries {}", entries.join("; ")), []))
}

async fn lifts(world: &mut World, _: Args) -> Outcome {
    lift(world.scene()?).await
}

async fn lift(scene: &mut Scene) -> Outcome {
    scene.journal("key", "Key:Speaker");
    scene.keys()?.execute("Key:Speaker").await?;
    // The caller acknowledges what answers its INVITE (RFC 3261 §13.2.2.4).
    let exchange = scene
        .story
        .call
        .as_ref()
        .and_then(|c| c.index)
        .and_then(|i| scene.story.sent.get(i))
        .and_then(|s| s.exchange.as_ref());
    if let Some(exchange) = exchange {
        exchange.connected(SOON).await?;
    }
    Ok(())
}

async fn dials(world: &mut World, mut args: Args) -> Outcome {
    let number = args.text()?;
    let scene = world.scene()?;
    let media = rtp::Peer::start(&servers::Sockets::Bench(scene.net()), Party::CallServer.address()).await?;
    if !scene.story.calls_unanswered {
        scene.network.call_server.media_port(media.local_address().port());
        scene.network.call_server.answer(&number, Some(Script::answers()));
    }
    let mark = scene.observer.look().mark();
    scene.journal("key", &format!("Dial:{number}"));
    scene.keys()?.execute(&format!("Dial:{number}")).await?;
    let phone = scene.phone_address()?;
    let invite = scene.observer.until(SOON, |capture| {
        let invite = capture.sip_messages_since(mark).find(|m| m.is_request("INVITE") && m.src.ip() == phone)?;
        Some(invite.call_id().unwrap_or_default().to_owned())
    });
    let call_id = invite.await.ok_or_else(|| Stop::failed("an INVITE from the phone", "none", []))?;
    scene.story.call = Some(Call { index: None, call_id, party: Party::CallServer, mark, media: Some(media) });
    Ok(())
}

async fn voice_flows(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let phone = scene.phone_address()?;
    let call = the_call(scene)?;
    let (mark, call_id, party) = (call.mark, call.call_id.clone(), call.party);
    let established = scene.observer.until(SOON, |capture| {
        let answered = capture.sip_messages_since(mark).find(|m| {
            m.code() == Some(200)
                && m.call_id() == Some(call_id.as_str())
                && m.cseq().is_some_and(|(_, m)| m == "INVITE")
        })?;
        let acked =
            capture.sip_messages_since(mark).any(|m| m.is_request("ACK") && m.call_id() == Some(call_id.as_str()));
        // Where the phone wants its voice: its own description, in its answer or in its offer.
        let described =
            capture.sip_messages_since(mark).filter(|m| m.call_id() == Some(call_id.as_str()) && m.src.ip() == phone);
        let media = described.filter_map(|m| m.sdp()).last()?;
        let port = media.media.first()?.port;
        acked.then(|| (answered.packets.clone(), SocketAddr::new(phone, port)))
    });
    let Some((_, voice)) = established.await else {
        let packets: Vec<u32> = {
            let capture = scene.observer.look();
            invite_responses(&capture, mark, &call_id).flat_map(|(_, packets)| packets).collect()
        };
        return Err(Stop::failed("an answered and acknowledged INVITE", "none", packets));
    };
    if let Some(Call { media: Some(media), .. }) = &scene.story.call {
        media.send_to(voice);
    }
    let since = scene.observer.look().mark();
    let flows = scene.observer.until(SOON, |capture| {
        let (to_phone, from_phone) = voice_since(capture, since, phone, party);
        (to_phone >= VOICE && from_phone >= VOICE).then_some(())
    });
    if flows.await.is_none() {
        let (to_phone, from_phone) = voice_since(&scene.observer.look(), since, phone, party);
        let seen = format!("{to_phone} packets to the phone and {from_phone} from it");
        return Err(Stop::failed(format!("at least {VOICE} RTP packets each way"), seen, []));
    }
    let capture = scene.observer.look();
    let byes: Vec<u32> = capture
        .sip_messages_since(mark)
        .filter(|m| m.is_request("BYE") && m.src.ip() == phone && m.call_id() == Some(call_id.as_str()))
        .flat_map(|m| m.packets.iter().collect::<Vec<_>>())
        .collect();
    if byes.is_empty() { Ok(()) } else { Err(Stop::failed("the call is up", "the phone hung up", byes)) }
}

/// RTP packets to and from the phone since a mark.
fn voice_since(capture: &Capture, since: Mark, phone: std::net::IpAddr, party: Party) -> (u64, u64) {
    let count = |from: std::net::IpAddr, to: std::net::IpAddr| {
        let datagrams = capture.udp_since(since).iter();
        let voice = datagrams.filter(|d| d.carries == Carried::Rtp && d.src.ip() == from && d.dst.ip() == to);
        u64::try_from(voice.count()).unwrap_or(u64::MAX)
    };
    (count(party.address(), phone), count(phone, party.address()))
}

async fn call_up(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    start_call(scene, Party::CallServer).await?;
    answer(scene).await
}

async fn authenticated_call_up(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    challenge::call_with(scene, Party::CallServer, false, None, PASSWORD, Tamper::Nothing).await?;
    ringing(scene).await?;
    answer(scene).await
}

/// Lifts the handset and waits for 200 and ACK.
async fn answer(scene: &mut Scene) -> Outcome {
    lift(scene).await?;
    let call = the_call(scene)?;
    let (mark, call_id) = (call.mark, call.call_id.clone());
    let up = scene.observer.until(SOON, |capture| {
        capture
            .sip_messages_since(mark)
            .find(|m| {
                m.is_request("ACK")
                    && m.call_id() == Some(call_id.as_str())
                    && invite_responses(capture, mark, &call_id).any(|(c, _)| c == 200)
            })
            .map(|_| ())
    });
    up.await.ok_or_else(|| Stop::failed("the call is answered when the handset is lifted", "no 200 to its INVITE", []))
}

fn the_call(scene: &Scene) -> Result<&Call, Stop> {
    scene.story.call.as_ref().ok_or_else(|| Stop::bench("there is no call; correct the feature file"))
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
