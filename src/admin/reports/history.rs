//! All that was done to pages and to other things, the newest first, a page of fifty at a time.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::{HISTORY, NEEDS, ROUTE, nav, option, sight};
use crate::admin::editor::history::author;
use crate::admin::entry::Seat;
use crate::admin::export;
use crate::admin::manage::{self, text};
use crate::admin::pages::{ids, row};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::admin::{Admin, time, words};
use crate::clock::Micros;
use crate::content::history::{self, Asked, Cursor, Entry, Kind, PAGE_SIZE};
use crate::content::types::Types;
use crate::http::form::FormData;
use crate::telemetry::label::{ObjectEvent, ObjectKind, PageEvent};

/// What the filters are called in an address.
const FILTERS: [&str; 6] = ["user", "event", "kind", "q", "since", "until"];

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    admin.manage_page(request, ROUTE, NEEDS, async |seat, query| show(&admin, seat, query).await).await
}

/// All that may have been done to something.
fn events() -> impl Iterator<Item = &'static str> {
    let of_pages = PageEvent::ALL.iter().map(|known| known.as_str());
    let others = ObjectEvent::ALL.iter().map(|known| known.as_str());
    of_pages.chain(others.filter(|name| PageEvent::parse(name).is_none()))
}

/// A value of an address; what is empty is none, what makes no sense is refused.
pub(in crate::admin) fn word<T>(
    query: &FormData,
    name: &str,
    parse: impl Fn(&str) -> Option<T>,
    bad: Said,
) -> Result<Option<T>, Refusal> {
    match text(query, name) {
        "" => Ok(None),
        text => parse(text).map(Some).ok_or(Refusal::Bad(bad)),
    }
}

/// The times of the days that an address names, in the time zone of whoever asks: from the first, until after the last.
pub(in crate::admin) fn days(seat: &Seat, query: &FormData) -> Result<(Option<Micros>, Option<Micros>), Refusal> {
    let day = |name: &str| word(query, name, |day| day.parse::<Date>().ok(), said("no-such-day"));
    let begin = |day: Date| day.to_zoned(seat.zone()).ok().map(|day| Micros(day.timestamp().as_microsecond()));
    Ok((day("since")?.and_then(begin), day("until")?.and_then(|day| day.tomorrow().ok()).and_then(begin)))
}

/// Which entries an address asks for.
pub(super) fn asked(seat: &Seat, query: &FormData) -> Result<Asked, Refusal> {
    let (since, until) = days(seat, query)?;
    let named = |name: &str| events().find(|known| *known == name);
    Ok(Asked {
        sight: sight::of(&seat.grants),
        account: word(query, "user", ids::parse, said("no-such-user"))?,
        event: word(query, "event", named, said("no-such-event"))?,
        kind: word(query, "kind", |name| Kind::all().find(|kind| kind.as_str() == name), said("no-such-kind"))?,
        words: manage::search(query)?.to_owned(),
        since,
        until,
        before: word(query, "before", |text| text.parse().ok(), said("no-such-part"))?.unwrap_or(Cursor::NEWEST),
    })
}

/// Where to look at what an entry is about, as far as it is still there.
fn address(entry: &Entry, kind: Kind) -> Option<String> {
    let (id, type_name) = (entry.object_id, &entry.type_name);
    let found = match kind {
        Kind::Page => format!("/admin/pages/{id}/history/"),
        Kind::Object(ObjectKind::Snippet) => format!("/admin/snippets/{type_name}/{id}/history/"),
        Kind::Object(ObjectKind::Setting) => format!("/admin/settings/{type_name}/"),
        Kind::Object(ObjectKind::Tag) => format!("/admin/tags/{id}/"),
        Kind::Object(ObjectKind::Redirect) => format!("/admin/redirects/{id}/"),
        Kind::Object(ObjectKind::Site) => format!("/admin/sites/{id}/"),
        Kind::Object(ObjectKind::Locale) => "/admin/locales/".to_owned(),
        Kind::Object(ObjectKind::Collection) => format!("/admin/collections/{id}/"),
        Kind::Object(ObjectKind::Image) => format!("/admin/images/{id}/"),
        Kind::Object(ObjectKind::Document) => format!("/admin/documents/{id}/"),
        Kind::Object(ObjectKind::Job) => "/admin/jobs/".to_owned(),
    };
    (entry.is_there > 0).then_some(found)
}

