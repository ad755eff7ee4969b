//! What belongs to pages and stands in rows of its own: ordered parts, tags, and the fields of models that a type of pages
//! builds on. Dumps do not say so; revisions do, since they hold a page with all its parts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::dump::{Dump, PAGE};

/// Revisions of each type that are looked at.
const SAMPLES: usize = 200;
/// What pages have in `wagtailcore.page`, and what revisions have beside their fields.
pub(super) const BOOKKEEPING: &[&str] = &[
    "pk",
    "path",
    "depth",
    "numchild",
    "translation_key",
    "locale",
    "latest_revision",
    "live",
    "has_unpublished_changes",
    "first_published_at",
    "last_published_at",
    "live_revision",
    "go_live_at",
    "expire_at",
    "expired",
    "locked",
    "locked_at",
    "locked_by",
    "title",
    "draft_title",
    "slug",
    "content_type",
    "url_path",
    "owner",
    "latest_revision_created_at",
    "alias_of",
    "show_in_menus",
    "seo_title",
    "search_description",
    "wagtail_admin_comments",
];

/// Parts of a page, or its tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Relation {
    /// As the page calls them: `related_links`.
    pub name: String,
    /// Their model.
    pub model: String,
}

/// What types of pages have beside their own rows, by model.
#[derive(Default)]
pub(super) struct Relations {
    parts: BTreeMap<String, Vec<Relation>>,
    levels: BTreeMap<String, Vec<String>>,
}

/// What revisions of one type hold.
#[derive(Default)]
struct Sample {
    seen: usize,
    fields: BTreeSet<String>,
    /// Names of the parts' fields, by the name of the relation.
    parts: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Default)]
pub(super) struct Samples(BTreeMap<String, (Value, Sample)>);

impl Samples {
    pub fn see_revision(&mut self, fields: &Map<String, Value>, content: Option<&Map<String, Value>>) {
        let (Some(of), Some(content)) = (fields.get("content_type"), content) else { return };
        let (_, sample) = self.0.entry(of.to_string()).or_insert_with(|| (of.clone(), Sample::default()));
        if sample.seen >= SAMPLES {
            return;
        }
        sample.seen += 1;
        for (name, value) in content.iter().filter(|(name, _)| !BOOKKEEPING.contains(&name.as_str())) {
            let Some(part) = value.as_array().and_then(|parts| parts.first()?.as_object()) else {
                sample.fields.insert(name.clone());
                continue;
            };
            if part.contains_key("pk") {
                let names = part.keys().filter(|name| *name != "pk").cloned();
                sample.parts.entry(name.clone()).or_insert_with(|| names.collect());
            }
        }
    }
}

impl Relations {
    pub fn of(samples: Samples, dump: &Dump) -> Self {
        let mut relations = Self::default();
        for (of, sample) in samples.0.into_values() {
            let Some(of) = dump.model_of(&of) else { continue };
            let own: BTreeSet<&str> = dump.names_of(&of).collect();
            for (name, fields) in &sample.parts {
                let holds = |model: &str| dump.names_of(model).map(str::to_owned).collect::<BTreeSet<_>>() == *fields;
                if let Some((model, _)) = dump.models().find(|(model, _)| *model != of && holds(model)) {
                    let relation = Relation { name: name.clone(), model: model.to_owned() };
                    relations.parts.entry(of.clone()).or_default().push(relation);
                }
            }
            // What is left is in the row of a model that this one builds on.
            let missing: BTreeSet<&str> =
                sample.fields.iter().map(String::as_str).filter(|name| !own.contains(name)).collect();
            let is_level = |model: &str| {
                let mut names = dump.names_of(model).peekable();
                model != of && model != PAGE && names.peek().is_some() && names.all(|name| missing.contains(name))
            };
            let levels: Vec<String> =
                dump.models().map(|(name, _)| name).filter(|name| is_level(name)).map(str::to_owned).collect();
            if !levels.is_empty() {
                relations.levels.insert(of, levels);
            }
        }
        relations.add_unseen(dump);
        relations
    }

    /// Parts of pages that no revision holds: ordered ones, and tags.
    fn add_unseen(&mut self, dump: &Dump) {
        let known: BTreeSet<String> = self.parts.values().flatten().map(|part| part.model.clone()).collect();
        for (model, rows) in dump.models().filter(|(model, _)| !known.contains(*model) && !model.starts_with("wagtail"))
        {
            let has = |name: &str| rows.names.iter().any(|known| known == name);
            let tags = has("tag") && has("content_object");
            let Some(owner) = dump.first_owner(model).filter(|_| tags || has("sort_order")) else { continue };
            let page = dump.read(PAGE, &super::key::Key::Id(owner)).ok().flatten();
            let Some(of) = page.and_then(|page| dump.model_of(page.fields.get("content_type")?)) else { continue };
            let name = if tags { "tagged_items" } else { model.rsplit('.').next().unwrap_or(model) };
            self.parts.entry(of).or_default().push(Relation { name: name.to_owned(), model: model.to_owned() });
        }
    }

    pub fn parts(&self, model: &str) -> &[Relation] {
        self.parts.get(model).map_or(&[], Vec::as_slice)
    }

    /// The models that a type of pages builds on, beside `wagtailcore.page`.
    pub fn levels(&self, model: &str) -> &[String] {
        self.levels.get(model).map_or(&[], Vec::as_slice)
    }

    /// Whether objects of a model belong to pages.
    pub fn is_part(&self, model: &str) -> bool {
        self.parts.values().flatten().any(|part| part.model == model)
            || self.levels.values().flatten().any(|level| level == model)
    }
}

/// The page that an ordered part belongs to, where its name does not say so: its first reference.
pub(super) fn first_parent(model: &str, fields: &Map<String, Value>) -> Option<i64> {
    if model.starts_with("wagtail") || !fields.contains_key("sort_order") {
        return None;
    }
    fields.iter().filter(|(name, _)| *name != "sort_order").find_map(|(_, value)| value.as_i64())
}
