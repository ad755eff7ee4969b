//! A row as JSON.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::open;
use crate::accounts::{RecordPermission, Scope};
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::{Reply, etag};
use crate::api::v1::entry::{self, Sent, answer, known, unless_known};
use crate::api::v1::problem::{Done, Refusal};
use crate::api::v1::sparse::Sparse;
use crate::clock::Micros;
use crate::content::records::Record;
use crate::content::types::{ContentType, FieldKind};
use crate::content::{EditError, FieldRights};
use crate::telemetry::label::Route;

pub(super) async fn one(
    State(api): State<Arc<Api>>,
    Path((path, id)): Path<(String, String)>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| read(&api, &caller, (&path, &id), sent).await;
    answer(&api, &caller, request, (Route::ApiRecord, None), work).await
}

async fn read(api: &Api, caller: &Caller, (path, id): (&str, &str), sent: &Sent) -> Done {
    let types = api.site.app.content.types();
    let (of_type, _) = open(&types, caller, (path, RecordPermission::View))?;
    known(&sent.query, &["fields"])?;
    let sparse = Sparse::parse(sent.query.first("fields").unwrap_or("*"))?;
    let found = find(api, of_type, id).await?;
    let whole = sparse.select(whole(of_type, &found, &rights(caller)));
    let etag = etag(found.version, &whole);
    Ok(unless_known(sent, Reply::ok(&whole).with_etag(etag)))
}

pub(super) async fn find(api: &Api, of_type: &ContentType, id: &str) -> Result<Record, Refusal> {
    let id = entry::id(id)?;
    let found = api.site.app.content.find_record(&of_type.name, id).await?;
    Ok(found.ok_or(EditError::RecordNotFound(id))?)
}

/// The fields that only some may set are told to those alone; not to a token of theirs that may not read what editors see.
pub(super) fn rights(caller: &Caller) -> FieldRights {
    let actor = caller.actor().ok().filter(|_| caller.scopes().has(Scope::ReadContent));
    actor.map_or_else(|| FieldRights::Groups(Arc::default()), |actor| actor.rights)
}

/// In the order of the type; what it got since the row was written is null.
pub(super) fn whole(of_type: &ContentType, record: &Record, rights: &FieldRights) -> Value {
    let mut whole = Map::new();
    whole.insert("id".to_owned(), json!(record.id));
    let time = |at: i64| Micros(at).to_rfc3339();
    whole.insert(
        "meta".to_owned(),
        json!({
            "type": of_type.name, "version": record.version,
            "created_at": time(record.created_at), "updated_at": time(record.updated_at),
        }),
    );
    let shown = of_type.fields.iter().filter(|field| rights.allow(field));
    for field in shown.filter(|field| !matches!(field.kind, FieldKind::Static { .. })) {
        whole.insert(field.name.clone(), record.values.get(&field.name).cloned().unwrap_or(Value::Null));
    }
    Value::Object(whole)
}

/// The address of a row.
pub(super) fn address(path: &str, id: i64) -> String {
    format!("/api/v1/{path}/{id}/")
}
