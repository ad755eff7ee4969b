//! All that was done to pages and to other things, the newest first, a page of fifty at a time.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::{HISTORY, NEEDS, ROUTE, nav, option};
use crate::accounts::Person;
use crate::admin::editor::history::author;
use crate::admin::entry::Seat;
use crate::admin::export;
use crate::admin::faces::{Faces, face};
use crate::admin::manage::{self, text};
use crate::admin::pages::{ids, row};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::admin::{Admin, records, time, words};
use crate::clock::Micros;
use crate::content::history::{self, ACCOUNT_EVENTS, Asked, Cursor, Entry, Kind, PAGE_SIZE, Part, Who};
use crate::content::types::Types;
use crate::http::form::FormData;
use crate::permit::sight;
use crate::telemetry::label::{Channel, ObjectEvent, ObjectKind, PageEvent};

/// Longest name that is looked for, in characters.
const MAX_NAME: usize = 150;
/// What the filters are called in an address.
const FILTERS: [&str; 8] = ["user", "who", "channel", "event", "kind", "q", "since", "until"];

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    admin.manage_page(request, ROUTE, NEEDS, async |seat, query| show(&admin, seat, query).await).await
}

/// All that may have been done to something.
fn events() -> impl Iterator<Item = &'static str> {
    let of_pages = PageEvent::ALL.iter().map(|known| known.as_str());
    let others = ObjectEvent::ALL.iter().map(|known| known.as_str());
    let accounts = ACCOUNT_EVENTS.iter().map(|known| known.as_str());
    of_pages.chain(others.filter(|name| PageEvent::parse(name).is_none())).chain(accounts)
}

/// Whom an address asks for.
pub(super) enum People {
    All,
    One(Who),
    /// Nobody is called so, or several are.
    Unclear(Vec<Person>),
}

