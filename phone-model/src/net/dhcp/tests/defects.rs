//! Each known wrong behaviour shows, and changes nothing else of the timeline that it is looked for in.

use super::*;

fn with(defect: Defect) -> Line {
    defective(line(None).client.shell.timing, None, Defects::of([defect]))
}

fn bound(defect: Defect, options: impl IntoIterator<Item = DhcpOption>) -> Line {
    let mut line = with(defect);
    line.bind(options);
    line
}

fn lease(defect: Defect, options: impl IntoIterator<Item = DhcpOption>) -> Lease {
    let line = bound(defect, options);
    let lease = line.events.iter().find_map(|event| if let Event::Bound(lease) = event { Some(lease) } else { None });
    *lease.expect("an address is bound").clone()
}

fn addresses(last: u8) -> Vec<Ipv4Addr> {
    vec![Ipv4Addr::new(192, 0, 2, last)]
}

#[test]
fn a_refused_address_is_kept() {
    let mut line = bound(Defect::DhcpKeepsAfterNak, []);
    line.until(500.0);
    line.receives(MessageType::Nak, []);
    assert_eq!((line.client.state(), line.lost()), ("RENEWING", vec![]));
}

#[test]
fn renewal_goes_to_everybody() {
    let mut line = bound(Defect::DhcpRenewsByBroadcast, []);
    assert_eq!(times(&line.until(500.0)), [(500.0, "broadcast")]);
}

#[test]
fn times_of_the_server_are_ignored() {
    let mut line = bound(Defect::DhcpIgnoresTimers, [DhcpOption::Renewal(100), DhcpOption::Rebinding(200)]);
    assert_eq!(times(&line.until(500.0)), [(500.0, "unicast")]);
}

#[test]
fn option_41_is_the_lease_time() {
    let nis = DhcpOption::NisServers(vec![Ipv4Addr::new(0, 0, 0, 60)]);
    let mut line = bound(Defect::DhcpReads41, [nis]);
    assert_eq!(times(&line.until(30.0)), [(30.0, "unicast")]);
}

#[test]
fn options_in_file_and_parts_of_options_are_lost() {
    let read = |bytes: &[u8], defect| Options::read(bytes, &Defects::of([defect])).unwrap();
    let mut message = vec![0; 236];
    message.extend([99, 130, 83, 99, 52, 1, 1, 43, 1, 1, 43, 1, 2, 255]);
    message[108..112].copy_from_slice(&[6, 1, 9, 255]);
    let overload = read(&message, Defect::DhcpIgnoresOverload);
    assert_eq!((overload.bytes(6), overload.bytes(43)), (None, Some(&[1, 2][..])));
    let first = read(&message, Defect::DhcpReadsFirstPart);
    assert_eq!((first.bytes(6), first.bytes(43)), (Some(&[9][..]), Some(&[1][..])));
}

#[test]
fn option_56_is_a_time_server() {
    let lease = lease(Defect::DhcpReads56, [DhcpOption::Message("\u{1}\u{2}\u{3}\u{4}".into())]);
    assert_eq!(lease.ntp, [Ipv4Addr::new(1, 2, 3, 4)]);
}

#[test]
fn options_of_the_table_are_ignored_one_by_one() {
    let mask = DhcpOption::SubnetMask(Ipv4Addr::new(255, 255, 255, 128));
    assert_eq!(lease(Defect::DhcpIgnoresMask, [mask]).prefix, 24);
    assert_eq!(lease(Defect::DhcpIgnoresRouter, [DhcpOption::Router(addresses(1))]).gateway(), None);
    let dns = DhcpOption::DomainNameServer(addresses(2));
    assert!(lease(Defect::DhcpIgnoresNameServers, [dns]).dns.is_empty());
    assert_eq!(lease(Defect::DhcpIgnoresDomain, [DhcpOption::DomainName("bench.example".into())]).domain, None);
    assert!(lease(Defect::DhcpIgnoresTimeServers, [DhcpOption::NtpServers(addresses(5))]).ntp.is_empty());
}

