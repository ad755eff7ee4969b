//! Named transactions. They hold SQL only: no HTTP, no rendering, no waiting for anything else.

use std::sync::Arc;

use sqlx::{Pool, Postgres, Sqlite, Transaction};

use super::loan::acquire;
use super::measure::Operation;
use super::{Db, DbError, Pools};
use crate::telemetry::Timer;
use crate::telemetry::label::{DbFailure, DbOperation, PoolName, TransactionOutcome};

/// The name of a transaction, as its begin and commit are measured.
#[derive(Clone, Copy, Debug)]
pub struct TxName(pub &'static str);

/// A transaction; rolls back when it is dropped without [`Tx::commit`].
pub struct Tx {
    pub(super) db: Arc<Db>,
    connection: Option<Connection>,
    name: TxName,
    began: Timer,
    committed: bool,
    pool: PoolName,
}

pub(super) enum Connection {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Db {
    /// Begins a transaction that may write. On SQLite it takes the write lock at once: a transaction that reads first
    /// and upgrades later fails when another one wrote meanwhile.
    ///
    /// # Errors
    /// When no connection is to be had, or the lock is not free in time.
    pub async fn begin(self: &Arc<Self>, name: TxName) -> Result<Tx, DbError> {
        let connection = match &self.pools {
            Pools::Sqlite { write, .. } => {
                let connection = acquire(self, PoolName::Write, write).await?;
                let begin = Transaction::begin(connection, Some(sqlx::SqlStr::from_static("BEGIN IMMEDIATE")));
                Connection::Sqlite(self.measured(name, DbOperation::Begin, begin).await?)
            }
            Pools::Postgres { write, .. } => {
                let begun = match self.begin_on_postgres(name, write).await {
                    // The server went away under this connection, before anything was done.
                    Err(DbError::Unavailable(_)) => Box::pin(self.begin_on_postgres(name, write)).await,
                    begun => begun,
                };
                Connection::Postgres(begun?)
            }
        };
        Ok(self.begun(name, connection, PoolName::Write))
    }

    /// Begins a transaction that reads alone, and all of it as it is at one moment, while others write. PostgreSQL
    /// reads where it writes: a replica ends what takes long.
    ///
    /// # Errors
    /// When no connection is to be had.
    pub async fn begin_reading(self: &Arc<Self>, name: TxName) -> Result<Tx, DbError> {
        const READ_ONLY: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        match &self.pools {
            Pools::Sqlite { read, .. } => {
                let connection = acquire(self, PoolName::Read, read).await?;
                let begin = Transaction::begin(connection, None);
                let connection = Connection::Sqlite(self.measured(name, DbOperation::Begin, begin).await?);
                Ok(self.begun(name, connection, PoolName::Read))
            }
            Pools::Postgres { write, .. } => {
                let connection = acquire(self, PoolName::Write, write).await?;
                let begin = Transaction::begin(connection, Some(sqlx::SqlStr::from_static(READ_ONLY)));
                let connection = Connection::Postgres(self.measured(name, DbOperation::Begin, begin).await?);
                Ok(self.begun(name, connection, PoolName::Write))
            }
        }
    }

    fn begun(self: &Arc<Self>, name: TxName, connection: Connection, pool: PoolName) -> Tx {
        Tx { db: self.clone(), connection: Some(connection), name, began: Timer::start(), committed: false, pool }
    }

    async fn begin_on_postgres(
        &self,
        name: TxName,
        write: &Pool<Postgres>,
    ) -> Result<Transaction<'static, Postgres>, DbError> {
        let connection = acquire(self, PoolName::Write, write).await?;
        self.measured(name, DbOperation::Begin, Transaction::begin(connection, None)).await
    }

    async fn measured<T>(
        &self,
        name: TxName,
        kind: DbOperation,
        work: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, DbError> {
        let operation = Operation::start(self, name.0, kind);
        let answered = tokio::time::timeout(self.deadline, work).await;
        let result = answered
            .unwrap_or_else(|_| Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()))
            .inspect_err(|error| self.heed(error))
            .map_err(DbError::from);
        operation.finish(result.as_ref().err().map_or(DbFailure::None, DbError::failure), 0);
        result
    }
}

impl Tx {
    /// Makes the changes durable.
    ///
    /// # Errors
    /// When the database refuses; nothing is changed then.
    pub async fn commit(mut self) -> Result<(), DbError> {
        let db = self.db.clone();
        let committed = match self.connection.take() {
            Some(Connection::Sqlite(tx)) => db.measured(self.name, DbOperation::Commit, tx.commit()).await,
            Some(Connection::Postgres(tx)) => db.measured(self.name, DbOperation::Commit, tx.commit()).await,
            None => Ok(()),
        };
        self.committed = committed.is_ok();
        committed
    }

    pub(super) fn connection(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("only commit takes the connection, and it consumes the transaction")
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        let outcome = if self.committed { TransactionOutcome::Commit } else { TransactionOutcome::Rollback };
        self.db.telemetry.families.db_transactions.with_label_values(&[outcome.as_str()]).inc();
        self.db.record_use(self.pool, self.began.elapsed());
    }
}
