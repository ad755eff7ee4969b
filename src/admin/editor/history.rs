//! The history of a page: its revisions, those of one sitting together, and what else was done to it.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Wants, on_page};
use crate::accounts::PageOf;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::{Admin, time, words};
use crate::content::page::Page;
use crate::content::revision::{self, LIST_LIMIT, Listed};
use crate::content::{audit, schedule};
use crate::db::DbError;
use crate::telemetry::label::Route;

#[derive(Default, Deserialize)]
pub(super) struct Asked {
    /// Revisions older than this one.
    before: Option<i64>,
}

pub(super) async fn page(
    State(admin): State<Arc<Admin>>,
    Path(id): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
    request: Request,
) -> Response {
    let entering = admin.enter(&request, Route::AdminHistory, Speaks::Html);
    let work = async |seat: &Seat, page: Page| {
        let before = asked.ok().and_then(|Query(asked)| asked.before).unwrap_or(i64::MAX);
        let context = facts(&admin, seat, &page, before).await?;
        Ok(admin.page(seat, "admin/history.html", context))
    };
    on_page(&admin, entering, &id, Wants::See, work).await
}

/// Makes an old revision the newest draft.
pub(super) async fn revert(
    State(admin): State<Arc<Admin>>,
    Path((id, revision)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = admin.enter(&request, Route::AdminRevert, Speaks::Html);
    let work = async |seat: &Seat, page: Page| {
        let revision = revision.parse().unwrap_or_default();
        admin.app.content.revert(page.id, revision, seat.actor()).await?;
        Ok(see_other(&format!("/admin/pages/{}/edit/", page.id), seat.route))
    };
    on_page(&admin, entering, &id, Wants::Edit, work).await
}

/// What a program is called.
pub(in crate::admin) fn author(name: &str) -> &str {
    if name.is_empty() { "Vitrine" } else { name }
}

async fn facts(admin: &Admin, seat: &Seat, page: &Page, before: i64) -> Result<Value, DbError> {
    let db = &admin.app.db;
    let revisions = revision::list_facts(&**db, page.id, before).await?;
    let asked = audit::Asked { page: Some(page.id), ..audit::Asked::default() };
    let events = audit::list(db, &asked).await?;
    let plan = schedule::find(&**db, page.id).await?;
    let listed = admin.app.content.list_pages(vec![page.id]).await?.pop();
    let named = events.iter().filter_map(|entry| entry.revision_id);
    let named = named.chain(revisions.iter().filter_map(|revision| revision.reverted_from)).collect();
    let there = admin.app.content.revisions_there(page.id, named).await?;
    let zone = seat.zone();
    let sittings: Vec<Value> = revisions
        .chunk_by(|one, other| !one.sitting.is_empty() && one.sitting == other.sitting && one.author == other.author)
        .map(|sitting| {
            let mut shown = shown(page, sitting, plan.as_ref().and_then(|plan| plan.publish_revision_id), &zone);
            shown["reverted_purged"] = json!(sitting[0].reverted_from.is_some_and(|id| !there.contains(&id)));
            shown
        })
        .collect();
    let more = (revisions.len() as i64 == LIST_LIMIT).then(|| revisions.last().map(|last| last.id)).flatten();
    let event = |entry: &audit::Entry| {
        json!({
            "event": words::event(&entry.event), "actor": author(&entry.actor), "at": time(entry.at, &zone), "channel": entry.channel,
            "trace_id": entry.trace_id, "revision": entry.revision_id,
            "purged": entry.revision_id.is_some_and(|id| !there.contains(&id)),
        })
    };
    let place = PageOf { path: &page.path, owner: page.owner };
    Ok(json!({
        "title": page.draft_title,
        "page_id": page.id,
        "expired": listed.and_then(|row| row.expired_at).filter(|_| !page.live).map(|at| time(at, &zone)),
        "sittings": sittings,
        "more": more,
        "events": events.iter().take(audit::PAGE_SIZE as usize).map(event).collect::<Vec<_>>(),
        "may_edit": seat.grants.may_edit(place),
    }))
}

/// One sitting, the newest revision first.
fn shown(page: &Page, sitting: &[Listed], scheduled: Option<i64>, zone: &TimeZone) -> Value {
    let holds = |id: Option<i64>| id.filter(|id| sitting.iter().any(|revision| revision.id == *id));
    let (newest, oldest) = (&sitting[0], &sitting[sitting.len() - 1]);
    let saves: Vec<Value> = sitting
        .iter()
        .map(|revision| {
            json!({ "id": revision.id, "at": time(revision.created_at, zone), "automatic": revision.automatic })
        })
        .collect();
    json!({
        "id": newest.id,
        "author": author(&newest.author),
        "from": time(oldest.created_at, zone),
        "to": time(newest.created_at, zone),
        "saves": saves,
        "reverted_from": newest.reverted_from,
        "is_latest": holds(page.latest_revision_id).is_some(),
        "live": holds(page.live_revision_id),
        "scheduled": holds(scheduled),
    })
}
