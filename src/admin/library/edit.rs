//! One file: what it is called, what it shows, its tags, its collection, what must stay visible of it, and who uses it.

use axum::extract::Request;
use http::StatusCode;
use serde_json::{Value, json};

use super::{File, Kind, address, faces, list, why};
use crate::accounts::CollectionPermission;
use crate::admin::answer::see_other;
use crate::admin::choose::{document_item, image_item};
use crate::admin::entry::Seat;
use crate::admin::pages::{ids, row};
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::admin::{Admin, usage};
use crate::content::object_log::Of;
use crate::http::form::FormData;
use crate::media::image::FocalPoint;
use crate::media::tagging::{self, TagChange};
use crate::media::{DocumentChange, ImageChange, MediaError, collection};
use crate::telemetry::label::ObjectKind;

pub(super) async fn page(admin: &Admin, seat: &Seat, id: &str, asked: FormData, kind: Kind) -> Done {
    let (file, path) = super::find(admin, seat, kind, id).await?;
    show(admin, seat, kind, (&file, &path), Again { asked, ..Again::default() }).await
}

/// What was asked for beside the file, and what was typed, when it was refused.
#[derive(Default)]
pub(super) struct Again {
    /// An address in another size.
    pub asked: FormData,
    pub given: Option<FormData>,
    pub error: Option<Said>,
}

