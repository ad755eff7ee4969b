//! `/api/v1/users/`: who signs in, and in which groups they are. Nobody is deleted, so that logs keep whom they name, and no
//! password comes in or goes out: whoever is new chooses one by a mailed link.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};

use super::answer::{Reply, etag, version_of};
use super::at;
use super::entry::{self, Sent, answer, known, unless_known};
use super::given::Given;
use super::problem::{Done, Refusal, forbidden, invalid, not_found};
use super::seen::{seen, stale, until_made};
use crate::accounts::{GlobalPermission, NewUser, Scope, User, UserChange, UserManaged, UsersAsked};
use crate::api::Api;
use crate::api::caller::Caller;
use crate::clock::Micros;
use crate::content::explore::Cursor;
use crate::permit::people::{self, Own};
use crate::permit::{self, Denied};
use crate::telemetry::label::Route;

const ALL: (Route, Option<Scope>) = (Route::ApiUsers, Some(Scope::Users));
const ONE: (Route, Option<Scope>) = (Route::ApiUser, Some(Scope::Users));
/// Groups that one request puts somebody into.
const MAX_GROUPS: usize = 100;

pub(super) fn routes() -> Router<Arc<Api>> {
    Router::new().merge(at("/api/v1/users/", get(all).post(create), (ALL.0, "GET, HEAD, POST"))).merge(at(
        "/api/v1/users/{id}/",
        get(one).patch(change),
        (ONE.0, "GET, HEAD, PATCH"),
    ))
}

fn refuse(caller: &Caller) -> Result<(), Refusal> {
    match caller.grants().may(GlobalPermission::Users) {
        true => Ok(()),
        false => Err(forbidden("You may not manage users.").into()),
    }
}

fn address(id: i64) -> String {
    format!("/api/v1/users/{id}/")
}

/// What is changed of a user, and no more: when somebody signs in is another matter.
fn state(of: &UserManaged) -> Value {
    let groups: Vec<Value> = of.groups.iter().map(|(id, name)| json!({ "id": id, "name": name })).collect();
    json!({
        "username": of.username,
        "email": of.email,
        "name": of.name,
        "locale": of.locale,
        "time_zone": of.time_zone,
        "is_active": of.is_active,
        "is_superuser": of.is_superuser,
        "groups": groups,
    })
}

fn shown(of: &UserManaged) -> Value {
    let mut shown = state(of);
    shown["id"] = json!(of.id);
    shown["meta"] = json!({
        "detail_url": address(of.id),
        "has_two_step": of.has_two_step,
        "created_at": Micros(of.created_at).to_rfc3339(),
        "last_login_at": of.last_login_at.map(|at| Micros(at).to_rfc3339()),
    });
    shown
}

fn version(of: &UserManaged) -> i64 {
    version_of(&state(of))
}

/// With its ETag; the version in it is that of what can be changed.
fn tagged(of: &UserManaged) -> (Value, String) {
    let shown = shown(of);
    let etag = etag(version(of), &shown);
    (shown, etag)
}

async fn find(api: &Api, caller: &Caller, id: &str) -> Result<UserManaged, Refusal> {
    refuse(caller)?;
    let found = api.site.app.accounts.find_managed_user(entry::id(id)?).await?;
    found.ok_or_else(|| not_found("There is no such user.").into())
}

async fn reloaded(api: &Api, id: i64) -> Result<(Value, String), Refusal> {
    let found = api.site.app.accounts.find_managed_user(id).await?;
    found.map(|found| tagged(&found)).ok_or_else(|| not_found("The user is gone.").into())
}

async fn all(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller)?;
        known(&sent.query, &["search", "active", "group", "limit", "after"])?;
        let limit = entry::usual_limit(sent)?;
        let after = sent.query.first("after").map(entry::cursor).transpose()?;
        let asked = UsersAsked {
            text: entry::text(sent, "search")?,
            active: entry::flag(sent, "active")?,
            group: entry::number(sent, "group")?,
            after: after.as_ref().map_or("", |after| after.key.as_str()),
            limit: limit + 1,
        };
        let found = api.site.app.accounts.list_managed_users(&asked).await?;
        let cursor = |last: &UserManaged| Cursor { key: last.username_key.clone(), id: last.id }.to_string();
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

