//! One's own account: its password, and the second step of signing in. Whatever guards the account is changed with the
//! password alone.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::StatusCode;
use qrcode::QrCode;
use qrcode::render::svg;
use serde_json::{Value, json};

use super::answer::{retry_after, see_other};
use super::entry::{Seat, Speaks};
use super::pages::query_of;
use super::refusal::Done;
use super::{Admin, login, only, passkeys, pictures, profile, words};
use crate::accounts::AccountError;
use crate::admin::texts::{Said, said};
use crate::http::form::FormData;
use crate::http::throttle::Network;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminAccount;
const TEMPLATE: &str = "admin/account.html";
const HERE: &str = "/admin/account/";
const WRONG_PASSWORD: Said = said("wrong-password");

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new()
        .route(HERE, only(get(page), ROUTE))
        .route("/admin/account/password/", only(post(change_password), ROUTE))
        .route("/admin/account/two-step/", only(post(begin), ROUTE))
        .route("/admin/account/two-step/confirm/", only(post(confirm), ROUTE))
        .route("/admin/account/two-step/off/", only(post(end), ROUTE))
        .route("/admin/account/recovery-codes/", only(post(renew), ROUTE))
}

async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let done = query_of(&request).first("said").unwrap_or_default().to_owned();
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    let context = json!({ "said": passkeys::notice(&done).or_else(|| pictures::notice(&done)), "done": done });
    admin.answer(entering, async |seat| Ok(show(&admin, seat, StatusCode::OK, context).await)).await
}

/// The page, with what there is to say about a form of it.
pub(super) async fn show(admin: &Admin, seat: &Seat, status: StatusCode, mut context: Value) -> Response {
    let facts = async {
        let standing = admin.app.accounts.two_step(seat.session.account_id).await?;
        let passkeys = passkeys::facts(admin, seat).await?;
        Ok::<_, AccountError>((standing, passkeys, profile::facts(admin, seat).await?))
    };
    match facts.await {
        Ok((standing, passkeys, mut facts)) => {
            context["passkeys"] = passkeys;
            // What was typed stays.
            for known in ["profile", "zones", "sessions"] {
                if context[known].is_null() {
                    context[known] = facts[known].take();
                }
            }
            context["two_step"] = json!({ "is_on": standing.is_on, "codes_left": standing.codes_left });
            context["face"] = seat.face();
            context["username"] = json!(seat.session.username);
            context["min_password_length"] = json!(admin.app.config.accounts.min_password_length);
            let mut response = admin.page(seat, TEMPLATE, context);
            *response.status_mut() = status;
            response
        }
        Err(error) => admin.failed(ROUTE, seat.speaks, &error),
    }
}

/// What a form about one's own account changes.
pub(super) async fn with_form(
    admin: &Admin,
    request: Request,
    work: impl AsyncFnOnce(&Seat, &FormData) -> Done,
) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    let work = async |seat: &Seat| {
        let form = admin.form(request, ROUTE).await?;
        work(seat, &form).await
    };
    admin.answer(entering, work).await
}

/// As [`with_form`], with the password once more.
async fn proven(
    admin: &Admin,
    request: Request,
    place: &str,
    work: impl AsyncFnOnce(&Seat, &FormData) -> Done,
) -> Response {
    let work = async |seat: &Seat, form: &FormData| {
        prove(admin, seat, form, place, None).await?;
        work(seat, form).await
    };
    with_form(admin, request, work).await
}

/// Why the password that was asked for once more does not do.
pub(super) struct Unproven {
    pub status: StatusCode,
    pub text: Said,
    /// Seconds until it may be tried again.
    pub wait_s: Option<u64>,
}

/// Whether the password was given once more: a screen that was left open changes nothing.
pub(super) async fn check_password(admin: &Admin, seat: &Seat, form: &FormData) -> Result<Option<Unproven>, Response> {
    let unproven = |status, text, wait_s| Some(Unproven { status, text, wait_s });
    if let Err(wait) = admin.throttle.take(Network::of(seat.info.client), login::THROTTLED) {
        let text = said("too-many-attempts");
        return Ok(unproven(StatusCode::TOO_MANY_REQUESTS, text, Some(wait.as_secs() + 1)));
    }
    let given = form.first("current").unwrap_or_default();
    match admin.app.accounts.is_password_of(&seat.session.username, given, &seat.by()).await {
        Ok(true) => Ok(None),
        Ok(false) => Ok(unproven(StatusCode::FORBIDDEN, WRONG_PASSWORD, None)),
        Err(error @ AccountError::PasswordLocked { wait_s }) => {
            Ok(unproven(StatusCode::TOO_MANY_REQUESTS, words::account(&error), Some(wait_s)))
        }
        Err(error) => Err(admin.failed(ROUTE, seat.speaks, &error)),
    }
}

