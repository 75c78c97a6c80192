//! The DHCP servers of a bench: what they give, what they do wrong, and what others say in their name.

use super::phone::SOON;
use super::silence::settled;
use crate::network::PHONE_MAC;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use bench::plan;
use evidence::{Capture, DhcpKind, DhcpMessage, Mark};
use servers::Sockets;
use servers::dhcp::{self, DhcpMisbehaviour, Forgery, Kind, OptionValue, Server};
use std::net::Ipv4Addr;

/// The guest that is another DHCP server.
const OTHER: &str = "another DHCP server";
/// What the other server gives; the first gives the beginning of the pool.
const OTHER_POOL: std::ops::RangeInclusive<Ipv4Addr> = Ipv4Addr::new(192, 0, 2, 180)..=Ipv4Addr::new(192, 0, 2, 189);
/// How long the lease of a forged answer is, seconds.
const FORGED_LEASE: u32 = 3600;

crate::phrases! {
    /// Sets the length of the leases that the DHCP server gives from now on.
    Given "the DHCP server gives leases of {int} seconds" => gives_leases;
    /// Sets the length of the leases, and the times of renewal and rebinding that go with them.
    Given "the DHCP server gives leases of {int} seconds to be renewed after {int} and rebound after {int}" => gives_timed_leases;
    /// Leases without end.
    Given "the DHCP server gives leases for ever" => gives_infinite_leases;
    /// From now on the DHCP server does one thing wrong; `offhook` knows what by these words.
    When "the DHCP server does wrong: {anything}" => does_wrong;
    /// From now on the DHCP server does all things right.
    When "the DHCP server does right again" => does_right;
    /// Waits until the phone's last message has had its wrong answer, and the phone its turn. Then the DHCP server does right again and answers that
    /// message once more, so that nobody waits for the phone to repeat it.
    When "the DHCP server does right again and answers anew" => answers_anew;
    /// Starts another DHCP server with addresses of its own that answers everything before the first one does.
    Given "another DHCP server is quicker" => other_is_quicker;
    /// Sends so many messages of this kind to the phone, each under a transaction id that the phone never used, with another address to give.
    When "somebody forges {int} DHCP messages of kind {word}" => forges;
    /// Asks the phone to renew at once, without authentication.
    When "somebody forces the phone to renew" => forces;
    /// Waits until the phone asks its server to renew; then a server that the phone never chose refuses that very request.
    When "another server refuses the renewal that the phone asks for" => other_refuses;
}

async fn gives_leases(world: &mut World, mut args: Args) -> Outcome {
    let seconds = args.read()?;
    world.scene()?.network.dhcp.change(|settings| settings.lease = seconds);
    Ok(())
}

async fn gives_timed_leases(world: &mut World, mut args: Args) -> Outcome {
    let (seconds, renewal, rebinding) = (args.read()?, args.read()?, args.read()?);
    world.scene()?.network.dhcp.change(|settings| {
        settings.lease = seconds;
        settings.renewal = Some(renewal);
        settings.rebinding = Some(rebinding);
    });
    Ok(())
}

async fn gives_infinite_leases(world: &mut World, _: Args) -> Outcome {
    world.scene()?.network.dhcp.change(|settings| settings.lease = u32::MAX);
    Ok(())
}

async fn does_wrong(world: &mut World, mut args: Args) -> Outcome {
    let words = args.text()?;
    let wrong = misbehaviour(&words)
        .ok_or_else(|| Stop::bench(format!("the DHCP server cannot do `{words}`; correct the feature file")))?;
    let scene = world.scene()?;
    scene.story.since = scene.observer.look().mark();
    // Lists that can be spoiled must be there.
    scene.network.dhcp.change(|settings| {
        settings.options.set(42, OptionValue::from(plan::TIME_SERVER.v4()));
    });
    scene.network.dhcp.misbehave(Some(wrong));
    Ok(())
}

async fn does_right(world: &mut World, _: Args) -> Outcome {
    world.scene()?.network.dhcp.misbehave(None);
    Ok(())
}

async fn answers_anew(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = scene.story.since;
    let answered = |capture: &Capture| {
        let last = last_asked(capture, since)?;
        capture.udp_since(Mark(last.completed)).iter().any(|d| d.src.port() == 67 && d.dst.port() == 68).then_some(())
    };
    scene
        .observer
        .until(SOON, answered)
        .await
        .ok_or_else(|| Stop::failed("the phone asks for an address", "it does not", []))?;
    settled().await;
    let asked = last_asked(&scene.observer.look(), since).cloned();
    let asked = asked.ok_or_else(|| Stop::bench("a message was lost"))?;
    let mark = scene.observer.look().mark();
    scene.story.since = mark;
    scene.network.dhcp.misbehave(None);
    answer(scene, &asked).await
}

/// Answers the phone's last message as the first server would.
pub async fn answer(scene: &Scene, asked: &DhcpMessage) -> Outcome {
    let kind = if asked.is(DhcpKind::Discover) { Kind::Offer } else { Kind::Ack };
    let address = asked.requested().unwrap_or(*plan::POOL_V4.start());
    let forged = Forgery::of(kind, PHONE_MAC.0)
        .under(asked.xid)
        .giving(address)
        .with(51, OptionValue::Seconds(FORGED_LEASE))
        .with(1, OptionValue::from(plan::NETMASK_V4))
        .with(3, OptionValue::from(plan::GATEWAY.v4()))
        .with(6, OptionValue::from(plan::NAME_SERVER.v4()));
    Ok(scene.network.dhcp.forge(&forged, 1).await?)
}

