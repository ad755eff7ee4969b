//! Whether somebody sees images in a grid or in a list: kept with what else they prefer.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::Kind;
use crate::accounts::{Gallery, Preferences};
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::admin::{Admin, place};

const KIND: Kind = Kind::Images;

pub(super) async fn keep(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = admin.enter(&request, KIND.route(), Speaks::Html);
    admin.answer(entering, async |seat| save(&admin, seat, request).await).await
}

async fn save(admin: &Admin, seat: &Seat, request: Request) -> Done {
    let form = admin.read_form(seat, request).await?;
    let gallery = match form.first("look") {
        Some("grid") => Gallery::Grid,
        Some("list") => Gallery::List,
        _ => return Err(Refusal::Bad(said("say-grid-or-list"))),
    };
    let preferences = Preferences { gallery, ..seat.session.preferences() };
    admin.app.accounts.keep_preferences(seat.session.account_id, preferences).await?;
    let next = place::within(form.first("next").unwrap_or_default());
    Ok(see_other(if next == place::HOME { KIND.url() } else { next }, KIND.route()))
}
