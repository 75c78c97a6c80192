//! Restricted Access Domains: when a list is in effect, moving names, forged replies, floods.

use super::exchange::{self, Sent, request_to};
use super::options::options;
use super::phone::SOON;
use super::silence::{nothing_went_back, settled, silence};
use crate::network::{LISTED, Party};
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use evidence::Capture;
use servers::sip::{Carriage, Message, Method, Reply, Script, Target};
use std::time::{Duration, Instant};

/// How long a probe may go unanswered before the next one is sent.
const PROBE: Duration = Duration::from_millis(100);
/// How long to wait before a list that is not in effect is probed again; twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// How long a flood may take to be sent and to be over.
const FLOOD_LIMIT: Duration = Duration::from_secs(10);

/// How long a flood may take to arrive before it is asked whether the tap has missed some of it.
const FLOOD_PATIENCE: Duration = Duration::from_secs(1);

crate::phrases! {
    /// From now on, DNS answers for this name may be kept so long only.
    Given "the name {string} lives for {int} second(s) in DNS" => lives;
    /// From now on, DNS says that this name does not exist.
    Given "the name {string} does not resolve" => unresolved;
    /// From now on, DNS gives the address of another server for this name.
    When "the name {string} moves to {server}" => moves;
    /// Sends so many INVITEs, each a call of its own, as fast as they go out.
    When "{server} sends {int} INVITEs to the phone" => floods;
    /// Claims that nothing of a flood was answered.
    Then "none of them is answered" => none_answered;
    /// The call server takes the phone's INVITE and says nothing more than 100.
    Given "the call server does not answer calls" => answers_no_calls;
    /// Sends a 200 that answers the phone's own INVITE, from an address that the phone did not call.
    When "the stranger forges a 200 to that INVITE" => forges;
    /// Claims that the phone did not acknowledge the forged 200, to anybody.
    Then "the phone sends no ACK for it" => no_ack;
}

