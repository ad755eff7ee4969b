//! The first page: who is signed in, and from where.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::entry::{Seat, Speaks};
use super::{Admin, time};
use crate::accounts::{AccountError, SessionListed};
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
    let zone = seat.zone();
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
