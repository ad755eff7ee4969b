//! The first page: what one worked on, what is not published yet, what is due next, and who edits right now.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::entry::{Seat, Speaks};
use super::{Admin, time};
use crate::accounts::PagePermission;
use crate::content::desk::Thing;
use crate::content::explore::Listed;
use crate::db::DbError;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::Admin;
/// Lines of one card.
const SHOWN: usize = 5;

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    let work = async |seat: &Seat| Ok(admin.page(seat, "admin/home.html", facts(&admin, seat).await?));
    admin.answer(entering, work).await
}

/// The pages that are on the desk, of those that whoever asks may see.
struct Desk {
    things: Vec<Thing>,
    pages: Vec<Listed>,
}

impl Desk {
    async fn load(admin: &Admin, seat: &Seat) -> Result<Self, DbError> {
        let content = &admin.app.content;
        let things = content.list_desk(seat.grants.account(), seat.grants.explored_root()).await?;
        let mut ids: Vec<i64> = things.iter().map(|thing| thing.page_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut pages = content.list_pages(ids).await?;
        pages.retain(|page| !page.trashed && seat.grants.may_see(&page.path));
        Ok(Self { things, pages })
    }

    /// The things of some kinds with their pages.
    fn of<'d>(&'d self, kinds: &'d [&'d str]) -> impl Iterator<Item = (&'d Thing, &'d Listed)> {
        let wanted = self.things.iter().filter(move |thing| kinds.contains(&thing.kind.as_str()));
        wanted.filter_map(move |thing| Some((thing, self.pages.iter().find(|page| page.id == thing.page_id)?)))
    }
}

fn is_draft(page: &Listed) -> bool {
    !page.live || page.has_unpublished_changes
}

async fn facts(admin: &Admin, seat: &Seat) -> Result<Value, DbError> {
    let desk = Desk::load(admin, seat).await?;
    let types = admin.app.content.types();
    let line = |page: &Listed| admin.row(seat, &types, page);
    let touched = || desk.of(&["touched"]).map(|(_, page)| page);
    let mut due: Vec<(&Thing, &Listed)> = desk.of(&["publish", "expire"]).collect();
    due.sort_by_key(|(thing, _)| thing.at);
    let due = due.into_iter().take(SHOWN).map(|(thing, page)| {
        let at = time(thing.at, &seat.zone());
        json!({ "page": line(page), "goes_live": thing.kind == "publish", "refused": thing.refused, "at": at })
    });
    let mut editing: BTreeMap<i64, (&Listed, Vec<&str>)> = BTreeMap::new();
    for (thing, page) in desk.of(&["editing"]) {
        let (_, names) = editing.entry(page.id).or_insert_with(|| (page, Vec::new()));
        if !names.contains(&thing.who.as_str()) {
            names.push(&thing.who);
        }
    }
    let editing = editing.values().take(SHOWN);
    Ok(json!({
        "user": { "called": seat.called(), "username": seat.session.username },
        "groups": seat.grants.groups(),
        "is_superuser": seat.session.is_superuser,
        "may_add": seat.grants.has_anywhere(PagePermission::Add),
        "recent": touched().take(SHOWN).map(line).collect::<Vec<Value>>(),
        "drafts": touched().filter(|page| is_draft(page)).take(SHOWN).map(line).collect::<Vec<Value>>(),
        "due": due.collect::<Vec<Value>>(),
        "editing": editing.map(|entry| json!({ "page": line(entry.0), "names": entry.1 })).collect::<Vec<Value>>(),
    }))
}
