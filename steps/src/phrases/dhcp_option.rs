//! DHCP options: what our server says in them, that the phone asks for them, and where they lead its packets.

use crate::network::hosts::{self, Host};
use crate::outcome::{Outcome, Stop};
use crate::phrase::Args;
use crate::phrases::phone::SOON;
use crate::world::World;
use bench::plan;
use evidence::{ArpKind, Capture, DhcpKind, DhcpMessage, TcpEvent};
use servers::dhcp::OptionValue;
use std::net::{IpAddr, Ipv4Addr};

crate::phrases! {
    /// Our DHCP server gives this option to clients that ask for it. Names of hosts stand for their addresses in the options that hold
    /// addresses, and a number for seconds in option 2; all else is text.
    Given "DHCP option {int} is {string}" => option_is;
    /// Our DHCP server gives this option to every client, asked for or not.
    Given "DHCP option {int} comes unasked as {string}" => comes_unasked;
    /// Our DHCP server gives these octets, in hexadecimal, to clients that ask for the option.
    Given "DHCP option {int} is the octets {string}" => octets_are;
    /// Our DHCP server does not give this option.
    Given "DHCP option {int} is not given" => not_given;
    /// Our DHCP server gives the default route to this router by option 121.
    Given "DHCP option 121 leads everywhere through {host}" => routes;
    /// Our DHCP server gives leases of so many seconds, renewed by the phone at half of it.
    Given "DHCP leases last {int} seconds" => lease_lasts;
    /// Our DHCP server gives one address, from a segment with 16 addresses (mask 255.255.255.240) in which the gateways lie.
    Given "DHCP gives an address and the mask of a segment with 16 addresses" => small_segment;
    /// Claims that DISCOVER and REQUEST ask for each of these options.
    Then "the phone asks for the options {string} when it discovers and when it requests" => asks_for;
    /// Claims that neither DISCOVER nor REQUEST asks for the option.
    Then "the phone never asks for option {int}" => never_asks_for;
    /// Claims what option 60 of the phone's DISCOVER and REQUEST says; `<model>` is the phone's own.
    Then "option 60 of the phone contains {string}" => vendor_class;
    /// Claims that the phone sends all its messages with the same client identifier.
    Then "the phone calls itself the same in each message" => same_client;
    /// Claims that the phone looked for the host itself by ARP before it sent its first packet to it.
    Then "the phone reaches {host} directly" => directly;
    /// Claims that the phone looked for this router by ARP before it sent its first packet to the host, and never for the host itself.
    Then "the phone reaches {host} through {host}" => through;
    /// Claims a REQUEST from the address that the phone has, to the server that gave it: a renewal. Time itself is the point: it is waited for.
    Then "the phone asks to renew its lease after half of its time" => renews;
    /// Claims that the phone asked this name server for the address of this name.
    Then "the phone asks {host} for the name {string}" => asks_for_name;
}

/// How a value is written in a feature, by the option it is for.
fn value(code: u8, text: &str) -> Result<OptionValue, Stop> {
    let wrong = |what: &str| Stop::bench(format!("the feature gives option {code} as `{text}`: {what}; correct it"));
    match code {
        1 | 3 | 6 | 41 | 42 | 150 => {
            let addresses: Result<Vec<Ipv4Addr>, Stop> = text
                .split(',')
                .map(str::trim)
                .map(|part| match hosts::named(part) {
                    Some(host) => Ok(host.address),
                    None => part.parse().map_err(|_| wrong("neither a host nor an address")),
                })
                .collect();
            Ok(OptionValue::Addresses(addresses?))
        }
        2 => Ok(OptionValue::Offset(text.parse().map_err(|_| wrong("no number of seconds"))?)),
        // As a server might misplace it: an address where a message is meant.
        56 => Ok(match hosts::named(text) {
            Some(host) => OptionValue::from(host.address),
            None => OptionValue::from(text),
        }),
        _ => Ok(OptionValue::from(text)),
    }
}

async fn option_is(world: &mut World, mut args: Args) -> Outcome {
    let (code, text) = (args.read::<u8>()?, args.text()?);
    let value = value(code, &text)?;
    world.scene()?.network.dhcp.change(|s| {
        s.options.set(code, value);
    });
    Ok(())
}

async fn comes_unasked(world: &mut World, mut args: Args) -> Outcome {
    let (code, text) = (args.read::<u8>()?, args.text()?);
    let value = value(code, &text)?;
    world.scene()?.network.dhcp.change(|s| {
        s.options.force(code, value);
    });
    Ok(())
}

