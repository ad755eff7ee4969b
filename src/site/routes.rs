//! Every route of the public listener. What is none of the fixed ones is a page, or is nothing.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse as _, Response, Sse, sse};
use axum::routing::any;
use futures_util::StreamExt as _;

use super::PublicSite;
use super::front::is_own;
use super::media::FileRequest;
use super::vitals;
use crate::http::form::is_form;
use crate::http::measure::{Answer, Note};
use crate::http::stack::{Face, PageRequest, RequestInfo};
use crate::media::url;
use crate::telemetry::label::{Route, Scheme};

/// Fixed ones beside the editor's; the first parts of their addresses are reserved in `content::shadow`.
const OWN: &[Route] = {
    use Route::{ApiHealth, DevReload, Document, Health, Rendition, Search, Sitemap, Static, Vitals};
    &[Static, Rendition, Document, Search, Sitemap, Health, ApiHealth, Vitals, DevReload]
};

/// The public listener's face: quick answers from the page cache, the router for the rest.
pub struct PublicFace {
    site: Arc<PublicSite>,
    router: Router,
}

impl PublicFace {
    /// `others`: the routes of the editor and of the API, beside those of visitors.
    pub fn new(site: Arc<PublicSite>, others: Router) -> Self {
        let mut router = Router::new()
            .route("/health", any(health))
            .route("/health/", any(health))
            .route("/api/v1/health", any(api_health))
            .route("/api/v1/health/", any(api_health))
            .route("/sitemap.xml", any(sitemap))
            .route("/sitemaps/{name}", any(sitemap_file))
            .route("/static/{*path}", any(static_file))
            .route("/media/images/{*path}", any(rendition))
            .route("/media/{*path}", any(former_file))
            .route("/documents/{*path}", any(document))
            .route("/search", any(search))
            .route("/search/", any(search))
            .route("/{language}/search/", any(search));
        if site.app.config.vitals.enabled {
            router = router.route(vitals::SCRIPT, any(vitals_script)).route(vitals::BEACON, any(vitals_beacon));
        }
        if site.app.config.is_dev() {
            router = router.route("/-/dev/reload", axum::routing::get(dev_reload));
        }
        Self { router: router.fallback(page).with_state(site.clone()).merge(others), site }
    }
}

impl Face for PublicFace {
    fn answer_at_once(&self, request: &PageRequest<'_>) -> Option<Answer> {
        if self.site.front.is_some() {
            let path = request.uri.path();
            // The server's own addresses are nobody else's.
            let is_open = self.route_of(path) == Route::Page;
            if is_open && let Some(answer) = self.site.front_at_once(request) {
                return Some(answer);
            }
            if self.site.front_is_first(path) {
                return None;
            }
        }
        if self.site.has_userbar(request) { None } else { self.site.answer_from_cache(request) }
    }

    fn router(&self) -> Router {
        self.router.clone()
    }

    fn route_of(&self, path: &str) -> Route {
        Route::of_path(path, OWN.iter().copied())
            .or_else(|| Route::of_path(path, Route::admin()))
            .or_else(|| Route::of_api_path(path))
            .unwrap_or(Route::Page)
    }
}

/// The note travels through the router as an extension.
fn handed_over(answer: Answer) -> Response {
    noted(answer.response.map(axum::body::Body::new), answer.note)
}

/// Puts a note on an answer of axum's own.
fn noted(mut response: Response, note: Note) -> Response {
    response.extensions_mut().insert(note);
    response
}

/// What the stack told of a request.
fn asked(parts: &http::request::Parts) -> PageRequest<'_> {
    let info = parts.extensions.get::<RequestInfo>();
    let (host, scheme) = info.map_or(("", Scheme::Http), |info| (&*info.host, info.scheme));
    PageRequest { method: &parts.method, uri: &parts.uri, host, scheme, headers: &parts.headers }
}

/// What is no fixed route: the front end, a page, or nothing.
pub async fn page(State(site): State<Arc<PublicSite>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let server = site.dev_server().filter(|_| !is_own(parts.uri.path()));
    let Some(server) = server else { return handed_over(page_of(&site, &parts, body).await) };
    let Some(info) = parts.extensions.get::<RequestInfo>().cloned() else {
        return handed_over(page_of(&site, &parts, body).await);
    };
    // A form is for a page of the site; what else changes something, or no page answers, is the front end's.
    if server.takes(&parts) {
        return handed_over(server.pass(parts, body, &info).await);
    }
    if is_form(&parts.method, &parts.headers) {
        return handed_over(page_of(&site, &parts, body).await);
    }
    let answer = page_of(&site, &parts, axum::body::Body::empty()).await;
    match answer.note.route {
        Route::Unmatched => handed_over(server.pass(parts, body, &info).await),
        _ => handed_over(answer),
    }
}

