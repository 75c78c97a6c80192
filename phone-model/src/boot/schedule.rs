//! When the phone resyncs by itself (phone-facts §2.2): after a reset, periodically, and again after a failure. Pure.

use crate::defects::{Defect, Defects};
use crate::random::Random;
use crate::settings::Settings;
use crate::time::{Duration, Instant};

/// The next resync that nobody asks for.
#[derive(Debug)]
pub(super) struct Schedule {
    defects: Defects,
    random: Random,
    next: Option<Instant>,
    failures: usize,
}

impl Schedule {
    /// Nothing is planned.
    pub(super) fn new(defects: Defects, random: Random) -> Self {
        Schedule { defects, random, next: None, failures: 0 }
    }

    /// When to resync.
    pub(super) const fn deadline(&self) -> Option<Instant> {
        self.next
    }

    /// The phone has its address: with `Resync_On_Reset` it resyncs within `Resync_Random_Delay`, counted in `unit`.
    pub(super) fn reset(&mut self, settings: &Settings, unit: Duration, now: Instant) {
        if !settings.yes("Resync_On_Reset") {
            return self.settled(settings, now);
        }
        let units = delay(settings.text("Resync_Random_Delay"), 0).map_or(0, |(seconds, spread)| seconds + spread);
        let longest = u64::try_from(unit.as_millis()).unwrap_or(u64::MAX).saturating_mul(units);
        self.next = Some(now + Duration::from_millis(self.random.range(0, longest)));
    }

    /// One begins.
    pub(super) fn begun(&mut self) {
        self.next = None;
    }

    /// It is done, or there was nothing to do: the next comes after `Resync_Periodic`.
    pub(super) fn settled(&mut self, settings: &Settings, now: Instant) {
        self.failures = 0;
        self.next = self.after(settings.text("Resync_Periodic"), 0, now);
    }

    /// It failed: again after `Resync_Error_Retry_Delay`; its first item counts for the first failure, its last for all that follow.
    pub(super) fn failed(&mut self, settings: &Settings, now: Instant) {
        let retry = if self.defects.has(Defect::ProvisioningNeverRetries) {
            None
        } else {
            self.after(settings.text("Resync_Error_Retry_Delay"), self.failures, now)
        };
        self.failures += 1;
        self.next = retry.or_else(|| self.after(settings.text("Resync_Periodic"), 0, now));
    }

    /// `n` seconds, or `n` and up to `m` more; never at once, and not at all for 0.
    fn after(&mut self, text: &str, item: usize, now: Instant) -> Option<Instant> {
        let (seconds, spread) = delay(text, item)?;
        let millis = self.random.range(0, spread.saturating_mul(1000));
        (seconds > 0).then(|| now + Duration::from_secs(seconds) + Duration::from_millis(millis))
    }
}

/// An item of a list of delays: `n` or `n+m`. Beyond the end of the list, its last.
fn delay(text: &str, item: usize) -> Option<(u64, u64)> {
    let items: Vec<&str> = text.split(',').collect();
    let item = items.get(item).or_else(|| items.last())?;
    let (seconds, spread) = item.split_once('+').unwrap_or((item, "0"));
    let number = |text: &str| text.trim().parse::<u32>().ok().map(u64::from);
    Some((number(seconds)?, number(spread)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn settings(values: &[(&str, &str)]) -> Settings {
        let standard = [("Resync_On_Reset", "Yes"), ("Resync_Random_Delay", "2"), ("Resync_Periodic", "3600")];
        let all = standard.iter().chain(&[("Resync_Error_Retry_Delay", "60,120+0,300")]).chain(values);
        Settings::of(all.map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<BTreeMap<_, _>>())
    }

    fn schedule(defects: &[Defect]) -> Schedule {
        Schedule::new(Defects::of(defects.iter().copied()), Random::seeded(1))
    }

    const UNIT: Duration = Duration::from_secs(20);

    #[test]
    fn after_a_reset_it_comes_within_the_random_delay() {
        let mut moments = std::collections::BTreeSet::new();
        let mut schedule = schedule(&[]);
        for _ in 0..20 {
            schedule.reset(&settings(&[]), UNIT, Instant::from_secs(10));
            assert!(schedule.deadline() >= Some(Instant::from_secs(10)));
            assert!(schedule.deadline() <= Some(Instant::from_secs(50)));
            moments.insert(schedule.deadline());
        }
        assert!(moments.len() > 10);
        schedule.reset(&settings(&[]), Duration::ZERO, Instant::from_secs(10));
        assert_eq!(schedule.deadline(), Some(Instant::from_secs(10)));
        schedule.reset(&settings(&[("Resync_On_Reset", "No")]), UNIT, Instant::from_secs(10));
        assert_eq!(schedule.deadline(), Some(Instant::from_secs(3610)));
    }

    #[test]
    fn it_comes_periodically_and_not_at_all_with_0() {
        let mut schedule = schedule(&[]);
        schedule.settled(&settings(&[]), Instant::from_secs(5));
        assert_eq!(schedule.deadline(), Some(Instant::from_secs(3605)));
        schedule.begun();
        assert_eq!(schedule.deadline(), None);
        schedule.settled(&settings(&[("Resync_Periodic", "0")]), Instant::ZERO);
        assert_eq!(schedule.deadline(), None);
        schedule.settled(&settings(&[("Resync_Periodic", "100+50")]), Instant::ZERO);
        assert!(
            schedule.deadline() >= Some(Instant::from_secs(100))
                && schedule.deadline() <= Some(Instant::from_secs(150))
        );
    }

    #[test]
    fn failures_go_through_the_list_and_a_success_begins_it_anew() {
        let mut schedule = schedule(&[]);
        for after in [60, 120, 300, 300] {
            schedule.failed(&settings(&[]), Instant::ZERO);
            assert_eq!(schedule.deadline(), Some(Instant::from_secs(after)));
        }
        schedule.settled(&settings(&[]), Instant::ZERO);
        schedule.failed(&settings(&[]), Instant::ZERO);
        assert_eq!(schedule.deadline(), Some(Instant::from_secs(60)));
    }

    #[test]
    fn a_phone_that_never_retries_waits_for_the_period() {
        let mut schedule = schedule(&[Defect::ProvisioningNeverRetries]);
        schedule.failed(&settings(&[]), Instant::ZERO);
        assert_eq!(schedule.deadline(), Some(Instant::from_secs(3600)));
    }
}
