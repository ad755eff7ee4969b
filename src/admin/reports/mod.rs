//! Reports: all that was done to pages, and the security log.

mod export;
mod history;
mod security;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::answer::see_other;
use super::texts::{Said, said};
use super::{Admin, only, time, words};
use crate::accounts::{Entry, GlobalPermission};
use crate::telemetry::label::{AuditEvent, PageEvent, Route};

const ROUTE: Route = Route::AdminReports;
const NEEDS: GlobalPermission = GlobalPermission::Reports;
const HISTORY: &str = "/admin/reports/history/";
const SECURITY: &str = "/admin/reports/security/";

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new()
        .route("/admin/reports/", only(get(first), ROUTE))
        .route("/admin/reports/history/", only(get(history::page), ROUTE))
        .route("/admin/reports/history/export.csv", only(get(export::file), ROUTE))
        .route("/admin/reports/security/", only(get(security::page), Route::AdminSecurity))
}

async fn first(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    admin.manage_page(request, ROUTE, NEEDS, async |_, _| Ok(see_other(HISTORY, ROUTE))).await
}

fn page_event(name: &str) -> Option<PageEvent> {
    PageEvent::ALL.iter().copied().find(|known| known.as_str() == name)
}

fn audit_event(name: &str) -> Option<AuditEvent> {
    AuditEvent::ALL.iter().copied().find(|known| known.as_str() == name)
}

/// What a form of filters offers.
fn option(value: &str, label: Said, chosen: &str) -> Value {
    json!({ "value": value, "label": label, "chosen": value == chosen })
}

/// An entry of the security log, as its table shows it.
pub(super) fn event(entry: &Entry, zone: &TimeZone) -> Value {
    json!({
        "at": time(entry.at, zone),
        "event": words::event(&entry.event),
        "actor": if entry.actor.is_empty() { said("a-visitor") } else { Said::Text(entry.actor.clone()) },
        "subject": entry.subject,
        "detail": entry.detail,
        "network": entry.network,
        "trace_id": entry.trace_id,
    })
}
