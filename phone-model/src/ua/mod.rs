//! The user agent: registrations, dialogs, calls, the INVITE challenge, restricted domains. A sans-IO machine over [`crate::sip`].
//!
//! [`UserAgent::handle`] takes an [`Input`] and the time; [`UserAgent::poll`] gives [`Output`]s until it gives [`Output::Wait`].
//! Time is counted from the boot that `Status::booted_at` names, so that the machine can tell Unix seconds without a clock.
//! RTP goes the same way as SIP: its ports are listened on and its packets sent and taken like any other datagram.
//!
//! | module | what |
//! |---|---|
//! | [`interface`](Input) | what goes in and comes out |
//! | [`line`] | a line's settings |
//! | [`domains`] | Restricted Access Domains |
//! | [`challenge`] | Auth INVITE and Auth Resync-Reboot |
//! | `gate` | who is let in: domains, Block Nonproxy SIP |
//! | `registration` | REGISTER of a line |
//! | `incoming`, `dialog_requests`, `notify` | requests from outside |
//! | `answering` | ringing, answering, ending a call |
//! | `outgoing`, `responses` | calls made here |
//! | `keys` | what a person does |
//! | `silence` | requests that nobody answers |

mod answering;
mod call;
pub mod challenge;
mod connections;
mod desk;
mod dialog;
mod dialog_requests;
pub mod domains;
mod gate;
mod held;
mod identity;
mod incoming;
mod interface;
mod keys;
pub mod line;
mod links;
mod names;
mod notify;
mod outgoing;
mod registration;
mod responses;
mod screen;
mod setup;
mod silence;

pub use interface::{
    Connection, Input, Listener, NotConnected, NotResolved, Output, Pointer, Query, RecordKind, Records, Secured,
    Service, Severity, StreamEvent,
};

use crate::settings::Settings;
use crate::sip::transaction::{ConnId, Event, Output as Sip, Transport};
use crate::sip::validate::Abilities;
use crate::time::{Duration, Instant, earliest};
use call::Call;
use challenge::Challenger;
use desk::{CallId, Desk, Purpose};
use domains::Domains;
use gate::Gate;
use held::{Arrived, Held};
use keys::Handset;
use links::Links;
use registration::Registration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;

/// How long a phone that is switched off waits for its registrars.
const PARTING: Duration = Duration::from_secs(2);

/// The SIP side of the phone: all lines, their registrations and calls.
#[derive(Debug)]
pub struct UserAgent {
    /// Settings that are to be put in force with the first input, which tells the time.
    fresh: Option<Settings>,
    desk: Desk,
    abilities: Abilities,
    domains: Domains,
    held: Held,
    registrations: Vec<Registration>,
    /// Nonces of Auth INVITE, for each line its own.
    callers: BTreeMap<u8, Challenger>,
    /// Nonces of Auth Resync-Reboot.
    notifiers: BTreeMap<u8, Challenger>,
    calls: BTreeMap<CallId, Call>,
    last_call: CallId,
    links: Links,
    /// The connections under TLS that lines are registered on.
    flows: BTreeMap<u8, ConnId>,
    handset: Handset,
    listening: BTreeSet<(Listener, u16)>,
    /// What a NOTIFY asked for, done when its answer has left.
    orders: Vec<Output>,
    /// When the transaction layer wants to be woken.
    layer_at: Option<Instant>,
    /// When a phone that is being switched off waits no longer.
    stopping: Option<Instant>,
    stopped: bool,
    /// Branches that were challenged, for the defect that challenges each copy anew.
    challenged: VecDeque<String>,
    /// When the seconds on the status page change.
    screen_at: Option<Instant>,
    /// What the board shows, to change it only when it changes.
    shown: screen::Shown,
}

impl UserAgent {
    /// Takes an input. Nothing that a peer sends makes this fail.
    pub fn handle(&mut self, input: Input, now: Instant) {
        if let Some(settings) = self.fresh.take() {
            self.apply(settings, now);
        }
        match input {
            Input::Datagram { local_port, from, bytes } => self.datagram(local_port, from, bytes, now),
            Input::Stream { connection, event } => self.stream(connection, event, now),
            Input::Resolved { query, answer } => {
                self.domains.resolved(&query, &answer, now);
                self.desk.resolved(&query, answer, now);
            }
            Input::Press(key) => self.press(key, now),
            Input::Dial(number) => self.dial(&number, None, now),
            Input::DialOn { line, number } => self.dial(&number, Some(line), now),
            Input::SoftKey(name) => self.soft_key(&name, now),
            Input::Settings(settings) => self.apply(settings, now),
            Input::Shutdown => self.shut_down(now),
            Input::Wake => {}
        }
        self.release(now);
        self.wake(now);
        self.settle(now);
        self.show(now);
    }

    /// The next thing to do. [`Output::Wait`] means that there is nothing more.
    pub fn poll(&mut self) -> Output {
        self.desk.out.pop_front().unwrap_or_else(|| Output::Wait(self.deadline()))
    }

