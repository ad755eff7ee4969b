//! Values that contain values: streams, lists and structs.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Check, Code, Fact, MAX_BLOCKS, Mode, empty, is_empty};
use crate::content::types::library::{Block, BlockShape};
use crate::content::types::model::{BlockCount, Field, FieldKind, Items};
use crate::content::types::problem::suggestion;
use crate::content::types::walk::list_item;

/// A block has three keys; of more, the first few are enough to say what is wrong.
const MAX_ENTRY_KEYS: usize = 10;

impl Check<'_> {
    pub(super) fn stream(
        &mut self,
        given: Option<&Value>,
        allowed: &[String],
        items: Items,
        counts: &[BlockCount],
    ) -> Value {
        let Some(given) = given else { return Value::Array(Vec::new()) };
        let entries = self.array(given);
        let mut stored = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            if !self.count_block() {
                break;
            }
            let block = self.within(&format!("[{index}]"), |check| check.stream_entry(entry, allowed));
            if let Some((name, value)) = block {
                names.push(name);
                stored.push(value);
            }
        }
        self.too_many(entries.len(), items.max);
        if !entries.is_empty() {
            self.too_few(entries.len(), items.min);
        }
        for count in counts {
            self.block_count(count, names.iter().filter(|name| **name == count.block).count(), entries.is_empty());
        }
        Value::Array(stored)
    }

    fn block_count(&mut self, allowed: &BlockCount, found: usize, is_empty: bool) {
        let BlockCount { block, items } = allowed;
        if let Some(max) = items.max.filter(|max| found > *max) {
            self.refuse(Code::TooManyItems, Fact::TooManyBlocks { max, found, block: block.clone() });
        }
        let enforced = self.mode == Mode::Publish && !is_empty;
        if let Some(min) = items.min.filter(|min| found < *min && enforced) {
            self.refuse(Code::TooFewItems, Fact::TooFewBlocks { min, found, block: block.clone() });
        }
    }

    /// False, after an error, when the page is full; or when there are errors enough.
    fn count_block(&mut self) -> bool {
        self.blocks += 1;
        if self.blocks == MAX_BLOCKS + 1 {
            self.refuse(Code::TooManyBlocks, Fact::PageFull { max: MAX_BLOCKS });
        }
        self.blocks <= MAX_BLOCKS && !self.is_full()
    }

    /// `{type, value, id}`, and the block's name; `None` after an error.
    fn stream_entry<'e>(&mut self, entry: &'e Value, allowed: &[String]) -> Option<(&'e str, Value)> {
        let Some(entry) = entry.as_object() else {
            self.error(Code::InvalidType, "must be an object with type, value and id");
            return None;
        };
        for key in entry.keys().take(MAX_ENTRY_KEYS).filter(|key| !matches!(key.as_str(), "type" | "value" | "id")) {
            let shown: String = key.chars().take(64).collect();
            self.error(Code::UnknownField, format!("\"{shown}\" is not a key of a block (known: type, value, id)"));
        }
        let Some(name) = entry.get("type").and_then(Value::as_str) else {
            self.within("type", |check| check.error(Code::InvalidType, "must name a block"));
            return None;
        };
        let block = allowed.iter().find(|known| *known == name).and_then(|known| self.types.block(known));
        let Some(block) = block else {
            let shown: String = name.chars().take(64).collect();
            let known = suggestion(&shown, allowed.iter().map(String::as_str));
            self.within("type", |check| {
                check.error(Code::UnknownBlock, format!("\"{shown}\" is not a block of this stream{known}"));
            });
            return None;
        };
        let value = self.within("value", |check| check.block(block, entry.get("value")));
        let id = self.block_id(entry.get("id"));
        Some((name, json!({ "type": name, "value": value, "id": id })))
    }

    pub(super) fn list(&mut self, given: Option<&Value>, block: &str, items: Items) -> Value {
        let Some(given) = given else { return Value::Array(Vec::new()) };
        let Some(block) = self.types.block(block) else { return Value::Array(Vec::new()) };
        let entries = self.array(given);
        let mut stored = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            if !self.count_block() {
                break;
            }
            self.within(&format!("[{index}]"), |check| {
                // A bare value is Wagtail's older form of an item.
                let item = list_item(entry);
                let value = match item {
                    Some(item) => check.within("value", |check| check.block(block, item.get("value"))),
                    None => check.block(block, Some(entry)),
                };
                let id = check.block_id(item.and_then(|item| item.get("id")));
                stored.push(json!({ "type": "item", "value": value, "id": id }));
            });
        }
        self.too_many(entries.len(), items.max);
        if !entries.is_empty() {
            self.too_few(entries.len(), items.min);
        }
        Value::Array(stored)
    }

    /// A block's id is kept through every edit: a new one is made when there is none, or when a copy brought
    /// the id of another block of the page along.
    fn block_id(&mut self, given: Option<&Value>) -> String {
        let given = given.filter(|id| !id.is_null());
        let parsed = given.and_then(Value::as_str).and_then(|id| Uuid::try_parse(id).ok());
        if given.is_some() && parsed.is_none() {
            self.within("id", |check| check.error(Code::InvalidId, "must be a UUID, or absent"));
        }
        let id = parsed.filter(|id| self.ids.insert(*id)).unwrap_or_else(|| {
            let new = Uuid::new_v4();
            self.ids.insert(new);
            new
        });
        id.hyphenated().to_string()
    }

    pub(super) fn block(&mut self, block: &Block, given: Option<&Value>) -> Value {
        match &block.shape {
            BlockShape::Struct { fields, .. } => self.object(fields, given.filter(|value| !value.is_null())),
            BlockShape::Value(field) => match field.kind {
                FieldKind::Static { .. } => self.scalar_or_null(field, given),
                _ => self.value(field, given),
            },
        }
    }

    fn scalar_or_null(&mut self, field: &Field, given: Option<&Value>) -> Value {
        given.filter(|value| !value.is_null()).map_or(Value::Null, |given| self.scalar(&field.kind, given))
    }

    /// A struct that may stay empty is not asked for its required fields until one field is filled in.
    pub(super) fn struct_value(&mut self, given: Option<&Value>, block: &str, required: bool) -> Value {
        let Some(block) = self.types.block(block) else { return empty(&FieldKind::Struct { block: String::new() }) };
        let BlockShape::Struct { fields, .. } = &block.shape else { return self.block(block, given) };
        let blank = given.and_then(Value::as_object).map_or(given.is_none(), |values| is_blank(self, fields, values));
        if required || !blank {
            return self.object(fields, given);
        }
        let mode = std::mem::replace(&mut self.mode, Mode::Draft);
        let value = self.object(fields, given);
        self.mode = mode;
        value
    }

    fn object(&mut self, fields: &[Field], given: Option<&Value>) -> Value {
        let nothing = Map::new();
        let values = match given {
            Some(Value::Object(values)) => values,
            Some(_) => {
                self.error(Code::InvalidType, "must be an object with the fields of this block");
                return Value::Null;
            }
            None => &nothing,
        };
        Value::Object(self.fields(fields, values, "a field of this block"))
    }
}

/// Whether no field has more than its empty value or its default.
fn is_blank(check: &Check<'_>, fields: &[Field], values: &Map<String, Value>) -> bool {
    fields.iter().all(|field| {
        let Some(value) = values.get(&field.name) else { return true };
        if is_empty(&field.kind, value) || Some(value) == field.default.as_ref() {
            return true;
        }
        let FieldKind::Struct { block } = &field.kind else { return false };
        match (check.types.block(block).map(|block| &block.shape), value) {
            (Some(BlockShape::Struct { fields: inner, .. }), Value::Object(values)) => is_blank(check, inner, values),
            _ => false,
        }
    })
}
