//! Changing rows: one at a time as somebody edits them, or many at once as they are brought in.

use serde_json::{Map, Value, json};

use super::index::Indexes;
use super::{Record, key, typed};
use crate::clock::Micros;
use crate::content::guarded::{self, Other};
use crate::content::object_log::{self, Of, Subject};
use crate::content::types::{ContentType, FieldError, Mode, RecordOptions, Types};
use crate::content::{Actor, Content, EditError};
use crate::db::{DbError, Exec, Tx, TxName};
use crate::queries;
use crate::telemetry::label::{ObjectEvent, ObjectKind};

/// Characters of a title that the log keeps.
const MAX_TITLE: usize = 200;

queries! {
    /// The numbers up to the one that it tells.
    TAKE_IDS = write "record.take_ids" "UPDATE record_counter SET last_id = last_id + $1 RETURNING last_id";
    INSERT = write "record.insert"
        "INSERT INTO record (id, type, version, data, keys, created_at, updated_at)
         SELECT CAST(item ->> 'id' AS BIGINT), $2, 1, item ->> 'data', CAST(item ->> 'keys' AS JSONB),
                CAST($3 AS BIGINT), CAST($3 AS BIGINT)
         FROM json_array_elements(CAST($1 AS JSON)) AS added (item)"
        sqlite
        "INSERT INTO record (id, type, version, data, keys, created_at, updated_at)
         SELECT value ->> 'id', $2, 1, value ->> 'data', value ->> 'keys', $3, $3 FROM json_each($1)";
    UPDATE = write "record.update"
        "UPDATE record SET version = version + 1, data = $2, keys = CAST($3 AS JSONB), updated_at = $4 WHERE id = $1"
        sqlite
        "UPDATE record SET version = version + 1, data = $2, keys = $3, updated_at = $4 WHERE id = $1";
    DELETE = write "record.delete" "DELETE FROM record WHERE id = $1";
    LOCK = write "record.lock"
        "SELECT id, type AS type_name, version, data, CAST(keys AS TEXT) AS keys, created_at, updated_at
         FROM record WHERE id = $1 AND type = $2 FOR UPDATE"
        sqlite
        "SELECT id, type AS type_name, version, data, keys, created_at, updated_at FROM record WHERE id = $1 AND type = $2";
    INSERT_PLACES = write "record_key.insert"
        "INSERT INTO record_key (index_id, place, record_id)
         SELECT CAST(item ->> 0 AS BIGINT), item ->> 1, CAST(item ->> 2 AS BIGINT)
         FROM json_array_elements(CAST($1 AS JSON)) AS added (item) WHERE TRUE ON CONFLICT DO NOTHING"
        sqlite
        "INSERT INTO record_key (index_id, place, record_id)
         SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each($1) WHERE TRUE ON CONFLICT DO NOTHING";
    DELETE_PLACES = write "record_key.delete"
        "DELETE FROM record_key USING json_array_elements(CAST($1 AS JSON)) AS gone (item)
         WHERE index_id = CAST(item ->> 0 AS BIGINT) AND place = item ->> 1 AND record_id = CAST(item ->> 2 AS BIGINT)"
        sqlite
        "DELETE FROM record_key WHERE (index_id, place, record_id) IN
             (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each($1))";
}

pub(super) async fn insert_places(tx: &mut Tx, places: Vec<Value>) -> Result<(), DbError> {
    if places.is_empty() {
        return Ok(());
    }
    Exec::from(tx).query(&INSERT_PLACES).bind(Value::Array(places).to_string()).execute().await.map(drop)
}

pub(super) async fn delete_places(tx: &mut Tx, places: Vec<Value>) -> Result<(), DbError> {
    if places.is_empty() {
        return Ok(());
    }
    Exec::from(tx).query(&DELETE_PLACES).bind(Value::Array(places).to_string()).execute().await.map(drop)
}

/// What became of many rows.
#[derive(Clone, Debug, Default)]
pub struct Added {
    pub rows: u64,
    /// Those that were not taken, by their places among all, from 0.
    pub refused: Vec<(usize, Vec<FieldError>)>,
}

