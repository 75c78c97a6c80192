//! Timelines of the host, with literal times.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::wire::Packet;
use super::*;
use proptest::prelude::*;

const MAC: Mac = [0x02, 0, 0, 0, 0x78, 0x41];
const OTHER_MAC: Mac = [0x02, 0, 0, 0, 0, 0x99];
const LINK_LOCAL: &str = "fe80::ff:fe00:7841";
const FORMED: &str = "2001:db8:78::ff:fe00:7841";
const ROUTER: &str = "fe80::1";

fn ip(text: &str) -> Ipv6Addr {
    text.parse().unwrap()
}

/// A host on a segment where nothing happens but what the test does.
struct Segment {
    host: Host,
    now: Instant,
    events: Vec<Event>,
}

/// When, and what: `RS`, or `NS` with the address that is probed.
type Sent = (f64, String);

fn segment(autoconfigure: bool, defects: &[Defect]) -> Segment {
    let timing = Timing {
        start_delay: Duration::ZERO,
        probe_wait: Duration::from_secs(1),
        probes: 1,
        solicitation_interval: Duration::from_secs(4),
    };
    let rules = Rules { routers: true, autoconfigure };
    let defects = Defects::of(defects.iter().copied());
    let host = Host::new(MAC, rules, timing, defects, Random::seeded(7841));
    Segment { host, now: Instant::ZERO, events: Vec::new() }
}

impl Segment {
    fn input(&mut self, input: Input<'_>) -> Vec<Sent> {
        self.host.handle(input, self.now);
        let mut sent = Vec::new();
        loop {
            match self.host.poll() {
                Output::Send(frame) => {
                    let packet = wire::read(&frame).unwrap();
                    let what = match packet.message[0] {
                        133 => "RS".to_owned(),
                        _ => format!("NS {}", Ipv6Addr::from(<[u8; 16]>::try_from(&packet.message[8..24]).unwrap())),
                    };
                    sent.push((self.now.as_micros() as f64 / 1e6, what));
                }
                Output::Join(_) => {}
                Output::Event(event) => self.events.push(event),
                Output::Wait(_) => return sent,
            }
        }
    }

    fn until(&mut self, secs: f64) -> Vec<Sent> {
        let end = Instant::from_micros((secs * 1e6) as u64);
        let mut sent = Vec::new();
        while let Output::Wait(Some(at)) = self.host.poll() {
            if at > end {
                break;
            }
            assert!(at > self.now || !sent.is_empty() || at == self.now, "time stands still");
            self.now = self.now.max(at);
            sent.extend(self.input(Input::Wake));
        }
        self.now = end;
        sent
    }

    /// A message from another host.
    fn hears(&mut self, source: &str, destination: &str, hop_limit: u8, message: &[u8]) -> Vec<Sent> {
        let (source, destination) = (ip(source), ip(destination));
        let frame = Packet { source_mac: OTHER_MAC, source, destination, hop_limit, message }.frame().unwrap();
        self.input(Input::Frame(&frame))
    }

    fn advertised(&mut self, message: &[u8]) -> Vec<Sent> {
        self.hears(ROUTER, "ff02::1", 255, message)
    }

    fn configuration(&self) -> Configuration {
        self.host.configuration(self.now)
    }

    fn up(autoconfigure: bool, defects: &[Defect]) -> Self {
        let mut segment = segment(autoconfigure, defects);
        segment.input(Input::LinkUp);
        segment.until(1.0);
        segment.events.clear();
        segment
    }
}

/// A router advertisement with these flags, router lifetime and options.
fn advertisement(flags: u8, lifetime: u16, options: &[Vec<u8>]) -> Vec<u8> {
    let mut message = vec![134, 0, 0, 0, 64, flags];
    message.extend(lifetime.to_be_bytes());
    message.extend([0; 8]);
    message.extend(options.concat());
    message
}

/// 2001:db8:78::/64, on the link and autonomous.
fn prefix(valid: u32, preferred: u32) -> Vec<u8> {
    let mut option = vec![3, 4, 64, 0xc0];
    option.extend(valid.to_be_bytes());
    option.extend(preferred.to_be_bytes());
    option.extend([0; 4]);
    option.extend(ip("2001:db8:78::").octets());
    option
}

fn neighbour(kind: u8, flags: u8, target: &str) -> Vec<u8> {
    let mut message = vec![kind, 0, 0, 0, flags, 0, 0, 0];
    message.extend(ip(target).octets());
    message
}

#[test]
fn the_link_local_address_is_detected_before_it_is_used_and_routers_are_solicited_three_times() {
    let mut segment = segment(true, &[]);
    segment.input(Input::LinkUp);
    assert_eq!(segment.until(0.999), [(0.0, format!("NS {LINK_LOCAL}"))]);
    assert_eq!(segment.configuration().link_local, None);
    let sent = segment.until(60.0);
    assert_eq!(sent, [(1.0, "RS".into()), (5.0, "RS".into()), (9.0, "RS".into())]);
    assert_eq!(segment.configuration().link_local, Some(ip(LINK_LOCAL)));
    assert_eq!(segment.events, [Event::Changed, Event::NoRouter]);
}

