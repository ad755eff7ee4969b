//! Putting pages into the trash with all below them, and bringing them back.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::json;

use super::place::{Place, need_publish};
use super::show::head;
use super::write::acting;
use super::{explored, reloaded};
use crate::accounts::Scope;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::Reply;
use crate::api::v1::entry::{self, Sent, answer};
use crate::api::v1::problem::{Done, Refusal, not_found};
use crate::content::{EditError, Restoring};
use crate::permit::{self, Denied};
use crate::telemetry::label::Route;

const ROUTE: Route = Route::ApiPageAction;

pub(super) async fn put(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        sent.expect_nothing()?;
        let row = explored(&api, &caller, entry::id(&id)?).await?;
        let content = &api.site.app.content;
        permit::refuse_deleting(content, caller.grants(), &row).await?;
        let branch = content.measure_branch(&row.path, caller.grants().account()).await?;
        need_publish(&caller, branch.any_live)?;
        let trashed = content.trash_page(row.id, acting(&caller, sent)?).await?;
        let restore = format!("{}restore/", super::show::address(row.id));
        let told =
            json!({ "id": row.id, "pages": trashed.pages, "pointers": trashed.pointers, "restore_url": restore });
        Ok(Reply::ok(&told))
    };
    answer(&api, &caller, request, (ROUTE, Some(Scope::WriteContent)), work).await
}

pub(super) async fn restore(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| take_out(&api, &caller, &id, sent).await;
    answer(&api, &caller, request, (ROUTE, Some(Scope::WriteContent)), work).await
}

/// Where it stood, or below the page that the body names.
async fn take_out(api: &Api, caller: &Caller, id: &str, sent: &Sent) -> Done {
    let mut given = sent.given()?;
    let (place, slug) = (Place::of(&mut given), given.text("slug"));
    given.end()?;
    let (content, grants) = (&api.site.app.content, caller.grants());
    let id = entry::id(id)?;
    let entry = match content.trash_entry(id).await {
        // Of a page that is not in the trash nothing is told to whoever may not see it.
        Err(EditError::NotInTrash(_)) => {
            explored(api, caller, id).await?;
            return Err(EditError::NotInTrash(id).into());
        }
        found => found?,
    };
    if !permit::may_see_trashed(grants, &entry) {
        return Err(Refusal::from(not_found("There is no such page in the trash.")));
    }
    need_publish(caller, entry.any_live)?;
    let to = match place {
        None if permit::may_restore(grants, &entry) => None,
        Some(place) if permit::may_take_out(grants, &entry) => {
            let (parent, to) = place.find(api, caller).await?;
            permit::refuse_coming(grants, &parent, entry.any_live)?;
            Some(to)
        }
        _ => return Err(Denied::Restoring.into()),
    };
    let pages = content.restore_page(id, &Restoring { to, slug }, caller.actor()?).await?;
    let mut shown = head(api, &reloaded(api, id).await?);
    shown["pages"] = json!(pages);
    Ok(Reply::ok(&shown))
}
