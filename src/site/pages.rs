//! Answering for a page: from the cache at once, by waiting for its fill, or with the last good copy.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt::Write as _;
use std::sync::Arc;

use http::header::{HeaderValue, LOCATION, RETRY_AFTER};
use http::{Response, StatusCode};

use super::PublicSite;
use super::cached_page::{CachedPage, Freshness, Representation};
use super::fill::{Filled, Outcome, PageError, Wanted};
use super::forms::{self, FormView};
use super::page_cache::Found;
use super::{post, unmatched};
use crate::content::site::Site;
use crate::db::DbError;
use crate::flight::{self, Turn};
use crate::http::accept;
use crate::http::body::Body;
use crate::http::encoding::{self, Encoding};
use crate::http::measure::{Answer, Note};
use crate::http::stack::PageRequest;
use crate::telemetry::label::{CacheName, CacheOperation, CacheResult, Failure, Phase, RedirectKind, Route};
use crate::telemetry::{Timer, scope};

/// Highest `?page=`; what is beyond it does not exist.
const MAX_PAGE_NUMBER: u32 = 100_000;
/// Longest path that can be a page: 60 levels of slugs are shorter.
const MAX_PATH_BYTES: usize = 4096;
/// Turns a request takes when the fills it waited for were abandoned.
const MAX_TURNS: usize = 5;

thread_local! { static KEY: RefCell<String> = const { RefCell::new(String::new()) }; }

/// What was asked for, once the path is known to be one.
pub(super) struct Target<'r> {
    pub path: Cow<'r, str>,
    number: u32,
    representation: Representation,
    /// Whether a form was sent from here just now.
    done: bool,
}

impl<'r> Target<'r> {
    /// `None` for what cannot be a page.
    pub fn of(request: &PageRequest<'r>) -> Option<Self> {
        let uri = request.uri;
        let raw = uri.path();
        if raw.len() > MAX_PATH_BYTES {
            return None;
        }
        let path = if raw.contains('%') { decode(raw)? } else { Cow::Borrowed(raw) };
        let number = match uri.query() {
            None => 1,
            Some(query) => page_number(query)?,
        };
        let markdown = accept::prefers_markdown(request.headers);
        let representation = if markdown { Representation::Markdown } else { Representation::Html };
        let done = uri.query().is_some_and(|query| query.split('&').any(|pair| pair == forms::DONE));
        Some(Self { path, number, representation, done })
    }

    pub fn wanted<'w>(&'w self, site: &'w Site) -> Wanted<'w> {
        let form = if self.done { FormView::Done } else { FormView::Blank };
        Wanted {
            site,
            path: &self.path,
            number: self.number,
            representation: self.representation,
            admitted: None,
            form,
            trial: None,
        }
    }

    fn with_key<T>(&self, site_id: i64, with: impl FnOnce(&str) -> T) -> T {
        KEY.with_borrow_mut(|key| {
            key.clear();
            // NUL cannot be in a path, so no path can pose as another key.
            let _ = write!(key, "{site_id}\0{}\0{}", self.path, self.number);
            if self.representation == Representation::Markdown {
                key.push_str("\0markdown");
            }
            if self.done {
                key.push_str("\0done");
            }
            with(key)
        })
    }
}

/// Percent-decoding; `None` for bytes that are not UTF-8, and for a NUL or a slash in disguise.
pub(super) fn decode(raw: &str) -> Option<Cow<'_, str>> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'%' {
            bytes.push(*byte);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        let byte = u8::from_str_radix(digits, 16).ok().filter(|byte| !matches!(byte, 0 | b'/'))?;
        bytes.push(byte);
        rest = &rest[2..];
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

/// The value of `page`, 1 without one; other parameters do not change a page. `None` when it is no such number.
fn page_number(query: &str) -> Option<u32> {
    let value = query.split('&').find_map(|pair| pair.strip_prefix("page="));
    let Some(value) = value else { return Some(1) };
    value.parse().ok().filter(|number| (1..=MAX_PAGE_NUMBER).contains(number))
}

impl PublicSite {
    /// Answers from the cache without waiting for anything, or not at all.
    pub fn answer_from_cache(&self, request: &PageRequest<'_>) -> Option<Answer> {
        if !self.app.config.cache.enabled || !matches!(*request.method, http::Method::GET | http::Method::HEAD) {
            return None;
        }
        if self.has_mistakes() {
            return None;
        }
        let target = Target::of(request)?;
        let sites = self.sites.load();
        let site = sites.find(request.host)?;
        let Found::Fresh(page) = target.with_key(site.id, |key| self.pages.find(key)) else { return None };
        let encoding = encoding::negotiate(request.headers);
        if !page.is_ready(encoding) {
            return None;
        }
        self.app.telemetry.page_cache_hit();
        let freshness = if self.is_cut_off() { Freshness::Stale } else { Freshness::Hit };
        Some(self.respond(&page, request, encoding, freshness))
    }

