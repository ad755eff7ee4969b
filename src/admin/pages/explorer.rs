//! The tree, one level at a time: the children of a page, sorted, narrowed, a part at a time. All of it is in the address.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::{ids, permit, query_of, row};
use crate::admin::Admin;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::bulk::MAX_ITEMS;
use crate::clock::Micros;
use crate::content::explore::{Asked, Cursor, Direction, Filter, Listed, MAX_COUNTED, Order, PER_PART, Status};
use crate::content::locale;
use crate::content::tree::ROOT_ID;
use crate::http::form::FormData;
use crate::telemetry::label::Route;

const STATUSES: [(Status, Said); 8] = [
    (Status::Live, said("state-live")),
    (Status::Draft, said("state-draft")),
    (Status::Changed, said("state-live-and-draft")),
    (Status::Scheduled, said("state-scheduled")),
    (Status::Expiring, said("state-expires")),
    (Status::Expired, said("state-expired")),
    (Status::Alias, said("state-alias")),
    (Status::Restricted, said("state-restricted")),
];
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

/// What the address asks for.
struct View {
    order: Order,
    direction: Direction,
    filter: Filter,
    after: Option<Cursor>,
    /// The day since which pages were changed, as it was given.
    since: String,
}

impl View {
    fn of(query: &FormData, seat: &Seat) -> Result<Self, Refusal> {
        let text = |name: &str| query.first(name).unwrap_or_default().trim().to_owned();
        let order = word(&text("sort"), Order::parse, said("no-such-order"))?.unwrap_or(Order::Tree);
        let direction = word(&text("way"), Direction::parse, said("lists-go-up-or-down"))?.unwrap_or(Direction::Up);
        let status = word(&text("status"), Status::parse, said("no-such-status"))?;
        let owner = word(&text("owner"), ids::parse, said("no-such-owner"))?;
        let after = word(&text("after"), Cursor::parse, said("no-such-part-go-to-the-beginning"))?;
        let since = text("since");
        let day = word(&since, |day| day.parse::<Date>().ok(), said("no-such-day"))?;
        let day = day.and_then(|day| day.to_zoned(seat.zone()).ok());
        let updated_since = day.map(|day| Micros(day.timestamp().as_microsecond()));
        let filter = Filter { type_name: text("type"), status, owner, locale: text("locale"), updated_since };
        Ok(Self { order, direction, filter, after, since })
    }

    /// The query of an address with this view, from the beginning, in another order.
    fn query(&self, order: Order, direction: Direction) -> url::form_urlencoded::Serializer<'static, String> {
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        let mut add = |name: &str, value: &str| {
            if !value.is_empty() {
                out.append_pair(name, value);
            }
        };
        add("sort", if order == Order::Tree { "" } else { order.as_str() });
        add("way", if direction == Direction::Up { "" } else { direction.as_str() });
        add("type", &self.filter.type_name);
        add("status", self.filter.status.map_or("", Status::as_str));
        add("owner", &self.filter.owner.map(|id| id.to_string()).unwrap_or_default());
        add("locale", &self.filter.locale);
        add("since", &self.since);
        out
    }

    /// For a heading that sorts by `order`: pressing the current one turns it round.
    fn heading(&self, order: Order, here: &str) -> Value {
        let is_current = self.order == order;
        // The last change is asked for first of all.
        let first = if order == Order::Updated { Direction::Down } else { Direction::Up };
        let turned = if self.direction == Direction::Up { Direction::Down } else { Direction::Up };
        let direction = if is_current { turned } else { first };
        let sorted = match (is_current, self.direction) {
            (false, _) => "none",
            (true, Direction::Up) => "ascending",
            (true, Direction::Down) => "descending",
        };
        json!({ "url": format!("{here}?{}", self.query(order, direction).finish()), "sorted": sorted })
    }
}

