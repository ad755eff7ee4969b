//! `/api/v1/settings/`: what a site, or all sites together, have set; each type of settings has a table of its own.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::answer::{Expected, Reply, etag};
use super::at;
use super::entry::{self, Sent, answer, known, unless_known};
use super::given::patched;
use super::pages::{rights, seen_fields, tell};
use super::problem::{Done, Refusal, bad_request, forbidden, not_found};
use super::rich;
use super::seen::{refuse_stale, seen};
use crate::accounts::Scope;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::clock::Micros;
use crate::content::object_log::Of;
use crate::content::types::{ContentType, Kind, Scope as Reach, Types};
use crate::content::{setting, site};
use crate::telemetry::label::{ObjectKind, Route};

const ALL: (Route, Option<Scope>) = (Route::ApiSettings, Some(Scope::Settings));
const ONE: (Route, Option<Scope>) = (Route::ApiSetting, Some(Scope::Settings));
/// In the place of a site, for what is set for all of them together.
const ALL_SITES: &str = "all";

pub(super) fn routes() -> Router<Arc<Api>> {
    let one = get(one).patch(change).delete(revert);
    Router::new().merge(at("/api/v1/settings/", get(all), (ALL.0, "GET, HEAD"))).merge(at(
        "/api/v1/settings/{type}/{site}/",
        one,
        (ONE.0, "GET, HEAD, PATCH, DELETE"),
    ))
}

/// `site`: none for all of them together.
fn address(type_name: &str, site: Option<i64>) -> String {
    let site = site.map_or_else(|| ALL_SITES.to_owned(), |id| id.to_string());
    format!("/api/v1/settings/{type_name}/{site}/")
}

fn refuse(caller: &Caller) -> Result<(), Refusal> {
    match caller.grants().may_set_some() {
        true => Ok(()),
        false => Err(forbidden("You may not change settings.").into()),
    }
}

async fn all(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| list(&api, &caller, sent).await;
    answer(&api, &caller, request, ALL, work).await
}

/// The last place of a part: a type, and a site or 0.
fn behind(sent: &Sent) -> Result<(String, i64), Refusal> {
    let Some(text) = sent.query.first("after") else { return Ok((String::new(), 0)) };
    let parsed = text.rsplit_once(':').and_then(|(name, site)| Some((name.to_owned(), site.parse().ok()?)));
    parsed.ok_or_else(|| bad_request("after is none that a list gave.").into())
}

/// What the caller may set: each type for each site, or once.
async fn list(api: &Api, caller: &Caller, sent: &Sent) -> Done {
    refuse(caller)?;
    known(&sent.query, &["type", "site", "limit", "after"])?;
    let (limit, after) = (entry::usual_limit(sent)?, behind(sent)?);
    let (wanted, of_site) = (sent.query.first("type"), entry::number(sent, "site")?);
    let (types, set) = (api.site.app.content.types(), api.site.app.content.settings());
    let sites = site::list(&*api.site.app.db, "").await?;
    let mut places: Vec<(&ContentType, Option<i64>)> = Vec::new();
    for of_type in types.settings().filter(|known| wanted.is_none_or(|wanted| wanted == known.name)) {
        match of_type.scope {
            Reach::Global => places.push((of_type, None)),
            Reach::Site => places.extend(sites.iter().map(|site| (of_type, Some(site.id)))),
        }
    }
    let key = |(of_type, site): &(&ContentType, Option<i64>)| (of_type.name.clone(), site.unwrap_or(0));
    places.retain(|place| {
        let is_wanted = of_site.is_none_or(|wanted| place.1 == Some(wanted));
        is_wanted && caller.grants().may_set(place.1) && key(place) > after
    });
    places.sort_by_key(key);
    let shown = |(of_type, site): &(&ContentType, Option<i64>)| {
        json!({
            "type": of_type.name, "label": of_type.label, "description": of_type.description, "site": site,
            "is_set": set.sites_of(&of_type.name).contains(site), "detail_url": address(&of_type.name, *site),
        })
    };
    let cursor = |place: &(&ContentType, Option<i64>)| format!("{}:{}", place.0.name, place.1.unwrap_or(0));
    Ok(entry::part(sent, limit, places, cursor, shown))
}

