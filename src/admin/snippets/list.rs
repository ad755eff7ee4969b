//! The types of snippets, and the snippets of one.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{ROUTE, enter, list_url, type_of, url};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::pages::{query_of, row};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::content::snippet::{self, Listing, Order, PAGE_SIZE, Snippet};
use crate::content::types::{ReferenceKind, SnippetOptions};
use crate::content::{locale, reference};
use crate::http::form::FormData;

/// Snippets that a list goes through; a search finds the others.
const MAX_OFFSET: i64 = 10_000;
/// Longest search, in characters.
const MAX_QUERY: usize = 200;

pub(super) async fn types(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let entering = enter(&admin, &request, Speaks::Html);
    admin.answer(entering, async |seat| show_types(&admin, seat).await).await
}

pub(super) async fn page(State(admin): State<Arc<Admin>>, Path(type_name): Path<String>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = enter(&admin, &request, Speaks::Html);
    admin.answer(entering, async |seat| show(&admin, seat, &type_name, &query).await).await
}

async fn show_types(admin: &Admin, seat: &Seat) -> Done {
    let counts = snippet::count_by_type(&admin.app.db).await?;
    let types = admin.app.content.types();
    let count = |name: &str| counts.iter().find(|known| known.type_name == name).map_or(0, |known| known.snippets);
    let shown: Vec<Value> = types
        .snippets()
        .map(|known| {
            let url = list_url(&known.name);
            json!({ "label": known.label, "description": known.description, "url": url, "count": count(&known.name) })
        })
        .collect();
    Ok(admin.page(seat, "admin/snippets/types.html", json!({ "types": shown })))
}

/// What a list is asked for.
struct Asked {
    search: String,
    locale: String,
    order: Order,
    offset: i64,
}

impl Asked {
    fn of(query: &FormData, options: SnippetOptions) -> Result<Self, Refusal> {
        let text = |name: &str| query.first(name).unwrap_or_default().trim().to_owned();
        if text("q").chars().count() > MAX_QUERY {
            return Err(Refusal::Bad(said("search-too-long")));
        }
        let order = match text("sort").as_str() {
            "name" => Order::Name,
            "updated" => Order::Updated,
            "placed" if options.orderable => Order::Placed,
            "" if options.orderable => Order::Placed,
            "" => Order::Name,
            _ => return Err(Refusal::Bad(said("the-list-is-not-sorted-like-that"))),
        };
        let offset = match text("from").as_str() {
            "" => Some(0),
            from => from.parse::<i64>().ok().filter(|offset| (0..=MAX_OFFSET).contains(offset)),
        };
        let offset = offset.ok_or(Refusal::Bad(said("no-such-part")))?;
        Ok(Self { search: text("q"), locale: text("locale"), order, offset })
    }

    fn sort(&self) -> &'static str {
        match self.order {
            Order::Name => "name",
            Order::Updated => "updated",
            Order::Placed => "placed",
        }
    }

    /// The address of another part.
    fn url(&self, type_name: &str, from: i64) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("q", self.search.as_str()), ("locale", &self.locale), ("sort", self.sort())] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!("{}?{}", list_url(type_name), query.append_pair("from", &from.to_string()).finish())
    }
}

async fn show(admin: &Admin, seat: &Seat, type_name: &str, query: &FormData) -> Done {
    let types = admin.app.content.types();
    let of_type = type_of(&types, type_name)?;
    let options = of_type.snippet;
    let asked = Asked::of(query, options)?;
    let listing =
        Listing { type_name, search: &asked.search, locale: &asked.locale, order: asked.order, offset: asked.offset };
    let db = &admin.app.db;
    let found = snippet::list(db, &listing).await?;
    if found.is_empty() && asked.offset > 0 {
        return Ok(see_other(&list_url(type_name), ROUTE));
    }
    let uses = reference::count_uses(db, ReferenceKind::Snippet, found.iter().map(|row| row.id).collect()).await?;
    let total = found.first().map_or(0, |row| row.total);
    let end = asked.offset + PAGE_SIZE;
    let rows: Vec<Value> = found
        .iter()
        .map(|row| {
            let mut shown = shown(row, seat);
            shown["uses"] = json!(uses.get(&row.id).copied().unwrap_or(0));
            shown
        })
        .collect();
    let locales = if options.translatable { locale::names(db).await? } else { Vec::new() };
    let locales: Vec<Value> = locales
        .iter()
        .map(|known| json!({ "value": known.code, "label": known.name, "chosen": known.code == asked.locale }))
        .collect();
    let orders = [("placed", said("order-placed")), ("name", said("order-name")), ("updated", said("order-changed"))];
    let orders: Vec<Value> = orders
        .iter()
        .filter(|(value, _)| *value != "placed" || options.orderable)
        .map(|(value, label)| json!({ "value": value, "label": label, "chosen": *value == asked.sort() }))
        .collect();
    let part = (total > PAGE_SIZE).then(|| {
        said("part-of-list").with("first", asked.offset + 1).with("last", end.min(total)).with("total", total)
    });
    let context = json!({
        "type": { "name": of_type.name, "label": of_type.label, "description": of_type.description },
        "url": list_url(type_name), "rows": rows, "total": total, "part": part, "q": asked.search,
        "locales": locales, "orders": orders, "has_drafts": options.drafts, "may_add": of_type.creatable,
        "is_narrowed": !asked.search.is_empty() || !asked.locale.is_empty(),
        "may_reorder": asked.order == Order::Placed && asked.search.is_empty() && asked.locale.is_empty(),
        "is_first": asked.offset == 0, "is_last": end >= total,
        "before": (asked.offset > 0).then(|| asked.url(type_name, (asked.offset - PAGE_SIZE).max(0))),
        "next": (total > end && end <= MAX_OFFSET).then(|| asked.url(type_name, end)),
    });
    Ok(admin.page(seat, "admin/snippets/list.html", context))
}

fn shown(found: &Snippet, seat: &Seat) -> Value {
    let (text, look) = match (found.live, found.has_unpublished_changes) {
        (true, false) => (said("state-live"), "good"),
        (true, true) => (said("state-live-and-draft"), "good"),
        (false, _) => (said("state-draft"), "quiet"),
    };
    json!({
        "id": found.id, "name": found.name, "slug": found.slug, "locale": found.locale, "url": url(found),
        "chips": [{ "text": text, "look": look }], "updated": row::when(found.updated_at, &seat.zone()),
    })
}
