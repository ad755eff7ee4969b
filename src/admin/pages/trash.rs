//! The trash: what was deleted, until when it stays, and bringing it back.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::{act, ids, query_of, restoring, row};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::clock::Micros;
use crate::content::explore::{Cursor, Entry, TrashAsked};
use crate::content::{EditError, Restoring};
use crate::http::form::FormData;
use crate::permit::{may_purge, may_restore, may_see_trashed, may_take_out};
use crate::telemetry::label::Route;

pub(super) const ROUTE: Route = Route::AdminTrash;
pub(super) const URL: &str = "/admin/trash/";
/// Longest text that is searched for, in characters.
const MAX_WORDS: usize = 100;
/// What emptying the trash asks to type.
const WORD: &str = "empty";

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    let work = async |seat: &Seat| match query.first("restore") {
        Some(id) => restoring::show(&admin, seat, id, &query, None).await,
        None => show(&admin, seat, &query, None).await,
    };
    admin.answer(entering, work).await
}

pub(super) async fn act(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| run(&admin, seat, request).await).await
}

/// The entry that an address or a form names.
pub(super) async fn entry(admin: &Admin, id: Option<&str>) -> Result<Entry, Refusal> {
    let id = id.and_then(ids::parse).ok_or(Refusal::Bad(said("say-which-entry")))?;
    match admin.app.content.trash_entry(id).await {
        Err(EditError::NotInTrash(_)) => Err(Refusal::Missing(said("it-is-no-longer-in-the-trash"))),
        other => Ok(other?),
    }
}

/// Another slug than its own, where somebody wants one.
pub(super) fn slug(form: &FormData) -> Option<String> {
    form.first("slug").map(str::trim).filter(|slug| !slug.is_empty()).map(str::to_owned)
}

async fn show(admin: &Admin, seat: &Seat, query: &FormData, error: Option<Said>) -> Done {
    let content = &admin.app.content;
    let after = match query.first("after").filter(|text| !text.is_empty()) {
        Some(text) => Some(Cursor::parse(text).ok_or(Refusal::Bad(said("no-such-part")))?),
        None => None,
    };
    let words: String = query.first("q").unwrap_or_default().trim().chars().take(MAX_WORDS).collect();
    let asked = TrashAsked { words: &words, places: seat.grants.seen_places(), after: after.as_ref() };
    let (entries, next) = content.explore_trash(asked).await?;
    let types = content.types();
    let shown = |entry: &Entry| {
        json!({
            "id": entry.id,
            "title": entry.title,
            "type_label": row::type_label(&types, &entry.type_name),
            "pages": entry.pages,
            "when": row::when(entry.trashed_at, &seat.zone()),
            "parent": entry.parent_id.filter(|_| entry.has_place())
                .map(|id| json!({ "title": entry.parent_title, "url": row::address(id) })),
            "may": {
                "restore": entry.has_place() && may_restore(&seat.grants, entry),
                "restore_elsewhere": may_take_out(&seat.grants, entry),
                "purge": may_purge(&seat.grants, entry),
            },
        })
    };
    let seen: Vec<Value> = entries.iter().filter(|entry| may_see_trashed(&seat.grants, entry)).map(shown).collect();
    let context = json!({
        "entries": seen,
        "q": words,
        "next": next.map(|next| {
            let pairs = [("q", words.as_str()), ("after", &next.to_string())];
            let filled = pairs.into_iter().filter(|(_, value)| !value.is_empty());
            format!("{URL}?{}", url::form_urlencoded::Serializer::new(String::new()).extend_pairs(filled).finish())
        }),
        "is_first": after.is_none(),
        "may_empty": seat.grants.is_superuser() && words.is_empty() && !entries.is_empty(),
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
    let entry = entry(admin, form.first("id")).await?;
    let id = entry.id;
    match form.first("action") {
        Some("restore") if form.first("to").is_some() => restoring::carry(admin, seat, &entry, &form).await,
        Some("restore") if may_restore(&seat.grants, &entry) => {
            match content.restore_page(id, &Restoring { to: None, slug: slug(&form) }, seat.actor()).await {
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