impl People {
    /// By number, as links have it, or by a name that was typed.
    async fn find(admin: &Admin, query: &FormData) -> Result<Self, Refusal> {
        let accounts = &admin.app.accounts;
        let who = |person: &Person| Self::One(Who { id: person.id, username: person.username.clone() });
        let typed = text(query, "who");
        if !typed.is_empty() {
            if typed.chars().count() > MAX_NAME || typed.contains('\0') {
                return Err(Refusal::Bad(said("no-such-name")));
            }
            let found = accounts.find_called(typed).await?;
            return Ok(if let [person] = found.as_slice() { who(person) } else { Self::Unclear(found) });
        }
        let Some(id) = word(query, "user", ids::parse, said("no-such-user"))? else { return Ok(Self::All) };
        let found = accounts.list_people(vec![id], &[]).await?;
        Ok(found.first().map_or(Self::One(Who { id, username: String::new() }), who))
    }
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
///
/// # Errors
/// Also when nobody, or more than one, is called as it was typed.
pub(super) async fn asked(admin: &Admin, seat: &Seat, query: &FormData) -> Result<Asked, Refusal> {
    match People::find(admin, query).await? {
        People::All => of(seat, query, None),
        People::One(who) => of(seat, query, Some(who)),
        People::Unclear(_) => Err(Refusal::Bad(said("no-such-user"))),
    }
}

fn of(seat: &Seat, query: &FormData, person: Option<Who>) -> Result<Asked, Refusal> {
    let (since, until) = days(seat, query)?;
    let named = |name: &str| events().find(|known| *known == name);
    Ok(Asked {
        sight: sight::of(&seat.grants),
        person,
        channel: word(query, "channel", Channel::parse, said("no-such-way"))?,
        event: word(query, "event", named, said("no-such-event"))?,
        kind: word(query, "kind", |name| Kind::all().find(|kind| kind.as_str() == name), said("no-such-kind"))?,
        words: manage::search(query)?.to_owned(),
        since,
        until,
        before: word(query, "before", |text| text.parse().ok(), said("no-such-part"))?.unwrap_or(Cursor::NEWEST),
    })
}

/// Where to look at what an entry is about, as far as it is still there.
fn address(entry: &Entry, kind: Kind, types: &Types, faces: &Faces) -> Option<String> {
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
        Kind::Object(ObjectKind::Record) => {
            format!("{}{id}/history/", records::list_url(types.find(type_name)?.records.as_ref()?))
        }
        Kind::Object(ObjectKind::Job) => "/admin/jobs/".to_owned(),
        Kind::Object(ObjectKind::Webhook) => format!("/admin/webhooks/{id}/"),
        Kind::User => format!("/admin/users/{}/", faces.id_of(&entry.title)?),
        Kind::Group => format!("/admin/groups/{id}/"),
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

fn shown(entry: &Entry, types: &Types, faces: &Faces, seat: &Seat) -> Value {
    let kind = Kind::all().find(|kind| kind.as_str() == entry.kind);
    let label = match kind {
        Some(Kind::Page) => json!(row::type_label(types, &entry.type_name)),
        _ => json!(words::kind(&entry.kind)),
    };
    let is_of_accounts = matches!(kind, Some(Kind::User | Kind::Group));
    let account = if is_of_accounts { faces.id_of(&entry.actor) } else { entry.account_id };
    json!({
        "at": time(entry.at, &seat.zone()),
        "face": faces.of(account),
        "note": is_of_accounts.then_some(&entry.type_name),
        "event": words::event(&entry.event),
        "actor": author(&entry.actor),
        "channel": entry.channel,
        "title": entry.title,
        "type_label": label,
        "url": kind.and_then(|kind| address(entry, kind, types, faces)),
        "compare": compared(entry),
        "trace_id": entry.trace_id,
    })
}

/// The faces of all whom a part names.
async fn faces(admin: &Admin, part: &Part) -> Result<Faces, Refusal> {
    let accounts = part.entries.iter().filter_map(|entry| entry.account_id).collect();
    let told = part.entries.iter().filter(|entry| [Kind::User.as_str(), Kind::Group.as_str()].contains(&&*entry.kind));
    let names: Vec<&str> = told.flat_map(|entry| [entry.actor.as_str(), entry.title.as_str()]).collect();
    Ok(Faces::load(admin, accounts, &names).await?)
}

/// What the form of filters offers, and what was chosen.
async fn filters(admin: &Admin, asked: &Asked, query: &FormData) -> Result<Value, Refusal> {
    let owners = admin.app.content.list_owners().await?;
    let kinds = Kind::all().filter(|kind| match kind {
        Kind::Page => asked.sight.root.as_deref() != Some(""),
        Kind::Object(kind) => asked.sight.kinds.contains(kind),
        Kind::User | Kind::Group => asked.sight.accounts,
    });
    let is_told = |name: &&str| asked.sight.accounts || !ACCOUNT_EVENTS.iter().any(|known| known.as_str() == *name);
    let (channel, event, kind) = (text(query, "channel"), text(query, "event"), text(query, "kind"));
    let typed = text(query, "who");
    let who = if typed.is_empty() { asked.person.as_ref().map_or("", |person| &person.username) } else { typed };
    let ways = Channel::ALL.iter().map(|known| option(known.as_str(), words::way(known.as_str()), channel));
    Ok(json!({
        "who": who,
        "people": owners.iter().map(|known| &known.username).collect::<Vec<_>>(),
        "ways": ways.collect::<Vec<_>>(),
        "events": events().filter(is_told).map(|known| option(known, words::event(known), event)).collect::<Vec<_>>(),
        "kinds": kinds.map(|known| option(known.as_str(), words::kind(known.as_str()), kind)).collect::<Vec<_>>(),
        "since": text(query, "since"),
        "until": text(query, "until"),
    }))
}

async fn show(admin: &Admin, seat: &Seat, query: &FormData) -> Done {
    let (person, unclear) = match People::find(admin, query).await? {
        People::All => (None, None),
        People::One(who) => (Some(who), None),
        People::Unclear(people) => (None, Some(people)),
    };
    let asked = of(seat, query, person)?;
    let may_see = |entry: &Entry| sight::may_see(&seat.grants, entry);
    let part = match unclear {
        Some(_) => Part::default(),
        None => history::list(&admin.app.db, &asked, PAGE_SIZE, may_see).await?,
    };
    let (types, faces) = (admin.app.content.types(), faces(admin, &part).await?);
    let given: Vec<(&str, &str)> = FILTERS.iter().map(|name| (*name, text(query, name))).collect();
    let here = |path: &str, more: &str| manage::address(path, &[&given[..], &[("before", more)]].concat());
    let kept = given.iter().filter(|(name, value)| *name != "q" && !value.is_empty());
    // The same list of one of those who may be meant.
    let meant = |person: &Person| {
        let others = given.iter().filter(|(name, _)| !["who", "user"].contains(name)).copied();
        let id = person.id.to_string();
        let values: Vec<(&str, &str)> = others.chain([("user", id.as_str())]).collect();
        json!({
            "called": person.called(), "username": person.username, "url": manage::address(HISTORY, &values),
            "face": face(person.id, person.called(), &person.picture),
        })
    };
    let context = json!({
        "kept": kept.map(|(name, value)| json!({ "name": name, "value": value })).collect::<Vec<Value>>(),
        "entries": part.entries.iter().map(|entry| shown(entry, &types, &faces, seat)).collect::<Vec<Value>>(),
        "filter": filters(admin, &asked, query).await?,
        "meant": unclear.as_ref().map(|people| people.iter().map(meant).collect::<Vec<Value>>()),
        "q": text(query, "q"),
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
