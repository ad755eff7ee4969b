//! A row to be read, for those who may not change it; and what was done to it.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{Of, called, enter, find, list_url, may, open, url};
use crate::accounts::RecordPermission;
use crate::admin::columns::Names;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::Done;
use crate::admin::{Admin, time, usage};
use crate::content::object_log::Of as Logged;
use crate::content::records::Record;
use crate::telemetry::label::ObjectKind;

pub(super) async fn row(admin: &Admin, seat: &Seat, of: Of<'_>, row: &Record) -> Done {
    let (of_type, options) = of;
    let rights = seat.actor().rights;
    let names = Names::load(admin, of_type, std::iter::once(&row.values)).await?;
    let values: Vec<Value> = of_type
        .fields
        .iter()
        .filter(|field| rights.allow(field))
        .map(|field| json!({ "label": field.label, "text": names.text(field, &row.values) }))
        .collect();
    let zone = seat.zone();
    let here = url(options, row.id);
    let context = json!({
        "name": called(seat, of, row), "values": values, "history": format!("{here}history/"),
        "added": time(row.created_at, &zone), "changed": time(row.updated_at, &zone),
        "delete": may(seat, of_type, RecordPermission::Delete).then(|| format!("{here}delete/")),
        "list": { "title": of_type.label, "url": list_url(options) },
    });
    Ok(admin.page(seat, "admin/records/show.html", context))
}

pub(super) async fn history(
    State(admin): State<Arc<Admin>>,
    Path((path, id)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = enter(&admin, &request, Speaks::Html);
    let work = async |seat: &Seat| {
        let types = admin.app.content.types();
        let of = open(&types, seat, &path, RecordPermission::View)?;
        let row = find(&admin, of.0, &id).await?;
        let of_row = Logged { kind: ObjectKind::Record, id: row.id, type_name: &of.0.name };
        let events = usage::log(&admin, seat, of_row).await?;
        let context = json!({ "name": called(seat, of, &row), "url": url(of.1, row.id), "events": events });
        Ok(admin.page(seat, "admin/records/history.html", context))
    };
    admin.answer(entering, work).await
}
