//! All of a list as a file: `/api/v1/NAME/export/?format=csv` with the filters and the order of lists.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};

use super::list;
use super::open;
use super::show::rights;
use crate::accounts::RecordPermission;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::problem::{Refusal, bad_request};
use crate::content::records::Format;
use crate::http::form::FormData;
use crate::http::measure::Note;
use crate::telemetry::label::Route;

/// What lists take, and a file, which is all of one, does not.
const OF_PARTS: [&str; 4] = ["fields", "limit", "after", "count"];

pub(super) async fn file(
    State(api): State<Arc<Api>>,
    Path(path): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let query = FormData::parse(request.uri().query().unwrap_or_default().as_bytes());
    match begin(&api, &caller, &path, &query).await {
        Ok(response) => response,
        Err(refusal) => refusal.answer(Route::ApiRecordExport),
    }
}

async fn begin(api: &Arc<Api>, caller: &Caller, path: &str, query: &FormData) -> Result<Response, Refusal> {
    let content = &api.site.app.content;
    let types = content.types();
    let (of_type, options) = open(&types, caller, (path, RecordPermission::View))?;
    let format = query.first("format").map_or(Some(Format::JsonLines), Format::parse);
    let format = format.ok_or_else(|| bad_request("format is jsonl or csv."))?;
    if let Some(name) = OF_PARTS.iter().find(|name| query.first(name).is_some()) {
        return Err(bad_request(format!("A file is all of a list: it takes no {name}.")).into());
    }
    let asked = list::asked((of_type, options), query, &list::OF_FILES)?;
    let parts = content.export_records(asked, format, rights(caller)).await?;
    let mut response = Response::new(Body::from_stream(parts));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    let name = format!("attachment; filename=\"{path}.{}\"", format.ending());
    let name = HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("attachment"));
    headers.insert(CONTENT_DISPOSITION, name);
    response.extensions_mut().insert(Note::of(Route::ApiRecordExport));
    Ok(response)
}
