//! An image or a document as JSON.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use serde_json::{Value, json};

use super::{File, Kind, find};
use crate::accounts::Scope;
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::{Reply, etag};
use crate::api::v1::entry::{Sent, answer, known, unless_known};
use crate::api::v1::problem::{Done, Refusal};
use crate::api::v1::sparse::Sparse;
use crate::clock::Micros;
use crate::media::image::FilterSpec;
use crate::media::tagging;
use crate::media::url;

/// All that is told of a file.
pub(super) fn whole(api: &Api, file: &File, tags: &[String]) -> Value {
    match file {
        File::Image(image) => {
            let original = |facts| url::of_rendition(&api.site.app.keys, &facts, &FilterSpec::original());
            let focal = image.focal().map(|focal| {
                json!({
                    "x": focal.x, "y": focal.y, "width": focal.width, "height": focal.height,
                    "by": image.focal_by().as_str(),
                })
            });
            let meta = meta(Kind::Images, file, (image.restricted, image.created_at));
            let mut shown = json!({
                "id": image.id, "meta": meta, "title": image.title, "description": image.description,
                "filename": image.file_name, "format": image.format, "width": image.width, "height": image.height,
                "size_bytes": image.size_bytes, "sha256": image.digest, "focal_point": focal, "tags": tags,
                "collection": image.collection_id,
            });
            shown["meta"]["download_url"] = json!(image.facts().map(original));
            shown
        }
        File::Document(document) => {
            let meta = meta(Kind::Documents, file, (document.restricted, document.created_at));
            let mut shown = json!({
                "id": document.id, "meta": meta, "title": document.title, "filename": document.file_name,
                "size_bytes": document.size_bytes, "sha256": document.digest, "tags": tags,
                "collection": document.collection_id,
            });
            shown["meta"]["download_url"] = json!(document.url());
            shown
        }
    }
}

fn meta(kind: Kind, file: &File, (restricted, created_at): (bool, i64)) -> Value {
    let address = kind.address(file.id());
    json!({
        "type": kind.type_name(), "detail_url": address, "usage_url": format!("{address}usage/"),
        "restricted": restricted, "uploaded_by": file.uploaded_by(),
        "created_at": Micros(created_at).to_rfc3339(), "updated_at": Micros(file.updated_at()).to_rfc3339(),
    })
}

/// A file with its tags, and its ETag.
pub(super) async fn with_tags(api: &Api, file: &File) -> Result<(Value, String), Refusal> {
    let (db, ids) = (&*api.site.app.db, vec![file.id()]);
    let tags = match file {
        File::Image(_) => tagging::of_images(db, ids).await?,
        File::Document(_) => tagging::of_documents(db, ids).await?,
    };
    let tags: Vec<String> = tags.into_iter().map(|tag| tag.name).collect();
    let whole = whole(api, file, &tags);
    let etag = etag(file.updated_at(), &whole);
    Ok((whole, etag))
}

/// As it is now, after something was done to it.
pub(super) async fn reloaded(api: &Api, kind: Kind, id: i64) -> Result<(Value, String), Refusal> {
    with_tags(api, &super::load(api, kind, id).await?).await
}

pub(super) async fn one(api: Arc<Api>, caller: Caller, request: Request, (kind, id): (Kind, String)) -> Response {
    let work = async |sent: &Sent| read(&api, &caller, sent, (kind, &id)).await;
    answer(&api, &caller, request, (kind.routes().one, Some(Scope::ReadContent)), work).await
}

async fn read(api: &Api, caller: &Caller, sent: &Sent, (kind, id): (Kind, &str)) -> Done {
    known(&sent.query, &["fields"])?;
    let sparse = Sparse::parse(sent.query.first("fields").unwrap_or("*"))?;
    let (file, _) = find(api, caller, kind, id).await?;
    let (whole, _) = with_tags(api, &file).await?;
    let shown = sparse.select(whole);
    let etag = etag(file.updated_at(), &shown);
    Ok(unless_known(sent, Reply::ok(&shown).with_etag(etag)))
}
