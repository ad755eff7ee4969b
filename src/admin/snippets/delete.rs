//! Where a snippet is used, and deleting it.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::{ROUTE, enter, find, list_url, type_of, url};
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::Done;
use crate::admin::texts::{Said, said};
use crate::admin::{Admin, usage};
use crate::content::snippet::Snippet;
use crate::content::types::ReferenceKind;
use crate::content::{Deletion, EditError};

pub(super) async fn ask(
    State(admin): State<Arc<Admin>>,
    Path((type_name, id)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = enter(&admin, &request, Speaks::Html);
    let work = async |seat: &Seat| {
        let known = find(&admin, &type_name, &id).await?;
        question(&admin, seat, &known, None).await
    };
    admin.answer(entering, work).await
}

pub(super) async fn delete(
    State(admin): State<Arc<Admin>>,
    Path((type_name, id)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = enter(&admin, &request, Speaks::Html);
    admin.answer(entering, async |seat| remove(&admin, seat, (&type_name, &id), request).await).await
}

async fn question(admin: &Admin, seat: &Seat, known: &Snippet, error: Option<Said>) -> Done {
    let types = admin.app.content.types();
    let of_type = type_of(&types, &known.type_name)?;
    let uses = admin.app.content.usage(ReferenceKind::Snippet, known.id, 0).await?;
    let places: Vec<Value> = uses.iter().map(usage::place).collect();
    let is_refused = error.is_some();
    let context = json!({
        "name": known.name, "url": url(known), "list": { "title": of_type.label, "url": list_url(&known.type_name) },
        "uses": places, "total": uses.first().map_or(0, |first| first.total), "error": error,
    });
    let mut response = admin.page(seat, "admin/snippets/delete.html", context);
    if is_refused {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

async fn remove(admin: &Admin, seat: &Seat, (type_name, id): (&str, &str), request: Request) -> Done {
    let form = admin.read_form(seat, request).await?;
    let known = find(admin, type_name, id).await?;
    let deletion = if form.first("anyway").is_some() { Deletion::Anyway } else { Deletion::IfUnused };
    match admin.app.content.delete_snippet(known.id, deletion, seat.actor()).await {
        Ok(()) => Ok(see_other(&list_url(type_name), ROUTE)),
        Err(EditError::InUse(_)) => question(admin, seat, &known, Some(said("used-tick-the-box"))).await,
        Err(error) => Err(error.into()),
    }
}
