//! Objects as answers hold them: `id`, then `meta`, then the rest, each in the order of its model.

use serde_json::{Map, Value, json};

use super::Endpoint;
use super::shape::{Shape, Shown};
use super::value::{Teller, moment};
use crate::content::read::{DocumentRow, Fields, ImageRow, PageRow, Related, SnippetRow, Wants};
use crate::content::site::Site;
use crate::content::types::FieldKind;
use crate::keys::Keys;
use crate::media::image::{FilterSpec, Format, Size, Source};
use crate::media::stored_image::focal_point;
use crate::media::{Facts, url};

/// One object, of whichever kind.
#[derive(Clone, Copy)]
pub enum Object<'o> {
    Page(&'o PageRow),
    Snippet(&'o SnippetRow),
    Image(&'o ImageRow),
    Document(&'o DocumentRow),
    Redirect(&'o RedirectRow),
}

/// A redirect, with where it leads.
#[derive(Clone, Debug)]
pub struct RedirectRow {
    pub id: i64,
    pub old_path: String,
    pub location: Option<String>,
}

impl<'o> Object<'o> {
    fn id(self) -> i64 {
        match self {
            Self::Page(page) => page.id,
            Self::Snippet(snippet) => snippet.id,
            Self::Image(image) => image.id,
            Self::Document(document) => document.id,
            Self::Redirect(redirect) => redirect.id,
        }
    }

    fn fields(self) -> Option<&'o Map<String, Value>> {
        match self {
            Self::Page(page) => Some(&page.fields),
            Self::Snippet(snippet) => Some(&snippet.fields),
            _ => None,
        }
    }
}

/// An id that a field holds.
fn id_of(value: &Value) -> Option<i64> {
    value.as_i64()
}

/// Adds what the fields of an object refer to, where it is shown.
pub fn add_wants(object: Object<'_>, shape: &Shape<'_>, wants: &mut Wants) {
    for shown in &shape.body {
        let Some((field, value)) =
            shown.entry.field.zip(object.fields()).and_then(|(field, fields)| Some((field, fields.get(&field.name)?)))
        else {
            continue;
        };
        match &field.kind {
            FieldKind::Page { .. } => wants.pages.extend(id_of(value)),
            FieldKind::Snippet { .. } => wants.snippets.extend(id_of(value)),
            FieldKind::Snippets { .. } => {
                wants.snippets.extend(value.as_array().into_iter().flatten().filter_map(id_of))
            }
            FieldKind::Image => wants.images.extend(id_of(value)),
            FieldKind::Document => wants.documents.extend(id_of(value)),
            _ => {}
        }
        wants.with_fields |= shown.nested.as_ref().is_some_and(|nested| nested.fields() != Fields::None);
    }
    if let Object::Page(page) = object {
        let own = |name: &str| shape.meta.iter().any(|shown| shown.entry.name == name);
        wants.pages.extend(page.parent_id.filter(|_| own("parent")));
        wants.pages.extend(page.alias_of.filter(|_| own("alias_of")));
    }
}

/// As [`add_wants`], of what the objects that an object refers to refer to.
pub fn add_wants_behind(object: Object<'_>, shape: &Shape<'_>, related: &Related, wants: &mut Wants) {
    for shown in &shape.body {
        let (Some(field), Some(nested)) = (shown.entry.field, &shown.nested) else { continue };
        let Some(value) = object.fields().and_then(|fields| fields.get(&field.name)) else { continue };
        for target in targets(&field.kind, value, related) {
            add_wants(target, nested, wants);
        }
    }
}

/// What a field refers to, as far as it is there.
fn targets<'r>(kind: &FieldKind, value: &Value, related: &'r Related) -> Vec<Object<'r>> {
    let snippet = |value: &Value| Some(Object::Snippet(related.snippets.get(&id_of(value)?)?));
    let one = match kind {
        FieldKind::Page { .. } => id_of(value).and_then(|id| related.pages.get(&id)).map(Object::Page),
        FieldKind::Snippet { .. } => snippet(value),
        FieldKind::Snippets { .. } => return value.as_array().into_iter().flatten().filter_map(snippet).collect(),
        FieldKind::Image => id_of(value).and_then(|id| related.images.get(&id)).map(Object::Image),
        FieldKind::Document => id_of(value).and_then(|id| related.documents.get(&id)).map(Object::Document),
        _ => None,
    };
    one.into_iter().collect()
}

/// What objects are told with.
pub struct Scribe<'a> {
    pub site: &'a Site,
    pub keys: &'a Keys,
    pub related: &'a Related,
    pub teller: Teller<'a>,
    /// Paths of the roots of the site, for what belongs to it.
    pub roots: &'a [String],
}

/// The file of an image, with what its addresses are made of. `None` for a format that this version does not know.
pub fn facts(image: &ImageRow) -> Option<Facts> {
    let side = |side: i64| u32::try_from(side).ok();
    Some(Facts {
        id: image.id,
        source: Source {
            size: Size::new(side(image.width)?, side(image.height)?),
            format: Format::from_name(&image.format)?,
        },
        focal: focal_point(image.focal),
        digest: image.digest.clone(),
        file_name: image.file_name.clone(),
    })
}

