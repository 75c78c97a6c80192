//! Rows of RFC 2131, 2132, 3396, 3442 and 5227 that the timelines beside this file do not show.

use super::*;
use dhcproto::v4::UnknownOption;

fn raw(code: u8, bytes: &[u8]) -> DhcpOption {
    DhcpOption::Unknown(UnknownOption::new(OptionCode::from(code), bytes.to_vec()))
}

/// An ACK whose option field ends with these octets.
fn ack_with(line: &Line, tail: &[u8]) -> Vec<u8> {
    let mut ack = line.reply(MessageType::Ack, []);
    while ack.last() == Some(&0) || ack.last() == Some(&255) {
        ack.pop();
    }
    ack.extend(tail);
    ack.push(255);
    ack
}

fn requesting() -> Line {
    let mut line = line(None);
    line.input(Input::LinkUp);
    line.until(0.0);
    line.receives(MessageType::Offer, []);
    line
}

/// The lease of an ACK with these octets of options.
fn lease_of(tail: &[u8]) -> Lease {
    let mut line = requesting();
    let ack = ack_with(&line, tail);
    line.input(Input::Datagram(&ack));
    line.until(0.0);
    bound_lease(&line)
}

fn bound_lease(line: &Line) -> Lease {
    let lease = line.events.iter().find_map(|event| if let Event::Bound(lease) = event { Some(lease) } else { None });
    *lease.expect("an address is bound").clone()
}

/// D4-01, D4-25, D4-38, D4-39, D4-40.
#[test]
fn a_message_is_a_bootrequest_of_ethernet_that_ends_with_255_and_asks_for_nothing_strange() {
    let mut client = line(None).client;
    client.handle(Input::LinkUp, Instant::ZERO);
    client.handle(Input::Wake, Instant::ZERO);
    let message = loop {
        if let Output::Broadcast { message, .. } = client.poll() {
            break message;
        }
    };
    assert_eq!(message[..4], [1, 1, 6, 0]);
    assert_eq!((&message[10..12], &message[28..34]), (&[0, 0][..], &MAC[..]), "no broadcast flag");
    assert_eq!(message[236..240], [99, 130, 83, 99]);
    assert_eq!(message.iter().rfind(|octet| **octet != 0), Some(&255));
    let read = Message::decode(&mut Decoder::new(&message)).unwrap();
    assert!([41, 56, 81, 82, 150].iter().all(|code| !codes(&read).contains(code)));
    let Some(DhcpOption::ParameterRequestList(list)) = read.opts().get(OptionCode::ParameterRequestList) else {
        panic!()
    };
    assert!(!list.iter().any(|code| [41, 56, 82, 108].contains(&u8::from(*code))));
}

/// D4-20.
#[test]
fn an_acknowledgement_that_fills_an_ethernet_packet_is_taken() {
    let mut options = Vec::new();
    for code in [224, 225, 226, 227] {
        options.extend([code, 250]);
        options.extend([7; 250]);
    }
    let lease = lease_of(&options);
    assert_eq!(lease.options.bytes(227).map(<[u8]>::len), Some(250));
}

/// D4-21.
#[test]
fn options_in_file_and_sname_are_read() {
    let mut line = requesting();
    let mut ack = ack_with(&line, &[52, 1, 3]);
    ack[108..115].copy_from_slice(&[66, 4, b't', b'f', b't', b'p', 255]);
    ack[44..51].copy_from_slice(&[6, 4, 192, 0, 2, 2, 255]);
    line.input(Input::Datagram(&ack));
    line.until(0.0);
    let lease = bound_lease(&line);
    assert_eq!((lease.options.text(66).as_deref(), lease.dns), (Some("tftp"), vec![Ipv4Addr::new(192, 0, 2, 2)]));
}

/// D4-22.
#[test]
fn an_option_longer_than_255_octets_is_put_together_from_its_parts() {
    let mut options = vec![43, 255];
    options.extend([1; 255]);
    options.extend([125, 0, 43, 3, 2, 2, 2]);
    assert_eq!(lease_of(&options).options.bytes(43).map(<[u8]>::len), Some(258));
}

