//! Where an image or a document is used.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use serde_json::{Value, json};

use super::{Kind, find};
use crate::accounts::Scope;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::Reply;
use crate::api::v1::entry::{self, Sent, answer, known, next};
use crate::api::v1::problem::{Done, bad_request};
use crate::content::explore::Cursor;
use crate::content::reference::{PAGE_SIZE, Use};

/// Places that a list goes through.
const MAX_OFFSET: i64 = 100_000;

pub(super) async fn all(api: Arc<Api>, caller: Caller, request: Request, (kind, id): (Kind, String)) -> Response {
    let work = async |sent: &Sent| list(&api, &caller, sent, (kind, &id)).await;
    answer(&api, &caller, request, (kind.routes().usage, Some(Scope::ReadContent)), work).await
}

/// A place, by what it is in.
fn shown(found: &Use) -> Value {
    let (kind, id) = match (found.page_id, found.snippet_id, found.setting_id) {
        (Some(id), ..) => ("page", Some(id)),
        (_, Some(id), _) => ("snippet", Some(id)),
        (.., Some(id)) => ("setting", Some(id)),
        _ => ("content", None),
    };
    json!({
        "kind": kind, "id": id, "type": found.type_name, "title": found.title, "path": found.path, "live": found.live,
        "trashed": found.trashed,
    })
}

/// As the editor shows it to whoever may see the file: all places, also of pages that they do not edit.
async fn list(api: &Api, caller: &Caller, sent: &Sent, (kind, id): (Kind, &str)) -> Done {
    known(&sent.query, &["after"])?;
    let offset = match sent.query.first("after").map(entry::cursor).transpose()? {
        None => Some(0),
        Some(Cursor { key, .. }) => key.parse::<i64>().ok().filter(|offset| (0..=MAX_OFFSET).contains(offset)),
    };
    let offset = offset.ok_or_else(|| bad_request("after is none that a list gave."))?;
    let (file, _) = find(api, caller, kind, id).await?;
    let uses = api.site.app.content.usage(kind.reference(), file.id(), offset).await?;
    let (total, behind) = (uses.first().map_or(0, |first| first.total), offset + PAGE_SIZE);
    let more = total > behind && behind <= MAX_OFFSET;
    let cursor = more.then(|| next(sent, &Cursor { key: behind.to_string(), id: file.id() }.to_string()));
    Ok(Reply::ok(&json!({ "items": uses.iter().map(shown).collect::<Vec<_>>(), "total": total, "next": cursor })))
}
