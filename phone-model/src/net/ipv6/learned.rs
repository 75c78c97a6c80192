//! What routers told and how long it holds: default routers, prefixes on the link, name servers, search domains (RFC 4861 §5.1, §6.3.4; RFC 8106
//! §6.1).

use crate::time::{Duration, Instant, earliest};

/// A bounded list of things with an end each. The order is that in which they came.
#[derive(Debug, Clone)]
pub(super) struct Learned<T> {
    items: Vec<(T, Option<Instant>)>,
    most: usize,
}

impl<T: PartialEq> Learned<T> {
    /// A list of at most `most`.
    pub(super) const fn bounded(most: usize) -> Self {
        Learned { items: Vec::new(), most }
    }

    /// Takes a thing in for `life` (`None`: for ever; zero: it goes). When the list is full, a new thing is not learned: those that are in use
    /// stay in use.
    pub(super) fn learn(&mut self, item: T, life: Option<Duration>, now: Instant) {
        let end = life.map(|life| now + life);
        let room = self.items.len() < self.most;
        match self.items.iter_mut().find(|(known, _)| *known == item) {
            Some((_, until)) => *until = end,
            None if room => self.items.push((item, end)),
            None => {}
        }
        self.expire(now);
    }

    /// Drops what has ended; true when something did.
    pub(super) fn expire(&mut self, now: Instant) -> bool {
        let before = self.items.len();
        self.items.retain(|(_, until)| until.is_none_or(|until| until > now));
        self.items.len() < before
    }

    /// The next end.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.items.iter().map(|(_, until)| *until).fold(None, earliest)
    }

    /// The things.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.items.iter().map(|(item, _)| item)
    }
}
