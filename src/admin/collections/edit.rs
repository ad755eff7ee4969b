//! One collection: its name, its place in the tree, and its end, which waits until nothing is in it.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::json;

use super::{MISSING, NEEDS, ROUTE, URL, address, crumbs, files, find, options, problem};
use crate::accounts::CollectionPermission;
use crate::admin::answer::see_other;
use crate::admin::entry::Seat;
use crate::admin::manage::{Problem, text};
use crate::admin::pages::ids;
use crate::admin::privacy::{cover, own};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::admin::{Admin, usage};
use crate::content::object_log::Of;
use crate::content::privacy::Target;
use crate::content::privacy::covers::{self, Cover};
use crate::http::form::FormData;
use crate::media::collection::{self, Collection, ROOT_ID};
use crate::telemetry::label::ObjectKind;

pub(super) async fn page(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let work = async |seat: &Seat, _: &FormData| {
        let known = find(&admin, &id).await?;
        show(&admin, seat, &known, None, None).await
    };
    admin.manage_page(request, ROUTE, NEEDS, work).await
}

pub(super) async fn rename(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let work = async |seat: &Seat, form: &FormData| {
        let known = changed(&admin, &id).await?;
        match admin.app.media.rename_collection(known.id, text(form, "name"), seat.actor()).await {
            Ok(()) => Ok(see_other(&address(known.id), ROUTE)),
            Err(error) => show(&admin, seat, &known, Some(form), Some(problem("name", error)?)).await,
        }
    };
    admin.manage_form(request, ROUTE, NEEDS, work).await
}

pub(super) async fn relocate(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, form| put(&admin, seat, &id, form).await).await
}

pub(super) async fn delete(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let work = async |seat: &Seat, _: &FormData| {
        let known = changed(&admin, &id).await?;
        match admin.app.media.delete_collection(known.id, seat.actor()).await {
            Ok(()) => Ok(see_other(URL, ROUTE)),
            Err(error) => show(&admin, seat, &known, None, Some(problem("delete", error)?)).await,
        }
    };
    admin.manage_form(request, ROUTE, NEEDS, work).await
}

/// A collection that may be changed: the root may not.
async fn changed(admin: &Admin, id: &str) -> Result<Collection, Refusal> {
    let known = find(admin, id).await?;
    if known.id == ROOT_ID { Err(Refusal::Forbidden(said("root-collection-stays"))) } else { Ok(known) }
}

/// Rights on files hold for all below a collection: nobody gets any by moving one there.
async fn put(admin: &Admin, seat: &Seat, id: &str, form: &FormData) -> Done {
    let known = changed(admin, id).await?;
    let into = ids::parse(text(form, "into")).ok_or(Refusal::Missing(MISSING))?;
    let into = collection::find(&*admin.app.db, into).await?.ok_or(Refusal::Missing(MISSING))?;
    let has = |permission: CollectionPermission, path: &str| seat.grants.may_in_collection(permission, path, None);
    if CollectionPermission::ALL.iter().any(|known_as| has(*known_as, &into.path) && !has(*known_as, &known.path)) {
        return show(admin, seat, &known, Some(form), Some(Problem::new("into", said("collection-move-gains")))).await;
    }
    match admin.app.media.move_collection(known.id, into.id, seat.actor()).await {
        Ok(()) => Ok(see_other(&address(known.id), ROUTE)),
        Err(error) => show(admin, seat, &known, Some(form), Some(problem("into", error)?)).await,
    }
}

async fn show(
    admin: &Admin,
    seat: &Seat,
    known: &Collection,
    form: Option<&FormData>,
    problem: Option<Problem>,
) -> Done {
    let target = Target::Collection(known.id);
    let listed = collection::list(&admin.app.db).await?;
    let above = covers::list_above(&admin.app.db, target).await?;
    let holds = collection::count_contents(&*admin.app.db, known.id).await?;
    let events = usage::log(admin, seat, Of { kind: ObjectKind::Collection, id: known.id, type_name: "" }).await?;
    let typed = form.and_then(|form| form.first("name")).map(str::trim);
    let chosen = form.and_then(|form| ids::parse(text(form, "into")));
    let chosen = chosen.or(known.parent_id).unwrap_or(ROOT_ID);
    let elsewhere = listed.iter().filter(|one| !one.path.starts_with(&known.path));
    let told = |one: &Cover| cover(one, Some(format!("{}privacy/", address(one.place_id))));
    let context = json!({
        "name": known.name, "typed": typed.unwrap_or(&known.name), "url": address(known.id), "id": known.id,
        "crumbs": crumbs(&listed, &known.path), "is_root": known.id == ROOT_ID,
        "options": options(elsewhere, chosen),
        "holds": { "collections": holds.collections, "images": holds.images, "documents": holds.documents },
        "is_empty": holds.collections + holds.images + holds.documents == 0,
        "lists": files(seat, &known.path, known.id),
        "own": own(&above, target).map(told),
        "inherited": above.iter().filter(|one| one.place_id != known.id).map(told).collect::<Vec<_>>(),
        "events": events, "all": URL,
    });
    admin.form_page(seat, "admin/collections/edit.html", context, problem.as_ref())
}
