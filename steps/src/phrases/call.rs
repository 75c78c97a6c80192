//! Calls: one that is made, dialled or up, its voice, and what the phone shows and records of it.

use super::credentials;
use super::exchange::request_to;
use super::phone::{AGAIN, SOON};
use super::ringing::{lift, ringing, start_call};
use super::status::row;
use crate::network::{PASSWORD, Party, SECOND_USER, USER};
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use evidence::{Capture, Carried, Mark};
use servers::rtp;
use servers::sip::auth::Tamper;
use servers::sip::{Method, Request, Script, sdp};
use std::net::SocketAddr;
use std::time::Duration;

/// The number that the phone calls in scenarios where it is not to be answered.
pub const NUMBER: &str = "5550100";
/// How long a phone may take to read an answer that is on the wire.
const PATIENCE: Duration = Duration::from_secs(1);
/// RTP packets each way that show that voice flows: three of 20 ms are more than chance.
const VOICE: u64 = 3;

crate::phrases! {
    /// Dials a number with the keys of the phone.
    When "the person dials {string}" => dials;
    /// Claims an answered INVITE, its ACK, no BYE, and RTP both ways since this step began.
    Then "the call is up and voice flows both ways" => voice_flows;
    /// Makes a call and answers it.
    Given "a call between the call server and the phone is up" => call_up;
    /// Makes a call with credentials of the account and answers it.
    Given "an authenticated call between the call server and the phone is up" => authenticated_call_up;
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

pub(super) fn the_call(scene: &Scene) -> Result<&Call, Stop> {
    scene.story.call.as_ref().ok_or_else(|| Stop::bench("there is no call; correct the feature file"))
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

pub(super) fn invite_responses<'a>(
    capture: &'a Capture,
    mark: Mark,
    call_id: &'a str,
) -> impl Iterator<Item = (u16, Vec<u32>)> + 'a {
    capture
        .sip_messages_since(mark)
        .filter(move |m| m.call_id() == Some(call_id) && m.cseq().is_some_and(|(_, method)| method == "INVITE"))
        .filter_map(|m| Some((m.code()?, m.packets.iter().collect())))
}

/// Waits until the phone tells that it is registered: it reads the answer to its REGISTER a little after that is on the wire, and makes no call
/// before. A phone that does not tell so is not waited for long: what it does with a number is for the scenario to judge.
pub(super) async fn registered(scene: &Scene) -> Outcome {
    let told = async {
        while row(scene, "Ext 1 Status", "Registration State").await?.as_deref() != Some("Registered") {
            tokio::time::sleep(AGAIN).await;
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, told).await.unwrap_or(Ok(()))
}

async fn dials(world: &mut World, mut args: Args) -> Outcome {
    let number = args.text()?;
    let scene = world.scene()?;
    let media = rtp::Peer::start(&servers::Sockets::Bench(scene.net()), Party::CallServer.address()).await?;
    if !scene.story.calls_unanswered {
        scene.network.call_server.media_port(media.local_address().port());
        scene.network.call_server.answer(&number, Some(Script::answers()));
    }
    registered(scene).await?;
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
    credentials::call_with(scene, Party::CallServer, false, None, PASSWORD, Tamper::Nothing).await?;
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

async fn history_empty(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let entries = scene.page()?.call_history().await?;
    if entries.is_empty() {
        return Ok(());
    }
    Err(Stop::failed("an empty call history", format!("the entries {}", entries.join("; ")), []))
}

async fn not_connected(world: &mut World, _: Args) -> Outcome {
    let status = status(world.scene()?).await?;
    if status.contains("Connected") {
        return Err(Stop::failed("no connected call", "the status of the phone has a connected call", []));
    }
    Ok(())
}

pub(super) async fn status(scene: &Scene) -> Result<String, Stop> {
    let web = (scene.phone_address()?, 80).into();
    let reply = scene.client.get(web, "/admin/status.xml").await?;
    if reply.status != 200 {
        return Err(Stop::failed("the phone's status", format!("status {}", reply.status), []));
    }
    Ok(reply.text())
}
