//! A dump as it lies on the disk: read once to learn where each object is, and then object by object. What is held in memory
//! is a few dozen bytes an object, however long it is.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::BufReader;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::key::{Key, is_user, natural};
use super::relation::{Relations, Samples};
use super::scan::{ScanError, Scanner};
use crate::import::Report;

pub(super) const PAGE: &str = "wagtailcore.page";
/// Revisions of pages; those of other objects are kept apart, since their ids are others.
pub(super) const REVISION: &str = "wagtailcore.revision";
pub(super) const OBJECT_REVISION: &str = "wagtailcore.revision of objects";
/// What has tags through Django's generic table of them.
pub(super) const TAGGED: &str = "taggit.taggeditem";
const COLLECTION: &str = "wagtailcore.collection";
pub(super) const CONTENT_TYPE: &str = "contenttypes.contenttype";
const READ_BYTES: usize = 1 << 20;

#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error(transparent)]
    Read(#[from] std::io::Error),
    #[error("the dump changed while it was read")]
    Changed,
    #[error(
        "byte {0}: a page without its number, which texts and blocks name it by: write the dump without --natural-primary"
    )]
    PageWithoutId(u64),
}

#[derive(Deserialize)]
struct Raw {
    model: String,
    #[serde(default)]
    pk: Value,
    fields: Map<String, Value>,
}

/// One object of the dump.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub model: String,
    pub key: Key,
    pub fields: Map<String, Value>,
}

impl Object {
    /// As notices name it.
    pub fn name(&self) -> String {
        format!("{} {}", self.model, self.key)
    }

    pub fn text(&self, name: &str) -> &str {
        self.fields.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.fields.get(name).and_then(Value::as_i64)
    }

    pub fn is(&self, name: &str) -> bool {
        self.fields.get(name) == Some(&Value::Bool(true))
    }
}

struct Row {
    key: Key,
    at: u64,
    length: u32,
    /// The object that it belongs to; 0: none.
    owner: i64,
}

/// What is told when all objects are known.
#[derive(Default)]
struct Later {
    /// Collections by their paths in the tree, with their names.
    collections: BTreeMap<String, (String, Key)>,
    /// Rows that name their page by its address.
    owned: Vec<(String, usize, Key)>,
}

/// All objects of one model.
#[derive(Default)]
pub(super) struct Model {
    rows: Vec<Row>,
    /// Rows by their owners.
    owned: Vec<(i64, u32)>,
    /// Keys by what objects may be named by instead.
    naturals: HashMap<Key, Key>,
    /// Names of the fields, of the first object.
    pub names: Vec<String>,
    pub is_user: bool,
}

/// Where a page is in the tree.
pub(super) struct PlacedPage {
    pub path: String,
    pub key: Key,
}

pub(super) struct Dump {
    file: File,
    models: BTreeMap<String, Model>,
    content_types: HashMap<Key, String>,
    /// In the order of the tree.
    pub pages: Vec<PlacedPage>,
    /// Revisions of pages that somebody approved for a time.
    pub approved: Vec<Key>,
    /// Pages with a time at which they end.
    pub ending: Vec<Key>,
    pub relations: Relations,
}

impl Dump {
    /// Reads the whole file once; `read` is told how many bytes more.
    ///
    /// # Errors
    /// When it is no dump, or cannot be read.
    pub fn open(path: &Path, report: &mut Report, mut read: impl FnMut(u64)) -> Result<Self, DumpError> {
        let file = File::open(path)?;
        let mut scanner = Scanner::new(BufReader::with_capacity(READ_BYTES, file.try_clone()?));
        let mut dump = Self {
            file,
            models: BTreeMap::new(),
            content_types: HashMap::new(),
            pages: Vec::new(),
            approved: Vec::new(),
            ending: Vec::new(),
            relations: Relations::default(),
        };
        let (mut samples, mut later) = (Samples::default(), Later::default());
        let mut told = 0;
        while let Some(found) = scanner.next_object()? {
            let (at, length) = (found.at, found.text.len());
            match serde_json::from_slice::<Raw>(found.text) {
                Ok(raw) => dump.index(raw, (at, length), (&mut samples, &mut later), report)?,
                Err(error) => {
                    report.refused("objects", &format!("byte {at}"), format!("is no object of a dump: {error}"))
                }
            }
            read(at + length as u64 - told);
            told = at + length as u64;
        }
        dump.settle(later);
        for model in dump.models.values_mut() {
            model.order();
        }
        dump.pages.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        dump.relations = Relations::of(samples, &dump);
        Ok(dump)
    }

