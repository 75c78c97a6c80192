//! Timelines of the client, with literal times.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod audit;
mod defects;

use super::*;
use dhcproto::v4::{DhcpOption, Message, MessageType, Opcode, OptionCode};
use dhcproto::{Decodable, Decoder, Encodable};
use proptest::prelude::*;

const MAC: Mac = [0x02, 0, 0, 0, 0x78, 0x41];
const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const RIVAL: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 66);
const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 100);
const OTHER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 101);

/// A client on a segment where nothing happens but what the test does.
struct Line {
    client: Client,
    now: Instant,
    events: Vec<Event>,
    last: Option<Message>,
}

/// Something on the wire.
#[derive(Debug)]
struct Sent {
    at: f64,
    kind: &'static str,
    message: Option<Message>,
}

fn identity() -> Identity {
    Identity {
        mac: MAC,
        host_name: "SEP020000007841".into(),
        vendor_class: b"Cisco Systems, Inc. IP Phone CP-7841-3PCC\0".to_vec(),
    }
}

fn line(remembered: Option<Remembered>) -> Line {
    let timing = Timing {
        start_delay: Duration::ZERO,
        decline_wait: Duration::from_secs(10),
        fuzz: Duration::ZERO,
        arp: arp::Timing { probes: 0, probe_interval: Duration::ZERO, announce_wait: Duration::ZERO },
    };
    line_with(timing, remembered)
}

fn line_with(timing: Timing, remembered: Option<Remembered>) -> Line {
    defective(timing, remembered, Defects::NONE)
}

fn defective(timing: Timing, remembered: Option<Remembered>, defects: Defects) -> Line {
    let client = Client::new(identity(), timing, Random::seeded(7841), remembered, defects);
    Line { client, now: Instant::ZERO, events: Vec::new(), last: None }
}

impl Line {
    fn input(&mut self, input: Input<'_>) -> Vec<Sent> {
        self.client.handle(input, self.now);
        self.drain()
    }

    fn drain(&mut self) -> Vec<Sent> {
        let mut sent = Vec::new();
        let at = self.now.as_micros() as f64 / 1e6;
        loop {
            let (kind, bytes) = match self.client.poll() {
                Output::Broadcast { message, .. } => ("broadcast", Some(message)),
                Output::Unicast { message, .. } => ("unicast", Some(message)),
                Output::Arp(packet) if packet.sender.is_unspecified() => ("probe", None),
                Output::Arp(_) => ("announce", None),
                Output::Event(event) => {
                    self.events.push(event);
                    continue;
                }
                Output::Wait(_) => return sent,
            };
            let message = bytes.map(|bytes| Message::decode(&mut Decoder::new(&bytes)).unwrap());
            self.last = message.clone().or(self.last.take());
            sent.push(Sent { at, kind, message });
        }
    }

    /// Jumps from deadline to deadline up to `secs`.
    fn until(&mut self, secs: f64) -> Vec<Sent> {
        let end = Instant::from_micros((secs * 1e6) as u64);
        let mut sent = self.drain();
        while let Output::Wait(Some(at)) = self.client.poll() {
            if at > end {
                break;
            }
            self.now = self.now.max(at);
            sent.extend(self.input(Input::Wake));
        }
        self.now = end;
        sent
    }

    /// A reply to the last message sent.
    fn reply(&self, kind: MessageType, options: impl IntoIterator<Item = DhcpOption>) -> Vec<u8> {
        let mut reply = Message::new_with_id(
            self.last.as_ref().unwrap().xid(),
            Ipv4Addr::UNSPECIFIED,
            if kind == MessageType::Nak { Ipv4Addr::UNSPECIFIED } else { ADDRESS },
            SERVER,
            Ipv4Addr::UNSPECIFIED,
            &MAC,
        );
        reply.set_opcode(Opcode::BootReply);
        reply.opts_mut().insert(DhcpOption::MessageType(kind));
        reply.opts_mut().insert(DhcpOption::ServerIdentifier(SERVER));
        if kind != MessageType::Nak {
            reply.opts_mut().insert(DhcpOption::AddressLeaseTime(1000));
            reply.opts_mut().insert(DhcpOption::SubnetMask(Ipv4Addr::new(255, 255, 255, 0)));
        }
        for option in options {
            reply.opts_mut().insert(option);
        }
        reply.to_vec().unwrap()
    }

