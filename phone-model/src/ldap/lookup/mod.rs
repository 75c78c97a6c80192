//! One lookup: connect, TLS where the scheme says so, bind, search, unbind, close. [`Lookup::handle`] takes an [`Input`] and the time;
//! [`Lookup::poll`] gives [`Output`]s until it gives [`Output::Wait`].

mod binding;
mod interface;
mod searching;

pub use interface::{Auth, End, Found, Input, MOST_ENTRIES, Output, Patience, Plan};

use super::ber::{LONGEST_MESSAGE, Malformed, message_length};
use super::digest_md5::Answer;
use super::failure::{Failure, Fault};
use super::message::{DISCONNECTION, Entry, Operation, Request, Response};
use crate::defects::{Defect, Defects};
use crate::random::Random;
use crate::time::Instant;
use std::collections::VecDeque;

/// Where a lookup stands.
#[derive(Debug)]
enum State {
    Connecting,
    StartingTls { id: u32 },
    Securing,
    Binding { id: u32, step: Step },
    Searching { id: u32 },
    Ended,
}

/// Where a bind stands (RFC 2831 §2.1 for the SASL steps).
#[derive(Debug)]
enum Step {
    /// None and Simple: one message each way.
    Simple,
    /// DIGEST-MD5: the challenge is awaited.
    Challenge,
    /// The proof of the server is awaited.
    Proof(Box<Answer>),
    /// It has proven itself, and its last word is awaited.
    Proven,
}

/// See the module's text.
#[derive(Debug)]
pub struct Lookup {
    plan: Plan,
    defects: Defects,
    random: Random,
    state: State,
    secure: bool,
    /// Octets of a message that is not complete.
    received: Vec<u8>,
    entries: Vec<Entry>,
    last_id: u32,
    step_ends: Instant,
    ends: Instant,
    out: VecDeque<Output>,
    /// Only with defects: why the certificate was refused, and whether a referral was followed.
    refused: Option<String>,
    followed: bool,
}

impl Lookup {
    /// Begins.
    pub fn new(plan: Plan, defects: Defects, random: Random, now: Instant) -> Lookup {
        // The scheme alone decides (the document).
        let secure = match plan.server.secure {
            _ if defects.has(Defect::LdapTlsByMethod) => plan.auth != Auth::None,
            true => !defects.has(Defect::LdapClearForLdaps),
            false => defects.has(Defect::LdapTlsForLdap),
        };
        let mut lookup = Lookup {
            step_ends: now + plan.patience.answer,
            ends: now + plan.patience.whole,
            plan,
            defects,
            random,
            state: State::Connecting,
            secure,
            received: Vec::new(),
            entries: Vec::new(),
            last_id: 0,
            out: VecDeque::new(),
            refused: None,
            followed: false,
        };
        let wrong_port = lookup.defects.has(Defect::LdapsDefaultPort) && lookup.plan.server.has_default_port();
        lookup.connect(if wrong_port { 389 } else { lookup.plan.server.port });
        lookup
    }

