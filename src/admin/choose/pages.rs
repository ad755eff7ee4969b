//! Choosing a page: through the tree, or by words.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::{ROUTE, query};
use crate::admin::Admin;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::pages::{ids, permit, query_of, row};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::content::explore::{Asked, Cursor, Direction, Filter, Listed, MAX_FOUND, Order, PER_PART};
use crate::content::tree::ROOT_ID;
use crate::content::types::Types;
use crate::http::form::FormData;

pub(super) async fn list(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Json);
    admin.answer(entering, async |seat| show(&admin, seat, &query).await).await
}

async fn show(admin: &Admin, seat: &Seat, form: &FormData) -> Done {
    let content = &admin.app.content;
    let types = content.types();
    let wanted: Vec<&str> = form.all("type").filter(|name| !name.is_empty()).collect();
    let text = query(form)?;
    if !text.is_empty() {
        let grants = &seat.grants;
        let found = content.find_pages(text, grants.explored_root(), MAX_FOUND, |path| grants.may_see(path)).await?;
        let rows = content.list_pages(found).await?;
        let fits = |row: &&Listed| wanted.is_empty() || wanted.contains(&row.type_name.as_str());
        let items: Vec<Value> = rows.iter().filter(fits).map(|row| item(admin, seat, &types, row, &wanted)).collect();
        return Ok(admin.json(StatusCode::OK, ROUTE, json!({ "items": items, "next": null, "parent": null })));
    }
    let parent = match form.first("parent").filter(|text| !text.is_empty()) {
        Some(text) => ids::parse(text).ok_or(Refusal::Missing(said("no-such-page")))?,
        None => ROOT_ID,
    };
    let parent = match permit::explored(content, &seat.grants, parent).await {
        // Whoever may see nothing chooses from nothing.
        Err(Refusal::Forbidden(_)) if parent == ROOT_ID => {
            return Ok(admin.json(StatusCode::OK, ROUTE, json!({ "items": [], "next": null, "parent": null })));
        }
        other => other?,
    };
    let after = match form.first("cursor").filter(|text| !text.is_empty()) {
        Some(text) => Some(Cursor::parse(text).ok_or(Refusal::Bad(said("no-such-part")))?),
        None => None,
    };
    let filter = Filter::default();
    let asked = Asked {
        parent: parent.id,
        order: Order::Tree,
        direction: Direction::Up,
        filter: &filter,
        after: after.as_ref(),
        only: seat.grants.explored_children(&parent.path),
        limit: PER_PART,
    };
    let part = content.list_children(asked).await?;
    let items: Vec<Value> = part.rows.iter().map(|row| item(admin, seat, &types, row, &wanted)).collect();
    let above = (parent.id != ROOT_ID)
        .then(|| json!({ "id": parent.id, "title": row::title(&parent), "parent_id": parent.parent_id.filter(|id| *id != ROOT_ID) }));
    let answer = json!({ "items": items, "next": part.next.map(|next| next.to_string()), "parent": above });
    Ok(admin.json(StatusCode::OK, ROUTE, answer))
}

fn item(admin: &Admin, seat: &Seat, types: &Types, row: &Listed, wanted: &[&str]) -> Value {
    let public = admin.site.address_at(&seat.info.host, &row.url_path).filter(|_| row.live);
    json!({
        "id": row.id,
        "title": row.title,
        "url": public,
        "type_label": row::type_label(types, &row.type_name),
        "live": row.live,
        "has_children": row.below > 0,
        "may_choose": seat.grants.may_see(&row.path) && (wanted.is_empty() || wanted.contains(&row.type_name.as_str())),
    })
}
