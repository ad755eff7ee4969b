//! `/api/v2/`: pages, images, documents and redirects, read as Wagtail's API v2 tells them.

mod answer;
mod ask;
mod fields;
mod files;
mod filters;
mod kept;
mod model;
mod object;
mod operations;
mod pages;
mod params;
mod python;
mod redirects;
mod rich;
mod shape;
mod value;

pub(in crate::api) use rich::RichText;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::any;
use http::StatusCode;
use http::header::AUTHORIZATION;

use super::Api;
use super::caller::Caller;
use crate::http::stack::RequestInfo;
use crate::site;
use crate::telemetry::label::Route;
use answer::{Layout, Refusal};
use ask::Asked;
pub use kept::Kept;
pub(super) use operations::PART;
use params::Params;

/// What can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Endpoint {
    Pages,
    Images,
    Documents,
    Redirects,
}

impl Endpoint {
    const ALL: [Self; 4] = [Self::Pages, Self::Images, Self::Documents, Self::Redirects];

    /// In addresses.
    const fn word(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::Images => "images",
            Self::Documents => "documents",
            Self::Redirects => "redirects",
        }
    }

    /// The framework's name of it.
    const fn title(self) -> &'static str {
        match self {
            Self::Pages => "Pages Api",
            Self::Images => "Images Api",
            Self::Documents => "Documents Api",
            Self::Redirects => "Redirects Api",
        }
    }

    const fn list_route(self) -> Route {
        match self {
            Self::Pages => Route::ApiV2Pages,
            Self::Images => Route::ApiV2Images,
            Self::Documents => Route::ApiV2Documents,
            Self::Redirects => Route::ApiV2Redirects,
        }
    }

    const fn one_route(self) -> Route {
        match self {
            Self::Pages => Route::ApiV2Page,
            Self::Images => Route::ApiV2Image,
            Self::Documents => Route::ApiV2Document,
            Self::Redirects => Route::ApiV2Redirect,
        }
    }
}

/// What is asked of an endpoint.
#[derive(Clone, Copy, Debug)]
enum Wish {
    List,
    Find,
    One(i64),
}

pub(super) fn routes() -> Router<Arc<Api>> {
    Endpoint::ALL.into_iter().fold(Router::new(), |router, endpoint| {
        let base = format!("/api/v2/{}", endpoint.word());
        let list = async move |State(api): State<Arc<Api>>, caller: Caller, request: Request| {
            api.answer_v2(endpoint, Wish::List, &caller, request.into_parts().0).await
        };
        let find = async move |State(api): State<Arc<Api>>, caller: Caller, request: Request| {
            api.answer_v2(endpoint, Wish::Find, &caller, request.into_parts().0).await
        };
        let one = async move |State(api): State<Arc<Api>>, Path(id): Path<String>, caller: Caller, request: Request| {
            match number(&id) {
                Some(id) => api.answer_v2(endpoint, Wish::One(id), &caller, request.into_parts().0).await,
                None => site::page(State(api.site.clone()), request).await,
            }
        };
        let slash = async move |request: Request| answer::with_slash(endpoint.list_route(), request.uri());
        let slash_of_one = async move |State(api): State<Arc<Api>>, Path(id): Path<String>, request: Request| match id
            == "find"
            || number(&id).is_some()
        {
            true => answer::with_slash(endpoint.one_route(), request.uri()),
            false => site::page(State(api.site.clone()), request).await,
        };
        router
            .route(&format!("{base}/"), any(list))
            .route(&format!("{base}/find/"), any(find))
            .route(&format!("{base}/{{id}}/"), any(one))
            .route(&base, any(slash))
            .route(&format!("{base}/{{id}}"), any(slash_of_one))
    })
}

/// What Django's `<int:pk>` takes; a number that no object has for those that are too large.
fn number(text: &str) -> Option<i64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(i64::MAX))
}

