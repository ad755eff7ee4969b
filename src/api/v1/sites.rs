//! `/api/v1/sites/` and `/api/v1/locales/`: where pages are shown, and in which languages.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use serde_json::{Value, json};

use super::answer::{Expected, Reply, etag, version_of};
use super::at;
use super::entry::{self, Sent, answer, known, unless_known};
use super::problem::{Done, Refusal, bad_request, forbidden, not_found};
use super::seen::{overtaken, refuse_stale, seen};
use crate::accounts::{GlobalPermission, Scope};
use crate::api::Api;
use crate::api::caller::Caller;
use crate::content::locale::{self, Locale};
use crate::content::object_log::Of;
use crate::content::site::{self, Language, Site};
use crate::content::{NewSite, SiteChange, SiteError};
use crate::telemetry::label::{ObjectKind, Route};

const SITES: (Route, Option<Scope>) = (Route::ApiSites, Some(Scope::Settings));
const SITE: (Route, Option<Scope>) = (Route::ApiSite, Some(Scope::Settings));
const LOCALES: (Route, Option<Scope>) = (Route::ApiLocales, Some(Scope::Settings));
const LOCALE: (Route, Option<Scope>) = (Route::ApiLocale, Some(Scope::Settings));

pub(super) fn routes() -> Router<Arc<Api>> {
    let site = get(one).patch(change).delete(remove);
    let locale = get(locale_of).patch(change_locale).delete(remove_locale);
    Router::new()
        .merge(at("/api/v1/sites/", get(all).post(create), (SITES.0, "GET, HEAD, POST")))
        .merge(at("/api/v1/sites/{id}/", site, (SITE.0, "GET, HEAD, PATCH, DELETE")))
        .merge(at("/api/v1/locales/", get(locales).post(add_locale), (LOCALES.0, "GET, HEAD, POST")))
        .merge(at("/api/v1/locales/{code}/", locale, (LOCALE.0, "GET, HEAD, PATCH, DELETE")))
}

fn refuse(caller: &Caller, needs: GlobalPermission) -> Result<(), Refusal> {
    match caller.grants().may(needs) {
        true => Ok(()),
        false => Err(forbidden("You may not manage this. Ask whoever gives permissions.").into()),
    }
}

fn language(of: &Language) -> Value {
    json!({ "code": of.code, "name": of.name, "prefix": of.prefix, "root_page": of.root_page_id })
}

fn address(id: i64) -> String {
    format!("/api/v1/sites/{id}/")
}

fn of_site(id: i64) -> Of<'static> {
    Of { kind: ObjectKind::Site, id, type_name: "" }
}

fn shown(of: &Site) -> Value {
    json!({
        "id": of.id,
        "detail_url": address(of.id),
        "hostname": of.hostname,
        "port": of.port,
        "name": of.name,
        "base_url": of.base_url,
        "is_default": of.is_default,
        "root_page": of.root_page_id,
        "languages": of.languages.iter().map(language).collect::<Vec<Value>>(),
    })
}

/// Of all that is told but the public address, which the configuration may say.
fn version(of: &Site) -> i64 {
    let languages: Vec<Value> = of.languages.iter().map(language).collect();
    version_of(&json!([of.hostname, of.port, of.name, of.is_default, of.root_page_id, languages]))
}

fn tagged(of: &Site) -> (Value, String) {
    let shown = shown(of);
    let etag = etag(version(of), &shown);
    (shown, etag)
}

async fn sites(api: &Api) -> Result<Vec<Site>, Refusal> {
    let app = &api.site.app;
    Ok(site::list(&*app.db, &app.config.server.base_url).await?)
}

async fn find(api: &Api, id: i64) -> Result<Site, Refusal> {
    let found = sites(api).await?.into_iter().find(|known| known.id == id);
    found.ok_or_else(|| SiteError::SiteNotFound(id).into())
}

