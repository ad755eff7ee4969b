//! Publishing, taking off the site, scheduling, and going back to an old draft.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::show::head;
use super::write::{acting, refuse_stale};
use super::{explored, find, reloaded};
use crate::accounts::Scope;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::{Expected, Reply};
use crate::api::v1::entry::{self, Sent, answer};
use crate::api::v1::problem::Done;
use crate::content::Left;
use crate::permit::{self, Wants};
use crate::telemetry::label::Route;

const ROUTE: Route = Route::ApiPageAction;

/// The page as an action leaves it.
async fn done(api: &Api, id: i64) -> Done {
    Ok(Reply::ok(&head(api, &reloaded(api, id).await?)))
}

pub(super) async fn publish(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        sent.expect_nothing()?;
        let expected = Expected::of(&sent.headers);
        let detail = find(&api, &caller, entry::id(&id)?, Wants::Publish).await?;
        refuse_stale(&detail, &expected)?;
        let (page, by) = (&detail.page, caller.actor()?);
        match (expected, page.latest_revision_id) {
            (Expected::These(_), Some(revision)) => {
                api.site.app.content.publish_revision(page.id, revision, by).await?
            }
            _ => api.site.app.content.publish(page.id, None, by).await?,
        }
        done(&api, page.id).await
    };
    answer(&api, &caller, request, (ROUTE, Some(Scope::Publish)), work).await
}

pub(super) async fn unpublish(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        let mut given = sent.given()?;
        let below = given.flag("below").unwrap_or_default();
        given.end()?;
        let detail = find(&api, &caller, entry::id(&id)?, Wants::Publish).await?;
        refuse_stale(&detail, &Expected::of(&sent.headers))?;
        let page = detail.page;
        let (content, by) = (&api.site.app.content, acting(&caller, sent)?);
        let mut left = Vec::new();
        if below {
            left = content.unpublish_subtree(page.id, by).await?.left;
        } else if page.live {
            content.unpublish(page.id, by).await?;
        }
        let mut shown = head(&api, &reloaded(&api, page.id).await?);
        // Aliases of pages elsewhere stay as live as those.
        let left: Vec<Value> =
            left.iter().map(|left: &Left| json!({ "id": left.id, "alias_of": left.source_id })).collect();
        shown["left"] = json!(left);
        Ok(Reply::ok(&shown))
    };
    answer(&api, &caller, request, (ROUTE, Some(Scope::Publish)), work).await
}

/// Both times are set; one that is absent or null is taken back.
pub(super) async fn schedule(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        let mut given = sent.given()?;
        let (publish_at, expire_at) = (given.time("publish_at"), given.time("expire_at"));
        given.end()?;
        let detail = find(&api, &caller, entry::id(&id)?, Wants::Publish).await?;
        api.site.app.content.schedule(detail.page.id, publish_at, expire_at, acting(&caller, sent)?).await?;
        api.site.app.look_after_scheduling(detail.page.id).await?;
        done(&api, detail.page.id).await
    };
    answer(&api, &caller, request, (ROUTE, Some(Scope::Publish)), work).await
}

pub(super) async fn revert(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        let mut given = sent.given()?;
        let revision = given.number("revision");
        let revision = given.needed("revision", revision).unwrap_or_default();
        given.end()?;
        let detail = find(&api, &caller, entry::id(&id)?, Wants::Edit).await?;
        api.site.app.content.revert(detail.page.id, revision, acting(&caller, sent)?).await?;
        done(&api, detail.page.id).await
    };
    answer(&api, &caller, request, (ROUTE, Some(Scope::WriteContent)), work).await
}

/// Keeps a page to oneself.
pub(super) async fn lock(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        sent.expect_nothing()?;
        let row = explored(&api, &caller, entry::id(&id)?).await?;
        permit::refuse_locking(caller.grants(), &row)?;
        api.site.app.content.lock_page(row.id, acting(&caller, sent)?).await?;
        done(&api, row.id).await
    };
    answer(&api, &caller, request, (ROUTE, Some(Scope::WriteContent)), work).await
}

pub(super) async fn unlock(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        sent.expect_nothing()?;
        let row = explored(&api, &caller, entry::id(&id)?).await?;
        permit::refuse_unlocking(caller.grants(), &row)?;
        api.site.app.content.unlock_page(row.id, row.locked_by, acting(&caller, sent)?).await?;
        done(&api, row.id).await
    };
    answer(&api, &caller, request, (ROUTE, Some(Scope::WriteContent)), work).await
}
