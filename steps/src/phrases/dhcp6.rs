//! What the phone says by DHCPv6.

use super::dhcp6_server::SERVER;
use super::ipv6::{own, sent_since};
use super::phone::SOON;
use super::router::detected;
use super::silence::settled;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::World;
use evidence::{Capture, Dhcp6Kind, Dhcp6Message, Mark};
use servers::dhcp6;
use std::net::{Ipv6Addr, SocketAddr};

/// What a phone asks for by DHCPv6 in the end: vendor options, name servers, domains, time servers (SNTP and NTP), URL, and the
/// longest time between its questions (RFC 8415 §21.24).
const ASKED: [u16; 7] = [17, 23, 24, 31, 56, 59, 82];

crate::phrases! {
    /// Claims the kinds of DHCPv6 messages that the phone sent, in order, since its power came back; repetitions are left out.
    Then "the phone sends the DHCPv6 messages {anything}" => messages_are;
    /// Claims of all DHCPv6 messages what RFC 8415 wants of each: ports, addresses, identifiers, elapsed time, options asked for.
    Then "the phone's DHCPv6 messages are well made" => well_made;
    /// Claims that the phone sent its SOLICIT again before it asked for an address.
    Then "the phone solicits again before it requests" => solicits_again;
    /// Claims that wrong answers came before right ones, and that the phone asked for no address and looked for none on the segment but this.
    Then "the phone drops the wrong answers and takes {word}" => drops_wrong;
    /// Claims one DUID in all DHCPv6 messages of the phone.
    Then "the phone has called itself by one DUID" => one_duid;
    /// Claims a DECLINE for this address, with the server's identifier.
    Then "the phone declines {word}" => declines;
    /// Waits for a RENEW and claims that it names the server of the lease, and for a REBIND, that it names none.
    Then "the phone renews with its server and rebinds with any" => renews;
}

async fn messages_are(world: &mut World, mut args: Args) -> Outcome {
    let wanted = args.text()?;
    let scene = world.scene()?;
    let since = scene.story.since;
    let kinds = |capture: &Capture| {
        let mut kinds: Vec<String> = sent_since(capture, since).iter().map(|m| m.kind.to_string()).collect();
        kinds.dedup();
        kinds.join(", ")
    };
    let found = scene.observer.until(SOON, |capture| (kinds(capture) == wanted).then_some(())).await;
    let seen = kinds(&scene.observer.look());
    match found {
        Some(()) => Ok(()),
        None => Err(Stop::failed(format!("the DHCPv6 messages {wanted}"), format!("`{seen}`"), [])),
    }
}

async fn well_made(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let messages = sent_since(&scene.observer.look(), Mark::default());
    if messages.is_empty() {
        return Err(Stop::failed("DHCPv6 messages", "none", []));
    }
    let mut seen: Vec<&Dhcp6Message> = Vec::new();
    for message in &messages {
        if let Some(wrong) = wrong_with(message, &seen) {
            return Err(Stop::failed("DHCPv6 messages as RFC 8415 has them", wrong, [message.completed]));
        }
        seen.push(message);
    }
    Ok(())
}

/// What is wrong with a message of the phone, after those before it.
fn wrong_with(message: &Dhcp6Message, before: &[&Dhcp6Message]) -> Option<String> {
    let kind = message.kind;
    let local = matches!(message.src.ip(), std::net::IpAddr::V6(from) if from.is_unicast_link_local());
    if !local
        || message.src.port() != dhcp6::CLIENT_PORT
        || message.dst != SocketAddr::from((dhcp6::ALL_SERVERS, dhcp6::PORT))
    {
        return Some(format!("{kind} from {} to {}", message.src, message.dst));
    }
    if message.client_id().is_none() {
        return Some(format!("{kind} without Client Identifier"));
    }
    let same = before.iter().filter(|m| m.xid == message.xid);
    let (mut repeats, mut strangers) = (false, false);
    same.for_each(|m| (repeats, strangers) = (repeats || m.kind == kind, strangers || m.kind != kind));
    if strangers {
        return Some(format!("{kind} with the transaction id of another exchange"));
    }
    match message.elapsed() {
        None => return Some(format!("{kind} without Elapsed Time")),
        Some(elapsed) if elapsed != 0 && !repeats => {
            return Some(format!("the first {kind} with Elapsed Time {elapsed}"));
        }
        Some(_) => {}
    }
    let names_server = message.server_id().is_some();
    let due = matches!(kind, Dhcp6Kind::Request | Dhcp6Kind::Renew | Dhcp6Kind::Release | Dhcp6Kind::Decline);
    if names_server != due {
        return Some(format!("{kind} {} Server Identifier", if names_server { "with" } else { "without" }));
    }
    if kind == Dhcp6Kind::InformationRequest && message.ia_nas().next().is_some() {
        return Some(format!("{kind} with an association for addresses"));
    }
    if matches!(kind, Dhcp6Kind::Release | Dhcp6Kind::Decline | Dhcp6Kind::Confirm) {
        return None;
    }
    let asked = message.request_list();
    let missing: Vec<String> = ASKED
        .iter()
        .map(|code| if kind == Dhcp6Kind::InformationRequest && *code == 82 { 83 } else { *code })
        .filter(|code| !asked.contains(code))
        .map(|code| code.to_string())
        .collect();
    (!missing.is_empty()).then(|| format!("{kind} that does not ask for option {}", missing.join(", ")))
}