#[test]
fn the_router_option_wins_over_classless_routes() {
    let mut line = with(Defect::DhcpPrefersRouter);
    line.input(Input::LinkUp);
    line.until(0.0);
    line.receives(MessageType::Offer, []);
    let mut ack = line.reply(MessageType::Ack, [DhcpOption::Router(addresses(1))]);
    while matches!(ack.last(), Some(0 | 255)) {
        ack.pop();
    }
    ack.extend([121, 5, 0, 192, 0, 2, 8, 255]);
    line.input(Input::Datagram(&ack));
    line.until(0.0);
    let found =
        line.events.iter().find_map(|event| if let Event::Bound(lease) = event { lease.gateway() } else { None });
    assert_eq!(found, Some(SERVER));
}

/// A line whose address is being probed, or already in use when probing is left out.
fn acknowledged(defect: Defect) -> Line {
    let arp = arp::Timing { probes: 3, probe_interval: Duration::from_secs(1), announce_wait: Duration::from_secs(2) };
    let timing = Timing { arp, ..line(None).client.shell.timing };
    let mut line = defective(timing, None, Defects::of([defect]));
    line.input(Input::LinkUp);
    line.until(0.0);
    line.receives(MessageType::Offer, []);
    line.receives(MessageType::Ack, []);
    line
}

#[test]
fn an_address_is_used_without_a_probe() {
    let mut line = acknowledged(Defect::DhcpProbesNothing);
    assert_eq!(times(&line.until(1.0)), [(0.0, "announce")]);
}

#[test]
fn a_taken_address_is_not_declined() {
    let mut line = acknowledged(Defect::DhcpDeclinesNothing);
    let conflict = arp::Packet::announcement([2, 0, 0, 0, 0, 9], ADDRESS);
    assert!(line.input(Input::Arp(&conflict)).is_empty());
    assert_eq!(line.client.state(), "DECLINED");
}

#[test]
fn an_address_is_not_defended() {
    let mut line = bound(Defect::DhcpDefendsNothing, []);
    line.until(100.0);
    let conflict = arp::Packet::announcement([2, 0, 0, 0, 0, 9], ADDRESS);
    assert!(line.input(Input::Arp(&conflict)).is_empty());
    assert_eq!(line.client.state(), "BOUND");
}

#[test]
fn nothing_is_renewed_or_rebound() {
    let mut never = bound(Defect::DhcpNeverRenews, []);
    assert!(never.until(999.0).is_empty());
    never.until(1000.0);
    assert_eq!(never.lost(), [Loss::Expired]);
    let mut mute = bound(Defect::DhcpNeverRebinds, []);
    assert!(mute.until(999.0).iter().all(|sent| sent.kind == "unicast"));
}

#[test]
fn the_end_of_a_lease_passes_unnoticed() {
    let mut line = bound(Defect::DhcpUsesAfterExpiry, []);
    line.until(1000.0);
    assert_eq!((line.client.state(), line.lost()), ("SELECTING", vec![]));
}

#[test]
fn an_infinite_lease_is_renewed() {
    // Two seconds pass until the second announcement, and they are half of such a lease.
    let line = bound(Defect::DhcpRenewsInfinite, [DhcpOption::AddressLeaseTime(u32::MAX)]);
    assert_eq!(line.client.state(), "RENEWING");
}

#[test]
fn any_xid_is_believed() {
    let mut line = with(Defect::DhcpTakesAnyXid);
    line.input(Input::LinkUp);
    line.until(0.0);
    let mut offer = Message::decode(&mut Decoder::new(&line.reply(MessageType::Offer, []))).unwrap();
    offer.set_xid(offer.xid() ^ 1);
    line.input(Input::Datagram(&offer.to_vec().unwrap()));
    assert_eq!(line.client.state(), "REQUESTING");
}

#[test]
fn any_servers_acknowledgement_is_believed() {
    let mut line = with(Defect::DhcpTakesAnyServer);
    line.input(Input::LinkUp);
    line.until(0.0);
    line.receives(MessageType::Offer, []);
    line.receives(MessageType::Ack, [DhcpOption::ServerIdentifier(RIVAL)]);
    assert_eq!(line.client.state(), "PROBING");
}

