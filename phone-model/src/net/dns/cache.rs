//! What the resolver remembers, for as long as the records say.

use crate::time::{Duration, Instant};
use crate::ua::{NotResolved, Query, Records};
use std::collections::BTreeMap;

/// Entries kept; the one that ends first makes room.
const MOST: usize = 256;
/// No answer is kept longer, whatever its TTL (RFC 1035 §7.3 leaves the bound to the resolver).
const LONGEST: Duration = Duration::from_secs(7 * 86_400);

/// Answers by question.
#[derive(Debug, Default)]
pub(super) struct Cache(BTreeMap<Query, (Instant, Result<Records, NotResolved>)>);

impl Cache {
    /// The answer if it still holds, with the lifetime that is left.
    pub(super) fn get(&self, query: &Query, now: Instant) -> Option<Result<Records, NotResolved>> {
        let (end, answer) = self.0.get(query)?;
        let left = end.since(now);
        if left.is_zero() {
            return None;
        }
        Some(match answer {
            Ok(records) => Ok(Records { ttl: left, ..records.clone() }),
            Err(NotResolved::Nothing { .. }) => Err(NotResolved::Nothing { ttl: left }),
            Err(NotResolved::Failed) => return None,
        })
    }

    /// Keeps an answer; a failure says nothing about the name and is not kept.
    pub(super) fn put(&mut self, query: &Query, answer: &Result<Records, NotResolved>, now: Instant) {
        let ttl = match answer {
            Ok(records) => records.ttl,
            Err(NotResolved::Nothing { ttl }) => *ttl,
            Err(NotResolved::Failed) => Duration::ZERO,
        };
        self.0.remove(query);
        if ttl.is_zero() {
            return;
        }
        if self.0.len() >= MOST {
            self.0.retain(|_, (end, _)| *end > now);
        }
        if self.0.len() >= MOST {
            let first = self.0.iter().min_by_key(|(_, (end, _))| *end).map(|(query, _)| query.clone());
            first.and_then(|query| self.0.remove(&query));
        }
        self.0.insert(query.clone(), (now + ttl.min(LONGEST), answer.clone()));
    }
}
