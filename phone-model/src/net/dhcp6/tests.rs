//! Timelines of the client, with literal times.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod defects;
mod hostile;

use super::options::put;
use super::*;

const MAC: Mac = [0x02, 0, 0, 0, 0x78, 0x41];
const SERVER: &[u8] = &[0, 3, 0, 1, 2, 0, 0, 0, 0, 1];
const RIVAL: &[u8] = &[0, 3, 0, 1, 2, 0, 0, 0, 0, 66];
const ADDRESS: &str = "2001:db8:78::1000";
const OTHER: &str = "2001:db8:78::1001";

fn ip(text: &str) -> Ipv6Addr {
    text.parse().unwrap()
}

/// A client on a segment where nothing happens but what the test does.
struct Line {
    client: Client,
    now: Instant,
    events: Vec<Event>,
    last: Vec<u8>,
}

/// A message on the wire: when, type, elapsed time, and its octets.
#[derive(Debug, Clone)]
struct Sent {
    at: f64,
    kind: u8,
    elapsed: u16,
    options: Options,
}

fn line_with(defects: &[Defect], remembered: Option<Remembered>) -> Line {
    let timing = Timing { start_delay: Duration::ZERO, spread: 0 };
    let defects = Defects::of(defects.iter().copied());
    let mut random = Random::seeded(7841);
    let identity = Identity::of(MAC, &defects, &mut random);
    let client = Client::new(identity, timing, defects, random, remembered);
    Line { client, now: Instant::ZERO, events: Vec::new(), last: Vec::new() }
}

fn line() -> Line {
    line_with(&[], None)
}

/// An identity association as a server writes it.
fn granted(address: &str, t1: u32, t2: u32, preferred: u32, valid: u32) -> Vec<u8> {
    let mut association = vec![0, 0, 0x78, 0x41];
    association.extend(t1.to_be_bytes());
    association.extend(t2.to_be_bytes());
    let mut value = ip(address).octets().to_vec();
    value.extend(preferred.to_be_bytes());
    value.extend(valid.to_be_bytes());
    put(&mut association, 5, &value);
    association
}

fn refused(status: u16) -> Vec<u8> {
    let mut association = vec![0, 0, 0x78, 0x41, 0, 0, 0, 0, 0, 0, 0, 0];
    put(&mut association, 13, &status.to_be_bytes());
    association
}

fn lease() -> Vec<u8> {
    granted(ADDRESS, 500, 800, 1000, 1000)
}

impl Line {
    fn input(&mut self, input: Input<'_>) -> Vec<Sent> {
        self.client.handle(input, self.now);
        let mut sent = Vec::new();
        loop {
            match self.client.poll() {
                Output::Send(message) => {
                    let options = Options::read(&message[4..]).unwrap();
                    let elapsed = u16::from_be_bytes(options.raw(8).unwrap().try_into().unwrap());
                    let at = self.now.as_micros() as f64 / 1e6;
                    sent.push(Sent { at, kind: message[0], elapsed, options });
                    self.last = message;
                }
                Output::Check(_) => {}
                Output::Event(event) => self.events.push(event),
                Output::Wait(_) => return sent,
            }
        }
    }

