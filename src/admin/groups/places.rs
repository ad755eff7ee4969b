//! What a group has in one place: on a page of the tree, on a collection, or in none. The boxes of what one does not have
//! oneself are left as they are.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{Group, NEEDS, ROUTE, find, url, words};
use crate::accounts::{CollectionPermission, GlobalPermission, Grant, PagePermission};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::Seat;
use crate::admin::manage::{self, text};
use crate::admin::pages::{choices, permit};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::content::site;
use crate::content::tree::ROOT_ID;
use crate::http::form::FormData;
use crate::media::collection;
use crate::permit::Denied;
use crate::permit::people::may_give;

const NO_PAGE: Said = said("no-such-page");
const NO_COLLECTION: Said = said("no-such-collection");

pub(super) async fn choose_page(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    admin.manage_page(request, ROUTE, NEEDS, async |seat, query| show_pages(&admin, seat, &id, query).await).await
}

pub(super) async fn choose_collection(
    State(admin): State<Arc<Admin>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    admin.manage_page(request, ROUTE, NEEDS, async |seat, query| show_collections(&admin, seat, &id, query).await).await
}

pub(super) async fn set_page(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, form| grant_on_page(&admin, seat, &id, form).await).await
}

pub(super) async fn set_collection(
    State(admin): State<Arc<Admin>>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    admin
        .manage_form(request, ROUTE, NEEDS, async |seat, form| grant_on_collection(&admin, seat, &id, form).await)
        .await
}

pub(super) async fn set_global(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, form| grant_global(&admin, seat, &id, form).await).await
}

pub(super) async fn set_sites(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, form| grant_on_sites(&admin, seat, &id, form).await).await
}

/// What a form changes of the permissions of a place.
#[derive(Default)]
pub(super) struct Change {
    give: Vec<Grant>,
    take: Vec<Grant>,
}

impl Change {
    /// `may`: whether whoever asks has the permission in that place.
    pub(super) fn note(&mut self, grant: Grant, is_given: bool, is_wanted: bool, may: bool) -> Result<(), Refusal> {
        match (is_given, is_wanted) {
            (false, true) if may => self.give.push(grant),
            (false, true) => return Err(Denied::Giving.into()),
            (true, false) if may => self.take.push(grant),
            _ => {}
        }
        Ok(())
    }

    pub(super) async fn carry_out(self, admin: &Admin, seat: &Seat, group: &Group) -> Done {
        admin.app.accounts.change_grants_of(group.id, &self.give, &self.take, &seat.by()).await?;
        Ok(see_other(&format!("{}#grants", url(group.id)), ROUTE))
    }
}

/// The permissions that a form ticks, each of them known.
pub(super) fn wanted(form: &FormData, is_known: impl Fn(&str) -> bool) -> Result<Vec<&str>, Refusal> {
    let wanted: Vec<&str> = form.all("permission").collect();
    match wanted.iter().all(|name| is_known(name)) {
        true => Ok(wanted),
        false => Err(Refusal::Bad(said("no-such-permission"))),
    }
}

async fn show_pages(admin: &Admin, seat: &Seat, id: &str, query: &FormData) -> Done {
    let group = find(admin, id).await?;
    let to = match text(query, "to") {
        "" => ROOT_ID,
        text => manage::id(text, NO_PAGE)?,
    };
    let to = permit::explored(&admin.app.content, &seat.grants, to).await?;
    let part = choices(admin, seat, &to, query).await?;
    let given = admin.app.accounts.list_grants_on_page(group.id, to.id).await?;
    let types = admin.app.content.types();
    let boxes: Vec<Value> = PagePermission::ALL
        .iter()
        .map(|known| {
            let is_given = given.iter().any(|name| name == known.as_str());
            words::choice(known.as_str(), words::of_page(*known), is_given, seat.grants.has(*known, &to.path))
        })
        .collect();
    let context = json!({
        "name": group.name,
        "url": url(group.id),
        "base": format!("{}pages/?", url(group.id)),
        "to": admin.row(seat, &types, &to),
        "crumbs": admin.crumbs(seat, &to.path).await?,
        "choices": part.rows.iter().map(|row| admin.row(seat, &types, row)).collect::<Vec<_>>(),
        "next": part.next.map(|next| next.to_string()),
        "permissions": boxes,
    });
    Ok(admin.page(seat, "admin/groups/on_page.html", context))
}

