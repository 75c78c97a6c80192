//! What the bench's servers read.

use crate::messages;
use servers::{
    acs, arp, control, dhcp, dhcp6, dns, http, ldap as directory, ndp, ntp, ra, rtp, sip, syslog, tftp, tls,
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

const PHONE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 100));

/// DHCPv4 requests. Half a lease passes between two.
pub fn dhcp(input: &[u8]) {
    let pool = Ipv4Addr::new(192, 0, 2, 100)..=Ipv4Addr::new(192, 0, 2, 102);
    let settings = dhcp::Settings::new(Ipv4Addr::new(192, 0, 2, 1), pool)
        .with(1, Ipv4Addr::new(255, 255, 255, 0))
        .with(3, Ipv4Addr::new(192, 0, 2, 1))
        .with(160, "http://prov.bench.example/$PSN.xml");
    let mut machine = dhcp::Machine::new(settings);
    machine.settings_mut().lease = 1000;
    for (number, message) in messages(input).into_iter().enumerate() {
        let arrival = if number % 2 == 0 { dhcp::Arrival::Broadcast } else { dhcp::Arrival::Unicast };
        machine.receive(message, arrival, Duration::from_secs(500 * number as u64));
    }
    let _ = machine.leases(Duration::from_secs(10_000));
}

/// DHCPv6 requests. Half a lifetime passes between two.
pub fn dhcp6(input: &[u8]) {
    let from = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0x99);
    let first = Ipv6Addr::new(0x2001, 0xdb8, 0x78, 0, 0, 0, 0, 0x1000);
    let last = Ipv6Addr::new(0x2001, 0xdb8, 0x78, 0, 0, 0, 0, 0x1002);
    let mut settings = dhcp6::Settings::new(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1), Some(first..=last))
        .with(23, first)
        .with(24, dhcp6::OptionValue::Names(vec!["bench.example".into()]));
    (settings.preferred, settings.valid) = (1000, 2000);
    // So that a seed can name it.
    settings.duid = vec![0, 3, 0, 1, 2, 0, 0, 0, 0, 1];
    let mut machine = dhcp6::Machine::new(settings);
    for (number, message) in messages(input).into_iter().enumerate() {
        machine.receive(message, from, dhcp6::Arrival::Multicast, Duration::from_secs(1000 * number as u64));
    }
    let _ = machine.bindings(Duration::from_secs(10_000));
}

/// Questions to the name server.
pub fn dns(input: &[u8]) {
    let zone = dns::Zone::new();
    let addresses = (0..60).map(|host| Ipv4Addr::new(192, 0, 2, host)).collect();
    zone.set("voiceip.com", 5, dns::Records::A(addresses)).expect("a name");
    zone.set("sip.voiceip.com", 5, dns::Records::Cname("voiceip.com".into())).expect("a name");
    for message in messages(input) {
        for carrier in [dns::Carrier::Udp, dns::Carrier::Tcp] {
            let _ = dns::answer(&zone, message, PHONE, carrier);
        }
    }
}

/// A TFTP request, then what a client says within the transfer. An empty message lets time pass.
pub fn tftp(input: &[u8]) {
    let client = SocketAddr::new(PHONE, 53_240);
    let mut desk = tftp::Desk::default();
    desk.put("a.xml", vec![b'x'; 3000].into());
    let mut messages = messages(input).into_iter();
    let request = messages.next().unwrap_or_default();
    let mut now = Duration::ZERO;
    let (_, Some(mut transfer)) = desk.receive(request, client, now) else { return };
    let mut patience = crate::Patience::new();
    for bytes in messages.map(Some).chain((0..20).map(|_| None)) {
        let due = loop {
            patience.spend();
            match transfer.poll() {
                tftp::Output::Wait(due) => break due,
                tftp::Output::Send { .. } | tftp::Output::Event(_) => {}
            }
        };
        match bytes.filter(|bytes| !bytes.is_empty()) {
            Some(bytes) => {
                transfer.handle(tftp::Input::Datagram { from: client, at: tftp::Port::Transfer, bytes }, now);
            }
            None => {
                now = due.unwrap_or(now);
                transfer.handle(tftp::Input::Wake, now);
            }
        }
    }
}

