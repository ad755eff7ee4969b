//! When tasks come back: every so often, or at a time of day in a time zone.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _, Zoned};

use crate::clock::Micros;

/// Shortest and longest interval of `every`.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// `every 15m`, `daily 03:30 Europe/Berlin` or `weekly mon 04:00 Europe/Berlin`; without a zone, UTC.
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    Every(Duration),
    /// On one day of the week, or on all of them.
    At {
        day: Option<Weekday>,
        time: Time,
        zone: TimeZone,
    },
}

/// What is wrong with a schedule.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}: write \"every 15m\", \"daily 03:30 Europe/Berlin\" or \"weekly mon 04:00 Europe/Berlin\"")]
pub struct ScheduleError(String);

impl Schedule {
    /// The first time after `last`. A time of day that the clocks skip in spring is taken when they are put forward; one
    /// that comes twice in autumn is taken once.
    pub fn after(&self, last: Micros) -> Micros {
        match self {
            Self::Every(interval) => Micros(last.0.saturating_add(interval.as_micros() as i64)),
            Self::At { day, time, zone } => {
                let last = Timestamp::from_microsecond(last.0).unwrap_or_default();
                let next = next_at(&last.to_zoned(zone.clone()), *day, *time);
                Micros(next.map_or(i64::MAX, |next| next.timestamp().as_microsecond()))
            }
        }
    }

    /// The longest time between two runs, in seconds.
    pub fn interval_s(&self) -> f64 {
        match self {
            Self::Every(interval) => interval.as_secs_f64(),
            Self::At { day: None, .. } => 86_400.0,
            Self::At { day: Some(_), .. } => 7.0 * 86_400.0,
        }
    }
}

/// `None` at the end of the calendar.
fn next_at(last: &Zoned, day: Option<Weekday>, time: Time) -> Option<Zoned> {
    let mut date = last.date();
    loop {
        if day.is_none_or(|day| date.weekday() == day) {
            let at = date.to_datetime(time).to_zoned(last.time_zone().clone()).ok()?;
            if at > *last {
                return Some(at);
            }
        }
        date = date.checked_add(1.day()).ok()?;
    }
}

impl FromStr for Schedule {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["every", interval] => parse_interval(interval).map(Self::Every),
            ["daily", time] => at(None, time, "UTC"),
            ["daily", time, zone] => at(None, time, zone),
            ["weekly", day, time] => at(Some(weekday(day)?), time, "UTC"),
            ["weekly", day, time, zone] => at(Some(weekday(day)?), time, zone),
            _ => Err(ScheduleError(format!("{text:?} is no schedule"))),
        }
    }
}

fn at(day: Option<Weekday>, time: &str, zone: &str) -> Result<Schedule, ScheduleError> {
    let known = time.len() == 5 && time.as_bytes()[2] == b':';
    let time = time.parse::<Time>().ok().filter(|_| known);
    let time = time.ok_or_else(|| ScheduleError("the time of day is wrong".to_owned()))?;
    let zone = TimeZone::get(zone).map_err(|_| ScheduleError(format!("there is no time zone {zone:?}")))?;
    Ok(Schedule::At { day, time, zone })
}

fn weekday(text: &str) -> Result<Weekday, ScheduleError> {
    Ok(match text {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return Err(ScheduleError(format!("{text:?} is no day: mon tue wed thu fri sat sun"))),
    })
}

fn parse_interval(text: &str) -> Result<Duration, ScheduleError> {
    let wrong = || ScheduleError(format!("{text:?} is no interval such as 30s, 15m, 6h or 2d"));
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number: u64 = text.strip_suffix(unit).and_then(|number| number.parse().ok()).ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let interval = Duration::from_secs(number.saturating_mul(seconds));
    if !(SHORTEST..=LONGEST).contains(&interval) {
        return Err(ScheduleError(format!("{text:?} is shorter than a second or longer than a year")));
    }
    Ok(interval)
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every(interval) => write!(f, "every {}s", interval.as_secs()),
            Self::At { day, time, zone } => {
                let zone = zone.iana_name().unwrap_or("UTC");
                let time = format!("{:02}:{:02}", time.hour(), time.minute());
                match day {
                    None => write!(f, "daily {time} {zone}"),
                    Some(day) => {
                        let day = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
                            [day.to_monday_zero_offset().unsigned_abs() as usize];
                        write!(f, "weekly {day} {time} {zone}")
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Micros {
        Micros(text.parse::<Timestamp>().expect("a time").as_microsecond())
    }

    fn next(schedule: &str, last: &str) -> String {
        let schedule: Schedule = schedule.parse().expect("a schedule");
        assert_eq!(schedule.to_string().parse::<Schedule>(), Ok(schedule.clone()), "it reads what it writes");
        schedule.after(at(last)).to_rfc3339()
    }

    #[test]
    fn a_time_of_day_follows_its_zone_through_summer_time() {
        assert_eq!(next("every 15m", "2026-03-28T12:00:00Z"), "2026-03-28T12:15:00Z");
        assert_eq!(next("daily 03:30", "2026-03-28T03:29:59Z"), "2026-03-28T03:30:00Z");
        assert_eq!(next("daily 03:30", "2026-03-28T03:30:00Z"), "2026-03-29T03:30:00Z");
        assert_eq!(next("daily 03:30 Europe/Berlin", "2026-03-28T12:00:00Z"), "2026-03-29T01:30:00Z", "summer time");
        assert_eq!(next("daily 03:30 Europe/Berlin", "2026-10-24T12:00:00Z"), "2026-10-25T02:30:00Z", "winter time");
        assert_eq!(next("weekly mon 04:00 America/New_York", "2026-11-21T12:00:00Z"), "2026-11-23T09:00:00Z");
    }

    #[test]
    fn a_time_that_is_skipped_or_comes_twice_is_taken_once() {
        // On 29 March 2026 the clocks go from 2:00 to 3:00, on 25 October from 3:00 back to 2:00.
        assert_eq!(next("daily 02:30 Europe/Berlin", "2026-03-28T12:00:00Z"), "2026-03-29T01:30:00Z");
        let first = next("daily 02:30 Europe/Berlin", "2026-10-24T12:00:00Z");
        assert_eq!(first, "2026-10-25T00:30:00Z");
        assert_eq!(next("daily 02:30 Europe/Berlin", &first), "2026-10-26T01:30:00Z");
    }

    #[test]
    fn what_is_no_schedule_is_refused_with_its_reason() {
        for (text, reason) in [
            ("", "\"\" is no schedule"),
            ("hourly", "is no schedule"),
            ("every 5", "is no interval"),
            ("every 0s", "shorter than a second"),
            ("every 99999999d", "longer than a year"),
            ("every \u{1F550}", "is no interval"),
            ("daily 25:00", "time of day is wrong"),
            ("daily 3:30", "time of day is wrong"),
            ("daily 03:30 Europe/Atlantis", "no time zone \"Europe/Atlantis\""),
            ("weekly monday 04:00", "is no day"),
        ] {
            let error = text.parse::<Schedule>().expect_err(text).to_string();
            assert!(error.contains(reason) && error.contains("every 15m"), "{text}: {error}");
        }
    }
}
