//! Live pages that were not published for long, the oldest first: those that somebody may want to look at again.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::history::word;
use super::{AGING, NEEDS, ROUTE, nav, option};
use crate::accounts::Grants;
use crate::admin::editor::history::author;
use crate::admin::entry::Seat;
use crate::admin::export::{self, Format, Part, Row, Table};
use crate::admin::manage::{self, text};
use crate::admin::pages::{ids, row};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::admin::{Admin, time};
use crate::clock::Micros;
use crate::content::report::{self, Aging, Asked, BATCH};
use crate::content::sheet::Cell;
use crate::http::form::FormData;

/// Pages on one page of the list.
const PAGE_SIZE: usize = 50;
/// Longest name of a type that is looked for, in characters.
const MAX_TYPE: usize = 200;
const COLUMNS: [&str; 5] = ["published", "page", "title", "type", "saved_by"];

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    admin.manage_page(request, ROUTE, NEEDS, async |seat, query| show(&admin, seat, query).await).await
}

pub(super) async fn file(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let table = Table::new(Format::of(&request), ROUTE, "aging-pages", &COLUMNS);
    let work = async |seat: &Seat, query: &FormData| {
        let rest = Rest { admin: admin.clone(), asked: asked(seat, query)?, grants: seat.grants.clone() };
        export::send(table, rest, Rest::next).await
    };
    admin.manage_page(request, ROUTE, NEEDS, work).await
}

fn asked(seat: &Seat, query: &FormData) -> Result<Asked, Refusal> {
    let type_name = text(query, "type");
    if type_name.chars().count() > MAX_TYPE || type_name.contains('\0') {
        return Err(Refusal::Bad(said("no-such-part")));
    }
    let place = |text: &str| {
        let (at, id) = text.split_once('.')?;
        Some((at.parse().ok()?, ids::parse(id)?))
    };
    Ok(Asked {
        root: seat.grants.explored_root().to_owned(),
        type_name: type_name.to_owned(),
        editor: word(query, "editor", ids::parse, said("no-such-editor"))?,
        after: word(query, "after", place, said("no-such-part"))?,
    })
}

/// An export under way.
struct Rest {
    admin: Arc<Admin>,
    asked: Asked,
    grants: Grants,
}

impl Rest {
    async fn next(mut self) -> Part<Self> {
        loop {
            let pages = report::list_aging(&self.admin.app.db, &self.asked).await?;
            let is_last = (pages.len() as i64) < BATCH;
            self.asked.after = pages.last().map(|last| (last.published_at, last.id));
            let seen: Vec<Row> = pages.iter().filter(|page| self.grants.may_see(&page.path)).map(line).collect();
            if is_last || !seen.is_empty() {
                return Ok((seen, (!is_last).then_some(self)));
            }
        }
    }
}

fn line(page: &Aging) -> Row {
    let text = |text: &String| Cell::Text(text.clone());
    let published = if page.published_at > 0 { Cell::Time(Micros(page.published_at)) } else { Cell::Empty };
    vec![published, Cell::Number(page.id), text(&page.title), text(&page.type_name), text(&page.saved_by)]
}

async fn show(admin: &Admin, seat: &Seat, query: &FormData) -> Done {
    let asked = asked(seat, query)?;
    let read = report::list_aging(&admin.app.db, &asked).await?;
    let is_last = (read.len() as i64) < BATCH;
    let last_read = read.last().map(|last| (last.published_at, last.id));
    let mut pages: Vec<Aging> = read.into_iter().filter(|page| seat.grants.may_see(&page.path)).collect();
    let is_full = pages.len() > PAGE_SIZE;
    pages.truncate(PAGE_SIZE);
    let next = match is_full {
        true => pages.last().map(|last| (last.published_at, last.id)),
        false => last_read.filter(|_| !is_last),
    };
    let (types, zone) = (admin.app.content.types(), seat.zone());
    let shown = |page: &Aging| {
        json!({
            "title": page.title, "url": format!("/admin/pages/{}/edit/", page.id),
            "type_label": row::type_label(&types, &page.type_name), "saved_by": author(&page.saved_by),
            "published": (page.published_at > 0).then(|| time(page.published_at, &zone)),
        })
    };
    let (kind, editor) = (text(query, "type"), text(query, "editor"));
    let here = |path: &str, after: &str| manage::address(path, &[("type", kind), ("editor", editor), ("after", after)]);
    let owners = admin.app.content.list_owners().await?;
    let people = owners.iter().map(|known| option(&known.id.to_string(), Said::Text(known.username.clone()), editor));
    let context = json!({
        "nav": nav(seat, AGING),
        "pages": pages.iter().map(shown).collect::<Vec<Value>>(),
        "types": types.pages().map(|known| option(&known.name, Said::Text(known.label.clone()), kind)).collect::<Vec<_>>(),
        "editors": people.collect::<Vec<Value>>(),
        "url": AGING,
        "is_narrowed": !kind.is_empty() || !editor.is_empty(),
        "is_first": asked.after.is_none(),
        "whole": here(AGING, ""),
        "next": next.map(|(at, id)| here(AGING, &format!("{at}.{id}"))),
        "exports": export::urls(|format| here(&format!("{AGING}export.{format}"), "")),
    });
    Ok(admin.page(seat, "admin/reports/aging.html", context))
}