/// Queries to the time server.
pub fn ntp(input: &[u8]) {
    let machine = ntp::Machine::new(Duration::from_secs(1_772_366_400), Duration::ZERO);
    let (query, answer) = machine.receive(input, SocketAddr::new(PHONE, 123), Duration::from_secs(1));
    assert_eq!(query.answered.is_some(), answer.is_some());
}

/// Octets of an HTTP client, as they come on a connection.
pub fn http(input: &[u8]) {
    http::fuzzing::serve(input);
}

/// Log lines.
pub fn syslog(input: &[u8]) {
    let _ = syslog::Line::read(input, PHONE);
}

/// SIP of a phone, in datagrams and on a connection, with all that the server does in answer.
pub fn sip(input: &[u8]) {
    sip::fuzzing::converse(&messages(input));
    sip::fuzzing::stream(&messages(input));
    let _ = sip::sdp::audio_address(input);
    let text = String::from_utf8_lossy(input);
    let _ = (sip::NameAddr::read(&text), sip::Via::read(&text), sip::Uri::read(&text));
}

/// Credentials of a client.
pub fn digest(input: &[u8]) {
    for line in String::from_utf8_lossy(input).lines() {
        if let Some(credentials) = sip::auth::Credentials::read(line) {
            let _ = credentials.verify("secret", &sip::Method::Invite, b"body");
        }
    }
}

/// Bodies that a CPE posts, within one connection.
pub fn acs(input: &[u8]) {
    let mut machine = acs::Machine::new(7);
    machine.ask(acs::Rpc::GetParameterValues(vec!["Device.DeviceInfo.SoftwareVersion".into()]));
    for message in messages(input) {
        machine.receive(&http::Request {
            from: SocketAddr::new(PHONE, 4000),
            connection: 1,
            method: "POST".into(),
            target: "/".into(),
            headers: Vec::new(),
            body: message.to_vec().into(),
            secured: None,
        });
    }
}

/// Frames that hosts of the segment and its router see.
pub fn neighbours(input: &[u8]) {
    let mac = bench::MacAddress([2, 0, 0, 0, 0, 9]);
    let router = ra::Machine::new(ra::Settings::new(ra::Advertisement::default()));
    let (neighbour, host) = (ndp::Machine::new(mac), arp::Machine::new(mac));
    let _ = (router.receive(input), neighbour.receive(input));
    if let Some(packet) = arp::Packet::read(input) {
        let _ = (packet.is_probe(), host.receive(&packet));
    }
}

/// Packets to the other end of a call.
pub fn rtp(input: &[u8]) {
    let _ = rtp::Packet::read(input, SocketAddr::new(PHONE, 16_384));
}

/// Requests of a directory's client, in the pieces of a connection.
pub fn ldap(input: &[u8]) {
    directory::fuzzing::converse(&messages(input));
}

/// What a client says to the hostile TLS peer.
pub fn tls_hostile(input: &[u8]) {
    tls::hostile::fuzzing::meet(&messages(input));
}

/// Text that the phone says on its control WebSocket, while requests are in flight. An empty one lets time pass.
pub fn control(input: &[u8]) {
    let mut session = control::Session::new(None, Duration::ZERO);
    session.at_once(2);
    let (mut now, mut asked, mut done) = (Duration::ZERO, 0, 0);
    for message in messages(input) {
        session.ask(asked, control::Request::get_parameters(&["User_ID_1_"]), now);
        asked += 1;
        let text = String::from_utf8_lossy(message);
        match &*text {
            "" => {
                now = now.max(session.deadline());
                session.reached(now);
            }
            text => session.receive(text, now),
        }
        if let Ok(control::Message::Answer(answer)) = control::Message::read(&text) {
            let _ = (answer.parameters(), answer.soft_keys(), answer.status_file());
        }
        done += answers(&mut session);
    }
    session.ended();
    // Each request has one outcome.
    assert_eq!(done + answers(&mut session), asked);
}

fn answers(session: &mut control::Session) -> u64 {
    session.outputs().iter().filter(|output| matches!(output, control::Output::Done(..))).count() as u64
}
