//! The indexes of collections: which there are, as the types say, and making new ones of the rows that are there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::key::{self, ALL, WORDS};
use super::write;
use crate::clock::Micros;
use crate::content::page::json_object;
use crate::content::types::{ContentType, RecordOptions, Types};
use crate::content::{Content, EditError};
use crate::db::{Db, DbError, Exec, Tx, TxName};
use crate::jobs::queue::{self, NewJob};
use crate::telemetry::Timer;
use crate::telemetry::label::JobKind;
use crate::{queries, record};

/// Indexes of all collections.
const MAX_INDEXES: i64 = 10_000;
/// Rows that are put into new indexes at once.
const PART: i64 = 1_000;
/// Places of an index that is gone which are deleted at once.
const SWEPT: i64 = 10_000;
/// How soon those that are not all as the types want them are looked at again.
const AGAIN: Duration = Duration::from_secs(1);
/// When somebody else shall make what a process with other types has left, in microseconds from now.
const LEFT_US: i64 = 60_000_000;

record! {
    /// What lists of a type are sorted or narrowed by.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub(super) struct Index { pub id: i64, pub type_name: String, pub name: String, pub shape: String, pub is_ready: bool }
}
record! { struct Stored { id: i64, data: String, created_at: i64, updated_at: i64 } }

/// Whoever looks at them, one at a time.
type Turn<'t> = tokio::sync::MutexGuard<'t, ()>;

/// Those of all types, as they were in the database.
#[derive(Debug, Default)]
pub(crate) struct Indexes {
    /// For which types they were looked at.
    of: Option<Arc<Types>>,
    looked_at: Option<Timer>,
    /// Whether there is no reason to look again: they are what the types want, and complete.
    is_settled: AtomicBool,
    known: BTreeMap<String, BTreeMap<String, Index>>,
    /// Those that the types do not want: a process with other types has made them.
    strange: Vec<Index>,
}

queries! {
    LIST = read "record_index.list"
        "SELECT id, type AS type_name, name, shape, is_ready FROM record_index ORDER BY id LIMIT $1";
    IDS = read "record_index.ids" "SELECT id FROM record_index WHERE type = $1 ORDER BY id LIMIT $2";
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
    /// An index that is gone, and has places yet.
    STRAY = read "record_key.stray"
        "SELECT id AS index_id
         FROM generate_series(1, COALESCE((SELECT MAX(index_id) FROM record_key), 0)) AS every (id)
         WHERE NOT EXISTS (SELECT 1 FROM record_index WHERE record_index.id = every.id)
           AND EXISTS (SELECT 1 FROM record_key WHERE record_key.index_id = every.id) LIMIT 1"
        sqlite
        "WITH RECURSIVE every (id) AS (SELECT MIN(index_id) FROM record_key UNION ALL
             SELECT (SELECT MIN(index_id) FROM record_key WHERE index_id > every.id) FROM every WHERE every.id IS NOT NULL)
         SELECT id AS index_id FROM every
         WHERE id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM record_index WHERE record_index.id = every.id) LIMIT 1";
    SWEEP = write "record_key.sweep"
        "DELETE FROM record_key WHERE ctid = ANY (ARRAY(SELECT ctid FROM record_key WHERE index_id = $1 LIMIT $2))"
        sqlite
        "DELETE FROM record_key WHERE (index_id, place, record_id) IN
             (SELECT index_id, place, record_id FROM record_key WHERE index_id = $1 LIMIT $2)";
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

/// The indexes of a type that are there: those that it wants, and others; and those that are missing, by name and shape.
struct Compared<'f> {
    fit: Vec<&'f Index>,
    strange: Vec<&'f Index>,
    missing: BTreeMap<String, String>,
}

fn compare<'f>((of_type, records): (&ContentType, &RecordOptions), found: &'f [Index]) -> Compared<'f> {
    let mut missing = wanted(of_type, records);
    let of_type = found.iter().filter(|index| index.type_name == of_type.name);
    let (fit, strange): (Vec<&Index>, Vec<&Index>) =
        of_type.partition(|index| missing.get(&index.name) == Some(&index.shape));
    missing.retain(|name, _| !fit.iter().any(|index| index.name == *name));
    Compared { fit, strange, missing }
}

fn collections(types: &Types) -> impl Iterator<Item = (&ContentType, &RecordOptions)> {
    types.collections().filter_map(|of_type| Some((of_type, of_type.records.as_ref()?)))
}

