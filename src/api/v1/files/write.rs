//! Changing what is said of a file, and deleting it.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;
use http::StatusCode;
use serde_json::{Map, Value};

use super::{File, Kind, find_for, seen, show};
use crate::accounts::{CollectionPermission, Scope};
use crate::api::Api;
use crate::api::caller::Caller;
use crate::api::v1::answer::{Expected, Reply, unconditional};
use crate::api::v1::entry::{self, Sent, answer, known};
use crate::api::v1::given::Given;
use crate::api::v1::problem::{Done, Refusal, forbidden, invalid};
use crate::media::collection::Listed;
use crate::media::image::FocalPoint;
use crate::media::tagging::TagChange;
use crate::media::{Deletion, DocumentChange, ImageChange, MediaError};

/// What a change is made to, as its caller saw it: none for whatever is there.
///
/// # Errors
/// When they did not say, or saw another one.
pub(super) fn base(sent: &Sent, file: &File) -> Result<Option<i64>, Refusal> {
    let updated_at = file.updated_at();
    match Expected::of(&sent.headers) {
        Expected::Unsaid => Err(unconditional()),
        Expected::Any => Ok(None),
        expected if expected.takes(updated_at) => Ok(Some(updated_at)),
        Expected::These(_) => Err(MediaError::Stale { updated_at }.into()),
    }
}

pub(super) async fn change(api: Arc<Api>, caller: Caller, request: Request, (kind, id): (Kind, String)) -> Response {
    let work = async |sent: &Sent| patch(&api, &caller, sent, (kind, &id)).await;
    answer(&api, &caller, request, (kind.routes().one, Some(Scope::Media)), work).await
}

/// The values of a body; a title, a description and a focal point are one thing each, tags are all of them.
struct Change {
    title: Option<String>,
    description: Option<String>,
    tags: Option<TagChange>,
    collection: Option<i64>,
    focal: Option<Option<FocalPoint>>,
}

impl Change {
    fn of(sent: &Sent, kind: Kind) -> Result<Self, Refusal> {
        let mut given = sent.given()?;
        let (title, tags) = (given.text("title"), tags(&mut given));
        let collection = given.number("collection");
        let (description, focal) = match kind {
            Kind::Images => (given.text("description"), given.value("focal_point")),
            Kind::Documents => (None, None),
        };
        given.end()?;
        let focal = match focal {
            None => None,
            Some(Value::Null) => Some(None),
            Some(Value::Object(values)) => Some(Some(point(values)?)),
            Some(_) => return Err(invalid().at("/focal_point", "invalid_type", "It must be an object.").into()),
        };
        Ok(Self { title, description, tags, collection, focal })
    }
}

fn tags(given: &mut Given) -> Option<TagChange> {
    let list = given.list("tags")?;
    let names: Option<Vec<String>> = list.into_iter().map(|tag| tag.as_str().map(str::to_owned)).collect();
    if names.is_none() {
        given.refuse("tags", "invalid_type", "It must be a list of strings.");
    }
    names.map(TagChange::Replace)
}

/// Four numbers of pixels; without an extent it is a mere point.
fn point(values: Map<String, Value>) -> Result<FocalPoint, Refusal> {
    let mut given = Given::of(values, "/focal_point");
    let mut side = |name: &str| {
        let number = given.number(name);
        let side = number.and_then(|number| u32::try_from(number).ok());
        if number.is_some() && side.is_none() {
            given.refuse(name, "invalid_type", "It must be a number of pixels.");
        }
        side
    };
    let (x, y, width, height) = (side("x"), side("y"), side("width"), side("height"));
    let (x, y) = (given.needed("x", x), given.needed("y", y));
    // Who found it is told, and is nothing to change.
    given.value("by");
    given.end()?;
    Ok(FocalPoint {
        x: x.unwrap_or_default(),
        y: y.unwrap_or_default(),
        width: width.unwrap_or_default(),
        height: height.unwrap_or_default(),
    })
}

async fn patch(api: &Api, caller: &Caller, sent: &Sent, (kind, id): (Kind, &str)) -> Done {
    let file = find_for(api, caller, (kind, id), CollectionPermission::Change).await?;
    let base = base(sent, &file)?;
    let Change { title, description, tags, collection, focal } = Change::of(sent, kind)?;
    if let Some(into) = collection.filter(|into| *into != file.collection()) {
        refuse_adding(caller, &seen(api, caller.grants()).await?, into)?;
    }
    let (media, by) = (&api.site.app.media, caller.actor()?);
    match kind {
        Kind::Images => {
            let change = ImageChange { title, description, focal, collection, tags, base };
            media.update_image(file.id(), change, by).await?;
        }
        Kind::Documents => {
            let change = DocumentChange { title, collection, tags, base };
            media.update_document(file.id(), change, by).await?;
        }
    }
    let (whole, etag) = show::reloaded(api, kind, file.id()).await?;
    Ok(Reply::ok(&whole).with_etag(etag))
}

/// Whoever moves a file into a collection adds it there; of one that they may not see, not even that it is there is told.
pub(super) fn refuse_adding(caller: &Caller, open: &[Listed], into: i64) -> Result<(), Refusal> {
    let found = open.iter().find(|known| known.id == into).ok_or(MediaError::CollectionNotFound(into))?;
    match caller.grants().may_in_collection(CollectionPermission::Add, &found.path, None) {
        true => Ok(()),
        false => Err(forbidden("You may not add files to that collection.").into()),
    }
}

pub(super) async fn delete(api: Arc<Api>, caller: Caller, request: Request, (kind, id): (Kind, String)) -> Response {
    let work = async |sent: &Sent| {
        sent.expect_nothing()?;
        known(&sent.query, &["force"])?;
        let forced = entry::flag(sent, "force")?.unwrap_or_default();
        let file = find_for(&api, &caller, (kind, &id), CollectionPermission::Delete).await?;
        let deletion = if forced { Deletion::Forced } else { Deletion::Unused };
        // What is deleted is gone, whatever it said; but who says what they saw is believed.
        let (media, by) = (&api.site.app.media, caller.actor()?.having_seen(Expected::of(&sent.headers).seen()));
        match kind {
            Kind::Images => media.delete_image(file.id(), deletion, by).await?,
            Kind::Documents => media.delete_document(file.id(), deletion, by).await?,
        }
        Ok(Reply::nothing(StatusCode::NO_CONTENT))
    };
    answer(&api, &caller, request, (kind.routes().one, Some(Scope::Media)), work).await
}