/// The page of a file.
pub(super) async fn show(admin: &Admin, seat: &Seat, kind: Kind, (file, path): (&File, &str), again: Again) -> Done {
    let db = &admin.app.db;
    let may = |permission, path: &str| seat.grants.may_in_collection(permission, path, None);
    let may_own = |permission| seat.grants.may_in_collection(permission, path, file.uploaded_by());
    let tags = match kind {
        Kind::Images => tagging::of_images(&**db, vec![file.id()]).await?,
        Kind::Documents => tagging::of_documents(&**db, vec![file.id()]).await?,
    };
    let tags: Vec<&str> = tags.iter().map(|tag| tag.name.as_str()).collect();
    let uses = admin.app.content.usage(kind.reference(), file.id(), 0).await?;
    let places: Vec<Value> = uses.iter().map(usage::place).collect();
    let all = collection::list(db).await?;
    let choices =
        all.iter().filter(|known| known.id == file.collection() || may(CollectionPermission::Add, &known.path));
    let collections: Vec<Value> = choices
        .map(|known| json!({ "value": known.id, "label": known.name, "chosen": known.id == file.collection() }))
        .collect();
    let mut item = item(admin, seat, file);
    item["tags"] = json!(tags.join(", "));
    for (field, key) in [("title", "title"), ("alt", "alt"), ("tags", "tags")] {
        if let Some(text) = again.given.as_ref().and_then(|given| given.first(field)) {
            item[key] = json!(text);
        }
    }
    item["uploaded_by"] = json!(file.uploaded_by());
    let uploader = match file.uploaded_by() {
        Some(id) => admin.app.accounts.find_user(id).await?.map(|user| user.username),
        None => None,
    };
    let of = match kind {
        Kind::Images => ObjectKind::Image,
        Kind::Documents => ObjectKind::Document,
    };
    let events = usage::log(admin, seat, Of { kind: of, id: file.id(), type_name: "" }).await?;
    let is_refused = again.error.is_some();
    let address = match file {
        File::Image(image) => address::of(admin, image.facts(), &again.asked).await?,
        File::Document(_) => Value::Null,
    };
    let search = match file {
        File::Image(image) => faces::state(admin, image),
        File::Document(_) => Value::Null,
    };
    let context = json!({
        "faces": search, "events": events, "uploader": uploader, "address": address,
        "kind": kind.one(), "kinds": kind.many(), "url": kind.url(), "file": item, "collections": collections,
        "uses": places, "total": uses.first().map_or(0, |first| first.total), "error": again.error,
        "may": { "change": may_own(CollectionPermission::Change), "delete": may_own(CollectionPermission::Delete) },
        "accept": if kind == Kind::Images { "image/*" } else { "" },
    });
    let mut response = admin.page(seat, "admin/library/edit.html", context);
    if is_refused {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// What the page says of a file itself.
fn item(admin: &Admin, seat: &Seat, file: &File) -> Value {
    match file {
        File::Image(image) => {
            let mut item = image_item(admin, image);
            item["focal"] = json!(image.focal().map(|focal| json!({
                "x": focal.x, "y": focal.y, "width": focal.width, "height": focal.height,
            })));
            item["point"] = json!(faces::shown_point(image));
            item["size"] = json!(list::size(image.size_bytes));
            item["filename"] = json!(image.file_name);
            item["format"] = json!(image.format);
            item["updated"] = row::when(image.updated_at, &seat.zone());
            item
        }
        File::Document(document) => {
            let mut item = document_item(document);
            item["size"] = json!(list::size(document.size_bytes));
            item["address"] = json!(document.url());
            item["updated"] = row::when(document.updated_at, &seat.zone());
            item
        }
    }
}

pub(super) async fn save(admin: &Admin, seat: &Seat, id: &str, request: Request, kind: Kind) -> Done {
    let form = admin.form(request, kind.route()).await?;
    let (file, path) = super::find(admin, seat, kind, id).await?;
    if !seat.grants.may_in_collection(CollectionPermission::Change, &path, file.uploaded_by()) {
        return Err(Refusal::Forbidden(said("may-not-change-this-file")));
    }
    let into = match form.first("collection") {
        Some(text) => Some(ids::parse(text).ok_or(Refusal::Missing(said("no-such-collection")))?),
        None => None,
    };
    if let Some(into) = into.filter(|into| *into != file.collection()) {
        let found = collection::find(&*admin.app.db, into).await?;
        let found = found.ok_or(Refusal::Missing(said("no-such-collection")))?;
        if !seat.grants.may_in_collection(CollectionPermission::Add, &found.path, None) {
            return Err(Refusal::Forbidden(said("may-not-add-files-to-that-collection")));
        }
    }
    let text = |name: &str| form.first(name).map(|text| text.trim().to_owned());
    let tags = text("tags").map(|tags| {
        let names = tags.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty());
        TagChange::Replace(names.collect())
    });
    let media = &admin.app.media;
    let changed = match kind {
        Kind::Images => match focal(&form) {
            Ok(focal) => {
                let change = ImageChange {
                    title: text("title"),
                    description: text("alt"),
                    focal,
                    collection: into,
                    tags,
                    base: None,
                };
                media.update_image(file.id(), change, seat.actor()).await
            }
            Err(text) => {
                return show(
                    admin,
                    seat,
                    kind,
                    (&file, &path),
                    Again { given: Some(form), error: Some(text), ..Again::default() },
                )
                .await;
            }
        },
        Kind::Documents => {
            let change = DocumentChange { title: text("title"), collection: into, tags, base: None };
            media.update_document(file.id(), change, seat.actor()).await
        }
    };
    match changed {
        Ok(()) => Ok(see_other(kind.url(), kind.route())),
        Err(MediaError::Db(error)) => Err(error.into()),
        Err(error) => {
            let error = Some(why(error)?);
            show(admin, seat, kind, (&file, &path), Again { given: Some(form), error, ..Again::default() }).await
        }
    }
}

/// The four numbers of a focal point: all or none. `None` when the form has none of these fields, or has them as they
/// were shown: then a face that was found meanwhile stays.
fn focal(form: &FormData) -> Result<Option<Option<FocalPoint>>, Said> {
    let names = ["focal_x", "focal_y", "focal_width", "focal_height"];
    let given: Vec<&str> = names.iter().filter_map(|name| form.first(name)).map(str::trim).collect();
    if given.len() < names.len() {
        return Ok(None);
    }
    if form.first("focal_was").is_some_and(|was| was == given.join(" ").trim()) {
        return Ok(None);
    }
    if given.iter().all(|text| text.is_empty()) {
        return Ok(Some(None));
    }
    let numbers: Vec<u32> = given.iter().filter_map(|text| text.parse().ok()).collect();
    match numbers[..] {
        [x, y, width, height] => Ok(Some(Some(FocalPoint { x, y, width, height }))),
        _ => Err(said("focal-point-takes-four-numbers")),
    }
}
