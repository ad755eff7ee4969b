//! The search page: `/search/?q=`, and `/de/search/?q=` on a site that speaks German too. Never cached, never indexed
//! by search engines, and only so many searches at a time.

use std::sync::Arc;
use std::time::Duration;

use http::header::{ALLOW, CACHE_CONTROL, ETAG, HeaderName, HeaderValue, RETRY_AFTER};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::PublicSite;
use super::cached_page::Freshness;
use super::fill::PageError;
use super::listing::numbers;
use super::pages::{plain, redirect};
use super::view;
use crate::clock::Micros;
use crate::content::search::{self, Found, Hit, Kind, PER_PAGE, Refusal, Results, Scope, SearchError};
use crate::content::site::Site;
use crate::db::DbError;
use crate::http::encoding;
use crate::http::measure::{Answer, Note};
use crate::http::stack::PageRequest;
use crate::telemetry::label::Route;

const TEMPLATE: &str = "search.html";
/// Searches under way at once; each holds a connection to the database.
const MAX_SEARCHES: usize = 8;
/// Longest wait for a turn.
const TURN: Duration = Duration::from_millis(500);
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// Searches take turns.
pub struct Turns(Semaphore);

impl Default for Turns {
    fn default() -> Self {
        Self(Semaphore::new(MAX_SEARCHES))
    }
}

/// What the address asks for.
struct Asked {
    query: String,
    number: usize,
}

impl Asked {
    /// `None` for a page number that is none.
    fn of(query: &str) -> Option<Self> {
        let mut asked = Self { query: String::new(), number: 1 };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "q" => asked.query = value.trim().to_owned(),
                "page" => asked.number = value.parse().ok().filter(|number| *number > 0)?,
                _ => {}
            }
        }
        Some(asked)
    }
}

/// What the template shows of a search.
struct Shown {
    results: Option<Results>,
    hits: Vec<Hit>,
    refusal: Option<Refusal>,
}

impl PublicSite {
    /// Answers with what was found; `None` when the site has no search page, or none at this address.
    pub async fn search(self: &Arc<Self>, request: &PageRequest<'_>) -> Option<Answer> {
        if !self.theme.load().templates.has(TEMPLATE) {
            return None;
        }
        if !matches!(*request.method, Method::GET | Method::HEAD) {
            let allowed = (ALLOW, HeaderValue::from_static("GET, HEAD"));
            return Some(plain(StatusCode::METHOD_NOT_ALLOWED, Route::Search, allowed));
        }
        let sites = self.sites.load_full();
        let site = sites.find_for(request.host, request.uri.path())?;
        let behind = request.uri.path().strip_prefix(site.language().prefix.as_str())?;
        match behind {
            "/search/" => {}
            "/search" => return Some(redirect(&format!("{}/", request.uri.path()), request.uri.query())),
            _ => return None,
        }
        let asked = Asked::of(request.uri.query().unwrap_or(""))?;
        if self.is_cut_off() {
            let away = PageError::Db(DbError::Unavailable("known to be out of reach".to_owned()));
            return Some(self.failed(request, Route::Search, &away));
        }
        let Some(_turn) = self.turn_to_search().await else {
            let later = (RETRY_AFTER, HeaderValue::from_static("1"));
            return Some(plain(StatusCode::SERVICE_UNAVAILABLE, Route::Search, later));
        };
        match self.find(site, &asked).await {
            Ok(Some(shown)) => match self.search_page(request, site, &asked, shown).await {
                Ok(answer) => Some(answer),
                Err(error) => Some(self.failed(request, Route::Search, &error)),
            },
            Ok(None) => None,
            Err(error) => Some(self.failed(request, Route::Search, &error)),
        }
    }

