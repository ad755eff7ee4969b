//! What became of a snippet: its saves, where its type keeps them, and what was done to it.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{ROUTE, enter, find, type_of, url};
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::pages::ids;
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::admin::{Admin, time, usage};
use crate::content::EditError;
use crate::content::object_log::Of;
use crate::content::snippet;
use crate::telemetry::label::ObjectKind;

pub(super) async fn page(
    State(admin): State<Arc<Admin>>,
    Path((type_name, id)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = enter(&admin, &request, Speaks::Html);
    admin.answer(entering, async |seat| show(&admin, seat, &type_name, &id).await).await
}

async fn show(admin: &Admin, seat: &Seat, type_name: &str, id: &str) -> Done {
    let types = admin.app.content.types();
    let options = type_of(&types, type_name)?.snippet;
    let known = find(admin, type_name, id).await?;
    let zone = seat.zone();
    let saves = if options.drafts || options.revisions {
        snippet::revisions(&*admin.app.db, known.id).await?
    } else {
        Vec::new()
    };
    let saves: Vec<Value> = saves
        .iter()
        .map(|save| {
            json!({
                "id": save.id, "name": save.content.name, "at": time(save.created_at, &zone),
                "is_newest": known.latest_revision_id == Some(save.id),
            })
        })
        .collect();
    let events = usage::log(admin, seat, Of { kind: ObjectKind::Snippet, id: known.id, type_name: "" }).await?;
    let context = json!({
        "name": known.name, "url": url(&known), "saves": saves, "events": events, "has_drafts": options.drafts,
        "keeps": options.drafts || options.revisions,
    });
    Ok(admin.page(seat, "admin/snippets/history.html", context))
}

/// Saves what an old revision says again.
pub(super) async fn revert(
    State(admin): State<Arc<Admin>>,
    Path((type_name, id, revision)): Path<(String, String, String)>,
    request: Request,
) -> Response {
    let entering = enter(&admin, &request, Speaks::Html);
    let work = async |seat: &Seat| {
        let known = find(&admin, &type_name, &id).await?;
        let nothing = || Refusal::Missing(said("no-such-revision"));
        let revision = ids::parse(&revision).ok_or_else(nothing)?;
        match admin.app.content.revert_snippet(known.id, revision, seat.actor()).await {
            Ok(()) => Ok(see_other(&url(&known), ROUTE)),
            Err(EditError::SnippetRevisionNotFound { .. }) => Err(nothing()),
            Err(error) => Err(error.into()),
        }
    };
    admin.answer(entering, work).await
}