#[test]
fn renewals_tell_another_client_identifier_or_ask_for_less() {
    let mut other = bound(Defect::DhcpChangesClientId, []);
    let renewal = other.until(500.0).pop().unwrap().message.unwrap();
    let of_client = [&[1][..], &MAC].concat();
    assert_ne!(renewal.opts().get(OptionCode::ClientIdentifier), Some(&DhcpOption::ClientIdentifier(of_client)));
    let mut less = bound(Defect::DhcpRenewsForLess, []);
    let renewal = less.until(500.0).pop().unwrap().message.unwrap();
    let Some(DhcpOption::ParameterRequestList(list)) = renewal.opts().get(OptionCode::ParameterRequestList) else {
        panic!()
    };
    assert_eq!(list.len(), 5);
}

#[test]
fn option_160_is_not_asked_for() {
    let mut line = with(Defect::DhcpOmits160);
    line.input(Input::LinkUp);
    let discover = line.until(0.0).pop().unwrap().message.unwrap();
    let Some(DhcpOption::ParameterRequestList(list)) = discover.opts().get(OptionCode::ParameterRequestList) else {
        panic!()
    };
    assert!(!list.iter().any(|code| u8::from(*code) == 160) && list.len() == 15);
}

#[test]
fn option_60_is_left_out() {
    let mut line = with(Defect::DhcpNameless);
    line.input(Input::LinkUp);
    let discover = line.until(0.0).pop().unwrap().message.unwrap();
    assert_eq!(discover.opts().get(OptionCode::ClassIdentifier), None);
}

/// The state after an OFFER whose octets were changed.
fn offered(defect: Option<Defect>, change: impl FnOnce(&mut Vec<u8>)) -> &'static str {
    let timing = line(None).client.shell.timing;
    let mut line = defective(timing, None, Defects::of(defect));
    line.input(Input::LinkUp);
    line.until(0.0);
    let mut offer = line.reply(MessageType::Offer, []);
    change(&mut offer);
    line.input(Input::Datagram(&offer));
    line.client.state()
}

#[test]
fn an_offer_to_another_phone_is_taken() {
    let other = |offer: &mut Vec<u8>| offer[33] ^= 1;
    assert_eq!(offered(None, other), "SELECTING");
    assert_eq!(offered(Some(Defect::DhcpTakesAnyHardware), other), "REQUESTING");
}

#[test]
fn another_client_identifier_is_taken() {
    let other = |offer: &mut Vec<u8>| {
        drop(offer.splice(240..240, [61, 2, 0, 9]));
    };
    assert_eq!(offered(None, other), "SELECTING");
    assert_eq!(offered(Some(Defect::DhcpTakesAnyClientId), other), "REQUESTING");
}

#[test]
fn an_option_is_read_beyond_the_end() {
    let cut = |offer: &mut Vec<u8>| {
        while matches!(offer.last(), Some(0 | 255)) {
            offer.pop();
        }
        offer.extend([12, 200, b'h']);
    };
    assert_eq!(offered(None, cut), "SELECTING");
    assert_eq!(offered(Some(Defect::DhcpReadsPastEnd), cut), "REQUESTING");
}

#[test]
fn an_offer_is_taken_without_naming_its_server() {
    let mut line = with(Defect::DhcpNamesNoServer);
    line.input(Input::LinkUp);
    line.until(0.0);
    let sent = line.receives(MessageType::Offer, []);
    let request = sent.first().and_then(|sent| sent.message.as_ref()).unwrap();
    assert_eq!(request.opts().get(OptionCode::ServerIdentifier), None);
}

#[test]
fn anybody_forces_a_renewal() {
    for (defect, state) in [(None, "BOUND"), (Some(Defect::DhcpObeysForceRenew), "RENEWING")] {
        let mut line = defective(line(None).client.shell.timing, None, Defects::of(defect));
        line.bind([]);
        line.receives(MessageType::ForceRenew, []);
        assert_eq!(line.client.state(), state);
    }
}

#[test]
fn another_server_refuses_a_renewal() {
    for (defect, kept) in [(None, true), (Some(Defect::DhcpTakesAnyRefusal), false)] {
        let mut line = defective(line(None).client.shell.timing, None, Defects::of(defect));
        line.bind([]);
        line.until(500.0);
        let mut nak = line.reply(MessageType::Nak, []);
        let server = nak.windows(6).position(|six| six == [54, 4, 192, 0, 2, 1]).unwrap();
        nak[server + 5] = 66;
        line.input(Input::Datagram(&nak));
        assert_eq!(line.lost().is_empty(), kept);
    }
}
