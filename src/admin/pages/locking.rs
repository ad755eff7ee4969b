//! Pages that somebody keeps to themselves: the question whether to lock one or to unlock it, what the form of a page says
//! of its lock, and the list of all that are.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{act, permit, query_of, row};
use crate::accounts::PageOf;
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::clock::Micros;
use crate::content::explore::Listed;
use crate::content::page::Page;
use crate::content::presence::Standing;
use crate::http::form::FormData;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminPages;

pub(super) async fn page(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    drop(request);
    let work = async |seat: &Seat| {
        let known = permit::explored(&admin.app.content, &seat.grants, act::id(&id)?).await?;
        if !may_lock(seat, &known) && !may_unlock(seat, &known) {
            return Err(refusal(&known));
        }
        question(&admin, seat, &known, &query).await
    };
    admin.answer(entering, work).await
}

pub(super) async fn change(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| run(&admin, seat, &id, request).await).await
}

pub(super) async fn list(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    drop(request);
    admin.answer(entering, async |seat| show_all(&admin, seat).await).await
}

/// Somebody who has the form of a page open.
#[derive(Clone, Copy)]
pub(in crate::admin) struct Reader {
    pub account: i64,
    /// Also what others locked.
    pub may_unlock: bool,
}

impl Reader {
    pub fn of(seat: &Seat, page: &Page) -> Self {
        let place = PageOf { path: &page.path, owner: page.owner };
        Self { account: seat.session.account_id, may_unlock: seat.grants.may_unlock(place, None) }
    }
}

/// What the form says of the lock of a page; null when it has none.
pub(in crate::admin) fn told(admin: &Admin, reader: Reader, standing: &Standing) -> Value {
    let Some(at) = standing.locked_at else { return Value::Null };
    let is_own = standing.locked_by == Some(reader.account);
    json!({
        "by": standing.locker,
        "at": Micros(at).to_rfc3339(),
        "is_own": is_own,
        "keeps_out": admin.app.content.keeps_out(standing.locked_by, reader.account),
        "may_unlock": is_own || reader.may_unlock,
    })
}

fn may_lock(seat: &Seat, row: &Listed) -> bool {
    row.locked_at.is_none() && row.alias_of.is_none() && seat.grants.may_lock(permit::page_of(row))
}

fn may_unlock(seat: &Seat, row: &Listed) -> bool {
    row.locked_at.is_some() && seat.grants.may_unlock(permit::page_of(row), row.locked_by)
}

fn refusal(row: &Listed) -> Refusal {
    match row.locked_at {
        Some(_) => Refusal::Forbidden(said("may-not-unlock-page")),
        None => Refusal::Forbidden(said("may-not-lock-page")),
    }
}

/// Who locked a page, and when.
fn lock_of(seat: &Seat, row: &Listed) -> Option<Value> {
    let at = row.locked_at?;
    let is_own = row.locked_by == Some(seat.session.account_id);
    Some(json!({ "by": row.locker, "is_own": is_own, "since": row::when(at, &seat.zone()) }))
}

async fn question(admin: &Admin, seat: &Seat, known: &Listed, query: &FormData) -> Done {
    let content = &admin.app.content;
    let context = json!({
        "page": admin.row(seat, &content.types(), known),
        "crumbs": admin.crumbs(seat, &known.path).await?,
        "lock": lock_of(seat, known),
        // Whether whoever locks it is kept out, too.
        "keeps_all_out": content.keeps_out(Some(seat.session.account_id), seat.session.account_id),
        "next": act::back(query, std::slice::from_ref(known)),
    });
    Ok(admin.page(seat, "admin/pages/lock.html", context))
}

async fn run(admin: &Admin, seat: &Seat, id: &str, request: Request) -> Done {
    let form = admin.read_form(seat, request).await?;
    let content = &admin.app.content;
    let known = permit::explored(content, &seat.grants, act::id(id)?).await?;
    match form.first("to") {
        Some("locked") => {
            crate::permit::refuse_locking(&seat.grants, &known)?;
            content.lock_page(known.id, seat.actor()).await?;
        }
        Some("open") => {
            crate::permit::refuse_unlocking(&seat.grants, &known)?;
            // Somebody else may have been faster.
            content.unlock_page(known.id, known.locked_by, seat.actor()).await?;
        }
        _ => return Err(Refusal::Bad(said("choose-lock-or-unlock"))),
    }
    Ok(see_other(&act::back(&form, std::slice::from_ref(&known)), ROUTE))
}

async fn show_all(admin: &Admin, seat: &Seat) -> Done {
    let content = &admin.app.content;
    let ids = content.list_locked(seat.grants.explored_root()).await?;
    let rows = content.list_pages(ids).await?;
    let types = content.types();
    let seen = rows.iter().filter(|row| !row.trashed && seat.grants.may_see(&row.path));
    let shown = seen.map(|row| {
        let mut shown = admin.row(seat, &types, row);
        shown["lock"] = json!(lock_of(seat, row));
        shown["place"] = json!(row.url_path);
        shown
    });
    Ok(admin.page(seat, "admin/pages/locked.html", json!({ "rows": shown.collect::<Vec<Value>>() })))
}
