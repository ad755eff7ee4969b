//! Moving pages elsewhere in the tree, and changing their order where they are.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::json;

use super::{act, bulk, ids, move_back, permit, query_of, row};
use crate::admin::Admin;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::bulk::{Kind, NewBulk};
use crate::content::explore::{Asked, Cursor, Direction, Filter, Listed, Order, PER_PART, Part};
use crate::content::tree::ROOT_ID;
use crate::content::{EditError, Moved, Position};
use crate::http::form::FormData;
use crate::telemetry::label::{BulkAction, Route};

const ROUTE: Route = Route::AdminPages;

/// Which pages are moved.
enum Which {
    One(String),
    /// Those that the form or the address names.
    Many,
}

pub(super) async fn one(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    shown(admin, Which::One(id), request).await
}

pub(super) async fn many(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    shown(admin, Which::Many, request).await
}

pub(super) async fn move_one(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    moved(admin, Which::One(id), request).await
}

pub(super) async fn move_many(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    moved(admin, Which::Many, request).await
}

async fn shown(admin: Arc<Admin>, which: Which, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| destination(&admin, seat, which, &query, None).await).await
}

async fn moved(admin: Arc<Admin>, which: Which, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| carry(&admin, seat, which, request).await).await
}

/// The pages, each of which whoever asks may take away from where it is.
async fn pages(admin: &Admin, seat: &Seat, which: &Which, form: &FormData) -> Result<Vec<Listed>, Refusal> {
    let rows = match which {
        Which::One(id) => vec![permit::explored(&admin.app.content, &seat.grants, act::id(id)?).await?],
        Which::Many => act::named(admin, seat, form).await?,
    };
    if let Which::One(_) = which {
        permit::refuse_leaving(&admin.app.content, &seat.grants, &rows[0]).await?;
    }
    Ok(rows)
}

/// The tree, to choose where they go.
async fn destination(admin: &Admin, seat: &Seat, which: Which, query: &FormData, error: Option<Said>) -> Done {
    let (content, grants) = (&admin.app.content, &seat.grants);
    let rows = pages(admin, seat, &which, query).await?;
    let here = rows.first().and_then(|row| row.parent_id).unwrap_or(ROOT_ID);
    let to = match query.first("to") {
        Some(to) => act::id(to)?,
        None => here,
    };
    let to = permit::explored(content, grants, to).await?;
    let choices = choices(admin, seat, &to, query).await?;
    let is_within = rows.iter().any(|row| to.path.starts_with(&row.path));
    let blocked = match permit::refuse_coming(grants, &to, false) {
        Err(_) => Some(said("may-not-add-pages-here")),
        Ok(()) if is_within => Some(said("a-page-cannot-go-below-itself")),
        Ok(()) => None,
    };
    let types = content.types();
    let base = match &which {
        Which::One(id) => format!("/admin/pages/{id}/move/?"),
        Which::Many => format!("/admin/pages/move/?ids={}&", ids::pack(rows.iter().map(|row| row.id))),
    };
    let context = json!({
        "subjects": admin.subjects(&rows),
        "action": base.split('?').next(),
        "base": base,
        "to": admin.row(seat, &types, &to),
        "crumbs": admin.crumbs(seat, &to.path).await?,
        "choices": choices.rows.iter().filter(|row| !rows.iter().any(|moved| moved.id == row.id))
            .map(|row| admin.row(seat, &types, row)).collect::<Vec<_>>(),
        "next": choices.next.map(|next| next.to_string()),
        "blocked": blocked,
        "is_here": rows.iter().all(|row| row.parent_id == Some(to.id)),
        "error": error,
        "cancel": row::address(here),
    });
    let mut response = admin.page(seat, "admin/pages/move.html", context);
    if error.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// A part of the children of a page, to go on to.
pub(in crate::admin) async fn choices(
    admin: &Admin,
    seat: &Seat,
    to: &Listed,
    query: &FormData,
) -> Result<Part, Refusal> {
    let after = match query.first("after").filter(|text| !text.is_empty()) {
        Some(text) => Some(Cursor::parse(text).ok_or(Refusal::Bad(said("no-such-part")))?),
        None => None,
    };
    let filter = Filter::default();
    let asked = Asked {
        parent: to.id,
        order: Order::Tree,
        direction: Direction::Up,
        filter: &filter,
        after: after.as_ref(),
        only: seat.grants.explored_children(&to.path),
        limit: PER_PART,
    };
    Ok(admin.app.content.list_children(asked).await?)
}

/// Where below a page something goes, as a form says it.
pub(super) fn position(form: &FormData, to: i64) -> Result<Position, Refusal> {
    match form.first("position").unwrap_or("last") {
        "first" => Ok(Position::FirstChildOf(to)),
        "last" => Ok(Position::LastChildOf(to)),
        _ => Err(Refusal::Bad(said("the-position-must-be-first-or-last"))),
    }
}

async fn carry(admin: &Admin, seat: &Seat, which: Which, request: Request) -> Done {
    let form = admin.read_form(seat, request).await?;
    let mut rows = pages(admin, seat, &which, &form).await?;
    let to = form.first("to").and_then(ids::parse).ok_or(Refusal::Bad(said("choose-where-it-goes")))?;
    let to = permit::explored(&admin.app.content, &seat.grants, to).await?;
    let place = position(&form, to.id)?;
    if let Position::FirstChildOf(_) = place {
        // Each goes before those that went before it: so they keep their order.
        rows.reverse();
    }
    if let Which::One(_) = which {
        return match put(admin, seat, &rows[0], &to, place).await {
            Ok(moved) => Ok(move_back::arrived(rows[0].id, to.id, moved)),
            Err(Refusal::Edit(error)) => {
                let error = act::why(&error);
                destination(admin, seat, which, &form, Some(error)).await
            }
            Err(other) => Err(other),
        };
    }
    let is_first = matches!(place, Position::FirstChildOf(_));
    let order = NewBulk {
        account: seat.session.account_id,
        kind: Kind::Page,
        action: BulkAction::Move,
        target: Some(to.id),
        detail: if is_first { "first" } else { "last" }.to_owned(),
        back: row::address(to.id),
        items: bulk::items(&rows),
    };
    admin.bulk(seat, order).await
}

async fn put(admin: &Admin, seat: &Seat, row: &Listed, to: &Listed, place: Position) -> Result<Option<Moved>, Refusal> {
    permit::refuse_moving(&admin.app.content, &seat.grants, row, to).await?;
    Ok(admin.app.content.move_with_way_back(row.id, place, seat.actor()).await?)
}

/// One step up or down, or before or behind another child.
pub(super) async fn reorder(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| step(&admin, seat, &id, &query, request).await).await
}

