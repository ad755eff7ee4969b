//! Collections: types of kind `collection`, whose rows are many and plain. Each row stands in an index for every field that
//! lists are narrowed or sorted by, so that none of them looks at all rows. Read in the order: `key`, `index`, `write`,
//! `filter`, `way`, `list`, `transfer`, `export`.

mod arrived;
mod export;
mod filter;
mod index;
mod key;
mod list;
mod transfer;
mod way;
mod write;

use serde_json::{Map, Value};

use super::page::json_object;
use super::types::{ContentType, Kind, RecordOptions, Types};
use super::{Content, EditError};
use crate::db::{self, DbError, Query, Row};
use crate::queries;

pub use filter::{Asking, Filter, FilterError, MAX_TEXT as MAX_FILTER_TEXT, asking, bounded, words};
pub(crate) use index::Indexes;
pub use list::{Asked, Count, Counted, Cursor, Part};
pub use transfer::{AtMost, Format, Line, Reader, TransferError, head, line};
pub use write::{Added, title};

/// Every statement of this module, beside [`QUERIES`].
pub const PART_QUERIES: [&[&Query]; 4] = [index::QUERIES, list::QUERIES, write::QUERIES, arrived::QUERIES];

/// A row of a collection.
#[derive(Clone, Debug)]
pub struct Record {
    pub id: i64,
    pub type_name: String,
    /// Counts its changes, from 1.
    pub version: i64,
    pub values: Map<String, Value>,
    keys: Map<String, Value>,
    /// In microseconds.
    pub created_at: i64,
    pub updated_at: i64,
}

impl db::Record for Record {
    fn from_row(row: &Row) -> Result<Self, DbError> {
        Ok(Self {
            id: row.take("id")?,
            type_name: row.take("type_name")?,
            version: row.take("version")?,
            values: json_object(&row.take::<String>("data")?),
            keys: json_object(&row.take::<String>("keys")?),
            created_at: row.take("created_at")?,
            updated_at: row.take("updated_at")?,
        })
    }
}

impl Record {
    fn places(&self, indexes: &Indexes) -> Vec<Value> {
        indexes.places(&self.type_name, &self.keys, self.id)
    }
}

queries! {
    FIND = read "record.find"
        "SELECT id, type AS type_name, version, data, '{}' AS keys, created_at, updated_at
         FROM record WHERE id = $1 AND type = $2";
}

/// The collection of this name.
fn typed<'t>(types: &'t Types, type_name: &str) -> Result<(&'t ContentType, &'t RecordOptions), EditError> {
    let found = types.find(type_name).ok_or_else(|| EditError::TypeUnknown(type_name.to_owned()))?;
    let records = found.records.as_ref();
    let records = records.ok_or_else(|| EditError::WrongKind(type_name.to_owned(), Kind::Collection.name()))?;
    Ok((found, records))
}

impl Content {
    /// A row of a collection by its number.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn find_record(&self, type_name: &str, id: i64) -> Result<Option<Record>, DbError> {
        self.db.query(&FIND).bind(id).bind(type_name).optional().await
    }
}
