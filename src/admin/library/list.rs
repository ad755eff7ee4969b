//! Lists of files: narrowed by collection, tag, use, format and words; the newest first, by name or by size.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::{Kind, look, may_see};
use crate::accounts::{CollectionPermission, GlobalPermission};
use crate::admin::Admin;
use crate::admin::choose::{document_item, image_item};
use crate::admin::entry::{Seat, Speaks};
use crate::admin::pages::{ids, query_of, row};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::bulk::MAX_ITEMS;
use crate::content::reference;
use crate::http::form::FormData;
use crate::media::document::Document;
use crate::media::{Filter, Image, Order, Usage, collection};

/// Files of one part of a list.
const PER_PART: u32 = 48;
const MAX_QUERY: usize = 200;
/// Files that a list by name or size goes through; filters find the others.
const MAX_OFFSET: i64 = 10_000;
const NEWEST: &str = "newest";
const ORDERS: [(&str, Said); 3] =
    [(NEWEST, said("order-newest")), ("name", said("order-name")), ("size", said("order-size"))];
const USAGES: [(Usage, Said); 2] = [(Usage::Used, said("usage-used")), (Usage::Unused, said("usage-unused"))];

pub(super) async fn images(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    page(admin, request, Kind::Images).await
}

pub(super) async fn documents(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    page(admin, request, Kind::Documents).await
}

async fn page(admin: Arc<Admin>, request: Request, kind: Kind) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, kind.route(), Speaks::Html);
    admin.answer(entering, async |seat| show(&admin, seat, kind, &query, Vec::new()).await).await
}

/// What a list is narrowed to, and the collections that whoever asks may see.
pub(super) struct View {
    pub filter: Filter,
    pub open: Vec<collection::Listed>,
}

impl View {
    pub(super) async fn of(admin: &Admin, seat: &Seat, kind: Kind, query: &FormData) -> Result<Self, Refusal> {
        let text = |name: &str| query.first(name).unwrap_or_default().trim().to_owned();
        let number = |name: &str, bad: Said| match text(name) {
            text if text.is_empty() => Ok(None),
            text => ids::parse(&text).map(Some).ok_or(Refusal::Bad(bad)),
        };
        if text("q").chars().count() > MAX_QUERY || text("tag").chars().count() > MAX_QUERY {
            return Err(Refusal::Bad(said("search-too-long")));
        }
        let before_id = number("before", said("no-such-part"))?;
        let usage = match text("usage").as_str() {
            "" => None,
            word => Some(Usage::parse(word).ok_or(Refusal::Bad(said("no-such-usage")))?),
        };
        let order = match text("sort").as_str() {
            "" | NEWEST => None,
            word => Some(Order::parse(word).ok_or(Refusal::Bad(said("no-such-order")))?),
        };
        let offset = match text("from").as_str() {
            "" => Some(0),
            from => from.parse::<i64>().ok().filter(|from| order.is_some() && (0..=MAX_OFFSET).contains(from)),
        };
        let offset = offset.ok_or(Refusal::Bad(said("no-such-part")))?;
        let format = text("format");
        if !format.is_empty() && !kind.formats().contains(&format.as_str()) {
            return Err(Refusal::Bad(said("no-such-format")));
        }
        let uploaded_by = number("uploader", said("no-such-user"))?;
        let wanted = number("collection", said("no-such-collection"))?;
        let all = collection::list(&admin.app.db).await?;
        let is_known = wanted.is_none_or(|id| all.iter().any(|known| known.id == id));
        let open: Vec<_> = all.into_iter().filter(|known| may_see(&seat.grants, &known.path)).collect();
        if wanted.is_some_and(|id| !open.iter().any(|known| known.id == id)) {
            return Err(match is_known {
                true => Refusal::Forbidden(said("may-not-see-this-collection")),
                false => Refusal::Missing(said("no-such-collection")),
            });
        }
        let tag = Some(text("tag")).filter(|tag| !tag.is_empty());
        let words = text("q");
        let filter = Filter { collection: wanted, tag, words, uploaded_by, before_id, usage, format, order, offset };
        Ok(Self { filter, open })
    }

