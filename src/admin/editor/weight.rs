//! What the draft of a page weighs for whoever opens it, beside what is live: told before it is published.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::{Wants, data, on_page};
use crate::admin::Admin;
use crate::admin::entry::{Seat, Speaks};
use crate::content::EditError;
use crate::content::page::Page;
use crate::site::weight::Weight;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminWeight;

/// `{"draft": WEIGHT, "live": WEIGHT}`; null for what cannot be shown, or is not live.
pub(super) async fn of_page(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Json);
    let work = async |_: &Seat, page: Page| {
        let (draft, live) = weigh(&admin, page).await?;
        let answer = json!({ "draft": draft.map(shown), "live": live.map(shown) });
        Ok(admin.json(StatusCode::OK, ROUTE, answer))
    };
    on_page(&admin, entering, &id, Wants::See, work).await
}

async fn weigh(admin: &Admin, page: Page) -> Result<(Option<Weight>, Option<Weight>), EditError> {
    let live = if page.live { weight_of(admin, page.clone()).await } else { None };
    let draft = match data::newest(admin, &page).await? {
        Some(newest) => weight_of(admin, admin.app.content.as_if(page, newest.content)?).await,
        None => live,
    };
    Ok((draft, live))
}

/// A draft that cannot be drawn has no weight: the preview tells why.
async fn weight_of(admin: &Admin, page: Page) -> Option<Weight> {
    let preview = admin.site.preview(page).await.ok()??;
    Some(admin.site.weigh(preview.html).await)
}

fn shown(weight: Weight) -> Value {
    json!({
        "bytes": weight.bytes(), "html_bytes": weight.html_bytes, "image_bytes": weight.image_bytes,
        "images": weight.images, "unknown": weight.unknown,
    })
}
