//! Choosing images and documents: of the collections that whoever asks may choose from.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::{ROUTE, query};
use crate::accounts::{CollectionPermission, Grants};
use crate::admin::Admin;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::pages::{ids, query_of};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::http::form::FormData;
use crate::media::collection;
use crate::media::document::Document;
use crate::media::image::FilterSpec;
use crate::media::{Facts, Filter, Image, url};

/// Files of one part of a list.
const PER_PART: u32 = 48;
/// Of the small pictures.
const THUMBNAIL: &str = "max-330x330|format-webp";

pub(super) async fn images(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Json);
    admin.answer(entering, async |seat| list(&admin, seat, &query, Which::Images).await).await
}

pub(super) async fn documents(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    let query = query_of(&request);
    let entering = admin.enter(&request, ROUTE, Speaks::Json);
    admin.answer(entering, async |seat| list(&admin, seat, &query, Which::Documents).await).await
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Images,
    Documents,
}

fn may_choose(grants: &Grants, path: &str) -> bool {
    grants.may_in_collection(CollectionPermission::Choose, path, None)
}

async fn list(admin: &Admin, seat: &Seat, form: &FormData, which: Which) -> Done {
    let (media, grants) = (&admin.app.media, &seat.grants);
    let before_id = match form.first("cursor").filter(|text| !text.is_empty()) {
        Some(text) => Some(ids::parse(text).ok_or(Refusal::Bad(said("no-such-part")))?),
        None => None,
    };
    let all = collection::list(&admin.app.db).await?;
    let open: Vec<_> = all.iter().filter(|known| may_choose(grants, &known.path)).collect();
    let wanted = match form.first("collection").filter(|text| !text.is_empty()) {
        Some(text) => {
            let id = ids::parse(text).ok_or(Refusal::Missing(said("no-such-collection")))?;
            if !all.iter().any(|known| known.id == id) {
                return Err(Refusal::Missing(said("no-such-collection")));
            }
            let chosen = open.iter().find(|known| known.id == id);
            Some(chosen.ok_or(Refusal::Forbidden(said("may-not-choose-from-this-collection")))?.id)
        }
        None => None,
    };
    let paths: Vec<String> = open.iter().map(|known| known.path.clone()).collect();
    let filter = Filter { collection: wanted, words: query(form)?.to_owned(), before_id, ..Filter::default() };
    let (items, last) = match which {
        Which::Images => {
            let found = media.list_images_within(&filter, paths, PER_PART + 1).await.map_err(refused)?;
            part(found, |image| image.id, |image| image_item(admin, image))
        }
        Which::Documents => {
            let found = media.list_documents_within(&filter, paths, PER_PART + 1).await.map_err(refused)?;
            part(found, |document| document.id, document_item)
        }
    };
    let collections: Vec<Value> =
        open.iter().map(|known| json!({ "id": known.id, "name": known.name, "depth": known.depth })).collect();
    let answer = json!({
        "items": items,
        "next": last.map(|id| id.to_string()),
        "collections": collections,
        "may_add": grants.may_in_some_collection(CollectionPermission::Add),
    });
    Ok(admin.json(StatusCode::OK, ROUTE, answer))
}

/// The rows of a part, and the last one's id when there are more.
fn part<T>(mut found: Vec<T>, id: impl Fn(&T) -> i64, item: impl Fn(&T) -> Value) -> (Vec<Value>, Option<i64>) {
    let more = found.len() > PER_PART as usize;
    found.truncate(PER_PART as usize);
    let last = found.last().filter(|_| more).map(&id);
    (found.iter().map(item).collect(), last)
}

/// The address of the small picture of an image, when its format is known.
pub(in crate::admin) fn thumbnail(admin: &Admin, facts: Option<Facts>) -> Option<String> {
    let spec = FilterSpec::parse(THUMBNAIL).expect("a constant that parses");
    facts.map(|facts| url::of_rendition(&admin.app.keys, &facts, &spec))
}

pub(in crate::admin) fn image_item(admin: &Admin, image: &Image) -> Value {
    json!({
        "id": image.id, "title": image.title, "alt": image.description, "width": image.width, "height": image.height,
        "thumb": thumbnail(admin, image.facts()),
    })
}

pub(in crate::admin) fn document_item(document: &Document) -> Value {
    json!({
        "id": document.id, "title": document.title, "filename": document.file_name, "size_bytes": document.size_bytes,
    })
}

fn refused(error: crate::media::MediaError) -> Refusal {
    match error {
        crate::media::MediaError::Db(error) => Refusal::Db(error),
        _ => Refusal::Missing(said("no-such-collection")),
    }
}
