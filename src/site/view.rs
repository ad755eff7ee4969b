//! Gathering what a page's template shows, in at most four queries for a post: the page, its lists, the snippets, and
//! the links (menu, breadcrumbs, rich text, choosers). Everything read leaves a dependency tag.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use super::PublicSite;
use super::fill::{PageError, Wanted};
use super::listing::{self, Listed};
use crate::clock::Micros;
use crate::content::change::Tag;
use crate::content::page::{self, Link, Page, Summary};
use crate::content::site::Site;
use crate::content::snippet::{self, Snippet};
use crate::content::types::{ContentType, FieldKind, ReferenceKind, Types, ValueSlot};
use crate::content::{tag, tree};
use crate::render::{TemplateValue, rich_text, template_value};

/// A page ready to render.
pub struct View {
    pub template: String,
    pub context: TemplateValue,
    pub tags: Vec<Tag>,
    pub page_id: i64,
    pub type_name: String,
}

/// A live page with everything its template shows.
pub async fn of_page(site: &PublicSite, wanted: Wanted<'_>, page: Page) -> Result<Option<View>, PageError> {
    let types = site.app.content.types();
    let of_type = type_of(&types, &page)?;
    let listed = match &of_type.listing {
        Some(declared) => match listing::load(site, &types, wanted, &page, declared, None).await? {
            Some(listed) => Some(listed),
            None => return Ok(None),
        },
        // Only a listing has further pages.
        None if wanted.number > 1 => return Ok(None),
        None => None,
    };
    gather(site, &types, wanted, page, listed).await.map(Some)
}

/// A listing narrowed by a sub-route, such as `/blog/category/tides/`; `None` when no type has such a route.
pub async fn of_filtered_listing(site: &PublicSite, wanted: Wanted<'_>) -> Result<Option<View>, PageError> {
    let types = site.app.content.types();
    let Some((base, segment, slug)) = listing::split_sub_route(wanted.path) else { return Ok(None) };
    let declares = |found: &ContentType| {
        found.listing.as_ref().is_some_and(|listing| listing.filters.iter().any(|filter| filter.segment == segment))
    };
    if !types.pages().any(declares) {
        return Ok(None);
    }
    let Some(page) = page::find_live_by_url(&site.app.db, &wanted.site.tree_path(base)).await? else {
        return Ok(None);
    };
    let Some(declared) = &type_of(&types, &page)?.listing else { return Ok(None) };
    let Some(filter) = declared.filters.iter().find(|filter| filter.segment == segment) else { return Ok(None) };
    let Some(listed) = listing::load(site, &types, wanted, &page, declared, Some((filter, slug))).await? else {
        return Ok(None);
    };
    gather(site, &types, wanted, page, Some(listed)).await.map(Some)
}

/// The 404 page: the site and its menu.
pub async fn of_not_found(site: &PublicSite, on: &Site) -> Result<View, PageError> {
    let links = page::list_links(&site.app.db, on.root_page_id, Vec::new(), Vec::new()).await?;
    let mut tags = vec![Tag::Menu];
    tags.extend(links.iter().map(|link| Tag::Link(link.id)));
    let context = json!({
        "site": site_context(site, on),
        "menu": menu(on, &links, ""),
        "breadcrumbs": [],
    });
    Ok(View {
        template: "404.html".into(),
        context: template_value(&context),
        tags,
        page_id: 0,
        type_name: String::new(),
    })
}

fn type_of<'t>(types: &'t Types, page: &Page) -> Result<&'t ContentType, PageError> {
    types
        .find(&page.type_name)
        .ok_or_else(|| PageError::TypeUnknown { page: page.id, type_name: page.type_name.clone() })
}

