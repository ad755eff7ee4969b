//! What the browser gets to edit a page: its newest draft, its form, and the names of all that it refers to.

use serde_json::{Map, Value, json};

use super::form;
use crate::accounts::PageOf;
use crate::admin::choose::thumbnail;
use crate::admin::entry::Seat;
use crate::admin::pages::{languages, locking};
use crate::admin::texts::said;
use crate::admin::{Admin, words};
use crate::clock::Micros;
use crate::content::page::{Page, PageContent};
use crate::content::presence::{self, Standing};
use crate::content::privacy::Grant;
use crate::content::revision::{self, Revision};
use crate::content::shown::{self, ImageRow};
use crate::content::types::{ContentType, ReferenceKind, Types};
use crate::content::{EditError, labels, schedule};
use crate::db::DbError;
use crate::media::Facts;

/// The context of the editor's page: the data block of the contract, under `data`.
pub(super) async fn of_page(admin: &Admin, seat: &Seat, page: &Page) -> Result<Value, EditError> {
    let types = admin.app.content.types();
    let of_type = types.find(&page.type_name).ok_or_else(|| EditError::TypeUnknown(page.type_name.clone()))?;
    let newest = newest(admin, page).await?;
    let plan = schedule::find(&*admin.app.db, page.id).await?;
    let goes_live = plan.as_ref().is_some_and(|plan| plan.publish_at.is_some());
    let findings = if goes_live { admin.app.look_at_schedule(page.id).await? } else { None };
    let mut content = newest.as_ref().map_or_else(|| of_row(page), |revision| revision.content.clone());
    let rights = seat.actor().rights;
    rights.hide(of_type, &mut content.fields);
    let mut labels = labels_of(admin, &types, of_type, &content.fields).await?;
    name_addresses(admin, seat, &mut labels);
    let place = PageOf { path: &page.path, owner: page.owner };
    let standing = match page.locked_at {
        Some(_) => presence::standing(&admin.app.db, page.id).await?.unwrap_or_default(),
        None => Standing::default(),
    };
    let time = |at: Option<i64>| at.map(|at| Micros(at).to_rfc3339());
    let at = |name: &str| format!("/admin/pages/{}/{name}/", page.id);
    let data = json!({
        "kind": "page",
        "addresses": {
            "save": at("draft"), "publish": at("publish"), "unpublish": at("unpublish"), "schedule": at("schedule"),
            "published": at("published"), "preview": at("preview"), "live": at("live"), "history": at("history"),
            "lock": at("lock"),
            "checks": admin.files.script("checks"), "weight": at("weight"),
            "tree": format!("/admin/pages/{}/", page.id), "parent": page.parent_id.map(|id| format!("/admin/pages/{id}/")),
        },
        "saves_itself": true,
        "lock": locking::told(admin, locking::Reader::of(seat, page), &standing),
        "links": links(seat, page, &languages::of_place(admin, seat, page.id, &page.path).await?),
        "page": {
            "id": page.id,
            "type": page.type_name,
            "type_label": of_type.label,
            "live": page.live,
            "url": admin.site.address_of(page),
            "has_unpublished_changes": page.has_unpublished_changes,
            "locale": page.locale,
            "publish_at": time(plan.as_ref().and_then(|plan| plan.publish_at)),
            "expire_at": time(plan.as_ref().and_then(|plan| plan.expire_at)),
            "findings": findings.as_ref().map_or_else(|| json!([]), words::findings),
            "first_published_at": time(page.first_published_at),
            "alias_of": page.alias_of,
            "parent_id": page.parent_id,
        },
        "revision": newest.as_ref().map(|revision| revision.id),
        "saved_at": newest.as_ref().map(|revision| revision.created_at.to_rfc3339()),
        "saved_by": newest.as_ref().map(|revision| revision.author.name.clone()),
        "content": content,
        "form": form::of_type(&types, of_type, &rights),
        "labels": labels,
        "may": { "publish": seat.grants.may_publish(place), "unpublish": seat.grants.may_publish(place) },
        "time_zone": if seat.session.time_zone.is_empty() { "UTC" } else { &seat.session.time_zone },
        "user": seat.user(),
    });
    Ok(json!({ "data": data, "title": page.draft_title, "page_id": page.id, "parent_id": page.parent_id }))
}

/// Where else one goes from the form: the page in other languages, and who may see it, for those who may say so.
fn links(seat: &Seat, page: &Page, languages: &Value) -> Vec<Value> {
    let there = languages["there"].as_array().into_iter().flatten().filter(|there| !there["url"].is_null());
    let link = |there: &Value| {
        let label = said("link-translation").with("language", there["name"].as_str().unwrap_or_default());
        json!({ "label": label, "url": there["url"] })
    };
    let more = (!languages["more"].is_null())
        .then(|| json!({ "label": said("link-translate-page"), "url": languages["more"] }));
    let label = if page.restricted { said("link-privacy-restricted") } else { said("link-privacy-public") };
    let privacy = seat
        .grants
        .may_publish(PageOf { path: &page.path, owner: page.owner })
        .then(|| json!({ "label": label, "url": format!("/admin/pages/{}/privacy/", page.id) }));
    let place = PageOf { path: &page.path, owner: page.owner };
    let (may, label) = match page.locked_at {
        Some(_) => (seat.grants.may_unlock(place, page.locked_by), said("link-unlock")),
        None => (seat.grants.may_lock(place), said("link-lock")),
    };
    let url = format!("/admin/pages/{0}/lock/?next=/admin/pages/{0}/edit/", page.id);
    let lock = may.then(|| json!({ "label": label, "url": url }));
    there.map(link).chain(more).chain(privacy).chain(lock).collect()
}

