//! Deleting a file, with what uses it shown before.

use axum::extract::Request;
use http::StatusCode;
use serde_json::{Value, json};

use super::{File, Kind, failed};
use crate::accounts::CollectionPermission;
use crate::admin::answer::see_other;
use crate::admin::entry::Seat;
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::{Said, said};
use crate::admin::{Admin, usage};
use crate::media::{Deletion, MediaError};

pub(super) async fn ask(admin: &Admin, seat: &Seat, id: &str, kind: Kind) -> Done {
    let file = deletable(admin, seat, kind, id).await?;
    question(admin, seat, kind, &file, None).await
}

async fn deletable(admin: &Admin, seat: &Seat, kind: Kind, id: &str) -> Result<File, Refusal> {
    let (file, path) = super::find(admin, seat, kind, id).await?;
    match seat.grants.may_in_collection(CollectionPermission::Delete, &path, file.uploaded_by()) {
        true => Ok(file),
        false => Err(Refusal::Forbidden(said("may-not-delete-this-file"))),
    }
}

async fn question(admin: &Admin, seat: &Seat, kind: Kind, file: &File, error: Option<Said>) -> Done {
    let uses = admin.app.content.usage(kind.reference(), file.id(), 0).await?;
    let places: Vec<Value> = uses.iter().map(usage::place).collect();
    let is_refused = error.is_some();
    let context = json!({
        "kind": kind.one(), "kinds": kind.many(), "url": kind.url(), "id": file.id(), "title": file.title(),
        "uses": places, "total": uses.first().map_or(0, |first| first.total), "error": error,
    });
    let mut response = admin.page(seat, "admin/library/delete.html", context);
    if is_refused {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

pub(super) async fn delete(admin: &Admin, seat: &Seat, id: &str, request: Request, kind: Kind) -> Done {
    let form = admin.form(request, kind.route()).await?;
    let file = deletable(admin, seat, kind, id).await?;
    let deletion = if form.first("anyway").is_some() { Deletion::Forced } else { Deletion::Unused };
    let media = &admin.app.media;
    let deleted = match kind {
        Kind::Images => media.delete_image(file.id(), deletion, seat.actor()).await,
        Kind::Documents => media.delete_document(file.id(), deletion, seat.actor()).await,
    };
    match deleted {
        Ok(()) => Ok(see_other(kind.url(), kind.route())),
        Err(MediaError::InUse(_)) => question(admin, seat, kind, &file, Some(said("used-tick-the-box"))).await,
        Err(error) => Err(failed(error)),
    }
}
