//! Rich text in the forms that `?rich_text_format=` names.

use super::object::facts;
use super::shape::Shape;
use crate::content::read::{PageRow, Related, Wants};
use crate::content::site::Site;
use crate::content::types::{ReferenceKind, Types};
use crate::keys::Keys;
use crate::media::url;
use crate::render::embed::link_html;
use crate::render::rich_text::{Format, ImageEmbed, Resolver};

/// Adds what the shown fields of a page refer to, in rich text too.
pub fn add_wants(types: &Types, page: &PageRow, shape: &Shape<'_>, wants: &mut Wants) {
    let Some(of_type) = types.find(&page.type_name) else { return };
    let shows = |name: &str| shape.body.iter().any(|shown| shown.entry.field.is_some() && shown.entry.name == name);
    for reference in of_type.references(types, &page.fields) {
        if !shows(&reference.field) {
            continue;
        }
        match reference.kind {
            ReferenceKind::Page => wants.pages.insert(reference.id),
            ReferenceKind::Image => wants.images.insert(reference.id),
            ReferenceKind::Document => wants.documents.insert(reference.id),
            ReferenceKind::Snippet => false,
        };
    }
}

/// What rich text is written with.
pub(in crate::api) struct RichText<'a> {
    pub format: Format,
    pub site: &'a Site,
    pub keys: &'a Keys,
    pub related: &'a Related,
}

impl RichText<'_> {
    pub fn write(&self, html: &str) -> String {
        let page = |id: i64| {
            let page = self.related.pages.get(&id)?;
            Some(self.site.public_path(&page.url_path).into_owned())
        };
        let document = |id: i64| {
            let document = self.related.documents.get(&id)?;
            Some(url::of_document(document.id, &document.file_name))
        };
        let image = |embed: &ImageEmbed<'_>| {
            let facts = facts(self.related.images.get(&embed.id)?)?;
            crate::site::image_in_text(self.keys, &facts, embed)
        };
        let embed = |url: &str| Some(link_html(url, "", ""));
        let resolver = Resolver { page: &page, document: &document, image: &image, embed: &embed };
        self.format.write(html, &resolver).into_owned()
    }
}
