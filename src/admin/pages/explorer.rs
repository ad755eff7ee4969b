//! The tree, one level at a time: the children of a page, sorted, narrowed, a part at a time. All of it is in the address.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use jiff::ToSpan as _;
use serde_json::{Value, json};

use super::view::View;
use super::{ids, languages, move_back, new, permit, query_of, row};
use crate::accounts::PagePermission;
use crate::admin::Admin;
use crate::admin::columns::Names;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::bulk::MAX_ITEMS;
use crate::content::FieldRights;
use crate::content::explore::{
    Asked, Below, Cursor, Direction, Listed, MAX_COUNTED, Matching, Order, PER_PART, Part, Status,
};
use crate::content::locale::{self, Named};
use crate::content::site::Site;
use crate::content::tree::{self, ROOT_ID};
use crate::content::types::{ContentType, Kind};
use crate::http::form::FormData;
use crate::telemetry::label::Route;

const STATUSES: [(Status, Said); 9] = [
    (Status::Live, said("state-live")),
    (Status::Draft, said("state-draft")),
    (Status::Changed, said("state-live-and-draft")),
    (Status::Scheduled, said("state-scheduled")),
    (Status::Expiring, said("state-expires")),
    (Status::Expired, said("state-expired")),
    (Status::Alias, said("state-alias")),
    (Status::Restricted, said("state-restricted")),
    (Status::Locked, said("state-locked")),
];
const BELOW: [(Below, Said); 2] = [(Below::Pages, said("below-something")), (Below::Nothing, said("below-nothing"))];
const ORDERS: [(Order, Said); 4] = [
    (Order::Tree, said("order-tree")),
    (Order::Title, said("order-title")),
    (Order::Updated, said("order-change")),
    (Order::Type, said("order-type")),
];

pub(super) async fn top(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    page(admin, ROOT_ID.to_string(), request).await
}

pub(super) async fn below(State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request) -> Response {
    page(admin, id, request).await
}

async fn page(admin: Arc<Admin>, id: String, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, Route::AdminPages, Speaks::Html);
    admin.answer(entering, async |seat| show(&admin, seat, &id, &query).await).await
}

/// All pages of a list that a form names, parts behind the first included, up to what is worked on at once; and whether
/// there are more.
pub(super) async fn matching(admin: &Admin, seat: &Seat, form: &FormData) -> Result<(Vec<Listed>, bool), Refusal> {
    let (content, grants) = (&admin.app.content, &seat.grants);
    let below = form.first("below").and_then(ids::parse).ok_or(Refusal::Bad(said("say-below-which-page")))?;
    let parent = permit::explored(content, grants, below).await?;
    let view = View::of(&FormData::parse(form.first("view").unwrap_or_default().as_bytes()), seat)?;
    let sites = admin.site.sites();
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let part = part(admin, seat, &parent, &view, &sites, after.as_ref()).await?;
        rows.extend(part.rows);
        after = part.next;
        if after.is_none() || rows.len() >= MAX_ITEMS {
            rows.truncate(MAX_ITEMS);
            return Ok((rows, after.is_some()));
        }
    }
}

/// A part of the list: of the children, or, where it is searched, of all below.
async fn part(
    admin: &Admin,
    seat: &Seat,
    parent: &Listed,
    view: &View,
    sites: &[Site],
    after: Option<&Cursor>,
) -> Result<Part, Refusal> {
    let (content, grants) = (&admin.app.content, &seat.grants);
    let roots = view.site.map(|id| roots(sites, id)).transpose()?;
    let on_site = |path: &str| roots.as_ref().is_none_or(|roots| roots.iter().any(|root| path.starts_with(root)));
    if !view.words.is_empty() {
        let asked = Matching {
            words: &view.words,
            parent: parent.id,
            path: &parent.path,
            order: view.order,
            direction: view.direction,
            filter: &view.filter,
            after,
        };
        return Ok(content.list_matching(&asked, |path| grants.may_explore(path) && on_site(path)).await?);
    }
    let mut only = grants.explored_children(&parent.path);
    if let Some(roots) = roots.as_ref().filter(|_| !on_site(&parent.path)) {
        // The children that are on the site, or lead to it.
        let end = parent.path.len() + tree::STEP;
        let leading = roots.iter().filter(|root| root.starts_with(&parent.path)).filter_map(|root| root.get(..end));
        let mut leading: Vec<String> = leading.map(str::to_owned).collect();
        leading.retain(|path| only.as_ref().is_none_or(|only| only.contains(path)));
        leading.sort();
        leading.dedup();
        only = Some(leading);
    }
    let asked = Asked {
        parent: parent.id,
        order: view.order,
        direction: view.direction,
        filter: &view.filter,
        after,
        only,
        limit: PER_PART,
    };
    Ok(content.list_children(asked).await?)
}

