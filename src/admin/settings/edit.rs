//! The form of settings, saving them, what was changed, and forgetting what was set.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::list::named;
use super::{ROUTE, enter, permitted, type_of, url};
use crate::admin::answer::see_other;
use crate::admin::editor::data::{self, Object};
use crate::admin::editor::refusal;
use crate::admin::editor::save::body;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::Done;
use crate::admin::texts::{Said, said};
use crate::admin::{Admin, usage, words};
use crate::content::object_log::{self, Of};
use crate::content::setting;
use crate::telemetry::label::ObjectKind;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Values {
    pub fields: Map<String, Value>,
}

/// What the form sends.
#[derive(Deserialize)]
pub(super) struct Sent {
    base_revision: Option<i64>,
    pub content: Values,
}

pub(super) async fn page(
    State(admin): State<Arc<Admin>>,
    Path((type_name, site)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = enter(&admin, &request, Speaks::Html);
    admin.answer(entering, async |seat| show(&admin, seat, &type_name, &site).await).await
}

async fn show(admin: &Admin, seat: &Seat, type_name: &str, site: &str) -> Done {
    let types = admin.app.content.types();
    let of_type = type_of(&types, type_name)?;
    let site = permitted(admin, seat, of_type, site).await?;
    let id = site.as_ref().map(|site| site.id);
    let (fields, version) = setting::find(&admin.app.db, &types, of_type, id).await?;
    let of = Of { kind: ObjectKind::Setting, id: id.unwrap_or(0), type_name };
    let last = object_log::find_last(&*admin.app.db, of).await?;
    let here = url(of_type, id);
    let of_site = site.as_ref().map_or_else(|| said("all-sites"), |site| Said::Text(named(site)));
    let object = Object {
        kind: "settings",
        of_type,
        facts: json!({ "id": null, "live": true, "has_unpublished_changes": false, "locale": "", "site": of_site }),
        addresses: json!({
            "save": here, "history": format!("{here}history/"), "preview": format!("{here}preview/"),
            "checks": admin.files.script("checks"),
        }),
        links: json!([{ "label": said("link-all-settings"), "url": "/admin/settings/" }]),
        version: Some(version),
        // 0: never.
        saved_at: Some(version).filter(|version| *version > 0),
        saved_by: last.map(|entry| entry.actor),
        content: json!({ "fields": fields }),
        may_publish: false,
    };
    let data = data::of_object(admin, seat, &types, object).await?;
    Ok(admin.page(seat, "admin/editor.html", json!({ "data": data, "title": of_type.label })))
}

pub(super) async fn save(
    State(admin): State<Arc<Admin>>,
    Path((type_name, site)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = enter(&admin, &request, Speaks::Json);
    admin.answer(entering, async |seat| write(&admin, seat, (&type_name, &site), request).await).await
}

async fn write(admin: &Admin, seat: &Seat, (type_name, site): (&str, &str), request: Request) -> Done {
    let sent: Sent = body(admin, seat, request).await?;
    let types = admin.app.content.types();
    let of_type = type_of(&types, type_name)?;
    let site = permitted(admin, seat, of_type, site).await?.map(|site| site.id);
    let (fields, base) = (&sent.content.fields, sent.base_revision.unwrap_or(0));
    match admin.app.content.update_edited_setting(site, type_name, fields, base, seat.actor()).await {
        Ok(saved) => {
            let answer = json!({
                "revision": saved.revision, "saved_at": saved.at.to_rfc3339(), "removals": saved.removals,
                "blockers": words::mistakes(&saved.blockers), "has_unpublished_changes": false,
            });
            Ok(admin.json(StatusCode::OK, seat.route, answer))
        }
        Err(error) => Ok(refusal::of(admin, seat, error)),
    }
}

pub(super) async fn history(
    State(admin): State<Arc<Admin>>,
    Path((type_name, site)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = enter(&admin, &request, Speaks::Html);
    let work = async |seat: &Seat| {
        let types = admin.app.content.types();
        let of_type = type_of(&types, &type_name)?;
        let site = permitted(&admin, seat, of_type, &site).await?;
        let id = site.as_ref().map(|site| site.id);
        let of = Of { kind: ObjectKind::Setting, id: id.unwrap_or(0), type_name: &type_name };
        let events = usage::log(&admin, seat, of).await?;
        let (_, version) = setting::find(&admin.app.db, &types, of_type, id).await?;
        let context = json!({
            "label": of_type.label, "site": site.as_ref().map(named), "url": url(of_type, id), "events": events,
            "is_set": version > 0,
        });
        Ok(admin.page(seat, "admin/settings/history.html", context))
    };
    admin.answer(entering, work).await
}

/// Back to the defaults of the type.
pub(super) async fn revert(
    State(admin): State<Arc<Admin>>,
    Path((type_name, site)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = enter(&admin, &request, Speaks::Html);
    let work = async |seat: &Seat| {
        let types = admin.app.content.types();
        let of_type = type_of(&types, &type_name)?;
        let site = permitted(&admin, seat, of_type, &site).await?.map(|site| site.id);
        admin.app.content.revert_setting(site, &type_name, seat.actor()).await?;
        Ok(see_other(&url(of_type, site), ROUTE))
    };
    admin.answer(entering, work).await
}
