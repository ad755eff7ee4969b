//! Webhooks: where changes are sent to. The list, one with its events and its secret, and the log of what was delivered.

mod deliveries;
mod edit;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::entry::Seat;
use super::manage;
use super::refusal::{Done, Refusal};
use super::texts::{Said, said};
use super::{Admin, only, time, words};
use crate::accounts::GlobalPermission;
use crate::telemetry::label::Route;
use crate::webhooks::{Endpoint, WebhookError};

const ROUTE: Route = Route::AdminWebhooks;
const NEEDS: GlobalPermission = GlobalPermission::Webhooks;
const URL: &str = "/admin/webhooks/";
const MISSING: Said = said("no-such-webhook");

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new()
        .route("/admin/webhooks/", only(get(page), ROUTE))
        .route("/admin/webhooks/add/", only(get(edit::blank).post(edit::add), ROUTE))
        .route("/admin/webhooks/{id}/", only(get(edit::page).post(edit::save), ROUTE))
        .route("/admin/webhooks/{id}/state/", only(post(edit::switch), ROUTE))
        .route("/admin/webhooks/{id}/secret/", only(post(edit::rotate), ROUTE))
        .route("/admin/webhooks/{id}/delete/", only(post(edit::delete), ROUTE))
        .route("/admin/webhooks/{id}/deliveries/", only(get(deliveries::page), ROUTE))
        .route("/admin/webhooks/{id}/test/", only(post(deliveries::test), ROUTE))
        .route("/admin/webhooks/{id}/replay/", only(post(deliveries::replay_range), ROUTE))
        .route("/admin/webhooks/{id}/deliveries/{delivery}/replay/", only(post(deliveries::replay), ROUTE))
}

fn address(id: i64, rest: &str) -> String {
    format!("{URL}{id}/{rest}")
}

async fn find(admin: &Admin, id: &str) -> Result<Endpoint, Refusal> {
    Ok(admin.app.webhooks.find(manage::id(id, MISSING)?).await?)
}

impl From<WebhookError> for Refusal {
    fn from(error: WebhookError) -> Self {
        match error {
            WebhookError::Db(error) => error.into(),
            WebhookError::NotFound(_) => Self::Missing(MISSING),
            WebhookError::DeliveryNotFound(_) => Self::Missing(said("no-such-delivery")),
            other => Self::Bad(words::webhook(&other)),
        }
    }
}

/// A webhook as pages show it.
fn shown(known: &Endpoint, seat: &Seat) -> Value {
    json!({
        "id": known.id, "name": known.name, "target": known.url, "url": address(known.id, ""), "state": known.state,
        "why": known.why, "every": known.every_event, "events": known.topics().len(), "waiting": known.waiting,
        "dead": known.dead, "deliveries": address(known.id, "deliveries/"),
        "failing_since": known.failing_since.map(|at| time(at, &seat.zone())),
        "old_secret_until": known.old_secret_until.map(|at| time(at, &seat.zone())),
    })
}

async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let work = async |seat: &Seat, _: &_| -> Done {
        let known = admin.app.webhooks.list().await?;
        let context = json!({
            "webhooks": known.iter().map(|known| shown(known, seat)).collect::<Vec<Value>>(),
            "url": URL,
        });
        Ok(admin.page(seat, "admin/webhooks/list.html", context))
    };
    admin.manage_page(request, ROUTE, NEEDS, work).await
}
