//! Deliveries of a webhook: what was sent and what was answered, a test, and sending again.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::refuse;
use crate::accounts::Scope;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::Reply;
use crate::api::v1::entry::{self, Sent, answer, known};
use crate::api::v1::problem::{bad_request, invalid};
use crate::clock::Micros;
use crate::telemetry::label::Route;
use crate::webhooks::{Asked, Delivery, PAGE_SIZE, Rest, topic};

const ONE: (Route, Option<Scope>) = (Route::ApiWebhook, Some(Scope::Webhooks));
const STATES: [&str; 3] = ["open", "delivered", "dead"];

fn shown(delivery: &Delivery) -> Value {
    let time = |at: i64| Micros(at).to_rfc3339();
    json!({
        "id": delivery.id,
        "state": delivery.state,
        "event": {
            "id": format!("evt_{}", delivery.event_id),
            "type": topic::name(&delivery.kind, &delivery.action),
            "timestamp": time(delivery.event_at),
            "object": delivery.object_id,
            "title": delivery.title,
        },
        "attempts": delivery.attempts,
        "tried_at": delivery.tried_at.map(time),
        "next_at": (delivery.state == "open").then(|| time(delivery.next_at)),
        "status": (delivery.status > 0).then_some(delivery.status),
        "duration_ms": delivery.tried_at.map(|_| delivery.took_us / 1000),
        "error": (!delivery.error.is_empty()).then_some(&delivery.error),
        "response": (!delivery.excerpt.is_empty()).then_some(&delivery.excerpt),
        "created_at": time(delivery.created_at),
    })
}

pub(super) async fn all(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller)?;
        known(&sent.query, &["state", "after"])?;
        let state = sent.query.first("state");
        if state.is_some_and(|state| !STATES.contains(&state)) {
            return Err(bad_request("state is open, delivered or dead.").into());
        }
        let before = entry::number(sent, "after")?;
        let state = state.unwrap_or_default();
        let webhooks = &api.site.app.webhooks;
        let webhook = webhooks.find(entry::id(&id)?).await?.id;
        let found = webhooks.list_deliveries(Asked { webhook, state, before }).await?;
        Ok(entry::part(sent, PAGE_SIZE, found, |last| last.id.to_string(), shown))
    };
    answer(&api, &caller, request, ONE, work).await
}

pub(super) async fn one(
    State(api): State<Arc<Api>>,
    Path((id, delivery)): Path<(String, String)>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |_: &Sent| {
        refuse(&caller)?;
        let found = api.site.app.webhooks.find_delivery(entry::id(&id)?, entry::id(&delivery)?).await?;
        Ok(Reply::ok(&shown(&found)))
    };
    answer(&api, &caller, request, ONE, work).await
}

pub(super) async fn replay(
    State(api): State<Arc<Api>>,
    Path((id, delivery)): Path<(String, String)>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller)?;
        sent.expect_nothing()?;
        let found = api.site.app.webhooks.replay(entry::id(&id)?, entry::id(&delivery)?).await?;
        Ok(Reply::of(StatusCode::ACCEPTED, &shown(&found)))
    };
    answer(&api, &caller, request, ONE, work).await
}

/// What happened from `since` on, until `until` or now.
pub(super) async fn replay_range(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller)?;
        let mut given = sent.given()?;
        let (since, until) = (given.time("since"), given.time("until"));
        let since = given.needed("since", since);
        let after = given.number("after").unwrap_or_default();
        given.end()?;
        let (since, until) = (since.unwrap_or(Micros(0)), until.unwrap_or_else(Micros::now));
        if until <= since {
            return Err(invalid().at("/until", "too_early", "It must be later than since.").into());
        }
        let behind = Rest { at: since.0, id: after };
        let replayed = api.site.app.webhooks.replay_range(entry::id(&id)?, behind, until).await?;
        let rest = replayed.rest.map(|rest| json!({ "since": Micros(rest.at).to_rfc3339_exact(), "after": rest.id }));
        let told = json!({ "replayed": replayed.count, "is_whole": rest.is_none(), "rest": rest });
        Ok(Reply::of(StatusCode::ACCEPTED, &told))
    };
    answer(&api, &caller, request, ONE, work).await
}

pub(super) async fn test(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller)?;
        sent.expect_nothing()?;
        let (webhooks, webhook) = (&api.site.app.webhooks, entry::id(&id)?);
        let delivery = webhooks.send_test(webhook, &caller.actor()?).await?;
        Ok(Reply::of(StatusCode::ACCEPTED, &shown(&webhooks.find_delivery(webhook, delivery).await?)))
    };
    answer(&api, &caller, request, ONE, work).await
}
