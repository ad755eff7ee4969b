//! A forgotten password: asking for the link, and using it. Nobody learns here which users there are.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use serde_json::{Value, json};

use super::entry::Speaks;
use super::{Admin, login, only, words};
use crate::accounts::{AccountError, By, Holder, Passkeys};
use crate::admin::texts::{Said, said};
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminReset;
const ASK: &str = "admin/reset.html";
const SET: &str = "admin/new_password.html";
const INVALID: Said = said("reset-link-over");

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new()
        .route("/admin/reset/", only(get(page).post(ask), ROUTE))
        .route("/admin/reset/{token}", only(get(link).post(set), ROUTE))
}

async fn page(State(admin): State<Arc<Admin>>) -> Response {
    admin.html(StatusCode::OK, ROUTE, ASK, json!({}))
}

async fn ask(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let (_, visit, form) = match login::attempt(&admin, request, ROUTE).await {
        Ok(attempt) => attempt,
        Err(refused) => return refused,
    };
    let by = By { actor: String::new(), network: visit.network };
    match admin.app.accounts.ask_for_reset(form.first("name").unwrap_or_default(), &by).await {
        Ok(()) => {
            admin.app.content.jobs.wake();
            admin.html(StatusCode::OK, ROUTE, ASK, json!({ "asked": true }))
        }
        Err(error) => admin.failed(ROUTE, Speaks::Html, &error),
    }
}

async fn link(State(admin): State<Arc<Admin>>, Path(token): Path<String>) -> Response {
    match admin.app.accounts.find_reset(&token).await {
        Ok(Some(holder)) => admin.html(StatusCode::OK, ROUTE, SET, context(&admin, &token, Some(&holder))),
        Ok(None) => admin.message(StatusCode::NOT_FOUND, ROUTE, INVALID),
        Err(error) => admin.failed(ROUTE, Speaks::Html, &error),
    }
}

fn context(admin: &Admin, token: &str, holder: Option<&Holder>) -> Value {
    json!({
        "token": token,
        "username": holder.map(|holder| &holder.username),
        "passkeys": holder.map_or(0, |holder| holder.passkeys),
        "min_password_length": admin.app.config.accounts.min_password_length,
    })
}

async fn set(State(admin): State<Arc<Admin>>, Path(token): Path<String>, request: Request) -> Response {
    let (info, visit, form) = match login::attempt(&admin, request, ROUTE).await {
        Ok(attempt) => attempt,
        Err(refused) => return refused,
    };
    let accounts = &admin.app.accounts;
    let passkeys = if form.first("passkeys") == Some("remove") { Passkeys::Removed } else { Passkeys::Kept };
    let password = form.first("password").unwrap_or_default();
    match accounts.accept_reset(&token, password, passkeys, &visit.network).await {
        Ok(()) => login::show(&admin, &info, ROUTE, StatusCode::OK, json!({ "said": said("password-changed") })),
        Err(AccountError::ResetInvalid) => admin.message(StatusCode::NOT_FOUND, ROUTE, INVALID),
        Err(AccountError::Password(problem)) => {
            // The link works still; when it cannot be asked whose it is, what it can do is not lost.
            let holder = accounts.find_reset(&token).await.ok().flatten();
            let mut context = context(&admin, &token, holder.as_ref());
            context["keeps_passkeys"] = json!(passkeys == Passkeys::Kept);
            context["error"] = json!(words::password(problem));
            admin.html(StatusCode::UNPROCESSABLE_ENTITY, ROUTE, SET, context)
        }
        Err(error) => admin.failed(ROUTE, Speaks::Html, &error),
    }
}
