//! The time client: SNTP (RFC 4330) in the packets of NTP version 4 (RFC 5905).
//!
//! ```text
//! Idle ─servers─► Asking ─time told─► Resting (poll) ──► Asking from the first server on
//!                 │   ▲ next server
//!                 └───┘ mute, unsynchronised, refused      last one: Resting (retry, doubled each time)
//! ```
//!
//! One server after the other is asked, in their order; the first that knows the time ends the round. A kiss-o'-death DENY or RSTR takes its
//! server out of the order until other servers are set; RATE doubles the wait between rounds. Where the RFC is silent: the first answer
//! counts, an unsynchronised server is asked again in the next round, and rounds begin at the first server, since the order is a person's.
//!
//! The machine knows no time of day. It tells the server's time and the instant at which that was true; the clock is the owner's.

mod interface;
mod message;

pub use interface::{Event, Input, NtpServers, Output, Timing, Useless};
pub use message::Timestamp;

use crate::defects::{Defect, Defects};
use crate::random::Random;
use crate::time::{Duration, Instant};
use message::Reply;
use std::collections::VecDeque;
use std::net::IpAddr;

/// Addresses of one name that are tried in one round.
const MOST_ADDRESSES: usize = 4;
/// Longest wait for a name, in which the resolver has given up long since.
const LONGEST_LOOK_UP: Duration = Duration::from_secs(60);
/// Whatever the profile says, there is a pause.
const LEAST_PAUSE: Duration = Duration::from_millis(10);

/// The client.
#[derive(Debug)]
pub struct Client {
    servers: Vec<Server>,
    state: State,
    timing: Timing,
    random: Random,
    defects: Defects,
    outputs: VecDeque<Output>,
    last_exchange: u32,
    /// Rounds in a row in which nobody told the time.
    failures: u32,
    /// Doublings of the poll interval that servers asked for.
    slower: u32,
}

#[derive(Debug)]
struct Server {
    host: String,
    forbidden: bool,
}

#[derive(Debug)]
enum State {
    /// There is nobody to ask.
    Idle,
    Resolving(Resolving),
    Asking(Asking),
    Resting(Resting),
}

/// A name is being looked up.
#[derive(Debug)]
struct Resolving {
    server: usize,
    until: Instant,
}

/// A request is out.
#[derive(Debug)]
struct Asking {
    server: usize,
    /// Addresses of the same server still to ask.
    others: VecDeque<IpAddr>,
    exchange: u32,
    nonce: u64,
    sent_at: Instant,
    until: Instant,
}

/// Until the next round.
#[derive(Debug)]
struct Resting {
    until: Instant,
}

impl Client {
    /// A client that knows no server yet.
    pub fn new(timing: Timing, random: Random, defects: Defects) -> Self {
        Client {
            servers: Vec::new(),
            state: State::Idle,
            timing,
            random,
            defects,
            outputs: VecDeque::new(),
            last_exchange: 0,
            failures: 0,
            slower: 0,
        }
    }

    /// Takes an input. Bytes of others never fail the call.
    pub fn handle(&mut self, input: Input<'_>, now: Instant) {
        while let Some(due) = self.deadline().filter(|due| *due <= now) {
            self.expire(due);
        }
        match input {
            Input::Servers(hosts) => self.serve(hosts, now),
            Input::Resolved { name, addresses } => self.resolved(name, addresses, now),
            Input::Reply { exchange, message } => self.reply(exchange, message, now),
            Input::Unreachable { exchange } => match &self.state {
                State::Asking(asking) if asking.exchange == exchange => self.mute(now),
                State::Idle | State::Resolving(_) | State::Asking(_) | State::Resting(_) => {}
            },
            Input::Wake => {}
        }
    }

    /// What the client wants next; `Wait` when there is nothing more.
    pub fn poll(&mut self) -> Output {
        self.outputs.pop_front().unwrap_or_else(|| Output::Wait(self.deadline()))
    }

