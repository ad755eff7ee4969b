//! The indexes of collections: which there are, as the types say, and making new ones of the rows that are there.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::key::{self, ALL, WORDS};
use super::write;
use crate::content::page::json_object;
use crate::content::types::{ContentType, RecordOptions, Types};
use crate::content::{Content, EditError};
use crate::db::{DbError, Exec, Tx, TxName};
use crate::jobs::queue::{self, NewJob};
use crate::telemetry::label::JobKind;
use crate::{queries, record};

/// Indexes of all collections.
const MAX_INDEXES: i64 = 10_000;
/// Rows that are put into new indexes at once.
const PART: i64 = 1_000;

record! {
    /// What lists of a type are sorted or narrowed by.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub(super) struct Index { pub id: i64, pub type_name: String, pub name: String, pub shape: String, pub is_ready: bool }
}
record! { struct Stored { id: i64, data: String, created_at: i64, updated_at: i64 } }

/// Those of all types, as they are in the database.
#[derive(Debug, Default)]
pub(crate) struct Indexes {
    /// For which types they were looked at.
    of: Option<Arc<Types>>,
    known: BTreeMap<String, BTreeMap<String, Index>>,
}

queries! {
    LIST = write "record_index.list"
        "SELECT id, type AS type_name, name, shape, is_ready FROM record_index ORDER BY id LIMIT $1";
    /// Of a type without rows, it holds all of them.
    INSERT = write "record_index.insert"
        "INSERT INTO record_index (type, name, shape, is_ready)
         SELECT $1, $2, $3, NOT EXISTS (SELECT 1 FROM record WHERE type = $1)
         WHERE TRUE ON CONFLICT DO NOTHING";
    DELETE = write "record_index.delete" "DELETE FROM record_index WHERE id = $1";
    FINISH = write "record_index.finish" "UPDATE record_index SET is_ready = TRUE WHERE id = $1";
    /// Whoever changes one of them meanwhile waits.
    ROWS = write "record.lock_part"
        "SELECT id, data, created_at, updated_at FROM record WHERE type = $1 AND id > $2 ORDER BY id LIMIT $3 FOR UPDATE"
        sqlite
        "SELECT id, data, created_at, updated_at FROM record WHERE type = $1 AND id > $2 ORDER BY id LIMIT $3";
    SET_KEYS = write "record.set_keys"
        "UPDATE record SET keys = CAST(changed.item ->> 'keys' AS JSONB)
         FROM json_array_elements(CAST($1 AS JSON)) AS changed (item)
         WHERE record.id = CAST(changed.item ->> 'id' AS BIGINT)"
        sqlite
        "UPDATE record SET keys = changed.value ->> 'keys'
         FROM json_each($1) AS changed WHERE record.id = changed.value ->> 'id'";
    /// Of indexes that are gone.
    SWEEP = write "record_key.sweep"
        "DELETE FROM record_key WHERE index_id IN (
             SELECT id FROM generate_series(1, COALESCE((SELECT MAX(index_id) FROM record_key), 0)) AS every (id)
             WHERE NOT EXISTS (SELECT 1 FROM record_index WHERE record_index.id = every.id))"
        sqlite
        "WITH RECURSIVE every (id) AS (SELECT MIN(index_id) FROM record_key UNION ALL
             SELECT (SELECT MIN(index_id) FROM record_key WHERE index_id > every.id) FROM every WHERE every.id IS NOT NULL)
         DELETE FROM record_key WHERE index_id IN (SELECT id FROM every
             WHERE id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM record_index WHERE record_index.id = every.id))";
}

/// The indexes that a type wants, by name, each with how its places are made.
fn wanted(of_type: &ContentType, records: &RecordOptions) -> BTreeMap<String, String> {
    let shape = |name: &str| key::shape_of(of_type, name).map_or("plain", |shape| shape.as_str());
    let mut wanted = BTreeMap::from([(ALL.to_owned(), "all".to_owned())]);
    for name in records.keyed() {
        wanted.insert(name.to_owned(), shape(name).to_owned());
    }
    for within in &records.within {
        for order in records.orders.iter().filter(|order| *order != within) {
            wanted.insert(format!("{within}/{order}"), format!("{}/{}", shape(within), shape(order)));
        }
    }
    if !records.search.is_empty() {
        wanted.insert(WORDS.to_owned(), records.search.join(" "));
    }
    wanted
}

impl Indexes {
    pub(super) fn of(&self, type_name: &str) -> impl Iterator<Item = &Index> {
        self.known.get(type_name).into_iter().flat_map(BTreeMap::values)
    }

    pub(super) fn find(&self, type_name: &str, name: &str) -> Option<&Index> {
        self.known.get(type_name)?.get(name)
    }

    /// As [`Indexes::find`], when all rows are in it.
    pub(super) fn ready(&self, type_name: &str, name: &str) -> Result<&Index, EditError> {
        let found = self.find(type_name, name).filter(|index| index.is_ready);
        found.ok_or_else(|| EditError::IndexUnready(name.to_owned()))
    }

    /// The places of a row in all of them.
    pub(super) fn places(&self, type_name: &str, keys: &Map<String, Value>, id: i64) -> Vec<Value> {
        let of = |index: &Index| {
            let number = index.id;
            key::places(keys, &index.name).into_iter().map(move |place| json!([number, place, id])).collect::<Vec<_>>()
        };
        self.of(type_name).flat_map(of).collect()
    }
}

