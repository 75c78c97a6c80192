//! How the phone comes by a lease: its first exchange, the address that it had before, the answers that it does not take.

use super::lease::v4;
use super::phone::met;
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::world::World;
use evidence::{DhcpKind, DhcpMessage, Mark};
use std::net::Ipv4Addr;

crate::phrases! {
    /// Claims the first DHCP exchange since the phone was switched on: addresses, ports and options of DISCOVER and REQUEST.
    Then "the phone has taken its address by DISCOVER and REQUEST" => first_exchange;
    /// Claims that all DHCP messages of the phone so far have one client identifier, one vendor class and one list of parameters.
    Then "the phone says the same of itself in all its DHCP messages" => same_identity;
    /// Claims that the phone asked for its former address after power-on, before anything else.
    Then "the phone has asked for the address that it had" => reboots;
    /// Claims that the phone did not use what came before the right answer, and is up with that.
    Then "the phone takes the right answer and none before it" => takes_right;
    /// Claims that address and server are of one and the same offer, from request to use.
    Then "the phone takes the offer of one server whole" => whole_offer;
}

async fn first_exchange(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let capture = scene.observer.look();
    let own = |kind| move |m: &&DhcpMessage| m.is(kind) && m.op == 1;
    let discover = capture.dhcp().iter().find(own(DhcpKind::Discover));
    let Some(discover) = discover else { return Err(Stop::failed("a DHCPDISCOVER", "none", [])) };
    let request = capture.dhcp_since(Mark(discover.completed)).iter().find(own(DhcpKind::Request));
    let Some(request) = request else { return Err(Stop::failed("a DHCPREQUEST", "none", discover.packets.iter())) };
    let offer = capture.dhcp().iter().find(|m| m.is(DhcpKind::Offer) && m.xid == discover.xid);
    let Some(offer) = offer else { return Err(Stop::server("the DHCP server made no offer")) };
    let asked = [1, 2, 3, 6, 15, 42, 43, 66, 125, 150, 159, 160];
    let class = format!("CP-{}-3PCC", scene.unit.model);
    let mut wrong = Vec::new();
    for m in [discover, request] {
        let mut claim = |holds: bool, what: &str| {
            if !holds {
                wrong.push(format!("{:?}: {what}", m.kind));
            }
        };
        claim(m.src.port() == 68 && m.dst.port() == 67, "not from port 68 to port 67");
        claim(m.is_broadcast() && m.src.ip() == Ipv4Addr::UNSPECIFIED, "not from 0.0.0.0 to everybody");
        claim(m.chaddr == crate::network::PHONE_MAC.0 && m.ciaddr.is_unspecified(), "chaddr or ciaddr is wrong");
        claim(asked.iter().all(|code| m.parameter_list().contains(code)), "option 55 lacks options of the document");
        claim(m.text(60).is_some_and(|text| text.contains(&class)), "option 60 does not name the model");
        claim(m.faults.is_empty(), "it is malformed");
    }
    let of_offer = request.server() == offer.server() && request.requested() == Some(offer.yiaddr);
    if !of_offer || request.xid != offer.xid {
        wrong.push("the REQUEST does not name server, address and transaction of the offer".into());
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let packets = discover.packets.iter().chain(request.packets.iter());
    Err(Stop::failed("DISCOVER and REQUEST as RFC 2131 has them", wrong.join("; "), packets))
}

async fn same_identity(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let capture = scene.observer.look();
    let own: Vec<&DhcpMessage> = capture.dhcp().iter().filter(|m| m.op == 1).collect();
    let asking = own.iter().filter(|m| m.is(DhcpKind::Discover) || m.is(DhcpKind::Request));
    let mut lists = asking.map(|m| (m.parameter_list(), m.option(60)));
    let first = lists.next();
    let identified = own.iter().map(|m| m.option(61)).collect::<Vec<_>>();
    let same = identified.windows(2).all(|pair| matches!(pair, [a, b] if a == b)) && lists.all(|l| Some(l) == first);
    if same {
        return Ok(());
    }
    let packets = own.iter().flat_map(|m| m.packets.iter().collect::<Vec<_>>());
    Err(Stop::failed("the same options 55, 60 and 61 in all DHCP messages", "they differ", packets))
}

async fn reboots(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let capture = scene.observer.look();
    let first = capture.dhcp_since(scene.story.since).iter().find(|m| m.op == 1);
    let Some(first) = first else { return Err(Stop::failed("a DHCP message after power-on", "none", [])) };
    let before = capture.dhcp().iter().rfind(|m| m.is(DhcpKind::Ack) && m.completed < first.completed);
    let right = first.is(DhcpKind::Request)
        && first.requested() == before.map(|m| m.yiaddr)
        && first.server().is_none()
        && first.ciaddr.is_unspecified()
        && first.is_broadcast();
    if right {
        return Ok(());
    }
    let expected = "first a REQUEST of the former address, to everybody, with no server and no ciaddr";
    Err(Stop::failed(expected, format!("{:?}", first.kind), first.packets.iter()))
}

async fn takes_right(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let since = scene.story.since;
    let early: Vec<u32> = {
        let capture = scene.observer.look();
        let own = capture.arp().iter().filter(|a| a.sender_mac.0 == crate::network::PHONE_MAC.0);
        own.filter(|a| a.completed <= since.0).map(|a| a.completed).collect()
    };
    if !early.is_empty() {
        return Err(Stop::failed("a wrong answer is dropped", "the phone uses what it says", early));
    }
    met(scene, since).await
}

async fn whole_offer(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let address = v4(scene)?;
    let capture = scene.observer.look();
    let request = capture.dhcp().iter().find(|m| m.is(DhcpKind::Request) && m.op == 1);
    let Some(request) = request else { return Err(Stop::failed("a DHCPREQUEST", "none", [])) };
    let offers = || capture.dhcp().iter().filter(|m| m.is(DhcpKind::Offer));
    if offers().count() < 2 {
        return Err(Stop::server("one of the DHCP servers made no offer"));
    }
    let same = |m: &DhcpMessage| Some(m.yiaddr) == request.requested() && m.server() == request.server();
    let leases = capture.leases();
    let used = leases.last().is_some_and(|l| l.address == address && l.server == request.server());
    if offers().any(same) && used {
        return Ok(());
    }
    Err(Stop::failed("server and address of one offer", "parts of two", request.packets.iter()))
}
