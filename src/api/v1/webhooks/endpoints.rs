//! Webhooks: made, read, changed, given another secret, deleted.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::refuse;
use crate::accounts::Scope;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::{Expected, Reply, etag};
use crate::api::v1::entry::{self, Sent, answer, known, unless_known};
use crate::api::v1::given::Given;
use crate::api::v1::problem::{Done, Refusal};
use crate::api::v1::seen::seen;
use crate::clock::Micros;
use crate::telemetry::label::Route;
use crate::webhooks::{Chosen, Endpoint, EndpointChange, NewEndpoint, topic};

const ONE: (Route, Option<Scope>) = (Route::ApiWebhook, Some(Scope::Webhooks));
const ALL: (Route, Option<Scope>) = (Route::ApiWebhooks, Some(Scope::Webhooks));
/// In the place of names: all events.
const EVERY: &str = "*";

fn address(id: i64) -> String {
    format!("/api/v1/webhooks/{id}/")
}

fn shown(endpoint: &Endpoint) -> Value {
    let time = |at: Option<i64>| at.map(|at| Micros(at).to_rfc3339());
    let events: Vec<String> = match endpoint.every_event {
        true => vec![EVERY.to_owned()],
        false => endpoint.topics().iter().map(ToString::to_string).collect(),
    };
    json!({
        "id": endpoint.id,
        "name": endpoint.name,
        "url": endpoint.url,
        "events": events,
        "state": endpoint.state,
        "why": (!endpoint.why.is_empty()).then_some(&endpoint.why),
        "failing_since": time(endpoint.failing_since),
        "old_secret_until": time(endpoint.old_secret_until.filter(|until| *until > Micros::now().0)),
        "waiting": endpoint.waiting,
        "dead": endpoint.dead,
        "created_at": time(Some(endpoint.created_at)),
        "updated_at": time(Some(endpoint.updated_at)),
        "deliveries_url": format!("{}deliveries/", address(endpoint.id)),
    })
}

fn whole(endpoint: &Endpoint) -> (Value, String) {
    let shown = shown(endpoint);
    let etag = etag(endpoint.updated_at, &shown);
    (shown, etag)
}

/// Names of events, or `*` alone.
fn chosen(given: &mut Given) -> Result<Option<Chosen>, Refusal> {
    let Some(names) = given.list("events") else { return Ok(None) };
    let names: Option<Vec<&str>> = names.iter().map(Value::as_str).collect();
    match names.as_deref() {
        Some([EVERY]) => Ok(Some(Chosen::Every)),
        Some(names) => Ok(Some(Chosen::of(names.iter().copied())?)),
        None => {
            given.refuse("events", "invalid_type", "It must be a list of strings.");
            Ok(None)
        }
    }
}

pub(super) async fn all(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller)?;
        known(&sent.query, &[])?;
        let endpoints = api.site.app.webhooks.list().await?;
        let items: Vec<Value> = endpoints.iter().map(shown).collect();
        Ok(Reply::ok(&json!({ "items": items, "next": null })))
    };
    answer(&api, &caller, request, ALL, work).await
}

/// The names of all events that can be chosen.
pub(super) async fn events(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |_: &Sent| {
        refuse(&caller)?;
        let items: Vec<String> = topic::all().map(|topic| topic.to_string()).collect();
        Ok(Reply::ok(&json!({ "items": items, "next": null })))
    };
    answer(&api, &caller, request, ONE, work).await
}

pub(super) async fn one(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller)?;
        let found = api.site.app.webhooks.find(entry::id(&id)?).await?;
        let (shown, etag) = whole(&found);
        Ok(unless_known(sent, Reply::ok(&shown).with_etag(etag)))
    };
    answer(&api, &caller, request, ONE, work).await
}

/// With a secret, this once. Where the answer is kept for a request that comes again, it is kept without it.
async fn told(api: &Api, id: i64, secret: &str, status: StatusCode) -> Done {
    let (mut shown, etag) = whole(&api.site.app.webhooks.find(id).await?);
    shown["secret"] = Value::Null;
    let kept = shown.to_string();
    shown["secret"] = secret.into();
    let reply = match status {
        StatusCode::CREATED => Reply::created(&shown, address(id)),
        status => Reply::of(status, &shown),
    };
    Ok(reply.with_etag(etag).kept_as(kept))
}

pub(super) async fn create(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller)?;
        let mut given = sent.given()?;
        let (name, url) = (given.text("name"), given.text("url"));
        let (name, url) = (given.needed("name", name), given.needed("url", url));
        let events = chosen(&mut given)?;
        let events = given.needed("events", events);
        given.end()?;
        let (name, url) = (name.unwrap_or_default(), url.unwrap_or_default());
        let account = caller.account().map(|account| account.id);
        let new = NewEndpoint { name: &name, url: &url, events: events.unwrap_or(Chosen::Every), account };
        let made = api.site.app.webhooks.create(new, &caller.actor()?).await?;
        told(&api, made.id, &made.secret, StatusCode::CREATED).await
    };
    answer(&api, &caller, request, ALL, work).await
}

/// The versions that a change is made for; `None`: whichever is there.
fn versions(expected: Expected) -> Option<Vec<i64>> {
    match expected {
        Expected::Unsaid | Expected::Any => None,
        Expected::These(versions) => Some(versions),
    }
}

pub(super) async fn change(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller)?;
        let (id, versions) = (entry::id(&id)?, versions(seen(sent)?));
        let mut given = sent.given()?;
        let change = EndpointChange {
            name: given.text("name"),
            url: given.text("url"),
            events: chosen(&mut given)?,
            is_active: given.word("state", &[("active", true), ("paused", false)]),
        };
        given.end()?;
        let webhooks = &api.site.app.webhooks;
        webhooks.change(id, change, versions.as_deref(), &caller.actor()?).await?;
        let (shown, etag) = whole(&webhooks.find(id).await?);
        Ok(Reply::ok(&shown).with_etag(etag))
    };
    answer(&api, &caller, request, ONE, work).await
}

pub(super) async fn rotate(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller)?;
        sent.expect_nothing()?;
        let id = entry::id(&id)?;
        let secret = api.site.app.webhooks.rotate_secret(id, &caller.actor()?).await?;
        told(&api, id, &secret, StatusCode::OK).await
    };
    answer(&api, &caller, request, ONE, work).await
}

pub(super) async fn delete(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller)?;
        sent.expect_nothing()?;
        let versions = versions(Expected::of(&sent.headers));
        api.site.app.webhooks.delete(entry::id(&id)?, versions.as_deref(), &caller.actor()?).await?;
        Ok(Reply::nothing(StatusCode::NO_CONTENT))
    };
    answer(&api, &caller, request, ONE, work).await
}
