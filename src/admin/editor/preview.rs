//! The page as visitors would see it, before they do: never cached, and counted as nobody's view.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use serde::Deserialize;

use super::{Wants, data, on_page, save};
use crate::admin::Admin;
use crate::admin::answer::plain;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::pages::query_of;
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::content::page::{Page, PageContent};
use crate::http::measure::Note;
use crate::site::{Look, PageError, Preview};
use crate::telemetry::label::{Failure, Route};

const ROUTE: Route = Route::AdminPreview;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    content: PageContent,
}

/// The newest draft.
pub(super) async fn draft(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let mode = mode(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    let work = async |seat: &Seat, page: Page| {
        let look = look(&admin, &page, &mode)?;
        match data::newest(&admin, &page).await? {
            Some(newest) => show(&admin, seat, page, newest.content, look).await,
            // Never edited here: what is live is all there is.
            None => Ok(answer(&admin, seat, admin.site.preview(page, look).await)),
        }
    };
    on_page(&admin, entering, &id, Wants::See, work).await
}

/// What the form holds just now.
pub(super) async fn unsaved(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let mode = mode(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Json);
    let work = async |seat: &Seat, page: Page| {
        let look = look(&admin, &page, &mode)?;
        let sent: Sent = save::body(&admin, seat, request).await?;
        let content = admin.app.content.completed(&page, sent.content, &seat.actor()).await?;
        show(&admin, seat, page, content, look).await
    };
    on_page(&admin, entering, &id, Wants::Edit, work).await
}

fn mode(request: &Request) -> String {
    query_of(request).first("mode").unwrap_or_default().to_owned()
}

fn look(admin: &Admin, page: &Page, mode: &str) -> Result<Look, Refusal> {
    let types = admin.app.content.types();
    let found = types.find(&page.type_name).and_then(|of_type| Look::find(of_type, mode));
    found.ok_or_else(|| Refusal::Bad(said("no-such-preview-mode").with("mode", mode.to_owned())))
}

async fn show(admin: &Admin, seat: &Seat, page: Page, content: PageContent, look: Look) -> Done {
    let page = admin.app.content.as_if(page, content)?;
    Ok(answer(admin, seat, admin.site.preview(page, look).await))
}

/// A page in the making, or why there is none.
pub(in crate::admin) fn answer(admin: &Admin, seat: &Seat, made: Result<Option<Preview>, PageError>) -> Response {
    match made {
        Ok(Some(preview)) => {
            let mut response = plain(StatusCode::OK, seat.route);
            let cache = response.headers_mut().remove(http::header::CACHE_CONTROL);
            *response.headers_mut() = preview.headers;
            response.headers_mut().extend(cache.map(|value| (http::header::CACHE_CONTROL, value)));
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, html);
            *response.body_mut() = preview.html.into();
            response
        }
        Ok(None) => admin.missing(seat, said("no-site-shows-page")),
        Err(error) => {
            tracing::error!(%error, "a preview failed");
            let text = said("template-failed");
            let mut response = admin.refuse(seat, StatusCode::INTERNAL_SERVER_ERROR, "template", text);
            let failure = if error.is_outage() { Failure::Database } else { Failure::Template };
            response.extensions_mut().insert(Note { failure, ..Note::of(seat.route) });
            response
        }
    }
}
