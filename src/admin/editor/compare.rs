//! Two revisions of a page side by side.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::difference::{self, Difference};
use super::history::author;
use super::wording::Wording;
use super::{Wants, data, on_page};
use crate::accounts::PageOf;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::manage::text;
use crate::admin::pages::{ids, query_of};
use crate::admin::refusal::Refusal;
use crate::admin::texts::said;
use crate::admin::{Admin, time};
use crate::content::EditError;
use crate::content::page::Page;
use crate::content::revision::{self, Revision};
use crate::telemetry::label::Route;

pub(super) async fn page(
    State(admin): State<Arc<Admin>>,
    Path((id, a, b)): Path<(String, String, String)>,
    request: Request,
) -> Response {
    let entering = admin.enter(&request, Route::AdminCompare, Speaks::Html);
    let work = async |seat: &Seat, page: Page| {
        let context = compare(&admin, seat, &page, &a, &b).await?;
        Ok(admin.page(seat, "admin/compare.html", context))
    };
    on_page(&admin, entering, &id, Wants::See, work).await
}

/// Leads to two revisions that were chosen from the history, the older one first.
pub(super) async fn choose(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, Route::AdminCompare, Speaks::Html);
    let work = async |seat: &Seat, page: Page| {
        let chosen = |name: &str| ids::parse(text(&query, name)).ok_or(Refusal::Bad(said("choose-two-revisions")));
        let (one, other) = (chosen("old")?, chosen("new")?);
        if one == other {
            return Err(Refusal::Bad(said("choose-two-revisions")));
        }
        let (old, new) = (one.min(other), one.max(other));
        Ok(see_other(&format!("/admin/pages/{}/compare/{old}/{new}/", page.id), seat.route))
    };
    on_page(&admin, entering, &id, Wants::See, work).await
}

/// A revision by its id in an address; `live` and `latest` name one too.
async fn revision_of(admin: &Admin, page: &Page, name: &str) -> Result<Revision, EditError> {
    let id = match name {
        "live" => page.live_revision_id,
        "latest" => page.latest_revision_id,
        id => id.parse().ok(),
    };
    let nothing = || EditError::RevisionNotFound { page: page.id, revision: id.unwrap_or_default() };
    let id = id.ok_or_else(nothing)?;
    revision::find(&*admin.app.db, page.id, id).await?.ok_or_else(nothing)
}

async fn compare(admin: &Admin, seat: &Seat, page: &Page, a: &str, b: &str) -> Result<Value, EditError> {
    let mut old = revision_of(admin, page, a).await?;
    let mut new = revision_of(admin, page, b).await?;
    let types = admin.app.content.types();
    let of_type = types.find(&page.type_name).ok_or_else(|| EditError::TypeUnknown(page.type_name.clone()))?;
    let rights = seat.actor().rights;
    for revision in [&mut old, &mut new] {
        rights.hide(of_type, &mut revision.content.fields);
    }
    let mut labels = data::labels_of(admin, &types, of_type, &old.content.fields).await?;
    merge(&mut labels, data::labels_of(admin, &types, of_type, &new.content.fields).await?);
    let (yes, no) = (admin.say(said("yes")), admin.say(said("no")));
    let wording = Wording { types: &types, labels: &labels, yes, no };
    let differences: Vec<Difference> = difference::between(of_type, &wording, &old.content, &new.content);
    let zone = seat.zone();
    let shown = |revision: &Revision| {
        json!({
            "id": revision.id,
            "author": author(&revision.author.name),
            "at": time(revision.created_at.0, &zone),
            "is_live": page.live_revision_id == Some(revision.id),
            "is_latest": page.latest_revision_id == Some(revision.id),
        })
    };
    let place = PageOf { path: &page.path, owner: page.owner };
    Ok(json!({
        "title": page.draft_title, "page_id": page.id, "old": shown(&old), "new": shown(&new),
        "differences": differences, "is_partial": !rights.allow_all(of_type),
        "may_edit": page.alias_of.is_none() && seat.grants.may_edit(place),
    }))
}

fn merge(labels: &mut Value, more: Value) {
    let Value::Object(more) = more else { return };
    for (kind, names) in more {
        if let (Some(known), Value::Object(names)) = (labels.get_mut(&kind).and_then(Value::as_object_mut), names) {
            let known: &mut Map<String, Value> = known;
            known.extend(names);
        }
    }
}
