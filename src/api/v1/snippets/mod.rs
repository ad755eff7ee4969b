//! `/api/v1/snippets/`: what pages share, such as authors and categories.

mod acts;
mod list;
mod revisions;
mod write;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::answer::{Expected, Reply, etag};
use super::at;
use super::entry::{self, Sent, answer, known, unless_known};
use super::included::{Beside, Include, Source};
use super::pages::{rights, seen_fields};
use super::problem::{Done, Refusal, forbidden};
use super::rich;
use super::sparse::Sparse;
use crate::accounts::{GlobalPermission, Scope};
use crate::api::Api;
use crate::api::caller::Caller;
use crate::clock::Micros;
use crate::content::EditError;
use crate::content::object_log::Of;
use crate::content::snippet::{self, Snippet, SnippetContent};
use crate::content::types::Kind;
use crate::telemetry::label::{ObjectKind, Route};

pub(super) fn routes() -> Router<Arc<Api>> {
    let (act, reads) = ((Route::ApiSnippetAction, "POST"), (Route::ApiSnippetRevisions, "GET, HEAD"));
    let one = get(one).patch(write::change).delete(write::delete);
    Router::new()
        .merge(at("/api/v1/snippets/", get(list::all).post(write::create), (Route::ApiSnippets, "GET, HEAD, POST")))
        .merge(at("/api/v1/snippets/{id}/", one, (Route::ApiSnippet, "GET, HEAD, PATCH, DELETE")))
        .merge(at("/api/v1/snippets/{id}/revisions/", get(revisions::all), reads))
        .merge(at("/api/v1/snippets/{id}/revisions/{revision}/", get(revisions::one), reads))
        .merge(at("/api/v1/snippets/{id}/publish/", post(acts::publish), act))
        .merge(at("/api/v1/snippets/{id}/unpublish/", post(acts::unpublish), act))
        .merge(at("/api/v1/snippets/{id}/revert/", post(acts::revert), act))
}

/// Whoever manages snippets sees and changes all of them, as in the editor.
fn refuse(caller: &Caller) -> Result<(), Refusal> {
    match caller.grants().may(GlobalPermission::Snippets) {
        true => Ok(()),
        false => Err(forbidden("You may not manage snippets.").into()),
    }
}

fn address(id: i64) -> String {
    format!("/api/v1/snippets/{id}/")
}

async fn find(api: &Api, caller: &Caller, id: &str) -> Result<Snippet, Refusal> {
    refuse(caller)?;
    let id = entry::id(id)?;
    Ok(snippet::find(&*api.site.app.db, id).await?.ok_or(EditError::SnippetNotFound(id))?)
}

/// What visitors see takes the scope for that: of a type without drafts, every change.
fn need_publish(api: &Api, caller: &Caller, type_name: &str, is_live: bool) -> Result<(), Refusal> {
    let types = api.site.app.content.types();
    let has_drafts = types.find(type_name).is_some_and(|found| found.snippet.drafts);
    if is_live || !has_drafts {
        caller.need(Scope::Publish)?;
    }
    Ok(())
}

/// Whether somebody changed it after the caller has seen it.
async fn refuse_stale(api: &Api, known: &Snippet, expected: &Expected) -> Result<(), Refusal> {
    let of = Of { kind: ObjectKind::Snippet, id: known.id, type_name: "" };
    super::seen::refuse_stale(api, expected, of, known.updated_at).await
}

pub(super) fn shown(api: &Api, caller: &Caller, known: &Snippet, content: SnippetContent) -> Value {
    let SnippetContent { name, slug, fields } = content;
    json!({
        "id": known.id,
        "meta": {
            "type": known.type_name,
            "detail_url": address(known.id),
            "live": known.live,
            "has_unpublished_changes": known.has_unpublished_changes,
            "locale": known.locale,
            "translation_key": known.translation_key,
            "revision": known.latest_revision_id,
            "updated_at": Micros(known.updated_at).to_rfc3339(),
        },
        "name": name,
        "slug": slug,
        "fields": seen_fields(api, &known.type_name, fields, &rights(caller)),
    })
}

/// The newest draft of a snippet, and its ETag.
async fn whole(api: &Api, caller: &Caller, known: &Snippet) -> Result<(Value, String), Refusal> {
    let content = snippet::newest(&api.site.app.db, known).await?;
    let shown = shown(api, caller, known, content);
    let etag = etag(known.updated_at, &shown);
    Ok((shown, etag))
}

/// As it is now, after something was done to it.
async fn reloaded(api: &Api, caller: &Caller, id: i64) -> Result<(Value, String), Refusal> {
    let known = snippet::find(&*api.site.app.db, id).await?.ok_or(EditError::SnippetNotFound(id))?;
    whole(api, caller, &known).await
}

async fn one(State(api): State<Arc<Api>>, Path(id): Path<String>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| read(&api, &caller, &id, sent).await;
    answer(&api, &caller, request, (Route::ApiSnippet, Some(Scope::ReadContent)), work).await
}

async fn read(api: &Api, caller: &Caller, id: &str, sent: &Sent) -> Done {
    known(&sent.query, &["fields", "include", "rich_text"])?;
    let format = rich::asked(sent)?;
    let include = Include::of(sent, &api.site.app.content.types(), Kind::Snippet)?;
    let sparse = Sparse::parse(sent.query.first("fields").unwrap_or("*"))?;
    let found = find(api, caller, id).await?;
    let (mut whole, _) = whole(api, caller, &found).await?;
    let of = Source { type_name: &found.type_name, ..Source::default() };
    let site = api.site.site_at(&sent.host);
    let beside = Beside::of_one((api, caller, sent), (format, site.as_ref()), (of, include), &mut whole).await?;
    let mut shown = sparse.select(whole);
    beside.add_to(&mut shown);
    let etag = etag(found.updated_at, &shown);
    Ok(unless_known(sent, Reply::ok(&shown).with_etag(etag)))
}
