//! Snippets: pieces of content that pages share, such as authors and categories.

use serde_json::{Map, Value};

use super::page::json_object;
use crate::clock::Micros;
use crate::db::{Db, DbError, Exec, Record, Row};
use crate::queries;

/// Snippets loaded for one page.
const MAX_SNIPPETS: i64 = 1_000;

#[derive(Clone, Debug)]
pub struct Snippet {
    pub id: i64,
    pub type_name: String,
    pub slug: String,
    pub name: String,
    pub fields: Map<String, Value>,
}

impl Record for Snippet {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            id: row.take("id")?,
            type_name: row.take("type_name")?,
            slug: row.take("slug")?,
            name: row.take("name")?,
            fields: json_object(&row.take::<String>("data")?),
        })
    }
}

queries! {
    LIST = read "snippet.list"
        "SELECT id, type AS type_name, slug, name, data FROM snippet WHERE id = ANY($1) LIMIT $2"
        sqlite
        "SELECT id, type AS type_name, slug, name, data FROM snippet WHERE id IN (SELECT value FROM json_each($1)) LIMIT $2";
    FIND_BY_SLUG = read "snippet.find_by_slug"
        "SELECT id, type AS type_name, slug, name, data FROM snippet WHERE type = $1 AND slug = $2";
    INSERT = write "snippet.insert"
        "INSERT INTO snippet (type, slug, name, data, created_at, updated_at, translation_key) VALUES ($1, $2, $3, $4, $5, $5, $6)
         ON CONFLICT DO NOTHING RETURNING id";
    UPDATE = write "snippet.update" "UPDATE snippet SET name = $2, data = $3, updated_at = $4 WHERE id = $1";
}

pub async fn list(db: &Db, ids: Vec<i64>) -> Result<Vec<Snippet>, DbError> {
    db.query(&LIST).bind(ids).bind(MAX_SNIPPETS).list().await
}

pub async fn find_by_slug(on: impl Into<Exec<'_>>, type_name: &str, slug: &str) -> Result<Option<Snippet>, DbError> {
    on.into().query(&FIND_BY_SLUG).bind(type_name).bind(slug).optional().await
}

/// The new id; `None` when the slug is taken within the type.
pub(super) async fn insert(
    on: impl Into<Exec<'_>>,
    type_name: &str,
    slug: &str,
    name: &str,
    fields: &Map<String, Value>,
) -> Result<Option<i64>, DbError> {
    let data = serde_json::Value::Object(fields.clone()).to_string();
    let key = uuid::Uuid::new_v4().to_string();
    let call = on.into().query(&INSERT).bind(type_name).bind(slug).bind(name).bind(data).bind(Micros::now());
    call.bind(key).optional().await
}

pub(super) async fn update(
    on: impl Into<Exec<'_>>,
    id: i64,
    name: &str,
    fields: &Map<String, Value>,
) -> Result<u64, DbError> {
    let data = serde_json::Value::Object(fields.clone()).to_string();
    on.into().query(&UPDATE).bind(id).bind(name).bind(data).bind(Micros::now()).execute().await
}
