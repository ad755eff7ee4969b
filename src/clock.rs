//! Wall-clock time: the only place that asks for it.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use jiff::{SignedDuration, Timestamp};

/// Seconds by which the clock is wrong on purpose.
static SKEW_S: AtomicI64 = AtomicI64::new(0);

/// Microseconds since the epoch: the form in which times are stored on both databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(pub i64);

impl Micros {
    pub fn now() -> Self {
        Self(now().as_microsecond())
    }

    /// RFC 3339 in UTC with seconds precision, as templates and API clients see it.
    /// To the second.
    pub fn to_rfc3339(self) -> String {
        match Timestamp::from_second(self.0.div_euclid(1_000_000)) {
            Ok(timestamp) => timestamp.to_string(),
            Err(_) => String::new(),
        }
    }

    /// A time as RFC 3339 has it.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<Timestamp>().ok().map(|time| Self(time.as_microsecond()))
    }

    /// To the microsecond.
    pub fn to_rfc3339_exact(self) -> String {
        Timestamp::from_microsecond(self.0).map_or_else(|_| String::new(), |timestamp| timestamp.to_string())
    }
}

pub fn now() -> Timestamp {
    let now = Timestamp::now();
    match SKEW_S.load(Relaxed) {
        0 => now,
        skew_s => now.saturating_add(SignedDuration::from_secs(skew_s)).unwrap_or(now),
    }
}

/// Sets the clock of this process wrong by so many seconds, for fault injection.
pub(crate) fn set_skew_s(skew_s: i64) {
    SKEW_S.store(skew_s, Relaxed);
}

/// Seconds since the epoch with a fraction.
pub fn unix_seconds() -> f64 {
    now().as_microsecond() as f64 / 1e6
}
