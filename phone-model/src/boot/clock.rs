//! The phone's clock: monotonic time since this boot, and the time of day. The only place that asks the system, and it never sets it: what a
//! time server says is kept as an offset.

use crate::time::{Duration, Instant};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;
use time::OffsetDateTime;

/// The time of day as the phone knows it. Clones share one offset; it outlives a restart, as a clock with its own battery does.
#[derive(Debug, Clone, Default)]
pub(super) struct TimeOfDay(Arc<AtomicI64>);

impl TimeOfDay {
    /// Unix seconds now.
    pub(super) fn unix(&self) -> u64 {
        u64::try_from(self.micros() / 1_000_000).unwrap_or(0)
    }

    /// Now, UTC.
    pub(super) fn utc(&self) -> OffsetDateTime {
        let nanos = i128::from(self.micros()) * 1000;
        OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// It was `unix_micros` as long ago as `since`. Gives the microseconds by which the clock was slow.
    pub(super) fn set(&self, unix_micros: i64, since: Duration) -> i64 {
        let right = unix_micros.saturating_add(i64::try_from(since.as_micros()).unwrap_or(0));
        let step = right.saturating_sub(self.micros());
        self.0.fetch_add(step, Ordering::Relaxed);
        step
    }

    fn micros(&self) -> i64 {
        let system = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(system.as_micros()).unwrap_or(0).saturating_add(self.0.load(Ordering::Relaxed))
    }
}

/// The clock of one boot. Its Unix seconds are the system's: what is kept in flash by them must be found again after a loss of power.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    start: std::time::Instant,
    booted_at: SystemTime,
}

impl Clock {
    /// A clock that starts now.
    pub(super) fn start() -> Self {
        Clock { start: std::time::Instant::now(), booted_at: SystemTime::now() }
    }

    /// Time since the boot.
    pub(super) fn now(&self) -> Instant {
        Instant::ZERO + self.start.elapsed()
    }

    /// Unix seconds of the boot on the clock of `wall`.
    pub(super) fn booted_at(&self, wall: &TimeOfDay) -> u64 {
        wall.unix().saturating_sub(self.start.elapsed().as_secs())
    }

    /// Unix seconds of an instant of this boot.
    pub(super) fn unix_of(&self, instant: Instant) -> u64 {
        unix(self.booted_at + instant.since(Instant::ZERO))
    }

    /// The instant of this boot at which it is `unix` seconds; power-on when that is past.
    pub(super) fn instant_of(&self, unix: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(unix.saturating_sub(self::unix(self.booted_at)))
    }

    /// Sleeps until `deadline`, for ever when there is none.
    pub(super) async fn until(&self, deadline: Option<Instant>) {
        match deadline {
            Some(deadline) => {
                let at = self.start + deadline.since(Instant::ZERO);
                tokio::time::sleep_until(at.into()).await;
            }
            None => std::future::pending().await,
        }
    }
}

/// A time as XML Schema writes it, UTC.
pub(super) fn xml(at: OffsetDateTime) -> String {
    let (date, month) = (at.date(), u8::from(at.month()));
    format!("{:04}-{month:02}-{:02}T{:02}:{:02}:{:02}Z", date.year(), at.day(), at.hour(), at.minute(), at.second())
}

fn unix(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_clock_shows_in_all_its_clones_and_goes_on_from_there() {
        let wall = TimeOfDay::default();
        let clone = wall.clone();
        wall.set(4_000_000_000_000_000, Duration::from_secs(5));
        let seconds = clone.unix();
        assert!((4_000_000_005..4_000_000_035).contains(&seconds), "{seconds}");
        assert_eq!(clone.utc().year(), 2096);
        let step = wall.set(0, Duration::ZERO);
        assert!(step < -3_999_999_000_000_000, "{step}");
        assert!(wall.unix() < 30);
    }
}
