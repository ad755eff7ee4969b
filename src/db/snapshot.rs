//! The whole database as it was at one moment, for a backup: a copy of the file on SQLite, one read-only transaction on
//! PostgreSQL. Writers go on meanwhile. It has a connection of its own: a pool has none to spare for so long.

use std::path::Path;

use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt as _;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};
use tokio::sync::mpsc;

use super::migrate::own_tables;
use super::{Db, DbError, Pools};

/// Rows are handed on in pieces of about so many bytes.
const PIECE_BYTES: usize = 128 << 10;
/// Files that are named at once.
pub const MAX_NAMED: usize = 1_000;

/// Ordinary tables of the schema; those that a full-text index keeps for itself belong to it.
const SQLITE_TABLES: &str = "SELECT name FROM pragma_table_list
    WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
/// Of these tables, those that hold rows, partitions among them, with the columns that can be written. Others may have
/// tables there too.
const POSTGRES_TABLES: &str = "SELECT c.relname::TEXT AS name,
        ARRAY(SELECT a.attname::TEXT FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum) AS columns
    FROM pg_class c WHERE c.relnamespace = CURRENT_SCHEMA()::REGNAMESPACE AND c.relkind = 'r'
        AND c.relname <> '_sqlx_migrations' AND c.relname::TEXT = ANY($1)
    ORDER BY c.relname";
/// The sequences of columns of these tables.
const SEQUENCES: &str = "SELECT q.sequencename::TEXT AS name, COALESCE(q.last_value, q.start_value) AS last_value,
        q.last_value IS NOT NULL AS is_called
    FROM pg_sequences q
    JOIN pg_class s ON s.relname = q.sequencename AND s.relnamespace = CURRENT_SCHEMA()::REGNAMESPACE
    JOIN pg_depend d ON d.classid = 'pg_class'::REGCLASS AND d.objid = s.oid AND d.refclassid = 'pg_class'::REGCLASS
        AND d.deptype IN ('a', 'i')
    JOIN pg_class c ON c.oid = d.refobjid AND c.relname::TEXT = ANY($1)
    WHERE q.schemaname = CURRENT_SCHEMA() ORDER BY q.sequencename";
pub(super) const VERSIONS: &str = "SELECT version FROM _sqlx_migrations ORDER BY version";
/// Every file that a row names; the index on the key of each table carries it.
const NAMED: &str = "SELECT file_key, digest, size_bytes FROM
        (SELECT * FROM (SELECT file_key, digest, size_bytes FROM image WHERE file_key > $1 ORDER BY file_key LIMIT $2) AS i
         UNION ALL
         SELECT * FROM (SELECT file_key, digest, size_bytes FROM document WHERE file_key > $1 ORDER BY file_key LIMIT $2) AS d) AS f
    ORDER BY file_key LIMIT $2";

/// A table that holds rows, with its columns in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub name: String,
    pub columns: Vec<String>,
}

/// Where the numbers of a table go on.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sequence {
    pub name: String,
    pub last_value: i64,
    pub is_called: bool,
}

/// A file of the media library as its row has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFile {
    pub key: String,
    /// SHA-256 in hex.
    pub digest: String,
    pub size_bytes: u64,
}

/// A database at one moment.
pub struct Snapshot(pub(super) Source);

pub(super) enum Source {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Db {
    /// The database as it is now. On SQLite it is written to `copy`, which must not be there yet, and read from it.
    ///
    /// # Errors
    /// When the database is out of reach, or there is no room for the copy.
    pub async fn snapshot(&self, copy: &Path) -> Result<Snapshot, DbError> {
        match &self.pools {
            Pools::Sqlite { read, .. } => {
                let mut connection = SqliteConnection::connect_with(&read.connect_options()).await?;
                let text = format!("VACUUM INTO '{}'", copy.display().to_string().replace('\'', "''"));
                sqlx::query(AssertSqlSafe(text)).execute(&mut connection).await?;
                connection.close().await?;
                Snapshot::open_copy(copy).await
            }
            Pools::Postgres { read, .. } => {
                // The pool knows then on which host the database is.
                drop(self.connection(read).await?);
                let mut connection = unhurried(read).await?;
                sqlx::query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").execute(&mut connection).await?;
                // The moment is that of the first statement.
                sqlx::query(VERSIONS).fetch_all(&mut connection).await?;
                Ok(Snapshot(Source::Postgres(connection)))
            }
        }
    }
}

/// A connection whose statements may take as long as they take.
pub(super) async fn unhurried(pool: &sqlx::PgPool) -> Result<PgConnection, DbError> {
    let options = (*pool.connect_options()).clone().application_name("vitrine backup");
    Ok(PgConnection::connect_with(&options.options([("statement_timeout", "0")])).await?)
}

/// As PostgreSQL and SQLite quote names.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Table {
    /// `"page" ("id", "title")`
    pub(super) fn with_columns(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|column| quoted(column)).collect();
        format!("{} ({})", quoted(&self.name), columns.join(", "))
    }
}

impl Snapshot {
    /// A copy that an earlier snapshot left; nothing is written to it.
    ///
    /// # Errors
    /// When it is no database.
    pub async fn open_copy(copy: &Path) -> Result<Self, DbError> {
        let options = SqliteConnectOptions::new().filename(copy).read_only(true);
        Ok(Self(Source::Sqlite(SqliteConnection::connect_with(&options).await?)))
    }

