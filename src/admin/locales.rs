//! Languages: which there are, and which one new trees are written in. One that a page is written in stays.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::answer::see_other;
use super::entry::Seat;
use super::manage::{self, Problem, text};
use super::refusal::Done;
use super::{Admin, only, usage};
use crate::accounts::GlobalPermission;
use crate::admin::texts::said;
use crate::content::SiteError;
use crate::content::locale::{self, Locale};
use crate::content::object_log::Of;
use crate::http::form::FormData;
use crate::telemetry::label::{ObjectKind, Route};

const ROUTE: Route = Route::AdminLocales;
const NEEDS: GlobalPermission = GlobalPermission::Locales;
const URL: &str = "/admin/locales/";

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new()
        .route("/admin/locales/", only(get(page).post(add), ROUTE))
        .route("/admin/locales/{code}/default/", only(post(set_default), ROUTE))
        .route("/admin/locales/{code}/delete/", only(post(delete), ROUTE))
}

async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    admin
        .manage_page(request, ROUTE, NEEDS, async |seat, _| show(&admin, seat, &FormData::parse(b""), None).await)
        .await
}

async fn add(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let work = async |seat: &Seat, form: &FormData| {
        let made = admin.app.content.create_locale(text(form, "code"), form.first("name"), seat.actor()).await;
        finish(&admin, seat, form, made.map(|_| ())).await
    };
    admin.manage_form(request, ROUTE, NEEDS, work).await
}

async fn set_default(State(admin): State<Arc<Admin>>, Path(code): Path<String>, request: Request) -> Response {
    let work = async |seat: &Seat, form: &FormData| {
        finish(&admin, seat, form, admin.app.content.set_default_locale(&code, seat.actor()).await).await
    };
    admin.manage_form(request, ROUTE, NEEDS, work).await
}

async fn delete(State(admin): State<Arc<Admin>>, Path(code): Path<String>, request: Request) -> Response {
    let work = async |seat: &Seat, form: &FormData| {
        finish(&admin, seat, form, admin.app.content.delete_locale(&code, seat.actor()).await).await
    };
    admin.manage_form(request, ROUTE, NEEDS, work).await
}

/// Back to the list; with what was wrong, if something was.
async fn finish(admin: &Admin, seat: &Seat, form: &FormData, done: Result<(), SiteError>) -> Done {
    match done {
        Ok(()) => Ok(see_other(URL, ROUTE)),
        Err(error) => show(admin, seat, form, Some(&manage::site_problem(error)?)).await,
    }
}

async fn show(admin: &Admin, seat: &Seat, form: &FormData, problem: Option<&Problem>) -> Done {
    let locales = locale::list(&admin.app.db).await?;
    let shown = |known: &Locale| {
        json!({
            "code": known.code, "name": known.name, "is_default": known.is_default, "pages": known.pages,
            "url": format!("{URL}{}/", known.code),
        })
    };
    let mut events = usage::log(admin, seat, Of { kind: ObjectKind::Locale, id: 0, type_name: "" }).await?;
    for event in &mut events {
        event["event"] =
            json!(said("event-of").with("event", event["event"].take()).with("name", event["title"].take()));
    }
    let context = json!({
        "events": events,
        "locales": locales.iter().map(shown).collect::<Vec<Value>>(),
        "url": URL,
        "code": text(form, "code"),
        "name": text(form, "name"),
    });
    admin.form_page(seat, "admin/sites/locales.html", context, problem)
}
