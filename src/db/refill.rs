//! Filling a PostgreSQL database from the rows of a backup, in one transaction: afterwards all of it is there, or all that
//! was there before. A rehearsal does the same in a schema of its own, and takes it back.

use bytes::Bytes;
use sqlx::{AssertSqlSafe, PgConnection, Postgres, Transaction};
use tokio::sync::mpsc;

use super::migrate::{self, own_tables};
use super::snapshot::{postgres_sequences, postgres_tables, quoted};
use super::{Db, DbError, Pools, Sequence, Table};

/// The schema of a rehearsal, which is never committed.
const REHEARSAL: &str = "vitrine_rehearsal";

/// Rules of these tables, which would be broken while rows come in one table after the other.
const FOREIGN_KEYS: &str = "SELECT conrelid::REGCLASS::TEXT, conname::TEXT, PG_GET_CONSTRAINTDEF(k.oid)
    FROM pg_constraint k JOIN pg_class c ON c.oid = conrelid
    WHERE contype = 'f' AND conparentid = 0 AND connamespace = CURRENT_SCHEMA()::REGNAMESPACE AND c.relname::TEXT = ANY($1)
    ORDER BY conrelid, conname";

/// Where a backup is restored to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The database itself; what Vitrine has there is replaced.
    Database,
    /// A schema that nobody else sees, and that is gone afterwards.
    Rehearsal,
}

/// A transaction that fills a database; dropped without [`Refill::finish`], nothing happened.
pub struct Refill {
    tx: Transaction<'static, Postgres>,
    target: Target,
    tables: Vec<Table>,
    foreign_keys: Vec<(String, String, String)>,
}

impl Db {
    /// Begins to fill the database, with the schema that `versions` made. PostgreSQL only.
    ///
    /// # Errors
    /// When the database is out of reach, or this binary does not know one of the versions.
    pub async fn refill(&self, target: Target, versions: &[i64]) -> Result<Refill, DbError> {
        let Pools::Postgres { write, .. } = &self.pools else {
            return Err(DbError::Other("a SQLite database is restored as a file".to_owned()));
        };
        let migrator = migrate::to(versions)?;
        let mut tx = Transaction::begin(self.connection(write).await?, None).await?;
        run(&mut tx, "SET LOCAL statement_timeout = 0".to_owned()).await?;
        match target {
            Target::Rehearsal => {
                run(&mut tx, format!("CREATE SCHEMA {REHEARSAL}")).await?;
                run(&mut tx, format!("SET LOCAL search_path TO {REHEARSAL}")).await?;
            }
            Target::Database => {
                for table in own_tables() {
                    run(&mut tx, format!("DROP TABLE IF EXISTS {} CASCADE", quoted(table))).await?;
                }
                for function in migrate::own_functions() {
                    run(&mut tx, format!("DROP FUNCTION IF EXISTS {}() CASCADE", quoted(function))).await?;
                }
            }
        }
        // Each migration is a savepoint within the transaction.
        migrator.run_direct(None, &mut *tx, false).await.map_err(migrate::migrate_error)?;
        let tables = postgres_tables(&mut tx).await?;
        let foreign_keys: Vec<(String, String, String)> =
            sqlx::query_as(FOREIGN_KEYS).bind(own_tables()).fetch_all(&mut *tx).await?;
        for (table, name, _) in &foreign_keys {
            run(&mut tx, format!("ALTER TABLE {table} DROP CONSTRAINT {}", quoted(name))).await?;
        }
        for table in &tables {
            let name = quoted(&table.name);
            // Migrations bring rows, and so does the backup; a row that comes back is no event.
            run(&mut tx, format!("ALTER TABLE {name} DISABLE TRIGGER USER")).await?;
            run(&mut tx, format!("TRUNCATE {name}")).await?;
        }
        Ok(Refill { tx, target, tables, foreign_keys })
    }

    /// Connections of servers, and of commands that are no backup, to the database.
    ///
    /// # Errors
    /// When the database is out of reach.
    pub async fn processes(&self) -> Result<i64, DbError> {
        const PROCESSES: &str = "SELECT COUNT(*) FROM pg_stat_activity
            WHERE datname = CURRENT_DATABASE() AND application_name = 'vitrine'";
        let Pools::Postgres { write, .. } = &self.pools else { return Ok(0) };
        Ok(sqlx::query_scalar(PROCESSES).fetch_one(&mut *self.connection(write).await?).await?)
    }
}

impl Refill {
    /// Brings the rows of a table, which had `columns` when they were written, as [`super::Snapshot::copy_out`] gave them;
    /// how many there were.
    ///
    /// # Errors
    /// When the schema lacks the table or a column, or a row is not what it takes.
    pub async fn copy_in(&mut self, table: &Table, mut from: mpsc::Receiver<Bytes>) -> Result<u64, DbError> {
        if !self.tables.iter().any(|known| known.name == table.name) {
            return Err(DbError::Other(format!("the schema has no table {}", table.name)));
        }
        let text = format!("COPY {} FROM STDIN", table.with_columns());
        let mut copying = self.tx.copy_in_raw(&text).await?;
        while let Some(rows) = from.recv().await {
            copying.send(rows).await?;
        }
        Ok(copying.finish().await?)
    }

    /// Sets the numbers of its tables, checks the rules between tables, and keeps it all; or, after a rehearsal, nothing.
    ///
    /// # Errors
    /// When a row names what is not there.
    pub async fn finish(mut self, sequences: &[Sequence]) -> Result<(), DbError> {
        let own = postgres_sequences(&mut self.tx).await?;
        let is_own = |sequence: &&Sequence| own.iter().any(|known| known.name == sequence.name);
        for Sequence { name, last_value, is_called } in sequences.iter().filter(is_own) {
            let set = sqlx::query("SELECT SETVAL(CAST($1 AS REGCLASS), $2, $3)");
            set.bind(quoted(name)).bind(last_value).bind(is_called).execute(&mut *self.tx).await?;
        }
        for (table, name, rule) in &self.foreign_keys {
            run(&mut self.tx, format!("ALTER TABLE {table} ADD CONSTRAINT {} {rule}", quoted(name))).await?;
        }
        for table in &self.tables {
            run(&mut self.tx, format!("ALTER TABLE {} ENABLE TRIGGER USER", quoted(&table.name))).await?;
        }
        match self.target {
            Target::Database => self.tx.commit().await?,
            Target::Rehearsal => self.tx.rollback().await?,
        }
        Ok(())
    }
}

async fn run(connection: &mut PgConnection, text: String) -> Result<(), DbError> {
    sqlx::query(AssertSqlSafe(text)).execute(connection).await?;
    Ok(())
}
