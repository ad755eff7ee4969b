//! The first page: who is signed in, and from where.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::Admin;
use super::entry::{Seat, Speaks};
use crate::accounts::{AccountError, SessionListed};
use crate::clock::Micros;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::Admin;

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let seat = match admin.enter(&request, ROUTE, Speaks::Html).await {
        Ok(seat) => seat,
        Err(answer) => return answer,
    };
    match facts(&admin, &seat).await {
        Ok(context) => admin.page(&seat, "admin/home.html", context),
        Err(error) => admin.failed(ROUTE, seat.speaks, &error),
    }
}

async fn facts(admin: &Admin, seat: &Seat) -> Result<Value, AccountError> {
    let session = &seat.session;
    let accounts = &admin.app.accounts;
    let mut sessions = accounts.list_sessions(session.account_id).await?;
    sessions.sort_by_key(|listed| listed.id != session.session_id);
    let zone = TimeZone::get(&session.time_zone).unwrap_or(TimeZone::UTC);
    let shown = |listed: &SessionListed| {
        json!({
            "id": listed.id,
            "agent": listed.agent,
            "network": listed.network,
            "is_current": listed.id == session.session_id,
            "began": time(listed.created_at, &zone),
            "seen": time(listed.last_seen_at, &zone),
        })
    };
    Ok(json!({
        "user": { "called": seat.called(), "username": session.username },
        "groups": seat.grants.groups(),
        "is_superuser": session.is_superuser,
        "sessions": sessions.iter().map(shown).collect::<Vec<_>>(),
    }))
}

/// For programs, and as a person reads it in their time zone.
fn time(at: i64, zone: &TimeZone) -> Value {
    let shown =
        Timestamp::from_microsecond(at).map(|at| at.to_zoned(zone.clone()).strftime("%-d %b %Y, %H:%M %Z").to_string());
    json!({ "iso": Micros(at).to_rfc3339(), "shown": shown.unwrap_or_default() })
}
