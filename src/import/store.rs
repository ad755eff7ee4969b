//! What came from where: an object of the other system, and what became of it here. An import that is run again leaves
//! alone what is noted here, so it goes on where it was cut short, and a second run changes nothing.

use std::collections::HashMap;

use crate::clock::Micros;
use crate::db::{Db, DbError, Exec};
use crate::{queries, record};

/// Rows that are read at once.
const BATCH: i64 = 10_000;

record! { struct Row { name: String, target_id: i64, digest: String } }

queries! {
    LIST = read "import.list_known"
        "SELECT name, target_id, digest FROM imported WHERE source = $1 AND model = $2 AND name > $3 ORDER BY name LIMIT $4";
    NOTE = write "import.note"
        "INSERT INTO imported (source, model, name, target_id, digest, imported_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (source, model, name) DO NOTHING";
}

/// What became of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub id: i64,
    /// Of the object as it was in the dump.
    pub digest: String,
}

/// All objects of one model that were taken over, by their names there.
pub(super) async fn list(db: &Db, source: &str, model: &str) -> Result<HashMap<String, Known>, DbError> {
    let mut known = HashMap::new();
    let mut after = String::new();
    loop {
        let call = db.query(&LIST).bind(source).bind(model).bind(&after);
        let rows: Vec<Row> = call.bind(BATCH).list().await?;
        let full = rows.len() as i64 == BATCH;
        if let Some(last) = rows.last() {
            after.clone_from(&last.name);
        }
        known.extend(rows.into_iter().map(|row| (row.name, Known { id: row.target_id, digest: row.digest })));
        if !full {
            return Ok(known);
        }
    }
}

/// Notes what became of an object, in the transaction that makes it.
pub(super) async fn note(
    on: impl Into<Exec<'_>>,
    source: &str,
    (model, name): (&str, &str),
    known: &Known,
) -> Result<(), DbError> {
    let call = on.into().query(&NOTE).bind(source).bind(model).bind(name).bind(known.id);
    call.bind(&known.digest).bind(Micros::now()).execute().await.map(|_| ())
}
