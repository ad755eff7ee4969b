//! Putting pages into the trash: how many go, what points at them, and a word to type when they are many.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::{act, bulk, permit, query_of};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::bulk::{Kind, NewBulk};
use crate::content::Pointer;
use crate::content::explore::Listed;
use crate::content::site;
use crate::http::form::FormData;
use crate::telemetry::label::{BulkAction, Route};

const ROUTE: Route = Route::AdminPages;
/// From so many pages on, the name of the site is to be typed.
const MANY: i64 = 10;

/// Which pages are deleted.
enum Which {
    One(String),
    Many,
}

pub(super) async fn one(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    asked(admin, Which::One(id), request).await
}

pub(super) async fn many(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    asked(admin, Which::Many, request).await
}

pub(super) async fn delete_one(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    confirmed(admin, Which::One(id), request).await
}

pub(super) async fn delete_many(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    confirmed(admin, Which::Many, request).await
}

async fn asked(admin: Arc<Admin>, which: Which, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    let work = async |seat: &Seat| {
        let rows = pages(&admin, seat, &which, &query).await?;
        question(&admin, seat, &rows, &query, None).await
    };
    admin.answer(entering, work).await
}

async fn confirmed(admin: Arc<Admin>, which: Which, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| delete(&admin, seat, which, request).await).await
}

async fn pages(admin: &Admin, seat: &Seat, which: &Which, form: &FormData) -> Result<Vec<Listed>, Refusal> {
    match which {
        Which::Many => {
            let rows = act::named(admin, seat, form).await?;
            // Whether each may be deleted is asked when it is done: of what only leads to one's pages nothing is told.
            match rows.iter().all(|row| seat.grants.may_see(&row.path)) {
                true => Ok(rows),
                false => Err(Refusal::Forbidden(said("may-not-delete-one-of-these-pages"))),
            }
        }
        Which::One(id) => {
            let row = permit::explored(&admin.app.content, &seat.grants, act::id(id)?).await?;
            permit::refuse_deleting(&admin.app.content, &seat.grants, &row).await?;
            Ok(vec![row])
        }
    }
}

/// What is to be known before pages are deleted.
struct Weight {
    pages: i64,
    /// What points into them from elsewhere, and how many there are in all.
    pointers: Vec<Pointer>,
    total: i64,
    /// What is to be typed, when they are many.
    word: Option<String>,
}

async fn weigh(admin: &Admin, rows: &[Listed]) -> Result<Weight, Refusal> {
    let content = &admin.app.content;
    let mut weight = Weight { pages: 0, pointers: Vec::new(), total: 0, word: None };
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    weight.pages = content.count_subtrees(ids.clone()).await?;
    weight.pointers = content.list_pointers(ids).await?;
    weight.total = weight.pointers.first().map_or(0, |first| first.total);
    if weight.pages >= MANY {
        let sites = site::list(&*content.db, "").await?;
        let default = sites.iter().find(|site| site.is_default).or(sites.first());
        let name = default.map(|site| site.name.trim().to_owned()).filter(|name| !name.is_empty());
        weight.word = Some(name.unwrap_or_else(|| "delete".to_owned()));
    }
    Ok(weight)
}

async fn question(admin: &Admin, seat: &Seat, rows: &[Listed], form: &FormData, error: Option<Said>) -> Done {
    let weight = weigh(admin, rows).await?;
    let from: Vec<i64> = weight.pointers.iter().filter_map(|pointer| pointer.page_id).collect();
    let mut seen = admin.app.content.list_pages(from).await?;
    seen.retain(|row| seat.grants.may_see(&row.path));
    let place = |pointer: &Pointer| match pointer.page_id {
        Some(id) if !seen.iter().any(|row| row.id == id) => json!({ "title": null, "url": null, "path": "" }),
        Some(id) => json!({ "title": pointer.title, "url": format!("/admin/pages/{id}/edit/"), "path": pointer.path }),
        None => json!({ "title": pointer.title, "url": null, "path": pointer.path }),
    };
    let places: Vec<Value> = weight.pointers.iter().map(place).collect();
    let context = json!({
        "subjects": admin.subjects(rows),
        "pages": weight.pages,
        "pointers": places,
        "more_pointers": weight.total - places.len() as i64,
        "total": weight.total,
        "word": weight.word,
        "days": admin.app.config.content.trash_days,
        "error": error,
        "next": act::back(form, rows),
        "action": match rows { [only] => format!("/admin/pages/{}/delete/", only.id), _ => "/admin/pages/delete/".to_owned() },
    });
    let mut response = admin.page(seat, "admin/pages/delete.html", context);
    if error.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

async fn delete(admin: &Admin, seat: &Seat, which: Which, request: Request) -> Done {
    let form = admin.read_form(seat, request).await?;
    let rows = pages(admin, seat, &which, &form).await?;
    let weight = weigh(admin, &rows).await?;
    if let Some(word) = &weight.word
        && form.first("word").map(str::trim) != Some(word)
    {
        let text = said("type-name-exactly");
        return question(admin, seat, &rows, &form, Some(text)).await;
    }
    if weight.total > 0 && form.first("anyway").is_none() {
        return question(admin, seat, &rows, &form, Some(said("pointed-at-tick-the-box"))).await;
    }
    let next = act::back(&form, &rows);
    if let (Which::One(_), [row]) = (&which, &rows[..]) {
        admin.app.content.trash_page(row.id, seat.actor()).await?;
        return Ok(see_other(&next, ROUTE));
    }
    let order = NewBulk {
        account: seat.session.account_id,
        kind: Kind::Page,
        action: BulkAction::Delete,
        target: None,
        detail: String::new(),
        back: next,
        items: bulk::items(&rows),
    };
    admin.bulk(seat, order).await
}
