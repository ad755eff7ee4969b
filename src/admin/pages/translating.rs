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
use crate::content::explore::{Listed, Translation};
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

/// A page, with what has to be known of the languages of it and of all above it.
struct Source {
    row: Listed,
    /// From the top, without the hidden root.
    above: Vec<Listed>,
    known: Vec<Named>,
    there: Vec<Translation>,
}

/// A language that a page can be translated into.
struct Target<'s> {
    language: &'s Named,
    /// Below which its version goes.
    below: i64,
    /// The pages above it that are not in the language.
    missing: Vec<&'s Listed>,
}

impl Source {
    async fn find(admin: &Admin, seat: &Seat, id: &str) -> Result<Self, Refusal> {
        let content = &admin.app.content;
        let row = permit::explored(content, &seat.grants, act::id(id)?).await?;
        permit::refuse_copying(&seat.grants, &row)?;
        let mut above = content.list_above(&row.path).await?;
        above.retain(|page| page.id != ROOT_ID);
        let ids = above.iter().map(|page| page.id).chain([row.id]).collect();
        let there = content.list_translations(ids).await?;
        Ok(Self { row, above, known: locale::names(&content.db).await?, there })
    }

    fn version(&self, of: i64, language: &str) -> Option<&Translation> {
        self.there.iter().find(|found| found.of_id == of && found.locale == language)
    }

    /// The languages that it is not in.
    fn targets(&self) -> Vec<Target<'_>> {
        let open =
            |language: &&Named| language.code != self.row.locale && self.version(self.row.id, &language.code).is_none();
        self.known.iter().filter(open).map(|language| self.target(language)).collect()
    }

    fn target<'s>(&'s self, language: &'s Named) -> Target<'s> {
        let mut missing = Vec::new();
        for page in self.above.iter().rev() {
            match self.version(page.id, &language.code) {
                Some(found) => return Target { language, below: found.id, missing },
                None => missing.push(page),
            }
        }
        Target { language, below: ROOT_ID, missing }
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
    let mirrors = how.version == Version::Alias || !target.missing.is_empty();
    permit::refuse_coming(&seat.grants, there, mirrors)
}

async fn form_page(admin: &Admin, seat: &Seat, id: &str, given: &FormData, error: Option<Said>) -> Done {
    let content = &admin.app.content;
    let source = Source::find(admin, seat, id).await?;
    let targets = source.targets();
    let places = content.list_pages(targets.iter().map(|target| target.below).collect()).await?;
    let plain = Translating { parents: Parents::Mirrored, version: Version::Copy, extent: Extent::Page };
    let option = |target: &Target<'_>| {
        let there = places.iter().find(|place| place.id == target.below);
        let denied = there.and_then(|there| refuse(seat, there, plain, target).err());
        json!({
            "code": target.language.code, "name": target.language.name,
            "chosen": given.all("locale").any(|chosen| chosen == target.language.code),
            "missing": target.missing.iter().rev().map(|page| &page.title).collect::<Vec<_>>(),
            "blocked": denied.as_ref().map(words::denied),
        })
    };
    let options: Vec<Value> = targets.iter().map(option).collect();
    let types = content.types();
    let context = json!({
        "page": admin.row(seat, &types, &source.row),
        "crumbs": admin.crumbs(seat, &source.row.path).await?,
        "languages": languages::of_page(admin, seat, &source.row).await?,
        "options": options,
        "any_open": options.iter().any(|option| option["blocked"].is_null()),
        "any_missing": options.iter().any(|option| option["missing"] != json!([])),
        "pages": content.count_subtree(source.row.id).await?,
        "as_alias": given.first("as") == Some("alias"),
        "parents": given.first("parents").is_some() || error.is_none(),
        "subtree": given.first("subtree").is_some(),
        "error": error,
        "cancel": row::address(source.row.parent_id.unwrap_or(ROOT_ID)),
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
    if how.parents == Parents::Required && targets.iter().any(|target| !target.missing.is_empty()) {
        return form_page(admin, seat, id, &form, Some(said("translate-parents-first"))).await;
    }
    let places = content.list_pages(targets.iter().map(|target| target.below).collect()).await?;
    for target in &targets {
        let there =
            places.iter().find(|place| place.id == target.below).ok_or(EditError::PageNotFound(target.below))?;
        refuse(seat, there, how, target)?;
    }
    let mut made = Vec::new();
    for target in &targets {
        match content.translate_page(source.row.id, &target.language.code, how, seat.actor()).await {
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
        _ => format!("/admin/pages/{}/translate/", source.row.id),
    };
    Ok(see_other(&next, ROUTE))
}
