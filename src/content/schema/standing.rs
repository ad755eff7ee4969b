//! Which migrations were applied, and how far one that is under way came.

use std::collections::BTreeMap;

use super::file::{self, Migration};
use crate::clock::Micros;
use crate::content::Content;
use crate::content::types::Types;
use crate::db::{Db, DbError, Exec, Tx};
use crate::{queries, record};

/// Migrations that are listed.
const MAX_LISTED: i64 = 10_000;
/// Stored fields that are listed: types times fields, with those that are gone.
const MAX_FIELDS: i64 = 10_000;

record! {
    /// What the database knows of one migration.
    #[derive(Clone, Debug)]
    pub struct Standing {
        pub name: String,
        /// Of the file that was applied.
        pub digest: String,
        pub started_at: i64,
        /// The rows in work; empty before the first batch, and at the end.
        pub stage: String,
        /// The last id that was done.
        pub position: i64,
        /// Rows changed.
        pub changed: i64,
        pub finished_at: Option<i64>,
    }
}
record! {
    /// A field that rows hold and their type does not have any more.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Orphan { pub type_name: String, pub field: String, pub objects: i64 }
}

queries! {
    LIST = read "content_migration.list"
        "SELECT name, digest, started_at, stage, position, changed, finished_at FROM content_migration
         ORDER BY name LIMIT $1";
    START = write "content_migration.start"
        "INSERT INTO content_migration (name, digest, started_at, stage, position, changed)
         VALUES ($1, $2, $3, '', 0, 0) ON CONFLICT DO NOTHING";
    CLAIM = write "content_migration.claim"
        ("SELECT name, digest, started_at, stage, position, changed, finished_at FROM content_migration
         WHERE name = $1" for_update);
    ADVANCE = write "content_migration.advance"
        "UPDATE content_migration SET stage = $2, position = $3, changed = changed + $4 WHERE name = $1";
    FINISH = write "content_migration.finish"
        "UPDATE content_migration SET stage = '', position = 0, finished_at = $2 WHERE name = $1";
    ADOPT = write "content_migration.adopt"
        "INSERT INTO content_migration (name, digest, started_at, stage, position, changed, finished_at)
         VALUES ($1, $2, $3, '', 0, 0, $3) ON CONFLICT DO NOTHING";
    FIELDS = read "content_migration.list_fields"
        "SELECT held.type AS type_name, found.field, COUNT(*) AS objects
         FROM (SELECT type, data FROM page WHERE depth > 1 UNION ALL SELECT type, data FROM snippet
               UNION ALL SELECT type, data FROM setting) held, json_object_keys(CAST(held.data AS JSON)) AS found(field)
         GROUP BY held.type, found.field ORDER BY held.type, found.field LIMIT $1"
        sqlite
        "SELECT held.type AS type_name, found.key AS field, COUNT(*) AS objects
         FROM (SELECT type, data FROM page WHERE depth > 1 UNION ALL SELECT type, data FROM snippet
               UNION ALL SELECT type, data FROM setting) held, json_each(held.data) AS found
         GROUP BY held.type, found.key ORDER BY held.type, found.key LIMIT $1";
}

pub async fn list(db: &Db) -> Result<Vec<Standing>, DbError> {
    db.query(&LIST).bind(MAX_LISTED).list().await
}

pub(super) async fn start(db: &Db, migration: &Migration) -> Result<(), DbError> {
    let call = db.query(&START).bind(&migration.name).bind(&migration.digest).bind(Micros::now());
    call.execute().await.map(|_| ())
}

/// How far the migration is; nobody else goes on with it until the transaction ends.
pub(super) async fn claim(tx: &mut Tx, name: &str) -> Result<Standing, DbError> {
    Exec::from(tx).query(&CLAIM).bind(name).one().await
}

pub(super) async fn advance(tx: &mut Tx, name: &str, stage: &str, position: i64, changed: i64) -> Result<(), DbError> {
    let call = Exec::from(tx).query(&ADVANCE).bind(name).bind(stage).bind(position).bind(changed);
    call.execute().await.map(|_| ())
}

pub(super) async fn finish(tx: &mut Tx, name: &str) -> Result<(), DbError> {
    Exec::from(tx).query(&FINISH).bind(name).bind(Micros::now()).execute().await.map(|_| ())
}

/// Records `(path, text)` migrations as applied, without applying them: content that is seeded has the new form.
pub async fn adopt(tx: &mut Tx, files: &[(String, String)]) -> Result<(), DbError> {
    for (name, digest) in files.iter().filter_map(|(path, text)| file::identify(path, text)) {
        Exec::from(&mut *tx).query(&ADOPT).bind(name).bind(digest).bind(Micros::now()).execute().await?;
    }
    Ok(())
}

/// The names of migrations among `(path, text)` files that are not finished.
pub async fn pending(db: &Db, files: &[(String, String)]) -> Result<Vec<String>, DbError> {
    let known: BTreeMap<String, Option<i64>> =
        list(db).await?.into_iter().map(|known| (known.name, known.finished_at)).collect();
    let names = files.iter().filter_map(|(path, text)| file::identify(path, text)).map(|(name, _)| name);
    Ok(names.filter(|name| known.get(name).is_none_or(Option::is_none)).collect())
}

impl Content {
    /// Fields at the top of live rows that their types do not have any more.
    ///
    /// # Errors
    /// When the database is out of reach, or does not read all rows in time.
    pub async fn orphaned_fields(&self) -> Result<Vec<Orphan>, DbError> {
        let types: &Types = &self.types();
        let held: Vec<Orphan> = self.db.query(&FIELDS).bind(MAX_FIELDS).list().await?;
        let is_orphan = |held: &Orphan| types.find(&held.type_name).is_some_and(|of| of.field(&held.field).is_none());
        Ok(held.into_iter().filter(is_orphan).collect())
    }
}
