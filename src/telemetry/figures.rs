//! What each page costs, and how fast it is for those who read it: counted in this process by the minute, kept in the
//! database by the hour, so that whoever edits a page sees it. No label of a metric ever names a page.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};

use super::request::Finished;
use crate::clock::Micros;

/// Pages that one process keeps count of; others are counted in the metrics alone.
const MAX_PAGES: usize = 20_000;
const HOUR_US: i64 = 3_600_000_000;
/// Upper bounds of buckets in thousandths: milliseconds, or of the score of shifts. What is beyond is in the last one.
pub const BOUNDS: [u32; 15] = [1, 2, 5, 10, 25, 50, 100, 200, 400, 800, 1_600, 2_500, 4_000, 8_000, 16_000];

/// Counts by bucket.
pub type Buckets = [u32; BOUNDS.len() + 1];

/// The figures of one page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// By people.
    pub views: u64,
    pub requests: u64,
    /// Answered from the page cache.
    pub hits: u64,
    /// Answers that the server failed.
    pub errors: u64,
    pub queries: u64,
    pub bytes: u64,
    /// Milliseconds to the last byte.
    pub times: Buckets,
    /// Largest contentful paint and interaction to next paint in milliseconds, layout shift in thousandths.
    pub lcp: Buckets,
    pub inp: Buckets,
    pub cls: Buckets,
}

impl Figures {
    pub fn add(&mut self, other: &Self) {
        let numbers = [
            (&mut self.views, other.views),
            (&mut self.requests, other.requests),
            (&mut self.hits, other.hits),
            (&mut self.errors, other.errors),
            (&mut self.queries, other.queries),
            (&mut self.bytes, other.bytes),
        ];
        for (number, more) in numbers {
            *number = number.saturating_add(more);
        }
        let buckets = [
            (&mut self.times, other.times),
            (&mut self.lcp, other.lcp),
            (&mut self.inp, other.inp),
            (&mut self.cls, other.cls),
        ];
        for (counts, more) in buckets {
            for (count, more) in counts.iter_mut().zip(more) {
                *count = count.saturating_add(more);
            }
        }
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The value below which the share `q` of what was counted lies, in thousandths, straight within its bucket as
/// Prometheus does it; `None` when nothing was counted.
pub fn quantile(buckets: &Buckets, q: f64) -> Option<f64> {
    let total: u64 = buckets.iter().map(|count| u64::from(*count)).sum();
    if total == 0 {
        return None;
    }
    let rank = q * total as f64;
    let (mut below, mut lower) = (0.0, 0.0);
    for (count, upper) in buckets.iter().zip(BOUNDS) {
        let count = f64::from(*count);
        let upper = f64::from(upper);
        if count > 0.0 && below + count >= rank {
            return Some(lower + (upper - lower) * ((rank - below) / count).clamp(0.0, 1.0));
        }
        below += count;
        lower = upper;
    }
    Some(lower)
}

#[derive(Default)]
struct Counts([AtomicU32; BOUNDS.len() + 1]);

impl Counts {
    fn note(&self, thousandths: f64) {
        let at = BOUNDS.partition_point(|bound| f64::from(*bound) < thousandths);
        self.0[at].fetch_add(1, Relaxed);
    }

    fn take(&self) -> Buckets {
        std::array::from_fn(|at| self.0[at].swap(0, Relaxed))
    }
}

/// What one page did since it was last looked at, and in this hour.
#[derive(Default)]
pub struct Tally {
    views: AtomicU64,
    requests: AtomicU64,
    hits: AtomicU64,
    errors: AtomicU64,
    queries: AtomicU64,
    bytes: AtomicU64,
    times: Counts,
    lcp: Counts,
    inp: Counts,
    cls: Counts,
    /// The hour since 1970, and its figures until now.
    kept: Mutex<(i64, Figures)>,
}

impl Tally {
    pub fn note_view(&self) {
        self.views.fetch_add(1, Relaxed);
    }

    pub(super) fn note_request(&self, of: &Finished, is_hit: bool, queries: u32) {
        self.requests.fetch_add(1, Relaxed);
        self.bytes.fetch_add(of.response_bytes, Relaxed);
        self.times.note(of.duration.as_secs_f64() * 1e3);
        if is_hit {
            self.hits.fetch_add(1, Relaxed);
        }
        if queries > 0 {
            self.queries.fetch_add(u64::from(queries), Relaxed);
        }
        if of.status.is_server_error() {
            self.errors.fetch_add(1, Relaxed);
        }
    }

    /// In seconds; the shift is a score.
    pub fn note_vitals(&self, lcp: Option<f64>, inp: Option<f64>, cls: Option<f64>) {
        for (counts, value) in [(&self.lcp, lcp), (&self.inp, inp), (&self.cls, cls)] {
            if let Some(value) = value {
                counts.note(value * 1e3);
            }
        }
    }

    fn take(&self) -> Figures {
        let take = |number: &AtomicU64| number.swap(0, Relaxed);
        Figures {
            views: take(&self.views),
            requests: take(&self.requests),
            hits: take(&self.hits),
            errors: take(&self.errors),
            queries: take(&self.queries),
            bytes: take(&self.bytes),
            times: self.times.take(),
            lcp: self.lcp.take(),
            inp: self.inp.take(),
            cls: self.cls.take(),
        }
    }
}

/// The figures of a page in an hour, to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub page: i64,
    /// Hours since 1970.
    pub hour: i64,
    pub figures: Figures,
}

/// The pages that this process answered for.
#[derive(Default)]
pub struct PageFigures {
    pages: RwLock<HashMap<i64, Arc<Tally>>>,
    /// What could not be kept, by page and hour; at most [`MAX_PAGES`].
    unkept: Mutex<HashMap<(i64, i64), Figures>>,
}

impl PageFigures {
    /// Counts of a page; `None` beyond [`MAX_PAGES`].
    pub fn of(&self, page: i64) -> Option<Arc<Tally>> {
        if let Some(known) = self.find(page) {
            return Some(known);
        }
        let mut pages = self.pages.write();
        if pages.len() >= MAX_PAGES && !pages.contains_key(&page) {
            return None;
        }
        Some(pages.entry(page).or_default().clone())
    }

