//! `/api/v1/groups/`: who is in them, and what they give. Whoever gives a permission must have it.

mod grants;
mod members;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use serde_json::{Value, json};

use super::answer::{Expected, Reply, etag, version_of};
use super::at;
use super::entry::{self, Sent, answer, known, unless_known};
use super::problem::{Refusal, forbidden, not_found};
use super::seen::{seen, stale, until_made};
use crate::accounts::{GlobalPermission, GroupManaged, Scope};
use crate::api::Api;
use crate::api::caller::Caller;
use crate::content::explore::Cursor;
use crate::permit::people;
use crate::telemetry::label::Route;

const ALL: (Route, Option<Scope>) = (Route::ApiGroups, Some(Scope::Users));
const ONE: (Route, Option<Scope>) = (Route::ApiGroup, Some(Scope::Users));
const PART: (Route, Option<Scope>) = (Route::ApiGroupPart, Some(Scope::Users));

pub(super) fn routes() -> Router<Arc<Api>> {
    let one = get(one).patch(change).delete(remove);
    let both = "GET, HEAD, POST";
    Router::new()
        .merge(at("/api/v1/groups/", get(all).post(create), (ALL.0, both)))
        .merge(at("/api/v1/groups/{id}/", one, (ONE.0, "GET, HEAD, PATCH, DELETE")))
        .merge(at("/api/v1/groups/{id}/grants/", get(grants::all).post(grants::change), (PART.0, both)))
        .merge(at("/api/v1/groups/{id}/members/", get(members::all).post(members::change), (PART.0, both)))
}

fn refuse(caller: &Caller) -> Result<(), Refusal> {
    match caller.grants().may(GlobalPermission::Groups) {
        true => Ok(()),
        false => Err(forbidden("You may not manage groups.").into()),
    }
}

fn address(id: i64) -> String {
    format!("/api/v1/groups/{id}/")
}

fn shown(of: &GroupManaged) -> Value {
    let here = address(of.id);
    json!({
        "id": of.id,
        "meta": {
            "detail_url": here,
            "grants_url": format!("{here}grants/"),
            "members_url": format!("{here}members/"),
            "grants": of.grants,
            "members": of.members,
        },
        "name": of.name,
    })
}

/// Its name is what is changed here; who is in it, and what it gives, is changed elsewhere.
fn version(name: &str) -> i64 {
    version_of(&json!({ "name": name }))
}

fn tagged(of: &GroupManaged) -> (Value, String) {
    let shown = shown(of);
    let etag = etag(version(&of.name), &shown);
    (shown, etag)
}

async fn find(api: &Api, caller: &Caller, id: &str) -> Result<GroupManaged, Refusal> {
    refuse(caller)?;
    let found = api.site.app.accounts.find_managed_group(entry::id(id)?).await?;
    found.ok_or_else(|| not_found("There is no such group.").into())
}

async fn reloaded(api: &Api, id: i64) -> Result<(Value, String), Refusal> {
    let found = api.site.app.accounts.find_managed_group(id).await?;
    found.map(|found| tagged(&found)).ok_or_else(|| not_found("The group is gone.").into())
}

async fn all(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller)?;
        known(&sent.query, &["search", "limit", "after"])?;
        let limit = entry::usual_limit(sent)?;
        let after = sent.query.first("after").map(entry::cursor).transpose()?.map(|after| after.key);
        let (text, after) = (entry::text(sent, "search")?, after.unwrap_or_default());
        let found = api.site.app.accounts.list_managed_groups(text, &after, limit + 1).await?;
        let cursor = |last: &GroupManaged| Cursor { key: last.name.clone(), id: last.id }.to_string();
        Ok(entry::part(sent, limit, found, cursor, shown))
    };
    answer(&api, &caller, request, ALL, work).await
}

async fn one(State(api): State<Arc<Api>>, Path(id): Path<String>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        known(&sent.query, &[])?;
        let (shown, etag) = tagged(&find(&api, &caller, &id).await?);
        Ok(unless_known(sent, Reply::ok(&shown).with_etag(etag)))
    };
    answer(&api, &caller, request, ONE, work).await
}

fn name(sent: &Sent) -> Result<String, Refusal> {
    let mut given = sent.given()?;
    let name = given.text("name");
    let name = given.needed("name", name).unwrap_or_default();
    given.end()?;
    Ok(name)
}

async fn create(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller)?;
        let id = api.site.app.accounts.create_group(&name(sent)?, &caller.by()?).await?;
        let (shown, etag) = reloaded(&api, id).await?;
        Ok(Reply::created(&shown, address(id)).with_etag(etag))
    };
    answer(&api, &caller, request, ALL, work).await
}

async fn change(State(api): State<Arc<Api>>, Path(id): Path<String>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| until_made(|| try_rename(&api, &caller, &id, sent)).await;
    answer(&api, &caller, request, ONE, work).await
}

/// `None`: somebody else renamed it meanwhile, and nothing was done.
async fn try_rename(api: &Api, caller: &Caller, id: &str, sent: &Sent) -> Result<Option<Reply>, Refusal> {
    let group = find(api, caller, id).await?;
    if !seen(sent)?.takes(version(&group.name)) {
        return Err(stale().into());
    }
    let (app, name) = (&api.site.app, name(sent)?);
    let of = (&*app.content, &*app.accounts);
    people::refuse_renaming(of, caller.grants(), (group.id, &group.name), &name).await?;
    let is_judged = |now: &str| now == group.name;
    if !app.accounts.rename_group_if(group.id, &name, is_judged, &caller.by()?).await? {
        return Ok(None);
    }
    let (shown, etag) = reloaded(api, group.id).await?;
    Ok(Some(Reply::ok(&shown).with_etag(etag)))
}

async fn remove(State(api): State<Arc<Api>>, Path(id): Path<String>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        sent.expect_nothing()?;
        let (group, expected) = (find(&api, &caller, &id).await?, Expected::of(&sent.headers));
        let is_seen = |name: &str| expected.takes(version(name));
        let accounts = &api.site.app.accounts;
        people::refuse_group_above(accounts, caller.grants(), group.id).await?;
        match accounts.delete_group_if(group.id, is_seen, &caller.by()?).await? {
            true => Ok(Reply::nothing(StatusCode::NO_CONTENT)),
            false => Err(stale().into()),
        }
    };
    answer(&api, &caller, request, ONE, work).await
}
