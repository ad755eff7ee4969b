//! Searching everything that whoever asks may see: pages, files, snippets, users, settings, redirects, tags, collections, groups,
//! sites, and what one can do. As a page,
//! and as JSON for the command bar.

mod actions;
mod kinds;
mod shared;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use http::header::ACCEPT;
use serde_json::{Value, json};

use super::entry::{Seat, Speaks};
use super::pages::query_of;
use super::refusal::{Done, Refusal};
use super::{Admin, only};
use crate::admin::texts::said;
use crate::http::form::FormData;
use crate::telemetry::label::Route;
use crate::word_set;
use kinds::Found;

const ROUTE: Route = Route::AdminSearch;
/// Longest query, in characters.
const MAX_QUERY: usize = 200;
/// Of each kind, beside the others; and of one kind by itself.
const FEW: usize = 5;
const MANY: usize = crate::content::explore::MAX_FOUND - 1;

word_set! {
    /// What is looked for; their order is that of the page.
    Kind {
        Page = "page", Image = "image", Document = "document", Snippet = "snippet", User = "user",
        Setting = "setting", Redirect = "redirect", Tag = "tag", Collection = "collection", Group = "group", Site = "site",
        Action = "action",
    }
}

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new().route("/admin/search/", only(get(page), ROUTE))
}

async fn page(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let query = query_of(&request);
    let accepted = request.headers().get(ACCEPT).and_then(|accepted| accepted.to_str().ok()).unwrap_or_default();
    let speaks = if accepted.starts_with("application/json") { Speaks::Json } else { Speaks::Html };
    let entering = admin.enter(&request, ROUTE, speaks);
    admin.answer(entering, async |seat| show(&admin, seat, &query).await).await
}

/// What is asked for.
struct Asked<'q> {
    text: &'q str,
    /// None: a few of each.
    kind: Option<Kind>,
}

impl Asked<'_> {
    fn most(&self) -> usize {
        if self.kind.is_some() { MANY } else { FEW }
    }

    fn wants(&self, kind: Kind) -> bool {
        !self.text.is_empty() && self.kind.is_none_or(|only| only == kind)
    }
}

async fn show(admin: &Admin, seat: &Seat, query: &FormData) -> Done {
    let text = query.first("q").unwrap_or_default().trim();
    if text.chars().count() > MAX_QUERY || text.contains('\0') {
        return Err(Refusal::Bad(said("search-too-long")));
    }
    let kind = match query.first("kind").filter(|kind| !kind.is_empty()) {
        Some(kind) => Some(Kind::parse(kind).ok_or(Refusal::Bad(said("no-such-kind-of-search")))?),
        None => None,
    };
    let asked = Asked { text, kind };
    // At the same time: they wait for the database, not for each other.
    let (pages, images, documents, snippets, users, settings, redirects, tags, collections, groups) = tokio::try_join!(
        kinds::pages(admin, seat, &asked),
        kinds::images(admin, seat, &asked),
        kinds::documents(admin, seat, &asked),
        kinds::snippets(admin, seat, &asked),
        kinds::users(admin, seat, &asked),
        kinds::settings(admin, seat, &asked),
        shared::redirects(admin, seat, &asked),
        shared::tags(admin, seat, &asked),
        shared::collections(admin, seat, &asked),
        shared::groups(admin, seat, &asked),
    )?;
    let (sites, actions) = (shared::sites(admin, seat, &asked), actions::find(admin, seat, &asked));
    let managed = [redirects, tags, collections, groups, sites, actions];
    let found: Vec<Found> = [pages, images, documents, snippets, users, settings].into_iter().chain(managed).collect();
    let groups: Vec<Value> = Kind::ALL
        .iter()
        .zip(&found)
        .filter(|(_, found)| !found.items.is_empty())
        .map(|(kind, found)| group(*kind, found, &asked))
        .collect();
    match seat.speaks {
        Speaks::Json => Ok(admin.json(StatusCode::OK, ROUTE, json!({ "groups": groups }))),
        Speaks::Html => {
            let context = json!({ "q": text, "kind": kind.map(Kind::as_str), "groups": groups });
            Ok(admin.page(seat, "admin/search.html", context))
        }
    }
}

fn group(kind: Kind, found: &Found, asked: &Asked<'_>) -> Value {
    let mut more = url::form_urlencoded::Serializer::new(String::new());
    more.append_pair("q", asked.text).append_pair("kind", kind.as_str());
    json!({
        "kind": kind.as_str(), "items": found.items, "has_more": found.has_more,
        "more": (found.has_more && asked.kind.is_none()).then(|| format!("/admin/search/?{}", more.finish())),
    })
}
