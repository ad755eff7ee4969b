//! The log of a webhook: what was sent, what was answered, and sending it again.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{NEEDS, ROUTE, address, find, shown};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::Seat;
use crate::admin::manage::{self, text};
use crate::admin::pages::{ids, row};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::reports::history::days;
use crate::admin::texts::{Said, said};
use crate::clock::Micros;
use crate::http::form::FormData;
use crate::webhooks::{Asked, Delivery, PAGE_SIZE, Rest, topic};

fn state_label(state: &str) -> Said {
    match state {
        "delivered" => said("delivery-delivered"),
        "dead" => said("delivery-dead"),
        _ => said("delivery-open"),
    }
}

fn shown_delivery(delivery: &Delivery, seat: &Seat) -> Value {
    let zone = seat.zone();
    json!({
        "id": delivery.id, "topic": topic::name(&delivery.kind, &delivery.action), "title": delivery.title,
        "state": delivery.state, "state_label": state_label(&delivery.state), "attempts": delivery.attempts,
        "status": (delivery.status > 0).then_some(delivery.status), "took_ms": delivery.took_us / 1000,
        "error": delivery.error, "excerpt": delivery.excerpt, "happened": row::when(delivery.event_at, &zone),
        "tried": delivery.tried_at.map(|at| row::when(at, &zone)),
        "next": (delivery.state == "open").then(|| crate::admin::time(delivery.next_at, &zone)),
    })
}

pub(super) async fn page(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let work = async |seat: &Seat, query: &FormData| show(&admin, seat, &id, query).await;
    admin.manage_page(request, ROUTE, NEEDS, work).await
}

async fn show(admin: &Admin, seat: &Seat, id: &str, query: &FormData) -> Done {
    let known = find(admin, id).await?;
    let state = ["open", "delivered", "dead"].into_iter().find(|known| *known == text(query, "state")).unwrap_or("");
    let before = match text(query, "before") {
        "" => None,
        text => Some(ids::parse(text).ok_or(Refusal::Bad(said("no-such-part")))?),
    };
    let asked = Asked { webhook: known.id, state, before };
    let mut found = admin.app.webhooks.list_deliveries(asked).await?;
    let more = found.len() as i64 > PAGE_SIZE;
    found.truncate(PAGE_SIZE as usize);
    let url = address(known.id, "deliveries/");
    let with = |more: (&str, &str)| manage::address(&url, &[("state", state), more]);
    let next = found.last().filter(|_| more).map(|last| with(("before", &last.id.to_string())));
    let states = ["open", "delivered", "dead"]
        .map(|known| json!({ "value": known, "label": state_label(known), "chosen": known == state }));
    let replayed = query.first("replayed").and_then(|text| text.parse::<u64>().ok());
    let context = json!({
        "webhook": shown(&known, seat),
        "rows": found.iter().map(|delivery| shown_delivery(delivery, seat)).collect::<Vec<Value>>(),
        "states": states,
        "url": url,
        "state": state,
        "whole": with(("", "")),
        "next": next,
        "is_first": before.is_none(),
        "notice": replayed.map(|count| said("deliveries-are-sent-again").with("count", count)),
        "all": super::URL,
        "replay": address(known.id, "replay/"),
        "test": address(known.id, "test/"),
    });
    Ok(admin.page(seat, "admin/webhooks/deliveries.html", context))
}

fn back(id: i64, count: usize) -> Response {
    let url = manage::address(&address(id, "deliveries/"), &[("replayed", &count.to_string())]);
    see_other(&url, ROUTE)
}

pub(super) async fn test(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let work = async |seat: &Seat, _: &FormData| {
        let known = find(&admin, &id).await?;
        admin.app.webhooks.send_test(known.id, &seat.actor()).await?;
        Ok(see_other(&address(known.id, "deliveries/"), ROUTE))
    };
    admin.manage_form(request, ROUTE, NEEDS, work).await
}

pub(super) async fn replay(
    State(admin): State<Arc<Admin>>,
    Path((id, delivery)): Path<(String, String)>,
    request: Request,
) -> Response {
    let work = async |_: &Seat, _: &FormData| {
        let known = find(&admin, &id).await?;
        let delivery = manage::id(&delivery, said("no-such-delivery"))?;
        admin.app.webhooks.replay(known.id, delivery).await?;
        Ok(back(known.id, 1))
    };
    admin.manage_form(request, ROUTE, NEEDS, work).await
}

/// What happened on some days; without a last one until now.
pub(super) async fn replay_range(
    State(admin): State<Arc<Admin>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let work = async |seat: &Seat, form: &FormData| {
        let known = find(&admin, &id).await?;
        let (since, until) = days(seat, form)?;
        let since = since.ok_or(Refusal::Bad(said("no-such-day")))?;
        let (since, until) = (Rest { at: since.0, id: 0 }, until.unwrap_or_else(Micros::now));
        let replayed = admin.app.webhooks.replay_range(known.id, since, until).await?;
        Ok(back(known.id, replayed.count))
    };
    admin.manage_form(request, ROUTE, NEEDS, work).await
}