/// What an entry changed, when both revisions are kept.
fn compared(entry: &Entry) -> Option<String> {
    let saves =
        matches!(PageEvent::parse(&entry.event), Some(PageEvent::Update | PageEvent::Publish | PageEvent::Revert));
    let (kept, earlier) = entry.kept.zip(entry.earlier).filter(|_| saves && entry.is_there > 0)?;
    Some(format!("/admin/pages/{}/compare/{earlier}/{kept}/", entry.object_id))
}

fn shown(entry: &Entry, types: &Types, seat: &Seat) -> Value {
    let kind = Kind::all().find(|kind| kind.as_str() == entry.kind);
    let label = match kind {
        Some(Kind::Page) => json!(row::type_label(types, &entry.type_name)),
        _ => json!(words::kind(&entry.kind)),
    };
    json!({
        "at": time(entry.at, &seat.zone()),
        "event": words::event(&entry.event),
        "actor": author(&entry.actor),
        "channel": entry.channel,
        "title": entry.title,
        "type_label": label,
        "url": kind.and_then(|kind| address(entry, kind)),
        "compare": compared(entry),
        "trace_id": entry.trace_id,
    })
}

async fn show(admin: &Admin, seat: &Seat, query: &FormData) -> Done {
    let asked = asked(seat, query)?;
    let may_see = |entry: &Entry| sight::may_see(&seat.grants, entry);
    let part = history::list(&admin.app.db, &asked, PAGE_SIZE, may_see).await?;
    let types = admin.app.content.types();
    let owners = admin.app.content.list_owners().await?;
    let given: Vec<(&str, &str)> = FILTERS.iter().map(|name| (*name, text(query, name))).collect();
    let here = |path: &str, more: &str| manage::address(path, &[&given[..], &[("before", more)]].concat());
    let (user, event, kind) = (text(query, "user"), text(query, "event"), text(query, "kind"));
    let kinds = Kind::all().filter(|kind| match kind {
        Kind::Page => asked.sight.root.as_deref() != Some(""),
        Kind::Object(kind) => asked.sight.kinds.contains(kind),
    });
    let kept = given.iter().filter(|(name, value)| *name != "q" && !value.is_empty());
    let context = json!({
        "kept": kept.map(|(name, value)| json!({ "name": name, "value": value })).collect::<Vec<Value>>(),
        "entries": part.entries.iter().map(|entry| shown(entry, &types, seat)).collect::<Vec<Value>>(),
        "users": owners.iter().map(|known| option(&known.id.to_string(), Said::Text(known.username.clone()), user)).collect::<Vec<_>>(),
        "events": events().map(|known| option(known, words::event(known), event)).collect::<Vec<_>>(),
        "kinds": kinds.map(|known| option(known.as_str(), words::kind(known.as_str()), kind)).collect::<Vec<_>>(),
        "q": text(query, "q"),
        "since": text(query, "since"),
        "until": text(query, "until"),
        "url": HISTORY,
        "is_narrowed": given.iter().any(|(_, value)| !value.is_empty()),
        "is_first": asked.before == Cursor::NEWEST,
        "is_cut": part.is_cut,
        "whole": here(HISTORY, ""),
        "next": part.next.map(|next| here(HISTORY, &next.to_string())),
        "exports": export::urls(|format| here(&format!("{HISTORY}export.{format}"), "")),
        "nav": nav(seat, HISTORY),
    });
    Ok(admin.page(seat, "admin/reports/history.html", context))
}