async fn gather(
    site: &PublicSite,
    types: &Types,
    wanted: Wanted<'_>,
    mut page: Page,
    listed: Option<Listed>,
) -> Result<View, PageError> {
    let of_type = type_of(types, &page)?;
    let mut tags = BTreeSet::from([Tag::Page(page.id), Tag::Menu]);
    let mut lists: Vec<(String, Vec<Summary>)> = Vec::new();
    for query in &of_type.queries {
        let except = if query.exclude_self { page.id } else { 0 };
        let root = &wanted.site.root_path;
        let found = page::list_by_type(&site.app.db, &query.of, except, root, query.limit as i64).await?;
        tags.insert(Tag::Type(query.of.clone()));
        lists.push((query.name.clone(), found));
    }
    let summaries = lists.iter().flat_map(|(_, list)| list).chain(listed.iter().flat_map(|listed| &listed.items));
    let mut wants = Wants::default();
    wants.add(types, of_type, &page.fields);
    for summary in summaries {
        tags.insert(Tag::Summary(summary.id));
        if let Some(of_type) = types.find(&summary.type_name) {
            wants.add(types, of_type, &summary.fields);
        }
    }
    wants.snippets.extend(listed.iter().filter_map(|listed| listed.snippet_id()));
    let snippets = wants.load_snippets(site, types, &mut tags).await?;
    // Published again under the same id, a thing must reach the pages that could not show it.
    tags.extend(wants.images.iter().map(|id| Tag::Image(*id)));
    tags.extend(wants.documents.iter().map(|id| Tag::Document(*id)));
    let ancestors = tree::ancestors(&page.path);
    let ids: Vec<i64> = wants.pages.iter().copied().collect();
    let links = page::list_links(&site.app.db, wanted.site.root_page_id, ancestors, ids).await?;
    tags.extend(links.iter().map(|link| Tag::Link(link.id)));
    // A link to a page that is not there becomes one when the page is published.
    tags.extend(wants.pages.iter().map(|id| Tag::Link(*id)));
    if listed.is_some() {
        tags.insert(Tag::Children(page.id));
    }
    let resolver = Resolver { site: wanted.site, types, links: &links, snippets: &snippets };
    let url = wanted.site.public_path(&page.url_path).to_owned();
    let mut context = json!({
        "site": site_context(site, wanted.site),
        "menu": menu(wanted.site, &links, &url),
        "breadcrumbs": breadcrumbs(wanted.site, &links, &page),
        "request": { "path": wanted.path },
    });
    for (name, list) in lists {
        context[name] = list.into_iter().map(|summary| resolver.summary(summary)).collect();
    }
    if let Some(listed) = listed {
        context["listing"] = listed.context(&url, &resolver);
    }
    let fields = std::mem::take(&mut page.fields);
    context["page"] = resolver.page(&base_url(site, wanted.site), &page, &url, of_type, fields);
    Ok(View {
        template: of_type.template.clone().unwrap_or_default(),
        context: template_value(&context),
        tags: tags.into_iter().collect(),
        page_id: page.id,
        type_name: page.type_name,
    })
}

/// What values refer to.
#[derive(Default)]
struct Wants {
    pages: BTreeSet<i64>,
    snippets: BTreeSet<i64>,
    images: BTreeSet<i64>,
    documents: BTreeSet<i64>,
}

impl Wants {
    fn add(&mut self, types: &Types, of_type: &ContentType, fields: &Map<String, Value>) {
        for reference in of_type.references(types, fields) {
            match reference.kind {
                ReferenceKind::Page => self.pages.insert(reference.id),
                ReferenceKind::Snippet => self.snippets.insert(reference.id),
                ReferenceKind::Image => self.images.insert(reference.id),
                ReferenceKind::Document => self.documents.insert(reference.id),
            };
        }
    }

    async fn load_snippets(
        &mut self,
        site: &PublicSite,
        types: &Types,
        tags: &mut BTreeSet<Tag>,
    ) -> Result<HashMap<i64, Snippet>, PageError> {
        if self.snippets.is_empty() {
            return Ok(HashMap::new());
        }
        tags.extend(self.snippets.iter().map(|id| Tag::Snippet(*id)));
        let found = snippet::list(&site.app.db, self.snippets.iter().copied().collect()).await?;
        for snippet in &found {
            if let Some(of_type) = types.find(&snippet.type_name) {
                self.add(types, of_type, &snippet.fields);
            }
        }
        Ok(found.into_iter().map(|snippet| (snippet.id, snippet)).collect())
    }
}

/// Replaces references in values by what they refer to.
pub struct Resolver<'r> {
    site: &'r Site,
    types: &'r Types,
    links: &'r [Link],
    snippets: &'r HashMap<i64, Snippet>,
}

