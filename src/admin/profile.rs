//! What others see of oneself: name, address, language, time zone. A new address takes the password: it is where a link
//! for a new one would go.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::post;
use http::StatusCode;
use serde_json::{Value, json};

use super::account::{prove, show, with_form};
use super::entry::Seat;
use super::manage::{self, text};
use super::refusal::Done;
use super::{Admin, only, time};
use crate::accounts::{AccountError, SessionListed, User, UserChange};
use crate::admin::texts::said;
use crate::http::form::FormData;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminAccount;

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new().route("/admin/account/profile/", only(post(save), ROUTE))
}

async fn save(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    with_form(&admin, request, async |seat, form| change(&admin, seat, form).await).await
}

/// Oneself, and one's sessions, as the page shows them.
pub(super) async fn facts(admin: &Admin, seat: &Seat) -> Result<Value, AccountError> {
    let (accounts, session) = (&admin.app.accounts, &seat.session);
    let user: User = accounts.user(&session.username).await?;
    let mut sessions = accounts.list_sessions(session.account_id).await?;
    sessions.sort_by_key(|listed| listed.id != session.session_id);
    let zone = seat.zone();
    let shown = |listed: &SessionListed| {
        json!({
            "id": listed.id,
            "agent": listed.agent,
            "network": listed.network,
            "is_current": listed.id == session.session_id,
            "began": time(listed.created_at, &zone),
            "seen": time(listed.last_seen_at, &zone),
        })
    };
    Ok(json!({
        "profile": {
            "name": user.name, "email": user.email, "locale": user.locale, "time_zone": user.time_zone,
        },
        "zones": manage::zones(),
        "sessions": sessions.iter().map(shown).collect::<Vec<_>>(),
    }))
}

async fn change(admin: &Admin, seat: &Seat, form: &FormData) -> Done {
    let accounts = &admin.app.accounts;
    let email = text(form, "email");
    let typed = json!({
        "name": text(form, "name"), "email": email, "locale": text(form, "locale"), "time_zone": text(form, "time_zone"),
    });
    if email != accounts.user(&seat.session.username).await?.email {
        prove(admin, seat, form, "profile", Some(json!({ "profile": typed }))).await?;
    }
    let change = UserChange {
        email: Some(email.to_owned()),
        name: Some(text(form, "name").to_owned()),
        locale: Some(text(form, "locale").to_owned()),
        time_zone: Some(text(form, "time_zone").to_owned()),
        ..UserChange::default()
    };
    match accounts.change_user(&seat.session.username, change, &seat.by()).await {
        Ok(()) => Ok(show(admin, seat, StatusCode::OK, json!({ "said": said("profile-saved") })).await),
        Err(error) => {
            let problem = manage::account_problem(error)?;
            let context = json!({ "errors": { problem.field: problem.text }, "profile": typed });
            Ok(show(admin, seat, StatusCode::UNPROCESSABLE_ENTITY, context).await)
        }
    }
}