async fn solicits_again(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = scene.story.since;
    // Its first answer was wrong; from then on the server behaves.
    let first = scene.observer.until(SOON, |capture| {
        capture.dhcp6_since(since).iter().find(|m| m.is(Dhcp6Kind::Advertise)).map(|m| m.completed)
    });
    let Some(answered) = first.await else {
        return Err(Stop::failed("the phone solicits", "no SOLICIT was answered", []));
    };
    scene.network.guests.get::<dhcp6::Server>(SERVER)?.misbehave(None);
    let next = scene.observer.until(SOON, |capture| {
        let mut all = capture.dhcp6_since(Mark(answered)).iter().filter(|m| own(&m.at));
        all.next().map(|m| (m.kind, m.completed))
    });
    let expected = "SOLICIT again after an ADVERTISE that is not to be believed";
    match next.await {
        Some((Dhcp6Kind::Solicit, _)) => Ok(()),
        Some((kind, packet)) => Err(Stop::failed(expected, kind.to_string(), [answered, packet])),
        None => Err(Stop::failed(expected, "nothing", [answered])),
    }
}

async fn drops_wrong(world: &mut World, mut args: Args) -> Outcome {
    let address: Ipv6Addr = args.read()?;
    let scene = world.scene()?;
    let since = scene.story.since;
    let other =
        |asked: &[Dhcp6Message]| asked.iter().find(|m| m.addresses().iter().any(|named| *named != address)).cloned();
    let taken = scene.observer.until(SOON, |capture| {
        let decided = !detected(capture, since).is_empty() || other(&sent_since(capture, since)).is_some();
        decided.then_some(())
    });
    taken.await;
    settled().await;
    let capture = scene.observer.look();
    let expected = format!("the phone asks for {address} and for nothing that a wrong answer gave");
    let asked = sent_since(&capture, since);
    if let Some(other) = other(&asked) {
        let seen = format!("{} for {:?}", other.kind, other.addresses());
        return Err(Stop::failed(expected, seen, [other.completed]));
    }
    let looked = detected(&capture, since);
    if let Some((other, packet)) = looked.iter().find(|(target, _)| **target != address) {
        return Err(Stop::failed(expected, format!("it looks for {other} on the segment"), [*packet]));
    }
    if looked.is_empty() {
        return Err(Stop::failed(expected, "it takes none", asked.last().map(|m| m.completed)));
    }
    let answers = capture.udp_since(since).iter().filter(|d| d.src.port() == dhcp6::PORT && !own(&d.at)).count();
    if answers <= asked.len() {
        return Err(Stop::server(format!("the DHCPv6 server sent {answers} answers to {} messages", asked.len())));
    }
    Ok(())
}

async fn one_duid(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = scene.story.since;
    let heard = scene.observer.until(SOON, |capture| (!sent_since(capture, since).is_empty()).then_some(()));
    if heard.await.is_none() {
        return Err(Stop::failed("the phone asks by DHCPv6 again", "it did not", []));
    }
    let messages = sent_since(&scene.observer.look(), Mark::default());
    let Some(first) = messages.first() else { return Ok(()) };
    let other = messages.iter().find(|m| m.client_id() != first.client_id());
    match other {
        None => Ok(()),
        Some(other) => {
            let seen = format!("{} and {}", hex(first), hex(other));
            Err(Stop::failed("one DUID in all messages", seen, [first.completed, other.completed]))
        }
    }
}

fn hex(message: &Dhcp6Message) -> String {
    let octets = message.client_id().map(|id| id.0.as_slice()).unwrap_or_default();
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

async fn declines(world: &mut World, mut args: Args) -> Outcome {
    let address: Ipv6Addr = args.read()?;
    let scene = world.scene()?;
    let since = scene.story.since;
    let declined = scene.observer.until(SOON, |capture| {
        let all = sent_since(capture, since);
        all.into_iter().find(|m| m.is(Dhcp6Kind::Decline) && m.addresses().contains(&address))
    });
    let expected = format!("DECLINE for {address} with the server's identifier");
    match declined.await {
        Some(message) if message.server_id().is_some() => Ok(()),
        Some(message) => Err(Stop::failed(expected, "DECLINE without it", [message.completed])),
        None => Err(Stop::failed(expected, "no DECLINE", [])),
    }
}

async fn renews(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = scene.story.since;
    for kind in [Dhcp6Kind::Renew, Dhcp6Kind::Rebind] {
        let sent = scene.observer.until(SOON, |capture| {
            let lease = capture.dhcp6_since(since).iter().find(|m| m.is(Dhcp6Kind::Reply))?;
            let message = sent_since(capture, since).into_iter().find(|m| m.is(kind))?;
            Some((message.server_id().cloned(), lease.server_id().cloned(), message.completed))
        });
        let expected = match kind {
            Dhcp6Kind::Renew => "RENEW to the server of the lease",
            _ => "REBIND to any server",
        };
        match sent.await {
            None => return Err(Stop::failed(expected, format!("no {kind}"), [])),
            Some((named, of_lease, _)) if kind == Dhcp6Kind::Renew && named == of_lease => {}
            Some((None, _, _)) if kind == Dhcp6Kind::Rebind => {}
            Some((_, _, packet)) => return Err(Stop::failed(expected, format!("{kind} to another server"), [packet])),
        }
    }
    Ok(())
}