async fn octets_are(world: &mut World, mut args: Args) -> Outcome {
    let (code, text) = (args.read::<u8>()?, args.text()?);
    let octets: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let octets =
        hex::decode(&octets).map_err(|_| Stop::bench(format!("`{text}` is no hexadecimal; correct the feature")))?;
    world.scene()?.network.dhcp.change(|s| {
        s.options.set(code, octets);
    });
    Ok(())
}

async fn not_given(world: &mut World, mut args: Args) -> Outcome {
    let code = args.read::<u8>()?;
    world.scene()?.network.dhcp.change(|s| {
        s.options.remove(code);
    });
    Ok(())
}

async fn routes(world: &mut World, mut args: Args) -> Outcome {
    let router: Host = args.read()?;
    // RFC 3442: a destination of width 0 has no octets; the router follows.
    let octets = [&[0_u8], router.address.octets().as_slice()].concat();
    world.scene()?.network.dhcp.change(|s| {
        s.options.set(121, octets);
    });
    Ok(())
}

async fn lease_lasts(world: &mut World, mut args: Args) -> Outcome {
    let seconds = args.read::<u32>()?;
    world.scene()?.network.dhcp.change(|s| s.lease = seconds);
    Ok(())
}

async fn small_segment(world: &mut World, _: Args) -> Outcome {
    // The last host address of 192.0.2.0/28; the servers of the plan end below it.
    let address = Ipv4Addr::from(u32::from(plan::NETWORK_V4) | 14);
    world.scene()?.network.dhcp.change(|s| {
        s.pool = address..=address;
        s.options.set(1, OptionValue::from(Ipv4Addr::new(255, 255, 255, 240)));
    });
    Ok(())
}

/// The name of a message, for people.
fn kind(message: &DhcpMessage) -> String {
    message.kind.map_or_else(|| "message".to_owned(), |kind| format!("{kind:?}").to_uppercase())
}

/// Judges each DISCOVER and each REQUEST without an address since the phone was last switched on or restarted, once there is a REQUEST.
async fn questions(world: &mut World, expected: &str, judge: impl Fn(&DhcpMessage) -> Result<(), String>) -> Outcome {
    let scene = world.scene()?;
    let since = scene.story.since;
    let found = scene.observer.until(SOON, |capture| {
        let sent = capture.dhcp_since(since).iter().filter(|m| m.ciaddr.is_unspecified());
        let all: Vec<&DhcpMessage> = sent.filter(|m| m.is(DhcpKind::Discover) || m.is(DhcpKind::Request)).collect();
        let complete = all.iter().any(|m| m.is(DhcpKind::Request));
        complete.then(|| all.iter().find_map(|m| judge(m).err().map(|wrong| (wrong, m.at.packets.first()))))
    });
    match found.await {
        None => Err(Stop::failed(expected, "no REQUEST", [])),
        Some(Some((wrong, packet))) => Err(Stop::failed(expected, wrong, [packet])),
        Some(None) => Ok(()),
    }
}

async fn asks_for(world: &mut World, mut args: Args) -> Outcome {
    let list = args.text()?;
    let codes: Result<Vec<u8>, _> = list.split([',', ' ']).filter(|c| !c.is_empty()).map(str::parse).collect();
    let codes = codes.map_err(|_| Stop::bench(format!("`{list}` is no list of options; correct the feature file")))?;
    questions(world, &format!("option 55 asks for {list}"), |message| {
        let asked = message.parameter_list();
        let missing: Vec<String> = codes.iter().filter(|c| !asked.contains(c)).map(u8::to_string).collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("a {} without {}", kind(message), missing.join(", "))) }
    })
    .await
}

async fn never_asks_for(world: &mut World, mut args: Args) -> Outcome {
    let code = args.read::<u8>()?;
    questions(world, &format!("option 55 does not ask for {code}"), |message| {
        if message.parameter_list().contains(&code) {
            Err(format!("option 55 of a {} asks for it", kind(message)))
        } else {
            Ok(())
        }
    })
    .await
}

async fn vendor_class(world: &mut World, mut args: Args) -> Outcome {
    let model = world.scene()?.unit.model.clone();
    let expected = args.text()?.replace("<model>", &model);
    questions(world, &format!("option 60 contains `{expected}`"), |message| match message.text(60) {
        Some(text) if text.contains(&expected) => Ok(()),
        Some(text) => Err(format!("option 60 of a {} is `{text}`", kind(message))),
        None => Err(format!("a {} without option 60", kind(message))),
    })
    .await
}

