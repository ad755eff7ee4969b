//! `/api/v1/pages/`: pages as editors see them, and all that is done to them.

mod acts;
mod blocks;
mod list;
mod operations;
mod place;
mod revisions;
mod schemas;
mod show;
mod translations;
mod trash;
mod write;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, patch, post};

use super::at;
use super::problem::{Refusal, not_found};
use crate::accounts::PageOf;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::content::EditError;
use crate::content::detail::{self, Detail};
use crate::content::explore::Listed;
use crate::content::tree::ROOT_ID;
use crate::permit::{self, Wants};
use crate::telemetry::label::Route;

pub(super) use operations::PART;
pub(super) use show::{head, rights, seen_fields};
pub(super) use write::tell;

const TRANSLATIONS: Route = Route::ApiPageTranslations;

pub(super) fn routes() -> Router<Arc<Api>> {
    let (act, reads) = ((Route::ApiPageAction, "POST"), (Route::ApiPageRevisions, "GET, HEAD"));
    Router::new()
        .merge(at("/api/v1/pages/", get(list::all).post(write::create), (Route::ApiPages, "GET, HEAD, POST")))
        .merge(at("/api/v1/pages/{id}/", get(show::one).patch(write::change), (Route::ApiPage, "GET, HEAD, PATCH")))
        .merge(at("/api/v1/pages/{id}/blocks/", patch(blocks::change), (Route::ApiPageBlocks, "PATCH")))
        .merge(at("/api/v1/pages/{id}/revisions/", get(revisions::all), reads))
        .merge(at("/api/v1/pages/{id}/revisions/{revision}/", get(revisions::one), reads))
        .merge(at("/api/v1/pages/{id}/revisions/{revision}/compare/{new}/", get(revisions::compare), reads))
        .merge(at(TRANSLATIONS.as_str(), get(translations::all), (TRANSLATIONS, "GET, HEAD")))
        .merge(at("/api/v1/pages/{id}/translate/", post(translations::translate), act))
        .merge(at("/api/v1/pages/{id}/publish/", post(acts::publish), act))
        .merge(at("/api/v1/pages/{id}/unpublish/", post(acts::unpublish), act))
        .merge(at("/api/v1/pages/{id}/schedule/", post(acts::schedule), act))
        .merge(at("/api/v1/pages/{id}/revert/", post(acts::revert), act))
        .merge(at("/api/v1/pages/{id}/lock/", post(acts::lock), act))
        .merge(at("/api/v1/pages/{id}/unlock/", post(acts::unlock), act))
        .merge(at("/api/v1/pages/{id}/copy/", post(place::copy), act))
        .merge(at("/api/v1/pages/{id}/move/", post(place::relocate), act))
        .merge(at("/api/v1/pages/{id}/trash/", post(trash::put), act))
        .merge(at("/api/v1/pages/{id}/restore/", post(trash::restore), act))
}

/// The page, for a caller who may do with it what they want.
async fn find(api: &Api, caller: &Caller, id: i64, wants: Wants) -> Result<Detail, Refusal> {
    let detail = detail::find(&*api.site.app.db, id).await?.filter(|detail| detail.page.id != ROOT_ID);
    let detail = detail.ok_or(EditError::PageNotFound(id))?;
    if detail.page.trashed {
        return Err(permit::in_trash(&api.site.app.content, caller.grants(), id).await?.into());
    }
    let place = PageOf { path: &detail.page.path, owner: detail.page.owner };
    permit::refuse_page(caller.grants(), place, wants)?;
    Ok(detail)
}

/// A page in the tree that the caller may see there.
async fn explored(api: &Api, caller: &Caller, id: i64) -> Result<Listed, Refusal> {
    Ok(permit::explored(&api.site.app.content, caller.grants(), id).await??)
}

/// A page that a body names.
async fn named(api: &Api, caller: &Caller, id: i64, pointer: &str) -> Result<Listed, Refusal> {
    match explored(api, caller, id).await {
        Err(Refusal::Edit(EditError::PageNotFound(_) | EditError::InTrash(_))) => {
            Err(super::problem::invalid().at(pointer, "not_found", "There is no such page in the tree.").into())
        }
        found => found,
    }
}

/// As it is now, after something was done to it.
async fn reloaded(api: &Api, id: i64) -> Result<Detail, Refusal> {
    let detail = detail::find(&*api.site.app.db, id).await?;
    detail.ok_or_else(|| not_found("The page is gone.").into())
}
