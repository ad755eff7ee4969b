//! Lists of pages: a part at a time, narrowed, with as much of each page as is asked for.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::explored;
use super::show::{self, Version, source};
use crate::accounts::{PageOf, Scope};
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::Reply;
use crate::api::v1::entry::{self, Sent, answer, id, known, next};
use crate::api::v1::included::{self, Beside, Include, Source};
use crate::api::v1::problem::{Done, Refusal, bad_request};
use crate::api::v1::rich;
use crate::api::v1::sparse::Sparse;
use crate::content::detail::{self, Asked, Detail, State as PageState, Top};
use crate::content::explore::Cursor;
use crate::content::types::Kind;
use crate::permit::{self, Wants};
use crate::telemetry::label::Route;

/// Pages of a part when nobody says otherwise, and at most.
const USUAL: i64 = 20;
const MOST: i64 = 100;
const NAMES: [&str; 11] =
    ["parent", "below", "type", "locale", "slug", "state", "fields", "include", "limit", "after", "rich_text"];
/// What is told of each page when nobody says otherwise.
const HEADS: &str = "id,meta,title,slug";

pub(super) async fn all(State(api): State<Arc<Api>>, caller: Caller, request: Request) -> Response {
    let work = async |sent: &Sent| list(&api, &caller, sent).await;
    answer(&api, &caller, request, (Route::ApiPages, Some(Scope::ReadContent)), work).await
}

/// The page below which all of the list is: its path, and its id when only its children are wanted.
async fn branch(api: &Api, caller: &Caller, sent: &Sent) -> Result<(String, Option<i64>), Refusal> {
    let number = |name: &str| sent.query.first(name).map(id).transpose();
    match (number("parent")?, number("below")?) {
        (Some(_), Some(_)) => Err(bad_request("Give one of parent and below.").into()),
        (Some(parent), None) => Ok((explored(api, caller, parent).await?.path, Some(parent))),
        (None, Some(below)) => Ok((explored(api, caller, below).await?.path, None)),
        (None, None) => Ok((String::new(), None)),
    }
}

fn state(sent: &Sent) -> Result<PageState, Refusal> {
    match sent.query.first("state").unwrap_or_default() {
        "" => Ok(PageState::Any),
        "live" => Ok(PageState::Live),
        "draft" => Ok(PageState::Draft),
        "changed" => Ok(PageState::Changed),
        _ => Err(bad_request("state is live, draft or changed.").into()),
    }
}

async fn list(api: &Api, caller: &Caller, sent: &Sent) -> Done {
    known(&sent.query, &NAMES)?;
    let (type_name, locale, slug) =
        (entry::text(sent, "type")?, entry::text(sent, "locale")?, entry::text(sent, "slug")?);
    let sparse = Sparse::parse(sent.query.first("fields").unwrap_or(HEADS))?;
    let include = Include::of(sent, &api.site.app.content.types(), Kind::Page)?;
    let (limit, format) = (entry::limit(sent, USUAL, MOST)?, rich::asked(sent)?);
    let (state, after) = (state(sent)?, sent.query.first("after").map(entry::cursor).transpose()?);
    let (path, parent) = branch(api, caller, sent).await?;
    let grants = caller.grants();
    // All that the caller may see is below this.
    let (below, top) = match path.as_str() {
        "" => (grants.explored_root(), Top::Listed),
        path => (path, Top::Left),
    };
    if below.is_empty() {
        let mut told = json!({ "items": [], "next": null });
        if include.is_some() {
            told["included"] = included::nothing();
        }
        return Ok(Reply::ok(&told));
    }
    let asked = Asked {
        below,
        top,
        parent,
        type_name,
        locale,
        slug,
        state,
        after: after.as_ref().map(|cursor| cursor.key.as_str()),
        places: grants.seen_places(),
        has_content: sparse.wants_content() || include.as_ref().is_some_and(Include::wants_content),
        limit: limit + 1,
    };
    let mut pages = detail::list(&*api.site.app.db, asked).await?;
    let more = pages.len() as i64 > limit;
    pages.truncate(limit as usize);
    let last = pages.last().filter(|_| more);
    let cursor = last.map(|last| Cursor { key: last.page.path.clone(), id: last.page.id }.to_string());
    let rights = show::rights(caller);
    let may_see = |detail: &&Detail| {
        let page = PageOf { path: &detail.page.path, owner: detail.page.owner };
        permit::refuse_page(grants, page, Wants::See).is_ok()
    };
    let mut seen: Vec<(&Detail, Value)> = pages
        .iter()
        .filter(may_see)
        .map(|detail| (detail, show::whole(api, detail, Version::Draft, &rights)))
        .collect();
    let fields =
        seen.iter().filter_map(|(detail, whole)| Some((detail.page.type_name.as_str(), whole["fields"].as_object()?)));
    let wants = rich::wants(api, format, fields.filter(|_| sparse.wants_content()));
    let sources = seen.iter().map(|(detail, whole)| Source { fields: whole["fields"].as_object(), ..source(detail) });
    let followed = include.map(|include| include.follow(api, caller, sources));
    let site = api.site.site_at(&sent.host);
    let beside = Beside::load(api, caller, (format, site.as_ref()), wants, followed).await?;
    for (detail, whole) in &mut seen {
        if let Some(fields) = whole["fields"].as_object_mut() {
            let page = &detail.page;
            beside.told.write(api, &page.type_name, api.site.site_of(page).as_ref(), fields);
        }
    }
    let items: Vec<Value> = seen.into_iter().map(|(_, whole)| sparse.select(whole)).collect();
    let mut told = json!({ "items": items, "next": cursor.map(|cursor| next(sent, &cursor)) });
    beside.add_to(&mut told);
    Ok(Reply::ok(&told))
}