    fn receives(&mut self, kind: MessageType, options: impl IntoIterator<Item = DhcpOption>) -> Vec<Sent> {
        let reply = self.reply(kind, options);
        self.input(Input::Datagram(&reply))
    }

    /// Through DISCOVER, OFFER, REQUEST, ACK to BOUND, at one instant.
    fn bind(&mut self, options: impl IntoIterator<Item = DhcpOption>) {
        self.input(Input::LinkUp);
        let now = self.now.as_micros() as f64 / 1e6;
        self.until(now);
        self.receives(MessageType::Offer, []);
        self.receives(MessageType::Ack, options);
        self.until(now);
        assert_eq!(self.client.state(), "BOUND");
        self.until(now + 2.0); // the second announcement
        self.now = Instant::from_micros((now * 1e6) as u64);
    }

    fn lost(&self) -> Vec<Loss> {
        self.events.iter().filter_map(|event| if let Event::Lost(loss) = event { Some(*loss) } else { None }).collect()
    }
}

fn times(sent: &[Sent]) -> Vec<(f64, &'static str)> {
    sent.iter().map(|sent| (sent.at, sent.kind)).collect()
}

fn codes(message: &Message) -> Vec<u8> {
    message.opts().iter().map(|(code, _)| u8::from(*code)).collect()
}

#[test]
fn discover_goes_out_again_after_4_8_16_32_64_and_64_seconds_give_or_take_one() {
    let mut line = line(None);
    line.input(Input::LinkUp);
    let sent = line.until(200.0);
    let gaps: Vec<f64> = sent.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    assert_eq!(gaps.len(), 6, "{gaps:?}");
    for (gap, nominal) in gaps.iter().zip([4.0, 8.0, 16.0, 32.0, 64.0, 64.0]) {
        assert!((gap - nominal).abs() <= 1.0, "{gap} is not {nominal} ± 1");
    }
    let messages: Vec<&Message> = sent.iter().map(|sent| sent.message.as_ref().unwrap()).collect();
    assert!(messages.windows(2).all(|pair| pair[0].xid() == pair[1].xid() && pair[0].secs() < pair[1].secs()));
}

#[test]
fn the_start_delay_is_between_a_tenth_and_the_whole_of_its_longest() {
    for seed in 0..50 {
        let timing = Timing { start_delay: Duration::from_secs(10), ..line(None).client.shell.timing };
        let mut client = Client::new(identity(), timing, Random::seeded(seed), None, Defects::NONE);
        client.handle(Input::LinkUp, Instant::ZERO);
        while let Output::Event(_) = client.poll() {}
        let Output::Wait(Some(at)) = client.poll() else { panic!("the client waits for nothing") };
        assert!((Instant::from_secs(1)..=Instant::from_secs(10)).contains(&at));
    }
}

#[test]
fn discover_carries_what_rfc_2131_table_5_allows_and_the_document_asks() {
    let mut line = line(None);
    line.input(Input::LinkUp);
    let sent = line.until(0.0);
    let message = sent[0].message.as_ref().unwrap();
    assert_eq!(codes(message), [12, 53, 55, 57, 60, 61]);
    assert_eq!(
        message.opts().get(OptionCode::ClientIdentifier),
        Some(&DhcpOption::ClientIdentifier([&[1][..], &MAC].concat()))
    );
    let Some(DhcpOption::ParameterRequestList(list)) = message.opts().get(OptionCode::ParameterRequestList) else {
        panic!()
    };
    let list: Vec<u8> = list.iter().map(|code| u8::from(*code)).collect();
    assert_eq!(list, [1, 121, 3, 6, 15, 2, 42, 43, 66, 125, 150, 159, 160, 51, 58, 59]);
    assert_eq!((message.ciaddr(), message.secs(), message.chaddr()), (Ipv4Addr::UNSPECIFIED, 0, &MAC[..]));
    assert!(!message.flags().broadcast());
}

