//! Adding, changing and deleting rows.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value};

use super::show::{address, find, rights, whole};
use super::{open, refused};
use crate::accounts::RecordPermission;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::{Expected, Reply, etag, unconditional};
use crate::api::v1::entry::{self, Sent, answer};
use crate::api::v1::problem::Done;
use crate::content::types::ContentType;
use crate::telemetry::label::Route;

type Place = Path<(String, String)>;

pub(super) async fn create(
    State(api): State<Arc<Api>>,
    Path(path): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| add(&api, &caller, &path, sent).await;
    answer(&api, &caller, request, (Route::ApiRecords, None), work).await
}

/// Some values; the others stay.
pub(super) async fn change(State(api): State<Arc<Api>>, at: Place, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| edit(&api, &caller, &at, (sent, merged)).await;
    answer(&api, &caller, request, (Route::ApiRecord, None), work).await
}

/// All values.
pub(super) async fn replace(State(api): State<Arc<Api>>, at: Place, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| edit(&api, &caller, &at, (sent, |_, given| given)).await;
    answer(&api, &caller, request, (Route::ApiRecord, None), work).await
}

pub(super) async fn remove(State(api): State<Arc<Api>>, at: Place, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| delete(&api, &caller, &at, sent).await;
    answer(&api, &caller, request, (Route::ApiRecord, None), work).await
}

/// What is null is as in a new row.
fn merged(mut values: Map<String, Value>, given: Map<String, Value>) -> Map<String, Value> {
    for (name, value) in given {
        match value {
            Value::Null => drop(values.remove(&name)),
            value => drop(values.insert(name, value)),
        }
    }
    values
}

async fn add(api: &Api, caller: &Caller, path: &str, sent: &Sent) -> Done {
    let content = &api.site.app.content;
    let types = content.types();
    let (of_type, _) = open(&types, caller, (path, RecordPermission::Add))?;
    let values = sent.given()?.into_values();
    let id = content.create_record(&of_type.name, values, &caller.actor()?).await.map_err(refused)?;
    let (told, etag) = told(api, caller, of_type, id).await?;
    Ok(Reply::created(&told, address(path, id)).with_etag(etag))
}

/// What becomes of the values that are there with those that came.
type Change = fn(Map<String, Value>, Map<String, Value>) -> Map<String, Value>;

async fn edit(api: &Api, caller: &Caller, Path((path, id)): &Place, (sent, change): (&Sent, Change)) -> Done {
    let content = &api.site.app.content;
    let types = content.types();
    let (of_type, _) = open(&types, caller, (path, RecordPermission::Change))?;
    let (id, expected) = (entry::id(id)?, Expected::of(&sent.headers));
    if expected == Expected::Unsaid {
        return Err(unconditional());
    }
    let given = sent.given()?.into_values();
    let takes = move |version| expected.takes(version);
    let change = move |values| change(values, given);
    content.change_record((&of_type.name, id), &takes, change, &caller.actor()?).await.map_err(refused)?;
    let (told, etag) = told(api, caller, of_type, id).await?;
    Ok(Reply::ok(&told).with_etag(etag))
}

async fn delete(api: &Api, caller: &Caller, Path((path, id)): &Place, sent: &Sent) -> Done {
    let content = &api.site.app.content;
    let types = content.types();
    let (of_type, _) = open(&types, caller, (path, RecordPermission::Delete))?;
    let (id, expected) = (entry::id(id)?, Expected::of(&sent.headers));
    if expected == Expected::Unsaid {
        return Err(unconditional());
    }
    sent.expect_nothing()?;
    let takes = move |version| expected.takes(version);
    content.delete_record((&of_type.name, id), &takes, &caller.actor()?).await.map_err(refused)?;
    Ok(Reply::nothing(StatusCode::NO_CONTENT))
}

/// As it is now, with its ETag.
async fn told(
    api: &Api,
    caller: &Caller,
    of_type: &ContentType,
    id: i64,
) -> Result<(Value, String), crate::api::v1::problem::Refusal> {
    let found = find(api, of_type, &id.to_string()).await?;
    let whole = whole(of_type, &found, &rights(caller));
    let etag = etag(found.version, &whole);
    Ok((whole, etag))
}
