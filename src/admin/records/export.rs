//! The rows of a list as a file: as a table, or as JSON lines. Sent while they are read.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};

use super::asked::Asked;
use super::{ROUTE, enter, open};
use crate::accounts::RecordPermission;
use crate::admin::Admin;
use crate::admin::answer::plain;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::pages::query_of;
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::content::records::Format;
use crate::http::form::FormData;

pub(super) async fn file(State(admin): State<Arc<Admin>>, Path(path): Path<String>, request: Request) -> Response {
    // As the address ends.
    let format = if request.uri().path().ends_with(".jsonl") { Format::JsonLines } else { Format::Csv };
    let query = query_of(&request);
    let entering = enter(&admin, &request, Speaks::Html);
    admin.answer(entering, async |seat| send(&admin, seat, &path, (format, &query)).await).await
}

async fn send(admin: &Admin, seat: &Seat, path: &str, (format, query): (Format, &FormData)) -> Done {
    let types = admin.app.content.types();
    let of = open(&types, seat, path, RecordPermission::View)?;
    let asked = Asked::of(query, of, &seat.zone())?;
    if asked.has_problems() {
        return Err(Refusal::Bad(said("no-such-value")));
    }
    let parts = admin.app.content.export_records(asked.listing(), format, seat.actor().rights).await?;
    let mut response = plain(StatusCode::OK, ROUTE);
    *response.body_mut() = Body::from_stream(parts);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    let name = format!("attachment; filename=\"{path}.{}\"", format.ending());
    let name = HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("attachment"));
    headers.insert(CONTENT_DISPOSITION, name);
    Ok(response)
}