impl Resolver<'_> {
    fn url_of(&self, id: i64) -> Option<String> {
        self.links.iter().find(|link| link.id == id).map(|link| self.site.public_path(&link.url_path).to_owned())
    }

    fn fields(&self, of_type: &ContentType, mut fields: Map<String, Value>, deep: bool) -> Map<String, Value> {
        of_type.visit_mut(self.types, &mut fields, &mut |_, slot| match slot {
            ValueSlot::RichText(html) => {
                let resolver = rich_text::Resolver {
                    page: &|id| self.url_of(id),
                    document: &|_| None,
                    image: &|_| None,
                    embed: &|_| None,
                };
                if let std::borrow::Cow::Owned(expanded) = rich_text::expand(html, &resolver) {
                    *html = expanded;
                }
            }
            ValueSlot::Page(value) => {
                let link = value.as_i64().and_then(|id| self.links.iter().find(|link| link.id == id));
                *value = link.map_or(
                    Value::Null,
                    |link| json!({ "id": link.id, "title": link.title, "url": self.site.public_path(&link.url_path) }),
                );
            }
            ValueSlot::Snippet { value, .. } => {
                *value = value.as_i64().filter(|_| deep).map_or(Value::Null, |id| self.snippet(id));
            }
            ValueSlot::Snippets { value, .. } => {
                let ids = value.as_array().filter(|_| deep).into_iter().flatten().filter_map(Value::as_i64);
                *value = ids.map(|id| self.snippet(id)).filter(|snippet| !snippet.is_null()).collect();
            }
            ValueSlot::Image(value) | ValueSlot::Document(value) => *value = Value::Null,
            ValueSlot::Embed(_) => {}
        });
        for field in of_type.fields.iter().filter(|field| matches!(field.kind, FieldKind::Tags { .. })) {
            if let Some(Value::Array(names)) = fields.get_mut(&field.name) {
                for name in names {
                    let text = name.as_str().unwrap_or_default();
                    *name = json!({ "name": text, "slug": tag::slug_of(text) });
                }
            }
        }
        fields
    }

    /// Snippets within snippets are not followed.
    pub fn snippet(&self, id: i64) -> Value {
        let Some(snippet) = self.snippets.get(&id) else { return Value::Null };
        let Some(of_type) = self.types.find(&snippet.type_name) else { return Value::Null };
        let mut value = self.fields(of_type, snippet.fields.clone(), false);
        value.insert("id".into(), json!(id));
        value.insert("type".into(), json!(snippet.type_name));
        value.insert("slug".into(), json!(snippet.slug));
        value.insert("name".into(), json!(snippet.name));
        Value::Object(value)
    }

    pub fn summary(&self, summary: Summary) -> Value {
        let mut value = match self.types.find(&summary.type_name) {
            Some(of_type) => self.fields(of_type, summary.fields, true),
            None => summary.fields,
        };
        value.insert("id".into(), json!(summary.id));
        value.insert("type".into(), json!(summary.type_name));
        value.insert("title".into(), json!(summary.title));
        value.insert("slug".into(), json!(summary.slug));
        value.insert("url".into(), json!(self.site.public_path(&summary.url_path)));
        value.insert("search_description".into(), json!(summary.search_description));
        value.insert("first_published_at".into(), time(summary.first_published_at));
        Value::Object(value)
    }

    fn page(&self, base_url: &str, page: &Page, url: &str, of_type: &ContentType, fields: Map<String, Value>) -> Value {
        let mut value = self.fields(of_type, fields, true);
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

fn base_url(site: &PublicSite, on: &Site) -> String {
    let configured = site.app.config.server.base_url.trim_end_matches('/');
    if !configured.is_empty() {
        return configured.to_owned();
    }
    match on.port {
        80 => format!("http://{}", on.hostname),
        443 => format!("https://{}", on.hostname),
        port => format!("http://{}:{port}", on.hostname),
    }
}

fn site_context(site: &PublicSite, on: &Site) -> Value {
    json!({ "name": on.name, "base_url": base_url(site, on) })
}

fn menu(on: &Site, links: &[Link], current: &str) -> Value {
    let items = links.iter().filter(|link| link.parent_id == Some(on.root_page_id) && link.show_in_menus);
    items
        .map(|link| {
            let url = on.public_path(&link.url_path);
            json!({ "title": link.title, "url": url, "active": current.starts_with(url) })
        })
        .collect()
}

/// From the site's home page to the parent.
fn breadcrumbs(on: &Site, links: &[Link], page: &Page) -> Value {
    let above = links.iter().filter(|link| {
        page.path.starts_with(&link.path) && link.path.len() < page.path.len() && link.path.starts_with(&on.root_path)
    });
    above.map(|link| json!({ "title": link.title, "url": on.public_path(&link.url_path) })).collect()
}
