//! Sites: which host shows which part of the tree.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::answer::see_other;
use super::entry::Seat;
use super::manage::{self, Problem, text};
use super::pages::{ids, row};
use super::refusal::{Done, Refusal};
use super::{Admin, only, usage};
use crate::accounts::GlobalPermission;
use crate::admin::texts::{Said, said};
use crate::content::explore::{Asked, Direction, Filter, Order, PER_PART};
use crate::content::object_log::Of;
use crate::content::site::{self, Site};
use crate::content::tree::ROOT_ID;
use crate::content::{NewSite, SiteChange};
use crate::http::form::FormData;
use crate::telemetry::label::{ObjectKind, Route};

const ROUTE: Route = Route::AdminSites;
const NEEDS: GlobalPermission = GlobalPermission::Sites;
const URL: &str = "/admin/sites/";
const MISSING: Said = said("no-such-site");
/// What deleting a site asks to type is its host name.
const NOT_TYPED: Said = said("type-host-name-exactly");

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new()
        .route("/admin/sites/", only(get(page), ROUTE))
        .route("/admin/sites/add/", only(get(blank).post(add), ROUTE))
        .route("/admin/sites/{id}/", only(get(edit).post(save), ROUTE))
        .route("/admin/sites/{id}/default/", only(post(set_default), ROUTE))
        .route("/admin/sites/{id}/delete/", only(post(delete), ROUTE))
}

async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    admin.manage_page(request, ROUTE, NEEDS, async |seat, _| list(&admin, seat).await).await
}

async fn blank(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let form = FormData::parse(b"port=443");
    admin.manage_page(request, ROUTE, NEEDS, async |seat, _| show(&admin, seat, None, Some(&form), None).await).await
}

async fn edit(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let work = async |seat: &Seat, _: &FormData| {
        let known = find(&admin, &id).await?;
        show(&admin, seat, Some(&known), None, None).await
    };
    admin.manage_page(request, ROUTE, NEEDS, work).await
}

async fn add(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, form| create(&admin, seat, form).await).await
}

async fn save(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    admin.manage_form(request, ROUTE, NEEDS, async |seat, form| change(&admin, seat, &id, form).await).await
}

async fn set_default(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let work = async |seat: &Seat, _: &FormData| {
        let known = find(&admin, &id).await?;
        match admin.app.content.set_default_site(known.id, seat.actor()).await {
            Ok(()) => Ok(see_other(URL, ROUTE)),
            Err(error) => show(&admin, seat, Some(&known), None, Some(&manage::site_problem(error)?)).await,
        }
    };
    admin.manage_form(request, ROUTE, NEEDS, work).await
}

async fn delete(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let work = async |seat: &Seat, form: &FormData| {
        let known = find(&admin, &id).await?;
        if text(form, "word") != known.hostname {
            return show(&admin, seat, Some(&known), None, Some(&Problem::new("word", NOT_TYPED))).await;
        }
        match admin.app.content.delete_site(known.id, seat.actor()).await {
            Ok(()) => Ok(see_other(URL, ROUTE)),
            Err(error) => show(&admin, seat, Some(&known), None, Some(&manage::site_problem(error)?)).await,
        }
    };
    admin.manage_form(request, ROUTE, NEEDS, work).await
}

async fn find(admin: &Admin, id: &str) -> Result<Site, Refusal> {
    let id = manage::id(id, MISSING)?;
    let sites = site::list(&*admin.app.db, &admin.app.config.server.base_url).await?;
    sites.into_iter().find(|known| known.id == id).ok_or(Refusal::Missing(MISSING))
}