    /// Counts of a page that was answered for.
    pub fn find(&self, page: i64) -> Option<Arc<Tally>> {
        self.pages.read().get(&page).cloned()
    }

    pub fn count(&self) -> usize {
        self.pages.read().len()
    }

    /// What changed since the last look: each page with all of its hour; and what was put back. Pages that nobody asked for
    /// in the hour before are no longer counted.
    pub fn take(&self, now: Micros) -> Vec<Kept> {
        let hour = now.0.div_euclid(HOUR_US);
        let all: Vec<(i64, Arc<Tally>)> =
            self.pages.read().iter().map(|(page, tally)| (*page, tally.clone())).collect();
        let (mut changed, mut idle) = (Vec::new(), Vec::new());
        for (page, tally) in all {
            let new = tally.take();
            let mut kept = tally.kept.lock();
            if new.is_empty() {
                if kept.0 < hour - 1 {
                    idle.push(page);
                }
                continue;
            }
            if kept.0 != hour {
                *kept = (hour, Figures::default());
            }
            kept.1.add(&new);
            changed.push(Kept { page, hour, figures: kept.1.clone() });
        }
        if !idle.is_empty() {
            let mut pages = self.pages.write();
            for page in idle {
                // A finished page that is kept goes on counting with the tally that it has.
                if pages.get(&page).is_some_and(|tally| Arc::strong_count(tally) == 1) {
                    pages.remove(&page);
                }
            }
        }
        let mut unkept = std::mem::take(&mut *self.unkept.lock());
        for kept in &changed {
            // All of the hour holds what it was a moment ago.
            unkept.remove(&(kept.page, kept.hour));
        }
        changed.extend(unkept.into_iter().map(|((page, hour), figures)| Kept { page, hour, figures }));
        changed
    }

