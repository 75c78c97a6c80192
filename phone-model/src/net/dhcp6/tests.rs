//! Timelines of the client, with literal times: what they are made of.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod acquiring;
mod defects;
mod hostile;
mod keeping;
mod mode;

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
