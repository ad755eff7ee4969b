//! Recording one answered request: the busiest code of telemetry, so its handles are resolved once.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use prometheus::{Histogram, IntCounter};

use super::figures::Tally;
use super::label::*;
use super::{Families, Telemetry};

/// One request that ended, in whatever way.
#[derive(Clone, Copy, Debug)]
pub struct Finished {
    pub method: Method,
    pub route: Route,
    pub scheme: Scheme,
    pub status: http::StatusCode,
    pub failure: Failure,
    pub duration: Duration,
    pub response_bytes: u64,
}

const STATUS_SLOTS: [u16; 12] = [200, 206, 301, 302, 304, 400, 404, 405, 413, 416, 500, 503];
const METHOD_SLOTS: usize = 2;
const SCHEME_SLOTS: usize = 2;

/// Handles of the label sets that make up nearly all traffic.
pub(super) struct HotHandles {
    durations: Box<[OnceLock<Histogram>]>,
    /// Requests in flight by method; published at every scrape.
    active: Arc<[AtomicI64; Method::ALL.len()]>,
    response_bytes: Vec<Histogram>,
    pub(super) page_cache_hits: IntCounter,
    pub(super) info_lines: IntCounter,
}

impl HotHandles {
    pub(super) fn new(families: &Families) -> Self {
        let slots = Route::ALL.len() * STATUS_SLOTS.len() * METHOD_SLOTS * SCHEME_SLOTS;
        Self {
            durations: (0..slots).map(|_| OnceLock::new()).collect(),
            active: Arc::default(),
            response_bytes: Surface::ALL
                .iter()
                .map(|surface| families.http_response_body_size.with_label_values(&[surface.as_str()]))
                .collect(),
            page_cache_hits: families.cache_operations.with_label_values(&[
                CacheName::Page.as_str(),
                CacheOperation::Read.as_str(),
                CacheResult::Hit.as_str(),
            ]),
            info_lines: families.log_events.with_label_values(&[LogLevel::Info.as_str()]),
        }
    }

    pub(super) fn publish(&self, families: &Families) {
        for method in Method::ALL {
            let active = self.active[*method as usize].load(Relaxed);
            families.http_active_requests.with_label_values(&[method.as_str()]).set(active as f64);
        }
    }

    fn duration(&self, of: &Finished) -> Option<&OnceLock<Histogram>> {
        if of.failure != Failure::None || of.method as usize >= METHOD_SLOTS {
            return None;
        }
        let status = STATUS_SLOTS.iter().position(|status| *status == of.status.as_u16())?;
        let route = of.route as usize;
        let slot = ((route * STATUS_SLOTS.len() + status) * METHOD_SLOTS + of.method as usize) * SCHEME_SLOTS;
        Some(&self.durations[slot + of.scheme as usize])
    }
}

impl Telemetry {
    pub fn request_started(&self, method: Method) {
        if self.enabled {
            self.hot.active[method as usize].fetch_add(1, Relaxed);
        }
    }

    pub fn request_finished(&self, of: &Finished) {
        if !self.enabled {
            return;
        }
        self.hot.active[of.method as usize].fetch_sub(1, Relaxed);
        let seconds = of.duration.as_secs_f64();
        match self.hot.duration(of) {
            Some(slot) => slot.get_or_init(|| self.duration_handle(of)).observe(seconds),
            None => self.duration_handle(of).observe(seconds),
        }
        self.objectives.judge(of);
        let surface = of.route.surface();
        self.hot.response_bytes[surface as usize].observe(of.response_bytes as f64);
        if of.failure == Failure::Aborted {
            self.families.http_client_aborts.with_label_values(&[surface.as_str()]).inc();
        }
    }

    /// Counts an answer that the listener gave before there was a request: to bytes that are none.
    pub fn answered_by_listener(&self, status: http::StatusCode) {
        if !self.enabled {
            return;
        }
        let reason = match status {
            http::StatusCode::REQUEST_TIMEOUT => Rejection::Timeout,
            http::StatusCode::SERVICE_UNAVAILABLE => Rejection::Overload,
            _ => Rejection::BadRequest,
        };
        self.families.http_rejected.with_label_values(&[reason.as_str()]).inc();
        let finished = Finished {
            method: Method::Other,
            route: Route::Rejected,
            scheme: Scheme::Http,
            status,
            failure: Failure::None,
            duration: Duration::ZERO,
            response_bytes: 0,
        };
        self.duration_handle(&finished).observe(0.0);
        self.objectives.judge(&finished);
    }

    fn duration_handle(&self, of: &Finished) -> Histogram {
        self.families.http_request_duration.with_label_values(&[
            of.method.as_str(),
            of.route.as_str(),
            of.status.as_str(),
            of.scheme.as_str(),
            of.failure.as_str(),
        ])
    }

    pub fn page_cache_hit(&self) {
        if self.enabled {
            self.hot.page_cache_hits.inc();
        }
    }

    /// Counts a request among the figures of its page.
    pub fn page_answered(&self, page: i64, of: &Finished, is_hit: bool, queries: u32) {
        if self.enabled
            && let Some(tally) = self.figures.of(page)
        {
            tally.note_request(of, is_hit, queries);
        }
    }

    /// Counters of one page's views, resolved once and kept with the cached page.
    pub fn page_views(&self, page_type: &str, page: i64) -> PageViews {
        let page_type = self.bounded(&PAGE_TYPE, page_type);
        let counter = |audience: Audience| self.families.page_views.with_label_values(&[page_type, audience.as_str()]);
        PageViews {
            human: counter(Audience::Human),
            bot: counter(Audience::Bot),
            tally: self.figures.of(page).filter(|_| page > 0),
            enabled: self.enabled,
        }
    }
}

/// See [`Telemetry::page_views`].
#[derive(Clone)]
pub struct PageViews {
    human: IntCounter,
    bot: IntCounter,
    tally: Option<Arc<Tally>>,
    enabled: bool,
}

impl PageViews {
    pub fn count(&self, user_agent: Option<&[u8]>) {
        if !self.enabled {
            return;
        }
        if user_agent.is_none_or(is_bot) {
            self.bot.inc();
            return;
        }
        self.human.inc();
        if let Some(tally) = &self.tally {
            tally.note_view();
        }
    }
}

/// Crawlers name themselves; what does not look like a browser is not a reader.
fn is_bot(user_agent: &[u8]) -> bool {
    const SIGNS: [&[u8]; 7] = [b"bot", b"crawl", b"spider", b"slurp", b"fetch", b"monitor", b"headless"];
    let agent = &user_agent[..user_agent.len().min(200)];
    !agent.starts_with(b"Mozilla/")
        || SIGNS.iter().any(|sign| agent.windows(sign.len()).any(|part| part.eq_ignore_ascii_case(sign)))
}