async fn all(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller, GlobalPermission::Sites)?;
        known(&sent.query, &["limit", "after"])?;
        let (limit, after) = (entry::usual_limit(sent)?, entry::number(sent, "after")?.unwrap_or_default());
        let mut found = sites(&api).await?;
        found.retain(|site| site.id > after);
        found.sort_by_key(|site| site.id);
        Ok(entry::part(sent, limit, found, |last| last.id.to_string(), shown))
    };
    answer(&api, &caller, request, SITES, work).await
}

async fn one(State(api): State<Arc<Api>>, Path(id): Path<String>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller, GlobalPermission::Sites)?;
        known(&sent.query, &[])?;
        let (shown, etag) = tagged(&find(&api, entry::id(&id)?).await?);
        Ok(unless_known(sent, Reply::ok(&shown).with_etag(etag)))
    };
    answer(&api, &caller, request, SITE, work).await
}

async fn create(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller, GlobalPermission::Sites)?;
        let mut given = sent.given()?;
        let (hostname, root_page) = (given.text("hostname"), given.number("root_page"));
        let new = NewSite {
            hostname: given.needed("hostname", hostname).unwrap_or_default(),
            port: given.number("port").unwrap_or(443),
            name: given.text("name").unwrap_or_default(),
            root_page_id: given.needed("root_page", root_page).unwrap_or_default(),
        };
        given.end()?;
        let id = api.site.app.content.create_site(&new, caller.actor()?).await?;
        let (made, etag) = tagged(&find(&api, id).await?);
        Ok(Reply::created(&made, address(id)).with_etag(etag))
    };
    answer(&api, &caller, request, SITES, work).await
}

async fn change(State(api): State<Arc<Api>>, Path(id): Path<String>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| patch(&api, &caller, &id, sent).await;
    answer(&api, &caller, request, SITE, work).await
}

async fn patch(api: &Api, caller: &Caller, id: &str, sent: &Sent) -> Done {
    refuse(caller, GlobalPermission::Sites)?;
    let old = find(api, entry::id(id)?).await?;
    let (id, expected) = (old.id, seen(sent)?);
    refuse_stale(api, &expected, of_site(id), version(&old)).await?;
    let mut given = sent.given()?;
    let is_default = given.flag("is_default");
    let change = SiteChange {
        hostname: given.text("hostname"),
        port: given.number("port"),
        name: given.text("name"),
        root_page_id: given.number("root_page"),
        becomes_default: is_default == Some(true),
    };
    if is_default == Some(false) && old.is_default {
        given.refuse("is_default", "default_needed", "Make another site the default one.");
    }
    given.end()?;
    let (is_seen, content) = (|now: &Site| expected.takes(version(now)), &api.site.app.content);
    if !content.update_site_if(id, &change, is_seen, caller.actor()?).await? {
        return Err(overtaken(api, of_site(id)).await);
    }
    let (shown, etag) = tagged(&find(api, id).await?);
    Ok(Reply::ok(&shown).with_etag(etag))
}

async fn remove(State(api): State<Arc<Api>>, Path(id): Path<String>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller, GlobalPermission::Sites)?;
        sent.expect_nothing()?;
        let known = find(&api, entry::id(&id)?).await?;
        let expected = Expected::of(&sent.headers);
        refuse_stale(&api, &expected, of_site(known.id), version(&known)).await?;
        let (is_seen, content) = (|now: &Site| expected.takes(version(now)), &api.site.app.content);
        if !content.delete_site_if(known.id, is_seen, caller.actor()?).await? {
            return Err(overtaken(&api, of_site(known.id)).await);
        }
        Ok(Reply::nothing(StatusCode::NO_CONTENT))
    };
    answer(&api, &caller, request, SITE, work).await
}

fn locale_address(code: &str) -> String {
    format!("/api/v1/locales/{code}/")
}

fn shown_locale(of: &Locale) -> Value {
    json!({
        "code": of.code,
        "detail_url": locale_address(&of.code),
        "name": of.name,
        "is_default": of.is_default,
        "pages": of.pages,
    })
}

