//! Adding a file from a chooser: a form of several parts, as browsers send files. With `collection` before `file`, a
//! document goes to its storage while it comes in; without, it waits in memory for what follows it.

use std::sync::Arc;

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::response::Response;
use futures_util::TryStreamExt as _;
use http::StatusCode;
use serde_json::{Value, json};
use tokio_util::io::StreamReader;

use super::{ROUTE, files};
use crate::accounts::CollectionPermission;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::pages::ids;
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::admin::{Admin, library, words};
use crate::media::{Duplicates, MediaError, NewFile, collection};

/// Longest value beside the file, in bytes.
const MAX_TEXT_BYTES: usize = 4 << 10;
/// Parts of one form.
const MAX_PARTS: usize = 20;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    Image,
    Document,
}

pub(super) async fn image(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    take(admin, request, Which::Image).await
}

pub(super) async fn document(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    take(admin, request, Which::Document).await
}

async fn take(admin: Arc<Admin>, request: Request, which: Which) -> Response {
    let entering = admin.enter(&request, ROUTE, Speaks::Json);
    admin.answer(entering, async |seat| read(&admin, seat, request, which).await).await
}

/// What a form gave until now.
#[derive(Default)]
struct Given {
    title: String,
    alt: String,
    collection: Option<String>,
    /// A file that is there already, where whoever sends it sees it, is not taken again.
    refuses_duplicates: bool,
    file: Option<(String, Vec<u8>)>,
}

async fn read(admin: &Admin, seat: &Seat, request: Request, which: Which) -> Done {
    if !seat.grants.may_in_some_collection(CollectionPermission::Add) {
        return Err(Refusal::Forbidden(said("may-not-add-files")));
    }
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|_| problem(admin, MediaProblem::NoForm))?;
    let mut given = Given::default();
    for _ in 0..MAX_PARTS {
        let next = form.next_field().await.map_err(|error| problem(admin, broken(&error)))?;
        let Some(part) = next else { break };
        match part.name() {
            Some("file") if given.collection.is_some() => {
                let name = part.file_name().unwrap_or_default().to_owned();
                let new = prepared(admin, seat, &given, name).await?;
                let source = StreamReader::new(part.map_err(std::io::Error::other));
                return store(admin, new, source, which).await;
            }
            Some("file") => {
                let name = part.file_name().unwrap_or_default().to_owned();
                given.file = Some((name, bytes(admin, part, which).await?));
            }
            Some("title") => given.title = text(admin, part).await?,
            Some("alt") => given.alt = text(admin, part).await?,
            Some("refuse_duplicates") => given.refuses_duplicates = text(admin, part).await? == "1",
            Some("collection") => given.collection = Some(text(admin, part).await?),
            _ => {}
        }
    }
    let (name, bytes) =
        given.file.take().ok_or_else(|| problem(admin, MediaProblem::At("file", said("choose-a-file"))))?;
    let new = prepared(admin, seat, &given, name).await?;
    store(admin, new, &bytes[..], which).await
}

/// The file's place, where whoever sends it may add files.
async fn prepared(admin: &Admin, seat: &Seat, given: &Given, name: String) -> Result<NewFile, Refusal> {
    let named = given.collection.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let missing = || problem(admin, MediaProblem::At("collection", said("no-such-collection")));
    let found = match named {
        Some(text) => collection::find(&*admin.app.db, ids::parse(text).ok_or_else(missing)?).await?,
        None => None,
    };
    if named.is_some() && found.is_none() {
        return Err(missing());
    }
    let may_add = |path: &str| seat.grants.may_in_collection(CollectionPermission::Add, path, None);
    let (id, path) = match found {
        Some(found) => (found.id, found.path),
        // The first that files may be added to: for most, the one that holds all others.
        None => {
            let all = collection::list(&admin.app.db).await?;
            let first = all.into_iter().find(|known| may_add(&known.path)).ok_or_else(missing)?;
            (first.id, first.path)
        }
    };
    if !may_add(&path) {
        return Err(Refusal::Forbidden(said("may-not-add-files-to-this-collection")));
    }
    let duplicates = match given.refuses_duplicates {
        true => Duplicates::RefuseWithin(library::seen_collections(admin, seat).await?),
        false => Duplicates::Keep,
    };
    Ok(NewFile {
        name,
        title: given.title.clone(),
        description: given.alt.clone(),
        collection: Some(id),
        duplicates,
        by: Some(seat.actor()),
        ..NewFile::default()
    })
}

