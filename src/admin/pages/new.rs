//! A new page by its type: which types somebody may make, and below which of the pages that fit it is to stand.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{ids, permit, query_of, row};
use crate::accounts::{PageOf, PagePermission};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::content::explore::{Cursor, Listed, Parents};
use crate::content::types::{ContentType, Kind};
use crate::http::form::FormData;
use crate::telemetry::label::Route;

const ROUTE: Route = Route::AdminPages;
/// Longest text that is searched for, in characters.
const MAX_WORDS: usize = 200;

/// Where a page of a type is made; `below`: the page that one looks below.
pub(in crate::admin) fn url(type_name: &str, below: Option<i64>) -> String {
    let below = below.map(|id| format!("?below={id}")).unwrap_or_default();
    format!("/admin/pages/new/{type_name}/{below}")
}

pub(super) async fn types(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| show_types(&admin, seat)).await
}

pub(super) async fn parents(State(admin): State<Arc<Admin>>, Path(name): Path<String>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Html);
    admin.answer(entering, async |seat| show_parents(&admin, seat, &name, &query).await).await
}

/// Whoever may add nothing anywhere makes nothing here.
fn refuse_all(seat: &Seat) -> Result<(), Refusal> {
    match seat.grants.has_anywhere(PagePermission::Add) {
        true => Ok(()),
        false => Err(Refusal::Forbidden(said("may-not-add-pages-anywhere"))),
    }
}

fn show_types(admin: &Admin, seat: &Seat) -> Done {
    refuse_all(seat)?;
    let types = admin.app.content.types();
    let offered = types.pages().filter(|known| known.creatable);
    let offered: Vec<Value> = offered
        .map(|known| json!({ "label": known.label, "description": known.description, "url": url(&known.name, None) }))
        .collect();
    Ok(admin.page(seat, "admin/pages/new.html", json!({ "types": offered })))
}

/// What the address asks for.
struct Asked {
    /// The page at which one looks, and below.
    below: Option<Listed>,
    words: String,
    after: Option<Cursor>,
}

async fn asked(admin: &Admin, seat: &Seat, query: &FormData) -> Result<Asked, Refusal> {
    let text = |name: &str| query.first(name).unwrap_or_default().trim().to_owned();
    let below = match text("below").as_str() {
        "" => None,
        id => {
            let id = ids::parse(id).ok_or(Refusal::Missing(said("no-such-page")))?;
            Some(permit::explored(&admin.app.content, &seat.grants, id).await?)
        }
    };
    let words = text("q");
    if words.chars().count() > MAX_WORDS || words.contains('\0') {
        return Err(Refusal::Bad(said("search-for-less")));
    }
    let after = match text("after").as_str() {
        "" => None,
        after => Some(Cursor::parse(after).ok_or(Refusal::Bad(said("no-such-part-go-to-the-beginning")))?),
    };
    Ok(Asked { below, words, after })
}

fn creatable<'t>(types: &'t crate::content::types::Types, name: &str) -> Result<&'t ContentType, Refusal> {
    let found = types.find(name).filter(|found| found.kind == Kind::Page && found.creatable);
    found.ok_or(Refusal::Missing(said("no-such-type-of-pages")))
}

async fn show_parents(admin: &Admin, seat: &Seat, type_name: &str, query: &FormData) -> Done {
    refuse_all(seat)?;
    let types = admin.app.content.types();
    let of_type = creatable(&types, type_name)?;
    let Asked { below, words, after } = asked(admin, seat, query).await?;
    let grants = &seat.grants;
    let within = below.as_ref().map_or(grants.explored_root(), |page| page.path.as_str());
    let parents = Parents { type_name, within, words: &words, after: after.as_ref() };
    let may_add = |path: &str, owner: Option<i64>| grants.may_add_below(PageOf { path, owner });
    let part = admin.app.content.list_parents(&parents, may_add).await?;
    let add = |page: &Listed| format!("/admin/pages/{}/add/{type_name}/", page.id);
    let is_whole = words.is_empty() && after.is_none() && part.next.is_none();
    if let ([only], true, None) = (&part.rows[..], is_whole, query.first("all")) {
        return Ok(see_other(&add(only), ROUTE));
    }
    let here = url(type_name, None);
    let rows: Vec<Value> = part
        .rows
        .iter()
        .map(|page| {
            let mut shown = admin.row(seat, &types, page);
            shown["add"] = json!(add(page));
            shown["place"] = json!(page.url_path);
            shown
        })
        .collect();
    let mut kept = ::url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in
        [("below", below.as_ref().map(|page| page.id.to_string()).unwrap_or_default()), ("q", words.clone())]
    {
        if !value.is_empty() {
            kept.append_pair(name, &value);
        }
    }
    let next =
        part.next.as_ref().map(|next| format!("{here}?{}", kept.append_pair("after", &next.to_string()).finish()));
    let context = json!({
        "type": { "label": of_type.label, "name": of_type.name, "description": of_type.description },
        "rows": rows, "next": next, "is_first": after.is_none(), "q": words, "here": here,
        "below": below.as_ref().map(|page| json!({ "id": page.id, "title": row::title(page), "url": row::address(page.id) })),
        "whole": url(type_name, below.as_ref().map(|page| page.id)),
    });
    Ok(admin.page(seat, "admin/pages/parents.html", context))
}