/// How many pages are written in a language changes all the time, and is no change of it.
fn tagged_locale(of: &Locale) -> (Value, String) {
    let shown = shown_locale(of);
    (shown.clone(), etag(locale_version(of), &shown))
}

fn locale_version(of: &Locale) -> i64 {
    version_of(&json!([of.code, of.name, of.is_default]))
}

/// The log of languages has them all under one number.
fn of_locales() -> Of<'static> {
    Of { kind: ObjectKind::Locale, id: 0, type_name: "" }
}

async fn locale_named(api: &Api, code: &str) -> Result<Locale, Refusal> {
    let found = locale::list(&api.site.app.db).await?.into_iter().find(|known| known.code == code);
    found.ok_or_else(|| not_found("There is no such language.").into())
}

/// In the order in which they are offered.
async fn locales(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller, GlobalPermission::Locales)?;
        known(&sent.query, &["limit", "after"])?;
        let limit = entry::usual_limit(sent)?;
        let mut found = locale::list(&api.site.app.db).await?;
        if let Some(after) = sent.query.first("after") {
            let at = found.iter().position(|known| known.code == after);
            let at = at.ok_or_else(|| bad_request("after is none that a list gave."))?;
            found.drain(..=at);
        }
        Ok(entry::part(sent, limit, found, |last| last.code.clone(), shown_locale))
    };
    answer(&api, &caller, request, LOCALES, work).await
}

async fn add_locale(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller, GlobalPermission::Locales)?;
        let mut given = sent.given()?;
        let (code, name) = (given.text("code"), given.text("name"));
        let code = given.needed("code", code).unwrap_or_default();
        given.end()?;
        let code = api.site.app.content.create_locale(&code, name.as_deref(), caller.actor()?).await?;
        let (made, etag) = tagged_locale(&locale_named(&api, &code).await?);
        Ok(Reply::created(&made, locale_address(&code)).with_etag(etag))
    };
    answer(&api, &caller, request, LOCALES, work).await
}

async fn locale_of(
    State(api): State<Arc<Api>>,
    Path(code): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller, GlobalPermission::Locales)?;
        known(&sent.query, &[])?;
        let (shown, etag) = tagged_locale(&locale_named(&api, &code).await?);
        Ok(unless_known(sent, Reply::ok(&shown).with_etag(etag)))
    };
    answer(&api, &caller, request, LOCALE, work).await
}

/// Another language becomes the default one; nothing else of a language changes.
async fn change_locale(
    State(api): State<Arc<Api>>,
    Path(code): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller, GlobalPermission::Locales)?;
        let old = locale_named(&api, &code).await?;
        refuse_stale(&api, &seen(sent)?, of_locales(), locale_version(&old)).await?;
        let mut given = sent.given()?;
        let is_default = given.flag("is_default");
        if given.needed("is_default", is_default) == Some(false) {
            given.refuse("is_default", "default_needed", "Make another language the default one.");
        }
        given.end()?;
        api.site.app.content.set_default_locale(&old.code, caller.actor()?).await?;
        let (shown, etag) = tagged_locale(&locale_named(&api, &old.code).await?);
        Ok(Reply::ok(&shown).with_etag(etag))
    };
    answer(&api, &caller, request, LOCALE, work).await
}

async fn remove_locale(
    State(api): State<Arc<Api>>,
    Path(code): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller, GlobalPermission::Locales)?;
        sent.expect_nothing()?;
        let known = locale_named(&api, &code).await?;
        refuse_stale(&api, &Expected::of(&sent.headers), of_locales(), locale_version(&known)).await?;
        api.site.app.content.delete_locale(&known.code, caller.actor()?).await?;
        Ok(Reply::nothing(StatusCode::NO_CONTENT))
    };
    answer(&api, &caller, request, LOCALE, work).await
}
