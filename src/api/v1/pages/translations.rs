//! A page in other languages: which versions of it there are, and making one.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::place::need_publish;
use super::show::{address, head};
use super::write::acting;
use super::{explored, find, reloaded};
use crate::accounts::{PageOf, Scope};
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::Reply;
use crate::api::v1::entry::{self, Sent, answer, known};
use crate::api::v1::problem::Done;
use crate::content::detail::{self, Detail};
use crate::content::{EditError, Extent, Parents, Translating, Version, locale};
use crate::permit::{self, Wants};
use crate::telemetry::label::Route;

pub(super) async fn all(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| list(&api, &caller, &id, sent).await;
    answer(&api, &caller, request, (super::TRANSLATIONS, Some(Scope::ReadContent)), work).await
}

/// The page in each language, its own one too, as far as the caller may see it; and the languages that it is not in.
async fn list(api: &Api, caller: &Caller, id: &str, sent: &Sent) -> Done {
    known(&sent.query, &[])?;
    let page = find(api, caller, entry::id(id)?, Wants::See).await?.page;
    let db = &api.site.app.db;
    let versions = detail::list_translations(&**db, &page.translation_key).await?;
    let languages = locale::names(db).await?;
    let may_see = |version: &&Detail| {
        let place = PageOf { path: &version.page.path, owner: version.page.owner };
        !version.page.trashed && permit::refuse_page(caller.grants(), place, Wants::See).is_ok()
    };
    let items: Vec<Value> = versions.iter().filter(may_see).map(|version| head(api, version)).collect();
    // What is in the trash may come back: its language is taken.
    let is_taken = |code: &str| versions.iter().any(|version| version.page.locale == code);
    let missing: Vec<&str> =
        languages.iter().map(|language| language.code.as_str()).filter(|code| !is_taken(code)).collect();
    Ok(Reply::ok(&json!({ "items": items, "missing": missing })))
}

pub(super) async fn translate(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| make(&api, &caller, &id, sent).await;
    answer(&api, &caller, request, (Route::ApiPageAction, Some(Scope::WriteContent)), work).await
}

async fn make(api: &Api, caller: &Caller, id: &str, sent: &Sent) -> Done {
    let mut given = sent.given()?;
    let into = given.text("locale");
    let into = given.needed("locale", into).unwrap_or_default();
    let parents = given.word("parents", &[("required", Parents::Required), ("mirrored", Parents::Mirrored)]);
    let how = Translating {
        parents: parents.unwrap_or(Parents::Required),
        version: if given.flag("alias").unwrap_or_default() { Version::Alias } else { Version::Copy },
        extent: if given.flag("subtree").unwrap_or_default() { Extent::Subtree } else { Extent::Page },
    };
    given.end()?;
    let (content, grants) = (&api.site.app.content, caller.grants());
    let row = explored(api, caller, entry::id(id)?).await?;
    permit::refuse_copying(grants, &row)?;
    let known = locale::names(&content.db).await?;
    let language = known.iter().find(|known| known.code.eq_ignore_ascii_case(&into));
    let into = &language.ok_or(EditError::LocaleNotFound(into))?.code;
    let languages = content.languages_of(row).await?;
    let page = languages.row.id;
    if let Some(page) = languages.version(into) {
        return Err(EditError::TranslationExists { page, locale: into.clone() }.into());
    }
    let spot = languages.spot(into);
    // What mirrors another page is live when that is.
    let mirrors = how.version == Version::Alias || (how.parents == Parents::Mirrored && !spot.missing.is_empty());
    need_publish(caller, mirrors)?;
    permit::refuse_coming(grants, &content.listed(spot.below).await?, mirrors)?;
    // As it was judged: nothing that mirrors another page comes along by then.
    let parents = if spot.missing.is_empty() { Parents::Required } else { how.parents };
    let how = Translating { parents, ..how };
    let made = content.translate_page(page, into, how, acting(caller, sent)?).await?;
    Ok(Reply::created(&head(api, &reloaded(api, made).await?), address(made)))
}