impl Indexes {
    /// What the types want, of all that there are.
    fn new(types: &Arc<Types>, found: &[Index]) -> Self {
        let mut indexes = Self { of: Some(types.clone()), looked_at: Some(Timer::start()), ..Self::default() };
        let mut is_settled = true;
        for of in collections(types) {
            let compared = compare(of, found);
            let is_complete = compared.missing.is_empty() && compared.strange.is_empty();
            is_settled &= is_complete && compared.fit.iter().all(|index| index.is_ready);
            let fit = compared.fit.into_iter().map(|index| (index.name.clone(), index.clone()));
            indexes.known.insert(of.0.name.clone(), fit.collect());
            indexes.strange.extend(compared.strange.into_iter().cloned());
        }
        *indexes.is_settled.get_mut() = is_settled;
        indexes
    }

    fn is_of(&self, types: &Arc<Types>) -> bool {
        self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, types))
    }

    /// Whether they may be taken for what is in the database.
    fn holds_for(&self, types: &Arc<Types>) -> bool {
        let is_new = || self.looked_at.is_some_and(|at| at.elapsed() < AGAIN);
        self.is_of(types) && (self.is_settled.load(Relaxed) || is_new())
    }

    /// Somebody else has changed them: they are looked at again.
    pub(super) fn doubt(&self) {
        self.is_settled.store(false, Relaxed);
    }

    /// Whether a type has just these, in a transaction that holds a row of it or has taken numbers for some. Who changes
    /// the indexes of a type meanwhile puts all that is written here into the new ones; one that did so before has others.
    pub(super) async fn are_current(&self, tx: &mut Tx, type_name: &str) -> Result<bool, DbError> {
        let found: Vec<i64> = Exec::from(tx).query(&IDS).bind(type_name).bind(MAX_INDEXES).list().await?;
        let mut known: Vec<i64> = self.of(type_name).map(|index| index.id).collect();
        known.sort_unstable();
        if found != known {
            self.doubt();
        }
        Ok(found == known)
    }

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
    /// Makes known in the database which indexes the types want, when a process starts.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn settle_records(&self) -> Result<(), DbError> {
        self.record_indexes(&self.types()).await.map(drop)
    }

    /// The indexes of these types. When they are new, what is missing in the database is made known there; rows are put
    /// into it by [`Content::build_record_indexes`]. Whoever has types that were replaced meanwhile gets none.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub(super) async fn record_indexes(&self, types: &Arc<Types>) -> Result<Arc<Indexes>, DbError> {
        let known = self.record_indexes.load_full();
        if known.holds_for(types) {
            return Ok(known);
        }
        let turn = self.record_indexes_turn.lock().await;
        let known = self.record_indexes.load_full();
        if known.holds_for(types) {
            return Ok(known);
        }
        self.look_at_record_indexes(types, &turn).await
    }

    /// Looks at them, whatever is known. Only the first look at some types changes what there is: two processes with
    /// different types would undo what the other one does without end. The one that was started last is right.
    async fn look_at_record_indexes(&self, types: &Arc<Types>, _turn: &Turn<'_>) -> Result<Arc<Indexes>, DbError> {
        if !Arc::ptr_eq(types, &self.types()) {
            return Ok(Arc::default());
        }
        let known = self.record_indexes.load_full();
        let found = match known.is_of(types) {
            true => list(&*self.db).await?,
            false => settle(&self.db, types).await?,
        };
        let found = Arc::new(Indexes::new(types, &found));
        if let Some(index) = found.strange.first().filter(|_| known.strange.is_empty()) {
            tracing::warn!(
                content_type = index.type_name,
                "a process with other types was started: this one changes no rows of it until it is started again"
            );
        }
        self.record_indexes.store(found.clone());
        Ok(found)
    }

    /// Puts the rows that are there into indexes that are new, a part at a time; the number of rows that were. What a
    /// process with other types has made known is left to it.
    ///
    /// # Errors
    /// When the database is out of reach; what is done stays done.
    pub async fn build_record_indexes(&self) -> Result<u64, DbError> {
        let types = self.types();
        let indexes = self.look_at_record_indexes(&types, &self.record_indexes_turn.lock().await).await?;
        let (mut rows, mut is_left) = (0, false);
        for (of_type, records) in collections(&types) {
            let unready: Vec<i64> =
                indexes.of(&of_type.name).filter(|index| !index.is_ready).map(|index| index.id).collect();
            let strange = || indexes.strange.iter().filter(|index| index.type_name == of_type.name);
            let is_done = unready.is_empty() && strange().all(|index| index.is_ready);
            if is_done {
                continue;
            }
            let is_built = strange().next().is_none()
                && self.build_type((of_type, records), (&indexes, &unready), &mut rows).await?;
            is_left |= !is_built;
        }
        if is_left {
            let mut tx = self.db.begin(TxName("record_index.leave")).await?;
            queue::enqueue(&mut tx, &job().at(Micros(Micros::now().0 + LEFT_US))).await?;
            tx.commit().await?;
        }
        self.look_at_record_indexes(&types, &self.record_indexes_turn.lock().await).await?;
        while let Some(stray) = self.db.query(&STRAY).optional::<i64>().await? {
            if self.db.query(&SWEEP).bind(stray).bind(SWEPT).execute().await? == 0 {
                break;
            }
        }
        Ok(rows)
    }

    /// Puts all rows of a type into some indexes; whether the type has them yet.
    async fn build_type(
        &self,
        of: (&ContentType, &RecordOptions),
        (indexes, unready): (&Indexes, &[i64]),
        rows: &mut u64,
    ) -> Result<bool, DbError> {
        let mut after = 0;
        loop {
            match self.build_part(of, (indexes, unready), after).await? {
                Built::Part { last, rows: built } => (after, *rows) = (last, *rows + built),
                Built::Stale => return Ok(false),
                Built::All => break,
            }
        }
        for id in unready {
            self.db.query(&FINISH).bind(*id).execute().await?;
        }
        Ok(true)
    }

    async fn build_part(
        &self,
        (of_type, records): (&ContentType, &RecordOptions),
        (indexes, unready): (&Indexes, &[i64]),
        after: i64,
    ) -> Result<Built, DbError> {
        let mut tx = self.db.begin(TxName("record_index.build")).await?;
        let part: Vec<Stored> =
            Exec::from(&mut tx).query(&ROWS).bind(&of_type.name).bind(after).bind(PART).list().await?;
        let Some(last) = part.last().map(|row| row.id) else { return Ok(Built::All) };
        if !indexes.are_current(&mut tx, &of_type.name).await? {
            return Ok(Built::Stale);
        }
        let (mut places, mut changed) = (Vec::new(), Vec::new());
        for row in &part {
            let keys = key::keys((of_type, records), &json_object(&row.data), (row.created_at, row.updated_at));
            let of_row = indexes.places(&of_type.name, &keys, row.id).into_iter();
            places.extend(of_row.filter(|place| place[0].as_i64().is_some_and(|index| unready.contains(&index))));
            changed.push(json!({ "id": row.id, "keys": Value::Object(keys).to_string() }));
        }
        set_keys(&mut tx, changed).await?;
        write::insert_places(&mut tx, places).await?;
        tx.commit().await?;
        Ok(Built::Part { last, rows: part.len() as u64 })
    }
}

