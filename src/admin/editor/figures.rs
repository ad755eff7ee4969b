//! What a page does for its visitors, for whoever edits it: views, times, errors, and how fast it is in browsers.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::{Wants, on_page};
use crate::admin::Admin;
use crate::admin::entry::{Seat, Speaks};
use crate::clock::Micros;
use crate::content::figures;
use crate::content::page::Page;
use crate::telemetry::figures::{Buckets, Figures, quantile};
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminFigures;

pub(super) async fn of_page(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Json);
    let work = async |_: &Seat, page: Page| {
        let (day, week) = figures::load(&admin.app.db, page.id, Micros::now()).await?;
        let answer = json!({ "day": shown(&day), "week": shown(&week) });
        Ok(admin.json(StatusCode::OK, ROUTE, answer))
    };
    on_page(&admin, entering, &id, Wants::See, work).await
}

/// Null when nobody asked for the page.
fn shown(figures: &Figures) -> Value {
    if figures.requests == 0 {
        return Value::Null;
    }
    let share = |part: u64| part as f64 / figures.requests as f64;
    let at = |buckets: &Buckets, q: f64| quantile(buckets, q).map(|value| (value * 10.0).round() / 10.0);
    let misses = figures.requests - figures.hits.min(figures.requests);
    json!({
        "views": figures.views,
        "requests": figures.requests,
        "p50_ms": at(&figures.times, 0.5),
        "p95_ms": at(&figures.times, 0.95),
        "error_ratio": share(figures.errors),
        "hit_ratio": share(figures.hits),
        "queries_per_miss": (misses > 0).then(|| figures.queries as f64 / misses as f64),
        "bytes_per_request": figures.bytes / figures.requests,
        "lcp_p75_ms": at(&figures.lcp, 0.75),
        "inp_p75_ms": at(&figures.inp, 0.75),
        "cls_p75": quantile(&figures.cls, 0.75).map(|value| (value.round()) / 1_000.0),
    })
}