#[test]
fn an_advertisement_ends_the_solicitations_and_gives_an_address_a_router_and_name_servers() {
    let mut segment = Segment::up(true, &[]);
    let mut rdnss = vec![25, 3, 0, 0, 0, 0, 0, 60];
    rdnss.extend(ip("2001:db8:78::2").octets());
    let mut dnssl = vec![31, 3, 0, 0, 0, 0, 0, 60];
    dnssl.extend(b"\x07voiceip\x03com\0\0\0\0");
    assert_eq!(segment.advertised(&advertisement(0xc0, 1800, &[prefix(600, 300), rdnss, dnssl])), []);
    assert_eq!(segment.until(1.5), [(1.0, format!("NS {FORMED}"))]);
    assert_eq!(segment.configuration().addresses, [] as [Ipv6Addr; 0]);
    assert_eq!(segment.until(10.0), []);
    let now = segment.configuration();
    assert_eq!((now.addresses, now.router), (vec![ip(FORMED)], Some(ip(ROUTER))));
    assert_eq!((now.on_link, now.dns), (vec![(ip("2001:db8:78::"), 64)], vec![ip("2001:db8:78::2")]));
    assert_eq!(now.domains, ["voiceip.com"]);
    assert!(segment.events.contains(&Event::Advertised { managed: true, other: true }));
    // Sixty seconds later the name server is forgotten; after ten minutes the address and the prefix; after half an hour the router.
    segment.until(61.5);
    assert!(segment.configuration().dns.is_empty() && segment.configuration().domains.is_empty());
    segment.until(600.9);
    assert_eq!(segment.configuration().addresses, [ip(FORMED)]);
    segment.until(601.1);
    assert!(segment.configuration().addresses.is_empty() && segment.configuration().on_link.is_empty());
    segment.until(1801.1);
    assert_eq!(segment.configuration().router, None);
}

#[test]
fn a_router_that_says_zero_is_no_default_router_any_more() {
    let mut segment = Segment::up(true, &[]);
    segment.advertised(&advertisement(0, 1800, &[]));
    assert_eq!(segment.configuration().router, Some(ip(ROUTER)));
    segment.advertised(&advertisement(0, 0, &[]));
    assert_eq!(segment.configuration().router, None);
}

#[test]
fn without_auto_config_a_prefix_gives_no_address_but_the_router_counts() {
    let mut segment = Segment::up(false, &[]);
    segment.advertised(&advertisement(0x80, 1800, &[prefix(600, 300)]));
    assert_eq!(segment.until(5.0), []);
    assert!(segment.configuration().addresses.is_empty());
    assert_eq!(segment.configuration().router, Some(ip(ROUTER)));
}

#[test]
fn advertisements_that_no_router_of_the_link_can_have_sent_are_dropped() {
    let message = advertisement(0, 1800, &[]);
    let code = [&[134, 1][..], &message[2..]].concat();
    let zero_option = [&message[..], &[3, 0, 0, 0, 0, 0, 0, 0]].concat();
    let cut = message[..15].to_vec();
    for (source, hop_limit, message) in [
        (ROUTER, 254, &message),
        (ROUTER, 64, &message),
        ("2001:db8:78::1", 255, &message),
        (ROUTER, 255, &code),
        (ROUTER, 255, &zero_option),
        (ROUTER, 255, &cut),
    ] {
        let mut segment = Segment::up(true, &[]);
        segment.hears(source, "ff02::1", hop_limit, message);
        assert_eq!(segment.configuration().router, None, "{source} {hop_limit} {message:?}");
    }
}

#[test]
fn a_phone_with_the_defect_believes_an_advertisement_from_afar() {
    let mut segment = Segment::up(true, &[Defect::Ipv6AcceptsAnyHopLimit]);
    segment.hears(ROUTER, "ff02::1", 64, &advertisement(0, 1800, &[]));
    assert_eq!(segment.configuration().router, Some(ip(ROUTER)));
}

#[test]
fn an_address_that_another_host_has_or_wants_is_not_used() {
    let group = solicited_node(ip(FORMED)).to_string();
    for (source, destination, message) in
        [("::", group.as_str(), neighbour(135, 0, FORMED)), (FORMED, "ff02::1", neighbour(136, 0x20, FORMED))]
    {
        let mut segment = Segment::up(true, &[]);
        segment.advertised(&advertisement(0, 1800, &[prefix(600, 300)]));
        segment.until(1.5);
        segment.hears(source, destination, 255, &message);
        // The next advertisement does not bring it back.
        segment.advertised(&advertisement(0, 1800, &[prefix(600, 300)]));
        assert_eq!(segment.until(30.0), []);
        assert!(segment.configuration().addresses.is_empty());
        let conflict = Conflict { address: ip(FORMED), by: OTHER_MAC };
        assert!(segment.events.contains(&Event::Duplicate(conflict)), "{:?}", segment.events);
    }
}

