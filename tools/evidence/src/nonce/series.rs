//! Tests of one series of numbers. Each is passed by random numbers except with the probability that stands at it.

use std::collections::HashSet;

use super::decode::Part;
use super::{ENOUGH, Movement, NonceFinding, Unit};

const DAY_SECONDS: u64 = 86_400;
/// From 1900, where NTP begins, to 1970.
const NTP_SECONDS: i128 = 2_208_988_800;
const UNITS: [(Unit, u64); 4] = [
    (Unit::Seconds, 1_000_000_000),
    (Unit::Milliseconds, 1_000_000),
    (Unit::Microseconds, 1_000),
    (Unit::Nanoseconds, 1),
];

/// The plainest counter: equal steps before small steps before mere order.
pub(super) fn counter(parts: &[Part]) -> Option<NonceFinding> {
    let tests: [fn(&Part) -> Option<Movement>; 3] = [equal_steps, small_steps, order];
    let found = tests.iter().find_map(|test| parts.iter().find_map(|part| Some((part, test(part)?))));
    found.map(|(part, movement)| NonceFinding::Counter { part: part.name.clone(), movement })
}

/// The first part that follows the clock.
pub(super) fn clock(parts: &[Part], times: &[u64]) -> Option<NonceFinding> {
    let follows = |part: &&Part| part.bits.is_none_or(|bits| bits >= 32);
    parts.iter().filter(follows).find_map(|part| {
        let (unit, _) = UNITS.into_iter().find(|(_, unit)| is_clock(part, times, *unit))?;
        Some(NonceFinding::Clock { part: part.name.clone(), unit })
    })
}

/// Random: 2^(-bits·(n-2)), at most 2^-112.
fn equal_steps(part: &Part) -> Option<Movement> {
    let mut steps = steps(part)?;
    let first = steps.next()?;
    steps.all(|step| step == first).then_some(Movement::EqualSteps)
}

/// Random: 2·2^(-8·(n-1)), at most 2^-119. Windows of one octet have no such steps.
fn small_steps(part: &Part) -> Option<Movement> {
    let bits = part.bits.filter(|bits| *bits >= 16)?;
    let (small, mask) = (1u64 << (bits - 8), mask(bits));
    let up = steps(part)?.all(|step| (1..small).contains(&step));
    let down = steps(part)?.all(|step| (1..small).contains(&(step.wrapping_neg() & mask)));
    (up || down).then_some(Movement::SmallSteps)
}

/// In order, with at least [`ENOUGH`] different values. Random: 2/16!.
fn order(part: &Part) -> Option<Movement> {
    let pairs = || part.values.iter().zip(part.values.iter().skip(1));
    let movement = if pairs().all(|(before, after)| before <= after) {
        Movement::Rising
    } else if pairs().all(|(before, after)| before >= after) {
        Movement::Falling
    } else {
        return None;
    };
    let different: HashSet<u64> = part.values.iter().copied().collect();
    (different.len() >= ENOUGH).then_some(movement)
}

/// Differences modulo the width. None where numbers do not wrap.
fn steps(part: &Part) -> Option<impl Iterator<Item = u64>> {
    let mask = mask(part.bits?);
    let pairs = part.values.iter().zip(part.values.iter().skip(1));
    Some(pairs.map(move |(before, after)| after.wrapping_sub(*before) & mask))
}

fn mask(bits: u32) -> u64 {
    u64::MAX >> (64 - bits.clamp(1, 64))
}

/// Either all values lie within a day of the time of day (random, 32 bits: (2·86,400/2^32)^n), or they run with the clock from any start:
/// over at least eight units, value less time stays within two units or a hundredth of the span (random: (1/40)^(n-1)).
fn is_clock(part: &Part, times: &[u64], unit: u64) -> bool {
    let day = i128::from(DAY_SECONDS) * i128::from(1_000_000_000 / unit);
    let offsets = || part.values.iter().zip(times).map(|(value, time)| i128::from(*value) - i128::from(time / unit));
    let near = |epoch: i128| offsets().all(|offset| (offset - epoch).abs() <= day);
    if near(0) || (unit == 1_000_000_000 && near(NTP_SECONDS)) {
        return true;
    }
    let span = |values: &[u64]| values.iter().max().zip(values.iter().min()).map_or(0, |(high, low)| high - low);
    let elapsed = span(times) / unit;
    let allowed = i128::from((elapsed / 100).max(2));
    let mut reach: Option<(i128, i128)> = None;
    let together = offsets().all(|offset| {
        let (low, high) = reach.map_or((offset, offset), |(low, high)| (low.min(offset), high.max(offset)));
        reach = Some((low, high));
        high - low <= allowed
    });
    together && elapsed >= 8 && span(&part.values) >= elapsed / 2
}
