//! Sending visitors on from old addresses: asked when there is no page, answered in one step however many moves lie
//! between, and counted in memory.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use http::header::{CACHE_CONTROL, HeaderValue, LOCATION};
use http::{Method, StatusCode};
use parking_lot::Mutex;

use super::PublicSite;
use super::cached_page::{CachedPage, Representation};
use super::fill::{PageError, Wanted};
use super::forms::FormView;
use super::sites::Sites;
use super::view;
use crate::clock::Micros;
use crate::content::redirect::address::{self, Candidates};
use crate::content::redirect::{self, Hits, Lead, MAX_STEPS};
use crate::content::site::Site;
use crate::flight::{self, Turn};
use crate::http::encoding::Encoding;
use crate::http::measure::Answer;
use crate::http::stack::PageRequest;
use crate::telemetry::Telemetry;
use crate::telemetry::label::{RedirectKind, Route};

/// Redirects with hits that are not in the database yet; hits of more are not counted.
const MAX_COUNTED: usize = 10_000;
/// A redirect may be gone, or turn round, any time: nobody keeps it.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// Turns a request takes when the look-ups it waited for were abandoned.
const MAX_TURNS: usize = 5;

/// The first redirect on the way and where it leads; shared by everybody who asked for one address meanwhile.
pub type Followed = Result<Option<(Way, Destination)>, Arc<PageError>>;

/// Where a visitor is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Of this host, or absolute; not yet encoded.
    url: String,
    /// Whether the visitor's query was part of the old address, and is answered by it.
    query_used: bool,
}

/// What is known so far of the way: of the first redirect on it, which is the one that counts.
#[derive(Clone, Copy)]
pub struct Way {
    redirect: Option<i64>,
    kind: RedirectKind,
    is_permanent: bool,
    query_used: bool,
}

/// An address on the way.
struct Stop<'s> {
    way: Way,
    site: &'s Site,
    path: String,
    /// Where to send visitors when nothing is known of the address: somebody wrote it so.
    as_written: Option<String>,
}

/// What to look at next.
enum Next<'s> {
    /// A live page, or an address elsewhere.
    There(Way, String),
    Look(Stop<'s>),
}

impl PublicSite {
    /// What is not there may have been: only then are redirects asked, so that they cost pages nothing.
    pub(super) async fn missing(&self, page: &CachedPage, request: &PageRequest<'_>, encoding: Encoding) -> Answer {
        let sites = self.sites.load_full();
        let redirected = match sites.find(request.host) {
            Some(site) => self.redirect(&sites, site, request).await,
            None => Ok(None),
        };
        match redirected {
            Ok(Some(answer)) => answer,
            Ok(None) => self.front_instead(request).unwrap_or_else(|| self.not_found_answer(page, request, encoding)),
            Err(error) => self.failed(request, Route::Page, &error),
        }
    }

    /// Where a redirect sends the visitor of an address without a page; `None` when none does.
    ///
    /// # Errors
    /// When the database is out of reach.
    async fn redirect(
        &self,
        sites: &Sites,
        site: &Site,
        request: &PageRequest<'_>,
    ) -> Result<Option<Answer>, Arc<PageError>> {
        let uri = request.uri;
        let asked = uri.path_and_query().map_or("/", |asked| asked.as_str());
        let Some(asked) = address::normalise(asked) else { return Ok(None) };
        let Some((way, destination)) = self.follow_once(sites, site, &asked).await? else { return Ok(None) };
        let query = uri.query().filter(|_| !destination.query_used);
        let Some(location) = location(&destination.url, query) else { return Ok(None) };
        let status = if way.is_permanent { StatusCode::MOVED_PERMANENTLY } else { StatusCode::FOUND };
        let mut answer = super::pages::plain(status, Route::Page, (LOCATION, location));
        answer.response.headers_mut().insert(CACHE_CONTROL, ASK_AGAIN);
        // HEAD is no visit: link checkers send it, and the proof of a publish does.
        if request.method != Method::HEAD {
            self.redirects.count(way.redirect);
            self.count_redirect(way.kind);
        }
        Ok(Some(answer))
    }

    pub(super) fn count_redirect(&self, kind: RedirectKind) {
        self.app.telemetry.families.redirects.with_label_values(&[kind.as_str()]).inc();
    }

