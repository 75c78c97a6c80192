//! The phone's clock: monotonic time since this boot, and the time of day. The only place that asks the system.

use crate::time::{Duration, Instant};
use std::time::SystemTime;
use time::OffsetDateTime;

/// The clock of one boot.
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

    /// Unix seconds of the boot.
    pub(super) fn booted_at(&self) -> u64 {
        unix(self.booted_at)
    }

    /// Unix seconds of an instant of this boot.
    pub(super) fn unix_of(&self, instant: Instant) -> u64 {
        unix(self.booted_at + instant.since(Instant::ZERO))
    }

    /// The instant of this boot at which it is `unix` seconds; power-on when that is past.
    pub(super) fn instant_of(&self, unix: u64) -> Instant {
        Instant::ZERO + Duration::from_secs(unix.saturating_sub(self.booted_at()))
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

/// Unix seconds now.
pub(super) fn unix_now() -> u64 {
    unix(SystemTime::now())
}

/// The time of day, UTC.
pub(super) fn time_of_day() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// The time of day as XML Schema writes it, UTC.
pub(super) fn xml_now() -> String {
    let at = time_of_day();
    let (date, month) = (at.date(), u8::from(at.month()));
    format!("{:04}-{month:02}-{:02}T{:02}:{:02}:{:02}Z", date.year(), at.day(), at.hour(), at.minute(), at.second())
}

fn unix(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