    fn until(&mut self, secs: f64) -> Vec<Sent> {
        let end = Instant::from_micros((secs * 1e6) as u64);
        let mut sent = Vec::new();
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

    /// A message of `server` to the last message that was sent.
    fn answer(&self, kind: u8, server: &[u8], options: &[(u16, Vec<u8>)]) -> Vec<u8> {
        let mut message = vec![kind];
        message.extend(&self.last[1..4]);
        put(&mut message, 1, &[&[0, 3, 0, 1][..], &MAC].concat());
        put(&mut message, 2, server);
        for (code, value) in options {
            put(&mut message, *code, value);
        }
        message
    }

    fn hears(&mut self, kind: u8, server: &[u8], options: &[(u16, Vec<u8>)]) -> Vec<Sent> {
        let message = self.answer(kind, server, options);
        self.input(Input::Datagram(&message))
    }

    /// Up to the moment when the address of [`lease`] is in use, at second 0.
    fn bound(defects: &[Defect]) -> Line {
        let mut line = line_with(defects, None);
        line.input(Input::Start(Mode::Stateful));
        line.until(0.0);
        line.hears(2, SERVER, &[(3, lease()), (7, vec![255])]);
        line.hears(7, SERVER, &[(3, lease())]);
        line.input(Input::Unique(ip(ADDRESS)));
        assert_eq!(line.client.state(), "BOUND");
        line.events.clear();
        line
    }
}

fn times(sent: &[Sent]) -> Vec<(f64, u8)> {
    sent.iter().map(|sent| (sent.at, sent.kind)).collect()
}

#[test]
fn an_unanswered_solicit_is_sent_again_at_doubling_intervals_up_to_an_hour() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateful));
    let sent = line.until(12_000.0);
    let expected = [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 1023, 2047, 4095, 7695, 11_295];
    assert_eq!(times(&sent), expected.map(|at| (f64::from(at), 1)));
    // Elapsed time: none in the first, then hundredths of a second as far as they go.
    assert_eq!(sent[..4].iter().map(|sent| sent.elapsed).collect::<Vec<_>>(), [0, 100, 300, 700]);
    assert_eq!(sent[14].elapsed, u16::MAX);
}

#[test]
fn the_first_solicit_waits_up_to_a_second() {
    let mut random = Random::seeded(1);
    let identity = Identity::of(MAC, &Defects::NONE, &mut random);
    let timing = Timing { start_delay: Duration::from_secs(1), spread: 100 };
    let mut client = Client::new(identity, timing, Defects::NONE, random, None);
    client.handle(Input::Start(Mode::Stateful), Instant::ZERO);
    let Output::Wait(Some(at)) = client.poll() else { panic!("it sends at once") };
    assert!(at > Instant::ZERO && at <= Instant::from_secs(1));
}

#[test]
fn messages_carry_a_stable_duid_and_ask_for_what_the_phone_needs() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateful));
    let sent = line.until(0.0);
    assert_eq!(sent[0].options.raw(1).unwrap(), [0, 3, 0, 1, 2, 0, 0, 0, 0x78, 0x41]);
    assert_eq!(sent[0].options.raw(3).unwrap(), [0, 0, 0x78, 0x41, 0, 0, 0, 0, 0, 0, 0, 0]);
    let codes: Vec<u16> = sent[0].options.raw(6).unwrap().chunks(2).map(|c| u16::from_be_bytes([c[0], c[1]])).collect();
    assert_eq!(codes, [23, 24, 31, 17, 56, 59, 82, 159, 160]);
    assert_eq!((sent[0].options.raw(2), sent[0].options.raw(14)), (None, None), "no server, no Rapid Commit");
    let again = Identity::of(MAC, &Defects::NONE, &mut Random::seeded(1));
    assert_eq!(again.duid, Identity::of(MAC, &Defects::NONE, &mut Random::seeded(2)).duid);
}

#[test]
fn four_messages_give_an_address_once_it_is_found_unique() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    let solicit = line.last.clone();
    assert_eq!(times(&line.hears(2, SERVER, &[(3, lease())])), []);
    let sent = line.until(1.5);
    assert_eq!(times(&sent), [(1.0, 3)]);
    assert_eq!(sent[0].options.raw(2), Some(SERVER));
    // The same association, another transaction.
    assert_eq!(sent[0].options.raw(3).unwrap()[..4], [0, 0, 0x78, 0x41]);
    assert_ne!(solicit[1..4], line.last[1..4]);
    line.hears(7, SERVER, &[(3, lease()), (23, ip("2001:db8:78::2").octets().to_vec()), (159, b"x".to_vec())]);
    assert_eq!(line.client.state(), "PROBING");
    line.input(Input::Unique(ip(ADDRESS)));
    let Some(Event::Bound(lease)) = line.events.last() else { panic!("{:?}", line.events) };
    assert_eq!((lease.addresses[0].address, lease.addresses[0].valid), (ip(ADDRESS), Some(Instant::from_secs(1001))));
    assert_eq!((lease.dns.as_slice(), lease.raw(159)), (&[ip("2001:db8:78::2")][..], Some(&b"x"[..])));
}