/// D4-24.
#[test]
fn with_classless_routes_the_router_option_is_not_there() {
    let router = Ipv4Addr::new(192, 0, 2, 8);
    let lease = lease_of(&[3, 4, 192, 0, 2, 1, 121, 5, 0, 192, 0, 2, 8]);
    assert_eq!((lease.gateway(), lease.routers.is_empty()), (Some(router), true));
    let only_far = lease_of(&[3, 4, 192, 0, 2, 1, 121, 8, 24, 198, 51, 100, 192, 0, 2, 8]);
    assert_eq!((only_far.gateway(), only_far.all_routes().len()), (None, 1));
    let malformed = lease_of(&[3, 4, 192, 0, 2, 1, 121, 2, 0, 192]);
    assert_eq!(malformed.gateway(), Some(SERVER), "what cannot be read is not there");
}

#[test]
fn the_first_router_on_the_link_is_the_gateway() {
    let lease = lease_of(&[3, 8, 198, 51, 100, 1, 192, 0, 2, 8]);
    assert_eq!(lease.gateway(), Some(Ipv4Addr::new(192, 0, 2, 8)));
    assert_eq!(lease.all_routes(), [(Ipv4Addr::UNSPECIFIED, 0, Ipv4Addr::new(192, 0, 2, 8))]);
}

/// D4-23, D4-27 and the document's option 2.
#[test]
fn mask_and_offset_are_read_and_what_has_a_wrong_length_is_left_out() {
    let lease = lease_of(&[2, 4, 0xff, 0xff, 0xb9, 0xb0, 150, 5, 1, 2, 3, 4, 5, 42, 4, 192, 0, 2, 5]);
    assert_eq!((lease.time_offset, lease.ntp), (Some(-18_000), vec![Ipv4Addr::new(192, 0, 2, 5)]));
    assert_eq!(lease.options.addresses(150), [Ipv4Addr::UNSPECIFIED; 0]);
    assert_eq!(lease_of(&[2, 4, 0x7f, 0, 0, 0]).time_offset, None, "nobody lives there");
    assert_eq!(lease_of(&[2, 4, 0, 0, 0, 0]).time_offset, Some(0));
}

/// The document's row 56 is DHCPv6's; RFC 2132 §9.9.
#[test]
fn option_56_is_a_message_and_no_time_server() {
    assert_eq!(lease_of(&[56, 4, 192, 0, 2, 5]).ntp, [Ipv4Addr::UNSPECIFIED; 0]);
}

/// D4-38.
#[test]
fn relay_information_in_an_answer_changes_nothing() {
    assert_eq!(lease_of(&[82, 4, 1, 2, 9, 9]).address, ADDRESS);
}

#[test]
fn servers_that_no_host_can_be_are_left_out_and_not_more_than_eight_are_kept() {
    let mut options = vec![6, 48];
    options.extend([224, 0, 0, 1, 0, 0, 0, 0]);
    (1..=10).for_each(|host| options.extend([192, 0, 2, host]));
    let dns = lease_of(&options).dns;
    assert_eq!((dns.len(), dns.first()), (8, Some(&Ipv4Addr::new(192, 0, 2, 1))));
}

#[test]
fn an_address_that_no_host_of_its_network_can_have_is_not_taken() {
    let mut line = requesting();
    for address in [Ipv4Addr::new(192, 0, 2, 255), Ipv4Addr::new(192, 0, 2, 0)] {
        let mut ack = Message::decode(&mut Decoder::new(&line.reply(MessageType::Ack, []))).unwrap();
        ack.set_yiaddr(address);
        line.input(Input::Datagram(&ack.to_vec().unwrap()));
        assert_eq!(line.client.state(), "REQUESTING");
    }
}

/// D4-09.
#[test]
fn no_fuzz_takes_t2_beyond_the_end_of_the_lease() {
    for seed in 0..50 {
        let timing = Timing { fuzz: Duration::from_secs(10), ..line(None).client.shell.timing };
        let mut line = line_with(timing, None);
        line.client.shell.random = Random::seeded(seed);
        line.bind([DhcpOption::Renewal(500), DhcpOption::Rebinding(999)]);
        let sent = line.until(1100.0);
        let lost = line.lost();
        assert_eq!(lost, [Loss::Expired]);
        let renewals = sent.iter().filter(|sent| sent.message.as_ref().is_some_and(|m| m.ciaddr() == ADDRESS));
        assert!(renewals.map(|sent| sent.at).all(|at| at <= 1000.0));
    }
}

