//! The first superuser, by the link that the server printed.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::json;

use super::entry::Speaks;
use super::{Admin, login, place, words};
use crate::accounts::{AccountError, NewUser};
use crate::admin::texts::{Said, said};
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminWelcome;
const TEMPLATE: &str = "admin/welcome.html";
const INVALID: Said = said("welcome-link-over");

pub(super) async fn page(State(admin): State<Arc<Admin>>, Path(token): Path<String>) -> Response {
    match admin.app.accounts.is_welcome(&token).await {
        Ok(true) => {
            let least = admin.app.config.accounts.min_password_length;
            admin.html(StatusCode::OK, ROUTE, TEMPLATE, json!({ "token": token, "min_password_length": least }))
        }
        Ok(false) => admin.message(StatusCode::NOT_FOUND, ROUTE, INVALID),
        Err(error) => admin.failed(ROUTE, Speaks::Html, &error),
    }
}

pub(super) async fn submit(State(admin): State<Arc<Admin>>, Path(token): Path<String>, request: Request) -> Response {
    let (info, visit, form) = match login::attempt(&admin, request, ROUTE).await {
        Ok(attempt) => attempt,
        Err(refused) => return refused,
    };
    let text = |name: &str| form.first(name).unwrap_or_default().to_owned();
    let new = NewUser {
        username: text("username"),
        email: text("email"),
        name: text("name"),
        password: text("password"),
        is_superuser: true,
    };
    match admin.app.accounts.accept_welcome(&token, new, &visit).await {
        Ok(session) => login::come_in(&admin, &info, &session, place::HOME, ROUTE),
        Err(AccountError::WelcomeInvalid) => admin.message(StatusCode::NOT_FOUND, ROUTE, INVALID),
        Err(error @ (AccountError::Db(_) | AccountError::Hashing(_))) => admin.failed(ROUTE, Speaks::Html, &error),
        Err(error) => {
            let field = match error {
                AccountError::UsernameInvalid | AccountError::UsernameTaken(_) => "username",
                AccountError::EmailInvalid | AccountError::TooLong { field: "email", .. } => "email",
                AccountError::Password(_) => "password",
                _ => "name",
            };
            let context = json!({
                "token": token,
                "min_password_length": admin.app.config.accounts.min_password_length,
                "username": text("username"), "email": text("email"), "name": text("name"),
                "errors": { field: words::account(&error) },
            });
            admin.html(StatusCode::UNPROCESSABLE_ENTITY, ROUTE, TEMPLATE, context)
        }
    }
}
