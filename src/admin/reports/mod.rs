//! Reports: all that was done, pages that age, types that are used, searches in vain; and the security log.

mod aging;
mod export;
pub(super) mod history;
mod searches;
mod security;
mod types;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::answer::see_other;
use super::entry::Seat;
use super::texts::{Said, said};
use super::{Admin, only, time, words};
use crate::accounts::{Entry, GlobalPermission};
use crate::telemetry::label::{AuditEvent, Route};

const ROUTE: Route = Route::AdminReports;
const NEEDS: GlobalPermission = GlobalPermission::Reports;
const HISTORY: &str = "/admin/reports/history/";
const AGING: &str = "/admin/reports/aging/";
const TYPES: &str = "/admin/reports/types/";
const SEARCHES: &str = "/admin/reports/searches/";
const SECURITY: &str = "/admin/reports/security/";

pub(super) fn routes() -> Router<Arc<Admin>> {
    let mut router = Router::new();
    for format in ["csv", "xlsx"] {
        let at = |report: &str| format!("{report}export.{format}");
        router = router
            .route(&at(HISTORY), only(get(export::file), ROUTE))
            .route(&at(AGING), only(get(aging::file), ROUTE))
            .route(&at(TYPES), only(get(types::file), ROUTE))
            .route(&at(SEARCHES), only(get(searches::file), ROUTE));
    }
    router
        .route("/admin/reports/", only(get(first), ROUTE))
        .route("/admin/reports/history/", only(get(history::page), ROUTE))
        .route("/admin/reports/aging/", only(get(aging::page), ROUTE))
        .route("/admin/reports/types/", only(get(types::page), ROUTE))
        .route("/admin/reports/searches/", only(get(searches::page), ROUTE))
        .route("/admin/reports/security/", only(get(security::page), Route::AdminSecurity))
}

async fn first(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    admin.manage_page(request, ROUTE, NEEDS, async |_, _| Ok(see_other(HISTORY, ROUTE))).await
}

fn audit_event(name: &str) -> Option<AuditEvent> {
    AuditEvent::ALL.iter().copied().find(|known| known.as_str() == name)
}

/// The reports that somebody may read, for those that lead to each other.
fn nav(seat: &Seat, here: &str) -> Vec<Value> {
    let reports = [
        (HISTORY, said("place-history")),
        (AGING, said("report-aging")),
        (TYPES, said("report-types")),
        (SEARCHES, said("report-searches")),
        (SECURITY, said("place-security-log")),
    ];
    let shown = reports.into_iter().filter(|(url, _)| *url != SECURITY || seat.grants.is_superuser());
    shown.map(|(url, label)| json!({ "url": url, "label": label, "is_here": url == here })).collect()
}

/// What a form of filters offers.
pub(super) fn option(value: &str, label: Said, chosen: &str) -> Value {
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
