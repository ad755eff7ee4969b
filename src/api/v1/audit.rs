//! `/api/v1/audit/`: what was done to pages and to everything else, the newest first, as far as the caller may see it; and
//! the security log, for superusers.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Reply;
use super::at;
use super::entry::{self, Sent, answer, known, next};
use super::problem::{Done, Refusal, bad_request, forbidden};
use crate::accounts::{EVENTS_PAGE_SIZE, Entry as SecurityEntry, EventsAsked, GlobalPermission, Scope};
use crate::api::Api;
use crate::api::caller::Caller;
use crate::clock::Micros;
use crate::content::history::{self, ACCOUNT_EVENTS, Asked, Cursor, Entry, Kind, OfOne, PAGE_SIZE, Who};
use crate::permit::sight;
use crate::telemetry::label::{AuditEvent, Channel, ObjectEvent, PageEvent, Route};

const ROUTE: Route = Route::ApiAudit;
const SECURITY: Route = Route::ApiAuditSecurity;
const NAMES: [&str; 9] = ["user", "channel", "event", "kind", "object", "search", "since", "until", "after"];

pub(super) fn routes() -> Router<Arc<Api>> {
    Router::new().merge(at(ROUTE.as_str(), get(feed), (ROUTE, "GET, HEAD"))).merge(at(
        SECURITY.as_str(),
        get(security),
        (SECURITY, "GET, HEAD"),
    ))
}

/// A time of an address: RFC 3339 with a zone.
pub(super) fn time(sent: &Sent, name: &str) -> Result<Option<Micros>, Refusal> {
    let Some(text) = sent.query.first(name) else { return Ok(None) };
    match text.parse::<Timestamp>() {
        Ok(at) => Ok(Some(Micros(at.as_microsecond()))),
        Err(_) => Err(bad_request(format!("{name} is a time such as 2026-12-24T18:00:00Z.")).into()),
    }
}

/// All that may have been done to something.
fn event(name: &str) -> Option<&'static str> {
    let of_page = PageEvent::parse(name).map(PageEvent::as_str);
    let of_account = || ACCOUNT_EVENTS.iter().map(|known| known.as_str()).find(|known| *known == name);
    of_page.or_else(|| ObjectEvent::parse(name).map(ObjectEvent::as_str)).or_else(of_account)
}

/// A word of an address; what nobody knows is refused.
fn word<T>(sent: &Sent, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Refusal> {
    let Some(text) = sent.query.first(name) else { return Ok(None) };
    parse(text).map(Some).ok_or_else(|| bad_request(format!("There is no such {name}.")).into())
}

fn shown(entry: &Entry) -> Value {
    let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    json!({
        "id": format!("{}-{}", entry.kind, entry.id), "at": Micros(entry.at).to_rfc3339(), "event": entry.event,
        "actor": text(&entry.actor), "user": entry.account_id, "channel": entry.channel,
        "object": {
            "kind": entry.kind, "id": Some(entry.object_id).filter(|id| *id > 0), "type": text(&entry.type_name),
            "title": entry.title, "is_there": entry.is_there > 0,
        },
        "revision": entry.revision_id, "trace_id": text(&entry.trace_id),
    })
}

async fn feed(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        known(&sent.query, &NAMES)?;
        if !caller.grants().may(GlobalPermission::Reports) {
            return Err(forbidden("You may not read the reports.").into());
        }
        match entry::number(sent, "object")? {
            Some(object) => of_object(&api, &caller, sent, object).await,
            None => of_all(&api, &caller, sent).await,
        }
    };
    answer(&api, &caller, request, (ROUTE, Some(Scope::Audit)), work).await
}

async fn of_all(api: &Api, caller: &Caller, sent: &Sent) -> Done {
    let (app, grants) = (&api.site.app, caller.grants());
    let person = match entry::number(sent, "user")? {
        None => None,
        Some(id) => {
            let found = app.accounts.find_user(id).await?;
            Some(Who { id, username: found.map(|user| user.username).unwrap_or_default() })
        }
    };
    let asked = Asked {
        sight: sight::of(grants),
        person,
        channel: word(sent, "channel", Channel::parse)?,
        event: word(sent, "event", event)?,
        kind: word(sent, "kind", |name| Kind::all().find(|kind| kind.as_str() == name))?,
        words: entry::text(sent, "search")?.to_owned(),
        since: time(sent, "since")?,
        until: time(sent, "until")?,
        before: word(sent, "after", |text| text.parse().ok())?.unwrap_or(Cursor::NEWEST),
    };
    let part = history::list(&app.db, &asked, PAGE_SIZE, |entry| sight::may_see(grants, entry)).await?;
    let items: Vec<Value> = part.entries.iter().map(shown).collect();
    let next = part.next.map(|cursor| next(sent, &cursor.to_string()));
    Ok(Reply::ok(&json!({ "items": items, "next": next })))
}

/// What was done to one thing of a kind.
async fn of_object(api: &Api, caller: &Caller, sent: &Sent, id: i64) -> Done {
    known(&sent.query, &["kind", "object", "after"])?;
    let kind = word(sent, "kind", |name| Kind::all().find(|kind| kind.as_str() == name))?;
    let of = match kind {
        Some(Kind::Page) => OfOne::Page(id),
        Some(Kind::Object(kind)) => OfOne::Object(kind, id),
        _ => return Err(bad_request("object is the number of something of the kind that is named beside it.").into()),
    };
    let before = word(sent, "after", |text| text.parse::<i64>().ok().filter(|id| *id > 0))?;
    let limit = PAGE_SIZE as i64;
    let entries = history::list_of(&api.site.app.db, of, before.unwrap_or(i64::MAX), limit + 1).await?;
    let last = entries.get(PAGE_SIZE).and(entries.get(PAGE_SIZE - 1)).map(|last| next(sent, &last.id.to_string()));
    let seen = entries.iter().take(PAGE_SIZE).filter(|entry| sight::may_see(caller.grants(), entry));
    Ok(Reply::ok(&json!({ "items": seen.map(shown).collect::<Vec<_>>(), "next": last })))
}

async fn security(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        known(&sent.query, &["name", "event", "after"])?;
        if !caller.grants().is_superuser() {
            return Err(forbidden("Superusers alone read the security log.").into());
        }
        let asked = EventsAsked {
            name: entry::text(sent, "name")?.to_owned(),
            event: word(sent, "event", AuditEvent::parse)?,
            before: entry::number(sent, "after")?,
        };
        let entries = api.site.app.accounts.list_events(&asked).await?;
        let cursor = |last: &SecurityEntry| last.id.to_string();
        Ok(entry::part(sent, EVENTS_PAGE_SIZE, entries, cursor, shown_security))
    };
    answer(&api, &caller, request, (SECURITY, Some(Scope::Audit)), work).await
}

fn shown_security(entry: &SecurityEntry) -> Value {
    let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    json!({
        "id": entry.id, "at": Micros(entry.at).to_rfc3339(), "event": entry.event, "actor": text(&entry.actor),
        "subject": text(&entry.subject), "detail": text(&entry.detail), "network": text(&entry.network),
        "trace_id": text(&entry.trace_id),
    })
}
