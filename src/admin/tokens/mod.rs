//! API tokens: those of one's own account, and for superusers those of all. Making one takes the password; ending one does
//! not, so that it is done at once.

mod all;
mod own;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::texts::{Said, said};
use super::{Admin, only, time};
use crate::accounts::{Scope, TOKENS_PAGE_SIZE, TokenListed};
use crate::clock::Micros;
use crate::telemetry::label::Route;

const OWN: &str = "/admin/account/tokens/";
const ALL: &str = "/admin/tokens/";
const MISSING: Said = said("no-such-token");

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new()
        .route("/admin/account/tokens/", only(get(own::page).post(own::create), Route::AdminAccount))
        .route("/admin/account/tokens/{id}/revoke/", only(post(own::revoke), Route::AdminAccount))
        .route("/admin/tokens/", only(get(all::page), Route::AdminTokens))
        .route("/admin/tokens/{id}/revoke/", only(post(all::revoke), Route::AdminTokens))
}

/// What a scope is for.
fn scope(known: Scope) -> Said {
    said("token-scope").with("scope", known.as_str().replace(':', "_"))
}

/// A token as a list shows it.
fn shown(token: &TokenListed, zone: &TimeZone) -> Value {
    let now = Micros::now();
    let state = if token.revoked_at.is_some() {
        "revoked"
    } else if token.is_expired(now) {
        "expired"
    } else if !token.owner_is_active {
        "closed"
    } else {
        "works"
    };
    let at = |at: i64| time(at, zone);
    json!({
        "id": token.id,
        "name": token.name,
        "owner": token.username,
        "owner_url": format!("/admin/users/{}/", token.account_id),
        "hint": token.hint,
        "scopes": token.scopes().iter().map(Scope::as_str).collect::<Vec<_>>(),
        "state": state,
        "may_revoke": token.revoked_at.is_none() && !token.is_expired(now),
        "created": at(token.created_at),
        "expires": token.expires_at.map(at),
        "used": token.last_used_at.map(at),
        "network": token.last_network,
        "revoked": token.revoked_at.map(at),
    })
}

/// A page of a list, and where the next one begins.
fn part(mut tokens: Vec<TokenListed>, zone: &TimeZone) -> (Vec<Value>, Option<i64>) {
    let more = tokens.len() as i64 > TOKENS_PAGE_SIZE;
    tokens.truncate(usize::try_from(TOKENS_PAGE_SIZE).unwrap_or(usize::MAX));
    let next = tokens.last().filter(|_| more).map(|token| token.id);
    (tokens.iter().map(|token| shown(token, zone)).collect(), next)
}