impl Scribe<'_> {
    pub fn tell(&self, object: Object<'_>, shape: &Shape<'_>) -> Value {
        let mut told = Map::new();
        if shape.body.first().is_some_and(|shown| shown.entry.name == "id") {
            told.insert("id".to_owned(), object.id().into());
        }
        let meta: Map<String, Value> = shape
            .meta
            .iter()
            .filter_map(|shown| Some((shown.entry.name.to_owned(), self.meta(object, shown)?)))
            .collect();
        if !meta.is_empty() {
            told.insert("meta".to_owned(), meta.into());
        }
        for shown in shape.body.iter().filter(|shown| shown.entry.name != "id") {
            told.insert(shown.entry.name.to_owned(), self.body(object, shown));
        }
        told.into()
    }

    /// `None` for what the object does not have.
    fn meta(&self, object: Object<'_>, shown: &Shown<'_>) -> Option<Value> {
        Some(match (shown.entry.name, object) {
            ("type", Object::Page(page)) => page.type_name.as_str().into(),
            ("type", Object::Snippet(snippet)) => snippet.type_name.as_str().into(),
            ("type", Object::Image(_)) => "wagtailimages.Image".into(),
            ("type", Object::Document(_)) => "wagtaildocs.Document".into(),
            ("type", Object::Redirect(_)) => "wagtailredirects.Redirect".into(),
            ("detail_url", _) => {
                let endpoint = match object {
                    Object::Page(_) => Endpoint::Pages,
                    Object::Image(_) => Endpoint::Images,
                    Object::Document(_) => Endpoint::Documents,
                    Object::Redirect(_) => Endpoint::Redirects,
                    Object::Snippet(_) => return None,
                };
                self.detail_url(endpoint, object.id()).into()
            }
            ("tags", Object::Image(ImageRow { tags, .. }) | Object::Document(DocumentRow { tags, .. })) => json!(tags),
            ("download_url", Object::Image(image)) => {
                facts(image).map(|facts| url::of_rendition(self.keys, &facts, &FilterSpec::original())).into()
            }
            ("download_url", Object::Document(document)) => {
                format!("{}{}", self.site.base_url, url::of_document(document.id, &document.file_name)).into()
            }
            (name, Object::Page(page)) => self.meta_of_page(page, name),
            _ => return None,
        })
    }

    fn meta_of_page(&self, page: &PageRow, name: &str) -> Value {
        match name {
            "html_url" => self.absolute(&self.site.public_path(&page.url_path)).into(),
            "slug" => page.slug.as_str().into(),
            "show_in_menus" => page.show_in_menus.into(),
            "seo_title" => page.seo_title.as_str().into(),
            "search_description" => page.search_description.as_str().into(),
            "first_published_at" => page.first_published_at.map_or(Value::Null, moment),
            "locale" => page.locale.as_str().into(),
            "parent" => page.parent_id.map_or(Value::Null, |id| self.brief(id)),
            "alias_of" => page.alias_of.map_or(Value::Null, |id| self.brief(id)),
            _ => Value::Null,
        }
    }

    /// A page of the site, as its children and aliases name it.
    fn brief(&self, id: i64) -> Value {
        let on_site = |page: &&PageRow| self.roots.iter().any(|root| page.path.starts_with(root.as_str()));
        let Some(page) = self.related.pages.get(&id).filter(on_site) else { return Value::Null };
        json!({
            "id": page.id,
            "meta": {
                "type": page.type_name,
                "detail_url": self.detail_url(Endpoint::Pages, page.id),
                "html_url": self.absolute(&self.site.public_path(&page.url_path)),
            },
            "title": page.title,
        })
    }

    fn body(&self, object: Object<'_>, shown: &Shown<'_>) -> Value {
        if let Some(field) = shown.entry.field {
            let value = object.fields().and_then(|fields| fields.get(&field.name)).unwrap_or(&Value::Null);
            return match (&field.kind, &shown.nested) {
                (FieldKind::Tags { .. }, _) => in_order(value),
                (kind, Some(nested)) => {
                    let mut told =
                        targets(kind, value, self.related).into_iter().map(|target| self.tell(target, nested));
                    match kind {
                        FieldKind::Snippets { .. } => told.collect(),
                        _ => told.next().unwrap_or_default(),
                    }
                }
                (kind, None) => self.teller.tell(kind, value),
            };
        }
        match (shown.entry.name, object) {
            ("title", Object::Page(page)) => page.title.as_str().into(),
            ("title", Object::Image(image)) => image.title.as_str().into(),
            ("title", Object::Document(document)) => document.title.as_str().into(),
            ("width", Object::Image(image)) => image.width.into(),
            ("height", Object::Image(image)) => image.height.into(),
            ("name", Object::Snippet(snippet)) => snippet.name.as_str().into(),
            ("slug", Object::Snippet(snippet)) => snippet.slug.as_str().into(),
            ("old_path", Object::Redirect(redirect)) => redirect.old_path.as_str().into(),
            ("location", Object::Redirect(redirect)) => redirect.location.clone().into(),
            _ => Value::Null,
        }
    }

    pub fn detail_url(&self, endpoint: Endpoint, id: i64) -> String {
        detail_url(self.site, endpoint, id)
    }

    /// Of a public path, which is a whole address where the page is another site's.
    fn absolute(&self, path: &str) -> String {
        if path.starts_with('/') { format!("{}{path}", self.site.base_url) } else { path.to_owned() }
    }
}

pub fn detail_url(site: &Site, endpoint: Endpoint, id: i64) -> String {
    format!("{}/api/v2/{}/{id}/", site.base_url, endpoint.word())
}

/// Names of tags, in order.
fn in_order(tags: &Value) -> Value {
    let mut names: Vec<&str> = tags.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    names.sort_unstable();
    json!(names)
}