async fn same_client(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let capture = scene.observer.look();
    let from_client = capture.dhcp().iter().filter(|m| m.op == 1);
    let names: Vec<(Option<Vec<u8>>, u32)> =
        from_client.map(|m| (m.option(61).map(<[u8]>::to_vec), m.at.packets.first())).collect();
    drop(capture);
    let Some((first, number)) = names.first() else {
        return Err(Stop::failed("DHCP messages of the phone", "none", []));
    };
    match names.iter().find(|(name, _)| name != first) {
        None => Ok(()),
        Some((_, other)) => Err(Stop::failed("the same option 61 in each message", "another one", [*number, *other])),
    }
}

/// Packet number of the phone's first packet of IP to this address.
fn first_packet_to(capture: &Capture, to: IpAddr) -> Option<u32> {
    let datagrams = capture.udp().iter().filter(|d| d.at.dst.ip() == to).map(|d| d.at.packets.first());
    let connections = capture
        .tcp()
        .iter()
        .filter(|t| t.at.dst.ip() == to && matches!(t.event, TcpEvent::Asked))
        .map(|t| t.at.packets.first());
    datagrams.chain(connections).min()
}

/// The number of the phone's first question by ARP for an address.
fn asked_by_arp(capture: &Capture, target: Ipv4Addr) -> Option<u32> {
    let question = capture
        .arp()
        .iter()
        .find(|a| a.kind == ArpKind::Request && a.target_ip == target && a.sender_mac.0 == crate::network::PHONE_MAC.0);
    question.map(|a| a.at.packets.first())
}

async fn directly(world: &mut World, mut args: Args) -> Outcome {
    let host: Host = args.read()?;
    reaches(world, host, host).await
}

async fn through(world: &mut World, mut args: Args) -> Outcome {
    let (host, router): (Host, Host) = (args.read()?, args.read()?);
    reaches(world, host, router).await
}

async fn reaches(world: &mut World, host: Host, next_hop: Host) -> Outcome {
    let scene = world.scene()?;
    let to = IpAddr::V4(host.address);
    // The question comes first: who has sent a packet has asked, or never will. One that asks the wrong one gets no packet out at all.
    let seen = scene.observer.until(SOON, |capture| {
        let (hop, itself) = (asked_by_arp(capture, next_hop.address), asked_by_arp(capture, host.address));
        let sent = first_packet_to(capture, to);
        let decided = sent.is_some() || (itself.is_some() && host.address != next_hop.address);
        decided.then_some((sent, hop, itself))
    });
    let expected = match host.address == next_hop.address {
        true => format!("the phone asks for {to} by ARP and sends to it"),
        false => {
            format!("the phone asks for {} ({}) by ARP and sends to {to} through it", next_hop.address, next_hop.name)
        }
    };
    match seen.await {
        Some((Some(sent), Some(hop), itself))
            if hop < sent && (host.address == next_hop.address || itself.is_none()) =>
        {
            Ok(())
        }
        Some((sent, hop, itself)) => {
            let seen = match itself {
                Some(_) if host.address != next_hop.address => "it asks for the host itself",
                _ => "it sends without having asked for it",
            };
            Err(Stop::failed(expected, seen, [sent, hop, itself].into_iter().flatten()))
        }
        None => Err(Stop::failed(expected, format!("nothing is sent to {to}"), [])),
    }
}

async fn renews(world: &mut World, _: Args) -> Outcome {
    let scene = world.scene()?;
    let renewal = scene.observer.until(SOON, |capture| {
        let asked = capture.dhcp().iter().find(|m| m.is(DhcpKind::Request) && !m.ciaddr.is_unspecified())?;
        Some((asked.at.packets.first(), asked.at.dst.ip()))
    });
    match renewal.await {
        Some((_, to)) if to == plan::GATEWAY.ip() => Ok(()),
        Some((packet, to)) => {
            Err(Stop::failed("a renewal at the server of the lease", format!("a REQUEST to {to}"), [packet]))
        }
        None => Err(Stop::failed("the phone renews its lease at T1", "no REQUEST comes", [])),
    }
}

async fn asks_for_name(world: &mut World, mut args: Args) -> Outcome {
    let (host, name): (Host, String) = (args.read()?, args.text()?);
    let to = IpAddr::V4(host.address);
    let scene = world.scene()?;
    let asked = scene.observer.until(SOON, |capture| {
        capture
            .dns()
            .iter()
            .find(|m| !m.response && m.at.dst.ip() == to && m.asks(&name, 1))
            .map(|m| m.at.packets.first())
    });
    if asked.await.is_some() {
        return Ok(());
    }
    let capture = scene.observer.look();
    let others: Vec<u32> = capture.dns().iter().filter(|m| !m.response).map(|m| m.at.packets.first()).take(8).collect();
    drop(capture);
    let seen = if others.is_empty() { "it asks for no name at all" } else { "it asks others, or for other names" };
    Err(Stop::failed(format!("the phone asks {} ({to}) for {name}", host.name), seen, others))
}
