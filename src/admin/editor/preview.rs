//! The page as visitors would see it, before they do: never cached, and counted as nobody's view.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde::Deserialize;

use super::{Wants, data, find, refusal, save};
use crate::admin::Admin;
use crate::admin::answer;
use crate::admin::entry::{Seat, Speaks};
use crate::content::page::{Page, PageContent};
use crate::http::measure::Note;
use crate::telemetry::label::{Failure, Route};

const ROUTE: Route = Route::AdminPreview;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    content: PageContent,
}

/// The newest draft.
pub(super) async fn draft(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let seat = match admin.enter(&request, ROUTE, Speaks::Html).await {
        Ok(seat) => seat,
        Err(answer) => return answer,
    };
    let page = match find(&admin, &seat, &id, Wants::See).await {
        Ok(page) => page,
        Err(answer) => return answer,
    };
    match data::newest(&admin, &page).await {
        Ok(Some(newest)) => show(&admin, &seat, page, newest.content).await,
        // Never edited here: what is live is all there is.
        Ok(None) => render(&admin, &seat, page).await,
        Err(error) => admin.failed(ROUTE, seat.speaks, &error.into()),
    }
}

/// What the form holds just now.
pub(super) async fn unsaved(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let seat = match admin.enter(&request, ROUTE, Speaks::Json).await {
        Ok(seat) => seat,
        Err(answer) => return answer,
    };
    let page = match find(&admin, &seat, &id, Wants::Edit).await {
        Ok(page) => page,
        Err(answer) => return answer,
    };
    match save::body::<Sent>(&admin, &seat, request).await {
        Ok(sent) => show(&admin, &seat, page, sent.content).await,
        Err(answer) => answer,
    }
}

async fn show(admin: &Admin, seat: &Seat, page: Page, content: PageContent) -> Response {
    match admin.app.content.as_if(page, content) {
        Ok(page) => render(admin, seat, page).await,
        Err(error) => refusal::of(admin, seat, error),
    }
}

async fn render(admin: &Admin, seat: &Seat, page: Page) -> Response {
    match admin.site.preview(page).await {
        Ok(Some(preview)) => {
            let mut response = answer::plain(StatusCode::OK, ROUTE);
            let cache = response.headers_mut().remove(http::header::CACHE_CONTROL);
            *response.headers_mut() = preview.headers;
            response.headers_mut().extend(cache.map(|value| (http::header::CACHE_CONTROL, value)));
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, html);
            *response.body_mut() = preview.html.into();
            response
        }
        Ok(None) => admin.missing(seat, "No site shows the place where this page is."),
        Err(error) => {
            tracing::error!(%error, "a preview failed");
            let text = "The page cannot be shown: its template failed.";
            let mut response = admin.refuse(seat, StatusCode::INTERNAL_SERVER_ERROR, "template", text);
            let failure = if error.is_outage() { Failure::Database } else { Failure::Template };
            response.extensions_mut().insert(Note { failure, ..Note::of(ROUTE) });
            response
        }
    }
}
