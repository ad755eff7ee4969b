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
use super::{Admin, login, only, passkeys, profile, sentence};
use crate::accounts::AccountError;
use crate::http::form::FormData;
use crate::http::throttle::Network;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminAccount;
const TEMPLATE: &str = "admin/account.html";
const HERE: &str = "/admin/account/";
const WRONG_PASSWORD: &str = "This is not your password.";

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
    let query = query_of(&request);
    let done = query.first("said").unwrap_or_default().to_owned();
    match admin.enter(&request, ROUTE, Speaks::Html).await {
        Ok(seat) => show(&admin, &seat, StatusCode::OK, json!({ "said": passkeys::said(&done), "done": done })).await,
        Err(answer) => answer,
    }
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
            context["username"] = json!(seat.session.username);
            context["min_password_length"] = json!(admin.app.config.accounts.min_password_length);
            let mut response = admin.page(seat, TEMPLATE, context);
            *response.status_mut() = status;
            response
        }
        Err(error) => admin.failed(ROUTE, seat.speaks, &error),
    }
}

/// Whoever asks and their form.
pub(super) async fn come_in(admin: &Admin, request: Request) -> Result<(Seat, FormData), Response> {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    let seat = entering.await?;
    let form = admin.form(request, ROUTE).await?;
    Ok((seat, form))
}

/// Asks for the password once more: a screen that was left open changes nothing.
/// `kept`: what the page shows of what was typed beside it.
pub(super) async fn prove(
    admin: &Admin,
    seat: &Seat,
    form: &FormData,
    place: &str,
    kept: Option<Value>,
) -> Result<(), Response> {
    let mut context = kept.unwrap_or_else(|| json!({}));
    if let Err(wait) = admin.throttle.take(Network::of(seat.info.client), login::THROTTLED) {
        let text = "There were too many attempts. Please try again later.";
        context["errors"] = json!({ place: text });
        let answer = show(admin, seat, StatusCode::TOO_MANY_REQUESTS, context).await;
        return Err(retry_after(answer, wait.as_secs() + 1));
    }
    let given = form.first("current").unwrap_or_default();
    match admin.app.accounts.is_password_of(&seat.session.username, given, &seat.by()).await {
        Ok(true) => Ok(()),
        Ok(false) => {
            context["errors"] = json!({ place: WRONG_PASSWORD });
            Err(show(admin, seat, StatusCode::FORBIDDEN, context).await)
        }
        Err(error) => {
            let AccountError::PasswordLocked { wait_s } = error else {
                return Err(admin.failed(ROUTE, seat.speaks, &error));
            };
            context["errors"] = json!({ place: sentence(&error.to_string()) });
            Err(retry_after(show(admin, seat, StatusCode::TOO_MANY_REQUESTS, context).await, wait_s))
        }
    }
}

async fn change_password(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let (seat, form) = match come_in(&admin, request).await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    if let Err(answer) = prove(&admin, &seat, &form, "current", None).await {
        return answer;
    }
    let (session, new) = (&seat.session, form.first("password").unwrap_or_default());
    match admin.app.accounts.set_password(&session.username, new, Some(session.session_id), &seat.by()).await {
        Ok(()) => {
            let said = "Your password is changed, and your other sessions are ended.";
            show(&admin, &seat, StatusCode::OK, json!({ "said": said })).await
        }
        Err(error @ AccountError::Password(_)) => {
            let context = json!({ "errors": { "password": sentence(&error.to_string()) } });
            show(&admin, &seat, StatusCode::UNPROCESSABLE_ENTITY, context).await
        }
        Err(error) => admin.failed(ROUTE, seat.speaks, &error),
    }
}

async fn begin(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let (seat, form) = match come_in(&admin, request).await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    if let Err(answer) = prove(&admin, &seat, &form, "two_step", None).await {
        return answer;
    }
    match admin.app.accounts.begin_two_step(&seat.session).await {
        Ok(enrolment) => {
            let image = QrCode::new(enrolment.url.as_bytes())
                .map(|code| code.render::<svg::Color<'_>>().min_dimensions(200, 200).quiet_zone(true).build());
            let context = json!({ "secret": spaced(&enrolment.secret), "image": image.map(picture).ok() });
            admin.page(&seat, "admin/two_step.html", context)
        }
        Err(AccountError::TwoStepOn) => see_other(HERE, ROUTE),
        Err(error) => admin.failed(ROUTE, seat.speaks, &error),
    }
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
    let (seat, form) = match come_in(&admin, request).await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let code = form.first("code").unwrap_or_default();
    match admin.app.accounts.confirm_two_step(&seat.session, code, &seat.by()).await {
        Ok(codes) => admin.page(&seat, "admin/recovery_codes.html", json!({ "codes": codes, "is_new": true })),
        Err(AccountError::CodeWrong) => {
            let text = "The code is not right. Check the clock of your device, and begin again.";
            show(&admin, &seat, StatusCode::UNPROCESSABLE_ENTITY, json!({ "errors": { "two_step": text } })).await
        }
        Err(error) => admin.failed(ROUTE, seat.speaks, &error),
    }
}

async fn end(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let (seat, form) = match come_in(&admin, request).await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    if let Err(answer) = prove(&admin, &seat, &form, "two_step", None).await {
        return answer;
    }
    match admin.app.accounts.end_two_step(seat.session.account_id, &seat.session.username, &seat.by()).await {
        Ok(_) => see_other(HERE, ROUTE),
        Err(error) => admin.failed(ROUTE, seat.speaks, &error),
    }
}

async fn renew(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let (seat, form) = match come_in(&admin, request).await {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    if let Err(answer) = prove(&admin, &seat, &form, "two_step", None).await {
        return answer;
    }
    let accounts = &admin.app.accounts;
    match accounts.two_step(seat.session.account_id).await {
        Ok(standing) if !standing.is_on => return see_other(HERE, ROUTE),
        Ok(_) => {}
        Err(error) => return admin.failed(ROUTE, seat.speaks, &error),
    }
    match accounts.renew_recovery_codes(&seat.session, &seat.by()).await {
        Ok(codes) => admin.page(&seat, "admin/recovery_codes.html", json!({ "codes": codes, "is_new": false })),
        Err(error) => admin.failed(ROUTE, seat.speaks, &error),
    }
}
