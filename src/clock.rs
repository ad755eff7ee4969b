//! Wall-clock time: the only place that asks for it.

use jiff::Timestamp;

/// Microseconds since the epoch: the form in which times are stored on both databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micros(pub i64);

impl Micros {
    pub fn now() -> Self {
        Self(now().as_microsecond())
    }

    /// RFC 3339 in UTC with seconds precision, as templates and API clients see it.
    pub fn to_rfc3339(self) -> String {
        match Timestamp::from_second(self.0.div_euclid(1_000_000)) {
            Ok(timestamp) => timestamp.to_string(),
            Err(_) => String::new(),
        }
    }
}

pub fn now() -> Timestamp {
    Timestamp::now()
}

/// Seconds since the epoch with a fraction.
pub fn unix_seconds() -> f64 {
    now().as_microsecond() as f64 / 1e6
}
