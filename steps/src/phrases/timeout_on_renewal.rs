//! DHCP Timeout on Renewal: a call server that answers or is mute, and what the phone asks of the DHCP server for it.

use super::call::registered;
use super::lost_lease::next_ack;
use super::phone::{SOON, met};
use super::silence::settled;
use crate::network::{PHONE_MAC, Party};
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::{Scene, World};
use evidence::{ArpKind, Capture, DhcpKind, Mark, SipMessage};
use std::net::IpAddr;
use std::time::Duration;

crate::phrases! {
    /// From now on the registrar grants no registration for longer than this, so that the phone sends REGISTER again and again.
    Given "the call server grants registrations of {int} second(s)" => grants;
    /// The call server hears everything and answers nothing, and a person dials.
    When "a call of the phone gets no answer of any kind from the call server" => mute_call;
    /// The same, and waits until the phone has repeated its INVITE so many milliseconds after the first: it has waited that long by then.
    When "a call of the phone gets no answer of any kind from the call server for {int} milliseconds" => mute_call_for;
    /// The call server answers again.
    When "the call server speaks again" => speaks;
    /// Waits until the phone has asked the call server something so many milliseconds after it asked first, and each of its questions is
    /// answered. Claims that the phone has not asked for a renewal of its lease since it was switched on.
    Then "the phone asks for no renewal while all its requests are answered for {int} milliseconds" => asks_for_none;
    /// Claims that the phone restarts and is up again, at whatever address it is given.
    Then "the phone resets and is up again" => resets;
    /// Claims that the phone has not looked for its own address on the segment since its call got no answer, as each start does, and that its
    /// page answers where it was.
    Then "the phone goes on at its address without a restart" => goes_on;
}

async fn grants(world: &mut World, mut args: Args) -> Outcome {
    let seconds = args.read()?;
    world.scene()?.network.call_server.terms(|terms| terms.longest = seconds);
    Ok(())
}

async fn mute_call(world: &mut World, _: Args) -> Outcome {
    dial_in_vain(world.scene()?).await
}

async fn dial_in_vain(scene: &mut Scene) -> Outcome {
    registered(scene).await?;
    scene.story.since = scene.observer.look().mark();
    scene.network.call_server.mute(true);
    scene.keys()?.execute("Dial:5550100").await
}

async fn mute_call_for(world: &mut World, mut args: Args) -> Outcome {
    let waits = Duration::from_millis(args.read()?);
    let scene = world.scene()?;
    dial_in_vain(scene).await?;
    let (phone, since) = (scene.phone_address()?, scene.story.since);
    let repeated = scene.observer.until(waits + SOON, |capture| {
        let mut invites = capture.sip_messages_since(since).filter(|m| m.is_request("INVITE") && m.src.ip() == phone);
        let first = invites.next()?;
        invites.any(|m| m.call_id() == first.call_id() && later(first, m, waits)).then_some(())
    });
    let expected = format!("the phone repeats its INVITE {} ms after the first", waits.as_millis());
    repeated.await.ok_or_else(|| Stop::failed(expected, "it does not", []))
}

/// Whether `other` came at least so much later.
fn later(first: &SipMessage, other: &SipMessage, by: Duration) -> bool {
    u128::from(other.time_ns.saturating_sub(first.time_ns)) >= by.as_nanos()
}

async fn speaks(world: &mut World, _: Args) -> Outcome {
    world.scene()?.network.call_server.mute(false);
    Ok(())
}

async fn asks_for_none(world: &mut World, mut args: Args) -> Outcome {
    let spell = Duration::from_millis(args.read()?);
    let scene = world.scene()?;
    let phone = scene.phone_address()?;
    let answered = scene.observer.until(spell + SOON, |capture| {
        let asked = questions(capture, phone);
        let (first, last) = (asked.first()?, asked.last()?);
        (later(first, last, spell) && asked.iter().all(|m| is_answered(capture, m))).then_some(())
    });
    if answered.await.is_none() {
        let capture = scene.observer.look();
        let asked = questions(&capture, phone);
        if asked.first().zip(asked.last()).is_some_and(|(first, last)| later(first, last, spell)) {
            return Err(Stop::server("the call server left a request of the phone without an answer"));
        }
        let packets: Vec<u32> = asked.iter().map(|m| m.packets.first()).collect();
        let expected = format!("SIP requests of the phone over {} ms", spell.as_millis());
        return Err(Stop::failed(expected, "they ended before", packets));
    }
    settled().await;
    let capture = scene.observer.look();
    let renewal = capture.dhcp().iter().find(|m| m.is(DhcpKind::Request) && !m.ciaddr.is_unspecified());
    match renewal {
        None => Ok(()),
        Some(m) => {
            let expected = "no renewal off schedule while the call server answers";
            Err(Stop::failed(expected, "the phone asks for one", m.packets.iter()))
        }
    }
}

/// What the phone has asked the call server since it was switched on; ACK has no answer.
fn questions(capture: &Capture, phone: IpAddr) -> Vec<&SipMessage> {
    let asked = |m: &&SipMessage| !m.is_response() && m.src.ip() == phone && !m.is_request("ACK");
    capture.sip_messages().filter(asked).filter(|m| m.dst.ip() == Party::CallServer.address()).collect()
}

fn is_answered(capture: &Capture, question: &SipMessage) -> bool {
    capture.sip_messages_since(Mark(question.completed)).any(|m| m.is_response_to(question))
}

async fn resets(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = scene.story.since;
    let asked = |c: &Capture| c.dhcp_since(since).iter().find(|m| m.is(DhcpKind::Request)).map(|m| m.completed);
    let asked = scene.observer.until(SOON, asked).await;
    let asked = asked.ok_or_else(|| Stop::failed("the phone asks for renewal of its lease", "it does not", []))?;
    scene.network.call_server.mute(false);
    scene.story.restarts_allowed += 1;
    let again = scene.observer.until(SOON, |c| next_ack(c, asked)).await;
    let again =
        again.ok_or_else(|| Stop::failed("the phone restarts and asks for an address", "it does not", [asked]))?;
    scene.network.dhcp.misbehave(None);
    met(scene, Mark(again - 1)).await
}

async fn goes_on(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let (phone, since) = (scene.phone_address()?, scene.story.since);
    scene.client.get((phone, 80).into(), "/admin/status.xml").await?;
    let capture = scene.observer.look();
    // RFC 5227 §2.1: a host probes an address when it is about to begin to use it, and only then.
    let own = capture.arp_since(since).iter().filter(|a| a.sender_mac.0 == PHONE_MAC.0 && a.kind == ArpKind::Probe);
    let probes: Vec<u32> = own.filter(|a| IpAddr::V4(a.target_ip) == phone).map(|a| a.packets.first()).collect();
    if probes.is_empty() {
        return Ok(());
    }
    Err(Stop::failed("the phone goes on without a restart", "it begins anew and probes its address", probes))
}
