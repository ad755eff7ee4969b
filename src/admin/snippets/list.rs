//! The types of snippets, and the snippets of one.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::asked::{Asked, MAX_OFFSET};
use super::{ROUTE, enter, list_url, type_of, url};
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::columns::Names;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::export;
use crate::admin::pages::{query_of, row};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::bulk::MAX_ITEMS;
use crate::content::snippet::{self, Order, PAGE_SIZE, Snippet, Status};
use crate::content::types::ReferenceKind;
use crate::content::{locale, reference};
use crate::http::form::FormData;

const STATUSES: [(Status, Said); 3] = [
    (Status::Live, said("state-live")),
    (Status::Draft, said("state-draft")),
    (Status::Changed, said("state-live-and-draft")),
];

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

async fn show(admin: &Admin, seat: &Seat, type_name: &str, query: &FormData) -> Done {
    let types = admin.app.content.types();
    let of_type = type_of(&types, type_name)?;
    let options = of_type.snippet;
    let asked = Asked::of(query, of_type, seat.actor().rights)?;
    let db = &admin.app.db;
    let found = snippet::list(db, &asked.listing()).await?;
    if found.is_empty() && asked.offset > 0 {
        return Ok(see_other(&list_url(type_name), ROUTE));
    }
    let uses = reference::count_uses(db, ReferenceKind::Snippet, found.iter().map(|row| row.id).collect()).await?;
    let names = Names::load(admin, of_type, found.iter().map(|row| &row.fields)).await?;
    let total = found.first().map_or(0, |row| row.total);
    let end = asked.offset + PAGE_SIZE;
    let rows: Vec<Value> = found
        .iter()
        .map(|row| {
            let mut shown = shown(row, seat);
            shown["uses"] = json!(uses.get(&row.id).copied().unwrap_or(0));
            shown["cells"] = names.cells(of_type, &asked.rights, &row.fields).into();
            shown
        })
        .collect();
    let part = (total > PAGE_SIZE).then(|| {
        said("part-of-list").with("first", asked.offset + 1).with("last", end.min(total)).with("total", total)
    });
    let columns = of_type.columns().filter(|field| asked.rights.allow(field)).map(|field| {
        let heading = field.kind.sorting().map(|sorting| asked.heading(Order::Field(&field.name, sorting)));
        json!({ "label": field.label, "by": heading })
    });
    let context = json!({
        "type": { "name": of_type.name, "label": of_type.label, "description": of_type.description },
        "url": list_url(type_name), "rows": rows, "total": total, "part": part, "q": asked.search,
        "columns": columns.collect::<Vec<_>>(), "filter": filter_form(admin, &asked).await?,
        "kept": asked.kept().iter().map(|(name, value)| json!({ "name": name, "value": value })).collect::<Vec<_>>(),
        "headings": {
            "placed": asked.heading(Order::Placed), "name": asked.heading(Order::Name),
            "updated": asked.heading(Order::Updated),
        },
        "has_drafts": options.drafts, "is_translatable": options.translatable, "may_add": of_type.creatable,
        "is_orderable": options.orderable, "is_narrowed": asked.is_narrowed(),
        "may_reorder": asked.order == Order::Placed && !asked.is_narrowed(),
        "is_first": asked.offset == 0, "is_last": end >= total, "most": MAX_ITEMS,
        "view": asked.query(), "whole": asked.url(""), "exports": export::urls(|format| asked.url(&format!("export.{format}"))),
        "before": (asked.offset > 0).then(|| asked.part((asked.offset - PAGE_SIZE).max(0))),
        "next": (total > end && end <= MAX_OFFSET).then(|| asked.part(end)),
    });
    Ok(admin.page(seat, "admin/snippets/list.html", context))
}

/// What the form of filters offers.
async fn filter_form(admin: &Admin, asked: &Asked<'_>) -> Result<Value, Refusal> {
    let option =
        |value: &str, label: Said, chosen: &str| json!({ "value": value, "label": label, "chosen": value == chosen });
    let options = asked.of_type.snippet;
    let locales = if options.translatable { locale::names(&admin.app.db).await? } else { Vec::new() };
    let status = asked.status.map_or("", Status::as_str);
    let statuses = if options.drafts { STATUSES.to_vec() } else { Vec::new() };
    Ok(json!({
        "locales": locales.iter().map(|known| option(&known.code, Said::Text(known.name.clone()), &asked.locale)).collect::<Vec<_>>(),
        "statuses": statuses.into_iter().map(|(known, label)| option(known.as_str(), label, status)).collect::<Vec<_>>(),
        "fields": asked.choices(),
        "sort": asked.sort(),
        "way": if asked.is_turned { "down" } else { "up" },
    }))
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
