//! Timelines of the client, with literal times.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use super::message::tests::{NEW_YEAR, reply};
use super::*;
use proptest::prelude::*;

const FIRST: &str = "192.0.2.5";
const SECOND: &str = "192.0.2.6";

struct Line {
    client: Client,
    now: Instant,
    events: Vec<Event>,
    /// Exchange and nonce of the last request.
    last: (u32, u64),
}

fn line(defects: &[Defect]) -> Line {
    let timing = Timing {
        answer: Duration::from_secs(2),
        retry: Duration::from_secs(15),
        poll: Duration::from_secs(1024),
        shortest: Duration::from_secs(15),
    };
    let client = Client::new(timing, Random::seeded(123), Defects::of(defects.iter().copied()));
    Line { client, now: Instant::ZERO, events: Vec::new(), last: (0, 0) }
}

impl Line {
    /// Times in seconds and whom was asked, or what was looked up.
    fn input(&mut self, input: Input<'_>) -> Vec<(u64, String)> {
        self.client.handle(input, self.now);
        let mut seen = Vec::new();
        loop {
            match self.client.poll() {
                Output::Resolve(name) => seen.push((self.now.as_micros() / 1_000_000, name)),
                Output::Ask { exchange, server, message } => {
                    self.last = (exchange, u64::from_be_bytes(message[40..48].try_into().unwrap()));
                    seen.push((self.now.as_micros() / 1_000_000, server.to_string()));
                }
                Output::Forget { .. } => {}
                Output::Event(event) => self.events.push(event),
                Output::Wait(_) => return seen,
            }
        }
    }

    fn servers(&mut self, hosts: &[&str]) -> Vec<(u64, String)> {
        let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
        self.input(Input::Servers(&hosts))
    }

    fn until(&mut self, secs: u64) -> Vec<(u64, String)> {
        let end = Instant::from_secs(secs);
        let mut seen = Vec::new();
        while let Output::Wait(Some(at)) = self.client.poll() {
            if at > end {
                break;
            }
            self.now = self.now.max(at);
            seen.extend(self.input(Input::Wake));
        }
        self.now = end;
        seen
    }

    fn answers(&mut self, spoil: impl FnOnce(&mut Vec<u8>)) -> Vec<(u64, String)> {
        let (exchange, nonce) = self.last;
        let mut message = reply(nonce);
        spoil(&mut message);
        self.input(Input::Reply { exchange, message: &message })
    }

    fn useless(&self) -> Vec<Useless> {
        let why = |event: &Event| if let Event::Useless { why, .. } = event { Some(*why) } else { None };
        self.events.iter().filter_map(why).collect()
    }
}

fn kiss(code: &'static [u8; 4]) -> impl FnOnce(&mut Vec<u8>) {
    move |message| {
        message[1] = 0;
        message[12..16].copy_from_slice(code);
    }
}

fn asked(seen: &[(u64, &str)]) -> Vec<(u64, String)> {
    seen.iter().map(|(at, whom)| (*at, (*whom).to_owned())).collect()
}

#[test]
fn the_time_told_is_that_of_the_middle_of_the_way_and_the_next_poll_is_far() {
    let mut line = line(&[]);
    assert_eq!(line.servers(&[FIRST, SECOND]), asked(&[(0, FIRST)]));
    line.now = Instant::from_millis(700);
    line.answers(|_| {});
    // 700 ms there and back, of which the server held it for 500.
    let told = Event::Told { server: FIRST.into(), time: Timestamp(NEW_YEAR), at: Instant::from_millis(600) };
    assert_eq!(line.events, [told]);
    assert_eq!(
        line.until(2000),
        asked(&[
            (1024, FIRST),
            (1026, SECOND),
            (1043, FIRST),
            (1045, SECOND),
            (1077, FIRST),
            (1079, SECOND),
            (1141, FIRST),
            (1143, SECOND),
            (1265, FIRST),
            (1267, SECOND),
            (1509, FIRST),
            (1511, SECOND),
            (1993, FIRST),
            (1995, SECOND)
        ])
    );
}

#[test]
fn mute_servers_are_asked_in_turn_and_ever_more_slowly() {
    let mut line = line(&[]);
    let mut seen = line.servers(&[FIRST, SECOND]);
    seen.extend(line.until(120));
    assert_eq!(
        seen,
        asked(&[
            (0, FIRST),
            (2, SECOND),
            (19, FIRST),
            (21, SECOND),
            (53, FIRST),
            (55, SECOND),
            (117, FIRST),
            (119, SECOND)
        ])
    );
    assert!(line.useless().iter().all(|why| *why == Useless::Mute));
}

#[test]
fn no_server_is_asked_again_within_fifteen_seconds() {
    let timing = Timing {
        answer: Duration::ZERO,
        retry: Duration::ZERO,
        poll: Duration::ZERO,
        shortest: Duration::from_secs(15),
    };
    let mut line = Line { client: Client::new(timing, Random::seeded(1), Defects::NONE), ..line(&[]) };
    line.servers(&[FIRST]);
    assert_eq!(line.until(31), asked(&[(15, FIRST), (30, FIRST)]));
}

