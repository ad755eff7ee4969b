//! Snippets: whatever has a type of snippets here. Their ids are others than in the dump, where each model counts for itself.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use super::convert::without_ids;
use super::dump::{OBJECT_REVISION, Object, content_of};
use super::key::Key;
use super::time::micros;
use super::{ImportError, Known, Run, SOURCE, Told, digest, store};
use crate::clock::Micros;
use crate::content::snippet::SnippetContent;
use crate::content::types::{ContentType, FieldKind, Kind};
use crate::content::{Actor, ArrivedSnippet, EditError, NewSnippet, slug};
use crate::db::TxName;
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
        let mut source = object.fields.clone();
        let tags = self.tags_on(object)?;
        if !tags.is_empty() {
            source.insert("tagged_items".to_owned(), tags.iter().map(|name| json!({ "tag": [name] })).collect());
        }
        let content = self.snippet_content(of_type, &object.name(), source, &object.key);
        let revisions = self.snippet_revisions(of_type, object, &content)?;
        self.name_what_snippets_lack(of_type, object);
        if !self.writes() {
            self.report.made(SNIPPETS);
            // Any number: nothing refers to what a trial makes.
            return Ok(Some(self.snippets.len() as i64 + 1));
        }
        let live = !of_type.snippet.drafts || object.fields.get("live") != Some(&Value::Bool(false));
        let new = NewSnippet {
            type_name: of_type.name.clone(),
            content,
            locale: self.locale_of(object).or_else(|| self.default_locale.clone()),
            translation_of: original.filter(|_| of_type.snippet.translatable),
        };
        match self.write_snippet(object, ArrivedSnippet { new, live, revisions }).await {
            Ok(id) => {
                self.report.made(SNIPPETS);
                Ok(Some(id))
            }
            Err(EditError::Db(error)) => Err(error.into()),
            Err(error) => {
                self.report.refused(SNIPPETS, &object.name(), error.to_string());
                Ok(None)
            }
        }
    }

    /// Says what of a snippet has no place here, or another one.
    fn name_what_snippets_lack(&mut self, of_type: &ContentType, object: &Object) {
        let name = object.name();
        if !of_type.snippet.drafts && object.fields.get("live") == Some(&Value::Bool(false)) {
            self.report.notice(&name, "live", format!("{} has no drafts here: it is shown", of_type.name));
        } else if !of_type.snippet.drafts && object.is("has_unpublished_changes") {
            self.report.notice(&name, "", format!("{} has no drafts here: what is live stays", of_type.name));
        }
        let now = Micros::now().0;
        for field in ["go_live_at", "expire_at"] {
            if micros(object.fields.get(field)).is_some_and(|at| at > now) {
                self.report.notice(&name, field, "snippets are not published or taken off by the clock here");
            }
        }
    }

    /// Its name and its slug are what the object is called by there.
    fn snippet_content(
        &mut self,
        of_type: &ContentType,
        name: &str,
        mut source: Map<String, Value>,
        key: &Key,
    ) -> SnippetContent {
        let called = name_of(&source).unwrap_or_else(|| format!("{} {key}", of_type.label));
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

    /// The newest revisions where the type keeps them, the oldest first; the one that editors go on from is the last: without
    /// drafts it is what is live. Of what has none, one that is made of it as it stands.
    fn snippet_revisions(
        &mut self,
        of_type: &ContentType,
        object: &Object,
        live: &SnippetContent,
    ) -> Result<Vec<(SnippetContent, Micros)>, ImportError> {
        if !of_type.snippet.drafts && !of_type.snippet.revisions {
            return Ok(Vec::new());
        }
        let latest = object.fields.get("latest_revision").and_then(Key::of);
        let mut rows = self.dump.read_of(OBJECT_REVISION, object)?;
        rows.sort_by(|one, other| {
            let place = |row: &Object| (Some(&row.key) == latest.as_ref(), row.key.clone());
            place(one).cmp(&place(other))
        });
        let spare = rows.len().saturating_sub(self.options.revisions.max(1));
        let mut revisions = Vec::new();
        for row in rows.into_iter().skip(spare) {
            let Some(source) = content_of(&row.fields) else { continue };
            let name = format!("{} of {}", row.name(), object.name());
            let content = self.snippet_content(of_type, &name, source, &object.key);
            // As the ids of its blocks are: each reading gives others to those that have none.
            let is_live = SnippetContent { fields: without_ids(&content.fields), ..content.clone() }
                == SnippetContent { fields: without_ids(&live.fields), ..live.clone() };
            let at = micros(row.fields.get("created_at")).map_or_else(Micros::now, Micros);
            revisions.push((if is_live { live.clone() } else { content }, at));
        }
        let is_shown = revisions.last().is_some_and(|(newest, _)| of_type.snippet.drafts || newest == live);
        if !is_shown {
            revisions.push((live.clone(), Micros::now()));
        }
        Ok(revisions)
    }

    /// Adds it, and notes it in the same transaction; its slug gets its key behind it when another snippet of the type has
    /// the same. What cannot be live as it is stays a draft where there are drafts.
    async fn write_snippet(&mut self, object: &Object, mut arrived: ArrivedSnippet) -> Result<i64, EditError> {
        let content = self.target.content.clone();
        let by = Actor::from(Channel::Import);
        let has_drafts = self.types.find(&arrived.new.type_name).is_some_and(|of_type| of_type.snippet.drafts);
        let mut tx = content.db.begin(TxName("import.snippet")).await?;
        let mut made = content.arrive_snippet(&mut tx, arrived.clone(), &by).await;
        if let (Err(error @ EditError::Invalid(_)), true) = (&made, arrived.live && has_drafts) {
            self.report.notice(&object.name(), "", format!("stays a draft: {error}"));
            arrived.live = false;
            made = content.arrive_snippet(&mut tx, arrived.clone(), &by).await;
        }
        if let Err(EditError::SlugTaken(taken)) = &made {
            let slug = format!("{taken}-{}", slug::from_title(&object.key.to_string()));
            let old = std::mem::replace(&mut arrived.new.content.slug, slug.clone());
            let others = arrived.revisions.iter_mut().map(|(content, _)| content).filter(|content| content.slug == old);
            others.for_each(|content| content.slug.clone_from(&slug));
            made = content.arrive_snippet(&mut tx, arrived, &by).await;
        }
        let known = Known { id: made?, digest: digest(object) };
        store::note(&mut tx, SOURCE, (&object.model, &object.key.to_string()), &known).await?;
        tx.commit().await?;
        Ok(known.id)
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
