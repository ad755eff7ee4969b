//! What the pages of actions share: the form of a request, what is done one page after another, and where one goes then.

use axum::extract::Request;
use axum::response::Response;
use serde_json::{Value, json};

use super::{ids, permit, row};
use crate::admin::entry::Seat;
use crate::admin::refusal::{Refusal, sentence};
use crate::admin::{Admin, place};
use crate::content::EditError;
use crate::content::explore::Listed;
use crate::http::form::FormData;

/// The id in an address.
pub(super) fn id(text: &str) -> Result<i64, Refusal> {
    ids::parse(text).ok_or(Refusal::Missing("There is no such page."))
}

/// The pages that a form or an address names.
pub(super) async fn named(admin: &Admin, seat: &Seat, form: &FormData) -> Result<Vec<Listed>, Refusal> {
    let ids = ids::list(form).ok_or(Refusal::Bad("Choose some pages: at most 50 at once."))?;
    let rows = admin.app.content.list_pages(ids.clone()).await?;
    if rows.len() != ids.len() || rows.iter().any(|row| row.trashed) {
        return Err(Refusal::Missing("One of the pages is gone."));
    }
    match rows.iter().all(|row| seat.grants.may_explore(&row.path)) {
        true => Ok(rows),
        false => Err(Refusal::Forbidden("You may not see one of these pages.")),
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

/// How it went with one page of several.
pub(super) fn outcome(row: &Listed, result: Result<&str, Refusal>) -> Result<Value, Refusal> {
    let (is_done, text) = match result {
        Ok(done) => (true, done.to_owned()),
        Err(Refusal::Forbidden(text) | Refusal::Missing(text) | Refusal::Bad(text)) => (false, text.to_owned()),
        Err(Refusal::Edit(error)) => (false, said(&error)),
        Err(other) => return Err(other),
    };
    Ok(json!({ "title": row::title(row), "url": row::address(row.id), "id": row.id, "is_done": is_done, "text": text }))
}

/// A refusal of an operation, for the page that asked for it.
pub(super) fn said(error: &EditError) -> String {
    match error {
        EditError::SlugTaken(slug) => format!("A page with the slug \"{slug}\" is there already: choose another one."),
        EditError::TitleMissing => "A page needs a title.".to_owned(),
        EditError::MoveIntoItself => "A page cannot go below itself.".to_owned(),
        other => sentence(&other.to_string()),
    }
}

pub(super) use permit::page_of;
