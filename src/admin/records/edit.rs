//! The form of a row: one that is there, or one that is yet to be added.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Of, called, door, enter, find, list_url, may, open, show, url};
use crate::accounts::RecordPermission;
use crate::admin::Admin;
use crate::admin::editor::data::{self, Object};
use crate::admin::editor::refusal;
use crate::admin::editor::save::body;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::clock::Micros;
use crate::content::object_log::{self, Of as Logged};
use crate::content::records::Record;
use crate::content::types::{ContentType, Mode, Types};
use crate::content::{EditError, FieldRights};
use crate::telemetry::label::ObjectKind;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Values {
    fields: Map<String, Value>,
}

/// What the form sends.
#[derive(Deserialize)]
struct Sent {
    base_revision: Option<i64>,
    content: Values,
}

pub(super) async fn page(
    State(admin): State<Arc<Admin>>,
    Path((path, id)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = enter(&admin, &request, Speaks::Html);
    let work = async |seat: &Seat| {
        let types = admin.app.content.types();
        let of = open(&types, seat, &path, RecordPermission::View)?;
        let row = find(&admin, of.0, &id).await?;
        match may(seat, of.0, RecordPermission::Change) {
            true => form(&admin, seat, (&types, of), &row).await,
            false => show::row(&admin, seat, of, &row).await,
        }
    };
    admin.answer(entering, work).await
}

pub(super) async fn new(State(admin): State<Arc<Admin>>, Path(path): Path<String>, request: Request) -> Response {
    let entering = enter(&admin, &request, Speaks::Html);
    admin.answer(entering, async |seat| show_new(&admin, seat, &path).await).await
}

/// What a new row holds.
fn fresh(types: &Types, of_type: &ContentType) -> Map<String, Value> {
    of_type.validate(types, &Map::new(), Mode::Draft).unwrap_or_default()
}

async fn form(admin: &Admin, seat: &Seat, (types, of): (&Types, Of<'_>), row: &Record) -> Done {
    let (of_type, options) = of;
    // What the type got since the row was written is as in a new one; what it has no longer is not in the form.
    let mut fields = fresh(types, of_type);
    let known = row.values.iter().filter(|(name, _)| of_type.field(name).is_some());
    fields.extend(known.map(|(name, value)| (name.clone(), value.clone())));
    let of_row = Logged { kind: ObjectKind::Record, id: row.id, type_name: &of_type.name };
    let last = object_log::find_last(&*admin.app.db, of_row).await?;
    let (here, name) = (url(options, row.id), called(seat, of, row));
    let all = said("link-all-of-type").with("type", of_type.label.as_str());
    let delete = may(seat, of_type, RecordPermission::Delete)
        .then(|| json!({ "label": said("link-delete-row"), "url": format!("{here}delete/") }));
    let links: Vec<Value> = delete.into_iter().chain([json!({ "label": all, "url": list_url(options) })]).collect();
    let object = Object {
        kind: "record",
        of_type,
        facts: json!({
            "id": row.id, "live": true, "has_unpublished_changes": false, "locale": "", "name": name,
        }),
        addresses: json!({ "save": here, "history": format!("{here}history/") }),
        links: json!(links),
        version: Some(row.version),
        saved_at: Some(row.updated_at),
        saved_by: last.map(|entry| entry.actor),
        content: json!({ "fields": fields }),
        may_publish: false,
    };
    let data = data::of_object(admin, seat, types, object).await?;
    Ok(admin.page(seat, "admin/editor.html", json!({ "data": data, "title": name })))
}

async fn show_new(admin: &Admin, seat: &Seat, path: &str) -> Done {
    let types = admin.app.content.types();
    let (of_type, options) = open(&types, seat, path, RecordPermission::Add)?;
    let list = list_url(options);
    let all = may(seat, of_type, RecordPermission::View)
        .then(|| json!({ "label": said("link-all-of-type").with("type", of_type.label.as_str()), "url": list }));
    let object = Object {
        kind: "record",
        of_type,
        facts: json!({ "id": null, "live": false, "has_unpublished_changes": false, "locale": "", "name": "" }),
        addresses: json!({ "save": format!("{list}add/") }),
        links: all.into_iter().collect(),
        version: None,
        saved_at: None,
        saved_by: None,
        content: json!({ "fields": fresh(&types, of_type) }),
        may_publish: false,
    };
    let data = data::of_object(admin, seat, &types, object).await?;
    let title = said("new-of-type").with("type", of_type.label.as_str());
    Ok(admin.page(seat, "admin/editor.html", json!({ "data": data, "title": title })))
}

/// What the editor's form understands.
fn refuse(admin: &Admin, seat: &Seat, error: EditError) -> Refusal {
    refusal::of(admin, seat, error).into()
}

pub(super) async fn add(State(admin): State<Arc<Admin>>, Path(path): Path<String>, request: Request) -> Response {
    let entering = enter(&admin, &request, Speaks::Json);
    let work = async |seat: &Seat| {
        let types = admin.app.content.types();
        let of = open(&types, seat, &path, RecordPermission::Add)?;
        let sent: Sent = body(&admin, seat, request).await?;
        let made = admin.app.content.create_record(&of.0.name, sent.content.fields, &seat.actor()).await;
        let id = made.map_err(|error| refuse(&admin, seat, error))?;
        let sees = may(seat, of.0, RecordPermission::View);
        let address = if sees { url(of.1, id) } else { door(seat, of) };
        let answer = json!({ "revision": 1, "saved_at": Micros::now().to_rfc3339(), "address": address });
        Ok(admin.json(StatusCode::CREATED, seat.route, answer))
    };
    admin.answer(entering, work).await
}

pub(super) async fn save(
    State(admin): State<Arc<Admin>>,
    Path((path, id)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = enter(&admin, &request, Speaks::Json);
    admin.answer(entering, async |seat| write(&admin, seat, (&path, &id), request).await).await
}

/// All that the form shows is as it was sent; what it does not show stays, as far as the type still has it.
fn filled(
    of_type: &ContentType,
    rights: &FieldRights,
    mut values: Map<String, Value>,
    sent: Map<String, Value>,
) -> Map<String, Value> {
    values.retain(|name, _| of_type.field(name).is_some_and(|field| !rights.allow(field)));
    values.extend(sent);
    values
}

async fn write(admin: &Admin, seat: &Seat, (path, id): (&str, &str), request: Request) -> Done {
    let types = admin.app.content.types();
    let (of_type, _) = open(&types, seat, path, RecordPermission::Change)?;
    let sent: Sent = body(admin, seat, request).await?;
    let row = find(admin, of_type, id).await?;
    let actor = seat.actor();
    // Whoever names no version has seen none.
    let base = sent.base_revision.unwrap_or(0);
    let (takes, rights) = (move |version| version == base, actor.rights.clone());
    let change = |values| filled(of_type, &rights, values, sent.content.fields);
    let saved = admin.app.content.change_record((&of_type.name, row.id), &takes, change, &actor).await;
    saved.map_err(|error| refuse(admin, seat, error))?;
    let answer = json!({
        "revision": base + 1, "saved_at": Micros::now().to_rfc3339(), "removals": [], "blockers": [],
        "has_unpublished_changes": false,
    });
    Ok(admin.json(StatusCode::OK, seat.route, answer))
}
