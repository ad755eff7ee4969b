//! Conditional and range requests (RFC 9110, sections 13 and 14): what a client has already,
//! and which part it wants.

use http::header::{IF_NONE_MATCH, IF_RANGE, RANGE};
use http::{HeaderMap, HeaderValue};

/// More ranges than this are an attack or a mistake; the whole is sent instead.
const MAX_RANGES: usize = 16;

/// Whether `If-None-Match` names `etag` (with its quotes): then 304 answers a GET or HEAD.
/// The comparison is weak, as RFC 9110, 13.1.2 has it.
pub fn none_match_names(headers: &HeaderMap, etag: &str) -> bool {
    let wanted = opaque(etag);
    headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|list| list.trim() == "*" || entity_tags(list).any(|tag| opaque(tag) == wanted))
}

/// Whether a `Range` counts: no `If-Range`, or one that is exactly this strong ETag. Dates are
/// not believed, since no `Last-Modified` is sent.
pub fn range_applies(headers: &HeaderMap, etag: &str) -> bool {
    headers.get(IF_RANGE).is_none_or(|value| !etag.starts_with("W/") && value.as_bytes() == etag.as_bytes())
}

fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// The entity tags of a list. A comma may be inside the quotes.
fn entity_tags(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = list;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches([',', ' ', '\t']);
        let open = rest.find('"').filter(|at| matches!(&rest[..*at], "" | "W/"))?;
        let end = open + 2 + rest[open + 1..].find('"')?;
        let tag = &rest[..end];
        rest = &rest[end..];
        Some(tag)
    })
}

/// Bytes `first..=last` of a representation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteRange {
    pub first: u64,
    pub last: u64,
}

impl ByteRange {
    /// Never 0, and so no `is_empty`.
    pub fn size_bytes(self) -> u64 {
        self.last - self.first + 1
    }

    /// `Content-Range` of a 206.
    pub fn content_range(self, total_bytes: u64) -> HeaderValue {
        HeaderValue::try_from(format!("bytes {}-{}/{total_bytes}", self.first, self.last))
            .expect("digits are a header value")
    }
}

/// `Content-Range` of a 416.
pub fn unsatisfied_content_range(total_bytes: u64) -> HeaderValue {
    HeaderValue::try_from(format!("bytes */{total_bytes}")).expect("digits are a header value")
}

/// What to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// No `Range`, or one that is malformed, of another unit or unreasonable: 200.
    Whole,
    /// 206 with `Content-Range`.
    Part(ByteRange),
    /// 206 as `multipart/byteranges`, or 200: ascending, neither overlapping nor touching.
    Parts(Vec<ByteRange>),
    /// 416.
    Unsatisfiable,
}

/// Reads `Range` for a representation of `total_bytes`.
pub fn wanted(headers: &HeaderMap, total_bytes: u64) -> Wanted {
    let mut values = headers.get_all(RANGE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return Wanted::Whole;
    };
    let Some(set) = value.to_str().ok().and_then(byte_range_set) else {
        return Wanted::Whole;
    };
    if set.split(',').count() > MAX_RANGES {
        return Wanted::Whole;
    }
    let mut ranges = Vec::new();
    let mut listed = 0;
    for spec in set.split(',').map(str::trim).filter(|spec| !spec.is_empty()) {
        listed += 1;
        match resolve(spec, total_bytes) {
            Some(Resolved::Range(range)) => ranges.push(range),
            Some(Resolved::Unsatisfiable) => {}
            None => return Wanted::Whole,
        }
    }
    merge(&mut ranges);
    match (listed, ranges.as_slice()) {
        (0, _) => Wanted::Whole,
        (_, []) => Wanted::Unsatisfiable,
        (_, [one]) => Wanted::Part(*one),
        _ => Wanted::Parts(ranges),
    }
}

fn byte_range_set(value: &str) -> Option<&str> {
    let (unit, set) = value.split_once('=')?;
    unit.trim().eq_ignore_ascii_case("bytes").then_some(set)
}

enum Resolved {
    Range(ByteRange),
    Unsatisfiable,
}

/// `first-last`, `first-` or `-suffix`; `None` when it is none of them.
fn resolve(spec: &str, total_bytes: u64) -> Option<Resolved> {
    let (first, last) = spec.split_once('-')?;
    let end = total_bytes.checked_sub(1);
    if first.is_empty() {
        let suffix = number(last)?;
        return Some(match end {
            Some(end) if suffix > 0 => {
                Resolved::Range(ByteRange { first: total_bytes.saturating_sub(suffix), last: end })
            }
            _ => Resolved::Unsatisfiable,
        });
    }
    let first = number(first)?;
    let last = if last.is_empty() { u64::MAX } else { number(last)? };
    if last < first {
        return None;
    }
    Some(match end {
        Some(end) if first <= end => Resolved::Range(ByteRange { first, last: last.min(end) }),
        _ => Resolved::Unsatisfiable,
    })
}

/// Digits only (`parse` alone takes a sign); more than fits is as good as the largest.
fn number(digits: &str) -> Option<u64> {
    let valid = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    valid.then(|| digits.parse().unwrap_or(u64::MAX))
}

