//! The saves of a snippet, of types that keep them: a list, and one of them.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{address, find};
use crate::accounts::Scope;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::{Reply, etag};
use crate::api::v1::entry::{self, Sent, answer, known, unless_known};
use crate::api::v1::pages::{rights, seen_fields};
use crate::api::v1::problem::{Done, not_found};
use crate::api::v1::rich;
use crate::clock::Micros;
use crate::content::snippet::{self, Snippet, SnippetRevision};
use crate::telemetry::label::Route;

const ROUTE: Route = Route::ApiSnippetRevisions;

pub(super) async fn all(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| list(&api, &caller, &id, sent).await;
    answer(&api, &caller, request, (ROUTE, Some(Scope::ReadContent)), work).await
}

fn head(of: &Snippet, save: &SnippetRevision) -> Value {
    json!({
        "id": save.id,
        "detail_url": format!("{}revisions/{}/", address(of.id), save.id),
        "at": Micros(save.created_at).to_rfc3339(),
        "channel": save.channel,
        "newest": of.latest_revision_id == Some(save.id),
        "name": save.content.name,
    })
}

async fn list(api: &Api, caller: &Caller, id: &str, sent: &Sent) -> Done {
    known(&sent.query, &["limit", "after"])?;
    let limit = entry::usual_limit(sent)?;
    let before = entry::number(sent, "after")?.unwrap_or(i64::MAX);
    let of = find(api, caller, id).await?;
    let saves = snippet::revisions_before(&*api.site.app.db, of.id, before, limit + 1).await?;
    Ok(entry::part(sent, limit, saves, |last| last.id.to_string(), |save| head(&of, save)))
}

pub(super) async fn one(
    State(api): State<Arc<Api>>,
    Path((id, revision)): Path<(String, String)>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        known(&sent.query, &["rich_text"])?;
        let format = rich::asked(sent)?;
        let of = find(&api, &caller, &id).await?;
        let save = snippet::find_revision(&*api.site.app.db, of.id, entry::id(&revision)?).await?;
        let save = save.ok_or_else(|| not_found("The snippet has no such revision."))?;
        let mut shown = head(&of, &save);
        shown["slug"] = json!(save.content.slug);
        let rights = rights(&caller);
        shown["fields"] = json!(seen_fields(&api, &of.type_name, save.content.fields.clone(), &rights));
        rich::tell(&api, format, (&of.type_name, api.site.site_at(&sent.host)), &mut shown).await?;
        let etag = etag(save.id, &shown);
        Ok(unless_known(sent, Reply::ok(&shown).with_etag(etag)))
    };
    answer(&api, &caller, request, (ROUTE, Some(Scope::ReadContent)), work).await
}