    /// As [`Self::follow`], once for all who ask for the same address: one that many links name costs as much as one
    /// that nobody asks for twice.
    async fn follow_once(&self, sites: &Sites, site: &Site, asked: &str) -> Followed {
        let look =
            || async { self.app.db.with_one_connection(self.follow(sites, site, asked)).await.map_err(Arc::new) };
        let flight = format!("{}\0{asked}", site.id);
        for turn in 0..MAX_TURNS {
            match self.ways.join(&flight) {
                Turn::Wait(receiver) => match flight::wait(receiver).await {
                    // The first may have begun before a redirect was written that this request comes after.
                    Some(followed) if turn > 0 => return followed,
                    _ => {}
                },
                Turn::Lead(lead) => {
                    let followed = look().await;
                    lead.land(followed.clone());
                    return followed;
                }
            }
        }
        look().await
    }

    async fn follow(&self, sites: &Sites, site: &Site, asked: &str) -> Result<Option<(Way, Destination)>, PageError> {
        let way = Way { redirect: None, kind: RedirectKind::Manual, is_permanent: true, query_used: false };
        let mut open = vec![Next::Look(Stop { way, site, path: asked.to_owned(), as_written: None })];
        let mut seen: Vec<(i64, String)> = Vec::new();
        while let Some(next) = open.pop() {
            let stop = match next {
                Next::There(way, url) => return Ok(Some((way, Destination { url, query_used: way.query_used }))),
                Next::Look(stop) => stop,
            };
            let Some(path) = address::normalise(&stop.path) else { continue };
            let place = (stop.site.id, path);
            if seen.len() == MAX_STEPS || seen.contains(&place) {
                continue;
            }
            if !seen.is_empty()
                && let Some(path) = self.find_there(sites, stop.site, &stop.path).await?
            {
                open.push(Next::There(stop.way, url_on(site, stop.site, &path)));
                continue;
            }
            let candidates = Candidates::of(&place.1);
            let leads = redirect::list_leads(&self.app.db, stop.site.id, &candidates).await?;
            seen.push(place);
            match stop.as_written {
                Some(url) if leads.is_empty() => open.push(Next::There(stop.way, url)),
                // The closest is looked at first.
                _ => open.extend(leads.iter().rev().filter_map(|lead| step(sites, site, &stop, &candidates, lead))),
            }
        }
        Ok(None)
    }

    /// The address, with a slash or without, when there is something to see: a page, a sub-route of one, or a feed.
    async fn find_there(&self, sites: &Sites, site: &Site, address: &str) -> Result<Option<String>, PageError> {
        let slashed = with_slash(address);
        let path = slashed.split(['?', '#']).next().unwrap_or_default();
        let site = sites.seen_at(site.id, path).unwrap_or(site);
        let wanted = Wanted {
            site,
            path,
            number: 1,
            representation: Representation::Html,
            admitted: None,
            form: FormView::Blank,
            trial: None,
        };
        let found = match view::find(self, site, path).await? {
            // Who may see it is asked there.
            Some((page, _)) if page.restricted => true,
            Some((page, route @ Some(_))) => view::of_page(self, wanted, page, route).await?.is_some(),
            Some((_, None)) => true,
            None => false,
        };
        if found {
            return Ok(Some(slashed));
        }
        let bare = path.trim_end_matches('/');
        let is_file = bare.rsplit('/').next().is_some_and(|name| name.contains('.'));
        let document = match is_file {
            true => self.fill_document(Wanted { path: bare, ..wanted }).await?,
            false => None,
        };
        Ok(document.map(|_| bare.to_owned()))
    }
}

/// The step from one address to the next.
fn step<'s>(
    sites: &'s Sites,
    asked_on: &Site,
    from: &Stop<'s>,
    candidates: &Candidates,
    lead: &Lead,
) -> Option<Next<'s>> {
    let is_first = from.way.redirect.is_none();
    let with_query = lead.old_path == candidates.full && candidates.full != candidates.path;
    let way = Way {
        redirect: from.way.redirect.or(Some(lead.id)),
        kind: match from.way.kind {
            kind if !is_first => kind,
            _ if lead.automatic => RedirectKind::Automatic,
            _ => RedirectKind::Manual,
        },
        is_permanent: from.way.is_permanent && lead.is_permanent,
        query_used: from.way.query_used || (is_first && with_query),
    };
    let exact = with_query || lead.old_path == candidates.path;
    let below = if exact { "" } else { address::below(&lead.old_path, &candidates.path) };
    if !lead.page_url_path.is_empty() {
        let (site, path) = sites.locate(from.site, &lead.page_url_path)?;
        if exact {
            let url = format!("{}{}", url_on(asked_on, site, &path), lead.target_route.trim_start_matches('/'));
            return Some(Next::There(way, url));
        }
        return Some(Next::Look(Stop { way, site, path: format!("{path}{below}/"), as_written: None }));
    }
    let url = address::extend(&lead.target_url, below);
    if !url.starts_with('/') {
        return Some(Next::There(way, url));
    }
    let as_written = Some(url_on(asked_on, from.site, &url));
    Some(Next::Look(Stop { way, site: from.site, path: url, as_written }))
}