/// The site's own answer, and that of a built app.
async fn page_of(site: &Arc<PublicSite>, parts: &http::request::Parts, body: axum::body::Body) -> Answer {
    let info = parts.extensions.get::<RequestInfo>();
    if let Some(info) = info.filter(|_| parts.method == http::Method::POST) {
        return site.accept(parts, info, body).await;
    }
    let wanted = asked(parts);
    if let Some(answer) = site.front_at_once(&wanted).or_else(|| site.front_has_nothing(&wanted)) {
        return answer;
    }
    match site.has_userbar(&wanted) {
        true => site.answer_for_editor(&wanted).await,
        false => site.answer(&wanted).await,
    }
}

async fn sitemap(State(site): State<Arc<PublicSite>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let wanted = asked(&parts);
    handed_over(site.sitemap_index(&wanted).await)
}

async fn sitemap_file(State(site): State<Arc<PublicSite>>, Path(name): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let wanted = asked(&parts);
    match site.sitemap_file(&wanted, &name).await {
        Some(answer) => handed_over(answer),
        None => page(State(site), Request::from_parts(parts, body)).await,
    }
}

async fn search(State(site): State<Arc<PublicSite>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let wanted = asked(&parts);
    match site.search(&wanted).await {
        Some(answer) => handed_over(answer),
        None => page(State(site), Request::from_parts(parts, body)).await,
    }
}

async fn health(State(site): State<Arc<PublicSite>>, request: Request) -> Response {
    handed_over(site.health(request.method(), Route::Health))
}

async fn api_health(State(site): State<Arc<PublicSite>>, request: Request) -> Response {
    handed_over(site.health(request.method(), Route::ApiHealth))
}

async fn static_file(State(site): State<Arc<PublicSite>>, request: Request) -> Response {
    let statics = site.theme.load().statics.clone();
    if let Some(encoding) = statics.begin_preparing(request.uri().path(), request.headers()) {
        let (statics, path) = (statics.clone(), request.uri().path().to_owned());
        // Nobody waits for it: this answer is the plain file.
        drop(tokio::task::spawn_blocking(move || statics.prepare(&path, encoding)));
    }
    match statics.respond(request.method(), request.uri().path(), request.headers()) {
        Some(response) => noted(response.map(axum::body::Body::new), Note::of(Route::Static)),
        None => page(State(site), request).await,
    }
}

async fn rendition(State(site): State<Arc<PublicSite>>, request: Request) -> Response {
    if is_form(request.method(), request.headers()) {
        return page(State(site), request).await;
    }
    let (parts, _) = request.into_parts();
    handed_over(site.rendition(&file_request(&parts, url::RENDITIONS)).await)
}

/// Where a file was that comes from another system; else a page, or nothing.
async fn former_file(State(site): State<Arc<PublicSite>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match site.former_file(&file_request(&parts, url::MEDIA)).await {
        Some(answer) => handed_over(answer),
        None => page(State(site), Request::from_parts(parts, body)).await,
    }
}

async fn document(State(site): State<Arc<PublicSite>>, request: Request) -> Response {
    // The password of a restricted collection is given where the file is.
    if is_form(request.method(), request.headers()) {
        return page(State(site), request).await;
    }
    let (parts, _) = request.into_parts();
    handed_over(site.document(&file_request(&parts, url::DOCUMENTS)).await)
}

fn file_request<'r>(parts: &'r http::request::Parts, prefix: &str) -> FileRequest<'r> {
    let path = parts.uri.path().strip_prefix(prefix).unwrap_or_default();
    let PageRequest { method, uri, host, scheme, headers } = asked(parts);
    FileRequest { method, path, headers, uri, host, scheme }
}

async fn vitals_script(request: Request) -> Response {
    handed_over(vitals::script(request.method()))
}

async fn vitals_beacon(State(site): State<Arc<PublicSite>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match parts.extensions.get::<RequestInfo>() {
        Some(info) => handed_over(site.take_vitals(&parts, info, body).await),
        None => page(State(site), Request::from_parts(parts, body)).await,
    }
}

/// One event for every reload of the site folder; browsers of `vitrine dev` listen to it.
async fn dev_reload(State(site): State<Arc<PublicSite>>) -> Response {
    let mut reloads = site.reloads();
    reloads.mark_unchanged();
    let events = futures_util::stream::unfold(reloads, |mut reloads| async move {
        reloads.changed().await.ok()?;
        Some((Ok::<_, Infallible>(sse::Event::default().data("reload")), reloads))
    });
    let response = Sse::new(events.boxed()).keep_alive(sse::KeepAlive::default()).into_response();
    noted(response, Note::of(Route::DevReload))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::shadow;

    #[test]
    fn no_page_can_be_where_a_fixed_route_is() {
        for route in OWN.iter().copied().chain(Route::admin()).chain(Route::api()) {
            let first = route.as_str().split('/').nth(1).unwrap_or_default();
            // No slug has a dot.
            let is_safe = first.contains('.') || shadow::RESERVED.contains(&first);
            assert!(is_safe, "{} is not reserved", route.as_str());
        }
    }
}
