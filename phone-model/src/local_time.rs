//! Local time: the time zone of Voice > Regional with its daylight saving rule, or the offset that DHCP told (option 2, RFC 2132 §3.4).
//!
//! The guide: with Ignore DHCP Time Offset Yes the zone and offset of the phone count, with No those of the DHCP server. Where it is silent: a
//! server's offset is the whole of it, so no daylight saving is added; a rule that cannot be read is none.

use crate::settings::Settings;
use time::{Date, Month, OffsetDateTime, Time, Weekday};

const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

/// Seconds that local time is ahead of UTC at `unix`. `dhcp` is the offset that DHCP told, if it is to be used.
pub fn offset(settings: &Settings, dhcp: Option<i32>, unix: u64) -> i64 {
    let Ok(unix) = i64::try_from(unix) else { return 0 };
    if let Some(offset) = dhcp {
        return i64::from(offset);
    }
    let zone = settings.text("Time_Zone").trim();
    let zone = span(zone.strip_prefix("GMT").unwrap_or(zone), ':').unwrap_or(0);
    let standard = zone + span(settings.text("Time_Offset__HH_mm_"), '/').unwrap_or(0);
    let rule = settings.yes("Daylight_Saving_Time_Enable").then(|| settings.text("Daylight_Saving_Time_Rule"));
    standard + rule.and_then(|rule| saving(rule, unix + standard)).unwrap_or(0)
}

/// Unix seconds on the clock of somebody who is that far ahead.
pub fn shifted(unix: u64, offset: i64) -> u64 {
    unix.saturating_add_signed(offset)
}

/// `[+-]hh[:mm[:ss]]` in seconds, with `also` as another separator.
fn span(text: &str, also: char) -> Option<i64> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut seconds = 0;
    let mut unit = HOUR;
    for part in digits.split([':', also]) {
        let number: i64 = part.trim().parse().ok().filter(|number| (0..=99).contains(number))?;
        seconds += number * unit;
        unit /= 60;
    }
    Some(sign * seconds)
}

/// What the rule `start=…;end=…;save=…` adds at the local standard time `now`, Unix seconds.
fn saving(rule: &str, now: i64) -> Option<i64> {
    let part = |name: &str| rule.split(';').find_map(|part| part.trim().strip_prefix(name)?.trim().strip_prefix('='));
    let save = span(part("save")?, ':')?;
    let year = OffsetDateTime::from_unix_timestamp(now).ok()?.year();
    let start = change(part("start")?, year)?;
    // The end is told on the clock that is in force before it, which is ahead.
    let end = change(part("end")?, year)? - save;
    let on = if start <= end { (start..end).contains(&now) } else { now >= start || now < end };
    on.then_some(save)
}

/// `month/day/weekday[/time]` in Unix seconds of that clock. Weekday 1 is Monday and 7 Sunday, on or after the day; 0 is the day itself; day
/// -1 is the last such weekday of the month, another negative day the weekday on or before it.
fn change(text: &str, year: i32) -> Option<i64> {
    let mut parts = text.splitn(4, '/').map(str::trim);
    let month: Month = parts.next()?.parse::<u8>().ok()?.try_into().ok()?;
    let day: i8 = parts.next()?.parse().ok()?;
    let weekday: u8 = parts.next()?.parse().ok().filter(|weekday| *weekday <= 7)?;
    let at = parts.next().map_or(Some(0), |time| span(time, ':'))?;
    let last = month.length(year);
    let number = if day == -1 { last } else { day.unsigned_abs() };
    let date = Date::from_calendar_date(year, month, number.min(last)).ok()?;
    let days = match weekday {
        0 => 0,
        _ if day < 0 => -i64::from((7 + date.weekday().number_from_monday() - weekday) % 7),
        _ => i64::from((7 + weekday - date.weekday().number_from_monday()) % 7),
    };
    Some(date.with_time(Time::MIDNIGHT).assume_utc().unix_timestamp() + days * DAY + at)
}