async fn grant_on_page(admin: &Admin, seat: &Seat, id: &str, form: &FormData) -> Done {
    let group = find(admin, id).await?;
    let page = manage::id(text(form, "page"), NO_PAGE)?;
    let wanted = wanted(form, |name| PagePermission::parse(name).is_some())?;
    let page = permit::explored(&admin.app.content, &seat.grants, page).await?;
    let given = admin.app.accounts.list_grants_on_page(group.id, page.id).await?;
    let mut change = Change::default();
    for known in PagePermission::ALL {
        let name = known.as_str();
        let grant = Grant::Page(page.id, *known);
        let may = may_give(&seat.grants, grant, &page.path);
        change.note(grant, given.iter().any(|one| one == name), wanted.contains(&name), may)?;
    }
    change.carry_out(admin, seat, &group).await
}

async fn show_collections(admin: &Admin, seat: &Seat, id: &str, query: &FormData) -> Done {
    let group = find(admin, id).await?;
    let all = collection::list(&admin.app.db).await?;
    let to = match text(query, "to") {
        "" => collection::ROOT_ID,
        text => manage::id(text, NO_COLLECTION)?,
    };
    let to = all.iter().find(|known| known.id == to).ok_or(Refusal::Missing(NO_COLLECTION))?;
    let given = admin.app.accounts.list_grants_on_collection(group.id, to.id).await?;
    let boxes: Vec<Value> = CollectionPermission::ALL
        .iter()
        .map(|known| {
            let is_given = given.iter().any(|name| name == known.as_str());
            let may = seat.grants.may_in_collection(*known, &to.path, None);
            words::choice(known.as_str(), words::of_collection(*known), is_given, may)
        })
        .collect();
    let option = |known: &collection::Listed| {
        let indent = "\u{2003}".repeat(usize::try_from(known.depth - 1).unwrap_or(0));
        json!({ "value": known.id, "label": format!("{indent}{}", known.name), "chosen": known.id == to.id })
    };
    let context = json!({
        "name": group.name,
        "url": url(group.id),
        "to": { "id": to.id, "name": to.name },
        "collections": all.iter().map(option).collect::<Vec<Value>>(),
        "permissions": boxes,
    });
    Ok(admin.page(seat, "admin/groups/on_collection.html", context))
}

async fn grant_on_collection(admin: &Admin, seat: &Seat, id: &str, form: &FormData) -> Done {
    let group = find(admin, id).await?;
    let to = manage::id(text(form, "collection"), NO_COLLECTION)?;
    let wanted = wanted(form, |name| CollectionPermission::parse(name).is_some())?;
    let to = collection::find(&*admin.app.db, to).await?.ok_or(Refusal::Missing(NO_COLLECTION))?;
    let given = admin.app.accounts.list_grants_on_collection(group.id, to.id).await?;
    let mut change = Change::default();
    for known in CollectionPermission::ALL {
        let name = known.as_str();
        let grant = Grant::Collection(to.id, *known);
        let may = may_give(&seat.grants, grant, &to.path);
        change.note(grant, given.iter().any(|one| one == name), wanted.contains(&name), may)?;
    }
    change.carry_out(admin, seat, &group).await
}

async fn grant_global(admin: &Admin, seat: &Seat, id: &str, form: &FormData) -> Done {
    let group = find(admin, id).await?;
    let wanted = wanted(form, |name| GlobalPermission::parse(name).is_some())?;
    let given = admin.app.accounts.list_global_grants(group.id).await?;
    let mut change = Change::default();
    for known in GlobalPermission::ALL {
        let name = known.as_str();
        let is_given = given.iter().any(|one| one == name);
        let grant = Grant::Global(*known);
        change.note(grant, is_given, wanted.contains(&name), may_give(&seat.grants, grant, ""))?;
    }
    change.carry_out(admin, seat, &group).await
}

/// The sites whose settings the group may change.
async fn grant_on_sites(admin: &Admin, seat: &Seat, id: &str, form: &FormData) -> Done {
    let group = find(admin, id).await?;
    let sites = site::list(&*admin.app.db, "").await?;
    let wanted = wanted(form, |name| sites.iter().any(|site| site.id.to_string() == name))?;
    let given = admin.app.accounts.list_site_grants(group.id).await?;
    let mut change = Change::default();
    for site in &sites {
        let is_wanted = wanted.contains(&site.id.to_string().as_str());
        let grant = Grant::SiteSettings(site.id);
        change.note(grant, given.contains(&site.id), is_wanted, may_give(&seat.grants, grant, ""))?;
    }
    change.carry_out(admin, seat, &group).await
}
