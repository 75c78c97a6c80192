//! The registration of one line (RFC 3261 §10.2).
//!
//! ```text
//! Off ──▶ Trying ──2xx──▶ Bound ──refresh due──▶ Trying
//!            │                                     ▲
//!            └──refused, no answer──▶ Waiting ──interval──┘      Leaving ──answer──▶ Off
//! ```
//!
//! Our reading: the binding is refreshed a minute before it would expire, or at half its life when that is shorter. Any final
//! refusal waits `Reg Retry Long Intvl`, no answer waits `Reg Retry Intvl` (phone-facts §2.2); 503 with Retry-After waits that long.

mod flow;
mod policy;

use super::desk::{Desk, Purpose};
use super::interface::Severity;
use super::line::{LineSettings, seconds};
use crate::sip::identifiers;
use crate::sip::message::{Message, Method, NameAddr, Uri};
use crate::sip::transaction::TxnId;
use crate::state::Registration as Shown;
use crate::time::{Duration, Instant};
use flow::Flow;

/// The longest lead of a refresh.
const LEAD: Duration = Duration::from_secs(60);
/// Most times that an interval is doubled under `Reg Retry Intvl Cap`.
const MAX_DOUBLINGS: u32 = 16;

#[derive(Debug)]
enum State {
    /// No account, or not to be registered.
    Off,
    /// A REGISTER is on its way.
    Trying {
        /// Whether the last binding still holds.
        bound: Option<Instant>,
    },
    /// Bound at the registrar.
    Bound { refresh_at: Instant, expires_at: Instant },
    /// Refused or unanswered; tried again at `retry_at`.
    Waiting { retry_at: Instant },
    /// A REGISTER with `Expires: 0` is on its way.
    Leaving {
        /// The line registers anew after it.
        again: bool,
    },
}

/// The registration of one line.
#[derive(Debug)]
pub(super) struct Registration {
    line: u8,
    state: State,
    /// All REGISTERs of one boot share one Call-ID (RFC 3261 §10.2), and their numbers grow by one.
    call_id: String,
    sequence: u32,
    expires: u32,
    failures: u32,
    last_at: Option<u64>,
    flow: Flow,
}

impl Registration {
    /// A line that is off. `call_id` is used for all its REGISTERs.
    pub(super) fn new(line: u8, call_id: String) -> Self {
        let (state, flow) = (State::Off, Flow::default());
        Registration { line, state, call_id, sequence: 0, expires: 0, failures: 0, last_at: None, flow }
    }

    /// Begins to register, or stays off when the line is not to be registered.
    pub(super) fn start(&mut self, desk: &mut Desk, now: Instant) {
        self.expires = desk.line(self.line).map_or(0, |line| line.expires);
        match self.state {
            State::Leaving { .. } => self.state = State::Leaving { again: true },
            State::Off | State::Trying { .. } | State::Bound { .. } | State::Waiting { .. } => {
                self.attempt(None, desk, now)
            }
        }
    }

    /// Ends the binding, if there is one or one may come about; with `hang_up` also the connection, when that is done. True when an
    /// answer is awaited.
    pub(super) fn leave(&mut self, hang_up: bool, desk: &mut Desk, now: Instant) -> bool {
        if hang_up {
            self.flow.give_up(desk.local(self.line));
        }
        desk.withdraw(Purpose::Register(self.line));
        let binding = matches!(self.state, State::Trying { .. } | State::Bound { .. });
        if matches!(self.state, State::Leaving { .. }) {
            self.state = State::Leaving { again: false };
            return true;
        }
        self.state = State::Off;
        if binding && let Some(line) = desk.line(self.line).cloned() {
            self.state = State::Leaving { again: false };
            let message = self.register(&line, 0, desk);
            let hop = desk.proxy_hop(self.line);
            desk.send(message, hop, self.line, Purpose::Unregister(self.line), now);
        } else {
            self.hang_up(desk, now);
        }
        binding
    }

