//! Who may see what is in a collection and in those below it.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{NEEDS, ROUTE, address, crumbs, find};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::Seat;
use crate::admin::manage::Problem;
use crate::admin::privacy::{cover, own};
use crate::admin::refusal::Done;
use crate::content::privacy::Target;
use crate::content::privacy::covers::{self, Cover};
use crate::http::form::FormData;
use crate::media::collection::{self, Collection};

pub(super) async fn page(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let work = async |seat: &Seat, query: &FormData| {
        let known = find(&admin, &id).await?;
        let covers = covers::list_above(&admin.app.db, Target::Collection(known.id)).await?;
        let kept = query.first("kept").is_some();
        show(&admin, seat, &known, &covers, Shown { kept, ..Shown::default() }).await
    };
    admin.manage_page(request, ROUTE, NEEDS, work).await
}

pub(super) async fn save(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, form| set(&admin, seat, &id, form).await).await
}

async fn set(admin: &Admin, seat: &Seat, id: &str, form: &FormData) -> Done {
    let known = find(admin, id).await?;
    let target = Target::Collection(known.id);
    let covers = covers::list_above(&admin.app.db, target).await?;
    match admin.set_privacy(target, &covers, form, seat.actor()).await? {
        None => Ok(see_other(&format!("{}privacy/?kept=1", address(known.id)), ROUTE)),
        problem => show(admin, seat, &known, &covers, Shown { form: Some(form), problem, kept: false }).await,
    }
}

/// The form as it was sent, what was wrong with it, or that it is kept.
#[derive(Default)]
struct Shown<'s> {
    form: Option<&'s FormData>,
    problem: Option<Problem>,
    kept: bool,
}

async fn show(admin: &Admin, seat: &Seat, known: &Collection, above: &[Cover], shown: Shown<'_>) -> Done {
    let target = Target::Collection(known.id);
    let listed = collection::list(&admin.app.db).await?;
    let below = covers::list_below(&admin.app.db, target, &known.path).await?;
    let within: Vec<_> = listed.iter().filter(|one| one.path.starts_with(&known.path)).collect();
    let told = |one: &Cover| cover(one, Some(format!("{}privacy/", address(one.place_id))));
    let own = own(above, target);
    let context = json!({
        "name": known.name,
        "url": format!("{}privacy/", address(known.id)),
        "back": address(known.id),
        "crumbs": crumbs(&listed, &known.path),
        "own": own.map(told),
        "inherited": above.iter().filter(|one| one.place_id != known.id).map(told).collect::<Vec<Value>>(),
        "below": below.iter().map(told).collect::<Vec<Value>>(),
        "more_below": below.first().map_or(0, |first| first.total) - below.len() as i64,
        "collections": within.len() - 1,
        "held": within.iter().map(|one| one.images + one.documents).sum::<i64>(),
        "privacy": admin.privacy_form(own, shown.form).await?,
        "kept": shown.kept,
    });
    admin.form_page(seat, "admin/collections/privacy.html", context, shown.problem.as_ref())
}
