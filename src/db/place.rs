//! What is in the place of a database, and another one in its place: for a restore.

use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _};

use super::migrate::{self, lock_file};
use super::snapshot::VERSIONS;
use super::{Db, DbError, Pools};

/// Tables of which a database with nothing in it has none, or no rows: migrations fill none of them.
const TELLING: [&str; 4] = ["site", "account", "image", "document"];
const IS_MIGRATED: &str = "SELECT TO_REGCLASS('_sqlx_migrations') IS NOT NULL";
/// What SQLite keeps beside a database.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

impl Db {
    /// Whether there is anything in it that somebody would miss: a site, an account, a file. There is nothing in one that
    /// was only migrated.
    ///
    /// # Errors
    /// When the database is out of reach, or the file is no database.
    pub async fn holds_something(&self) -> Result<bool, DbError> {
        match &self.pools {
            Pools::Sqlite { file, .. } => {
                if std::fs::metadata(file).map_or(0, |meta| meta.len()) == 0 {
                    return Ok(false);
                }
                let options = SqliteConnectOptions::new().filename(file);
                let mut connection = SqliteConnection::connect_with(&options).await?;
                for table in TELLING {
                    let known = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = $1";
                    let known: i64 = sqlx::query_scalar(known).bind(table).fetch_one(&mut connection).await?;
                    let rows = AssertSqlSafe(format!("SELECT COUNT(*) FROM (SELECT 1 FROM {table} LIMIT 1) AS t"));
                    if known > 0 && sqlx::query_scalar::<_, i64>(rows).fetch_one(&mut connection).await? > 0 {
                        return Ok(true);
                    }
                }
                connection.close().await?;
                Ok(false)
            }
            Pools::Postgres { write, .. } => {
                let mut connection = self.connection(write).await?;
                for table in TELLING {
                    let known = "SELECT TO_REGCLASS($1) IS NOT NULL";
                    let rows = AssertSqlSafe(format!("SELECT COUNT(*) FROM (SELECT 1 FROM {table} LIMIT 1) AS t"));
                    if sqlx::query_scalar::<_, bool>(known).bind(table).fetch_one(&mut *connection).await?
                        && sqlx::query_scalar::<_, i64>(rows).fetch_one(&mut *connection).await? > 0
                    {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }

    /// A migration of the PostgreSQL database that this binary does not know, and so neither the tables that it made. A
    /// SQLite database is replaced as a file, whatever made it.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn unknown_migration(&self) -> Result<Option<i64>, DbError> {
        let Pools::Postgres { write, .. } = &self.pools else { return Ok(None) };
        let mut connection = self.connection(write).await?;
        if !sqlx::query_scalar::<_, bool>(IS_MIGRATED).fetch_one(&mut *connection).await? {
            return Ok(None);
        }
        let versions: Vec<i64> = sqlx::query_scalar(VERSIONS).fetch_all(&mut *connection).await?;
        Ok(migrate::unknown(&versions))
    }

    /// Whether another process has the SQLite file open: only whoever is alone gets the lock of it all.
    ///
    /// # Errors
    /// When the file is no database.
    pub async fn is_open_elsewhere(&self) -> Result<bool, DbError> {
        let Some(file) = self.file().filter(|file| file.exists()) else { return Ok(false) };
        let options = SqliteConnectOptions::new().filename(file).busy_timeout(std::time::Duration::from_millis(500));
        let mut connection = SqliteConnection::connect_with(&options).await?;
        let alone = async {
            sqlx::query("PRAGMA locking_mode = EXCLUSIVE").execute(&mut connection).await?;
            // Also writes what is in the log into the file.
            sqlx::query("PRAGMA journal_mode = DELETE").execute(&mut connection).await?;
            sqlx::query("BEGIN EXCLUSIVE").execute(&mut connection).await?;
            sqlx::query("COMMIT").execute(&mut connection).await.map(|_| ())
        };
        let result = alone.await.map_err(DbError::from);
        connection.close().await?;
        match result {
            Ok(()) => Ok(false),
            Err(DbError::Busy) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Puts `copy` in the place of the SQLite database, and what was there to `aside`. Both are files of the same folder.
    /// `false`, and nothing was done, when somebody else has the database open.
    ///
    /// # Errors
    /// When the system refuses; the message says which of the files is where.
    pub async fn put_in_place(&self, copy: &Path, aside: &Path) -> std::io::Result<bool> {
        let Some(file) = self.file() else { return Err(std::io::Error::other("the database is not a file")) };
        // A server that starts now waits for the lock before it opens the file.
        let lock = lock_file(file).await.map_err(std::io::Error::other)?;
        // What cannot be read is nobody's.
        if self.is_open_elsewhere().await.unwrap_or_default() {
            return Ok(false);
        }
        let beside = |path: &Path, end: &str| PathBuf::from(format!("{}{end}", path.display()));
        // A log that is left behind would be played into the file that comes.
        for end in BESIDE.into_iter().filter(|end| beside(file, end).exists()) {
            std::fs::rename(beside(file, end), beside(aside, end))?;
        }
        if file.exists() {
            std::fs::rename(file, aside)?;
        }
        let placed = std::fs::rename(copy, file);
        placed.map_err(|error| {
            let text = format!("{}: {error}; what was there is {}", file.display(), aside.display());
            std::io::Error::new(error.kind(), text)
        })?;
        let folder = file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        std::fs::File::open(folder)?.sync_all()?;
        drop(lock);
        Ok(true)
    }
}
