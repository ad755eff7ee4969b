//! The editor of one page: its form as data, saving and publishing, its preview, its history, and who else is there.

mod compare;
pub(super) mod data;
mod difference;
mod figures;
pub(super) mod form;
pub(super) mod history;
mod live;
pub(super) mod preview;
pub(super) mod refusal;
pub(super) mod save;
mod userbar;
mod weight;
mod wording;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};

use super::entry::{Seat, Speaks};
use super::pages::alias;
use super::refusal::{Done, Refusal};
use super::{Admin, only};
use crate::accounts::PageOf;
use crate::admin::texts::said;
use crate::content::page::{self, Page};
use crate::content::tree::ROOT_ID;
use crate::permit::{Wants, refuse_page};
use crate::telemetry::label::Route;

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new()
        .route("/admin/pages/{id}/edit/", only(get(page), Route::AdminEdit))
        .route("/admin/pages/{id}/draft/", only(post(save::draft), Route::AdminDraft))
        .route("/admin/pages/{id}/publish/", only(post(save::publish), Route::AdminPublish))
        .route("/admin/pages/{id}/schedule/", only(post(save::schedule), Route::AdminSchedule))
        .route("/admin/pages/{id}/published/", only(get(save::published), Route::AdminPublished))
        .route("/admin/pages/{id}/figures/", only(get(figures::of_page), Route::AdminFigures))
        .route("/admin/pages/{id}/weight/", only(get(weight::of_page), Route::AdminWeight))
        .route("/admin/pages/{id}/userbar/", only(get(userbar::of_page), Route::AdminUserbar))
        .route("/admin/pages/{id}/preview/", only(get(preview::draft).post(preview::unsaved), Route::AdminPreview))
        .route("/admin/pages/{id}/live/", only(get(live::stream).post(live::leave), Route::AdminLive))
        .route("/admin/pages/{id}/history/", only(get(history::page), Route::AdminHistory))
        .route("/admin/pages/{id}/revert/{revision}/", only(post(history::revert), Route::AdminRevert))
        .route("/admin/pages/{id}/compare/", only(get(compare::choose), Route::AdminCompare))
        .route("/admin/pages/{id}/compare/{a}/{b}/", only(get(compare::page), Route::AdminCompare))
}

/// The page with its form.
async fn page(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = admin.enter(&request, Route::AdminEdit, Speaks::Html);
    let work = async |seat: &Seat, page: Page| {
        if page.alias_of.is_some() {
            return alias::show(&admin, seat, &page).await;
        }
        let context = data::of_page(&admin, seat, &page).await?;
        Ok(admin.page(seat, "admin/editor.html", context))
    };
    on_page(&admin, entering, &id, Wants::Edit, work).await
}

/// What comes of a request about a page: whoever asks comes in, and does with it what they may.
async fn on_page(
    admin: &Admin,
    entering: impl Future<Output = Result<Seat, Response>>,
    id: &str,
    wants: Wants,
    work: impl AsyncFnOnce(&Seat, Page) -> Done,
) -> Response {
    let work = async |seat: &Seat| {
        let page = find(admin, seat, id, wants).await?;
        work(seat, page).await
    };
    admin.answer(entering, work).await
}

/// The page, for somebody who may do with it what they want.
async fn find(admin: &Admin, seat: &Seat, id: &str, wants: Wants) -> Result<Page, Refusal> {
    let nothing = || Refusal::Missing(said("page-gone"));
    let id = id.parse::<i64>().map_err(|_| nothing())?;
    let found = page::find(&*admin.app.db, id).await?;
    let page = found.filter(|page| !page.trashed && page.id != ROOT_ID).ok_or_else(nothing)?;
    refuse_page(&seat.grants, PageOf { path: &page.path, owner: page.owner }, wants)?;
    Ok(page)
}
