//! Publishing snippets of types with drafts, taking them off the pages, and going back to an old save.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;

use super::{find, need_publish, refuse_stale, reloaded};
use crate::accounts::Scope;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::{Expected, Reply};
use crate::api::v1::entry::{Sent, answer};
use crate::api::v1::problem::Done;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::ApiSnippetAction;

/// The snippet as an action leaves it.
async fn done(api: &Api, caller: &Caller, id: i64) -> Done {
    let (shown, etag) = reloaded(api, caller, id).await?;
    Ok(Reply::ok(&shown).with_etag(etag))
}

pub(super) async fn publish(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        sent.expect_nothing()?;
        let known = find(&api, &caller, &id).await?;
        let expected = Expected::of(&sent.headers);
        refuse_stale(&api, &known, &expected).await?;
        let (content, by) = (&api.site.app.content, caller.actor()?);
        match expected {
            Expected::These(_) => content.publish_edited_snippet(known.id, known.updated_at, by).await?,
            _ => content.publish_snippet(known.id, by).await?,
        };
        done(&api, &caller, known.id).await
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
        sent.expect_nothing()?;
        let known = find(&api, &caller, &id).await?;
        let by = caller.actor()?.having_seen(Expected::of(&sent.headers).seen());
        api.site.app.content.unpublish_snippet(known.id, by).await?;
        done(&api, &caller, known.id).await
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
        let known = find(&api, &caller, &id).await?;
        let mut given = sent.given()?;
        let revision = given.number("revision");
        let revision = given.needed("revision", revision).unwrap_or_default();
        given.end()?;
        need_publish(&api, &caller, &known.type_name, false)?;
        let by = caller.actor()?.having_seen(Expected::of(&sent.headers).seen());
        api.site.app.content.revert_snippet(known.id, revision, by).await?;
        done(&api, &caller, known.id).await
    };
    answer(&api, &caller, request, (ROUTE, Some(Scope::WriteContent)), work).await
}
