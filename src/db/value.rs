//! Values bound to statements. Each variant is typed also when it is null: PostgreSQL asks for it.

use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Postgres, Sqlite};

use crate::clock::Micros;

#[derive(Clone, Debug)]
pub enum Value {
    Bool(bool),
    Int(Option<i64>),
    Text(Option<String>),
    /// A set of ids: `bigint[]` on PostgreSQL, a JSON array for `json_each` on SQLite.
    Ids(Vec<i64>),
    /// A set of texts: `text[]` on PostgreSQL, a JSON array for `json_each` on SQLite.
    Texts(Vec<String>),
}

macro_rules! from {
    ($($from:ty => |$value:ident| $to:expr;)+) => {
        $(impl From<$from> for Value { fn from($value: $from) -> Self { $to } })+
    };
}

from! {
    bool => |value| Value::Bool(value);
    i64 => |value| Value::Int(Some(value));
    i32 => |value| Value::Int(Some(value.into()));
    Option<i64> => |value| Value::Int(value);
    Micros => |value| Value::Int(Some(value.0));
    Option<Micros> => |value| Value::Int(value.map(|micros| micros.0));
    String => |value| Value::Text(Some(value));
    &str => |value| Value::Text(Some(value.to_owned()));
    &String => |value| Value::Text(Some(value.clone()));
    Option<String> => |value| Value::Text(value);
    Vec<i64> => |value| Value::Ids(value);
    Vec<String> => |value| Value::Texts(value);
}

impl Value {
    pub(super) fn bind_sqlite<'q>(
        self,
        query: Query<'q, Sqlite, SqliteArguments>,
    ) -> Query<'q, Sqlite, SqliteArguments> {
        match self {
            Self::Bool(value) => query.bind(value),
            Self::Int(value) => query.bind(value),
            Self::Text(value) => query.bind(value),
            Self::Ids(values) => query.bind(serde_json::json!(values).to_string()),
            Self::Texts(values) => query.bind(serde_json::json!(values).to_string()),
        }
    }

    pub(super) fn bind_postgres<'q>(self, query: Query<'q, Postgres, PgArguments>) -> Query<'q, Postgres, PgArguments> {
        match self {
            Self::Bool(value) => query.bind(value),
            Self::Int(value) => query.bind(value),
            Self::Text(value) => query.bind(value),
            Self::Ids(values) => query.bind(values),
            Self::Texts(values) => query.bind(values),
        }
    }
}
