//! The models of a dump, by what they are: pages, snippets, settings, or parts of those.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::library::{Kind, quoted};
use super::shape::Shape;
use crate::import::wagtail::dump::{Dump, DumpError, PAGE, TAGGED};
use crate::import::wagtail::key::Key;

const IMAGE_WORDS: &[&str] = &["image", "photo", "picture", "logo", "avatar", "thumbnail", "icon", "poster", "banner"];
const DOCUMENT_WORDS: &[&str] = &["document", "file", "brochure", "pdf", "download", "attachment", "paper"];
const PAGE_WORDS: &[&str] = &["page", "link", "parent", "related", "cta", "target"];
/// What class names of pages and the like are made of, for dumps without permissions.
const WORDS: &[&str] = &[
    "landing", "standard", "content", "section", "category", "generic", "location", "article", "contact", "gallery",
    "product", "project", "service", "partner", "listing", "search", "author", "index", "event", "press", "person",
    "people", "recipe", "bread", "team", "blog", "news", "home", "form", "list", "item", "post", "page", "menu", "tag",
];

pub(super) struct Models {
    /// Names as Django has them, by model: `blog.BlogPage`.
    names: BTreeMap<String, String>,
    pub pages: Vec<String>,
    pub snippets: Vec<String>,
    pub settings: Vec<String>,
    /// References by the model that has them and their place.
    references: BTreeMap<(String, String), String>,
    ids: BTreeMap<String, BTreeSet<Key>>,
    /// Models, and what they call their tags.
    tags: BTreeSet<(String, String)>,
    /// Models whose objects have tags without a part of their own for them.
    tagged: BTreeSet<String>,
}

impl Models {
    pub fn of(dump: &Dump) -> Result<Self, DumpError> {
        let mut pages = BTreeSet::new();
        for placed in &dump.pages {
            let page = dump.read(PAGE, &placed.key)?;
            pages.extend(page.and_then(|page| dump.model_of(page.fields.get("content_type")?)));
        }
        pages.remove(PAGE);
        let (mut snippets, mut settings) = (Vec::new(), Vec::new());
        for (name, model) in dump.models() {
            let has = |field: &str| model.names.iter().any(|known| known == field);
            let is_other = pages.contains(name)
                || model.is_user
                || crate::import::wagtail::is_known_model(name)
                || dump.relations.is_part(name)
                || (has("tag") && has("content_object"))
                || (has("file") && has("collection"))
                || (has("filter_spec") && has("focal_point_key"));
            match () {
                () if is_other => {}
                () if has("site") && !has("slug") && !has("title") => settings.push(name.to_owned()),
                () => snippets.push(name.to_owned()),
            }
        }
        let mut ids: BTreeMap<String, BTreeSet<Key>> = BTreeMap::new();
        for model in snippets.iter().map(String::as_str).chain([PAGE, "wagtailimages.image", "wagtaildocs.document"]) {
            ids.insert(model.to_owned(), dump.keys(model).cloned().collect());
        }
        let mut tags = BTreeSet::new();
        for page in &pages {
            for part in dump.relations.parts(page) {
                let has = |field: &str| dump.names_of(&part.model).any(|name| name == field);
                if has("tag") && has("content_object") {
                    tags.insert((page.clone(), part.name.clone()));
                }
            }
        }
        let tagged = tagged(dump)?;
        let references = references(dump)?;
        let names = names(dump, pages.iter().chain(&snippets).chain(&settings))?;
        Ok(Self { names, pages: pages.into_iter().collect(), snippets, settings, references, ids, tags, tagged })
    }

    pub fn name(&self, model: &str) -> String {
        self.names.get(model).cloned().unwrap_or_else(|| model.to_owned())
    }

    /// What the dump's own index says that a place of a model refers to.
    pub fn target(&self, model: &str, path: &str) -> Option<String> {
        self.references.get(&(model.to_owned(), path.to_owned())).cloned()
    }

    /// Whether a part of a model is its tags.
    pub fn is_tags(&self, model: &str, name: &str) -> bool {
        self.tags.contains(&(model.to_owned(), name.to_owned()))
    }

    pub fn has_tags(&self, model: &str) -> bool {
        self.tagged.contains(model)
    }

    /// The kind of a chooser, when that is what the values of a place are.
    pub fn reference(&self, name: &str, shape: &Shape) -> Option<Kind> {
        if shape.ids.is_empty() {
            return None;
        }
        let known = shape.targets.iter().next().map(String::as_str).filter(|target| *target != "taggit.tag");
        self.kind_of(known.or_else(|| self.guess(name, shape))?)
    }