    /// Answers for any path, waiting for what is needed.
    pub async fn answer(self: &Arc<Self>, request: &PageRequest<'_>) -> Answer {
        if !matches!(*request.method, http::Method::GET | http::Method::HEAD) {
            return post::method_not_allowed();
        }
        if self.has_mistakes() {
            return self.failed(request, Route::Page, &PageError::Folder(self.mistakes.load_full()));
        }
        let encoding = encoding::negotiate(request.headers);
        let sites = self.sites.load_full();
        let Some(site) = sites.find(request.host) else {
            return self.failed(request, Route::Page, &PageError::NoSite);
        };
        let Some(target) = Target::of(request) else {
            // Nothing that is no path can be a page: the same answer as for one that does not exist.
            return match self.not_found(site).await {
                Ok(page) => self.missing(&page, request, encoding).await,
                Err(error) => self.failed(request, Route::Page, &error),
            };
        };
        let site = sites.find_for(request.host, &target.path).unwrap_or(site);
        let wanted = target.wanted(site);
        if !self.app.config.cache.enabled {
            let filled = self.fill(wanted).await.map_err(Arc::new);
            return self.conclude(filled, None, wanted, request, encoding, Freshness::Bypass).await;
        }
        let key: String = target.with_key(site.id, str::to_owned);
        self.answer_cached(&key, wanted, request, encoding).await
    }

    async fn answer_cached(
        self: &Arc<Self>,
        key: &str,
        wanted: Wanted<'_>,
        request: &PageRequest<'_>,
        encoding: Encoding,
    ) -> Answer {
        for _ in 0..MAX_TURNS {
            let last_good = match self.pages.find(key) {
                Found::Fresh(page) => {
                    self.app.telemetry.page_cache_hit();
                    return self
                        .conclude(Ok(Outcome::Page(page)), None, wanted, request, encoding, Freshness::Hit)
                        .await;
                }
                Found::Stale(page) => Some(page),
                Found::Nothing if self.is_cut_off() => self.find_survival_copy(key).await,
                Found::Nothing => None,
            };
            if self.is_cut_off() {
                self.count_lookup(if last_good.is_some() { CacheResult::Stale } else { CacheResult::Miss });
                // Known to be away: nobody waits for it, and nothing piles up behind it.
                let away = PageError::Db(DbError::Unavailable("known to be out of reach".to_owned()));
                let stale = Freshness::Stale;
                return self.conclude(Err(Arc::new(away)), last_good, wanted, request, encoding, stale).await;
            }
            self.count_lookup(if last_good.is_some() { CacheResult::Stale } else { CacheResult::Miss });
            // Whoever asks after a change does not get what was read before it.
            let flight = format!("{key}\0{}", self.pages.begin_fill().number());
            let filled = match self.flights.join(&flight) {
                Turn::Wait(receiver) => {
                    self.app.telemetry.families.cache_coalesced.with_label_values(&[CacheName::Page.as_str()]).inc();
                    let timer = Timer::start();
                    let filled = flight::wait(receiver).await;
                    scope::with_current(|scope| scope.add(Phase::Cache, timer.elapsed()));
                    filled
                }
                Turn::Lead(lead) => {
                    let timer = Timer::start();
                    let began = self.pages.begin_fill();
                    let filled = self.fill(wanted).await.map_err(Arc::new);
                    match &filled {
                        Ok(Outcome::Page(page)) => {
                            if self.pages.insert(key, page.clone(), began) {
                                self.survival.keep(key, page.clone());
                                // Taken off the site between the two: its deletion may have come before the copy.
                                if matches!(self.pages.find(key), Found::Nothing) {
                                    self.survival.forget(key);
                                }
                            }
                        }
                        // There is no such page any more: an outage must not bring it back.
                        Ok(_) => {
                            self.pages.forget(key);
                            self.survival.forget(key);
                        }
                        Err(_) => {}
                    }
                    let labels = [CacheName::Page.as_str(), CacheOperation::Write.as_str()];
                    let families = &self.app.telemetry.families;
                    families.cache_operation_duration.with_label_values(&labels).observe(timer.elapsed_s());
                    lead.land(filled.clone());
                    Some(filled)
                }
            };
            if let Some(filled) = filled {
                let failed = filled.as_ref().is_err_and(|error| error.is_outage());
                let last_good = match last_good {
                    None if failed => self.find_survival_copy(key).await,
                    last_good => last_good,
                };
                return self.conclude(filled, last_good, wanted, request, encoding, Freshness::Miss).await;
            }
        }
        plain(StatusCode::SERVICE_UNAVAILABLE, Route::Page, (RETRY_AFTER, HeaderValue::from_static("1")))
    }

    /// The copy on disk, from then on in memory as a stale page.
    async fn find_survival_copy(self: &Arc<Self>, key: &str) -> Option<Arc<CachedPage>> {
        let (survival, wanted) = (self.survival.clone(), key.to_owned());
        let began = self.pages.begin_fill();
        let found = tokio::task::spawn_blocking(move || survival.load(&wanted)).await.ok().flatten()?;
        let page = Arc::new(found);
        self.pages.insert_stale(key, page.clone(), began).then_some(page)
    }