/// The last DISCOVER or REQUEST of the phone.
pub fn last_asked(capture: &Capture, since: Mark) -> Option<&DhcpMessage> {
    let asks = |m: &&DhcpMessage| m.src.port() == 68 && (m.is(DhcpKind::Discover) || m.is(DhcpKind::Request));
    capture.dhcp_since(since).iter().rfind(asks)
}

async fn other_is_quicker(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let mut settings = dhcp::Settings::new(plan::SECOND_DHCP.v4(), OTHER_POOL);
    settings.lease = FORGED_LEASE;
    settings
        .options
        .set(1, OptionValue::from(plan::NETMASK_V4))
        .set(3, OptionValue::from(plan::SECOND_GATEWAY.v4()))
        .set(6, OptionValue::from(plan::NAME_SERVER.v4()));
    let other = Server::start(&Sockets::Bench(scene.net()), settings).await?;
    scene.network.dhcp.answer_after(Some(&other));
    scene.network.guests.seat(OTHER, other)
}

async fn forges(world: &mut World, mut args: Args) -> Outcome {
    let (count, word) = (args.read::<u16>()?, args.text()?);
    let kind = match word.as_str() {
        "OFFER" => Kind::Offer,
        "ACK" => Kind::Ack,
        "NAK" => Kind::Nak,
        other => return Err(Stop::bench(format!("no server sends `{other}`; correct the feature file"))),
    };
    let scene = world.scene()?;
    scene.story.since = scene.observer.look().mark();
    let mut forged = Forgery::of(kind, PHONE_MAC.0).with(51, OptionValue::Seconds(FORGED_LEASE));
    if kind != Kind::Nak {
        forged = forged.giving(*plan::POOL_V4.end());
    }
    Ok(scene.network.dhcp.forge(&forged, count).await?)
}

async fn forces(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    scene.story.since = scene.observer.look().mark();
    scene.network.dhcp.force_renew(PHONE_MAC.0).await?;
    Ok(())
}

async fn other_refuses(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = scene.story.since;
    let renewal = |c: &Capture| last_asked(c, since).filter(|m| !m.is_broadcast()).map(|m| m.xid);
    let xid = scene.observer.until(SOON, renewal).await;
    let xid = xid.ok_or_else(|| Stop::failed("the phone asks for renewal of its lease", "it does not", []))?;
    let forged = Forgery::of(Kind::Nak, PHONE_MAC.0).under(xid).in_the_name_of(plan::SECOND_DHCP.v4());
    scene.network.dhcp.forge(&forged, 1).await?;
    let seen = |c: &Capture| c.dhcp_since(since).iter().any(|m| m.is(DhcpKind::Nak)).then_some(());
    scene.observer.until(SOON, seen).await.ok_or_else(|| Stop::bench("a forged message was lost"))
}

fn misbehaviour(words: &str) -> Option<DhcpMisbehaviour> {
    use DhcpMisbehaviour as M;
    Some(match words {
        "it answers nothing" => M::Silent,
        "it answers nobody who asks it alone" => M::SilentToUnicast,
        "it answers no renewal" => M::SilentAtRenewal,
        "it refuses renewals" => M::NakAtRenewal,
        "it refuses the former address" => M::NakAtReboot,
        "it refuses once" => M::NakOnce,
        "another address at renewal" => M::OtherAddressAtRenewal,
        "another transaction id" => M::WrongXid,
        "another hardware address" => M::WrongHardware,
        "another client identifier" => M::WrongClientIdentifier,
        "an answer that says that it is a question" => M::NotAReply,
        "no magic cookie" => M::NoCookie,
        "no server identifier" => M::NoServerIdentifier,
        "another server identifier in the ACK" => M::OtherServerIdentifier,
        "another address than offered" => M::OtherAddressThanOffered,
        "no address" => M::NoAddress,
        "no lease time" => M::NoLeaseTime,
        "an option that runs past the end" => M::OptionPastEnd,
        "renewal after rebinding" => M::RenewalAfterRebinding,
        "rebinding after the lease" => M::RebindingAfterLease,
        "a mask with holes" => M::HoleyMask,
        "the mask behind the router" => M::MaskAfterRouter,
        "a router off the link" => M::RouterOffLink,
        "empty address lists" => M::EmptyAddressLists,
        "ragged address lists" => M::RaggedAddressLists,
        "no end" => M::NoEnd,
        "unknown options" => M::UnknownOptions,
        "relay agent information" => M::RelayInformation,
        "more than the phone takes" => M::Oversize,
        "each option in two parts" => M::SplitOptions,
        "a flood of forged OFFER" => M::Flood(Kind::Offer),
        "a flood of forged ACK" => M::Flood(Kind::Ack),
        "a flood of forged NAK" => M::Flood(Kind::Nak),
        _ => return None,
    })
}