#[test]
fn the_highest_preference_wins_at_the_end_of_the_first_second_and_255_at_once() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    line.hears(2, RIVAL, &[(3, granted(OTHER, 0, 0, 10, 10)), (7, vec![1])]);
    line.hears(2, SERVER, &[(3, lease()), (7, vec![2])]);
    line.hears(2, RIVAL, &[(3, granted(OTHER, 0, 0, 10, 10)), (7, vec![1])]);
    assert_eq!(line.until(1.0)[0].options.raw(2), Some(SERVER));
    let mut line = self::line();
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    assert_eq!(times(&line.hears(2, SERVER, &[(3, lease()), (7, vec![255])])), [(0.0, 3)]);
}

#[test]
fn an_advertise_without_an_address_is_ignored_and_a_late_one_is_taken_at_once() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    line.hears(2, RIVAL, &[(3, refused(2)), (7, vec![255]), (82, 60_u32.to_be_bytes().to_vec())]);
    assert_eq!(times(&line.until(1.5)), [(1.0, 1)]);
    assert_eq!(times(&line.hears(2, SERVER, &[(3, lease())])), [(1.5, 3)]);
    // SOL_MAX_RT counts even from an Advertise that offers nothing (§18.2.9): the next search never waits longer than a minute.
    let mut line = self::line();
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    line.hears(2, RIVAL, &[(3, refused(2)), (82, 60_u32.to_be_bytes().to_vec())]);
    line.input(Input::LinkDown);
    line.input(Input::Start(Mode::Stateful));
    let sent = line.until(200.0);
    assert_eq!(
        sent.iter().map(|sent| sent.at).collect::<Vec<_>>(),
        [0.0, 1.0, 3.0, 7.0, 15.0, 31.0, 63.0, 123.0, 183.0]
    );
}

#[test]
fn ten_requests_without_an_answer_lead_back_to_the_search() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    let mut sent = line.hears(2, SERVER, &[(3, lease()), (7, vec![255])]);
    sent.extend(line.until(220.0));
    let requests = [0, 1, 3, 7, 15, 31, 61, 91, 121, 151].map(|at| (f64::from(at), 3));
    assert_eq!(times(&sent)[..10], requests);
    assert_eq!(times(&sent)[10], (182.0, 1));
}

#[test]
fn a_refused_request_leads_back_to_the_search_without_haste() {
    for status in [2, 4] {
        let mut line = line();
        line.input(Input::Start(Mode::Stateful));
        line.until(0.0);
        let mut count = 0;
        for _ in 0..5 {
            line.hears(2, SERVER, &[(3, lease()), (7, vec![255])]);
            count += line.hears(7, SERVER, &[(3, refused(status))]).len();
            let wait = line.now.as_micros() as f64 / 1e6 + 64.0;
            let sent = line.until(wait);
            assert!(sent.iter().all(|sent| sent.kind == 1));
        }
        assert_eq!(count, 0, "a refusal is not answered at the speed of the network");
    }
}

#[test]
fn a_silent_server_is_asked_for_renewal_at_t1_and_all_servers_at_t2_until_the_end() {
    let mut line = Line::bound(&[]);
    let sent = line.until(1000.5);
    let renew = [500.0, 510.0, 530.0, 570.0, 650.0].map(|at| (at, 5));
    let rebind = [800.0, 810.0, 830.0, 870.0, 950.0].map(|at| (at, 6));
    assert_eq!(times(&sent), [&renew[..], &rebind, &[(1000.0, 1)]].concat());
    assert_eq!(sent[0].options.raw(2), Some(SERVER));
    assert_eq!(sent[5].options.raw(2), None, "REBIND names no server");
    assert!(line.events.contains(&Event::Lost(Loss6::Expired)));
}

