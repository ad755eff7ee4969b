//! The history of a page: its revisions, those of one sitting together, and what else was done to it.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{Wants, on_page};
use crate::accounts::PageOf;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::faces::Faces;
use crate::admin::manage::{self, text};
use crate::admin::pages::{ids, query_of};
use crate::admin::refusal::Refusal;
use crate::admin::reports::history::{days, word};
use crate::admin::reports::option;
use crate::admin::texts::{Said, said};
use crate::admin::{Admin, time, words};
use crate::content::page::Page;
use crate::content::revision::{self, LIST_LIMIT, Listed, Narrowed};
use crate::content::{audit, schedule};
use crate::http::form::FormData;
use crate::telemetry::label::{PageEvent, Route};

/// What the filters are called in an address.
const FILTERS: [&str; 4] = ["user", "entry", "since", "until"];
/// The revisions alone.
const SAVES: &str = "saves";

/// Which entries an address asks for.
struct Asked {
    revisions: Narrowed,
    events: audit::Asked,
    /// One of both, or both.
    shows_revisions: bool,
    shows_events: bool,
}

impl Asked {
    fn of(seat: &Seat, page: &Page, query: &FormData) -> Result<Self, Refusal> {
        let (since, until) = days(seat, query)?;
        let account = word(query, "user", ids::parse, said("no-such-user"))?;
        let id = |name: &str| word(query, name, ids::parse, said("no-such-part"));
        let event = match text(query, "entry") {
            "" | SAVES => None,
            name => Some(PageEvent::parse(name).ok_or(Refusal::Bad(said("no-such-event")))?),
        };
        Ok(Self {
            revisions: Narrowed { account, since, until, before: id("before")? },
            events: audit::Asked { page: page.id, account, event, since, until, before: id("events")? },
            shows_revisions: event.is_none(),
            shows_events: text(query, "entry") != SAVES,
        })
    }
}

pub(super) async fn page(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, Route::AdminHistory, Speaks::Html);
    let work = async |seat: &Seat, page: Page| {
        let context = facts(&admin, seat, &page, &query).await?;
        Ok(admin.page(seat, "admin/history.html", context))
    };
    on_page(&admin, entering, &id, Wants::See, work).await
}