    fn kind_of(&self, model: &str) -> Option<Kind> {
        let plain = |name| Some(Kind { name, keys: Vec::new() });
        match model {
            PAGE => plain("page"),
            "wagtailimages.image" => plain("image"),
            "wagtaildocs.document" => plain("document"),
            _ if self.pages.iter().any(|page| page == model) => plain("page"),
            _ if self.snippets.iter().any(|snippet| snippet == model) => {
                Some(Kind { name: "snippet", keys: vec![("of", quoted(&self.name(model)))] })
            }
            _ => None,
        }
    }

    /// By the name of the field, and whether there are such objects.
    fn guess(&self, name: &str, shape: &Shape) -> Option<&str> {
        let fits = |model: &str| self.ids.get(model).is_some_and(|ids| shape.ids.is_subset(ids));
        let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
        let own = |model: &String| {
            let short = model.rsplit('.').next().unwrap_or(model);
            let name = name.replace('_', "");
            name == *short
                || name.trim_end_matches('s') == short
                || name.ends_with(short)
                || (name.ends_with("ies") && format!("{}y", name.trim_end_matches("ies")) == *short)
        };
        if let Some(model) = self.snippets.iter().find(|model| own(model) && fits(model)) {
            return Some(model);
        }
        match () {
            () if says(IMAGE_WORDS) && fits("wagtailimages.image") => Some("wagtailimages.image"),
            () if says(DOCUMENT_WORDS) && fits("wagtaildocs.document") => Some("wagtaildocs.document"),
            () if says(PAGE_WORDS) && fits(PAGE) => Some(PAGE),
            () => None,
        }
    }
}

/// Models whose objects have tags through Django's generic table of them.
fn tagged(dump: &Dump) -> Result<BTreeSet<String>, DumpError> {
    let mut models = BTreeSet::new();
    for key in dump.keys(TAGGED) {
        let row = dump.read(TAGGED, key)?;
        models.extend(row.and_then(|row| dump.model_of(row.fields.get("content_type")?)));
    }
    Ok(models)
}

/// `wagtailcore.referenceindex`, when it is in the dump.
fn references(dump: &Dump) -> Result<BTreeMap<(String, String), String>, DumpError> {
    const INDEX: &str = "wagtailcore.referenceindex";
    let mut references = BTreeMap::new();
    for key in dump.keys(INDEX) {
        let Some(row) = dump.read(INDEX, key)? else { continue };
        let model = |name: &str| row.fields.get(name).and_then(|of| dump.model_of(of));
        if let (Some(from), Some(to)) = (model("content_type"), model("to_content_type")) {
            references.insert((from, row.text("model_path").to_owned()), to);
        }
    }
    Ok(references)
}

/// Names as Django has them: permissions tell of what words they are made.
fn names<'m>(dump: &Dump, models: impl Iterator<Item = &'m String>) -> Result<BTreeMap<String, String>, DumpError> {
    const PERMISSION: &str = "auth.permission";
    let mut spoken: BTreeMap<String, String> = BTreeMap::new();
    for key in dump.keys(PERMISSION) {
        let Some(row) = dump.read(PERMISSION, key)? else { continue };
        let model = dump.model_of(row.fields.get("content_type").unwrap_or(&Value::Null));
        if let (Some(model), Some(words)) = (model, row.text("name").strip_prefix("Can add ")) {
            spoken.insert(model, words.to_owned());
        }
    }
    let named = models.map(|model| {
        let (app, short) = model.split_once('.').unwrap_or(("", model));
        let made = spoken.get(model).map(|words| words.split_whitespace().map(capital).collect::<String>());
        let made = made.filter(|made| made.to_lowercase() == short).unwrap_or_else(|| capitals(short));
        (model.clone(), format!("{app}.{made}"))
    });
    Ok(named.collect())
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `blogindexpage` as `BlogIndexPage`, as far as its words are common.
fn capitals(short: &str) -> String {
    let mut made = String::new();
    let mut rest = short;
    let mut begins = true;
    while let Some(first) = rest.chars().next() {
        let word = WORDS.iter().find(|word| rest.starts_with(**word));
        let length = word.map_or(first.len_utf8(), |word| word.len());
        let part = &rest[..length];
        made += &if begins || word.is_some() { capital(part) } else { part.to_owned() };
        begins = word.is_some();
        rest = &rest[length..];
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_without_permissions_are_made_of_common_words() {
        for (given, made) in [("blogindexpage", "BlogIndexPage"), ("homepage", "HomePage"), ("country", "Country")] {
            assert_eq!(capitals(given), made);
        }
    }
}