/// A path on a site as an address for somebody who asked on `here`.
fn url_on(here: &Site, site: &Site, path: &str) -> String {
    if here.id == site.id { path.to_owned() } else { format!("{}{path}", site.base_url) }
}

/// An address whose path ends with a slash, as those of pages do.
fn with_slash(url: &str) -> String {
    let (path, rest) = url.split_at(url.find(['?', '#']).unwrap_or(url.len()));
    format!("{}/{rest}", path.trim_end_matches('/'))
}

/// A `Location`: encoded, so that no header can be split, with the visitor's query behind that of the address.
fn location(url: &str, query: Option<&str>) -> Option<HeaderValue> {
    let (url, fragment) = url.split_once('#').map_or((url, None), |(url, fragment)| (url, Some(fragment)));
    let mut location = String::with_capacity(url.len() + 16);
    for byte in url.bytes() {
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'/'
            | b'-'
            | b'_'
            | b'.'
            | b'~'
            | b'%'
            | b':'
            | b'?'
            | b'&'
            | b'='
            | b'+'
            | b','
            | b';'
            | b'@'
            | b'!'
            | b'$'
            | b'\''
            | b'('
            | b')'
            | b'*'
            | b'['
            | b']' => {
                location.push(byte.into());
            }
            other => write!(location, "%{other:02X}").ok()?,
        }
    }
    if location.starts_with('/') {
        // Two slashes at the start would name another host.
        location = format!("/{}", location.trim_start_matches('/'));
    }
    if let Some(query) = query.filter(|query| !query.is_empty()) {
        location.push(if location.contains('?') { '&' } else { '?' });
        location.push_str(query);
    }
    if let Some(fragment) = fragment {
        location.push('#');
        location.push_str(fragment);
    }
    HeaderValue::from_str(&location).ok()
}

/// Hits of redirects that are not in the database yet.
pub struct RedirectHits(Arc<Mutex<HashMap<i64, Hits>>>);

impl RedirectHits {
    pub fn new(telemetry: &Telemetry) -> Self {
        let counted: Arc<Mutex<HashMap<i64, Hits>>> = Arc::default();
        let pending = counted.clone();
        telemetry.before_scrape(move |families| {
            families.redirect_hits_pending.with_label_values::<&str>(&[]).set(pending.lock().len() as f64);
        });
        Self(counted)
    }

    fn count(&self, redirect: Option<i64>) {
        self.add(redirect.map(|id| (id, Hits { hits: 1, last_at: Micros::now().0 })));
    }

    fn add(&self, hits: impl IntoIterator<Item = (i64, Hits)>) {
        let mut counted = self.0.lock();
        for (id, more) in hits {
            if counted.len() < MAX_COUNTED || counted.contains_key(&id) {
                let known = counted.entry(id).or_default();
                known.hits += more.hits;
                known.last_at = known.last_at.max(more.last_at);
            }
        }
    }
}

impl PublicSite {
    /// Writes the hits of redirects into the database; they are kept when that fails.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn write_redirect_hits(&self) -> Result<(), crate::db::DbError> {
        let counted = std::mem::take(&mut *self.redirects.0.lock());
        if counted.is_empty() {
            return Ok(());
        }
        let written = redirect::add_hits(&self.app.db, &counted).await;
        if written.is_err() {
            self.redirects.add(counted);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_cannot_split_a_header_or_leave_the_host() {
        for (url, query, expected) in [
            ("/a/b/", None, "/a/b/"),
            ("/grüße/", Some("x=1"), "/gr%C3%BC%C3%9Fe/?x=1"),
            ("/a/?b=1", Some("c=2"), "/a/?b=1&c=2"),
            ("/a/#part", Some("c=2"), "/a/?c=2#part"),
            ("//evil.test/", None, "/evil.test/"),
            ("/a\r\nSet-Cookie: b", None, "/a%0D%0ASet-Cookie:%20b"),
            ("/\\evil.test", None, "/%5Cevil.test"),
            ("https://other.test/a", Some(""), "https://other.test/a"),
        ] {
            assert_eq!(location(url, query).expect("a header"), expected, "{url}");
        }
        assert_eq!(location("/a/#b\r\nc", None), None);
    }

    #[test]
    fn a_slash_goes_before_the_query() {
        assert_eq!(
            (with_slash("/a?b"), with_slash("/"), with_slash("/a/#c")),
            ("/a/?b".into(), "/".into(), "/a/#c".into())
        );
    }
}