/// D4-14 and RFC 5227 §2.1.1: MAX_CONFLICTS, RATE_LIMIT_INTERVAL.
#[test]
fn a_segment_where_every_address_is_taken_is_tried_once_in_a_minute_after_ten_conflicts() {
    let arp = arp::Timing { probes: 1, probe_interval: Duration::ZERO, announce_wait: Duration::from_secs(1) };
    let mut line = line_with(Timing { arp, ..line(None).client.shell.timing }, None);
    line.input(Input::LinkUp);
    let mut waits = Vec::new();
    for _ in 0..11 {
        while line.client.state() != "SELECTING" {
            let Output::Wait(Some(at)) = line.client.poll() else { panic!() };
            line.now = at;
            line.input(Input::Wake);
        }
        line.receives(MessageType::Offer, []);
        line.receives(MessageType::Ack, []);
        line.input(Input::Arp(&arp::Packet::announcement([2, 0, 0, 0, 0, 9], ADDRESS)));
        let Output::Wait(Some(at)) = line.client.poll() else { panic!() };
        waits.push(at.since(line.now).as_secs());
    }
    assert_eq!((&waits[..9], &waits[9..]), (&[10; 9][..], &[60, 60][..]));
}

/// D4-33.
#[test]
fn a_wish_to_renew_that_goes_unanswered_leaves_the_lease_as_it_was() {
    let mut line = line(None);
    line.bind([]);
    line.until(10.0);
    assert_eq!(times(&line.input(Input::Renew)), [(10.0, "unicast")]);
    line.until(100.0);
    assert_eq!(times(&line.input(Input::Renew)), [(100.0, "unicast")], "a second wish asks again");
    let sent = line.until(999.0);
    assert!(sent.iter().any(|sent| (sent.at, sent.kind) == (875.0, "broadcast")), "T2 stands");
    assert_eq!(line.lost(), []);
    line.until(1000.0);
    assert_eq!(line.lost(), [Loss::Expired]);
}

/// D4-33.
#[test]
fn an_answer_to_a_wish_to_renew_counts_from_that_request() {
    let mut line = line(None);
    line.bind([]);
    line.until(100.0);
    line.input(Input::Renew);
    line.receives(MessageType::Ack, []);
    assert!(matches!(line.events.last(), Some(Event::Renewed(lease)) if lease.requested_at == Instant::from_secs(100)));
    assert_eq!(times(&line.until(600.0)), [(600.0, "unicast")]);
}

/// D4-33 and D4-37.
#[test]
fn an_infinite_lease_can_be_confirmed_on_a_wish_and_is_asked_for_once() {
    let mut line = line(None);
    line.bind([DhcpOption::AddressLeaseTime(u32::MAX)]);
    line.until(10.0);
    assert_eq!(times(&line.input(Input::Renew)), [(10.0, "unicast")]);
    assert_eq!(times(&line.until(1e9)), []);
    assert_eq!(line.lost(), []);
}

/// D4-36.
#[test]
fn unknown_options_and_pads_are_skipped_and_nothing_after_the_end_counts() {
    let lease = lease_of(&[0, 0, 254, 3, 6, 4, 1, 6, 4, 192, 0, 2, 2, 255, 42, 4, 192, 0, 2, 5]);
    assert_eq!((lease.dns.len(), lease.ntp.len()), (1, 0));
}

#[test]
fn all_raw_options_stay_in_the_lease() {
    let mut line = requesting();
    line.receives(
        MessageType::Ack,
        [raw(160, b"http://192.0.2.4/$MA.xml"), raw(159, b"192.0.2.4"), raw(43, &[1, 1, 7])],
    );
    line.until(0.0);
    let options = bound_lease(&line).options;
    assert_eq!(options.text(160).as_deref(), Some("http://192.0.2.4/$MA.xml"));
    assert_eq!((options.bytes(159), options.bytes(43)), (Some(&b"192.0.2.4"[..]), Some(&[1, 1, 7][..])));
}
