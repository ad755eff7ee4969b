//! `robots.txt` and `llms.txt`: what a site tells machines. A theme may have templates of these names.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::json;

use super::PublicSite;
use super::cached_page::Representation;
use super::fill::{Outcome, PageError, Wanted};
use super::pages::encoded;
use crate::content::change::Tag;
use crate::content::page::{self, Outlined};
use crate::content::site::Language;
use crate::render::{Reads, markdown, template_value};

/// Levels below the home page that `llms.txt` tells.
const LEVELS: i64 = 2;

impl PublicSite {
    /// The text at this path; `None` when it is none.
    pub(super) async fn fill_text(&self, wanted: Wanted<'_>) -> Result<Option<Outcome>, PageError> {
        let (text, tags) = match wanted.path {
            "/robots.txt" => (self.robots(wanted)?, vec![Tag::All]),
            "/llms.txt" => self.llms(wanted).await?,
            _ => return Ok(None),
        };
        Ok(Some(self.finish_document(text, wanted, Representation::Text, 0, tags)))
    }

    fn robots(&self, wanted: Wanted<'_>) -> Result<String, PageError> {
        let theme = self.theme.load();
        if theme.templates.has("robots.txt") {
            let context = json!({ "site": { "name": wanted.site.name, "base_url": wanted.site.base_url } });
            return Ok(theme.templates.render("robots.txt", template_value(context, &Reads::of(0)))?);
        }
        let base_url = &wanted.site.base_url;
        let search = |language: &Language| format!("Disallow: {}/search/\n", language.prefix);
        let searches: String = wanted.site.languages.iter().map(search).collect();
        Ok(format!("User-agent: *\n{searches}\nSitemap: {base_url}/sitemap.xml\n"))
    }

    /// After llmstxt.org: the site's name, then its pages by section, each with a line about it.
    async fn llms(&self, wanted: Wanted<'_>) -> Result<(String, Vec<Tag>), PageError> {
        let site = wanted.site;
        let root_depth = site.root_path.len() as i64 / crate::content::tree::STEP as i64;
        let pages = page::list_outline(&self.app.db, &site.root_path, root_depth + LEVELS).await?;
        let mut tags = BTreeSet::new();
        for page in &pages {
            tags.extend([Tag::Page(page.id), Tag::Link(page.id), Tag::Summary(page.id)]);
            if page.depth < root_depth + LEVELS {
                tags.insert(Tag::Children(page.id));
            }
        }
        let mut text = format!("# {}\n", markdown::escaped(&site.name));
        let line = |page: &Outlined| {
            let url = format!("{}{}", site.base_url, encoded(&site.public_path(&page.url_path)));
            let about = match page.search_description.trim() {
                "" => String::new(),
                about => format!(": {}", markdown::escaped(about)),
            };
            format!("- [{}]({url}){about}\n", markdown::escaped(&page.title))
        };
        if let Some(home) = pages.iter().find(|page| page.depth == root_depth && !page.search_description.is_empty()) {
            let _ = write!(text, "\n> {}\n", markdown::escaped(&home.search_description));
        }
        text.push_str("\nEvery page is there as Markdown, too: ask with `Accept: text/markdown`.\n\n## Pages\n\n");
        let sections: Vec<&Outlined> = pages.iter().filter(|page| page.depth == root_depth + 1).collect();
        text.extend(pages.iter().filter(|page| page.depth <= root_depth + 1).map(line));
        for section in sections {
            let mut below = pages
                .iter()
                .filter(|page| page.path.len() > section.path.len() && page.path.starts_with(&section.path))
                .peekable();
            if below.peek().is_some() {
                let _ = write!(text, "\n## {}\n\n", markdown::escaped(&section.title));
                text.extend(below.map(line));
            }
        }
        Ok((text, tags.into_iter().collect()))
    }
}
