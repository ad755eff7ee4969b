//! Passkeys: a sign-in without a password, and those of one's own account. A script of ours speaks with the device, in JSON
//! both ways; renaming and removing are plain forms.

mod door;
mod own;
mod party;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::post;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Admin, only};
use crate::accounts::Begun;
use crate::admin::texts::said;
use crate::telemetry::label::Route;
pub(super) use own::{facts, notice};
pub(super) use party::party;

/// Longest answer of a device, in bytes: some hundred, and some thousand with certificates that nobody asked for.
const MAX_BODY_BYTES: usize = 32 << 10;
/// Of [`Admin::throttle`]: asking for a challenge, which each look at the page where one signs in does.
const BEGUN: i64 = 1;
/// Challenges for all visitors of one node in a minute: of a network that has many addresses none pushes out what others
/// wait for, as ten thousand may wait for five minutes.
pub(super) const BEGUN_BY_ALL: u32 = 600;

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new()
        .route("/admin/login/passkey/", only(post(door::submit), Route::AdminLoginPasskey))
        .route("/admin/login/passkey/begin/", only(post(door::begin), Route::AdminLoginPasskey))
        .route("/admin/account/passkeys/", only(post(own::add), Route::AdminAccount))
        .route("/admin/account/passkeys/begin/", only(post(own::begin), Route::AdminAccount))
        .route("/admin/account/passkeys/{id}/", only(post(own::rename), Route::AdminAccount))
        .route("/admin/account/passkeys/{id}/remove/", only(post(own::remove), Route::AdminAccount))
}

/// The JSON of a request; else the answer that says what is wrong with it.
async fn body<T: DeserializeOwned>(admin: &Admin, request: Request, route: Route) -> Result<T, Response> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        let text = said("only-json");
        return Err(admin.problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, route, "wrong_media_type", text));
    }
    let Ok(bytes) = axum::body::to_bytes(request.into_body(), MAX_BODY_BYTES).await else {
        return Err(admin.problem(StatusCode::PAYLOAD_TOO_LARGE, route, "too_large", said("answer-too-large")));
    };
    let wrong = |_| admin.problem(StatusCode::UNPROCESSABLE_ENTITY, route, "invalid", said("not-what-is-sent-here"));
    serde_json::from_slice(&bytes).map_err(wrong)
}

/// What the device is asked.
fn asked(begun: &Begun) -> Value {
    json!({ "ceremony": begun.ceremony, "options": begun.options })
}

/// The refusal where no site is.
fn nowhere(admin: &Admin, route: Route) -> Response {
    let text = said("passkeys-need-https");
    admin.problem(StatusCode::NOT_FOUND, route, "not_found", text)
}
