//! Whether somebody sees images, and documents, in a grid or in a list: kept with what else they prefer.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::Kind;
use crate::accounts::{Gallery, Preferences, Shelf};
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::admin::{Admin, place};

pub(super) async fn images(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    keep(admin, request, Kind::Images).await
}

pub(super) async fn documents(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    keep(admin, request, Kind::Documents).await
}

/// Whether the files of a list stand in a grid.
pub(super) fn is_grid(seat: &Seat, kind: Kind) -> bool {
    let preferences = seat.session.preferences();
    match kind {
        Kind::Images => preferences.gallery == Gallery::Grid,
        Kind::Documents => preferences.shelf == Shelf::Grid,
    }
}

async fn keep(admin: Arc<Admin>, request: Request, kind: Kind) -> Response {
    let entering = admin.enter(&request, kind.route(), Speaks::Html);
    admin.answer(entering, async |seat| save(&admin, seat, request, kind).await).await
}

async fn save(admin: &Admin, seat: &Seat, request: Request, kind: Kind) -> Done {
    let form = admin.read_form(seat, request).await?;
    let (gallery, shelf) = match form.first("look") {
        Some("grid") => (Gallery::Grid, Shelf::Grid),
        Some("list") => (Gallery::List, Shelf::List),
        _ => return Err(Refusal::Bad(said("say-grid-or-list"))),
    };
    let kept = seat.session.preferences();
    let preferences = match kind {
        Kind::Images => Preferences { gallery, ..kept },
        Kind::Documents => Preferences { shelf, ..kept },
    };
    admin.app.accounts.keep_preferences(seat.session.account_id, preferences).await?;
    let next = place::within(form.first("next").unwrap_or_default());
    Ok(see_other(if next == place::HOME { kind.url() } else { next }, kind.route()))
}
