//! One kept trace, as it is in memory and on disk.

use std::borrow::Cow;

pub use crate::telemetry::scope::Story;

/// Where the time of one request went. Names and numbers alone: no values, no query of a URL, nobody's address.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Trace {
    /// 32 hex digits.
    pub trace_id: String,
    /// When the request began, in microseconds since the epoch.
    pub at_us: i64,
    /// A value of [`KeepReason`](crate::telemetry::label::KeepReason).
    pub reason: Cow<'static, str>,
    pub route: Cow<'static, str>,
    pub method: Cow<'static, str>,
    pub status: u16,
    /// Empty when it did not fail, or failed in no special way.
    pub failure: Cow<'static, str>,
    /// `hit`, `miss`, `stale`, or empty.
    pub cache: Cow<'static, str>,
    /// Without its query; empty for what no route takes.
    pub path: String,
    pub duration_us: u64,
    pub bytes: u64,
    /// Microseconds by phase, as in `vitrine_http_phase_seconds_total`; none for an answer from the cache.
    pub phases: Vec<(Cow<'static, str>, u64)>,
    pub queries: u32,
    pub rows: u64,
    pub story: Story,
    pub version: Cow<'static, str>,
    pub commit: Cow<'static, str>,
    /// Tells one configuration from another.
    pub config: String,
}

impl Trace {
    /// Microseconds of a phase.
    pub fn phase_us(&self, name: &str) -> u64 {
        self.phases.iter().find(|(phase, _)| phase == name).map_or(0, |(_, time)| *time)
    }

    /// When it began, RFC 3339 in UTC.
    pub fn began(&self) -> String {
        crate::clock::Micros(self.at_us).to_rfc3339()
    }
}