#[test]
fn a_probe_that_leaves_late_still_waits_its_time_and_an_answer_read_late_still_counts() {
    let mut segment = Segment::up(true, &[]);
    segment.advertised(&advertisement(0, 1800, &[prefix(600, 300)]));
    segment.now = Instant::from_secs(100);
    assert_eq!(segment.input(Input::Wake), [(100.0, format!("NS {FORMED}"))]);
    assert!(segment.configuration().addresses.is_empty());
    segment.now = Instant::from_secs(102);
    segment.hears(FORMED, "ff02::1", 255, &neighbour(136, 0x20, FORMED));
    assert!(segment.configuration().addresses.is_empty());
    assert!(segment.events.contains(&Event::Duplicate(Conflict { address: ip(FORMED), by: OTHER_MAC })));
}

#[test]
fn a_phone_with_the_defect_uses_an_address_that_another_host_has() {
    let mut segment = segment(true, &[Defect::Ipv6UsesDuplicate]);
    segment.input(Input::LinkUp);
    segment.until(1.0);
    segment.advertised(&advertisement(0, 1800, &[prefix(600, 300)]));
    segment.until(1.5);
    segment.hears(FORMED, "ff02::1", 255, &neighbour(136, 0x20, FORMED));
    segment.until(3.0);
    assert_eq!(segment.configuration().addresses, [ip(FORMED)]);
}

#[test]
fn a_question_of_somebody_with_an_address_is_no_conflict() {
    let mut segment = Segment::up(true, &[]);
    segment.advertised(&advertisement(0, 1800, &[prefix(600, 300)]));
    segment.until(1.5);
    segment.hears("2001:db8:78::9", "ff02::1:ff00:7841", 255, &neighbour(135, 0, FORMED));
    segment.until(3.0);
    assert_eq!(segment.configuration().addresses, [ip(FORMED)]);
}

#[test]
fn without_a_link_local_address_there_is_no_ipv6_until_the_cable_comes_back() {
    let mut segment = segment(true, &[]);
    segment.input(Input::LinkUp);
    segment.until(0.5);
    segment.hears(LINK_LOCAL, "ff02::1", 255, &neighbour(136, 0, LINK_LOCAL));
    assert_eq!(segment.until(60.0), []);
    assert_eq!(segment.configuration(), Configuration::default());
    segment.input(Input::LinkUp);
    assert_eq!(segment.until(60.5), [(60.0, format!("NS {LINK_LOCAL}"))]);
}

#[test]
fn addresses_of_others_are_checked_on_demand() {
    let mut segment = Segment::up(true, &[]);
    segment.advertised(&advertisement(0x80, 1800, &[]));
    segment.input(Input::Check(ip("2001:db8:78::1000")));
    assert_eq!(segment.until(1.5), [(1.0, "NS 2001:db8:78::1000".into())]);
    segment.until(2.0);
    assert!(segment.events.contains(&Event::Unique(ip("2001:db8:78::1000"))));
}

#[test]
fn defects_of_detection_show_in_it() {
    // No detection: the address is used at once, and nothing is asked.
    let mut segment = segment(true, &[Defect::Ipv6NoDad]);
    segment.input(Input::LinkUp);
    assert_eq!(segment.until(0.0), [(0.0, "RS".into())]);
    assert_eq!(segment.configuration().link_local, Some(ip(LINK_LOCAL)));
}

#[test]
fn an_address_beyond_its_preferred_lifetime_comes_last_and_beyond_its_valid_one_not_at_all() {
    let mut segment = Segment::up(true, &[]);
    segment.advertised(&advertisement(0, 1800, &[prefix(20, 10)]));
    segment.until(10.5);
    segment.events.clear();
    segment.until(12.0);
    assert_eq!(segment.configuration().addresses, [ip(FORMED)]);
    segment.until(21.5);
    assert!(segment.configuration().addresses.is_empty());
    assert_eq!(segment.events, [Event::Changed]);
    let mut segment = Segment::up(true, &[Defect::Ipv6KeepsExpired]);
    segment.advertised(&advertisement(0, 1800, &[prefix(20, 10)]));
    segment.until(3600.0);
    assert_eq!(segment.configuration().addresses, [ip(FORMED)]);
}

#[test]
fn a_flood_of_prefixes_gives_a_bounded_number_of_addresses() {
    let mut segment = Segment::up(true, &[]);
    for n in 0..1000_u16 {
        let mut option = prefix(600, 300);
        option[22..24].copy_from_slice(&n.to_be_bytes());
        segment.advertised(&advertisement(0, 1800, &[option]));
    }
    segment.until(30.0);
    let now = segment.configuration();
    assert_eq!((now.addresses.len(), now.on_link.len()), (8, 16));
}

proptest! {
    #[test]
    fn any_message_is_taken_without_a_panic(kind in 133u8..138, rest in proptest::collection::vec(any::<u8>(), 3..120)) {
        let mut segment = Segment::up(true, &[]);
        segment.hears(ROUTER, "ff02::1", 255, &[&[kind, 0][..], &rest].concat());
        segment.until(100.0);
    }
}