/// A word of the address, when it is there.
fn word<T>(text: &str, parse: impl FnOnce(&str) -> Option<T>, bad: Said) -> Result<Option<T>, Refusal> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some).ok_or(Refusal::Bad(bad)) }
}

/// All pages of a list that a form names, parts behind the first included, up to what is worked on at once; and whether
/// there are more.
pub(super) async fn matching(admin: &Admin, seat: &Seat, form: &FormData) -> Result<(Vec<Listed>, bool), Refusal> {
    let (content, grants) = (&admin.app.content, &seat.grants);
    let below = form.first("below").and_then(ids::parse).ok_or(Refusal::Bad(said("say-below-which-page")))?;
    let parent = permit::explored(content, grants, below).await?;
    let view = View::of(&FormData::parse(form.first("view").unwrap_or_default().as_bytes()), seat)?;
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let asked = Asked {
            parent: below,
            order: view.order,
            direction: view.direction,
            filter: &view.filter,
            after: after.as_ref(),
            only: grants.explored_children(&parent.path),
            limit: PER_PART,
        };
        let part = content.list_children(asked).await?;
        rows.extend(part.rows);
        after = part.next;
        if after.is_none() || rows.len() >= MAX_ITEMS {
            rows.truncate(MAX_ITEMS);
            return Ok((rows, after.is_some()));
        }
    }
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
    let only = grants.explored_children(&parent.path);
    let is_whole = only.is_none();
    let asked = Asked {
        parent: id,
        order: view.order,
        direction: view.direction,
        filter: &view.filter,
        after: view.after.as_ref(),
        only,
        limit: PER_PART,
    };
    let part = content.list_children(asked).await?;
    let types = content.types();
    let here = row::address(id);
    let next = part.next.as_ref().map(|next| {
        let mut query = view.query(view.order, view.direction);
        format!("{here}?{}", query.append_pair("after", &next.to_string()).finish())
    });
    let count = if is_whole && view.filter.is_empty() { Some(content.count_children(id).await?) } else { None };
    let in_order = view.order == Order::Tree && view.direction == Direction::Up && view.filter.is_empty();
    let rows: Vec<Value> = part.rows.iter().map(|row| admin.row(seat, &types, row)).collect();
    let context = json!({
        "page": admin.row(seat, &types, &parent),
        "crumbs": admin.crumbs(seat, &parent.path).await?,
        "rows": rows,
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
        "filter": filter_form(admin, &view, &parent).await?,
        "is_narrowed": !view.filter.is_empty(),
    });
    Ok(admin.page(seat, "admin/pages/explorer.html", context))
}

fn counted(count: i64) -> Said {
    match count > MAX_COUNTED {
        true => said("pages-below-many"),
        false => said("pages-below").with("count", count),
    }
}

/// What the form of filters offers.
async fn filter_form(admin: &Admin, view: &View, parent: &Listed) -> Result<Value, Refusal> {
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
    let owner = view.filter.owner.map(|id| id.to_string()).unwrap_or_default();
    let owners = content.list_owners().await?;
    let locales = locale::names(&content.db).await?;
    Ok(json!({
        "types": kinds,
        "statuses": STATUSES.map(|(known, label)| option(known.as_str(), label, status)),
        "owners": owners.iter().map(|known| option(&known.id.to_string(), Said::Text(known.username.clone()), &owner)).collect::<Vec<_>>(),
        "locales": locales.iter().map(|known| option(&known.code, Said::Text(known.name.clone()), &view.filter.locale)).collect::<Vec<_>>(),
        "orders": ORDERS.map(|(known, label)| option(known.as_str(), label, view.order.as_str())),
        "way": view.direction.as_str(),
        "since": view.since,
        "today": today(),
    }))
}

/// The latest day that makes sense, in any time zone.
fn today() -> String {
    let tomorrow = crate::clock::now().checked_add(24.hours()).unwrap_or(crate::clock::now());
    tomorrow.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}
