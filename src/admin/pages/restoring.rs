//! Bringing back from the trash to another place than before: the tree, to choose where it goes.

use http::StatusCode;
use serde_json::{Value, json};

use super::{act, ids, moving, permit, row, trash};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::Seat;
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::content::explore::Entry;
use crate::content::tree::ROOT_ID;
use crate::content::{EditError, Restoring};
use crate::http::form::FormData;

pub(super) async fn show(admin: &Admin, seat: &Seat, id: &str, query: &FormData, error: Option<Said>) -> Done {
    let entry = trash::entry(admin, Some(id)).await?;
    choose(admin, seat, &entry, query, error).await
}

fn refuse(seat: &Seat, entry: &Entry) -> Result<(), Refusal> {
    match permit::may_take_out(&seat.grants, entry) {
        true => Ok(()),
        false => Err(Refusal::Forbidden(said("may-not-do-this-in-that-place"))),
    }
}

/// The tree, from where it stood, if that is still there.
async fn choose(admin: &Admin, seat: &Seat, entry: &Entry, query: &FormData, error: Option<Said>) -> Done {
    let (content, grants) = (&admin.app.content, &seat.grants);
    refuse(seat, entry)?;
    let to = match query.first("to") {
        Some(to) => act::id(to)?,
        None => entry.parent_id.filter(|_| entry.has_place()).unwrap_or(ROOT_ID),
    };
    let to = permit::explored(content, grants, to).await?;
    let choices = moving::choices(admin, seat, &to, query).await?;
    let blocked = permit::refuse_coming(grants, &to, entry.any_live).err().map(|_| said("may-not-add-pages-here"));
    let types = content.types();
    let context = json!({
        "id": entry.id,
        "title": entry.title,
        "base": format!("{}?restore={}&", trash::URL, entry.id),
        "to": admin.row(seat, &types, &to),
        "crumbs": admin.crumbs(seat, &to.path).await?,
        "choices": choices.rows.iter().map(|row| admin.row(seat, &types, row)).collect::<Vec<Value>>(),
        "next": choices.next.map(|next| next.to_string()),
        "blocked": blocked,
        "slug": trash::slug(query),
        "error": error,
    });
    let mut response = admin.page(seat, "admin/pages/restore.html", context);
    if error.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// Below the page that the form names.
pub(super) async fn carry(admin: &Admin, seat: &Seat, entry: &Entry, form: &FormData) -> Done {
    refuse(seat, entry)?;
    let to = form.first("to").and_then(ids::parse).ok_or(Refusal::Bad(said("choose-where-it-goes")))?;
    let to = permit::explored(&admin.app.content, &seat.grants, to).await?;
    permit::refuse_coming(&seat.grants, &to, entry.any_live)?;
    let restoring = Restoring { to: Some(moving::position(form, to.id)?), slug: trash::slug(form) };
    match admin.app.content.restore_page(entry.id, &restoring, seat.actor()).await {
        Ok(_) => Ok(see_other(&format!("{}#page-{}", row::address(to.id), entry.id), trash::ROUTE)),
        Err(EditError::Db(error)) => Err(error.into()),
        Err(error) => choose(admin, seat, entry, form, Some(act::why(&error))).await,
    }
}
