//! Copying a page, alone or with all below it: as pages of their own, or as aliases that show what the originals show.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::json;

use super::{act, alias, ids, permit, query_of, row};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::content::explore::Listed;
use crate::content::tree::ROOT_ID;
use crate::content::{CopyState, Copying, EditError, Extent, Position};
use crate::http::form::FormData;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminPages;

pub(super) async fn page(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| form_page(&admin, seat, &id, &query, None).await).await
}

pub(super) async fn copy(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| make(&admin, seat, &id, request).await).await
}

async fn source(admin: &Admin, seat: &Seat, id: &str) -> Result<Listed, Refusal> {
    let row = permit::explored(&admin.app.content, &seat.grants, act::id(id)?).await?;
    permit::refuse_copying(&seat.grants, &row)?;
    Ok(row)
}

async fn target(admin: &Admin, seat: &Seat, form: &FormData, source: &Listed) -> Result<Listed, Refusal> {
    let to = match form.first("to").filter(|text| !text.is_empty()) {
        Some(text) => ids::parse(text).ok_or(Refusal::Bad(said("choose-where-the-copy-goes")))?,
        None => source.parent_id.unwrap_or(ROOT_ID),
    };
    permit::explored(&admin.app.content, &seat.grants, to).await
}

async fn form_page(admin: &Admin, seat: &Seat, id: &str, given: &FormData, error: Option<Said>) -> Done {
    let content = &admin.app.content;
    let source = source(admin, seat, id).await?;
    let to = target(admin, seat, given, &source).await?;
    let types = content.types();
    let choices = super::moving::choices(admin, seat, &to, given).await?;
    let kept = |name: &str| given.first(name).unwrap_or_default().to_owned();
    let count = content.count_subtree(source.id).await?;
    let context = json!({
        "page": admin.row(seat, &types, &source),
        "pages": count,
        "to": admin.row(seat, &types, &to),
        "crumbs": admin.crumbs(seat, &to.path).await?,
        "choices": choices.rows.iter().map(|row| admin.row(seat, &types, row)).collect::<Vec<_>>(),
        "next": choices.next.map(|next| next.to_string()),
        "base": format!("/admin/pages/{}/copy/?", source.id),
        "title": given.first("title").unwrap_or(&source.title),
        "slug": kept("slug"),
        "subtree": given.first("subtree").is_some(),
        "live": given.first("live").is_some(),
        "as_alias": given.first("as") == Some("alias"),
        "may_keep_live": permit::may_publish_below(&seat.grants, &to),
        "blocked": permit::refuse_coming(&seat.grants, &to, false).is_err(),
        "error": error,
        "cancel": row::address(source.parent_id.unwrap_or(ROOT_ID)),
    });
    let mut response = admin.page(seat, "admin/pages/copy.html", context);
    if error.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

async fn make(admin: &Admin, seat: &Seat, id: &str, request: Request) -> Done {
    let form = admin.read_form(seat, request).await?;
    let source = source(admin, seat, id).await?;
    let to = target(admin, seat, &form, &source).await?;
    let is_alias = alias::is_wanted(form.first("as"))?;
    // An alias is live whenever its source is.
    let keeps_live = is_alias || form.first("live").is_some();
    permit::refuse_coming(&seat.grants, &to, keeps_live)?;
    let text = |name: &str| form.first(name).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let copying = Copying {
        to: Position::LastChildOf(to.id),
        extent: if form.first("subtree").is_some() { Extent::Subtree } else { Extent::Page },
        state: if keeps_live { CopyState::KeepLive } else { CopyState::Draft },
        slug: text("slug"),
        title: text("title"),
    };
    let content = &admin.app.content;
    let made = match is_alias {
        true => content.create_alias(source.id, copying.to, copying.extent, seat.actor()).await,
        false => content.copy_page(source.id, &copying, seat.actor()).await,
    };
    match made {
        Ok(copy) => Ok(see_other(&format!("{}#page-{copy}", row::address(to.id)), ROUTE)),
        Err(EditError::Db(error)) => Err(error.into()),
        Err(error) => form_page(admin, seat, id, &form, Some(act::why(&error))).await,
    }
}
