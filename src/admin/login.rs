//! Signing in.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use http::header::{CONTENT_SECURITY_POLICY, HeaderValue, SET_COOKIE};
use serde_json::{Value, json};

use super::answer::{DOOR_POLICY, retry_after, see_other};
use super::entry::Speaks;
use super::passkeys::party;
use super::{Admin, info, place, visit};
use crate::accounts::{Attempt, Verdict, Visit};
use crate::admin::texts::{Said, said};
use crate::clock::Micros;
use crate::http::form::FormData;
use crate::http::session_cookie as cookie;
use crate::http::stack::RequestInfo;
use crate::http::throttle::Network;
use crate::telemetry::label::{AuthMethod, AuthOutcome, Route};

const ROUTE: Route = Route::AdminLogin;
const TEMPLATE: &str = "admin/login.html";
const CODE_TEMPLATE: &str = "admin/code.html";
const WRONG_CODE: Said = said("wrong-code");
const BEGIN_AGAIN: Said = said("begin-sign-in-again");
/// The same for a name that nobody has, a wrong password, and an account that was closed.
const WRONG: Said = said("wrong-name-or-password");
pub(super) const TRY_LATER: Said = said("too-many-attempts");
const BUSY: Said = said("server-busy");
/// Of [`Admin::throttle`].
pub(super) const THROTTLED: i64 = 0;
/// When too many passwords are being checked.
const BUSY_S: u64 = 5;

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let query = FormData::parse(request.uri().query().unwrap_or_default().as_bytes());
    let next = query.first("next").unwrap_or_default();
    let next = place::within(next);
    let info = info(&request);
    match admin.signed_in(request.headers(), info.scheme).await {
        Ok(Some(_)) => see_other(next, ROUTE),
        Ok(None) => show(&admin, &info, ROUTE, StatusCode::OK, json!({ "next": next })),
        Err(error) => admin.failed(ROUTE, Speaks::Html, &error),
    }
}

/// The form of somebody who is not signed in, from our own page, and not too often.
pub(super) async fn attempt(
    admin: &Admin,
    request: Request,
    route: Route,
) -> Result<(RequestInfo, Visit, FormData), Response> {
    let (info, visit) = (info(&request), visit(&request, &info(&request)));
    if let Some(refused) = admin.refuse_foreign(&request, &info, route) {
        return Err(refused);
    }
    if let Err(wait) = admin.throttle.take(Network::of(info.client), THROTTLED) {
        return Err(retry_after(admin.message(StatusCode::TOO_MANY_REQUESTS, route, TRY_LATER), wait.as_secs() + 1));
    }
    let form = admin.form(request, route).await?;
    Ok((info, visit, form))
}

/// The way on, with a session.
pub(super) fn come_in(admin: &Admin, info: &RequestInfo, token: &str, next: &str, route: Route) -> Response {
    let mut response = see_other(next, route);
    response.headers_mut().insert(SET_COOKIE, kept(admin, info, token));
    response
}

/// The cookie of a new session.
pub(super) fn kept(admin: &Admin, info: &RequestInfo, token: &str) -> HeaderValue {
    cookie::set(token, info.scheme, admin.app.config.accounts.session_max().as_secs())
}

/// The page, in which a passkey may be asked for.
pub(super) fn show(
    admin: &Admin,
    info: &RequestInfo,
    route: Route,
    status: StatusCode,
    mut context: Value,
) -> Response {
    let takes_passkeys = party(admin, info).is_some();
    context["takes_passkeys"] = json!(takes_passkeys);
    let mut response = admin.html(status, route, TEMPLATE, context);
    if takes_passkeys {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(DOOR_POLICY));
    }
    response
}

/// The second step.
pub(super) async fn submit_code(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let route = Route::AdminLoginCode;
    let (info, visit) = (info(&request), visit(&request, &info(&request)));
    if let Some(refused) = admin.refuse_foreign(&request, &info, route) {
        return refused;
    }
    let throttled = admin.throttle.take(Network::of(info.client), THROTTLED);
    let form = match admin.form(request, route).await {
        Ok(form) => form,
        Err(refused) => return refused,
    };
    let next = place::within(form.first("next").unwrap_or_default());
    let challenge = form.first("challenge").unwrap_or_default();
    let again = |status: StatusCode, error: Said| {
        let context = json!({ "next": next, "challenge": challenge, "error": error });
        admin.html(status, route, CODE_TEMPLATE, context)
    };
    if let Err(wait) = throttled {
        admin.app.accounts.count_attempt(AuthMethod::Code, AuthOutcome::Throttled);
        return retry_after(again(StatusCode::TOO_MANY_REQUESTS, TRY_LATER), wait.as_secs() + 1);
    }
    let code = form.first("code").unwrap_or_default();
    match admin.app.accounts.answer_challenge(challenge, code, &visit).await {
        Ok(Verdict::In(token)) => come_in(&admin, &info, &token, next, route),
        Ok(Verdict::Wrong) => again(StatusCode::FORBIDDEN, WRONG_CODE),
        Ok(_) => {
            let context = json!({ "next": next, "username": "", "error": BEGIN_AGAIN });
            show(&admin, &info, route, StatusCode::FORBIDDEN, context)
        }
        Err(error) => admin.failed(route, Speaks::Html, &error),
    }
}

pub(super) async fn submit(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let (info, visit) = (info(&request), visit(&request, &info(&request)));
    let replaces = cookie::token(request.headers(), info.scheme).map(str::to_owned);
    if let Some(refused) = admin.refuse_foreign(&request, &info, ROUTE) {
        return refused;
    }
    // Before anything is read: a refusal must cost less than an attempt.
    let throttled = admin.throttle.take(Network::of(info.client), THROTTLED);
    let form = match admin.form(request, ROUTE).await {
        Ok(form) => form,
        Err(refused) => return refused,
    };
    let username = form.first("username").unwrap_or_default();
    let next = place::within(form.first("next").unwrap_or_default());
    let again = |status: StatusCode, error: Said| {
        show(&admin, &info, ROUTE, status, json!({ "next": next, "username": username, "error": error }))
    };
    if let Err(wait) = throttled {
        admin.app.accounts.count_attempt(AuthMethod::Password, AuthOutcome::Throttled);
        return retry_after(again(StatusCode::TOO_MANY_REQUESTS, TRY_LATER), wait.as_secs() + 1);
    }
    let password = form.first("password").unwrap_or_default();
    let attempt = Attempt { username, password, visit: &visit, replaces: replaces.as_deref() };
    match admin.app.accounts.log_in(&attempt).await {
        Ok(Verdict::In(token)) => come_in(&admin, &info, &token, next, ROUTE),
        Ok(Verdict::NeedsCode(challenge)) => {
            admin.html(StatusCode::OK, ROUTE, CODE_TEMPLATE, json!({ "next": next, "challenge": challenge }))
        }
        Ok(Verdict::Wrong | Verdict::Expired) => again(StatusCode::FORBIDDEN, WRONG),
        Ok(Verdict::Locked { until }) => {
            let wait_s = (until.0 - Micros::now().0).max(0) as u64 / 1_000_000 + 1;
            retry_after(again(StatusCode::TOO_MANY_REQUESTS, TRY_LATER), wait_s)
        }
        Ok(Verdict::Busy) => retry_after(again(StatusCode::SERVICE_UNAVAILABLE, BUSY), BUSY_S),
        Err(error) => admin.failed(ROUTE, Speaks::Html, &error),
    }
}
