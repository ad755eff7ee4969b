//! Times as Django writes them.

use serde_json::Value;

/// Microseconds since the epoch; a time without a zone is in UTC.
pub(super) fn micros(value: Option<&Value>) -> Option<i64> {
    let text = value?.as_str()?;
    let parsed: Option<jiff::Timestamp> = text.parse().ok().or_else(|| {
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    });
    parsed.map(|at| at.as_microsecond())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_read_with_and_without_a_zone() {
        let at = Some(1_769_851_800_000_000);
        for text in ["2026-01-31T09:30:00Z", "2026-01-31T10:30:00+01:00", "2026-01-31T09:30:00", "2026-01-31 09:30:00"]
        {
            assert_eq!(micros(Some(&json!(text))), at, "{text}");
        }
        assert_eq!(micros(Some(&json!(null))), None);
    }
}
