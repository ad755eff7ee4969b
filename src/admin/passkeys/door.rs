//! Signing in with a passkey: what the device is asked, and its answer.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use http::header::SET_COOKIE;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{BEGUN, asked, body, nowhere, party};
use crate::accounts::{PasskeyAttempt, Verdict};
use crate::admin::answer::retry_after;
use crate::admin::entry::Speaks;
use crate::admin::texts::{Said, said};
use crate::admin::{Admin, info, login, place, visit};
use crate::clock::Micros;
use crate::http::session_cookie as cookie;
use crate::http::throttle::Network;
use crate::telemetry::label::{AuthMethod, AuthOutcome, Route};

const ROUTE: Route = Route::AdminLoginPasskey;
/// The same for a passkey that nobody has, one that is not right, and an account that was closed.
const WRONG: Said = said("passkey-not-taken");
const OVER: Said = said("took-too-long");

#[derive(Deserialize)]
struct Answer {
    ceremony: String,
    credential: Value,
    #[serde(default)]
    next: String,
}

pub(super) async fn begin(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let info = info(&request);
    if let Some(refused) = admin.refuse_foreign(&request, &info, ROUTE) {
        return refused;
    }
    if let Err(wait) = admin.throttle.take(Network::of(info.client), BEGUN) {
        let answer = admin.problem(StatusCode::TOO_MANY_REQUESTS, ROUTE, "too_many", login::TRY_LATER);
        return retry_after(answer, wait.as_secs() + 1);
    }
    let Some(party) = party(&admin, &info) else { return nowhere(&admin, ROUTE) };
    if let Err(wait) = admin.begun.take(Network::ALL, BEGUN) {
        admin.app.accounts.count_attempt(AuthMethod::Passkey, AuthOutcome::Throttled);
        let answer = admin.problem(StatusCode::TOO_MANY_REQUESTS, ROUTE, "too_many", login::TRY_LATER);
        return retry_after(answer, wait.as_secs() + 1);
    }
    match admin.app.accounts.begin_passkey_login(&party).await {
        Ok(begun) => admin.json(StatusCode::OK, ROUTE, asked(&begun)),
        Err(error) => admin.failed(ROUTE, Speaks::Json, &error),
    }
}

pub(super) async fn submit(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let (info, visit) = (info(&request), visit(&request, &info(&request)));
    let replaces = cookie::token(request.headers(), info.scheme).map(str::to_owned);
    if let Some(refused) = admin.refuse_foreign(&request, &info, ROUTE) {
        return refused;
    }
    // Before anything is read: a refusal must cost less than an attempt.
    if let Err(wait) = admin.throttle.take(Network::of(info.client), login::THROTTLED) {
        admin.app.accounts.count_attempt(AuthMethod::Passkey, AuthOutcome::Throttled);
        let answer = admin.problem(StatusCode::TOO_MANY_REQUESTS, ROUTE, "too_many", login::TRY_LATER);
        return retry_after(answer, wait.as_secs() + 1);
    }
    let answer: Answer = match body(&admin, request, ROUTE).await {
        Ok(answer) => answer,
        Err(refused) => return refused,
    };
    let Some(party) = party(&admin, &info) else { return nowhere(&admin, ROUTE) };
    let attempt = PasskeyAttempt {
        ceremony: &answer.ceremony,
        credential: answer.credential,
        visit: &visit,
        replaces: replaces.as_deref(),
    };
    match admin.app.accounts.log_in_with_passkey(&party, attempt).await {
        Ok(Verdict::In(token)) => {
            let next = json!({ "next": place::within(&answer.next) });
            let mut response = admin.json(StatusCode::OK, ROUTE, next);
            response.headers_mut().insert(SET_COOKIE, login::kept(&admin, &info, &token));
            response
        }
        Ok(Verdict::Expired) => admin.problem(StatusCode::FORBIDDEN, ROUTE, "expired", OVER),
        Ok(Verdict::Locked { until }) => {
            let wait_s = (until.0 - Micros::now().0).max(0) as u64 / 1_000_000 + 1;
            retry_after(admin.problem(StatusCode::TOO_MANY_REQUESTS, ROUTE, "too_many", login::TRY_LATER), wait_s)
        }
        Ok(_) => admin.problem(StatusCode::FORBIDDEN, ROUTE, "refused", WRONG),
        Err(error) => admin.failed(ROUTE, Speaks::Json, &error),
    }
}
