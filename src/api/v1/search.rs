//! `/api/v1/search/`: pages, images, documents and snippets by their words, drafts too; of each kind the first few that the
//! caller may see, as the search of the editor finds them.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use serde_json::{Value, json};

use super::answer::Reply;
use super::at;
use super::entry::{self, Sent, answer, known};
use super::files;
use super::problem::{Done, Refusal, bad_request};
use crate::accounts::{GlobalPermission, Scope};
use crate::api::Api;
use crate::api::caller::Caller;
use crate::content::explore::{Listed, MAX_FOUND};
use crate::content::snippet;
use crate::http::problem::Problem;
use crate::media::document::Document;
use crate::media::{Filter, Image};
use crate::telemetry::label::Route;
use crate::word_set;

const ROUTE: Route = Route::ApiSearch;
/// Of each kind when nobody says otherwise, and at most.
const USUAL: i64 = 5;
const MOST: i64 = MAX_FOUND as i64 - 1;
/// Seconds after which to ask again, when too many search at once.
const RETRY_S: u32 = 1;

word_set! {
    /// What is looked for, in the order of the answer.
    Kind { Page = "page", Image = "image", Document = "document", Snippet = "snippet" }
}

pub(super) fn routes() -> Router<Arc<Api>> {
    at(ROUTE.as_str(), get(find), (ROUTE, "GET, HEAD"))
}

async fn find(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| search(&api, &caller, sent).await;
    answer(&api, &caller, request, (ROUTE, Some(Scope::ReadContent)), work).await
}

/// What is asked for.
struct Asked<'s> {
    words: &'s str,
    /// None: of each.
    kind: Option<Kind>,
    limit: i64,
}

impl Asked<'_> {
    fn wants(&self, kind: Kind) -> bool {
        self.kind.is_none_or(|only| only == kind)
    }

    /// One more than is told, so that it is known whether there are more.
    fn most(&self) -> u32 {
        self.limit as u32 + 1
    }
}

async fn search(api: &Api, caller: &Caller, sent: &Sent) -> Done {
    known(&sent.query, &["q", "kind", "limit"])?;
    let kind = match sent.query.first("kind") {
        None => None,
        Some(word) => Some(Kind::parse(word).ok_or_else(|| bad_request("kind is page, image, document or snippet."))?),
    };
    let asked = Asked { words: entry::text(sent, "q")?, kind, limit: entry::limit(sent, USUAL, MOST)? };
    if asked.words.is_empty() {
        return Err(bad_request("q has the words that are looked for.").into());
    }
    let busy = || Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Too many search at once");
    let _turn = api.site.turn_to_search().await.ok_or_else(|| busy().with_retry_after_s(RETRY_S))?;
    let (pages, (images, documents), snippets) =
        tokio::try_join!(pages(api, caller, &asked), library(api, caller, &asked), snippets(api, caller, &asked),)?;
    let found = Kind::ALL.iter().zip([pages, images, documents, snippets]);
    let groups = found.filter(|(kind, _)| asked.wants(**kind)).map(|(kind, mut items)| {
        let has_more = items.len() as i64 > asked.limit;
        items.truncate(asked.limit as usize);
        json!({ "kind": kind.as_str(), "items": items, "has_more": has_more })
    });
    Ok(Reply::ok(&json!({ "groups": groups.collect::<Vec<_>>() })))
}

fn page(page: &Listed) -> Value {
    json!({
        "id": page.id, "type": page.type_name, "title": page.title, "path": page.url_path, "live": page.live,
        "detail_url": format!("/api/v1/pages/{}/", page.id),
    })
}

/// Whose drafts the caller may see.
async fn pages(api: &Api, caller: &Caller, asked: &Asked<'_>) -> Result<Vec<Value>, Refusal> {
    let (content, grants) = (&api.site.app.content, caller.grants());
    if !asked.wants(Kind::Page) || grants.explored_root().is_empty() {
        return Ok(Vec::new());
    }
    let may_see = |path: &str| grants.may_see(path);
    let ids = content.find_pages(asked.words, grants.explored_root(), asked.most() as usize, may_see).await?;
    Ok(content.list_pages(ids).await?.iter().map(page).collect())
}

fn image(image: &Image) -> Value {
    json!({
        "id": image.id, "type": "images.Image", "title": image.title, "width": image.width, "height": image.height,
        "detail_url": format!("/api/v1/images/{}/", image.id),
    })
}

fn document(document: &Document) -> Value {
    json!({
        "id": document.id, "type": "documents.Document", "title": document.title, "filename": document.file_name,
        "detail_url": format!("/api/v1/documents/{}/", document.id),
    })
}

/// Images and documents of the collections where the caller has a part.
async fn library(api: &Api, caller: &Caller, asked: &Asked<'_>) -> Result<(Vec<Value>, Vec<Value>), Refusal> {
    let mut found = (Vec::new(), Vec::new());
    if !asked.wants(Kind::Image) && !asked.wants(Kind::Document) {
        return Ok(found);
    }
    let open = files::seen(api, caller.grants()).await?;
    if open.is_empty() {
        return Ok(found);
    }
    let paths: Vec<String> = open.into_iter().map(|known| known.path).collect();
    let filter = Filter { words: asked.words.to_owned(), ..Filter::default() };
    let media = &api.site.app.media;
    if asked.wants(Kind::Image) {
        found.0 = media.list_images_within(&filter, paths.clone(), asked.most()).await?.iter().map(image).collect();
    }
    if asked.wants(Kind::Document) {
        found.1 = media.list_documents_within(&filter, paths, asked.most()).await?.iter().map(document).collect();
    }
    Ok(found)
}

async fn snippets(api: &Api, caller: &Caller, asked: &Asked<'_>) -> Result<Vec<Value>, Refusal> {
    if !asked.wants(Kind::Snippet) || !caller.grants().may(GlobalPermission::Snippets) {
        return Ok(Vec::new());
    }
    let found = snippet::search(&api.site.app.db, asked.words, asked.most().into()).await?;
    let shown = |found: &snippet::Named| {
        json!({
            "id": found.id, "type": found.type_name, "title": found.name,
            "detail_url": format!("/api/v1/snippets/{}/", found.id),
        })
    };
    Ok(found.iter().map(shown).collect())
}