/// Makes an old revision the newest draft.
pub(super) async fn revert(
    State(admin): State<Arc<Admin>>,
    Path((id, revision)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = admin.enter(&request, Route::AdminRevert, Speaks::Html);
    let work = async |seat: &Seat, page: Page| {
        let revision = revision.parse().unwrap_or_default();
        admin.app.content.revert(page.id, revision, seat.actor()).await?;
        Ok(see_other(&format!("/admin/pages/{}/edit/", page.id), seat.route))
    };
    on_page(&admin, entering, &id, Wants::Edit, work).await
}

/// What a program is called.
pub(in crate::admin) fn author(name: &str) -> &str {
    if name.is_empty() { "Vitrine" } else { name }
}

async fn facts(admin: &Admin, seat: &Seat, page: &Page, query: &FormData) -> Result<Value, Refusal> {
    let db = &admin.app.db;
    let asked = Asked::of(seat, page, query)?;
    let revisions = match asked.shows_revisions {
        true => revision::list_facts(&**db, page.id, asked.revisions).await?,
        false => Vec::new(),
    };
    let events = if asked.shows_events { audit::list(db, &asked.events).await? } else { Vec::new() };
    let plan = schedule::find(&**db, page.id).await?;
    let listed = admin.app.content.list_pages(vec![page.id]).await?.pop();
    let named = events.iter().filter_map(|entry| entry.revision_id);
    let named = named.chain(revisions.iter().filter_map(|revision| revision.reverted_from)).collect();
    let there = admin.app.content.revisions_there(page.id, named).await?;
    let named = events.iter().map(|entry| entry.account_id).chain(revisions.iter().map(|saved| saved.account_id));
    let faces = Faces::load(admin, named.flatten().collect(), &[]).await?;
    let zone = seat.zone();
    let sittings: Vec<Value> = revisions
        .chunk_by(|one, other| !one.sitting.is_empty() && one.sitting == other.sitting && one.author == other.author)
        .map(|sitting| {
            let mut shown = shown(page, sitting, plan.as_ref().and_then(|plan| plan.publish_revision_id), &zone);
            shown["face"] = faces.of(sitting[0].account_id);
            shown["reverted_purged"] = json!(sitting[0].reverted_from.is_some_and(|id| !there.contains(&id)));
            shown
        })
        .collect();
    let more = (revisions.len() as i64 == LIST_LIMIT).then(|| revisions.last().map(|last| last.id)).flatten();
    let page_size = audit::PAGE_SIZE as usize;
    let more_events = events.get(..page_size).filter(|_| events.len() > page_size).and_then(|part| part.last());
    let event = |entry: &audit::Entry| {
        json!({
            "event": words::event(&entry.event), "actor": author(&entry.actor), "face": faces.of(entry.account_id), "at": time(entry.at, &zone), "channel": entry.channel,
            "trace_id": entry.trace_id, "revision": entry.revision_id,
            "purged": entry.revision_id.is_some_and(|id| !there.contains(&id)),
        })
    };
    let place = PageOf { path: &page.path, owner: page.owner };
    let mut context = json!({
        "title": page.draft_title,
        "page_id": page.id,
        "expired": listed.and_then(|row| row.expired_at).filter(|_| !page.live).map(|at| time(at, &zone)),
        "sittings": sittings,
        "may_compare": revisions.len() > 1,
        "shows_revisions": asked.shows_revisions,
        "shows_events": asked.shows_events,
        "more": more.map(|last| here(page, query, ("before", last))),
        "events": events.iter().take(page_size).map(event).collect::<Vec<_>>(),
        "more_events": more_events.map(|last| here(page, query, ("events", last.id))),
        "may_edit": seat.grants.may_edit(place),
    });
    context["filter"] = filter(admin, page, query).await?;
    Ok(context)
}

/// The same list, from somewhere else on.
fn here(page: &Page, query: &FormData, (name, id): (&str, i64)) -> String {
    let (path, id) = (format!("/admin/pages/{}/history/", page.id), id.to_string());
    let mut values: Vec<(&str, &str)> = FILTERS.iter().map(|name| (*name, text(query, name))).collect();
    values.push((name, &id));
    manage::address(&path, &values)
}

/// What the form of filters offers.
async fn filter(admin: &Admin, page: &Page, query: &FormData) -> Result<Value, Refusal> {
    let (user, entry) = (text(query, "user"), text(query, "entry"));
    let owners = admin.app.content.list_owners().await?;
    let people = owners.iter().map(|known| option(&known.id.to_string(), Said::Text(known.username.clone()), user));
    let saves = option(SAVES, said("saves-alone"), entry);
    let events = PageEvent::ALL.iter().map(|known| option(known.as_str(), words::event(known.as_str()), entry));
    Ok(json!({
        "url": format!("/admin/pages/{}/history/", page.id),
        "users": people.collect::<Vec<Value>>(),
        "entries": std::iter::once(saves).chain(events).collect::<Vec<Value>>(),
        "since": text(query, "since"),
        "until": text(query, "until"),
        "is_narrowed": FILTERS.iter().any(|name| !text(query, name).is_empty()),
    }))
}

/// One sitting, the newest revision first.
fn shown(page: &Page, sitting: &[Listed], scheduled: Option<i64>, zone: &TimeZone) -> Value {
    let holds = |id: Option<i64>| id.filter(|id| sitting.iter().any(|revision| revision.id == *id));
    let (newest, oldest) = (&sitting[0], &sitting[sitting.len() - 1]);
    let saves: Vec<Value> = sitting
        .iter()
        .map(|revision| {
            json!({ "id": revision.id, "at": time(revision.created_at, zone), "automatic": revision.automatic })
        })
        .collect();
    json!({
        "id": newest.id,
        "author": author(&newest.author),
        "from": time(oldest.created_at, zone),
        "to": time(newest.created_at, zone),
        "saves": saves,
        "reverted_from": newest.reverted_from,
        "is_latest": holds(page.latest_revision_id).is_some(),
        "live": holds(page.live_revision_id),
        "scheduled": holds(scheduled),
    })
}
