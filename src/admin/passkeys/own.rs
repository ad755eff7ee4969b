//! The passkeys of one's own account. Whatever changes them takes the password, as all that guards the account does.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{asked, body, nowhere, party};
use crate::accounts::{AccountError, MAX_PASSKEYS, NewPasskey, PasskeyListed};
use crate::admin::account::{come_in, prove, show};
use crate::admin::answer::{retry_after, see_other};
use crate::admin::entry::{Seat, Speaks};
use crate::admin::manage::{self, text};
use crate::admin::refusal::sentence;
use crate::admin::{Admin, login, time};
use crate::http::form::FormData;
use crate::http::throttle::Network;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminAccount;
const MISSING: &str = "There is no such passkey.";
const PROBLEM: &str = "passkey";

#[derive(Deserialize)]
struct Wanted {
    current: String,
}

#[derive(Deserialize)]
struct Made {
    ceremony: String,
    name: String,
    credential: Value,
}

/// What was done, after somebody was sent here.
pub(in crate::admin) fn said(word: &str) -> &'static str {
    match word {
        "passkey-added" => "The passkey is added: it signs you in from now on.",
        "passkey-renamed" => "The passkey is renamed.",
        "passkey-removed" => {
            "The passkey is removed. If you did not know it, change your password, and end the sessions below."
        }
        _ => "",
    }
}

/// The passkeys as the page shows them.
pub(in crate::admin) async fn facts(admin: &Admin, seat: &Seat) -> Result<Value, AccountError> {
    let here = party(admin, &seat.info);
    let listed = admin.app.accounts.list_passkeys(seat.session.account_id).await?;
    let zone = seat.zone();
    let shown = |passkey: &PasskeyListed| {
        json!({
            "id": passkey.id, "name": passkey.name, "party": passkey.party,
            "is_here": here.as_ref().is_some_and(|here| here.id == passkey.party),
            "created": time(passkey.created_at, &zone), "used": passkey.last_used_at.map(|at| time(at, &zone)),
        })
    };
    Ok(json!({
        "list": listed.iter().map(shown).collect::<Vec<_>>(),
        "party": here.as_ref().map(|here| &here.id),
        "is_full": listed.len() >= MAX_PASSKEYS,
    }))
}

/// Asks for the password once more, and gives what the device is asked.
pub(super) async fn begin(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Json);
    let seat = match entering.await {
        Ok(seat) => seat,
        Err(answer) => return answer,
    };
    if let Err(wait) = admin.throttle.take(Network::of(seat.info.client), login::THROTTLED) {
        let answer = admin.problem(StatusCode::TOO_MANY_REQUESTS, ROUTE, "too_many", login::TRY_LATER);
        return retry_after(answer, wait.as_secs() + 1);
    }
    let wanted: Wanted = match body(&admin, request, ROUTE).await {
        Ok(wanted) => wanted,
        Err(refused) => return refused,
    };
    let Some(party) = party(&admin, &seat.info) else { return nowhere(&admin, ROUTE) };
    let accounts = &admin.app.accounts;
    match accounts.is_password_of(&seat.session.username, &wanted.current, &seat.by()).await {
        Ok(true) => {}
        Ok(false) => {
            let text = "This is not your password.";
            return admin.problem(StatusCode::FORBIDDEN, ROUTE, "wrong_password", text);
        }
        Err(error) => {
            let AccountError::PasswordLocked { wait_s } = error else {
                return admin.failed(ROUTE, Speaks::Json, &error);
            };
            let text = sentence(&error.to_string());
            return retry_after(admin.problem(StatusCode::TOO_MANY_REQUESTS, ROUTE, "too_many", &text), wait_s);
        }
    }
    match accounts.begin_passkey(&seat.session, &party).await {
        Ok(begun) => admin.json(StatusCode::OK, ROUTE, &asked(&begun)),
        Err(error) => refused(&admin, &error),
    }
}

/// Keeps what the device made. The ceremony proves that the password was given.
pub(super) async fn add(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Json);
    let seat = match entering.await {
        Ok(seat) => seat,
        Err(answer) => return answer,
    };
    let made: Made = match body(&admin, request, ROUTE).await {
        Ok(made) => made,
        Err(refused) => return refused,
    };
    let Some(party) = party(&admin, &seat.info) else { return nowhere(&admin, ROUTE) };
    let new = NewPasskey { ceremony: &made.ceremony, name: &made.name, credential: made.credential };
    match admin.app.accounts.add_passkey(&seat.session, &party, new, &seat.by()).await {
        Ok(()) => admin.json(StatusCode::OK, ROUTE, &json!({ "next": back("passkey-added") })),
        Err(error) => refused(&admin, &error),
    }
}

fn back(said: &str) -> String {
    format!("/admin/account/?said={said}#passkeys")
}

fn refused(admin: &Admin, error: &AccountError) -> Response {
    match error {
        AccountError::Db(_) | AccountError::Hashing(_) => admin.failed(ROUTE, Speaks::Json, error),
        other => admin.problem(StatusCode::UNPROCESSABLE_ENTITY, ROUTE, "invalid", &sentence(&other.to_string())),
    }
}

/// Whoever changes one of their passkeys, with its id and their form.
async fn come_for(admin: &Admin, request: Request, id: &str) -> Result<(Seat, FormData, i64), Response> {
    let (seat, form) = come_in(admin, request).await?;
    let id = manage::id(id, MISSING).map_err(|_| admin.missing(&seat, MISSING))?;
    let typed = json!({ "changed": id });
    prove(admin, &seat, &form, PROBLEM, Some(typed)).await?;
    Ok((seat, form, id))
}

pub(super) async fn rename(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let (seat, form, id) = match come_for(&admin, request, &id).await {
        Ok(come) => come,
        Err(answer) => return answer,
    };
    match admin.app.accounts.rename_passkey(seat.session.account_id, id, text(&form, "name")).await {
        Ok(true) => see_other(&back("passkey-renamed"), ROUTE),
        Ok(false) => admin.missing(&seat, MISSING),
        Err(error @ AccountError::PasskeyNameInvalid) => {
            let context = json!({ "errors": { PROBLEM: sentence(&error.to_string()) }, "changed": id });
            show(&admin, &seat, StatusCode::UNPROCESSABLE_ENTITY, context).await
        }
        Err(error) => admin.failed(ROUTE, seat.speaks, &error),
    }
}

pub(super) async fn remove(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let (seat, _, id) = match come_for(&admin, request, &id).await {
        Ok(come) => come,
        Err(answer) => return answer,
    };
    let session = &seat.session;
    match admin.app.accounts.remove_passkey(session.account_id, &session.username, id, &seat.by()).await {
        Ok(true) => see_other(&back("passkey-removed"), ROUTE),
        Ok(false) => admin.missing(&seat, MISSING),
        Err(error) => admin.failed(ROUTE, seat.speaks, &error),
    }
}
