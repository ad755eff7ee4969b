//! What is found of each kind: the first few that whoever asks may see, and whether there are more.

use serde_json::{Value, json};

use super::{Asked, Kind};
use crate::accounts::{CollectionPermission, GlobalPermission};
use crate::admin::Admin;
use crate::admin::choose::{document_item, image_item};
use crate::admin::entry::Seat;
use crate::admin::pages::row;
use crate::admin::refusal::Refusal;
use crate::admin::texts::said;
use crate::content::snippet;
use crate::content::types::Scope;
use crate::media::{Filter, MediaError, collection};

/// The items of a kind.
#[derive(Default)]
pub(super) struct Found {
    pub items: Vec<Value>,
    pub has_more: bool,
}

impl Found {
    /// Of what was asked for with one more than is shown.
    pub(super) fn of(mut items: Vec<Value>, most: usize) -> Self {
        let has_more = items.len() > most;
        items.truncate(most);
        Self { items, has_more }
    }
}

pub(super) type Looked = Result<Found, Refusal>;

pub(super) async fn pages(admin: &Admin, seat: &Seat, asked: &Asked<'_>) -> Looked {
    if !asked.wants(Kind::Page) {
        return Ok(Found::default());
    }
    let (content, grants) = (&admin.app.content, &seat.grants);
    let most = asked.most();
    let mut ids = content.find_pages(asked.text, grants.explored_root(), most + 1, |path| grants.may_see(path)).await?;
    let has_more = ids.len() > most;
    ids.truncate(most);
    let types = content.types();
    let mut items = Vec::new();
    for page in &content.list_pages(ids).await? {
        let mut item = admin.row(seat, &types, page);
        item["place"] = if item["public_url"].is_null() { json!(page.url_path) } else { item["public_url"].clone() };
        item["label"] = item["title"].clone();
        item["note"] = item["type_label"].clone();
        item["show"] = item["url"].clone();
        if item["may"]["edit"] == true {
            item["url"] = json!(format!("/admin/pages/{}/edit/", page.id));
        }
        items.push(item);
    }
    Ok(Found { items, has_more })
}

/// The collections that somebody may see something of; none when they see all.
async fn open(admin: &Admin, seat: &Seat) -> Result<Option<Vec<String>>, Refusal> {
    if seat.grants.is_superuser() {
        return Ok(None);
    }
    let any = CollectionPermission::ALL;
    if !any.iter().any(|permission| seat.grants.may_in_some_collection(*permission)) {
        return Ok(Some(Vec::new()));
    }
    let all = collection::list(&admin.app.db).await?;
    let may_see = |path: &str| any.iter().any(|permission| seat.grants.may_in_collection(*permission, path, None));
    Ok(Some(all.into_iter().map(|known| known.path).filter(|path| may_see(path)).collect()))
}

fn failed(error: MediaError) -> Refusal {
    match error {
        MediaError::Db(error) => Refusal::Db(error),
        _ => Refusal::Bad(said("files-cannot-be-searched-now")),
    }
}

pub(super) async fn images(admin: &Admin, seat: &Seat, asked: &Asked<'_>) -> Looked {
    if !asked.wants(Kind::Image) {
        return Ok(Found::default());
    }
    let (filter, most) = (Filter { words: asked.text.to_owned(), ..Filter::default() }, asked.most());
    let (media, limit) = (&admin.app.media, most as u32 + 1);
    let found = match open(admin, seat).await? {
        Some(paths) if paths.is_empty() => Vec::new(),
        Some(paths) => media.list_images_within(&filter, paths, limit).await.map_err(failed)?,
        None => media.list_images(&filter, limit).await.map_err(failed)?,
    };
    let shown = |image: &crate::media::Image| {
        let mut item = image_item(admin, image);
        item["label"] = json!(image.title);
        item["url"] = json!(format!("/admin/images/{}/", image.id));
        item["note"] = json!(format!("{} × {}", image.width, image.height));
        item
    };
    Ok(Found::of(found.iter().map(shown).collect(), most))
}

pub(super) async fn documents(admin: &Admin, seat: &Seat, asked: &Asked<'_>) -> Looked {
    if !asked.wants(Kind::Document) {
        return Ok(Found::default());
    }
    let (filter, most) = (Filter { words: asked.text.to_owned(), ..Filter::default() }, asked.most());
    let (media, limit) = (&admin.app.media, most as u32 + 1);
    let found = match open(admin, seat).await? {
        Some(paths) if paths.is_empty() => Vec::new(),
        Some(paths) => media.list_documents_within(&filter, paths, limit).await.map_err(failed)?,
        None => media.list_documents(&filter, limit).await.map_err(failed)?,
    };
    let shown = |document: &crate::media::document::Document| {
        let mut item = document_item(document);
        item["label"] = json!(document.title);
        item["url"] = json!(format!("/admin/documents/{}/", document.id));
        item["note"] = json!(document.file_name);
        item
    };
    Ok(Found::of(found.iter().map(shown).collect(), most))
}

pub(super) async fn snippets(admin: &Admin, seat: &Seat, asked: &Asked<'_>) -> Looked {
    if !asked.wants(Kind::Snippet) || !seat.grants.may(GlobalPermission::Snippets) {
        return Ok(Found::default());
    }
    let types = admin.app.content.types();
    let found = snippet::search(&admin.app.db, asked.text, asked.most() as i64 + 1).await?;
    let shown = |snippet: &snippet::Named| {
        json!({
            "label": snippet.name, "note": row::type_label(&types, &snippet.type_name),
            "url": format!("/admin/snippets/{}/{}/", snippet.type_name, snippet.id),
        })
    };
    Ok(Found::of(found.iter().map(shown).collect(), asked.most()))
}

pub(super) async fn users(admin: &Admin, seat: &Seat, asked: &Asked<'_>) -> Looked {
    if !asked.wants(Kind::User) || !seat.grants.may(GlobalPermission::Users) {
        return Ok(Found::default());
    }
    let (found, has_more) = admin.app.accounts.list_roster(asked.text, "").await?;
    let shown = |user: &crate::accounts::UserListed| json!({ "label": user.username, "note": user.name, "url": format!("/admin/users/{}/", user.id) });
    let found = Found::of(found.iter().map(shown).collect(), asked.most());
    Ok(Found { has_more: found.has_more || has_more, ..found })
}

pub(super) async fn settings(admin: &Admin, seat: &Seat, asked: &Asked<'_>) -> Looked {
    if !asked.wants(Kind::Setting) || !seat.grants.may_set_some() {
        return Ok(Found::default());
    }
    let types = admin.app.content.types();
    let fits = |label: &str| super::actions::fits(asked.text, label);
    let items = types
        .settings()
        .filter(|known| known.scope == Scope::Site || seat.grants.may_set(None))
        .filter(|known| fits(&known.label) || fits(&known.description))
        .map(|known| json!({ "label": known.label, "note": known.description, "url": format!("/admin/settings/{}/", known.name) }))
        .collect();
    Ok(Found::of(items, asked.most()))
}
