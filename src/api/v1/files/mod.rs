//! `/api/v1/images/` and `/api/v1/documents/`: the files of the library, and all that is done to them. Of a file in a
//! collection where the caller has no part, nothing is told, not even that it is there.

mod list;
mod part;
mod refused;
mod show;
mod upload;
mod uses;
mod write;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::routing::{get, put};
use serde_json::Value;

use super::at;
use super::problem::{Refusal, forbidden, not_found};
use crate::accounts::{CollectionPermission, Grants};
use crate::api::Api;
use crate::api::caller::Caller;
use crate::content::types::ReferenceKind;
use crate::db::DbError;
use crate::media::document::Document;
use crate::media::referred::Filed;
use crate::media::{Image, MediaError, collection};
use crate::telemetry::label::Route;

/// Which half of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Images,
    Documents,
}

/// The addresses of one half.
struct Routes {
    all: Route,
    one: Route,
    file: Route,
    usage: Route,
}

impl Kind {
    const fn routes(self) -> Routes {
        use Route::{
            ApiDocument, ApiDocumentFile, ApiDocumentUsage, ApiDocuments, ApiImage, ApiImageFile, ApiImageUsage,
            ApiImages,
        };
        match self {
            Self::Images => Routes { all: ApiImages, one: ApiImage, file: ApiImageFile, usage: ApiImageUsage },
            Self::Documents => {
                Routes { all: ApiDocuments, one: ApiDocument, file: ApiDocumentFile, usage: ApiDocumentUsage }
            }
        }
    }

    /// As Wagtail names the type.
    const fn type_name(self) -> &'static str {
        match self {
            Self::Images => "images.Image",
            Self::Documents => "documents.Document",
        }
    }

    const fn reference(self) -> ReferenceKind {
        match self {
            Self::Images => ReferenceKind::Image,
            Self::Documents => ReferenceKind::Document,
        }
    }

    /// Where one of them is read and changed.
    fn address(self, id: i64) -> String {
        format!("{}{id}/", self.routes().all.as_str())
    }
}

pub(super) fn routes() -> Router<Arc<Api>> {
    [Kind::Images, Kind::Documents].into_iter().fold(Router::new(), |router, kind| router.merge(of(kind)))
}

fn of(kind: Kind) -> Router<Arc<Api>> {
    let Routes { all, one, file, usage } = kind.routes();
    let list =
        move |State(api): State<Arc<Api>>, caller: Caller, request: Request| list::all(api, caller, request, kind);
    let add =
        move |State(api): State<Arc<Api>>, caller: Caller, request: Request| upload::add(api, caller, request, kind);
    let read = move |State(api): State<Arc<Api>>, Path(id): Path<String>, caller: Caller, request: Request| {
        show::one(api, caller, request, (kind, id))
    };
    let change = move |State(api): State<Arc<Api>>, Path(id): Path<String>, caller: Caller, request: Request| {
        write::change(api, caller, request, (kind, id))
    };
    let delete = move |State(api): State<Arc<Api>>, Path(id): Path<String>, caller: Caller, request: Request| {
        write::delete(api, caller, request, (kind, id))
    };
    let replace = move |State(api): State<Arc<Api>>, Path(id): Path<String>, caller: Caller, request: Request| {
        upload::replace(api, caller, request, (kind, id))
    };
    let uses = move |State(api): State<Arc<Api>>, Path(id): Path<String>, caller: Caller, request: Request| {
        uses::all(api, caller, request, (kind, id))
    };
    Router::new()
        .merge(at(all.as_str(), get(list).post(add), (all, "GET, HEAD, POST")))
        .merge(at(one.as_str(), get(read).patch(change).delete(delete), (one, "GET, HEAD, PATCH, DELETE")))
        .merge(at(file.as_str(), put(replace), (file, "PUT")))
        .merge(at(usage.as_str(), get(uses), (usage, "GET, HEAD")))
        // What a file may have is asked of the library, while it comes in.
        .layer(DefaultBodyLimit::disable())
}

/// An image or a document.
enum File {
    Image(Box<Image>),
    Document(Box<Document>),
}

impl File {
    fn id(&self) -> i64 {
        match self {
            Self::Image(image) => image.id,
            Self::Document(document) => document.id,
        }
    }

    fn collection(&self) -> i64 {
        match self {
            Self::Image(image) => image.collection_id,
            Self::Document(document) => document.collection_id,
        }
    }

    fn uploaded_by(&self) -> Option<i64> {
        match self {
            Self::Image(image) => image.uploaded_by,
            Self::Document(document) => document.uploaded_by,
        }
    }

    /// Its version: what it says of itself is another one with each change.
    fn updated_at(&self) -> i64 {
        match self {
            Self::Image(image) => image.updated_at,
            Self::Document(document) => document.updated_at,
        }
    }
}

/// Whether there is a collection where somebody works.
pub(super) fn may_see_some(grants: &Grants) -> bool {
    CollectionPermission::ALL.iter().any(|permission| grants.may_in_some_collection(*permission))
}

/// Whether somebody works in a collection at all: then its files are theirs to see.
pub(super) fn may_see(grants: &Grants, path: &str) -> bool {
    CollectionPermission::ALL.iter().any(|permission| grants.may_in_collection(*permission, path, None))
}

/// The collections whose files the caller may see.
pub(super) async fn seen(api: &Api, grants: &Grants) -> Result<Vec<collection::Listed>, DbError> {
    if !may_see_some(grants) {
        return Ok(Vec::new());
    }
    let all = collection::list(&api.site.app.db).await?;
    Ok(all.into_iter().filter(|known| may_see(grants, &known.path)).collect())
}

/// All that is told of an image.
pub(super) fn image(api: &Api, found: &Filed<Image>) -> Value {
    show::whole(api, &File::Image(Box::new(found.file.clone())), &found.tags)
}

/// All that is told of a document.
pub(super) fn document(api: &Api, found: &Filed<Document>) -> Value {
    show::whole(api, &File::Document(Box::new(found.file.clone())), &found.tags)
}

async fn load(api: &Api, kind: Kind, id: i64) -> Result<File, MediaError> {
    let media = &api.site.app.media;
    Ok(match kind {
        Kind::Images => File::Image(Box::new(media.image(id).await?)),
        Kind::Documents => File::Document(Box::new(media.document(id).await?)),
    })
}

/// A file that the caller may see, with the path of its collection.
async fn find(api: &Api, caller: &Caller, kind: Kind, id: &str) -> Result<(File, String), Refusal> {
    let nothing = || Refusal::from(not_found("There is no such file."));
    let file = match load(api, kind, super::entry::id(id)?).await {
        Err(MediaError::ImageNotFound(_) | MediaError::DocumentNotFound(_)) => return Err(nothing()),
        found => found?,
    };
    let holder = collection::find(&*api.site.app.db, file.collection()).await?.ok_or_else(nothing)?;
    if may_see(caller.grants(), &holder.path) { Ok((file, holder.path)) } else { Err(nothing()) }
}

/// As [`find`], for a caller who has this permission for it.
async fn find_for(
    api: &Api,
    caller: &Caller,
    (kind, id): (Kind, &str),
    permission: CollectionPermission,
) -> Result<File, Refusal> {
    let (file, path) = find(api, caller, kind, id).await?;
    if caller.grants().may_in_collection(permission, &path, file.uploaded_by()) {
        return Ok(file);
    }
    let text = match permission {
        CollectionPermission::Delete => "You may not delete this file.",
        _ => "You may not change this file.",
    };
    Err(forbidden(text).into())
}