/// The paths of the tops of a site: one for each of its languages.
fn roots(sites: &[Site], id: i64) -> Result<Vec<String>, Refusal> {
    let known = sites.iter().find(|site| site.id == id).ok_or(Refusal::Bad(said("no-such-site")))?;
    Ok(known.languages.iter().map(|language| language.root_path.clone()).chain([known.root_path.clone()]).collect())
}

async fn show(admin: &Admin, seat: &Seat, id: &str, query: &FormData) -> Done {
    let (content, grants) = (&admin.app.content, &seat.grants);
    let id = ids::parse(id).ok_or(Refusal::Missing(said("no-such-page")))?;
    let view = View::of(query, seat)?;
    let parent = match permit::explored(content, grants, id).await {
        Err(Refusal::Forbidden(_)) if id == ROOT_ID => {
            return Ok(admin.page(seat, "admin/pages/nothing.html", json!({})));
        }
        parent => parent?,
    };
    let is_whole = grants.explored_children(&parent.path).is_none();
    let sites = admin.site.sites();
    let part = part(admin, seat, &parent, &view, &sites, view.after.as_ref()).await?;
    let types = content.types();
    let here = row::address(id);
    let next = part.next.as_ref().map(|next| {
        let mut query = view.query(view.order, view.direction);
        format!("{here}?{}", query.append_pair("after", &next.to_string()).finish())
    });
    let count = match (is_whole && !view.is_narrowed(), view.after.is_none() && part.next.is_none()) {
        (false, _) => None,
        (true, true) => Some(part.rows.len() as i64),
        (true, false) => Some(content.count_children(id).await?),
    };
    let in_order = view.order == Order::Tree && view.direction == Direction::Up && !view.is_narrowed();
    let known = locale::names(&content.db).await?;
    let shown: Vec<i64> = part.rows.iter().map(|row| row.id).collect();
    let of_type = types.find(&view.filter.type_name).filter(|known| known.kind == Kind::Page);
    let rights = seat.actor().rights;
    let mut cells = cells(admin, of_type, &rights, shown.clone()).await?;
    let mut versions = languages::of_pages(admin, seat, &known, shown).await?;
    let show = |row: &Listed| {
        let mut shown = admin.row(seat, &types, row);
        // What was found may be anywhere below.
        shown["place"] = json!((!view.words.is_empty()).then_some(&row.url_path));
        shown["cells"] = cells.remove(&row.id).unwrap_or_default().into();
        shown["languages"] = versions.remove(&row.id).unwrap_or_default().into();
        shown["may"]["translate"] = (known.len() > 1 && shown["may"]["copy"] == true).into();
        shown
    };
    let rows: Vec<Value> = part.rows.iter().map(show).collect();
    let context = json!({
        "page": admin.row(seat, &types, &parent),
        "crumbs": admin.crumbs(seat, &parent.path).await?,
        "rows": rows,
        "moved": move_back::offer(admin, seat, &parent, query).await?,
        "columns": of_type.iter().flat_map(|known| known.columns()).filter(|field| rights.allow(field)).map(|field| &field.label)
            .collect::<Vec<_>>(),
        "add_of_type": add_of_type(seat, of_type, &parent),
        "count": count.map(counted),
        "next": next,
        "is_first": view.after.is_none(),
        "here": here,
        "view": view.query(view.order, view.direction).finish(),
        "most": MAX_ITEMS,
        "whole": format!("{here}?{}", view.query(view.order, view.direction).finish()).trim_end_matches('?'),
        "headings": {
            "tree": view.heading(Order::Tree, &here), "title": view.heading(Order::Title, &here),
            "updated": view.heading(Order::Updated, &here), "type": view.heading(Order::Type, &here),
        },
        "may_reorder": in_order && is_whole && part.rows.len() > 1 && permit::may_publish_below(grants, &parent),
        "may_bulk": rows.iter().any(|row| ["publish", "unpublish", "delete", "move"].iter().any(|act| row["may"][act] == true)),
        "filter": filter_form(admin, &view, &parent, &known, &sites).await?,
        "is_narrowed": view.is_narrowed(),
        "q": view.words,
        "kept": view.kept().iter().map(|(name, value)| json!({ "name": name, "value": value })).collect::<Vec<_>>(),
    });
    Ok(admin.page(seat, "admin/pages/explorer.html", context))
}