/// Waits until a list is in effect: names take time to resolve. Listed servers that resolve must be answered, and the stranger must
/// not; with an empty list the stranger must be.
pub async fn takes_effect(scene: &mut Scene, list: &str) -> Outcome {
    let names: Vec<String> = list.split(',').map(|n| n.trim().to_ascii_lowercase()).filter(|n| !n.is_empty()).collect();
    let listed: Vec<Party> = [(LISTED[0], Party::CallServer), (LISTED[1], Party::Second)]
        .into_iter()
        .filter(|(name, _)| names.iter().any(|n| n == name) && !scene.story.unresolved.iter().any(|u| u == name))
        .map(|(_, party)| party)
        .collect();
    let remembered = scene.story.sent.len();
    let mut told = String::new();
    let mut pause = FIRST_PAUSE;
    let tries = async {
        loop {
            match probe(scene, &listed, names.is_empty()).await? {
                None => return Ok::<_, Stop>(()),
                Some(why) => told = why,
            }
            // Not to be a flood itself.
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    };
    let outcome = tokio::time::timeout(SOON, tries).await;
    let packets: Vec<u32> = match scene.story.sent.last() {
        Some(sent) => sent.told(scene).1,
        None => Vec::new(),
    };
    scene.story.sent.truncate(remembered);
    match outcome {
        Ok(done) => done,
        Err(_) => Err(Stop::failed(format!("the list `{list}` takes effect"), told, packets)),
    }
}

/// One round of probes; says what is not yet as it should be.
async fn probe(scene: &mut Scene, listed: &[Party], open: bool) -> Result<Option<String>, Stop> {
    let tcp = scene.story.tcp;
    let stranger = options(scene, Party::Stranger, tcp).await?;
    for party in listed {
        let index = options(scene, *party, tcp).await?;
        if !answered(scene, index, PROBE).await {
            return Ok(Some(format!("{party} is listed and not answered")));
        }
    }
    if open {
        return Ok((!answered(scene, stranger, PROBE).await)
            .then(|| "the list is empty and the stranger is not answered".to_owned()));
    }
    if listed.is_empty() {
        let web = (scene.phone_address()?, 80).into();
        scene.client.get(web, "/admin/status.xml").await?;
    }
    settled().await;
    Ok(nothing_went_back(scene, stranger).err().map(|_| "the stranger is still answered".to_owned()))
}

async fn answered(scene: &Scene, index: usize, limit: Duration) -> bool {
    match scene.story.sent.get(index) {
        Some(sent) => sent.final_response(scene, limit).await.is_some(),
        None => false,
    }
}

async fn lives(world: &mut World, mut args: Args) -> Outcome {
    let (name, seconds) = (args.text()?, args.read::<u32>()?);
    let address = if name == LISTED[0] { Party::CallServer } else { Party::Second }.address();
    world.scene()?.network.name(&name, seconds, &[address])
}

async fn unresolved(world: &mut World, mut args: Args) -> Outcome {
    let name = args.text()?;
    let scene = world.scene()?;
    scene.network.name(&name, 0, &[])?;
    scene.story.unresolved.push(name);
    Ok(())
}

async fn moves(world: &mut World, mut args: Args) -> Outcome {
    let (name, party) = (args.text()?, args.read::<Party>()?);
    world.scene()?.network.name(&name, 1, &[party.address()])
}

async fn floods(world: &mut World, mut args: Args) -> Outcome {
    let (party, count) = (args.read::<Party>()?, args.read::<usize>()?);
    let scene = world.scene()?;
    let mark = scene.observer.look().mark();
    let request = request_to(scene, Method::Invite, false)?;
    let to = exchange::sip_address(scene)?;
    let sent = scene.network.sip(party).flood(request, count).await?.sent;
    scene.journal("send", &format!("{party} sends {sent} INVITEs"));
    let began = Instant::now();
    let arrived = |capture: &Capture| {
        let seen = capture.sip_messages_since(mark).filter(|m| m.is_request("INVITE") && m.dst == to).count();
        (seen >= sent).then_some(())
    };
    while scene.observer.until(FLOOD_PATIENCE, arrived).await.is_none() {
        if scene.missed() > 0 {
            // What the tap has missed will not come; how much it was is told at the end.
            return Err(Stop::bench(format!("the capture does not have all of the {sent} INVITEs")));
        }
        if began.elapsed() > FLOOD_LIMIT {
            return Err(Stop::bench(format!("not all of the {sent} INVITEs went out; run with fewer --jobs")));
        }
    }
    scene.story.flood = Some((party, mark));
    Ok(())
}

async fn none_answered(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let Some((party, mark)) = scene.story.flood else {
        return Err(Stop::bench("there was no flood; correct the feature file"));
    };
    let sent =
        Sent { party, method: "INVITE".into(), call_id: String::new(), cseq: 1, tcp: false, mark, exchange: None };
    scene.story.sent.push(sent);
    let index = scene.story.sent.len() - 1;
    silence(scene, index).await
}

async fn answers_no_calls(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    scene.network.call_server.answer(super::call::NUMBER, Some(Script::never_answers()));
    scene.story.calls_unanswered = true;
    Ok(())
}

async fn forges(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let phone = scene.phone_address()?;
    let invite = scene.observer.until(SOON, |capture| {
        capture
            .sip_messages()
            .find(|m| m.is_request("INVITE") && m.src.ip() == phone)
            .map(|m| (m.raw.clone(), m.src, m.call_id().unwrap_or_default().to_owned(), m.cseq().map_or(1, |c| c.0)))
    });
    let (raw, source, call_id, cseq) =
        invite.await.ok_or_else(|| Stop::failed("an INVITE from the phone to the call server", "none", []))?;
    let message =
        Message::read(&raw).map_err(|e| Stop::bench(format!("the phone's INVITE cannot be answered: {e}")))?;
    let contact = format!("<sip:5550100@{}:5060>", Party::Stranger.address());
    let sdp = format!(
        "v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\nm=audio 30000 RTP/AVP 0\r\n",
        Party::Stranger.address()
    );
    let forged = Reply::of(200).header("Contact", contact).body("application/sdp", sdp).write(&message, "forged", None);
    let mark = scene.observer.look().mark();
    scene.network.stranger.send_raw(&Target::Address(source), Carriage::Udp, forged).await?;
    scene.story.sent.push(Sent {
        party: Party::Stranger,
        method: "INVITE".into(),
        call_id,
        cseq,
        tcp: false,
        mark,
        exchange: None,
    });
    Ok(())
}

async fn no_ack(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let last = scene
        .story
        .sent
        .len()
        .checked_sub(1)
        .ok_or_else(|| Stop::bench("nothing was forged; correct the feature file"))?;
    silence(scene, last).await?;
    let capture = scene.observer.look();
    let it = scene.story.it()?;
    let acks: Vec<u32> = capture
        .sip_messages_since(it.mark)
        .filter(|m| m.is_request("ACK") && m.call_id() == Some(it.call_id.as_str()))
        .flat_map(|m| m.packets.iter().collect::<Vec<_>>())
        .collect();
    if acks.is_empty() {
        return Ok(());
    }
    Err(Stop::failed("no ACK, for the 200 was forged", "the phone acknowledged it", acks))
}
