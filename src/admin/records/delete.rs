//! Deleting a row, for good: as it was when it was asked for.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::json;

use super::{Of, ROUTE, called, enter, find, list_url, open, url};
use crate::accounts::RecordPermission;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::Done;
use crate::admin::texts::Said;
use crate::admin::{Admin, words};
use crate::content::EditError;
use crate::content::records::Record;

pub(super) async fn ask(
    State(admin): State<Arc<Admin>>,
    Path((path, id)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = enter(&admin, &request, Speaks::Html);
    let work = async |seat: &Seat| {
        let types = admin.app.content.types();
        let of = open(&types, seat, &path, RecordPermission::Delete)?;
        let row = find(&admin, of.0, &id).await?;
        question(&admin, seat, (of, &row), None)
    };
    admin.answer(entering, work).await
}

pub(super) async fn delete(
    State(admin): State<Arc<Admin>>,
    Path((path, id)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = enter(&admin, &request, Speaks::Html);
    admin.answer(entering, async |seat| remove(&admin, seat, (&path, &id), request).await).await
}

fn question(admin: &Admin, seat: &Seat, (of, row): (Of<'_>, &Record), error: Option<Said>) -> Done {
    let status = if error.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    let context = json!({
        "name": called(seat, of, row), "url": url(of.1, row.id), "version": row.version, "error": error,
        "list": { "title": of.0.label, "url": list_url(of.1) },
    });
    let mut response = admin.page(seat, "admin/records/delete.html", context);
    *response.status_mut() = status;
    Ok(response)
}

async fn remove(admin: &Admin, seat: &Seat, (path, id): (&str, &str), request: Request) -> Done {
    let form = admin.read_form(seat, request).await?;
    let types = admin.app.content.types();
    let of = open(&types, seat, path, RecordPermission::Delete)?;
    let row = find(admin, of.0, id).await?;
    // Whoever names no version has seen none.
    let seen: i64 = form.first("version").and_then(|version| version.parse().ok()).unwrap_or(0);
    let takes = move |version| version == seen;
    match admin.app.content.delete_record((&of.0.name, row.id), &takes, &seat.actor()).await {
        Ok(()) => Ok(see_other(&list_url(of.1), ROUTE)),
        Err(error @ EditError::Conflict { .. }) => question(admin, seat, (of, &row), Some(words::edit(&error))),
        Err(error) => Err(error.into()),
    }
}