async fn step(admin: &Admin, seat: &Seat, id: &str, query: &FormData, request: Request) -> Done {
    let form = admin.read_form(seat, request).await?;
    let (content, grants) = (&admin.app.content, &seat.grants);
    let parent = permit::explored(content, grants, act::id(id)?).await?;
    if !permit::may_publish_below(grants, &parent) {
        return Err(Refusal::Forbidden(said("may-not-reorder")));
    }
    let value = |name: &str| query.first(name).or_else(|| form.first(name)).unwrap_or_default().to_owned();
    let child = ids::parse(&value("page")).or_else(|| ids::parse(&value("id")));
    let child = child.ok_or(Refusal::Bad(said("say-which-page")))?;
    let child = permit::explored(content, grants, child).await?;
    if child.parent_id != Some(parent.id) {
        return Err(Refusal::Bad(said("the-page-is-not-below-this-one")));
    }
    let to = match (value("way").as_str(), ids::parse(&value("before")), ids::parse(&value("after"))) {
        ("up", ..) => beside(admin, &child, Direction::Down).await?.map(Position::LeftOf),
        ("down", ..) => beside(admin, &child, Direction::Up).await?.map(Position::RightOf),
        (_, Some(sibling), _) => Some(Position::LeftOf(sibling)),
        (_, _, Some(sibling)) => Some(Position::RightOf(sibling)),
        // Behind nothing: as rows that were dragged say it.
        _ if form.first("after") == Some("") => Some(Position::FirstChildOf(parent.id)),
        _ => return Err(Refusal::Bad(said("say-where-page-goes"))),
    };
    if let Some(Position::LeftOf(sibling) | Position::RightOf(sibling)) = to
        && content.listed(sibling).await?.parent_id != Some(parent.id)
    {
        return Err(Refusal::Edit(EditError::PageNotFound(sibling)));
    }
    let moved = match to {
        Some(to) => content.move_with_way_back(child.id, to, seat.actor()).await?,
        None => None,
    };
    Ok(move_back::arrived(child.id, parent.id, moved))
}

/// The sibling next to a page.
async fn beside(admin: &Admin, child: &Listed, direction: Direction) -> Result<Option<i64>, Refusal> {
    let cursor = Cursor { key: child.path.clone(), id: child.id };
    let filter = Filter::default();
    let asked = Asked {
        parent: child.parent_id.unwrap_or(ROOT_ID),
        order: Order::Tree,
        direction,
        filter: &filter,
        after: Some(&cursor),
        only: None,
        limit: 1,
    };
    Ok(admin.app.content.list_children(asked).await?.rows.first().map(|row| row.id))
}