    fn index(
        &mut self,
        raw: Raw,
        (at, length): (u64, usize),
        (samples, later): (&mut Samples, &mut Later),
        report: &mut Report,
    ) -> Result<(), DumpError> {
        let mut model = raw.model.to_lowercase();
        let alias = natural(&model, &raw.fields);
        let Some(key) = Key::of(&raw.pk).or_else(|| alias.clone()) else {
            report.refused("objects", &format!("{model} at byte {at}"), "has no key");
            return Ok(());
        };
        match model.as_str() {
            PAGE if key.id().is_none() => return Err(DumpError::PageWithoutId(at)),
            COLLECTION => {
                let part = |name: &str| raw.fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
                later.collections.insert(part("path"), (part("name"), key.clone()));
            }
            PAGE => {
                let path = raw.fields.get("path").and_then(Value::as_str).unwrap_or_default().to_owned();
                self.pages.push(PlacedPage { path, key: key.clone() });
                self.ending.extend(has_time(&raw.fields, "expire_at").then(|| key.clone()));
            }
            CONTENT_TYPE => {
                let part = |name: &str| raw.fields.get(name).and_then(Value::as_str).unwrap_or_default().to_lowercase();
                self.content_types.insert(key.clone(), format!("{}.{}", part("app_label"), part("model")));
            }
            REVISION => {
                let content = content_of(&raw.fields);
                if content.as_ref().is_some_and(is_page) {
                    samples.see_revision(&raw.fields, content.as_ref());
                    self.approved.extend(has_time(&raw.fields, "approved_go_live_at").then(|| key.clone()));
                } else {
                    OBJECT_REVISION.clone_into(&mut model);
                }
            }
            _ => {}
        }
        let owner = owner_of(&model, &raw.fields);
        let by_address = page_named_by(&raw.fields).filter(|_| owner == 0);
        let entry = self.models.entry(model.clone()).or_default();
        if entry.rows.is_empty() {
            entry.names = raw.fields.keys().cloned().collect();
            entry.is_user = is_user(&raw.fields);
        }
        if let Some(alias) = alias.filter(|alias| *alias != key) {
            entry.naturals.insert(alias, key.clone());
        }
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        if let Some(address) = by_address {
            later.owned.push((model, entry.rows.len(), address));
        }
        entry.rows.push(Row { key, at, length, owner });
        Ok(())
    }

    /// What could not be told before all objects were known: which page an address is, and the names of collections, which
    /// are those of all above them.
    fn settle(&mut self, later: Later) {
        let Later { collections, owned } = later;
        for (model, row, address) in owned {
            let page = self.models.get(PAGE).and_then(|pages| pages.naturals.get(&address)?.id());
            if let (Some(page), Some(known)) = (page, self.models.get_mut(&model)) {
                known.rows[row].owner = page;
            }
        }
        let Some(known) = self.models.get_mut(COLLECTION) else { return };
        for (path, (_, key)) in &collections {
            let above = collections.iter().filter(|(other, _)| path.starts_with(other.as_str()));
            let names: Vec<&str> = above.map(|(_, (name, _))| name.as_str()).collect();
            known.naturals.insert(Key::Text(serde_json::json!(names).to_string()), key.clone());
        }
    }

    /// Models by name.
    pub fn models(&self) -> impl Iterator<Item = (&str, &Model)> {
        self.models.iter().map(|(name, model)| (name.as_str(), model))
    }

    /// The model of users: Django's, or the site's own.
    pub fn user_model(&self) -> Option<&str> {
        self.models().find(|(_, model)| model.is_user).map(|(name, _)| name)
    }

    pub fn count(&self, model: &str) -> usize {
        self.models.get(model).map_or(0, |model| model.rows.len())
    }

    /// The keys of all objects of a model, in order.
    pub fn keys(&self, model: &str) -> impl Iterator<Item = &Key> {
        self.models.get(model).into_iter().flat_map(|model| model.rows.iter().map(|row| &row.key))
    }

    /// What a reference to an object of `model` names, if it is in the dump.
    pub fn resolve(&self, model: &str, reference: &Value) -> Option<Key> {
        let key = Key::of(reference)?;
        let known = self.models.get(model)?;
        known.find(&key).map(|row| row.key.clone()).or_else(|| known.naturals.get(&key).cloned())
    }

    /// The model that a reference to a content type means.
    pub fn model_of(&self, content_type: &Value) -> Option<String> {
        if let Some([app, model]) = content_type.as_array().map(Vec::as_slice) {
            return Some(format!("{}.{}", app.as_str()?, model.as_str()?).to_lowercase());
        }
        self.content_types.get(&Key::of(content_type)?).cloned()
    }