    async fn conclude(
        self: &Arc<Self>,
        filled: Filled,
        last_good: Option<Arc<CachedPage>>,
        wanted: Wanted<'_>,
        request: &PageRequest<'_>,
        encoding: Encoding,
        freshness: Freshness,
    ) -> Answer {
        let (page, freshness) = match (filled, last_good) {
            (Ok(Outcome::Page(page)), _) => (page, freshness),
            (Ok(Outcome::NotFound(page)), _) => return self.missing(&page, request, encoding).await,
            (Ok(Outcome::Restricted(page)), _) => {
                return self.answer_restricted(&page, wanted, request, encoding).await;
            }
            (Ok(Outcome::Redirect(path)), _) => {
                self.count_redirect(RedirectKind::Slash);
                return redirect(&path, request.uri.query());
            }
            (Err(error), Some(last_good)) if error.is_outage() => {
                tracing::warn!(%error, path = request.uri.path(), "serving the last good copy");
                (last_good, Freshness::Stale)
            }
            (Err(error), _) => return self.failed(request, Route::Page, &error),
        };
        super::restricted::prepare(&page, encoding).await;
        self.respond(&page, request, encoding, freshness)
    }

    fn respond(
        &self,
        page: &CachedPage,
        request: &PageRequest<'_>,
        encoding: Encoding,
        freshness: Freshness,
    ) -> Answer {
        let response = page.respond(request.headers, encoding, freshness);
        if let Some(views) = page.views.as_ref().filter(|_| *request.method == http::Method::GET) {
            views.count(request.headers.get(http::header::USER_AGENT).map(HeaderValue::as_bytes));
        }
        let route = page.representation().route();
        Answer {
            response,
            note: Note { route, failure: Failure::None, cache: freshness.as_str(), page: page.page_id() },
        }
    }

    pub(super) fn not_found_answer(&self, page: &CachedPage, request: &PageRequest<'_>, encoding: Encoding) -> Answer {
        let class = unmatched::classify(request.uri.path());
        self.app.telemetry.families.http_unmatched.with_label_values(&[class.as_str()]).inc();
        let encoding = if page.is_ready(encoding) { encoding } else { Encoding::Identity };
        let response = page.respond(request.headers, encoding, Freshness::Bypass);
        Answer { response, note: Note::of(Route::Unmatched) }
    }

    /// 503 when the database is away, else 500; the cause goes to the log, the trace id to the visitor.
    pub(super) fn failed(&self, request: &PageRequest<'_>, route: Route, error: &PageError) -> Answer {
        let status =
            if error.is_outage() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::INTERNAL_SERVER_ERROR };
        // Whoever asks while a server starts is told to come again; that is no fault.
        if self.is_open() {
            tracing::error!(%error, path = request.uri.path(), "a page failed");
        }
        let trace = scope::current_trace();
        let asked = (request.host, request.uri.path());
        let page = self.error_page(asked, status, trace.as_ref().map_or("", |trace| trace.trace_id()), Some(error));
        let mut response = page.respond(request.headers, Encoding::Identity, Freshness::Bypass);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        Answer { response, note: Note { failure: error.failure(), ..Note::of(route) } }
    }

    fn count_lookup(&self, result: CacheResult) {
        let labels = [CacheName::Page.as_str(), CacheOperation::Read.as_str(), result.as_str()];
        self.app.telemetry.families.cache_operations.with_label_values(&labels).inc();
    }
}

/// The path as it stands in a URL.
pub(super) fn encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len() + 16);
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => encoded.push(byte.into()),
            other => {
                let _ = write!(encoded, "%{other:02X}");
            }
        }
    }
    encoded
}

/// Permanent, with the query kept; the path is encoded again, so no header can be split.
pub(super) fn redirect(path: &str, query: Option<&str>) -> Answer {
    let location = encoded(path);
    // Two slashes at the start would name another host.
    let mut location = format!("/{}", location.trim_start_matches('/'));
    if let Some(query) = query {
        let _ = write!(location, "?{query}");
    }
    let location = HeaderValue::from_str(&location).unwrap_or(HeaderValue::from_static("/"));
    plain(StatusCode::MOVED_PERMANENTLY, Route::Page, (LOCATION, location))
}

pub(super) fn plain(status: StatusCode, route: Route, header: (http::HeaderName, HeaderValue)) -> Answer {
    let mut response = Response::new(Body::full(format!("{status}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(header.0, header.1);
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, text);
    Answer { response, note: Note::of(route) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_a_separator_or_a_nul_is_no_path() {
        assert_eq!(decode("/gr%C3%BC%C3%9Fe/").as_deref(), Some("/grüße/"));
        for bad in ["/a%2fb/", "/%00/", "/%ff/", "/%2", "/%zz/", "/%"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_the_page_number_tells_pages_apart() {
        assert_eq!(page_number("utm_source=x&page=3"), Some(3));
        assert_eq!(page_number("utm_source=x"), Some(1));
        for bad in ["page=0", "page=-1", "page=x", "page=100001", "page="] {
            assert_eq!(page_number(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_redirect_stays_on_the_host() {
        let response = redirect("//evil.example/", Some("a=b"));
        assert_eq!(response.response.headers()[LOCATION], "/evil.example/?a=b");
    }
}