    fn deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Idle => None,
            State::Resolving(resolving) => Some(resolving.until),
            State::Asking(asking) => Some(asking.until),
            State::Resting(resting) => Some(resting.until),
        }
    }

    fn expire(&mut self, due: Instant) {
        match &self.state {
            State::Idle => {}
            State::Resolving(resolving) => self.useless(resolving.server, Useless::NoAddress, due),
            State::Asking(_) => self.mute(due),
            State::Resting(_) => self.turn_to(0, due),
        }
    }

    fn serve(&mut self, hosts: &[String], now: Instant) {
        if self.servers.iter().map(|server| &server.host).eq(hosts) {
            return;
        }
        self.forget();
        self.servers = hosts.iter().map(|host| Server { host: host.clone(), forbidden: false }).collect();
        (self.failures, self.slower) = (0, 0);
        self.turn_to(0, now);
    }

    /// Asks the first server from `first` on that may be asked.
    fn turn_to(&mut self, first: usize, now: Instant) {
        if self.defects.has(Defect::NtpNeverAsks) {
            self.state = State::Idle;
            return;
        }
        let last = if self.defects.has(Defect::NtpFirstOnly) { 1 } else { self.servers.len() };
        let next = self.servers.iter().enumerate().take(last).skip(first).find(|(_, server)| !server.forbidden);
        let Some((server, host)) = next.map(|(number, server)| (number, server.host.clone())) else {
            return self.rest_unserved(now);
        };
        match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) => self.ask(server, VecDeque::from([address]), now),
            // Looked up in each round: an address is not kept beyond what its record allows (RFC 4330 §10(7)).
            Err(_) => {
                self.outputs.push_back(Output::Resolve(host));
                self.state = State::Resolving(Resolving { server, until: now + LONGEST_LOOK_UP });
            }
        }
    }

    fn resolved(&mut self, name: &str, addresses: &[IpAddr], now: Instant) {
        match &self.state {
            State::Resolving(Resolving { server, .. }) => {
                let server = *server;
                if self.servers.get(server).is_some_and(|it| it.host == name) {
                    self.ask(server, addresses.iter().copied().take(MOST_ADDRESSES).collect(), now);
                }
            }
            State::Idle | State::Asking(_) | State::Resting(_) => {}
        }
    }

    fn ask(&mut self, server: usize, mut addresses: VecDeque<IpAddr>, now: Instant) {
        let Some(address) = addresses.pop_front() else { return self.useless(server, Useless::NoAddress, now) };
        self.last_exchange = self.last_exchange.wrapping_add(1);
        let (exchange, nonce) = (self.last_exchange, self.random.u64());
        let message = message::request(nonce).to_vec();
        self.outputs.push_back(Output::Ask { exchange, server: address, message });
        let until = now + self.timing.answer;
        self.state = State::Asking(Asking { server, others: addresses, exchange, nonce, sent_at: now, until });
    }

    fn reply(&mut self, exchange: u32, datagram: &[u8], now: Instant) {
        let State::Asking(asking) = &self.state else { return };
        if asking.exchange != exchange {
            return;
        }
        let (server, sent_at) = (asking.server, asking.sent_at);
        let Some(reply) = message::read(datagram, asking.nonce, &self.defects) else { return };
        match reply {
            Reply::Time { transmit, held } => {
                self.forget();
                // RFC 4330 §5: half of the time that the packets were on their way has passed since the server looked at its clock.
                let way = now.since(sent_at).saturating_sub(held) / 2;
                let at =
                    Instant::from_micros(now.as_micros().saturating_sub(u64::try_from(way.as_micros()).unwrap_or(0)));
                let host = self.host(server);
                self.outputs.push_back(Output::Event(Event::Told { server: host, time: transmit, at }));
                self.failures = 0;
                self.rest(self.timing.poll.saturating_mul(2_u32.saturating_pow(self.slower)), now);
            }
            Reply::Unsynchronised => self.useless(server, Useless::Unsynchronised, now),
            Reply::Kiss(code) => self.kissed(server, &code, now),
        }
    }

    /// RFC 5905 §7.4.
    fn kissed(&mut self, server: usize, code: &[u8; 4], now: Instant) {
        match code {
            b"DENY" | b"RSTR" if self.defects.has(Defect::NtpIgnoresKiss) => self.useless(server, Useless::Mute, now),
            b"DENY" | b"RSTR" => {
                if let Some(it) = self.servers.get_mut(server) {
                    it.forbidden = true;
                }
                self.useless(server, Useless::Forbidden, now);
            }
            b"RATE" => {
                self.slower = (self.slower + 1).min(4);
                self.useless(server, Useless::TooOften, now);
            }
            // Other codes are for people; the packet tells no time.
            _ => self.useless(server, Useless::Unsynchronised, now),
        }
    }

    /// No answer came from an address: on to the next of this server, or to the next server.
    fn mute(&mut self, now: Instant) {
        let State::Asking(asking) = &mut self.state else { return };
        let (server, others) = (asking.server, std::mem::take(&mut asking.others));
        self.forget();
        if others.is_empty() { self.useless(server, Useless::Mute, now) } else { self.ask(server, others, now) }
    }

    fn useless(&mut self, server: usize, why: Useless, now: Instant) {
        self.forget();
        let host = self.host(server);
        self.outputs.push_back(Output::Event(Event::Useless { server: host, why }));
        self.turn_to(server.saturating_add(1), now);
    }

    /// The round is over and nobody told the time.
    fn rest_unserved(&mut self, now: Instant) {
        if self.servers.iter().all(|server| server.forbidden) {
            self.state = State::Idle;
            return;
        }
        let doublings = self.failures.saturating_add(self.slower).min(16);
        self.failures = self.failures.saturating_add(1);
        self.rest(self.timing.retry.saturating_mul(2_u32.saturating_pow(doublings)).min(self.timing.poll), now);
    }

    fn rest(&mut self, wait: Duration, now: Instant) {
        self.state = State::Resting(Resting { until: now + wait.max(self.timing.shortest).max(LEAST_PAUSE) });
    }

    fn host(&self, server: usize) -> String {
        self.servers.get(server).map(|server| server.host.clone()).unwrap_or_default()
    }

    fn forget(&mut self) {
        if let State::Asking(asking) = &self.state {
            self.outputs.push_back(Output::Forget { exchange: asking.exchange });
        }
        self.state = State::Idle;
    }
}

#[cfg(test)]
mod tests;
