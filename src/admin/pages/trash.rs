//! The trash: what was deleted, until when it stays, and bringing it back.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::{act, ids, query_of, row};
use crate::accounts::{Grants, PageOf, Subtree};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::clock::Micros;
use crate::content::explore::{Cursor, Entry};
use crate::content::{EditError, Restoring};
use crate::http::form::FormData;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminTrash;
const URL: &str = "/admin/trash/";
/// What emptying the trash asks to type.
const WORD: &str = "empty";

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| show(&admin, seat, &query, None).await).await
}

pub(super) async fn act(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| run(&admin, seat, request).await).await
}

/// A page as it stood: below its parent.
fn stood(entry: &Entry) -> String {
    format!("{}0000", entry.parent_path)
}

/// What was there may be seen by whoever may see the place; without a place, by superusers.
fn may_see(grants: &Grants, entry: &Entry) -> bool {
    grants.is_superuser() || (!entry.parent_path.is_empty() && grants.may_see(&stood(entry)))
}

/// Bringing it back adds a page, and publishes what was live.
fn may_restore(grants: &Grants, entry: &Entry) -> bool {
    let path = stood(entry);
    let page = PageOf { path: &path, owner: entry.owner_id };
    let there = PageOf { path: &entry.parent_path, owner: None };
    grants.is_superuser()
        || (may_see(grants, entry)
            && grants.may_add_below(there)
            && grants.may_edit(page)
            && (!entry.any_live || grants.may_publish(page)))
}

/// For good.
fn may_purge(grants: &Grants, entry: &Entry) -> bool {
    let path = stood(entry);
    let page = PageOf { path: &path, owner: entry.owner_id };
    let subtree = Subtree { has_children: entry.pages > 1, any_live: entry.any_live, all_owned: false };
    grants.is_superuser() || (may_see(grants, entry) && grants.may_delete(page, subtree))
}

async fn show(admin: &Admin, seat: &Seat, query: &FormData, error: Option<Said>) -> Done {
    let content = &admin.app.content;
    let after = match query.first("after").filter(|text| !text.is_empty()) {
        Some(text) => Some(Cursor::parse(text).ok_or(Refusal::Bad(said("no-such-part")))?),
        None => None,
    };
    let (entries, next) = content.explore_trash(after.as_ref()).await?;
    let types = content.types();
    let shown = |entry: &Entry| {
        json!({
            "id": entry.id,
            "title": entry.title,
            "type_label": row::type_label(&types, &entry.type_name),
            "pages": entry.pages,
            "when": row::when(entry.trashed_at, &seat.zone()),
            "parent": entry.parent_id.map(|id| json!({ "title": entry.parent_title, "url": row::address(id) })),
            "may": { "restore": may_restore(&seat.grants, entry), "purge": may_purge(&seat.grants, entry) },
        })
    };
    let seen: Vec<Value> = entries.iter().filter(|entry| may_see(&seat.grants, entry)).map(shown).collect();
    let context = json!({
        "entries": seen,
        "next": next.map(|next| format!("{URL}?after={next}")),
        "is_first": after.is_none(),
        "may_empty": seat.grants.is_superuser() && !entries.is_empty(),
        "days": admin.app.config.content.trash_days,
        "word": WORD,
        "error": error,
    });
    let mut response = admin.page(seat, "admin/pages/trash.html", context);
    if error.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

async fn run(admin: &Admin, seat: &Seat, request: Request) -> Done {
    let form = admin.read_form(seat, request).await?;
    let content = &admin.app.content;
    let empty = FormData::parse(b"");
    if form.first("action") == Some("empty") {
        if !seat.grants.is_superuser() {
            return Err(Refusal::Forbidden(said("only-a-superuser-may-empty-the-trash")));
        }
        if form.first("word").map(str::trim) != Some(WORD) {
            let text = said("empty-the-trash").with("word", WORD);
            return show(admin, seat, &empty, Some(text)).await;
        }
        content.empty_trash(Micros::now()).await?;
        return Ok(see_other(URL, ROUTE));
    }
    let id = form.first("id").and_then(ids::parse).ok_or(Refusal::Bad(said("say-which-entry")))?;
    let entry = match content.trash_entry(id).await {
        Err(EditError::NotInTrash(_)) => return Err(Refusal::Missing(said("it-is-no-longer-in-the-trash"))),
        other => other?,
    };
    match form.first("action") {
        Some("restore") if may_restore(&seat.grants, &entry) => {
            let slug = form.first("slug").map(str::trim).filter(|slug| !slug.is_empty()).map(str::to_owned);
            match content.restore_page(id, &Restoring { to: None, slug }, seat.actor()).await {
                Ok(_) => {
                    let parent = entry.parent_id.unwrap_or(crate::content::tree::ROOT_ID);
                    Ok(see_other(&format!("{}#page-{id}", row::address(parent)), ROUTE))
                }
                Err(EditError::Db(error)) => Err(error.into()),
                Err(error) => show(admin, seat, &empty, Some(act::why(&error))).await,
            }
        }
        Some("purge") if may_purge(&seat.grants, &entry) => {
            content.delete_page_anyway(id, seat.actor()).await?;
            Ok(see_other(URL, ROUTE))
        }
        Some("restore" | "purge") => Err(Refusal::Forbidden(said("may-not-do-this-in-that-place"))),
        _ => Err(Refusal::Bad(said("choose-restore-or-delete"))),
    }
}
