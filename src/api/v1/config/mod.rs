//! `/api/v1/config/frontend/`: what front ends are told at run time, whoever asks: the settings that their types
//! declare `public`, as the site of the host has them. `…/events` tells when it changed.

mod events;
mod operations;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue};
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::at;
use super::problem::Refusal;
use crate::api::Api;
use crate::content::site::Site;
use crate::http::conditional;
use crate::http::measure::Note;
use crate::http::problem::Problem;
use crate::http::stack::RequestInfo;
use crate::telemetry::Telemetry;
use crate::telemetry::label::Route;
use events::Listening;
pub(super) use operations::PART;

/// Caches may have it, and ask each time whether it is still so: a change is told at once.
const REVALIDATED: HeaderValue = HeaderValue::from_static("public, no-cache");
/// Bytes of a digest that an ETag shows.
const DIGEST_BYTES: usize = 16;
/// Seconds to wait while the sites are not loaded.
const RETRY_S: u32 = 5;

pub(super) fn routes() -> Router<Arc<Api>> {
    let (whole, events) = ("/api/v1/config/frontend/", "/api/v1/config/frontend/events/");
    Router::new().merge(at(whole, get(show), (Route::ApiConfig, "GET, HEAD"))).merge(at(
        events,
        get(events::stream),
        (Route::ApiConfigEvents, "GET, HEAD"),
    ))
}

/// What front ends are told and who of them listens.
pub(in crate::api) struct Frontends {
    kept: Mutex<Kept>,
    listening: Listening,
}

/// By site, until anything changes.
#[derive(Default)]
struct Kept {
    told: HashMap<i64, Arc<Told>>,
    /// Rises with every change: what was read before one is not kept.
    changes: u64,
}

impl Frontends {
    pub(in crate::api) fn new(telemetry: &Arc<Telemetry>) -> Arc<Self> {
        Arc::new(Self { kept: Mutex::default(), listening: Listening::new(telemetry) })
    }

    /// Something changed: which settings and sites it touches is not looked at.
    pub(in crate::api) fn forget(&self) {
        {
            let mut kept = self.kept.lock();
            *kept = Kept { changes: kept.changes + 1, ..Kept::default() };
        }
        self.listening.tell();
    }

    /// `Err`: how many changes there were before what is to be kept is read.
    fn find(&self, site: i64) -> Result<Arc<Told>, u64> {
        let kept = self.kept.lock();
        kept.told.get(&site).cloned().ok_or(kept.changes)
    }

    fn keep(&self, site: i64, told: Arc<Told>, began: u64) {
        let mut kept = self.kept.lock();
        if kept.changes == began {
            kept.told.insert(site, told);
        }
    }
}

/// One state of the configuration of a site.
struct Told {
    body: Bytes,
    /// Strong, without its quotes.
    tag: String,
}

impl Told {
    fn of(body: Bytes) -> Self {
        let tag = data_encoding::HEXLOWER.encode(&Sha256::digest(&body)[..DIGEST_BYTES]);
        Self { body, tag }
    }

    fn etag(&self) -> String {
        format!("\"{}\"", self.tag)
    }
}

impl Api {
    /// What the site of this host tells now; no SQL: settings are in memory. `None`: there is no site yet.
    fn told(&self, host: &str) -> Option<Arc<Told>> {
        let on = self.site.site_at(host)?;
        let began = match self.frontends.find(on.id) {
            Ok(told) => return Some(told),
            Err(began) => began,
        };
        let told = Arc::new(Told::of(self.of_site(&on).to_string().into()));
        self.frontends.keep(on.id, told.clone(), began);
        Some(told)
    }

    fn of_site(&self, on: &Site) -> Value {
        let content = &self.site.app.content;
        let (types, settings) = (content.types(), content.settings());
        let mut told = Map::new();
        for of_type in types.settings().filter(|of_type| of_type.public) {
            let mut values = settings.values(&types, of_type, on.id);
            let names = of_type.api_fields().into_iter().map(|field| field.name.clone());
            let listed = names.map(|name| (name.clone(), values.remove(&name).unwrap_or_default())).collect();
            told.insert(of_type.template_name(), Value::Object(listed));
        }
        let languages: Vec<&str> = on.languages.iter().map(|language| language.code.as_str()).collect();
        json!({
            "site": {
                "name": on.name, "base_url": on.base_url, "language": languages.first(), "languages": languages,
            },
            "settings": told,
        })
    }
}

fn info(request: &Request) -> &RequestInfo {
    request.extensions().get::<RequestInfo>().expect("http::stack adds it before the router")
}

fn no_site(route: Route) -> Response {
    let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The server cannot do it now");
    Refusal::from(problem.with_retry_after_s(RETRY_S)).answer(route)
}

async fn show(State(api): State<Arc<Api>>, request: Request) -> Response {
    let Some(told) = api.told(&info(&request).host) else { return no_site(Route::ApiConfig) };
    let etag = told.etag();
    let known = conditional::none_match_names(request.headers(), &etag);
    let mut response = Response::new(if known { axum::body::Body::empty() } else { told.body.clone().into() });
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, REVALIDATED);
    headers.extend(HeaderValue::try_from(etag).map(|etag| (ETAG, etag)));
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response.extensions_mut().insert(Note::of(Route::ApiConfig));
    response
}