    /// The collections' paths, as lists are narrowed to them.
    pub(super) fn paths(&self) -> Vec<String> {
        self.open.iter().map(|known| known.path.clone()).collect()
    }

    /// As the address of the list has it, from its beginning.
    fn query(&self) -> url::form_urlencoded::Serializer<'static, String> {
        let mut out = url::form_urlencoded::Serializer::new(String::new());
        let mut add = |name: &str, value: &str| {
            if !value.is_empty() {
                out.append_pair(name, value);
            }
        };
        add("q", &self.filter.words);
        add("tag", self.filter.tag.as_deref().unwrap_or_default());
        add("collection", &self.filter.collection.map(|id| id.to_string()).unwrap_or_default());
        add("uploader", &self.filter.uploaded_by.map(|id| id.to_string()).unwrap_or_default());
        add("usage", self.filter.usage.map_or("", Usage::as_str));
        add("format", &self.filter.format);
        add("sort", self.filter.order.map_or("", Order::as_str));
        out
    }

    /// What the address says beside the words: the form of the search keeps it.
    fn kept(&self) -> Vec<Value> {
        let query = FormData::parse(self.query().finish().as_bytes());
        let kept = query.pairs().iter().filter(|(name, _)| name != "q");
        kept.map(|(name, value)| json!({ "name": name, "value": value })).collect()
    }

    fn is_narrowed(&self) -> bool {
        let filter = &self.filter;
        let chosen = filter.collection.is_some() || filter.tag.is_some() || filter.uploaded_by.is_some();
        chosen || filter.usage.is_some() || !filter.format.is_empty() || !filter.words.is_empty()
    }
}

/// The list; `outcomes`: how it went with files that were just sent.
pub(super) async fn show(admin: &Admin, seat: &Seat, kind: Kind, query: &FormData, outcomes: Vec<Value>) -> Done {
    let view = View::of(admin, seat, kind, query).await?;
    let filter = &view.filter;
    let (items, next) = part(admin, seat, kind, filter, view.paths()).await?;
    let may_add = |path: &str| seat.grants.may_in_collection(CollectionPermission::Add, path, None);
    let may_work = [CollectionPermission::Change, CollectionPermission::Delete, CollectionPermission::Add];
    let option = |known: &collection::Listed| {
        let indent = "\u{2003}".repeat(usize::try_from(known.depth - 1).unwrap_or(0));
        json!({ "value": known.id, "label": format!("{indent}{}", known.name), "chosen": filter.collection == Some(known.id) })
    };
    let owners = admin.app.content.list_owners().await?;
    let uploaders: Vec<Value> = owners
        .iter()
        .map(|known| json!({ "value": known.id, "label": known.username, "chosen": filter.uploaded_by == Some(known.id) }))
        .collect();
    let whole = format!("{}?{}", kind.url(), view.query().finish());
    let next = next.map(|id| match filter.order {
        None => ("before", id),
        Some(_) => ("from", filter.offset + i64::from(PER_PART)),
    });
    let next = next.filter(|(_, from)| filter.order.is_none() || *from <= MAX_OFFSET);
    let next = next
        .map(|(name, from)| format!("{}?{}", kind.url(), view.query().append_pair(name, &from.to_string()).finish()));
    let context = json!({
        "kind": kind.one(), "kinds": kind.many(), "url": kind.url(), "items": items, "next": next,
        "whole": whole.trim_end_matches('?'), "view": view.query().finish(), "most": MAX_ITEMS,
        "is_first": filter.before_id.is_none() && filter.offset == 0, "q": filter.words,
        "kept": view.kept(), "chosen": chosen(kind, filter), "is_gallery": look::is_grid(seat, kind), "tag": filter.tag.clone().unwrap_or_default(),
        "is_narrowed": view.is_narrowed(),
        "may_bulk": may_work.iter().any(|permission| seat.grants.may_in_some_collection(*permission)),
        "collections": view.open.iter().map(option).collect::<Vec<_>>(),
        "uploaders": uploaders,
        "addable": view.open.iter().filter(|known| may_add(&known.path)).map(option).collect::<Vec<_>>(),
        "accept": if kind == Kind::Images { "image/*" } else { "" },
        "max_bytes": match kind {
            Kind::Images => admin.app.config.media.max_image_bytes,
            Kind::Documents => admin.app.config.media.max_document_bytes,
        },
        "outcomes": outcomes,
        "may_collect": seat.grants.may(GlobalPermission::Collections),
    });
    Ok(admin.page(seat, "admin/library/list.html", context))
}

