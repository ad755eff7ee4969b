//! What came from where: an object of the other system, and what became of it here. An import that is run again leaves
//! alone what is noted here, so it goes on where it was cut short, and a second run changes nothing.

use std::collections::HashMap;

use serde_json::{Value, json};

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
    NOTE_ALL = write "import.note_all"
        "INSERT INTO imported (source, model, name, target_id, digest, imported_at)
         SELECT $1, $2, name, target, digest, CAST($4 AS BIGINT) FROM json_to_recordset(CAST($3 AS JSON))
             AS given (name TEXT, target BIGINT, digest TEXT)
         ON CONFLICT (source, model, name) DO NOTHING"
        sqlite
        "INSERT INTO imported (source, model, name, target_id, digest, imported_at)
         SELECT $1, $2, value ->> 'name', value ->> 'target', value ->> 'digest', $4 FROM json_each($3) WHERE TRUE
         ON CONFLICT (source, model, name) DO NOTHING";
    COUNT = read "import.count_known"
        ("SELECT COUNT(*) FROM imported WHERE source = $1 AND model = $2 AND name " [any "$3"]);
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

/// Notes what became of many objects of one model, by their names there.
pub(super) async fn note_all<'k>(
    on: impl Into<Exec<'_>>,
    source: &str,
    model: &str,
    all: impl IntoIterator<Item = (String, &'k Known)>,
) -> Result<(), DbError> {
    let row = |(name, known): (String, &Known)| json!({ "name": name, "target": known.id, "digest": known.digest });
    let rows: Value = all.into_iter().map(row).collect();
    let call = on.into().query(&NOTE_ALL).bind(source).bind(model).bind(rows.to_string());
    call.bind(Micros::now()).execute().await.map(|_| ())
}

/// How many of these names are noted.
pub(super) async fn count(db: &Db, source: &str, model: &str, names: Vec<String>) -> Result<i64, DbError> {
    db.query(&COUNT).bind(source).bind(model).bind(names).one().await
}
