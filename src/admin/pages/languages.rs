//! In which languages a page is there: links to its versions, for those who may see them.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::row;
use crate::admin::Admin;
use crate::admin::entry::Seat;
use crate::content::explore::{Listed, Translation};
use crate::content::locale::{self, Named};
use crate::db::DbError;

/// What a language is called.
fn name<'n>(known: &'n [Named], code: &'n str) -> &'n str {
    known.iter().find(|language| language.code == code).map_or(code, |language| language.name.as_str())
}

fn link(seat: &Seat, known: &[Named], there: &Translation) -> Value {
    let seen = !there.trashed && seat.grants.may_explore(&there.path);
    json!({
        "code": there.locale,
        "name": name(known, &there.locale),
        "title": seen.then_some(&there.title),
        "url": seen.then(|| match seat.grants.may_see(&there.path) {
            true => format!("/admin/pages/{}/edit/", there.id),
            false => row::address(there.id),
        }),
        "live": there.live,
        "trashed": there.trashed,
        "is_alias": there.alias_of.is_some(),
    })
}

/// The other languages of some pages, by their ids. Nothing where there is one language alone.
pub(super) async fn of_pages(
    admin: &Admin,
    seat: &Seat,
    known: &[Named],
    ids: Vec<i64>,
) -> Result<HashMap<i64, Vec<Value>>, DbError> {
    let mut found: HashMap<i64, Vec<Value>> = HashMap::new();
    if known.len() < 2 {
        return Ok(found);
    }
    for there in admin.app.content.list_translations(ids).await? {
        found.entry(there.of_id).or_default().push(link(seat, known, &there));
    }
    Ok(found)
}

/// Those of one page, and whether there are languages that it is not in yet: `{"there": […], "more": "/…/translate/"}`.
pub(in crate::admin) async fn of_page(admin: &Admin, seat: &Seat, page: &Listed) -> Result<Value, DbError> {
    of_place(admin, seat, page.id, &page.path).await
}

/// As [`of_page`], of the page with this id at this path.
pub(in crate::admin) async fn of_place(admin: &Admin, seat: &Seat, id: i64, path: &str) -> Result<Value, DbError> {
    let known = locale::names(&admin.app.content.db).await?;
    let there = of_pages(admin, seat, &known, vec![id]).await?.remove(&id).unwrap_or_default();
    let more = there.len() + 1 < known.len() && seat.grants.may_see(path);
    Ok(json!({ "there": there, "more": more.then(|| format!("/admin/pages/{id}/translate/")) }))
}