    fn deadline(&self) -> Option<Instant> {
        if self.stopped {
            return None;
        }
        if self.fresh.is_some() {
            return Some(Instant::ZERO);
        }
        let registrations = self.registrations.iter().filter_map(Registration::deadline).min();
        let calls = self.calls.values().filter_map(Call::deadline).min();
        let own = [self.layer_at, self.domains.deadline(), self.stopping, self.screen_at, self.desk.silence.deadline()];
        own.into_iter().chain([registrations, calls]).fold(None, earliest)
    }

    fn datagram(&mut self, local_port: u16, from: SocketAddr, bytes: Vec<u8>, now: Instant) {
        let call =
            self.calls.values_mut().find(|call| call.local.as_ref().is_some_and(|local| local.port() == local_port));
        if let Some(call) = call {
            // RTP from elsewhere than the other end's address is nobody's (RFC 3550 §8.2 leaves it to the application).
            if let Some(media) = call.media.as_mut().filter(|media| media.stream().remote.ip() == from.ip()) {
                media.receive(&bytes);
            }
            return;
        }
        // Anything else is a late packet for an RTP port that was given back.
        if self.listening.contains(&(Listener::Udp, local_port)) {
            self.arrived(Arrived::Datagram { local_port, from, bytes }, now);
        }
    }

    fn sip_datagram(&mut self, local_port: u16, from: SocketAddr, bytes: &[u8], now: Instant) {
        let local = SocketAddr::new(self.desk.local_ip, local_port);
        let mut gate = Gate::new(&mut self.domains, &self.desk, &self.calls, &self.challenged);
        self.desk.layer.datagram(local, from, bytes, &mut gate, now);
        let turned_away = gate.turned_away;
        self.turn_away(turned_away, now);
    }

    fn wake(&mut self, now: Instant) {
        if self.layer_at.is_some_and(|at| at <= now) {
            self.desk.layer.wake(now);
        }
        self.domains.wake(now);
        for registration in &mut self.registrations {
            registration.wake(&mut self.desk, now);
        }
        self.wake_calls(now);
        if self.desk.silence.wake(now) && self.stopping.is_none() {
            self.desk.out.push_back(Output::Unanswered);
        }
        if self.stopping.is_some_and(|at| at <= now) {
            self.stop();
        }
    }

    /// Carries on until nobody has anything more to do now.
    fn settle(&mut self, now: Instant) {
        loop {
            while let Some(output) = self.domains.poll() {
                self.desk.out.push_back(output);
            }
            if let Some(launched) = self.desk.launched.pop_front() {
                self.launched(launched, now);
                continue;
            }
            match self.desk.layer.poll() {
                Sip::Datagram { local, remote, bytes } => {
                    self.desk.out.push_back(Output::Send { local_port: local.port(), to: remote, bytes });
                }
                Sip::Connect { conn, transport, local, remote } => {
                    let taken = self.listening_tcp();
                    let secured = (transport == Transport::Tls).then(|| (self.desk.party(local, remote), local.port()));
                    let (settings, random) = (&self.desk.settings, &mut self.desk.random);
                    let output = self.links.open(conn, remote, secured, &taken, settings, random);
                    self.desk.out.push_back(output);
                }
                Sip::Write { conn, bytes } => {
                    let connection = self.links.connection(conn);
                    self.desk.out.extend(connection.map(|connection| Output::Write { connection, bytes }));
                }
                Sip::Close { conn } => {
                    let connection = self.links.connection(conn);
                    self.links.forget(conn);
                    self.desk.out.extend(connection.map(|connection| Output::Close { connection }));
                    self.flow_lost(conn, now);
                }
                Sip::Event(event) => self.event(event, now),
                Sip::Wait(at) => {
                    self.layer_at = at;
                    if self.desk.launched.is_empty() {
                        break;
                    }
                }
            }
        }
        self.desk.out.extend(self.orders.drain(..));
        if self.registrations.iter().all(Registration::settled) {
            self.listen();
        }
        if self.stopping.is_some() && self.registrations.iter().all(Registration::settled) && self.calls.is_empty() {
            self.stop();
        }
    }

    fn event(&mut self, event: Event, now: Instant) {
        match event {
            Event::Request { txn, message, flow, merged } => self.requested(txn, &message, flow, merged, now),
            Event::Ack { message, flow } => self.acknowledged(&message, flow, now),
            Event::Cancel { txn, invite, message, flow } => self.cancelled(txn, invite, &message, flow, now),
            Event::Response { txn, message, flow } => {
                self.desk.silence.answered(txn);
                let purpose = self.desk.sent.get(&txn).map(|sent| sent.purpose);
                if let (Some(Purpose::Register(line)), Some(200..=299)) = (purpose, message.code()) {
                    self.flow_holds(line, flow);
                }
                self.answered(txn, &message, now);
            }
            Event::Timeout { txn } | Event::TransportFailed { txn } => self.unanswered(txn, now),
            Event::Terminated { txn } => {
                self.desk.sent.remove(&txn);
            }
            Event::Acknowledged { .. } => {}
            Event::Discarded { flow, why } => {
                self.desk.log(Severity::Debug, format!("SIP from {} discarded: {why:?}", flow.remote));
            }
        }
    }
}

#[cfg(test)]
mod tests;
