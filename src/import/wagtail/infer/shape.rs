//! What the values of one place are like, in all objects of a dump.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use serde_json::{Map, Value};

use crate::import::wagtail::convert::snake;
use crate::import::wagtail::key::Key;

/// Different references of one place that are remembered.
const MAX_IDS: usize = 1_000;

/// Kinds of text, each counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts {
    pub seen: usize,
    pub html: usize,
    pub dates: usize,
    pub times: usize,
    pub moments: usize,
    pub decimals: usize,
    pub urls: usize,
    pub emails: usize,
    /// Characters of the longest.
    pub longest: usize,
    pub lines: usize,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    pub booleans: usize,
    pub integers: usize,
    pub floats: usize,
    pub texts: Texts,
    pub streams: usize,
    pub lists: usize,
    pub structs: usize,
    pub image_blocks: usize,
    pub tables: usize,
    pub typed_tables: usize,
    /// Blocks of a stream, or of the columns of a table.
    pub blocks: BTreeMap<String, Shape>,
    pub items: Option<Box<Shape>>,
    pub fields: Vec<(String, Shape)>,
    /// Models that values refer to.
    pub targets: BTreeSet<String>,
    pub ids: BTreeSet<Key>,
}

/// What a value at a place refers to, by the dump's own index.
pub(super) type Targets<'t> = &'t dyn Fn(&str) -> Option<String>;

impl Shape {
    /// Takes a value into account; `path` as Wagtail's index of references writes it: `body.recipe.photo`.
    pub fn see(&mut self, value: &Value, path: &str, targets: Targets<'_>) {
        match value {
            Value::Null => {}
            Value::Bool(_) => self.booleans += 1,
            Value::Number(number) if number.is_f64() => self.floats += 1,
            Value::Number(_) => {
                self.integers += 1;
                self.refer(value, path, targets);
            }
            Value::String(text) => self.see_text(text, path, targets),
            Value::Array(entries) => self.see_entries(entries, path, targets),
            Value::Object(values) => self.see_object(values, path, targets),
        }
    }

    fn refer(&mut self, value: &Value, path: &str, targets: Targets<'_>) {
        self.targets.extend(targets(path));
        if self.ids.len() < MAX_IDS {
            self.ids.extend(Key::of(value));
        }
    }

