//! What is done to several pages of a list: published, taken off the site; moved and deleted from pages of their own.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::json;

use super::{act, explorer, ids, query_of, row};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::bulk::{Kind, NewBulk};
use crate::content::explore::Listed;
use crate::http::form::FormData;
use crate::telemetry::label::{BulkAction, Route};

const ROUTE: Route = Route::AdminPages;
/// Titles that a question names.
pub(in crate::admin) const NAMED: usize = 20;

pub(super) async fn act(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| run(&admin, seat, &query, request).await).await
}

/// The pages of an order, as they are called.
pub(super) fn items(rows: &[Listed]) -> Vec<(i64, String)> {
    rows.iter().map(|page| (page.id, page.title.clone())).collect()
}

async fn run(admin: &Admin, seat: &Seat, query: &FormData, request: Request) -> Done {
    let mut form = admin.read_form(seat, request).await?;
    let only = query.first("only");
    // A button of one row: whatever else is ticked.
    if let Some(only) = only {
        let kept = form.pairs().iter().filter(|(name, _)| name != "ids" && name != "all");
        let pairs = kept.map(|(name, value)| (name.as_str(), value.as_str())).chain([("ids", only)]);
        let text = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        form = FormData::parse(text.as_bytes());
    }
    let is_all = form.first("all").is_some();
    let (rows, has_more) = match is_all {
        true => explorer::matching(admin, seat, &form).await?,
        false => (act::named(admin, seat, &form).await?, false),
    };
    if rows.is_empty() {
        return Err(Refusal::Bad(said("no-page-is-like-that-any-more")));
    }
    let packed = ids::pack(rows.iter().map(|row| row.id));
    let action = match form.first("action").and_then(BulkAction::parse) {
        Some(action @ (BulkAction::Publish | BulkAction::Unpublish)) => action,
        Some(action @ (BulkAction::Move | BulkAction::Delete)) => {
            return Ok(see_other(&format!("/admin/pages/{}/?ids={packed}", action.as_str()), ROUTE));
        }
        _ => return Err(Refusal::Bad(said("choose-what-to-do-with-pages"))),
    };
    let back = act::back(&form, &rows);
    if is_all {
        let titles: Vec<Said> = rows.iter().take(NAMED).map(row::title).collect();
        let context = json!({
            "kind": Kind::Page.as_str(), "action": action.as_str(), "total": rows.len(), "titles": titles,
            "more": rows.len() - titles.len(), "has_more": has_more, "ids": packed, "url": "/admin/pages/bulk/",
            "back": back,
        });
        return Ok(admin.page(seat, "admin/bulk/sure.html", context));
    }
    let order = NewBulk {
        account: seat.session.account_id,
        kind: Kind::Page,
        action,
        target: None,
        detail: String::new(),
        back: back.clone(),
        items: items(&rows),
    };
    let (id, progress) = admin.begin_bulk(order).await?;
    let is_plain = only.is_some() && progress.done == progress.total();
    Ok(see_other(&if is_plain { back } else { format!("/admin/bulk/{id}/") }, ROUTE))
}