#[test]
fn a_request_after_an_offer_names_server_and_address_with_the_xid_and_secs_of_the_discover() {
    let mut line = line(None);
    line.input(Input::LinkUp);
    let discover = line.until(20.0).pop().unwrap();
    let request = line.receives(MessageType::Offer, []).pop().unwrap();
    let (discover, request) = (discover.message.unwrap(), request.message.unwrap());
    assert_eq!(codes(&request), [12, 50, 53, 54, 55, 57, 60, 61]);
    assert_eq!((request.xid(), request.secs()), (discover.xid(), discover.secs()));
    assert!(request.secs() > 0);
    assert_eq!(request.ciaddr(), Ipv4Addr::UNSPECIFIED);
    assert_eq!(request.opts().get(OptionCode::RequestedIpAddress), Some(&DhcpOption::RequestedIpAddress(ADDRESS)));
    assert_eq!(request.opts().get(OptionCode::ServerIdentifier), Some(&DhcpOption::ServerIdentifier(SERVER)));
    for code in [OptionCode::ParameterRequestList, OptionCode::ClientIdentifier, OptionCode::ClassIdentifier] {
        assert_eq!(request.opts().get(code), discover.opts().get(code));
    }
}

#[test]
fn a_request_without_answer_goes_out_four_times_in_a_minute_and_then_all_begins_anew() {
    let mut line = line(None);
    line.input(Input::LinkUp);
    line.until(0.0);
    line.receives(MessageType::Offer, []);
    let sent = line.until(70.0);
    let kinds: Vec<MessageType> =
        sent.iter().map(|sent| sent.message.as_ref().unwrap().opts().msg_type().unwrap()).collect();
    assert_eq!(kinds[..4], [MessageType::Request, MessageType::Request, MessageType::Request, MessageType::Discover]);
    assert!((sent[3].at - 60.0).abs() <= 4.0);
}

#[test]
fn with_a_silent_server_a_lease_of_1000_s_is_renewed_rebound_and_lost_at_the_instants_of_the_rfc() {
    let mut line = line(None);
    line.bind([]);
    let sent = line.until(999.999);
    let expected = [
        (500.0, "unicast"),
        (687.5, "unicast"),
        (781.25, "unicast"),
        (841.25, "unicast"),
        (875.0, "broadcast"),
        (937.5, "broadcast"),
        (997.5, "broadcast"),
    ];
    assert_eq!(times(&sent), expected);
    for sent in &sent {
        let message = sent.message.as_ref().unwrap();
        assert_eq!(message.ciaddr(), ADDRESS);
        assert_eq!(codes(message), [12, 53, 55, 57, 60, 61], "50 and 54 are absent");
    }
    assert_eq!(line.lost(), []);
    let sent = line.until(1000.0);
    assert_eq!(line.lost(), [Loss::Expired]);
    assert_eq!(times(&sent), [(1000.0, "broadcast")]);
    assert_eq!(sent[0].message.as_ref().unwrap().opts().msg_type(), Some(MessageType::Discover));
}

#[test]
fn options_58_and_59_set_t1_and_t2() {
    let mut line = line(None);
    line.bind([DhcpOption::Renewal(100), DhcpOption::Rebinding(200)]);
    assert_eq!(times(&line.until(250.0)), [(100.0, "unicast"), (160.0, "unicast"), (200.0, "broadcast")]);
}

#[test]
fn a_renewal_starts_the_times_again_from_the_request() {
    let mut line = line(None);
    line.bind([]);
    line.until(510.0);
    line.receives(MessageType::Ack, []);
    assert!(matches!(line.events.last(), Some(Event::Renewed(_))));
    assert_eq!(times(&line.until(1000.0)), [(1000.0, "unicast")]);
}