/// What the fields of pages say that are columns, while a list is of one type alone.
async fn cells(
    admin: &Admin,
    of_type: Option<&ContentType>,
    rights: &FieldRights,
    ids: Vec<i64>,
) -> Result<HashMap<i64, Vec<Value>>, Refusal> {
    let Some(of_type) = of_type else { return Ok(HashMap::new()) };
    let columns = of_type.columns().map(|field| field.name.clone()).collect();
    let fields = admin.app.content.list_fields(ids, columns).await?;
    let names = Names::load(admin, of_type, fields.values()).await?;
    Ok(fields.iter().map(|(id, fields)| (*id, names.cells(of_type, rights, fields))).collect())
}

/// Where a page of the type that is listed is made.
fn add_of_type(seat: &Seat, of_type: Option<&ContentType>, parent: &Listed) -> Option<Value> {
    let known = of_type.filter(|known| known.creatable && seat.grants.has_anywhere(PagePermission::Add))?;
    Some(json!({ "label": known.label, "url": new::url(&known.name, (parent.id != ROOT_ID).then_some(parent.id)) }))
}

fn counted(count: i64) -> Said {
    match count > MAX_COUNTED {
        true => said("pages-below-many"),
        false => said("pages-below").with("count", count),
    }
}

fn site_name(site: &Site) -> Said {
    Said::Text(if site.name.is_empty() { site.hostname.clone() } else { site.name.clone() })
}

/// What the form of filters offers.
async fn filter_form(
    admin: &Admin,
    view: &View,
    parent: &Listed,
    locales: &[Named],
    sites: &[Site],
) -> Result<Value, Refusal> {
    let content = &admin.app.content;
    let types = content.types();
    let option =
        |value: &str, label: Said, chosen: &str| json!({ "value": value, "label": label, "chosen": value == chosen });
    let possible = types.pages().filter(|known| {
        let above = (parent.id != ROOT_ID).then_some(parent.type_name.as_str());
        known.name == view.filter.type_name || types.check_placement(above, &known.name).is_ok()
    });
    let kinds: Vec<Value> =
        possible.map(|known| option(&known.name, Said::Text(known.label.clone()), &view.filter.type_name)).collect();
    let status = view.filter.status.map_or("", Status::as_str);
    let owners = content.list_owners().await?;
    let person = |chosen: Option<i64>| -> Vec<Value> {
        let chosen = chosen.map(|id| id.to_string()).unwrap_or_default();
        owners.iter().map(|known| option(&known.id.to_string(), Said::Text(known.username.clone()), &chosen)).collect()
    };
    let site = view.site.map(|id| id.to_string()).unwrap_or_default();
    let below = view.filter.below.map_or("", Below::as_str);
    Ok(json!({
        "types": kinds,
        "statuses": STATUSES.map(|(known, label)| option(known.as_str(), label, status)),
        "owners": person(view.filter.owner),
        "editors": person(view.filter.edited_by),
        "sites": sites.iter().map(|known| option(&known.id.to_string(), site_name(known), &site)).collect::<Vec<_>>(),
        "below": BELOW.map(|(known, label)| option(known.as_str(), label, below)),
        "locales": locales.iter().map(|known| option(&known.code, Said::Text(known.name.clone()), &view.filter.locale)).collect::<Vec<_>>(),
        "orders": ORDERS.map(|(known, label)| option(known.as_str(), label, view.order.as_str())),
        "way": view.direction.as_str(),
        "since": view.since,
        "until": view.until,
        "today": today(),
    }))
}

/// The latest day that makes sense, in any time zone.
fn today() -> String {
    let tomorrow = crate::clock::now().checked_add(24.hours()).unwrap_or(crate::clock::now());
    tomorrow.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}
