//! Moving a snippet in the order of its type: by hand, or one step by a button.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;

use super::{ROUTE, enter, list_url, type_of};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::pages::{ids, query_of};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::content::Placing;
use crate::http::form::FormData;

pub(super) async fn place(
    State(admin): State<Arc<Admin>>,
    Path(type_name): Path<String>,
    request: Request,
) -> Response {
    let query = query_of(&request);
    let entering = enter(&admin, &request, Speaks::Html);
    admin.answer(entering, async |seat| put(&admin, seat, &type_name, &query, request).await).await
}

async fn put(admin: &Admin, seat: &Seat, type_name: &str, query: &FormData, request: Request) -> Done {
    let form = admin.read_form(seat, request).await?;
    type_of(&admin.app.content.types(), type_name)?;
    let value = |name: &str| query.first(name).or_else(|| form.first(name));
    let id = value("id").and_then(ids::parse).ok_or(Refusal::Bad(said("say-which-snippet")))?;
    let to = match (value("way"), value("after")) {
        (Some("up"), _) => Placing::Up,
        (Some("down"), _) => Placing::Down,
        // Behind nothing: as rows that were dragged say it.
        (None, Some("")) => Placing::First,
        (None, Some(after)) => Placing::After(ids::parse(after).ok_or(Refusal::Bad(said("say-behind-which-snippet")))?),
        _ => return Err(Refusal::Bad(said("say-where-snippet-goes"))),
    };
    admin.app.content.place_snippet(type_name, id, to, seat.actor()).await?;
    Ok(see_other(&format!("{}#snippet-{id}", list_url(type_name)), ROUTE))
}
