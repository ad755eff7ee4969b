//! Rows of collections that were written as they stood elsewhere, with their numbers: their places in the indexes.

use serde_json::{Value, json};

use super::{Record, index, key, typed, write};
use crate::content::{Content, EditError};
use crate::db::{Exec, Tx};
use crate::queries;

/// Rows of one part.
pub const PART: usize = 200;

queries! {
    FOUND = write "record.list_arrived"
        ("SELECT id, type AS type_name, version, data, CAST(keys AS TEXT) AS keys, created_at, updated_at
         FROM record WHERE id " [any "$1"] " LIMIT $2");
    COUNT_ON = write "record.advance_ids"
        "UPDATE record_counter SET last_id = GREATEST(last_id, (SELECT COALESCE(MAX(id), 0) FROM record))"
        sqlite
        "UPDATE record_counter SET last_id = MAX(last_id, (SELECT COALESCE(MAX(id), 0) FROM record))";
}

impl Content {
    /// Puts rows into the indexes of their types, at most [`PART`]: what they were found by so far are their keys as they
    /// are stored. [`Content::settle_records`] comes first, outside of the transaction.
    ///
    /// # Errors
    /// What [`EditError`] says; the transaction is of no more use then.
    pub async fn settle_arrived_records(&self, tx: &mut Tx, ids: &[i64]) -> Result<(), EditError> {
        let types = self.types();
        let indexes = self.record_indexes(&types).await?;
        let rows: Vec<Record> = Exec::from(&mut *tx).query(&FOUND).bind(ids.to_vec()).bind(PART as i64).list().await?;
        let (mut gone, mut come, mut changed) = (Vec::new(), Vec::new(), Vec::new());
        for row in &rows {
            let of = typed(&types, &row.type_name)?;
            write::check_indexes(tx, of.0, &indexes).await?;
            let keys = key::keys(of, &row.values, (row.created_at, row.updated_at));
            gone.extend(row.places(&indexes));
            come.extend(indexes.places(&row.type_name, &keys, row.id));
            changed.push(json!({ "id": row.id, "keys": Value::Object(keys).to_string() }));
        }
        write::delete_places(tx, gone).await?;
        write::insert_places(tx, come).await?;
        index::set_keys(tx, changed).await?;
        Exec::from(tx).query(&COUNT_ON).execute().await?;
        Ok(())
    }
}
