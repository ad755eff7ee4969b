//! Saving a snippet, publishing it, and taking it off the pages that show it.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::edit::making;
use super::{enter, find, list_url, type_of};
use crate::admin::editor::{refusal, save::body};
use crate::admin::entry::{Seat, Speaks};
use crate::admin::pages::query_of;
use crate::admin::refusal::{Done, Refusal};
use crate::admin::{Admin, words};
use crate::clock::Micros;
use crate::content::snippet::SnippetContent;
use crate::content::{EditError, NewSnippet, SnippetDraft};
use crate::http::form::FormData;

/// What the form sends.
#[derive(Deserialize)]
struct Sent {
    base_revision: Option<i64>,
    content: SnippetContent,
}

#[derive(Deserialize)]
struct Chosen {
    revision: i64,
}

/// What the editor's form understands.
fn refuse(admin: &Admin, seat: &Seat, error: EditError) -> Refusal {
    refusal::of(admin, seat, error).into()
}

pub(super) async fn add(State(admin): State<Arc<Admin>>, Path(type_name): Path<String>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = enter(&admin, &request, Speaks::Json);
    admin.answer(entering, async |seat| make(&admin, seat, &type_name, &query, request).await).await
}

async fn make(admin: &Admin, seat: &Seat, type_name: &str, query: &FormData, request: Request) -> Done {
    let sent: Sent = body(admin, seat, request).await?;
    let types = admin.app.content.types();
    let making = making(admin, type_of(&types, type_name)?, query).await?;
    let new = NewSnippet {
        type_name: type_name.to_owned(),
        content: sent.content,
        locale: making.locale,
        translation_of: making.original.map(|original| original.id),
    };
    let made = admin.app.content.create_snippet(new, seat.actor()).await;
    let id = made.map_err(|error| refuse(admin, seat, error))?;
    let now = Micros::now();
    let answer =
        json!({ "revision": now.0, "saved_at": now.to_rfc3339(), "address": format!("{}{id}/", list_url(type_name)) });
    Ok(admin.json(StatusCode::CREATED, seat.route, answer))
}

pub(super) async fn save(
    State(admin): State<Arc<Admin>>,
    Path((type_name, id)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = enter(&admin, &request, Speaks::Json);
    admin.answer(entering, async |seat| write(&admin, seat, (&type_name, &id), request).await).await
}

async fn write(admin: &Admin, seat: &Seat, (type_name, id): (&str, &str), request: Request) -> Done {
    let sent: Sent = body(admin, seat, request).await?;
    let types = admin.app.content.types();
    let of_type = type_of(&types, type_name)?;
    let known = find(admin, type_name, id).await?;
    // Whoever names no version has seen none.
    let draft = SnippetDraft { content: sent.content, base: Some(sent.base_revision.unwrap_or(0)) };
    let saved = admin.app.content.save_edited_snippet(known.id, draft, seat.actor()).await;
    let saved = saved.map_err(|error| refuse(admin, seat, error))?;
    let answer = json!({
        "revision": saved.revision, "saved_at": saved.at.to_rfc3339(), "removals": saved.removals,
        "blockers": words::mistakes(&saved.blockers), "has_unpublished_changes": of_type.snippet.drafts,
    });
    Ok(admin.json(StatusCode::OK, seat.route, answer))
}

pub(super) async fn publish(
    State(admin): State<Arc<Admin>>,
    Path((type_name, id)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = enter(&admin, &request, Speaks::Json);
    admin.answer(entering, async |seat| put_live(&admin, seat, (&type_name, &id), request).await).await
}

async fn put_live(admin: &Admin, seat: &Seat, (type_name, id): (&str, &str), request: Request) -> Done {
    let chosen: Chosen = body(admin, seat, request).await?;
    let known = find(admin, type_name, id).await?;
    let published = admin.app.content.publish_edited_snippet(known.id, chosen.revision, seat.actor()).await;
    let version = published.map_err(|error| refuse(admin, seat, error))?;
    let answer = json!({ "revision": version, "published_at": Micros(version).to_rfc3339(), "url": null });
    Ok(admin.json(StatusCode::OK, seat.route, answer))
}

pub(super) async fn unpublish(
    State(admin): State<Arc<Admin>>,
    Path((type_name, id)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = enter(&admin, &request, Speaks::Json);
    let work = async |seat: &Seat| {
        let known = find(&admin, &type_name, &id).await?;
        let done = admin.app.content.unpublish_snippet(known.id, seat.actor()).await;
        let version = done.map_err(|error| refuse(&admin, seat, error))?;
        Ok(admin.json(StatusCode::OK, seat.route, json!({ "revision": version })))
    };
    admin.answer(entering, work).await
}