/// What the browser gets to edit something without a place in the tree: the same data block.
pub(in crate::admin) struct Object<'o> {
    /// `snippet`, `settings`, `record`.
    pub kind: &'static str,
    pub of_type: &'o ContentType,
    /// `null` in what is yet to be made.
    pub facts: Value,
    pub addresses: Value,
    /// Other places: `{"label", "url"}`.
    pub links: Value,
    /// What is asked for again when it is saved; none of what is yet to be made.
    pub version: Option<i64>,
    /// When it was changed last, in microseconds.
    pub saved_at: Option<i64>,
    pub saved_by: Option<String>,
    pub content: Value,
    pub may_publish: bool,
}

/// The context of the editor's page for a snippet, for settings or for a row of a collection.
pub(in crate::admin) async fn of_object(
    admin: &Admin,
    seat: &Seat,
    types: &Types,
    object: Object<'_>,
) -> Result<Value, DbError> {
    let Object { kind, of_type, mut facts, addresses, links, version, saved_by, mut content, may_publish, .. } = object;
    let rights = seat.actor().rights;
    if let Some(fields) = content["fields"].as_object_mut() {
        rights.hide(of_type, fields);
    }
    let none = Map::new();
    let fields = content["fields"].as_object().unwrap_or(&none);
    let mut labels = labels_of(admin, types, of_type, fields).await?;
    name_addresses(admin, seat, &mut labels);
    facts["type"] = json!(of_type.name);
    facts["type_label"] = json!(of_type.label);
    for absent in ["url", "publish_at", "expire_at", "first_published_at", "alias_of"] {
        facts[absent] = Value::Null;
    }
    let saved_at = object.saved_at.map(|at| Micros(at).to_rfc3339());
    Ok(json!({
        "kind": kind,
        "addresses": addresses,
        "saves_itself": false,
        "links": links,
        "page": facts,
        "revision": version,
        "saved_at": saved_at,
        "saved_by": saved_by,
        "content": content,
        "form": form::of_type(types, of_type, &rights),
        "labels": labels,
        "may": { "publish": may_publish, "unpublish": may_publish },
        "time_zone": if seat.session.time_zone.is_empty() { "UTC" } else { &seat.session.time_zone },
        "user": seat.user(),
    }))
}

/// Addresses for somebody at this host, in place of paths in the tree; null for pages that visitors do not find.
fn name_addresses(admin: &Admin, seat: &Seat, labels: &mut Value) {
    for page in labels["pages"].as_object_mut().into_iter().flat_map(Map::values_mut) {
        let is_live = page["live"] == json!(true);
        let address = page["url"].as_str().and_then(|path| admin.site.address_at(&seat.info.host, path));
        page["url"] = json!(address.filter(|_| is_live));
    }
}

/// A page that was never edited here has no revision: its row tells.
fn of_row(page: &Page) -> PageContent {
    PageContent {
        title: page.draft_title.clone(),
        slug: page.slug.clone(),
        seo_title: page.seo_title.clone(),
        search_description: page.search_description.clone(),
        show_in_menus: page.show_in_menus,
        fields: page.fields.clone(),
    }
}

pub(super) async fn newest(admin: &Admin, page: &Page) -> Result<Option<Revision>, DbError> {
    match page.latest_revision_id {
        Some(id) => revision::find(&*admin.app.db, page.id, id).await,
        None => Ok(None),
    }
}

/// `{"pages": {id: …}, "images": …, "documents": …, "snippets": …}` for all that these values refer to.
pub(super) async fn labels_of(
    admin: &Admin,
    types: &Types,
    of_type: &ContentType,
    values: &Map<String, Value>,
) -> Result<Value, DbError> {
    let references = of_type.placed_references(types, values);
    let ids = |kind: ReferenceKind| -> Vec<i64> {
        references.iter().filter(|found| found.kind == kind).map(|found| found.id).collect()
    };
    let db = &admin.app.db;
    let pages = labels::of_pages(db, ids(ReferenceKind::Page)).await?;
    let snippets = labels::of_snippets(db, ids(ReferenceKind::Snippet)).await?;
    let (images, documents) = (ids(ReferenceKind::Image), ids(ReferenceKind::Document));
    let files = if images.is_empty() && documents.is_empty() {
        shown::Shown::default()
    } else {
        shown::list(db, shown::Wanted::files(images, documents, &Grant::NONE)).await?
    };
    let pages = pages
        .into_iter()
        .map(|page| (page.id.to_string(), json!({ "title": page.title, "url": page.url_path, "live": page.live })));
    let snippets = snippets
        .into_iter()
        .map(|snippet| (snippet.id.to_string(), json!({ "label": snippet.name, "type": snippet.type_name })));
    let documents = files
        .documents
        .iter()
        .map(|document| (document.id.to_string(), json!({ "title": document.title, "filename": document.file_name })));
    let images = files.images.iter().map(|image| (image.id.to_string(), image_label(admin, image)));
    Ok(json!({
        "pages": pages.collect::<Map<_, _>>(),
        "snippets": snippets.collect::<Map<_, _>>(),
        "documents": documents.collect::<Map<_, _>>(),
        "images": images.collect::<Map<_, _>>(),
    }))
}

/// An image as choosers show it.
fn image_label(admin: &Admin, image: &ImageRow) -> Value {
    json!({
        "title": image.title, "alt": image.description, "width": image.width, "height": image.height,
        "thumb": thumbnail(admin, Facts::of_row(image)),
    })
}
