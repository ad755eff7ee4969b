//! Snippets: whatever has a type of snippets here. Their ids are others than in the dump, where each model counts for itself.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::dump::Object;
use super::key::Key;
use super::{ImportError, Known, Run, SOURCE, Told, digest, store};
use crate::content::snippet::{self, SnippetContent};
use crate::content::types::{ContentType, FieldKind, Kind};
use crate::content::{EditError, NewSnippet, slug};
use crate::telemetry::label::Channel;

const SNIPPETS: &str = "snippets";
/// Longest name, in characters.
const MAX_NAME: usize = 255;

impl Run<'_> {
    pub(super) async fn snippets(&mut self, told: Told<'_>) -> Result<(), ImportError> {
        for (model, of_type) in self.snippet_models() {
            let known = self.known(&model).await?;
            let keys: Vec<Key> = self.dump.keys(&model).cloned().collect();
            let mut originals: HashMap<String, i64> = HashMap::new();
            for (done, key) in keys.iter().enumerate() {
                told(SNIPPETS, done as u64 + 1, keys.len() as u64);
                let Some(object) = self.dump.read(&model, key)? else { continue };
                let original = object.text("translation_key").to_owned();
                let id = match known.get(&key.to_string()) {
                    Some(known) => {
                        self.report.known(SNIPPETS);
                        Some(known.id)
                    }
                    None => self.make_snippet(&of_type, &object, originals.get(&original).copied()).await?,
                };
                let Some(id) = id else { continue };
                self.snippets.insert((model.clone(), key.clone()), id);
                if !original.is_empty() {
                    originals.entry(original).or_insert(id);
                }
            }
        }
        Ok(())
    }

    /// Models with a type of snippets, those that others refer to before the others.
    fn snippet_models(&self) -> Vec<(String, ContentType)> {
        let models = self
            .dump
            .models()
            .filter_map(|(model, _)| self.type_of(model, Kind::Snippet).map(|of_type| (model.to_owned(), of_type)));
        let mut waiting: Vec<(String, ContentType)> = models.collect();
        let mut ordered: Vec<(String, ContentType)> = Vec::new();
        while !waiting.is_empty() {
            let open: BTreeSet<String> = waiting.iter().map(|(_, of_type)| of_type.name.clone()).collect();
            let is_free = |of_type: &ContentType| {
                let targets = of_type.fields.iter().filter_map(|field| match &field.kind {
                    FieldKind::Snippet { of } | FieldKind::Snippets { of, .. } => Some(of),
                    _ => None,
                });
                targets.into_iter().all(|of| *of == of_type.name || !open.contains(of))
            };
            let next = waiting.iter().position(|(_, of_type)| is_free(of_type)).unwrap_or(0);
            ordered.push(waiting.remove(next));
        }
        ordered
    }

    async fn make_snippet(
        &mut self,
        of_type: &ContentType,
        object: &Object,
        original: Option<i64>,
    ) -> Result<Option<i64>, ImportError> {
        let content = self.snippet_content(of_type, &object.name(), object.fields.clone(), object);
        if !self.writes() {
            self.report.made(SNIPPETS);
            // Any number: nothing refers to what a trial makes.
            return Ok(Some(self.snippets.len() as i64 + 1));
        }
        let id = match self.insert_snippet(of_type, object, content, original).await {
            Ok(id) => id,
            Err(EditError::Db(error)) => return Err(error.into()),
            Err(error) => {
                self.report.refused(SNIPPETS, &object.name(), error.to_string());
                return Ok(None);
            }
        };
        let was_live = object.fields.get("live") != Some(&Value::Bool(false));
        if of_type.snippet.drafts
            && was_live
            && let Err(error) = self.target.content.publish_snippet(id, Channel::Import).await
        {
            self.report.notice(&object.name(), "", format!("stays a draft: {error}"));
        }
        let known = Known { id, digest: digest(object) };
        let db = &*self.target.content.db;
        store::note(db, SOURCE, (&object.model, &object.key.to_string()), &known).await?;
        self.report.made(SNIPPETS);
        Ok(Some(id))
    }

    /// Its name and its slug are what the object is called by there.
    fn snippet_content(
        &mut self,
        of_type: &ContentType,
        name: &str,
        mut source: Map<String, Value>,
        object: &Object,
    ) -> SnippetContent {
        let called = name_of(&source).unwrap_or_else(|| format!("{} {}", of_type.label, object.key));
        let called: String = called.chars().take(MAX_NAME).collect();
        let given = source.get("slug").and_then(Value::as_str).unwrap_or_default();
        let slug = if slug::is_valid(given) { given.to_owned() } else { slug::from_title(&called) };
        // These are the snippet's own here.
        source.shift_remove("slug");
        if of_type.field("name").is_none() {
            source.shift_remove("name");
        }
        let fields = self.fields_of(of_type, name, source);
        SnippetContent { name: called, slug, fields }
    }

    /// Adds it; its slug gets its key behind it when another snippet of the type has the same.
    async fn insert_snippet(
        &self,
        of_type: &ContentType,
        object: &Object,
        content: SnippetContent,
        original: Option<i64>,
    ) -> Result<i64, EditError> {
        let store = &self.target.content;
        let locale = self.locale_of(object);
        let translation_of = original.filter(|_| of_type.snippet.translatable);
        let slugs = [content.slug.clone(), format!("{}-{}", content.slug, slug::from_title(&object.key.to_string()))];
        let mut refused = EditError::SlugTaken(content.slug.clone());
        for slug in slugs {
            let new = NewSnippet {
                type_name: of_type.name.clone(),
                content: SnippetContent { slug: slug.clone(), ..content.clone() },
                locale: locale.clone(),
                translation_of,
            };
            match store.create_snippet(new, Channel::Import).await {
                Err(EditError::SlugTaken(taken)) => refused = EditError::SlugTaken(taken),
                made => return made,
            }
            // One that an earlier run made, and could not note before it was cut short.
            let found = snippet::find_by_slug(&*store.db, &of_type.name, &slug).await?;
            let is_it = |found: &snippet::Snippet| {
                found.name == content.name && !self.snippets.values().any(|id| *id == found.id)
            };
            if let Some(found) =
                found.filter(is_it).filter(|found| locale.as_ref().is_none_or(|code| *code == found.locale))
            {
                return Ok(found.id);
            }
        }
        Err(refused)
    }
}

/// What Django shows of an object is not in a dump: what is called a name or a title, or the first text.
fn name_of(fields: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    for name in ["name", "title", "label", "heading", "slug"] {
        if let Some(text) = text(name) {
            return Some(text.to_owned());
        }
    }
    let both: Vec<&str> = ["first_name", "last_name"].into_iter().filter_map(text).collect();
    if !both.is_empty() {
        return Some(both.join(" "));
    }
    let is_line = |text: &&str| !text.contains(['<', '\n', '{']) && text.chars().count() <= MAX_NAME;
    let texts = fields.iter().filter(|(name, _)| *name != "translation_key").filter_map(|(_, value)| value.as_str());
    texts.map(str::trim).filter(is_line).find(|text| !text.is_empty()).map(str::to_owned)
}
