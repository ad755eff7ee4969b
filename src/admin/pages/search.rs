//! Searching for pages, drafts too, among those that whoever asks may see.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::query_of;
use crate::admin::Admin;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::{Done, Refusal};
use crate::content::explore::MAX_FOUND;
use crate::http::form::FormData;
use crate::telemetry::label::Route;

/// Longest query, in characters.
const MAX_QUERY: usize = 200;

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let query = query_of(&request);
    let entered = admin.enter(&request, Route::AdminSearch, Speaks::Html);
    drop(request);
    match entered.await {
        Ok(seat) => admin.end(&seat, show(&admin, &seat, &query).await),
        Err(answer) => answer,
    }
}

async fn show(admin: &Admin, seat: &Seat, query: &FormData) -> Done {
    let (content, grants) = (&admin.app.content, &seat.grants);
    let text = query.first("q").unwrap_or_default().trim();
    if text.chars().count() > MAX_QUERY {
        return Err(Refusal::Bad("The search is too long: a few words will do."));
    }
    let ids = content.find_pages(text, grants.explored_root(), |path| grants.may_see(path)).await?;
    let types = content.types();
    let found = content.list_pages(ids).await?;
    let mut rows: Vec<Value> = Vec::new();
    for page in &found {
        let mut row = admin.row(seat, &types, page);
        row["place"] = if row["public_url"].is_null() { json!(page.url_path) } else { row["public_url"].clone() };
        rows.push(row);
    }
    let is_full = rows.len() == MAX_FOUND;
    Ok(admin.page(seat, "admin/pages/search.html", json!({ "q": text, "rows": rows, "is_full": is_full })))
}
