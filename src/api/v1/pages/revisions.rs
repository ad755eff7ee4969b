//! The revisions of a page: listed, read, and compared.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{find, show};
use crate::accounts::Scope;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::{Reply, etag};
use crate::api::v1::entry::{self, Sent, answer, known, unless_known};
use crate::api::v1::problem::{Done, Refusal, not_found};
use crate::api::v1::rich;
use crate::clock::Micros;
use crate::content::difference::{self, Difference};
use crate::content::page::PageContent;
use crate::content::revision::{self, Listed, Narrowed, Revision};
use crate::permit::Wants;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::ApiPageRevisions;
/// Revisions of a part when nobody says otherwise, and at most.
const USUAL: i64 = 20;
const MOST: i64 = 100;

pub(super) async fn all(
    State(api): State<Arc<Api>>,
    Path(id): Path<String>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| list(&api, &caller, &id, sent).await;
    answer(&api, &caller, request, (ROUTE, Some(Scope::ReadContent)), work).await
}

fn address(page: i64, revision: i64) -> String {
    format!("{}revisions/{revision}/", show::address(page))
}

async fn list(api: &Api, caller: &Caller, id: &str, sent: &Sent) -> Done {
    known(&sent.query, &["limit", "after"])?;
    let page = find(api, caller, entry::id(id)?, Wants::See).await?.page;
    let limit = entry::limit(sent, USUAL, MOST)?;
    let narrowed = Narrowed { before: entry::number(sent, "after")?, ..Narrowed::default() };
    let found = revision::list_facts(&*api.site.app.db, page.id, narrowed).await?;
    let shown = |of: &Listed| {
        json!({
            "id": of.id,
            "detail_url": address(page.id, of.id),
            "created_at": Micros(of.created_at).to_rfc3339(),
            "author": Some(&of.author).filter(|name| !name.is_empty()),
            "automatic": of.automatic,
            "reverted_from": of.reverted_from,
            "newest": page.latest_revision_id == Some(of.id),
            "live": page.live_revision_id == Some(of.id),
        })
    };
    Ok(entry::part(sent, limit, found, |last| last.id.to_string(), shown))
}

/// A revision, with what its reader may see of it.
async fn load(api: &Api, caller: &Caller, (page, type_name): (i64, &str), id: &str) -> Result<Revision, Refusal> {
    let found = revision::find(&*api.site.app.db, page, entry::id(id)?).await?;
    let mut found = found.ok_or_else(|| not_found("The page has no such revision."))?;
    let fields = std::mem::take(&mut found.content.fields);
    found.content.fields = show::seen_fields(api, type_name, fields, &show::rights(caller));
    Ok(found)
}

pub(super) async fn one(
    State(api): State<Arc<Api>>,
    Path((id, revision)): Path<(String, String)>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        known(&sent.query, &["rich_text"])?;
        let format = rich::asked(sent)?;
        let page = find(&api, &caller, entry::id(&id)?, Wants::See).await?.page;
        let found = load(&api, &caller, (page.id, &page.type_name), &revision).await?;
        let PageContent { title, slug, seo_title, search_description, show_in_menus, fields } = found.content;
        let mut shown = json!({
            "id": found.id,
            "page": page.id,
            "meta": {
                "type": page.type_name,
                "detail_url": address(page.id, found.id),
                "created_at": found.created_at.to_rfc3339(),
                "author": Some(found.author.name).filter(|name| !name.is_empty()),
                "automatic": found.automatic,
                "reverted_from": found.reverted_from,
            },
            "title": title, "slug": slug, "seo_title": seo_title, "search_description": search_description,
            "show_in_menus": show_in_menus, "fields": fields,
        });
        rich::tell(&api, format, (&page.type_name, api.site.site_of(&page)), &mut shown).await?;
        let etag = etag(found.id, &shown);
        Ok(unless_known(sent, Reply::ok(&shown).with_etag(etag)))
    };
    answer(&api, &caller, request, (ROUTE, Some(Scope::ReadContent)), work).await
}

pub(super) async fn compare(
    State(api): State<Arc<Api>>,
    Path((id, old, new)): Path<(String, String, String)>,
    caller: Caller,
    request: Request,
) -> Response {
    let work = async |sent: &Sent| {
        known(&sent.query, &[])?;
        let page = find(&api, &caller, entry::id(&id)?, Wants::See).await?.page;
        let of = (page.id, page.type_name.as_str());
        let (old, new) = (load(&api, &caller, of, &old).await?, load(&api, &caller, of, &new).await?);
        let (found, total) = difference::between(&old.content, &new.content);
        let shown = |found: &Difference| {
            let (change, from, to) = (found.change.as_str(), &found.from, &found.to);
            json!({ "pointer": found.pointer, "change": change, "from": from, "to": to })
        };
        let differences: Vec<Value> = found.iter().map(shown).collect();
        Ok(Reply::ok(&json!({ "from": old.id, "to": new.id, "total": total, "differences": differences })))
    };
    answer(&api, &caller, request, (ROUTE, Some(Scope::ReadContent)), work).await
}