/// What a row is called: by the field that its type names, or by its number.
pub fn title(records: &RecordOptions, values: &Map<String, Value>, id: i64) -> String {
    let named = records.title.as_ref().and_then(|name| values.get(name));
    let text = match named {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    if text.is_empty() { format!("#{id}") } else { text.chars().take(MAX_TITLE).collect() }
}

/// The row, for whoever changes it, if it is one of the versions that they have seen.
async fn lock(
    tx: &mut Tx,
    (type_name, id): (&str, i64),
    takes: &(dyn Fn(i64) -> bool + Send + Sync),
) -> Result<Record, EditError> {
    let found: Option<Record> = Exec::from(&mut *tx).query(&LOCK).bind(id).bind(type_name).optional().await?;
    let found = found.ok_or(EditError::RecordNotFound(id))?;
    if takes(found.version) {
        return Ok(found);
    }
    let of = Of { kind: ObjectKind::Record, id, type_name };
    let last = object_log::find_last(&mut *tx, of).await?;
    let by = last.map(|entry| entry.actor).filter(|name| !name.is_empty()).unwrap_or_else(|| "Somebody".to_owned());
    Err(EditError::Conflict { revision: found.version, by, at: Micros(found.updated_at).to_rfc3339() })
}

/// Normal values of a new row.
pub(super) fn checked(
    (types, of_type): (&Types, &ContentType),
    by: &Actor,
    values: Map<String, Value>,
) -> Result<Map<String, Value>, EditError> {
    let values = guarded::of_new((types, of_type), by, values)?;
    of_type.validate(types, &values, Mode::Publish).map_err(EditError::Invalid)
}

type Refused = Vec<(usize, Vec<FieldError>)>;

/// Those whose values are taken, and the others.
fn sorted(
    of: (&Types, &ContentType),
    rows: Vec<Map<String, Value>>,
    by: &Actor,
) -> Result<(Vec<Map<String, Value>>, Refused), EditError> {
    let (mut fit, mut refused) = (Vec::with_capacity(rows.len()), Vec::new());
    for (at, values) in rows.into_iter().enumerate() {
        match checked(of, by, values) {
            Ok(values) => fit.push(values),
            Err(EditError::Invalid(errors)) => refused.push((at, errors)),
            Err(other) => return Err(other),
        }
    }
    Ok((fit, refused))
}

/// Takes so many numbers, and tells the last of them. Whoever takes some later, or none, waits until these are written.
pub(super) async fn take_ids(tx: &mut Tx, number: i64) -> Result<i64, DbError> {
    Exec::from(tx).query(&TAKE_IDS).bind(number).one().await
}

/// What is written along other indexes than those that a type has would be in none of its lists.
pub(super) async fn check_indexes(tx: &mut Tx, of_type: &ContentType, indexes: &Indexes) -> Result<(), EditError> {
    match indexes.are_current(tx, &of_type.name).await? {
        true => Ok(()),
        false => Err(EditError::IndexesChanged(of_type.label.clone())),
    }
}

/// Writes rows of one type; their numbers, in their order.
async fn insert(
    tx: &mut Tx,
    of: (&ContentType, &RecordOptions),
    indexes: &Indexes,
    rows: &[Map<String, Value>],
    at: Micros,
) -> Result<Vec<i64>, EditError> {
    let number = rows.len() as i64;
    let last = take_ids(tx, number).await?;
    check_indexes(tx, of.0, indexes).await?;
    let ids: Vec<i64> = (last - number + 1..=last).collect();
    let (mut added, mut places) = (Vec::with_capacity(rows.len()), Vec::new());
    for (values, id) in rows.iter().zip(&ids) {
        let keys = key::keys(of, values, (at.0, at.0));
        places.append(&mut indexes.places(&of.0.name, &keys, *id));
        let (data, keys) = (Value::Object(values.clone()).to_string(), Value::Object(keys).to_string());
        added.push(json!({ "id": id, "data": data, "keys": keys }));
    }
    let call = Exec::from(&mut *tx).query(&INSERT).bind(Value::Array(added).to_string()).bind(&of.0.name).bind(at);
    call.execute().await?;
    insert_places(tx, places).await?;
    Ok(ids)
}

/// Gives a row other values, and moves it in the indexes.
async fn replace(
    tx: &mut Tx,
    of: (&ContentType, &RecordOptions),
    indexes: &Indexes,
    (known, values, at): (&Record, &Map<String, Value>, Micros),
) -> Result<(), DbError> {
    let keys = key::keys(of, values, (known.created_at, at.0));
    let (old, new) = (known.places(indexes), indexes.places(&of.0.name, &keys, known.id));
    let (gone, come): (Vec<Value>, Vec<Value>) = (
        old.iter().filter(|place| !new.contains(place)).cloned().collect(),
        new.iter().filter(|place| !old.contains(place)).cloned().collect(),
    );
    delete_places(tx, gone).await?;
    insert_places(tx, come).await?;
    let call = Exec::from(tx).query(&UPDATE).bind(known.id).bind(Value::Object(values.clone()).to_string());
    call.bind(Value::Object(keys).to_string()).bind(at).execute().await.map(drop)
}

impl Content {
    /// Adds a row; its number.
    ///
    /// # Errors
    /// What [`EditError`] says; nothing is written then.
    pub async fn create_record(
        &self,
        type_name: &str,
        values: Map<String, Value>,
        by: &Actor,
    ) -> Result<i64, EditError> {
        let types = self.types();
        let (of_type, records) = typed(&types, type_name)?;
        let values = checked((&types, of_type), by, values)?;
        let indexes = self.record_indexes(&types).await?;
        let mut tx = self.db.begin(TxName("record.create")).await?;
        let ids = insert(&mut tx, (of_type, records), &indexes, std::slice::from_ref(&values), Micros::now()).await?;
        let id = ids.first().copied().unwrap_or_default();
        let named = title(records, &values, id);
        self.finish_record(tx, by, (ObjectEvent::Create, id), (&named, type_name)).await?;
        Ok(id)
    }

    /// Adds many rows, those whose values are taken. It is for whoever calls to write into the log that they came:
    /// [`Content::note_records`].
    ///
    /// # Errors
    /// When there is no such collection, or the database is out of reach; nothing is written then.
    pub async fn add_records(
        &self,
        type_name: &str,
        rows: Vec<Map<String, Value>>,
        by: &Actor,
    ) -> Result<Added, EditError> {
        let types = self.types();
        let (of_type, records) = typed(&types, type_name)?;
        let (fit, refused) = sorted((&types, of_type), rows, by)?;
        if !fit.is_empty() {
            let indexes = self.record_indexes(&types).await?;
            let mut tx = self.db.begin(TxName("record.add")).await?;
            insert(&mut tx, (of_type, records), &indexes, &fit, Micros::now()).await?;
            tx.commit().await?;
        }
        Ok(Added { rows: fit.len() as u64, refused })
    }

    /// What [`Content::add_records`] would make of them.
    ///
    /// # Errors
    /// When there is no such collection.
    pub fn try_records(&self, type_name: &str, rows: Vec<Map<String, Value>>, by: &Actor) -> Result<Added, EditError> {
        let types = self.types();
        let (fit, refused) = sorted((&types, typed(&types, type_name)?.0), rows, by)?;
        Ok(Added { rows: fit.len() as u64, refused })
    }

    /// Writes into the log that many rows were added at once.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn note_records(&self, type_name: &str, rows: u64, by: &Actor) -> Result<(), DbError> {
        let types = self.types();
        let title = types.find(type_name).map_or(type_name, |of_type| of_type.label.as_str());
        let subject = Subject { kind: ObjectKind::Record, id: 0, title, type_name, revision: None };
        let mut tx = self.db.begin(TxName("record.note")).await?;
        object_log::append(&mut tx, by, ObjectEvent::Create, subject, &json!({ "rows": rows })).await?;
        tx.commit().await?;
        self.count_objects(ObjectKind::Record, ObjectEvent::Create, by.channel, rows);
        Ok(())
    }

    /// Changes some values of a row, or all of them: what `change` makes of those that are there. `takes` tells whether a
    /// version is one that whoever changes it has seen.
    ///
    /// # Errors
    /// [`EditError::Conflict`] when it is not, and what else [`EditError`] says; nothing is written then.
    pub async fn change_record(
        &self,
        (type_name, id): (&str, i64),
        takes: &(dyn Fn(i64) -> bool + Send + Sync),
        change: impl FnOnce(Map<String, Value>) -> Map<String, Value> + Send,
        by: &Actor,
    ) -> Result<(), EditError> {
        let types = self.types();
        let (of_type, records) = typed(&types, type_name)?;
        let indexes = self.record_indexes(&types).await?;
        let mut tx = self.db.begin(TxName("record.update")).await?;
        let known = lock(&mut tx, (type_name, id), takes).await?;
        check_indexes(&mut tx, of_type, &indexes).await?;
        // What the type has no longer goes with the first change.
        let mut stored = known.values.clone();
        stored.retain(|name, _| of_type.field(name).is_some());
        let mut values = change(stored);
        if guarded::concerns(of_type, by) {
            guarded::settle((&types, of_type), by, &mut values, &known.values, Other::Refused)?;
        }
        let values = of_type.validate(&types, &values, Mode::Publish).map_err(EditError::Invalid)?;
        replace(&mut tx, (of_type, records), &indexes, (&known, &values, Micros::now())).await?;
        let named = title(records, &values, id);
        self.finish_record(tx, by, (ObjectEvent::Update, id), (&named, type_name)).await
    }

    /// Deletes a row, for good.
    ///
    /// # Errors
    /// As [`Content::change_record`].
    pub async fn delete_record(
        &self,
        (type_name, id): (&str, i64),
        takes: &(dyn Fn(i64) -> bool + Send + Sync),
        by: &Actor,
    ) -> Result<(), EditError> {
        let types = self.types();
        let (of_type, records) = typed(&types, type_name)?;
        let indexes = self.record_indexes(&types).await?;
        let mut tx = self.db.begin(TxName("record.delete")).await?;
        let known = lock(&mut tx, (type_name, id), takes).await?;
        check_indexes(&mut tx, of_type, &indexes).await?;
        delete_places(&mut tx, known.places(&indexes)).await?;
        Exec::from(&mut tx).query(&DELETE).bind(id).execute().await?;
        let named = title(records, &known.values, id);
        self.finish_record(tx, by, (ObjectEvent::Delete, id), (&named, type_name)).await
    }

    async fn finish_record(
        &self,
        mut tx: Tx,
        by: &Actor,
        (event, id): (ObjectEvent, i64),
        (title, type_name): (&str, &str),
    ) -> Result<(), EditError> {
        let subject = Subject { kind: ObjectKind::Record, id, title, type_name, revision: None };
        object_log::append(&mut tx, by, event, subject, &Value::Null).await?;
        tx.commit().await?;
        self.count_object(ObjectKind::Record, event, by.channel);
        Ok(())
    }
}
