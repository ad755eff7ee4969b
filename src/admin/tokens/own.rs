//! The tokens of one's own account: made, seen once, ended.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::{MISSING, OWN, part, scope};
use crate::accounts::{AccountError, DEFAULT_DAYS, NewToken, Scope, Scopes};
use crate::admin::account::{check_password, with_form};
use crate::admin::answer::{retry_after, see_other};
use crate::admin::entry::{Seat, Speaks};
use crate::admin::manage::{self, text};
use crate::admin::pages::{ids, query_of};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::admin::{Admin, time, words};
use crate::http::form::FormData;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminAccount;
/// Days that are offered; [`NEVER`] beside them.
const LIFETIMES: [u32; 5] = [7, 30, DEFAULT_DAYS, 180, 365];
const NEVER: &str = "never";

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    let work = async |seat: &Seat| {
        let before = match text(&query, "before") {
            "" => None,
            text => Some(ids::parse(text).ok_or(Refusal::Bad(said("no-such-part")))?),
        };
        let notice = (query.first("said") == Some("revoked")).then(|| said("token-revoked"));
        let context = json!({ "said": notice, "form": form_of(&FormData::default()) });
        show(&admin, seat, StatusCode::OK, before, context).await
    };
    admin.answer(entering, work).await
}

/// What was typed, or what is proposed.
fn form_of(form: &FormData) -> Value {
    let is_new = form.pairs().is_empty();
    let chosen = |known: &Scope| match is_new {
        true => *known == Scope::ReadContent,
        false => form.all("scopes").any(|word| word == known.as_str()),
    };
    let scopes = Scope::ALL
        .iter()
        .map(|known| json!({ "word": known.as_str(), "label": scope(*known), "chosen": chosen(known) }));
    let days = form.first("days").map_or_else(|| DEFAULT_DAYS.to_string(), str::to_owned);
    json!({ "name": text(form, "name"), "scopes": scopes.collect::<Vec<_>>(), "days": days })
}

async fn show(admin: &Admin, seat: &Seat, status: StatusCode, before: Option<i64>, mut context: Value) -> Done {
    let listed = admin.app.accounts.list_tokens_of(seat.session.account_id, before).await?;
    let (tokens, next) = part(listed, &seat.zone());
    context["tokens"] = Value::from(tokens);
    context["next"] = next.map(|next| manage::address(OWN, &[("before", &next.to_string())])).into();
    context["is_first"] = before.is_none().into();
    context["url"] = OWN.into();
    context["lifetimes"] = LIFETIMES.map(|days| days.to_string()).to_vec().into();
    let mut response = admin.page(seat, "admin/tokens/own.html", context);
    *response.status_mut() = status;
    Ok(response)
}

/// The form again, with what is wrong with it.
async fn again(admin: &Admin, seat: &Seat, form: &FormData, status: StatusCode, field: &str, text: Said) -> Done {
    let context = json!({ "errors": { field: text }, "form": form_of(form) });
    show(admin, seat, status, None, context).await
}

/// Makes a token, and shows it this once.
pub(super) async fn create(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let work = async |seat: &Seat, form: &FormData| {
        if let Some(wrong) = check_password(&admin, seat, form).await? {
            let answer = again(&admin, seat, form, wrong.status, "current", wrong.text).await?;
            return Ok(match wrong.wait_s {
                Some(wait_s) => retry_after(answer, wait_s),
                None => answer,
            });
        }
        let scopes: Option<Vec<Scope>> = form.all("scopes").map(Scope::parse).collect();
        let scopes: Scopes = scopes.ok_or(Refusal::Bad(said("not-what-is-sent-here")))?.into_iter().collect();
        let days = match text(form, "days") {
            NEVER => None,
            days => Some(days.parse().map_err(|_| Refusal::Bad(said("not-what-is-sent-here")))?),
        };
        let (session, new) = (&seat.session, NewToken { name: text(form, "name"), scopes, days });
        let owner = (session.account_id, session.username.as_str());
        match admin.app.accounts.create_token(owner, &new, &seat.by()).await {
            Ok(made) => {
                let expires = made.expires_at.map(|at| time(at, &seat.zone()));
                let scopes: Vec<&str> = scopes.iter().map(Scope::as_str).collect();
                let base = format!("{}://{}", seat.info.scheme.as_str(), seat.info.host);
                let context = json!({
                    "token": made.token, "name": new.name, "expires": expires, "scopes": scopes, "base": base,
                });
                Ok(admin.page(seat, "admin/tokens/made.html", context))
            }
            Err(error) => {
                let field = match &error {
                    AccountError::TokenNameInvalid => "name",
                    AccountError::TokenScopesMissing => "scopes",
                    AccountError::TokenLifetimeInvalid(_) => "days",
                    AccountError::TokensFull(_) => "whole",
                    _ => return Err(error.into()),
                };
                again(&admin, seat, form, StatusCode::UNPROCESSABLE_ENTITY, field, words::account(&error)).await
            }
        }
    };
    with_form(&admin, request, work).await
}

pub(super) async fn revoke(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    let work = async |seat: &Seat| {
        let id = manage::id(&id, MISSING)?;
        match admin.app.accounts.revoke_token(id, Some(seat.session.account_id), &seat.by()).await {
            Ok(()) => Ok(see_other("/admin/account/tokens/?said=revoked", ROUTE)),
            // Also for a token of somebody else.
            Err(AccountError::TokenNotFound(_)) => Err(Refusal::Missing(MISSING)),
            Err(error) => Err(error.into()),
        }
    };
    admin.answer(entering, work).await
}
