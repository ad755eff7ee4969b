//! Choosing snippets, and what tags there are.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::{ROUTE, query};
use crate::admin::Admin;
use crate::admin::entry::Speaks;
use crate::admin::pages::query_of;
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::content::snippet::{self, Listing, PAGE_SIZE};
use crate::content::tag;
use crate::content::types::Kind;
use crate::http::form::FormData;

/// Snippets of one type that a chooser goes through.
const MAX_OFFSET: i64 = 10_000;

pub(super) async fn snippets(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Json);
    admin.answer(entering, async |_| list_snippets(&admin, &query).await).await
}

pub(super) async fn tags(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Json);
    admin.answer(entering, async |_| list_tags(&admin, &query).await).await
}

/// Names alone: whoever edits pages chooses from all of them, as in Wagtail.
async fn list_snippets(admin: &Admin, form: &FormData) -> Done {
    let types = admin.app.content.types();
    let type_name = form.first("type").unwrap_or_default();
    let known = types.find(type_name).filter(|known| known.kind == Kind::Snippet);
    let known = known.ok_or(Refusal::Missing(said("no-such-type-of-snippets")))?;
    let offset = match form.first("cursor").filter(|text| !text.is_empty()) {
        Some(text) => text.parse::<i64>().ok().filter(|offset| (0..=MAX_OFFSET).contains(offset)),
        None => Some(0),
    };
    let offset = offset.ok_or(Refusal::Bad(said("no-such-part")))?;
    let listing = Listing { type_name, search: query(form)?, offset, ..Listing::default() };
    let rows = snippet::list(&admin.app.db, &listing).await?;
    let total = rows.first().map_or(0, |row| row.total);
    let end = offset + PAGE_SIZE;
    let next = (total > end && end <= MAX_OFFSET).then(|| end.to_string());
    let items: Vec<Value> =
        rows.iter().map(|row| json!({ "id": row.id, "label": row.name, "type": known.name })).collect();
    Ok(admin.json(StatusCode::OK, ROUTE, json!({ "items": items, "next": next })))
}

async fn list_tags(admin: &Admin, form: &FormData) -> Done {
    let found = tag::suggest(&admin.app.db, query(form)?).await?;
    let names: Vec<&str> = found.iter().map(|tag| tag.name.as_str()).collect();
    Ok(admin.json(StatusCode::OK, ROUTE, json!({ "items": names })))
}