/// `MM/DD/YY HH:MM` without seconds, and the day before it, for the screen.
pub fn on_screen(unix: u64) -> String {
    let at = i64::try_from(unix).ok().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    at.map_or_else(String::new, |at| {
        let day = match at.weekday() {
            Weekday::Monday => "Mon",
            Weekday::Tuesday => "Tue",
            Weekday::Wednesday => "Wed",
            Weekday::Thursday => "Thu",
            Weekday::Friday => "Fri",
            Weekday::Saturday => "Sat",
            Weekday::Sunday => "Sun",
        };
        format!("{day} {:02}/{:02} {:02}:{:02}", u8::from(at.month()), at.day(), at.hour(), at.minute())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    const RULE: &str = "start=3/-1/7/2;end=10/-1/7/2;save=1";

    fn settings(zone: &str, offset: &str, rule: &str) -> Settings {
        let enabled = if rule.is_empty() { "No" } else { "Yes" };
        let values = [
            ("Time_Zone", zone),
            ("Time_Offset__HH_mm_", offset),
            ("Daylight_Saving_Time_Rule", rule),
            ("Daylight_Saving_Time_Enable", enabled),
        ];
        Settings::of(values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    fn at(settings: &Settings, utc: OffsetDateTime) -> i64 {
        offset(settings, None, utc.unix_timestamp().unsigned_abs())
    }

    #[test]
    fn the_zone_and_the_offset_add_up() {
        let winter = datetime!(2026-01-15 12:00 UTC);
        assert_eq!(at(&settings("GMT-08:00", "", ""), winter), -8 * HOUR);
        assert_eq!(at(&settings("GMT+05:30", "-00/15", ""), winter), 5 * HOUR + 900);
        assert_eq!(at(&settings("nonsense", "x", ""), winter), 0);
    }

    #[test]
    fn daylight_saving_begins_and_ends_at_two_of_the_clock_in_force() {
        let berlin = settings("GMT+01:00", "", RULE);
        let cases = [
            (datetime!(2026-03-29 00:59:59 UTC), 1),
            (datetime!(2026-03-29 01:00:00 UTC), 2),
            (datetime!(2026-10-24 23:59:59 UTC), 2),
            (datetime!(2026-10-25 00:00:00 UTC), 1),
        ];
        for (utc, hours) in cases {
            assert_eq!(at(&berlin, utc), hours * HOUR, "{utc}");
        }
    }

    #[test]
    fn in_the_south_the_saving_goes_over_new_year() {
        let sydney = settings("GMT+10:00", "", "start=10/1/7/2;end=4/1/7/3;save=1");
        assert_eq!(at(&sydney, datetime!(2026-01-15 00:00 UTC)), 11 * HOUR);
        assert_eq!(at(&sydney, datetime!(2026-07-15 00:00 UTC)), 10 * HOUR);
    }

    #[test]
    fn an_offset_of_dhcp_is_the_whole_of_it() {
        let summer = datetime!(2026-07-15 12:00 UTC).unix_timestamp().unsigned_abs();
        assert_eq!(offset(&settings("GMT-08:00", "", RULE), Some(-18_000), summer), -5 * HOUR);
        assert_eq!(offset(&settings("GMT-08:00", "", RULE), Some(0), summer), 0);
    }

    #[test]
    fn days_of_a_month_are_counted_as_the_rule_says() {
        let date = |text: &str| OffsetDateTime::from_unix_timestamp(change(text, 2026).unwrap()).unwrap();
        assert_eq!(date("3/8/7/2:30"), datetime!(2026-03-08 02:30 UTC), "a Sunday, on or after");
        assert_eq!(date("3/9/7"), datetime!(2026-03-15 00:00 UTC));
        assert_eq!(date("3/-9/7"), datetime!(2026-03-08 00:00 UTC), "on or before");
        assert_eq!(date("2/-1/7"), datetime!(2026-02-22 00:00 UTC));
        assert_eq!(date("5/1/0"), datetime!(2026-05-01 00:00 UTC));
        assert_eq!(change("13/1/0", 2026), None);
    }

    #[test]
    fn the_screen_tells_day_and_minute() {
        assert_eq!(on_screen(1_767_225_600), "Thu 01/01 00:00");
    }

    proptest! {
        #[test]
        fn any_settings_give_an_offset(zone in "\\PC{0,12}", more in "[-+0-9/:]{0,12}", rule in "[a-z=;/0-9:-]{0,40}", unix: u64) {
            let _ = offset(&settings(&zone, &more, &rule), None, unix);
            let _ = offset(&settings(&zone, &more, RULE), None, unix);
            let _ = on_screen(unix);
        }
    }
}