impl Api {
    async fn answer_v2(
        &self,
        endpoint: Endpoint,
        wish: Wish,
        caller: &Caller,
        parts: http::request::Parts,
    ) -> Response {
        let route = if matches!(wish, Wish::List) { endpoint.list_route() } else { endpoint.one_route() };
        let params = Params::parse(parts.uri.query().unwrap_or(""));
        let (params, refusal) = match params {
            Ok(params) => (params, None),
            Err(refusal) => (Params::default(), Some(refusal)),
        };
        let layout = match Layout::negotiate(endpoint, route, &parts.method, &parts.headers, &params) {
            Ok(layout) => layout,
            Err(answer) => return *answer,
        };
        if let Some(refusal) = refusal {
            return layout.refuse(&refusal);
        }
        let host = parts.extensions.get::<RequestInfo>().map_or("", |info| &*info.host);
        let Some(site) = self.site.site_at(host) else {
            return layout.refuse(&Refusal::starting());
        };
        let asked = Asked { params: &params, site, headers: &parts.headers, caller, layout };
        match self.answer_asked(endpoint, wish, &asked).await {
            Ok(answer) => answer,
            Err(refusal) => layout.refuse(&refusal),
        }
    }

    async fn answer_asked(&self, endpoint: Endpoint, wish: Wish, asked: &Asked<'_>) -> Result<Response, Refusal> {
        let key = self.key(endpoint, wish, asked);
        if let Some(freshness) = self.site.freshness_of_copies()
            && let Some(copy) = key.as_ref().and_then(|key| self.kept.find(key))
        {
            let mut response = asked.layout.written(StatusCode::OK, copy.text);
            freshness.tell(copy.made, response.headers_mut());
            return Ok(response);
        }
        let began = self.kept.begin();
        let told = match (endpoint, wish) {
            (Endpoint::Pages, Wish::List) => self.list_pages(asked).await?,
            (Endpoint::Pages, Wish::One(id)) => self.one_page(asked, id).await?,
            (Endpoint::Pages, Wish::Find) => return self.find_page(asked).await,
            (Endpoint::Redirects, Wish::List) => self.list_redirects(asked).await?,
            (Endpoint::Redirects, Wish::One(id)) => self.one_redirect(asked, id).await?,
            (Endpoint::Redirects, Wish::Find) => return self.find_redirect(asked).await,
            (_, Wish::List) => self.list_files(endpoint, asked).await?,
            (_, Wish::One(id)) => self.one_file(endpoint, asked, id).await?,
            (_, Wish::Find) => return self.find_file(endpoint, asked).await,
        };
        let text = asked.layout.write(&told);
        if let Some(key) = key {
            self.kept.keep(began, key, text.clone());
        }
        Ok(asked.layout.written(StatusCode::OK, text))
    }

    /// Objects of one list, at most.
    fn v2_limit_max(&self) -> i64 {
        self.site.app.config.api.v2_limit_max.into()
    }

    fn refuse_search(&self) -> Result<(), Refusal> {
        match self.site.app.config.api.v2_search_enabled {
            true => Ok(()),
            false => Err(Refusal::bad("search is disabled")),
        }
    }

    /// What an answer is kept under; none for what is not the same for everybody, or each time. Changes of images,
    /// documents and redirects are not all told, so that these lists are made each time.
    fn key(&self, endpoint: Endpoint, wish: Wish, asked: &Asked<'_>) -> Option<String> {
        let config = &self.site.app.config;
        let is_random = asked.params.find("order") == Some("random");
        let is_own = asked.headers.contains_key(AUTHORIZATION) || asked.has_cookies();
        let is_kept = config.cache.enabled && !config.is_dev() && endpoint == Endpoint::Pages;
        if !is_kept || is_random || is_own || asked.params.has("search") {
            return None;
        }
        let what = match wish {
            Wish::List => "list".to_owned(),
            Wish::One(id) => id.to_string(),
            Wish::Find => return None,
        };
        Some(format!("{} {:?} {what} {}", asked.site.id, asked.layout.indent(), asked.params.without(&["_"])))
    }
}