async fn store(admin: &Admin, new: NewFile, source: impl tokio::io::AsyncRead + Send, which: Which) -> Done {
    let media = &admin.app.media;
    let stored = match which {
        Which::Image => match media.add_image(source, new, None).await {
            Ok(id) => media.image(id).await.map(|image| files::image_item(admin, &image)),
            Err(error) => Err(error),
        },
        Which::Document => match media.add_document(source, new).await {
            Ok(id) => media.document(id).await.map(|document| files::document_item(&document)),
            Err(error) => Err(error),
        },
    };
    match stored {
        Ok(item) => Ok(admin.json(StatusCode::CREATED, ROUTE, item)),
        Err(MediaError::Db(error)) => Err(Refusal::Db(error)),
        Err(error) => Err(problem(admin, of_media(&error))),
    }
}

async fn text(admin: &Admin, mut part: Field<'_>) -> Result<String, Refusal> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| problem(admin, broken(&error)))? {
        if bytes.len() + chunk.len() > MAX_TEXT_BYTES {
            return Err(problem(admin, MediaProblem::At("title", said("text-beside-file-too-long"))));
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| problem(admin, MediaProblem::At("title", said("text-not-utf-8"))))
}

async fn bytes(admin: &Admin, mut part: Field<'_>, which: Which) -> Result<Vec<u8>, Refusal> {
    let settings = &admin.app.config.media;
    let max_bytes = if which == Which::Image { settings.max_image_bytes } else { settings.max_document_bytes };
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| problem(admin, broken(&error)))? {
        if (bytes.len() + chunk.len()) as u64 > max_bytes {
            return Err(problem(admin, of_media(&MediaError::TooLarge { max_bytes })));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Why a file is not taken.
enum MediaProblem {
    NoForm,
    /// The connection broke, or what came is no form.
    Broken,
    TooLarge(Said),
    /// With the field that is to be mended.
    At(&'static str, Said),
}

fn broken(error: &MultipartError) -> MediaProblem {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => MediaProblem::TooLarge(said("file-larger-than-server-takes")),
        _ => MediaProblem::Broken,
    }
}

fn of_media(error: &MediaError) -> MediaProblem {
    let text = words::media(error);
    match error {
        MediaError::TooLarge { .. } => MediaProblem::TooLarge(text),
        MediaError::Source(_) => MediaProblem::Broken,
        MediaError::TooLong { field: "title", .. }
        | MediaError::NullCharacter("title")
        | MediaError::Missing("title") => MediaProblem::At("title", text),
        MediaError::TooLong { .. } | MediaError::NullCharacter(_) => MediaProblem::At("alt", text),
        MediaError::CollectionNotFound(_) => MediaProblem::At("collection", text),
        _ => MediaProblem::At("file", text),
    }
}

fn problem(admin: &Admin, problem: MediaProblem) -> Refusal {
    let (status, code, path, text) = match problem {
        MediaProblem::NoForm => {
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "invalid", "file", said("send-a-form-with-a-file"))
        }
        MediaProblem::Broken => (StatusCode::BAD_REQUEST, "invalid", "file", said("file-broken")),
        MediaProblem::TooLarge(text) => (StatusCode::PAYLOAD_TOO_LARGE, "too_large", "file", text),
        MediaProblem::At(path, text) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", path, text),
    };
    let errors: Value = json!([{ "path": path, "code": code, "message": text }]);
    admin.json(status, ROUTE, json!({ "error": code, "message": text, "errors": errors })).into()
}
