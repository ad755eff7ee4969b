//! What the pages of actions share: the form of a request, the pages that it names, and where one goes then.

use axum::extract::Request;
use axum::response::Response;
use serde_json::{Value, json};

use super::{ids, row};
use crate::admin::entry::Seat;
use crate::admin::refusal::Refusal;
use crate::admin::texts::said;
use crate::admin::{Admin, place};
use crate::content::explore::Listed;
use crate::http::form::FormData;

/// The id in an address.
pub(super) fn id(text: &str) -> Result<i64, Refusal> {
    ids::parse(text).ok_or(Refusal::Missing(said("no-such-page")))
}

/// The pages that a form or an address names.
pub(super) async fn named(admin: &Admin, seat: &Seat, form: &FormData) -> Result<Vec<Listed>, Refusal> {
    let ids = ids::list(form).ok_or(Refusal::Bad(said("choose-pages-at-most-500")))?;
    let rows = admin.app.content.list_pages(ids.clone()).await?;
    if rows.len() != ids.len() || rows.iter().any(|row| row.trashed) {
        return Err(Refusal::Missing(said("one-of-the-pages-is-gone")));
    }
    match rows.iter().all(|row| seat.grants.may_explore(&row.path)) {
        true => Ok(rows),
        false => Err(Refusal::Forbidden(said("may-not-see-one-of-these-pages"))),
    }
}

impl Admin {
    /// The form of a request, to be read after [`Admin::enter`].
    pub(in crate::admin) async fn read_form(&self, seat: &Seat, request: Request) -> Result<FormData, Refusal> {
        self.form(request, seat.route).await.map_err(|refused: Response| refused.into())
    }

    /// What a page of an action shows of the pages that it is about.
    pub(super) fn subjects(&self, rows: &[Listed]) -> Value {
        rows.iter().map(|row| json!({ "id": row.id, "title": row::title(row), "url": row::address(row.id) })).collect()
    }
}

/// Where to go when it is done: where one came from, else the list that the page is in.
pub(super) fn back(form: &FormData, rows: &[Listed]) -> String {
    let asked = form.first("next").map(place::within).filter(|next| *next != place::HOME);
    let parent = rows.first().and_then(|row| row.parent_id).unwrap_or(crate::content::tree::ROOT_ID);
    asked.map_or_else(|| row::address(parent), str::to_owned)
}

pub(super) use crate::admin::words::edit as why;