    /// Takes an input. Nothing that a server sends makes this fail.
    pub fn handle(&mut self, input: Input<'_>, now: Instant) {
        if matches!(self.state, State::Ended) {
            return;
        }
        match input {
            Input::Connected => self.connected(now),
            Input::Secured { refused } => {
                self.refused = refused;
                self.step(now);
                self.bind();
            }
            Input::Failed(fault) => self.failed(fault, now),
            Input::Bytes(bytes) => self.received(bytes, now),
            Input::Closed => self.fail(Failure::Closed),
            Input::GiveUp => self.finish(Err(Failure::Closed)),
            Input::Wake if now >= self.step_ends.min(self.ends) => self.fail(Failure::Silent),
            Input::Wake => {}
        }
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Output {
        self.out.pop_front().unwrap_or(Output::Wait(self.deadline()))
    }

    /// When what is being done now has taken too long.
    pub fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Ended => None,
            _ if self.defects.has(Defect::LdapWaitsForEver) => None,
            State::Connecting
            | State::StartingTls { .. }
            | State::Securing
            | State::Binding { .. }
            | State::Searching { .. } => {
                Some(if self.step_ends.as_micros() < self.ends.as_micros() { self.step_ends } else { self.ends })
            }
        }
    }

    /// Whether the session is to be under TLS from its first octet.
    pub const fn is_secure(&self) -> bool {
        self.secure
    }

    fn connect(&mut self, port: u16) {
        self.out.push_back(Output::Connect { host: self.plan.server.host.clone(), port });
        self.state = State::Connecting;
    }

    fn connected(&mut self, now: Instant) {
        self.step(now);
        if self.secure {
            if self.defects.has(Defect::LdapBindsBeforeHandshake) {
                self.bind();
            }
            self.secure();
        } else if self.plan.start_tls && !self.plan.server.secure {
            let id = self.send(&Request::StartTls);
            self.state = State::StartingTls { id };
        } else {
            self.bind();
        }
    }

    fn secure(&mut self) {
        self.out.push_back(Output::Secure { host: self.plan.server.host.clone() });
        self.state = State::Securing;
    }

    fn failed(&mut self, fault: Fault, now: Instant) {
        let tls = matches!(fault, Fault::Certificate(_) | Fault::NoTls(_));
        if tls && self.secure && self.defects.has(Defect::LdapDowngrades) {
            self.secure = false;
            self.step(now);
            self.out.push_back(Output::Close);
            return self.connect(self.plan.server.port);
        }
        self.fail(fault.into());
    }

    fn received(&mut self, bytes: &[u8], now: Instant) {
        // Before TLS is up nothing of the server counts; the shell gives nothing then.
        self.received.extend_from_slice(bytes);
        loop {
            let length = match message_length(&self.received) {
                Ok(Some(length)) => length,
                Ok(None) if self.received.len() > LONGEST_MESSAGE + 6 => return self.fail(Malformed::TooLong.into()),
                Ok(None) => return,
                Err(malformed) => return self.fail(malformed.into()),
            };
            let message: Vec<u8> = self.received.drain(..length).collect();
            match Response::decode(&message) {
                Ok(response) => self.response(response, now),
                Err(malformed) => return self.fail(malformed.into()),
            }
            if matches!(self.state, State::Ended) {
                return;
            }
        }
    }

    fn response(&mut self, response: Response, now: Instant) {
        let Response { id, operation } = response;
        if id == 0 && !self.defects.has(Defect::LdapMessageIdZero) {
            let notice = matches!(&operation, Operation::Extended { name: Some(name), .. } if name == DISCONNECTION);
            if notice && !self.defects.has(Defect::LdapIgnoresNotice) {
                self.fail(Failure::Disconnected);
            }
            return;
        }
        // RFC 4511 §4.1.1.1: a response that answers no request of this session is nothing to act upon.
        let awaited = match self.state {
            State::StartingTls { id } | State::Binding { id, .. } | State::Searching { id } => id,
            State::Connecting | State::Securing | State::Ended => return,
        };
        if id != awaited && !self.defects.has(Defect::LdapTakesAnyId) {
            return;
        }
        self.step(now);
        match std::mem::replace(&mut self.state, State::Ended) {
            State::StartingTls { id } => self.tls_answered(id, operation),
            State::Binding { id, step } => self.bind_answered(id, step, operation),
            State::Searching { id } => self.search_answered(id, operation, now),
            state @ (State::Connecting | State::Securing | State::Ended) => self.state = state,
        }
    }

    /// RFC 4511 §4.14.2: TLS begins with the next octet after a success.
    fn tls_answered(&mut self, id: u32, operation: Operation) {
        let Operation::Extended { outcome, .. } = operation else {
            self.state = State::StartingTls { id };
            return;
        };
        match outcome.code {
            0 if !self.received.is_empty() => self.fail(Malformed::Identifier.into()),
            0 => self.secure(),
            _ if self.defects.has(Defect::LdapStartTlsFallsBack) => self.bind(),
            code => self.fail(Failure::StartTls(code)),
        }
    }

    /// Sends a request; its number.
    fn send(&mut self, request: &Request<'_>) -> u32 {
        self.last_id = if self.defects.has(Defect::LdapMessageIdZero) { 0 } else { self.last_id.saturating_add(1) };
        self.out.push_back(Output::Write(request.encode(self.last_id)));
        self.last_id
    }

    /// Another step begins.
    fn step(&mut self, now: Instant) {
        self.step_ends = now + self.plan.patience.answer;
    }

    /// Ends with what was found so far, if anything was.
    fn fail(&mut self, failure: Failure) {
        let kept = std::mem::take(&mut self.entries);
        let outcome =
            if kept.is_empty() { Err(failure) } else { Ok(Found { entries: kept, end: End::Broken(failure) }) };
        self.finish(outcome);
    }

    fn finish(&mut self, outcome: Result<Found, Failure>) {
        // RFC 4511 §4.3. Not while a bind is outstanding (§4.2.1), and not to a server that is not there any more.
        let gone =
            |failure: &Failure| matches!(failure, Failure::Closed | Failure::Disconnected | Failure::Malformed(_));
        let failure = match &outcome {
            Ok(Found { end: End::Broken(failure), .. }) | Err(failure) => Some(failure),
            Ok(_) => None,
        };
        let listens = match self.state {
            State::Searching { .. } => !failure.is_some_and(gone),
            // Between two states: what was answered is complete.
            State::Ended => !failure.is_some_and(gone),
            State::Connecting | State::StartingTls { .. } | State::Securing | State::Binding { .. } => false,
        };
        if listens && !self.defects.has(Defect::LdapNeverUnbinds) {
            self.send(&Request::Unbind);
        }
        self.out.push_back(Output::Close);
        self.out.push_back(Output::Done(outcome));
        self.state = State::Ended;
    }
}

#[cfg(test)]
mod tests;