#[test]
fn a_renewal_counts_from_its_request() {
    let mut line = Line::bound(&[]);
    line.until(510.2);
    line.hears(7, SERVER, &[(3, lease())]);
    let Some(Event::Renewed(renewed)) = line.events.last() else { panic!("{:?}", line.events) };
    assert_eq!(
        (renewed.renewal, renewed.addresses[0].valid),
        (Some(Instant::from_secs(1000)), Some(Instant::from_secs(1500)))
    );
    assert_eq!(times(&line.until(1000.5)), [(1000.0, 5)]);
}

#[test]
fn a_rebind_may_be_answered_by_another_server_which_is_asked_from_then_on() {
    let mut line = Line::bound(&[]);
    line.until(800.5);
    line.hears(7, RIVAL, &[(3, lease())]);
    assert_eq!(line.until(1301.0).last().unwrap().options.raw(2), Some(RIVAL));
}

#[test]
fn a_server_that_has_forgotten_the_lease_is_asked_for_it_once_more() {
    let mut line = Line::bound(&[]);
    line.until(500.5);
    assert_eq!(times(&line.hears(7, SERVER, &[(3, refused(3))])), [(500.5, 3)]);
    line.hears(7, SERVER, &[(3, lease())]);
    assert!(matches!(line.events.last(), Some(Event::Renewed(_))));
}

#[test]
fn a_server_takes_an_address_back_with_a_lifetime_of_zero() {
    let mut line = Line::bound(&[]);
    line.until(500.5);
    line.hears(7, SERVER, &[(3, granted(ADDRESS, 0, 0, 0, 0))]);
    assert!(line.events.contains(&Event::Lost(Loss6::Refused)));
}

#[test]
fn another_address_in_place_of_the_old_one_is_detected_before_it_is_used() {
    let mut line = Line::bound(&[]);
    line.until(500.5);
    line.hears(7, SERVER, &[(3, granted(OTHER, 500, 800, 1000, 1000))]);
    assert!(line.events.contains(&Event::Lost(Loss6::Refused)));
    line.input(Input::Unique(ip(OTHER)));
    assert!(matches!(line.events.last(), Some(Event::Bound(lease)) if lease.addresses[0].address == ip(OTHER)));
}

#[test]
fn an_address_that_another_host_has_is_declined_to_its_server_four_times_at_most() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    line.hears(2, SERVER, &[(3, lease()), (7, vec![255])]);
    line.hears(7, SERVER, &[(3, lease())]);
    let mut sent = line.input(Input::Duplicate(ip(ADDRESS)));
    assert_eq!(sent[0].options.raw(2), Some(SERVER));
    assert_eq!(sent[0].options.raw(3).unwrap()[16..32], ip(ADDRESS).octets());
    sent.extend(line.until(16.5));
    assert_eq!(times(&sent), [(0.0, 9), (1.0, 9), (3.0, 9), (7.0, 9), (16.0, 1)]);
    assert!(line.events.contains(&Event::Lost(Loss6::Duplicate(ip(ADDRESS)))));
    assert!(!line.events.iter().any(|event| matches!(event, Event::Bound(_))));
}

#[test]
fn an_orderly_shutdown_gives_the_address_back() {
    let mut line = Line::bound(&[]);
    line.until(10.0);
    let mut sent = line.input(Input::Release);
    assert_eq!(line.events.first(), Some(&Event::Lost(Loss6::Released)), "the address goes first");
    assert_eq!(sent[0].options.raw(2), Some(SERVER));
    sent.extend(line.until(60.0));
    assert_eq!(times(&sent), [(10.0, 8), (11.0, 8), (13.0, 8), (17.0, 8)]);
    assert_eq!(line.events.last(), Some(&Event::Released));
    let mut line = Line::bound(&[]);
    line.input(Input::Release);
    line.hears(7, SERVER, &[(13, vec![0, 0])]);
    assert_eq!(line.until(60.0).len(), 0);
    assert_eq!(line.events.last(), Some(&Event::Released));
}

