//! The first superuser, by the link that the server printed.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use http::header::SET_COOKIE;
use serde_json::json;

use super::answer::{retry_after, see_other};
use super::entry::Speaks;
use super::{Admin, info, login, place, sentence, visit};
use crate::accounts::{AccountError, NewUser};
use crate::http::session_cookie as cookie;
use crate::http::throttle::Network;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminWelcome;
const TEMPLATE: &str = "admin/welcome.html";
const INVALID: &str = "This link was used, or is older than an hour. While there is no user, each start of the server \
                       prints a new one.";
const TRY_LATER: &str = "There were too many attempts. Please try again in a minute.";

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
    let (info, visit) = (info(&request), visit(&request, &info(&request)));
    if let Some(refused) = admin.refuse_foreign(&request, &info, ROUTE) {
        return refused;
    }
    if let Err(wait) = admin.throttle.take(Network::of(info.client), login::THROTTLED) {
        return retry_after(admin.message(StatusCode::TOO_MANY_REQUESTS, ROUTE, TRY_LATER), wait.as_secs() + 1);
    }
    let form = match admin.form(request, ROUTE).await {
        Ok(form) => form,
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
        Ok(session) => {
            let mut response = see_other(place::HOME, ROUTE);
            let seconds = admin.app.config.accounts.session_max().as_secs();
            response.headers_mut().insert(SET_COOKIE, cookie::set(&session, info.scheme, seconds));
            response
        }
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
                "errors": { field: sentence(&error.to_string()) },
            });
            admin.html(StatusCode::UNPROCESSABLE_ENTITY, ROUTE, TEMPLATE, context)
        }
    }
}