#[test]
fn an_infinite_lease_is_never_renewed() {
    let mut line = line(None);
    line.bind([DhcpOption::AddressLeaseTime(u32::MAX)]);
    assert_eq!(times(&line.until(1e9)), []);
    assert_eq!(line.client.state(), "BOUND");
}

#[test]
fn option_41_is_no_lease_time() {
    let mut line = line(None);
    line.bind([DhcpOption::NisServers(vec![Ipv4Addr::new(0, 0, 0, 60)])]);
    assert_eq!(times(&line.until(500.0)), [(500.0, "unicast")]);
    assert_eq!(line.client.state(), "RENEWING");
}

#[test]
fn an_ack_without_lease_time_is_no_ack() {
    let mut line = line(None);
    line.input(Input::LinkUp);
    line.until(0.0);
    line.receives(MessageType::Offer, []);
    let mut ack = Message::decode(&mut Decoder::new(&line.reply(MessageType::Ack, []))).unwrap();
    ack.opts_mut().remove(OptionCode::AddressLeaseTime);
    line.input(Input::Datagram(&ack.to_vec().unwrap()));
    assert_eq!(line.client.state(), "REQUESTING");
}

#[test]
fn a_nak_in_renewing_loses_the_address_and_discovers_at_once() {
    let mut line = line(None);
    line.bind([]);
    line.until(500.0);
    line.receives(MessageType::Nak, []);
    let sent = line.until(500.0);
    assert_eq!(line.lost(), [Loss::Nak]);
    assert_eq!(sent[0].message.as_ref().unwrap().opts().msg_type(), Some(MessageType::Discover));
}

#[test]
fn a_server_that_refuses_for_ever_is_asked_ever_more_slowly() {
    let mut line = line(None);
    line.input(Input::LinkUp);
    let mut discovers = Vec::new();
    for _ in 0..5 {
        loop {
            let Output::Wait(Some(at)) = line.client.poll() else { panic!() };
            line.now = line.now.max(at);
            if let Some(sent) = line.input(Input::Wake).pop() {
                discovers.push(sent.at);
                break;
            }
        }
        line.receives(MessageType::Offer, []);
        line.receives(MessageType::Nak, []);
    }
    let gaps: Vec<f64> = discovers.windows(2).map(|pair| (pair[1] - pair[0]).round()).collect();
    assert_eq!(gaps[0], 0.0);
    assert!((3.0..=5.0).contains(&gaps[1]) && (7.0..=9.0).contains(&gaps[2]), "{gaps:?}");
}

#[test]
fn replies_for_others_are_not_believed() {
    let mut line = line(None);
    line.input(Input::LinkUp);
    line.until(0.0);
    let offer = Message::decode(&mut Decoder::new(&line.reply(MessageType::Offer, []))).unwrap();
    let mut forged: Vec<Message> = vec![offer.clone(); 5];
    forged[0].set_xid(offer.xid() ^ 1);
    forged[1].set_chaddr(&[2, 9, 9, 9, 9, 9]);
    forged[2].set_opcode(Opcode::BootRequest);
    forged[3].opts_mut().insert(DhcpOption::ClientIdentifier(b"somebody".to_vec()));
    forged[4].opts_mut().remove(OptionCode::ServerIdentifier);
    for message in &forged {
        assert!(line.input(Input::Datagram(&message.to_vec().unwrap())).is_empty());
        assert_eq!(line.client.state(), "SELECTING");
    }
}