#[test]
fn with_the_o_flag_only_all_else_is_asked_for_and_asked_again_after_the_refresh_time() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateless));
    let sent = line.until(0.5);
    assert_eq!(times(&sent), [(0.0, 11)]);
    assert_eq!(sent[0].options.raw(3), None, "no association");
    let codes: Vec<u16> = sent[0].options.raw(6).unwrap().chunks(2).map(|c| u16::from_be_bytes([c[0], c[1]])).collect();
    assert!(codes.contains(&83) && codes.contains(&56));
    line.hears(7, SERVER, &[(17, b"v".to_vec()), (32, 1_u32.to_be_bytes().to_vec())]);
    let Some(Event::Informed(lease)) = line.events.iter().find(|event| matches!(event, Event::Informed(_))) else {
        panic!("{:?}", line.events)
    };
    assert_eq!((lease.raw(17), lease.addresses.len()), (Some(&b"v"[..]), 0));
    // Not under IRT_MINIMUM, whatever the server says.
    assert_eq!(times(&line.until(601.0)), [(600.5, 11)]);
}

#[test]
fn a_router_with_the_m_flag_makes_a_stateless_client_ask_for_an_address() {
    let mut line = line();
    line.input(Input::Start(Mode::Stateless));
    line.until(0.0);
    line.input(Input::Start(Mode::Stateful));
    assert_eq!(times(&line.until(0.5)), [(0.0, 1)]);
}

#[test]
fn addresses_of_the_last_run_are_confirmed_and_go_on_with_what_is_left_of_them() {
    let remembered = Line::bound(&[]).client.remembered(Instant::from_secs(100)).unwrap();
    assert_eq!(remembered.age, Duration::from_secs(100));
    let mut line = line_with(&[], Some(remembered.clone()));
    line.input(Input::Start(Mode::Stateful));
    let sent = line.until(0.0);
    assert_eq!(times(&sent), [(0.0, 4)]);
    assert_eq!((sent[0].options.raw(2), sent[0].options.raw(6)), (None, None));
    line.hears(7, RIVAL, &[(13, vec![0, 0])]);
    line.input(Input::Unique(ip(ADDRESS)));
    let Some(Event::Bound(lease)) = line.events.last() else { panic!("{:?}", line.events) };
    assert_eq!(
        (lease.renewal, lease.addresses[0].valid),
        (Some(Instant::from_secs(400)), Some(Instant::from_secs(900)))
    );
    assert_eq!(line.client.remembered(Instant::from_secs(7)).unwrap().age, Duration::from_secs(107));
    // Moved to another link.
    let mut line = line_with(&[], Some(remembered.clone()));
    line.input(Input::Start(Mode::Stateful));
    line.until(0.0);
    line.hears(7, RIVAL, &[(13, vec![0, 4])]);
    assert_eq!(times(&line.until(0.5)), [(0.0, 1)]);
    // Nobody answers: four messages in ten seconds, then the addresses are detected and used.
    let mut line = line_with(&[], Some(remembered));
    line.input(Input::Start(Mode::Stateful));
    assert_eq!(times(&line.until(20.0)), [(0.0, 4), (1.0, 4), (3.0, 4), (7.0, 4)]);
    assert_eq!(line.client.state(), "PROBING");
    // Too old: a fresh search.
    let old = Remembered {
        reply: Line::bound(&[]).client.remembered(Instant::ZERO).unwrap().reply,
        age: Duration::from_secs(1000),
    };
    let mut line = line_with(&[], Some(old));
    line.input(Input::Start(Mode::Stateful));
    assert_eq!(times(&line.until(0.0)), [(0.0, 1)]);
}

#[test]
fn after_the_cable_was_out_the_address_is_confirmed() {
    let mut line = Line::bound(&[]);
    line.until(10.0);
    line.input(Input::LinkDown);
    assert_eq!(line.until(20.0).len(), 0);
    line.input(Input::Start(Mode::Stateful));
    assert_eq!(times(&line.until(20.5)), [(20.0, 4)]);
}
