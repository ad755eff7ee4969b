//! One row as it is in the database, and as a line of a file: times are readable there, and users have their names.

use serde_json::{Map, Value};

use super::columns::{Column, Kind};
use crate::clock::Micros;

/// An object as a file has it.
pub(super) type Object = Map<String, Value>;

/// Why a line is none of its file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unfit {
    pub field: String,
    pub why: String,
}

/// An object of a file, out of one that a statement made of a row.
pub(super) fn of_database(columns: &[Column], line: &str) -> Object {
    let Ok(Value::Object(mut object)) = serde_json::from_str::<Value>(line) else { return Object::new() };
    for column in columns.iter().filter(|column| matches!(column.kind, Kind::Time | Kind::OptTime)) {
        if let Some(value) = object.get_mut(column.name)
            && let Some(time) = value.as_i64()
        {
            *value = Value::String(Micros(time).to_rfc3339_exact());
        }
    }
    object
}

/// An object for the statement that writes it, out of one that is fit.
pub(super) fn to_database(columns: &[Column], object: &Object) -> Value {
    let value = |column: &Column| match (column.kind, object.get(column.name)) {
        (Kind::Time | Kind::OptTime, Some(Value::String(text))) => {
            Micros::parse(text).map_or(Value::Null, |time| Value::from(time.0))
        }
        (_, value) => value.cloned().unwrap_or(Value::Null),
    };
    columns.iter().map(|column| (column.name.to_owned(), value(column))).collect::<Object>().into()
}

/// Whether an object has all that a row needs, each value of its kind. `other` names are of no column.
pub(super) fn check(columns: &[Column], object: &Object) -> Result<(), Unfit> {
    for column in columns {
        let unfit = |why: &str| Unfit { field: column.name.to_owned(), why: why.to_owned() };
        let Some(value) = object.get(column.name) else { return Err(unfit("it is not there")) };
        match column.kind {
            Kind::OptInt | Kind::OptText | Kind::OptJson | Kind::OptTime | Kind::Account if value.is_null() => {}
            Kind::Int | Kind::OptInt if value.is_i64() => {}
            Kind::Bool if value.is_boolean() => {}
            Kind::Json | Kind::OptJson if value.is_object() || value.is_array() => {}
            Kind::Text | Kind::OptText | Kind::Account if value.is_string() => {}
            Kind::Time | Kind::OptTime if value.as_str().is_some_and(|text| Micros::parse(text).is_some()) => {}
            kind => return Err(unfit(expected(kind))),
        }
    }
    match columns.iter().find(|column| object.get(column.name).is_some_and(has_null_character)) {
        Some(column) => Err(Unfit { field: column.name.to_owned(), why: "it has a null character".to_owned() }),
        None => Ok(()),
    }
}

/// No database of both takes one.
fn has_null_character(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_null_character),
        Value::Object(object) => object.iter().any(|(name, value)| name.contains('\0') || has_null_character(value)),
        _ => false,
    }
}

fn expected(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "it is no whole number",
        Kind::OptInt => "it is neither a whole number nor null",
        Kind::Text => "it is no text",
        Kind::OptText | Kind::Account => "it is neither a text nor null",
        Kind::Bool => "it is neither true nor false",
        Kind::Json => "it is neither an object nor a list",
        Kind::OptJson => "it is neither an object, a list nor null",
        Kind::Time => "it is no time as 2026-01-31T09:30:00Z",
        Kind::OptTime => "it is neither a time as 2026-01-31T09:30:00Z nor null",
    }
}

pub(super) fn text<'o>(object: &'o Object, name: &str) -> &'o str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn number(object: &Object, name: &str) -> Option<i64> {
    object.get(name).and_then(Value::as_i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const COLUMNS: &[Column] = &[
        Column { name: "id", kind: Kind::Int },
        Column { name: "at", kind: Kind::OptTime },
        Column { name: "data", kind: Kind::Json },
    ];

    fn object(value: Value) -> Object {
        value.as_object().expect("an object").clone()
    }

    #[test]
    fn what_is_written_is_read_back_as_it_was() {
        for at in [json!(0), json!(1_795_348_800_000_001_i64), json!(-5), Value::Null] {
            let row = json!({ "id": 1, "at": at, "data": { "b": 1.5, "a": [] } });
            let shown = of_database(COLUMNS, &row.to_string());
            assert_eq!(check(COLUMNS, &shown), Ok(()), "{shown:?}");
            assert_eq!(to_database(COLUMNS, &shown).to_string(), row.to_string());
        }
    }

    #[test]
    fn what_is_no_row_is_refused_with_the_field() {
        let unfit = |value: Value| check(COLUMNS, &object(value)).map_err(|unfit| unfit.field);
        assert_eq!(unfit(json!({ "id": 1, "data": {} })), Err("at".to_owned()));
        assert_eq!(unfit(json!({ "id": "1", "at": null, "data": {} })), Err("id".to_owned()));
        assert_eq!(unfit(json!({ "id": 1, "at": "yesterday", "data": {} })), Err("at".to_owned()));
        assert_eq!(unfit(json!({ "id": 1, "at": null, "data": { "a": ["\0"] } })), Err("data".to_owned()));
    }
}