#[test]
fn a_second_servers_answer_does_not_mix_into_the_first_ones_offer() {
    let mut line = line(None);
    line.input(Input::LinkUp);
    line.until(0.0);
    line.receives(MessageType::Offer, []);
    line.receives(MessageType::Offer, [DhcpOption::ServerIdentifier(RIVAL)]);
    line.receives(MessageType::Ack, [DhcpOption::ServerIdentifier(RIVAL)]);
    line.receives(MessageType::Nak, [DhcpOption::ServerIdentifier(RIVAL)]);
    assert_eq!(line.client.state(), "REQUESTING");
    line.receives(MessageType::Ack, []);
    assert_eq!(line.client.state(), "PROBING");
}

#[test]
fn after_a_pulled_cable_the_old_address_is_asked_for_with_50_and_without_54() {
    let mut line = line(None);
    line.bind([]);
    line.until(100.0);
    line.input(Input::LinkDown);
    assert_eq!(line.lost(), [], "the address stays until somebody says otherwise");
    line.until(120.0);
    let request = line.input(Input::LinkUp).pop().unwrap();
    assert_eq!(request.kind, "broadcast");
    let message = request.message.unwrap();
    assert_eq!((codes(&message), message.ciaddr()), (vec![12, 50, 53, 55, 57, 60, 61], Ipv4Addr::UNSPECIFIED));
    line.receives(MessageType::Ack, []);
    line.until(120.0);
    assert_eq!(line.client.state(), "BOUND");
    assert_eq!(times(&line.until(620.0)).last(), Some(&(620.0, "unicast")));
}

#[test]
fn a_lease_that_ends_while_the_cable_is_out_is_lost_then() {
    let mut line = line(None);
    line.bind([]);
    line.input(Input::LinkDown);
    line.until(1000.0);
    assert_eq!(line.lost(), [Loss::Expired]);
    line.input(Input::LinkUp);
    assert_eq!(line.client.state(), "INIT");
}

#[test]
fn a_remembered_address_that_is_refused_is_lost_and_one_that_nobody_confirms_too() {
    let remembered = Some(Remembered { address: ADDRESS, expiry: Some(Instant::from_secs(5000)) });
    let mut refused = line(remembered);
    refused.input(Input::LinkUp);
    refused.receives(MessageType::Nak, []);
    assert_eq!((refused.client.state(), refused.lost()), ("INIT", vec![Loss::Nak]));
    let mut silent = line(remembered);
    silent.input(Input::LinkUp);
    silent.until(70.0);
    assert_eq!(silent.client.state(), "SELECTING");
}

fn probing_line() -> Line {
    let arp = arp::Timing { probes: 3, probe_interval: Duration::from_secs(1), announce_wait: Duration::from_secs(2) };
    let mut line = line_with(Timing { arp, ..line(None).client.shell.timing }, None);
    line.input(Input::LinkUp);
    line.until(0.0);
    line.receives(MessageType::Offer, []);
    line.receives(MessageType::Ack, []);
    line
}

#[test]
fn a_taken_address_is_declined_with_50_and_54_and_all_begins_anew_after_ten_seconds() {
    let mut line = probing_line();
    line.until(0.5);
    let decline = line.input(Input::Arp(&arp::Packet::announcement([2, 0, 0, 0, 0, 9], ADDRESS))).pop().unwrap();
    assert_eq!(decline.kind, "broadcast");
    let message = decline.message.unwrap();
    assert_eq!((codes(&message), message.ciaddr()), (vec![50, 53, 54, 61], Ipv4Addr::UNSPECIFIED));
    assert_eq!(message.opts().msg_type(), Some(MessageType::Decline));
    assert_eq!(times(&line.until(10.5)), [(10.5, "broadcast")]);
    assert!(line.events.iter().all(|event| !matches!(event, Event::Bound(_))));
}

#[test]
fn an_address_is_used_only_after_the_last_probe_and_its_wait() {
    let mut line = probing_line();
    let sent = line.until(20.0);
    let kinds: Vec<&str> = sent.iter().map(|sent| sent.kind).collect();
    assert_eq!(kinds, ["probe", "probe", "probe", "announce", "announce"]);
    assert!(line.events.iter().any(|event| matches!(event, Event::Bound(_))));
}

