//! Adding a page: which type, then its title; the draft is made, and the editor opens.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::{act, permit, query_of, row};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::content::explore::Listed;
use crate::content::{EditError, NewPage};
use crate::http::form::FormData;
use crate::permit::{refuse_adding, types_below};
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminPages;

pub(super) async fn choose(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| types_page(&admin, seat, &id, &query).await).await
}

pub(super) async fn name(
    State(admin): State<Arc<Admin>>,
    Path((id, type_name)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| title_page(&admin, seat, &id, &type_name, None).await).await
}

pub(super) async fn add(
    State(admin): State<Arc<Admin>>,
    Path((id, type_name)): Path<(String, String)>,
    request: Request,
) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| make(&admin, seat, (&id, &type_name), request).await).await
}

/// The page below which one is added.
async fn parent(admin: &Admin, seat: &Seat, id: &str) -> Result<Listed, Refusal> {
    let parent = permit::explored(&admin.app.content, &seat.grants, act::id(id)?).await?;
    match refuse_adding(&seat.grants, &parent)? {
        Ok(()) => Ok(parent),
        Err(_) => Err(Refusal::Forbidden(said("may-not-add-pages-here"))),
    }
}

async fn types_page(admin: &Admin, seat: &Seat, id: &str, query: &FormData) -> Done {
    let parent = parent(admin, seat, id).await?;
    let types = admin.app.content.types();
    let offered: Vec<Value> = types_below(&types, &parent)
        .iter()
        .map(|known| {
            let url = format!("/admin/pages/{}/add/{}/", parent.id, known.name);
            json!({ "label": known.label, "description": known.description, "url": url })
        })
        .collect();
    if let ([only], None) = (&offered[..], query.first("all")) {
        return Ok(see_other(only["url"].as_str().unwrap_or_default(), ROUTE));
    }
    let context = json!({
        "page": admin.row(seat, &types, &parent), "crumbs": admin.crumbs(seat, &parent.path).await?, "types": offered,
    });
    Ok(admin.page(seat, "admin/pages/add.html", context))
}

/// What was typed, and why it was refused.
struct Again {
    title: String,
    error: Said,
}

async fn title_page(admin: &Admin, seat: &Seat, id: &str, type_name: &str, again: Option<Again>) -> Done {
    let parent = parent(admin, seat, id).await?;
    let types = admin.app.content.types();
    let known = types_below(&types, &parent).into_iter().find(|known| known.name == type_name);
    let known = known.ok_or(Refusal::Missing(said("type-not-made-here")))?;
    let status = if again.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let (title, error) = again.map_or_else(Default::default, |again| (again.title, Some(again.error)));
    let context = json!({
        "page": admin.row(seat, &types, &parent), "crumbs": admin.crumbs(seat, &parent.path).await?,
        "type": { "label": known.label, "name": known.name, "description": known.description },
        "title": title, "error": error, "cancel": row::address(parent.id),
    });
    let mut response = admin.page(seat, "admin/pages/title.html", context);
    *response.status_mut() = status;
    Ok(response)
}

async fn make(admin: &Admin, seat: &Seat, (id, type_name): (&str, &str), request: Request) -> Done {
    let form = admin.read_form(seat, request).await?;
    let parent = parent(admin, seat, id).await?;
    let types = admin.app.content.types();
    if !types_below(&types, &parent).iter().any(|known| known.name == type_name) {
        return Err(Refusal::Missing(said("type-not-made-here")));
    }
    let title = form.first("title").unwrap_or_default().trim().to_owned();
    let new = NewPage {
        parent: parent.id,
        type_name: type_name.to_owned(),
        title: title.clone(),
        owner: Some(seat.session.account_id),
        ..NewPage::default()
    };
    match admin.app.content.create_page(new, seat.actor()).await {
        Ok(made) => Ok(see_other(&format!("/admin/pages/{made}/edit/"), ROUTE)),
        Err(EditError::Db(error)) => Err(error.into()),
        Err(error) => title_page(admin, seat, id, type_name, Some(Again { title, error: act::why(&error) })).await,
    }
}
