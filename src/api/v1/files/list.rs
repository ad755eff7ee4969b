//! Lists of images and of documents: narrowed as in the editor's library, a part at a time.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use serde_json::json;

use super::{File, Kind, seen, show};
use crate::accounts::Scope;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::Reply;
use crate::api::v1::entry::{self, Sent, answer, known};
use crate::api::v1::problem::{Done, Refusal, bad_request};
use crate::api::v1::sparse::Sparse;
use crate::content::explore::Cursor;
use crate::media::tagging::{self, Tagged};
use crate::media::{Filter, Order, Usage};

const NAMES: [&str; 10] =
    ["collection", "tag", "search", "usage", "format", "uploaded_by", "order", "fields", "limit", "after"];
/// Files that a list by name or size goes through; what is behind them is refused, and not left out.
const MAX_OFFSET: i64 = 10_000;
/// The order when nobody says otherwise.
const NEWEST: &str = "newest";

pub(super) async fn all(api: Arc<Api>, caller: Caller, request: Request, kind: Kind) -> Response {
    let work = async |sent: &Sent| list(&api, &caller, sent, kind).await;
    answer(&api, &caller, request, (kind.routes().all, Some(Scope::ReadContent)), work).await
}

/// What the address narrows the list to.
fn filter(sent: &Sent) -> Result<Filter, Refusal> {
    let usage = match sent.query.first("usage") {
        None => None,
        Some(word) => Some(Usage::parse(word).ok_or_else(|| bad_request("usage is used or unused."))?),
    };
    let order = match sent.query.first("order") {
        None | Some(NEWEST) => None,
        Some(word) => Some(Order::parse(word).ok_or_else(|| bad_request("order is newest, name or size."))?),
    };
    let after = sent.query.first("after").map(entry::cursor).transpose()?;
    let offset = match (&after, order) {
        (Some(cursor), Some(_)) => cursor.key.parse().ok().filter(|offset| *offset >= 0),
        _ => Some(0),
    };
    if offset.is_some_and(|offset| offset > MAX_OFFSET) {
        let text =
            format!("A list by name or size goes through {MAX_OFFSET} files: narrow it, or list the newest first.");
        return Err(bad_request(text).into());
    }
    let tag = Some(entry::text(sent, "tag")?).filter(|tag| !tag.is_empty());
    Ok(Filter {
        collection: entry::number(sent, "collection")?,
        tag: tag.map(str::to_owned),
        words: entry::text(sent, "search")?.to_owned(),
        uploaded_by: entry::number(sent, "uploaded_by")?,
        before_id: after.filter(|_| order.is_none()).map(|cursor| cursor.id),
        usage,
        format: entry::text(sent, "format")?.to_lowercase(),
        order,
        offset: offset.ok_or_else(|| bad_request("after is none that a list gave."))?,
    })
}

async fn list(api: &Api, caller: &Caller, sent: &Sent, kind: Kind) -> Done {
    known(&sent.query, &NAMES)?;
    let (mut filter, limit) = (filter(sent)?, entry::usual_limit(sent)?);
    if !filter.format.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(bad_request("format is letters and digits, such as png or pdf.").into());
    }
    let sparse = Sparse::parse(sent.query.first("fields").unwrap_or("*"))?;
    let mut open = seen(api, caller.grants()).await?;
    if let Some(id) = filter.collection.take() {
        let top = open.iter().find(|known| known.id == id).map(|known| known.path.clone());
        open.retain(|known| top.as_ref().is_some_and(|top| known.path.starts_with(top)));
    }
    // A collection that the caller may not see is none.
    if open.is_empty() {
        return Ok(Reply::ok(&json!({ "items": [], "next": null })));
    }
    let paths: Vec<String> = open.into_iter().map(|known| known.path).collect();
    let (media, most) = (&api.site.app.media, limit as u32 + 1);
    let files: Vec<File> = match kind {
        Kind::Images => {
            let found = media.list_images_within(&filter, paths, most).await?;
            found.into_iter().map(|image| File::Image(Box::new(image))).collect()
        }
        Kind::Documents => {
            let found = media.list_documents_within(&filter, paths, most).await?;
            found.into_iter().map(|document| File::Document(Box::new(document))).collect()
        }
    };
    let tags = tags(api, kind, &files).await?;
    let next = filter.offset + limit;
    let cursor = |last: &File| Cursor { key: next.to_string(), id: last.id() }.to_string();
    let shown = |file: &File| {
        let tags = tags.get(&file.id()).map_or(&[][..], Vec::as_slice);
        sparse.select(show::whole(api, file, tags))
    };
    Ok(entry::part(sent, limit, files, cursor, shown))
}

/// The tags of all these files, by their ids.
async fn tags(api: &Api, kind: Kind, files: &[File]) -> Result<HashMap<i64, Vec<String>>, Refusal> {
    let (db, ids) = (&*api.site.app.db, files.iter().map(File::id).collect());
    let found: Vec<Tagged> = match kind {
        Kind::Images => tagging::of_images(db, ids).await?,
        Kind::Documents => tagging::of_documents(db, ids).await?,
    };
    let mut tags: HashMap<i64, Vec<String>> = HashMap::new();
    for Tagged { owner_id, name } in found {
        tags.entry(owner_id).or_default().push(name);
    }
    Ok(tags)
}
