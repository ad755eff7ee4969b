//! `/api/v2/`: pages, images, documents and redirects, read as Wagtail's API v2 tells them.

mod answer;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::any;

use super::Api;
use crate::site;
use crate::telemetry::label::Route;

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

pub(super) fn routes() -> Router<Arc<Api>> {
    Endpoint::ALL.into_iter().fold(Router::new(), |router, endpoint| {
        let base = format!("/api/v2/{}", endpoint.word());
        let list = async move |State(api): State<Arc<Api>>, request: Request| api.list_v2(endpoint, request).await;
        let find = async move |State(api): State<Arc<Api>>, request: Request| api.find_v2(endpoint, request).await;
        let one = async move |State(api): State<Arc<Api>>, Path(id): Path<String>, request: Request| {
            api.one_v2(endpoint, &id, request).await
        };
        let slash = async move |request: Request| answer::with_slash(endpoint.list_route(), request.uri());
        let slash_of_one = async move |State(api): State<Arc<Api>>, Path(id): Path<String>, request: Request| match id
            == "find"
            || is_id(&id)
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

/// What Django's `<int:pk>` takes.
fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Api {
    async fn list_v2(&self, endpoint: Endpoint, _request: Request) -> Response {
        answer::refusal(endpoint.list_route(), http::StatusCode::NOT_FOUND, "not found")
    }

    async fn find_v2(&self, endpoint: Endpoint, _request: Request) -> Response {
        answer::refusal(endpoint.one_route(), http::StatusCode::NOT_FOUND, "not found")
    }

    async fn one_v2(&self, endpoint: Endpoint, id: &str, request: Request) -> Response {
        if !is_id(id) {
            return site::page(State(self.site.clone()), request).await;
        }
        answer::refusal(endpoint.one_route(), http::StatusCode::NOT_FOUND, "not found")
    }
}
