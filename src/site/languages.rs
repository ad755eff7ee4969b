//! What templates are told of languages: the page's own, its translations, and the alternates for search engines.

use serde_json::{Value, json};

use super::resolve::Tracker;
use crate::content::change::Tag;
use crate::content::page::{Link, Page};
use crate::content::site::{Language, Site};

/// `locale` in templates.
pub fn context(site: &Site) -> Value {
    let language = site.language();
    json!({ "code": language.code, "name": language.name, "direction": language.direction })
}

/// The root pages of the site's languages, for the links to them; none where there is one language.
pub fn roots(site: &Site) -> impl Iterator<Item = i64> {
    let several = site.languages.len() > 1;
    site.languages.iter().filter(move |_| several).map(|language| language.root_page_id)
}

/// `languages` in templates: one entry for each language that can be read here, with the address of the page in it, or
/// else of its home page; none where that leaves one. `links` hold the roots, and the translations of `page`.
pub fn switcher(tracker: &Tracker, site: &Site, page: Option<&Page>, links: &[Link]) -> Value {
    if site.languages.len() == 1 {
        return json!([]);
    }
    let mut tags: Vec<Tag> = roots(site).map(Tag::Address).collect();
    let any_root = links.iter().find(|link| roots(site).any(|root| root == link.id));
    tags.extend(any_root.map(|root| Tag::Translations(root.translation_key.clone())));
    let mut entries = Vec::new();
    for language in &*site.languages {
        let translation = page.and_then(|page| Versions { site, page, links }.url_in(language));
        let root = links.iter().find(|link| link.id == language.root_page_id && !link.hidden);
        let home = || Some(site.own_path(&root?.url_path)?.into_owned());
        let translated = translation.is_some();
        let Some(url) = translation.or_else(home) else { continue };
        entries.push(json!({
            "code": language.code,
            "name": language.name,
            "direction": language.direction,
            "url": url,
            "current": language == site.language(),
            "translated": translated,
        }));
    }
    if let Some(page) = page {
        tags.extend(Versions { site, page, links }.tags());
    }
    tracker.track(tags, if entries.len() > 1 { Value::Array(entries) } else { json!([]) })
}

/// The key by which the links of a page include its translations; none where there is one language.
pub fn translation_key<'p>(site: &Site, page: &'p Page) -> &'p str {
    if site.languages.len() > 1 { &page.translation_key } else { "" }
}

/// A page in all languages that it is public in.
pub struct Versions<'v> {
    pub site: &'v Site,
    pub page: &'v Page,
    /// With the page's translations among them.
    pub links: &'v [Link],
}

impl Versions<'_> {
    fn in_language(&self, language: &Language) -> Option<&Link> {
        let is_it = |link: &&Link| {
            link.translation_key == self.page.translation_key
                && link.locale == language.code
                && link.path.starts_with(&language.root_path)
        };
        self.links.iter().find(is_it)
    }

    /// The public path of the page in a language, if it is public there.
    fn url_in(&self, language: &Language) -> Option<String> {
        let url_path =
            if language == self.site.language() { &self.page.url_path } else { &self.in_language(language)?.url_path };
        Some(self.site.own_path(url_path)?.into_owned())
    }

    /// Language and public path, in the order of the site's languages; empty for a page in one language.
    fn list(&self) -> Vec<(&Language, String)> {
        let version = |language| Some((language, self.url_in(language)?));
        let versions: Vec<_> = self.site.languages.iter().filter_map(version).collect();
        if versions.len() > 1 { versions } else { Vec::new() }
    }

    fn tags(&self) -> Vec<Tag> {
        let mut tags = vec![Tag::Translations(self.page.translation_key.clone())];
        let others = self.site.languages.iter().filter_map(|language| self.in_language(language));
        tags.extend(others.map(|link| Tag::Address(link.id)));
        tags
    }

    fn tracked(&self, tracker: &Tracker, value: Value) -> Value {
        if self.site.languages.len() == 1 { value } else { tracker.track(self.tags(), value) }
    }

    /// `translations` in templates: one entry for each language that the page is public in.
    pub fn translations(&self, tracker: &Tracker) -> Value {
        let entry = |(language, url): (&Language, String)| {
            json!({
                "code": language.code,
                "name": language.name,
                "direction": language.direction,
                "url": url,
                "current": language == self.site.language(),
            })
        };
        self.tracked(tracker, self.list().into_iter().map(entry).collect())
    }

    /// `alternates` in templates: absolute addresses by `hreflang`, with `x-default` for the main language. Every
    /// version of a page has the same set.
    pub fn alternates(&self, tracker: &Tracker) -> Value {
        let versions = self.list();
        let entry =
            |hreflang: &str, url: &str| json!({ "hreflang": hreflang, "url": format!("{}{url}", self.site.base_url) });
        let mut entries: Vec<Value> = versions.iter().map(|(language, url)| entry(&language.code, url)).collect();
        let main = versions.iter().find(|(language, _)| language.prefix.is_empty());
        entries.extend(main.map(|(_, url)| entry("x-default", url)));
        self.tracked(tracker, Value::Array(entries))
    }
}
