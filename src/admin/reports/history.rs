//! All that was done to pages, the newest first, a page of fifty at a time: the log is read by its indexes alone.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{HISTORY, NEEDS, ROUTE, SECURITY, option, page_event};
use crate::admin::entry::Seat;
use crate::admin::manage::{self, text};
use crate::admin::pages::{ids, row};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::admin::{Admin, time, words};
use crate::content::audit::{self, Asked, Entry, PAGE_SIZE};
use crate::http::form::FormData;
use crate::telemetry::label::PageEvent;

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    admin.manage_page(request, ROUTE, NEEDS, async |seat, query| show(&admin, seat, query).await).await
}

/// Which entries an address asks for.
pub(super) fn asked(query: &FormData) -> Result<Asked, Refusal> {
    let number = |name: &str, bad: Said| match text(query, name) {
        "" => Ok(None),
        text => ids::parse(text).map(Some).ok_or(Refusal::Bad(bad)),
    };
    let event = match text(query, "event") {
        "" => None,
        name => Some(page_event(name).ok_or(Refusal::Bad(said("no-such-event")))?),
    };
    Ok(Asked {
        page: None,
        account: number("user", said("no-such-user"))?,
        event,
        before: number("before", said("no-such-part"))?,
    })
}

async fn show(admin: &Admin, seat: &Seat, query: &FormData) -> Done {
    let content = &admin.app.content;
    let asked = asked(query)?;
    let mut entries = audit::list(&admin.app.db, &asked).await?;
    let more = entries.len() as i64 > PAGE_SIZE;
    entries.truncate(PAGE_SIZE as usize);
    let mut pages: Vec<i64> = entries.iter().map(|entry| entry.page_id).collect();
    pages.sort_unstable();
    pages.dedup();
    let pages = content.list_pages(pages).await?;
    let (types, zone) = (content.types(), seat.zone());
    let shown = |entry: &Entry| {
        let page = pages.iter().find(|page| page.id == entry.page_id && !page.trashed);
        let page = page.filter(|page| seat.grants.may_see(&page.path));
        json!({
            "at": time(entry.at, &zone),
            "event": words::event(&entry.event),
            "actor": entry.actor,
            "channel": entry.channel,
            "title": entry.title,
            "type_label": row::type_label(&types, &entry.type_name),
            "url": page.map(|page| format!("/admin/pages/{}/history/", page.id)),
            "trace_id": entry.trace_id,
        })
    };
    let (user, event) = (text(query, "user"), asked.event.map_or("", PageEvent::as_str));
    let owners = content.list_owners().await?;
    let next = entries
        .last()
        .filter(|_| more)
        .map(|last| manage::address(HISTORY, &[("user", user), ("event", event), ("before", &last.id.to_string())]));
    let context = json!({
        "entries": entries.iter().map(shown).collect::<Vec<Value>>(),
        "users": owners.iter().map(|known| option(&known.id.to_string(), Said::Text(known.username.clone()), user)).collect::<Vec<_>>(),
        "events": PageEvent::ALL.iter().map(|known| option(known.as_str(), words::event(known.as_str()), event)).collect::<Vec<_>>(),
        "url": HISTORY,
        "is_narrowed": !user.is_empty() || !event.is_empty(),
        "is_first": asked.before.is_none(),
        "whole": manage::address(HISTORY, &[("user", user), ("event", event)]),
        "next": next,
        "export": manage::address("/admin/reports/history/export.csv", &[("user", user), ("event", event)]),
        "security": seat.grants.is_superuser().then_some(SECURITY),
    });
    Ok(admin.page(seat, "admin/reports/history.html", context))
}
