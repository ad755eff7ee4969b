//! An alias in place of a form: where the page is that it shows, and making it a page of its own.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::json;

use super::{act, languages, permit};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::content::page::{self, Page};
use crate::content::{Content, EditError};
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminPages;

/// What the editor shows of an alias.
pub(in crate::admin) async fn show(admin: &Admin, seat: &Seat, alias: &Page) -> Done {
    let content = &admin.app.content;
    let row = content.listed(alias.id).await?;
    let source = content.list_pages(alias.alias_of.into_iter().collect()).await?.pop();
    let source = source.filter(|source| seat.grants.may_see(&source.path));
    let types = content.types();
    let context = json!({
        "page": admin.row(seat, &types, &row),
        "crumbs": admin.crumbs(seat, &row.path).await?,
        "source": source.as_ref().map(|source| admin.row(seat, &types, source)),
        "may_convert": refuse_converting(content, seat, alias).await.is_ok(),
        "languages": languages::of_page(admin, seat, &row).await?,
    });
    Ok(admin.page(seat, "admin/pages/alias.html", context))
}

pub(super) async fn convert(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| run(&admin, seat, &id).await).await
}

async fn refuse_converting(content: &Content, seat: &Seat, alias: &Page) -> Result<(), Refusal> {
    let row = content.listed(alias.id).await?;
    if !seat.grants.may_edit(permit::page_of(&row)) {
        return Err(Refusal::Forbidden(said("may-not-edit-this-page")));
    }
    if alias.first_published_at.is_none() {
        let source = content.list_pages(alias.alias_of.into_iter().collect()).await?;
        // Its first draft would be the source's newest one.
        if !source.iter().all(|source| seat.grants.may_see(&source.path)) {
            return Err(Refusal::Forbidden(said("may-not-convert-of-unseen-source")));
        }
    }
    Ok(())
}

async fn run(admin: &Admin, seat: &Seat, id: &str) -> Done {
    let content = &admin.app.content;
    let id = permit::explored(content, &seat.grants, act::id(id)?).await?.id;
    let alias = page::find(&*content.db, id).await?.ok_or(EditError::PageNotFound(id))?;
    if alias.alias_of.is_none() {
        return Err(Refusal::Edit(EditError::NotAnAlias(id)));
    }
    refuse_converting(content, seat, &alias).await?;
    content.convert_alias(id, seat.actor()).await?;
    Ok(see_other(&format!("/admin/pages/{id}/edit/"), ROUTE))
}

/// The kinds of copies that there are, as a form has them.
pub(super) fn is_wanted(kind: Option<&str>) -> Result<bool, Refusal> {
    match kind {
        None | Some("" | "copy") => Ok(false),
        Some("alias") => Ok(true),
        Some(_) => Err(Refusal::Bad(said("choose-copy-or-alias"))),
    }
}
