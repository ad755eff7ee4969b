//! How the editor looks to oneself, whether it listens to keys, and which mails one gets.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::post;
use serde_json::Value;

use super::account::with_form;
use super::answer::see_other;
use super::entry::Seat;
use super::{Admin, only};
use crate::accounts::{Mails, Preferences};
use crate::http::form::FormData;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminAccount;

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new()
        .route("/admin/account/preferences/", only(post(save), ROUTE))
        .route("/admin/account/preferences/mail/", only(post(save_mails), ROUTE))
}

/// The page comes back as it looks from now on.
async fn save(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let work = async |seat: &Seat, form: &FormData| {
        let chosen = ["theme", "contrast", "density", "shortcuts"]
            .map(|name| (name.to_owned(), Value::from(form.first(name).unwrap_or_default())));
        let Preferences { gallery, mail, .. } = seat.session.preferences();
        // The page offers nothing else: a word that it does not know leaves all as it is.
        let Ok(preferences) = serde_json::from_value::<Preferences>(Value::Object(chosen.into_iter().collect())) else {
            return Ok(see_other("/admin/account/?said=preferences-unknown#preferences", ROUTE));
        };
        let preferences = Preferences { gallery, mail, ..preferences };
        admin.app.accounts.keep_preferences(seat.session.account_id, preferences).await?;
        Ok(see_other("/admin/account/?said=preferences#preferences", ROUTE))
    };
    with_form(&admin, request, work).await
}

/// What is ticked is sent; the page offers nothing else.
async fn save_mails(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let work = async |seat: &Seat, form: &FormData| {
        let mut mail = Mails::NONE;
        for name in form.all("mail") {
            match name {
                "schedules" => mail.schedules = true,
                "pages" => mail.pages = true,
                "edits" => mail.edits = true,
                _ => return Ok(see_other("/admin/account/?said=preferences-unknown#mail", ROUTE)),
            }
        }
        let preferences = Preferences { mail, ..seat.session.preferences() };
        admin.app.accounts.keep_preferences(seat.session.account_id, preferences).await?;
        Ok(see_other("/admin/account/?said=mail#mail", ROUTE))
    };
    with_form(&admin, request, work).await
}
