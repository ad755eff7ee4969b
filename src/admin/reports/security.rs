//! The security log, for superusers: what somebody did, and what was done to them.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{SECURITY, audit_event, event, nav, option};
use crate::accounts::{EVENTS_PAGE_SIZE, EventsAsked};
use crate::admin::entry::{Seat, Speaks};
use crate::admin::manage::{self, text};
use crate::admin::pages::{ids, query_of};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::admin::{Admin, words};
use crate::http::form::FormData;
use crate::telemetry::label::{AuditEvent, Route};

/// Longest name that is looked for, in characters.
const MAX_NAME: usize = 150;

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, Route::AdminSecurity, Speaks::Html);
    admin.answer(entering, async |seat| show(&admin, seat, &query).await).await
}

async fn show(admin: &Admin, seat: &Seat, query: &FormData) -> Done {
    if !seat.grants.is_superuser() {
        return Err(Refusal::Forbidden(said("only-superusers-read-the-security-log")));
    }
    let name = text(query, "name");
    if name.chars().count() > MAX_NAME || name.contains('\0') {
        return Err(Refusal::Bad(said("no-such-name")));
    }
    let kind = match text(query, "event") {
        "" => None,
        name => Some(audit_event(name).ok_or(Refusal::Bad(said("no-such-event")))?),
    };
    let before = match text(query, "before") {
        "" => None,
        text => Some(ids::parse(text).ok_or(Refusal::Bad(said("no-such-part")))?),
    };
    let asked = EventsAsked { name: name.to_owned(), event: kind, before };
    let mut entries = admin.app.accounts.list_events(&asked).await?;
    let more = entries.len() as i64 > EVENTS_PAGE_SIZE;
    entries.truncate(EVENTS_PAGE_SIZE as usize);
    let (zone, chosen) = (seat.zone(), kind.map_or("", AuditEvent::as_str));
    let next = entries
        .last()
        .filter(|_| more)
        .map(|last| manage::address(SECURITY, &[("name", name), ("event", chosen), ("before", &last.id.to_string())]));
    let context = json!({
        "entries": entries.iter().map(|entry| event(entry, &zone)).collect::<Vec<Value>>(),
        "events": AuditEvent::ALL.iter().map(|known| option(known.as_str(), words::event(known.as_str()), chosen)).collect::<Vec<_>>(),
        "name": name,
        "url": SECURITY,
        "nav": nav(seat, SECURITY),
        "is_narrowed": !name.is_empty() || !chosen.is_empty(),
        "is_first": before.is_none(),
        "whole": manage::address(SECURITY, &[("name", name), ("event", chosen)]),
        "next": next,
    });
    Ok(admin.page(seat, "admin/reports/security.html", context))
}