/// What the form of filters offers of words alone.
fn chosen(kind: Kind, filter: &Filter) -> Value {
    let option =
        |value: &str, label: Said, chosen: &str| json!({ "value": value, "label": label, "chosen": value == chosen });
    let usage = filter.usage.map_or("", Usage::as_str);
    let order = filter.order.map_or(NEWEST, Order::as_str);
    let formats = kind.formats().iter();
    json!({
        "usages": USAGES.map(|(known, label)| option(known.as_str(), label, usage)),
        "orders": ORDERS.map(|(word, label)| option(word, label, order)),
        "formats": formats.map(|known| option(known, Said::Text(known.to_uppercase()), &filter.format)).collect::<Vec<_>>(),
    })
}

async fn part(
    admin: &Admin,
    seat: &Seat,
    kind: Kind,
    filter: &Filter,
    paths: Vec<String>,
) -> Result<(Vec<Value>, Option<i64>), Refusal> {
    let media = &admin.app.media;
    let mut items: Vec<(i64, Value)> = match kind {
        Kind::Images => {
            let found = media.list_images_within(filter, paths, PER_PART + 1).await.map_err(super::failed)?;
            let item = |image: &Image| {
                let mut item = shown(image_item(admin, image), image.updated_at, seat);
                item["size_bytes"] = json!(image.size_bytes);
                (image.id, item)
            };
            found.iter().map(item).collect()
        }
        Kind::Documents => {
            let found = media.list_documents_within(filter, paths, PER_PART + 1).await.map_err(super::failed)?;
            let item = |file: &Document| {
                let mut item = shown(document_item(file), file.updated_at, seat);
                let ending = file.file_name.rsplit_once('.').map_or("", |(_, ending)| ending);
                item["ending"] = json!(ending.to_uppercase());
                (file.id, item)
            };
            found.iter().map(item).collect()
        }
    };
    let more = items.len() > PER_PART as usize;
    items.truncate(PER_PART as usize);
    let ids: Vec<i64> = items.iter().map(|(id, _)| *id).collect();
    let uses = reference::count_uses(&admin.app.db, kind.reference(), ids).await?;
    for (id, item) in &mut items {
        item["uses"] = json!(uses.get(id).copied().unwrap_or(0));
        item["url"] = json!(format!("{}{id}/", kind.url()));
        item["size"] = json!(item["size_bytes"].as_i64().map(size));
    }
    let next = items.last().filter(|_| more).map(|(id, _)| *id);
    Ok((items.into_iter().map(|(_, item)| item).collect(), next))
}

fn shown(mut item: Value, updated_at: i64, seat: &Seat) -> Value {
    item["updated"] = row::when(updated_at, &seat.zone());
    item
}

/// `1.4 MB`, in powers of ten.
pub(super) fn size(bytes: i64) -> Said {
    match bytes {
        ..1_000 => said("size-bytes").with("count", bytes),
        1_000..1_000_000 => said("size-kilobytes").with("count", bytes / 1_000),
        _ => said("size-megabytes").with("count", format!("{:.1}", bytes as f64 / 1e6)),
    }
}
