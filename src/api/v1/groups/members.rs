//! Who is in a group: listed, put into it, taken out of it.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{PART, find, reloaded};
use crate::accounts::{User, UserManaged, UsersAsked};
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::Reply;
use crate::api::v1::entry::{self, Sent, answer, known};
use crate::api::v1::given::Given;
use crate::api::v1::problem::{Done, Refusal, invalid};
use crate::content::explore::Cursor;
use crate::permit::{self, people};

/// Users that one request puts into a group, and takes out of it.
const MAX_MEMBERS: usize = 100;

pub(super) async fn all(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        known(&sent.query, &["limit", "after"])?;
        let limit = entry::usual_limit(sent)?;
        let after = sent.query.first("after").map(entry::cursor).transpose()?.map(|after| after.key);
        let group = find(&api, &caller, &id).await?;
        let after = after.unwrap_or_default();
        let asked = UsersAsked { group: Some(group.id), after: &after, limit: limit + 1, ..UsersAsked::default() };
        let found = api.site.app.accounts.list_managed_users(&asked).await?;
        let cursor = |last: &UserManaged| Cursor { key: last.username_key.clone(), id: last.id }.to_string();
        Ok(entry::part(sent, limit, found, cursor, shown))
    };
    answer(&api, &caller, request, PART, work).await
}

/// As whoever manages groups sees them; what else there is to know is for those who manage users.
fn shown(of: &UserManaged) -> Value {
    json!({ "id": of.id, "username": of.username, "name": of.name, "is_active": of.is_active })
}

pub(super) async fn change(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| put(&api, &caller, &id, sent).await;
    answer(&api, &caller, request, PART, work).await
}

/// Names of users, as a body lists them.
fn names(given: &mut Given, name: &str) -> Vec<String> {
    let list = given.list(name).unwrap_or_default();
    if list.len() > MAX_MEMBERS {
        given.refuse(name, "too_many_items", format!("There may be {MAX_MEMBERS}."));
        return Vec::new();
    }
    let names: Vec<String> = list.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect();
    if names.len() < list.len() {
        given.refuse(name, "invalid_type", "It must be a list of names of users.");
    }
    names
}

/// The users of these names, all looked for before anything is changed.
async fn users(api: &Api, name: &str, usernames: &[String]) -> Result<Vec<User>, Refusal> {
    let found = api.site.app.accounts.users_named(usernames).await?;
    let nobody = |at: usize| invalid().at(format!("/{name}/{at}"), "not_found", "There is no such user.");
    found.into_iter().enumerate().map(|(at, user)| Ok(user.ok_or_else(|| nobody(at))?)).collect()
}

async fn put(api: &Api, caller: &Caller, id: &str, sent: &Sent) -> Done {
    let group = find(api, caller, id).await?;
    let mut given = sent.given()?;
    let (add, remove) = (names(&mut given, "add"), names(&mut given, "remove"));
    given.end()?;
    let app = &api.site.app;
    permit::refuse_passing_on((&app.content, &app.accounts), caller.grants(), group.id, &group.name).await?;
    let (joined, left) = (users(api, "add", &add).await?, users(api, "remove", &remove).await?);
    for user in &left {
        people::refuse_above(caller.grants(), user)?;
    }
    app.accounts.change_members(group.id, &joined, &left, &caller.by()?).await?;
    let (shown, etag) = reloaded(api, group.id).await?;
    Ok(Reply::ok(&shown).with_etag(etag))
}