    /// # Errors
    /// When the file cannot be read any more.
    pub fn read(&self, model: &str, key: &Key) -> Result<Option<Object>, DumpError> {
        match self.models.get(model).and_then(|known| known.find(key)) {
            Some(row) => self.read_row(model, row).map(Some),
            None => Ok(None),
        }
    }

    /// The objects of `model` that name this one as what they are of, by their keys: revisions, or what a tag is on.
    ///
    /// # Errors
    /// When the file cannot be read any more.
    pub fn read_of(&self, model: &str, of: &Object) -> Result<Vec<Object>, DumpError> {
        let mut found = self.read_owned(model, of.key.number())?;
        found.retain(|object| {
            let is = |name: &str| object.fields.get(name).unwrap_or(&Value::Null);
            Key::of(is("object_id")).as_ref() == Some(&of.key)
                && self.model_of(is("content_type")).as_deref() == Some(&of.model)
        });
        Ok(found)
    }

    /// The objects of `model` that belong to `owner`, by their keys.
    ///
    /// # Errors
    /// When the file cannot be read any more.
    pub fn read_owned(&self, model: &str, owner: i64) -> Result<Vec<Object>, DumpError> {
        let Some(known) = self.models.get(model) else { return Ok(Vec::new()) };
        let first = known.owned.partition_point(|(of, _)| *of < owner);
        let rows = known.owned[first..].iter().take_while(|(of, _)| *of == owner);
        rows.map(|(_, row)| self.read_row(model, &known.rows[*row as usize])).collect()
    }

    fn read_row(&self, model: &str, row: &Row) -> Result<Object, DumpError> {
        let mut text = vec![0; row.length as usize];
        self.file.read_exact_at(&mut text, row.at)?;
        let raw: Raw = serde_json::from_slice(&text).map_err(|_| DumpError::Changed)?;
        Ok(Object { model: model.to_owned(), key: row.key.clone(), fields: raw.fields })
    }
}

impl Model {
    fn order(&mut self) {
        self.rows.sort_by(|one, other| one.key.cmp(&other.key));
        let owned = self.rows.iter().enumerate().filter(|(_, row)| row.owner != 0);
        self.owned = owned.filter_map(|(at, row)| Some((row.owner, u32::try_from(at).ok()?))).collect();
        self.owned.sort_unstable();
    }

    fn find(&self, key: &Key) -> Option<&Row> {
        self.rows.binary_search_by(|row| row.key.cmp(key)).ok().map(|at| &self.rows[at])
    }
}

/// The content of a revision: an object, or its text in older dumps.
pub(super) fn content_of(fields: &Map<String, Value>) -> Option<Map<String, Value>> {
    match fields.get("content")? {
        Value::Object(content) => Some(content.clone()),
        Value::String(text) => serde_json::from_str(text).ok(),
        _ => None,
    }
}

fn has_time(fields: &Map<String, Value>, name: &str) -> bool {
    fields.get(name).is_some_and(Value::is_string)
}

fn is_page(content: &Map<String, Value>) -> bool {
    ["path", "depth", "url_path"].iter().all(|name| content.contains_key(*name))
}

/// The object that one belongs to: a page for its revisions, submissions and parts; what a tag is on.
fn owner_of(model: &str, fields: &Map<String, Value>) -> i64 {
    let names: &[&str] = match model {
        REVISION | OBJECT_REVISION | TAGGED => &["object_id"],
        "wagtailforms.formsubmission" => &["page"],
        _ if model.starts_with("wagtail") || model.starts_with("auth.") => &[],
        _ => &["content_object", "page", "parent"],
    };
    // What any object may be named in has texts too, such as a UUID.
    let number = |key: Key| if names == ["object_id"] { Some(key.number()) } else { key.id() };
    let known = names.iter().find_map(|name| number(Key::of(fields.get(*name)?)?));
    known.or_else(|| super::relation::first_parent(model, fields)).unwrap_or(0)
}

/// The address by which an object names the page that it belongs to.
fn page_named_by(fields: &Map<String, Value>) -> Option<Key> {
    let named = ["content_object", "page", "parent"].iter().find_map(|name| Key::of(fields.get(*name)?));
    named.or_else(|| fields.get("sort_order").and(fields.values().find_map(Key::of_address)))
}

impl Dump {
    /// The names of the fields of a model.
    pub fn names_of(&self, model: &str) -> impl Iterator<Item = &str> {
        self.models.get(model).into_iter().flat_map(|model| model.names.iter().map(String::as_str))
    }

    /// What one object of a model belongs to.
    pub fn first_owner(&self, model: &str) -> Option<i64> {
        self.models.get(model)?.owned.first().map(|(owner, _)| *owner)
    }
}