/// Refuses groups that there are not, and those that the caller may not pass on.
async fn refuse_groups(api: &Api, caller: &Caller, ids: Vec<i64>) -> Result<(), Refusal> {
    if ids.is_empty() {
        return Ok(());
    }
    let app = &api.site.app;
    let found = app.accounts.name_groups(ids.clone()).await?;
    if let Some(id) = ids.iter().find(|id| found.iter().all(|group| group.id != **id)) {
        return Err(invalid().at("/groups", "not_found", format!("There is no group {id}.")).into());
    }
    Ok(permit::refuse_passing_on_all((&app.content, &app.accounts), caller.grants(), &found).await?)
}

async fn create(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| invite(&api, &caller, sent).await;
    answer(&api, &caller, request, ALL, work).await
}

/// A new user, who is mailed a link that sets the password.
async fn invite(api: &Api, caller: &Caller, sent: &Sent) -> Done {
    refuse(caller)?;
    let mut given = sent.given()?;
    let (username, email) = (given.text("username"), given.text("email"));
    let new = NewUser {
        username: given.needed("username", username).unwrap_or_default(),
        email: given.needed("email", email).unwrap_or_default(),
        name: given.text("name").unwrap_or_default(),
        password: String::new(),
        is_superuser: given.flag("is_superuser").unwrap_or_default(),
    };
    let joins = given.ids("groups", MAX_GROUPS).unwrap_or_default();
    given.end()?;
    if new.is_superuser && !caller.grants().is_superuser() {
        return Err(Denied::MakingSuperusers.into());
    }
    refuse_groups(api, caller, joins.clone()).await?;
    let id = api.site.app.accounts.invite_user(new, &joins, &caller.by()?).await?;
    api.site.app.content.jobs.wake();
    let (shown, etag) = reloaded(api, id).await?;
    Ok(Reply::created(&shown, address(id)).with_etag(etag))
}

async fn change(State(api): State<Arc<Api>>, Path(id): Path<String>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| until_made(|| try_patch(&api, &caller, &id, sent)).await;
    answer(&api, &caller, request, ONE, work).await
}

/// What a body changes of a user; what is as it was is no change.
fn read(given: &mut Given, old: &User, caller: &Caller) -> UserChange {
    UserChange {
        email: given.text("email").map(|email| email.trim().to_owned()).filter(|email| *email != old.email),
        name: given.text("name"),
        locale: given.text("locale"),
        time_zone: given.text("time_zone"),
        is_superuser: given.flag("is_superuser").filter(|wanted| *wanted != old.is_superuser),
        is_active: given.flag("is_active").filter(|wanted| *wanted != old.is_active),
        spares_superusers: !caller.grants().is_superuser(),
        ..UserChange::default()
    }
}

/// What nobody changes of themselves here.
fn of_oneself(own: Own) -> Refusal {
    let (pointer, detail) = match own {
        Own::Active => ("/is_active", "You cannot take this from yourself: somebody else has to."),
        Own::Superuser => ("/is_superuser", "You cannot take this from yourself: somebody else has to."),
        Own::Email => ("/email", "Change your own address under your account, with your password."),
    };
    invalid().at(pointer, "own_account", detail).into()
}

/// `None`: somebody else changed them meanwhile, and nothing was done.
async fn try_patch(api: &Api, caller: &Caller, id: &str, sent: &Sent) -> Result<Option<Reply>, Refusal> {
    let managed = find(api, caller, id).await?;
    let judged = version(&managed);
    if !seen(sent)?.takes(judged) {
        return Err(stale().into());
    }
    let app = &api.site.app;
    let user = app.accounts.find_user(managed.id).await?.ok_or_else(|| not_found("The user is gone."))?;
    let mut given = sent.given()?;
    let mut change = read(&mut given, &user, caller);
    let wanted = given.ids("groups", MAX_GROUPS);
    given.end()?;
    let of = (&*app.content, &*app.accounts);
    if let Some(own) = people::judge_change(of, caller.grants(), &user, &change).await? {
        return Err(of_oneself(own));
    }
    if let Some(wanted) = &wanted {
        let groups: Vec<i64> = managed.groups.iter().map(|(id, _)| *id).collect();
        change.joins.extend(wanted.iter().filter(|id| !groups.contains(id)));
        change.leaves.extend(groups.iter().filter(|id| !wanted.contains(id)));
        refuse_groups(api, caller, [&change.joins[..], &change.leaves].concat()).await?;
    }
    let is_judged = |now: &UserManaged| version(now) == judged;
    if !app.accounts.change_user_if(&user.username, change, is_judged, &caller.by()?).await? {
        return Ok(None);
    }
    let (shown, etag) = reloaded(api, user.id).await?;
    Ok(Some(Reply::ok(&shown).with_etag(etag)))
}