#[test]
fn a_server_that_forbids_it_is_never_asked_again_and_the_next_one_is() {
    for code in [b"DENY", b"RSTR"] {
        let mut line = line(&[]);
        line.servers(&[FIRST, SECOND]);
        assert_eq!(line.answers(kiss(code)), asked(&[(0, SECOND)]));
        assert_eq!(line.until(40), asked(&[(17, SECOND)]));
        assert_eq!(line.useless()[0], Useless::Forbidden);
    }
    let mut alone = line(&[]);
    alone.servers(&[FIRST]);
    alone.answers(kiss(b"DENY"));
    assert_eq!(alone.until(100_000), []);
}

#[test]
fn a_server_that_is_asked_too_often_slows_the_rounds() {
    let mut line = line(&[]);
    line.servers(&[FIRST]);
    line.answers(kiss(b"RATE"));
    assert_eq!((line.until(29), line.until(30)), (vec![], asked(&[(30, FIRST)])));
}

#[test]
fn an_unsynchronised_server_gives_way_to_the_next_and_is_asked_in_the_next_round() {
    let mut line = line(&[]);
    line.servers(&[FIRST, SECOND]);
    assert_eq!(line.answers(|message| message[0] |= 0xc0), asked(&[(0, SECOND)]));
    assert_eq!(line.useless(), [Useless::Unsynchronised]);
    assert_eq!(line.until(17).first(), asked(&[(17, FIRST)]).first());
}

#[test]
fn an_answer_that_is_none_of_this_request_leaves_the_wait_alone() {
    let mut line = line(&[]);
    line.servers(&[FIRST]);
    line.answers(|message| message[24] ^= 1);
    let (exchange, nonce) = line.last;
    line.input(Input::Reply { exchange: exchange + 1, message: &reply(nonce) });
    assert_eq!(line.events, []);
    line.answers(|_| {});
    assert_eq!(line.events.len(), 1);
    line.answers(|_| {});
    assert_eq!(line.events.len(), 1, "one request, one answer");
}

#[test]
fn a_name_is_looked_up_in_each_round_and_its_addresses_are_tried_in_order() {
    let mut line = line(&[]);
    assert_eq!(line.servers(&["time.example"]), asked(&[(0, "time.example")]));
    let addresses: [IpAddr; 2] = ["192.0.2.5".parse().unwrap(), "192.0.2.6".parse().unwrap()];
    line.input(Input::Resolved { name: "other.example", addresses: &addresses });
    let seen = line.input(Input::Resolved { name: "time.example", addresses: &addresses });
    assert_eq!(seen, asked(&[(0, FIRST)]));
    assert_eq!(line.until(20), asked(&[(2, SECOND), (19, "time.example")]));
    line.input(Input::Resolved { name: "time.example", addresses: &[] });
    assert_eq!(line.useless(), [Useless::Mute, Useless::NoAddress]);
}

#[test]
fn other_servers_end_the_exchange_and_the_same_ones_do_not() {
    let mut line = line(&[]);
    line.servers(&[FIRST]);
    assert_eq!(line.servers(&[FIRST]), []);
    assert_eq!(line.servers(&[SECOND]), asked(&[(0, SECOND)]));
    assert_eq!(line.servers(&[]), []);
    assert_eq!(line.until(10_000), []);
}

#[test]
fn an_unreachable_server_gives_way_at_once() {
    let mut line = line(&[]);
    line.servers(&[FIRST, SECOND]);
    assert_eq!(line.input(Input::Unreachable { exchange: line.last.0 }), asked(&[(0, SECOND)]));
}

#[test]
fn servers_of_a_person_come_before_those_of_dhcp_unless_the_profile_says_otherwise() {
    let servers = NtpServers {
        manual: vec!["time.example".into(), String::new(), "192.0.2.5".into()],
        v4: vec!["192.0.2.5".parse().unwrap(), "192.0.2.6".parse().unwrap()],
        v6: vec!["2001:db8::5".into()],
    };
    assert_eq!(servers.in_order(false), ["time.example", "192.0.2.5", "192.0.2.6", "2001:db8::5"]);
    assert_eq!(servers.in_order(true), ["192.0.2.5", "192.0.2.6", "2001:db8::5", "time.example"]);
}

#[test]
fn the_defects_show() {
    assert_eq!(line(&[Defect::NtpNeverAsks]).servers(&[FIRST]), []);
    let mut first_only = line(&[Defect::NtpFirstOnly]);
    first_only.servers(&[FIRST, SECOND]);
    assert_eq!(first_only.until(20), asked(&[(17, FIRST)]));
    let mut deaf = line(&[Defect::NtpIgnoresKiss]);
    deaf.servers(&[FIRST]);
    deaf.answers(kiss(b"DENY"));
    assert_eq!(deaf.until(15), asked(&[(15, FIRST)]));
}

proptest! {
    #[test]
    fn any_damage_to_a_reply_is_survived(at in 0usize..60, value in any::<u8>(), cut in 0usize..60) {
        let mut line = line(&[]);
        line.servers(&[FIRST, SECOND]);
        line.answers(|message| {
            if let Some(octet) = message.get_mut(at) {
                *octet = value;
            }
            message.truncate(cut);
        });
        line.until(100);
    }
}
