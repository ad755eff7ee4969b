//! The media library in the editor: images and documents, what they say, where they are used.

mod address;
mod bulk;
mod delete;
mod edit;
mod faces;
mod list;
mod look;
mod upload;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};

use super::entry::{Seat, Speaks};
use super::refusal::Refusal;
use super::{Admin, only, words};
use crate::accounts::{CollectionPermission, Grants};
use crate::admin::texts::{Said, said};
use crate::content::types::ReferenceKind;
use crate::db::DbError;
use crate::http::form::FormData;
use crate::media::document::Document;
use crate::media::{Image, MediaError, collection};
use crate::telemetry::label::Route;

/// Which half of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Images,
    Documents,
}

impl Kind {
    fn route(self) -> Route {
        match self {
            Self::Images => Route::AdminImages,
            Self::Documents => Route::AdminDocuments,
        }
    }

    fn url(self) -> &'static str {
        match self {
            Self::Images => "/admin/images/",
            Self::Documents => "/admin/documents/",
        }
    }

    fn one(self) -> &'static str {
        match self {
            Self::Images => "image",
            Self::Documents => "document",
        }
    }

    fn many(self) -> Said {
        match self {
            Self::Images => said("place-images"),
            Self::Documents => said("place-documents"),
        }
    }

    /// The formats of images, and the usual endings of documents.
    fn formats(self) -> &'static [&'static str] {
        match self {
            Self::Images => &["jpeg", "png", "gif", "webp", "avif"],
            Self::Documents => &["pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp", "csv", "txt", "zip"],
        }
    }

    fn reference(self) -> ReferenceKind {
        match self {
            Self::Images => ReferenceKind::Image,
            Self::Documents => ReferenceKind::Document,
        }
    }
}

/// What is done with one file.
#[derive(Clone, Copy, Debug)]
enum Act {
    Show,
    Save,
    Replace,
    Faces,
    AskToDelete,
    Delete,
}

pub(super) fn routes() -> Router<Arc<Admin>> {
    let mut router = Router::new()
        .route("/admin/images/", only(get(list::images).post(upload::images), Route::AdminImages))
        .route("/admin/images/look/", only(post(look::images), Route::AdminImages))
        .route("/admin/documents/look/", only(post(look::documents), Route::AdminDocuments))
        .route("/admin/images/bulk/", only(post(bulk::images), Route::AdminImages))
        .route("/admin/documents/", only(get(list::documents).post(upload::documents), Route::AdminDocuments))
        .route("/admin/documents/bulk/", only(post(bulk::documents), Route::AdminDocuments));
    for kind in [Kind::Images, Kind::Documents] {
        let at = |rest: &str| format!("{}{{id}}/{rest}", kind.url());
        let to = |act: Act| {
            move |State(admin): State<Arc<Admin>>, Path(id): Path<String>, request: Request| {
                one(admin, id, request, kind, act)
            }
        };
        router = router
            .route(&at(""), only(get(to(Act::Show)).post(to(Act::Save)), kind.route()))
            .route(&at("replace/"), only(post(to(Act::Replace)), kind.route()))
            .route(&at("delete/"), only(get(to(Act::AskToDelete)).post(to(Act::Delete)), kind.route()));
        if kind == Kind::Images {
            router = router.route(&at("faces/"), only(post(to(Act::Faces)), kind.route()));
        }
    }
    router
}

/// One file: who asks comes in, and what is asked is done.
async fn one(admin: Arc<Admin>, id: String, request: Request, kind: Kind, act: Act) -> Response {
    let entering = admin.enter(&request, kind.route(), Speaks::Html);
    let work = async |seat: &Seat| match act {
        Act::Show => {
            let asked = FormData::parse(request.uri().query().unwrap_or_default().as_bytes());
            edit::page(&admin, seat, &id, asked, kind).await
        }
        Act::Save => edit::save(&admin, seat, &id, request, kind).await,
        Act::Replace => upload::replace(&admin, seat, &id, request, kind).await,
        Act::Faces => faces::act(&admin, seat, &id, request).await,
        Act::AskToDelete => delete::ask(&admin, seat, &id, kind).await,
        Act::Delete => delete::delete(&admin, seat, &id, request, kind).await,
    };
    admin.answer(entering, work).await
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

    fn title(&self) -> &str {
        match self {
            Self::Image(image) => &image.title,
            Self::Document(document) => &document.title,
        }
    }

    fn uploaded_by(&self) -> Option<i64> {
        match self {
            Self::Image(image) => image.uploaded_by,
            Self::Document(document) => document.uploaded_by,
        }
    }

    fn collection(&self) -> i64 {
        match self {
            Self::Image(image) => image.collection_id,
            Self::Document(document) => document.collection_id,
        }
    }
}

/// Whether somebody works in a collection at all: then its files are theirs to see.
fn may_see(grants: &Grants, path: &str) -> bool {
    CollectionPermission::ALL.iter().any(|permission| grants.may_in_collection(*permission, path, None))
}

/// The paths of the collections whose files somebody may see.
pub(super) async fn seen_collections(admin: &Admin, seat: &Seat) -> Result<Vec<String>, DbError> {
    let all = collection::list(&admin.app.db).await?;
    Ok(all.into_iter().map(|known| known.path).filter(|path| may_see(&seat.grants, path)).collect())
}

/// A file, for somebody who may see it, with the path of its collection.
async fn find(admin: &Admin, seat: &Seat, kind: Kind, id: &str) -> Result<(File, String), Refusal> {
    let nothing = || Refusal::Missing(said("file-gone"));
    let id = super::pages::ids::parse(id).ok_or_else(nothing)?;
    let media = &admin.app.media;
    let found = match kind {
        Kind::Images => media.image(id).await.map(|image| File::Image(Box::new(image))),
        Kind::Documents => media.document(id).await.map(|document| File::Document(Box::new(document))),
    };
    let file = match found {
        Err(MediaError::ImageNotFound(_) | MediaError::DocumentNotFound(_)) => return Err(nothing()),
        other => other.map_err(failed)?,
    };
    let holder = collection::find(&*admin.app.db, file.collection()).await?.ok_or_else(nothing)?;
    match may_see(&seat.grants, &holder.path) {
        true => Ok((file, holder.path)),
        false => Err(Refusal::Forbidden(said("may-not-see-files-of-collection"))),
    }
}

/// A failure of the library that no form can mend.
fn failed(error: MediaError) -> Refusal {
    match error {
        MediaError::Db(error) => Refusal::Db(error),
        other => {
            tracing::error!(error = %other, "the media library failed");
            Refusal::Bad(said("file-not-stored"))
        }
    }
}

/// What is wrong with a file or with what is said of it, as a sentence; what is not the editor's fault passes.
fn why(error: MediaError) -> Result<Said, Refusal> {
    match error {
        MediaError::Db(_) | MediaError::Storage(_) => Err(failed(error)),
        MediaError::Source(_) => Ok(said("file-broken")),
        other => Ok(words::media(&other)),
    }
}
