//! The way back of a page that was moved: offered where it went, and asked for like any other move.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{act, ids, permit, row};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::content::explore::Listed;
use crate::content::{Moved, Whereabouts};
use crate::http::form::FormData;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminPages;
/// What an address calls it: the page, where it was, and where it is.
const MOVED: &str = "moved";

/// `12.3.7.4.0`: page 12 stood below 3 behind 7, and is the first below 4.
fn written(page: i64, Moved { from, to }: Moved) -> String {
    let behind = |at: Whereabouts| at.behind.unwrap_or(0);
    format!("{page}.{}.{}.{}.{}", from.parent, behind(from), to.parent, behind(to))
}

fn read(text: &str) -> Option<(i64, Moved)> {
    let parts: Vec<&str> = text.split('.').collect();
    let [page, from, from_behind, to, to_behind] = parts[..] else { return None };
    let at = |parent: &str, behind: &str| {
        let behind = if behind == "0" { None } else { Some(ids::parse(behind)?) };
        Some(Whereabouts { parent: ids::parse(parent)?, behind })
    };
    Some((ids::parse(page)?, Moved { from: at(from, from_behind)?, to: at(to, to_behind)? }))
}

/// The list that a page was put into, with the way back; nothing moved: the list alone.
pub(super) fn arrived(page: i64, list: i64, moved: Option<Moved>) -> Response {
    let way_back = moved.filter(|moved| moved.from != moved.to).map(|moved| written(page, moved));
    let query = way_back.map_or_else(String::new, |moved| format!("?{MOVED}={moved}"));
    see_other(&format!("{}{query}#page-{page}", row::address(list)), ROUTE)
}

/// What a list offers of the move that led to it, to those who may take it back.
pub(super) async fn offer(
    admin: &Admin,
    seat: &Seat,
    list: &Listed,
    query: &FormData,
) -> Result<Option<Value>, Refusal> {
    let Some((page, moved)) = query.first(MOVED).and_then(read) else { return Ok(None) };
    let content = &admin.app.content;
    let found = content.list_pages(vec![page, moved.from.parent]).await?;
    let row = |id: i64| found.iter().find(|row| row.id == id && !row.trashed && seat.grants.may_explore(&row.path));
    let (Some(page), Some(before)) = (row(page), row(moved.from.parent)) else { return Ok(None) };
    if page.parent_id != Some(list.id) || permit::refuse_moving(content, &seat.grants, page, before).await.is_err() {
        return Ok(None);
    }
    let title = row::title(page);
    let told = match moved.from.parent == moved.to.parent {
        true => said("page-was-put-elsewhere").with("title", title),
        false => said("page-was-put-below").with("title", title).with("above", row::title(list)),
    };
    let url = format!("{}move/back/", row::address(page.id));
    Ok(Some(json!({ "told": told, "url": url, "moved": written(page.id, moved) })))
}

pub(super) async fn undo(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| run(&admin, seat, &id, request).await).await
}

async fn run(admin: &Admin, seat: &Seat, id: &str, request: Request) -> Done {
    let form = admin.read_form(seat, request).await?;
    let content = &admin.app.content;
    let row = permit::explored(content, &seat.grants, act::id(id)?).await?;
    let named = form.first(MOVED).and_then(read).filter(|(page, _)| *page == row.id);
    let (_, moved) = named.ok_or(Refusal::Bad(said("say-where-page-goes")))?;
    let to = permit::explored(content, &seat.grants, moved.from.parent).await?;
    permit::refuse_moving(content, &seat.grants, &row, &to).await?;
    let back = content.move_back(row.id, moved, seat.actor()).await?;
    Ok(arrived(row.id, to.id, back))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_is_read_as_it_was_written() {
        for (from_behind, to_behind) in [(None, None), (Some(7), None), (None, Some(8)), (Some(7), Some(8))] {
            let from = Whereabouts { parent: 3, behind: from_behind };
            let moved = Moved { from, to: Whereabouts { parent: 4, behind: to_behind } };
            assert_eq!(read(&written(12, moved)), Some((12, moved)));
        }
        for bad in ["", "12", "12.3.7.4", "12.3.7.4.0.1", "12.0.7.4.0", "x.3.7.4.0", "12.3.-7.4.0", "12.3.7.4.00"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
