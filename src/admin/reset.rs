//! A forgotten password: asking for the link, and using it. Nobody learns here which users there are.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use serde_json::json;

use super::entry::Speaks;
use super::{Admin, login, only, sentence};
use crate::accounts::{AccountError, By};
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminReset;
const ASK: &str = "admin/reset.html";
const SET: &str = "admin/new_password.html";
const INVALID: &str = "This link was used, or is older than an hour. Ask for a new one.";

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
        Ok(Some(username)) => admin.html(StatusCode::OK, ROUTE, SET, context(&admin, &token, &username)),
        Ok(None) => admin.message(StatusCode::NOT_FOUND, ROUTE, INVALID),
        Err(error) => admin.failed(ROUTE, Speaks::Html, &error),
    }
}

fn context(admin: &Admin, token: &str, username: &str) -> serde_json::Value {
    let least = admin.app.config.accounts.min_password_length;
    json!({ "token": token, "username": username, "min_password_length": least })
}

async fn set(State(admin): State<Arc<Admin>>, Path(token): Path<String>, request: Request) -> Response {
    let (_, visit, form) = match login::attempt(&admin, request, ROUTE).await {
        Ok(attempt) => attempt,
        Err(refused) => return refused,
    };
    let accounts = &admin.app.accounts;
    match accounts.accept_reset(&token, form.first("password").unwrap_or_default(), &visit.network).await {
        Ok(()) => admin.html(StatusCode::OK, ROUTE, "admin/login.html", json!({ "said": "Your password is changed." })),
        Err(AccountError::ResetInvalid) => admin.message(StatusCode::NOT_FOUND, ROUTE, INVALID),
        Err(AccountError::Password(problem)) => {
            let mut context = context(&admin, &token, "");
            context["error"] = json!(sentence(&problem.to_string()));
            admin.html(StatusCode::UNPROCESSABLE_ENTITY, ROUTE, SET, context)
        }
        Err(error) => admin.failed(ROUTE, Speaks::Html, &error),
    }
}