fn merge(ranges: &mut Vec<ByteRange>) {
    ranges.sort_unstable_by_key(|range| range.first);
    ranges.dedup_by(|next, kept| {
        let joined = next.first <= kept.last.saturating_add(1);
        if joined {
            kept.last = kept.last.max(next.last);
        }
        joined
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderName;
    use proptest::prelude::*;

    fn with(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).expect("a header"))])
    }

    fn range(value: &str) -> Wanted {
        wanted(&with(RANGE, value), 10_000)
    }

    fn part(first: u64, last: u64) -> Wanted {
        Wanted::Part(ByteRange { first, last })
    }

    #[test]
    fn an_etag_in_the_list_matches_weak_or_strong() {
        for list in ["\"abc\"", "W/\"abc\"", "\"x\", \"abc\"", "\"a,b\",W/\"abc\"", "*", " * "] {
            assert!(none_match_names(&with(IF_NONE_MATCH, list), "\"abc\""), "{list}");
        }
        assert!(none_match_names(&with(IF_NONE_MATCH, "\"abc\""), "W/\"abc\""));
    }

    #[test]
    fn another_etag_or_a_malformed_list_does_not_match() {
        for list in ["\"abcd\"", "abc", "\"abc", "", "\"x,abc\"", "w/\"abc\"", "x\"abc\""] {
            assert!(!none_match_names(&with(IF_NONE_MATCH, list), "\"abc\""), "{list}");
        }
        assert!(!none_match_names(&HeaderMap::new(), "\"abc\""));
    }

    #[test]
    fn the_examples_of_rfc_9110_are_understood() {
        assert_eq!(range("bytes=0-499"), part(0, 499));
        assert_eq!(range("bytes=500-999"), part(500, 999));
        assert_eq!(range("bytes=-500"), part(9500, 9999));
        assert_eq!(range("bytes=9500-"), part(9500, 9999));
        assert_eq!(
            range("bytes=0-0,-1"),
            Wanted::Parts(vec![ByteRange { first: 0, last: 0 }, ByteRange { first: 9999, last: 9999 }])
        );
        assert_eq!(
            range("bytes= 0-999, 4500-5499, -1000"),
            Wanted::Parts(vec![
                ByteRange { first: 0, last: 999 },
                ByteRange { first: 4500, last: 5499 },
                ByteRange { first: 9000, last: 9999 },
            ])
        );
        assert_eq!(range("bytes=500-600,601-999"), part(500, 999));
        assert_eq!(range("bytes=500-700,601-999"), part(500, 999));
    }

    #[test]
    fn ranges_are_cut_to_the_representation() {
        assert_eq!(range("bytes=0-99999"), part(0, 9999));
        assert_eq!(range("bytes=-99999"), part(0, 9999));
        assert_eq!(range("bytes=9999-99999999999999999999999"), part(9999, 9999));
    }

    #[test]
    fn ranges_outside_the_representation_are_unsatisfiable() {
        for value in ["bytes=10000-", "bytes=10000-10001", "bytes=-0", "bytes=20000-,-0"] {
            assert_eq!(range(value), Wanted::Unsatisfiable, "{value}");
        }
        assert_eq!(wanted(&with(RANGE, "bytes=0-"), 0), Wanted::Unsatisfiable);
        assert_eq!(wanted(&with(RANGE, "bytes=-5"), 0), Wanted::Unsatisfiable);
    }

    #[test]
    fn malformed_and_excessive_ranges_are_ignored() {
        let many = format!("bytes={}", vec!["0-0"; 17].join(","));
        for value in [
            "bytes=5-4",
            "bytes=a-b",
            "bytes=",
            "bytes=,",
            "items=0-1",
            "0-1",
            "bytes=+1-2",
            "bytes=1-2-3",
            "bytes=0-1,x",
            &many,
        ] {
            assert_eq!(range(value), Wanted::Whole, "{value}");
        }
        assert_eq!(wanted(&HeaderMap::new(), 10), Wanted::Whole);
    }

    #[test]
    fn if_range_lets_the_same_strong_etag_through_only() {
        assert!(range_applies(&HeaderMap::new(), "\"abc\""));
        assert!(range_applies(&with(IF_RANGE, "\"abc\""), "\"abc\""));
        assert!(!range_applies(&with(IF_RANGE, "\"abd\""), "\"abc\""));
        assert!(!range_applies(&with(IF_RANGE, "W/\"abc\""), "W/\"abc\""));
        assert!(!range_applies(&with(IF_RANGE, "Sat, 29 Oct 1994 19:43:31 GMT"), "\"abc\""));
    }

    #[test]
    fn content_range_is_written_as_in_rfc_9110() {
        assert_eq!(ByteRange { first: 42, last: 1233 }.content_range(1234), "bytes 42-1233/1234");
        assert_eq!(unsatisfied_content_range(1234), "bytes */1234");
    }

    proptest! {
        #[test]
        fn no_range_leaves_the_representation(value in "bytes=[0-9,\\- ]{0,30}", total in 0_u64..100) {
            let ranges = match wanted(&with(RANGE, &value), total) {
                Wanted::Part(one) => vec![one],
                Wanted::Parts(ranges) => ranges,
                Wanted::Whole | Wanted::Unsatisfiable => vec![],
            };
            for range in ranges {
                prop_assert!(range.first <= range.last && range.last < total);
            }
        }

        #[test]
        fn no_etag_list_makes_it_panic(list in "[ -~]{0,40}") {
            let _ = none_match_names(&with(IF_NONE_MATCH, &list), "\"abc\"");
        }
    }
}
