//! Collections in the document: what one table says of all of them, told of each with its own address, filters and
//! values.

use serde_json::{Value, json};

use super::field::{Fields, Form};
use super::operation::{Access, Operation, Verb};
use super::schemas::{
    Schemas, any_of, described, flag, id, list, needing, nullable, object, only, sparse, text, text_to, time, to,
    whole, words,
};
use crate::content::records::{Asking, MAX_FILTER_TEXT, asking};
use crate::content::types::{ContentType, Field, FieldKind, RecordOptions, RecordShape, Types};

/// What stands for the path of a collection, and in prose for its name.
const PLACE: &str = "{collection}";
/// Where references to its schemas begin.
const SCHEMAS: &str = "#/components/schemas/rows.";

/// Each collection with what its lists take.
fn collections(types: &Types) -> impl Iterator<Item = (&ContentType, &RecordOptions)> {
    types.collections().filter_map(|of_type| Some((of_type, of_type.records.as_ref()?)))
}

/// Whether this is said of all collections.
pub(super) fn is_template(operation: &Operation) -> bool {
    operation.path.contains(PLACE)
}

/// The operation of each collection, by its address, described.
pub(super) fn each(
    types: &Types,
    operation: &Operation,
    describe: impl Fn(&Operation) -> Value,
) -> Vec<(String, Value)> {
    let one = |(of_type, records): (&ContentType, &RecordOptions)| {
        let is_open = records.is_public && operation.method == Verb::Get;
        let own = if is_open { Operation { access: Access::Anybody, ..*operation } } else { *operation };
        let mut told = describe(&own);
        name_schemas(&mut told, &of_type.name);
        told["operationId"] = format!("{}_{}", operation.id, records.path.replace('-', "_")).into();
        told["summary"] = operation.summary.replace(PLACE, &of_type.label).into();
        let is_list = operation.method == Verb::Get && !operation.path.contains("{id}");
        let asked = if is_list { parameters(of_type, records) } else { Vec::new() };
        if let Some(known) = told["parameters"].as_array_mut() {
            known.retain(|parameter| parameter["name"] != "collection");
            known.extend(asked);
        }
        if let Some(content) = told.pointer_mut("/requestBody/content/application~1json") {
            content["example"] = example(of_type, operation.method == Verb::Patch);
        }
        (operation.path.replace(PLACE, &records.path), told)
    };
    collections(types).map(one).collect()
}

/// Makes references to the schemas of any collection those of one.
fn name_schemas(value: &mut Value, type_name: &str) {
    match value {
        Value::Object(values) => {
            for (name, value) in values.iter_mut() {
                match value.as_str().filter(|_| name == "$ref").and_then(|text| text.strip_prefix(SCHEMAS)) {
                    Some(schema) => *value = to(&named(type_name, schema))["$ref"].take(),
                    None => name_schemas(value, type_name),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| name_schemas(item, type_name)),
        _ => {}
    }
}

/// The schema of a type; a row has its name.
fn named(type_name: &str, schema: &str) -> String {
    if schema == "Row" { type_name.to_owned() } else { format!("{type_name}.{schema}") }
}

fn parameter(name: &str, about: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "query", "required": false, "description": about, "schema": schema })
}

/// What narrows and sorts lists of a collection.
fn parameters(of_type: &ContentType, records: &RecordOptions) -> Vec<Value> {
    let orders = records.orders.iter().map(String::as_str).chain(["id"]);
    let orders: Vec<String> = orders.flat_map(|name| [name.to_owned(), format!("-{name}")]).collect();
    let orders: Vec<&str> = orders.iter().map(String::as_str).collect();
    let (sign, name) = (if records.order.is_turned { "-" } else { "" }, &records.order.name);
    let mut found = vec![parameter("order", &format!("`{sign}{name}` when nothing is said."), words(&orders))];
    if !records.search.is_empty() {
        found.push(parameter("q", "Words that a row has, or their beginnings.", text()));
    }
    let narrows = |asking: &Asking| parameter(&asking.parameter(), about(asking), taken(asking));
    found.extend(asking(of_type, records).iter().map(narrows));
    found
}

fn about(asking: &Asking) -> &'static str {
    match asking.operator {
        "eq" => "This value.",
        "ne" => "Another value, or none.",
        "lt" => "Below.",
        "lte" => "Below, or this.",
        "gt" => "Above.",
        "gte" => "Above, or this.",
        "in" => "One of these, with commas between them.",
        "range" => "From the first to the second, with a comma between them; both are in it.",
        "isnull" => "Without a value.",
        "startswith" => "Beginning with this.",
        _ => "With this somewhere.",
    }
}