    /// What could not be kept comes with the next look; beyond [`MAX_PAGES`] it is lost.
    pub fn put_back(&self, changed: Vec<Kept>) {
        let mut unkept = self.unkept.lock();
        for Kept { page, hour, figures } in changed {
            if unkept.len() < MAX_PAGES || unkept.contains_key(&(page, hour)) {
                unkept.insert((page, hour), figures);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::telemetry::label::{Failure, Method, Route, Scheme};

    fn finished(ms: u64, status: u16) -> Finished {
        Finished {
            method: Method::Get,
            route: Route::Page,
            scheme: Scheme::Http,
            status: http::StatusCode::from_u16(status).expect("a status"),
            failure: Failure::None,
            duration: Duration::from_millis(ms),
            response_bytes: 1_000,
        }
    }

    #[test]
    fn a_page_is_told_with_all_of_its_hour_and_only_when_it_changed() {
        let figures = PageFigures::default();
        let tally = figures.of(7).expect("there is room");
        tally.note_request(&finished(3, 200), true, 0);
        tally.note_view();
        let at = Micros(HOUR_US * 500_000);
        let first = figures.take(at);
        assert_eq!((first.len(), first[0].page, first[0].hour), (1, 7, 500_000));
        assert_eq!(figures.take(at), [], "nothing new");
        tally.note_request(&finished(300, 503), false, 4);
        let second = &figures.take(at)[0].figures;
        assert_eq!((second.requests, second.hits, second.errors, second.queries), (2, 1, 1, 4));
        assert_eq!((second.views, second.bytes), (1, 2_000));
        tally.note_request(&finished(3, 200), true, 0);
        let next = &figures.take(Micros(at.0 + HOUR_US))[0];
        assert_eq!((next.hour, next.figures.requests), (500_001, 1), "a new hour begins with nothing");
        figures.take(Micros(at.0 + 3 * HOUR_US));
        assert_eq!(figures.count(), 1, "a finished page counts with it still");
        drop(tally);
        figures.take(Micros(at.0 + 3 * HOUR_US));
        assert_eq!(figures.count(), 0, "who is not asked for is forgotten");
    }

    #[test]
    fn what_was_put_back_comes_again_once_and_never_instead_of_what_is_newer() {
        let figures = PageFigures::default();
        let tally = figures.of(7).expect("there is room");
        let at = Micros(HOUR_US * 500_000);
        tally.note_view();
        figures.put_back(figures.take(at));
        tally.note_view();
        let again = figures.take(at);
        assert_eq!((again.len(), again[0].figures.views), (1, 2), "all of the hour");
        figures.put_back(again);
        tally.note_view();
        let mut hours: Vec<(i64, u64)> = figures.take(Micros(at.0 + HOUR_US)).iter().map(views).collect();
        hours.sort_unstable();
        assert_eq!(hours, [(500_000, 2), (500_001, 1)]);
        assert_eq!(figures.take(at), []);
        let many = |page: i64| Kept { page, hour: 1, figures: Figures::default() };
        figures.put_back((0..MAX_PAGES as i64 + 5).map(many).collect());
        assert_eq!(figures.take(at).len(), MAX_PAGES, "bounded");
    }

    fn views(kept: &Kept) -> (i64, u64) {
        (kept.hour, kept.figures.views)
    }

    #[test]
    fn quantiles_lie_within_their_bucket() {
        let counts = Counts::default();
        assert_eq!(quantile(&counts.take(), 0.5), None);
        (0..90).for_each(|_| counts.note(4.0));
        (0..10).for_each(|_| counts.note(90.0));
        let buckets = counts.take();
        let half = quantile(&buckets, 0.5).expect("counted");
        assert!((2.0..=5.0).contains(&half), "{half}");
        let high = quantile(&buckets, 0.95).expect("counted");
        assert!((50.0..=100.0).contains(&high), "{high}");
        counts.note(1e9);
        assert_eq!(quantile(&counts.take(), 0.5), Some(16_000.0), "what is beyond is at least the last bound");
    }

    #[test]
    fn so_many_pages_are_counted_and_no_more() {
        let figures = PageFigures::default();
        (0..MAX_PAGES as i64).for_each(|page| assert!(figures.of(page).is_some()));
        assert!(figures.of(-1).is_none() && figures.of(3).is_some() && figures.find(-1).is_none());
    }
}
