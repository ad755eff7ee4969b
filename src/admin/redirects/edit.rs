//! One redirect: made, changed, deleted.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::{HOME, ROUTE, enter, list, options, sites, why};
use crate::admin::answer::see_other;
use crate::admin::entry::Seat;
use crate::admin::pages::{ids, row};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::admin::{Admin, usage};
use crate::content::labels;
use crate::content::object_log::Of;
use crate::content::redirect::{self, Existing, Import, Mode, NewRedirect, Redirect, RedirectError, Target};
use crate::http::form::FormData;
use crate::telemetry::label::ObjectKind;

const NOTHING: Refusal = Refusal::Missing(said("redirect-gone"));

pub(super) async fn new(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = enter(&admin, &request);
    admin.answer(entering, async |seat| show(&admin, seat, None, None).await).await
}

pub(super) async fn page(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = enter(&admin, &request);
    let work = async |seat: &Seat| {
        let known = find(&admin, &id).await?;
        show(&admin, seat, Some(&known), None).await
    };
    admin.answer(entering, work).await
}

pub(super) async fn add(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = enter(&admin, &request);
    admin.answer(entering, async |seat| make(&admin, seat, request).await).await
}

pub(super) async fn save(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = enter(&admin, &request);
    admin.answer(entering, async |seat| change(&admin, seat, &id, request).await).await
}

pub(super) async fn delete(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = enter(&admin, &request);
    let work = async |seat: &Seat| {
        let id = ids::parse(&id).ok_or(NOTHING)?;
        match admin.app.content.delete_redirect(id, seat.actor()).await {
            Ok(()) => Ok(see_other(HOME, ROUTE)),
            Err(RedirectError::Db(error)) => Err(error.into()),
            Err(_) => Err(NOTHING),
        }
    };
    admin.answer(entering, work).await
}

async fn find(admin: &Admin, id: &str) -> Result<Redirect, Refusal> {
    redirect::find(&*admin.app.db, ids::parse(id).ok_or(NOTHING)?).await?.ok_or(NOTHING)
}

/// What a redirect says, in one text: so that a form that was opened before somebody changed it is not taken.
fn standing(known: &Redirect) -> String {
    let Redirect { site_id, old_path, covers_subtree, target_page_id, target_route, target_url, is_permanent, .. } =
        known;
    json!([site_id, old_path, covers_subtree, target_page_id, target_route, target_url, is_permanent]).to_string()
}

/// What was typed, and why it was refused.
struct Again<'f> {
    form: &'f FormData,
    error: Said,
    status: StatusCode,
}

/// What the form holds at first.
fn values(known: Option<&Redirect>) -> Value {
    let Some(known) = known else {
        return json!({ "from": "", "to": "", "page": "", "is_permanent": true, "covers_subtree": false });
    };
    json!({
        "from": known.old_path, "page": known.target_page_id,
        "to": if known.target_page_id.is_some() { &known.target_route } else { &known.target_url },
        "is_permanent": known.is_permanent, "covers_subtree": known.covers_subtree,
    })
}

async fn show(admin: &Admin, seat: &Seat, known: Option<&Redirect>, again: Option<Again<'_>>) -> Done {
    let sites = sites(admin).await?;
    let mut shown = values(known);
    let mut site = known.and_then(|known| known.site_id);
    if let Some(Again { form, .. }) = &again {
        for name in ["from", "to", "page"] {
            shown[name] = json!(form.first(name).unwrap_or_default());
        }
        shown["is_permanent"] = json!(form.first("temporary").is_none());
        shown["covers_subtree"] = json!(form.first("subtree").is_some());
        site = form.first("site").and_then(ids::parse);
    }
    let events = match known {
        Some(known) => usage::log(admin, seat, Of { kind: ObjectKind::Redirect, id: known.id, type_name: "" }).await?,
        None => Vec::new(),
    };
    let status = again.as_ref().map_or(StatusCode::OK, |again| again.status);
    let facts = known.map(|known| {
        json!({
            "id": known.id, "was": standing(known), "automatic": known.automatic, "hits": known.hits,
            "target": list::target(known), "last_hit": known.last_hit_at.map(|at| row::when(at, &seat.zone())),
        })
    });
    let page = shown["page"].as_i64().or_else(|| shown["page"].as_str().and_then(ids::parse));
    let titles = labels::of_pages(&admin.app.db, page.into_iter().collect()).await?;
    let context = json!({
        "page_title": titles.first().map(|page| &page.title),
        "redirect": facts, "values": shown, "sites": options(&sites, site), "events": events,
        "error": again.map(|again| again.error),
    });
    let mut response = admin.page(seat, "admin/redirects/edit.html", context);
    *response.status_mut() = status;
    Ok(response)
}

/// What the form says; else what is wrong with it.
fn read(form: &FormData) -> Result<NewRedirect, Said> {
    let text = |name: &str| form.first(name).unwrap_or_default().trim().to_owned();
    let target = match text("page").as_str() {
        "" if text("to").is_empty() => return Err(said("say-where-it-leads")),
        "" => Target::Url(text("to")),
        id => {
            let id = ids::parse(id).ok_or_else(|| said("page-is-said-by-number"))?;
            Target::Page { id, route: text("to") }
        }
    };
    let site = match text("site").as_str() {
        "" => None,
        id => Some(ids::parse(id).ok_or_else(|| said("no-such-site"))?),
    };
    Ok(NewRedirect {
        from: text("from"),
        target,
        site,
        covers_subtree: form.first("subtree").is_some(),
        is_permanent: form.first("temporary").is_none(),
    })
}

async fn begin(admin: &Admin) -> Result<Import, Refusal> {
    let base_url = &admin.app.config.server.base_url;
    Ok(admin.app.content.begin_redirects(base_url, Existing::Refused, Mode::Write).await?)
}

async fn make(admin: &Admin, seat: &Seat, request: Request) -> Done {
    let form = admin.read_form(seat, request).await?;
    let error = match read(&form) {
        Ok(new) => {
            let mut import = begin(admin).await?;
            match admin.app.content.create_redirect(&mut import, &new, seat.actor()).await {
                Ok(_) => return Ok(see_other(HOME, ROUTE)),
                Err(error) => why(error)?,
            }
        }
        Err(error) => error,
    };
    show(admin, seat, None, Some(Again { form: &form, error, status: StatusCode::UNPROCESSABLE_ENTITY })).await
}

async fn change(admin: &Admin, seat: &Seat, id: &str, request: Request) -> Done {
    let form = admin.read_form(seat, request).await?;
    let known = find(admin, id).await?;
    if form.first("was") != Some(standing(&known).as_str()) {
        let error = said("redirect-changed-meanwhile").to_owned();
        return show(admin, seat, Some(&known), Some(Again { form: &form, error, status: StatusCode::CONFLICT })).await;
    }
    let error = match read(&form) {
        Ok(new) => {
            let import = begin(admin).await?;
            match admin.app.content.update_redirect(&import, known.id, &new, seat.actor()).await {
                Ok(()) => return Ok(see_other(HOME, ROUTE)),
                Err(error) => why(error)?,
            }
        }
        Err(error) => error,
    };
    let again = Again { form: &form, error, status: StatusCode::UNPROCESSABLE_ENTITY };
    show(admin, seat, Some(&known), Some(again)).await
}
