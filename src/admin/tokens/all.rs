//! The tokens of all users, for superusers: who has which, when each was used, and the end of one.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::json;

use super::{ALL, MISSING, part};
use crate::accounts::AccountError;
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::manage::{self, text};
use crate::admin::pages::{ids, query_of};
use crate::admin::refusal::Refusal;
use crate::admin::texts::said;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminTokens;

fn refuse_others(seat: &Seat) -> Result<(), Refusal> {
    match seat.grants.is_superuser() {
        true => Ok(()),
        false => Err(Refusal::Forbidden(said("only-superusers-see-all-tokens"))),
    }
}

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    let work = async |seat: &Seat| {
        refuse_others(seat)?;
        let before = match text(&query, "before") {
            "" => None,
            text => Some(ids::parse(text).ok_or(Refusal::Bad(said("no-such-part")))?),
        };
        let (tokens, next) = part(admin.app.accounts.list_tokens(before).await?, &seat.zone());
        let context = json!({
            "said": (query.first("said") == Some("revoked")).then(|| said("token-revoked")),
            "tokens": tokens,
            "url": ALL,
            "next": next.map(|next| manage::address(ALL, &[("before", &next.to_string())])),
            "is_first": before.is_none(),
        });
        Ok(admin.page(seat, "admin/tokens/all.html", context))
    };
    admin.answer(entering, work).await
}

pub(super) async fn revoke(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    let work = async |seat: &Seat| {
        refuse_others(seat)?;
        match admin.app.accounts.revoke_token(manage::id(&id, MISSING)?, None, &seat.by()).await {
            Ok(()) => Ok(see_other("/admin/tokens/?said=revoked", ROUTE)),
            Err(AccountError::TokenNotFound(_)) => Err(Refusal::Missing(MISSING)),
            Err(error) => Err(error.into()),
        }
    };
    admin.answer(entering, work).await
}