    /// Searches of visitors and of programs take turns; `None` when there are too many.
    pub async fn turn_to_search(&self) -> Option<SemaphorePermit<'_>> {
        let turn = tokio::time::timeout(TURN, self.turns.0.acquire()).await.ok().and_then(Result::ok);
        if turn.is_none() {
            self.app.content.count_rejected_search();
        }
        turn
    }

    /// `None` for a page of results that is not there.
    async fn find(&self, site: &Site, asked: &Asked) -> Result<Option<Shown>, PageError> {
        let content = &self.app.content;
        let scope = Scope { kind: Kind::Page, root_id: site.root_page_id, root_path: &site.root_path, locale: "" };
        let results = match content.search(&asked.query, scope).await {
            Ok(results) => results,
            Err(SearchError::Refused(refusal)) => {
                return Ok(Some(Shown { results: None, hits: Vec::new(), refusal: Some(refusal) }));
            }
            Err(SearchError::Db(error)) => return Err(error.into()),
        };
        let first = (asked.number - 1).saturating_mul(PER_PAGE);
        if asked.number > 1 && first >= results.ranked.len() {
            return Ok(None);
        }
        let ids: Vec<i64> = results.ranked.iter().skip(first).take(PER_PAGE).map(|ranked| ranked.object_id).collect();
        let hits = search::hits(&self.app.db, &content.types(), &ids, &results.words).await?;
        Ok(Some(Shown { results: Some(results), hits, refusal: None }))
    }

    async fn search_page(
        &self,
        request: &PageRequest<'_>,
        site: &Site,
        asked: &Asked,
        shown: Shown,
    ) -> Result<Answer, PageError> {
        let status = if shown.refusal.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        let url = format!("{}/search/", site.language().prefix);
        let more = json!({ "search": context(site, &url, asked, shown) });
        let (context, _, frames) = view::around(self, site, &url, more).await?;
        let page = self.render_alone(TEMPLATE, status, context, Vec::new, &frames)?;
        let encoding = encoding::negotiate(request.headers);
        super::restricted::prepare(&page, encoding).await;
        let mut response = page.respond(request.headers, encoding, Freshness::Bypass);
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(ROBOTS, HeaderValue::from_static("noindex"));
        headers.remove(ETAG);
        Ok(Answer { response, note: Note::of(Route::Search) })
    }
}

/// `search` in the template.
fn context(site: &Site, url: &str, asked: &Asked, shown: Shown) -> Value {
    let link = |query: &str, number: usize| {
        let start = format!("{url}?");
        let length = start.len();
        let mut pairs = url::form_urlencoded::Serializer::for_suffix(start, length);
        pairs.append_pair("q", query);
        if number > 1 {
            pairs.append_pair("page", &number.to_string());
        }
        pairs.finish()
    };
    let hit = |hit: Hit| {
        json!({
            "id": hit.id,
            "type": hit.type_name,
            "label": hit.label,
            "title": hit.title,
            "title_html": hit.title_html,
            "excerpt_html": hit.excerpt_html,
            "url": site.public_path(&hit.url_path),
            "first_published_at": hit.first_published_at.map(|at| Micros(at).to_rfc3339()),
        })
    };
    let mut context = json!({
        "query": asked.query,
        "url": url,
        "max_length": search::MAX_CHARS,
        "refusal": shown.refusal.map(|refusal| match refusal {
            Refusal::TooLong => "too_long",
            Refusal::TooManyWords => "too_many_words",
        }),
        "found": "nothing",
        "total": 0,
        "items": shown.hits.into_iter().map(hit).collect::<Vec<_>>(),
    });
    if let Some(results) = shown.results {
        let pages = results.ranked.len().div_ceil(PER_PAGE).max(1);
        let within = |number: usize| (1..=pages).contains(&number).then(|| link(&asked.query, number));
        context["found"] = json!(match results.found {
            Found::Nothing => "nothing",
            Found::All => "all",
            Found::Some => "some",
            Found::Corrected => "corrected",
            Found::None => "none",
        });
        context["shown"] = json!(results.shown);
        context["total"] = json!(results.ranked.len());
        context["more"] = json!(results.more);
        context["page"] = json!(asked.number);
        context["pages"] = json!(pages);
        context["previous_url"] = json!(within(asked.number - 1));
        context["next_url"] = json!(within(asked.number + 1));
        context["numbers"] = numbers(asked.number as i64, pages as i64, |number| link(&asked.query, number as usize));
    }
    context
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_and_the_page_are_read_from_the_address() {
        let asked = Asked::of("q=+gr%C3%BC%C3%9Fe+%22a+b%22+&utm=x&page=3").expect("a search");
        assert_eq!((asked.query.as_str(), asked.number), ("grüße \"a b\"", 3));
        assert_eq!(Asked::of("").map(|asked| asked.number), Some(1));
        for bad in ["page=0", "page=-1", "page=x", "page="] {
            assert!(Asked::of(bad).is_none(), "{bad}");
        }
    }
}
