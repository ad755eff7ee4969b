//! Feeds of listings: RSS, Atom and JSON Feed of the newest entries, whole or of one category, tag or author. They are
//! kept in the page cache with the tags of what they tell.

mod atom;
mod json_feed;
mod rss;

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::PublicSite;
use super::cached_page::{CachedPage, PageParts, Representation};
use super::fill::{Outcome, PageError, Wanted};
use super::listing::{self, Listed};
use super::pages::encoded;
use super::resolve::Wants;
use super::view;
use crate::clock::Micros;
use crate::content::change::Tag;
use crate::content::page::Summary;
use crate::content::site::Site;
use crate::content::snippet::Snippet;
use crate::content::types::{ContentType, FieldKind, Listing, Types};

/// Entries of a feed.
const ENTRIES: usize = 20;
/// Fields that introduce an entry, the first one that has text.
const INTRODUCTIONS: [&str; 3] = ["intro", "standfirst", "summary"];

/// The forms, by the last part of their path.
const FORMS: [(&str, Representation); 3] =
    [("rss.xml", Representation::Rss), ("atom.xml", Representation::Atom), ("feed.json", Representation::JsonFeed)];

/// What a feed tells.
pub(super) struct Feed {
    pub title: String,
    pub description: String,
    pub language: String,
    /// Of the listing.
    pub url: String,
    pub feed_url: String,
    pub updated: Micros,
    pub entries: Vec<Entry>,
}

pub(super) struct Entry {
    pub title: String,
    pub url: String,
    pub summary: String,
    pub published: Micros,
    pub updated: Micros,
    pub author: Option<String>,
    pub tags: Vec<String>,
}

/// `/blog/rss.xml` -> (`/blog/`, RSS).
fn split(path: &str) -> Option<(&str, &'static str, Representation)> {
    let (folder, name) = path.rsplit_once('/')?;
    let (name, form) = FORMS.iter().find(|(known, _)| *known == name)?;
    Some((&path[..=folder.len()], name, *form))
}

impl PublicSite {
    /// The feed at this path; `None` when it is no feed.
    pub(super) async fn fill_feed(&self, wanted: Wanted<'_>) -> Result<Option<Outcome>, PageError> {
        let Some((base, name, form)) = split(wanted.path) else { return Ok(None) };
        let types = self.app.content.types();
        let wanted = Wanted { path: base, number: 1, ..wanted };
        let found = view::find(self, wanted.site, base).await?;
        let Some((page, route)) = found.filter(|(page, _)| !page.restricted) else { return Ok(None) };
        let declared = types.find(&page.type_name).and_then(|of_type| of_type.listing.as_ref());
        let Some(declared) = declared else { return Ok(None) };
        let declared = Listing { per_page: ENTRIES, ..declared.clone() };
        let Some(listed) = listing::load(self, &types, wanted, &page, &declared, route).await? else {
            return Ok(None);
        };
        let mut tags = BTreeSet::from([Tag::Page(page.id), listed.tag(page.id)]);
        tags.extend(listed.snippet_id().map(Tag::Snippet));
        let snippets = named(self, &types, wanted.site, &listed).await?;
        tags.extend(snippets.keys().map(|id| Tag::Snippet(*id)));
        tags.extend(listed.items.iter().map(|item| Tag::Summary(item.id)));
        let base_url = &wanted.site.base_url;
        let narrowed_to = listed.snippet_id().and_then(|id| snippets.get(&id)).map(|snippet| snippet.name.as_str());
        let title = match narrowed_to.or(listed.filter_name()) {
            Some(name) => format!("{name}, {} · {}", page.title, wanted.site.name),
            None => format!("{} · {}", page.title, wanted.site.name),
        };
        let latest = listed.items.iter().filter_map(|item| item.last_published_at).max();
        let feed = Feed {
            title,
            description: introduction(&page.fields, &page.search_description),
            language: page.locale.clone(),
            url: format!("{base_url}{}", encoded(base)),
            feed_url: format!("{base_url}{}{name}", encoded(base)),
            updated: Micros(latest.or(page.last_published_at).unwrap_or_default()),
            entries: listed.items.iter().map(|item| entry(&types, wanted, &snippets, item)).collect(),
        };
        let html = match form {
            Representation::Atom => atom::render(&feed),
            Representation::JsonFeed => json_feed::render(&feed),
            _ => rss::render(&feed),
        };
        Ok(Some(self.finish_document(html, wanted, form, page.id, tags.into_iter().collect())))
    }

