//! Tags in the editor: which there are, another name for one, one in the place of another, and the end of one.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::StatusCode;
use serde_json::{Value, json};

use super::answer::see_other;
use super::entry::{Seat, Speaks};
use super::pages::{ids, query_of};
use super::refusal::{Done, Refusal};
use super::{Admin, only, usage, words};
use crate::accounts::GlobalPermission;
use crate::admin::texts::{Said, said};
use crate::content::EditError;
use crate::content::object_log::Of;
use crate::content::tag::{self, CountedTag, PAGE_SIZE};
use crate::http::form::FormData;
use crate::telemetry::label::{ObjectKind, Route};

const ROUTE: Route = Route::AdminTags;
const HOME: &str = "/admin/tags/";
/// Tags that the list goes through; a search finds the others.
const MAX_OFFSET: i64 = 100_000;
/// Longest search, in characters.
const MAX_QUERY: usize = 100;

pub(super) fn routes() -> Router<Arc<Admin>> {
    Router::new()
        .route(HOME, only(get(list), ROUTE))
        .route("/admin/tags/{id}/", only(get(page).post(rename), ROUTE))
        .route("/admin/tags/{id}/merge/", only(post(merge), ROUTE))
        .route("/admin/tags/{id}/delete/", only(post(delete), ROUTE))
}

/// Lets in whoever may manage what pages share.
fn enter<'a>(admin: &'a Admin, request: &Request) -> impl Future<Output = Result<Seat, Response>> + Send + use<'a> {
    admin.enter_for(request, ROUTE, Speaks::Html, GlobalPermission::Snippets)
}

async fn list(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = enter(&admin, &request);
    admin.answer(entering, async |seat| show_list(&admin, seat, &query).await).await
}

async fn page(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = enter(&admin, &request);
    let work = async |seat: &Seat| {
        let known = find(&admin, &id).await?;
        show(&admin, seat, &known, &Again::default()).await
    };
    admin.answer(entering, work).await
}

async fn rename(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = enter(&admin, &request);
    admin.answer(entering, async |seat| give_name(&admin, seat, &id, request).await).await
}

async fn merge(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = enter(&admin, &request);
    admin.answer(entering, async |seat| replace(&admin, seat, &id, request).await).await
}

async fn delete(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    let entering = enter(&admin, &request);
    let work = async |seat: &Seat| {
        let known = find(&admin, &id).await?;
        admin.app.content.delete_tag(known.id, seat.actor()).await?;
        Ok(see_other(HOME, ROUTE))
    };
    admin.answer(entering, work).await
}

async fn show_list(admin: &Admin, seat: &Seat, query: &FormData) -> Done {
    let search = query.first("q").unwrap_or_default().trim();
    if search.chars().count() > MAX_QUERY {
        return Err(Refusal::Bad(said("search-too-long-for-tags")));
    }
    let offset = match query.first("from").unwrap_or_default() {
        "" => Some(0),
        from => from.parse::<i64>().ok().filter(|offset| (0..=MAX_OFFSET).contains(offset)),
    };
    let offset = offset.ok_or(Refusal::Bad(said("no-such-part")))?;
    let found = tag::list(&admin.app.db, search, offset).await?;
    let total = found.first().map_or(0, |tag| tag.total);
    let url = |from: i64| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        format!("{HOME}?{}", query.append_pair("q", search).append_pair("from", &from.to_string()).finish())
    };
    let end = offset + PAGE_SIZE;
    let rows: Vec<Value> = found
        .iter()
        .map(|tag| json!({ "name": tag.name, "pages": tag.pages, "url": format!("{HOME}{}/", tag.id) }))
        .collect();
    let context = json!({
        "rows": rows, "total": total, "q": search, "before": (offset > 0).then(|| url((offset - PAGE_SIZE).max(0))),
        "next": (total > end && end <= MAX_OFFSET).then(|| url(end)),
    });
    Ok(admin.page(seat, "admin/tags/list.html", context))
}

async fn find(admin: &Admin, id: &str) -> Result<CountedTag, Refusal> {
    let nothing = || Refusal::Missing(said("tag-gone"));
    let id = ids::parse(id).ok_or_else(nothing)?;
    tag::find(&admin.app.db, id).await?.ok_or_else(nothing)
}

/// What was typed, and why it was refused.
#[derive(Default)]
struct Again {
    name: Option<String>,
    into: String,
    /// Of the name, and of the tag to merge into.
    errors: (Option<Said>, Option<Said>),
    /// The tag that has the name already.
    other: Option<i64>,
}

async fn show(admin: &Admin, seat: &Seat, known: &CountedTag, again: &Again) -> Done {
    let events = usage::log(admin, seat, Of { kind: ObjectKind::Tag, id: known.id, type_name: "" }).await?;
    let failed = again.errors.0.is_some() || again.errors.1.is_some();
    let context = json!({
        "name": known.name, "pages": known.pages, "url": format!("{HOME}{}/", known.id), "events": events,
        "typed": again.name.as_ref().unwrap_or(&known.name), "into": again.into, "name_error": again.errors.0,
        "into_error": again.errors.1, "other": again.other.map(|id| format!("{HOME}{id}/")),
    });
    let mut response = admin.page(seat, "admin/tags/edit.html", context);
    if failed {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

async fn give_name(admin: &Admin, seat: &Seat, id: &str, request: Request) -> Done {
    let form = admin.read_form(seat, request).await?;
    let known = find(admin, id).await?;
    let name = form.first("name").unwrap_or_default().to_owned();
    let (error, other) = match admin.app.content.rename_tag(known.id, &name, seat.actor()).await {
        Ok(()) => return Ok(see_other(&format!("{HOME}{}/", known.id), ROUTE)),
        Err(EditError::Db(error)) => return Err(error.into()),
        Err(EditError::NameMissing) => (said("a-tag-needs-a-name"), None),
        Err(EditError::TagTaken { id, .. }) => (said("tag-name-taken"), Some(id)),
        Err(error) => (words::edit(&error), None),
    };
    let into = if other.is_some() { name.clone() } else { String::new() };
    let again = Again { name: Some(name), into, errors: (Some(error), None), other };
    show(admin, seat, &known, &again).await
}

async fn replace(admin: &Admin, seat: &Seat, id: &str, request: Request) -> Done {
    let form = admin.read_form(seat, request).await?;
    let known = find(admin, id).await?;
    let into = form.first("into").unwrap_or_default().trim().to_owned();
    let other = match into.as_str() {
        "" => None,
        name => tag::find_by_slug(&*admin.app.db, &tag::slug_of(name)).await?,
    };
    let error = match other {
        None => said("no-tag-of-name"),
        Some(other) if other.id == known.id => said("tag-itself"),
        Some(other) => match admin.app.content.merge_tags(known.id, other.id, seat.actor()).await {
            Ok(()) => return Ok(see_other(&format!("{HOME}{}/", other.id), ROUTE)),
            Err(EditError::Db(error)) => return Err(error.into()),
            Err(error) => words::edit(&error),
        },
    };
    show(admin, seat, &known, &Again { into, errors: (None, Some(error)), ..Again::default() }).await
}
