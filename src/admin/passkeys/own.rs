//! The passkeys of one's own account. Whatever changes them takes the password, as all that guards the account does.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{asked, body, nowhere, party};
use crate::accounts::{AccountError, MAX_PASSKEYS, NewPasskey, PasskeyListed};
use crate::admin::account::{prove, show, with_form};
use crate::admin::answer::{retry_after, see_other};
use crate::admin::entry::{Seat, Speaks};
use crate::admin::manage::{self, text};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::admin::{Admin, login, time, words};
use crate::http::form::FormData;
use crate::http::throttle::Network;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminAccount;
const MISSING: Said = said("no-such-passkey");
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
pub(in crate::admin) fn notice(word: &str) -> Option<Said> {
    Some(match word {
        "passkey-added" => said("passkey-added"),
        "passkey-renamed" => said("passkey-renamed"),
        "passkey-removed" => said("passkey-removed"),
        _ => return None,
    })
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
    admin.answer(entering, async |seat| ask(&admin, seat, request).await).await
}

async fn ask(admin: &Admin, seat: &Seat, request: Request) -> Done {
    if let Err(wait) = admin.throttle.take(Network::of(seat.info.client), login::THROTTLED) {
        let answer = admin.problem(StatusCode::TOO_MANY_REQUESTS, ROUTE, "too_many", login::TRY_LATER);
        return Ok(retry_after(answer, wait.as_secs() + 1));
    }
    let wanted: Wanted = body(admin, request, ROUTE).await?;
    let Some(party) = party(admin, &seat.info) else { return Ok(nowhere(admin, ROUTE)) };
    let accounts = &admin.app.accounts;
    match accounts.is_password_of(&seat.session.username, &wanted.current, &seat.by()).await {
        Ok(true) => {}
        Ok(false) => {
            let text = said("wrong-password");
            return Ok(admin.problem(StatusCode::FORBIDDEN, ROUTE, "wrong_password", text));
        }
        Err(error @ AccountError::PasswordLocked { wait_s }) => {
            let text = words::account(&error);
            return Ok(retry_after(admin.problem(StatusCode::TOO_MANY_REQUESTS, ROUTE, "too_many", text), wait_s));
        }
        Err(error) => return Ok(admin.failed(ROUTE, Speaks::Json, &error)),
    }
    let begun = accounts.begin_passkey(&seat.session, &party).await?;
    Ok(admin.json(StatusCode::OK, ROUTE, asked(&begun)))
}

/// Keeps what the device made. The ceremony proves that the password was given.
pub(super) async fn add(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Json);
    let work = async |seat: &Seat| {
        let made: Made = body(&admin, request, ROUTE).await?;
        let Some(party) = party(&admin, &seat.info) else { return Ok(nowhere(&admin, ROUTE)) };
        let new = NewPasskey { ceremony: &made.ceremony, name: &made.name, credential: made.credential };
        admin.app.accounts.add_passkey(&seat.session, &party, new, &seat.by()).await?;
        Ok(admin.json(StatusCode::OK, ROUTE, json!({ "next": back("passkey-added") })))
    };
    admin.answer(entering, work).await
}

fn back(said: &str) -> String {
    format!("/admin/account/?said={said}#passkeys")
}

/// What a form about one of one's passkeys changes, with the password once more.
async fn on_passkey(
    admin: &Admin,
    request: Request,
    id: &str,
    work: impl AsyncFnOnce(&Seat, &FormData, i64) -> Done,
) -> Response {
    let work = async |seat: &Seat, form: &FormData| {
        let id = manage::id(id, MISSING)?;
        prove(admin, seat, form, PROBLEM, Some(json!({ "changed": id }))).await?;
        work(seat, form, id).await
    };
    with_form(admin, request, work).await
}

pub(super) async fn rename(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let work = async |seat: &Seat, form: &FormData, id: i64| match admin
        .app
        .accounts
        .rename_passkey(seat.session.account_id, id, text(form, "name"))
        .await
    {
        Ok(true) => Ok(see_other(&back("passkey-renamed"), ROUTE)),
        Ok(false) => Err(Refusal::Missing(MISSING)),
        Err(error @ AccountError::PasskeyNameInvalid) => {
            let context = json!({ "errors": { PROBLEM: words::account(&error) }, "changed": id });
            Ok(show(&admin, seat, StatusCode::UNPROCESSABLE_ENTITY, context).await)
        }
        Err(error) => Ok(admin.failed(ROUTE, seat.speaks, &error)),
    };
    on_passkey(&admin, request, &id, work).await
}

pub(super) async fn remove(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let work = async |seat: &Seat, _: &FormData, id: i64| {
        let session = &seat.session;
        match admin.app.accounts.remove_passkey(session.account_id, &session.username, id, &seat.by()).await {
            Ok(true) => Ok(see_other(&back("passkey-removed"), ROUTE)),
            Ok(false) => Err(Refusal::Missing(MISSING)),
            Err(error) => Ok(admin.failed(ROUTE, seat.speaks, &error)),
        }
    };
    on_passkey(&admin, request, &id, work).await
}
