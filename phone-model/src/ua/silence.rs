//! The guide's "DHCP Timeout on Renewal": a request of the phone that has had no response, not even a provisional one, for the set time.
//! It counts from the first time that the request was sent, and goes on when the transaction has been given up before.

use crate::sip::transaction::TxnId;
use crate::time::{Duration, Instant};
use std::collections::VecDeque;

/// Requests watched at one time; more than these are sent only when nobody answers anything.
const MOST: usize = 64;

/// Requests that wait for a response.
#[derive(Debug)]
pub(super) struct Silence {
    /// Zero: nobody minds.
    limit: Duration,
    /// In the order in which they become too old.
    waiting: VecDeque<(Instant, TxnId)>,
}

impl Silence {
    /// Watches for requests that had no response for `limit`; never when that is zero.
    pub(super) fn new(limit: Duration) -> Self {
        Silence { limit, waiting: VecDeque::new() }
    }

    /// A request was sent.
    pub(super) fn sent(&mut self, txn: TxnId, now: Instant) {
        if !self.limit.is_zero() && self.waiting.len() < MOST {
            self.waiting.push_back((now + self.limit, txn));
        }
    }

    /// A response to it came.
    pub(super) fn answered(&mut self, txn: TxnId) {
        self.waiting.retain(|(_, waiting)| *waiting != txn);
    }

    /// When [`Silence::wake`] has something to tell.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.waiting.front().map(|(due, _)| *due)
    }

    /// Whether a request has become too old; each does so once.
    pub(super) fn wake(&mut self, now: Instant) -> bool {
        let mut silent = false;
        while self.waiting.pop_front_if(|(due, _)| *due <= now).is_some() {
            silent = true;
        }
        silent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_without_response_is_told_once_after_the_limit() {
        let mut silence = Silence::new(Duration::from_secs(16));
        silence.sent(TxnId(1), Instant::from_secs(10));
        assert_eq!(silence.deadline(), Some(Instant::from_secs(26)));
        assert!(!silence.wake(Instant::from_millis(25_999)));
        assert!(silence.wake(Instant::from_secs(26)));
        assert!(!silence.wake(Instant::from_secs(60)));
    }

    #[test]
    fn a_response_to_one_request_says_nothing_of_another() {
        let mut silence = Silence::new(Duration::from_secs(16));
        silence.sent(TxnId(1), Instant::ZERO);
        silence.sent(TxnId(2), Instant::from_secs(1));
        silence.answered(TxnId(1));
        assert_eq!(silence.deadline(), Some(Instant::from_secs(17)));
        silence.answered(TxnId(2));
        assert_eq!(silence.deadline(), None);
    }

    #[test]
    fn no_limit_is_no_watch() {
        let mut silence = Silence::new(Duration::ZERO);
        silence.sent(TxnId(1), Instant::ZERO);
        assert_eq!(silence.deadline(), None);
    }
}
