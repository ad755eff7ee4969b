//! A page as JSON: what is known of it, and the content of its newest draft or of what is live.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::find;
use crate::accounts::Scope;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::{Reply, etag};
use crate::api::v1::entry::{self, Sent, answer, known, unless_known};
use crate::api::v1::included::{Beside, Include, Source};
use crate::api::v1::problem::{Done, Refusal, bad_request, not_found};
use crate::api::v1::rich;
use crate::api::v1::sparse::Sparse;
use crate::clock::Micros;
use crate::content::detail::Detail;
use crate::content::page::PageContent;
use crate::content::tree::ROOT_ID;
use crate::content::types::Kind;
use crate::content::{EditError, FieldRights};
use crate::http::problem::Problem;
use crate::permit::Wants;
use crate::telemetry::label::Route;

/// Which content of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    Draft,
    Live,
}

impl Version {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Live => "live",
        }
    }

    fn revision(self, detail: &Detail) -> i64 {
        let revision = match self {
            Self::Draft => detail.page.latest_revision_id,
            Self::Live => detail.page.live_revision_id,
        };
        revision.unwrap_or_default()
    }

    fn of(sent: &Sent) -> Result<Self, Refusal> {
        match sent.query.first("version") {
            None | Some("draft") => Ok(Self::Draft),
            Some("live") => Ok(Self::Live),
            Some(_) => Err(bad_request("version is draft or live.").into()),
        }
    }
}

/// Where a page is read and changed.
pub(super) fn address(id: i64) -> String {
    format!("/api/v1/pages/{id}/")
}

fn time(at: Option<i64>) -> Option<String> {
    at.map(|at| Micros(at).to_rfc3339())
}

/// What is known of a page beside its content.
pub(super) fn meta(api: &Api, detail: &Detail) -> Value {
    let page = &detail.page;
    let locked = page.locked_at.map(|at| json!({ "at": time(Some(at)), "by": detail.locker }));
    json!({
        "type": page.type_name,
        "detail_url": address(page.id),
        "url": api.site.address_of(page).filter(|_| page.live),
        "parent": page.parent_id.filter(|parent| *parent != ROOT_ID),
        "locale": page.locale,
        "translation_key": page.translation_key,
        "alias_of": page.alias_of,
        "live": page.live,
        "has_unpublished_changes": page.has_unpublished_changes,
        "restricted": page.restricted,
        "revision": page.latest_revision_id,
        "live_revision": page.live_revision_id,
        "saved_by": Some(&detail.saved_by).filter(|name| !name.is_empty()),
        "saved_at": time(detail.saved_at),
        "first_published_at": time(page.first_published_at),
        "last_published_at": time(page.last_published_at),
        "publish_at": time(detail.publish_at),
        "expire_at": time(detail.expire_at),
        "locked": locked,
        "owner": page.owner,
    })
}

/// The values that somebody with these rights sees: the editor's form does not show them the others either.
pub(in crate::api::v1) fn seen_fields(
    api: &Api,
    type_name: &str,
    mut fields: Map<String, Value>,
    rights: &FieldRights,
) -> Map<String, Value> {
    let types = api.site.app.content.types();
    if let Some(of_type) = types.find(type_name) {
        for field in of_type.fields.iter().filter(|field| !rights.allow(field)) {
            fields.remove(&field.name);
        }
    }
    fields
}

pub(super) fn whole(api: &Api, detail: &Detail, version: Version, rights: &FieldRights) -> Value {
    let content = match version {
        Version::Draft => detail.draft(),
        Version::Live => detail.live(),
    };
    let PageContent { title, slug, seo_title, search_description, show_in_menus, fields } = content;
    let mut meta = meta(api, detail);
    meta["version"] = json!(version.as_str());
    json!({
        "id": detail.page.id,
        "meta": meta,
        "title": title,
        "slug": slug,
        "seo_title": seo_title,
        "search_description": search_description,
        "show_in_menus": show_in_menus,
        "fields": seen_fields(api, &detail.page.type_name, fields, rights),
    })
}

/// A page with its content, and its ETag.
pub(super) fn page(api: &Api, detail: &Detail, version: Version, rights: &FieldRights) -> (Value, String) {
    let whole = whole(api, detail, version, rights);
    let etag = etag(version.revision(detail), &whole);
    (whole, etag)
}

/// What an action answers: the page without its content.
pub(in crate::api::v1) fn head(api: &Api, detail: &Detail) -> Value {
    json!({ "id": detail.page.id, "meta": meta(api, detail), "title": detail.page.draft_title, "slug": detail.page.slug })
}

/// A page as far as it refers to others; its fields are beside.
pub(super) fn source(detail: &Detail) -> Source<'_> {
    let page = &detail.page;
    let parent = page.parent_id.filter(|parent| *parent != ROOT_ID);
    Source { type_name: &page.type_name, fields: None, parent, alias_of: page.alias_of }
}

/// The rights of whoever calls for the fields that only some may set; of nobody, none.
pub(in crate::api::v1) fn rights(caller: &Caller) -> FieldRights {
    caller.actor().map_or_else(|_| FieldRights::Groups(Arc::default()), |actor| actor.rights)
}

pub(super) async fn one(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| read(&api, &caller, &id, sent).await;
    answer(&api, &caller, request, (Route::ApiPage, Some(Scope::ReadContent)), work).await
}

async fn read(api: &Api, caller: &Caller, id: &str, sent: &Sent) -> Done {
    known(&sent.query, &["version", "fields", "include", "rich_text"])?;
    let (id, version, format) = (entry::id(id)?, Version::of(sent)?, rich::asked(sent)?);
    let sparse = Sparse::parse(sent.query.first("fields").unwrap_or("*"))?;
    let include = Include::of(sent, &api.site.app.content.types(), Kind::Page)?;
    let detail = match find(api, caller, id, Wants::See).await {
        Err(Refusal::Edit(EditError::InTrash(_))) => return Err(not_found("The page is in the trash.").into()),
        found => found?,
    };
    if version == Version::Live && !detail.page.live {
        return Err(Problem::new(StatusCode::NOT_FOUND, "not_live", "The page is not live").into());
    }
    let mut whole = whole(api, &detail, version, &rights(caller));
    let site = api.site.site_of(&detail.page);
    let of_one = (source(&detail), include);
    let beside = Beside::of_one((api, caller, sent), (format, site.as_ref()), of_one, &mut whole).await?;
    let mut whole = sparse.select(whole);
    beside.add_to(&mut whole);
    let etag = etag(version.revision(&detail), &whole);
    Ok(unless_known(sent, Reply::ok(&whole).with_etag(etag)))
}
