//! What the search for faces found in an image: looked for again, or taken away.

use axum::extract::Request;
use serde_json::{Value, json};

use super::{File, Kind, failed};
use crate::accounts::CollectionPermission;
use crate::admin::Admin;
use crate::admin::answer::see_other;
use crate::admin::entry::Seat;
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::media::image::FocalBy;
use crate::media::{FacesRefused, Image, ImageChange};

const KIND: Kind = Kind::Images;

/// How far the search is, and what may be done about it; nothing where an editor set the point.
pub(super) fn state(admin: &Admin, image: &Image) -> Value {
    let by = image.focal_by();
    let is_set = by == FocalBy::Editor && image.focal().is_some();
    let may_search = admin.app.media.detects_faces() && !is_set && by != FocalBy::Waiting;
    json!({ "by": by.as_str(), "may_search": may_search, "may_remove": by == FocalBy::Faces })
}

/// The point that a page showed, as its form says it: what was not changed there is not an editor's word.
pub(super) fn shown_point(image: &Image) -> String {
    let of =
        |focal: crate::media::image::FocalPoint| [focal.x, focal.y, focal.width, focal.height].map(|n| n.to_string());
    image.focal().map(|focal| of(focal).join(" ")).unwrap_or_default()
}

pub(super) async fn act(admin: &Admin, seat: &Seat, id: &str, request: Request) -> Done {
    let form = admin.form(request, KIND.route()).await?;
    let (file, path) = super::find(admin, seat, KIND, id).await?;
    if !seat.grants.may_in_collection(CollectionPermission::Change, &path, file.uploaded_by()) {
        return Err(Refusal::Forbidden(said("may-not-change-this-file")));
    }
    let File::Image(image) = &file else { return Err(Refusal::Missing(said("file-gone"))) };
    let media = &admin.app.media;
    match form.first("do") {
        Some("search") => match media.look_for_faces_again(image.id).await.map_err(failed)? {
            Ok(()) => {}
            Err(FacesRefused::SetByEditor) => return Err(Refusal::Bad(said("focal-point-set-by-editor"))),
            Err(FacesRefused::Off) => return Err(Refusal::Bad(said("feature-detection-is-off"))),
        },
        // What an editor set is changed in the form beside it.
        Some("remove") if image.focal_by() == FocalBy::Faces => {
            let change = ImageChange { focal: Some(None), ..ImageChange::default() };
            media.update_image(image.id, change, seat.actor()).await.map_err(failed)?;
        }
        _ => return Err(Refusal::Bad(said("say-search-or-remove"))),
    }
    Ok(see_other(&format!("{}{}/", KIND.url(), image.id), KIND.route()))
}