    /// A document beside the pages: a feed, or a text for machines.
    pub(super) fn finish_document(
        &self,
        html: String,
        wanted: Wanted<'_>,
        representation: Representation,
        page_id: i64,
        tags: Vec<Tag>,
    ) -> Outcome {
        Outcome::Page(CachedPage::finish(PageParts {
            status: http::StatusCode::OK,
            representation,
            html,
            page_id,
            edge: self.edge(wanted, &tags),
            tags,
            // Nothing in it runs; an empty nonce leaves the text as it is.
            nonce: String::new(),
            headers: self.document_headers(),
            views: None,
        }))
    }
}

/// What the list is narrowed to, and the snippets that the entries name as their authors, in the site's language.
async fn named(
    site: &PublicSite,
    types: &Types,
    on: &Site,
    listed: &Listed,
) -> Result<HashMap<i64, Snippet>, PageError> {
    let mut wants = Wants::default();
    wants.snippets.extend(listed.snippet_id());
    for item in &listed.items {
        let author = types.find(&item.type_name).and_then(|of_type| author_field(of_type, &item.fields));
        wants.snippets.extend(author);
    }
    wants.load_snippets(site, types, on).await
}

/// The first snippet that an entry chooses alone: its author, on every site that has authors.
fn author_field(of_type: &ContentType, fields: &Map<String, Value>) -> Option<i64> {
    let field = of_type.fields.iter().find(|field| matches!(field.kind, FieldKind::Snippet { .. }))?;
    fields.get(&field.name)?.as_i64()
}

fn introduction(fields: &Map<String, Value>, description: &str) -> String {
    let text = |name: &&str| fields.get(*name).and_then(Value::as_str).filter(|text| !text.is_empty());
    INTRODUCTIONS.iter().find_map(text).unwrap_or(description).to_owned()
}

fn entry(types: &Types, wanted: Wanted<'_>, snippets: &HashMap<i64, Snippet>, item: &Summary) -> Entry {
    let of_type = types.find(&item.type_name);
    let author = of_type.and_then(|of_type| author_field(of_type, &item.fields));
    let tag_fields = of_type.map(|of_type| &of_type.fields[..]).unwrap_or_default();
    let tag_fields = tag_fields.iter().filter(|field| matches!(field.kind, FieldKind::Tags { .. }));
    let tags = tag_fields.filter_map(|field| item.fields.get(&field.name)?.as_array()).flatten();
    let published = item.first_published_at.unwrap_or_default();
    Entry {
        title: item.title.clone(),
        url: format!("{}{}", wanted.site.base_url, encoded(&wanted.site.public_path(&item.url_path))),
        summary: introduction(&item.fields, &item.search_description),
        published: Micros(published),
        updated: Micros(item.last_published_at.unwrap_or(published)),
        author: author.and_then(|id| Some(snippets.get(&id)?.name.clone())),
        tags: tags.filter_map(Value::as_str).map(str::to_owned).collect(),
    }
}

#[cfg(test)]
pub(super) fn example() -> Feed {
    Feed {
        title: "Notes & <Queries>".into(),
        description: "What we \"saw\"".into(),
        language: "en".into(),
        url: "https://example.com/blog/".into(),
        feed_url: "https://example.com/blog/rss.xml".into(),
        updated: Micros(1_700_000_000_000_000),
        entries: vec![Entry {
            title: "Tides ]]> & \u{1}more".into(),
            url: "https://example.com/blog/tides/?a=1&b=2".into(),
            summary: "The <sea>.".into(),
            published: Micros(1_699_999_000_000_000),
            updated: Micros(1_700_000_000_000_000),
            author: Some("Ines & Co".into()),
            tags: vec!["C++".into()],
        }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_is_named_by_the_end_of_its_path() {
        assert_eq!(split("/blog/rss.xml"), Some(("/blog/", "rss.xml", Representation::Rss)));
        assert_eq!(split("/blog/tag/sea/feed.json"), Some(("/blog/tag/sea/", "feed.json", Representation::JsonFeed)));
        assert_eq!(split("/atom.xml"), Some(("/", "atom.xml", Representation::Atom)));
        for other in ["/blog/", "/blog/rss.xml/", "/blog/index.xml", "rss.xml"] {
            assert_eq!(split(other), None, "{other}");
        }
    }
}
