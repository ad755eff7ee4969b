//! The tree of collections, and a form to add one to it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{MISSING, NEEDS, ROUTE, URL, address, files, options, problem};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::Seat;
use crate::admin::manage::{Problem, text};
use crate::admin::pages::ids;
use crate::admin::refusal::{Done, Refusal};
use crate::content::privacy::covers;
use crate::http::form::FormData;
use crate::media::collection::{self, Listed, ROOT_ID};

pub(super) async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    admin.manage_page(request, ROUTE, NEEDS, async |seat, query| show(&admin, seat, query, None).await).await
}

pub(super) async fn add(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, form| create(&admin, seat, form).await).await
}

async fn create(admin: &Admin, seat: &Seat, form: &FormData) -> Done {
    let into = ids::parse(text(form, "into")).ok_or(Refusal::Missing(MISSING))?;
    match admin.app.media.create_collection(into, text(form, "name"), seat.actor()).await {
        Ok(id) => Ok(see_other(&format!("{URL}#collection-{id}"), ROUTE)),
        Err(error) => show(admin, seat, form, Some(&problem("name", error)?)).await,
    }
}

/// The tree; `form`: what was typed of a new one, or where it goes.
async fn show(admin: &Admin, seat: &Seat, form: &FormData, problem: Option<&Problem>) -> Done {
    let listed = collection::list(&admin.app.db).await?;
    let own = covers::list_on_collections(&admin.app.db).await?;
    let into = ids::parse(text(form, "into")).unwrap_or(ROOT_ID);
    let row = |known: &Listed| {
        let kind = own.iter().find(|one| one.collection_id == known.id).map(|one| one.kind.as_str());
        json!({
            "id": known.id, "name": known.name, "url": address(known.id), "is_root": known.id == ROOT_ID,
            "indent": "\u{2003}".repeat(usize::try_from(known.depth - 1).unwrap_or(0)),
            "level": known.depth, "images": known.images, "documents": known.documents,
            "kind": kind, "restricted": known.restricted, "files": files(seat, &known.path, known.id),
        })
    };
    let context = json!({
        "rows": listed.iter().map(row).collect::<Vec<Value>>(),
        "options": options(listed.iter(), into),
        "url": URL,
        "name": text(form, "name"),
        "is_adding": form.first("into").is_some(),
    });
    admin.form_page(seat, "admin/collections/list.html", context, problem)
}
