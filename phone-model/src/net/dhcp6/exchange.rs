//! Retransmission of client messages (RFC 8415 §15), and how each kind of message is retransmitted (§7.6, §18.2).

use crate::random::Random;
use crate::time::{Duration, Instant};

/// How a kind of message is retransmitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Schedule {
    /// IRT.
    pub(super) initial: Duration,
    /// MRT; zero is none.
    pub(super) longest: Duration,
    /// MRC; zero is none.
    pub(super) count: u32,
    /// RAND of the first wait is above zero, so that whoever offers has his second (§18.2.1).
    pub(super) upwards: bool,
}

const fn schedule(initial: u64, longest: u64, count: u32) -> Schedule {
    Schedule { initial: Duration::from_secs(initial), longest: Duration::from_secs(longest), count, upwards: false }
}

/// §18.2.2.
pub(super) const REQUEST: Schedule = schedule(1, 30, 10);
/// §18.2.3; its ten seconds are a limit of the exchange.
pub(super) const CONFIRM: Schedule = schedule(1, 4, 0);
/// §18.2.4 and §18.2.5, until T2 and until the addresses end.
pub(super) const RENEW: Schedule = schedule(10, 600, 0);
/// §18.2.7.
pub(super) const RELEASE: Schedule = schedule(1, 0, 4);
/// §18.2.8.
pub(super) const DECLINE: Schedule = schedule(1, 0, 4);

/// §18.2.1, with SOL_MAX_RT.
pub(super) const fn solicit(longest: Duration) -> Schedule {
    Schedule { initial: Duration::from_secs(1), longest, count: 0, upwards: true }
}

/// §18.2.6, with INF_MAX_RT.
pub(super) const fn inform(longest: Duration) -> Schedule {
    Schedule { initial: Duration::from_secs(1), longest, count: 0, upwards: false }
}

/// One message and its copies.
#[derive(Debug)]
pub(super) struct Exchange {
    /// Transaction id, 24 bits (§16.1).
    pub(super) xid: u32,
    /// When the first copy left.
    pub(super) began: Instant,
    /// Copies so far.
    pub(super) sent: u32,
    schedule: Schedule,
    wait: Duration,
    /// When something happens next.
    pub(super) next: Instant,
    /// MRD as an instant.
    end: Option<Instant>,
    /// Whether a refusal in it has been told.
    refused: bool,
}

impl Exchange {
    /// An exchange whose first copy leaves at `now`, and that ends at `end`.
    pub(super) fn new(schedule: Schedule, now: Instant, end: Option<Instant>, random: &mut Random) -> Self {
        let xid = random.u32() & 0x00ff_ffff;
        Exchange { xid, began: now, sent: 0, schedule, wait: Duration::ZERO, next: now, end, refused: false }
    }

    /// Whether this refusal is the first in the exchange: whoever floods it with more fills no log.
    pub(super) fn first_refusal(&mut self) -> bool {
        !std::mem::replace(&mut self.refused, true)
    }

    /// Whether it has failed at `due`: all copies sent, or its time over.
    pub(super) fn over(&self, due: Instant) -> bool {
        (self.schedule.count > 0 && self.sent >= self.schedule.count) || self.end.is_some_and(|end| end <= due)
    }

    /// Counts a copy that leaves at `due`, and tells its elapsed time in hundredths of a second (§21.9). `spread` is the largest RAND in
    /// thousandths: 100.
    pub(super) fn sends(&mut self, due: Instant, spread: u64, random: &mut Random) -> u16 {
        let fresh = self.sent == 0;
        let base = if fresh { self.schedule.initial } else { self.wait * 2 };
        // RT = 2*RTprev + RAND*RTprev; the first is IRT + RAND*IRT, and from MRT on it is MRT + RAND*MRT.
        let of = if fresh { self.schedule.initial } else { self.wait };
        self.wait = varied(base, of, spread, fresh && self.schedule.upwards, random);
        let longest = self.schedule.longest;
        if !longest.is_zero() && self.wait > longest {
            self.wait = varied(longest, longest, spread, false, random);
        }
        self.sent = self.sent.saturating_add(1);
        let next = due + self.wait;
        self.next = self.end.map_or(next, |end| next.min(end));
        u16::try_from(due.since(self.began).as_millis() / 10).unwrap_or(u16::MAX)
    }
}

/// `base` plus RAND times `of`.
fn varied(base: Duration, of: Duration, spread: u64, upwards: bool, random: &mut Random) -> Duration {
    let micros = |duration: Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    let most = micros(of).saturating_mul(spread) / 1000;
    if most == 0 {
        return base;
    }
    let shift = if upwards {
        random.range(most.saturating_add(1), most.saturating_mul(2))
    } else {
        random.range(0, most.saturating_mul(2))
    };
    Duration::from_micros(micros(base).saturating_sub(most).saturating_add(shift))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_wait_for_offers_is_never_under_a_second_and_no_wait_is_off_by_more_than_a_tenth() {
        for seed in 0..200 {
            let mut random = Random::seeded(seed);
            let mut exchange = Exchange::new(solicit(Duration::from_secs(3600)), Instant::ZERO, None, &mut random);
            assert!(exchange.xid < 1 << 24);
            exchange.sends(Instant::ZERO, 100, &mut random);
            let first = exchange.next.as_micros();
            assert!((1_000_001..=1_100_000).contains(&first), "{first}");
            exchange.sends(exchange.next, 100, &mut random);
            let second = exchange.next.as_micros() - first;
            assert!((first * 19 / 10..=first * 21 / 10).contains(&second), "{first} {second}");
        }
    }
}
