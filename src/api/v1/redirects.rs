//! `/api/v1/redirects/`: old addresses, and where they lead.

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
use super::given::Given;
use super::problem::{Refusal, forbidden, not_found};
use super::seen::{overtaken, refuse_stale, seen, until_made};
use crate::accounts::{GlobalPermission, Scope};
use crate::api::Api;
use crate::api::caller::Caller;
use crate::clock::Micros;
use crate::content::object_log::Of;
use crate::content::redirect::{self, Existing, Filter, Import, Mode, NewRedirect, Redirect, Target};
use crate::telemetry::label::{ObjectKind, Route};

const ALL: (Route, Option<Scope>) = (Route::ApiRedirects, Some(Scope::Settings));
const ONE: (Route, Option<Scope>) = (Route::ApiRedirect, Some(Scope::Settings));

/// Longest route below a page.
const MAX_ROUTE_BYTES: usize = 2_000;

pub(super) fn routes() -> Router<Arc<Api>> {
    let one = get(one).patch(change).delete(remove);
    Router::new().merge(at("/api/v1/redirects/", get(all).post(create), (ALL.0, "GET, HEAD, POST"))).merge(at(
        "/api/v1/redirects/{id}/",
        one,
        (ONE.0, "GET, HEAD, PATCH, DELETE"),
    ))
}

fn refuse(caller: &Caller) -> Result<(), Refusal> {
    match caller.grants().may(GlobalPermission::Redirects) {
        true => Ok(()),
        false => Err(forbidden("You may not manage redirects.").into()),
    }
}

fn address(id: i64) -> String {
    format!("/api/v1/redirects/{id}/")
}

/// What is changed of a redirect, and no more: how often it is used is another matter.
fn state(of: &Redirect) -> Value {
    let is_page = of.target_page_id.is_some();
    json!({
        "from": of.old_path,
        "site": of.site_id,
        "to": Some(&of.target_url).filter(|_| !is_page),
        "page": of.target_page_id,
        "route": Some(&of.target_route).filter(|_| is_page),
        "covers_subtree": of.covers_subtree,
        "is_permanent": of.is_permanent,
    })
}

fn version(of: &Redirect) -> i64 {
    version_of(&state(of))
}

fn shown(of: &Redirect) -> Value {
    let mut shown = state(of);
    shown["id"] = json!(of.id);
    shown["meta"] = json!({
        "detail_url": address(of.id),
        "automatic": of.automatic,
        "page_url_path": of.target_page_id.map(|_| &of.page_url_path),
        "hits": of.hits,
        "last_hit_at": of.last_hit_at.map(|at| Micros(at).to_rfc3339()),
    });
    shown
}

/// With its ETag; the version in it is that of what can be changed.
fn tagged(of: &Redirect) -> (Value, String) {
    let shown = shown(of);
    let etag = etag(version(of), &shown);
    (shown, etag)
}

async fn find(api: &Api, id: i64) -> Result<Redirect, Refusal> {
    let found = redirect::find(&*api.site.app.db, id).await?;
    found.ok_or_else(|| not_found("There is no such redirect.").into())
}

async fn begin(api: &Api) -> Result<Import, Refusal> {
    let app = &api.site.app;
    Ok(app.content.begin_redirects(&app.config.server.base_url, Existing::Refused, Mode::Write).await?)
}

async fn all(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller)?;
        known(&sent.query, &["search", "site", "automatic", "limit", "after"])?;
        let limit = entry::usual_limit(sent)?;
        let filter = Filter {
            text: entry::text(sent, "search")?.to_owned(),
            site: entry::number(sent, "site")?,
            automatic: entry::flag(sent, "automatic")?,
        };
        let after = entry::number(sent, "after")?.unwrap_or_default();
        let found = redirect::list(&api.site.app.db, &filter, after, limit + 1).await?;
        Ok(entry::part(sent, limit, found, |last| last.id.to_string(), shown))
    };
    answer(&api, &caller, request, ALL, work).await
}

async fn one(State(api): State<Arc<Api>>, Path(id): Path<String>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller)?;
        known(&sent.query, &[])?;
        let (shown, etag) = tagged(&find(&api, entry::id(&id)?).await?);
        Ok(unless_known(sent, Reply::ok(&shown).with_etag(etag)))
    };
    answer(&api, &caller, request, ONE, work).await
}

