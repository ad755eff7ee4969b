//! What is done to several files of a list: put into a collection, tagged, deleted.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::json;

use super::list::View;
use super::{Kind, failed, may_see};
use crate::accounts::CollectionPermission;
use crate::admin::Admin;
use crate::admin::entry::{Seat, Speaks};
use crate::admin::pages::bulk::NAMED;
use crate::admin::pages::ids;
use crate::admin::place;
use crate::admin::refusal::{Done, Refusal};
use crate::admin::texts::said;
use crate::bulk::{self, MAX_ITEMS, NewBulk};
use crate::http::form::FormData;
use crate::media::collection;
use crate::telemetry::label::BulkAction;

/// Longest list of tags, in characters.
const MAX_TAGS: usize = 200;

pub(super) async fn images(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    act(admin, request, Kind::Images).await
}

pub(super) async fn documents(State(admin): State<Arc<Admin>>, request: Request) -> Response {
    act(admin, request, Kind::Documents).await
}

async fn act(admin: Arc<Admin>, request: Request, kind: Kind) -> Response {
    let entering = admin.enter(&request, kind.route(), Speaks::Html);
    admin.answer(entering, async |seat| run(&admin, seat, request, kind).await).await
}

/// What a form is about, each with what it is called; and whether there are more than are worked on at once.
type Chosen = (Vec<(i64, String)>, bool);

/// The files that a form names.
async fn named(admin: &Admin, seat: &Seat, form: &FormData, kind: Kind) -> Result<Chosen, Refusal> {
    let ids = ids::list(form).ok_or(Refusal::Bad(said("choose-files-at-most-500")))?;
    let media = &admin.app.media;
    let rows = match kind {
        Kind::Images => media.name_images(ids.clone()).await?,
        Kind::Documents => media.name_documents(ids.clone()).await?,
    };
    if rows.len() != ids.len() {
        return Err(Refusal::Missing(said("one-of-the-files-is-gone")));
    }
    match rows.iter().all(|file| may_see(&seat.grants, &file.path)) {
        true => Ok((rows.into_iter().map(|file| (file.id, file.title)).collect(), false)),
        false => Err(Refusal::Forbidden(said("may-not-see-one-of-these-files"))),
    }
}

/// All files of the list that a form was sent from.
async fn matching(admin: &Admin, seat: &Seat, form: &FormData, kind: Kind) -> Result<Chosen, Refusal> {
    let query = FormData::parse(form.first("view").unwrap_or_default().as_bytes());
    let view = View::of(admin, seat, kind, &query).await?;
    let (media, paths) = (&admin.app.media, view.paths());
    let most = MAX_ITEMS as u32;
    let items: Vec<(i64, String)> = match kind {
        Kind::Images => {
            let found = media.list_images_within(&view.filter, paths, most).await.map_err(failed)?;
            found.into_iter().map(|image| (image.id, image.title)).collect()
        }
        Kind::Documents => {
            let found = media.list_documents_within(&view.filter, paths, most).await.map_err(failed)?;
            found.into_iter().map(|document| (document.id, document.title)).collect()
        }
    };
    let is_full = items.len() >= MAX_ITEMS;
    Ok((items, is_full))
}

async fn run(admin: &Admin, seat: &Seat, request: Request, kind: Kind) -> Done {
    let form = admin.read_form(seat, request).await?;
    let text = |name: &str| form.first(name).unwrap_or_default().trim().to_owned();
    let is_all = form.first("all").is_some();
    let (items, has_more) = match is_all {
        true => matching(admin, seat, &form, kind).await?,
        false => named(admin, seat, &form, kind).await?,
    };
    if items.is_empty() {
        return Err(Refusal::Bad(said("no-file-is-like-that-any-more")));
    }
    let action = form.first("action").and_then(BulkAction::parse);
    let (action, target, detail) = match action {
        Some(BulkAction::Collect) => {
            (BulkAction::Collect, Some(into(admin, seat, &text("into")).await?), String::new())
        }
        Some(BulkAction::Tag) if text("tags").is_empty() || text("tags").chars().count() > MAX_TAGS => {
            return Err(Refusal::Bad(said("say-which-tags")));
        }
        Some(BulkAction::Tag) => (BulkAction::Tag, None, text("tags")),
        Some(BulkAction::Delete) => (BulkAction::Delete, None, text("anyway").replace('1', "anyway")),
        _ => return Err(Refusal::Bad(said("choose-what-to-do-with-files"))),
    };
    let next = place::within(form.first("next").unwrap_or_default());
    let back = if next == place::HOME { kind.url() } else { next }.to_owned();
    if is_all || (action == BulkAction::Delete && form.first("sure").is_none()) {
        let titles: Vec<&str> = items.iter().take(NAMED).map(|(_, title)| title.as_str()).collect();
        let context = json!({
            "kind": kind.one(), "action": action.as_str(), "total": items.len(), "titles": titles,
            "more": items.len() - titles.len(), "has_more": has_more, "back": back,
            "ids": ids::pack(items.iter().map(|(id, _)| *id)), "url": format!("{}bulk/", kind.url()),
            "tags": if action == BulkAction::Tag { &detail } else { "" },
            "into": target.as_ref().map(|(id, _)| id), "target": target.as_ref().map(|(_, name)| name),
        });
        return Ok(admin.page(seat, "admin/bulk/sure.html", context));
    }
    let order = NewBulk {
        account: seat.session.account_id,
        kind: if kind == Kind::Images { bulk::Kind::Image } else { bulk::Kind::Document },
        action,
        target: target.map(|(id, _)| id),
        detail,
        back,
        items,
    };
    admin.bulk(seat, order).await
}

/// The collection that a form names, when files may be added to it.
async fn into(admin: &Admin, seat: &Seat, id: &str) -> Result<(i64, String), Refusal> {
    let missing = || Refusal::Missing(said("no-such-collection"));
    let id = ids::parse(id).ok_or_else(missing)?;
    let found = collection::find(&*admin.app.db, id).await?.ok_or_else(missing)?;
    match seat.grants.may_in_collection(CollectionPermission::Add, &found.path, None) {
        true => Ok((id, found.name)),
        false => Err(Refusal::Forbidden(said("may-not-add-files-to-this-collection"))),
    }
}