    fn see_text(&mut self, text: &str, path: &str, targets: Targets<'_>) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        if text.starts_with('[')
            && let Ok(Value::Array(entries)) = serde_json::from_str(text)
        {
            return self.see_entries(&entries, path, targets);
        }
        let is = |pattern: &Option<Regex>| pattern.as_ref().is_some_and(|pattern| pattern.is_match(text));
        let texts = &mut self.texts;
        texts.seen += 1;
        texts.longest = texts.longest.max(text.chars().count());
        texts.lines += usize::from(text.contains('\n'));
        PATTERNS.with(|patterns| {
            texts.html += usize::from(is(&patterns.html));
            texts.dates += usize::from(is(&patterns.date));
            texts.times += usize::from(is(&patterns.time));
            texts.moments += usize::from(is(&patterns.moment));
            texts.decimals += usize::from(is(&patterns.decimal));
            texts.emails += usize::from(is(&patterns.email));
        });
        texts.urls += usize::from(text.starts_with("https://") || text.starts_with("http://"));
        if targets(path).is_some() && !text.contains(['<', ' ']) {
            self.refer(&Value::String(text.to_owned()), path, targets);
        }
    }

    fn see_entries(&mut self, entries: &[Value], path: &str, targets: Targets<'_>) {
        let block = |entry: &Value| Some((entry.get("type")?.as_str()?.to_owned(), entry.get("value")?.clone()));
        let blocks: Vec<(String, Value)> = entries.iter().filter_map(block).collect();
        if entries.is_empty() {
            return;
        }
        if blocks.len() < entries.len() || blocks.iter().all(|(name, _)| name == "item") {
            self.lists += 1;
            let items = self.items.get_or_insert_default();
            for entry in entries {
                let item = block(entry).filter(|(name, _)| name == "item").map_or(entry.clone(), |(_, value)| value);
                items.see(&item, &format!("{path}.item"), targets);
            }
            return;
        }
        self.streams += 1;
        for (name, value) in blocks {
            self.blocks.entry(snake(&name)).or_default().see(&value, &format!("{path}.{name}"), targets);
        }
    }

    fn see_object(&mut self, values: &Map<String, Value>, path: &str, targets: Targets<'_>) {
        let has = |name: &str| values.contains_key(name);
        if has("image") && has("decorative") && has("alt_text") {
            self.image_blocks += 1;
        } else if has("data") && has("first_row_is_table_header") {
            self.tables += 1;
        } else if has("columns") && has("rows") {
            self.typed_tables += 1;
            self.see_columns(values, path, targets);
        } else {
            self.structs += 1;
            for (name, value) in values.iter().filter(|(name, _)| *name != "pk") {
                self.field(name).see(value, &format!("{path}.{name}"), targets);
            }
        }
    }

    fn see_columns(&mut self, values: &Map<String, Value>, path: &str, targets: Targets<'_>) {
        let columns = values.get("columns").and_then(Value::as_array).into_iter().flatten();
        let names: Vec<&str> = columns.filter_map(|column| column.get("type")?.as_str()).collect();
        let rows = values.get("rows").and_then(Value::as_array).into_iter().flatten();
        for cells in rows.filter_map(|row| row.get("values")?.as_array()) {
            for (name, cell) in names.iter().zip(cells) {
                self.blocks.entry(snake(name)).or_default().see(cell, &format!("{path}.{name}"), targets);
            }
        }
    }

    /// The shape of a field; a place that nothing stood in yet is one too.
    pub fn field(&mut self, name: &str) -> &mut Shape {
        let at = self.fields.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            self.fields.push((name.to_owned(), Shape::default()));
            self.fields.len() - 1
        });
        &mut self.fields[at].1
    }

    /// Takes in what was seen of the same block elsewhere.
    pub fn merge(&mut self, other: Shape) {
        let Shape { texts, blocks, items, fields, targets, ids, .. } = other;
        for (mine, theirs) in [
            (&mut self.booleans, other.booleans),
            (&mut self.integers, other.integers),
            (&mut self.floats, other.floats),
            (&mut self.streams, other.streams),
            (&mut self.lists, other.lists),
            (&mut self.structs, other.structs),
            (&mut self.image_blocks, other.image_blocks),
            (&mut self.tables, other.tables),
            (&mut self.typed_tables, other.typed_tables),
            (&mut self.texts.seen, texts.seen),
            (&mut self.texts.html, texts.html),
            (&mut self.texts.dates, texts.dates),
            (&mut self.texts.times, texts.times),
            (&mut self.texts.moments, texts.moments),
            (&mut self.texts.decimals, texts.decimals),
            (&mut self.texts.urls, texts.urls),
            (&mut self.texts.emails, texts.emails),
            (&mut self.texts.lines, texts.lines),
        ] {
            *mine += theirs;
        }
        self.texts.longest = self.texts.longest.max(texts.longest);
        for (name, shape) in blocks {
            self.blocks.entry(name).or_default().merge(shape);
        }
        if let Some(items) = items {
            self.items.get_or_insert_default().merge(*items);
        }
        for (name, shape) in fields {
            self.field(&name).merge(shape);
        }
        self.targets.extend(targets);
        self.ids.extend(ids);
    }
}

struct Patterns {
    html: Option<Regex>,
    date: Option<Regex>,
    time: Option<Regex>,
    moment: Option<Regex>,
    decimal: Option<Regex>,
    email: Option<Regex>,
}

thread_local! {
    static PATTERNS: Patterns = Patterns {
        html: Regex::new(r"^<(p|h[1-6]|ul|ol|hr|embed|div|blockquote)\b").ok(),
        date: Regex::new(r"^\d{4}-\d\d-\d\d$").ok(),
        time: Regex::new(r"^\d\d:\d\d(:\d\d(\.\d+)?)?$").ok(),
        moment: Regex::new(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d").ok(),
        decimal: Regex::new(r"^-?\d+\.\d+$").ok(),
        email: Regex::new(r"^[^@\s<]+@[^@\s<]+\.[^@\s<]+$").ok(),
    };
}