/// Where it leads, when the body says so: to a page, or to an address.
fn target(given: &mut Given, known: Option<&Target>) -> Option<Target> {
    let (to, page, route) = (given.text("to"), given.number("page"), given.text("route"));
    let fits = |route: &String| route.len() <= MAX_ROUTE_BYTES && !route.contains(char::is_control);
    if !route.as_ref().is_none_or(fits) {
        given.refuse("route", "invalid_target", format!("It is one line of at most {MAX_ROUTE_BYTES} bytes."));
    }
    match (to, page, route, known) {
        (Some(_), Some(_), ..) => {
            given.refuse("to", "invalid", "Give one of to and page.");
            None
        }
        (Some(url), None, None, _) => Some(Target::Url(url)),
        (None, Some(id), route, _) => Some(Target::Page { id, route: route.unwrap_or_default() }),
        (None, None, Some(route), Some(Target::Page { id, .. })) => Some(Target::Page { id: *id, route }),
        (_, None, Some(_), _) => {
            given.refuse("route", "invalid", "Only what leads to a page has a route.");
            None
        }
        (None, None, None, known) => known.cloned(),
    }
}

/// What a body says of a redirect; what it does not say stays.
fn read(sent: &Sent, old: Option<&Redirect>) -> Result<NewRedirect, Refusal> {
    let mut given = sent.given()?;
    let from = given.text("from").or_else(|| old.map(|old| old.old_path.clone()));
    let from = given.needed("from", from);
    let is_told = ["to", "page", "route"].iter().any(|name| given.has(name));
    let target = target(&mut given, old.map(Redirect::target).as_ref());
    if !is_told {
        given.needed("to", target.clone());
    }
    let site = match given.clears("site") {
        true => given.number("site"),
        false => given.number("site").or_else(|| old.and_then(|old| old.site_id)),
    };
    let new = NewRedirect {
        from: from.unwrap_or_default(),
        target: target.unwrap_or(Target::Url(String::new())),
        site,
        covers_subtree: given.flag("covers_subtree").unwrap_or_else(|| old.is_some_and(|old| old.covers_subtree)),
        is_permanent: given.flag("is_permanent").unwrap_or_else(|| old.is_none_or(|old| old.is_permanent)),
    };
    given.end()?;
    Ok(new)
}

async fn create(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller)?;
        let new = read(sent, None)?;
        let mut import = begin(&api).await?;
        let id = api.site.app.content.create_redirect(&mut import, &new, caller.actor()?).await?;
        let (shown, etag) = tagged(&find(&api, id).await?);
        Ok(Reply::created(&shown, address(id)).with_etag(etag))
    };
    answer(&api, &caller, request, ALL, work).await
}

async fn change(State(api): State<Arc<Api>>, Path(id): Path<String>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| until_made(|| try_patch(&api, &caller, &id, sent)).await;
    answer(&api, &caller, request, ONE, work).await
}

fn of(id: i64) -> Of<'static> {
    Of { kind: ObjectKind::Redirect, id, type_name: "" }
}

/// `None`: somebody else changed it since it was read, and what the body does not say would be lost.
async fn try_patch(api: &Api, caller: &Caller, id: &str, sent: &Sent) -> Result<Option<Reply>, Refusal> {
    refuse(caller)?;
    let known = find(api, entry::id(id)?).await?;
    let judged = version(&known);
    refuse_stale(api, &seen(sent)?, of(known.id), judged).await?;
    let new = read(sent, Some(&known))?;
    let (import, content) = (begin(api).await?, &api.site.app.content);
    let is_judged = |now: &Redirect| version(now) == judged;
    if !content.update_redirect_if(&import, known.id, &new, is_judged, caller.actor()?).await? {
        return Ok(None);
    }
    let (shown, etag) = tagged(&find(api, known.id).await?);
    Ok(Some(Reply::ok(&shown).with_etag(etag)))
}

async fn remove(State(api): State<Arc<Api>>, Path(id): Path<String>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| {
        refuse(&caller)?;
        sent.expect_nothing()?;
        let known = find(&api, entry::id(&id)?).await?;
        let expected = Expected::of(&sent.headers);
        refuse_stale(&api, &expected, of(known.id), version(&known)).await?;
        let (is_seen, content) = (|now: &Redirect| expected.takes(version(now)), &api.site.app.content);
        if !content.delete_redirect_if(known.id, is_seen, caller.actor()?).await? {
            return Err(overtaken(&api, of(known.id)).await);
        }
        Ok(Reply::nothing(StatusCode::NO_CONTENT))
    };
    answer(&api, &caller, request, ONE, work).await
}
