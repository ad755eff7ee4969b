//! The images and documents that a page refers to: loaded with its links, in the form that templates see.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::PublicSite;
use super::fill::PageError;
use super::languages;
use super::resolve::{Embeds, Wants};
use crate::content::page::{Link, Page};
use crate::content::privacy::Grant;
use crate::content::shown::{self, DocumentRow, ImageRow, Shown};
use crate::content::site::Site;
use crate::content::tree;
use crate::keys::Keys;
use crate::media::image::{FilterSpec, FocalPoint, Format, Size, Source};
use crate::media::{Facts, url};
use crate::render::rich_text::ImageEmbed;
use crate::render::{ImageSource, RenditionFacts, Renditions, picture_in_text};

/// Where links are shown.
pub struct Around<'a> {
    pub site: &'a Site,
    /// `None`: on no page, such as on that which says that there is none.
    pub page: Option<&'a Page>,
    pub grant: &'a Grant,
}

/// What a page refers to.
pub struct ShownRefs {
    pub links: Vec<Link>,
    pub media: MediaRefs,
    pub embeds: Embeds,
}

/// The images and documents of a page, by their ids.
#[derive(Default)]
pub struct MediaRefs {
    images: HashMap<i64, ShownImage>,
    documents: HashMap<i64, DocumentRow>,
}

/// An image whose size and format are known.
struct ShownImage {
    facts: Facts,
    row: ImageRow,
}

impl Wants {
    /// The links of a page with its images, documents and embedded media, in one query.
    pub async fn load_shown(&self, site: &PublicSite, around: Around<'_>) -> Result<ShownRefs, PageError> {
        let wanted = shown::Wanted {
            menu_root: &around.site.root_path,
            paths: around.page.map(|page| tree::ancestors(&page.path)).unwrap_or_default(),
            pages: self.pages.iter().copied().chain(languages::roots(around.site)).collect(),
            translation_key: around.page.map_or("", |page| languages::translation_key(around.site, page)),
            grant: around.grant,
            images: self.images.iter().copied().collect(),
            documents: self.documents.iter().copied().collect(),
            embeds: self.embeds.iter().cloned().collect(),
        };
        let Shown { links, images, documents, embeds } = shown::list(&site.app.db, wanted).await?;
        // Whoever may not see a file does not learn of it either.
        let images = images.into_iter().filter(|row| !row.restricted);
        let images = images.filter_map(|row| Some((row.id, ShownImage { facts: Facts::of_row(&row)?, row }))).collect();
        let documents = documents.into_iter().filter(|row| !row.restricted).map(|row| (row.id, row)).collect();
        let media = MediaRefs { images, documents };
        Ok(ShownRefs { links, media, embeds: Embeds::of(embeds, site.app.config.embeds.render) })
    }
}

impl MediaRefs {
    /// What templates see of an image; null when there is none, or it is not for everybody.
    pub fn image(&self, id: i64) -> Value {
        let Some(ShownImage { facts, row }) = self.images.get(&id) else { return Value::Null };
        let Size { width, height } = facts.source.size;
        let focal = facts
            .focal
            .map(|focal| json!({ "x": focal.x, "y": focal.y, "width": focal.width, "height": focal.height }));
        json!({
            "id": facts.id,
            "title": row.title,
            "alt": row.description,
            "description": row.description,
            "width": width,
            "height": height,
            "format": facts.source.format.as_str(),
            "file_name": facts.file_name,
            "digest": facts.digest,
            "focal_point": focal,
            "background_position_style": FilterSpec::original().background_position_style(facts.source.size, facts.focal),
        })
    }

    /// What templates see of a document; null when there is none, or it is not for everybody.
    pub fn document(&self, id: i64) -> Value {
        let Some(document) = self.documents.get(&id) else { return Value::Null };
        let extension = document.file_name.rsplit_once('.').map_or("", |(_, extension)| extension);
        json!({
            "id": id,
            "title": document.title,
            "url": url::of_document(id, &document.file_name),
            "file_name": document.file_name,
            "extension": extension.to_lowercase(),
            "size_bytes": document.size_bytes,
        })
    }

    /// The address of a document in running text.
    pub fn document_url(&self, id: i64) -> Option<String> {
        self.documents.get(&id).map(|document| url::of_document(id, &document.file_name))
    }

    /// An image in running text, in WebP where browsers know it, and twice as large for fine screens.
    pub fn image_in_text(&self, keys: &Keys, embed: &ImageEmbed<'_>) -> Option<String> {
        image_in_text(keys, &self.images.get(&embed.id)?.facts, embed)
    }
}

/// As [`MediaRefs::image_in_text`], of an image that is known.
pub fn image_in_text(keys: &Keys, facts: &Facts, embed: &ImageEmbed<'_>) -> Option<String> {
    let wanted = embed.format.filter_spec();
    let width: u32 = wanted.strip_prefix("width-")?.parse().ok()?;
    let mut found = Vec::new();
    for width in [width, 2 * width] {
        for format in ["|format-webp", ""] {
            let spec = FilterSpec::parse(&format!("width-{width}{format}")).ok()?;
            found.push(rendition(keys, facts, &spec));
        }
    }
    let sizes = format!("(min-width: {width}px) {width}px, 100vw");
    Some(picture_in_text(&embed.alt, embed.format.class(), &sizes, &found))
}

/// The renditions that templates ask for: sizes by arithmetic, URLs signed with `keys`.
pub fn renditions(keys: Option<Keys>) -> Renditions {
    Arc::new(move |source, text| {
        let keys = keys.as_ref().ok_or("renditions are not signed here")?;
        let facts = facts(source).ok_or_else(|| format!("image {}: its format is unknown", source.id))?;
        let specs = FilterSpec::parse_all(text).map_err(|error| error.to_string())?;
        Ok(specs.iter().map(|spec| rendition(keys, &facts, spec)).collect())
    })
}

pub fn rendition(keys: &Keys, facts: &Facts, spec: &FilterSpec) -> RenditionFacts {
    let output = facts.output(spec);
    RenditionFacts {
        url: url::of_rendition(keys, facts, spec),
        width: output.width,
        height: output.height,
        format: output.format.as_str(),
        mime: output.format.mime(),
    }
}

fn facts(source: &ImageSource) -> Option<Facts> {
    Some(Facts {
        id: source.id,
        source: Source { size: Size::new(source.width, source.height), format: Format::from_name(&source.format)? },
        focal: source.focal_point.map(|[x, y, width, height]| FocalPoint { x, y, width, height }),
        digest: source.digest.clone(),
        file_name: source.file_name.clone(),
    })
}