fn taken(asking: &Asking) -> Value {
    match (asking.operator, asking.shape) {
        ("isnull", _) | (_, RecordShape::Flag) => words(&["true", "false"]),
        ("in" | "range", _) => text(),
        (_, RecordShape::Text | RecordShape::Plain) => text_to(MAX_FILTER_TEXT),
        (_, RecordShape::Number) => json!({ "type": "number" }),
        (_, RecordShape::Moment) => json!({ "type": "string", "examples": ["2026-12-24T18:00:00Z", "2026-12-24"] }),
    }
}

/// Values of a row that is given: those that it needs, or one of them.
fn example(of_type: &ContentType, is_change: bool) -> Value {
    let open = || of_type.fields.iter().filter(|field| field.permission.is_none());
    let needed: Vec<&Field> = open().filter(|field| field.required).collect();
    let shown = if needed.is_empty() { open().take(1).collect() } else { needed };
    let most = if is_change { 1 } else { shown.len() };
    let values = shown.into_iter().take(most).map(|field| (field.name.clone(), of_kind(&field.kind)));
    Value::Object(values.collect())
}

fn of_kind(kind: &FieldKind) -> Value {
    match kind {
        FieldKind::Email(_) => "ada@example.org".into(),
        FieldKind::Url(_) => "https://example.org/".into(),
        FieldKind::Integer { min, .. } => min.unwrap_or(1).into(),
        FieldKind::Float { min, .. } => min.unwrap_or(1.5).into(),
        FieldKind::Decimal { .. } => "12.5".into(),
        FieldKind::Boolean => true.into(),
        FieldKind::Date => "2026-12-24".into(),
        FieldKind::Time => "18:30:00".into(),
        FieldKind::DateTime => "2026-12-24T18:30:00Z".into(),
        FieldKind::Choice(choices) => choices.first().map_or("", |choice| choice.value.as_str()).into(),
        FieldKind::MultipleChoice(choices) => choices.iter().take(1).map(|choice| choice.value.as_str()).collect(),
        _ => "Text".into(),
    }
}

/// The schemas of all collections: a row, as much of one as is asked for, lists of them, and what is given.
pub(in crate::api) fn add(types: &Types, into: &mut Schemas) {
    for (of_type, _) in collections(types) {
        let name = |schema: &str| named(&of_type.name, schema);
        let meta = [("type", only(&of_type.name)), ("version", id()), ("created_at", time()), ("updated_at", time())];
        let fields = Fields { types, form: Form::Live };
        // What the type got since a row was written is null there.
        let values = of_type.fields.iter().map(|field| (field.name.as_str(), nullable(fields.field(field))));
        let values: Vec<(&str, Value)> = values.collect();
        let row = |meta: Value| [&[("id", id()), ("meta", meta)][..], &values].concat();
        let always = of_type.fields.iter().filter(|field| field.permission.is_none());
        let always: Vec<&str> = ["id", "meta"].into_iter().chain(always.map(|field| field.name.as_str())).collect();
        let about = if of_type.description.is_empty() { &of_type.label } else { &of_type.description };
        into.add(name("Row"), described(needing(sparse(&row(object(&meta))), &always), about));
        let some = described(sparse(&row(sparse(&meta))), "As much of a row as `fields` asks for");
        into.add(name("Sparse"), some);
        into.add(name("Read"), any_of(vec![to(&name("Row")), to(&name("Sparse"))]));
        let next = nullable(described(text(), "The address of the part behind this one; null: there is none."));
        let count = object(&[("total", whole()), ("exact", described(flag(), "Not when there may be more"))]);
        let parts = [("items", list(to(&name("Read")))), ("next", next), ("count", count)];
        into.add(name("List"), needing(sparse(&parts), &["items", "next"]));
        let given = Fields { types, form: Form::Given }.values(&of_type.fields);
        let needed = of_type.fields.iter().filter(|field| field.required && field.permission.is_none());
        let needed: Vec<&str> = needed.map(|field| field.name.as_str()).collect();
        into.add(name("Change"), given.clone());
        into.add(name("New"), if needed.is_empty() { given } else { needing(given, &needed) });
    }
}
