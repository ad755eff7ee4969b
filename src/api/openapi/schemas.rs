//! Schemas by their names (JSON Schema 2020-12, as OpenAPI 3.1 takes it), and the small words that they are made of.

use serde_json::{Map, Value, json};

/// What is told beside an answer, by its name.
pub(in crate::api) const INCLUDED: &str = "Included";

/// The schemas of a document.
#[derive(Default)]
pub(in crate::api) struct Schemas(Map<String, Value>);

impl Schemas {
    /// Adds one. A name that is there already means the same.
    pub fn add(&mut self, name: impl Into<String>, schema: Value) {
        self.0.insert(name.into(), schema);
    }

    /// Adds a list of things, a part at a time.
    pub fn add_list(&mut self, name: &str, item: Value) {
        let next = nullable(described(text(), "The address of the part behind this one; null: there is none."));
        self.add(name, object(&[("items", list(item)), ("next", next)]));
    }

    /// As [`Schemas::add_list`], of what refers to others: they may be told beside it.
    pub fn add_including_list(&mut self, name: &str, item: Value) {
        self.add_list(name, item);
        self.0[name]["properties"]["included"] = to(INCLUDED);
    }

    /// What a schema, or the first of several, gives as an example.
    pub fn example(&self, name: &str) -> Option<&Value> {
        let schema = self.0.get(name)?;
        let of_first = || {
            let first = schema.get("oneOf").or_else(|| schema.get("anyOf"))?.get(0)?.get("$ref")?.as_str()?;
            self.0.get(first.rsplit('/').next()?)?.pointer("/examples/0")
        };
        schema.pointer("/examples/0").or_else(of_first)
    }

    pub fn into_values(self) -> Map<String, Value> {
        self.0
    }
}

/// The schema by this name.
pub(in crate::api) fn to(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// An object that has all of these and nothing else.
pub(in crate::api) fn object(values: &[(&str, Value)]) -> Value {
    let mut schema = sparse(values);
    schema["required"] = values.iter().map(|(name, _)| *name).collect();
    schema
}

/// An object that has some of these and nothing else.
pub(in crate::api) fn sparse(values: &[(&str, Value)]) -> Value {
    let values: Map<String, Value> = values.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    json!({ "type": "object", "properties": values, "additionalProperties": false })
}

/// Of the values of an object, those that must be there.
pub(in crate::api) fn needing(mut schema: Value, names: &[&str]) -> Value {
    schema["required"] = json!(names);
    schema
}

pub(in crate::api) fn list(of: Value) -> Value {
    json!({ "type": "array", "items": of })
}

pub(in crate::api) fn text() -> Value {
    json!({ "type": "string" })
}

/// At most so many characters.
pub(in crate::api) fn text_to(max: usize) -> Value {
    json!({ "type": "string", "maxLength": max })
}

pub(in crate::api) fn whole() -> Value {
    json!({ "type": "integer", "format": "int64" })
}

pub(in crate::api) fn id() -> Value {
    json!({ "type": "integer", "format": "int64", "minimum": 1 })
}

pub(in crate::api) fn flag() -> Value {
    json!({ "type": "boolean" })
}

/// RFC 3339.
pub(in crate::api) fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

pub(in crate::api) fn words(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

pub(in crate::api) fn only(word: &str) -> Value {
    json!({ "type": "string", "const": word })
}

/// Values of any names.
pub(in crate::api) fn any_object() -> Value {
    json!({ "type": "object", "additionalProperties": true })
}

/// Or null.
pub(in crate::api) fn nullable(schema: Value) -> Value {
    match (schema.get("type"), schema.get("enum"), schema.get("const")) {
        (Some(Value::String(kind)), None, None) => {
            let kinds = json!([kind, "null"]);
            let mut schema = schema.clone();
            schema["type"] = kinds;
            schema
        }
        _ => json!({ "anyOf": [schema, { "type": "null" }] }),
    }
}

pub(in crate::api) fn described(schema: Value, about: &str) -> Value {
    if about.is_empty() {
        return schema;
    }
    let mut schema = schema;
    schema["description"] = about.into();
    schema
}

/// One of several, told apart by a value of theirs: `(word, name of the schema)`.
pub(in crate::api) fn told_apart(by: &str, of: &[(String, String)]) -> Value {
    let refs: Vec<Value> = of.iter().map(|(_, name)| to(name)).collect();
    let mapping: Map<String, Value> =
        of.iter().map(|(word, name)| (word.clone(), format!("#/components/schemas/{name}").into())).collect();
    match refs.is_empty() {
        true => json!(false),
        false => json!({ "oneOf": refs, "discriminator": { "propertyName": by, "mapping": mapping } }),
    }
}

/// One of several.
pub(in crate::api) fn any_of(schemas: Vec<Value>) -> Value {
    match schemas.len() {
        1 => schemas.into_iter().next().unwrap_or_default(),
        _ => json!({ "anyOf": schemas }),
    }
}
