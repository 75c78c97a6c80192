//! From the cable to addresses.

use super::MAC;
use crate::{Patience, fill_in, messages};
use phone_model::defects::Defects;
use phone_model::net::{arp, datagram, dhcp, dhcp6, ipv6};
use phone_model::random::Random;
use phone_model::time::{Duration, Instant};
use std::net::Ipv6Addr;

/// How many deadlines are waited for after the last message.
const AFTERWARDS: usize = 20;

/// What a DHCPv4 server answers. Zeros for the transaction's identifier and the client's address stand for the right ones.
pub fn dhcp(input: &[u8]) {
    let identity = dhcp::Identity {
        mac: MAC,
        host_name: "SEP020000007841".into(),
        vendor_class: b"Cisco Systems, Inc. IP Phone CP-7841-3PCC\0".to_vec(),
    };
    let timing = dhcp::Timing {
        start_delay: Duration::ZERO,
        decline_wait: Duration::from_secs(10),
        fuzz: Duration::ZERO,
        arp: arp::Timing { probes: 1, probe_interval: Duration::from_millis(1), announce_wait: Duration::ZERO },
    };
    let mut client = dhcp::Client::new(identity, timing, Random::seeded(7841), None, Defects::NONE);
    let (mut now, mut identifier, mut patience) = (Instant::ZERO, [0; 4], Patience::new());
    client.handle(dhcp::Input::LinkUp, now);
    for piece in messages(input).into_iter().map(Some).chain((0..AFTERWARDS).map(|_| None)) {
        let due = loop {
            patience.spend();
            match client.poll() {
                dhcp::Output::Broadcast { message, .. } | dhcp::Output::Unicast { message, .. } => {
                    identifier.copy_from_slice(&message[4..8]);
                }
                dhcp::Output::Wait(due) => break due,
                dhcp::Output::Arp(_) | dhcp::Output::Event(_) => {}
            }
        };
        match piece.filter(|piece| !piece.is_empty()) {
            Some(piece) => {
                let mut message = piece.to_vec();
                fill_in(&mut message, 4, &identifier);
                fill_in(&mut message, 28, &MAC);
                client.handle(dhcp::Input::Datagram(&message), now);
            }
            None => {
                now = due.unwrap_or(now).max(now);
                client.handle(dhcp::Input::Wake, now);
            }
        }
        let _ = (client.state(), client.remembered());
    }
}

/// What a DHCPv6 server answers. Zeros for the transaction's identifier stand for the right one.
pub fn dhcp6(input: &[u8]) {
    for mode in [dhcp6::Mode::Stateful, dhcp6::Mode::Stateless] {
        let timing = dhcp6::Timing { start_delay: Duration::ZERO, spread: 0 };
        let mut random = Random::seeded(7841);
        let identity = dhcp6::Identity::of(MAC, &Defects::NONE, &mut random);
        let mut client = dhcp6::Client::new(identity, timing, Defects::NONE, random, None);
        let (mut now, mut identifier, mut patience) = (Instant::ZERO, [0; 3], Patience::new());
        client.handle(dhcp6::Input::Start(mode), now);
        // The first deadline is the random wait before the first message.
        for piece in
            [None].into_iter().chain(messages(input).into_iter().map(Some)).chain((0..AFTERWARDS).map(|_| None))
        {
            let mut checked = Vec::new();
            let due = loop {
                patience.spend();
                match client.poll() {
                    dhcp6::Output::Send(message) => identifier.copy_from_slice(&message[1..4]),
                    dhcp6::Output::Check(address) => checked.push(address),
                    dhcp6::Output::Event(_) => {}
                    dhcp6::Output::Wait(due) => break due,
                }
            };
            for address in checked {
                client.handle(dhcp6::Input::Unique(address), now);
            }
            match piece.filter(|piece| !piece.is_empty()) {
                Some(piece) => {
                    let mut message = piece.to_vec();
                    fill_in(&mut message, 1, &identifier);
                    client.handle(dhcp6::Input::Datagram(&message), now);
                }
                None => {
                    now = due.unwrap_or(now).max(now);
                    client.handle(dhcp6::Input::Wake, now);
                }
            }
            let _ = (client.state(), client.remembered(now));
        }
        // What is kept in flash is read again at the next start, whatever became of it there.
        let remembered = dhcp6::Remembered { reply: input.to_vec(), age: Duration::from_secs(1) };
        let mut random = Random::seeded(7841);
        let identity = dhcp6::Identity::of(MAC, &Defects::NONE, &mut random);
        let _ = dhcp6::Client::new(identity, timing, Defects::NONE, random, Some(remembered));
    }
}

/// ICMPv6 messages of routers and neighbours.
pub fn neighbours(input: &[u8]) {
    let timing = ipv6::Timing {
        start_delay: Duration::ZERO,
        probe_wait: Duration::from_secs(1),
        probes: 1,
        solicitation_interval: Duration::from_secs(4),
    };
    let rules = ipv6::Rules { routers: true, autoconfigure: true };
    let mut host = ipv6::Host::new(MAC, rules, timing, Defects::NONE, Random::seeded(7841));
    let (mut now, mut patience) = (Instant::ZERO, Patience::new());
    host.handle(ipv6::Input::LinkUp, now);
    // Two deadlines make the link-local address unique, and the third asks for routers.
    let before = (0..3).map(|_| None);
    for piece in before.chain(messages(input).into_iter().map(Some)).chain((0..AFTERWARDS).map(|_| None)) {
        let due = loop {
            patience.spend();
            match host.poll() {
                ipv6::Output::Wait(due) => break due,
                ipv6::Output::Send(_) | ipv6::Output::Join(_) | ipv6::Output::Event(_) => {}
            }
        };
        match piece.filter(|piece| !piece.is_empty()) {
            Some(message) => {
                let packet = ipv6::wire::Packet {
                    source_mac: [2, 0, 0, 0, 0, 0x99],
                    source: Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1),
                    destination: Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1),
                    hop_limit: 255,
                    message,
                };
                if let Some(frame) = packet.frame() {
                    host.handle(ipv6::Input::Frame(&frame), now);
                }
            }
            None => {
                now = due.unwrap_or(now).max(now);
                host.handle(ipv6::Input::Wake, now);
            }
        }
        let _ = host.configuration(now);
    }
}

/// Frames, before anybody knows what is in them.
pub fn frames(input: &[u8]) {
    if let Some(packet) = arp::Packet::read(input) {
        let _ = packet.announces();
        assert_eq!(arp::Packet::read(&packet.frame()), Some(packet), "what was read is written and read again");
    }
    let _ = (datagram::read(input), ipv6::wire::read(input));
}
