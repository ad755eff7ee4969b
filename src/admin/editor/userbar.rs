//! What the bar on a page of the site shows to somebody who is signed in.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::json;

use super::{Wants, on_page};
use crate::accounts::PageOf;
use crate::admin::Admin;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::texts::said;
use crate::content::page::Page;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminUserbar;

/// `{"title", "live", "has_unpublished_changes", "links": [{"label", "url"}], "checks": the address of a script}`.
pub(super) async fn of_page(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Json);
    let work = async |seat: &Seat, page: Page| {
        let place = PageOf { path: &page.path, owner: page.owner };
        let here = format!("/admin/pages/{}/", page.id);
        let mut links = Vec::new();
        if seat.grants.may_edit(place) {
            links.push(json!({ "label": said("link-edit"), "url": format!("{here}edit/") }));
        }
        if seat.grants.may_add_below(place) {
            links.push(json!({ "label": said("link-add-below"), "url": format!("{here}add/") }));
        }
        links.push(json!({ "label": said("link-history"), "url": format!("{here}history/") }));
        links.push(json!({ "label": said("link-in-the-tree"), "url": here }));
        let facts = json!({
            "title": page.draft_title,
            "live": page.live,
            "has_unpublished_changes": page.has_unpublished_changes,
            "links": links,
            "checks": admin.files.script("checks"),
        });
        Ok(admin.json(StatusCode::OK, ROUTE, facts))
    };
    on_page(&admin, entering, &id, Wants::See, work).await
}
