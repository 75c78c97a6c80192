//! When there is a session (TR-069 §3.7.1.5, §3.2.1.1): events that wait to be told, the period, and the retries of one that failed. Pure.

use crate::random::Random;
use crate::time::{Duration, Instant};

/// An event of the Inform.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// The first contact with this ACS.
    Bootstrap,
    /// The phone has started.
    Boot,
    /// The period is over.
    Periodic,
    /// A parameter changed by another hand.
    ValueChange,
    /// The ACS had asked for the restart; its command key.
    Rebooted(String),
}

impl Event {
    /// Event code and command key.
    pub fn told(&self) -> (&'static str, String) {
        match self {
            Event::Bootstrap => ("0 BOOTSTRAP", String::new()),
            Event::Boot => ("1 BOOT", String::new()),
            Event::Periodic => ("2 PERIODIC", String::new()),
            Event::ValueChange => ("4 VALUE CHANGE", String::new()),
            Event::Rebooted(key) => ("M Reboot", key.clone()),
        }
    }
}

/// How long to wait after a failure (TR-069 §3.2.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// `CWMPRetryMinimumWaitInterval`, seconds.
    pub minimum: u16,
    /// `CWMPRetryIntervalMultiplier`, thousandths.
    pub multiplier: u16,
}

impl Default for Backoff {
    fn default() -> Self {
        Backoff { minimum: 5, multiplier: 2000 }
    }
}

impl Backoff {
    /// Shortest and longest wait before the `n`th retry, milliseconds. From the tenth on they stay the same.
    fn range(self, n: u32) -> (u64, u64) {
        let factor = f64::from(self.multiplier.max(1000)) / 1000.0;
        let shortest = f64::from(self.minimum) * 1000.0 * factor.powi(i32::try_from(n.clamp(1, 10)).unwrap_or(10) - 1);
        let millis = |value: f64| value.clamp(0.0, 1e12) as u64;
        (millis(shortest), millis(shortest * factor))
    }
}

/// Events that wait, and when to tell them.
#[derive(Debug)]
pub struct Informs {
    waiting: Vec<Event>,
    /// Those that a session tells at this moment.
    telling: Vec<Event>,
    failures: u32,
    next: Option<Instant>,
    period: Option<Duration>,
    periodic: Option<Instant>,
    backoff: Backoff,
    random: Random,
}

impl Informs {
    /// Nothing waits.
    pub fn new(random: Random) -> Self {
        Informs {
            waiting: Vec::new(),
            telling: Vec::new(),
            failures: 0,
            next: None,
            period: None,
            periodic: None,
            backoff: Backoff::default(),
            random,
        }
    }

    /// Another period, none for never; it counts from `now`.
    pub fn set_period(&mut self, period: Option<Duration>, now: Instant) {
        if period != self.period {
            self.period = period;
            self.periodic = period.map(|period| now + period);
        }
    }

    /// Another patience.
    pub fn set_backoff(&mut self, backoff: Backoff) {
        self.backoff = backoff;
    }

    /// Something happened that the ACS is to hear. While a retry waits, it waits with it.
    pub fn happened(&mut self, event: Event, now: Instant) {
        if !self.waiting.contains(&event) {
            self.waiting.push(event);
        }
        if self.failures == 0 && self.telling.is_empty() {
            self.next = Some(now);
        }
    }

    /// When to begin a session; never during one.
    pub fn deadline(&self) -> Option<Instant> {
        if self.telling.is_empty() { crate::time::earliest(self.next, self.periodic) } else { None }
    }

    /// When the next periodic session is due.
    pub const fn periodic(&self) -> Option<Instant> {
        self.periodic
    }

    /// Begins a session: its events in the order of their codes, and how many failed before.
    pub fn begin(&mut self, now: Instant) -> (Vec<Event>, u32) {
        if self.periodic.is_some_and(|at| at <= now) {
            self.periodic = self.period.map(|period| now + period);
            if !self.waiting.contains(&Event::Periodic) {
                self.waiting.push(Event::Periodic);
            }
        }
        self.next = None;
        self.telling = std::mem::take(&mut self.waiting);
        self.telling.sort();
        (self.telling.clone(), self.failures)
    }