/// The type and the site of an address, for a caller who may change the settings there.
async fn find<'t>(
    api: &Api,
    caller: &Caller,
    types: &'t Types,
    (name, site): (&str, &str),
) -> Result<(&'t ContentType, Option<i64>), Refusal> {
    refuse(caller)?;
    let of_type = types.find(name).filter(|found| found.kind == Kind::Settings);
    let of_type = of_type.ok_or_else(|| not_found("There is no such type of settings."))?;
    let nothing = || not_found("There are no settings of that type for that site.");
    let site = match (of_type.scope, site) {
        (Reach::Global, ALL_SITES) => None,
        (Reach::Site, id) => Some(entry::id(id)?),
        (Reach::Global, _) => return Err(nothing().into()),
    };
    // Before it is looked for: what there is elsewhere is nobody's business.
    if !caller.grants().may_set(site) {
        return Err(forbidden("You may not change these settings.").into());
    }
    if let Some(id) = site
        && !site::list(&*api.site.app.db, "").await?.iter().any(|known| known.id == id)
    {
        return Err(nothing().into());
    }
    Ok((of_type, site))
}

/// With their ETag; the version in it is that of the last change, 0 of what was never set.
fn tagged(
    api: &Api,
    caller: &Caller,
    (of_type, site): (&ContentType, Option<i64>),
    (fields, version): (Map<String, Value>, i64),
) -> (Value, String) {
    let shown = json!({
        "meta": {
            "type": of_type.name,
            "site": site,
            "detail_url": address(&of_type.name, site),
            "is_set": version > 0,
            "updated_at": Some(version).filter(|at| *at > 0).map(|at| Micros(at).to_rfc3339()),
        },
        "fields": seen_fields(api, &of_type.name, fields, &rights(caller)),
    });
    let etag = etag(version, &shown);
    (shown, etag)
}

async fn one(
    State(api): State<Arc<Api>>,
    Path((name, site)): Path<(String, String)>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        known(&sent.query, &["rich_text"])?;
        let format = rich::asked(sent)?;
        let types = api.site.app.content.types();
        let place = find(&api, &caller, &types, (&name, &site)).await?;
        let found = setting::find(&api.site.app.db, &types, place.0, place.1).await?;
        let version = found.1;
        let (mut shown, _) = tagged(&api, &caller, place, found);
        let shows = api.site.sites().into_iter().find(|known| Some(known.id) == place.1);
        let shows = shows.or_else(|| api.site.site_at(&sent.host));
        rich::tell(&api, format, (&place.0.name, shows), &mut shown).await?;
        let etag = etag(version, &shown);
        Ok(unless_known(sent, Reply::ok(&shown).with_etag(etag)))
    };
    answer(&api, &caller, request, ONE, work).await
}

fn of(type_name: &str, site: Option<i64>) -> Of<'_> {
    Of { kind: ObjectKind::Setting, id: site.unwrap_or(0), type_name }
}

async fn change(
    State(api): State<Arc<Api>>,
    Path((name, site)): Path<(String, String)>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| patch(&api, &caller, (&name, &site), sent).await;
    answer(&api, &caller, request, ONE, work).await
}

async fn patch(api: &Api, caller: &Caller, at: (&str, &str), sent: &Sent) -> Done {
    let (content, types) = (&api.site.app.content, api.site.app.content.types());
    let (of_type, site) = find(api, caller, &types, at).await?;
    let (old, version) = setting::find(&api.site.app.db, &types, of_type, site).await?;
    refuse_stale(api, &seen(sent)?, of(&of_type.name, site), version).await?;
    let mut given = sent.given()?;
    let changes = given.object("fields");
    let changes = given.needed("fields", changes).unwrap_or_default();
    given.end()?;
    let changes = rich::formatted(&types, &of_type.name, changes, rich::asked(sent)?);
    let fields = patched(old, changes);
    let saved = content.update_edited_setting(site, &of_type.name, &fields, version, caller.actor()?).await?;
    let found = setting::find(&api.site.app.db, &types, of_type, site).await?;
    let (mut shown, etag) = tagged(api, caller, (of_type, site), found);
    tell(&mut shown, &saved);
    Ok(Reply::ok(&shown).with_etag(etag))
}

/// Forgets what was set: the defaults of the type count again.
async fn revert(
    State(api): State<Arc<Api>>,
    Path((name, site)): Path<(String, String)>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        sent.expect_nothing()?;
        let types = api.site.app.content.types();
        let (of_type, site) = find(&api, &caller, &types, (&name, &site)).await?;
        let by = caller.actor()?.having_seen(Expected::of(&sent.headers).seen());
        api.site.app.content.revert_setting(site, &of_type.name, by).await?;
        Ok(Reply::nothing(StatusCode::NO_CONTENT))
    };
    answer(&api, &caller, request, ONE, work).await
}
