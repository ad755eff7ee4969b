//! The first page: who is signed in, and from where.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::answer::see_other;
use super::{Admin, info, place};
use crate::accounts::{AccountError, SessionListed, SignedIn};
use crate::clock::Micros;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::Admin;

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let session = match admin.signed_in(request.headers(), info(&request).scheme).await {
        Ok(Some(session)) => session,
        Ok(None) => {
            let here = request.uri().path_and_query().map_or(place::HOME, http::uri::PathAndQuery::as_str);
            let next: String = url::form_urlencoded::byte_serialize(place::within(here).as_bytes()).collect();
            return see_other(&format!("/admin/login/?next={next}"), ROUTE);
        }
        Err(error) => return admin.failed(ROUTE, &error),
    };
    match facts(&admin, &session).await {
        Ok(context) => admin.html(StatusCode::OK, ROUTE, "admin/home.html", context),
        Err(error) => admin.failed(ROUTE, &error),
    }
}

async fn facts(admin: &Admin, session: &SignedIn) -> Result<Value, AccountError> {
    let accounts = &admin.app.accounts;
    let grants = accounts.load_grants(session).await?;
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
        "user": user(session),
        "groups": grants.groups(),
        "is_superuser": session.is_superuser,
        "sessions": sessions.iter().map(shown).collect::<Vec<_>>(),
    }))
}

fn user(session: &SignedIn) -> Value {
    let called = if session.name.is_empty() { &session.username } else { &session.name };
    json!({ "username": session.username, "called": called, "email": session.email })
}

/// For programs, and as a person reads it in their time zone.
fn time(at: i64, zone: &TimeZone) -> Value {
    let shown =
        Timestamp::from_microsecond(at).map(|at| at.to_zoned(zone.clone()).strftime("%-d %b %Y, %H:%M %Z").to_string());
    json!({ "iso": Micros(at).to_rfc3339(), "shown": shown.unwrap_or_default() })
}
