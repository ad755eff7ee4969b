//! Settings in the editor: what there is to set, the form, what was changed, and the way back to the defaults.

mod edit;
mod list;
mod preview;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{get, post};

use super::entry::{Seat, Speaks};
use super::pages::ids;
use super::refusal::Refusal;
use super::{Admin, only};
use crate::admin::texts::said;
use crate::content::site::{self, Site};
use crate::content::types::{ContentType, Kind, Scope, Types};
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminSettings;
/// In the place of a site, for what is set for all of them together.
const ALL_SITES: &str = "all";

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new()
        .route("/admin/settings/", only(get(list::page), ROUTE))
        .route("/admin/settings/{type}/", only(get(list::of_type), ROUTE))
        .route("/admin/settings/{type}/{site}/", only(get(edit::page).post(edit::save), ROUTE))
        .route("/admin/settings/{type}/{site}/preview/", only(get(preview::current).post(preview::unsaved), ROUTE))
        .route("/admin/settings/{type}/{site}/history/", only(get(edit::history), ROUTE))
        .route("/admin/settings/{type}/{site}/revert/", only(post(edit::revert), ROUTE))
}

/// Lets in whoever may change settings of some site, or of all.
fn enter<'a>(
    admin: &'a Admin,
    request: &Request,
    speaks: Speaks,
) -> impl Future<Output = Result<Seat, Response>> + Send + use<'a> {
    let entered = admin.enter(request, ROUTE, speaks);
    async move {
        let seat = entered.await?;
        match seat.grants.may_set_some() {
            true => Ok(seat),
            false => Err(admin.forbid(&seat, said("may-not-do-this"))),
        }
    }
}

/// As [`site_of`], for those who may change the settings there.
async fn permitted(admin: &Admin, seat: &Seat, of_type: &ContentType, text: &str) -> Result<Option<Site>, Refusal> {
    let site = site_of(admin, of_type, text).await?;
    match seat.grants.may_set(site.as_ref().map(|site| site.id)) {
        true => Ok(site),
        false => Err(Refusal::Forbidden(said("may-not-change-these-settings"))),
    }
}

fn type_of<'t>(types: &'t Types, name: &str) -> Result<&'t ContentType, Refusal> {
    let found = types.find(name).filter(|found| found.kind == Kind::Settings);
    found.ok_or(Refusal::Missing(said("no-such-type-of-settings")))
}

async fn sites(admin: &Admin) -> Result<Vec<Site>, Refusal> {
    Ok(site::list(&*admin.app.db, &admin.app.config.server.base_url).await?)
}

/// The site of an address; none for settings of all sites together.
async fn site_of(admin: &Admin, of_type: &ContentType, text: &str) -> Result<Option<Site>, Refusal> {
    let nothing = || Refusal::Missing(said("no-such-site"));
    if of_type.scope == Scope::Global {
        return if text == ALL_SITES { Ok(None) } else { Err(nothing()) };
    }
    let id = ids::parse(text).ok_or_else(nothing)?;
    let found = sites(admin).await?.into_iter().find(|site| site.id == id);
    found.map(Some).ok_or_else(nothing)
}

/// `site`: none for all of them together.
fn url(of_type: &ContentType, site: Option<i64>) -> String {
    let site = site.map_or_else(|| ALL_SITES.to_owned(), |id| id.to_string());
    format!("/admin/settings/{}/{site}/", of_type.name)
}
