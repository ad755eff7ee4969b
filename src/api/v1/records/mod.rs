//! `/api/v1/NAME/`: the rows of a collection, by the path that its type says.

mod export;
mod list;
mod show;
mod write;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::any;
use http::Method;

use super::entry::wrong_method;
use super::problem::{Refusal, forbidden, not_found, of_fields_at};
use crate::accounts::{RecordPermission, Scope};
use crate::api::Api;
use crate::api::caller::Caller;
use crate::content::EditError;
use crate::content::types::{ContentType, RecordOptions, Types};
use crate::telemetry::label::Route;

pub(super) fn routes() -> Router<Arc<Api>> {
    Router::new().route("/api/v1/{*path}", any(dispatch))
}

/// Whatever is no route of its own: which collections there are, the types say, and they change while the server runs.
/// Neither names nor numbers have anything to decode.
async fn dispatch(state: State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let path = request.uri().path().strip_prefix("/api/v1/").unwrap_or_default();
    let mut parts = path.strip_suffix('/').unwrap_or(path).split('/').map(str::to_owned);
    let (of, row, more) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    if more.is_some() || state.site.app.content.types().collection_at(&of).is_none() {
        return super::unknown().await;
    }
    let Some(row) = row else {
        return match method {
            Method::GET => list::all(state, Path(of), caller, request).await,
            Method::POST => write::create(state, Path(of), caller, request).await,
            _ => wrong_method(Route::ApiRecords, "GET, HEAD, POST"),
        };
    };
    if row == "export" {
        return match method {
            Method::GET => export::file(state, Path(of), caller, request).await,
            _ => wrong_method(Route::ApiRecordExport, "GET, HEAD"),
        };
    }
    let at = Path((of, row));
    match method {
        Method::GET => show::one(state, at, caller, request).await,
        Method::PATCH => write::change(state, at, caller, request).await,
        Method::PUT => write::replace(state, at, caller, request).await,
        Method::DELETE => write::remove(state, at, caller, request).await,
        _ => wrong_method(Route::ApiRecord, "GET, HEAD, PATCH, PUT, DELETE"),
    }
}

/// The collection at this path, for a caller who may do this with its rows.
fn open<'t>(
    types: &'t Types,
    caller: &Caller,
    (path, permission): (&str, RecordPermission),
) -> Result<(&'t ContentType, &'t RecordOptions), Refusal> {
    let found = types.collection_at(path).ok_or_else(|| not_found("The API has nothing at this address."))?;
    let (of_type, records) = found;
    let reads = permission == RecordPermission::View;
    if reads && records.is_public {
        return Ok(found);
    }
    caller.need(if reads { Scope::ReadContent } else { Scope::WriteContent })?;
    match caller.grants().may_with_records(permission, &of_type.name) {
        true => Ok(found),
        false => {
            Err(forbidden(format!("It takes the permission to {} rows of {}.", permission.as_str(), of_type.label))
                .into())
        }
    }
}

/// Values of a row stand at the top of a body.
fn refused(error: EditError) -> Refusal {
    match error {
        EditError::Invalid(errors) => of_fields_at("", &errors).into(),
        other => other.into(),
    }
}
