//! Translating a page: which languages it is in, and making its version in others, where its parents have theirs.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::{act, alias, languages, permit, query_of, row};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::admin::words;
use crate::content::explore::{Languages, Listed, Spot};
use crate::content::locale::{self, Named};
use crate::content::tree::ROOT_ID;
use crate::content::{EditError, Extent, Parents, Translating, Version};
use crate::http::form::FormData;
use crate::permit::Denied;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminPages;

pub(super) async fn page(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| form_page(&admin, seat, &id, &query, None).await).await
}

pub(super) async fn translate(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| make(&admin, seat, &id, request).await).await
}

/// A page in its languages, and all that there are.
struct Source {
    languages: Languages,
    known: Vec<Named>,
}

/// A language that a page can be translated into.
struct Target<'s> {
    language: &'s Named,
    spot: Spot<'s>,
}

impl Source {
    async fn find(admin: &Admin, seat: &Seat, id: &str) -> Result<Self, Refusal> {
        let content = &admin.app.content;
        let row = permit::explored(content, &seat.grants, act::id(id)?).await?;
        permit::refuse_copying(&seat.grants, &row)?;
        Ok(Self { languages: content.languages_of(row).await?, known: locale::names(&content.db).await? })
    }

    /// The languages that it is not in.
    fn targets(&self) -> Vec<Target<'_>> {
        let open = self.known.iter().filter(|language| self.languages.version(&language.code).is_none());
        open.map(|language| Target { language, spot: self.languages.spot(&language.code) }).collect()
    }
}

/// How pages are made, as the form says it.
fn wanted(form: &FormData) -> Result<Translating, Refusal> {
    Ok(Translating {
        parents: if form.first("parents").is_some() { Parents::Mirrored } else { Parents::Required },
        version: if alias::is_wanted(form.first("as"))? { Version::Alias } else { Version::Copy },
        extent: if form.first("subtree").is_some() { Extent::Subtree } else { Extent::Page },
    })
}

/// Adding a page there; what mirrors another page is live when that is, which takes publishing there.
fn refuse(seat: &Seat, there: &Listed, how: Translating, target: &Target<'_>) -> Result<(), Denied> {
    let mirrors = how.version == Version::Alias || !target.spot.missing.is_empty();
    permit::refuse_coming(&seat.grants, there, mirrors)
}

async fn form_page(admin: &Admin, seat: &Seat, id: &str, given: &FormData, error: Option<Said>) -> Done {
    let content = &admin.app.content;
    let source = Source::find(admin, seat, id).await?;
    let targets = source.targets();
    let places = content.list_pages(targets.iter().map(|target| target.spot.below).collect()).await?;
    let plain = Translating { parents: Parents::Mirrored, version: Version::Copy, extent: Extent::Page };
    let option = |target: &Target<'_>| {
        let there = places.iter().find(|place| place.id == target.spot.below);
        let denied = there.and_then(|there| refuse(seat, there, plain, target).err());
        json!({
            "code": target.language.code, "name": target.language.name,
            "chosen": given.all("locale").any(|chosen| chosen == target.language.code),
            "missing": target.spot.missing.iter().rev().map(|page| &page.title).collect::<Vec<_>>(),
            "blocked": denied.as_ref().map(words::denied),
        })
    };
    let options: Vec<Value> = targets.iter().map(option).collect();
    let types = content.types();
    let context = json!({
        "page": admin.row(seat, &types, &source.languages.row),
        "crumbs": admin.crumbs(seat, &source.languages.row.path).await?,
        "languages": languages::of_page(admin, seat, &source.languages.row).await?,
        "options": options,
        "any_open": options.iter().any(|option| option["blocked"].is_null()),
        "any_missing": options.iter().any(|option| option["missing"] != json!([])),
        "pages": content.count_subtree(source.languages.row.id).await?,
        "as_alias": given.first("as") == Some("alias"),
        "parents": given.first("parents").is_some() || error.is_none(),
        "subtree": given.first("subtree").is_some(),
        "error": error,
        "cancel": row::address(source.languages.row.parent_id.unwrap_or(ROOT_ID)),
    });
    let mut response = admin.page(seat, "admin/pages/translate.html", context);
    if error.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

async fn make(admin: &Admin, seat: &Seat, id: &str, request: Request) -> Done {
    let form = admin.read_form(seat, request).await?;
    let content = &admin.app.content;
    let source = Source::find(admin, seat, id).await?;
    let how = wanted(&form)?;
    let mut targets = Vec::new();
    for code in form.all("locale") {
        let target = source.targets().into_iter().find(|target| target.language.code == code);
        targets.push(target.ok_or(Refusal::Bad(said("no-language-to-translate-into")))?);
    }
    if targets.is_empty() {
        return form_page(admin, seat, id, &form, Some(said("choose-a-language"))).await;
    }
    if how.parents == Parents::Required && targets.iter().any(|target| !target.spot.missing.is_empty()) {
        return form_page(admin, seat, id, &form, Some(said("translate-parents-first"))).await;
    }
    let places = content.list_pages(targets.iter().map(|target| target.spot.below).collect()).await?;
    for target in &targets {
        let there = places
            .iter()
            .find(|place| place.id == target.spot.below)
            .ok_or(EditError::PageNotFound(target.spot.below))?;
        refuse(seat, there, how, target)?;
    }
    let mut made = Vec::new();
    for target in &targets {
        match content.translate_page(source.languages.row.id, &target.language.code, how, seat.actor()).await {
            Ok(page) => made.push(page),
            Err(EditError::Db(error)) => return Err(error.into()),
            Err(error) => {
                let text = said("not-translated-into")
                    .with("language", target.language.name.as_str())
                    .with("why", act::why(&error));
                return form_page(admin, seat, id, &form, Some(text)).await;
            }
        }
    }
    let next = match &made[..] {
        [one] => {
            let made = content.listed(*one).await?;
            match seat.grants.may_edit(permit::page_of(&made)) {
                true => format!("/admin/pages/{one}/edit/"),
                false => format!("{}#page-{one}", row::address(made.parent_id.unwrap_or(ROOT_ID))),
            }
        }
        _ => format!("/admin/pages/{}/translate/", source.languages.row.id),
    };
    Ok(see_other(&next, ROUTE))
}
