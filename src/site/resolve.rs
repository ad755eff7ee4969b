//! Replacing references in values by what they refer to. Every replaced thing is tracked with its dependency tags: a
//! page depends on what its template reads of it.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use super::PublicSite;
use super::fill::PageError;
use super::media_refs::MediaRefs;
use crate::clock::Micros;
use crate::config::EmbedRender;
use crate::content::change::Tag;
use crate::content::embed::{self, Embed};
use crate::content::page::{Link, Page, Summary};
use crate::content::site::Site;
use crate::content::snippet::{self, Snippet};
use crate::content::tag;
use crate::content::types::{ContentType, FieldKind, ReferenceKind, Types, ValueSlot};
use crate::keys::Keys;
use crate::render::embed::link_html;
use crate::render::{Reads, TemplateValue, rich_text, template_value, tracked};
use crate::telemetry::Telemetry;
use crate::telemetry::label::ReferenceTarget;

/// What values refer to.
#[derive(Default)]
pub struct Wants {
    pub pages: BTreeSet<i64>,
    pub snippets: BTreeSet<i64>,
    pub images: BTreeSet<i64>,
    pub documents: BTreeSet<i64>,
    /// Addresses.
    pub embeds: BTreeSet<String>,
}

impl Wants {
    pub fn add(&mut self, types: &Types, of_type: &ContentType, fields: &Map<String, Value>) {
        for reference in of_type.references(types, fields) {
            match reference.kind {
                ReferenceKind::Page => self.pages.insert(reference.id),
                ReferenceKind::Snippet => self.snippets.insert(reference.id),
                ReferenceKind::Image => self.images.insert(reference.id),
                ReferenceKind::Document => self.documents.insert(reference.id),
            };
        }
        self.embeds.extend(of_type.embeds(types, fields));
    }

    /// Loads the snippets in the site's language where they have it, and adds what they refer to.
    pub async fn load_snippets(
        &mut self,
        site: &PublicSite,
        types: &Types,
        on: &Site,
    ) -> Result<HashMap<i64, Snippet>, PageError> {
        if self.snippets.is_empty() {
            return Ok(HashMap::new());
        }
        let ids = self.snippets.iter().copied().collect();
        let found = snippet::list_shown(&site.app.db, ids, &on.language().code).await?;
        for snippet in &found {
            if let Some(of_type) = types.find(&snippet.type_name) {
                self.add(types, of_type, &snippet.fields);
            }
        }
        Ok(found.into_iter().map(|snippet| (snippet.id, snippet)).collect())
    }
}

/// What a context is made of, each thing with the tags it stands for.
#[derive(Default)]
pub struct Tracker(RefCell<Vec<Vec<Tag>>>);

impl Tracker {
    /// `value` in the context; a page that reads it depends on `tags`.
    pub fn track(&self, tags: Vec<Tag>, value: Value) -> Value {
        let mut things = self.0.borrow_mut();
        things.push(tags);
        tracked(things.len() - 1, value)
    }

    /// The context for the template, and what will tell the tags that it read.
    pub fn finish(self, context: Value) -> (TemplateValue, ReadTags) {
        let tags = self.0.into_inner();
        let reads = Reads::of(tags.len());
        (template_value(context, &reads), ReadTags { tags, reads })
    }
}

/// The tags of everything in a context, and which of it was read.
pub struct ReadTags {
    tags: Vec<Vec<Tag>>,
    reads: Reads,
}

impl ReadTags {
    /// What a render that is over has read, beside `always`.
    pub fn with(&self, always: Vec<Tag>) -> Vec<Tag> {
        let read = self.reads.indices().flat_map(|index| self.tags[index].iter().cloned());
        let tags: BTreeSet<Tag> = always.into_iter().chain(read).collect();
        tags.into_iter().collect()
    }
}

/// Embedded media, as pages show them.
pub struct Embeds {
    found: HashMap<String, Embed>,
    render: EmbedRender,
}

impl Embeds {
    pub fn of(found: Vec<Embed>, render: EmbedRender) -> Self {
        Self { found: found.into_iter().map(|embed| (embed.digest.clone(), embed)).collect(), render }
    }

    /// A player, or a link when there is none yet, or never will be one.
    fn html(&self, url: &str) -> String {
        let nothing_known = || link_html(url, "", "");
        self.found.get(&embed::digest(url)).map_or_else(nothing_known, |embed| embed.html(self.render))
    }

