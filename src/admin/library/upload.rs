//! Files that come in: several at once, each with its own end; and one in the place of another.

use std::sync::Arc;

use axum::extract::multipart::Field;
use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::response::Response;
use futures_util::TryStreamExt as _;
use http::StatusCode;
use serde_json::{Value, json};
use tokio_util::io::StreamReader;

use super::{Kind, edit, list, why};
use crate::accounts::CollectionPermission;
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::pages::ids;
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::http::form::FormData;
use crate::media::{Duplicates, NewFile, collection};

/// Files of one form.
const MAX_FILES: usize = 50;
/// Those that are told of, with those beyond the number of one form.
const MAX_TOLD: usize = 200;
/// Digits of a number.
const MAX_TEXT_BYTES: usize = 100;
const NO_FORM: Said = said("send-a-form-with-files");
const BROKEN: Said = said("files-broken");

pub(super) async fn images(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    several(admin, request, Kind::Images).await
}

pub(super) async fn documents(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    several(admin, request, Kind::Documents).await
}

async fn several(admin: Arc<Admin>, request: Request, kind: Kind) -> Response {
    let entering = admin.enter(&request, kind.route(), Speaks::Html);
    admin.answer(entering, async |seat| take(&admin, seat, request, kind).await).await
}

async fn take(admin: &Admin, seat: &Seat, request: Request, kind: Kind) -> Done {
    if !seat.grants.may_in_some_collection(CollectionPermission::Add) {
        return Err(Refusal::Forbidden(said("may-not-add-files")));
    }
    let seen = super::seen_collections(admin, seat).await?;
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| Refusal::Bad(NO_FORM))?;
    let mut into = None;
    let mut outcomes: Vec<Value> = Vec::new();
    while outcomes.len() < MAX_TOLD {
        let part = match form.next_field().await {
            Ok(Some(part)) => part,
            Ok(None) => break,
            Err(_) if outcomes.is_empty() => return Err(Refusal::Bad(BROKEN)),
            // What came before is in the library, and told.
            Err(_) => {
                outcomes.push(refused("", BROKEN));
                break;
            }
        };
        match part.name() {
            Some("collection") => into = Some(open(admin, seat, part).await?),
            Some("file") => {
                let name = part.file_name().unwrap_or_default().to_owned();
                // A form without a chosen file sends one without a name.
                if name.is_empty() {
                    continue;
                }
                if outcomes.len() >= MAX_FILES {
                    outcomes.push(refused(&name, said("too-many-files-at-once").with("most", MAX_FILES)));
                    continue;
                }
                let into = into.ok_or(Refusal::Bad(said("collection-before-files")))?;
                outcomes.push(store(admin, (seat, &seen), part, (name, into), kind).await?);
            }
            _ => {}
        }
    }
    let failed = outcomes.is_empty() || outcomes.iter().any(|outcome| outcome["is_done"] == false);
    if outcomes.is_empty() {
        outcomes.push(refused("", said("choose-some-files")));
    }
    let mut response = list::show(admin, seat, kind, &FormData::parse(b""), outcomes).await?;
    if failed {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn refused(name: &str, why: Said) -> Value {
    json!({ "name": name, "is_done": false, "text": why })
}

/// The collection that a form names, when files may be added to it.
async fn open(admin: &Admin, seat: &Seat, mut part: Field<'_>) -> Result<i64, Refusal> {
    let mut text = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|_| Refusal::Bad(BROKEN))? {
        if text.len() + chunk.len() > MAX_TEXT_BYTES {
            return Err(Refusal::Bad(said("no-such-collection")));
        }
        text.extend_from_slice(&chunk);
    }
    let id = std::str::from_utf8(&text).ok().and_then(|text| ids::parse(text.trim()));
    let id = id.ok_or(Refusal::Missing(said("no-such-collection")))?;
    let found = collection::find(&*admin.app.db, id).await?;
    let found = found.ok_or(Refusal::Missing(said("no-such-collection")))?;
    match seat.grants.may_in_collection(CollectionPermission::Add, &found.path, None) {
        true => Ok(id),
        false => Err(Refusal::Forbidden(said("may-not-add-files-to-this-collection"))),
    }
}

async fn store(
    admin: &Admin,
    (seat, seen): (&Seat, &[String]),
    part: Field<'_>,
    (name, into): (String, i64),
    kind: Kind,
) -> Result<Value, Refusal> {
    let duplicates = Duplicates::RefuseWithin(seen.to_vec());
    let by = Some(seat.actor());
    let new = NewFile { name: name.clone(), collection: Some(into), duplicates, by, ..NewFile::default() };
    let source = StreamReader::new(part.map_err(std::io::Error::other));
    let media = &admin.app.media;
    let stored = match kind {
        Kind::Images => media.add_image(source, new, None).await,
        Kind::Documents => media.add_document(source, new).await,
    };
    Ok(match stored {
        Ok(id) => json!({ "name": name, "is_done": true, "url": format!("{}{id}/", kind.url()) }),
        Err(error) => json!({ "name": name, "is_done": false, "text": why(error)? }),
    })
}

pub(super) async fn replace(admin: &Admin, seat: &Seat, id: &str, request: Request, kind: Kind) -> Done {
    let (file, path) = super::find(admin, seat, kind, id).await?;
    if !seat.grants.may_in_collection(CollectionPermission::Change, &path, file.uploaded_by()) {
        return Err(Refusal::Forbidden(said("may-not-change-this-file")));
    }
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| Refusal::Bad(NO_FORM))?;
    while let Some(part) = form.next_field().await.map_err(|_| Refusal::Bad(BROKEN))? {
        if part.name() != Some("file") {
            continue;
        }
        let name = part.file_name().unwrap_or_default().to_owned();
        let source = StreamReader::new(part.map_err(std::io::Error::other));
        let media = &admin.app.media;
        let replaced = match kind {
            Kind::Images => media.replace_image(file.id(), source, name.as_str(), seat.actor()).await,
            Kind::Documents => media.replace_document(file.id(), source, name.as_str(), seat.actor()).await,
        };
        return match replaced {
            Ok(()) => Ok(see_other(&format!("{}{}/", kind.url(), file.id()), kind.route())),
            Err(error) => {
                let text = why(error)?;
                edit::show(
                    admin,
                    seat,
                    kind,
                    (&file, &path),
                    edit::Again { error: Some(text), ..edit::Again::default() },
                )
                .await
            }
        };
    }
    Err(Refusal::Bad(said("choose-a-file")))
}