    /// Whether the line may take and make calls as registered.
    pub(super) fn bound(&self, now: Instant) -> bool {
        match self.state {
            State::Bound { expires_at, .. } => now < expires_at,
            State::Trying { bound } => bound.is_some_and(|until| now < until),
            State::Off | State::Waiting { .. } | State::Leaving { .. } => false,
        }
    }

    /// Whether nothing of the binding is awaited.
    pub(super) fn settled(&self) -> bool {
        !matches!(self.state, State::Leaving { .. })
    }

    /// When [`Registration::wake`] has something to do.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Bound { refresh_at, .. } => Some(refresh_at),
            State::Waiting { retry_at } => Some(retry_at),
            // The binding may run out while its refresh is on its way.
            State::Trying { bound } => bound,
            State::Off | State::Leaving { .. } => None,
        }
    }

    /// Time has come.
    pub(super) fn wake(&mut self, desk: &mut Desk, now: Instant) {
        match self.state {
            State::Bound { refresh_at, expires_at } if refresh_at <= now => self.attempt(Some(expires_at), desk, now),
            State::Waiting { retry_at } if retry_at <= now => self.attempt(None, desk, now),
            State::Trying { bound: Some(until) } if until <= now => self.state = State::Trying { bound: None },
            State::Bound { .. } | State::Waiting { .. } | State::Trying { .. } | State::Off | State::Leaving { .. } => {
            }
        }
    }

    fn attempt(&mut self, bound: Option<Instant>, desk: &mut Desk, now: Instant) {
        let Some(line) = desk.line(self.line).filter(|line| line.registers()).cloned() else {
            self.state = State::Off;
            return;
        };
        if let Some(why) = policy::obstacle(&line, desk) {
            desk.log(Severity::Error, format!("Ext {}: not registered: {why}", self.line));
            self.state = State::Waiting { retry_at: now + policy::long_interval(desk) };
            return;
        }
        self.state = State::Trying { bound };
        desk.take_port(self.line);
        let message = self.register(&line, self.expires, desk);
        let hop = desk.proxy_hop(self.line);
        desk.send(message, hop, self.line, Purpose::Register(self.line), now);
    }

    /// RFC 3261 §10.2: the Request-URI is the domain alone, To and From are the address of record.
    fn register(&mut self, line: &LineSettings, expires: u32, desk: &mut Desk) -> Message {
        self.sequence += 1;
        let domain = line.account.domain();
        let of_record = NameAddr {
            display: line.account.display_name.clone(),
            ..NameAddr::of(Uri::sip(&line.account.user_id, domain, None))
        };
        let mut contact = desk.contact(self.line);
        contact.params.set("expires", Some(&expires.to_string()));
        Message::request(Method::Register, Uri::sip("", domain, None))
            .with("From", of_record.clone().with_tag(&identifiers::tag(&mut desk.random)).to_string())
            .with("To", of_record.to_string())
            .with("Call-ID", self.call_id.clone())
            .with("CSeq", format!("{} REGISTER", self.sequence))
            .with("Contact", contact.to_string())
            .with("Expires", expires.to_string())
            .with("Allow", desk.allow())
    }

    /// A response to a REGISTER of this line.
    pub(super) fn answered(&mut self, txn: TxnId, response: &Message, desk: &mut Desk, now: Instant) {
        let Some(code) = response.code().filter(|code| *code >= 200) else { return };
        if matches!(code, 401 | 407)
            && let Some(number) = desk.retry(txn, response, now)
        {
            self.sequence = number;
            return;
        }
        match self.state {
            State::Trying { .. } => self.decided(code, response, desk, now),
            // An answer that comes after the registration went on to something else.
            State::Off | State::Bound { .. } | State::Waiting { .. } | State::Leaving { .. } => {}
        }
    }

    fn decided(&mut self, code: u16, response: &Message, desk: &mut Desk, now: Instant) {
        match code {
            200..=299 => {
                let granted = Duration::from_secs(u64::from(policy::granted(self.line, self.expires, response, desk)));
                self.failures = 0;
                self.last_at = Some(desk.unix(now));
                self.flow.holds(now);
                let lead = LEAD.min(granted / 2);
                self.state = State::Bound { refresh_at: now + (granted - lead), expires_at: now + granted };
                desk.log(Severity::Notice, format!("Ext {}: registered for {} s", self.line, granted.as_secs()));
            }
            // RFC 3261 §10.2.8: a longer interval, once for each value told.
            423 => match response.number("Min-Expires").filter(|least| *least > self.expires) {
                Some(least) => {
                    self.expires = least;
                    self.attempt(None, desk, now);
                }
                None => self.failed(policy::long_interval(desk), desk, now),
            },
            503 if response.number("Retry-After").is_some_and(|after| after > 0) => {
                let after = response.number("Retry-After").unwrap_or_default();
                self.failed(Duration::from_secs(u64::from(after.min(86_400))), desk, now);
            }
            _ => {
                desk.log(Severity::Error, format!("Ext {}: registration refused: {code}", self.line));
                self.failed(policy::long_interval(desk), desk, now);
            }
        }
    }

    /// No answer came, or the request could not be sent.
    pub(super) fn unanswered(&mut self, desk: &mut Desk, now: Instant) {
        match self.state {
            State::Trying { .. } if self.flow.tries_another_port() => self.attempt(None, desk, now),
            State::Trying { .. } => {
                desk.log(Severity::Error, format!("Ext {}: the registrar does not answer", self.line));
                self.abandon(desk, now);
                self.failures = self.failures.saturating_add(1);
                let wait = self.short_interval(self.failures, desk);
                self.failed(wait, desk, now);
            }
            State::Off | State::Bound { .. } | State::Waiting { .. } | State::Leaving { .. } => {}
        }
    }

    /// The registrar answered the end of the binding; without a response, it did not.
    pub(super) fn left(&mut self, response: Option<(TxnId, &Message)>, desk: &mut Desk, now: Instant) {
        if let Some((txn, response)) = response {
            if response.code().is_some_and(|code| code < 200) {
                return;
            }
            if let Some(number) = desk.retry(txn, response, now) {
                self.sequence = number;
                return;
            }
        }
        if let State::Leaving { again } = self.state {
            self.state = State::Off;
            self.hang_up(desk, now);
            if again {
                self.attempt(None, desk, now);
            }
        }
    }

    /// Its line.
    pub(super) fn line(&self) -> u8 {
        self.line
    }

    /// Whether it waits to be tried again.
    pub(super) fn waits(&self) -> bool {
        matches!(self.state, State::Waiting { .. })
    }

    fn failed(&mut self, wait: Duration, desk: &mut Desk, now: Instant) {
        let spread = seconds(&desk.settings, "Reg_Retry_Random_Delay", 0.0);
        let micros = u64::try_from(spread.as_micros()).unwrap_or(0);
        let extra = Duration::from_micros(desk.random.range(0, micros));
        self.state = State::Waiting { retry_at: now + wait + extra };
    }

    /// `Reg Retry Intvl`, doubled for each failure in a row up to `Reg Retry Intvl Cap` when that is set.
    fn short_interval(&self, failures: u32, desk: &Desk) -> Duration {
        let interval = seconds(&desk.settings, "Reg_Retry_Intvl", 30.0).max(Duration::from_secs(1));
        let cap = seconds(&desk.settings, "Reg_Retry_Intvl_Cap", 0.0);
        if cap.is_zero() {
            return interval;
        }
        let doublings = failures.saturating_sub(1).min(MAX_DOUBLINGS);
        (interval * 2_u32.saturating_pow(doublings)).min(cap.max(interval))
    }

    /// What the line shows.
    pub(super) fn shown(&self, registers: bool, now: Instant) -> (Shown, Option<u64>, Option<u64>) {
        let shown = match (self.bound(now), registers) {
            (true, _) => Shown::Registered,
            (false, true) => Shown::NotRegistered,
            (false, false) => Shown::NotConfigured,
        };
        let next = self.deadline().filter(|_| !matches!(self.state, State::Trying { .. }));
        (shown, self.last_at, next.map(|at| at.since(now).as_secs()))
    }
}