    fn value(&self, url: &str) -> Value {
        let nothing = Embed::default();
        let found = self.found.get(&embed::digest(url)).unwrap_or(&nothing);
        json!({
            "url": url, "title": found.title, "provider": found.provider, "author": found.author,
            "thumbnail_url": found.thumbnail_url, "width": found.width, "height": found.height,
            "ready": found.has_frame(), "html": self.html(url),
        })
    }

    /// Origins of all players.
    pub fn frames(&self) -> Vec<String> {
        let shown = self.found.values().filter(|_| self.render == EmbedRender::Iframe);
        shown.filter_map(Embed::frame_origin).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// What a page's references are replaced with.
pub struct Resolver<'r> {
    pub site: &'r Site,
    pub types: &'r Types,
    pub links: &'r [Link],
    pub snippets: &'r HashMap<i64, Snippet>,
    pub embeds: &'r Embeds,
    pub media: &'r MediaRefs,
    pub keys: &'r Keys,
    pub tracker: &'r Tracker,
    pub telemetry: &'r Telemetry,
}

/// How far references are followed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Snippets of a page are shown.
    Snippets,
    /// Snippets within snippets are not followed.
    Here,
}

impl Resolver<'_> {
    fn link(&self, id: i64) -> Option<&Link> {
        let found = self.links.iter().find(|link| link.id == id);
        if found.is_none() {
            self.missing(ReferenceTarget::Page, id);
        }
        found
    }

    /// A target that is not there, or not live, shows nothing; that it is missed is told.
    pub fn missing(&self, kind: ReferenceTarget, id: i64) {
        self.telemetry.families.missing_references.with_label_values(&[kind.as_str()]).inc();
        tracing::debug!(kind = kind.as_str(), id, "a page refers to what is not there");
    }

    /// Resolved fields, and the tags of what stands in their running text.
    fn fields(
        &self,
        of_type: &ContentType,
        mut fields: Map<String, Value>,
        depth: Depth,
    ) -> (Map<String, Value>, Vec<Tag>) {
        let mut tags = Vec::new();
        of_type.visit_mut(self.types, &mut fields, &mut |_, slot| match slot {
            ValueSlot::RichText(html) => {
                // A link to a page that is not there becomes one when the page is published.
                tags.extend(rich_text::targets(html).into_iter().map(|(target, id)| match target {
                    rich_text::Target::Page => Tag::Link(id),
                    rich_text::Target::Image => Tag::Image(id),
                    rich_text::Target::Document => Tag::Document(id),
                }));
                tags.extend(rich_text::embed_urls(html).iter().map(|url| Tag::Embed(embed::digest(url))));
                let resolver = rich_text::Resolver {
                    page: &|id| self.link(id).map(|link| self.site.public_path(&link.url_path).into_owned()),
                    document: &|id| self.media.document_url(id),
                    image: &|found| self.media.image_in_text(self.keys, found),
                    embed: &|url| Some(self.embeds.html(url)),
                };
                if let std::borrow::Cow::Owned(expanded) = rich_text::expand(html, &resolver) {
                    *html = expanded;
                }
            }
            ValueSlot::Page(value) => {
                let Some(id) = value.as_i64() else { return };
                // The words of a link in running text are its author's; here they would be the page's.
                let link = self.link(id).filter(|link| !link.hidden);
                let link = link.map_or(Value::Null, |link| self.link_value(link));
                *value = self.tracker.track(vec![Tag::Link(id)], link);
            }
            ValueSlot::Snippet { value, .. } => {
                *value = value.as_i64().filter(|_| depth == Depth::Snippets).map_or(Value::Null, |id| self.snippet(id));
            }
            ValueSlot::Snippets { value, .. } => {
                let ids = value.as_array().filter(|_| depth == Depth::Snippets).into_iter().flatten();
                let known = ids.filter_map(Value::as_i64).filter(|id| {
                    let found = self.snippets.contains_key(id);
                    if !found {
                        // Published, it joins the list.
                        tags.push(Tag::Snippet(*id));
                        self.missing(ReferenceTarget::Snippet, *id);
                    }
                    found
                });
                *value = known.map(|id| self.snippet(id)).collect();
            }
            ValueSlot::Image(value) => {
                let Some(id) = value.as_i64() else { return };
                *value = self.tracker.track(vec![Tag::Image(id)], self.media.image(id));
            }
            ValueSlot::Document(value) => {
                let Some(id) = value.as_i64() else { return };
                *value = self.tracker.track(vec![Tag::Document(id)], self.media.document(id));
            }
            ValueSlot::Embed(value) => {
                let Some(url) = value.as_str().filter(|url| !url.is_empty()) else { return };
                *value = self.tracker.track(vec![Tag::Embed(embed::digest(url))], self.embeds.value(url));
            }
        });
        for field in of_type.fields.iter().filter(|field| matches!(field.kind, FieldKind::Tags { .. })) {
            if let Some(Value::Array(names)) = fields.get_mut(&field.name) {
                for name in names {
                    let text = name.as_str().unwrap_or_default();
                    *name = json!({ "name": text, "slug": tag::slug_of(text) });
                }
            }
        }
        (fields, tags)
    }

    fn link_value(&self, link: &Link) -> Value {
        json!({ "id": link.id, "title": link.title, "url": self.site.public_path(&link.url_path) })
    }

    /// A link in a menu or in breadcrumbs.
    pub fn tracked_link(&self, link: &Link, value: Value) -> Value {
        self.tracker.track(vec![Tag::Link(link.id)], value)
    }

    pub fn snippet(&self, id: i64) -> Value {
        let mut tags = vec![Tag::Snippet(id)];
        let found = self.snippets.get(&id).and_then(|found| Some((found, self.types.find(&found.type_name)?)));
        let Some((snippet, of_type)) = found else {
            self.missing(ReferenceTarget::Snippet, id);
            return self.tracker.track(tags, Value::Null);
        };
        let (mut value, in_text) = self.fields(of_type, snippet.fields.clone(), Depth::Here);
        tags.extend(in_text);
        value.insert("id".into(), json!(id));
        value.insert("type".into(), json!(snippet.type_name));
        value.insert("slug".into(), json!(snippet.slug));
        value.insert("name".into(), json!(snippet.name));
        self.tracker.track(tags, Value::Object(value))
    }

    /// Settings, by their type.
    pub fn settings(&self, of_type: &ContentType, values: Map<String, Value>) -> Value {
        let (values, mut tags) = self.fields(of_type, values, Depth::Snippets);
        tags.push(Tag::Setting(of_type.name.clone()));
        self.tracker.track(tags, Value::Object(values))
    }

    pub fn summary(&self, summary: Summary) -> Value {
        let mut tags = vec![Tag::Summary(summary.id)];
        let mut value = match self.types.find(&summary.type_name) {
            Some(of_type) => {
                let (fields, in_text) = self.fields(of_type, summary.fields, Depth::Snippets);
                tags.extend(in_text);
                fields
            }
            None => summary.fields,
        };
        value.insert("id".into(), json!(summary.id));
        value.insert("type".into(), json!(summary.type_name));
        value.insert("title".into(), json!(summary.title));
        value.insert("slug".into(), json!(summary.slug));
        value.insert("url".into(), json!(self.site.public_path(&summary.url_path)));
        value.insert("search_description".into(), json!(summary.search_description));
        value.insert("first_published_at".into(), time(summary.first_published_at));
        self.tracker.track(tags, Value::Object(value))
    }

    /// The page itself; `tags` takes what its text refers to.
    pub fn page(&self, base_url: &str, page: &mut Page, of_type: &ContentType, tags: &mut BTreeSet<Tag>) -> Value {
        let url = self.site.public_path(&page.url_path);
        let (mut value, in_text) = self.fields(of_type, std::mem::take(&mut page.fields), Depth::Snippets);
        tags.extend(in_text);
        value.insert("id".into(), json!(page.id));
        value.insert("type".into(), json!(page.type_name));
        value.insert("title".into(), json!(page.title));
        value.insert("slug".into(), json!(page.slug));
        value.insert("url".into(), json!(url));
        value.insert("full_url".into(), json!(format!("{base_url}{url}")));
        value.insert("seo_title".into(), json!(page.seo_title));
        value.insert("search_description".into(), json!(page.search_description));
        value.insert("first_published_at".into(), time(page.first_published_at));
        value.insert("last_published_at".into(), time(page.last_published_at));
        for measured in ["word_count", "reading_time_minutes"] {
            value.insert(measured.into(), page.summary.get(measured).cloned().unwrap_or(Value::Null));
        }
        Value::Object(value)
    }
}

fn time(micros: Option<i64>) -> Value {
    micros.map_or(Value::Null, |micros| json!(Micros(micros).to_rfc3339()))
}