impl Content {
    /// The indexes of the types as they are now. What is missing in the database is made known there; rows are put into it
    /// by [`Content::build_record_indexes`].
    ///
    /// # Errors
    /// When the database is out of reach.
    pub(super) async fn record_indexes(&self) -> Result<Arc<Indexes>, DbError> {
        let types = self.types();
        let is_current = |known: &Indexes| known.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, &types));
        let known = self.record_indexes.load_full();
        if is_current(&known) {
            return Ok(known);
        }
        let _turn = self.settings_turn.lock().await;
        let known = self.record_indexes.load_full();
        if is_current(&known) {
            return Ok(known);
        }
        let found = Arc::new(settle(&self.db, types).await?);
        // One that is being made by another process is looked at again.
        let is_settled = found.known.values().flat_map(BTreeMap::values).all(|index| index.is_ready);
        if is_settled {
            self.record_indexes.store(found.clone());
        }
        Ok(found)
    }

    /// Puts the rows that are there into indexes that are new, a part at a time; the number of rows that were.
    ///
    /// # Errors
    /// When the database is out of reach; what is done stays done.
    pub async fn build_record_indexes(&self) -> Result<u64, DbError> {
        let indexes = self.record_indexes().await?;
        let types = self.types();
        let mut rows = 0;
        for of_type in types.collections() {
            let unready: Vec<i64> =
                indexes.of(&of_type.name).filter(|index| !index.is_ready).map(|index| index.id).collect();
            let (Some(records), false) = (&of_type.records, unready.is_empty()) else { continue };
            let mut after = 0;
            while let Some(last) = self.build_part((of_type, records), (&indexes, &unready), after).await? {
                after = last.0;
                rows += last.1;
            }
            for id in unready {
                self.db.query(&FINISH).bind(id).execute().await?;
            }
        }
        self.db.query(&SWEEP).execute().await?;
        Ok(rows)
    }

    /// The last row of the part, and how many there are.
    async fn build_part(
        &self,
        (of_type, records): (&ContentType, &RecordOptions),
        (indexes, unready): (&Indexes, &[i64]),
        after: i64,
    ) -> Result<Option<(i64, u64)>, DbError> {
        let mut tx = self.db.begin(TxName("record_index.build")).await?;
        let part: Vec<Stored> =
            Exec::from(&mut tx).query(&ROWS).bind(&of_type.name).bind(after).bind(PART).list().await?;
        let Some(last) = part.last().map(|row| row.id) else { return Ok(None) };
        let (mut places, mut changed) = (Vec::new(), Vec::new());
        for row in &part {
            let keys = key::keys((of_type, records), &json_object(&row.data), (row.created_at, row.updated_at));
            let of_row = indexes.places(&of_type.name, &keys, row.id).into_iter();
            places.extend(of_row.filter(|place| place[0].as_i64().is_some_and(|index| unready.contains(&index))));
            changed.push(json!({ "id": row.id, "keys": Value::Object(keys).to_string() }));
        }
        Exec::from(&mut tx).query(&SET_KEYS).bind(Value::Array(changed).to_string()).execute().await?;
        write::insert_places(&mut tx, places).await?;
        tx.commit().await?;
        Ok(Some((last, part.len() as u64)))
    }
}

/// Makes the indexes in the database those that the types want.
async fn settle(db: &Arc<crate::db::Db>, types: Arc<Types>) -> Result<Indexes, DbError> {
    if types.collections().next().is_none() {
        return Ok(Indexes { of: Some(types), known: BTreeMap::new() });
    }
    let mut tx = db.begin(TxName("record_index.settle")).await?;
    let known = list(&mut tx).await?;
    let mut is_changed = false;
    for of_type in types.collections() {
        let Some(records) = &of_type.records else { continue };
        let wanted = wanted(of_type, records);
        for index in known.iter().filter(|index| index.type_name == of_type.name) {
            if wanted.get(&index.name) != Some(&index.shape) {
                is_changed = true;
                Exec::from(&mut tx).query(&DELETE).bind(index.id).execute().await?;
            }
        }
        for (name, shape) in &wanted {
            let is_there =
                |index: &Index| index.type_name == of_type.name && index.name == *name && index.shape == *shape;
            if !known.iter().any(is_there) {
                is_changed = true;
                let call = Exec::from(&mut tx).query(&INSERT).bind(&of_type.name).bind(name).bind(shape);
                call.execute().await?;
            }
        }
    }
    let found = if is_changed { list(&mut tx).await? } else { known };
    if is_changed {
        queue::enqueue(&mut tx, &NewJob::new(JobKind::RecordIndex, json!({})).keyed("changed")).await?;
    }
    tx.commit().await?;
    let mut known: BTreeMap<String, BTreeMap<String, Index>> = BTreeMap::new();
    for index in found {
        known.entry(index.type_name.clone()).or_default().insert(index.name.clone(), index);
    }
    Ok(Indexes { of: Some(types), known })
}

async fn list(tx: &mut Tx) -> Result<Vec<Index>, DbError> {
    Exec::from(tx).query(&LIST).bind(MAX_INDEXES).list().await
}