/// Gives rows the keys that they are sorted and found by.
pub(super) async fn set_keys(tx: &mut Tx, changed: Vec<Value>) -> Result<(), DbError> {
    Exec::from(tx).query(&SET_KEYS).bind(Value::Array(changed).to_string()).execute().await.map(drop)
}

/// What became of a part of the rows of a type.
enum Built {
    Part {
        last: i64,
        rows: u64,
    },
    /// The type has other indexes meanwhile.
    Stale,
    /// There are no more.
    All,
}

fn job() -> NewJob {
    NewJob::new(JobKind::RecordIndex, json!({})).keyed("changed")
}

/// Makes the indexes in the database those that the types want.
async fn settle(db: &Arc<Db>, types: &Types) -> Result<Vec<Index>, DbError> {
    if collections(types).next().is_none() {
        return Ok(Vec::new());
    }
    let is_fit = |found: &[Index]| {
        let mut compared = collections(types).map(|of| compare(of, found));
        compared.all(|compared| compared.missing.is_empty() && compared.strange.is_empty())
    };
    let found = list(&**db).await?;
    if is_fit(&found) {
        return Ok(found);
    }
    let mut tx = db.begin(TxName("record_index.settle")).await?;
    // Rows that are being added are there before somebody puts all that are there into the new ones.
    write::take_ids(&mut tx, 0).await?;
    let found = list(&mut tx).await?;
    for of in collections(types) {
        let compared = compare(of, &found);
        for index in compared.strange {
            Exec::from(&mut tx).query(&DELETE).bind(index.id).execute().await?;
        }
        for (name, shape) in compared.missing {
            Exec::from(&mut tx).query(&INSERT).bind(&of.0.name).bind(name).bind(shape).execute().await?;
        }
    }
    if !is_fit(&found) {
        queue::enqueue(&mut tx, &job()).await?;
    }
    let found = list(&mut tx).await?;
    tx.commit().await?;
    Ok(found)
}

async fn list(on: impl Into<Exec<'_>>) -> Result<Vec<Index>, DbError> {
    on.into().query(&LIST).bind(MAX_INDEXES).list().await
}