#[test]
fn an_answer_that_is_read_after_its_time_still_counts() {
    let mut line = probing_line();
    line.until(5.0);
    line.now = Instant::from_secs(100);
    let sent = line.input(Input::Arp(&arp::Packet::announcement([2, 0, 0, 0, 0, 9], ADDRESS)));
    assert_eq!(sent.iter().map(|sent| sent.kind).collect::<Vec<_>>(), ["broadcast"]);
    assert_eq!(line.lost(), [Loss::Taken([2, 0, 0, 0, 0, 9])]);
}

#[test]
fn a_rival_for_the_bound_address_is_answered_once_and_then_given_way_with_a_decline() {
    let mut line = line(None);
    line.bind([]);
    line.until(100.0);
    let conflict = arp::Packet::announcement([2, 0, 0, 0, 0, 9], ADDRESS);
    assert_eq!(times(&line.input(Input::Arp(&conflict))), [(100.0, "announce")]);
    line.until(105.0);
    assert_eq!(times(&line.input(Input::Arp(&conflict))), [(105.0, "broadcast")]);
    assert_eq!(line.lost(), [Loss::Taken([2, 0, 0, 0, 0, 9])]);
}

#[test]
fn release_is_unicast_with_ciaddr_and_54_and_without_50() {
    let mut line = line(None);
    line.bind([]);
    let release = line.input(Input::Release).pop().unwrap();
    assert_eq!(release.kind, "unicast");
    let message = release.message.unwrap();
    assert_eq!((codes(&message), message.ciaddr()), (vec![53, 54, 61], ADDRESS));
    assert_eq!(message.opts().msg_type(), Some(MessageType::Release));
    assert_eq!(line.lost(), [Loss::Released]);
    assert_eq!(line.client.remembered(), None);
}

#[test]
fn a_wish_to_renew_asks_the_server_off_schedule() {
    let mut line = line(None);
    line.bind([]);
    line.until(10.0);
    assert_eq!(times(&line.input(Input::Renew)), [(10.0, "unicast")]);
}

#[test]
fn another_address_in_a_renewal_replaces_the_old_one_after_probing() {
    let mut line = line(None);
    line.bind([]);
    line.until(500.0);
    let mut ack = Message::decode(&mut Decoder::new(&line.reply(MessageType::Ack, []))).unwrap();
    ack.set_yiaddr(OTHER);
    line.input(Input::Datagram(&ack.to_vec().unwrap()));
    assert_eq!((line.client.state(), line.lost()), ("PROBING", vec![Loss::Replaced]));
}

#[test]
fn a_late_wake_up_does_all_that_was_due_in_order() {
    let mut line = line(None);
    line.bind([]);
    line.now = Instant::from_secs(900);
    let sent = line.input(Input::Wake);
    let kinds: Vec<&str> = sent.iter().map(|sent| sent.kind).collect();
    assert_eq!(kinds, ["unicast", "unicast", "unicast", "unicast", "broadcast"]);
    assert!(line.input(Input::Wake).is_empty());
}

#[test]
fn every_message_is_at_least_as_long_as_bootp() {
    let mut client = line(None).client;
    client.handle(Input::LinkUp, Instant::ZERO);
    client.handle(Input::Wake, Instant::ZERO);
    let message = loop {
        if let Output::Broadcast { message, .. } = client.poll() {
            break message;
        }
    };
    assert!(message.len() >= 300);
}

proptest! {
    #[test]
    fn any_damage_to_an_offer_or_ack_is_survived(
        at in 0usize..300, value in any::<u8>(), cut in 0usize..400, tail in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut line = line(None);
        line.input(Input::LinkUp);
        line.until(0.0);
        for kind in [MessageType::Offer, MessageType::Ack] {
            let mut bytes = line.reply(kind, []);
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
            bytes.truncate(cut);
            bytes.extend(&tail);
            line.input(Input::Datagram(&bytes));
            line.receives(MessageType::Offer, []);
        }
    }
}