/// As [`check_password`], with the page of the account as the answer to a wrong one.
/// `kept`: what the page shows of what was typed beside it.
pub(super) async fn prove(
    admin: &Admin,
    seat: &Seat,
    form: &FormData,
    place: &str,
    kept: Option<Value>,
) -> Result<(), Response> {
    let Some(Unproven { status, text, wait_s }) = check_password(admin, seat, form).await? else { return Ok(()) };
    let mut context = kept.unwrap_or_else(|| json!({}));
    context["errors"] = json!({ place: text });
    let answer = show(admin, seat, status, context).await;
    Err(match wait_s {
        Some(wait_s) => retry_after(answer, wait_s),
        None => answer,
    })
}

async fn change_password(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let work = async |seat: &Seat, form: &FormData| {
        let (session, new) = (&seat.session, form.first("password").unwrap_or_default());
        let changed =
            admin.app.accounts.set_password(&session.username, new, Some(session.session_id), &seat.by()).await;
        match changed {
            Ok(()) => {
                let said = said("password-changed-and-sessions-ended");
                Ok(show(&admin, seat, StatusCode::OK, json!({ "said": said })).await)
            }
            Err(error @ AccountError::Password(_)) => {
                let context = json!({ "errors": { "password": words::account(&error) } });
                Ok(show(&admin, seat, StatusCode::UNPROCESSABLE_ENTITY, context).await)
            }
            Err(error) => Ok(admin.failed(ROUTE, seat.speaks, &error)),
        }
    };
    proven(&admin, request, "current", work).await
}

async fn begin(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let work = async |seat: &Seat, _: &FormData| match admin.app.accounts.begin_two_step(&seat.session).await {
        Ok(enrolment) => {
            let image = QrCode::new(enrolment.url.as_bytes())
                .map(|code| code.render::<svg::Color<'_>>().min_dimensions(200, 200).quiet_zone(true).build());
            let context = json!({ "secret": spaced(&enrolment.secret), "image": image.map(picture).ok() });
            Ok(admin.page(seat, "admin/two_step.html", context))
        }
        Err(AccountError::TwoStepOn) => Ok(see_other(HERE, ROUTE)),
        Err(error) => Ok(admin.failed(ROUTE, seat.speaks, &error)),
    };
    proven(&admin, request, "two_step", work).await
}

/// An SVG as the address of an image: nothing in it is part of the page.
fn picture(svg: String) -> String {
    format!("data:image/svg+xml;base64,{}", data_encoding::BASE64.encode(svg.as_bytes()))
}

/// In groups of four, as people type.
fn spaced(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    letters.chunks(4).map(|part| part.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

async fn confirm(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let work = async |seat: &Seat, form: &FormData| {
        let code = form.first("code").unwrap_or_default();
        match admin.app.accounts.confirm_two_step(&seat.session, code, &seat.by()).await {
            Ok(codes) => Ok(admin.page(seat, "admin/recovery_codes.html", json!({ "codes": codes, "is_new": true }))),
            Err(AccountError::CodeWrong) => {
                let text = said("wrong-code-begin-again");
                let context = json!({ "errors": { "two_step": text } });
                Ok(show(&admin, seat, StatusCode::UNPROCESSABLE_ENTITY, context).await)
            }
            Err(error) => Ok(admin.failed(ROUTE, seat.speaks, &error)),
        }
    };
    with_form(&admin, request, work).await
}

async fn end(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let work = async |seat: &Seat, _: &FormData| {
        let session = &seat.session;
        match admin.app.accounts.end_two_step(session.account_id, &session.username, &seat.by()).await {
            Ok(_) => Ok(see_other(HERE, ROUTE)),
            Err(error) => Ok(admin.failed(ROUTE, seat.speaks, &error)),
        }
    };
    proven(&admin, request, "two_step", work).await
}

async fn renew(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let work = async |seat: &Seat, _: &FormData| {
        let accounts = &admin.app.accounts;
        match accounts.two_step(seat.session.account_id).await {
            Ok(standing) if !standing.is_on => return Ok(see_other(HERE, ROUTE)),
            Ok(_) => {}
            Err(error) => return Ok(admin.failed(ROUTE, seat.speaks, &error)),
        }
        match accounts.renew_recovery_codes(&seat.session, &seat.by()).await {
            Ok(codes) => Ok(admin.page(seat, "admin/recovery_codes.html", json!({ "codes": codes, "is_new": false }))),
            Err(error) => Ok(admin.failed(ROUTE, seat.speaks, &error)),
        }
    };
    proven(&admin, request, "two_step", work).await
}