async fn list(admin: &Admin, seat: &Seat) -> Done {
    let sites = site::list(&*admin.app.db, &admin.app.config.server.base_url).await?;
    let roots = admin.app.content.list_pages(sites.iter().map(|known| known.root_page_id).collect()).await?;
    let shown = |known: &Site| {
        let root = roots.iter().find(|page| page.id == known.root_page_id);
        json!({
            "name": known.name, "url": format!("{URL}{}/", known.id), "base_url": known.base_url,
            "is_default": known.is_default, "root": root.map(row::title),
            "languages": known.languages.iter().map(|language| language.name.as_str()).collect::<Vec<_>>(),
        })
    };
    let context = json!({ "sites": sites.iter().map(shown).collect::<Vec<Value>>() });
    Ok(admin.page(seat, "admin/sites/list.html", context))
}

/// The form of a site, or of a new one; `form`: what was typed.
async fn show(
    admin: &Admin,
    seat: &Seat,
    known: Option<&Site>,
    form: Option<&FormData>,
    problem: Option<&Problem>,
) -> Done {
    let content = &admin.app.content;
    let filter = Filter::default();
    let asked = Asked {
        parent: ROOT_ID,
        order: Order::Tree,
        direction: Direction::Up,
        filter: &filter,
        after: None,
        only: None,
        limit: PER_PART,
    };
    let mut choices = content.list_children(asked).await?.rows;
    let chosen = form.and_then(|form| ids::parse(text(form, "root"))).or(known.map(|known| known.root_page_id));
    if let Some(other) = chosen.filter(|id| !choices.iter().any(|page| page.id == *id)) {
        choices.extend(content.list_pages(vec![other]).await?);
    }
    let typed = |field: &str, stored: String| form.map_or(stored, |form| text(form, field).to_owned());
    let option = |page: &crate::content::explore::Listed| json!({ "value": page.id, "label": page.title, "chosen": chosen == Some(page.id) });
    let events = match known {
        Some(known) => usage::log(admin, seat, Of { kind: ObjectKind::Site, id: known.id, type_name: "" }).await?,
        None => Vec::new(),
    };
    let of = |field: fn(&Site) -> String| known.map(field).unwrap_or_default();
    let context = json!({
        "site": known.map(|known| json!({
            "name": known.name, "hostname": known.hostname, "is_default": known.is_default, "base_url": known.base_url,
        })),
        "url": known.map_or_else(|| format!("{URL}add/"), |known| format!("{URL}{}/", known.id)),
        "all": URL,
        "events": events,
        "hostname": typed("hostname", of(|known| known.hostname.clone())),
        "port": typed("port", of(|known| known.port.to_string())),
        "name": typed("name", of(|known| known.name.clone())),
        "roots": choices.iter().map(option).collect::<Vec<Value>>(),
    });
    admin.form_page(seat, "admin/sites/edit.html", context, problem)
}

/// The numbers of a form; 0 for what is none, which is refused as such.
fn numbers(form: &FormData) -> (i64, i64) {
    (text(form, "port").parse().unwrap_or(0), ids::parse(text(form, "root")).unwrap_or(0))
}

async fn create(admin: &Admin, seat: &Seat, form: &FormData) -> Done {
    let (port, root_page_id) = numbers(form);
    let new = NewSite {
        hostname: text(form, "hostname").to_owned(),
        port,
        name: text(form, "name").to_owned(),
        root_page_id,
    };
    match admin.app.content.create_site(&new, seat.actor()).await {
        Ok(_) => Ok(see_other(URL, ROUTE)),
        Err(error) => show(admin, seat, None, Some(form), Some(&manage::site_problem(error)?)).await,
    }
}

async fn change(admin: &Admin, seat: &Seat, id: &str, form: &FormData) -> Done {
    let known = find(admin, id).await?;
    let (port, root) = numbers(form);
    let change = SiteChange {
        hostname: Some(text(form, "hostname").to_owned()),
        port: Some(port),
        name: Some(text(form, "name").to_owned()),
        root_page_id: Some(root),
        ..SiteChange::default()
    };
    match admin.app.content.update_site(known.id, &change, seat.actor()).await {
        Ok(()) => Ok(see_other(URL, ROUTE)),
        Err(error) => show(admin, seat, Some(&known), Some(form), Some(&manage::site_problem(error)?)).await,
    }
}