    /// # Errors
    /// What [`DbError`] says, here and in the other methods.
    pub async fn tables(&mut self) -> Result<Vec<Table>, DbError> {
        match &mut self.0 {
            Source::Sqlite(connection) => {
                let names: Vec<String> = sqlx::query_scalar(SQLITE_TABLES).fetch_all(connection).await?;
                Ok(names.into_iter().map(|name| Table { name, columns: Vec::new() }).collect())
            }
            Source::Postgres(connection) => postgres_tables(connection).await,
        }
    }

    /// The migrations that made its schema.
    pub async fn versions(&mut self) -> Result<Vec<i64>, DbError> {
        Ok(match &mut self.0 {
            Source::Sqlite(connection) => sqlx::query_scalar(VERSIONS).fetch_all(connection).await?,
            Source::Postgres(connection) => sqlx::query_scalar(VERSIONS).fetch_all(connection).await?,
        })
    }

    /// None on SQLite, which keeps them in a table.
    pub async fn sequences(&mut self) -> Result<Vec<Sequence>, DbError> {
        let Source::Postgres(connection) = &mut self.0 else { return Ok(Vec::new()) };
        postgres_sequences(connection).await
    }

    /// How many rows a table has.
    pub async fn count(&mut self, table: &Table) -> Result<u64, DbError> {
        let text = AssertSqlSafe(format!("SELECT COUNT(*) FROM {}", quoted(&table.name)));
        let rows: i64 = match &mut self.0 {
            Source::Sqlite(connection) => sqlx::query_scalar(text).fetch_one(connection).await?,
            Source::Postgres(connection) => sqlx::query_scalar(text).fetch_one(connection).await?,
        };
        Ok(rows.unsigned_abs())
    }

    /// Files that rows name, in the order of their keys behind `after`, at most [`MAX_NAMED`].
    pub async fn named_files(&mut self, after: &str) -> Result<Vec<NamedFile>, DbError> {
        let limit = MAX_NAMED as i64;
        let rows: Vec<(String, String, i64)> = match &mut self.0 {
            Source::Sqlite(connection) => sqlx::query_as(NAMED).bind(after).bind(limit).fetch_all(connection).await?,
            Source::Postgres(connection) => sqlx::query_as(NAMED).bind(after).bind(limit).fetch_all(connection).await?,
        };
        let named =
            |(key, digest, size_bytes): (_, _, i64)| NamedFile { key, digest, size_bytes: size_bytes.unsigned_abs() };
        Ok(rows.into_iter().map(named).collect())
    }

    /// The rows of a table as `COPY … TO STDOUT` writes them, one a line. PostgreSQL only.
    pub async fn copy_out(&mut self, table: &Table, into: &mpsc::Sender<Bytes>) -> Result<(), DbError> {
        let Source::Postgres(connection) = &mut self.0 else {
            return Err(DbError::Other("a SQLite database is copied as a file".to_owned()));
        };
        let gone = |_| DbError::Other("nobody takes the rows any more".to_owned());
        let mut rows = connection.copy_out_raw(&format!("COPY {} TO STDOUT", table.with_columns())).await?;
        let mut piece = BytesMut::with_capacity(PIECE_BYTES);
        while let Some(row) = rows.try_next().await? {
            piece.extend_from_slice(&row);
            if piece.len() >= PIECE_BYTES {
                into.send(piece.split().freeze()).await.map_err(gone)?;
            }
        }
        into.send(piece.freeze()).await.map_err(gone)
    }

    /// What is wrong with a copied file, at most a hundred findings. SQLite only: PostgreSQL finds out by restoring.
    pub async fn findings(&mut self) -> Result<Vec<String>, DbError> {
        let Source::Sqlite(connection) = &mut self.0 else { return Ok(Vec::new()) };
        let said: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(100)").fetch_all(&mut *connection).await?;
        let mut findings: Vec<String> = said.into_iter().filter(|line| line != "ok").collect();
        let orphans = sqlx::query("SELECT \"table\", rowid, parent FROM pragma_foreign_key_check LIMIT 100");
        for row in orphans.fetch_all(connection).await? {
            let (table, id, parent): (String, Option<i64>, String) =
                (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            findings.push(format!("row {} of {table} names what is not in {parent}", id.unwrap_or_default()));
        }
        Ok(findings)
    }

    /// Ends it.
    pub async fn close(self) -> Result<(), DbError> {
        match self.0 {
            Source::Sqlite(connection) => connection.close().await?,
            Source::Postgres(connection) => connection.close().await?,
        }
        Ok(())
    }
}

pub(super) async fn postgres_sequences(connection: &mut PgConnection) -> Result<Vec<Sequence>, DbError> {
    let rows = sqlx::query(SEQUENCES).bind(own_tables()).fetch_all(connection).await?;
    let sequence = |row: sqlx::postgres::PgRow| {
        Ok(Sequence {
            name: row.try_get("name")?,
            last_value: row.try_get("last_value")?,
            is_called: row.try_get("is_called")?,
        })
    };
    rows.into_iter().map(sequence).collect::<Result<_, sqlx::Error>>().map_err(DbError::from)
}

pub(super) async fn postgres_tables(connection: &mut PgConnection) -> Result<Vec<Table>, DbError> {
    let rows = sqlx::query(POSTGRES_TABLES).bind(own_tables()).fetch_all(connection).await?;
    let table = |row: sqlx::postgres::PgRow| Ok(Table { name: row.try_get("name")?, columns: row.try_get("columns")? });
    rows.into_iter().map(table).collect::<Result<_, sqlx::Error>>().map_err(DbError::from)
}
