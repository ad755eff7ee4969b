//! Sitemaps: an index, and for each language files of at most 50,000 addresses, streamed from the database in batches.
//! Restricted pages are not in them.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, RETRY_AFTER, VARY};
use http::{Method, Response, StatusCode};

use super::PublicSite;
use super::pages::encoded;
use super::xml::escaped;
use crate::clock::Micros;
use crate::content::page;
use crate::content::site::Site;
use crate::db::DbError;
use crate::http::body::Body;
use crate::http::encoding::{self, Encoding};
use crate::http::measure::{Answer, Note};
use crate::http::stack::PageRequest;
use crate::telemetry::label::{Failure, Route};

/// Addresses in one file, as sitemaps.org allows.
const PER_FILE: i64 = 50_000;
/// Addresses read at once.
const BATCH: i64 = 2_000;
/// Crawlers come back after a while anyway.
const FOR_TEN_MINUTES: HeaderValue = HeaderValue::from_static("public, max-age=600");
const XML: HeaderValue = HeaderValue::from_static("application/xml; charset=utf-8");

const HEAD: &str =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n";
const TAIL: &str = "</urlset>\n";

impl PublicSite {
    /// `/sitemap.xml`: the index.
    pub async fn sitemap_index(&self, request: &PageRequest<'_>) -> Answer {
        if let Some(refusal) = refuse_method(request) {
            return refusal;
        }
        let sites = self.sites.load_full();
        let Some(site) = sites.find(request.host) else { return unavailable(Failure::Internal) };
        let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        text.push_str("<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n");
        for language in site.in_each_language() {
            let about = match page::count_public(&self.app.db, &language.root_path).await {
                Ok(about) => about,
                Err(error) => return failed(&error),
            };
            for number in 1..=(about.pages + PER_FILE - 1) / PER_FILE {
                let url = format!("{}/sitemaps/{}-{number}.xml", site.base_url, language.language().code);
                let changed = Micros(about.last_published_at.unwrap_or_default()).to_rfc3339();
                let _ = writeln!(text, "<sitemap><loc>{}</loc><lastmod>{changed}</lastmod></sitemap>", escaped(&url));
            }
        }
        text.push_str("</sitemapindex>\n");
        let mut response = Response::new(Body::full(text));
        dress(&mut response);
        Answer { response, note: Note::of(Route::Sitemap) }
    }

    /// `/sitemaps/en-1.xml`: a file of the index; `None` when there is none of that name.
    pub async fn sitemap_file(self: &Arc<Self>, request: &PageRequest<'_>, name: &str) -> Option<Answer> {
        let (code, number) = name.strip_suffix(".xml")?.rsplit_once('-')?;
        let number = number.parse::<i64>().ok().filter(|number| (1..=10_000).contains(number))?;
        let sites = self.sites.load_full();
        let site = sites.find(request.host)?;
        let site = site.in_each_language().into_iter().find(|site| site.language().code == code)?;
        if let Some(refusal) = refuse_method(request) {
            return Some(refusal);
        }
        let first = match page::find_public_at(&self.app.db, &site.root_path, (number - 1) * PER_FILE).await {
            Ok(first) => first?,
            Err(error) => return Some(failed(&error)),
        };
        let gzip = encoding::negotiate(request.headers) != Encoding::Identity
            && encoding::accepts(request.headers, Encoding::Gzip);
        let writer = Writer {
            site: self.clone(),
            on: site,
            next: Some(first),
            left: PER_FILE,
            gzip: gzip.then(|| GzEncoder::new(Vec::new(), Compression::fast())),
            state: State::Head,
        };
        let body = match *request.method {
            Method::HEAD => Body::empty(),
            _ => Body::Stream(axum::body::Body::from_stream(futures_util::stream::unfold(writer, Writer::step))),
        };
        let mut response = Response::new(body);
        dress(&mut response);
        if gzip {
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        Some(Answer { response, note: Note::of(Route::Sitemap) })
    }
}

fn dress(response: &mut Response<Body>) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, XML);
    headers.insert(CACHE_CONTROL, FOR_TEN_MINUTES);
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
}

fn refuse_method(request: &PageRequest<'_>) -> Option<Answer> {
    if matches!(*request.method, Method::GET | Method::HEAD) {
        return None;
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    Some(Answer { response, note: Note::of(Route::Sitemap) })
}

fn failed(error: &DbError) -> Answer {
    tracing::error!(%error, "a sitemap failed");
    unavailable(Failure::Database)
}

fn unavailable(failure: Failure) -> Answer {
    let mut response = Response::new(Body::full("The sitemap cannot be made now.\n"));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
    Answer { response, note: Note { failure, ..Note::of(Route::Sitemap) } }
}

enum State {
    Head,
    Entries,
    Done,
}

/// Writes a file, one batch at a time.
struct Writer {
    site: Arc<PublicSite>,
    on: Site,
    /// The path of the next page.
    next: Option<String>,
    left: i64,
    gzip: Option<GzEncoder<Vec<u8>>>,
    state: State,
}

impl Writer {
    async fn step(mut self) -> Option<(Result<Bytes, DbError>, Self)> {
        let mut text = String::new();
        match self.state {
            State::Head => {
                text.push_str(HEAD);
                self.state = State::Entries;
            }
            State::Entries => {}
            State::Done => return None,
        }
        match (&self.next, self.left) {
            (Some(from), 1..) => {
                let limit = BATCH.min(self.left);
                let batch = page::list_public_from(&self.site.app.db, &self.on.root_path, from, limit + 1).await;
                let mut batch = match batch {
                    Ok(batch) => batch,
                    Err(error) => {
                        tracing::error!(%error, "a sitemap ended early");
                        self.state = State::Done;
                        return Some((Err(error), self));
                    }
                };
                self.next = if batch.len() as i64 > limit { batch.pop().map(|page| page.path) } else { None };
                self.left -= batch.len() as i64;
                for page in batch {
                    let url = format!("{}{}", self.on.base_url, encoded(&self.on.public_path(&page.url_path)));
                    let changed = Micros(page.last_published_at.unwrap_or_default()).to_rfc3339();
                    let _ = writeln!(text, "<url><loc>{}</loc><lastmod>{changed}</lastmod></url>", escaped(&url));
                }
            }
            _ => {
                text.push_str(TAIL);
                self.state = State::Done;
            }
        }
        Some((Ok(self.packed(text)), self))
    }

    /// The bytes as they are sent; never none, which would end the stream.
    fn packed(&mut self, text: String) -> Bytes {
        let Some(mut gzip) = self.gzip.take() else { return text.into() };
        // Writing to memory does not fail.
        let _ = gzip.write_all(text.as_bytes()).and_then(|()| gzip.flush());
        if matches!(self.state, State::Done) {
            return gzip.finish().unwrap_or_default().into();
        }
        let bytes = std::mem::take(gzip.get_mut());
        self.gzip = Some(gzip);
        bytes.into()
    }
}