    /// The ACS has heard them.
    pub fn succeeded(&mut self, now: Instant) {
        self.telling.clear();
        self.failures = 0;
        self.next = (!self.waiting.is_empty()).then_some(now);
    }

    /// It has not: again later, with all that waits (§3.2.1.1).
    pub fn failed(&mut self, now: Instant) {
        for event in std::mem::take(&mut self.telling) {
            if !self.waiting.contains(&event) {
                self.waiting.push(event);
            }
        }
        self.failures = self.failures.saturating_add(1);
        let (shortest, longest) = self.backoff.range(self.failures);
        self.next = Some(now + Duration::from_millis(self.random.range(shortest, longest)));
    }

    /// Forgets everything: there is no ACS any more.
    pub fn stop(&mut self) {
        *self = Informs::new(self.random.fork());
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_secs(seconds)
    }

    #[test]
    fn events_are_told_at_once_and_in_the_order_of_their_codes() {
        let mut informs = Informs::new(Random::seeded(1));
        assert_eq!(informs.deadline(), None);
        informs.happened(Event::Boot, at(3));
        informs.happened(Event::Bootstrap, at(3));
        informs.happened(Event::Boot, at(3));
        assert_eq!(informs.deadline(), Some(at(3)));
        assert_eq!(informs.begin(at(3)), (vec![Event::Bootstrap, Event::Boot], 0));
        assert_eq!(informs.deadline(), None, "one session at a time");
        informs.happened(Event::ValueChange, at(4));
        assert_eq!(informs.deadline(), None);
        informs.succeeded(at(5));
        assert_eq!(informs.begin(informs.deadline().unwrap()).0, [Event::ValueChange]);
    }

    #[test]
    fn a_period_brings_an_inform_again_and_again() {
        let mut informs = Informs::new(Random::seeded(1));
        informs.set_period(Some(Duration::from_secs(20)), at(0));
        informs.set_period(Some(Duration::from_secs(20)), at(7));
        for seconds in [20, 40, 60] {
            assert_eq!(informs.deadline(), Some(at(seconds)));
            assert_eq!(informs.begin(at(seconds)).0, [Event::Periodic]);
            informs.succeeded(at(seconds));
        }
        informs.set_period(None, at(61));
        assert_eq!(informs.deadline(), None);
    }

    #[test]
    fn failures_wait_longer_and_longer_and_lose_no_event() {
        let mut informs = Informs::new(Random::seeded(1));
        informs.happened(Event::Boot, at(0));
        for (n, shortest) in [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 2560, 2560].into_iter().enumerate() {
            assert_eq!(informs.begin(at(0)), (vec![Event::Boot], u32::try_from(n).unwrap()));
            informs.failed(at(0));
            let next = informs.deadline().unwrap();
            assert!(next >= at(shortest) && next <= at(2 * shortest), "{n}: {next:?}");
        }
        informs.happened(Event::ValueChange, at(0));
        assert!(informs.deadline().unwrap() > at(0), "it waits with the retry");
        assert_eq!(informs.begin(at(0)).0, [Event::Boot, Event::ValueChange]);
    }

    #[test]
    fn the_network_may_shorten_the_wait() {
        let mut informs = Informs::new(Random::seeded(1));
        informs.set_backoff(Backoff { minimum: 1, multiplier: 1000 });
        informs.happened(Event::Boot, at(0));
        informs.begin(at(0));
        informs.failed(at(0));
        assert_eq!(informs.deadline(), Some(at(1)));
    }

    #[test]
    fn event_codes_are_those_of_the_specification() {
        assert_eq!(Event::Rebooted("k".into()).told(), ("M Reboot", "k".to_owned()));
        assert_eq!(Event::Periodic.told().0, "2 PERIODIC");
    }
}
